/* Passes over chips that refuse, end, grow, hang and change their mind. */
#include "testlib.h"

#include <dirent.h>
#include <errno.h>
#include <unistd.h>

#include "firmware/ifd.h"
#include "mtd/spool.h"
#include "tests/firmware/chipmaker.h"

#define KIB ((size_t)1024)
#define SIZE (2048 * KIB)
#define GBE 0x1000
#define ME 0x3000
#define BIOS 0x80000
#define VARS 0x90000
#define CODE 0x120000
#define TAIL 0x1f1000	/* of no region */
#define DENIED_ME 0xfffffbff	/* FLMSTR1 of version 2, without ME's bit */
#define MS ((uint64_t)1000000)

/* -- a chip that obeys ----------------------------------------------------- */

struct fake {
	struct cm m;
	uint64_t size;		/* what it says */
	uint64_t size_later;	/* what it says after a read; 0: the same */
	uint64_t end;		/* where it ends */
	size_t most;		/* bytes of one read; 0: as asked for */
	struct att_span refuse;
	int why;		/* errno of that */
	size_t stride;		/* refuses each second `stride`; 0: not */
	uint64_t cost;		/* ns of a read */
	uint64_t nap;		/* a sleep is at most this long; 0: as asked */
	/* this byte is wrong when it is read for the nth time: bit n */
	uint64_t wrong;
	unsigned wrong_in;
	/* what it saw */
	uint64_t clock, slept;
	unsigned reads, byte_reads, sizes;
	size_t largest;
	bool crossed;		/* an edge */
	bool touched_me;
};

static bool
overlap(uint64_t offset, size_t len, uint64_t from, uint64_t to)
{
	return offset < to && from < offset + len;
}

static void
watch(struct fake *f, uint64_t offset, size_t len)
{
	static const uint64_t edges[] = { ATT_IFD_SIZE, ME, BIOS,
		TAIL };

	f->reads++;
	f->largest = len > f->largest ? len : f->largest;
	for (size_t i = 0; i < ATT_COUNT(edges); i++)
		f->crossed |= offset < edges[i] && edges[i] < offset + len;
	f->touched_me |= overlap(offset, len, ME, BIOS);
}

static ssize_t
fake_read(void *arg, void *buf, size_t len, uint64_t offset)
{
	struct fake *f = arg;
	uint8_t *to = buf;

	watch(f, offset, len);
	f->clock += f->cost;
	if (overlap(offset, len, f->refuse.offset,
	    f->refuse.offset + f->refuse.length))
		return -f->why;
	if (f->stride > 0 && offset / f->stride % 2 == 1)
		return -EIO;
	if (offset >= f->end)
		return 0;
	len = (size_t)ATT_MIN((uint64_t)len, f->end - offset);
	if (f->most > 0)
		len = ATT_MIN(len, f->most);
	memcpy(to, f->m.b + offset, len);
	if (f->wrong >= offset && f->wrong - offset < len) {
		if ((f->wrong_in >> f->byte_reads++ & 1) != 0)
			to[f->wrong - offset] ^= 0x10;
	}
	return (ssize_t)len;
}

static int
fake_size(void *arg, uint64_t *ret)
{
	struct fake *f = arg;

	*ret = f->sizes++ > 0 && f->size_later > 0 ? f->size_later : f->size;
	return 0;
}

static uint64_t
fake_now(void *arg)
{
	return ((struct fake *)arg)->clock;
}

static void
fake_sleep(void *arg, uint64_t ns)
{
	struct fake *f = arg;

	if (f->nap > 0)
		ns = ATT_MIN(ns, f->nap);
	f->clock += ns;
	f->slept += ns;
}

static const struct att_chip_ops fake_ops = { fake_read, fake_size, fake_now,
	fake_sleep };

static struct att_chip
chip_of(struct fake *f)
{
	return (struct att_chip){ .ops = &fake_ops, .arg = f, .fd = -1 };
}

static void
fake_done(struct fake *f)
{
	cm_done(&f->m);
}

static struct fake
fake_of(struct cm m)
{
	return (struct fake){ .m = m, .size = m.size, .end = m.size,
		.wrong = UINT64_MAX };
}

