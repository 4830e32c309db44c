#include "change.h"

#include "protocol/status.h"

static const char status[] =
    "{\"code\":200,\"status\":\"Success\",\"results\":{"
    "\"attestation_status\":\"PASS\",\"attestation_count\":2,"
    "\"last_received_quote\":1795334876,"
    "\"last_successful_attestation\":1795334871,"
    "\"attestation_period\":\"3s\",\"maximum_attestation_interval\":\"15s\","
    "\"attestation_result\":\"a.b.c\","
    "\"attestation_findings\":[{\"code\":\"pcr-mismatch\"}]}}";

static int
parse(struct att_slice body, struct att_pointer *where, struct att_err *err)
{
	struct att_agent_status s = { 0 };
	int r = att_agent_status_parse(body, &s, err);

	att_agent_status_done(&s);
	return r;
}

START_TEST(there_and_back)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);
	AUTO(att_json_decref) json_t *findings =
	    json("[{\"code\":\"pcr-mismatch\"}]");
	struct att_agent_status s = { .standing = ATT_STANDING_PASS,
		.passes = 2, .last_received = 1795334876,
		.last_pass = 1795334871, .period = 3, .period_max = 15,
		.result = "a.b.c", .findings = findings };
	struct att_agent_status got = { 0 };

	ok(att_agent_status_encode(&s, &b, err));
	same_json(&b, status);
	ok(att_agent_status_parse(att_buf_view(&b), &got, err));
	ck_assert_int_eq(got.standing, ATT_STANDING_PASS);
	ck_assert_int_eq(got.passes, 2);
	ck_assert_int_eq(got.last_received, 1795334876);
	ck_assert_int_eq(got.last_pass, 1795334871);
	ck_assert_int_eq(got.period, 3);
	ck_assert_int_eq(got.period_max, 15);
	ck_assert_str_eq(got.result, "a.b.c");
	ck_assert(json_equal(got.findings, findings));
	att_agent_status_done(&got);
	ck_assert_ptr_null(got.findings);
}
END_TEST

/* Keylime's own: neither result nor findings. */
START_TEST(of_upstream)
{
	static const char text[] =
	    "{\"code\":200,\"status\":\"Success\",\"results\":{"
	    "\"operational_state\":3,\"v\":null,\"ip\":null,\"port\":null,"
	    "\"tpm_policy\":\"{\\\"23\\\": [\\\"00\\\"]}\",\"meta_data\":"
	    "\"{}\",\"has_mb_refstate\":1,\"has_runtime_policy\":0,"
	    "\"accept_tpm_hash_algs\":[\"sha256\"],\"hash_alg\":\"\","
	    "\"verifier_port\":8881,\"severity_level\":null,"
	    "\"attestation_count\":0,\"last_received_quote\":0,"
	    "\"last_successful_attestation\":0,"
	    "\"attestation_status\":\"PENDING\","
	    "\"attestation_period\":\"3s\","
	    "\"maximum_attestation_interval\":\"15s\"}}";
	struct att_agent_status s = { 0 };

	ok(att_agent_status_parse(S(text), &s, err));
	ck_assert_int_eq(s.standing, ATT_STANDING_PENDING);
	ck_assert_ptr_null(s.result);
	ck_assert_ptr_null(s.findings);
	ck_assert_int_eq(s.period_max, 15);
	att_agent_status_done(&s);
}
END_TEST

START_TEST(every_standing)
{
	static const char *const names[] = { "PENDING", "PASS", "FAIL",
		"TIMEOUT" };

	ck_assert_uint_eq(ATT_COUNT(names), ATT_STANDING_COUNT);
	for (unsigned i = 0; i < ATT_STANDING_COUNT; i++) {
		AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);
		struct att_agent_status s = {
			.standing = (enum att_standing)i
		}, got = { .standing = ATT_STANDING_COUNT };

		ck_assert_str_eq(att_standing_name(s.standing), names[i]);
		ok(att_agent_status_encode(&s, &b, err));
		ok(att_agent_status_parse(att_buf_view(&b), &got, err));
		ck_assert_int_eq(got.standing, s.standing);
		att_agent_status_done(&got);
	}
	ck_assert_ptr_null(att_standing_name(ATT_STANDING_COUNT));
}
END_TEST

#define RES "/results"

/* A verdict is one of four words; the rest may be missing or strange. */
START_TEST(rules)
{
	static const struct change c[] = {
		{ RES "/attestation_status", NULL, ATT_E_FORMAT, "missing",
		    NULL },
		{ RES "/attestation_status", "null", ATT_E_FORMAT, "string",
		    NULL },
		{ RES "/attestation_status", "true", ATT_E_FORMAT, "string",
		    NULL },
		{ RES "/attestation_status", "\"pass\"", ATT_E_UNSUPPORTED,
		    "PASS, FAIL", NULL },
		{ RES "/attestation_status", "\"PASS \"", ATT_E_UNSUPPORTED,
		    "PASS, FAIL", NULL },
		{ RES, NULL, ATT_E_FORMAT, "results", NULL },
		{ RES "/attestation_result", "7", ATT_E_FORMAT, "string",
		    NULL },
		{ RES "/attestation_result", "null", ATT_OK, NULL, NULL },
		{ RES "/attestation_findings", "\"x\"", ATT_OK, NULL, NULL },
		{ RES "/attestation_count", "null", ATT_OK, NULL, NULL },
		{ RES "/last_received_quote", NULL, ATT_OK, NULL, NULL },
	};

	check_changes(status, parse, c, ATT_COUNT(c));
	check_hostile(status, parse);
}
END_TEST

START_TEST(numbers_that_are_none)
{
	static const char *const values[] = { "null", "-1", "1.5", "\"2\"",
		"[]", "true" };
	static const char *const periods[] = { "null", "\"\"", "\"s\"",
		"\"3\"", "\"3m\"", "\"-3s\"", "\"3s \"", "3",
		"\"9999999999s\"" };

	for (size_t i = 0; i < ATT_COUNT(values); i++) {
		AUTO(free) char *t = changed(status, RES "/attestation_count",
		    values[i]);
		struct att_agent_status s = { 0 };

		ok(att_agent_status_parse(S(t), &s, err));
		ck_assert_int_eq(s.passes, 0);
		att_agent_status_done(&s);
	}
	for (size_t i = 0; i < ATT_COUNT(periods); i++) {
		AUTO(free) char *t = changed(status,
		    RES "/maximum_attestation_interval", periods[i]);
		struct att_agent_status s = { 0 };

		ok(att_agent_status_parse(S(t), &s, err));
		ck_assert_int_eq(s.period_max, 0);
		att_agent_status_done(&s);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("protocol status");
	TCase *t = tcase_create("status");

	tcase_add_test(t, there_and_back);
	tcase_add_test(t, of_upstream);
	tcase_add_test(t, every_standing);
	tcase_add_test(t, rules);
	tcase_add_test(t, numbers_that_are_none);
	suite_add_tcase(s, t);
	return run_suite(s);
}
