/* What must hold for the map of any chip, and what differs between two. */
#include "testlib.h"

#include "tests/firmware/chipmaker.h"

#define CHIP ((size_t)1 << 20)
#define KIB ((size_t)1 << 10)

/* Everything that a chip can have, in one. */
static struct cm
server(void)
{
	struct cm m = cm_new(CHIP);
	size_t at;

	cm_ifd(&m, 2);
	cm_region(&m, 3, 0x1000, 0x2000);
	cm_region(&m, 2, 0x3000, 0x3d000);
	cm_region(&m, 15, 0x40000, 0x10000);
	cm_region(&m, 1, 0x80000, 0x80000);
	cm_flmstr1(&m, 0xffffff07);
	cm_code(&m, 0x3000, 0x3d000);
	cm_fpt(&m, 0x3010);
	cm_fpt_entry(&m, 0x3010, "FTPR", 0x1000, 0x10000, false);
	cm_fpt_entry(&m, 0x3010, "MFS", 0x20000, 0x8000, true);
	cm_fv(&m, 0x80000, 0x10000, CM_VARIABLES);
	cm_code(&m, 0x81000, 0x100);
	at = 0xa0000 + cm_fv(&m, 0xa0000, 0x20000, CM_FFS2);
	at = cm_file(&m, at, CM_CODE, 7, 0x4000);
	at = cm_file(&m, at, CM_AMI_NVAR, 1, 0x4000);
	(void)cm_file(&m, at, CM_AMI_HOLE, 1, 0x800);
	return m;
}

static bool
same_map(const struct att_map *a, const struct att_map *b)
{
	struct att_map_diff it = att_map_diff_begin(a, b);
	struct att_map_change c;

	return !att_map_diff_next(&it, &c);
}

/* True if something other than the bytes of volatile ranges differs. */
static bool
alarm_between(const struct att_map *a, const struct att_map *b)
{
	struct att_map_diff it = att_map_diff_begin(a, b);
	struct att_map_change c;
	bool any = false;

	while (att_map_diff_next(&it, &c))
		any |= att_map_change_matters(&c);
	return any;
}

START_TEST(deterministic)
{
	AUTO_DONE(cm_done) struct cm m = server();
	AUTO(att_map_free) struct att_map *a = cm_map(&m);
	AUTO(att_map_free) struct att_map *b = cm_map(&m);

	ck_assert(same_map(a, b));
	ck_assert_uint_gt(a->count, 12);
	for (unsigned class = 0; class < ATT_RANGE_CLASSES; class++) {
		bool seen = false;

		for (size_t i = 0; i < a->count; i++)
			seen |= a->range[i].class == class;
		ck_assert_msg(seen, "none is %s",
		    att_range_class_name(class));
	}
}
END_TEST

/* Any byte: told, unless it may change or cannot be read. */
START_TEST(every_flip)
{
	AUTO_DONE(cm_done) struct cm m = server();
	AUTO(att_map_free) struct att_map *good = cm_map(&m);
	size_t free_bytes = 0, told = 0;

	for (size_t at = 0; at < CHIP; at += at < 0x120 ? 1 : 1021) {
		AUTO(att_map_free) struct att_map *map = NULL;
		enum att_range_class class = cm_at(good, at)->class;
		bool may = class == ATT_RANGE_VOLATILE ||
		    class == ATT_RANGE_UNREADABLE;

		m.b[at] ^= (uint8_t)(1 << at % 8);
		map = cm_map(&m);
		m.b[at] ^= (uint8_t)(1 << at % 8);
		if (!may)
			ck_assert_msg(alarm_between(good, map), "0x%zx", at);
		else if (at % KIB > 0x48)	/* no header of a volume */
			ck_assert_msg(!alarm_between(good, map), "0x%zx", at);
		free_bytes += may;
		told += !may;
	}
	ck_assert(free_bytes > 100 && told > 500);
}
END_TEST

