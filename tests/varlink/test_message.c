#include "testlib.h"

#include "varlink/varlink.h"

/* -- calls ----------------------------------------------------------------- */

START_TEST(calls_are_read)
{
	AUTO_DONE(att_varlink_message_done) struct att_varlink_message m = {
		0 };
	const char *text = "{\"method\":\"io.attestd.Attest\","
			   "\"parameters\":{\"max_age\":5},\"more\":true}";

	ok(att_varlink_message_parse(S(text), &m, err));
	ck_assert_str_eq(m.method, "io.attestd.Attest");
	ck_assert_int_eq(json_integer_value(json_object_get(m.parameters,
	    "max_age")), 5);
	ck_assert_uint_eq(m.flags, ATT_VARLINK_MORE);
}
END_TEST

static const struct {
	const char *text;
	unsigned flags;
} plain[] = {
	{ "{\"method\":\"a.b.C\"}", 0 },
	{ "{\"method\":\"a.b.C\",\"parameters\":null}", 0 },
	{ "{\"method\":\"a.b.C\",\"parameters\":{}}", 0 },
	{ "{\"method\":\"a.b.C\",\"more\":false,\"oneway\":null}", 0 },
	{ "{\"oneway\":true,\"method\":\"a.b.C\"}", ATT_VARLINK_ONEWAY },
	{ " {\"upgrade\":true,\n\"method\":\"a.b.C\"} ", ATT_VARLINK_UPGRADE },
};

START_TEST(calls_without_parameters)
{
	AUTO_DONE(att_varlink_message_done) struct att_varlink_message m = {
		0 };

	ok(att_varlink_message_parse(S(plain[_i].text), &m, err));
	ck_assert_str_eq(m.method, "a.b.C");
	ck_assert(json_is_object(m.parameters));
	ck_assert_uint_eq(json_object_size(m.parameters), 0);
	ck_assert_uint_eq(m.flags, plain[_i].flags);
}
END_TEST

static const struct {
	const char *text;
	int code;
	const char *word;
} bad_calls[] = {
	{ "", ATT_E_FORMAT, "JSON" },
	{ "{}", ATT_E_FORMAT, "\"method\" is missing" },
	{ "[]", ATT_E_FORMAT, "object" },
	{ "\"io.attestd.Attest\"", ATT_E_FORMAT, "object" },
	{ "{\"method\":1}", ATT_E_FORMAT, "\"method\" must be a string" },
	{ "{\"method\":\"a.b.C\",\"parameters\":[]}", ATT_E_FORMAT,
	    "\"parameters\" must be an object" },
	{ "{\"method\":\"a.b.C\",\"parameters\":\"\"}", ATT_E_FORMAT,
	    "\"parameters\" must be an object" },
	{ "{\"method\":\"a.b.C\",\"more\":1}", ATT_E_FORMAT, "\"more\"" },
	{ "{\"method\":\"a.b.C\",\"oneway\":\"true\"}", ATT_E_FORMAT,
	    "\"oneway\"" },
	{ "{\"method\":\"a.b.C\",\"upgrade\":{}}", ATT_E_FORMAT,
	    "\"upgrade\"" },
	{ "{\"method\":\"a.b.C\",\"more\":true,\"oneway\":true}",
	    ATT_E_FORMAT, "not two" },
	{ "{\"method\":\"a.b.C\",\"more\":true,\"upgrade\":true}",
	    ATT_E_FORMAT, "not two" },
	{ "{\"method\":\"a.b.C\",\"else\":1}", ATT_E_FORMAT,
	    "\"else\" is not known" },
	{ "{\"method\":\"a.b.C\",\"method\":\"a.b.D\"}", ATT_E_FORMAT,
	    "duplicate" },
	{ "{\"method\":\"a.b.C\"}{\"method\":\"a.b.C\"}", ATT_E_FORMAT,
	    "JSON" },
	{ "{\"method\":\"a.b.C\\u0000\"}", ATT_E_FORMAT, "JSON" },
	{ "{\"method\":\"a.b.C\",\"parameters\":{\"x\":\"\\u0000\"}}",
	    ATT_E_FORMAT, "JSON" },
	{ "{\"method\":\"\"}", ATT_E_FORMAT, "no name of a method" },
	{ "{\"method\":\"a.b.c\"}", ATT_E_FORMAT, "no name of a method" },
};

START_TEST(other_calls_are_refused)
{
	struct att_varlink_message m = { 0 };

	fails(att_varlink_message_parse(S(bad_calls[_i].text), &m, err),
	    bad_calls[_i].code, bad_calls[_i].word);
	ck_assert_ptr_null(m.json);
	ck_assert_ptr_null(m.method);
}
END_TEST

START_TEST(no_beginning_of_a_call_is_one)
{
	const char *text = "{\"method\":\"io.attestd.Quote\","
			   "\"parameters\":{\"nonce\":\"00\"},\"more\":true}";
	struct att_slice s = S(text);

	for (s.len = 0; s.len < strlen(text); s.len++) {
		struct att_varlink_message m = { 0 };
		struct att_err err = { 0 };

		ck_assert_int_lt(att_varlink_message_parse(s, &m, &err), 0);
		ck_assert_ptr_null(m.json);
	}
	ck_assert_uint_gt(s.len, 50);
}
END_TEST

