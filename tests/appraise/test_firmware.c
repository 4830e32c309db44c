/* Appraisal of firmware claims: when, and by which documents. */
#include "tests/appraise/fwscene.h"

/* -- a good node ----------------------------------------------------------- */

START_TEST(a_good_node_passes)
{
	AUTO_DONE(fw_done) struct fw_scene s = fw_good();

	fw_passes(&s);
	ck_assert_uint_eq(s.result.chips, 1);
	ck_assert_uint_eq(s.result.ranges, fw_flash(&s)->map->count);
	ck_assert_uint_eq(s.result.components, 4);
	ck_assert_uint_eq(s.result.agreed_count, 1);
	ck_assert_str_eq(s.result.agreed[0].id, "good");
	ck_assert_int_eq(s.result.agreed[0].version, 3);
	/* GbE, and AMI's ROM hole */
	ck_assert_str_eq(fw_says(&s, ATT_F_FLASH_ENROLLED),
	    "flash BIOS: ranges that are seen for the first time, and count "
	    "as this machine's own from now on: 2");
	ck_assert_uint_eq(s.findings, 1);
	ck_assert_ptr_nonnull(s.result.known);
	fw_remember(&s);
	fw_passes(&s);
	ck_assert_uint_eq(s.findings, 0);
	ck_assert_ptr_null(s.result.known);
}
END_TEST

START_TEST(without_reference_values)
{
	AUTO_DONE(fw_done) struct fw_scene s = fw_new();

	fw_fails(&s, ATT_F_FIRMWARE_NO_REFERENCE, "no reference values");
	ck_assert(!s.result.evaluated);
	fw_put(&s, fw_reference(&s, "good"));
	fw_passes(&s);
}
END_TEST

/* For other machines, or of another time: as if there were none. */
START_TEST(reference_values_of_others)
{
	AUTO_DONE(fw_done) struct fw_scene s = fw_new();
	json_t *doc = fw_reference(&s, "other"), *match;

	match = json_object_get(doc, "match");
	ok(json_object_set_new(match, "product", json_pack("[s]", "X*")));
	ok(json_object_set_new(doc, "valid_until",
	    json_string("2026-11-24T15:04:05Z")));
	fw_put(&s, doc);
	s.platform.product = "X1";
	s.now = 1;
	fw_passes(&s);
	s.platform.product = "Y1";
	fw_fails(&s, ATT_F_FIRMWARE_NO_REFERENCE, "");
	s.platform.product = "X1";
	s.now = FW_NOW + 100000000;
	fw_fails(&s, ATT_F_FIRMWARE_NO_REFERENCE, "");
}
END_TEST

/* -- when ------------------------------------------------------------------ */

static const char *const passes[] = { "flash/BIOS", "components" };

START_TEST(another_boot)
{
	AUTO_DONE(fw_done) struct fw_scene s = fw_good();
	struct att_pass *p = fw_pass_of(&s, passes[_i]);

	p->begin.reset_count = 6;
	fw_fails(&s, ATT_F_FIRMWARE_OTHER_BOOT,
	    "reset and restart counter 6 and 1, of the quote 7 and 1");
	ck_assert(!s.result.evaluated);
	p->begin.reset_count = 7;
	p->end.reset_count = 8;
	fw_fails(&s, ATT_F_FIRMWARE_OTHER_BOOT, "counter 8 and 1");
	p->end.reset_count = 7;
	s.quote.restart_count = 2;
	fw_fails(&s, ATT_F_FIRMWARE_OTHER_BOOT, "of the quote 7 and 2");
	s.quote.restart_count = 1;
	s.boot_id = "5a8f1c9e-0000-4000-8000-000000000002";
	fw_fails(&s, ATT_F_FIRMWARE_OTHER_BOOT, "another boot_id");
	ck_assert_uint_eq(s.findings, 1);
	s.boot_id = NULL;
	fw_passes(&s);
}
END_TEST

START_TEST(impossible_clocks)
{
	AUTO_DONE(fw_done) struct fw_scene s = fw_good();
	struct att_pass *p = fw_pass_of(&s, passes[_i]);

	p->end.clock = FW_CLOCK;
	fw_passes(&s);
	p->end.clock = FW_CLOCK + 1;
	fw_fails(&s, ATT_F_FIRMWARE_CLOCK, "the quote at 200000000 ms");
	ck_assert(!s.result.evaluated);
	p->end.clock = p->begin.clock;
	fw_passes(&s);
	p->end.clock--;
	fw_fails(&s, ATT_F_FIRMWARE_CLOCK, passes[_i]);
	p->end.clock = p->begin.clock = UINT64_MAX;
	fw_fails(&s, ATT_F_FIRMWARE_CLOCK, passes[_i]);
}
END_TEST