/* What a change is called, and where. */
START_TEST(changes)
{
	static const struct {
		size_t at;
		const char *name;
		enum att_range_class class;
	} flips[] = {
		{ 0x80, "descriptor", ATT_RANGE_STATIC },
		{ 0x1003, "GbE", ATT_RANGE_PER_MACHINE },
		{ 0x5000, "ME/FTPR", ATT_RANGE_STATIC },
		{ 0x70000, "unclaimed", ATT_RANGE_GAP },
		{ 0x98000, "BIOS", ATT_RANGE_GAP },
		{ 0xa0100, "FFS2 " CM_FFS2, ATT_RANGE_STATIC },
		{ 0xbf000, "FFS2 " CM_FFS2, ATT_RANGE_STATIC },
	};
	AUTO_DONE(cm_done) struct cm m = server();
	AUTO(att_map_free) struct att_map *good = cm_map(&m);

	/* a lock: the host could not write region 7 before */
	cm_flmstr1(&m, 0xf7ffff07);
	att_map_free(take(&good));
	good = cm_map(&m);
	for (size_t i = 0; i < ATT_COUNT(flips); i++) {
		AUTO(att_map_free) struct att_map *map = NULL;
		struct att_map_diff it;
		struct att_map_change c;

		m.b[flips[i].at] ^= 0x80;
		map = cm_map(&m);
		m.b[flips[i].at] ^= 0x80;
		it = att_map_diff_begin(good, map);
		ck_assert(att_map_diff_next(&it, &c));
		ck_assert(c.kind == ATT_MAP_CONTENT);
		ck_assert_str_eq(c.before->name, flips[i].name);
		ck_assert(c.before->class == flips[i].class);
		ck_assert(flips[i].at - c.before->offset < c.before->length);
		ck_assert(att_map_change_matters(&c));
		ck_assert(!att_map_diff_next(&it, &c));
	}
	/* a right that is taken away: the region, and the descriptor */
	{
		AUTO(att_map_free) struct att_map *map = NULL;
		struct att_map_diff it;
		struct att_map_change c;
		size_t n = 0;

		cm_flmstr1(&m, 0xf7fff707);
		map = cm_map(&m);
		it = att_map_diff_begin(good, map);
		while (att_map_diff_next(&it, &c))
			n++;
		ck_assert_uint_eq(n, 3);
		cm_is(map, 0x1000, 0x2000, ATT_RANGE_UNREADABLE, "GbE");
	}
}
END_TEST

/* Stretched over code, and forged in a gap: another partition. */
START_TEST(forged_volumes)
{
	AUTO_DONE(cm_done) struct cm m = server();
	AUTO(att_map_free) struct att_map *good = cm_map(&m);
	AUTO(att_map_free) struct att_map *map = NULL;

	cm_put64(&m, 0x80020, 0x60000);
	cm_fv_sum(&m, 0x80000);
	map = cm_map(&m);
	ck_assert(cm_at(map, 0xa0100)->class == ATT_RANGE_VOLATILE);
	ck_assert(alarm_between(good, map));
	att_map_free(take(&map));
	cm_put64(&m, 0x80020, 0x10000);
	cm_fv_sum(&m, 0x80000);
	cm_fv(&m, 0x92000, 0x1000, CM_VARIABLES);
	map = cm_map(&m);
	ck_assert(alarm_between(good, map));
	att_map_free(take(&map));
	/* volumes do not reach into other regions, nor begin there */
	cm_fv(&m, 0x7f000, 0x1000, CM_VARIABLES);
	cm_fv(&m, 0x4f000, 0x2000, CM_VARIABLES);
	cm_fv(&m, 0x2000, 0x1000, CM_VARIABLES);
	map = cm_map(&m);
	ck_assert(cm_at(map, 0x7f000)->class == ATT_RANGE_VOLATILE);
	cm_is(map, 0x1000, 0x2000, ATT_RANGE_PER_MACHINE, "GbE");
	cm_is(map, 0x40000, 0x10000, ATT_RANGE_UNREADABLE, "PTT");
	ck_assert(cm_at(map, 0x50000)->class == ATT_RANGE_GAP);
}
END_TEST

