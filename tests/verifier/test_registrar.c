/* Enrolment: what proves a TPM, and what no stranger can do. */
#include "testlib.h"

#include "base/encoding.h"
#include "base/file.h"
#include "protocol/registration.h"
#include "tests/verifier/rig.h"

static struct rig rig;

static void
setup(void)
{
	rig_start(&rig, "sessions_per_minute: 100\n");
}

static void
teardown(void)
{
	rig_stop(&rig);
}

static bool
is_enrolled(const char *id, struct att_node *ret)
{
	struct att_err err = { 0 };
	int r = att_store_node_get(rig.v->store, id, ret, &err);

	ck_assert(r == 0 || r == ATT_E_NOT_FOUND);
	return r == 0;
}

static bool
knows(const char *id)
{
	AUTO_DONE(att_node_done) struct att_node n = { 0 };

	return is_enrolled(id, &n);
}

static void
ak_is(const char *id, const struct att_buf *ak)
{
	AUTO_DONE(att_node_done) struct att_node n = { 0 };

	ck_assert(is_enrolled(id, &n));
	ck_assert(att_slice_equal(att_buf_view(&n.ak_public),
	    att_buf_view(ak)));
}

START_TEST(version_lists_what_is_served)
{
	AUTO_DONE(answer_done) struct answer a = { 0 };
	unsigned minor = 0;

	rig_ask(&rig, "GET", "/version", NULL, NULL, NULL, &a);
	ck_assert_uint_eq(a.status, 200);
	ok(att_registrar_versions_parse(S(a.text), &minor, err));
	ck_assert_uint_eq(minor, 6);
}
END_TEST

START_TEST(a_node_enrols_and_enrols_again)
{
	AUTO_DONE(softnode_done) struct softnode n;
	AUTO_DONE(att_node_done) struct att_node node = { 0 };

	softnode_make(&n, "n1", _i == 0 ? SOFTNODE_P256 : SOFTNODE_RSA,
	    &rig.ca);
	rig_enrol(&rig, &n);
	ck_assert(is_enrolled("n1", &node));
	ck_assert(node.endorsement == ATT_ENDORSED_CA);
	ck_assert(att_slice_equal(att_buf_view(&node.ek_cert),
	    att_buf_view(&n.ek_cert)));
	ck_assert(rig_noted(&rig, "n1", "node-enrolled", "192.0.2.1"));
	/* as an agent does at each start: its session goes on */
	rig_session(&rig, &n);
	rig_enrol(&rig, &n);
	ck_assert_int_eq(rig_standing(&rig, &n), ATT_STANDING_PENDING);
}
END_TEST

START_TEST(older_versions_are_served)
{
	static const struct {
		const char *path;
		unsigned status;
	} table[] = {
		{ "/v2.1/agents/n1", 400 }, { "/v2.5/agents/n1", 400 },
		{ "/v2.0/agents/n1", 404 }, { "/v2.7/agents/n1", 404 },
		{ "/v2.60/agents/n1", 404 }, { "/v3.0/agents/n1", 404 },
		{ "/agents/n1", 404 }, { "/v2.6/agents/", 404 },
		{ "/v2.6/agents/n1/", 404 }, { "//v2.6/agents/n1", 404 },
	};

	for (size_t i = 0; i < ATT_COUNT(table); i++) {
		AUTO_DONE(answer_done) struct answer a = { 0 };

		rig_ask(&rig, "POST", table[i].path, ATT_TYPE_JSON, NULL,
		    "{}", &a);
		ck_assert_msg(a.status == table[i].status, "%s: %u",
		    table[i].path, a.status);
	}
}
END_TEST

START_TEST(the_same_tag_is_taken_again)
{
	AUTO_DONE(answer_done) struct answer a = { 0 };
	AUTO_DONE(softnode_done) struct softnode n;

	softnode_make(&n, "n1", SOFTNODE_P256, &rig.ca);
	rig_register(&rig, &n, &a);
	for (int i = 0; i < 3; i++) {
		AUTO_DONE(answer_done) struct answer b = { 0 };

		rig_activate(&rig, &n, &a, &b);
		ck_assert_uint_eq(b.status, 200);
	}
}
END_TEST

