#include "testlib.h"

#include "firmware/amd.h"
#include "tests/firmware/chipmaker.h"

#define MIB ((size_t)1 << 20)
#define PSP_WRITABLE 0x000400		/* byte 2, bit 2 */
#define BIOS_WRITABLE 0x200000		/* byte 3, bit 5 */

/* Two directories below a structure; what lies between is code. */
static struct cm
chip(size_t size, size_t efs)
{
	struct cm m = cm_new(size);

	cm_efs(&m, efs, 0x10000, 0xff000000 | (uint32_t)(0x1000000 - size +
	    0x18000));
	cm_directory(&m, 0x10000, "$PSP", 0);
	cm_entry(&m, 0x10000, 0x00, 0, 0x12000, 0x400);
	cm_entry(&m, 0x10000, 0x0b, 0, 0x13000, 0xffffffff);
	cm_entry(&m, 0x10000, 0x04, 0, 0x14000, 0x2000);
	cm_entry(&m, 0x10000, 0x1a, 0, 0x30000, 0x1000);
	cm_entry(&m, 0x10000, 0x68, PSP_WRITABLE, 0x32000, 0x1000);
	cm_directory(&m, 0x18000, "$BHD", 0);
	cm_entry(&m, 0x18000, 0x60, 0, 0x1a000, 0x1000);
	cm_entry(&m, 0x18000, 0x62, 0, 0x1b000, 0x1000);
	cm_entry(&m, 0x18000, 0x68, 0, 0x1c000, 0x1000);
	cm_entry(&m, 0x18000, 0x70, BIOS_WRITABLE, 0x1d000, 0x1000);
	cm_entry(&m, 0x18000, 0x61, 0, 0, 0x1000);
	cm_code(&m, 0x12000, 0x400);
	return m;
}

static void
has_entries(const struct cm *m)
{
	AUTO(att_map_free) struct att_map *map = cm_map(m);

	/* up to the next entry, as it is less than a block */
	cm_is(map, 0x12000, 0x400, ATT_RANGE_STATIC, "AMD PSP 0x00");
	cm_is(map, 0x14000, 0x2000, ATT_RANGE_VOLATILE, "AMD PSP 0x04");
	cm_is(map, 0x30000, 0x1000, ATT_RANGE_STATIC, "AMD PSP 0x1a");
	cm_is(map, 0x32000, 0x1000, ATT_RANGE_VOLATILE, "AMD PSP 0x68");
	cm_is(map, 0x18000, 16 + 5 * 24, ATT_RANGE_STATIC, "AMD $BHD");
	cm_is(map, 0x1a000, 0x1000, ATT_RANGE_VOLATILE, "AMD BIOS 0x60");
	cm_is(map, 0x1b000, 0x1000, ATT_RANGE_STATIC, "AMD BIOS 0x62");
	cm_is(map, 0x1c000, 0x1000, ATT_RANGE_STATIC, "AMD BIOS 0x68");
	/* a link is not an entry, a value is not an address, 0 is neither */
	ck_assert(cm_at(map, 0x1d000)->class == ATT_RANGE_GAP);
	ck_assert(cm_at(map, 0x13000)->class == ATT_RANGE_GAP);
	ck_assert(cm_at(map, 0)->class == ATT_RANGE_GAP);
}

START_TEST(places)
{
	static const size_t in16[] = { 0x020000, 0x120000, 0x820000,
		0xc20000, 0xe20000, 0xf20000, 0xfa0000 };

	for (size_t i = 0; i < ATT_COUNT(in16); i++) {
		AUTO_DONE(cm_done) struct cm m = chip(16 * MIB, in16[i]);

		has_entries(&m);
	}
	{
		AUTO_DONE(cm_done) struct cm m = chip(8 * MIB, 0x7a0000);

		has_entries(&m);
	}
	{
		AUTO_DONE(cm_done) struct cm m = chip(4 * MIB, 0x3a0000);

		has_entries(&m);
	}
	{
		/* nowhere a structure may be */
		AUTO_DONE(cm_done) struct cm m = chip(16 * MIB, 0x021000);
		AUTO(att_map_free) struct att_map *map = cm_map(&m);

		ck_assert_uint_eq(map->count, 1);
	}
}
END_TEST

