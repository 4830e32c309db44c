#include "change.h"

#include "protocol/session.h"

#define ID "node-7.rack_2"
#define SID "e3744bbc-adad-411f-bf05-971a4d56ac84"
/* 00 01 .. 0f */
#define CHALLENGE "AAECAwQFBgcICQoLDA0ODw=="
#define POP                                                                  \
	"\"authentication_class\":\"pop\","                                 \
	"\"authentication_type\":\"tpm_pop\""
#define TOKEN SID ".QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY"

/* -- open ----------------------------------------------------------------- */

static const char open_request[] =
    "{\"data\":{\"type\":\"session\",\"attributes\":{\"agent_id\":\"" ID
    "\",\"authentication_supported\":[{" POP "}]}}}";

static int
parse_open(struct att_slice body, struct att_pointer *where,
    struct att_err *err)
{
	char id[ATT_AGENT_ID_MAX + 1];

	return att_session_open_parse(body, id, where, err);
}

START_TEST(open_there_and_back)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);
	char id[ATT_AGENT_ID_MAX + 1];

	ok(att_session_open_encode(ID, &b, err));
	same_json(&b, open_request);
	ok(att_session_open_parse(att_buf_view(&b), id, NULL, err));
	ck_assert_str_eq(id, ID);
	fails(att_session_open_encode("a/b", &b, err), ATT_E_FORMAT,
	    "agent id");
}
END_TEST

#define ATTR "/data/attributes"

START_TEST(open_rules)
{
	static const struct change c[] = {
		/* the frame: nothing that JSON:API does not know */
		{ "/meta", "{}", ATT_OK, NULL, NULL },
		{ "/jsonapi", "{\"version\":\"1.1\"}", ATT_OK, NULL, NULL },
		{ "/links", "{}", ATT_OK, NULL, NULL },
		{ "/data/id", "\"x\"", ATT_OK, NULL, NULL },
		{ "/data/meta", "{}", ATT_OK, NULL, NULL },
		{ "/comment", "1", ATT_E_FORMAT, "\"comment\"", "" },
		{ "/data/comment", "1", ATT_E_FORMAT, "\"comment\"", "" },
		{ "/data/relationships", "{}", ATT_E_FORMAT, "not known", "" },
		{ "/data", NULL, ATT_E_FORMAT, "\"data\" is missing", "" },
		{ "/data", "[]", ATT_E_FORMAT, "object", "" },
		{ "/data/type", NULL, ATT_E_FORMAT, "\"type\"", "" },
		{ "/data/type", "\"sessions\"", ATT_E_FORMAT, "\"session\"",
		    "" },
		{ "/data/type", "7", ATT_E_FORMAT, "string", "" },
		{ "/data/attributes", NULL, ATT_E_FORMAT, "attributes", "" },
		{ "/data/attributes", "[]", ATT_E_FORMAT, "object", "" },
		/* the attributes */
		{ ATTR "/more", "{}", ATT_OK, NULL, NULL },
		{ ATTR "/agent_id", NULL, ATT_E_FORMAT, "missing",
		    ATTR "/agent_id" },
		{ ATTR "/agent_id", "7", ATT_E_FORMAT, "string",
		    ATTR "/agent_id" },
		{ ATTR "/agent_id", "\"../x\"", ATT_E_FORMAT, "agent id",
		    ATTR "/agent_id" },
		{ ATTR "/authentication_supported", NULL, ATT_E_FORMAT,
		    "missing", ATTR "/authentication_supported" },
		{ ATTR "/authentication_supported", "{}", ATT_E_FORMAT,
		    "array", ATTR "/authentication_supported" },
		{ ATTR "/authentication_supported", "[]", ATT_E_UNSUPPORTED,
		    "tpm_pop", ATTR "/authentication_supported" },
		{ ATTR "/authentication_supported/0/authentication_type",
		    "\"password\"", ATT_E_UNSUPPORTED, "tpm_pop",
		    ATTR "/authentication_supported" },
		{ ATTR "/authentication_supported/0/authentication_class",
		    "\"secret\"", ATT_E_UNSUPPORTED, "tpm_pop",
		    ATTR "/authentication_supported" },
		{ ATTR "/authentication_supported",
		    "[null,7,{\"authentication_class\":1},{" POP "}]", ATT_OK,
		    NULL, NULL },
	};

	check_changes(open_request, parse_open, c, ATT_COUNT(c));
	check_hostile(open_request, parse_open);
}
END_TEST

