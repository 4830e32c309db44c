#include "verifier/session.h"

#include <stdio.h>
#include <string.h>

#include "base/encoding.h"
#include "crypto/random.h"
#include "evidence/tpm_attest.h"
#include "evidence/tpm_public.h"
#include "protocol/session.h"
#include "verifier/verifier.h"

#define CHALLENGE_LEN ATT_CHALLENGE_MIN	/* bytes: what upstream sends */
#define SID_RANDOM 16		/* bytes of a session id, in hex */
#define TOKEN_RANDOM 32		/* bytes of a token: 43 of base64url */

/* -- open ---------------------------------------------------------------- */

static int
make_session(const char *node, int64_t expires, struct att_session *ret,
    struct att_err *err)
{
	struct att_session s = { .challenge_len = CHALLENGE_LEN,
		.challenge_expires = expires };
	uint8_t sid[SID_RANDOM];
	int r;

	if ((r = att_random(s.challenge, s.challenge_len, err)) < 0 ||
	    (r = att_random(sid, sizeof(sid), err)) < 0)
		return r;
	att_hex_encode((struct att_slice){ sid, sizeof(sid) }, s.id);
	snprintf(s.node, sizeof(s.node), "%s", node);
	*ret = s;
	return 0;
}

static struct att_session_challenge
challenge_of(const struct att_call *c, const struct att_session *s)
{
	struct att_session_challenge m = {
		.challenge_len = s->challenge_len,
		.created_at = s->challenge_expires -
		    c->v->config->session_challenge_lifetime,
		.expires_at = s->challenge_expires };

	snprintf(m.session_id, sizeof(m.session_id), "%s", s->id);
	snprintf(m.agent_id, sizeof(m.agent_id), "%s", s->node);
	memcpy(m.challenge, s->challenge, s->challenge_len);
	return m;
}

int
att_serve_session_open(struct att_call *c, struct att_err *err)
{
	char id[ATT_AGENT_ID_MAX + 1];
	struct att_session_challenge m;
	struct att_pointer where;
	struct att_session s;
	int r;

	if ((r = att_route_limit(c, c->v->sessions)) != 0)
		return r;
	if ((r = att_session_open_parse(c->req->body, id, &where, err)) < 0)
		return att_route_refuse_message(c, r, &where, err);
	if ((r = make_session(id,
		 c->now + c->v->config->session_challenge_lifetime, &s,
		 err)) < 0 ||
	    (r = att_store_session_put(c->v->store, &s, err)) < 0)
		return r;
	m = challenge_of(c, &s);
	return att_session_challenge_encode(&m, &c->resp->body, err);
}

/* -- prove --------------------------------------------------------------- */

/*
 * The proof must be what TPM2_Certify gives for this AK certified by itself:
 * that is built here and compared byte for byte. The TPM's word is taken for
 * clock, counters and firmware version, which prove nothing here, and for the
 * qualified Name, which depends on the AK's parents and, as the AK signs for
 * itself, stands there twice.
 */
static int
check_certify(const struct att_attest *got, const struct att_session *s,
    const struct att_tpm_name *name, struct att_slice bytes,
    struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_ATTEST_MAX);
	struct att_attest want = *got;

	want.type = ATT_ATTEST_CERTIFY;
	want.extra_data = (struct att_slice){ s->challenge,
		s->challenge_len };
	want.name = att_tpm_name_view(name);
	want.qualified_name = got->qualified_signer;
	att_attest_encode(&want, &b);
	if (got->type != want.type)
		return att_err_set(err, ATT_E_MISMATCH,
		    "the proof is no TPM2_Certify");
	if (!att_slice_equal(got->extra_data, want.extra_data))
		return att_err_set(err, ATT_E_MISMATCH,
		    "the proof is for another challenge");
	if (got->qualified_signer.len != want.name.len ||
	    !att_slice_equal(att_buf_view(&b), bytes))
		return att_err_set(err, ATT_E_MISMATCH,
		    "the proof certifies another object than the enrolled AK");
	return 0;
}

static int
check_proof(const struct att_node *n, const struct att_session *s,
    const struct att_session_proof *p, struct att_err *err)
{
	const struct att_tpm_sign_rule rule = { 0 };
	AUTO(att_pubkey_free) struct att_pubkey *key = NULL;
	struct att_tpm_public public;
	struct att_tpm_name name;
	struct att_attest got;
	int r;

	if ((r = att_tpm_public_parse_2b(att_buf_view(&n->ak_public), &public,
		 err)) < 0 ||
	    (r = att_tpm_public_key(&public, &key, err)) < 0 ||
	    (r = att_tpm_public_name(&public, &name, err)) < 0 ||
	    (r = att_attest_open(p->message, p->signature, key, &rule, &got,
		 err)) < 0)
		return r;
	return check_certify(&got, s, &name, p->message, err);
}

