/* Sessions: only the holder of the enrolled AK gets a token, once. */
#include "testlib.h"

#include "base/file.h"
#include "tests/verifier/rig.h"

static struct rig rig;
static struct softnode node;

static void
setup(void)
{
	rig_start(&rig, "sessions_per_minute: 50\n");
	softnode_make(&node, "n1", SOFTNODE_P256, &rig.ca);
	rig_enrol(&rig, &node);
}

static void
teardown(void)
{
	softnode_done(&node);
	rig_stop(&rig);
}

static struct att_slice
challenge_of(const struct att_session_challenge *c)
{
	return (struct att_slice){ c->challenge, c->challenge_len };
}

static bool
reads_status(const struct softnode *n, const char *token)
{
	AUTO_DONE(answer_done) struct answer a = { 0 };
	char path[128];

	snprintf(path, sizeof(path), "/v2.6/agents/%s", n->id);
	rig_ask(&rig, "GET", path, NULL, token, NULL, &a);
	ck_assert_msg(a.status == 200 || a.status == 401 || a.status == 403,
	    "%u", a.status);
	return a.status == 200;
}

/* A proof of this attest must not be taken; the status of its refusal. */
static unsigned
refused(const struct softnode *n, const struct att_session_challenge *c,
    const struct att_attest *a)
{
	AUTO_DONE(att_session_grant_done) struct att_session_grant g = { 0 };
	AUTO_DONE(answer_done) struct answer ans = { 0 };

	rig_session_prove(&rig, n, c, a, &ans);
	if (ans.status == 200 || ans.status == 401) {
		ok(att_session_grant_parse(S(ans.text), &g, err));
		ck_assert(!g.pass && g.token[0] == '\0');
		ck_assert(strstr(ans.text, "token") == NULL);
	}
	return ans.status;
}

START_TEST(a_proof_gives_a_token)
{
	AUTO_DONE(softnode_done) struct softnode rsa;

	rig_session(&rig, &node);
	/* sid.43 characters */
	ck_assert_uint_eq(strlen(node.token), 32 + 1 + 43);
	ck_assert(reads_status(&node, node.token));
	softnode_make(&rsa, "n2", SOFTNODE_RSA, &rig.ca);
	rig_enrol(&rig, &rsa);
	rig_session(&rig, &rsa);
	ck_assert(reads_status(&rsa, rsa.token));
}
END_TEST

START_TEST(a_token_is_of_one_node_and_one_time)
{
	AUTO_DONE(softnode_done) struct softnode other;
	char bad[600];

	softnode_make(&other, "n2", SOFTNODE_P256, &rig.ca);
	rig_enrol(&rig, &other);
	rig_session(&rig, &other);
	rig_session(&rig, &node);
	ck_assert(!reads_status(&node, other.token));
	ck_assert(!reads_status(&node, NULL));
	ck_assert(!reads_status(&node, ""));
	for (size_t i = 0; i < strlen(node.token); i++) {
		snprintf(bad, sizeof(bad), "%s", node.token);
		bad[i] ^= 1;
		ck_assert(!reads_status(&node, bad));
	}
	snprintf(bad, sizeof(bad), "%sA", node.token);
	ck_assert(!reads_status(&node, bad));
	/* a restart of the verifier does not end it, its time does */
	rig_restart(&rig);
	rig.now += rig.config.token_lifetime - 1;
	ck_assert(reads_status(&node, node.token));
	rig.now++;
	ck_assert(!reads_status(&node, node.token));
}
END_TEST