/* Whatever one bit makes of it, what is taken has the form. */
START_TEST(calls_with_one_bit_changed)
{
	char text[] = "{\"method\":\"a.b.C\",\"parameters\":{\"n\":5}}";
	struct att_slice s = S(text), interface;
	unsigned taken = 0;

	for (size_t bit = 0; bit < 8 * s.len; bit++) {
		AUTO_DONE(att_varlink_message_done)
		struct att_varlink_message m = { 0 };

		text[bit / 8] ^= (char)(1 << bit % 8);
		if (att_varlink_message_parse(s, &m, NULL) == 0) {
			ck_assert(json_is_object(m.parameters));
			ck_assert_ptr_nonnull(att_varlink_split(m.method,
			    &interface));
			taken++;
		}
		text[bit / 8] ^= (char)(1 << bit % 8);
	}
	ck_assert_uint_gt(taken, 5);
	ck_assert_uint_lt(taken, 8 * s.len / 4);
}
END_TEST

static void
put_call_of(size_t len, struct att_buf *b)
{
	static const char head[] =
	    "{\"method\":\"a.b.C\",\"parameters\":{\"x\":\"";
	static const char tail[] = "\"}}";

	att_buf_str(b, head);
	att_buf_fill(b, 'y', len - strlen(head) - strlen(tail));
	att_buf_str(b, tail);
	ck_assert_uint_eq(b->len, len);
}

START_TEST(calls_have_a_size)
{
	AUTO_DONE(att_varlink_message_done) struct att_varlink_message m = {
		0 };
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);

	put_call_of(ATT_VARLINK_CALL_MAX, &b);
	ok(att_varlink_message_parse(att_buf_view(&b), &m, err));
	att_varlink_message_done(&m);
	att_buf_reset(&b);
	put_call_of(ATT_VARLINK_CALL_MAX + 1, &b);
	fails(att_varlink_message_parse(att_buf_view(&b), &m, err),
	    ATT_E_LIMIT, "65537 bytes");
}
END_TEST

START_TEST(calls_have_a_depth)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);
	struct att_varlink_message m = { 0 };

	att_buf_str(&b, "{\"method\":\"a.b.C\",\"parameters\":{\"x\":");
	att_buf_fill(&b, '[', 30000);
	att_buf_fill(&b, ']', 30000);
	att_buf_str(&b, "}}");
	fails(att_varlink_message_parse(att_buf_view(&b), &m, err),
	    ATT_E_LIMIT, "deep");
}
END_TEST

START_TEST(calls_are_written)
{
	static const char want[] =
	    "{\"method\":\"a.b.C\",\"more\":true,\"parameters\":{\"n\":5}}";
	AUTO(att_json_decref) json_t *p = json_pack("{s:i}", "n", 5);
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1000);

	ok(att_varlink_message_put("a.b.C", p, ATT_VARLINK_MORE, &b, err));
	/* with the NUL at its end */
	ck_assert_uint_eq(b.len, sizeof(want));
	ck_assert_mem_eq(b.data, want, sizeof(want));
	ck_assert_uint_eq(p->refcount, 1);
	att_buf_reset(&b);
	ok(att_varlink_message_put("a.b.C", NULL, 0, &b, err));
	ck_assert_str_eq((char *)b.data, "{\"method\":\"a.b.C\"}");
	fails(att_varlink_message_put("attest", NULL, 0, &b, err),
	    ATT_E_USAGE, "\"attest\" is no name");
}
END_TEST

/* -- names ----------------------------------------------------------------- */

static const struct {
	const char *name, *interface, *member;	/* NULL: none */
} names[] = {
	{ "io.attestd.Attest", "io.attestd", "Attest" },
	{ "org.varlink.service.GetInfo", "org.varlink.service", "GetInfo" },
	{ "a.b.C", "a.b", "C" },
	{ "a.0.C1", "a.0", "C1" },
	{ "a-b.c--d.Ef", "a-b.c--d", "Ef" },
	{ "Attest", NULL, NULL },
	{ "attestd.Attest", NULL, NULL },
	{ ".a.b.C", NULL, NULL },
	{ "a..b.C", NULL, NULL },
	{ "a.b..C", NULL, NULL },
	{ "a.b.", NULL, NULL },
	{ "", NULL, NULL },
	{ ".", NULL, NULL },
	{ "0.b.C", NULL, NULL },
	{ "-a.b.C", NULL, NULL },
	{ "a-.b.C", NULL, NULL },
	{ "a.-b.C", NULL, NULL },
	{ "a.b.c", NULL, NULL },
	{ "a.b.C_d", NULL, NULL },
	{ "a.b.C d", NULL, NULL },
	{ "a.b_c.D", NULL, NULL },
	{ "a.b.\303\204", NULL, NULL },
	{ "a.b/c.D", NULL, NULL },
};