/* "SID.43 characters"; a secret, of which only the digest is kept. */
static int
make_token(const char *sid, char ret[static ATT_TOKEN_MAX + 1],
    struct att_digest *ret_digest, struct att_err *err)
{
	AUTO_DONE(att_buf_wipe) struct att_buf b = ATT_BUF(ATT_TOKEN_MAX);
	uint8_t random[TOKEN_RANDOM];
	int r;

	if ((r = att_random(random, sizeof(random), err)) < 0)
		return r;
	att_buf_printf(&b, "%s.", sid);
	att_base64url_put(&b,
	    (struct att_slice){ random, sizeof(random) });
	explicit_bzero(random, sizeof(random));
	if ((r = att_buf_ok(&b, "token", err)) < 0 ||
	    (r = att_digest_of(ATT_ALG_SHA256, att_buf_view(&b), ret_digest,
		 err)) < 0)
		return r;
	memcpy(ret, b.data, b.len);
	ret[b.len] = '\0';
	return 0;
}

static int
answer(struct att_call *c, unsigned status, const struct att_session *s,
    const struct att_session_proof *p, const struct att_session_grant *g,
    struct att_err *err)
{
	struct att_session_challenge m = challenge_of(c, s);

	c->resp->status = status;
	return att_session_grant_encode(g, &m, p, &c->resp->body, err);
}

/* No token, and the challenge is used up. */
static int
answer_no(struct att_call *c, unsigned status, const struct att_session *s,
    const struct att_session_proof *p, struct att_err *err)
{
	const struct att_session_grant g = { .received_at = c->now };
	int r = att_store_session_delete(c->v->store, s->id, err);

	return r < 0 ? r : answer(c, status, s, p, &g, err);
}

static int
answer_yes(struct att_call *c, const struct att_session *s,
    const struct att_session_proof *p, struct att_err *err)
{
	AUTO_DONE(att_session_grant_done) struct att_session_grant g = {
		.pass = true, .received_at = c->now,
		.token_expires_at = c->now + c->v->config->token_lifetime };
	struct att_digest token;
	int r;

	if ((r = make_token(s->id, g.token, &token, err)) < 0 ||
	    (r = att_store_session_prove(c->v->store, s->id, &token,
		 g.token_expires_at, err)) < 0)
		return r;
	return answer(c, 200, s, p, &g, err);
}

/* The session of the path, if the message is about it. */
static int
find_session(struct att_call *c, const struct att_session_proof *p,
    struct att_session *s, struct att_err *err)
{
	int r;

	if (strcmp(p->session_id, c->param[0]) != 0)
		return att_err_set(err, ATT_E_FORMAT,
		    "the session's id is another one in the path");
	if ((r = att_store_session_get(c->v->store, p->session_id, s, err)) <
	    0)
		return r;
	if (strcmp(p->agent_id, s->node) != 0)
		return att_err_set(err, ATT_E_FORMAT,
		    "the session is for another agent id");
	if (s->proven)
		return att_err_set(err, ATT_E_CONFLICT,
		    "this session has its proof already");
	return 0;
}

static int
judge_proof(struct att_call *c, const struct att_session *s,
    const struct att_session_proof *p, struct att_err *err)
{
	AUTO_DONE(att_node_done) struct att_node n = { 0 };
	struct att_err why = { 0 };
	int r;

	if (s->challenge_expires <= c->now)
		return answer_no(c, 200, s, p, err);
	r = att_store_node_get(c->v->store, s->node, &n, err);
	if (r == ATT_E_NOT_FOUND ||
	    (r == 0 && !att_verifier_is_endorsed(c->v, &n)))
		return answer_no(c, 200, s, p, err);
	if (r < 0)
		return r;
	if ((r = check_proof(&n, s, p, &why)) == 0)
		return answer_yes(c, s, p, err);
	if (att_code_kind(r) == ATT_KIND_SYSTEM)
		return att_err_set(err, (enum att_code)r, "%s", why.text);
	att_verifier_note(c->v, c->now, n.id, "proof-refused",
	    "%s (from %s)", why.text, c->req->peer);
	return answer_no(c, 401, s, p, err);
}

int
att_serve_session_prove(struct att_call *c, struct att_err *err)
{
	AUTO_DONE(att_session_proof_done) struct att_session_proof p = { 0 };
	struct att_pointer where;
	struct att_session s;
	int r;

	if ((r = att_session_proof_parse(c->req->body, &p, &where, err)) < 0)
		return att_route_refuse_message(c, r, &where, err);
	if ((r = find_session(c, &p, &s, err)) < 0)
		return r;
	return judge_proof(c, &s, &p, err);
}