START_TEST(a_wrong_tag_changes_nothing)
{
	AUTO_DONE(answer_done) struct answer first = { 0 };
	AUTO_DONE(answer_done) struct answer done = { 0 };
	AUTO_DONE(softnode_done) struct softnode n;
	char body[200];

	softnode_make(&n, "n1", SOFTNODE_P256, &rig.ca);
	rig_register(&rig, &n, &first);
	snprintf(body, sizeof(body), "{\"auth_tag\": \"%096d\"}", 0);
	for (int i = 0; i < 2; i++) {
		AUTO_DONE(answer_done) struct answer a = { 0 };

		rig_ask(&rig, "PUT", "/v2.6/agents/n1", ATT_TYPE_JSON, NULL,
		    body, &a);
		ck_assert_uint_eq(a.status, 404);
		/* once before, once after it was enrolled */
		if (i == 0)
			rig_activate(&rig, &n, &first, &done);
	}
	ck_assert_uint_eq(done.status, 200);
	ck_assert(knows("n1"));
	ck_assert(rig_noted(&rig, "n1", "activation-refused", "proof"));
}
END_TEST

START_TEST(a_cleared_tpm_comes_back_with_another_ak)
{
	AUTO_DONE(softnode_done) struct softnode n;
	AUTO_DONE(answer_done) struct answer a = { 0 };

	softnode_make(&n, "n1", SOFTNODE_P256, &rig.ca);
	rig_enrol(&rig, &n);
	rig_session(&rig, &n);
	softnode_new_ak(&n, SOFTNODE_P256);
	rig_enrol(&rig, &n);
	ak_is("n1", &n.ak_public);
	ck_assert(rig_noted(&rig, "n1", "node-new-ak", "another"));
	/* the old key's token ended with it */
	rig_ask(&rig, "GET", "/v2.6/agents/n1", NULL, n.token, NULL, &a);
	ck_assert_uint_eq(a.status, 401);
}
END_TEST

/* K1 (CVE-2021-3406): keys that are no attestation or endorsement keys. */
START_TEST(K1_bad_keys_are_refused)
{
	static const struct {
		bool ek;
		uint32_t set, clear;
	} table[] = {
		{ false, ATT_TPMA_DECRYPT, 0 },
		{ false, 0, ATT_TPMA_RESTRICTED },
		{ false, 0, ATT_TPMA_FIXED_TPM },
		{ false, 0, ATT_TPMA_FIXED_PARENT },
		{ false, 0, ATT_TPMA_SENSITIVE_DATA_ORIGIN },
		{ false, 0, ATT_TPMA_SIGN },
		{ true, 0, ATT_TPMA_RESTRICTED },
		{ true, ATT_TPMA_SIGN, 0 },
		{ true, 0, ATT_TPMA_FIXED_TPM },
	};
	AUTO_DONE(att_buf_done) struct att_buf area = ATT_BUF(1024);
	AUTO_DONE(softnode_done) struct softnode n;
	AUTO_DONE(answer_done) struct answer a = { 0 };
	struct att_buf *key;
	struct att_tpm_public p;

	softnode_make(&n, "n1", SOFTNODE_P256, &rig.ca);
	key = table[_i].ek ? &n.ek_public : &n.ak_public;
	ok(att_tpm_public_parse_2b(att_buf_view(key), &p, err));
	p.attributes = (p.attributes | table[_i].set) & ~table[_i].clear;
	att_tpm_public_encode(&p, &area);
	att_buf_reset(key);
	att_buf_tpm2b(key, att_buf_view(&area));
	rig_register(&rig, &n, &a);
	ck_assert_uint_eq(a.status, 400);
	ck_assert_msg(strstr(answer_text(&a), table[_i].ek ? "EK" : "AK") !=
	    NULL, "%s", answer_text(&a));
	ck_assert(rig_noted(&rig, "n1", "registration-refused",
	    answer_text(&a)));
	ck_assert(!knows("n1"));
}
END_TEST

