#include "testlib.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "appraise/refmake.h"
#include "base/file.h"
#include "base/log.h"
#include "protocol/registration.h"
#include "protocol/session.h"
#include "tests/verifier/rig.h"

#define NODE_PEER "192.0.2.1"

/* -- the verifier -------------------------------------------------------- */

void
rig_put_file(const struct rig *r, const char *name, struct att_slice bytes)
{
	char path[96];

	snprintf(path, sizeof(path), "%s/%s", r->dir, name);
	ok(att_file_write(path, bytes, 0600, err));
}

static void
load(struct rig *r)
{
	ok(att_verifier_new(&r->config, &r->v, err));
}

void
rig_prepare(struct rig *r, const char *more, struct att_buf *ret_config)
{
	AUTO_DONE(att_buf_done) struct att_buf der = ATT_BUF(16384);
	char path[96];

	*r = (struct rig){ .dir = "/tmp/att-verifier-XXXXXX", .now = RIG_NOW };
	ck_assert(mkdtemp(r->dir) != NULL);
	softca_make(&r->ca, "Maker of TPMs");
	softca_der(&r->ca, &der);
	snprintf(path, sizeof(path), "%s/ca", r->dir);
	ck_assert(mkdir(path, 0700) == 0);
	rig_put_file(r, "ca/maker.der", att_buf_view(&der));
	rig_put_file(r, "operator", S(RIG_OPERATOR "\n"));
	*ret_config = ATT_BUF(4096);
	att_buf_printf(ret_config,
	    "database: %s/db\nek_ca_dir: %s/ca\noperator_token_file: "
	    "%s/operator\nresult_key_file: %s/key\n%s", r->dir, r->dir,
	    r->dir, r->dir, more);
	ok(att_buf_ok(ret_config, "configuration", err));
}

void
rig_start(struct rig *r, const char *more)
{
	AUTO_DONE(att_buf_done) struct att_buf text = { 0 };

	/* a test that means to see the log opens it itself */
	att_log_open("test", ATT_LOG_ERR);
	rig_prepare(r, more, &text);
	ok(att_verifier_config_parse("rig", att_buf_view(&text), &r->config,
	    err));
	load(r);
}

void
rig_restart(struct rig *r)
{
	att_verifier_free(r->v);
	load(r);
}

