/*
 * check_vectors - what a real agent sent to a real Keylime, sent to
 * attest-verifier.
 *
 * usage: check_vectors DIR
 *
 * DIR/keylime holds the exchanges. Challenges and tokens of that run are put
 * into the store, as the requests answer them; all else goes its usual way.
 * Where DIR/keylime is absent this is said, and nothing fails.
 */
#include "testlib.h"

#include <unistd.h>

#include "appraise/refmake.h"
#include "base/file.h"
#include "protocol/registration.h"
#include "tests/verifier/rig.h"
#include "verifier/received.h"

#define FILE_MAX (1u << 20)
#define ID "6f1a3e2c-8b0d-4f57-9c41-2a7d5e90b1c3"

static const char *vectors;
static struct rig rig;

/* -- exchanges ------------------------------------------------------------ */

struct exchange {
	json_t *root;
	const char *method, *path, *type, *token;
	char *body;		/* of the request */
	const json_t *answer;	/* the recorded body */
	unsigned status;
};

static void
exchange_done(struct exchange *x)
{
	json_decref(x->root);
	free(x->body);
}

static const char *
text(const json_t *j, const char *name)
{
	return json_string_value(json_object_get(j, name));
}

static struct exchange
exchange(const char *name)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(FILE_MAX);
	struct exchange x = { 0 };
	const json_t *req, *headers, *body;
	char path[512];

	snprintf(path, sizeof(path), "%s/keylime/%s.json", vectors, name);
	ok(att_file_read(path, &b, err));
	ok(att_json_parse(att_buf_view(&b), FILE_MAX, &x.root, err));
	req = json_object_get(x.root, "request");
	headers = json_object_get(req, "headers");
	body = json_object_get(req, "body");
	x.method = text(req, "method");
	x.path = text(req, "path");
	x.type = text(headers, "Content-Type");
	x.token = text(headers, "Authorization");
	if (x.token != NULL)
		x.token += strlen("Bearer ");
	x.body = text(body, "not_json") != NULL ?
	    strdup(text(body, "not_json")) :
	    json_is_null(body) ? strdup("") : json_dumps(body, JSON_COMPACT);
	ck_assert_ptr_nonnull(x.body);
	x.answer = json_object_get(json_object_get(x.root, "response"),
	    "body");
	x.status = (unsigned)json_integer_value(json_object_get(
	    json_object_get(x.root, "response"), "status"));
	return x;
}

static void
send_it(const struct exchange *x, struct answer *ret)
{
	rig_ask(&rig, x->method, x->path, x->type, x->token, x->body, ret);
}

/* -- the state of that run ------------------------------------------------ */

/* The node, as if its TPM had opened our credential. */
static void
enrol(void)
{
	AUTO_DONE(att_register_request_done) struct att_register_request q = {
		0 };
	AUTO_DONE(exchange_done) struct exchange x =
	    exchange("main/02-register");
	AUTO(att_cert_free) struct att_cert *cert = NULL;
	struct att_registration reg = { .id = ID,
		.endorsement = ATT_ENDORSED_OPERATOR };
	enum att_activation how;
	struct att_tpm_public ek;

	ok(att_register_request_parse(S(x.body), &q, NULL, err));
	ok(att_cert_parse(q.ek_cert, &cert, err));
	ok(att_tpm_public_parse_2b(q.ek_public, &ek, err));
	ok(att_tpm_public_key_digest(&ek, &reg.ek_key, err));
	reg.ek_public = q.ek_public;
	reg.ak_public = q.ak_public;
	reg.ek_cert = att_cert_der(cert);
	ok(att_digest_of(ATT_ALG_SHA256, S("tag"), &reg.tag, err));
	ok(att_store_pending_put(rig.v->store, &reg, rig.now, err));
	ok(att_store_activate(rig.v->store, ID, &reg.tag, 9, rig.now, &how,
	    err));
}

/* A session that waits for the proof of main/06. */
static void
open_session(void)
{
	AUTO_DONE(exchange_done) struct exchange x =
	    exchange("main/05-session-open");
	AUTO(free) char *answer = json_dumps(x.answer, JSON_COMPACT);
	struct att_session s = { .challenge_expires = rig.now + 60 };
	struct att_session_challenge c;

	ok(att_session_challenge_parse(S(answer), ID, &c, err));
	snprintf(s.id, sizeof(s.id), "%s", c.session_id);
	snprintf(s.node, sizeof(s.node), "%s", ID);
	memcpy(s.challenge, c.challenge, c.challenge_len);
	s.challenge_len = c.challenge_len;
	ok(att_store_session_put(rig.v->store, &s, err));
}

