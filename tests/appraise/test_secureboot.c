/* What PCR 7 may say, and what is a fault. */
#include "craft.h"

#include "appraise/secureboot.h"

START_TEST(case_04_retyped_secure_boot)
{
	struct logmaker m = good_log();
	uint32_t type = ATT_EV_UNUSED;
	size_t at;

	/* what was said is hidden, and said again as it should be */
	put_config(&m, "SecureBoot");
	at = offset_of(&m, 3) - 4 - (4 + 2 + 32 + 2 + 20) - 4;
	ck_assert_uint_eq(m.log.data[at], 1);
	for (int i = 0; i < 4; i++)
		m.log.data[at + (size_t)i] = (uint8_t)(type >> 8 * i);
	boots_badly(&m, ATT_F_SECURE_BOOT_FAULT,
	    "event 3: EV_UNUSED has no place in PCR 7");
}
END_TEST

START_TEST(case_04_appended_alone)
{
	struct logmaker m = good_log();

	put_config(&m, "SecureBoot");
	boots_badly(&m, ATT_F_SECURE_BOOT_FAULT,
	    "SecureBoot was measured after the separator");
}
END_TEST

START_TEST(case_05_variables_after_the_separator)
{
	struct logmaker m = lm_new(banks, 2);

	for (int i = 0; i < (int)ATT_COUNT(variables); i++)
		if (i != _i)
			put_config(&m, variables[i]);
	put_separators(&m, 0xff);
	put_config(&m, variables[_i]);
	put_loader(&m);
	boots_badly(&m, ATT_F_SECURE_BOOT_FAULT,
	    "was measured after the separator");
}
END_TEST

START_TEST(variables_that_are_missing_or_twice)
{
	struct logmaker m = lm_new(banks, 2);
	char words[64];

	for (int i = 0; i < (int)ATT_COUNT(variables); i++)
		if (i != _i)
			put_config(&m, variables[i]);
	put_separators(&m, 0xff);
	snprintf(words, sizeof(words), "%s was not measured", variables[_i]);
	if (_i == 0)
		boots_badly(&m, ATT_F_SECURE_BOOT_UNKNOWN,
		    "variable is not measured");
	else
		boots_badly(&m, ATT_F_SECURE_BOOT_FAULT, words);
	m = lm_new(banks, 2);
	put_firmware(&m);
	put_config(&m, variables[_i]);
	put_separators(&m, 0xff);
	boots_badly(&m, ATT_F_SECURE_BOOT_FAULT, "was measured twice");
}
END_TEST

/* Of the same name and of no meaning. */
START_TEST(variables_of_another_vendor)
{
	static const uint8_t vendor[16] = { 0x77 };
	struct logmaker m = lm_new(banks, 2);

	put_variable(&m, 7, ATT_EV_EFI_VARIABLE_DRIVER_CONFIG, vendor,
	    "SecureBoot", S("\1"));
	put_firmware(&m);
	put_separators(&m, 0xff);
	boots_badly(&m, ATT_F_SECURE_BOOT_FAULT, "another vendor's variable");
}
END_TEST

/* Further variables are firmware's own business, before and after. */
START_TEST(variables_of_other_names)
{
	struct logmaker m = lm_new(banks, 2);

	put_firmware(&m);
	put_config(&m, "AuditMode");
	put_config(&m, "dbt");
	put_separators(&m, 0xff);
	put_variable(&m, 7, ATT_EV_EFI_VARIABLE_DRIVER_CONFIG, ATT_GUID_SHIM,
	    "MokList", S("list"));
	put_loader(&m);
	boots_well(&m, 0);
}
END_TEST

START_TEST(secure_boot_of_no_sense)
{
	static const struct {
		const char *data;
		size_t len;
		enum att_secure_boot state;
	} cases[] = {
		{ "\0", 1, ATT_SECURE_BOOT_OFF },
		{ "\1", 1, ATT_SECURE_BOOT_ON },
		{ "", 0, ATT_SECURE_BOOT_OFF },	/* no such variable */
		{ "\2", 1, ATT_SECURE_BOOT_UNKNOWN },
		{ "\1\1", 2, ATT_SECURE_BOOT_UNKNOWN },
	};

	for (size_t i = 0; i < ATT_COUNT(cases); i++) {
		struct logmaker m = lm_new(banks, 2);
		struct node n;

		put_variable(&m, 7, ATT_EV_EFI_VARIABLE_DRIVER_CONFIG,
		    ATT_GUID_GLOBAL, "SecureBoot", (struct att_slice){
			(const uint8_t *)cases[i].data, cases[i].len });
		for (size_t k = 1; k < ATT_COUNT(variables); k++)
			put_config(&m, variables[k]);
		put_separators(&m, 0xff);
		boot(&n, &m);
		node_quote(&n);
		ck_assert_int_eq(node_judge(&n),
		    cases[i].state == ATT_SECURE_BOOT_UNKNOWN ? ATT_FAIL :
								ATT_PASS);
		ck_assert_int_eq(att_verdict_claims(n.v)->secure_boot,
		    cases[i].state);
		node_done(&n);
		lm_done(&m);
	}
}
END_TEST

