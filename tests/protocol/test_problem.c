#include "change.h"

#include "protocol/problem.h"

static struct att_problem
parsed(const char *text)
{
	struct att_problem p;

	memset(&p, 0xff, sizeof(p));
	att_problem_parse(S(text), &p);
	return p;
}

/* Two errors, as upstream words a list where it wants an object. */
START_TEST(of_the_verifier)
{
	struct att_problem p = parsed(
	    "{\"errors\":[{\"status\":\"422\",\"code\":"
	    "\"invalid_resource_data\",\"detail\":\"check PCR banks\","
	    "\"source\":{\"pointer\":\"/data/attributes/evidence\"}},"
	    "{\"status\":\"422\",\"code\":\"invalid_resource_data\","
	    "\"detail\":\"must be a dictionary\",\"source\":{\"pointer\":"
	    "\"/data/attributes/evidence/0/capabilities/available_subjects\"}"
	    "}],\"links\":{\"self\":\"/v3.0/x\"},"
	    "\"jsonapi\":{\"version\":\"1.1\"}}");

	ck_assert_str_eq(p.code, "invalid_resource_data");
	ck_assert_str_eq(p.detail, "must be a dictionary");
	ck_assert_str_eq(p.pointer,
	    "/data/attributes/evidence/0/capabilities/available_subjects");
}
END_TEST

START_TEST(of_the_verifier_without_a_code)
{
	struct att_problem p = parsed(
	    "{\"errors\":[{\"status\":\"401\",\"title\":\"Unauthorized\","
	    "\"detail\":\"Invalid authentication token\"}]}");

	ck_assert_str_eq(p.code, "");
	ck_assert_str_eq(p.pointer, "");
	ck_assert_str_eq(p.detail, "Invalid authentication token");
	p = parsed("{\"errors\":[{\"title\":\"Forbidden\"}]}");
	ck_assert_str_eq(p.detail, "Forbidden");
}
END_TEST

START_TEST(of_the_registrar)
{
	struct att_problem p = parsed(
	    "{\"code\":403,\"status\":\"Agent re-registration with different "
	    "TPM identity is forbidden\",\"results\":{}}");

	ck_assert_str_eq(p.code, "");
	ck_assert_ptr_nonnull(strstr(p.detail, "different TPM identity"));
}
END_TEST

START_TEST(of_anybody_else)
{
	static const char *const texts[] = { "", "<html>502</html>", "null",
		"[]", "{}", "{\"errors\":[]}", "{\"errors\":[7]}",
		"{\"errors\":{}}", ("{\"errors\":[{\"detail\":7,\"code\":[],"
		"\"source\":\"x\"}]}"), "{\"status\":500}", "{\"errors\":[",
		"{\"errors\":[null,null]}" };

	for (size_t i = 0; i < ATT_COUNT(texts); i++) {
		struct att_problem p = parsed(texts[i]);

		ck_assert_str_eq(p.code, "");
		ck_assert_str_eq(p.pointer, "");
		ck_assert_str_eq(p.detail, "");
	}
}
END_TEST

/* K4: what a server says can be shown on a terminal. */
START_TEST(k4_made_clean)
{
	struct att_problem p = parsed(
	    "{\"errors\":[{\"detail\":\"a\\u001b[2Jb\\nc\\u202ed\","
	    "\"code\":\"x\\ty\",\"source\":{\"pointer\":\"/\\u0007\"}}]}");

	ck_assert_str_eq(p.detail, "a\\x1b[2Jb\\x0ac\\xe2\\x80\\xaed");
	ck_assert_str_eq(p.code, "x\\x09y");
	ck_assert_str_eq(p.pointer, "/\\x07");
}
END_TEST

START_TEST(cut_between_characters)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(65536);
	struct att_problem p;

	att_buf_str(&b, "{\"status\":\"x");
	for (size_t i = 0; i < 1000; i++)
		att_buf_str(&b, "\xc3\xbc");
	att_buf_str(&b, "\"}");
	att_problem_parse(att_buf_view(&b), &p);
	ck_assert_uint_eq(strlen(p.detail), ATT_PROBLEM_TEXT_MAX - 1);
	ck_assert_mem_eq(p.detail + strlen(p.detail) - 2, "\xc3\xbc", 2);
}
END_TEST

START_TEST(written)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);
	AUTO_DONE(att_buf_done) struct att_buf bare = ATT_BUF(4096);
	AUTO_DONE(att_buf_done) struct att_buf reg = ATT_BUF(4096);
	struct att_problem p;

	ok(att_problem_encode(422, "Unprocessable", "invalid_resource_data",
	    "a PCR must be\n0 to 23", "/data/attributes", &b, err));
	same_json(&b,
	    "{\"errors\":[{\"status\":\"422\",\"title\":\"Unprocessable\","
	    "\"code\":\"invalid_resource_data\",\"detail\":"
	    "\"a PCR must be?0 to 23\",\"source\":{\"pointer\":"
	    "\"/data/attributes\"}}]}");
	att_problem_parse(att_buf_view(&b), &p);
	ck_assert_str_eq(p.code, "invalid_resource_data");
	ck_assert_str_eq(p.pointer, "/data/attributes");
	ck_assert_str_eq(p.detail, "a PCR must be?0 to 23");
	ok(att_problem_encode(401, "Unauthorized", NULL, "", NULL, &bare,
	    err));
	same_json(&bare, "{\"errors\":[{\"status\":\"401\",\"title\":"
			 "\"Unauthorized\"}]}");
	ok(att_registrar_problem_encode(404, "not registered", &reg, err));
	same_json(&reg, "{\"code\":404,\"status\":\"not registered\","
			"\"results\":{}}");
}
END_TEST

/* Many errors are looked at up to a bound; a large body says nothing. */
START_TEST(bounded)
{
	AUTO_DONE(att_buf_done) struct att_buf b =
	    ATT_BUF(ATT_MESSAGE_MAX * 2);
	struct att_problem p;

	att_buf_str(&b, "{\"errors\":[{\"detail\":\"first\"}");
	for (size_t i = 0; i < 10000; i++)
		att_buf_str(&b, ",{\"detail\":\"next\"}");
	att_buf_str(&b, "]}");
	att_problem_parse(att_buf_view(&b), &p);
	ck_assert_str_eq(p.detail, "first");
	att_buf_fill(&b, ' ', ATT_MESSAGE_MAX);
	att_problem_parse(att_buf_view(&b), &p);
	ck_assert_str_eq(p.detail, "");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("protocol problem");
	TCase *t = tcase_create("problem");

	tcase_add_test(t, of_the_verifier);
	tcase_add_test(t, of_the_verifier_without_a_code);
	tcase_add_test(t, of_the_registrar);
	tcase_add_test(t, of_anybody_else);
	tcase_add_test(t, k4_made_clean);
	tcase_add_test(t, cut_between_characters);
	tcase_add_test(t, written);
	tcase_add_test(t, bounded);
	suite_add_tcase(s, t);
	return run_suite(s);
}
