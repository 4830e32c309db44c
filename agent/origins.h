/*
 * The servers of one role, in the order in which they are preferred, and the
 * one connection that is kept to the one in use.
 */
#ifndef ATT_AGENT_ORIGINS_H
#define ATT_AGENT_ORIGINS_H

#include "agent/round.h"

struct att_origins {
	const struct att_agent_config *config;	/* borrowed */
	const struct att_config_list *urls;	/* of it */
	size_t at;			/* the one in use */
	uint64_t since;			/* of `at`: ms of a steady clock */
	struct att_http_client *client;	/* to it; NULL: none yet */
};

/* After that many ms at another server the first is tried again. */
#define ATT_ORIGINS_FAIL_BACK_MS 600000u

void att_origins_init(struct att_origins *o,
    const struct att_agent_config *config, const struct att_config_list *urls);
void att_origins_done(struct att_origins *o);

const char *att_origins_url(const struct att_origins *o) ATT_MUST;
/*
 * For the beginning of a round: goes back to the first if another one was in
 * use for long enough. True if that changed the server.
 */
bool att_origins_prefer(struct att_origins *o, uint64_t now) ATT_MUST;
/* Goes to that one; false if it is none of them. */
bool att_origins_use(struct att_origins *o, const char *url, uint64_t now)
    ATT_MUST;
/* Goes on to the next one, after the last to the first. */
void att_origins_next(struct att_origins *o, uint64_t now);

/*
 * Leaves the connection to `to` if that uses the same server: registrar and
 * verifier can be one.
 */
void att_origins_hand_over(struct att_origins *from, struct att_origins *to);

/*
 * One request to the one in use, with the configuration's deadline; *ret is
 * zero or done before. NONE: the answer that this step must have is there.
 * Else how the round ends, noted as by att_round_status; a server that cannot
 * be reached, or does not speak as it must, is LATER.
 */
enum att_outcome att_origins_ask(struct att_origins *o, struct att_round *r,
    enum att_step step, struct att_http_request *req,
    struct att_http_response *ret) ATT_MUST;

#endif