/* A board: descriptor, GbE, ME, and code between erased bytes. */
static struct fake
board(void)
{
	struct cm m = cm_new(SIZE);

	cm_ifd(&m, 2);
	cm_region(&m, 3, GBE, ME - GBE);
	cm_region(&m, 2, ME, BIOS - ME);
	cm_region(&m, 1, BIOS, TAIL - BIOS);
	cm_code(&m, ME, BIOS - ME);
	cm_fv(&m, VARS, 0x20000, CM_VARIABLES);
	cm_file(&m, CODE + cm_fv(&m, CODE, 0x80000, CM_FFS2), CM_CODE, 7,
	    0x40000);
	cm_flmstr1(&m, DENIED_ME);
	return fake_of(m);
}

/* Without a descriptor. */
static struct fake
plain(size_t size)
{
	struct cm m = cm_new(size);

	cm_code(&m, 0, size);
	return fake_of(m);
}

/* -- what a pass gives ----------------------------------------------------- */

static const struct att_spool_options unpaced = { .dir = "/tmp" };

static int
read_map(struct fake *f, const struct att_spool_options *o,
    struct att_map **ret, struct att_err *err)
{
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();
	AUTO(att_spool_free) struct att_spool *s = NULL;
	struct att_map_options how = { .alg = ATT_ALG_SHA256 };
	struct att_chip c = chip_of(f);
	int r = att_spool_read(&c, o, &s, err);

	ck_assert(h != NULL && (r < 0) == (s == NULL));
	return r < 0 ? r : att_spool_map(s, &how, h, ret, err);
}

static struct att_map *
map_of(struct fake *f)
{
	struct att_map *map = NULL;

	ok(read_map(f, &unpaced, &map, err));
	cm_sound(map);
	return map;
}

/* Ranges and digests are equal. */
static void
same(const struct att_map *a, const struct att_map *b)
{
	struct att_map_diff it = att_map_diff_begin(a, b);
	struct att_map_change c;

	ck_assert(!att_map_diff_next(&it, &c));
	ck_assert_uint_eq(a->note_count, b->note_count);
}

START_TEST(as_the_image)
{
	static const size_t most[] = { 0, 65536, 65535, 4097, 13 };
	AUTO_DONE(fake_done) struct fake f = board();
	AUTO(att_map_free) struct att_map *want = cm_map(&f.m);

	for (size_t i = 0; i < ATT_COUNT(most); i++) {
		AUTO(att_map_free) struct att_map *got = NULL;

		f.most = most[i];
		got = map_of(&f);
		same(got, want);
		ck_assert(cm_at(got, ME)->class == ATT_RANGE_UNREADABLE);
		ck_assert(!f.touched_me && !f.crossed);
		ck_assert_uint_eq(f.largest, ATT_SPOOL_READ);
		ck_assert(!cm_has_note(got, "mtd.refused"));
		ck_assert(!cm_has_note(got, "mtd.writable"));
	}
}
END_TEST

START_TEST(sizes)
{
	static const size_t size[] = { 1, 2, 4095, 4096, 4097, 65535, 65536,
		65537, 131072, 200001 };

	for (size_t i = 0; i < ATT_COUNT(size); i++) {
		AUTO_DONE(fake_done) struct fake f = plain(size[i]);
		AUTO(att_map_free) struct att_map *want = cm_map(&f.m);
		AUTO(att_map_free) struct att_map *got = map_of(&f);

		same(got, want);
	}
}
END_TEST

START_TEST(spool_has_no_name)
{
	AUTO_DONE(fake_done) struct fake f = board();
	AUTO(att_spool_free) struct att_spool *s = NULL;
	char dir[] = "/tmp/att-test-spool-XXXXXX";
	struct att_spool_options o = { .dir = dir };
	struct att_chip c = chip_of(&f);
	struct att_cur at;
	DIR *d;

	ck_assert(mkdtemp(dir) != NULL);
	ok(att_spool_read(&c, &o, &s, err));
	ck_assert((d = opendir(dir)) != NULL);
	for (const struct dirent *e = readdir(d); e != NULL; e = readdir(d))
		ck_assert(e->d_name[0] == '.' && strlen(e->d_name) <= 2);
	(void)closedir(d);
	ck_assert_int_eq(rmdir(dir), 0);
	/* and is there */
	ck_assert(att_image_at(att_spool_image(s), CODE, 0x80000, &at));
	ck_assert(memcmp(att_cur_rest(&at).data, f.m.b + CODE, 0x80000) == 0);
	ck_assert(!att_image_at(att_spool_image(s), ME, 1, &at));
	ck_assert(!att_image_at(att_spool_image(s), BIOS - 1, 1, &at));
	ck_assert(att_image_at(att_spool_image(s), 0, ME, &at));
}
END_TEST

