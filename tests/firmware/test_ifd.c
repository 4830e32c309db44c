/* Intel flash descriptors, and the partition table of ME. */
#include "testlib.h"

#include "firmware/ifd.h"
#include "firmware/me.h"
#include "tests/firmware/chipmaker.h"

#define MIB ((size_t)1 << 20)
#define CHIP (4 * MIB)

static struct att_ifd
parsed(const struct cm *m)
{
	struct att_ifd ifd = { 0 };

	ok(att_ifd_parse(cm_view(m), &ifd, err));
	return ifd;
}

static void
span_is(const struct att_ifd *ifd, unsigned n, uint64_t offset,
    uint64_t length)
{
	ck_assert_uint_eq(ifd->region[n].offset, offset);
	ck_assert_uint_eq(ifd->region[n].length, length);
}

START_TEST(versions_and_rights)
{
	AUTO_DONE(cm_done) struct cm m = cm_new(CHIP);
	struct att_ifd ifd;

	cm_ifd(&m, 1);
	cm_region(&m, 1, 0x3000, CHIP - 0x3000);
	cm_region(&m, 2, 0x1000, 0x1000);
	cm_region(&m, 3, 0x2000, 0x1000);
	/* read DESC, BIOS, GbE; write BIOS alone, which needs no bit */
	cm_flmstr1(&m, 0x00090000);
	ifd = parsed(&m);
	ck_assert_uint_eq(ifd.version, 1);
	span_is(&ifd, 0, 0, 0x1000);
	span_is(&ifd, 1, 0x3000, CHIP - 0x3000);
	span_is(&ifd, 2, 0x1000, 0x1000);
	span_is(&ifd, 3, 0x2000, 0x1000);
	for (unsigned n = 4; n < ATT_IFD_REGIONS; n++)
		span_is(&ifd, n, 0, 0);
	ck_assert_uint_eq(ifd.host_read, 0xb);
	ck_assert_uint_eq(ifd.host_write, 0x2);

	cm_ifd(&m, 2);
	cm_region(&m, 15, 0x3000, 0x1000);
	/* write 0x123, read 0x456, write 12 and 14, read 13 and 15 */
	cm_flmstr1(&m, 0x1234565a);
	ifd = parsed(&m);
	ck_assert_uint_eq(ifd.version, 2);
	span_is(&ifd, 15, 0x3000, 0x1000);
	ck_assert_uint_eq(ifd.host_write, 0x5123 | 2);
	ck_assert_uint_eq(ifd.host_read, 0xa456 | 2);
}
END_TEST

START_TEST(unused_regions)
{
	static const uint32_t unused[] = { 0x7fff7fff, 0xffffffff,
		0x00007fff, 0x00020003, 0x00000000, 0x00000001 };
	AUTO_DONE(cm_done) struct cm m = cm_new(CHIP);
	struct att_ifd ifd;

	cm_ifd(&m, 2);
	for (size_t i = 0; i < ATT_COUNT(unused); i++) {
		cm_put32(&m, 0x40 + 4 * 3, unused[i]);
		ifd = parsed(&m);
		span_is(&ifd, 3, 0, 0);
	}
	/* of one block, and up to the end of all that can be named */
	cm_put32(&m, 0x40 + 4 * 3, 0x00030003);
	ifd = parsed(&m);
	span_is(&ifd, 3, 0x3000, 0x1000);
	cm_put32(&m, 0x40 + 4 * 3, 0x7fff0003);
	ifd = parsed(&m);
	span_is(&ifd, 3, 0x3000, ((uint64_t)0x8000 << 12) - 0x3000);
	/* a descriptor of version 1 has as many as it says, at most five */
	cm_ifd(&m, 1);
	cm_put32(&m, 0x40 + 4 * 3, 0x00030003);
	cm_put32(&m, 0x14, 0x02040003);
	ifd = parsed(&m);
	span_is(&ifd, 3, 0, 0);
	cm_put32(&m, 0x14, 0x07040003);
	cm_put32(&m, 0x40 + 4 * 5, 0x00030003);
	ifd = parsed(&m);
	span_is(&ifd, 3, 0x3000, 0x1000);
	span_is(&ifd, 5, 0, 0);
}
END_TEST