START_TEST(names_are_taken_apart)
{
	struct att_slice interface = { 0 };
	const char *member = att_varlink_split(names[_i].name, &interface);

	if (names[_i].member == NULL) {
		ck_assert_ptr_null(member);
		ck_assert_ptr_null(interface.data);
		return;
	}
	ck_assert_str_eq(member, names[_i].member);
	ck_assert(att_slice_is(interface, names[_i].interface));
}
END_TEST

START_TEST(names_have_a_length)
{
	char name[ATT_VARLINK_NAME_MAX + 2] = "a.b.";
	struct att_slice interface;

	memset(name + 4, 'X', ATT_VARLINK_NAME_MAX - 4);
	ck_assert_ptr_nonnull(att_varlink_split(name, &interface));
	name[ATT_VARLINK_NAME_MAX] = 'X';
	ck_assert_ptr_null(att_varlink_split(name, &interface));
}
END_TEST

/* -- replies --------------------------------------------------------------- */

START_TEST(replies_are_read)
{
	AUTO_DONE(att_varlink_reply_done) struct att_varlink_reply r = { 0 };

	ok(att_varlink_reply_parse(S("{}"), &r, err));
	ck_assert(r.error == NULL && !r.continues &&
	    json_object_size(r.parameters) == 0);
	att_varlink_reply_done(&r);
	ok(att_varlink_reply_parse(
	    S("{\"continues\":true,\"parameters\":{\"a\":1}}"), &r, err));
	ck_assert(r.error == NULL && r.continues &&
	    json_object_size(r.parameters) == 1);
	att_varlink_reply_done(&r);
	ok(att_varlink_reply_parse(
	    S("{\"error\":\"a.b.C\",\"parameters\":{\"a\":1},"
	      "\"continues\":false}"), &r, err));
	ck_assert_str_eq(r.error, "a.b.C");
	ck_assert(!r.continues);
}
END_TEST

static const struct {
	const char *text, *word;
} bad_replies[] = {
	{ "", "JSON" },
	{ "[]", "object" },
	{ "null", "object" },
	{ "{\"error\":1}", "\"error\"" },
	{ "{\"error\":\"Busy\"}", "no name of an error" },
	{ "{\"error\":\"a.b.c\"}", "no name of an error" },
	{ "{\"parameters\":[]}", "\"parameters\"" },
	{ "{\"continues\":\"yes\"}", "\"continues\"" },
	{ "{\"error\":\"a.b.C\",\"continues\":true}", "follows" },
	{ "{\"method\":\"a.b.C\"}", "\"method\" is not known" },
	{ "{\"error\":\"a.b.C\",\"error\":\"a.b.C\"}", "duplicate" },
};

START_TEST(other_replies_are_refused)
{
	struct att_varlink_reply r = { 0 };

	fails(att_varlink_reply_parse(S(bad_replies[_i].text), &r, err),
	    ATT_E_FORMAT, bad_replies[_i].word);
	ck_assert_ptr_null(r.json);
}
END_TEST

START_TEST(replies_are_written_and_read_back)
{
	AUTO(att_json_decref) json_t *p = json_pack("{s:s}", "a", "\x01 \"");
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1000);
	AUTO_DONE(att_varlink_reply_done) struct att_varlink_reply r = { 0 };

	ok(att_varlink_reply_put("io.attestd.Busy", p, false, &b, err));
	ck_assert_uint_eq(b.data[b.len - 1], '\0');
	ck_assert_ptr_eq(memchr(b.data, '\0', b.len), b.data + b.len - 1);
	b.len--;
	ok(att_varlink_reply_parse(att_buf_view(&b), &r, err));
	ck_assert_str_eq(r.error, "io.attestd.Busy");
	ck_assert(json_equal(r.parameters, p));
	att_varlink_reply_done(&r);
	att_buf_reset(&b);
	ok(att_varlink_reply_put(NULL, p, true, &b, err));
	b.len--;
	ok(att_varlink_reply_parse(att_buf_view(&b), &r, err));
	ck_assert(r.continues && r.error == NULL);
	fails(att_varlink_reply_put("Busy", p, false, &b, err), ATT_E_USAGE,
	    "no name of an error");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("varlink/message");
	TCase *t = tcase_create("message");

	tcase_add_test(t, calls_are_read);
	tcase_add_loop_test(t, calls_without_parameters, 0,
	    ATT_COUNT(plain));
	tcase_add_loop_test(t, other_calls_are_refused, 0,
	    ATT_COUNT(bad_calls));
	tcase_add_test(t, no_beginning_of_a_call_is_one);
	tcase_add_test(t, calls_with_one_bit_changed);
	tcase_add_test(t, calls_have_a_size);
	tcase_add_test(t, calls_have_a_depth);
	tcase_add_test(t, calls_are_written);
	tcase_add_loop_test(t, names_are_taken_apart, 0, ATT_COUNT(names));
	tcase_add_test(t, names_have_a_length);
	tcase_add_test(t, replies_are_read);
	tcase_add_loop_test(t, other_replies_are_refused, 0,
	    ATT_COUNT(bad_replies));
	tcase_add_test(t, replies_are_written_and_read_back);
	suite_add_tcase(s, t);
	return run_suite(s);
}
