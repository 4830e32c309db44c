#include "testlib.h"

#include "base/json.h"

/* malloc of all that is linked statically (-Wl,--wrap); the n-th call fails. */
void *__real_malloc(size_t n);
void *__wrap_malloc(size_t n);
static long until_failure;	/* 0: none fails */
static bool lasting;		/* and so do all after it */

void *
__wrap_malloc(size_t n)
{
	if (until_failure == 1)
		until_failure = lasting ? 1 : 0;
	else if (until_failure == 0 || --until_failure > 0)
		return __real_malloc(n);
	return NULL;
}

/* How many allocations a parse makes; each one failed in its turn. */
static long
check_every_failure(const char *text)
{
	AUTO(att_json_decref) json_t *whole = NULL;

	ok(att_json_parse(S(text), 4096, &whole, err));
	for (long n = 1;; n++) {
		AUTO(att_json_decref) json_t *j = NULL;
		struct att_err err = { 0 };
		long left;
		int r;

		until_failure = n;
		r = att_json_parse(S(text), 4096, &j, &err);
		left = until_failure;
		until_failure = 0;
		if (left > 1 || (left == 1 && r == 0)) {
			ck_assert(r == 0 && json_equal(j, whole));
			return n - 1;
		}
		ck_assert_msg(r == ATT_E_NOMEM && j == NULL, "%ld: %s (%s)",
		    n, att_code_name(r), err.text);
	}
}

/*
 * No failure gives another value, blames the text, or does harm: jansson's
 * lexer loses what it has no memory for, the end of a string as well.
 */
START_TEST(parse_without_memory_says_so)
{
	static const char *const texts[] = {
		"{\"a name over sixteen bytes\":\"a value that is as long\"}",
		"{\"n\":[1,2.5,true,\"\\u00e9\"]}",
		/* the quote, an escape's letter, an exponent at the growth */
		"[\"123456789012345\",\"1234567890123456789012345678901\"]",
		"[\"1234567890123\\n\",\"12345678901234\\n\",\"x\\\\\"]",
		"[1234567890123e5,12345678901234e5,123456789012345e5]",
		"\"\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9\\u00e9\"",
		"12345678901234567",
	};
	static const char *const how[] = { "once", "from then on" };

	for (size_t i = 0; i < ATT_COUNT(texts); i++)
		for (size_t k = 0; k < ATT_COUNT(how); k++) {
			long n;

			lasting = k == 1;
			n = check_every_failure(texts[i]);
			ck_assert_msg(n > 3, "%s, %s: only %ld allocations",
			    texts[i], how[k], n);
		}
}
END_TEST

START_TEST(parse_is_strict)
{
	static const char *const bad[] = { "", "{", "{} x", "{\"a\":1,\"a\":2}",
		"[1,]", "nul", "{\"a\":\"\\u0000\"}", "\"\xff\"",
		"{\"n\":99999999999999999999}" };

	for (size_t i = 0; i < ATT_COUNT(bad); i++) {
		AUTO(att_json_decref) json_t *j = NULL;

		ck_assert_msg(att_json_parse(S(bad[i]), 100, &j, NULL) ==
		    ATT_E_FORMAT, "%s", bad[i]);
		ck_assert(j == NULL);
	}
}
END_TEST

START_TEST(nul_bytes_are_refused)
{
	static const char text[] = "[1 ,2]";
	char with[sizeof(text)];
	json_t *j = NULL;

	for (size_t i = 0; i < strlen(text); i++) {
		memcpy(with, text, sizeof(text));
		with[i] = '\0';
		fails(att_json_parse((struct att_slice){
		    (const uint8_t *)with, strlen(text) }, 100, &j, err),
		    ATT_E_FORMAT, "NUL");
	}
	fails(att_json_parse((struct att_slice){ 0 }, 100, &j, err),
	    ATT_E_FORMAT, "");
}
END_TEST

START_TEST(depth_and_size_are_bounded)
{
	char deep[2 * (ATT_JSON_DEPTH_MAX + 1) + 1];
	AUTO(att_json_decref) json_t *j = NULL;

	memset(deep, '[', ATT_JSON_DEPTH_MAX);
	memset(deep + ATT_JSON_DEPTH_MAX, ']', ATT_JSON_DEPTH_MAX);
	deep[2 * ATT_JSON_DEPTH_MAX] = '\0';
	ok(att_json_parse(S(deep), 1000, &j, err));
	fails(att_json_parse(S(deep), 10, &j, err), ATT_E_LIMIT, "at most 10");
	memset(deep, '[', ATT_JSON_DEPTH_MAX + 1);
	fails(att_json_parse(S(deep), 1000, &j, err), ATT_E_LIMIT, "nested");
	/* brackets inside strings do not count */
	fails(att_json_parse(S("\"\\\"[[[[\" [[[["), 1000, &j, err),
	    ATT_E_FORMAT, "line 1");
}
END_TEST

/* 3 bytes of text can cost a reader 200 of memory. */
START_TEST(values_are_bounded)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4u << 20);
	AUTO(att_json_decref) json_t *j = NULL, *over = NULL;

	att_buf_str(&b, "[1");
	for (size_t i = 2; i < ATT_JSON_VALUES_MAX; i++)
		att_buf_str(&b, ",1");
	att_buf_u8(&b, ']');
	ok(att_json_parse(att_buf_view(&b), SIZE_MAX, &j, err));
	ck_assert_uint_eq(json_array_size(j), ATT_JSON_VALUES_MAX - 1);
	b.len--;
	att_buf_str(&b, ",1]");
	fails(att_json_parse(att_buf_view(&b), SIZE_MAX, &over, err),
	    ATT_E_LIMIT, "values");
	/* commas inside strings do not count */
	att_buf_reset(&b);
	att_buf_u8(&b, '"');
	for (size_t i = 0; i <= ATT_JSON_VALUES_MAX; i++)
		att_buf_u8(&b, ',');
	att_buf_u8(&b, '"');
	ok(att_json_parse(att_buf_view(&b), SIZE_MAX, &over, err));
}
END_TEST