START_TEST(K1_a_certificate_of_another_ek_is_refused)
{
	AUTO_DONE(softnode_done) struct softnode n, other;
	AUTO_DONE(answer_done) struct answer a = { 0 };

	softnode_make(&n, "n1", SOFTNODE_P256, NULL);
	softnode_make(&other, "n2", SOFTNODE_P256, &rig.ca);
	att_buf_slice(&n.ek_cert, att_buf_view(&other.ek_cert));
	rig_register(&rig, &n, &a);
	ck_assert_uint_eq(a.status, 400);
	ck_assert_msg(strstr(answer_text(&a), "another key") != NULL, "%s",
	    answer_text(&a));
	ck_assert(rig_noted(&rig, "n1", "registration-refused",
	    "another key"));
}
END_TEST

/* An AK that is not in the TPM of the EK: the credential does not open. */
START_TEST(K1_an_ak_elsewhere_cannot_be_activated)
{
	AUTO_DONE(att_register_answer_done)
	struct att_register_answer m = { 0 };
	AUTO_DONE(att_buf_done) struct att_buf secret = ATT_BUF(128);
	AUTO_DONE(softnode_done) struct softnode n, liar;
	AUTO_DONE(answer_done) struct answer a = { 0 };

	softnode_make(&n, "n1", SOFTNODE_P256, &rig.ca);
	softnode_make(&liar, "n1", SOFTNODE_P256, NULL);
	att_buf_reset(&liar.ek_public);
	att_buf_slice(&liar.ek_public, att_buf_view(&n.ek_public));
	att_buf_slice(&liar.ek_cert, att_buf_view(&n.ek_cert));
	rig_register(&rig, &liar, &a);
	ck_assert_uint_eq(a.status, 200);
	ok(att_register_answer_parse(S(a.text), &m, err));
	/* the TPM with the EK has no such AK, and gives nothing out */
	ck_assert(!softnode_activate(&n, m.blob, &secret));
	ck_assert_uint_eq(secret.len, 0);
}
END_TEST

START_TEST(an_unendorsed_ek_waits_for_the_operator)
{
	AUTO_DONE(answer_done) struct answer reg = { 0 };
	AUTO_DONE(answer_done) struct answer no = { 0 };
	AUTO_DONE(answer_done) struct answer list = { 0 };
	AUTO_DONE(answer_done) struct answer admit = { 0 };
	AUTO_DONE(answer_done) struct answer yes = { 0 };
	AUTO_DONE(softnode_done) struct softnode n;
	const char *ek;
	char body[160];

	softnode_make(&n, "n1", SOFTNODE_P256, NULL);
	rig_register(&rig, &n, &reg);
	ck_assert_uint_eq(reg.status, 200);
	ck_assert(rig_noted(&rig, "n1", "registration-waits",
	    "without a certificate"));
	rig_activate(&rig, &n, &reg, &no);
	ck_assert_uint_eq(no.status, 403);
	ck_assert(strstr(answer_text(&no), "operator") != NULL);
	ck_assert(!knows("n1"));
	rig_operator(&rig, "GET", "/operator/v1/waiting", NULL, &list);
	ek = json_string_value(json_object_get(json_array_get(
	    json_object_get(list.json, "waiting"), 0), "ek_sha256"));
	ck_assert_ptr_nonnull(ek);
	snprintf(body, sizeof(body), "{\"ek_sha256\": \"%s\"}", ek);
	rig_operator(&rig, "PUT", "/operator/v1/nodes/n1", body, &admit);
	ck_assert_uint_eq(admit.status, 200);
	/* the tag that it had is good now */
	rig_activate(&rig, &n, &reg, &yes);
	ck_assert_uint_eq(yes.status, 200);
	ck_assert(knows("n1"));
	rig_enrol(&rig, &n);
}
END_TEST