/* In regions of the host's code, and in none, but in no other. */
START_TEST(where_volumes_are)
{
	AUTO_DONE(cm_done) struct cm m = server();
	AUTO(att_map_free) struct att_map *map = NULL;

	cm_region(&m, 6, 0x58000, 0x8000);
	cm_fv(&m, 0x1000, 0x1000, CM_FFS2);
	cm_fv(&m, 0x30000, 0x1000, CM_VARIABLES);
	cm_fv(&m, 0x59000, 0x1000, CM_VARIABLES);
	cm_fv(&m, 0x70000, 0x1000, CM_VARIABLES);
	map = cm_map(&m);
	cm_is(map, 0x1000, 0x2000, ATT_RANGE_PER_MACHINE, "GbE");
	cm_is(map, 0x2b000, 0x15000, ATT_RANGE_GAP, "ME");
	cm_is(map, 0x58000, 0x1000, ATT_RANGE_GAP, "BIOS2");
	cm_is(map, 0x59000, 0x1000, ATT_RANGE_VOLATILE,
	    "variables " CM_VARIABLES);
	cm_is(map, 0x70000, 0x1000, ATT_RANGE_VOLATILE,
	    "variables " CM_VARIABLES);
}
END_TEST

/* What could not be read is not looked at. */
START_TEST(lost_bytes)
{
	AUTO_DONE(cm_done) struct cm m = server();
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();
	AUTO(att_map_free) struct att_map *map = NULL;
	AUTO(att_map_free) struct att_map *other = NULL;
	struct att_map_options o = { .alg = ATT_ALG_SHA384 };
	struct att_image im;

	cm_fv(&m, 0xd0000, 0x1000, CM_FFS2);
	ok(att_image_of(cm_view(&m), &im, err));
	ok(att_image_lose(&im, 0x90000, 0x18000, err));
	ok(att_image_lose(&im, 0xff000, UINT64_MAX, err));
	ok(att_image_lose(&im, CHIP, 1, err));
	ok(att_image_lose(&im, 0, 0, err));
	ok(att_map_make(&im, &o, h, &map, err));
	cm_sound(map);
	cm_is(map, 0x90000, 0x18000, ATT_RANGE_UNREADABLE, "BIOS");
	cm_is(map, 0xff000, 0x1000, ATT_RANGE_UNREADABLE, "BIOS");
	/* the volume that began there is not known any more */
	cm_is(map, 0xa8000, 0x28000, ATT_RANGE_GAP, "BIOS");
	cm_is(map, 0xd0000, 0x1000, ATT_RANGE_STATIC, "FFS2 " CM_FFS2);
	ck_assert(cm_at(map, 0)->digest.alg == ATT_ALG_SHA384);
	cm_fill(&m, 0x90000, 0x5f, 0x18000);
	ok(att_map_make(&im, &o, h, &other, err));
	ck_assert(same_map(map, other));
	/* without a descriptor that can be read, there is none */
	att_map_free(take(&map));
	ok(att_image_lose(&im, 0xfff, 1, err));
	ok(att_map_make(&im, &o, h, &map, err));
	cm_sound(map);
	cm_is(map, 0, 0xfff, ATT_RANGE_GAP, "unclaimed");
	cm_is(map, 0xfff, 1, ATT_RANGE_UNREADABLE, "unclaimed");
	ck_assert(!cm_has_note(map, "ifd.broken"));
}
END_TEST

/* -- letting go ------------------------------------------------------------ */

/* What was released since a byte was last before the ones before it. */
struct released {
	uint64_t size, at, passes, most;
};

static void
on_release(void *arg, uint64_t offset, uint64_t length)
{
	struct released *r = arg;

	ck_assert(length > 0);
	if (length == r->size)	/* after a look here and there */
		return;
	if (offset < r->at)
		r->passes++;
	r->at = offset + length;
	r->most = length > r->most ? length : r->most;
}

