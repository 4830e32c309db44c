#include "quote_scene.h"

/* -- selection and digest ------------------------------------------------ */

START_TEST(selection_is_the_wanted_one)
{
	struct scene s;

	scene(&s, &other);
	s.a.select[0].mask = 0x7f;
	fails_with(&s, ATT_F_QUOTE_SELECTION, "PCR 7 (sha256) missing");
	scene(&s, &other);
	s.a.select_count = 1;
	fails_with(&s, ATT_F_QUOTE_SELECTION,
	    "PCR 4 (sha384) missing");
	scene(&s, &other);
	s.select[0].mask = 0xf7;
	fails_with(&s, ATT_F_QUOTE_SELECTION,
	    "PCR 3 (sha256) not asked for");
	scene(&s, &other);
	s.want.select_count = 1;
	fails_with(&s, ATT_F_QUOTE_SELECTION,
	    "PCR 4 (sha384) not asked for");
	/* one that selects nothing is not the wanted list either */
	scene(&s, &other);
	s.a.select[s.a.select_count++] =
	    (struct att_pcr_select){ ATT_ALG_SHA1, 0 };
	fails_with(&s, ATT_F_QUOTE_SELECTION, "bank sha1 not asked for");
	scene(&s, &other);
	s.a.select[s.a.select_count++] =
	    (struct att_pcr_select){ 0x0027, 0 };
	fails_with(&s, ATT_F_QUOTE_SELECTION, "bank unknown not asked for");
}
END_TEST

/* Agents of Keylime sign PCR 16 as well. */
START_TEST(extra_pcrs_where_policy_names_them)
{
	struct scene s;

	scene(&s, &other);
	set_pcr(&s, ATT_ALG_SHA256, 16, 0x16);
	s.a.select[0].mask |= 1u << 16;
	fails_with(&s, ATT_F_QUOTE_SELECTION, "PCR 16");
	scene(&s, &other);
	set_pcr(&s, ATT_ALG_SHA256, 16, 0x16);
	s.a.select[0].mask |= 1u << 16;
	s.want.extra_mask = 1u << 16;
	holds(&s);
	ck_assert_uint_eq(s.found, 0);
	/* it may be signed, it need not */
	scene(&s, &other);
	s.want.extra_mask = 1u << 16;
	holds(&s);
	/* and does not bring a bank with it that nobody asked for */
	scene(&s, &other);
	set_pcr(&s, ATT_ALG_SHA1, 16, 0x16);
	s.a.select[s.a.select_count++] =
	    (struct att_pcr_select){ ATT_ALG_SHA1, 1u << 16 };
	s.want.extra_mask = 1u << 16;
	fails_with(&s, ATT_F_QUOTE_SELECTION, "PCR 16 (sha1) not asked for");
}
END_TEST

START_TEST(nothing_asked_for_is_nothing_proven)
{
	struct scene s;

	scene(&s, &other);
	s.want.select_count = 0;
	s.a.select_count = 0;
	fails_with(&s, ATT_F_QUOTE_SELECTION, "none was asked for");
	scene(&s, &other);
	s.select[0].mask = s.select[1].mask = 0;
	s.a.select_count = 0;
	fails_with(&s, ATT_F_QUOTE_SELECTION, "none was asked for");
	scene(&s, &other);
	s.select[0].mask = s.select[1].mask = 0;
	s.a.select[0].mask = s.a.select[1].mask = 0;
	fails_with(&s, ATT_F_QUOTE_SELECTION, "not asked for");
	ck_assert_str_eq(s.f[s.found - 1].what, "none was asked for");
}
END_TEST

/* case 21: hosts list their banks in either order, and sign it so. */
START_TEST(case_21_banks_in_any_order)
{
	struct scene s;

	scene(&s, &other);
	s.a.select[0] = s.select[1];
	s.a.select[1] = s.select[0];
	holds(&s);
}
END_TEST

START_TEST(values_are_the_signed_ones)
{
	static const uint8_t zero[32];
	struct scene s;

	scene(&s, &other);
	sign(&s);
	set_pcr(&s, ATT_ALG_SHA256, 5, 0x99);
	fails_with(&s, ATT_F_QUOTE_DIGEST, "not the quoted ones");
	ck_assert_uint_eq(s.f[0].expected.len, 32);
	ck_assert_uint_eq(s.f[0].found.len, 32);
	scene(&s, &other);
	sign(&s);
	s.e.pcrs.bank[1].mask = 0;
	fails_with(&s, ATT_F_QUOTE_DIGEST, "no value of PCR 4");
	scene(&s, &other);
	s.a.pcr_digest = (struct att_slice){ zero, 32 };
	fails_with(&s, ATT_F_QUOTE_DIGEST, "not the quoted ones");
	s.a.pcr_digest.len = 20;
	scene(&s, &other);
	s.a.pcr_digest = (struct att_slice){ zero, 20 };
	fails_with(&s, ATT_F_QUOTE_DIGEST, "not the quoted ones");
	ck_assert_uint_eq(s.f[0].expected.alg, 0);
}
END_TEST