START_TEST(open_is_no_json)
{
	static const char *const bad[] = { "", "null", "7", "[]", "\"x\"",
		"{", "{}", "{\"data\":{}}x", "\xff",
		"{\"data\":{},\"data\":{}}", ("{\"data\":{\"type\":\"s\\u0000"
		"ession\",\"attributes\":{}}}") };

	for (size_t i = 0; i < ATT_COUNT(bad); i++) {
		struct att_pointer where = { "unset" };

		ck_assert_int_eq(parse_open(S(bad[i]), &where, NULL),
		    ATT_E_FORMAT);
		ck_assert_str_eq(where.text, "");
	}
}
END_TEST

START_TEST(open_nested_too_deep)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1u << 20);

	att_buf_fill(&b, '[', 100000);
	fails(parse_open(att_buf_view(&b), NULL, err), ATT_E_LIMIT, "deep");
}
END_TEST

/* -- challenge ------------------------------------------------------------ */

static const char challenge[] =
    "{\"data\":{\"type\":\"session\",\"id\":\"" SID "\",\"attributes\":{"
    "\"agent_id\":\"" ID "\",\"authentication_requested\":[{" POP
    ",\"chosen_parameters\":{\"challenge\":\"" CHALLENGE "\"}}],"
    "\"created_at\":\"2026-11-22T08:07:51Z\","
    "\"challenges_expire_at\":\"2026-11-22T08:08:51Z\"}}}";

static struct att_session_challenge
a_challenge(void)
{
	struct att_session_challenge c = { .session_id = SID, .agent_id = ID,
		.challenge_len = 16, .created_at = 1795334871,
		.expires_at = 1795334931 };

	for (size_t i = 0; i < 16; i++)
		c.challenge[i] = (uint8_t)i;
	return c;
}

static int
parse_challenge(struct att_slice body, struct att_pointer *where,
    struct att_err *err)
{
	struct att_session_challenge c;

	return att_session_challenge_parse(body, ID, &c, err);
}

START_TEST(challenge_there_and_back)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);
	struct att_session_challenge c = a_challenge(), got;

	ok(att_session_challenge_encode(&c, &b, err));
	same_json(&b, challenge);
	memset(&got, 0xff, sizeof(got));
	ok(att_session_challenge_parse(att_buf_view(&b), ID, &got, err));
	ck_assert_str_eq(got.session_id, SID);
	ck_assert_str_eq(got.agent_id, ID);
	ck_assert_uint_eq(got.challenge_len, 16);
	ck_assert_mem_eq(got.challenge, c.challenge, 16);
	ck_assert_int_eq(got.created_at, c.created_at);
	ck_assert_int_eq(got.expires_at, c.expires_at);
}
END_TEST

/* Upstream's form of a time, and answers that say more than is known. */
START_TEST(challenge_leniency)
{
	static const struct change c[] = {
		{ ATTR "/created_at",
		    "\"2026-11-22T08:07:51.355020+00:00\"", ATT_OK, NULL,
		    NULL },
		{ ATTR "/created_at", NULL, ATT_OK, NULL, NULL },
		{ ATTR "/challenges_expire_at", "\"soon\"", ATT_OK, NULL,
		    NULL },
		{ "/comment", "1", ATT_OK, NULL, NULL },
		{ "/data/comment", "1", ATT_OK, NULL, NULL },
		{ ATTR "/comment", "1", ATT_OK, NULL, NULL },
	};

	check_changes(challenge, parse_challenge, c, ATT_COUNT(c));
}
END_TEST

#define REQ ATTR "/authentication_requested"

START_TEST(challenge_rules)
{
	static const struct change c[] = {
		{ "/data/id", NULL, ATT_E_FORMAT, "\"id\"", NULL },
		{ "/data/id", "1", ATT_E_FORMAT, "string", NULL },
		{ "/data/id", "\"\"", ATT_E_FORMAT, "session id", NULL },
		{ "/data/id", "\"..\"", ATT_E_FORMAT, "session id", NULL },
		{ "/data/id", "\"a/b\"", ATT_E_FORMAT, "session id", NULL },
		{ "/data/id", "\"a?b\"", ATT_E_FORMAT, "session id", NULL },
		{ "/data/id", "\"a\\nb\"", ATT_E_FORMAT, "session id", NULL },
		{ "/data/id",
		    "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		    "aaaaaaaaaa\"", ATT_OK, NULL, NULL },	/* 64 */
		{ "/data/id",
		    "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		    "aaaaaaaaaaa\"", ATT_E_FORMAT, "1 to 64", NULL },
		{ ATTR "/agent_id", "\"other\"", ATT_E_MISMATCH, "another",
		    NULL },
		{ ATTR "/agent_id", NULL, ATT_E_FORMAT, "agent_id", NULL },
		{ REQ, "[]", ATT_E_UNSUPPORTED, "tpm_pop", NULL },
		{ REQ "/0/authentication_type", "\"x\"", ATT_E_UNSUPPORTED,
		    "tpm_pop", NULL },
		{ REQ "/0/chosen_parameters", NULL, ATT_E_FORMAT,
		    "chosen_parameters", NULL },
		{ ATTR "/challenges_expire_at", "\"2026-11-22T08:07:51Z\"",
		    ATT_E_EXPIRED, "expired", NULL },
	};

	check_changes(challenge, parse_challenge, c, ATT_COUNT(c));
	check_hostile(challenge, parse_challenge);
}
END_TEST

