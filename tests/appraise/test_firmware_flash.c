/* Appraisal of firmware claims: each rule about flash, kept and broken. */
#include "tests/appraise/fwscene.h"

/* True if one of the findings has this in its sentence. */
static bool
says(const struct fw_scene *s, const char *word)
{
	char text[ATT_FINDING_TEXT_MAX + 1];

	for (size_t i = 0; i < s->findings; i++)
		if (strstr(att_finding_text(&s->finding[i], text), word) !=
		    NULL)
			return true;
	return false;
}

/* -- flash ----------------------------------------------------------------- */

/* One byte: the range that holds it is named. */
static const struct {
	size_t at;
	enum att_finding_code code;
	const char *word;
} flips[] = {
	{ 0x80, ATT_F_FLASH_CHANGED, "'descriptor' at 0x0 changed: expected" },
	{ FW_ME + 0x2000, ATT_F_FLASH_CHANGED, "'ME/FTPR' at 0x4000" },
	{ FW_CODE + 0x100, ATT_F_FLASH_CHANGED,
	    "'FFS2 " CM_FFS2 "' at 0xa0000 changed: expected sha256 " },
	{ FW_CODE + 0x1f000, ATT_F_FLASH_CHANGED, "'FFS2 " CM_FFS2 },
	{ FW_UNCLAIMED, ATT_F_FLASH_GAP, "'unclaimed' at 0x50000" },
	{ FW_PADDING + 0x10, ATT_F_FLASH_GAP,
	    "'BIOS' at 0x90000 should be erased and is not: found " },
};

START_TEST(a_flipped_byte)
{
	AUTO_DONE(fw_done) struct fw_scene s = fw_good();

	fw_passes(&s);
	fw_remember(&s);
	s.chip.b[flips[_i].at] ^= 0x40;
	fw_measure(&s);
	fw_fails(&s, flips[_i].code, flips[_i].word);
	ck_assert(s.result.evaluated);
	s.chip.b[flips[_i].at] ^= 0x40;
	fw_measure(&s);
	fw_passes(&s);
}
END_TEST

START_TEST(what_may_change)
{
	AUTO_DONE(fw_done) struct fw_scene s = fw_good();

	s.chip.b[FW_VARIABLES + 0x1004] ^= 0xff;
	s.chip.b[FW_VARIABLES + 0x8000] = 0;
	s.chip.b[FW_ME + 0x21000] ^= 0xff;	/* MFS */
	s.chip.b[FW_LOCKED + 5] ^= 0xff;	/* seen by nobody */
	fw_measure(&s);
	fw_passes(&s);
}
END_TEST

/* The rights of the descriptor: what it said before was a lock. */
START_TEST(a_descriptor_that_the_host_can_write)
{
	AUTO_DONE(fw_done) struct fw_scene s = fw_good();

	cm_flmstr1(&s.chip, FW_RIGHTS | 0x00100000);
	fw_measure(&s);
	fw_judge(&s);
	ck_assert(!s.result.expected);
	ck_assert_str_eq(fw_says(&s, ATT_F_FLASH_UNLOCKED),
	    "flash BIOS: the flash descriptor lets the host write the "
	    "descriptor itself");
	ck_assert(strstr(fw_says(&s, ATT_F_FLASH_CHANGED), "'descriptor'") !=
	    NULL);
	/* machines that are sold like this */
	fw_put(&s, fw_reference(&s, "unlocked"));
	fw_passes(&s);
}
END_TEST

START_TEST(what_is_unreadable)
{
	AUTO_DONE(fw_done) struct fw_scene s = fw_good();

	/* region 15 can be read: the descriptor changed, and it is new */
	cm_flmstr1(&s.chip, FW_RIGHTS | 8);
	fw_measure(&s);
	fw_judge(&s);
	ck_assert(!s.result.expected);
	ck_assert_msg(strstr(fw_says(&s, ATT_F_FLASH_UNREADABLE),
			  "should be unreadable, and can be read") != NULL,
	    "%s", fw_says(&s, ATT_F_FLASH_UNREADABLE));
	/* and ME can not */
	cm_flmstr1(&s.chip, FW_RIGHTS & ~0x400u);
	fw_measure(&s);
	fw_judge(&s);
	ck_assert(!s.result.expected);
	ck_assert_msg(strstr(fw_says(&s, ATT_F_FLASH_UNREADABLE),
			  "'ME' at 0x3000, 0x3d000 bytes, can no longer be "
			  "read") != NULL,
	    "%s", fw_says(&s, ATT_F_FLASH_UNREADABLE));
}
END_TEST

