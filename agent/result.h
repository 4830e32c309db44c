/*
 * The signed result of an appraisal (docs/PROTOCOL-result.txt) as a node and
 * those who rely on it read it.
 */
#ifndef ATT_AGENT_RESULT_H
#define ATT_AGENT_RESULT_H

#include "appraise/ear.h"

/* Starts from zero; att_result_done frees. */
struct att_result {
	json_t *claims;
	struct att_ear ear;	/* texts are borrowed from `claims` */
	const json_t *verdict;	/* attestd_verdict in it, or NULL; borrowed */
};
void att_result_done(struct att_result *r);

/*
 * Reads a JWT. Its signature is checked against `keys`, a key set; with NULL
 * it is not, which is enough for what a server says over its own TLS and for
 * nothing else. A result that is over is ATT_E_EXPIRED.
 */
int att_result_read(struct att_slice jwt, const json_t *keys, int64_t now,
    struct att_result *ret, struct att_err *err) ATT_MUST;

/* Is it about this challenge? */
bool att_result_is_for(const struct att_result *r, struct att_slice challenge)
    ATT_MUST;

#endif
