#include "testlib.h"

#include "appraise/pattern.h"

static struct att_patterns *
compiled(const char *json)
{
	AUTO(att_json_decref) json_t *list = NULL;
	struct att_patterns *p = NULL;

	ok(att_json_parse(S(json), 1u << 20, &list, err));
	ok(att_patterns_parse(list, &p, err));
	return p;
}

static bool
fits(const struct att_patterns *p, struct att_slice path)
{
	bool does = false;

	ok(att_patterns_match(p, path, &does, err));
	return does;
}

static bool
matches(const char *json, const char *path)
{
	AUTO(att_patterns_free) struct att_patterns *p = compiled(json);

	return fits(p, S(path));
}

START_TEST(a_pattern_fits_the_whole_path)
{
	ck_assert(matches("[\"/tmp/.*\"]", "/tmp/x/y"));
	ck_assert(!matches("[\"/tmp/.*\"]", "/var/tmp/x"));
	ck_assert(!matches("[\"/tmp\"]", "/tmp/x"));
	/* an alternative is no way around that */
	ck_assert(!matches("[\"/a|/b\"]", "/bin/sh"));
	ck_assert(!matches("[\"/a|/b\"]", "/x/b"));
	ck_assert(matches("[\"/a|/b\"]", "/b"));
	ck_assert(matches("[\"/no\", \"/x[0-9]{2,4}\\\\.so\"]", "/x123.so"));
	ck_assert(!matches("[\"/x[0-9]{2,4}\\\\.so\"]", "/x123_so"));
	ck_assert(matches("[\"/[]x]\", \"/[^]/[:digit:]]b\"]", "/ab"));
	ck_assert(!matches("[]", "/a"));
	ck_assert(!matches("[\".*\"]", ""));
}
END_TEST

START_TEST(paths_of_any_bytes_and_length)
{
	AUTO(att_patterns_free) struct att_patterns *p =
	    compiled("[\"/a.*\"]");
	static uint8_t path[ATT_PATTERN_PATH_MAX + 1];

	memset(path, 0xff, sizeof(path));
	path[0] = '/';
	path[1] = 'a';
	path[9] = '\n';
	ck_assert(fits(p, (struct att_slice){ path,
	    ATT_PATTERN_PATH_MAX }));
	ck_assert(!fits(p, (struct att_slice){ path,
	    ATT_PATTERN_PATH_MAX + 1 }));
	/* what stands behind a NUL would not be looked at */
	path[8] = '\0';
	ck_assert(!fits(p, (struct att_slice){ path, 20 }));
}
END_TEST

START_TEST(refuses)
{
	static const struct {
		const char *json, *word;
		int code;
	} bad[] = {
		{ "{}", "array", ATT_E_FORMAT },
		{ "[\"/a\", 7]", "pattern 1: ", ATT_E_FORMAT },
		{ "[\"\"]", "0 bytes", ATT_E_LIMIT },
		{ "[\"(a\"]", "without its )", ATT_E_FORMAT },
		{ "[\"a)\"]", "without its (", ATT_E_FORMAT },
		{ "[\"a)(b\"]", "without its (", ATT_E_FORMAT },
		{ "[\"[a\"]", "without its ]", ATT_E_FORMAT },
		{ "[\"[[:alpha:]\"]", "without its ]", ATT_E_FORMAT },
		{ "[\"[[:nothing:]]\"]", "[[:nothing:]]", ATT_E_FORMAT },
		{ "[\"(a)\\\\1\"]", "backslash", ATT_E_FORMAT },
		{ "[\"\\\\w\"]", "backslash", ATT_E_FORMAT },
		{ "[\"\\\\<a\"]", "backslash", ATT_E_FORMAT },
		{ "[\"a\\\\\"]", "backslash", ATT_E_FORMAT },
		{ "[\"(?=a)\"]", "Python", ATT_E_FORMAT },
		{ "[\"a{\"]", "{ }", ATT_E_FORMAT },
		{ "[\"a{,3}\"]", "{ }", ATT_E_FORMAT },
		{ "[\"a{3,2}\"]", "{ }", ATT_E_FORMAT },
		{ "[\"a{65}\"]", "{ }", ATT_E_FORMAT },
		{ "[\"(a{9}){8}\"]", "{ }", ATT_E_FORMAT },
		{ "[\"a{99999999999999999999}\"]", "{ }", ATT_E_FORMAT },
		{ "[\"((((((((((((((((((a))))))))))))))))))\"]", "deep",
		    ATT_E_FORMAT },
	};
	struct att_patterns *p = NULL;

	for (size_t i = 0; i < ATT_COUNT(bad); i++) {
		AUTO(att_json_decref) json_t *list = NULL;

		ok(att_json_parse(S(bad[i].json), 4096, &list, err));
		fails(att_patterns_parse(list, &p, err), bad[i].code,
		    bad[i].word);
	}
	ck_assert_ptr_null(p);
}
END_TEST

static json_t *
list_of(size_t n, const char *text)
{
	json_t *list = json_array();

	while (n-- > 0)
		ok(att_json_add(list, json_string(text), err));
	return list;
}