START_TEST(case_06_separator_missing_or_twice)
{
	struct logmaker m = lm_new(banks, 2);

	put_firmware(&m);
	put_separators(&m, 0x7f);
	boots_badly(&m, ATT_F_SECURE_BOOT_FAULT, "PCR 7 has no separator");
	m = good_log();
	put_separator(&m, 7);
	boots_badly(&m, ATT_F_SECURE_BOOT_FAULT, "more than one separator");
	/* a firmware that tried to boot twice closed all of them twice */
	m = good_log();
	put_separators(&m, 0xff);
	put_loader(&m);
	boots_well(&m, ATT_QUIRK_MULTI_ATTEMPT);
	/* and does not say anew how it was set up */
	m = good_log();
	put_config(&m, "SecureBoot");
	put_separators(&m, 0xff);
	boots_badly(&m, ATT_F_SECURE_BOOT_FAULT, "after the separator");
}
END_TEST

START_TEST(case_06_separator_of_an_error)
{
	struct logmaker m = lm_new(banks, 2);

	put_firmware(&m);
	put_separators(&m, 0x7f);
	lm_event(&m, 7, ATT_EV_SEPARATOR, S("\1\1\1\1"));
	boots_badly(&m, ATT_F_SECURE_BOOT_FAULT, "met an error");
	m = lm_new(banks, 2);
	put_firmware(&m);
	put_separators(&m, 0x7f);
	lm_event_of(&m, 7, ATT_EV_SEPARATOR, S("other"), ZEROS);
	boots_badly(&m, ATT_F_SECURE_BOOT_FAULT, "its digest is not of");
}
END_TEST

START_TEST(case_07_disguised_separator)
{
	struct logmaker m = lm_new(banks, 2);

	put_firmware(&m);
	put_separators(&m, 0x7f);
	lm_event(&m, 7, ATT_EV_EFI_VARIABLE_AUTHORITY, ZEROS);
	put_config(&m, "SecureBoot");
	put_separator(&m, 7);
	boots_badly(&m, ATT_F_SECURE_BOOT_FAULT,
	    "is logged under another type");
	/* in whichever PCR of the firmware, and the end of its services too */
	m = good_log();
	lm_event_of(&m, 4, ATT_EV_EFI_BOOT_SERVICES_APPLICATION, ZEROS,
	    S("path"));
	boots_badly(&m, ATT_F_SECURE_BOOT_FAULT,
	    "is logged under another type");
	m = good_log();
	lm_event_of(&m, 5, ATT_EV_EFI_VARIABLE_BOOT,
	    S("Exit Boot Services Invocation"), S("x"));
	boots_badly(&m, ATT_F_SECURE_BOOT_FAULT,
	    "is logged under another type");
	/* but for what Intel's firmware measures */
	m = lm_new(banks, 2);
	lm_event_of(&m, 0, ATT_EV_S_CRTM_CONTENTS, ZEROS,
	    S("FIT Type 0x2D Measured S-CRTM"));
	put_firmware(&m);
	put_separators(&m, 0xff);
	boots_well(&m, ATT_QUIRK_FIT_2D);
}
END_TEST

START_TEST(case_08_data_of_a_variable_changed)
{
	for (uint32_t number = 3; number <= 7; number++) {
		struct logmaker m = good_log();
		size_t at = offset_of(&m, number);

		m.log.data[at + 32 + 2 * strlen(variables[number - 3])] ^= 1;
		boots_badly(&m, ATT_F_SECURE_BOOT_FAULT,
		    "has data that its digest is not of");
	}
}
END_TEST

START_TEST(authority_of_something_else)
{
	struct logmaker m = good_log();

	lm_event_of(&m, 7, ATT_EV_EFI_VARIABLE_AUTHORITY, S("one"), S("two"));
	boots_badly(&m, ATT_F_SECURE_BOOT_FAULT, "its digest is not of");
	m = good_log();
	lm_event(&m, 7, 0x12345678, S("vendor"));
	boots_badly(&m, ATT_F_SECURE_BOOT_FAULT,
	    "an unknown type has no place");
	/* data that is covered and cannot be read */
	m = lm_new(banks, 2);
	lm_event(&m, 7, ATT_EV_EFI_VARIABLE_DRIVER_CONFIG, S("short"));
	put_firmware(&m);
	put_separators(&m, 0xff);
	boots_badly(&m, ATT_F_SECURE_BOOT_FAULT, "cannot be read");
}
END_TEST