START_TEST(only_the_digest_of_a_token_is_stored)
{
	AUTO_DONE(att_buf_done) struct att_buf file = ATT_BUF(1u << 26);
	static const char *const names[] = { "db", "db-wal" };
	const char *secret;
	char path[64];

	rig_session(&rig, &node);
	secret = strchr(node.token, '.') + 1;
	for (size_t i = 0; i < ATT_COUNT(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", rig.dir, names[i]);
		ok(att_file_read(path, &file, err));
	}
	/* the session's id stands there, its secret does not */
	ck_assert(memmem(file.data, file.len, node.token, 32) != NULL);
	ck_assert(memmem(file.data, file.len, secret, 43) == NULL);
}
END_TEST

START_TEST(a_new_proof_ends_the_older_token)
{
	char old[ATT_TOKEN_MAX + 1];

	rig_session(&rig, &node);
	memcpy(old, node.token, sizeof(old));
	rig_session(&rig, &node);
	ck_assert(!reads_status(&node, old));
	ck_assert(reads_status(&node, node.token));
}
END_TEST

START_TEST(a_challenge_is_used_once)
{
	AUTO_DONE(answer_done) struct answer again = { 0 };
	AUTO_DONE(answer_done) struct answer first = { 0 };
	struct att_session_challenge c;
	struct att_attest a;

	rig_session_open(&rig, "n1", &c);
	a = softnode_certify(&node, challenge_of(&c));
	rig_session_prove(&rig, &node, &c, &a, &first);
	ck_assert_uint_eq(first.status, 200);
	rig_session_prove(&rig, &node, &c, &a, &again);
	ck_assert_uint_eq(again.status, 409);
	/* a refused proof uses it up too */
	rig_session_open(&rig, "n1", &c);
	a = softnode_certify(&node, S("another challenge"));
	ck_assert_uint_eq(refused(&node, &c, &a), 401);
	a = softnode_certify(&node, challenge_of(&c));
	ck_assert_uint_eq(refused(&node, &c, &a), 404);
}
END_TEST

START_TEST(challenges_differ)
{
	struct att_session_challenge c[20];

	for (size_t i = 0; i < ATT_COUNT(c); i++) {
		rig_session_open(&rig, "n1", &c[i]);
		ck_assert_uint_ge(c[i].challenge_len, 16);
		for (size_t k = 0; k < i; k++) {
			ck_assert(memcmp(c[i].challenge, c[k].challenge,
				      c[i].challenge_len) != 0);
			ck_assert_str_ne(c[i].session_id, c[k].session_id);
		}
	}
}
END_TEST

START_TEST(a_late_proof_is_not_taken)
{
	struct att_session_challenge c;
	struct att_attest a;

	rig_session_open(&rig, "n1", &c);
	a = softnode_certify(&node, challenge_of(&c));
	rig.now += rig.config.session_challenge_lifetime;
	ck_assert_uint_eq(refused(&node, &c, &a), 200);
}
END_TEST

START_TEST(an_unknown_id_gets_a_challenge_and_no_token)
{
	AUTO_DONE(softnode_done) struct softnode ghost;
	struct att_session_challenge c;
	struct att_attest a;

	softnode_make(&ghost, "nobody", SOFTNODE_P256, NULL);
	rig_session_open(&rig, "nobody", &c);
	a = softnode_certify(&ghost, challenge_of(&c));
	ck_assert_uint_eq(refused(&ghost, &c, &a), 200);
}
END_TEST

START_TEST(another_key_is_refused)
{
	AUTO_DONE(softnode_done) struct softnode thief;
	struct att_session_challenge c;
	struct att_attest a;

	softnode_make(&thief, "n1", SOFTNODE_P256, &rig.ca);
	rig_session_open(&rig, "n1", &c);
	a = softnode_certify(&thief, challenge_of(&c));
	ck_assert_uint_eq(refused(&thief, &c, &a), 401);
	ck_assert(rig_noted(&rig, "n1", "proof-refused", "signature"));
}
END_TEST

/* Everything that is signed is looked at. */
START_TEST(a_proof_of_something_else_is_refused)
{
	uint8_t other[ATT_TPM_NAME_MAX];
	struct att_session_challenge c;
	struct att_digest pcrs;
	struct att_attest a;

	memcpy(other, node.ak_name.bytes, node.ak_name.len);
	other[node.ak_name.len - 1] ^= 1;
	rig_session_open(&rig, "n1", &c);
	a = softnode_certify(&node, challenge_of(&c));
	switch (_i) {
	case 0: /* another object, certified by the AK */
		a.name.data = other;
		break;
	case 1:
		a.qualified_name.data = other;
		break;
	case 2:
		a.qualified_signer.data = other;
		break;
	case 3:
		a.name.len--;
		break;
	case 4: /* both agree, and are no Name */
		a.qualified_name.len = a.qualified_signer.len = 2;
		break;
	case 5:
		a.extra_data.len--;
		break;
	case 6: /* a quote over the same challenge */
		a = softnode_quote(&node, challenge_of(&c),
		    &(struct att_pcr_select){ ATT_ALG_SHA256, 0 }, &pcrs);
		break;
	}
	ck_assert_uint_eq(refused(&node, &c, &a), 401);
	ck_assert(rig_noted(&rig, "n1", "proof-refused", "proof"));
	ck_assert(!reads_status(&node, ""));
}
END_TEST

/* Sends message and signature as they are. */
static unsigned
prove_raw(const struct att_session_challenge *c, struct att_slice message,
    struct att_slice signature)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(16384);
	AUTO_DONE(answer_done) struct answer a = { 0 };
	struct att_session_proof p = { .session_id = c->session_id,
		.agent_id = c->agent_id, .message = message,
		.signature = signature };
	char path[128];

	ok(att_session_proof_encode(&p, &b, err));
	snprintf(path, sizeof(path), "/v3.0/sessions/%s", c->session_id);
	rig_ask_from(&rig, "192.0.2.1", "PATCH", path, ATT_TYPE_JSONAPI, NULL,
	    att_buf_view(&b), &a);
	ck_assert(strstr(a.text, "\"token\"") == NULL);
	return a.status;
}

