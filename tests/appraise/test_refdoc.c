#include "tests/testlib.h"

#include "appraise/refdoc.h"

#define HEAD(format, id)                                                     \
	"{\"format\":\"" format "\",\"id\":\"" id "\",\"version\":7,"        \
	"\"match\":{}"
#define BOOT(id)                                                             \
	HEAD("attestd-reference-values/1", id)                               \
	",\"secure_boot\":\"any\",\"pcrs\":{}}"
#define SPDM(id)                                                             \
	HEAD("attestd-spdm-values/1", id)                                    \
	",\"components\":[\"GPU_*\"],\"roots\":[\"sha256:"                   \
	"0000000000000000000000000000000000000000000000000000000000000000"   \
	"\"],\"measurements\":{\"1\":\"any\"}}"
#define ADVISORIES(id)                                                       \
	HEAD("attestd-advisories/1", id) ",\"advisories\":[]}"
#define FIRMWARE(id)                                                         \
	HEAD("attestd-firmware-values/1", id)                                \
	",\"flash\":{\"BIOS\":\"any\"}}"

#define POSTURE(id)                                                          \
	HEAD("attestd-posture-rules/1", id)                                  \
	",\"rules\":{\"secure_boot.on\":true}}"

/* One of each kind; a new kind has its document here. */
static const struct {
	enum att_refdoc_kind kind;
	const char *name, *text;
} good[] = {
	{ ATT_REFDOC_ADVISORIES, "advisories", ADVISORIES("x") },
	{ ATT_REFDOC_BOOT, "boot", BOOT("x") },
	{ ATT_REFDOC_FIRMWARE, "firmware", FIRMWARE("x") },
	{ ATT_REFDOC_POSTURE, "posture", POSTURE("x") },
	{ ATT_REFDOC_SPDM, "spdm", SPDM("x") },
};

START_TEST(every_kind_is_known_by_its_format)
{
	AUTO_DONE(att_refdocs_done) struct att_refdocs d = { 0 };

	ck_assert_uint_eq(ATT_COUNT(good), ATT_REFDOC_KINDS);
	for (size_t i = 0; i < ATT_COUNT(good); i++) {
		ok(att_refdocs_add(&d, S(good[i].text), err));
		ck_assert_uint_eq(d.count, i + 1);
		ck_assert_int_eq(d.all[i].kind, good[i].kind);
		ck_assert_str_eq(d.all[i].head->id, "x");
		ck_assert_int_eq(d.all[i].head->version, 7);
		ck_assert_str_eq(att_refdoc_kind_name(d.all[i].kind),
		    good[i].name);
	}
	ck_assert_ptr_null(att_refdoc_kind_name(ATT_REFDOC_KINDS));
}
END_TEST

START_TEST(a_set_keeps_the_order_and_the_kinds)
{
	AUTO_DONE(att_refdocs_done) struct att_refdocs d = { 0 };

	ok(att_refdocs_add(&d, S(SPDM("a")), err));
	ok(att_refdocs_add(&d, S(BOOT("b")), err));
	ok(att_refdocs_add(&d, S(SPDM("c")), err));
	ck_assert_uint_eq(d.count, 3);
	ck_assert_str_eq(d.all[0].head->id, "a");
	ck_assert_str_eq(d.all[1].head->id, "b");
	ck_assert_str_eq(d.all[2].head->id, "c");
	ck_assert_uint_eq(att_refdocs_boot(&d).count, 1);
	ck_assert_str_eq(att_ref_id(att_refdocs_boot(&d).ref[0]), "b");
	ck_assert_uint_eq(d.spdm.count, 2);
	ck_assert_str_eq(att_spdm_ref_head(d.spdm.doc[1])->id, "c");
}
END_TEST

static const struct {
	const char *text;
	int code;
	const char *word;
} bad[] = {
	{ "", ATT_E_FORMAT, "" },
	{ "[]", ATT_E_FORMAT, "object" },
	{ "{}", ATT_E_FORMAT, "format" },
	{ "{\"format\":1}", ATT_E_FORMAT, "format" },
	{ HEAD("attestd-spdm-values/2", "x") "}", ATT_E_UNSUPPORTED,
	    "attestd-spdm-values/2" },
	{ HEAD("", "x") "}", ATT_E_UNSUPPORTED, "format" },
	/* the parser of its kind goes on from there */
	{ HEAD("attestd-spdm-values/1", "x") "}", ATT_E_FORMAT, "roots" },
	{ HEAD("attestd-reference-values/1", "x") "}", ATT_E_FORMAT,
	    "secure_boot" },
	{ HEAD("attestd-spdm-values/1", "x") ",\"secure_boot\":\"any\","
	  "\"pcrs\":{}}", ATT_E_FORMAT, "secure_boot" },
};

START_TEST(what_is_refused_leaves_the_set_as_it_was)
{
	AUTO_DONE(att_refdocs_done) struct att_refdocs d = { 0 };

	ok(att_refdocs_add(&d, S(SPDM("a")), err));
	fails(att_refdocs_add(&d, S(bad[_i].text), err), bad[_i].code,
	    bad[_i].word);
	ck_assert_uint_eq(d.count, 1);
	ck_assert_uint_eq(d.spdm.count, 1);
	ck_assert_uint_eq(d.boot.count, 0);
}
END_TEST

START_TEST(cut_documents_are_refused)
{
	for (size_t k = 0; k < ATT_COUNT(good); k++) {
		struct att_slice all = S(good[k].text);

		for (size_t n = 0; n < all.len; n++) {
			AUTO_DONE(att_refdocs_done)
			struct att_refdocs d = { 0 };

			ck_assert_int_lt(att_refdocs_add(&d,
			    (struct att_slice){ all.data, n }, NULL), 0);
			ck_assert_uint_eq(d.count, 0);
		}
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("reference documents");
	TCase *t = tcase_create("all kinds");

	tcase_add_test(t, every_kind_is_known_by_its_format);
	tcase_add_test(t, a_set_keeps_the_order_and_the_kinds);
	tcase_add_loop_test(t, what_is_refused_leaves_the_set_as_it_was, 0,
	    ATT_COUNT(bad));
	tcase_add_test(t, cut_documents_are_refused);
	suite_add_tcase(s, t);
	return run_suite(s);
}
