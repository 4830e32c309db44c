#include "verifier/registrar.h"

#include <stdio.h>
#include <string.h>

#include "base/encoding.h"
#include "crypto/random.h"
#include "protocol/agent_id.h"
#include "protocol/registration.h"
#include "tpm/makecred.h"
#include "verifier/verifier.h"

#define FULL_RETRY 300	/* seconds; an operator has to make room */

int
att_serve_version(struct att_call *c, struct att_err *err)
{
	return att_registrar_versions_encode(ATT_REGISTRAR_MINOR_MIN,
	    &c->resp->body, err);
}

/* -- what a node shows of itself ----------------------------------------- */

/* One registration while it is looked at. */
struct claim {
	struct att_register_request req;
	struct att_tpm_public ek, ak;
	struct att_pubkey *ek_key;
	struct att_cert *cert;	/* NULL: none that can be read */
	/* why no CA endorses the EK */
	char why[ATT_ERR_TEXT_MAX + 1];
};

static void
claim_done(struct claim *cl)
{
	att_register_request_done(&cl->req);
	att_pubkey_free(cl->ek_key);
	att_cert_free(cl->cert);
}

static int
read_keys(struct claim *cl, struct att_err *err)
{
	int r;

	if ((r = att_tpm_public_parse_2b(cl->req.ek_public, &cl->ek, err)) <
		0 ||
	    (r = att_tpm_public_check_ek(&cl->ek, err)) < 0 ||
	    (r = att_tpm_public_key(&cl->ek, &cl->ek_key, err)) < 0) {
		att_err_prefix(err, "EK");
		return r;
	}
	if ((r = att_tpm_public_parse_2b(cl->req.ak_public, &cl->ak, err)) <
		0 ||
	    (r = att_tpm_public_check_ak(&cl->ak, err)) < 0)
		att_err_prefix(err, "AK");
	return r;
}

/*
 * True in *ret if the certificate chains to a trusted CA; if not, `why` says
 * what is wrong. A certificate of another key is a lie, and the only one that
 * is refused: an operator can admit all else.
 */
static int
check_cert(struct att_call *c, struct claim *cl, bool *ret,
    struct att_err *err)
{
	uint32_t quirks = 0;
	struct att_err e = { 0 };
	int r;

	*ret = false;
	if (cl->req.ek_cert.len == 0) {
		(void)att_err_set(&e, ATT_E_UNTRUSTED,
		    "it came without a certificate");
	} else if ((r = att_cert_parse(cl->req.ek_cert, &cl->cert, &e)) == 0 &&
	    (r = att_cert_check_ek(cl->cert, c->v->ek_cas, c->now,
		 cl->ek_key, &quirks, &e)) == 0) {
		*ret = true;
		return 0;
	} else if (r == ATT_E_MISMATCH ||
	    att_code_kind(r) == ATT_KIND_SYSTEM) {
		return att_err_set(err, (enum att_code)r, "%s", e.text);
	}
	snprintf(cl->why, sizeof(cl->why), "%s", e.text);
	return 0;
}

static int
find_endorsement(struct att_call *c, struct claim *cl,
    enum att_endorsement *ret, struct att_err *err)
{
	bool by_ca = false, by_operator = false;
	int r;

	if ((r = check_cert(c, cl, &by_ca, err)) < 0 ||
	    (r = att_store_is_admitted(c->v->store, c->param[0],
		 cl->req.ek_public, &by_operator, err)) < 0)
		return r;
	*ret = by_ca			     ? ATT_ENDORSED_CA :
	    by_operator			     ? ATT_ENDORSED_OPERATOR :
	    !c->v->config->require_ek_cert ? ATT_ENDORSED_ANY :
					       ATT_ENDORSED_NO;
	return 0;
}

/* -- credential ---------------------------------------------------------- */

/* Bytes: as many as hex digits make a secret of ASCII, as upstream's is. */
#define SECRET_RANDOM 16
#define SECRET_LEN (2 * SECRET_RANDOM)

/* A secret and what is made of it; wiped when its scope ends. */
struct secret {
	uint8_t random[SECRET_RANDOM];
	char text[SECRET_LEN + 1];
	char tag[ATT_AUTH_TAG_LEN + 1];
};

static void
secret_done(struct secret *s)
{
	explicit_bzero(s, sizeof(*s));
}

static int
tag_digest(const char *tag, struct att_digest *ret, struct att_err *err)
{
	return att_digest_of(ATT_ALG_SHA256, att_slice_of(tag), ret, err);
}

static int
make_secret(const char *id, struct secret *s, struct att_digest *ret_tag,
    struct att_err *err)
{
	int r;

	if ((r = att_random(s->random, sizeof(s->random), err)) < 0)
		return r;
	att_hex_encode((struct att_slice){ s->random, sizeof(s->random) },
	    s->text);
	if ((r = att_auth_tag((struct att_slice){ (const uint8_t *)s->text,
		 SECRET_LEN }, id, s->tag, err)) < 0)
		return r;
	return tag_digest(s->tag, ret_tag, err);
}

/* Appends the blob that only the TPM of this EK and AK can open. */
static int
make_blob(const struct claim *cl, const struct secret *s, struct att_buf *ret,
    struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf id =
	    ATT_BUF(ATT_MAKECRED_ID_MAX);
	AUTO_DONE(att_buf_done) struct att_buf enc =
	    ATT_BUF(ATT_MAKECRED_SECRET_MAX);
	struct att_tpm_name name;
	int r;

	if ((r = att_tpm_public_name(&cl->ak, &name, err)) < 0 ||
	    (r = att_makecred(&cl->ek, att_tpm_name_view(&name),
		 (struct att_slice){ (const uint8_t *)s->text, SECRET_LEN },
		 &id, &enc, err)) < 0)
		return r;
	att_credential_blob_encode(&(struct att_credential_blob){
	    att_buf_view(&id), att_buf_view(&enc) }, ret);
	return att_buf_ok(ret, "credential blob", err);
}