/* A mapped chip can be dropped page by page as the map is made. */
START_TEST(release)
{
	AUTO_DONE(cm_done) struct cm m = cm_new((size_t)16 << 20);
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();
	struct att_map_options o = { .alg = ATT_ALG_SHA256 };
	AUTO(att_map_free) struct att_map *map = NULL;
	struct released r = { .size = m.size };
	struct att_image im;
	size_t file;

	file = 0x800000 + cm_fv(&m, 0x800000, 0x400000, CM_FFS2);
	while (file < 0xbf0000)
		file = cm_file(&m, file, CM_CODE, 7, 0x6000);
	ok(att_image_of(cm_view(&m), &im, err));
	im.release = on_release;
	im.arg = &r;
	ok(att_map_make(&im, &o, h, &map, err));
	ck_assert_uint_eq(map->count, 3);
	/* once for the search, once for the digests, up to the end */
	ck_assert_uint_eq(r.passes, 1);
	ck_assert_uint_eq(r.at, m.size);
	ck_assert_uint_le(r.most, 2 * ATT_IMAGE_STEP);
}
END_TEST

START_TEST(image_limits)
{
	AUTO_DONE(cm_done) struct cm m = cm_new(KIB);
	struct att_image im = { 0 };
	struct att_span s;

	fails(att_image_of((struct att_slice){ 0 }, &im, err), ATT_E_SHORT,
	    "no bytes");
	fails(att_image_of((struct att_slice){ m.b, ATT_IMAGE_MAX + 1 }, &im,
	    err), ATT_E_LIMIT, "268435456");
	ok(att_image_of(cm_view(&m), &im, err));
	for (size_t i = 0; i < ATT_IMAGE_LOST_MAX; i++)
		ok(att_image_lose(&im, i * 2, 1, err));
	fails(att_image_lose(&im, 500, 1, err), ATT_E_LIMIT, "96");
	ck_assert(att_image_stretch(&im, 0, &s));
	ck_assert(s.offset == 1 && s.length == 1);
	ck_assert(att_image_stretch(&im, 191, &s));
	ck_assert(s.offset == 191 && s.length == KIB - 191);
	ck_assert(!att_image_stretch(&im, KIB, &s));
}
END_TEST

/* Small chips of one value, and of a few bytes. */
START_TEST(small_chips)
{
	for (size_t n = 1; n < 200; n++)
		for (int v = 0; v <= 0xff; v += 0xff) {
			AUTO_DONE(cm_done) struct cm m = cm_new(n);
			AUTO(att_map_free) struct att_map *map = NULL;

			cm_fill(&m, 0, (uint8_t)v, n);
			map = cm_map(&m);
			ck_assert_uint_eq(map->count, 1);
			cm_is(map, 0, n, ATT_RANGE_GAP, "unclaimed");
			ck_assert_int_eq(map->range[0].fill, v);
		}
}
END_TEST

/* A chip cut off anywhere has a map, or a named refusal. */
START_TEST(truncation)
{
	AUTO_DONE(cm_done) struct cm m = server();
	size_t whole = m.size;

	for (m.size = 1; m.size < whole; m.size += m.size < 0x100 ? 1 : 2039) {
		AUTO(att_map_free) struct att_map *map = cm_map(&m);

		ck_assert_uint_eq(map->size, m.size);
	}
	m.size = whole;
}
END_TEST