/* The volume of variables grows over the padding behind it. */
START_TEST(a_stretched_volume_of_variables)
{
	AUTO_DONE(fw_done) struct fw_scene s = fw_good();

	cm_put64(&s.chip, FW_VARIABLES + 0x20, 0x20000);
	cm_put32(&s.chip, FW_VARIABLES + 0x38, 0x20);
	cm_fv_sum(&s.chip, FW_VARIABLES);
	cm_code(&s.chip, FW_PADDING, 0x1000);
	fw_measure(&s);
	ck_assert(cm_at(fw_flash(&s)->map, FW_PADDING)->class ==
	    ATT_RANGE_VOLATILE);
	fw_fails(&s, ATT_F_FLASH_LAYOUT, "'variables " CM_VARIABLES
	    "' at 0x80000, 0x10000 bytes, is gone");
	ck_assert(says(&s, "at 0x80000, 0x20000 bytes, is new, and "
	    "volatile"));
}
END_TEST

/* A volume that claims to be variables, where nothing was. */
START_TEST(a_forged_volume_of_variables)
{
	AUTO_DONE(fw_done) struct fw_scene s = fw_good();

	cm_fv(&s.chip, FW_PADDING + 0x4000, 0x4000, CM_VARIABLES);
	fw_measure(&s);
	ck_assert(cm_at(fw_flash(&s)->map, FW_PADDING + 0x5000)->class ==
	    ATT_RANGE_VOLATILE);
	fw_fails(&s, ATT_F_FLASH_LAYOUT,
	    "'BIOS' at 0x90000, 0x10000 bytes, is gone");
	ck_assert(says(&s, "at 0x94000, 0x4000 bytes, is new, and volatile"));
}
END_TEST

START_TEST(a_writable_chip)
{
	AUTO_DONE(fw_done) struct fw_scene s = fw_good();
	json_t *doc;

	fw_flash(&s)->writable = true;
	fw_fails(&s, ATT_F_FLASH_WRITABLE, "flash BIOS");
	doc = fw_reference(&s, "writable");
	fw_put(&s, doc);
	fw_passes(&s);
}
END_TEST

static void
add_note(struct att_flash *f, const char *code)
{
	struct att_note *n = &f->map->note[f->map->note_count++];

	*n = (struct att_note){ .offset = 0x50000, .length = 1 };
	snprintf(n->code, sizeof(n->code), "%s", code);
	snprintf(n->text, sizeof(n->text), "so it is");
}

START_TEST(what_a_chip_is_known_for)
{
	AUTO_DONE(fw_done) struct fw_scene s = fw_good();

	add_note(fw_flash(&s), "map.disagreement");
	fw_fails(&s, ATT_F_FLASH_STRUCTURE,
	    "map.disagreement at 0x50000: so it is");
	add_note(fw_flash(&s), "map.disagreement");
	fw_fails(&s, ATT_F_FLASH_STRUCTURE, "so it is");
	ck_assert_uint_eq(s.findings, 1);
	fw_put(&s, fw_reference(&s, "known"));
	fw_passes(&s);
	fw_flash(&s)->map->notes_left_out = 1;
	fw_fails(&s, ATT_F_FLASH_STRUCTURE, "map.left-out");
	add_note(fw_flash(&s), "mtd.writable");
	fw_flash(&s)->map->notes_left_out = 0;
	fw_fails(&s, ATT_F_FLASH_WRITABLE, "flash BIOS");
}
END_TEST

