#include "agent/registrar.h"

#include <stdio.h>
#include <string.h>

#include "base/encoding.h"
#include "protocol/registration.h"
#include "tpm/credential.h"

#define TRIES 2		/* once more if the registrar lost what it took */
#define PATH_MAX_ (32 + ATT_AGENT_ID_MAX)

struct registration {
	struct att_origins *o;
	struct att_attester *a;
	struct att_round *r;
	unsigned minor;		/* of the API, 2.minor */
	bool guessed;		/* it does not say which it speaks */
	struct att_tpm_ek *ek;
};

static void
registration_done(struct registration *g)
{
	att_tpm_ek_free(g->ek);
}

/* The highest that both speak; one that does not say may speak the newest. */
static enum att_outcome
find_version(struct registration *g)
{
	AUTO_DONE(att_http_response_done) struct att_http_response resp = {
		0 };
	struct att_http_request q = { .method = ATT_HTTP_GET,
		.path = "/version", .max_body = ATT_MESSAGE_MAX };
	struct att_err err = { 0 };
	enum att_outcome o = att_origins_ask(g->o, g->r, ATT_STEP_VERSION,
	    &q, &resp);

	g->minor = ATT_REGISTRAR_MINOR_MAX;
	g->guessed = o == ATT_OUTCOME_AGAIN;
	if (o != ATT_OUTCOME_NONE)
		return g->guessed ? ATT_OUTCOME_NONE : o;
	if (att_registrar_versions_parse(att_buf_view(&resp.body), &g->minor,
		&err) < 0)
		return att_round_fail(g->r, "versions of the registrar",
		    &err);
	return ATT_OUTCOME_NONE;
}

static void
path_of(const struct registration *g, char ret[static PATH_MAX_])
{
	(void)snprintf(ret, PATH_MAX_, "/v2.%u/agents/%s", g->minor,
	    g->a->id);
}

static int
encode_request(struct registration *g, struct att_buf *ret,
    struct att_err *err)
{
	struct att_register_request q = {
		.ek_public = att_tpm_ek_public(g->ek),
		.ek_cert = att_tpm_ek_cert(g->ek),
		.ak_public = att_tpm_ak_public(g->a->ak),
	};

	return att_register_request_encode(&q, ret, err);
}

static enum att_outcome
post_once(struct registration *g, struct att_slice body,
    struct att_http_response *ret)
{
	struct att_http_request q = { .method = ATT_HTTP_POST,
		.content_type = ATT_TYPE_JSON, .body = body,
		.max_body = ATT_MESSAGE_MAX };
	char path[PATH_MAX_];

	path_of(g, path);
	q.path = path;
	return att_origins_ask(g->o, g->r, ATT_STEP_REGISTER, &q, ret);
}

/* The registrar's credential, as it came. */
static enum att_outcome
post(struct registration *g, struct att_register_answer *ret)
{
	AUTO_DONE(att_http_response_done) struct att_http_response resp = {
		0 };
	AUTO_DONE(att_buf_done) struct att_buf body =
	    ATT_BUF(ATT_MESSAGE_MAX);
	struct att_err err = { 0 };
	enum att_outcome o;

	if (encode_request(g, &body, &err) < 0)
		return att_round_fail(g->r, "registration", &err);
	while ((o = post_once(g, att_buf_view(&body), &resp)) ==
		ATT_OUTCOME_AGAIN &&
	    g->guessed && g->minor > ATT_REGISTRAR_MINOR_MIN) {
		att_http_response_done(&resp);
		g->minor--;
	}
	if (o != ATT_OUTCOME_NONE)
		return o;
	if (att_register_answer_parse(att_buf_view(&resp.body), ret, &err) <
	    0)
		return att_round_fail(g->r, "registration", &err);
	return ATT_OUTCOME_NONE;
}

/* What only the TPM with this EK and this AK can say. */
static int
make_tag(struct registration *g, struct att_slice blob,
    char ret[static ATT_AUTH_TAG_LEN + 1], struct att_err *err)
{
	AUTO_DONE(att_buf_wipe) struct att_buf secret =
	    ATT_BUF(ATT_TPM_CREDENTIAL_MAX);
	struct att_credential_blob b;
	int r;

	if ((r = att_credential_blob_parse(blob, &b, err)) < 0 ||
	    (r = att_tpm_credential_activate(g->ek, g->a->ak, b.id_object,
		 b.enc_secret, &secret, err)) < 0)
		return r;
	return att_auth_tag(att_buf_view(&secret), g->a->id, ret, err);
}

static enum att_outcome
put(struct registration *g, const char *tag)
{
	AUTO_DONE(att_http_response_done) struct att_http_response resp = {
		0 };
	AUTO_DONE(att_buf_wipe) struct att_buf body = ATT_BUF(4096);
	struct att_http_request q = { .method = ATT_HTTP_PUT,
		.content_type = ATT_TYPE_JSON, .max_body = ATT_MESSAGE_MAX };
	char path[PATH_MAX_];
	struct att_err err = { 0 };

	if (att_activate_request_encode(tag, &body, &err) < 0)
		return att_round_fail(g->r, "activation", &err);
	path_of(g, path);
	q.path = path;
	q.body = att_buf_view(&body);
	return att_origins_ask(g->o, g->r, ATT_STEP_ACTIVATE, &q, &resp);
}

static enum att_outcome
once(struct registration *g)
{
	AUTO_DONE(att_register_answer_done) struct att_register_answer answer =
	    { 0 };
	char tag[ATT_AUTH_TAG_LEN + 1] = { 0 };
	struct att_err err = { 0 };
	enum att_outcome o = post(g, &answer);

	if (o != ATT_OUTCOME_NONE)
		return o;
	if (make_tag(g, answer.blob, tag, &err) < 0)
		o = att_round_fail(g->r, "credential of the registrar",
		    &err);
	else
		o = put(g, tag);
	explicit_bzero(tag, sizeof(tag));
	return o;
}

static enum att_outcome
register_node(struct registration *g)
{
	struct att_err err = { 0 };
	enum att_outcome o = find_version(g);

	if (o != ATT_OUTCOME_NONE)
		return o;
	if (att_attester_ek(g->a, &g->ek, &err) < 0)
		return att_round_fail(g->r, "EK", &err);
	for (unsigned i = 0; i < TRIES; i++)
		if ((o = once(g)) != ATT_OUTCOME_AGAIN)
			return o;
	return att_round_end(g->r, ATT_OUTCOME_REFUSED,
	    "the registrar does not know what it took a moment ago, or does "
	    "not take the proof that EK and AK live in one TPM");
}

enum att_outcome
att_registrar_register(struct att_origins *o, struct att_attester *a,
    struct att_round *r)
{
	AUTO_DONE(registration_done) struct registration g = { .o = o, .a = a,
		.r = r };

	return register_node(&g);
}
