#include "testlib.h"

#include "firmware/fmap.h"
#include "tests/firmware/chipmaker.h"

#define CHIP ((size_t)1 << 20)
#define AT 0x200	/* where the map lies */

static int
parse(const struct cm *m, size_t length, struct att_fmap *ret)
{
	struct att_cur c = att_cur_from(m->b, length);

	ck_assert(att_cur_skip(&c, AT));
	return att_fmap_parse(c, m->size, ret, NULL);
}

static struct cm
chip(void)
{
	struct cm m = cm_new(CHIP);

	cm_code(&m, 0, CHIP);
	cm_fmap(&m, AT);
	cm_area(&m, AT, "WP_RO", 0, 0x80000);
	cm_area(&m, AT, "FMAP", AT, 0x1000);
	cm_area(&m, AT, "RO_VPD", 0x10000, 0x1000);
	cm_area(&m, AT, "COREBOOT", 0x20000, 0x60000);
	cm_area(&m, AT, "RW_NVRAM", 0x80000, 0x4000);
	cm_area(&m, AT, "RW_MRC_CACHE", 0x84000, 0x10000);
	cm_area(&m, AT, "RW_LEGACY", 0x94000, 0x2000);
	return m;
}

START_TEST(areas)
{
	AUTO_DONE(cm_done) struct cm m = chip();
	AUTO(att_map_free) struct att_map *map = cm_map(&m);
	struct att_fmap f;

	ck_assert(parse(&m, CHIP, &f) == 0);
	ck_assert_uint_eq(f.count, 7);
	ck_assert_uint_eq(f.length, 56 + 7 * 42);
	ck_assert_str_eq(f.name, "FLASH");
	ck_assert_str_eq(f.area[6].name, "RW_LEGACY");
	/* the smallest area decides; what is left of a parent is its own */
	cm_is(map, 0, AT, ATT_RANGE_STATIC, "WP_RO");
	cm_is(map, AT, 0x1000, ATT_RANGE_STATIC, "FMAP");
	cm_is(map, AT + 0x1000, 0xee00, ATT_RANGE_STATIC, "WP_RO");
	cm_is(map, 0x10000, 0x1000, ATT_RANGE_PER_MACHINE, "RO_VPD");
	cm_is(map, 0x11000, 0xf000, ATT_RANGE_STATIC, "WP_RO");
	cm_is(map, 0x20000, 0x60000, ATT_RANGE_STATIC, "COREBOOT");
	cm_is(map, 0x80000, 0x4000, ATT_RANGE_VOLATILE, "RW_NVRAM");
	cm_is(map, 0x84000, 0x10000, ATT_RANGE_VOLATILE, "RW_MRC_CACHE");
	cm_is(map, 0x94000, 0x2000, ATT_RANGE_STATIC, "RW_LEGACY");
	cm_is(map, 0x96000, CHIP - 0x96000, ATT_RANGE_GAP, "unclaimed");
	ck_assert_uint_eq(map->count, 10);
	ck_assert_uint_eq(map->note_count, 0);
}
END_TEST

START_TEST(classes)
{
	static const char *const written[] = { "RW_NVRAM", "RW_ELOG",
		"RW_VPD", "SMMSTORE", "RW_MRC_CACHE", "RW_VAR_MRC_CACHE",
		"UNIFIED_MRC_CACHE", "RECOVERY_MRC_CACHE", "CONSOLE" };
	static const char *const machine[] = { "RO_VPD", "SI_GBE", "SI_PDR" };
	static const char *const fixed[] = { "COREBOOT", "GBB", "rw_nvram",
		"RW_NVRAM2", "" };

	for (size_t i = 0; i < ATT_COUNT(written); i++)
		ck_assert(att_fmap_class(written[i]) == ATT_RANGE_VOLATILE);
	for (size_t i = 0; i < ATT_COUNT(machine); i++)
		ck_assert(att_fmap_class(machine[i]) ==
		    ATT_RANGE_PER_MACHINE);
	for (size_t i = 0; i < ATT_COUNT(fixed); i++)
		ck_assert(att_fmap_class(fixed[i]) == ATT_RANGE_STATIC);
}
END_TEST

START_TEST(refuses)
{
	static const struct {
		size_t at;
		uint32_t v;
		size_t width;
	} bad[] = {
		{ 0, 'X', 1 }, { 8, 0, 1 }, { 8, 2, 1 }, { 9, 2, 1 },
		{ 18, 0, 4 }, { 18, CHIP + 1, 4 }, { 54, 0, 2 },
		{ 54, 256, 2 }, { 54, 0xffff, 2 }, { 22, 0, 1 },
		{ 22, 0x07, 1 }, { 22, '\\', 1 }, { 22, 0x80, 1 },
		/* areas: behind the chip, of a length that wraps */
		{ 56, CHIP + 1, 4 }, { 56, 1, 4 }, { 60, CHIP + 1, 4 },
		{ 60, UINT32_MAX, 4 }, { 64, 0, 1 }, { 64, 0x1b, 1 },
	};
	AUTO_DONE(cm_done) struct cm m = cm_new(CHIP);
	struct att_fmap f;

	for (size_t i = 0; i < ATT_COUNT(bad); i++) {
		cm_fmap(&m, AT);
		cm_area(&m, AT, "ALL", 0, CHIP);
		ck_assert(parse(&m, CHIP, &f) == 0);
		for (size_t b = 0; b < bad[i].width; b++)
			cm_put8(&m, AT + bad[i].at + b,
			    (uint8_t)(bad[i].v >> 8 * b));
		ck_assert_msg(parse(&m, CHIP, &f) < 0, "%zu", i);
	}
	/* names of 31 bytes are ended, of 32 they are not */
	cm_fmap(&m, AT);
	cm_area(&m, AT, "ALL", 0, CHIP);
	cm_fill(&m, AT + 64, 'x', 31);
	ck_assert(parse(&m, CHIP, &f) == 0);
	ck_assert_uint_eq(strlen(f.area[0].name), 31);
	cm_fill(&m, AT + 64, 'x', 32);
	ck_assert(parse(&m, CHIP, &f) < 0);
}
END_TEST