START_TEST(writable)
{
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();
	AUTO_DONE(fake_done) struct fake f = board();
	AUTO(att_spool_free) struct att_spool *s = NULL;
	AUTO(att_map_free) struct att_map *map = NULL;
	struct att_map_options how = { .alg = ATT_ALG_SHA384 };
	struct att_chip c = chip_of(&f);

	c.writable = true;
	ok(att_spool_read(&c, &unpaced, &s, err));
	ok(att_spool_map(s, &how, h, &map, err));
	ck_assert(cm_has_note(map, "mtd.writable"));
	ck_assert_uint_eq(cm_at(map, 0)->digest.alg, ATT_ALG_SHA384);
}
END_TEST

/* -- refusals -------------------------------------------------------------- */

START_TEST(refused_region)
{
	static const int why[] = { EIO, EACCES };
	static const uint64_t at[] = { BIOS, BIOS + 1, CODE + 0x1234,
		TAIL - 1 };
	AUTO_DONE(fake_done) struct fake f = board();
	AUTO(att_map_free) struct att_map *whole = cm_map(&f.m);

	for (size_t i = 0; i < ATT_COUNT(why) * ATT_COUNT(at); i++) {
		AUTO(att_map_free) struct att_map *map = NULL;
		const struct att_range *r;

		f.why = why[i % 2];
		f.refuse = (struct att_span){ at[i / 2], 1 };
		map = map_of(&f);
		r = cm_at(map, BIOS);
		ck_assert(r->class == ATT_RANGE_UNREADABLE &&
		    r->digest.len == 0);
		ck_assert_uint_eq(r->offset + r->length, TAIL);
		ck_assert(cm_has_note(map, "mtd.refused"));
		/* what is around it is as it was */
		ck_assert(att_digest_equal(&cm_at(map, GBE)->digest,
		    &cm_at(whole, GBE)->digest));
		ck_assert(att_digest_equal(&cm_at(map, 0)->digest,
		    &cm_at(whole, 0)->digest));
		ck_assert(att_digest_equal(&cm_at(map, TAIL)->digest,
		    &cm_at(whole, TAIL)->digest));
	}
}
END_TEST

/* The kernel writes a line for each: one a region. */
START_TEST(refused_once)
{
	AUTO_DONE(fake_done) struct fake f = board();
	AUTO(att_map_free) struct att_map *map = NULL;

	f.why = EIO;
	f.refuse = (struct att_span){ GBE, SIZE };
	map = map_of(&f);
	/* descriptor, GbE, BIOS, what is behind it */
	ck_assert_uint_eq(f.reads, 4);
	cm_is(map, GBE, ME - GBE, ATT_RANGE_UNREADABLE, "GbE");
	ck_assert(cm_at(map, SIZE - 1)->class == ATT_RANGE_UNREADABLE);
	ck_assert(cm_at(map, 0)->class == ATT_RANGE_STATIC);
}
END_TEST

START_TEST(refused_without_descriptor)
{
	AUTO_DONE(fake_done) struct fake f = plain(SIZE);
	AUTO(att_map_free) struct att_map *map = NULL;
	size_t n = 0;

	f.why = EIO;
	f.refuse = (struct att_span){ 3 * ATT_SPOOL_READ - 1, 2 };
	map = map_of(&f);
	ck_assert_uint_eq(map->count, 3);
	ck_assert_uint_eq(map->range[1].offset, 2 * ATT_SPOOL_READ);
	ck_assert_uint_eq(map->range[1].length, 2 * ATT_SPOOL_READ);
	ck_assert(map->range[1].class == ATT_RANGE_UNREADABLE);
	for (size_t i = 0; i < map->note_count; i++)
		n += strcmp(map->note[i].code, "mtd.refused") == 0;
	ck_assert_uint_eq(n, 1);
}
END_TEST

/* No descriptor that could tell what is denied, and the rest is there. */
START_TEST(refused_descriptor)
{
	AUTO_DONE(fake_done) struct fake f = board();
	AUTO(att_map_free) struct att_map *map = NULL;

	f.why = EACCES;
	f.refuse = (struct att_span){ 0, 16 };
	map = map_of(&f);
	ck_assert(cm_at(map, 0)->class == ATT_RANGE_UNREADABLE);
	ck_assert_uint_eq(cm_at(map, 0)->length, ATT_IFD_SIZE);
	ck_assert(cm_at(map, CODE)->class == ATT_RANGE_STATIC);
}
END_TEST

