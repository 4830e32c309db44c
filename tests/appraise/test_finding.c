#include "testlib.h"

#include "appraise/finding.h"
#include "base/file.h"

static struct att_digest
digest(uint8_t value)
{
	struct att_digest d = { .alg = ATT_ALG_SHA256, .len = 32 };

	memset(d.bytes, value, d.len);
	return d;
}

START_TEST(table_is_whole)
{
	for (int i = 0; i < ATT_F_COUNT; i++) {
		const char *name = att_finding_name(i);

		ck_assert_msg(name != NULL, "code %d has no row", i);
		ck_assert(strlen(att_finding_advice(i)) > 8);
		for (int k = 0; k < i; k++)
			ck_assert_str_ne(name, att_finding_name(k));
	}
	ck_assert_str_eq(att_finding_name(ATT_F_COUNT), "unknown");
	ck_assert(att_finding_severity(ATT_F_COUNT) == ATT_SEVERITY_FAIL);
}
END_TEST

/* Every placeholder of every wording is one that can be filled. */
START_TEST(wordings_have_no_holes)
{
	char text[ATT_FINDING_TEXT_MAX + 1];

	for (int i = 0; i < ATT_F_COUNT; i++) {
		struct att_finding f = att_finding_make(i);

		f.pcr = 7;
		f.event = 9;
		f.bank = ATT_ALG_SHA384;
		snprintf(f.type_name, sizeof(f.type_name), "EV_X");
		att_finding_set_what(&f, "W%s", "HAT");
		att_finding_text(&f, text);
		ck_assert(text[0] != '\0');
		ck_assert_msg(strpbrk(text, "{}") == NULL, "%s", text);
		ck_assert_msg(strstr(text, "  ") == NULL, "%s", text);
	}
}
END_TEST

START_TEST(names_a_changed_kernel)
{
	struct att_finding f = att_finding_make(ATT_F_EVENT_CHANGED);
	char text[ATT_FINDING_TEXT_MAX + 1];

	f.pcr = 4;
	f.event = 31;
	f.expected = digest(0xab);
	f.found = digest(0xcd);
	snprintf(f.type_name, sizeof(f.type_name),
	    "EV_EFI_BOOT_SERVICES_APPLICATION");
	att_finding_set_label(&f, S("\\EFI\\debian\\vmlinuz"));
	ck_assert_str_eq(att_finding_text(&f, text),
	    "PCR 4 event 31 (EV_EFI_BOOT_SERVICES_APPLICATION "
	    "\\EFI\\debian\\vmlinuz): expected sha256 abababababababab..., "
	    "found cdcdcdcdcdcdcdcd...");
	att_finding_set_label(&f, S(""));
	f.expected.alg = 0;
	ck_assert(strstr(att_finding_text(&f, text),
	    "APPLICATION): expected what the reference values ask for,") !=
	    NULL);
}
END_TEST

START_TEST(text_is_clean_and_cut_between_characters)
{
	struct att_finding f = att_finding_make(ATT_F_EVENT_CHANGED);
	char text[ATT_FINDING_TEXT_MAX + 1], label[400];

	att_finding_set_label(&f, S("a\x1b[31mb\n\\c"));
	ck_assert_str_eq(f.label, "a\\x1b[31mb\\x0a\\c");
	/* an odd start puts a two-byte character across the limit */
	label[0] = 'x';
	for (size_t i = 1; i + 1 < sizeof(label); i += 2)
		memcpy(label + i, "\xc3\xa4", 2);
	att_finding_set_label(&f, (struct att_slice){
	    (const uint8_t *)label, 399 });
	ck_assert(strlen(f.label) == ATT_FINDING_PART_MAX - 1);
	ck_assert(att_finding_text(&f, text) == text);
}
END_TEST

START_TEST(json_has_what_is_known)
{
	struct att_finding f = att_finding_make(ATT_F_PCR_VALUE);
	AUTO(att_json_decref) json_t *j = NULL;

	f.pcr = 0;
	f.found = digest(1);
	j = att_finding_to_json(&f);
	ck_assert_str_eq(json_string_value(json_object_get(j, "code")),
	    "pcr-value");
	ck_assert(json_integer_value(json_object_get(j, "pcr")) == 0);
	ck_assert(json_is_string(json_object_get(j, "found")));
	ck_assert(json_object_get(j, "expected") == NULL);
	ck_assert(json_object_get(j, "event") == NULL);
}
END_TEST

/* Operators alert on these: the file is what the code does. */
START_TEST(documented)
{
	AUTO_DONE(att_buf_done) struct att_buf want = ATT_BUF(1 << 20);
	AUTO_DONE(att_buf_done) struct att_buf have = ATT_BUF(1 << 20);
	const char *write_to = getenv("ATT_WRITE_DOC");

	att_finding_print_doc(&want);
	ok(att_buf_ok(&want, "doc", err));
	if (write_to != NULL)
		ok(att_file_write(write_to, att_buf_view(&want), 0644, err));
	ok(att_file_read("docs/FINDINGS.md", &have, err));
	ck_assert_msg(att_slice_equal(att_buf_view(&want),
			  att_buf_view(&have)),
	    "docs/FINDINGS.md differs: ATT_WRITE_DOC=docs/FINDINGS.md "
	    "build/tests/appraise/test_finding");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("finding");
	TCase *t = tcase_create("finding");

	tcase_add_test(t, table_is_whole);
	tcase_add_test(t, wordings_have_no_holes);
	tcase_add_test(t, names_a_changed_kernel);
	tcase_add_test(t, text_is_clean_and_cut_between_characters);
	tcase_add_test(t, json_has_what_is_known);
	tcase_add_test(t, documented);
	suite_add_tcase(s, t);
	return run_suite(s);
}
