/*
 * Sessions (verifier, v3.0): POST /v3.0/sessions asks for a challenge, PATCH
 * /v3.0/sessions/{sid} answers it with a proof of possession of the AK; both
 * without a token.
 */
#ifndef ATT_PROTOCOL_SESSION_H
#define ATT_PROTOCOL_SESSION_H

#include "protocol/agent_id.h"
#include "protocol/challenge.h"
#include "protocol/message.h"

#define ATT_SESSION_ID_MAX 64	/* A-Z a-z 0-9 . _ -: it becomes a path */
#define ATT_TOKEN_MAX 512	/* bytes of a token (RFC 6750, b64token) */
#define ATT_PROOF_PART_MAX 2048	/* bytes of TPMS_ATTEST, TPMT_SIGNATURE */

/* POST: who asks; the one kind of proof there is, tpm_pop, is offered. */
int att_session_open_encode(const char *agent_id, struct att_buf *ret,
    struct att_err *err) ATT_MUST;
int att_session_open_parse(struct att_slice body,
    char ret[static ATT_AGENT_ID_MAX + 1], struct att_pointer *where,
    struct att_err *err) ATT_MUST;

/* Its answer, 200 or 201. Times are seconds since 1970. */
struct att_session_challenge {
	char session_id[ATT_SESSION_ID_MAX + 1];
	char agent_id[ATT_AGENT_ID_MAX + 1];
	size_t challenge_len;
	uint8_t challenge[ATT_CHALLENGE_MAX];
	int64_t created_at, expires_at;	/* the verifier's clock; 0: not told */
};
int att_session_challenge_encode(const struct att_session_challenge *c,
    struct att_buf *ret, struct att_err *err) ATT_MUST;
/*
 * Refuses what att_challenge_check refuses, a challenge that has expired by
 * the verifier's own times (ATT_E_EXPIRED), and an answer for another id than
 * `agent_id` (ATT_E_MISMATCH).
 */
int att_session_challenge_parse(struct att_slice body, const char *agent_id,
    struct att_session_challenge *ret, struct att_err *err) ATT_MUST;

/* PATCH: TPM2_Certify of the AK by itself over the challenge. */
struct att_session_proof {
	const char *session_id;
	const char *agent_id;
	struct att_slice message;	/* TPMS_ATTEST, no TPM2B around it */
	struct att_slice signature;	/* TPMT_SIGNATURE */
	struct att_keep keep;
};
int att_session_proof_encode(const struct att_session_proof *p,
    struct att_buf *ret, struct att_err *err) ATT_MUST;
int att_session_proof_parse(struct att_slice body,
    struct att_session_proof *ret, struct att_pointer *where,
    struct att_err *err) ATT_MUST;
void att_session_proof_done(struct att_session_proof *p);

/*
 * Its answer, 200 or 401. `pass` false: no token. With status 200 that means
 * "not enrolled at this verifier, or too late", with 401 "proof refused"; the
 * status is the caller's to look at.
 *
 * The token lives token_expires_at - received_at seconds from the answer on,
 * whatever the node's clock says. It is a secret: att_session_grant_done.
 */
struct att_session_grant {
	bool pass;
	int64_t received_at;		/* the verifier's clock */
	int64_t token_expires_at;
	char token[ATT_TOKEN_MAX + 1];
};
/* Upstream agents want the challenge and their own proof back. */
int att_session_grant_encode(const struct att_session_grant *g,
    const struct att_session_challenge *c, const struct att_session_proof *p,
    struct att_buf *ret, struct att_err *err) ATT_MUST;
/*
 * "pass" without a token, or without times that say how long it lives, is
 * ATT_E_FORMAT, with a token that has expired by the verifier's own times
 * ATT_E_EXPIRED: none of them authenticates.
 */
int att_session_grant_parse(struct att_slice body,
    struct att_session_grant *ret, struct att_err *err) ATT_MUST;
/* Wipes it. */
void att_session_grant_done(struct att_session_grant *g);

#endif