/* -- the two requests ---------------------------------------------------- */

/* Recorded, and answered with this status unless it is trouble of ours. */
static int
refuse(struct att_call *c, const char *kind, int code, unsigned status,
    const struct att_err *err)
{
	int r;

	if (att_code_kind(code) == ATT_KIND_SYSTEM)
		return code;
	att_verifier_note(c->v, c->now, c->param[0], kind, "%s (from %s)",
	    err->text, c->req->peer);
	r = att_route_fail(c, status, NULL, err->text, NULL);
	return r < 0 ? r : 1;
}

/* Everything that may be wrong with the request itself: 400. */
static int
read_claim(struct att_call *c, struct claim *cl, enum att_endorsement *how,
    struct att_err *err)
{
	int r;

	if ((r = att_agent_id_check(c->param[0], err)) < 0) {
		/* such an id stands in no record */
		c->param[0][0] = '\0';
		return r;
	}
	if ((r = att_register_request_parse(c->req->body, &cl->req, NULL,
		 err)) < 0 ||
	    (r = read_keys(cl, err)) < 0)
		return r;
	return find_endorsement(c, cl, how, err);
}

static int
answer_blob(struct att_call *c, const struct att_buf *blob,
    struct att_err *err)
{
	struct att_register_answer a = { .blob = att_buf_view(blob) };

	return att_register_answer_encode(&a, &c->resp->body, err);
}

int
att_serve_register(struct att_call *c, struct att_err *err)
{
	AUTO_DONE(claim_done) struct claim cl = { 0 };
	AUTO_DONE(secret_done) struct secret s = { 0 };
	AUTO_DONE(att_buf_done) struct att_buf blob =
	    ATT_BUF(ATT_CREDENTIAL_BLOB_MAX);
	struct att_registration reg = { .id = c->param[0] };
	int r;

	if ((r = att_route_limit(c, c->v->registrations)) != 0)
		return r;
	if ((r = read_claim(c, &cl, &reg.endorsement, err)) < 0)
		return refuse(c, "registration-refused", r, 400, err);
	if ((r = att_tpm_public_key_digest(&cl.ek, &reg.ek_key, err)) < 0 ||
	    (r = make_secret(reg.id, &s, &reg.tag, err)) < 0 ||
	    (r = make_blob(&cl, &s, &blob, err)) < 0)
		return refuse(c, "registration-refused", r, 400, err);
	reg.ek_public = cl.req.ek_public;
	reg.ak_public = cl.req.ak_public;
	if (cl.cert != NULL)
		reg.ek_cert = att_cert_der(cl.cert);
	r = att_store_pending_put(c->v->store, &reg, c->now, err);
	if (r == ATT_E_CONFLICT)
		return refuse(c, "registration-refused", r, 403, err);
	if (r < 0)
		return r;
	if (reg.endorsement == ATT_ENDORSED_NO)
		att_verifier_note(c->v, c->now, reg.id, "registration-waits",
		    "no CA endorses its EK: %s (from %s)", cl.why,
		    c->req->peer);
	return answer_blob(c, &blob, err);
}

static void
note_activated(struct att_call *c, enum att_activation how)
{
	switch (how) {
	case ATT_ACTIVATED_NEW:
		att_verifier_note(c->v, c->now, c->param[0], "node-enrolled",
		    "a new node (from %s)", c->req->peer);
		break;
	case ATT_ACTIVATED_NEW_AK:
		att_verifier_note(c->v, c->now, c->param[0], "node-new-ak",
		    "its TPM has another attestation key now (from %s)",
		    c->req->peer);
		break;
	case ATT_ACTIVATED_SAME:
		break;
	}
}

static int
refuse_activation(struct att_call *c, int code, const struct att_err *err)
{
	static const char kind[] = "activation-refused";
	int r;

	switch (code) {
	case ATT_E_CONFLICT:
		return refuse(c, kind, code, 409, err);
	case ATT_E_DENIED:
		return refuse(c, kind, code, 403, err);
	case ATT_E_LIMIT:
		r = refuse(c, kind, code, 503, err);
		c->resp->retry_after = FULL_RETRY;
		return r;
	case ATT_E_NOT_FOUND:
		return refuse(c, kind, code, 404, err);
	default:
		return refuse(c, kind, code, 400, err);
	}
}

int
att_serve_activate(struct att_call *c, struct att_err *err)
{
	AUTO_DONE(secret_done) struct secret s = { 0 };
	enum att_activation how;
	struct att_digest tag;
	int r;

	if ((r = att_route_limit(c, c->v->registrations)) != 0)
		return r;
	if ((r = att_agent_id_check(c->param[0], err)) < 0) {
		c->param[0][0] = '\0';
		return refuse_activation(c, r, err);
	}
	if ((r = att_activate_request_parse(c->req->body, s.tag, NULL, err)) <
		0 ||
	    (r = tag_digest(s.tag, &tag, err)) < 0 ||
	    (r = att_store_activate(c->v->store, c->param[0], &tag,
		 c->v->config->max_nodes, c->now, &how, err)) < 0)
		return refuse_activation(c, r, err);
	note_activated(c, how);
	return att_activate_answer_encode(&c->resp->body, err);
}