START_TEST(limits)
{
	char text[ATT_PATTERN_MAX + 2], repeat[ATT_PATTERN_MAX + 1];
	size_t most = ATT_PATTERNS_SIZE_MAX / ATT_PATTERN_MAX /
	    ATT_PATTERN_REPEAT_MAX;

	memset(text, 'a', sizeof(text));
	text[ATT_PATTERN_MAX + 1] = '\0';
	memset(repeat, 'a', sizeof(repeat));
	memcpy(repeat + ATT_PATTERN_MAX - 4, "{64}", 5);
	for (int over = 0; over < 2; over++) {
		AUTO(att_patterns_free) struct att_patterns *many = NULL,
		    *one = NULL, *large = NULL;
		AUTO(att_json_decref) json_t *m =
		    list_of(ATT_PATTERNS_MAX + (size_t)over, "/a");
		AUTO(att_json_decref) json_t *o = list_of(1,
		    text + 1 - over);
		AUTO(att_json_decref) json_t *l =
		    list_of(most + (size_t)over, repeat);

		if (over == 0) {
			ok(att_patterns_parse(m, &many, err));
			ok(att_patterns_parse(o, &one, err));
			ok(att_patterns_parse(l, &large, err));
			continue;
		}
		fails(att_patterns_parse(m, &many, err), ATT_E_LIMIT,
		    "at most 256");
		fails(att_patterns_parse(o, &one, err), ATT_E_LIMIT,
		    "4096 bytes");
		fails(att_patterns_parse(l, &large, err), ATT_E_LIMIT,
		    "repeat too much");
	}
}
END_TEST

/* These take time without end where matching goes back and tries again. */
START_TEST(hostile_patterns_end)
{
	static const char *const hostile[] = { "[\"(a*)*b\"]",
		"[\"(a|aa)+c\"]", "[\"(a|a?)+c\"]", "[\"((a+)+)+c\"]",
		"[\"(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)c\"]",
		"[\".*.*.*.*.*.*.*.*.*.*.*.*.*.*.*c\"]" };
	char path[ATT_PATTERN_PATH_MAX + 1];

	memset(path, 'a', sizeof(path));
	path[ATT_PATTERN_PATH_MAX] = '\0';
	for (size_t i = 0; i < ATT_COUNT(hostile); i++)
		ck_assert(!matches(hostile[i], path));
}
END_TEST

/* Never a crash; what is taken compiles, and matching it ends. */
START_TEST(any_text_is_taken_or_refused)
{
	static const char letters[] = "(){}[]|*+?^$.\\/a1,-:=";
	unsigned taken = 0, refused = 0, fit = 0, seed = 7;

	for (unsigned i = 0; i < 20000; i++) {
		AUTO(att_patterns_free) struct att_patterns *p = NULL;
		AUTO(att_json_decref) json_t *list = NULL;
		char text[13] = "";

		for (size_t k = 0; k < 1 + i % 12; k++) {
			seed = seed * 1103515245 + 12345;
			text[k] = letters[(seed >> 16) %
			    (sizeof(letters) - 1)];
		}
		list = list_of(1, text);
		if (att_patterns_parse(list, &p, NULL) < 0) {
			refused++;
			continue;
		}
		taken++;
		fit += fits(p, S("/a/1-a,(a)"));
	}
	ck_assert_uint_gt(taken, 500);
	ck_assert_uint_gt(refused, 500);
	printf("%u patterns taken, %u refused, %u fit\n", taken, refused,
	    fit);
}
END_TEST

START_TEST(from_python)
{
	static const struct {
		const char *python, *posix;	/* NULL: none */
	} cases[] = {
		/* the first as re.fullmatch has it, others as re.match */
		{ "/a/.*", "(/a/.*)" },
		{ "/tmp/.*", "(/tmp/.*).*" },
		{ "^/var/log/[^/]+\\.log$", "(^/var/log/[^/]+\\.log$).*" },
		{ "(?:/a|/b)+?", "((/a|/b)+).*" },
		{ "/x\\d{2,3}\\w*", "(/x[0-9]{2,3}[A-Za-z0-9_]*).*" },
		{ "/[\\w.-]+/\\-\\_\\ ", "(/[A-Za-z0-9_.-]+/\\-_ ).*" },
		{ "(?!/bin)", NULL },
		{ "(?i)/a", NULL },
		{ "(?P<n>a)", NULL },
		{ "(a)\\1", NULL },
		{ "a\\b", NULL },
		{ "a++", NULL },
		{ "/[]\\d]+/[^]a]", "(/[]0-9]+/[^]a]).*" },
		{ "[a", NULL },
		{ "[]", NULL },
		{ "[\\D]", NULL },
		{ "a\\", NULL },
	};

	for (size_t i = 0; i < ATT_COUNT(cases); i++) {
		AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);

		if (cases[i].posix == NULL) {
			fails(att_pattern_from_python(cases[i].python,
				  false, &b, err), ATT_E_UNSUPPORTED, "");
			continue;
		}
		ok(att_pattern_from_python(cases[i].python, i == 0, &b, err));
		ck_assert(att_slice_is(att_buf_view(&b), cases[i].posix));
	}
	/* re.match looks at the beginning only */
	ck_assert(matches("[\"(/tmp).*\"]", "/tmpfile"));
	ck_assert(!matches("[\"(^/tmp$).*\"]", "/tmpfile"));
	ck_assert(matches("[\"(^/tmp$).*\"]", "/tmp"));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("pattern");
	TCase *t = tcase_create("pattern");

	tcase_add_test(t, a_pattern_fits_the_whole_path);
	tcase_add_test(t, paths_of_any_bytes_and_length);
	tcase_add_test(t, refuses);
	tcase_add_test(t, limits);
	tcase_add_test(t, hostile_patterns_end);
	tcase_add_test(t, any_text_is_taken_or_refused);
	tcase_add_test(t, from_python);
	suite_add_tcase(s, t);
	return run_suite(s);
}
