#include "testlib.h"

#include "base/pcr.h"

#define Z20 "0000000000000000000000000000000000000000"
#define F32                                                                  \
	"ffffffffffffffffffffffffffffffff"                                   \
	"ffffffffffffffffffffffffffffffff"

static const char TEXT[] = "sha1 0 " Z20 "\nsha1 23 " Z20 "\nsha256 7 " F32
			   "\n";

START_TEST(text_and_json_round_trip)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(9999);
	AUTO(att_json_decref) json_t *j = NULL;
	struct att_pcrs p, q;

	ok(att_pcrs_parse(S(TEXT), &p, err));
	att_pcrs_print(&p, &b);
	ck_assert(att_slice_is(att_buf_view(&b), TEXT));
	j = att_pcrs_to_json(&p);
	ok(att_pcrs_from_json(j, &q, err));
	att_buf_reset(&b);
	att_pcrs_print(&q, &b);
	ck_assert(att_slice_is(att_buf_view(&b), TEXT));
}
END_TEST

START_TEST(malformed_lines)
{
	static const char *const bad[] = { "sha1 24 " Z20, "sha1 -1 " Z20,
		"sha1 00 " Z20, "sha1 0 " Z20 "00", "md5 0 " Z20, "sha1 0",
		"sha1 0 " Z20 " x", "sha1 0 " Z20 "\nsha1 0 " Z20,
		"sha256 1 " Z20, "sha1 1x " Z20, "sha1 0 zz" };

	for (size_t i = 0; i < ATT_COUNT(bad); i++) {
		struct att_pcrs p = { .count = 77 };

		ck_assert_msg(att_pcrs_parse(S(bad[i]), &p, NULL) ==
		    ATT_E_FORMAT, "%s", bad[i]);
		ck_assert(p.count == 77);
	}
}
END_TEST

START_TEST(every_cut_is_survived)
{
	for (size_t n = 0; n < sizeof(TEXT); n++) {
		AUTO(free) char *cut = strndup(TEXT, n);
		struct att_pcrs p;

		(void)!att_pcrs_parse(S(cut), &p, NULL);
	}
}
END_TEST

START_TEST(digest_follows_the_selection)
{
	static const struct att_pcr_select one[] = {
		{ ATT_ALG_SHA256, 1u << 7 }, { ATT_ALG_SHA1, 1u << 23 | 1 } };
	static const struct att_pcr_select none[] = {
		{ ATT_ALG_SHA256, 1u << 8 } };
	struct att_digest got, want;
	struct att_pcrs p;
	uint8_t raw[72];

	memset(raw, 0xff, 32);
	memset(raw + 32, 0, 40);
	ok(att_pcrs_parse(S(TEXT), &p, err));
	ok(att_pcrs_digest(&p, one, 2, ATT_ALG_SHA256, &got, err));
	ok(att_digest_of(ATT_ALG_SHA256, (struct att_slice){ raw, 72 }, &want,
	    err));
	ck_assert(att_digest_equal(&got, &want));
	fails(att_pcrs_digest(&p, none, 1, ATT_ALG_SHA256, &got, err),
	    ATT_E_NOT_FOUND, "PCR 8");
}
END_TEST

START_TEST(masks_as_text)
{
	static const struct {
		uint32_t mask;
		const char *text;
	} cases[] = { { 0, "" }, { 1, "0" }, { 3, "0, 1" }, { 7, "0-2" },
		{ 0x42ff, "0-7, 9, 14" }, { 0xffffff, "0-23" },
		{ 0xc00001, "0, 22, 23" }, { 0xff000000, "" } };

	for (size_t i = 0; i < ATT_COUNT(cases); i++) {
		AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(100);

		att_pcr_mask_put(&b, cases[i].mask);
		ck_assert_msg(att_slice_is(att_buf_view(&b), cases[i].text),
		    "%08x: %.*s", cases[i].mask, (int)b.len, b.data);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("pcr");
	TCase *t = tcase_create("pcr");

	tcase_add_test(t, text_and_json_round_trip);
	tcase_add_test(t, malformed_lines);
	tcase_add_test(t, every_cut_is_survived);
	tcase_add_test(t, digest_follows_the_selection);
	tcase_add_test(t, masks_as_text);
	suite_add_tcase(s, t);
	return run_suite(s);
}
