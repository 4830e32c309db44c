#include "../testlib.h"

#include <getopt.h>

#include "agent/ctl_option.h"

static const struct att_ctl_command cmd = { "test", "[options]", "A test.",
	NULL };

/* What a command line with these words leaves behind. */
static struct {
	bool flag;
	const char *text;
	struct att_ctl_words words;
	uint32_t pcrs;
	int64_t number, time;
	const char *set;
	int status, rest;
} got;

static int
set(void *arg, const char *value)
{
	ck_assert_ptr_eq(arg, &got);
	got.set = value;
	return strcmp(value, "bad") == 0 ? ATT_CTL_INPUT : ATT_CTL_GOOD;
}

static bool
reads(const char **argv)
{
	const struct att_ctl_option table[] = {
		{ "flag", 'f', .flag = &got.flag },
		{ "number", .number = &got.number, .min = 2, .max = 10 },
		{ "pcrs", .pcrs = &got.pcrs },
		{ "set", .set = set },
		{ "text", 't', .text = &got.text },
		{ "time", .time = &got.time },
		{ "word", .words = &got.words },
		{ 0 },
	};
	int argc = 0;
	bool go_on;

	while (argv[argc] != NULL)
		argc++;
	memset(&got, 0, sizeof(got));
	got.status = -1;
	optind = 0;	/* getopt(3): begins anew */
	go_on = att_ctl_options(&cmd, table, &got, argc,
	    (char **)(uintptr_t)argv, &got.status);
	got.rest = argc - optind;
	return go_on;
}

#define READS(...) reads((const char *[]){ "test", __VA_ARGS__, NULL })

/* It ends there, with this status. */
#define ENDS(want, ...)                                                      \
	do {                                                                 \
		ck_assert_msg(!READS(__VA_ARGS__), "went on");               \
		ck_assert_int_eq(got.status, (want));                        \
	} while (0)

START_TEST(places)
{
	ck_assert(READS("verb", "-ft", "a", "--pcrs", "0-1,7", "--number=10",
	    "--set", "x", "--time", "1970-01-01T00:01:00Z", "--word", "b",
	    "--word", "c", "file"));
	ck_assert(got.flag);
	ck_assert_str_eq(got.text, "a");
	ck_assert_uint_eq(got.pcrs, 0x83);
	ck_assert_int_eq(got.number, 10);
	ck_assert_str_eq(got.set, "x");
	ck_assert_int_eq(got.time, 60);
	ck_assert_uint_eq(got.words.count, 2);
	ck_assert_str_eq(got.words.word[1], "c");
	ck_assert_ptr_null(got.words.word[2]);
	ck_assert_int_eq(got.rest, 2);
}
END_TEST

START_TEST(refused)
{
	ENDS(ATT_CTL_GOOD, "--help", "--none");
	ENDS(ATT_CTL_GOOD, "-h");
	ENDS(ATT_CTL_USAGE, "--none");
	ENDS(ATT_CTL_USAGE, "-x");
	ENDS(ATT_CTL_USAGE, "--text");
	ENDS(ATT_CTL_USAGE, "--flag=yes");
	ENDS(ATT_CTL_USAGE, "--number", "1");
	ck_assert(READS("--number", "2"));
	ENDS(ATT_CTL_USAGE, "--number", "11");
	ENDS(ATT_CTL_USAGE, "--number", "-2");
	ENDS(ATT_CTL_USAGE, "--number", "2x");
	ENDS(ATT_CTL_USAGE, "--time", "now");
	ENDS(ATT_CTL_USAGE, "--pcrs", "24");
	ENDS(ATT_CTL_INPUT, "--set", "bad", "-f");
	ck_assert(!got.flag);
}
END_TEST

START_TEST(too_many_words)
{
	const char *argv[ATT_CTL_WORDS_MAX + 3] = { "test" };

	for (size_t i = 1; i <= ATT_CTL_WORDS_MAX; i++)
		argv[i] = "--word=a";
	ck_assert(reads(argv));
	ck_assert_ptr_null(got.words.word[ATT_CTL_WORDS_MAX]);
	argv[ATT_CTL_WORDS_MAX + 1] = "--word=a";
	ck_assert(!reads(argv));
	ck_assert_int_eq(got.status, ATT_CTL_USAGE);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ctl_option");
	TCase *t = tcase_create("all");

	tcase_add_test(t, places);
	tcase_add_test(t, refused);
	tcase_add_test(t, too_many_words);
	suite_add_tcase(s, t);
	return run_suite(s);
}