/* K15, K11 at the session: no such challenge reaches the AK. */
START_TEST(k15_session_challenge)
{
	static const struct change c[] = {
		{ REQ "/0/chosen_parameters/challenge", "\"\"", ATT_E_FORMAT,
		    "0 bytes", NULL },
		{ REQ "/0/chosen_parameters/challenge",
		    "\"AAECAwQFBgcICQoLDA0O\"", ATT_E_FORMAT, "15 bytes",
		    NULL },
		{ REQ "/0/chosen_parameters/challenge", "\"no base64!\"",
		    ATT_E_FORMAT, "base64", NULL },
		{ REQ "/0/chosen_parameters/challenge",
		    "\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUm"
		    "JygpKissLS4vMDEyMzQ1Njc4OTo7PD0+P0A=\"", ATT_E_FORMAT,
		    "65 bytes", NULL },
		{ REQ "/0/chosen_parameters/challenge",
		    "\"SUlJSUlJSUlJSUlJSUlJSQ==\"", ATT_E_FORMAT, "repeated",
		    NULL },
	};

	check_changes(challenge, parse_challenge, c, ATT_COUNT(c));
}
END_TEST

/* -- proof ---------------------------------------------------------------- */

static const char proof[] =
    "{\"data\":{\"type\":\"session\",\"id\":\"" SID "\",\"attributes\":{"
    "\"agent_id\":\"" ID "\",\"authentication_provided\":[{" POP
    ",\"data\":{\"message\":\"YXR0ZXN0\",\"signature\":\"c2ln\"}}]}}}";

static struct att_session_proof
a_proof(void)
{
	return (struct att_session_proof){ .session_id = SID, .agent_id = ID,
		.message = S("attest"), .signature = S("sig") };
}

static int
parse_proof(struct att_slice body, struct att_pointer *where,
    struct att_err *err)
{
	struct att_session_proof p = { 0 };
	int r = att_session_proof_parse(body, &p, where, err);

	att_session_proof_done(&p);
	return r;
}

START_TEST(proof_there_and_back)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);
	struct att_session_proof p = a_proof(), got = { 0 };

	ok(att_session_proof_encode(&p, &b, err));
	same_json(&b, proof);
	ok(att_session_proof_parse(att_buf_view(&b), &got, NULL, err));
	ck_assert_str_eq(got.session_id, SID);
	ck_assert_str_eq(got.agent_id, ID);
	ck_assert(att_slice_is(got.message, "attest"));
	ck_assert(att_slice_is(got.signature, "sig"));
	att_session_proof_done(&got);
	p.session_id = "../agents";
	fails(att_session_proof_encode(&p, &b, err), ATT_E_USAGE,
	    "session id");
}
END_TEST

#define PROV ATTR "/authentication_provided"

START_TEST(proof_rules)
{
	static const struct change c[] = {
		{ "/data/id", NULL, ATT_E_FORMAT, "\"id\"", "/data/id" },
		{ "/data/id", "\"a b\"", ATT_E_FORMAT, "session id",
		    "/data/id" },
		{ "/more", "1", ATT_E_FORMAT, "not known", "" },
		{ ATTR "/more", "1", ATT_OK, NULL, NULL },
		{ PROV "/0/more", "1", ATT_OK, NULL, NULL },
		{ ATTR "/agent_id", "\"\"", ATT_E_FORMAT, "agent id",
		    ATTR "/agent_id" },
		{ PROV, NULL, ATT_E_FORMAT, "missing", PROV },
		{ PROV "/0/authentication_type", "\"x\"", ATT_E_UNSUPPORTED,
		    "tpm_pop", PROV },
		{ PROV "/0/data", NULL, ATT_E_FORMAT, "missing",
		    PROV "/0/data" },
		{ PROV "/0/data/message", NULL, ATT_E_FORMAT, "missing",
		    PROV "/0/data/message" },
		{ PROV "/0/data/message", "\"\"", ATT_E_FORMAT, "empty",
		    PROV "/0/data/message" },
		{ PROV "/0/data/message", "\"?\"", ATT_E_FORMAT, "base64",
		    PROV "/0/data/message" },
		{ PROV "/0/data/signature", "[]", ATT_E_FORMAT, "string",
		    PROV "/0/data/signature" },
	};

	check_changes(proof, parse_proof, c, ATT_COUNT(c));
	check_hostile(proof, parse_proof);
}
END_TEST