START_TEST(an_issuer_that_is_not_trusted_does_not_endorse)
{
	AUTO_DONE(answer_done) struct answer reg = { 0 };
	AUTO_DONE(answer_done) struct answer no = { 0 };
	AUTO_DONE(softca_done) struct softca other;
	AUTO_DONE(softnode_done) struct softnode n;

	softca_make(&other, "Somebody");
	softnode_make(&n, "n1", SOFTNODE_P256, &other);
	rig_register(&rig, &n, &reg);
	ck_assert_uint_eq(reg.status, 200);
	rig_activate(&rig, &n, &reg, &no);
	ck_assert_uint_eq(no.status, 403);
	ck_assert(rig_noted(&rig, "n1", "registration-waits", "issuer"));
}
END_TEST

START_TEST(an_open_verifier_takes_every_ek)
{
	AUTO_DONE(att_node_done) struct att_node node = { 0 };
	AUTO_DONE(softnode_done) struct softnode n;
	AUTO_DONE(answer_done) struct answer a = { 0 };
	AUTO_DONE(answer_done) struct answer b = { 0 };
	struct att_session_challenge c;
	struct att_attest proof;

	rig.config.require_ek_cert = false;
	softnode_make(&n, "n1", SOFTNODE_P256, NULL);
	rig_enrol(&rig, &n);
	ck_assert(is_enrolled("n1", &node));
	ck_assert(node.endorsement == ATT_ENDORSED_ANY);
	rig_session(&rig, &n);
	/* closed again, it no longer counts: neither what it has nor new */
	rig.config.require_ek_cert = true;
	rig_session_open(&rig, "n1", &c);
	proof = softnode_certify(&n,
	    (struct att_slice){ c.challenge, c.challenge_len });
	rig_session_prove(&rig, &n, &c, &proof, &b);
	ck_assert_uint_eq(b.status, 200);
	ck_assert(strstr(b.text, "\"fail\"") != NULL);
	rig_ask(&rig, "GET", "/v2.6/agents/n1", NULL, n.token, NULL, &a);
	ck_assert_uint_eq(a.status, 403);
}
END_TEST

/* K9 (CVE-2025-13609): another TPM takes over an id. */
START_TEST(K9_another_tpm_cannot_take_an_id)
{
	AUTO_DONE(softnode_done) struct softnode n, thief;
	AUTO_DONE(answer_done) struct answer before = { 0 };
	AUTO_DONE(answer_done) struct answer late = { 0 };
	AUTO_DONE(answer_done) struct answer again = { 0 };

	softnode_make(&n, "n1", SOFTNODE_P256, &rig.ca);
	softnode_make(&thief, "n1", SOFTNODE_P256, &rig.ca);
	/* it asked first, and proves itself late */
	rig_register(&rig, &thief, &before);
	ck_assert_uint_eq(before.status, 200);
	rig_enrol(&rig, &n);
	rig_session(&rig, &n);
	rig_activate(&rig, &thief, &before, &late);
	ck_assert_uint_eq(late.status, 409);
	rig_register(&rig, &thief, &again);
	ck_assert_uint_eq(again.status, 403);
	ck_assert(rig_noted(&rig, "n1", "registration-refused",
	    "another TPM"));
	ck_assert(rig_noted(&rig, "n1", "activation-refused", "another TPM"));
	/* the first node is undisturbed */
	ak_is("n1", &n.ak_public);
	ck_assert_int_eq(rig_standing(&rig, &n), ATT_STANDING_PENDING);
	rig_enrol(&rig, &n);
}
END_TEST

START_TEST(K9_a_tpm_cannot_stand_for_two_nodes)
{
	AUTO_DONE(softnode_done) struct softnode n;
	AUTO_DONE(answer_done) struct answer a = { 0 };

	softnode_make(&n, "n1", SOFTNODE_P256, &rig.ca);
	rig_enrol(&rig, &n);
	snprintf(n.id, sizeof(n.id), "n2");
	rig_register(&rig, &n, &a);
	ck_assert_uint_eq(a.status, 403);
	ck_assert(!knows("n2"));
}
END_TEST