/* CVE-2022-0317: a value outside the selection is worth nothing. */
START_TEST(values_outside_the_selection_are_dropped)
{
	struct att_slice v;
	struct scene s;

	scene(&s, &other);
	set_pcr(&s, ATT_ALG_SHA256, 14, 0x14);
	set_pcr(&s, ATT_ALG_SHA1, 7, 0x07);
	holds(&s);
	ck_assert_uint_eq(s.found, 2);
	ck_assert_int_eq(s.f[0].code, ATT_F_PCR_NOT_QUOTED);
	ck_assert_str_eq(s.f[0].what, "PCR 14 (sha256)");
	ck_assert_int_eq(s.f[1].bank, ATT_ALG_SHA1);
	ck_assert(!att_pcrs_get(&s.quote.pcrs, ATT_ALG_SHA256, 14, &v));
	ck_assert(att_pcrs_bank(&s.quote.pcrs, ATT_ALG_SHA1) == NULL);
}
END_TEST

/* -- time ---------------------------------------------------------------- */

/* case 20: reset and restart counters, and the safe flag. */
START_TEST(case_20_counters)
{
	struct scene s;

	scene(&s, &other);
	s.a.reset_count = 9;
	s.a.restart_count = 0;
	holds_with(&s, ATT_F_REBOOTED);
	scene(&s, &other);
	s.a.reset_count = 9;
	s.want.same_boot = true;
	ck_assert_uint_eq(fails_with(&s, ATT_F_REBOOT_HIDDEN,
	    "reset 2 times")->number[1], 2);
	scene(&s, &other);
	s.a.restart_count = 3;
	s.want.same_boot = true;
	holds_with(&s, ATT_F_SUSPENDED);
	ck_assert_int_eq(s.f[0].severity, ATT_SEVERITY_WARN);
	scene(&s, &other);
	s.a.safe = false;
	holds_with(&s, ATT_F_CLOCK_UNSAFE);
	ck_assert_int_eq(s.f[0].severity, ATT_SEVERITY_WARN);
	ck_assert(!s.quote.state.safe);
	scene(&s, &other);
	s.a.reset_count = 6;
	fails_with(&s, ATT_F_RESET_REWOUND, "from 7 to 6");
	scene(&s, &other);
	s.a.restart_count = 1;
	fails_with(&s, ATT_F_RESTART_REWOUND, "from 2 to 1");
}
END_TEST

/* Of a key outside the endorsement hierarchy counters begin anywhere. */
START_TEST(counters_are_compared_modulo)
{
	struct scene s;

	scene(&s, &other);
	s.last.reset_count = UINT32_MAX;
	s.a.reset_count = 0;
	holds_with(&s, ATT_F_REBOOTED);
	scene(&s, &other);
	s.last.reset_count = 0;
	s.a.reset_count = UINT32_MAX;
	fails_with(&s, ATT_F_RESET_REWOUND, "went back");
	scene(&s, &other);
	s.last.restart_count = UINT32_MAX;
	s.a.restart_count = 1;
	holds_with(&s, ATT_F_SUSPENDED);
}
END_TEST

/* case 22: a quote that is older than the one before. */
START_TEST(case_22_clock)
{
	struct scene s;

	scene(&s, &other);
	s.a.clock = s.last.clock;
	holds(&s);
	scene(&s, &other);
	s.a.clock = s.last.clock - 1;
	fails_with(&s, ATT_F_CLOCK_REWOUND, "from 4000000 to 3999999");
	/* not within a boot, however unsafe the clock is */
	scene(&s, &other);
	s.a.clock = s.last.clock - 1;
	s.a.safe = false;
	ck_assert_int_eq(check(&s), 0);
	ck_assert_int_eq(s.f[1].code, ATT_F_CLOCK_REWOUND);
	signed_quote_done(&s.q);
}
END_TEST

/* A loss of power sets the clock back by up to 2^22 ms, and safe says so. */
START_TEST(clock_after_a_loss_of_power)
{
	struct scene s;

	scene(&s, &other);
	s.last.clock = 1 << 23;
	s.a.clock = s.last.clock - (1 << 22);
	s.a.reset_count++;
	s.a.safe = false;
	holds(&s);
	scene(&s, &other);
	s.last.clock = 1 << 23;
	s.a.clock = s.last.clock - (1 << 22) - 1;
	s.a.reset_count++;
	s.a.safe = false;
	ck_assert_int_eq(check(&s), 0);
	signed_quote_done(&s.q);
	scene(&s, &other);
	s.last.clock = 1 << 23;
	s.a.clock = s.last.clock - 1;
	s.a.reset_count++;
	ck_assert_int_eq(check(&s), 0);
	signed_quote_done(&s.q);
}
END_TEST

START_TEST(firmware_of_the_tpm)
{
	struct scene s;

	scene(&s, &other);
	s.a.firmware_version++;
	holds_with(&s, ATT_F_FIRMWARE_VERSION);
	ck_assert_str_eq(s.f[0].what,
	    "0001000200030004 to 0001000200030005");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("quote pcrs");
	TCase *t = tcase_create("quote pcrs");

	tcase_add_unchecked_fixture(t, make_keys, drop_keys);
	tcase_add_test(t, selection_is_the_wanted_one);
	tcase_add_test(t, extra_pcrs_where_policy_names_them);
	tcase_add_test(t, nothing_asked_for_is_nothing_proven);
	tcase_add_test(t, case_21_banks_in_any_order);
	tcase_add_test(t, values_are_the_signed_ones);
	tcase_add_test(t, values_outside_the_selection_are_dropped);
	tcase_add_test(t, case_20_counters);
	tcase_add_test(t, counters_are_compared_modulo);
	tcase_add_test(t, case_22_clock);
	tcase_add_test(t, clock_after_a_loss_of_power);
	tcase_add_test(t, firmware_of_the_tpm);
	suite_add_tcase(s, t);
	return run_suite(s);
}