/* A session whose token is the one of the recorded requests. */
static void
give_token(void)
{
	AUTO_DONE(exchange_done) struct exchange x =
	    exchange("main/07-round1-negotiate");
	struct att_session s = { .id = "of-that-run", .node = ID,
		.challenge_len = 16, .challenge_expires = rig.now };
	struct att_digest token;

	ok(att_digest_of(ATT_ALG_SHA256, S(x.token), &token, err));
	ok(att_store_session_put(rig.v->store, &s, err));
	ok(att_store_session_prove(rig.v->store, s.id, &token,
	    rig.now + 100000, err));
}

/* Asks what Keylime asked. */
static void
ask_as(const struct exchange *x, uint64_t index)
{
	AUTO_DONE(att_attestation_done) struct att_attestation a = {
		.node = ID, .index = index, .created = rig.now,
		.expires = rig.now + 300, .challenge = ATT_BUF(64),
		.boot_time = "2026-11-22T06:04:46Z",
		.offer = ATT_BUF(FILE_MAX), .demand = ATT_BUF(FILE_MAX) };
	AUTO_DONE(att_offer_done) struct att_offer o = { 0 };
	AUTO(free) char *answer = json_dumps(x->answer, JSON_COMPACT);
	struct att_demand d;

	att_buf_str(&a.offer, x->body);
	att_buf_str(&a.demand, answer);
	ok(att_offer_parse(S(x->body), &o, NULL, err));
	ok(att_demand_parse(S(answer), &o, &d, err));
	att_buf_bytes(&a.challenge, d.challenge, d.challenge_len);
	ok(att_store_attestation_add(rig.v->store, &a, err));
}

static void
setup(void)
{
	rig_start(&rig, "require_ek_cert: false\nquote_interval: 1s\n");
	enrol();
}

static void
teardown(void)
{
	rig_stop(&rig);
}

/* -- the run -------------------------------------------------------------- */

START_TEST(registration)
{
	static const char *const names[] = { "main/02-register",
		"ecc/register" };

	for (size_t i = 0; i < ATT_COUNT(names); i++) {
		AUTO_DONE(att_register_answer_done)
		struct att_register_answer m = { 0 };
		AUTO_DONE(exchange_done) struct exchange x =
		    exchange(names[i]);
		AUTO_DONE(answer_done) struct answer a = { 0 };
		struct att_credential_blob b;

		send_it(&x, &a);
		ck_assert_msg(a.status == 200 || (i == 1 && a.status == 403),
		    "%s: %u %s", names[i], a.status, a.text);
		/* the same TPM cannot be two nodes */
		if (i == 1)
			continue;
		ok(att_register_answer_parse(S(a.text), &m, err));
		ok(att_credential_blob_parse(m.blob, &b, err));
		ck_assert_uint_eq(m.blob.len, 336);
	}
}
END_TEST

START_TEST(session)
{
	AUTO_DONE(exchange_done) struct exchange open =
	    exchange("main/05-session-open");
	AUTO_DONE(exchange_done) struct exchange prove =
	    exchange("main/06-session-prove");
	AUTO_DONE(att_session_grant_done) struct att_session_grant g = { 0 };
	AUTO_DONE(answer_done) struct answer a = { 0 };
	AUTO_DONE(answer_done) struct answer b = { 0 };
	struct att_session_challenge c;

	send_it(&open, &a);
	ck_assert_uint_eq(a.status, 200);
	ok(att_session_challenge_parse(S(a.text), ID, &c, err));
	open_session();
	send_it(&prove, &b);
	ck_assert_msg(b.status == 200, "%u %s", b.status, b.text);
	ok(att_session_grant_parse(S(b.text), &g, err));
	ck_assert(g.pass);
}
END_TEST

/* Every member that an answer of Keylime has, ours has; but for these. */
static void
has_members(const json_t *theirs, const json_t *ours, const char *at)
{
	static const char *const ours_lack[] = { "capabilities" };
	const char *name;
	json_t *v;

	json_object_foreach ((json_t *)(uintptr_t)theirs, name, v) {
		bool lacks = false;

		for (size_t i = 0; i < ATT_COUNT(ours_lack); i++)
			lacks = lacks || strcmp(name, ours_lack[i]) == 0;
		ck_assert_msg(lacks || json_object_get(ours, name) != NULL,
		    "%s lacks %s", at, name);
		if (json_is_object(v))
			has_members(v, json_object_get(ours, name), name);
	}
}