START_TEST(members_name_themselves)
{
	AUTO(att_json_decref) json_t *j = NULL;
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(9);
	const char *s = "kept";
	struct att_digest d;
	int64_t n = 5;
	bool flag;

	ok(att_json_parse(S("{\"s\":\"x\",\"n\":7,\"t\":true,\"z\":null,"
			    "\"b\":\"Zm9v\",\"d\":\"00\"}"),
	    100, &j, err));
	ok(att_json_str(j, "s", &s, err));
	ck_assert_str_eq(s, "x");
	ok(att_json_str_opt(j, "z", &s, err));
	ck_assert_str_eq(s, "x");
	fails(att_json_str(j, "n", &s, err), ATT_E_FORMAT, "\"n\" must be");
	fails(att_json_obj(j, "q", &j, err), ATT_E_FORMAT, "\"q\" is missing");
	ok(att_json_int(j, "n", 7, 7, &n, err));
	fails(att_json_int(j, "n", 8, 9, &n, err), ATT_E_FORMAT, "8 to 9");
	ok(att_json_bool(j, "t", &flag, err));
	fails(att_json_bool(j, "n", &flag, err), ATT_E_FORMAT, "true or");
	ok(att_json_base64(j, "b", &b, err));
	ck_assert(b.len == 3);
	fails(att_json_digest(j, "d", ATT_ALG_SHA1, &d, err), ATT_E_FORMAT,
	    "must be 20");
	fails(att_json_only(j, (const char *const[]){ "s", "n", NULL }, err),
	    ATT_E_FORMAT, "is not known");
}
END_TEST

START_TEST(writes_canonically)
{
	AUTO(att_json_decref) json_t *j = json_object();
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(99);

	ok(att_json_put(j, "z", json_integer(1), err));
	ok(att_json_put(j, "a", att_json_text(S("\x1b")), err));
	ok(att_json_put(j, "t", att_json_time_of(0), err));
	fails(att_json_put(j, "n", NULL, err), ATT_E_NOMEM, "memory");
	ok(att_json_write(j, &b, err));
	ck_assert(att_slice_is(att_buf_view(&b),
	    "{\"a\":\"\\\\x1b\",\"t\":\"1970-01-01T00:00:00Z\",\"z\":1}"));
}
END_TEST

/* jansson's own words are the measure. */
static void
check_writing(const char *text)
{
	AUTO_DONE(att_buf_done) struct att_buf canonical = ATT_BUF(4096);
	AUTO_DONE(att_buf_done) struct att_buf pretty = ATT_BUF(4096);
	AUTO(att_json_decref) json_t *j = NULL;
	const size_t flags = JSON_SORT_KEYS | JSON_ENCODE_ANY;
	AUTO(free) char *one = NULL;
	AUTO(free) char *two = NULL;

	ok(att_json_parse(S(text), 4096, &j, err));
	ok(att_json_write(j, &canonical, err));
	ok(att_json_write_pretty(j, &pretty, err));
	one = json_dumps(j, flags | JSON_COMPACT);
	two = json_dumps(j, flags | JSON_INDENT(2));
	ck_assert(att_slice_is(att_buf_view(&canonical), one));
	ck_assert_uint_eq(pretty.len, strlen(two) + 1);
	ck_assert(memcmp(pretty.data, two, strlen(two)) == 0 &&
	    pretty.data[pretty.len - 1] == '\n');
}

START_TEST(writes_as_jansson_does)
{
	static const char *const texts[] = { "{}", "[]", "null", "-17",
		"\"\"", "\"a\\\"b\\\\c\\/d\"", "1.5", "1e300", "0.1",
		"[\"\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\"]",
		"[\"\\u00e9\", \"\xc3\xa9\", \"\\ud83d\\ude00\"]",
		"{\"b\\n\\\"\":{}, \"a\":[[], [1, true, [false]], {\"z\":0, "
		"\"B\":{\"y\":[9223372036854775807]}}], \"\\u00e9\":null, "
		"\"\":\"\"}",
	};

	for (size_t i = 0; i < ATT_COUNT(texts); i++)
		check_writing(texts[i]);
}
END_TEST

START_TEST(writes_no_more_than_fits)
{
	AUTO(att_json_decref) json_t *j = json_pack("{s:[i,s]}", "a", 1,
	    "12345678");

	/* {"a":[1,"12345678"]} */
	for (size_t max = 0; max <= 20; max++) {
		AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(max);

		if (max == 20)
			ok(att_json_write(j, &b, err));
		else
			fails(att_json_write(j, &b, err), ATT_E_LIMIT,
			    "JSON");
	}
	fails(att_json_write(NULL, &(struct att_buf){ .max = 9 }, err),
	    ATT_E_NOMEM, "JSON");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("json");
	TCase *t = tcase_create("json");

	tcase_add_test(t, parse_without_memory_says_so);
	tcase_add_test(t, parse_is_strict);
	tcase_add_test(t, nul_bytes_are_refused);
	tcase_add_test(t, depth_and_size_are_bounded);
	tcase_add_test(t, values_are_bounded);
	tcase_add_test(t, members_name_themselves);
	tcase_add_test(t, writes_canonically);
	tcase_add_test(t, writes_as_jansson_does);
	tcase_add_test(t, writes_no_more_than_fits);
	suite_add_tcase(s, t);
	return run_suite(s);
}