static int
parse_sized(size_t message, size_t signature, struct att_err *why)
{
	static const uint8_t bytes[ATT_PROOF_PART_MAX + 1];
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(65536);
	struct att_session_proof p = a_proof();

	p.message = (struct att_slice){ bytes, message };
	p.signature = (struct att_slice){ bytes, signature };
	ok(att_session_proof_encode(&p, &b, err));
	return parse_proof(att_buf_view(&b), NULL, why);
}

START_TEST(proof_limits)
{
	ok(parse_sized(ATT_PROOF_PART_MAX, ATT_PROOF_PART_MAX, err));
	fails(parse_sized(ATT_PROOF_PART_MAX + 1, 1, err), ATT_E_LIMIT,
	    "message");
	fails(parse_sized(1, ATT_PROOF_PART_MAX + 1, err), ATT_E_LIMIT,
	    "signature");
}
END_TEST

/* -- grant ---------------------------------------------------------------- */

static const char granted[] =
    "{\"data\":{\"type\":\"session\",\"id\":\"" SID "\",\"attributes\":{"
    "\"agent_id\":\"" ID "\",\"evaluation\":\"pass\",\"token\":\"" TOKEN
    "\",\"authentication\":[{" POP ",\"chosen_parameters\":{\"challenge\":\""
    CHALLENGE "\"},\"data\":{\"message\":\"YXR0ZXN0\",\"signature\":\"c2ln\""
    "}}],\"created_at\":\"2026-11-22T08:07:51Z\","
    "\"challenges_expire_at\":\"2026-11-22T08:08:51Z\","
    "\"response_received_at\":\"2026-11-22T08:07:52Z\","
    "\"token_expires_at\":\"2026-11-22T08:10:52Z\"}}}";

static int
parse_grant(struct att_slice body, struct att_pointer *where,
    struct att_err *err)
{
	struct att_session_grant g = { 0 };
	int r = att_session_grant_parse(body, &g, err);

	ck_assert(r == 0 || (!g.pass && g.token[0] == '\0'));
	att_session_grant_done(&g);
	return r;
}

START_TEST(grant_there_and_back)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);
	struct att_session_grant g = { .pass = true,
		.received_at = 1795334872, .token_expires_at = 1795335052,
		.token = TOKEN }, got;
	struct att_session_challenge c = a_challenge();
	struct att_session_proof p = a_proof();

	ok(att_session_grant_encode(&g, &c, &p, &b, err));
	same_json(&b, granted);
	ok(att_session_grant_parse(att_buf_view(&b), &got, err));
	ck_assert(got.pass);
	ck_assert_str_eq(got.token, TOKEN);
	ck_assert_int_eq(got.token_expires_at - got.received_at, 180);
	att_session_grant_done(&got);
	ck_assert_int_eq(got.token[0], 0);
	ck_assert(!got.pass);
}
END_TEST

START_TEST(refusal_there_and_back)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);
	struct att_session_grant g = { .received_at = 1795334872 }, got;
	struct att_session_challenge c = a_challenge();
	struct att_session_proof p = a_proof();

	ok(att_session_grant_encode(&g, &c, &p, &b, err));
	ck_assert(!has_text(&b, "token"));
	memset(&got, 0xff, sizeof(got));
	ok(att_session_grant_parse(att_buf_view(&b), &got, err));
	ck_assert(!got.pass);
	ck_assert_str_eq(got.token, "");
}
END_TEST

START_TEST(grant_without_token_is_not_written)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);
	struct att_session_grant g = { .pass = true, .token = "two words" };
	struct att_session_challenge c = a_challenge();
	struct att_session_proof p = a_proof();

	fails(att_session_grant_encode(&g, &c, &p, &b, err), ATT_E_USAGE,
	    "token");
	g.token[0] = '\0';
	fails(att_session_grant_encode(&g, &c, &p, &b, err), ATT_E_USAGE,
	    "token");
}
END_TEST