/* X230, T440p, TiogaPass: two chips of 3 bits, of 4 bits, one. */
START_TEST(densities)
{
	static const struct {
		uint32_t flmap0, flcomp;
		uint64_t size;
		bool allows;
	} cases[] = {
		{ 0x04040103, 0x4990001c, 12 * MIB, true },
		{ 0x04040103, 0x4990001c, 8 * MIB, true },
		{ 0x04040103, 0x49900034, 12 * MIB, true },
		{ 0x00040003, 0x649c00f6, 32 * MIB, true },
		{ 0x00040003, 0x649c00f6, 64 * MIB, false },
		{ 0x00040003, 0x649c00f6, 31 * MIB, false },
		{ 0x04040003, 0x0000001c, 8 * MIB, true },
		{ 0x04040003, 0x000000ff, 0, true },
		{ 0x04040003, 0x000000f7, 64 * MIB, true },
	};
	AUTO_DONE(cm_done) struct cm m = cm_new(CHIP);

	for (size_t i = 0; i < ATT_COUNT(cases); i++) {
		struct att_ifd ifd;

		cm_ifd(&m, 2);
		cm_put32(&m, 0x14, cases[i].flmap0);
		cm_put32(&m, 0x30, cases[i].flcomp);
		ifd = parsed(&m);
		ck_assert_msg(att_ifd_allows(&ifd, cases[i].size) ==
		    cases[i].allows, "%zu", i);
	}
}
END_TEST

START_TEST(refuses)
{
	AUTO_DONE(cm_done) struct cm m = cm_new(CHIP);
	struct att_ifd ifd = { .version = 77 };

	fails(att_ifd_parse(cm_view(&m), &ifd, err), ATT_E_NOT_FOUND, "no ");
	cm_ifd(&m, 2);
	for (size_t n = 0; n < ATT_IFD_SIZE; n++)
		ck_assert(att_ifd_parse((struct att_slice){ m.b, n }, &ifd,
		    NULL) == (n < 0x14 ? ATT_E_NOT_FOUND : ATT_E_SHORT));
	/* masters before regions; regions in the header; behind the end */
	cm_put32(&m, 0x18, 0x04);
	fails(att_ifd_parse(cm_view(&m), &ifd, err), ATT_E_FORMAT, "0x40");
	cm_put32(&m, 0x14, 0x00010003);
	cm_put32(&m, 0x18, 0x08);
	fails(att_ifd_parse(cm_view(&m), &ifd, err), ATT_E_FORMAT, "0x10");
	cm_put32(&m, 0x14, 0x00fd0003);
	cm_put32(&m, 0x18, 0xff);
	ok(att_ifd_parse(cm_view(&m), &ifd, err));
	ck_assert_uint_eq(ifd.version, 1);
	ifd.version = 77;
	cm_put32(&m, 0x14, 0x00ff00ff);
	cm_put32(&m, 0x18, 0xff);
	fails(att_ifd_parse(cm_view(&m), &ifd, err), ATT_E_FORMAT, "0xff0");
	ck_assert_uint_eq(ifd.version, 77);
}
END_TEST

