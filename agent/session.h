/*
 * The session with a verifier: the AK proves that it is held here, and what
 * comes back is a token that speaks for this node for some minutes. It is
 * kept in memory only, for one server, and never logged.
 */
#ifndef ATT_AGENT_SESSION_H
#define ATT_AGENT_SESSION_H

#include "agent/attester.h"
#include "agent/origins.h"
#include "protocol/session.h"

/* Starts from zero. Times are ms, of a steady clock where they are points. */
struct att_token {
	char text[ATT_TOKEN_MAX + 1];
	uint64_t life;		/* as granted by the proof */
	uint64_t until;
};
void att_token_drop(struct att_token *t);
/*
 * The verifier passed evidence that was sent at `sent` or later, and with that
 * the token lives as long again. What did not pass leaves it as it is.
 */
void att_token_extend(struct att_token *t, uint64_t sent);
/* Not there, or too near its end to begin something with it. */
bool att_token_is_stale(const struct att_token *t, uint64_t now) ATT_MUST;

/*
 * A new token by a new proof. NONE: it is there. AGAIN: the session was lost
 * on the way, which one more try may cure. Else how the round ends.
 */
enum att_outcome att_session_prove(struct att_origins *o,
    struct att_attester *a, struct att_round *r, struct att_token *ret)
    ATT_MUST;

#endif
