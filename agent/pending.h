/*
 * Evidence that a verifier took and has not judged so far: what is needed to
 * ask for the verdict, now and from another process of this boot. It is kept in
 * the run directory; what is lost there costs an interval without a verdict.
 */
#ifndef ATT_AGENT_PENDING_H
#define ATT_AGENT_PENDING_H

#include "agent/session.h"

struct att_pending {
	char server[ATT_ROUND_SERVER_MAX + 1];	/* which verifier */
	uint8_t challenge[ATT_CHALLENGE_MAX];
	size_t challenge_len;
	/* when the verifier took the offer, by its own clock; 0: not said */
	int64_t received_at;
	int64_t interval;	/* as of struct att_round */
	/* ms, steady: the offer, the evidence, the next evidence */
	uint64_t offered, sent, due;
	unsigned asked;		/* rounds that were told nothing */
};

/*
 * False if nothing is pending of this node, as it is now, in this boot, or
 * other evidence is due: then that is wanted.
 */
bool att_pending_find(const struct att_attester *a, struct att_pending *ret)
    ATT_MUST;
/* Seconds until it is due, at least one. */
int64_t att_pending_left(const struct att_pending *p) ATT_MUST;

/*
 * Asks the verifier in use, at most `tries` times in ten seconds, the first
 * time at once if `ready`. ACCEPTED: *r has what it says of this evidence and
 * when the next is due; a pass extends the token. If it says nothing so far,
 * r->asked counts, and that is kept. STOPPED: somebody wants us to end.
 */
#define ATT_PENDING_TRIES 7
enum att_outcome att_pending_ask(struct att_pending *p, struct att_origins *o,
    const struct att_attester *a, struct att_token *token, bool ready,
    unsigned tries, struct att_round *r) ATT_MUST;

#endif
