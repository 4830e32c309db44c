#include "testlib.h"

#include "base/number.h"

#define UNTOUCHED 77u

static const struct {
	const char *text;
	uint64_t max, value;
} good[] = {
	{ "0", 0, 0 },
	{ "000", 0, 0 },
	{ "7", 7, 7 },
	{ "0000000000000000000000000000042", 42, 42 },
	{ "255", 255, 255 },
	{ "4294967296", UINT64_MAX, 4294967296 },
	{ "9223372036854775807", INT64_MAX, INT64_MAX },
	{ "18446744073709551615", UINT64_MAX, UINT64_MAX },
};

static const struct {
	const char *text;
	uint64_t max;
} bad[] = {
	{ "", UINT64_MAX },
	{ "1", 0 },
	{ "8", 7 },
	{ "256", 255 },
	{ "9223372036854775808", INT64_MAX },
	{ "18446744073709551616", UINT64_MAX },
	{ "18446744073709551620", UINT64_MAX },
	/* what these are modulo 2^64 is small */
	{ "184467440737095516160", UINT64_MAX },
	{ "36893488147419103233", UINT64_MAX },
	{ "99999999999999999999999999999999", UINT64_MAX },
	{ "+1", UINT64_MAX },
	{ "-1", UINT64_MAX },
	{ "-0", UINT64_MAX },
	{ " 1", UINT64_MAX },
	{ "\t1", UINT64_MAX },
	{ ".5", UINT64_MAX },
	{ "x1", UINT64_MAX },
	/* U+0661, a digit of another script */
	{ "\331\241", UINT64_MAX },
};

/* What stands behind it is refused where nothing may, and left there else. */
static const char *const behind[] = { "1 ", "1x", "0x10", "1-2", "1.5", "1\n",
	"1e3", "1_000" };

START_TEST(numbers)
{
	for (size_t i = 0; i < ATT_COUNT(good); i++) {
		const char *at = good[i].text;
		uint64_t v = UNTOUCHED, w = UNTOUCHED;

		ck_assert(att_number_read(at, good[i].max, &v));
		ck_assert_msg(v == good[i].value, "%s", good[i].text);
		ck_assert(att_number_take(&at, good[i].max, &w));
		ck_assert(w == good[i].value && *at == '\0');
	}
}
END_TEST

START_TEST(nothing_else)
{
	for (size_t i = 0; i < ATT_COUNT(bad); i++) {
		const char *at = bad[i].text;
		uint64_t v = UNTOUCHED;

		ck_assert_msg(!att_number_read(at, bad[i].max, &v) &&
		    !att_number_take(&at, bad[i].max, &v), "%s",
		    bad[i].text);
		ck_assert(v == UNTOUCHED && at == bad[i].text);
	}
	for (size_t i = 0; i < ATT_COUNT(behind); i++) {
		const char *at = behind[i];
		uint64_t v = UNTOUCHED;

		ck_assert_msg(!att_number_read(at, UINT64_MAX, &v), "%s", at);
		ck_assert(v == UNTOUCHED);
		ck_assert(att_number_take(&at, UINT64_MAX, &v));
		ck_assert(v <= 1 && at == behind[i] + 1);
	}
}
END_TEST

/* A slice ends where it ends, and a NUL in it is no digit. */
START_TEST(of_a_slice)
{
	static const uint8_t digits[] = { '1', '2', '3', '\0', '4' };
	uint64_t v = UNTOUCHED;

	ck_assert(att_number_of((struct att_slice){ digits, 2 }, 99, &v));
	ck_assert_uint_eq(v, 12);
	v = UNTOUCHED;
	ck_assert(!att_number_of((struct att_slice){ digits, 5 }, UINT64_MAX,
	    &v));
	ck_assert(!att_number_of((struct att_slice){ digits, 0 }, UINT64_MAX,
	    &v));
	ck_assert_uint_eq(v, UNTOUCHED);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("number");
	TCase *t = tcase_create("number");

	tcase_add_test(t, numbers);
	tcase_add_test(t, nothing_else);
	tcase_add_test(t, of_a_slice);
	suite_add_tcase(s, t);
	return run_suite(s);
}