START_TEST(negotiation)
{
	AUTO_DONE(exchange_done) struct exchange x =
	    exchange("main/07-round1-negotiate");
	AUTO_DONE(att_offer_done) struct att_offer o = { 0 };
	AUTO_DONE(answer_done) struct answer a = { 0 };
	const json_t *theirs, *ours;
	struct att_demand d;

	give_token();
	send_it(&x, &a);
	ck_assert_msg(a.status == 201, "%u %s", a.status, a.text);
	ck_assert_str_eq(a.location, "/v3.0/agents/" ID "/attestations/0");
	ok(att_offer_parse(S(x.body), &o, NULL, err));
	ok(att_demand_parse(S(a.text), &o, &d, err));
	ck_assert(!d.bound && d.count == 1 && d.item[0] == ATT_ITEM_UEFI_LOG);
	ck_assert_int_eq(d.select.alg, ATT_ALG_SHA256);
	/* what an agent of upstream reads of it is there */
	theirs = json_object_get(json_object_get(x.answer, "data"),
	    "attributes");
	ours = json_object_get(json_object_get(a.json, "data"), "attributes");
	has_members(theirs, ours, "attributes");
	theirs = json_object_get(json_array_get(json_object_get(theirs,
	    "evidence_requested"), 0), "chosen_parameters");
	ours = json_object_get(json_array_get(json_object_get(ours,
	    "evidence_requested"), 0), "chosen_parameters");
	has_members(theirs, ours, "chosen_parameters");
}
END_TEST

/* Reference values of that very boot, without IMA's register. */
static void
put_reference(void)
{
	AUTO_DONE(exchange_done) struct exchange offer =
	    exchange("main/07-round1-negotiate");
	AUTO_DONE(exchange_done) struct exchange sent =
	    exchange("main/08-round1-evidence");
	AUTO_DONE(att_submission_done) struct att_submission s = { 0 };
	AUTO_DONE(att_offer_done) struct att_offer o = { 0 };
	AUTO_DONE(answer_done) struct answer a = { 0 };
	AUTO(free) char *answer = json_dumps(offer.answer, JSON_COMPACT);
	AUTO(att_json_decref) json_t *j = NULL;
	AUTO(free) char *document = NULL;
	struct att_refmake m = { .head = { .id = "r",
		    .valid_from = INT64_MIN, .valid_until = INT64_MAX },
		.pcrs = ATT_PCR_BOOT };
	struct att_demand d;

	ok(att_offer_parse(S(offer.body), &o, NULL, err));
	ok(att_demand_parse(S(answer), &o, &d, err));
	ok(att_submission_parse(S(sent.body), &o, &d, &s, NULL, err));
	ok(att_ref_make(&s.evidence, &m, &j, NULL, err));
	document = json_dumps(j, JSON_COMPACT);
	rig_operator(&rig, "PUT", "/operator/v1/references/r", document, &a);
	ck_assert_msg(a.status == 200, "%s", a.text);
}

static bool
has_finding(const char *code)
{
	AUTO_DONE(answer_done) struct answer a = { 0 };
	const json_t *all;
	json_t *f;
	size_t i;

	rig_operator(&rig, "GET", "/operator/v1/nodes/" ID, NULL, &a);
	all = json_object_get(json_object_get(json_object_get(a.json,
	    "attestation"), "appraisal"), "findings");
	json_array_foreach (all, i, f)
		if (strcmp(text(f, "code"), code) == 0)
			return true;
	return false;
}

static void
state_is(const char *want)
{
	AUTO_DONE(answer_done) struct answer a = { 0 };

	rig_operator(&rig, "GET", "/operator/v1/nodes/" ID, NULL, &a);
	ck_assert_msg(strcmp(text(a.json, "state"), want) == 0, "%s", a.text);
}

START_TEST(evidence)
{
	AUTO_DONE(exchange_done) struct exchange one =
	    exchange("main/07-round1-negotiate");
	AUTO_DONE(exchange_done) struct exchange sent =
	    exchange("main/08-round1-evidence");
	AUTO_DONE(exchange_done) struct exchange status =
	    exchange("main/09-round1-state");
	AUTO_DONE(exchange_done) struct exchange two =
	    exchange("main/10-round2-negotiate");
	AUTO_DONE(exchange_done) struct exchange more =
	    exchange("main/11-round2-evidence");
	AUTO_DONE(answer_done) struct answer a = { 0 };
	AUTO_DONE(answer_done) struct answer b = { 0 };
	AUTO_DONE(answer_done) struct answer c = { 0 };

	give_token();
	put_reference();
	ask_as(&one, 0);
	send_it(&sent, &a);
	ck_assert_msg(a.status == 202, "%u %s", a.status, a.text);
	state_is("trusted");
	send_it(&status, &b);
	ck_assert_uint_eq(b.status, 200);
	ck_assert_str_eq(text(json_object_get(b.json, "results"),
	    "attestation_status"), "PASS");
	rig.now += 2;
	ask_as(&two, 1);
	send_it(&more, &c);
	ck_assert_uint_eq(c.status, 202);
	state_is("trusted");
}
END_TEST

