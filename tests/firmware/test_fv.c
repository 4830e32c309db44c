/* Firmware volumes, the files in them, and what in them firmware writes. */
#include "testlib.h"

#include "firmware/fv.h"
#include "tests/firmware/chipmaker.h"

#define CHIP ((size_t)256 << 10)

static int
parse_at(const struct cm *m, size_t at, struct att_fv *ret)
{
	struct att_cur c = att_cur_of(cm_view(m));

	ck_assert(att_cur_skip(&c, at));
	return att_fv_parse(c, ret, NULL);
}

START_TEST(header)
{
	AUTO_DONE(cm_done) struct cm m = cm_new(CHIP);
	struct att_fv fv;

	cm_fv(&m, 0x1000, 0x8000, CM_FFS2);
	ck_assert(parse_at(&m, 0x1000, &fv) == 0);
	ck_assert(fv.kind == ATT_FV_FILES && !fv.large_files && !fv.named);
	ck_assert(fv.length == 0x8000 && fv.files == 0x48);
	ck_assert(fv.erased == 0xff);
	ck_assert_str_eq(fv.fs.text, CM_FFS2);
	ck_assert_str_eq(att_fv_fs_name(&fv), "FFS2");
	/* the first bytes are anybody's: Arm keeps its reset vector there */
	cm_put32(&m, 0x1000, 0x14000c48);
	cm_fv_sum(&m, 0x1000);
	ck_assert(parse_at(&m, 0x1000, &fv) == 0);
	cm_fv(&m, 0x1000, 0x8000, CM_FFS3);
	ck_assert(parse_at(&m, 0x1000, &fv) == 0 && fv.large_files);
	cm_fv(&m, 0x1000, 0x8000, CM_VARIABLES);
	ck_assert(parse_at(&m, 0x1000, &fv) == 0);
	ck_assert(fv.kind == ATT_FV_VARIABLES);
	cm_fv(&m, 0x1000, 0x8000, CM_CODE);
	cm_put32(&m, 0x1000 + 0x2c, 0);
	cm_fv_sum(&m, 0x1000);
	ck_assert(parse_at(&m, 0x1000, &fv) == 0);
	ck_assert(fv.kind == ATT_FV_OTHER && fv.erased == 0);
	ck_assert(att_fv_fs_name(&fv) == NULL);
}
END_TEST

