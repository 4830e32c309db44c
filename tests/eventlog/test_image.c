#include "testlib.h"

#include "eventlog/image.h"

/* The header, with UINTN of `width` bytes, a path of two bytes, and `more`. */
static void
put_image(struct att_buf *b, unsigned width, uint64_t path, const char *more)
{
	att_buf_reset(b);
	att_buf_le64(b, 0x1122334455667788);
	for (unsigned i = 0; i < 3; i++) {
		uint64_t v = i < 2 ? 0x100 + i : path;

		if (width == 8)
			att_buf_le64(b, v);
		else
			att_buf_le32(b, (uint32_t)v);
	}
	att_buf_str(b, "pp");
	att_buf_str(b, more);
}

START_TEST(both_widths)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(99);

	for (unsigned width = 4; width <= 8; width += 4) {
		struct att_image_load img;

		put_image(&b, width, 2, "");
		ok(att_image_load_parse(att_buf_view(&b), &img, err));
		ck_assert(img.address == 0x1122334455667788);
		ck_assert(img.length == 0x100);
		ck_assert(img.link_time_address == 0x101);
		ck_assert(att_slice_is(img.path, "pp"));
		ck_assert(img.uint32 == (width == 4));
		ck_assert(img.stray == 0);
	}
}
END_TEST

START_TEST(stray_bytes_of_the_wide_form_alone)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(99);
	struct att_image_load img;

	put_image(&b, 8, 2, "12345678");
	ok(att_image_load_parse(att_buf_view(&b), &img, err));
	ck_assert(img.stray == 8 && !img.uint32);
	put_image(&b, 4, 2, "1");
	fails(att_image_load_parse(att_buf_view(&b), &img, err), ATT_E_SHORT,
	    "header");
}
END_TEST

START_TEST(lengths_and_cuts)
{
	static const uint64_t bad[] = { 3, UINT64_MAX, 1ull << 63 };
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(99);
	struct att_image_load img = { .stray = 77 };

	for (size_t i = 0; i < ATT_COUNT(bad); i++) {
		put_image(&b, 8, bad[i], "");
		fails(att_image_load_parse(att_buf_view(&b), &img, err),
		    ATT_E_SHORT, "2 are left");
	}
	put_image(&b, 8, 2, "");
	for (size_t n = 0; n < b.len; n++)
		ck_assert(att_image_load_parse((struct att_slice){ b.data, n },
			      &img, NULL) == ATT_E_SHORT);
	ck_assert(img.stray == 77);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("image");
	TCase *t = tcase_create("image");

	tcase_add_test(t, both_widths);
	tcase_add_test(t, stray_bytes_of_the_wide_form_alone);
	tcase_add_test(t, lengths_and_cuts);
	suite_add_tcase(s, t);
	return run_suite(s);
}