/* Whatever the registers are: a result that is in bounds, or a refusal. */
START_TEST(every_bit)
{
	AUTO_DONE(cm_done) struct cm m = cm_new(64 << 10);
	size_t parsed_count = 0;

	cm_ifd(&m, 2);
	cm_region(&m, 1, 0x4000, 0xc000);
	for (size_t bit = 0x14 * 8; bit < 0xa0 * 8; bit++) {
		AUTO(att_map_free) struct att_map *map = NULL;
		struct att_ifd ifd;

		m.b[bit / 8] ^= (uint8_t)(1 << bit % 8);
		parsed_count += att_ifd_parse(cm_view(&m), &ifd, NULL) == 0;
		map = cm_map(&m);
		ck_assert(cm_at(map, 0)->class == ATT_RANGE_STATIC ||
		    cm_at(map, 0)->class == ATT_RANGE_UNREADABLE ||
		    cm_has_note(map, "ifd.broken"));
		m.b[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	ck_assert_uint_gt(parsed_count, 500);
}
END_TEST

/* What the host may not read is unreadable also where an image has it. */
START_TEST(map_of_a_server)
{
	AUTO_DONE(cm_done) struct cm m = cm_new(CHIP);
	AUTO(att_map_free) struct att_map *map = NULL;

	cm_ifd(&m, 2);
	cm_region(&m, 3, 0x1000, 0x2000);
	cm_region(&m, 2, 0x3000, 0xfd000);
	cm_region(&m, 11, 0x100000, 0x10000);
	cm_region(&m, 15, 0x110000, 0x10000);
	cm_region(&m, 1, 0x200000, 0x200000);
	cm_code(&m, 0x3000, 0xfd000);
	/* as of TiogaPass: ME and 15 are closed, the descriptor is not */
	cm_flmstr1(&m, 0xc7bcfb00);
	map = cm_map(&m);
	ck_assert_uint_eq(map->count, 7);
	cm_is(map, 0, 0x1000, ATT_RANGE_STATIC, "descriptor");
	cm_is(map, 0x1000, 0x2000, ATT_RANGE_PER_MACHINE, "GbE");
	cm_is(map, 0x3000, 0xfd000, ATT_RANGE_UNREADABLE, "ME");
	cm_is(map, 0x100000, 0x10000, ATT_RANGE_PER_MACHINE, "10GbE0");
	cm_is(map, 0x110000, 0x10000, ATT_RANGE_UNREADABLE, "PTT");
	cm_is(map, 0x120000, 0xe0000, ATT_RANGE_GAP, "unclaimed");
	cm_is(map, 0x200000, 0x200000, ATT_RANGE_GAP, "BIOS");
	ck_assert_int_eq(cm_at(map, 0x120000)->fill, 0xff);
	ck_assert(cm_has_note(map, "ifd.descriptor-writable-by-host"));
	ck_assert(!cm_has_note(map, "ifd.size"));
	ck_assert(!cm_has_note(map, "ifd.gbe-checksum"));
	/* ME changed: undetected, and not claimed to be known */
	{
		AUTO(att_map_free) struct att_map *other = NULL;
		struct att_map_change change;
		struct att_map_diff it;

		m.b[0x4000] ^= 1;
		other = cm_map(&m);
		it = att_map_diff_begin(map, other);
		ck_assert(!att_map_diff_next(&it, &change));
	}
}
END_TEST

START_TEST(notes)
{
	AUTO_DONE(cm_done) struct cm m = cm_new(CHIP);
	AUTO(att_map_free) struct att_map *map = NULL;
	uint16_t sum = 0;

	cm_ifd(&m, 1);
	cm_flmstr1(&m, 0x0a0b0000);
	map = cm_map(&m);
	ck_assert_uint_eq(map->note_count, 0);
	att_map_free(take(&map));
	/* a wrong sum in one bank, the right one in the other */
	cm_region(&m, 3, 0x1000, 0x2000);
	cm_code(&m, 0x1000, 0x1000);
	cm_code(&m, 0x2000, 0x1000);
	for (size_t i = 0; i < 0x3f * 2; i += 2)
		sum = (uint16_t)(sum + m.b[0x2000 + i] +
		    ((unsigned)m.b[0x2001 + i] << 8));
	cm_put16(&m, 0x2000 + 0x3f * 2, (uint16_t)(0xbaba - sum));
	map = cm_map(&m);
	ck_assert_uint_eq(map->note_count, 1);
	ck_assert_str_eq(map->note[0].code, "ifd.gbe-checksum");
	ck_assert_uint_eq(map->note[0].offset, 0x1000);
	att_map_free(take(&map));
	/* regions that overlap, and one that ends behind the chip */
	cm_region(&m, 1, 0x2000, CHIP);
	map = cm_map(&m);
	ck_assert(cm_has_note(map, "ifd.region-overlap"));
	ck_assert(cm_has_note(map, "ifd.region-outside"));
	/* who claims more strictly has it */
	cm_is(map, 0x1000, 0x2000, ATT_RANGE_PER_MACHINE, "GbE");
	att_map_free(take(&map));
	cm_region(&m, 1, 0x4000, CHIP - 0x4000);
	cm_region(&m, 2, 0x2000, 0x2000);
	map = cm_map(&m);
	ck_assert(cm_has_note(map, "ifd.region-overlap"));
	ck_assert(!cm_has_note(map, "ifd.region-outside"));
	att_map_free(take(&map));
	/* of a chip of another size */
	cm_put32(&m, 0x30, 0);
	map = cm_map(&m);
	ck_assert(cm_has_note(map, "ifd.size"));
	att_map_free(take(&map));
	cm_put32(&m, 0x18, 0);
	map = cm_map(&m);
	ck_assert_uint_eq(map->note_count, 1);
	ck_assert_str_eq(map->note[0].code, "ifd.broken");
	ck_assert_uint_eq(map->count, 1);
}
END_TEST

/* -- ME -------------------------------------------------------------------- */

static void
chip_with_me(struct cm *m, size_t table)
{
	*m = cm_new(CHIP);
	cm_ifd(m, 2);
	cm_region(m, 1, 0x200000, 0x200000);
	cm_region(m, 2, 0x1000, 0x1ff000);
	cm_code(m, 0x1000, 0x1ff000);
	cm_fpt(m, 0x1000 + table);
	cm_fpt_entry(m, 0x1000 + table, "FTPR", 0x2000, 0x10000, false);
	cm_fpt_entry(m, 0x1000 + table, "MFS", 0x20000, 0x8000, true);
}

START_TEST(me_partitions)
{
	for (size_t table = 0; table <= 0x10; table += 0x10) {
		AUTO_DONE(cm_done) struct cm m = { 0 };
		AUTO(att_map_free) struct att_map *map = NULL;

		chip_with_me(&m, table);
		map = cm_map(&m);
		cm_is(map, 0x1000 + table, 96, ATT_RANGE_STATIC, "ME/$FPT");
		cm_is(map, 0x3000, 0x10000, ATT_RANGE_STATIC, "ME/FTPR");
		cm_is(map, 0x13000, 0xe000, ATT_RANGE_GAP, "ME");
		cm_is(map, 0x21000, 0x8000, ATT_RANGE_VOLATILE, "ME/MFS");
		cm_is(map, 0x29000, 0x1d7000, ATT_RANGE_GAP, "ME");
	}
}
END_TEST

/* An entry that says data does not free what another one holds. */
START_TEST(me_forged_entry)
{
	AUTO_DONE(cm_done) struct cm m = { 0 };
	AUTO(att_map_free) struct att_map *map = NULL;

	chip_with_me(&m, 0x10);
	cm_fpt_entry(&m, 0x1010, "EVIL", 0x2100, 0x100, true);
	cm_fpt_entry(&m, 0x1010, "EVI2", 0x2000, 0x10000, true);
	cm_fpt_entry(&m, 0x1010, "EVI3", 0, 0x100, true);
	map = cm_map(&m);
	cm_is(map, 0x3000, 0x10000, ATT_RANGE_STATIC, "ME/FTPR");
	cm_is(map, 0x1010, 32 * 6, ATT_RANGE_STATIC, "ME/$FPT");
	cm_is(map, 0x1000, 0x10, ATT_RANGE_VOLATILE, "ME/EVI3");
}
END_TEST

START_TEST(me_entries)
{
	static const uint32_t outside[][2] = { { UINT32_MAX, 1 },
		{ 0x1ff000, 1 }, { 0, 0x1ff001 }, { 0x1000, UINT32_MAX },
		{ 0, 0 } };
	AUTO_DONE(cm_done) struct cm m = { 0 };
	struct att_slice region;
	struct att_me me;

	chip_with_me(&m, 0);
	region = (struct att_slice){ m.b + 0x1000, 0x1ff000 };
	for (size_t i = 0; i < ATT_COUNT(outside); i++)
		cm_fpt_entry(&m, 0x1000, "X\n\"", outside[i][0],
		    outside[i][1], false);
	ok(att_me_parse(region, &me, err));
	ck_assert_uint_eq(me.count, 2);
	cm_fpt_entry(&m, 0x1000, "X\n\"", 0x1fefff, 1, false);
	ok(att_me_parse(region, &me, err));
	ck_assert_uint_eq(me.count, 3);
	ck_assert_str_eq(me.partition[2].name, "X??");
	/* invalid ones do not count */
	cm_put8(&m, 0x1000 + 32 + 31, 0xff);
	ok(att_me_parse(region, &me, err));
	ck_assert_uint_eq(me.count, 2);
	ck_assert_str_eq(me.partition[0].name, "MFS");
	/* at the limit, and one above; cut off */
	cm_put32(&m, 0x1004, ATT_ME_PARTITIONS_MAX);
	ok(att_me_parse(region, &me, err));
	cm_put32(&m, 0x1004, ATT_ME_PARTITIONS_MAX + 1);
	fails(att_me_parse(region, &me, err), ATT_E_LIMIT, "65");
	cm_put32(&m, 0x1004, 8);
	for (size_t n = 0; n < 32 * 9; n++)
		ck_assert(att_me_parse((struct att_slice){ region.data, n },
		    &me, NULL) == (n < 4 ? ATT_E_NOT_FOUND : ATT_E_SHORT));
	cm_put8(&m, 0x1000 + 10, 33);
	fails(att_me_parse(region, &me, err), ATT_E_FORMAT, "33 bytes");
	/* a table that is broken: the region is static as a whole */
	{
		AUTO(att_map_free) struct att_map *map = cm_map(&m);

		cm_is(map, 0x1000, 0x1ff000, ATT_RANGE_STATIC, "ME");
		ck_assert(cm_has_note(map, "me.broken"));
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("ifd");
	TCase *t = tcase_create("ifd");

	tcase_add_test(t, versions_and_rights);
	tcase_add_test(t, unused_regions);
	tcase_add_test(t, densities);
	tcase_add_test(t, refuses);
	tcase_add_test(t, every_bit);
	tcase_add_test(t, map_of_a_server);
	tcase_add_test(t, notes);
	tcase_add_test(t, me_partitions);
	tcase_add_test(t, me_forged_entry);
	tcase_add_test(t, me_entries);
	suite_add_tcase(s, t);
	return run_suite(s);
}