START_TEST(openbmc)
{
	static const struct {
		size_t mib;
		size_t at[5];	/* KiB */
	} layouts[] = {
		{ 32, { 0, 384, 512, 4864, 28672 } },
		{ 64, { 0, 896, 1024, 10240, 43008 } },
		{ 128, { 0, 896, 1024, 10240, 98304 } },
	};
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();
	struct att_map_options o = { .alg = ATT_ALG_SHA256,
		.layout = ATT_LAYOUT_OPENBMC };
	struct att_image im;

	for (size_t i = 0; i < ATT_COUNT(layouts); i++) {
		AUTO_DONE(cm_done)
		struct cm m = cm_new(layouts[i].mib << 20);
		AUTO(att_map_free) struct att_map *map = NULL;
		const size_t *at = layouts[i].at;

		ok(att_image_of(cm_view(&m), &im, err));
		ok(att_map_make(&im, &o, h, &map, err));
		cm_sound(map);
		ck_assert_uint_eq(map->count, 5);
		cm_is(map, 0, at[1] * KIB, ATT_RANGE_STATIC, "u-boot");
		cm_is(map, at[1] * KIB, (at[2] - at[1]) * KIB,
		    ATT_RANGE_VOLATILE, "u-boot-env");
		cm_is(map, at[2] * KIB, (at[3] - at[2]) * KIB,
		    ATT_RANGE_STATIC, "kernel");
		cm_is(map, at[3] * KIB, (at[4] - at[3]) * KIB,
		    ATT_RANGE_STATIC, "rofs");
		cm_is(map, at[4] * KIB, m.size - at[4] * KIB,
		    ATT_RANGE_VOLATILE, "rwfs");
	}
	{
		AUTO_DONE(cm_done) struct cm m = cm_new(CHIP);
		struct att_map *map = NULL;

		ok(att_image_of(cm_view(&m), &im, err));
		fails(att_map_make(&im, &o, h, &map, err),
		    ATT_E_UNSUPPORTED, "32, 64 and 128 MiB");
	}
}
END_TEST

/* The document names each range once, in order, and nothing that is not so. */
START_TEST(json)
{
	AUTO_DONE(cm_done) struct cm m = server();
	AUTO(att_map_free) struct att_map *map = cm_map(&m);
	AUTO(att_json_decref) json_t *j = NULL;
	json_t *list = NULL;
	bool zeros = false;

	cm_flmstr1(&m, 0xfffff007);
	cm_fill(&m, 0x50000, 0, 0x30000);
	att_map_free(take(&map));
	map = cm_map(&m);
	ok(att_map_to_json(map, &j, err));
	ok(att_json_arr(j, "ranges", &list, err));
	ck_assert_uint_eq(json_array_size(list), map->count);
	ck_assert_int_eq(json_integer_value(json_object_get(j, "size")),
	    (json_int_t)CHIP);
	for (size_t i = 0; i < map->count; i++) {
		const struct att_range *r = &map->range[i];
		json_t *one = json_array_get(list, i);
		const char *class = NULL, *name = NULL;
		struct att_digest d;
		int64_t n = 0;

		ok(att_json_int(one, "offset", 0, INT64_MAX, &n, err));
		ck_assert_uint_eq((uint64_t)n, r->offset);
		ok(att_json_int(one, "length", 0, INT64_MAX, &n, err));
		ck_assert_uint_eq((uint64_t)n, r->length);
		ok(att_json_str(one, "class", &class, err));
		ck_assert_str_eq(class, att_range_class_name(r->class));
		ok(att_json_str(one, "name", &name, err));
		ck_assert_str_eq(name, r->name);
		ck_assert((json_object_get(one, "fill") != NULL) ==
		    (r->fill >= 0));
		zeros |= r->fill == 0;
		if (r->class == ATT_RANGE_UNREADABLE) {
			ck_assert(json_object_get(one, "sha256") == NULL);
			continue;
		}
		ok(att_json_digest(one, "sha256", ATT_ALG_SHA256, &d, err));
		ck_assert(att_digest_equal(&d, &r->digest));
	}
	ck_assert(zeros);
	ck_assert_uint_eq(json_array_size(json_object_get(j, "findings")),
	    map->note_count);
	ck_assert_uint_gt(map->note_count, 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("map");
	TCase *t = tcase_create("map");

	tcase_add_test(t, deterministic);
	tcase_add_test(t, every_flip);
	tcase_add_test(t, changes);
	tcase_add_test(t, forged_volumes);
	tcase_add_test(t, where_volumes_are);
	tcase_add_test(t, lost_bytes);
	tcase_add_test(t, release);
	tcase_add_test(t, image_limits);
	tcase_add_test(t, small_chips);
	tcase_add_test(t, truncation);
	tcase_add_test(t, openbmc);
	tcase_add_test(t, json);
	suite_add_tcase(s, t);
	return run_suite(s);
}