START_TEST(every_flip_of_a_proof_is_refused)
{
	AUTO_DONE(att_buf_done) struct att_buf m = ATT_BUF(ATT_ATTEST_MAX);
	AUTO_DONE(att_buf_done) struct att_buf s = ATT_BUF(1024);
	struct att_session_challenge c;
	struct att_attest a;

	for (size_t i = 0;; i++) {
		struct att_buf *b;
		size_t at = i;

		/* a challenge of its own for each */
		rig.now += 2 * ATT_LIMIT_WINDOW;
		rig_session_open(&rig, "n1", &c);
		a = softnode_certify(&node, challenge_of(&c));
		att_buf_reset(&m);
		att_buf_reset(&s);
		att_attest_encode(&a, &m);
		softnode_sign(&node, att_buf_view(&m), &s);
		b = at < m.len ? &m : &s;
		at -= b == &m ? 0 : m.len;
		if (at >= b->len)
			break;
		b->data[at] ^= (uint8_t)(1u << i % 8);
		ck_assert_uint_eq(prove_raw(&c, att_buf_view(&m),
		    att_buf_view(&s)), 401);
		/* and cut there */
		if (at == 0)
			continue;
		rig_session_open(&rig, "n1", &c);
		b->data[at] ^= (uint8_t)(1u << i % 8);
		b->len = at;
		ck_assert_uint_eq(prove_raw(&c, att_buf_view(&m),
		    att_buf_view(&s)), 401);
	}
}
END_TEST

/* K14: a stranger who asks for sessions of a known id. */
START_TEST(K14_a_stranger_cannot_lock_a_node_out)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);
	AUTO_DONE(answer_done) struct answer last = { 0 };

	ok(att_session_open_encode("n1", &b, err));
	for (int i = 0; i < 51; i++) {
		answer_done(&last);
		rig_ask_from(&rig, "203.0.113.66", "POST", "/v3.0/sessions",
		    ATT_TYPE_JSONAPI, NULL, att_buf_view(&b), &last);
		ck_assert_uint_eq(last.status, i < 50 ? 200 : 429);
	}
	ck_assert_int_ge(last.retry_after, 1);
	ck_assert_int_le(last.retry_after, ATT_LIMIT_WINDOW);
	/* the node, from its own address, at the same second */
	rig_session(&rig, &node);
	ck_assert(reads_status(&node, node.token));
}
END_TEST