/* The same key, described otherwise, is the same TPM. */
START_TEST(K9_a_tpm_cannot_stand_for_two_nodes_by_another_public_area)
{
	AUTO_DONE(att_buf_done) struct att_buf area = ATT_BUF(1024);
	AUTO_DONE(softnode_done) struct softnode n;
	AUTO_DONE(answer_done) struct answer a = { 0 };
	struct att_tpm_public p;

	softnode_make(&n, "n1", SOFTNODE_P256, &rig.ca);
	rig_enrol(&rig, &n);
	ok(att_tpm_public_parse_2b(att_buf_view(&n.ek_public), &p, err));
	p.attributes ^= ATT_TPMA_USER_WITH_AUTH;
	att_tpm_public_encode(&p, &area);
	att_buf_reset(&n.ek_public);
	att_buf_tpm2b(&n.ek_public, att_buf_view(&area));
	snprintf(n.id, sizeof(n.id), "n2");
	rig_register(&rig, &n, &a);
	ck_assert_uint_eq(a.status, 403);
	ck_assert(!knows("n2"));
	/* under its own id it may say so */
	snprintf(n.id, sizeof(n.id), "n1");
	rig_enrol(&rig, &n);
}
END_TEST

static void
keep_for(const struct softnode *n, unsigned status)
{
	AUTO_DONE(answer_done) struct answer a = { 0 };
	char path[120], hex[2 * ATT_DIGEST_MAX + 1], body[200];
	struct att_digest ek;

	ok(att_digest_of(ATT_ALG_SHA256, att_buf_view(&n->ek_public), &ek,
	    err));
	att_hex_encode(att_digest_view(&ek), hex);
	snprintf(path, sizeof(path), "/operator/v1/nodes/%s", n->id);
	snprintf(body, sizeof(body),
	    "{\"ek_sha256\": \"%s\", \"group\": \"trainers\"}", hex);
	rig_operator(&rig, "PUT", path, body, &a);
	ck_assert_uint_eq(a.status, status);
}

/*
 * An operator names the TPM of an id; somebody with a TPM of a trusted maker
 * comes first, before (_i = 0) or after that word.
 */
START_TEST(an_id_is_kept_for_the_ek_that_the_operator_named)
{
	AUTO_DONE(softnode_done) struct softnode n, thief;
	AUTO_DONE(answer_done) struct answer first = { 0 };
	AUTO_DONE(answer_done) struct answer proof = { 0 };

	softnode_make(&n, "n1", SOFTNODE_P256, &rig.ca);
	softnode_make(&thief, "n1", SOFTNODE_P256, &rig.ca);
	if (_i == 1)
		keep_for(&n, 200);
	rig_register(&rig, &thief, &first);
	ck_assert_uint_eq(first.status, _i == 1 ? 403 : 200);
	if (_i == 0) {
		keep_for(&n, 200);
		rig_activate(&rig, &thief, &first, &proof);
		ck_assert_uint_eq(proof.status, 409);
	}
	ck_assert(!knows("n1"));
	ck_assert(rig_noted(&rig, "n1", _i == 1 ? "registration-refused" :
		"activation-refused", "keeps the id"));
	rig_enrol(&rig, &n);
	ck_assert(knows("n1"));
}
END_TEST

START_TEST(an_operator_hears_that_another_tpm_has_the_id)
{
	AUTO_DONE(softnode_done) struct softnode n, thief;
	AUTO_DONE(answer_done) struct answer a = { 0 };

	softnode_make(&n, "n1", SOFTNODE_P256, &rig.ca);
	softnode_make(&thief, "n1", SOFTNODE_P256, &rig.ca);
	rig_enrol(&rig, &thief);
	keep_for(&n, 409);
	rig_operator(&rig, "DELETE", "/operator/v1/nodes/n1", NULL, &a);
	ck_assert_uint_eq(a.status, 200);
	keep_for(&n, 200);
	rig_enrol(&rig, &n);
}
END_TEST