START_TEST(chips_that_were_not_read)
{
	AUTO_DONE(fw_done) struct fw_scene s = fw_good();
	struct att_flash *f = fw_flash(&s);

	att_map_free(take(&f->map));
	att_flash_set_failed(f, ATT_MEASURED_FAILED, "the driver says no");
	fw_fails(&s, ATT_F_FLASH_NOT_READ,
	    "flash BIOS: failed: the driver says no");
	ck_assert(!s.result.evaluated);
	att_flash_set_failed(f, ATT_MEASURED_NOT_AVAILABLE, "no driver");
	fw_fails(&s, ATT_F_FLASH_NOT_READ, "not-available: no driver");
	s.c->chips = 0;
	snprintf(s.c->no_flash, sizeof(s.c->no_flash), "not available: x");
	fw_fails(&s, ATT_F_FLASH_MISSING, "flash BIOS: reference values name "
	    "it, and the node has measured no such chip (not available: x)");
	ck_assert(!s.result.evaluated);
	s.c->chips = 1;
	fw_measure(&s);
	fw_passes(&s);
	/* told once, however many documents name it */
	fw_put(&s, fw_reference(&s, "second"));
	s.c->chips = 0;
	fw_fails(&s, ATT_F_FLASH_MISSING, "flash BIOS");
	ck_assert_uint_eq(s.findings, 1);
	s.c->chips = 1;
}
END_TEST

START_TEST(a_chip_that_is_optional)
{
	AUTO_DONE(fw_done) struct fw_scene s = fw_new();
	json_t *doc = fw_reference(&s, "optional");

	ok(json_object_set_new(json_object_get(json_object_get(doc, "flash"),
	    "BIOS"), "optional", json_true()));
	fw_put(&s, doc);
	s.c->chips = 0;
	fw_passes(&s);
	s.c->chips = 1;
	att_map_free(take(&fw_flash(&s)->map));
	att_flash_set_failed(fw_flash(&s), ATT_MEASURED_NOT_AVAILABLE, "x");
	fw_passes(&s);
	att_flash_set_failed(fw_flash(&s), ATT_MEASURED_FAILED, "x");
	fw_fails(&s, ATT_F_FLASH_NOT_READ, "failed: x");
}
END_TEST

START_TEST(a_chip_that_nobody_speaks_of)
{
	AUTO_DONE(fw_done) struct fw_scene s = fw_good();
	struct att_flash *f = NULL;
	json_t *doc;

	ok(att_firmware_claims_add_flash(s.c, "bmc", &f, err));
	fw_fails(&s, ATT_F_FLASH_NOT_IN_REFERENCE, "flash bmc");
	ck_assert(!s.result.evaluated);
	doc = json_pack("{s:s,s:s,s:i,s:{},s:{s:s}}", "format",
	    ATT_FWREF_FORMAT, "id", "waived", "version", 1, "match", "flash",
	    "bmc", "any");
	fw_put(&s, doc);
	fw_passes(&s);
}
END_TEST

START_TEST(another_chip)
{
	AUTO_DONE(fw_done) struct fw_scene s = fw_good();

	fw_flash(&s)->path = ATT_PATH_IMAGE;
	fw_fails(&s, ATT_F_FLASH_PATH, "read by image, which is not enough");
	fw_flash(&s)->path = ATT_PATH_MTD;
	fw_flash(&s)->map->size *= 2;
	fw_fails(&s, ATT_F_FLASH_SIZE, "it has 2097152 bytes, expected "
	    "1048576");
	fw_flash(&s)->map->size /= 2;
	fw_flash(&s)->map->alg = ATT_ALG_SHA384;
	fw_fails(&s, ATT_F_FLASH_ALGORITHM, "no sha384 digests");
	ck_assert(!s.result.evaluated);
}
END_TEST

START_TEST(a_chip_that_does_not_hold_still)
{
	AUTO_DONE(fw_done) struct fw_scene s = fw_good();
	struct att_pass *p = fw_pass_of(&s, "flash/BIOS");

	p->unsteady[0] = FW_CODE;
	p->unsteady_count = 2;
	fw_fails(&s, ATT_F_FLASH_UNSTEADY, "2 ranges were another at each "
	    "look, the first at 0xa0000");
}
END_TEST

/* Other firmware all over: the first ranges are told, the rest is counted. */
START_TEST(many_ranges)
{
	AUTO_DONE(fw_done) struct fw_scene s = fw_good();

	for (size_t i = 0; i < 16; i++)
		cm_fv(&s.chip, FW_PADDING + i * 0x1000, 0x800, CM_FFS2);
	fw_measure(&s);
	fw_fails(&s, ATT_F_FLASH_LAYOUT, "at 0x90000");
	ck_assert_uint_eq(s.findings, ATT_FWFLASH_TOLD_MAX + 1);
	ck_assert_msg(strstr(fw_says(&s, ATT_F_FLASH_MORE),
			  "more ranges differ") != NULL, "%s",
	    fw_says(&s, ATT_F_FLASH_MORE));
}
END_TEST

