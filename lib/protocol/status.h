/*
 * How a node stands: GET /v2.6/agents/{id} at the verifier, with the node's
 * own token.
 */
#ifndef ATT_PROTOCOL_STATUS_H
#define ATT_PROTOCOL_STATUS_H

#include "protocol/message.h"

/* The zero value is no verdict. */
enum att_standing {
	ATT_STANDING_PENDING = 0,	/* nothing was appraised yet */
	ATT_STANDING_PASS,
	ATT_STANDING_FAIL,
	ATT_STANDING_TIMEOUT,	/* no evidence for too long */
	ATT_STANDING_COUNT
};
/* "PASS"; NULL if out of range. */
const char *att_standing_name(enum att_standing s) ATT_MUST;

struct att_agent_status {
	enum att_standing standing;
	int64_t passes;			/* attestation_count */
	int64_t last_received;		/* seconds since 1970; 0: never */
	int64_t last_pass;		/* the same */
	/* seconds; 0: not said */
	int64_t period, period_max;
	/*
	 * Of attest-verifier alone. `result`: the signed result (EAR as JWT)
	 * of the newest appraisal, NULL: none. `findings`: an array of
	 * att_finding_to_json, NULL: not said. Texts in it are the peer's.
	 */
	const char *result;
	json_t *findings;	/* borrowed */
	struct att_keep keep;
};
int att_agent_status_encode(const struct att_agent_status *s,
    struct att_buf *ret, struct att_err *err) ATT_MUST;
/*
 * attestation_status must be there and known; numbers that are missing, null
 * or out of range read as 0.
 */
int att_agent_status_parse(struct att_slice body,
    struct att_agent_status *ret, struct att_err *err) ATT_MUST;
void att_agent_status_done(struct att_agent_status *s);

#endif