/* The second half of a chip speaks of itself. */
START_TEST(two_halves)
{
	AUTO_DONE(cm_done) struct cm m = cm_new(32 * MIB);
	AUTO(att_map_free) struct att_map *map = NULL;

	cm_efs(&m, 16 * MIB + 0x20000, 0xff030000, 0);
	cm_directory(&m, 16 * MIB + 0x30000, "$PSP", 0);
	cm_entry(&m, 16 * MIB + 0x30000, 1, 0, 0xff040000, 0x2000);
	map = cm_map(&m);
	cm_is(map, 16 * MIB + 0x40000, 0x2000, ATT_RANGE_STATIC,
	    "AMD PSP 0x01");
	cm_is(map, 16 * MIB + 0x20000, 0x50, ATT_RANGE_STATIC, "AMD EFS");
}
END_TEST

START_TEST(address_modes)
{
	static const struct {
		uint32_t info;
		uint64_t address;
		uint64_t at;	/* 0: nowhere */
	} cases[] = {
		/* bits of the entry count if the table has a mode */
		{ 0, 0x20000, 0x20000 },
		{ 0, (uint64_t)2 << 62 | 0x20000, 0x20000 },
		{ 1u << 29, (uint64_t)1 << 62 | 0x20000, 0x20000 },
		{ 2u << 29, (uint64_t)2 << 62 | 0x20000, 0x50000 },
		{ 2u << 29, 0xff020000, 0x20000 },
		{ 2u << 29, (uint64_t)3 << 62 | 0x20000, 0 },
		{ 1u << 31 | 2u << 24, (uint64_t)2 << 62 | 0x20000, 0x50000 },
		{ 1u << 31 | 2u << 29, (uint64_t)2 << 62 | 0x20000, 0x20000 },
		{ 0, 0x1000000, 0 },
		{ 0, 0xfeffffff, 0 },
		{ 0, UINT32_MAX, 0 },
		{ 0, (uint64_t)1 << 40, 0 },
		{ 2u << 29, (uint64_t)2 << 62 | 0xfd0000, 0 },
		{ 2u << 29, ((uint64_t)3 << 62) - 1, 0 },
	};

	for (size_t i = 0; i < ATT_COUNT(cases); i++) {
		AUTO_DONE(cm_done) struct cm m = cm_new(16 * MIB);
		AUTO(att_map_free) struct att_map *map = NULL;

		cm_efs(&m, 0xfa0000, 0x30000, 0);
		cm_directory(&m, 0x30000, "$PSP", cases[i].info);
		cm_entry(&m, 0x30000, 1, 0, cases[i].address, 0x1000);
		map = cm_map(&m);
		if (cases[i].at != 0)
			cm_is(map, cases[i].at, 0x1000, ATT_RANGE_STATIC,
			    "AMD PSP 0x01");
		else
			ck_assert_msg(map->count == 5, "%zu: %zu ranges", i,
			    map->count);
	}
}
END_TEST

/* Combos, both levels, slots A and B; a loop ends. */
START_TEST(levels)
{
	AUTO_DONE(cm_done) struct cm m = cm_new(16 * MIB);
	AUTO(att_map_free) struct att_map *map = NULL;

	cm_efs(&m, 0x20000, 0x30000, 0);
	cm_directory(&m, 0x30000, "2PSP", 0);
	cm_entry(&m, 0x30000, 0, 0, 0x40000, 0xbc0a0000);
	cm_entry(&m, 0x30000, 0, 0, 0x50000, 0xbc0a0100);
	cm_directory(&m, 0x40000, "$PSP", 0);
	cm_entry(&m, 0x40000, 0x48, 0, 0x41000, 0x20);
	cm_entry(&m, 0x40000, 0x4a, 0, 0x42000, 0x20);
	cm_put32(&m, 0x41010, 0x60000);
	cm_put32(&m, 0x42010, 0xff070000);
	cm_directory(&m, 0x50000, "$PSP", 0);
	cm_entry(&m, 0x50000, 0x40, 0, 0x60000, 0x400);
	cm_directory(&m, 0x60000, "$PL2", 0);
	cm_entry(&m, 0x60000, 0x49, 0, 0x80000, 0x400);
	cm_entry(&m, 0x60000, 0x40, 0, 0x40000, 0x400);
	cm_directory(&m, 0x70000, "$PL2", 0);
	cm_entry(&m, 0x70000, 0x40, 0, 0x70000, 0x400);
	cm_entry(&m, 0x70000, 0x12, 0, 0x90000, 0x3000);
	cm_directory(&m, 0x80000, "$BHD", 0);
	cm_entry(&m, 0x80000, 0x70, 0, 0x88000, 0x400);
	cm_directory(&m, 0x88000, "$BL2", 0);
	cm_entry(&m, 0x88000, 0x63, 0, 0x94000, 0x3000);
	map = cm_map(&m);
	cm_is(map, 0x30000, 64, ATT_RANGE_STATIC, "AMD 2PSP");
	/* the one with the padding up to the other */
	cm_is(map, 0x41000, 0x1000, ATT_RANGE_STATIC, "AMD slot header");
	cm_is(map, 0x42000, 32, ATT_RANGE_STATIC, "AMD slot header");
	cm_is(map, 0x50000, 32, ATT_RANGE_STATIC, "AMD $PSP");
	cm_is(map, 0x60000, 48, ATT_RANGE_STATIC, "AMD $PL2");
	cm_is(map, 0x88000, 40, ATT_RANGE_STATIC, "AMD $BL2");
	cm_is(map, 0x90000, 0x3000, ATT_RANGE_STATIC, "AMD PSP 0x12");
	cm_is(map, 0x94000, 0x3000, ATT_RANGE_VOLATILE, "AMD BIOS 0x63");
}
END_TEST

