#include "testlib.h"

#include "agent/outline.h"

static void
outline_is(const char *json, const char *want)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);
	AUTO(att_json_decref) json_t *j = NULL;

	ok(att_json_parse(S(json), 1 << 20, &j, err));
	att_outline_print(j, 1, &b);
	ck_assert_msg(att_slice_is(att_buf_view(&b), want), "%.*s",
	    (int)b.len, (char *)b.data);
}

START_TEST(members_and_elements)
{
	outline_is("{}", "");
	outline_is("{\"a_b\":1,\"t\":true,\"f\":false,\"n\":null,"
		   "\"s\":\"x y\",\"e\":\"\"}",
	    " a b: 1\n t: yes\n f: no\n n: none\n s: x y\n e: \n");
	outline_is("{\"o\":{\"a\":1,\"b\":{\"c\":2}},\"l\":[1,\"x\"]}",
	    " o:\n   a: 1\n   b:\n     c: 2\n l:\n   - 1\n   - x\n");
	outline_is("{\"l\":[{\"a\":1,\"b\":[2]},{},[[3]]]}",
	    " l:\n   - a: 1\n     b:\n       - 2\n   - \n   - - - 3\n");
}
END_TEST

START_TEST(long_bytes_are_cut)
{
	char json[300];

	(void)snprintf(json, sizeof(json), "{\"x_hex\":\"%0130d\"}", 0);
	outline_is(json, " x hex: 00000000000000000000000000000000"
	    "00000000000000000000000000000000... (65 bytes)\n");
	(void)snprintf(json, sizeof(json), "{\"x\":\"%070d\"}", 0);
	outline_is(json, " x: 00000000000000000000000000000000"
	    "00000000000000000000000000000000000000\n");
}
END_TEST

START_TEST(depth)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);
	AUTO(att_json_decref) json_t *j = json_integer(1);

	for (unsigned i = 0; i < 2000; i++) {
		json_t *outer = json_object();

		ck_assert(json_object_set_new(outer, "a", take(&j)) == 0);
		j = outer;
	}
	att_outline_print(j, 0, &b);
	ck_assert(b.len < 4096);
	ck_assert(memmem(b.data, b.len, "...\n", 4) != NULL);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("outline");
	TCase *t = tcase_create("outline");

	tcase_add_test(t, members_and_elements);
	tcase_add_test(t, long_bytes_are_cut);
	tcase_add_test(t, depth);
	suite_add_tcase(s, t);
	return run_suite(s);
}
