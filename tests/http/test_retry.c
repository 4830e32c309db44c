#include "testlib.h"

#include "http/retry.h"

#define NOW 784111777	/* Sun, 06 Nov 1994 08:49:37 GMT (RFC 9110, 5.6.7) */

static uint32_t
wait_for(const char *text)
{
	return att_http_retry_after(text, NOW, 5, 3600, 30);
}

START_TEST(seconds)
{
	ck_assert_uint_eq(wait_for("120"), 120);
	ck_assert_uint_eq(wait_for("5"), 5);
	ck_assert_uint_eq(wait_for("3600"), 3600);
	ck_assert_uint_eq(wait_for("007"), 7);
}
END_TEST

START_TEST(dates)
{
	ck_assert_uint_eq(wait_for("Sun, 06 Nov 1994 08:51:37 GMT"), 120);
	ck_assert_uint_eq(wait_for("Sunday, 06-Nov-94 08:51:37 GMT"), 120);
	ck_assert_uint_eq(wait_for("Sun Nov  6 08:51:37 1994"), 120);
}
END_TEST

START_TEST(k20_clamped)
{
	ck_assert_uint_eq(wait_for("0"), 5);
	ck_assert_uint_eq(wait_for("4"), 5);
	ck_assert_uint_eq(wait_for("3601"), 3600);
	ck_assert_uint_eq(wait_for("1000000000000"), 3600);
	ck_assert_uint_eq(wait_for("99999999999999999999999999"), 3600);
	ck_assert_uint_eq(wait_for("Fri, 31 Dec 9999 23:59:59 GMT"), 3600);
	ck_assert_uint_eq(wait_for("Sun, 06 Nov 1994 08:49:38 GMT"), 5);
	ck_assert_uint_eq(att_http_retry_after("", NOW, 5, 3600, 1), 5);
	ck_assert_uint_eq(att_http_retry_after("", NOW, 5, 3600, 9999), 3600);
}
END_TEST

START_TEST(k20_otherwise)
{
	static const char *const bad[] = { "", "soon", "-1", "+60", "60s",
		"6e1", "0x60", "1.5", " 60", "60, 120", "60,60",
		"Sun, 06 Nov 1994 08:49:37 GMT",	/* now */
		"Sun, 06 Nov 1983 08:49:37 GMT",	/* past */
		"Sun, 06 Nov 1994 08:51:37 GMT, 60",
		("Sun, 06 Nov 1994 08:51:37 GMT, "
		 "Sun, 06 Nov 1994 08:51:37 GMT"),
		"Sun, 06 Nov 1994", "Sun", "Sun:", "1994-11-06T08:51:37Z",
		"Sun, 99 Nov 1994 08:51:37 GMT", "\xff\xff" };

	for (size_t i = 0; i < ATT_COUNT(bad); i++)
		ck_assert_msg(wait_for(bad[i]) == 30, "%s", bad[i]);
	ck_assert_uint_eq(wait_for(NULL), 30);
}
END_TEST

START_TEST(dates_alone)
{
	static const char *const bad[] = { "", "120", "soon",
		"1994-11-06T08:51:37Z",
		("Sun, 06 Nov 1994 08:51:37 GMT, "
		 "Sun, 06 Nov 1994 08:51:37 GMT") };

	ck_assert_int_eq(att_http_date("Sun, 06 Nov 1994 08:49:37 GMT", 7),
	    NOW);
	ck_assert_int_eq(att_http_date(NULL, 7), 7);
	for (size_t i = 0; i < ATT_COUNT(bad); i++)
		ck_assert_int_eq(att_http_date(bad[i], 7), 7);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("retry");
	TCase *t = tcase_create("retry");

	tcase_add_test(t, seconds);
	tcase_add_test(t, dates);
	tcase_add_test(t, dates_alone);
	tcase_add_test(t, k20_clamped);
	tcase_add_test(t, k20_otherwise);
	suite_add_tcase(s, t);
	return run_suite(s);
}