START_TEST(nothing_measured_at_all)
{
	struct logmaker m = lm_new(banks, 2);

	lm_event(&m, 0, ATT_EV_S_CRTM_VERSION, S("1"));
	put_separators(&m, 0x7f);
	boots_badly(&m, ATT_F_SECURE_BOOT_UNKNOWN,
	    "nothing is measured into PCR 7");
}
END_TEST

/* Each word that means it, once; another one means nothing. */
START_TEST(dma_protection)
{
	static const struct {
		const char *first, *second;
		const char *what;
	} cases[] = {
		{ "DMA Protection Disabled", NULL,
		    "DMA Protection Disabled" },
		{ "Security Level is Downgraded to 0", NULL,
		    "Security Level is Downgraded to 0" },
		{ "DMA Protection Disabled",
		    "Security Level is Downgraded to 0",
		    "DMA Protection Disabled" },
		{ "DMA Protection Enabled", "UEFI Debug Modes", NULL },
	};

	for (size_t i = 0; i < ATT_COUNT(cases); i++) {
		struct logmaker m = good_log();
		const struct att_finding *f;
		struct node n;
		size_t told = 0;

		lm_event(&m, 7, ATT_EV_EFI_ACTION, S(cases[i].first));
		if (cases[i].second != NULL)
			lm_event(&m, 7, ATT_EV_EFI_ACTION,
			    S(cases[i].second));
		boot(&n, &m);
		node_passes(&n);
		for (size_t k = 0; k < att_verdict_finding_count(n.v); k++)
			told += att_verdict_finding(n.v, k)->code ==
			    ATT_F_DMA_PROTECTION_OFF;
		ck_assert_uint_eq(told, cases[i].what != NULL);
		f = node_finding(&n, ATT_F_DMA_PROTECTION_OFF);
		if (f != NULL)
			ck_assert_str_eq(f->what, cases[i].what);
		node_done(&n);
		lm_done(&m);
	}
}
END_TEST

static void
ignore(void *arg ATT_UNUSED, const struct att_finding *f ATT_UNUSED)
{
}

/* What was measured of each is kept, for what is compared with it. */
START_TEST(values)
{
	struct logmaker m = good_log();
	struct att_tcglog l;
	struct att_tcg_iter it;
	struct att_event ev;
	struct att_secureboot sb;
	const char *why;

	ok(att_tcglog_open(att_buf_view(&m.log), ATT_TCG_TPM, &l, err));
	att_secureboot_begin(&sb, ignore, NULL);
	it = att_tcg_begin(&l);
	while (att_tcg_next(&it, &ev, NULL) > 0)
		if (ev.pcr == 7)
			att_secureboot_event(&sb, &ev, ATT_COVER_EXACT);
	ck_assert_int_eq(att_secureboot_end(&sb, false, &why),
	    ATT_SECURE_BOOT_ON);
	for (size_t i = 1; i < ATT_COUNT(variables); i++)
		ck_assert(att_slice_is(sb.value[i], variables[i]));
	lm_done(&m);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("secureboot");
	TCase *t = tcase_create("secureboot");

	tcase_add_unchecked_fixture(t, setup, teardown);
	tcase_add_test(t, case_04_retyped_secure_boot);
	tcase_add_test(t, case_04_appended_alone);
	tcase_add_loop_test(t, case_05_variables_after_the_separator, 0, 5);
	tcase_add_loop_test(t, variables_that_are_missing_or_twice, 0, 5);
	tcase_add_test(t, variables_of_another_vendor);
	tcase_add_test(t, variables_of_other_names);
	tcase_add_test(t, secure_boot_of_no_sense);
	tcase_add_test(t, case_06_separator_missing_or_twice);
	tcase_add_test(t, case_06_separator_of_an_error);
	tcase_add_test(t, case_07_disguised_separator);
	tcase_add_test(t, case_08_data_of_a_variable_changed);
	tcase_add_test(t, authority_of_something_else);
	tcase_add_test(t, nothing_measured_at_all);
	tcase_add_test(t, dma_protection);
	tcase_add_test(t, values);
	suite_add_tcase(s, t);
	return run_suite(s);
}
