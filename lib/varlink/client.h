/*
 * The side of Varlink that calls, for a program that has nothing else to do
 * meanwhile: it blocks, under deadlines, in poll(2), which a signal does not
 * end. What the server sends is taken to be hostile.
 */
#ifndef ATT_VARLINK_CLIENT_H
#define ATT_VARLINK_CLIENT_H

#include "varlink/varlink.h"

struct att_varlink_client;

/*
 * Connects to a socket of the file system. ATT_E_NOT_FOUND: nobody takes
 * connections there (no file, or no one behind it); ATT_E_DENIED: not from
 * this user; ATT_E_TIMEOUT: `ms` are over and nobody has taken it.
 */
int att_varlink_connect(const char *path, unsigned ms,
    struct att_varlink_client **ret, struct att_err *err) ATT_MUST;
/* Hangs up. */
void att_varlink_client_free(struct att_varlink_client *c);
ATT_DEFINE_AUTO(struct att_varlink_client, att_varlink_client_free)

/*
 * Calls a method, with `parameters` (borrowed; NULL: none), and waits for the
 * reply at most `ms`. 0: *ret has the reply, which can be an error of the
 * method (ret->error). After a failure the connection is of no use any more:
 * ATT_E_TIMEOUT; ATT_E_NET, if the server has hung up; ATT_E_FORMAT,
 * ATT_E_LIMIT, if what it says is no reply.
 */
int att_varlink_call(struct att_varlink_client *c, const char *method,
    const json_t *parameters, unsigned ms, struct att_varlink_reply *ret,
    struct att_err *err) ATT_MUST;

/*
 * The same, and takes several replies, each within `ms` of the one before and
 * all within `all_ms`: all but the last go to `each`, the last is *ret. If
 * `each` returns false, nobody wants the rest: ATT_E_EXPIRED.
 */
int att_varlink_call_each(struct att_varlink_client *c, const char *method,
    const json_t *parameters, unsigned ms, uint64_t all_ms,
    bool (*each)(void *arg, const json_t *parameters), void *arg,
    struct att_varlink_reply *ret, struct att_err *err) ATT_MUST;

#endif