/* Padding of less than a block between entries is part of the code. */
START_TEST(folding)
{
	AUTO_DONE(cm_done) struct cm m = cm_new(16 * MIB);
	AUTO(att_map_free) struct att_map *map = NULL;

	cm_efs(&m, 0x20000, 0x30000, 0);
	cm_directory(&m, 0x30000, "$PSP", 0);
	cm_entry(&m, 0x30000, 1, 0, 0x40000, 0x100);
	cm_entry(&m, 0x30000, 2, 0, 0x410ff, 0x101);	/* 4095 between */
	cm_entry(&m, 0x30000, 3, 0, 0x42200, 0x100);	/* 4096 */
	cm_entry(&m, 0x30000, 4, 0, 0x42400, 0x100);
	cm_entry(&m, 0x30000, 5, 0, 0x42600, 0x100);
	map = cm_map(&m);
	cm_is(map, 0x40000, 0x10ff, ATT_RANGE_STATIC, "AMD PSP 0x01");
	cm_is(map, 0x410ff, 0x101, ATT_RANGE_STATIC, "AMD PSP 0x02");
	cm_is(map, 0x41200, 0x1000, ATT_RANGE_GAP, "unclaimed");
	cm_is(map, 0x42200, 0x200, ATT_RANGE_STATIC, "AMD PSP 0x03");
	cm_is(map, 0x42400, 0x100, ATT_RANGE_VOLATILE, "AMD PSP 0x04");
	/* what comes after bytes that are written is no code */
	cm_is(map, 0x42500, 0x100, ATT_RANGE_GAP, "unclaimed");
	ck_assert(cm_at(map, 0x42700)->class == ATT_RANGE_GAP);
}
END_TEST

/* An entry that is written to does not free one that is not. */
START_TEST(overlaps)
{
	AUTO_DONE(cm_done) struct cm m = cm_new(16 * MIB);
	AUTO(att_map_free) struct att_map *map = NULL;

	cm_efs(&m, 0x20000, 0x30000, 0);
	cm_directory(&m, 0x30000, "$PSP", 0);
	cm_entry(&m, 0x30000, 1, 0, 0x40000, 0x4000);
	cm_entry(&m, 0x30000, 2, PSP_WRITABLE, 0x41000, 0x1000);
	cm_entry(&m, 0x30000, 2, PSP_WRITABLE, 0x1f000, 0x20000);
	cm_fv(&m, 0x60000, 0x10000, CM_FFS2);
	cm_entry(&m, 0x30000, 6, PSP_WRITABLE, 0x60000, 0x10000);
	map = cm_map(&m);
	cm_is(map, 0x40000, 0x4000, ATT_RANGE_STATIC, "AMD PSP 0x01");
	cm_is(map, 0x60000, 0x10000, ATT_RANGE_STATIC, "FFS2 " CM_FFS2);
	cm_is(map, 0x20000, 0x50, ATT_RANGE_STATIC, "AMD EFS");
	cm_is(map, 0x30000, 16 + 4 * 16, ATT_RANGE_STATIC, "AMD $PSP");
	ck_assert(cm_has_note(map, "map.disagreement"));
}
END_TEST

