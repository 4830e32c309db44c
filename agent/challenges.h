/*
 * The challenges that were answered lately. A challenge dates a quote only if
 * it is used once: a verifier that repeats one (CVE-2026-6420) is refused.
 */
#ifndef ATT_AGENT_CHALLENGES_H
#define ATT_AGENT_CHALLENGES_H

#include "base/buf.h"
#include "base/digest.h"

#define ATT_CHALLENGES_MAX 256	/* digests that are remembered */

/* A ring; `next` is the oldest once it is full. Starts from zero. */
struct att_challenges {
	uint16_t count;
	uint16_t next;
	uint8_t digest[ATT_CHALLENGES_MAX][32];	/* SHA-256 of each */
};

/*
 * Takes a challenge into the ring. ATT_E_FORMAT: shorter than
 * ATT_CHALLENGE_MIN or longer than ATT_CHALLENGE_MAX (evidence/binding.h), or
 * of one repeated byte. ATT_E_DENIED: it was used before. Keep the ring
 * (att_challenges_encode) before the challenge is quoted over.
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

#endif