START_TEST(no_clock)
{
	AUTO_DONE(fw_done) struct fw_scene s = fw_good();

	fw_pass_of(&s, passes[_i])->has_clock = false;
	fw_fails(&s, ATT_F_FIRMWARE_NOT_DATED, passes[_i]);
	ck_assert(!s.result.evaluated);
	fw_pass_of(&s, passes[_i])->has_clock = true;
	/* no pass at all */
	fw_pass_of(&s, passes[_i])->of[0] = 'x';
	fw_fails(&s, ATT_F_FIRMWARE_NOT_DATED, passes[_i]);
}
END_TEST

START_TEST(too_old)
{
	AUTO_DONE(fw_done) struct fw_scene s = fw_good();
	struct att_pass *p = fw_pass_of(&s, passes[_i]);

	s.policy.max_age = 7200;
	p->begin.clock = FW_CLOCK - 7200999;
	fw_passes(&s);
	p->begin.clock = FW_CLOCK - 7201000;
	fw_fails(&s, ATT_F_FIRMWARE_OLD, "began 7201 s before the quote, at "
	    "most 7200 s are taken");
	ck_assert(!s.result.evaluated);
	s.policy.max_age = 0;
	fw_passes(&s);
	p->begin.clock = 0;
	fw_passes(&s);
	/* what is old and bad is told as well */
	s.policy.max_age = 1;
	s.chip.b[FW_CODE + 0x100] ^= 1;
	fw_measure(&s);
	fw_judge(&s);
	ck_assert_str_ne(fw_says(&s, ATT_F_FLASH_CHANGED), "");
	ck_assert_str_ne(fw_says(&s, ATT_F_FIRMWARE_OLD), "");
}
END_TEST

START_TEST(two_days_by_default)
{
	AUTO_DONE(fw_done) struct fw_scene s = fw_good();

	s.quote.clock = FW_CLOCK - 7200000 + 172800999u;
	fw_passes(&s);
	s.quote.clock++;
	fw_fails(&s, ATT_F_FIRMWARE_OLD, "172801 s");
}
END_TEST

/* -- several documents ----------------------------------------------------- */

/* Patch day: announced, flashed node by node, the old one withdrawn. */
START_TEST(patch_day)
{
	AUTO_DONE(fw_done) struct fw_scene s = fw_good();
	uint8_t was = s.chip.b[FW_CODE + 0x200];

	fw_passes(&s);
	fw_remember(&s);
	/* the next firmware, from an image: nobody runs it yet */
	s.chip.b[FW_CODE + 0x200] ^= 1;
	fw_measure(&s);
	fw_run(&s, "bmc", ATT_VERSION_RUNNING, "12.10");
	fw_put(&s, fw_reference(&s, "next"));
	s.chip.b[FW_CODE + 0x200] = was;
	fw_measure(&s);
	fw_run(&s, "bmc", ATT_VERSION_RUNNING, "12.8");
	fw_passes(&s);
	ck_assert_uint_eq(s.findings, 0);
	/* the BMC first, the BIOS later: parts of each document */
	fw_run(&s, "bmc", ATT_VERSION_RUNNING, "12.10");
	fw_passes(&s);
	ck_assert_uint_eq(s.result.agreed_count, 2);
	fw_remember(&s);
	s.chip.b[FW_CODE + 0x200] = was ^ 1;
	fw_measure(&s);
	fw_passes(&s);
	ck_assert_uint_eq(s.findings, 0);
	/* something else: the closest of both is told */
	s.chip.b[FW_CODE + 0x200] = was ^ 2;
	fw_measure(&s);
	fw_fails(&s, ATT_F_FLASH_CHANGED, "'FFS2 ");
	ck_assert_uint_eq(s.findings, 1);
	s.chip.b[FW_CODE + 0x200] = was ^ 1;
	fw_measure(&s);
	/* the old one withdrawn */
	att_fwref_free(s.ref[0]);
	s.ref[0] = s.ref[--s.refs];
	fw_passes(&s);
	s.chip.b[FW_CODE + 0x200] = was;
	fw_measure(&s);
	fw_fails(&s, ATT_F_FLASH_CHANGED, "'FFS2 ");
}
END_TEST