START_TEST(ids_must_agree)
{
	AUTO_DONE(softnode_done) struct softnode other;
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(16384);
	AUTO_DONE(answer_done) struct answer path = { 0 };
	struct att_session_challenge c, d;
	struct att_session_proof p;

	softnode_make(&other, "n2", SOFTNODE_P256, &rig.ca);
	rig_enrol(&rig, &other);
	rig_session_open(&rig, "n1", &c);
	rig_session_open(&rig, "n1", &d);
	p = (struct att_session_proof){ .session_id = c.session_id,
		.agent_id = "n2", .message = S("m"), .signature = S("s") };
	ok(att_session_proof_encode(&p, &b, err));
	rig_ask_from(&rig, "192.0.2.1", "PATCH", "/v3.0/sessions/nosuch",
	    ATT_TYPE_JSONAPI, NULL, att_buf_view(&b), &path);
	ck_assert_uint_eq(path.status, 400);
	ck_assert_uint_eq(prove_raw(&d, S("m"), S("s")), 401);
	/* another agent in another's session */
	snprintf(d.session_id, sizeof(d.session_id), "%s", c.session_id);
	snprintf(d.agent_id, sizeof(d.agent_id), "n2");
	ck_assert_uint_eq(prove_raw(&d, S("m"), S("s")), 400);
	/* which it did not use up */
	ck_assert_uint_eq(prove_raw(&c, S("m"), S("s")), 401);
}
END_TEST

START_TEST(malformed_input_is_answered_by_4xx)
{
	static const char *const bodies[] = { "", "{", "[]", "{}",
		"{\"data\": 1}", "{\"data\": {\"type\": \"session\"}}",
		"{\"data\":{\"type\":\"x\",\"attributes\":{}}}",
		"{\"data\":{\"type\":\"session\",\"attributes\":{}},\"x\":1}",
		"{\"data\":{\"type\":\"session\",\"id\":7,"
		"\"attributes\":{\"agent_id\":\"n1\"}}}",
		"{\"data\":{\"type\":\"session\",\"attributes\":"
		"{\"agent_id\":\"../n1\",\"authentication_supported\":[]}}}" };
	static const char *const lines[][2] = { { "POST", "/v3.0/sessions" },
		{ "PATCH", "/v3/sessions/00" } };

	for (size_t m = 0; m < ATT_COUNT(lines); m++)
		for (size_t i = 0; i < ATT_COUNT(bodies); i++) {
			AUTO_DONE(answer_done) struct answer a = { 0 };

			rig_ask(&rig, lines[m][0], lines[m][1],
			    ATT_TYPE_JSONAPI, NULL, bodies[i], &a);
			ck_assert_msg(a.status == 400 || a.status == 422,
			    "%s %s: %u", lines[m][0], bodies[i], a.status);
			ck_assert(json_is_array(json_object_get(a.json,
			    "errors")));
		}
}
END_TEST

START_TEST(content_type_is_checked)
{
	AUTO_DONE(answer_done) struct answer a = { 0 };

	rig_ask(&rig, "POST", "/v3.0/sessions", ATT_TYPE_JSON, NULL, "{}", &a);
	ck_assert_uint_eq(a.status, 415);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("session");
	TCase *t = tcase_create("session");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_proof_gives_a_token);
	tcase_add_test(t, a_token_is_of_one_node_and_one_time);
	tcase_add_test(t, only_the_digest_of_a_token_is_stored);
	tcase_add_test(t, a_new_proof_ends_the_older_token);
	tcase_add_test(t, a_challenge_is_used_once);
	tcase_add_test(t, challenges_differ);
	tcase_add_test(t, a_late_proof_is_not_taken);
	tcase_add_test(t, an_unknown_id_gets_a_challenge_and_no_token);
	tcase_add_test(t, another_key_is_refused);
	tcase_add_loop_test(t, a_proof_of_something_else_is_refused, 0, 7);
	tcase_add_test(t, every_flip_of_a_proof_is_refused);
	tcase_add_test(t, K14_a_stranger_cannot_lock_a_node_out);
	tcase_add_test(t, ids_must_agree);
	tcase_add_test(t, malformed_input_is_answered_by_4xx);
	tcase_add_test(t, content_type_is_checked);
	suite_add_tcase(s, t);
	return run_suite(s);
}