void
rig_stop(struct rig *r)
{
	static const char *const names[] = { "db", "db-wal", "db-shm",
		"ca/maker.der", "operator", "key", "config.yaml", "tls.pem",
		"tls.key", "tls-ca.pem" };
	char path[96];

	att_http_client_free(r->wire);
	att_verifier_free(r->v);
	att_verifier_config_done(&r->config);
	softca_done(&r->ca);
	for (size_t i = 0; i < ATT_COUNT(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", r->dir, names[i]);
		(void)unlink(path);
	}
	snprintf(path, sizeof(path), "%s/ca", r->dir);
	ck_assert(rmdir(path) == 0);
	ck_assert(rmdir(r->dir) == 0);
}

/* -- requests ------------------------------------------------------------ */

void
answer_done(struct answer *a)
{
	free(a->text);
	free(a->location);
	json_decref(a->json);
	*a = (struct answer){ 0 };
}

_Thread_local double rig_spent;

double
rig_cpu(void)
{
	struct timespec t;

	ck_assert(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t) == 0);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void
ask_wire(struct rig *r, const char *method, const char *path,
    const char *type, const char *token, struct att_slice body,
    struct answer *ret)
{
	static const char *const names[] = { [ATT_HTTP_GET] = "GET",
		[ATT_HTTP_POST] = "POST", [ATT_HTTP_PUT] = "PUT",
		[ATT_HTTP_PATCH] = "PATCH", [ATT_HTTP_DELETE] = "DELETE" };
	AUTO_DONE(att_http_response_done) struct att_http_response resp = {
		0 };
	struct att_http_request req = { .path = path, .token = token,
		.max_body = 1u << 24, .deadline_ms = 30000 };
	unsigned m = 0;

	while (strcmp(names[m], method) != 0)
		ck_assert(++m < ATT_COUNT(names));
	req.method = (enum att_http_method)m;
	if (req.method != ATT_HTTP_GET && req.method != ATT_HTTP_DELETE) {
		req.content_type = type;
		req.body = body;
	}
	ok(att_http_send(r->wire, &req, &resp, err));
	*ret = (struct answer){ .status = resp.status, .len = resp.body.len,
		.retry_after = -1 };
	if (att_json_parse(att_buf_view(&resp.body), SIZE_MAX, &ret->json,
		NULL) < 0)
		ret->json = NULL;
	ret->text = att_buf_take_str(&resp.body);
	ck_assert_ptr_nonnull(ret->text);
}

void
rig_ask_from(struct rig *r, const char *peer, const char *method,
    const char *path, const char *type, const char *token,
    struct att_slice body, struct answer *ret)
{
	struct att_request req = { .method = method, .path = path,
		.content_type = type, .body = body };
	struct att_response resp = { .status = 200, .retry_after = -1,
		.body = ATT_BUF(SIZE_MAX / 2) };
	char bearer[600];
	double from;

	if (r->wire != NULL) {
		ask_wire(r, method, path, type, token, body, ret);
		return;
	}
	snprintf(req.peer, sizeof(req.peer), "%s", peer);
	snprintf(bearer, sizeof(bearer), "Bearer %s", token ? token : "");
	if (token != NULL)
		req.authorization = bearer;
	from = rig_cpu();
	ck_assert_int_eq(att_api_call(r->v, &req, r->now, &resp), 0);
	rig_spent += rig_cpu() - from;
	*ret = (struct answer){ .status = resp.status, .len = resp.body.len,
		.location = resp.location, .content_type = resp.content_type,
		.retry_after = resp.retry_after };
	memcpy(ret->allow, resp.allow, sizeof(ret->allow));
	if (att_json_parse(att_buf_view(&resp.body), SIZE_MAX, &ret->json,
		NULL) < 0)
		ret->json = NULL;
	ret->text = att_buf_take_str(&resp.body);
	ck_assert_ptr_nonnull(ret->text);
}

void
rig_ask(struct rig *r, const char *method, const char *path,
    const char *type, const char *token, const char *body,
    struct answer *ret)
{
	rig_ask_from(r, NODE_PEER, method, path, type, token,
	    S(body != NULL ? body : ""), ret);
}

void
rig_operator(struct rig *r, const char *method, const char *path,
    const char *body, struct answer *ret)
{
	rig_ask(r, method, path, ATT_TYPE_JSON, RIG_OPERATOR, body, ret);
}

static const char *
text_of(const json_t *j)
{
	return json_is_string(j) ? json_string_value(j) : "";
}

const char *
answer_code(const struct answer *a)
{
	return text_of(json_object_get(
	    json_array_get(json_object_get(a->json, "errors"), 0), "code"));
}

const char *
answer_text(const struct answer *a)
{
	const json_t *e = json_array_get(json_object_get(a->json, "errors"),
	    0);

	if (e != NULL)
		return text_of(json_object_get(e, "detail"));
	e = json_object_get(a->json, "error");
	return e != NULL ? text_of(json_object_get(e, "text")) :
			   text_of(json_object_get(a->json, "status"));
}

struct noted {
	const char *kind, *word;
	bool found;
};

static int
look(void *ctx, const struct att_audit *a)
{
	struct noted *n = ctx;

	n->found = strcmp(a->kind, n->kind) == 0 &&
	    strstr(a->text, n->word) != NULL;
	return n->found;
}

bool
rig_noted(struct rig *r, const char *node, const char *kind, const char *word)
{
	struct noted n = { kind, word, false };

	ok(att_store_audit_each(r->v->store, node, NULL, 1000, look, &n,
	    err));
	return n.found;
}

/* -- enrolment ----------------------------------------------------------- */

static void
agent_path(char ret[static 128], const char *id)
{
	snprintf(ret, 128, "/v2.6/agents/%s", id);
}

void
rig_register_body(const struct softnode *n, struct att_buf *ret)
{
	struct att_register_request req = {
		.ek_public = att_buf_view(&n->ek_public),
		.ak_public = att_buf_view(&n->ak_public),
		.ek_cert = att_buf_view(&n->ek_cert) };

	ok(att_register_request_encode(&req, ret, err));
}

void
rig_register(struct rig *r, const struct softnode *n, struct answer *ret)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(65536);
	char path[128];

	rig_register_body(n, &b);
	agent_path(path, n->id);
	rig_ask_from(r, NODE_PEER, "POST", path, ATT_TYPE_JSON, NULL,
	    att_buf_view(&b), ret);
}

