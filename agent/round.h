/*
 * How one round of attestation ended, and when the next one is due. Whatever
 * happens to a node on the way has one of these outcomes, each with its own
 * wait, so that no failure becomes a tight loop and none goes unreported.
 */
#ifndef ATT_AGENT_ROUND_H
#define ATT_AGENT_ROUND_H

#include "base/json.h"
#include "config/agent_config.h"
#include "evidence/bundle.h"
#include "http/client.h"
#include "protocol/problem.h"
#include "protocol/status.h"

enum att_outcome {
	ATT_OUTCOME_NONE = 0,	/* not over */
	ATT_OUTCOME_ACCEPTED,	/* evidence taken; see the standing */
	ATT_OUTCOME_WAITING,	/* not enrolled at the verifier */
	ATT_OUTCOME_NO_POLICY,	/* enrolled, and nothing is asked for */
	ATT_OUTCOME_CONFLICT,	/* another TPM or AK has this id */
	ATT_OUTCOME_REFUSED,	/* by the server, or we refuse its answer */
	ATT_OUTCOME_THROTTLED,	/* too many requests */
	ATT_OUTCOME_EARLY,	/* the next one is not due yet */
	ATT_OUTCOME_CLOCK_UNSAFE, /* the TPM's clock, after a power loss */
	ATT_OUTCOME_LATER,	/* no server that works could be reached */
	ATT_OUTCOME_TROUBLE,	/* this node's own: TPM, disk, clock */
	ATT_OUTCOME_STOPPED,	/* somebody asked us to end */
	/* inside of a round only: once more, with a new token if so */
	ATT_OUTCOME_AGAIN,
	ATT_OUTCOME_TOKEN,
	ATT_OUTCOME_COUNT
};
/* "waiting-for-enrolment"; stable, for tools. */
const char *att_outcome_name(enum att_outcome o) ATT_MUST;
/* NONE: there is none of this name. */
enum att_outcome att_outcome_by_name(const char *name) ATT_MUST;
/* What to do about it, one sentence without a full stop; "" : nothing. */
const char *att_outcome_advice(enum att_outcome o) ATT_MUST;
/*
 * True if it says nothing about the node itself: a verdict that is still
 * valid stands until it expires.
 */
bool att_outcome_keeps_verdict(enum att_outcome o) ATT_MUST;

#define ATT_ROUND_TEXT_MAX 511	/* bytes, without the NUL */
#define ATT_ROUND_SERVER_MAX 300

/* Starts from zero; att_round_done frees. */
struct att_round {
	enum att_outcome outcome;
	/* why, one clean line; "" if there is nothing to say */
	char reason[ATT_ROUND_TEXT_MAX + 1];
	char agent_id[ATT_AGENT_ID_MAX + 1];	/* or "" */
	char server[ATT_ROUND_SERVER_MAX + 1];	/* URL it ended at, or "" */
	int64_t wait;		/* seconds that were ordered; 0: none */
	/* accepted: what the verifier says of this very evidence */
	enum att_standing standing;	/* PENDING: it did not say so far */
	char *result;		/* signed result, or NULL */
	json_t *verdict;	/* attestd_verdict in it, or NULL */
	int64_t lifetime;	/* seconds that the result is good for, or 0 */
	/* seconds from this evidence to the next, as the verifier has it */
	int64_t interval;
	/* seconds since the evidence was sent, if an earlier round did it */
	int64_t age;
	unsigned asked;		/* rounds that it said nothing to, or 0 */
	/* accepted, with a bound quote: over this; else empty */
	uint8_t challenge[ATT_CHALLENGE_MAX];
	size_t challenge_len;
	/*
	 * accepted: the firmware claims in it count nothing, as they are of
	 * another boot, or of before the TPM was cleared
	 */
	bool unmeasured;
	/* firmware_pcr: why PCR 23 does not hold what it should; or "" */
	char firmware_pcr[ATT_ERR_TEXT_MAX + 1];
	/* what stands in the verdict file since, or NULL */
	json_t *file;
};
void att_round_done(struct att_round *r);

/* Notes how it ended, unless that was noted before; returns the outcome. */
enum att_outcome att_round_end(struct att_round *r, enum att_outcome o,
    const char *fmt, ...) ATT_PRINTF(3, 4);
/*
 * The same by an error: of TPM or system TROUBLE, of what came from a server
 * REFUSED.
 */
enum att_outcome att_round_fail(struct att_round *r, const char *what,
    const struct att_err *err);

/*
 * Exit status of a program that ran one round: 0 only for a pass, 1 if the
 * verdict is not good, 4 if none could be had.
 */
int att_round_exit_status(const struct att_round *r) ATT_MUST;
/* The same of a round that is known by these; `pass` counts if ACCEPTED. */
int att_outcome_exit_status(enum att_outcome o, bool pass) ATT_MUST;
/*
 * Why it is no pass, one sentence: what the round ended with, or else the
 * first finding, which is the worst; "" for a pass. Lives as long as *r.
 */
const char *att_round_reason(const struct att_round *r) ATT_MUST;

/* Where in the exchange a status came. */
enum att_step {
	ATT_STEP_VERSION,	/* GET /version */
	ATT_STEP_REGISTER,	/* POST /v2.6/agents/{id} */
	ATT_STEP_ACTIVATE,	/* PUT */
	ATT_STEP_SESSION,	/* POST /v3.0/sessions */
	ATT_STEP_PROOF,		/* PATCH /v3.0/sessions/{sid} */
	ATT_STEP_OFFER,		/* POST .../attestations */
	ATT_STEP_EVIDENCE,	/* PATCH .../attestations/latest */
	ATT_STEP_STATUS,	/* GET /v2.6/agents/{id} */
	ATT_STEP_COUNT
};
/*
 * What the answer to a step means: NONE for the status that the step must
 * have, else how the round ends, noted with what the body says. A Retry-After
 * is taken up to config->retry_after_max.
 */
enum att_outcome att_round_status(struct att_round *r, enum att_step step,
    const struct att_http_response *resp,
    const struct att_agent_config *config);

/*
 * Milliseconds until the next round. `failures`: rounds in a row, this one
 * included, that were not accepted; `random`: any number, for the jitter.
 * What was ordered is kept to (ACCEPTED: within interval_min and interval_max;
 * else up to retry_after_max, and THROTTLED up to as much again); what was not
 * is
 *
 *	ACCEPTED			interval, up to a tenth longer; where
 *					nothing was said, at most a backoff
 *	WAITING, NO_POLICY, EARLY	interval, up to half longer
 *	CONFLICT			interval_max, down to half of it
 *	CLOCK_UNSAFE			the same as EARLY, at least interval
 *	REFUSED				backoff, and at least interval
 *	others				backoff: from backoff_min to a bound
 *					that doubles up to backoff_max
 */
uint64_t att_round_wait(const struct att_round *r,
    const struct att_agent_config *config, unsigned failures, uint64_t random)
    ATT_MUST;

#endif
