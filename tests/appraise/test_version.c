#include "tests/testlib.h"

#include "appraise/version.h"

/* Each is newer than the one before it. */
static const char *const dotted[] = { "", "0.9", "1", "1.0a", "1.0b", "1.1",
	"1.2~rc1", "1.2", "1.2b", "1.2.1", "1.9", "1.10", "2.0", "10.0",
	NULL };
static const char *const ami[] = { "5.19", "5.32_F80A", "5.32_F80B", "12.0",
	"12.04.01", "12.6.9", "12.7", "13.0", "13.4", "13.5", NULL };
static const char *const dell[] = { "1.8.2", "2.8.2", "2.10.2", "2.12.0",
	"6.10.80.00", "7.00.00.00", "7.00.30.00", "7.10.30.00", NULL };
static const char *const hpe[] = { "A40 v2.90 (04/08/2024)",
	"U30 v2.36 (07/16/2020)", "U30 v2.104 (12/06/2023)",
	"U30 v2.104 (01/05/2024)", "U46 v1.20 (02/02/2022)", NULL };
static const char *const ilo[] = { "iLO 5 v2.9", "iLO 5 2.72", "iLO 6 v1.55",
	"iLO 6 1.56", NULL };
static const char *const supermicro[] = { "1.4", "1.4a", "1.4b", "1.10",
	"2.1", "3.1a", NULL };
static const char *const lenovo[] = { "AFBT58A", "CDI3A8X", "CDI3A8Y",
	"CDI3B0A", "CDI3B2", "ESE126B-3.30", "ESE126B-3.31", "ESE128A-3.30",
	NULL };
static const char *const vbios[] = { "92.00.19.00.0F", "92.00.19.00.10",
	"92.00.45.00.03", "94.02.71.40.89", "96.00.59.00.01",
	"96.00.5E.00.01", "96.00.74.00.01", "96.00.89.00.02",
	"96.00.A0.00.01", "97.00.00.00.00", NULL };
static const char *const mellanox[] = { "16.35.2000", "20.31.1014",
	"20.31.2006", "20.40.1000", "28.39.1002", "28.39.1002-rc1",
	"28.40.998", "28.40.1000", NULL };
static const char *const microcode[] = { "0xa0011d5", "0x2b000461",
	"0x2b000571", "0x2b000590", "0x2b0005C0", "0x2b000a00", NULL };
static const char *const intel_nic[] = { "4.30 0x80015fff 1.3534.0",
	"4.40 0x8001c967 1.3429.0", "4.40 0x8001c967 1.3534.0",
	"4.40 0x8001d000 1.0.0", NULL };
static const char *const nvme[] = { "GDC7202Q", "GDC7302Q", "GDC7402Q",
	"GDC7402R", "MPK7525Q", NULL };
static const char *const dates[] = { "12/31/2019", "01/05/2020",
	"02/01/2020", "02/11/2020", "11/02/2020", "01/01/2021", NULL };
static const char *const iso[] = { "2019-12-31", "2020-01-05", "2020-11-02",
	"20200105", "20201102", NULL };

static const char *const *const orders[] = { dotted, ami, dell, hpe, ilo,
	supermicro, lenovo, vbios, mellanox, microcode, intel_nic, nvme, dates,
	iso };

static int
sign(int v)
{
	return (v > 0) - (v < 0);
}

START_TEST(each_is_newer_than_those_before)
{
	const char *const *list = orders[_i];

	for (size_t i = 0; list[i] != NULL; i++)
		for (size_t k = 0; list[k] != NULL; k++)
			ck_assert_msg(sign(att_version_compare(list[i],
					  list[k])) == (i > k) - (i < k),
			    "%s, %s", list[i], list[k]);
}
END_TEST