void
rig_activate(struct rig *r, const struct softnode *n,
    const struct answer *registered, struct answer *ret)
{
	AUTO_DONE(att_register_answer_done)
	struct att_register_answer a = { 0 };
	AUTO_DONE(att_buf_done) struct att_buf secret = ATT_BUF(128);
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1024);
	char path[128], tag[ATT_AUTH_TAG_LEN + 1];

	ok(att_register_answer_parse(S(registered->text), &a, err));
	ck_assert(softnode_activate(n, a.blob, &secret));
	ok(att_auth_tag(att_buf_view(&secret), n->id, tag, err));
	ok(att_activate_request_encode(tag, &b, err));
	agent_path(path, n->id);
	rig_ask_from(r, NODE_PEER, "PUT", path, ATT_TYPE_JSON, NULL,
	    att_buf_view(&b), ret);
}

void
rig_enrol(struct rig *r, const struct softnode *n)
{
	AUTO_DONE(answer_done) struct answer a = { 0 };
	AUTO_DONE(answer_done) struct answer b = { 0 };

	rig_register(r, n, &a);
	ck_assert_msg(a.status == 200, "%u %s", a.status, a.text);
	rig_activate(r, n, &a, &b);
	ck_assert_msg(b.status == 200, "%u %s", b.status, b.text);
}

/* -- session ------------------------------------------------------------- */

void
rig_session_open(struct rig *r, const char *id,
    struct att_session_challenge *ret)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);
	AUTO_DONE(answer_done) struct answer a = { 0 };

	ok(att_session_open_encode(id, &b, err));
	rig_ask_from(r, NODE_PEER, "POST", "/v3.0/sessions", ATT_TYPE_JSONAPI,
	    NULL, att_buf_view(&b), &a);
	ck_assert_msg(a.status == 200, "%u %s", a.status, a.text);
	ok(att_session_challenge_parse(S(a.text), id, ret, err));
}

void
rig_session_prove(struct rig *r, const struct softnode *n,
    const struct att_session_challenge *c, const struct att_attest *a,
    struct answer *ret)
{
	AUTO_DONE(att_buf_done) struct att_buf attest = ATT_BUF(ATT_ATTEST_MAX);
	AUTO_DONE(att_buf_done) struct att_buf sig =
	    ATT_BUF(ATT_TPM_SIGNATURE_MAX);
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(16384);
	struct att_session_proof p = { .session_id = c->session_id,
		.agent_id = n->id };
	char path[128];

	att_attest_encode(a, &attest);
	softnode_sign(n, att_buf_view(&attest), &sig);
	p.message = att_buf_view(&attest);
	p.signature = att_buf_view(&sig);
	ok(att_session_proof_encode(&p, &b, err));
	snprintf(path, sizeof(path), "/v3.0/sessions/%s", c->session_id);
	rig_ask_from(r, NODE_PEER, "PATCH", path, ATT_TYPE_JSONAPI, NULL,
	    att_buf_view(&b), ret);
}

void
rig_session(struct rig *r, struct softnode *n)
{
	AUTO_DONE(att_session_grant_done) struct att_session_grant g = { 0 };
	AUTO_DONE(answer_done) struct answer ans = { 0 };
	struct att_session_challenge c;
	struct att_attest a;

	rig_session_open(r, n->id, &c);
	a = softnode_certify(n,
	    (struct att_slice){ c.challenge, c.challenge_len });
	rig_session_prove(r, n, &c, &a, &ans);
	ck_assert_msg(ans.status == 200, "%u %s", ans.status, ans.text);
	ok(att_session_grant_parse(S(ans.text), &g, err));
	ck_assert(g.pass);
	snprintf(n->token, sizeof(n->token), "%s", g.token);
}