START_TEST(refused_too_often)
{
	AUTO_DONE(fake_done)
	struct fake f = plain(2 * ATT_SPOOL_READ * ATT_SPOOL_REFUSED_MAX);
	AUTO_DONE(fake_done)
	struct fake g = plain(2 * ATT_SPOOL_READ *
	    (ATT_SPOOL_REFUSED_MAX + 1));
	AUTO(att_map_free) struct att_map *map = NULL;

	f.stride = g.stride = ATT_SPOOL_READ;
	map = map_of(&f);
	ck_assert_uint_eq(map->count, 2 * ATT_SPOOL_REFUSED_MAX);
	fails(read_map(&g, &unpaced, &map, err), ATT_E_LIMIT,
	    "over 64 reads were refused");
}
END_TEST

START_TEST(other_failures)
{
	static const int why[] = { ENODEV, ETIMEDOUT, EPERM, EINVAL };
	AUTO_DONE(fake_done) struct fake f = board();
	struct att_map *map = NULL;

	f.refuse = (struct att_span){ CODE, 1 };
	for (size_t i = 0; i < ATT_COUNT(why); i++) {
		f.why = why[i];
		fails(read_map(&f, &unpaced, &map, err), ATT_E_SYS,
		    strerror(why[i]));
	}
	ck_assert(map == NULL);
}
END_TEST

/* -- sizes that change ----------------------------------------------------- */

START_TEST(shrinks_and_grows)
{
	static const uint64_t end[] = { 0, 1, 4095, 4096, BIOS, BIOS + 1, CODE,
		SIZE - 1 };
	AUTO_DONE(fake_done) struct fake f = board();
	struct att_map *map = NULL;

	for (size_t i = 0; i < ATT_COUNT(end); i++) {
		f.end = end[i];
		fails(read_map(&f, &unpaced, &map, err), ATT_E_SHORT,
		    "the chip ends at 0x");
	}
	f.end = SIZE;
	f.sizes = 0;
	f.size_later = SIZE + 1;
	fails(read_map(&f, &unpaced, &map, err), ATT_E_CONFLICT,
	    "had 2097152 bytes and has 2097153");
	f.sizes = 0;
	f.size_later = SIZE - 1;
	fails(read_map(&f, &unpaced, &map, err), ATT_E_CONFLICT, "2097151");
	ck_assert(map == NULL);
}
END_TEST

static bool
stop(void *arg, uint64_t done, uint64_t size)
{
	unsigned *left = arg;

	ck_assert(done <= size);
	return *left > 0 && --*left > 0;
}

START_TEST(size_limits)
{
	AUTO_DONE(fake_done) struct fake f = plain(ATT_IFD_SIZE);
	unsigned left = 0;
	struct att_spool_options o = { .dir = "/tmp", .progress = stop,
		.arg = &left };
	struct att_map *map = NULL;

	f.size = ATT_IMAGE_MAX;
	/* taken, and read */
	fails(read_map(&f, &o, &map, err), ATT_E_BUSY, "stopped");
	ck_assert_uint_eq(f.reads, 1);
	f.size = ATT_IMAGE_MAX + 1;
	fails(read_map(&f, &o, &map, err), ATT_E_LIMIT, "268435456");
	f.size = UINT64_MAX;
	fails(read_map(&f, &o, &map, err), ATT_E_LIMIT, "268435456");
	f.size = 0;
	fails(read_map(&f, &o, &map, err), ATT_E_SHORT, "no bytes");
	ck_assert_uint_eq(f.reads, 1);
	o.dir = "/nonexistent";
	f.size = ATT_IFD_SIZE;
	fails(read_map(&f, &o, &map, err), ATT_E_SYS, "spool in /nonexistent");
}
END_TEST

/* -- time ------------------------------------------------------------------ */

START_TEST(paced)
{
	AUTO_DONE(fake_done) struct fake f = plain(SIZE);
	AUTO(att_map_free) struct att_map *map = NULL;
	AUTO(att_map_free) struct att_map *again = NULL;
	struct att_spool_options o = { .dir = "/tmp",
		.pace = { .rate = 128 * KIB } };

	f.cost = 10 * MS;
	f.nap = 7 * MS;
	ok(read_map(&f, &o, &map, err));
	/* 16 seconds for 2 MiB at 128 KiB a second, and no more */
	ck_assert_uint_eq(f.clock, 16000 * MS);
	f.clock = f.slept = f.reads = 0;
	o.pace = (struct att_pace){ .duty = 5 };
	ok(read_map(&f, &o, &again, err));
	ck_assert_uint_eq(f.slept, f.reads * 190 * MS);
	same(map, again);
	o.pace.duty = 101;
	fails(read_map(&f, &o, &again, err), ATT_E_USAGE, "1 to 100");
}
END_TEST

