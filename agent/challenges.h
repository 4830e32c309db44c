/*
 * The challenges that were answered lately. A challenge dates a quote only if
 * it is used once: a verifier that repeats one (CVE-2026-6420) is refused.
 */
#ifndef ATT_AGENT_CHALLENGES_H
#define ATT_AGENT_CHALLENGES_H

#include "agent/state.h"
#include "base/digest.h"

#define ATT_CHALLENGES_MAX 256	/* digests that are remembered */

/* A ring; `next` is the oldest once it is full. Starts from zero. */
struct att_challenges {
	uint16_t count;
	uint16_t next;
	uint8_t digest[ATT_CHALLENGES_MAX][32];	/* SHA-256 of each */
};

/*
 * Takes a challenge into the ring. ATT_E_FORMAT: att_challenge_check
 * (protocol/challenge.h) refuses it. ATT_E_DENIED: it was used before.
 */
int att_challenges_take(struct att_challenges *c, struct att_slice challenge,
    struct att_err *err) ATT_MUST;

/*
 * The file: "ATTCHAL1", be16 count, be16 next, count digests of 32 bytes.
 */
void att_challenges_encode(const struct att_challenges *c,
    struct att_buf *ret);
int att_challenges_parse(struct att_slice bytes, struct att_challenges *ret,
    struct att_err *err) ATT_MUST;

/*
 * att_challenges_take on the ring in the state directory, which is on disk
 * with the challenge in it when this returns: only then may it be signed over.
 * A file that is damaged is set aside, and that is logged.
 */
int att_challenges_use(const struct att_state *s, struct att_slice challenge,
    struct att_err *err) ATT_MUST;

#endif