/* What is written in two ways is one version. */
static const struct {
	const char *a, *b;
} same[] = {
	{ "1", "1.0.0" }, { "1.2", "1-2" }, { "1.2", "v1.2" },
	{ "1.2", "V1.2" }, { "2.08", "2.8" }, { "1.2B", "1.2b" },
	{ "0x2B000590", "0x2b000590" }, { "0x0010", "16" },
	{ "iLO 5 v2.72", "iLO 5 2.72" }, { "", "..." }, { "", "0" },
	{ "05/12/2023", "2023-05-12" }, { "1.2 ", " 1.2" },
	{ "99999999999999999999999", "99999999999999999999998" },
	{ "18446744073709551615", "18446744073709551616" },
	{ "0xffffffffffffffff", "0x1ffffffffffffffff" },
};

START_TEST(written_in_two_ways)
{
	ck_assert_int_eq(att_version_compare(same[_i].a, same[_i].b), 0);
	ck_assert_int_eq(att_version_compare(same[_i].b, same[_i].a), 0);
}
END_TEST

/* Shapes that are nearly another one. */
static const struct {
	const char *less, *more;
} shapes[] = {
	{ "0x", "0xg" }, { "0xf", "16" }, { "96.00.5E.00", "96.00.59.00" },
	{ "96.00.5E.00.001", "96.00.59.00.001" }, { "1/2/2023", "1/3/2022" },
	{ "05/12/20233", "06/12/20221" }, { "v", "va" }, { "va1", "vb1" },
	{ "1.2~", "1.2" }, { "1.2~~", "1.2~" }, { "~", "" },
	{ "18446744073709551614", "18446744073709551615" },
	{ "1.a", "1.1" }, { "rc1", "1" }, { "1.2\xc3\xa9" "3", "1.2.4" },
};

START_TEST(shapes_that_are_nearly_others)
{
	ck_assert_int_lt(att_version_compare(shapes[_i].less,
			     shapes[_i].more), 0);
	ck_assert_int_gt(att_version_compare(shapes[_i].more,
			     shapes[_i].less), 0);
}
END_TEST

#define ALL_MAX 256

static size_t
collect(const char **all)
{
	size_t n = 0;

	for (size_t i = 0; i < ATT_COUNT(orders); i++)
		for (const char *const *p = orders[i]; *p != NULL; p++)
			all[n++] = *p;
	for (size_t i = 0; i < ATT_COUNT(same); i++) {
		all[n++] = same[i].a;
		all[n++] = same[i].b;
	}
	for (size_t i = 0; i < ATT_COUNT(shapes); i++) {
		all[n++] = shapes[i].less;
		all[n++] = shapes[i].more;
	}
	ck_assert_uint_le(n, ALL_MAX);
	return n;
}

/* Across all kinds: a <= b and b <= c make a <= c, and it has two sides. */
START_TEST(it_is_a_total_preorder)
{
	static int8_t order[ALL_MAX][ALL_MAX];
	const char *all[ALL_MAX];
	size_t n = collect(all), triples = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < n; k++)
			order[i][k] = (int8_t)sign(att_version_compare(all[i],
			    all[k]));
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < n; k++) {
			ck_assert_msg(order[i][k] == -order[k][i], "%s, %s",
			    all[i], all[k]);
			for (size_t m = 0; m < n; m++, triples++)
				if (order[i][k] <= 0 && order[k][m] <= 0 &&
				    order[i][m] > 0)
					ck_abort_msg("%s, %s, %s", all[i],
					    all[k], all[m]);
		}
	ck_assert_uint_gt(triples, 1000000);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("version");
	TCase *tc = tcase_create("version");

	tcase_add_loop_test(tc, each_is_newer_than_those_before, 0,
	    (int)ATT_COUNT(orders));
	tcase_add_loop_test(tc, written_in_two_ways, 0,
	    (int)ATT_COUNT(same));
	tcase_add_loop_test(tc, shapes_that_are_nearly_others, 0,
	    (int)ATT_COUNT(shapes));
	tcase_add_test(tc, it_is_a_total_preorder);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