START_TEST(hangs)
{
	AUTO_DONE(fake_done) struct fake f = board();
	struct att_spool_options o = { .dir = "/tmp",
		.limit_ns = 60000 * MS };
	AUTO(att_map_free) struct att_map *map = NULL;

	/* ten seconds a read: the seventh would begin at the limit */
	f.cost = 10000 * MS;
	fails(read_map(&f, &o, &map, err), ATT_E_TIMEOUT, "60 s");
	ck_assert_uint_eq(f.reads, 6);
	/* each byte for itself is no way around it */
	f = (struct fake){ .m = f.m, .size = SIZE, .end = SIZE,
		.wrong = UINT64_MAX, .cost = 10 * MS, .most = 1 };
	fails(read_map(&f, &o, &map, err), ATT_E_TIMEOUT, "60 s");
	ck_assert_uint_eq(f.reads, 6000);
	/* nor is a rest */
	f.most = f.cost = f.clock = f.reads = 0;
	f.nap = 100 * MS;
	o.pace.rate = ATT_PACE_RATE_MIN;
	fails(read_map(&f, &o, &map, err), ATT_E_TIMEOUT, "60 s");
	ck_assert_uint_eq(f.clock, 60000 * MS);
	/* one that is fast enough */
	f.clock = 0;
	o.pace.rate = 0;
	ok(read_map(&f, &o, &map, err));
}
END_TEST

struct seen {
	uint64_t done, size;
	unsigned calls;
};

static bool
see(void *arg, uint64_t done, uint64_t size)
{
	struct seen *s = arg;

	ck_assert(done >= s->done && done <= size);
	*s = (struct seen){ done, size, s->calls + 1 };
	return true;
}

START_TEST(progress)
{
	AUTO_DONE(fake_done) struct fake f = board();
	AUTO(att_map_free) struct att_map *map = NULL;
	AUTO(att_map_free) struct att_map *refused = NULL;
	struct seen s = { 0 };
	unsigned left;
	struct att_spool_options o = { .dir = "/tmp", .progress = see,
		.arg = &s };

	ok(read_map(&f, &o, &map, err));
	ck_assert(s.done == SIZE && s.size == SIZE);
	/* one for each read, and one for ME */
	ck_assert_uint_eq(s.calls, f.reads + 1);
	s = (struct seen){ 0 };
	f.why = EIO;
	f.refuse = (struct att_span){ CODE, 1 };
	ok(read_map(&f, &o, &refused, err));
	ck_assert_uint_eq(s.done, SIZE);
	f.refuse.length = 0;
	o.progress = stop;
	o.arg = &left;
	for (unsigned n = 1; n < s.calls; n++) {
		struct att_map *none = NULL;

		left = n;
		fails(read_map(&f, &o, &none, err), ATT_E_BUSY, "stopped");
	}
}
END_TEST

/* -- once more ------------------------------------------------------------- */

/*
 * One pass over what differs from `before` at a byte in code, and what two
 * more looks at each difference say; how many there were is returned.
 */
static size_t
reread(struct fake *f, const struct att_map *before, enum att_reread *ret)
{
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();
	AUTO(att_spool_free) struct att_spool *s = NULL;
	AUTO(att_map_free) struct att_map *after = NULL;
	struct att_map_options how = { .alg = ATT_ALG_SHA256 };
	struct att_chip chip = chip_of(f);
	struct att_map_change c;
	struct att_map_diff it;
	size_t n = 0;

	ok(att_spool_read(&chip, &unpaced, &s, err));
	ok(att_spool_map(s, &how, h, &after, err));
	it = att_map_diff_begin(before, after);
	for (; att_map_diff_next(&it, &c); n++)
		ok(att_spool_reread(s, &c, &unpaced, h, &ret[n], err));
	ck_assert(!f->crossed && !f->touched_me);
	return n;
}