/* K8 (CVE-2023-38201): the answer or the store gives the proof away. */
START_TEST(K8_nothing_gives_the_tag_away)
{
	AUTO_DONE(att_register_answer_done)
	struct att_register_answer m = { 0 };
	AUTO_DONE(att_buf_done) struct att_buf secret = ATT_BUF(128);
	AUTO_DONE(att_buf_done) struct att_buf file = ATT_BUF(1u << 26);
	AUTO_DONE(softnode_done) struct softnode n;
	AUTO_DONE(answer_done) struct answer reg = { 0 };
	AUTO_DONE(answer_done) struct answer act = { 0 };
	static const char *const names[] = { "db", "db-wal" };
	char tag[ATT_AUTH_TAG_LEN + 1], path[64];

	softnode_make(&n, "n1", SOFTNODE_P256, &rig.ca);
	rig_register(&rig, &n, &reg);
	ok(att_register_answer_parse(S(reg.text), &m, err));
	ck_assert(softnode_activate(&n, m.blob, &secret));
	ok(att_auth_tag(att_buf_view(&secret), "n1", tag, err));
	rig_activate(&rig, &n, &reg, &act);
	ck_assert_uint_eq(act.status, 200);
	ck_assert(strstr(reg.text, tag) == NULL);
	ck_assert(strstr(act.text, tag) == NULL);
	for (size_t i = 0; i < ATT_COUNT(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", rig.dir, names[i]);
		ok(att_file_read(path, &file, err));
	}
	ck_assert(memmem(file.data, file.len, "n1", 2) != NULL);
	ck_assert(memmem(file.data, file.len, tag, ATT_AUTH_TAG_LEN) == NULL);
	ck_assert(memmem(file.data, file.len, secret.data, secret.len) ==
	    NULL);
}
END_TEST

/* K4: ids that would forge lines or leave their place. */
START_TEST(K4_ids_are_held_to_their_alphabet)
{
	static const char *const ids[] = { "..", ".", "a b", "a\nb", "a%0a",
		"\x1b[31m", ("\xc2\x9b" "31m"), "a\"b", "n\xc3\xb6",
		"d432fbb3-d2f1-4a97-9ef7-75bd81c00000" };
	AUTO_DONE(att_buf_done) struct att_buf body = ATT_BUF(65536);
	AUTO_DONE(softnode_done) struct softnode n;
	char path[200], longest[90];

	softnode_make(&n, "n1", SOFTNODE_P256, &rig.ca);
	rig_register_body(&n, &body);
	for (size_t i = 0; i <= ATT_COUNT(ids); i++) {
		AUTO_DONE(answer_done) struct answer a = { 0 };
		AUTO_DONE(answer_done) struct answer b = { 0 };

		snprintf(longest, sizeof(longest), "%081d", 1);
		snprintf(path, sizeof(path), "/v2.6/agents/%s",
		    i < ATT_COUNT(ids) ? ids[i] : longest);
		rig_ask_from(&rig, "192.0.2.9", "POST", path, ATT_TYPE_JSON,
		    NULL, att_buf_view(&body), &a);
		ck_assert_msg(a.status == 400, "%zu: %u", i, a.status);
		ck_assert(i >= ATT_COUNT(ids) ||
		    strstr(a.text, ids[i]) == NULL || ids[i][0] == '.');
		rig_ask(&rig, "PUT", path, ATT_TYPE_JSON, NULL, "{}", &b);
		ck_assert_uint_eq(b.status, 400);
	}
	ck_assert(rig_noted(&rig, "", "registration-refused", "192.0.2.9"));
}
END_TEST

START_TEST(malformed_input_is_answered_by_4xx)
{
	static const char *const bodies[] = { "", "{", "[]", "null", "{}",
		"{\"ek_tpm\": 1, \"aik_tpm\": 2}",
		"{\"ek_tpm\": \"!\", \"aik_tpm\": \"!\"}",
		"{\"ek_tpm\": \"AAAA\", \"aik_tpm\": \"AAAA\"}",
		"{\"ek_tpm\": \"\", \"aik_tpm\": \"\"}",
		"{\"auth_tag\": 5}", "{\"auth_tag\": \"AB\"}",
		"{\"a\": \"\\u0000\"}", "\xff\xfe", ("{\"ek_tpm\":1,"
		"\"ek_tpm\":2}") };
	static const char *const methods[] = { "POST", "PUT" };

	for (size_t m = 0; m < ATT_COUNT(methods); m++)
		for (size_t i = 0; i < ATT_COUNT(bodies); i++) {
			AUTO_DONE(answer_done) struct answer a = { 0 };

			rig_ask(&rig, methods[m], "/v2.6/agents/n1",
			    ATT_TYPE_JSON, NULL, bodies[i], &a);
			ck_assert_msg(a.status == 400, "%s %s: %u %s",
			    methods[m], bodies[i], a.status, a.text);
			ck_assert(json_integer_value(json_object_get(a.json,
			    "code")) == 400);
		}
}
END_TEST

START_TEST(every_cut_and_flip_of_a_registration_is_survived)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(65536);
	AUTO_DONE(softnode_done) struct softnode n;
	size_t refused = 0;

	rig.v->config = &rig.config;
	softnode_make(&n, "n1", SOFTNODE_P256, &rig.ca);
	rig_register_body(&n, &b);
	for (size_t i = 0; i < b.len; i++) {
		AUTO_DONE(answer_done) struct answer a = { 0 };
		AUTO_DONE(answer_done) struct answer f = { 0 };
		char peer[32];

		/* a limit of its own for each */
		snprintf(peer, sizeof(peer), "10.0.%zu.%zu", i / 256, i % 256);
		rig_ask_from(&rig, peer, "POST", "/v2.6/agents/n1",
		    ATT_TYPE_JSON, NULL,
		    (struct att_slice){ b.data, i }, &a);
		ck_assert_msg(a.status == 400, "%zu: %u", i, a.status);
		b.data[i] ^= (uint8_t)(1u << i % 8);
		rig_ask_from(&rig, peer, "POST", "/v2.6/agents/n1",
		    ATT_TYPE_JSON, NULL, att_buf_view(&b), &f);
		b.data[i] ^= (uint8_t)(1u << i % 8);
		ck_assert_msg(f.status == 200 || f.status == 400, "%zu: %u %s",
		    i, f.status, f.text);
		refused += f.status == 400;
	}
	/* a flip in the certificate leaves an EK that waits */
	ck_assert_uint_gt(refused, b.len / 4);
	ck_assert(!knows("n1"));
}
END_TEST