/* A rule of one name in two documents asks for one thing. */
START_TEST(rules_of_one_name)
{
	AUTO_DONE(fw_done) struct fw_scene s = fw_new();
	struct att_component *c = fw_component(&s, "bmc");
	json_t *doc = fw_reference(&s, "first");

	fw_rule(doc, "bmc", "id", json_pack("[s]", "bmc"));
	fw_put(&s, json_deep_copy(doc));
	fw_rule(doc, "bmc", "id", json_pack("[s]", "bmd"));
	fw_put(&s, json_deep_copy(doc));
	fw_passes(&s);
	c->id[2] = 'd';
	fw_passes(&s);
	c->id[2] = 'e';
	fw_fails(&s, ATT_F_COMPONENT_MISSING, "bmc: 0 found");
	ck_assert_uint_eq(s.findings, 2);
	/* of another name, it is another thing */
	fw_rule(doc, "bmc", "name", json_string("bmd"));
	fw_put(&s, doc);
	c->id[2] = 'c';
	fw_fails(&s, ATT_F_COMPONENT_MISSING, "bmd: 0 found");
}
END_TEST

/* -- in this boot or not: what is not compared is not passed --------------- */

START_TEST(documents_about_parts_only)
{
	AUTO_DONE(fw_done) struct fw_scene s = fw_new();
	json_t *doc = fw_reference(&s, "chip");

	ok(json_object_del(doc, "components"));
	fw_put(&s, doc);
	fw_passes(&s);
	ck_assert_uint_eq(s.result.components, 0);
	s.c->components.count = 0;
	s.c->passes = 1;
	snprintf(s.c->pass[0].of, sizeof(s.c->pass[0].of), "flash/BIOS");
	fw_passes(&s);
	s.c->components.count = 4;
	fw_fails(&s, ATT_F_FIRMWARE_NOT_DATED, "components");
	s.c->passes = 2;
}
END_TEST

/* Of two documents one is over: what it alone asked for stays asked for. */
START_TEST(one_document_of_two_is_over)
{
	AUTO_DONE(fw_done) struct fw_scene s = fw_new();
	json_t *flash = fw_reference(&s, "chips");
	json_t *parts = fw_reference(&s, "parts");

	ok(json_object_del(flash, "components"));
	ok(json_object_del(parts, "flash"));
	ok(json_object_set_new(parts, "valid_until",
	    json_string("2026-01-01T00:00:00Z")));
	fw_put(&s, flash);
	fw_put(&s, parts);
	fw_fails(&s, ATT_F_REFERENCE_EXPIRED, "parts");
	ck_assert(!s.result.evaluated);
	/* renewed, under another name */
	parts = fw_reference(&s, "renewed");
	ok(json_object_del(parts, "flash"));
	fw_put(&s, parts);
	fw_passes(&s);
}
END_TEST

/* A chip that only the old document has, and that is not there any more. */
START_TEST(the_document_of_a_chip_is_over)
{
	AUTO_DONE(fw_done) struct fw_scene s = fw_new();
	json_t *flash = fw_reference(&s, "chips");
	json_t *parts = fw_reference(&s, "parts");

	ok(json_object_del(flash, "components"));
	ok(json_object_del(parts, "flash"));
	ok(json_object_set_new(flash, "valid_until",
	    json_string("2026-01-01T00:00:00Z")));
	fw_put(&s, flash);
	fw_put(&s, parts);
	att_map_free(take(&fw_flash(&s)->map));
	s.c->chips = 0;
	fw_fails(&s, ATT_F_REFERENCE_EXPIRED, "chips");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("firmware");
	TCase *t = tcase_create("firmware");

	tcase_add_test(t, a_good_node_passes);
	tcase_add_test(t, without_reference_values);
	tcase_add_test(t, reference_values_of_others);
	tcase_add_loop_test(t, another_boot, 0, ATT_COUNT(passes));
	tcase_add_loop_test(t, impossible_clocks, 0, ATT_COUNT(passes));
	tcase_add_loop_test(t, no_clock, 0, ATT_COUNT(passes));
	tcase_add_loop_test(t, too_old, 0, ATT_COUNT(passes));
	tcase_add_test(t, two_days_by_default);
	tcase_add_test(t, patch_day);
	tcase_add_test(t, rules_of_one_name);
	tcase_add_test(t, documents_about_parts_only);
	tcase_add_test(t, one_document_of_two_is_over);
	tcase_add_test(t, the_document_of_a_chip_is_over);
	suite_add_tcase(s, t);
	return run_suite(s);
}