START_TEST(truncation_and_limits)
{
	AUTO_DONE(cm_done) struct cm m = chip();
	struct att_fmap f;

	for (size_t n = AT; n < AT + 56 + 7 * 42; n++)
		ck_assert(parse(&m, n, &f) < 0);
	ck_assert(parse(&m, AT + 56 + 7 * 42, &f) == 0);
	cm_fmap(&m, AT);
	for (size_t i = 0; i < ATT_FMAP_AREAS_MAX; i++)
		cm_area(&m, AT, "A", i * 16, 16);
	ck_assert(parse(&m, CHIP, &f) == 0);
	ck_assert_uint_eq(f.count, 255);
	cm_area(&m, AT, "A", 0, 16);
	ck_assert(parse(&m, CHIP, &f) < 0);
}
END_TEST

/* A second map cannot free what the first one holds; it is told. */
START_TEST(forged_map)
{
	AUTO_DONE(cm_done) struct cm m = chip();
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();
	struct att_map_options o = { .alg = ATT_ALG_SHA256 };
	struct att_map *map = NULL;
	struct att_image im;

	cm_fmap(&m, 0xc0000);
	cm_area(&m, 0xc0000, "RW_NVRAM", 0x30000, 0x1000);
	cm_area(&m, 0xc0000, "RW_ELOG", 0xd0000, 0x1000);
	map = cm_map(&m);
	cm_is(map, 0x20000, 0x60000, ATT_RANGE_STATIC, "COREBOOT");
	/* it only reaches what nobody holds, and there another range is seen */
	cm_is(map, 0xd0000, 0x1000, ATT_RANGE_VOLATILE, "RW_ELOG");
	ck_assert(cm_has_note(map, "fmap.another"));
	ck_assert(cm_has_note(map, "map.disagreement"));
	att_map_free(take(&map));
	for (size_t i = 0; i < ATT_FMAPS_MAX - 2; i++) {
		cm_fmap(&m, 0xe0000 + i * 0x1000);
		cm_area(&m, 0xe0000 + i * 0x1000, "X", 0, 16);
	}
	map = cm_map(&m);
	att_map_free(take(&map));
	cm_fmap(&m, 0xf0000);
	cm_area(&m, 0xf0000, "X", 0, 16);
	ok(att_image_of(cm_view(&m), &im, err));
	fails(att_map_make(&im, &o, h, &map, err), ATT_E_LIMIT, "flash maps");
}
END_TEST

/* An area that says volatile does not free a volume of code, nor GbE. */
START_TEST(against_other_sources)
{
	AUTO_DONE(cm_done) struct cm m = cm_new(CHIP);
	AUTO(att_map_free) struct att_map *map = NULL;

	cm_ifd(&m, 2);
	cm_region(&m, 3, 0x1000, 0x2000);
	cm_region(&m, 1, 0x10000, CHIP - 0x10000);
	cm_fv(&m, 0x80000, 0x10000, CM_FFS2);
	cm_fv(&m, 0x90000, 0x10000, CM_VARIABLES);
	cm_fmap(&m, 0x20000);
	cm_area(&m, 0x20000, "RW_NVRAM", 0, 0x4000);
	cm_area(&m, 0x20000, "SMMSTORE", 0x80000, 0x20000);
	map = cm_map(&m);
	cm_is(map, 0, 0x1000, ATT_RANGE_STATIC, "descriptor");
	cm_is(map, 0x1000, 0x2000, ATT_RANGE_PER_MACHINE, "GbE");
	cm_is(map, 0x3000, 0x1000, ATT_RANGE_VOLATILE, "RW_NVRAM");
	cm_is(map, 0x80000, 0x10000, ATT_RANGE_STATIC, "FFS2 " CM_FFS2);
	cm_is(map, 0x90000, 0x10000, ATT_RANGE_VOLATILE,
	    "variables " CM_VARIABLES);
	ck_assert(cm_has_note(map, "map.disagreement"));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("fmap");
	TCase *t = tcase_create("fmap");

	tcase_add_test(t, areas);
	tcase_add_test(t, classes);
	tcase_add_test(t, refuses);
	tcase_add_test(t, truncation_and_limits);
	tcase_add_test(t, forged_map);
	tcase_add_test(t, against_other_sources);
	suite_add_tcase(s, t);
	return run_suite(s);
}
