#include "agent/session.h"

#include <stdio.h>
#include <string.h>

#include "agent/challenges.h"
#include "base/steady.h"
#include "tpm/quote.h"

#define SPARE_MS 10000u	/* a token with less than that left is not used */

void
att_token_drop(struct att_token *t)
{
	explicit_bzero(t, sizeof(*t));
}

void
att_token_extend(struct att_token *t, uint64_t sent)
{
	if (t->text[0] != '\0' && sent + t->life > t->until)
		t->until = sent + t->life;
}

bool
att_token_is_stale(const struct att_token *t, uint64_t now)
{
	return t->text[0] == '\0' || now + SPARE_MS >= t->until;
}

static enum att_outcome
open_session(struct att_origins *o, struct att_attester *a,
    struct att_round *r, struct att_session_challenge *ret)
{
	AUTO_DONE(att_http_response_done) struct att_http_response resp = {
		0 };
	AUTO_DONE(att_buf_done) struct att_buf body =
	    ATT_BUF(ATT_MESSAGE_MAX);
	struct att_http_request q = { .method = ATT_HTTP_POST,
		.path = "/v3.0/sessions", .content_type = ATT_TYPE_JSONAPI,
		.max_body = ATT_MESSAGE_MAX };
	struct att_err err = { 0 };
	enum att_outcome out;

	if (att_session_open_encode(a->id, &body, &err) < 0)
		return att_round_fail(r, "session", &err);
	q.body = att_buf_view(&body);
	out = att_origins_ask(o, r, ATT_STEP_SESSION, &q, &resp);
	if (out != ATT_OUTCOME_NONE)
		return out;
	if (att_session_challenge_parse(att_buf_view(&resp.body), a->id, ret,
		&err) < 0)
		return att_round_fail(r, "session", &err);
	return ATT_OUTCOME_NONE;
}

/* PATCH of the session, with the AK's signature over its challenge. */
static int
make_proof(struct att_attester *a, const struct att_session_challenge *c,
    struct att_buf *ret, struct att_err *err)
{
	AUTO_DONE(att_tpm_signed_done) struct att_tpm_signed s =
	    ATT_TPM_SIGNED;
	struct att_slice challenge = { c->challenge, c->challenge_len };
	struct att_session_proof p = { .session_id = c->session_id,
		.agent_id = a->id };
	int r;

	if ((r = att_challenges_use(a->state, challenge, err)) < 0 ||
	    (r = att_tpm_certify(a->ak, challenge, &s, err)) < 0)
		return r;
	p.message = att_buf_view(&s.attest);
	p.signature = att_buf_view(&s.signature);
	return att_session_proof_encode(&p, ret, err);
}

/* What upstream takes is said here, as it says nothing at all. */
static enum att_outcome
refused(struct att_attester *a, struct att_round *r)
{
	bool rsa = att_tpm_ak_type_of(a->ak) == ATT_TPM_AK_RSA2048;

	return att_round_end(r, ATT_OUTCOME_REFUSED,
	    "proof of possession: the verifier has another AK enrolled for "
	    "this node%s", rsa ? "" : ", or is a Keylime verifier, which "
	    "takes no AK but rsa2048 (ak_type)");
}

/* Its life began when the proof came there, which is after it was sent. */
static enum att_outcome
take_grant(const struct att_http_response *resp, uint64_t sent,
    struct att_round *r, struct att_token *ret)
{
	AUTO_DONE(att_session_grant_done) struct att_session_grant g = { 0 };
	struct att_err err = { 0 };

	if (att_session_grant_parse(att_buf_view(&resp->body), &g, &err) < 0)
		return att_round_fail(r, "proof of possession", &err);
	if (!g.pass)
		return att_round_end(r, ATT_OUTCOME_WAITING,
		    "the verifier does not know this node");
	memcpy(ret->text, g.token, sizeof(ret->text));
	ret->life = (uint64_t)(g.token_expires_at - g.received_at) * 1000;
	ret->until = sent + ret->life;
	return ATT_OUTCOME_NONE;
}

enum att_outcome
att_session_prove(struct att_origins *o, struct att_attester *a,
    struct att_round *r, struct att_token *ret)
{
	AUTO_DONE(att_http_response_done) struct att_http_response resp = {
		0 };
	AUTO_DONE(att_buf_done) struct att_buf body =
	    ATT_BUF(ATT_MESSAGE_MAX);
	char path[32 + ATT_SESSION_ID_MAX];
	struct att_http_request q = { .method = ATT_HTTP_PATCH, .path = path,
		.content_type = ATT_TYPE_JSONAPI,
		.max_body = ATT_MESSAGE_MAX };
	struct att_session_challenge c = { 0 };
	struct att_err err = { 0 };
	enum att_outcome out = open_session(o, a, r, &c);
	uint64_t sent;

	att_token_drop(ret);
	if (out != ATT_OUTCOME_NONE)
		return out;
	if (make_proof(a, &c, &body, &err) < 0)
		return att_round_fail(r, "proof of possession", &err);
	(void)snprintf(path, sizeof(path), "/v3.0/sessions/%s",
	    c.session_id);
	q.body = att_buf_view(&body);
	sent = att_steady_now();
	out = att_origins_ask(o, r, ATT_STEP_PROOF, &q, &resp);
	if (out == ATT_OUTCOME_TOKEN)
		return refused(a, r);
	return out == ATT_OUTCOME_NONE ? take_grant(&resp, sent, r, ret) :
					 out;
}
