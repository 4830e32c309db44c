/*
 * How often one source address, or one node, may do something that costs us
 * and proves nothing, like opening a session. Bounded memory: when the table is
 * full, the entry that has been quiet longest makes room.
 */
#ifndef ATT_VERIFIER_LIMIT_H
#define ATT_VERIFIER_LIMIT_H

#include "base/err.h"
#include "base/util.h"

#define ATT_LIMIT_WINDOW 60	/* seconds */
#define ATT_LIMIT_SETS 1024	/* times ATT_LIMIT_WAYS addresses are kept */
#define ATT_LIMIT_WAYS 8

struct att_limit;

/* `per_window` calls are allowed for one address; safe between threads. */
int att_limit_new(uint32_t per_window, struct att_limit **ret,
    struct att_err *err) ATT_MUST;
void att_limit_free(struct att_limit *l);
ATT_DEFINE_AUTO(struct att_limit, att_limit_free)

/*
 * Counts one call of `peer`, an address literal (of IPv6 the /64 counts).
 * False if it is one too many: *ret_wait are the seconds until the next one
 * can be allowed, 1 to ATT_LIMIT_WINDOW.
 */
bool att_limit_allow(struct att_limit *l, const char *peer, int64_t now,
    int64_t *ret_wait) ATT_MUST;
/* The same of a node, by its id; a limit is for addresses or for ids. */
bool att_limit_allow_node(struct att_limit *l, const char *id, int64_t now,
    int64_t *ret_wait) ATT_MUST;

#endif