/* -- attestation --------------------------------------------------------- */

static void
attestation_path(char ret[static 160], const char *id, const char *end)
{
	snprintf(ret, 160, "/v3.0/agents/%s/attestations%s", id, end);
}

void
rig_offer(struct rig *r, const struct softnode *n, struct answer *ret)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(65536);
	struct att_offer o;
	char path[160];

	softnode_offer(n, &o);
	ok(att_offer_encode(&o, &b, err));
	attestation_path(path, n->id, "");
	rig_ask_from(r, NODE_PEER, "POST", path, ATT_TYPE_JSONAPI, n->token,
	    att_buf_view(&b), ret);
}

void
rig_demand(const struct softnode *n, const struct answer *a,
    struct att_demand *ret)
{
	struct att_offer o;

	ck_assert_msg(a->status == 201, "%u %s", a->status, a->text);
	softnode_offer(n, &o);
	ok(att_demand_parse(S(a->text), &o, ret, err));
}

void
rig_evidence_body(const struct softnode *n, const struct att_demand *d,
    struct att_buf *ret)
{
	AUTO_DONE(softnode_keep_done) struct softnode_keep keep = { 0 };
	struct att_evidence e;

	softnode_evidence(n, d, &keep, &e);
	ok(att_submission_encode(&e, d, ret, err));
}

void
rig_submit(struct rig *r, const struct softnode *n,
    const struct att_buf *body, struct answer *ret)
{
	char path[160];

	attestation_path(path, n->id, "/latest");
	rig_ask_from(r, NODE_PEER, "PATCH", path, ATT_TYPE_JSONAPI, n->token,
	    att_buf_view(body), ret);
}

void
rig_attest(struct rig *r, const struct softnode *n)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_SUBMISSION_MAX);
	AUTO_DONE(answer_done) struct answer a = { 0 };
	AUTO_DONE(answer_done) struct answer t = { 0 };
	struct att_demand d;

	rig_offer(r, n, &a);
	rig_demand(n, &a, &d);
	rig_evidence_body(n, &d, &b);
	rig_submit(r, n, &b, &t);
	ck_assert_msg(t.status == 202, "%u %s", t.status, t.text);
}

void
rig_reference(struct rig *r, const struct softnode *n, const char *id)
{
	const struct att_refmake m = { .head = { .id = id, .version = 1,
		    .valid_from = INT64_MIN, .valid_until = INT64_MAX },
		.pcrs = ATT_PCR_BOOT, .vary = ATT_REFMAKE_VARY };

	rig_reference_of(r, n, &m);
}

void
rig_reference_of(struct rig *r, const struct softnode *n,
    const struct att_refmake *m)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_REF_FILE_MAX);
	AUTO_DONE(softnode_keep_done) struct softnode_keep keep = { 0 };
	AUTO_DONE(answer_done) struct answer a = { 0 };
	AUTO(att_json_decref) json_t *j = NULL;
	const struct att_demand d = { .select = { ATT_ALG_SHA256, 1 },
		.challenge_len = 16 };
	struct att_evidence e;
	char path[200];

	softnode_evidence(n, &d, &keep, &e);
	ok(att_ref_make(&e, m, &j, NULL, err));
	ok(att_json_write(j, &b, err));
	snprintf(path, sizeof(path), "/operator/v1/references/%s", m->head.id);
	rig_ask_from(r, "192.0.2.200", "PUT", path, ATT_TYPE_JSON,
	    RIG_OPERATOR, att_buf_view(&b), &a);
	ck_assert_msg(a.status == 200, "%u %s", a.status, a.text);
}

enum att_standing
rig_standing(struct rig *r, const struct softnode *n)
{
	AUTO_DONE(att_agent_status_done) struct att_agent_status s = { 0 };
	AUTO_DONE(answer_done) struct answer a = { 0 };
	char path[128];

	agent_path(path, n->id);
	rig_ask(r, "GET", path, NULL, n->token, NULL, &a);
	ck_assert_msg(a.status == 200, "%u %s", a.status, a.text);
	ok(att_agent_status_parse(S(a.text), &s, err));
	return s.standing;
}