START_TEST(content_type_and_method_are_checked)
{
	AUTO_DONE(answer_done) struct answer type = { 0 };
	AUTO_DONE(answer_done) struct answer none = { 0 };
	AUTO_DONE(answer_done) struct answer method = { 0 };
	AUTO_DONE(answer_done) struct answer charset = { 0 };

	rig_ask(&rig, "POST", "/v2.6/agents/n1", ATT_TYPE_JSONAPI, NULL, "{}",
	    &type);
	ck_assert_uint_eq(type.status, 400);
	ck_assert(strstr(answer_text(&type), "content type") != NULL);
	rig_ask(&rig, "POST", "/v2.6/agents/n1", NULL, NULL, "{}", &none);
	ck_assert_uint_eq(none.status, 400);
	rig_ask(&rig, "POST", "/v2.6/agents/n1",
	    "Application/JSON; charset=utf-8", NULL, "{}", &charset);
	ck_assert(strstr(answer_text(&charset), "ek_tpm") != NULL);
	rig_ask(&rig, "DELETE", "/v2.6/agents/n1", NULL, NULL, NULL, &method);
	ck_assert_uint_eq(method.status, 405);
}
END_TEST

START_TEST(one_address_is_limited)
{
	AUTO_DONE(answer_done) struct answer last = { 0 };
	AUTO_DONE(answer_done) struct answer other = { 0 };
	AUTO_DONE(answer_done) struct answer later = { 0 };

	for (int i = 0; i < 101; i++) {
		answer_done(&last);
		rig_ask_from(&rig, "198.51.100.7", "POST", "/v2.6/agents/n1",
		    ATT_TYPE_JSON, NULL, S("{}"), &last);
		ck_assert_uint_eq(last.status, i < 100 ? 400 : 429);
	}
	ck_assert_int_ge(last.retry_after, 1);
	rig_ask_from(&rig, "198.51.100.8", "POST", "/v2.6/agents/n1",
	    ATT_TYPE_JSON, NULL, S("{}"), &other);
	ck_assert_uint_eq(other.status, 400);
	rig.now += last.retry_after;
	rig_ask_from(&rig, "198.51.100.7", "POST", "/v2.6/agents/n1",
	    ATT_TYPE_JSON, NULL, S("{}"), &later);
	ck_assert_uint_eq(later.status, 400);
}
END_TEST