/* K21: what does not authenticate. */
START_TEST(k21_grants_that_are_none)
{
	static const struct change c[] = {
		{ ATTR "/token", NULL, ATT_E_FORMAT, "token", NULL },
		{ ATTR "/token", "null", ATT_E_FORMAT, "token", NULL },
		{ ATTR "/token", "\"\"", ATT_E_FORMAT, "token", NULL },
		{ ATTR "/token", "\"a b\"", ATT_E_FORMAT, "token", NULL },
		{ ATTR "/token", "\"a\\r\\nX-Admin: 1\"", ATT_E_FORMAT,
		    "token", NULL },
		{ ATTR "/token_expires_at", NULL, ATT_E_FORMAT,
		    "how long", NULL },
		{ ATTR "/token_expires_at", "\"later\"", ATT_E_FORMAT,
		    "how long", NULL },
		{ ATTR "/token_expires_at", "1795335052", ATT_E_FORMAT,
		    "how long", NULL },
		{ ATTR "/token_expires_at", "\"2026-11-22T08:07:52Z\"",
		    ATT_E_EXPIRED, "expired", NULL },
		{ ATTR "/token_expires_at", "\"2025-11-22T08:10:52Z\"",
		    ATT_E_EXPIRED, "expired", NULL },
		{ ATTR "/evaluation", NULL, ATT_E_FORMAT, "evaluation", NULL },
		{ ATTR "/evaluation", "true", ATT_E_FORMAT, "string", NULL },
		{ ATTR "/evaluation", "\"PASS\"", ATT_E_FORMAT, "neither",
		    NULL },
		/* nothing said of when: the session's beginning stands in */
		{ ATTR "/response_received_at", NULL, ATT_OK, NULL, NULL },
	};

	check_changes(granted, parse_grant, c, ATT_COUNT(c));
	check_hostile(granted, parse_grant);
}
END_TEST

/* K21: a "fail" is no pass, whatever token stands beside it. */
START_TEST(k21_fail_with_a_token)
{
	AUTO(free) char *t = changed(granted, ATTR "/evaluation", "\"fail\"");
	struct att_session_grant g;

	ok(att_session_grant_parse(S(t), &g, err));
	ck_assert(!g.pass);
	ck_assert_str_eq(g.token, "");
}
END_TEST

START_TEST(token_lengths)
{
	char value[ATT_TOKEN_MAX + 4] = "\"";

	memset(value + 1, 't', ATT_TOKEN_MAX);
	memcpy(value + 1 + ATT_TOKEN_MAX, "\"", 2);
	check_change(granted, parse_grant,
	    &(struct change){ ATTR "/token", value, ATT_OK, NULL, NULL });
	memcpy(value + 1 + ATT_TOKEN_MAX, "t\"", 3);
	check_change(granted, parse_grant, &(struct change){ ATTR "/token",
	    value, ATT_E_FORMAT, "1 to 512", NULL });
}
END_TEST

/* A server that puts a secret into an error gets it back from nobody. */
START_TEST(no_token_in_an_error)
{
	AUTO(free) char *t = changed(granted, ATTR "/token",
	    "\"5ec2e7 token\"");
	struct att_session_grant g;
	struct att_err err = { 0 };

	ck_assert_int_lt(att_session_grant_parse(S(t), &g, &err), 0);
	ck_assert_ptr_null(strstr(err.text, "5ec2e7"));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("protocol session");
	TCase *t = tcase_create("session");

	tcase_add_test(t, open_there_and_back);
	tcase_add_test(t, open_rules);
	tcase_add_test(t, open_is_no_json);
	tcase_add_test(t, open_nested_too_deep);
	tcase_add_test(t, challenge_there_and_back);
	tcase_add_test(t, challenge_leniency);
	tcase_add_test(t, challenge_rules);
	tcase_add_test(t, k15_session_challenge);
	tcase_add_test(t, proof_there_and_back);
	tcase_add_test(t, proof_rules);
	tcase_add_test(t, proof_limits);
	tcase_add_test(t, grant_there_and_back);
	tcase_add_test(t, refusal_there_and_back);
	tcase_add_test(t, grant_without_token_is_not_written);
	tcase_add_test(t, k21_grants_that_are_none);
	tcase_add_test(t, k21_fail_with_a_token);
	tcase_add_test(t, token_lengths);
	tcase_add_test(t, no_token_in_an_error);
	suite_add_tcase(s, t);
	return run_suite(s);
}