/* Class and name of a place count as well as its bytes. */
START_TEST(what_a_range_is_said_to_be)
{
	AUTO_DONE(fw_done) struct fw_scene s = fw_good();
	struct att_range *r;

	for (size_t i = 0; i < fw_flash(&s)->map->count; i++) {
		r = &fw_flash(&s)->map->range[i];
		if (r->class != ATT_RANGE_STATIC)
			continue;
		r->class = ATT_RANGE_VOLATILE;
		fw_fails(&s, ATT_F_FLASH_LAYOUT,
		    "is volatile, expected static");
		r->class = ATT_RANGE_UNREADABLE;
		fw_fails(&s, ATT_F_FLASH_UNREADABLE, "can no longer be read");
		r->class = ATT_RANGE_STATIC;
		r->name[0] ^= 1;
		fw_fails(&s, ATT_F_FLASH_LAYOUT, "bytes, was '");
		r->name[0] ^= 1;
	}
	fw_passes(&s);
}
END_TEST

/* -- this machine's own ---------------------------------------------------- */

START_TEST(another_machine)
{
	AUTO_DONE(fw_done) struct fw_scene s = fw_good();

	fw_passes(&s);
	fw_remember(&s);
	fw_mac(&s.chip, 0x4321);
	fw_measure(&s);
	fw_fails(&s, ATT_F_FLASH_OTHER_MACHINE, "flash BIOS: range 'GbE' at "
	    "0x1000, which is this machine's own, changed: expected sha256 ");
	ck_assert(s.result.evaluated);
	/* for another node it is as good */
	att_fwknown_free(take(&s.known));
	fw_passes(&s);
}
END_TEST

START_TEST(what_must_be_enrolled_first)
{
	AUTO_DONE(fw_done) struct fw_scene s = fw_good();

	s.policy.known_required = true;
	fw_fails(&s, ATT_F_FLASH_NOT_ENROLLED, "2 ranges");
	ck_assert(!s.result.evaluated);
	s.policy.known_required = false;
	fw_passes(&s);
	fw_remember(&s);
	s.policy.known_required = true;
	fw_passes(&s);
}
END_TEST

START_TEST(known_by_another_algorithm)
{
	AUTO_DONE(fw_done) struct fw_scene s = fw_good();
	static const char known[] = "{\"components\":{},\"flash\":{\"BIOS\":["
	    "{\"length\":8192,\"name\":\"GbE\",\"offset\":4096,\"sha384\":\""
	    "000000000000000000000000000000000000000000000000"
	    "000000000000000000000000000000000000000000000000\"}]},"
	    "\"format\":\"attestd-firmware-known/1\"}";

	ok(att_fwknown_parse(S(known), &s.known, err));
	fw_fails(&s, ATT_F_FLASH_ALGORITHM, "no sha256 digests");
	ck_assert(!s.result.evaluated);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("firmware: flash");
	TCase *t = tcase_create("firmware: flash");

	tcase_add_loop_test(t, a_flipped_byte, 0, ATT_COUNT(flips));
	tcase_add_test(t, what_may_change);
	tcase_add_test(t, a_descriptor_that_the_host_can_write);
	tcase_add_test(t, what_is_unreadable);
	tcase_add_test(t, a_stretched_volume_of_variables);
	tcase_add_test(t, a_forged_volume_of_variables);
	tcase_add_test(t, a_writable_chip);
	tcase_add_test(t, what_a_chip_is_known_for);
	tcase_add_test(t, chips_that_were_not_read);
	tcase_add_test(t, a_chip_that_is_optional);
	tcase_add_test(t, a_chip_that_nobody_speaks_of);
	tcase_add_test(t, another_chip);
	tcase_add_test(t, a_chip_that_does_not_hold_still);
	tcase_add_test(t, many_ranges);
	tcase_add_test(t, what_a_range_is_said_to_be);
	tcase_add_test(t, another_machine);
	tcase_add_test(t, what_must_be_enrolled_first);
	tcase_add_test(t, known_by_another_algorithm);
	suite_add_tcase(s, t);
	return run_suite(s);
}