START_TEST(a_full_verifier_says_so)
{
	AUTO_DONE(softnode_done) struct softnode n, more;
	AUTO_DONE(answer_done) struct answer reg = { 0 };
	AUTO_DONE(answer_done) struct answer no = { 0 };
	AUTO_DONE(answer_done) struct answer yes = { 0 };

	rig.config.max_nodes = 1;
	softnode_make(&n, "n1", SOFTNODE_P256, &rig.ca);
	softnode_make(&more, "n2", SOFTNODE_P256, &rig.ca);
	rig_enrol(&rig, &n);
	rig_register(&rig, &more, &reg);
	rig_activate(&rig, &more, &reg, &no);
	ck_assert_uint_eq(no.status, 503);
	ck_assert_int_gt(no.retry_after, 0);
	ck_assert(rig_noted(&rig, "n2", "activation-refused", "max_nodes"));
	rig.config.max_nodes = 2;
	rig_activate(&rig, &more, &reg, &yes);
	ck_assert_uint_eq(yes.status, 200);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("registrar");
	TCase *t = tcase_create("registrar");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, version_lists_what_is_served);
	tcase_add_loop_test(t, a_node_enrols_and_enrols_again, 0, 2);
	tcase_add_test(t, older_versions_are_served);
	tcase_add_test(t, the_same_tag_is_taken_again);
	tcase_add_test(t, a_wrong_tag_changes_nothing);
	tcase_add_test(t, a_cleared_tpm_comes_back_with_another_ak);
	tcase_add_loop_test(t, K1_bad_keys_are_refused, 0, 9);
	tcase_add_test(t, K1_a_certificate_of_another_ek_is_refused);
	tcase_add_test(t, K1_an_ak_elsewhere_cannot_be_activated);
	tcase_add_test(t, an_unendorsed_ek_waits_for_the_operator);
	tcase_add_test(t, an_issuer_that_is_not_trusted_does_not_endorse);
	tcase_add_test(t, an_open_verifier_takes_every_ek);
	tcase_add_test(t, K9_another_tpm_cannot_take_an_id);
	tcase_add_test(t, K9_a_tpm_cannot_stand_for_two_nodes);
	tcase_add_test(t,
	    K9_a_tpm_cannot_stand_for_two_nodes_by_another_public_area);
	tcase_add_loop_test(t,
	    an_id_is_kept_for_the_ek_that_the_operator_named, 0, 2);
	tcase_add_test(t, an_operator_hears_that_another_tpm_has_the_id);
	tcase_add_test(t, K8_nothing_gives_the_tag_away);
	tcase_add_test(t, K4_ids_are_held_to_their_alphabet);
	tcase_add_test(t, malformed_input_is_answered_by_4xx);
	tcase_add_test(t, every_cut_and_flip_of_a_registration_is_survived);
	tcase_add_test(t, content_type_and_method_are_checked);
	tcase_add_test(t, one_address_is_limited);
	tcase_add_test(t, a_full_verifier_says_so);
	suite_add_tcase(s, t);
	return run_suite(s);
}