START_TEST(changed_or_misread)
{
	static const struct {
		unsigned wrong_in;	/* pass, first look, second look */
		enum att_reread want;
	} t[] = {
		{ 7, ATT_REREAD_SAME },
		{ 1, ATT_REREAD_BACK },
		{ 3, ATT_REREAD_UNSTEADY },
		{ 5, ATT_REREAD_UNSTEADY },
	};
	AUTO_DONE(fake_done) struct fake f = board();
	AUTO(att_map_free) struct att_map *before = map_of(&f);
	enum att_reread got[8];

	f.wrong = CODE + 0x2000;
	for (size_t i = 0; i < ATT_COUNT(t); i++) {
		f.byte_reads = 0;
		f.wrong_in = t[i].wrong_in;
		ck_assert_uint_eq(reread(&f, before, got), 1);
		ck_assert_msg(got[0] == t[i].want, "%zu: %d", i, got[0]);
		ck_assert_uint_eq(f.byte_reads, 3);
	}
}
END_TEST

/* A volume that is none any more: a range is gone, and another is there. */
START_TEST(changed_structure)
{
	AUTO_DONE(fake_done) struct fake f = board();
	AUTO(att_map_free) struct att_map *before = map_of(&f);
	enum att_reread got[8];
	bool steady = true;
	size_t n;

	/* in the signature of the volume */
	f.wrong = CODE + 40;
	f.wrong_in = UINT32_MAX;
	n = reread(&f, before, got);
	ck_assert_uint_ge(n, 2);
	for (size_t i = 0; i < n; i++)
		ck_assert(got[i] == ATT_REREAD_SAME);
	f.byte_reads = 0;
	f.wrong_in = 1;
	n = reread(&f, before, got);
	ck_assert_uint_ge(n, 2);
	for (size_t i = 0; i < n; i++) {
		ck_assert(got[i] != ATT_REREAD_BACK);
		steady &= got[i] == ATT_REREAD_SAME;
	}
	ck_assert(!steady);
}
END_TEST

START_TEST(changed_rights)
{
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();
	AUTO_DONE(fake_done) struct fake f = board();
	AUTO(att_map_free) struct att_map *before = map_of(&f);
	AUTO(att_map_free) struct att_map *after = NULL;
	AUTO(att_spool_free) struct att_spool *s = NULL;
	struct att_map_options how = { .alg = ATT_ALG_SHA256 };
	struct att_chip chip = chip_of(&f);
	struct att_map_change c = { .kind = ATT_MAP_ADDED };
	struct att_range outside = { .offset = SIZE - 1, .length = 2 };
	enum att_reread got;

	f.why = EIO;
	f.refuse = (struct att_span){ CODE, 1 };
	ok(att_spool_read(&chip, &unpaced, &s, err));
	ok(att_spool_map(s, &how, h, &after, err));
	/* refused again, twice */
	c.after = cm_at(after, CODE);
	ok(att_spool_reread(s, &c, &unpaced, h, &got, err));
	ck_assert(got == ATT_REREAD_SAME);
	/* readable after all */
	f.refuse.length = 0;
	ok(att_spool_reread(s, &c, &unpaced, h, &got, err));
	ck_assert(got == ATT_REREAD_UNSTEADY);
	/* what the descriptor denies is not tried */
	c.after = cm_at(after, ME);
	f.reads = 0;
	ok(att_spool_reread(s, &c, &unpaced, h, &got, err));
	ck_assert(got == ATT_REREAD_SAME && f.reads == 0);
	c.after = &outside;
	fails(att_spool_reread(s, &c, &unpaced, h, &got, err),
	    ATT_E_MISMATCH, "behind the chip");
	/* what fails is no answer */
	c.after = cm_at(before, CODE);
	f.end = CODE + 1;
	fails(att_spool_reread(s, &c, &unpaced, h, &got, err), ATT_E_SHORT,
	    "ends at");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("spool");
	TCase *t = tcase_create("spool");

	tcase_add_test(t, as_the_image);
	tcase_add_test(t, sizes);
	tcase_add_test(t, spool_has_no_name);
	tcase_add_test(t, writable);
	tcase_add_test(t, refused_region);
	tcase_add_test(t, refused_once);
	tcase_add_test(t, refused_without_descriptor);
	tcase_add_test(t, refused_descriptor);
	tcase_add_test(t, refused_too_often);
	tcase_add_test(t, other_failures);
	tcase_add_test(t, shrinks_and_grows);
	tcase_add_test(t, size_limits);
	tcase_add_test(t, paced);
	tcase_add_test(t, hangs);
	tcase_add_test(t, progress);
	tcase_add_test(t, changed_or_misread);
	tcase_add_test(t, changed_structure);
	tcase_add_test(t, changed_rights);
	suite_add_tcase(s, t);
	return run_suite(s);
}