/* Each of these is no volume, the checksum right or not. */
START_TEST(headers_that_are_none)
{
	static const struct {
		size_t at;
		uint64_t v;
		size_t width;
	} bad[] = {
		{ 0x20, 0, 8 },				/* FvLength */
		{ 0x20, 0x47, 8 },
		{ 0x20, CHIP - 0x1000 + 1, 8 },
		{ 0x20, UINT64_MAX, 8 },
		{ 0x20, (uint64_t)1 << 63, 8 },
		{ 0x28, 0x4856465e, 4 },		/* magic */
		{ 0x30, 0, 2 },				/* HeaderLength */
		{ 0x30, 0x46, 2 },
		{ 0x30, 0x49, 2 },
		{ 0x30, 0xffff, 2 },
		{ 0x34, 0xffff, 2 },			/* ExtHeaderOffset */
		{ 0x34, 0x7fe8, 2 },
		{ 0x34, 0x4000, 2 },			/* size 0xffffffff */
	};
	AUTO_DONE(cm_done) struct cm m = cm_new(CHIP);
	struct att_fv fv = { .length = 77 };

	for (size_t i = 0; i < ATT_COUNT(bad); i++) {
		cm_fv(&m, 0x1000, 0x8000, CM_FFS2);
		for (size_t b = 0; b < bad[i].width; b++)
			cm_put8(&m, 0x1000 + bad[i].at + b,
			    (uint8_t)(bad[i].v >> 8 * b));
		if (bad[i].at != 0x30)
			cm_fv_sum(&m, 0x1000);
		ck_assert_msg(parse_at(&m, 0x1000, &fv) == ATT_E_FORMAT,
		    "%zu", i);
		ck_assert(fv.length == 77);
	}
	/* no bit of the header may be another */
	cm_fv(&m, 0x1000, 0x8000, CM_FFS2);
	for (size_t bit = 0; bit < 0x48 * 8; bit++) {
		m.b[0x1000 + bit / 8] ^= (uint8_t)(1 << bit % 8);
		ck_assert(parse_at(&m, 0x1000, &fv) < 0);
		m.b[0x1000 + bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	for (size_t n = 0; n < 0x8000; n += n < 0x100 ? 1 : 0x7f) {
		struct att_cur c = att_cur_from(m.b + 0x1000, n);

		ck_assert(att_fv_parse(c, &fv, NULL) == (n < 0x36 ?
		    ATT_E_SHORT : ATT_E_FORMAT));
	}
}
END_TEST

START_TEST(extension_header)
{
	AUTO_DONE(cm_done) struct cm m = cm_new(CHIP);
	struct att_ffs_iter it;
	struct att_ffs_file f;
	struct att_fv fv;

	cm_fv(&m, 0, 0x8000, CM_FFS2);
	cm_put16(&m, 0x34, 0x60);
	cm_fv_sum(&m, 0);
	cm_guid(&m, 0x60, CM_CODE);
	cm_put32(&m, 0x70, 0x1d);
	cm_file(&m, 0x80, CM_CODE, 7, 100);
	ck_assert(parse_at(&m, 0, &fv) == 0);
	ck_assert(fv.named && fv.files == 0x80);
	ck_assert_str_eq(fv.name.text, CM_CODE);
	it = att_ffs_begin(&fv, att_cur_of(cm_view(&m)));
	ck_assert(att_ffs_next(&it, &f, NULL) == 1 && f.offset == 0x80);
	/* at the limits of the volume */
	cm_put32(&m, 0x70, 0x8000 - 0x60);
	ck_assert(parse_at(&m, 0, &fv) == 0 && fv.files == 0x8000);
	it = att_ffs_begin(&fv, att_cur_of(cm_view(&m)));
	ck_assert(att_ffs_next(&it, &f, NULL) == 0);
	cm_put32(&m, 0x70, 0x8000 - 0x60 + 1);
	ck_assert(parse_at(&m, 0, &fv) == ATT_E_FORMAT);
	cm_put32(&m, 0x70, 20);
	ck_assert(parse_at(&m, 0, &fv) == 0);
	cm_put32(&m, 0x70, 19);
	ck_assert(parse_at(&m, 0, &fv) == ATT_E_FORMAT);
}
END_TEST

/* -- files ----------------------------------------------------------------- */

START_TEST(files)
{
	AUTO_DONE(cm_done) struct cm m = cm_new(CHIP);
	struct att_ffs_iter it;
	struct att_ffs_file f;
	struct att_fv fv;
	size_t at, second;

	at = 0x1000 + cm_fv(&m, 0x1000, 0x8000, CM_FFS2);
	second = cm_file(&m, at, CM_CODE, 7, 101);
	cm_file(&m, second, CM_AMI_DEFAULTS, 0xf0, 0);
	ck_assert(parse_at(&m, 0x1000, &fv) == 0);
	{
		struct att_cur volume = att_cur_of(cm_view(&m));

		ck_assert(att_cur_skip(&volume, 0x1000));
		it = att_ffs_begin(&fv, volume);
	}
	ck_assert(att_ffs_next(&it, &f, NULL) == 1);
	ck_assert_uint_eq(f.offset, at);
	ck_assert_uint_eq(f.length, 125);
	ck_assert_uint_eq(f.body.left, 101);
	ck_assert_uint_eq(f.body.off, at + 24);
	ck_assert(f.type == 7 && f.live);
	ck_assert_str_eq(f.guid.text, CM_CODE);
	ck_assert(att_ffs_next(&it, &f, NULL) == 1);
	ck_assert_uint_eq(f.offset, second);
	ck_assert(f.type == 0xf0 && f.body.left == 0);
	ck_assert(att_ffs_next(&it, &f, NULL) == 0);
}
END_TEST

/* A file without a body, in the last bytes that a volume has. */
START_TEST(last_file)
{
	AUTO_DONE(cm_done) struct cm m = cm_new(CHIP);
	struct att_ffs_iter it;
	struct att_ffs_file f;
	struct att_fv fv;

	cm_fv(&m, 0, 0x1000, CM_FFS2);
	cm_file(&m, cm_file(&m, 0x48, CM_CODE, 7, 0x1000 - 0x48 - 48),
	    CM_AMI_DEFAULTS, 1, 0);
	ck_assert(parse_at(&m, 0, &fv) == 0);
	it = att_ffs_begin(&fv, att_cur_of(cm_view(&m)));
	ck_assert(att_ffs_next(&it, &f, NULL) == 1);
	ck_assert(att_ffs_next(&it, &f, NULL) == 1);
	ck_assert_uint_eq(f.offset, 0x1000 - 24);
	ck_assert_str_eq(f.guid.text, CM_AMI_DEFAULTS);
	ck_assert(att_ffs_next(&it, &f, NULL) == 0);
}
END_TEST

START_TEST(large_files)
{
	AUTO_DONE(cm_done) struct cm m = cm_new(CHIP);
	static const uint64_t bad[] = { 0, 31, 0x8000 - 0x48 + 1,
		(uint64_t)1 << 63, UINT64_MAX };
	struct att_ffs_file f;
	struct att_fv fv;

	cm_fv(&m, 0, 0x8000, CM_FFS3);
	ck_assert(parse_at(&m, 0, &fv) == 0);
	cm_file(&m, 0x48, CM_CODE, 7, 1000);
	cm_put8(&m, 0x48 + 19, 1);
	cm_put32(&m, 0x48 + 20, 0xf8000000);
	cm_put64(&m, 0x48 + 24, 0x8000 - 0x48);
	cm_file_sum(&m, 0x48, 32);
	{
		struct att_ffs_iter it = att_ffs_begin(&fv,
		    att_cur_of(cm_view(&m)));

		ck_assert(att_ffs_next(&it, &f, NULL) == 1);
		ck_assert(f.length == 0x8000 - 0x48);
		ck_assert(f.body.off == 0x68 && f.body.left == 0x8000 - 0x68);
		ck_assert(att_ffs_next(&it, &f, NULL) == 0);
	}
	for (size_t i = 0; i < ATT_COUNT(bad); i++) {
		struct att_ffs_iter it = att_ffs_begin(&fv,
		    att_cur_of(cm_view(&m)));

		cm_put64(&m, 0x48 + 24, bad[i]);
		cm_file_sum(&m, 0x48, 32);
		ck_assert(att_ffs_next(&it, &f, NULL) == ATT_E_FORMAT);
	}
	/* in FFS2 the attribute means nothing, and 0 is no size */
	cm_fv(&m, 0, 0x8000, CM_FFS2);
	ck_assert(parse_at(&m, 0, &fv) == 0);
	cm_file(&m, 0x48, CM_CODE, 7, 1000);
	cm_put8(&m, 0x48 + 19, 1);
	cm_file_sum(&m, 0x48, 24);
	{
		struct att_ffs_iter it = att_ffs_begin(&fv,
		    att_cur_of(cm_view(&m)));

		ck_assert(att_ffs_next(&it, &f, NULL) == 1);
		ck_assert(f.length == 1024);
	}
}
END_TEST

START_TEST(files_that_are_none)
{
	AUTO_DONE(cm_done) struct cm m = cm_new(CHIP);
	struct att_ffs_file f;
	struct att_fv fv;

	cm_fv(&m, 0, 0x8000, CM_FFS2);
	cm_file(&m, 0x48, CM_CODE, 7, 100);
	ck_assert(parse_at(&m, 0, &fv) == 0);
	for (size_t bit = 0; bit < 24 * 8; bit++) {
		struct att_ffs_iter it = att_ffs_begin(&fv,
		    att_cur_of(cm_view(&m)));
		int r;

		m.b[0x48 + bit / 8] ^= (uint8_t)(1 << bit % 8);
		r = att_ffs_next(&it, &f, NULL);
		/* state, and the checksum of the body, stand apart */
		ck_assert_msg(bit / 8 == 17 || bit / 8 == 23 ?
		    r == 1 : r == ATT_E_FORMAT, "%zu: %d", bit, r);
		m.b[0x48 + bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	/* a header that is all erased ends the walk, whichever value that is */
	cm_fv(&m, 0, 0x8000, CM_FFS2);
	cm_put32(&m, 0x2c, 0);
	cm_fv_sum(&m, 0);
	cm_fill(&m, 0x48, 0, 24);
	ck_assert(parse_at(&m, 0, &fv) == 0);
	{
		struct att_ffs_iter it = att_ffs_begin(&fv,
		    att_cur_of(cm_view(&m)));

		ck_assert(att_ffs_next(&it, &f, NULL) == 0);
		cm_fill(&m, 0x48, 0xff, 24);
		ck_assert(att_ffs_next(&it, &f, NULL) == ATT_E_FORMAT);
	}
}
END_TEST

/* -- maps ------------------------------------------------------------------ */

/* AMI keeps variables in a file: it alone may change. */
START_TEST(ami)
{
	AUTO_DONE(cm_done) struct cm m = cm_new(CHIP);
	AUTO(att_map_free) struct att_map *map = NULL;
	size_t at, nvar, hole, defaults;

	at = 0x10000 + cm_fv(&m, 0x10000, 0x20000, CM_FFS2);
	nvar = cm_file(&m, at, CM_CODE, 7, 1000);
	hole = cm_file(&m, nvar, CM_AMI_NVAR, 1, 0x4000);
	defaults = cm_file(&m, hole, CM_AMI_HOLE, 1, 0x1000);
	cm_file(&m, defaults, CM_AMI_DEFAULTS, 1, 0x1000);
	map = cm_map(&m);
	ck_assert_uint_eq(map->count, 7);
	cm_is(map, 0, 0x10000, ATT_RANGE_GAP, "unclaimed");
	cm_is(map, 0x10000, nvar + 24 - 0x10000, ATT_RANGE_STATIC,
	    "FFS2 " CM_FFS2);
	cm_is(map, nvar + 24, 0x4000, ATT_RANGE_VOLATILE, "AMI variables");
	cm_is(map, hole + 24, 0x1000, ATT_RANGE_PER_MACHINE,
	    "AMI ROM hole 0");
	cm_is(map, defaults, 0x30000 - defaults, ATT_RANGE_STATIC,
	    "FFS2 " CM_FFS2);
	/* a file that is deleted is as static as what is around it */
	cm_put8(&m, nvar + 23, 0xe8);
	att_map_free(take(&map));
	map = cm_map(&m);
	ck_assert(cm_at(map, nvar + 24)->class == ATT_RANGE_STATIC);
	/* longer than its volume: no file, and nothing behind it either */
	cm_put8(&m, nvar + 23, 0xf8);
	cm_put8(&m, nvar + 22, 2);
	cm_file_sum(&m, nvar, 24);
	att_map_free(take(&map));
	map = cm_map(&m);
	cm_is(map, 0x10000, 0x20000, ATT_RANGE_STATIC, "FFS2 " CM_FFS2);
}
END_TEST

START_TEST(search)
{
	AUTO_DONE(cm_done) struct cm m = cm_new(CHIP);
	AUTO(att_map_free) struct att_map *map = NULL;

	cm_code(&m, 0, CHIP);
	/* magics that stand for nothing, in the last bytes and too early */
	cm_put(&m, 0x20, "_FVH", 4);
	cm_put(&m, 0x203, "_FVH", 4);
	cm_put(&m, CHIP - 4, "_FVH", 4);
	cm_put(&m, CHIP - 12, "__FMAP__", 8);
	cm_fv(&m, 0x1000, 0x8000, CM_VARIABLES);
	/* a byte of the magics in the first ones of a volume hides it not */
	cm_put8(&m, 0x1008, '_');
	cm_put(&m, 0x100c, "_FV_", 4);
	cm_fv_sum(&m, 0x1000);
	/* in a volume, valid: it is not at the top */
	cm_fv(&m, 0x2000, 0x1000, CM_FFS2);
	cm_fv(&m, 0x9000, 0x8000, CM_FFS2);
	cm_fv(&m, 0xa000, 0x1000, CM_VARIABLES);
	/* valid, but for its place */
	cm_fv(&m, 0x20004, 0x1000, CM_VARIABLES);
	map = cm_map(&m);
	ck_assert_uint_eq(map->count, 4);
	cm_is(map, 0, 0x1000, ATT_RANGE_GAP, "unclaimed");
	cm_is(map, 0x1000, 0x8000, ATT_RANGE_VOLATILE,
	    "variables " CM_VARIABLES);
	cm_is(map, 0x9000, 0x8000, ATT_RANGE_STATIC, "FFS2 " CM_FFS2);
	cm_is(map, 0x11000, CHIP - 0x11000, ATT_RANGE_GAP, "unclaimed");
	ck_assert_int_eq(cm_at(map, 0)->fill, -1);
}
END_TEST

/* As many as are taken, and one more; magics that lead nowhere. */
START_TEST(limits)
{
	AUTO_DONE(cm_done) struct cm m = cm_new((size_t)72 * 4097);
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();
	struct att_map_options o = { .alg = ATT_ALG_SHA256 };
	struct att_map *map = NULL;
	struct att_image im;

	for (size_t i = 0; i < ATT_CLAIMS_MAX; i++)
		cm_fv(&m, i * 72, 72, CM_CODE);
	map = cm_map(&m);
	ck_assert_uint_eq(map->count, ATT_CLAIMS_MAX + 1);
	att_map_free(take(&map));
	cm_fv(&m, (size_t)ATT_CLAIMS_MAX * 72, 72, CM_CODE);
	ok(att_image_of(cm_view(&m), &im, err));
	fails(att_map_make(&im, &o, h, &map, err), ATT_E_LIMIT, "4096");
	cm_fill(&m, 0, 0xff, m.size);
	for (size_t i = 0; i < 4096; i++)
		cm_put(&m, 64 + i * 16, "_FVH", 4);
	map = cm_map(&m);
	ck_assert_uint_eq(map->count, 1);
	att_map_free(take(&map));
	cm_put(&m, 64 + 4096 * 16, "__FMAP__", 8);
	fails(att_map_make(&im, &o, h, &map, err), ATT_E_LIMIT, "none");
}
END_TEST

/* Behind as many files as are looked at, all is static. */
START_TEST(file_limit)
{
	for (size_t over = 0; over < 2; over++) {
		AUTO_DONE(cm_done) struct cm m = cm_new((size_t)4 << 20);
		AUTO(att_map_free) struct att_map *map = NULL;
		size_t at, n = 0;

		/* two volumes, half of the files in each */
		at = cm_fv(&m, 0, (size_t)2 << 20, CM_FFS2);
		for (; n < ATT_FFS_FILES_MAX / 2; n++)
			at = cm_file(&m, at, CM_CODE, 1, 0);
		at = ((size_t)2 << 20) +
		    cm_fv(&m, (size_t)2 << 20, (size_t)2 << 20, CM_FFS2);
		for (; n < ATT_FFS_FILES_MAX - 1 + over; n++)
			at = cm_file(&m, at, CM_CODE, 1, 0);
		cm_file(&m, at, CM_AMI_NVAR, 1, 0x100);
		map = cm_map(&m);
		ck_assert(cm_at(map, at + 24)->class == (over == 0 ?
		    ATT_RANGE_VOLATILE : ATT_RANGE_STATIC));
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("fv");
	TCase *t = tcase_create("fv");

	tcase_add_test(t, header);
	tcase_add_test(t, headers_that_are_none);
	tcase_add_test(t, extension_header);
	tcase_add_test(t, files);
	tcase_add_test(t, last_file);
	tcase_add_test(t, large_files);
	tcase_add_test(t, files_that_are_none);
	tcase_add_test(t, ami);
	tcase_add_test(t, search);
	tcase_add_test(t, limits);
	tcase_add_test(t, file_limit);
	suite_add_tcase(s, t);
	return run_suite(s);
}