START_TEST(directories_that_are_none)
{
	AUTO_DONE(cm_done) struct cm m = cm_new(16 * MIB);
	AUTO(att_map_free) struct att_map *map = NULL;

	cm_efs(&m, 0x20000, 0x30000, 0);
	cm_directory(&m, 0x30000, "$PSP", 0);
	cm_entry(&m, 0x30000, 1, 0, 0x40000, 0x4000);
	for (size_t bit = 0; bit < 32 * 8; bit++) {
		m.b[0x30000 + bit / 8] ^= (uint8_t)(1 << bit % 8);
		map = cm_map(&m);
		ck_assert_msg(map->count == 1, "%zu", bit);
		att_map_free(take(&map));
		m.b[0x30000 + bit / 8] ^= (uint8_t)(1 << bit % 8);
		bit += bit % 8 == 0 ? 6 : 0;	/* two bits of each byte */
	}
	/* as many entries as are taken, and one more */
	cm_directory(&m, 0x30000, "$PSP", 0);
	for (size_t i = 0; i < ATT_AMD_ENTRIES_MAX; i++)
		cm_entry(&m, 0x30000, 1, 0, 0x40000, 0x4000);
	map = cm_map(&m);
	ck_assert(cm_at(map, 0x40000)->class == ATT_RANGE_STATIC);
	att_map_free(take(&map));
	cm_entry(&m, 0x30000, 1, 0, 0x40000, 0x4000);
	map = cm_map(&m);
	ck_assert_uint_eq(map->count, 1);
	att_map_free(take(&map));
	/* counts that no chip has, a directory in the last bytes */
	cm_put32(&m, 0x30008, UINT32_MAX);
	map = cm_map(&m);
	ck_assert_uint_eq(map->count, 1);
	att_map_free(take(&map));
	cm_efs(&m, 0x20000, 0xfffff0, 0);
	cm_put(&m, 0xfffff0, "$PSP", 4);
	map = cm_map(&m);
	ck_assert_uint_eq(map->count, 1);
}
END_TEST

/* The combo and as many as are taken beside it; the one more is not seen. */
START_TEST(directory_limit)
{
	AUTO_DONE(cm_done) struct cm m = cm_new(16 * MIB);
	AUTO(att_map_free) struct att_map *map = NULL;
	size_t last = 0x100000 + ATT_AMD_DIRECTORIES_MAX * 0x10000;

	cm_efs(&m, 0x20000, 0x30000, 0);
	cm_directory(&m, 0x30000, "2PSP", 0);
	for (size_t at = 0x100000; at < last; at += 0x10000) {
		cm_directory(&m, at, "$PSP", 0);
		cm_entry(&m, at, 1, 0, at + 0x4000, 0x1000);
		cm_entry(&m, 0x30000, 0, 0, at, 0);
	}
	map = cm_map(&m);
	cm_is(map, last - 0x20000, 32, ATT_RANGE_STATIC, "AMD $PSP");
	cm_is(map, last - 0x1c000, 0x1000, ATT_RANGE_STATIC, "AMD PSP 0x01");
	ck_assert(cm_at(map, last - 0x10000)->class == ATT_RANGE_GAP);
	ck_assert(cm_at(map, last - 0xc000)->class == ATT_RANGE_GAP);
}
END_TEST

/* An entry that ends behind the chip is none; one that ends with it is. */
START_TEST(entries_at_the_end)
{
	AUTO_DONE(cm_done) struct cm m = cm_new(16 * MIB);
	AUTO(att_map_free) struct att_map *map = NULL;

	cm_efs(&m, 0x20000, 0x30000, 0);
	cm_directory(&m, 0x30000, "$PSP", 0);
	cm_entry(&m, 0x30000, 1, 0, 0xfff000, 0x1000);
	cm_entry(&m, 0x30000, 2, 0, 0xffe000, 0x2001);
	cm_entry(&m, 0x30000, 2, 0, 0xffe000, UINT32_MAX);
	map = cm_map(&m);
	cm_is(map, 0xfff000, 0x1000, ATT_RANGE_STATIC, "AMD PSP 0x01");
	ck_assert(cm_at(map, 0xffe000)->class == ATT_RANGE_GAP);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("amd");
	TCase *t = tcase_create("amd");

	tcase_add_test(t, places);
	tcase_add_test(t, two_halves);
	tcase_add_test(t, address_modes);
	tcase_add_test(t, levels);
	tcase_add_test(t, folding);
	tcase_add_test(t, overlaps);
	tcase_add_test(t, directories_that_are_none);
	tcase_add_test(t, directory_limit);
	tcase_add_test(t, entries_at_the_end);
	suite_add_tcase(s, t);
	return run_suite(s);
}