START_TEST(wrong_nonce)
{
	AUTO_DONE(exchange_done) struct exchange one =
	    exchange("main/07-round1-negotiate");
	AUTO_DONE(exchange_done) struct exchange sent =
	    exchange("errors/wrong-nonce-accepted");
	AUTO_DONE(answer_done) struct answer a = { 0 };

	give_token();
	put_reference();
	ask_as(&one, 0);
	send_it(&sent, &a);
	ck_assert_msg(a.status == 202, "%u %s", a.status, a.text);
	state_is("untrusted");
	ck_assert(has_finding("quote-nonce"));
}
END_TEST

/* -- refusals ------------------------------------------------------------- */

static const struct {
	const char *name;
	unsigned status;	/* ours; where it differs, why */
} refusals[] = {
	/* a tag that proves nothing: register again */
	{ "activate-bad-tag", 404 },
	/* no such resource here */
	{ "agent-reads-attestation", 405 },
	{ "bad-token", 401 },
	{ "content-type", 415 },
	{ "malformed-json", 400 },
	{ "no-token", 403 },
	{ "other-agent", 403 },
	{ "register-incomplete", 400 },
	{ "session-before-enrolment", 200 },
	/* the frame is sound, a member is not */
	{ "session-no-pop-offered", 422 },
	{ "session-unknown", 404 },
	{ "subjects-as-list", 422 },
	{ "top-level-member", 400 },
	/* nothing was asked yet */
	{ "evidence-twice", 404 },
	{ "old-index", 404 },
	{ "wrong-order", 404 },
};

START_TEST(refusal)
{
	AUTO_DONE(answer_done) struct answer a = { 0 };
	AUTO_DONE(exchange_done) struct exchange x = { 0 };
	char name[64];

	give_token();
	snprintf(name, sizeof(name), "errors/%s", refusals[_i].name);
	x = exchange(name);
	send_it(&x, &a);
	ck_assert_msg(a.status == refusals[_i].status, "%s: %u %s", name,
	    a.status, a.text);
}
END_TEST

/* -- a machine whose firmware does not log all that it measures ------------ */

static void
read_real(const char *end, struct att_buf *ret)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/eventlogs/guard-oss/hpe-dl160.bin%s",
	    vectors, end);
	*ret = ATT_BUF(FILE_MAX);
	ok(att_file_read(path, ret, err));
}

/* An HPE ProLiant DL160: its PCR 0 passes by its value, where that is let. */
START_TEST(a_dl160)
{
	AUTO_DONE(att_buf_done) struct att_buf pcrs = { 0 };
	AUTO_DONE(softnode_done) struct softnode n;

	rig.config.allow_incomplete = _i == 1;
	rig.config.require_ek_cert = true;
	softnode_make(&n, "dl160", SOFTNODE_RSA, &rig.ca);
	softnode_boot(&n, "shim");
	att_buf_done(&n.uefi);
	read_real("", &n.uefi);
	read_real(".pcrs", &pcrs);
	ok(att_pcrs_parse(att_buf_view(&pcrs), &n.pcrs, err));
	rig_enrol(&rig, &n);
	rig_session(&rig, &n);
	rig_reference(&rig, &n, "dl160");
	rig_attest(&rig, &n);
	ck_assert_int_eq(rig_standing(&rig, &n), _i == 1 ?
		ATT_STANDING_PASS : ATT_STANDING_FAIL);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("verifier vectors");
	TCase *t = tcase_create("keylime");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, registration);
	tcase_add_test(t, session);
	tcase_add_test(t, negotiation);
	tcase_add_test(t, evidence);
	tcase_add_test(t, wrong_nonce);
	tcase_add_loop_test(t, refusal, 0, (int)ATT_COUNT(refusals));
	tcase_add_loop_test(t, a_dl160, 0, 2);
	suite_add_tcase(s, t);
	return s;
}

int
main(int argc, char **argv)
{
	char path[512];
	SRunner *sr;
	int all, bad;

	if (argc != 2) {
		fprintf(stderr, "usage: check_vectors DIR\n");
		return 2;
	}
	vectors = argv[1];
	snprintf(path, sizeof(path), "%s/keylime", vectors);
	if (access(path, F_OK) != 0) {
		printf("skip %s is not there\n", path);
		printf("verifier vectors: 0 passed, 0 failed, 1 skipped\n");
		return 0;
	}
	sr = srunner_create(suite());
	srunner_run_all(sr, CK_NORMAL);
	all = srunner_ntests_run(sr);
	bad = srunner_ntests_failed(sr);
	srunner_free(sr);
	printf("verifier vectors: %d passed, %d failed, 0 skipped\n",
	    all - bad, bad);
	return bad > 0 || all == 0;
}
