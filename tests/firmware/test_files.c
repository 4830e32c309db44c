/* Files of firmware, also in compressed sections; and what those can do. */
#include "testlib.h"

#include <lzma.h>

#include "firmware/files.h"
#include "firmware/lzma.h"
#include "tests/firmware/chipmaker.h"

#define CHIP ((size_t)1 << 20)
#define LZMA "ee4e5898-3914-4259-9d6e-dc7bd79403cf"
#define LZMA_X86 "d42ae6bd-1352-4bfb-909a-ca72a6eae889"
#define CRC32 "fc1bcdb0-7d31-49aa-936a-a4600d9dd083"
#define TIANO "a31280ad-481e-41b6-95e8-127f4c984779"
#define INNER "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"

/* -- writing --------------------------------------------------------------- */

/* Sections grow from the inside: each function wraps what `b` holds. */
static void
replace(struct att_buf *b, struct att_buf *by)
{
	ck_assert(!by->failed);
	att_buf_done(b);
	*b = *by;
	*by = ATT_BUF(CHIP * 8);
}

static struct att_buf
empty(void)
{
	return ATT_BUF(CHIP * 8);
}

static void
section(struct att_buf *b, uint8_t type)
{
	AUTO_DONE(att_buf_done) struct att_buf s = empty();
	size_t length = b->len + 4;

	att_buf_le16(&s, (uint16_t)length);
	att_buf_u8(&s, (uint8_t)(length >> 16));
	att_buf_u8(&s, type);
	att_buf_slice(&s, att_buf_view(b));
	while (s.len % 4 != 0)
		att_buf_u8(&s, 0);
	replace(b, &s);
}

static void
guided(struct att_buf *b, const char *guid, uint16_t attributes)
{
	AUTO_DONE(att_buf_done) struct att_buf s = empty();
	AUTO_DONE(cm_done) struct cm g = cm_new(16);

	cm_guid(&g, 0, guid);
	att_buf_slice(&s, cm_view(&g));
	att_buf_le16(&s, 24);
	att_buf_le16(&s, attributes);
	att_buf_slice(&s, att_buf_view(b));
	replace(b, &s);
	section(b, 0x02);
}

static void
name(struct att_buf *b, const char *text)
{
	AUTO_DONE(att_buf_done) struct att_buf s = empty();

	for (; *text != '\0'; text++)
		att_buf_le16(&s, (uint8_t)*text);
	att_buf_le16(&s, 0);
	section(&s, 0x15);
	att_buf_slice(b, att_buf_view(&s));
}

/* As edk2's LzmaCompress: the size is in the header, and no end mark. */
static void
pack(struct att_buf *b, bool x86)
{
	AUTO_DONE(att_buf_done) struct att_buf s = empty();
	lzma_options_lzma o;
	lzma_filter chain[] = { { .id = LZMA_FILTER_X86 },
		{ .id = LZMA_FILTER_LZMA2, .options = &o },
		{ .id = LZMA_VLI_UNKNOWN } };
	size_t room = b->len * 2 + 4096, in = 0, out = 0;
	AUTO(free) char *mem = malloc(room);
	lzma_stream z = LZMA_STREAM_INIT;

	ck_assert(mem != NULL && !lzma_lzma_preset(&o, 6));
	if (x86) {
		/* filtered, packed, and unpacked without the filter */
		ck_assert(lzma_raw_buffer_encode(chain, NULL, b->data, b->len,
		    (uint8_t *)mem, &out, room) == LZMA_OK);
		room = out;
		out = 0;
		ck_assert(lzma_raw_buffer_decode(chain + 1, NULL,
		    (uint8_t *)mem, &in, room, b->data, &out, b->len) ==
		    LZMA_OK && out == b->len);
		room = b->len * 2 + 4096;
		free(mem);
		mem = malloc(room);
		ck_assert(mem != NULL);
	}
	ck_assert(lzma_alone_encoder(&z, &o) == LZMA_OK);
	z.next_in = b->data;
	z.avail_in = b->len;
	z.next_out = (uint8_t *)mem;
	z.avail_out = room;
	ck_assert(lzma_code(&z, LZMA_FINISH) == LZMA_STREAM_END);
	att_buf_bytes(&s, mem, room - z.avail_out);
	lzma_end(&z);
	for (int i = 0; i < 8; i++)
		s.data[5 + i] = (uint8_t)(b->len >> 8 * i);
	replace(b, &s);
}

/* A volume around one file with these sections. */
static void
volume(struct att_buf *b, const char *guid)
{
	size_t whole = (b->len + 24 + 0x48 + 0xfff) & ~(size_t)0xfff;
	AUTO_DONE(cm_done) struct cm m = cm_new(whole);
	AUTO_DONE(att_buf_done) struct att_buf s = empty();
	size_t at = cm_fv(&m, 0, whole, CM_FFS2);

	cm_file(&m, at, guid, 7, b->len);
	cm_put(&m, at + 24, b->data, b->len);
	att_buf_slice(&s, cm_view(&m));
	replace(b, &s);
}

/* -- listing --------------------------------------------------------------- */

static struct att_files *
listed(const struct cm *m)
{
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();
	AUTO(att_map_free) struct att_map *map = cm_map(m);
	struct att_files *files = NULL;
	struct att_image im;

	ok(att_image_of(cm_view(m), &im, err));
	ok(att_files_list(&im, map, h, &files, err));
	return files;
}

/* The files of a chip whose one volume, at 0x10000, is in `b`. */
static struct att_files *
files_of(const struct att_buf *b)
{
	AUTO_DONE(cm_done) struct cm m = cm_new(0x10000 + b->len);

	cm_put(&m, 0x10000, b->data, b->len);
	return listed(&m);
}

static void
is_file(const struct att_files *files, size_t i, unsigned depth,
    const char *guid, const char *file_name)
{
	ck_assert_uint_lt(i, files->count);
	ck_assert_uint_eq(files->file[i].depth, depth);
	ck_assert_str_eq(files->file[i].guid.text, guid);
	ck_assert_str_eq(files->file[i].name, file_name);
	ck_assert_uint_eq(files->file[i].offset, 0x10048);
}

START_TEST(plain_sections)
{
	AUTO_DONE(att_buf_done) struct att_buf b = empty();
	AUTO(att_files_free) struct att_files *files = NULL;
	struct att_digest d;

	att_buf_fill(&b, 0x90, 333);
	section(&b, 0x10);
	name(&b, "Shell");
	name(&b, "Second");
	{
		AUTO_DONE(att_buf_done) struct att_buf body = empty();

		att_buf_slice(&body, att_buf_view(&b));
		ok(att_digest_of(ATT_ALG_SHA256, att_buf_view(&body), &d,
		    err));
	}
	volume(&b, CM_CODE);
	files = files_of(&b);
	ck_assert_uint_eq(files->count, 1);
	ck_assert_uint_eq(files->closed, 0);
	is_file(files, 0, 0, CM_CODE, "Shell");
	ck_assert(att_digest_equal(&files->file[0].digest, &d));
	ck_assert_str_eq(att_file_type_name(files->file[0].type), "driver");
	ck_assert(att_file_type_name(0x10) == NULL);
	ck_assert(att_file_type_name(0xff) == NULL);
	ck_assert_str_eq(att_file_type_name(0xf0), "padding");
}
END_TEST

/* Every way in: each of these holds a volume with a file of its own. */
START_TEST(ways_in)
{
	for (int way = 0; way < 5; way++) {
		AUTO_DONE(att_buf_done) struct att_buf b = empty();
		AUTO(att_files_free) struct att_files *files = NULL;

		/* calls, which the branch filter is for */
		for (int i = 0; i < 3000; i++) {
			att_buf_u8(&b, 0xe8);
			att_buf_le32(&b, (uint32_t)(i * 40));
			att_buf_u8(&b, (uint8_t)i);
		}
		section(&b, 0x10);
		name(&b, "Inner");
		volume(&b, INNER);
		section(&b, 0x17);
		switch (way) {
		case 0:
			break;
		case 1:
		case 2:
			pack(&b, way == 2);
			guided(&b, way == 2 ? LZMA_X86 : LZMA, 1);
			break;
		case 3: {
			AUTO_DONE(att_buf_done) struct att_buf s = empty();

			/* the checksum stands in the header */
			att_buf_slice(&s, att_buf_view(&b));
			replace(&b, &s);
			guided(&b, CRC32, 2);
			break;
		}
		default: {
			AUTO_DONE(att_buf_done) struct att_buf s = empty();

			att_buf_le32(&s, (uint32_t)b.len);
			att_buf_u8(&s, 0);
			att_buf_slice(&s, att_buf_view(&b));
			replace(&b, &s);
			section(&b, 0x01);
			break;
		}
		}
		volume(&b, CM_CODE);
		files = files_of(&b);
		ck_assert_msg(files->closed == 0, "%d: %s", way,
		    files->why.text);
		ck_assert_msg(files->count == 2, "%d: %zu", way,
		    files->count);
		is_file(files, 0, 0, CM_CODE, "");
		is_file(files, 1, 1, INNER, "Inner");
	}
}
END_TEST

/* What the filter does to calls is undone: the bytes are those before. */
START_TEST(branch_filter)
{
	AUTO_DONE(att_buf_done) struct att_buf b = empty();
	AUTO_DONE(att_buf_done) struct att_buf code = empty();
	AUTO_DONE(att_buf_done) struct att_buf out = empty();
	AUTO_DONE(att_buf_done) struct att_buf wrong = empty();

	for (int i = 0; i < 50000; i++) {
		att_buf_u8(&b, i % 3 == 0 ? 0xe9 : 0xe8);
		att_buf_le32(&b, (uint32_t)(i * 77));
		att_buf_u8(&b, (uint8_t)(i * i));
	}
	att_buf_slice(&code, att_buf_view(&b));
	pack(&b, true);
	ok(att_lzma_decode(att_buf_view(&b), true, &out, err));
	ck_assert(att_slice_equal(att_buf_view(&code), att_buf_view(&out)));
	ok(att_lzma_decode(att_buf_view(&b), false, &wrong, err));
	ck_assert(!att_slice_equal(att_buf_view(&code),
	    att_buf_view(&wrong)));
	/* up to the limit, and one byte less */
	att_buf_done(&out);
	out = ATT_BUF(code.len);
	ok(att_lzma_decode(att_buf_view(&b), true, &out, err));
	att_buf_done(&out);
	out = ATT_BUF(code.len - 1);
	fails(att_lzma_decode(att_buf_view(&b), true, &out, err), ATT_E_LIMIT,
	    "LZMA");
}
END_TEST

START_TEST(broken_lzma)
{
	AUTO_DONE(att_buf_done) struct att_buf b = empty();
	size_t refused = 0;

	for (int i = 0; i < 600; i++)
		att_buf_le32(&b, (uint32_t)(i * i * 77));
	pack(&b, false);
	for (size_t n = 0; n < b.len; n++) {
		AUTO_DONE(att_buf_done) struct att_buf out = empty();
		struct att_slice in = { b.data, n };
		struct att_err err = { 0 };

		/* the last bytes are the coder's, and stand for nothing */
		if (att_lzma_decode(in, false, &out, &err) < 0)
			refused++;
		else
			ck_assert(n + 5 >= b.len && out.len == 2400);
	}
	ck_assert_uint_ge(refused, b.len - 5);
	for (size_t bit = 0; bit < b.len * 8; bit++) {
		AUTO_DONE(att_buf_done) struct att_buf out = empty();
		int r;

		b.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		r = att_lzma_decode(att_buf_view(&b), bit % 2, &out, NULL);
		ck_assert(r <= 0 && r != ATT_E_NOMEM);
		b.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	/* a dictionary of 4 GiB */
	{
		AUTO_DONE(att_buf_done) struct att_buf out = empty();

		memset(b.data + 1, 0xff, 4);
		fails(att_lzma_decode(att_buf_view(&b), false, &out, err),
		    ATT_E_LIMIT, "96 MiB");
	}
}
END_TEST

/* Work that came to nothing was done all the same: a limit has to see it. */
START_TEST(broken_lzma_counts)
{
	for (int x86 = 0; x86 < 2; x86++) {
		AUTO_DONE(att_buf_done) struct att_buf b = empty();
		AUTO_DONE(att_buf_done) struct att_buf out = empty();

		att_buf_fill(&b, 0, 1 << 20);
		pack(&b, x86 != 0);
		b.len -= b.len / 4;
		fails(att_lzma_decode(att_buf_view(&b), x86 != 0, &out, err),
		    ATT_E_FORMAT, "cut off");
		ck_assert_uint_gt(out.len, 1 << 19);
	}
}
END_TEST

/* What cannot be opened is counted; all else is listed. */
START_TEST(closed_sections)
{
	static const struct {
		const char *guid;
		uint16_t attributes;
		const char *why;
	} cases[] = {
		{ LZMA, 1, "LZMA" },
		{ LZMA_X86, 1, "LZMA" },
		{ TIANO, 1, "not opened" },
		{ CM_CODE, 0, "cut off" },
	};

	for (size_t i = 0; i < ATT_COUNT(cases); i++) {
		AUTO_DONE(att_buf_done) struct att_buf b = empty();
		AUTO(att_files_free) struct att_files *files = NULL;

		att_buf_fill(&b, 0xee, 100);
		guided(&b, cases[i].guid, cases[i].attributes);
		name(&b, "Name");
		volume(&b, INNER);
		files = files_of(&b);
		ck_assert_uint_eq(files->count, 1);
		ck_assert_uint_eq(files->closed, 1);
		is_file(files, 0, 0, INNER, "Name");
		ck_assert_msg(strstr(files->why.text, cases[i].why) != NULL,
		    "%s", files->why.text);
	}
}
END_TEST

/* One section inside the other, as deep as is taken, and one more. */
START_TEST(depth)
{
	for (unsigned n = 1; n < 24; n++) {
		AUTO_DONE(att_buf_done) struct att_buf b = empty();
		AUTO(att_files_free) struct att_files *files = NULL;

		name(&b, "Deep");
		for (unsigned i = 0; i < n; i++)
			guided(&b, CRC32, 0);
		volume(&b, CM_CODE);
		files = files_of(&b);
		ck_assert_uint_eq(files->count, 1);
		/* the volume is a level too */
		ck_assert_msg((files->closed == 0) ==
		    (n + 1 < ATT_FILES_DEPTH_MAX), "%u", n);
		ck_assert_str_eq(files->file[0].name,
		    files->closed == 0 ? "Deep" : "");
	}
}
END_TEST

/* A megabyte of zeros packs to nothing; packed again, less still. */
START_TEST(bombs)
{
	AUTO_DONE(att_buf_done) struct att_buf b = empty();
	AUTO_DONE(att_buf_done) struct att_buf many = ATT_BUF(CHIP * 8);
	AUTO(att_files_free) struct att_files *files = NULL;

	att_buf_fill(&b, 0, CHIP * 7);
	pack(&b, false);
	guided(&b, LZMA, 1);
	for (int i = 0; i < 30; i++)
		att_buf_slice(&many, att_buf_view(&b));
	volume(&many, CM_CODE);
	files = files_of(&many);
	ck_assert_uint_eq(files->count, 1);
	/* 18 times 7 MiB fit; zeros are no sections */
	ck_assert_uint_eq(files->closed, 30);
	ck_assert(files->why.code == ATT_E_LIMIT);
}
END_TEST

START_TEST(hostile_sections)
{
	AUTO_DONE(att_buf_done) struct att_buf good = empty();
	AUTO_DONE(att_buf_done) struct att_buf b = empty();

	name(&good, "Inner");
	volume(&good, INNER);
	section(&good, 0x17);
	pack(&good, false);
	guided(&good, LZMA, 1);
	name(&good, "Outer");
	/* cut off anywhere, and every bit another */
	for (size_t n = 0; n < good.len; n++) {
		AUTO(att_files_free) struct att_files *files = NULL;

		att_buf_reset(&b);
		att_buf_bytes(&b, good.data, n);
		volume(&b, CM_CODE);
		files = files_of(&b);
		ck_assert(files->count >= 1 && files->count <= 2);
	}
	for (size_t bit = 0; bit < good.len * 8; bit++) {
		AUTO(att_files_free) struct att_files *files = NULL;

		att_buf_reset(&b);
		att_buf_slice(&b, att_buf_view(&good));
		b.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		volume(&b, CM_CODE);
		files = files_of(&b);
		ck_assert(files->count >= 1 && files->count <= 2);
	}
}
END_TEST

/* Sections of 24 bits and of 32, of no length, behind the end. */
START_TEST(section_sizes)
{
	static const struct {
		uint32_t size;
		uint32_t large;
		bool whole;
	} cases[] = {
		{ 0xffffff, 28, true },
		{ 0xffffff, 7, false },
		{ 0xffffff, 0, false },
		{ 0xffffff, UINT32_MAX, false },
		{ 0, 0, false },
		{ 3, 0, false },
		{ 4, 0, true },
		{ 1000, 0, false },
	};

	for (size_t i = 0; i < ATT_COUNT(cases); i++) {
		AUTO_DONE(att_buf_done) struct att_buf b = empty();
		AUTO(att_files_free) struct att_files *files = NULL;

		att_buf_le16(&b, (uint16_t)cases[i].size);
		att_buf_u8(&b, (uint8_t)(cases[i].size >> 16));
		att_buf_u8(&b, 0x19);
		if (cases[i].size == 0xffffff)
			att_buf_le32(&b, cases[i].large);
		if (cases[i].large == 28)
			att_buf_fill(&b, 0xaa, 20);
		name(&b, "Behind");
		volume(&b, CM_CODE);
		files = files_of(&b);
		ck_assert_uint_eq(files->count, 1);
		ck_assert_msg(files->closed == !cases[i].whole, "%zu", i);
		ck_assert_str_eq(files->file[0].name,
		    cases[i].whole ? "Behind" : "");
	}
}
END_TEST

/* Nothing of a name reaches a terminal as it is; long ones are left out. */
START_TEST(names)
{
	AUTO_DONE(att_buf_done) struct att_buf b = empty();
	AUTO(att_files_free) struct att_files *files = NULL;
	char longest[ATT_FILES_NAME_MAX + 2];

	name(&b, "a\033b");
	volume(&b, CM_CODE);
	files = files_of(&b);
	ck_assert_str_eq(files->file[0].name, "a\\x1b\\x00b");
	for (size_t n = ATT_FILES_NAME_MAX; n <= ATT_FILES_NAME_MAX + 1; n++) {
		memset(longest, 'x', n);
		longest[n] = '\0';
		att_buf_reset(&b);
		name(&b, longest);
		volume(&b, CM_CODE);
		att_files_free(take(&files));
		files = files_of(&b);
		ck_assert_uint_eq(strlen(files->file[0].name),
		    n == ATT_FILES_NAME_MAX ? n : 0);
	}
}
END_TEST

START_TEST(many_files)
{
	AUTO_DONE(cm_done) struct cm m = cm_new(CHIP);
	AUTO(att_files_free) struct att_files *files = NULL;
	size_t at = 0x10000 + cm_fv(&m, 0x10000, CHIP - 0x10000, CM_FFS2);

	for (size_t i = 0; i < ATT_FILES_MAX; i++)
		at = cm_file(&m, at, CM_CODE, 1, 8);
	files = listed(&m);
	ck_assert_uint_eq(files->count, ATT_FILES_MAX);
	ck_assert_uint_eq(files->closed, 0);
	cm_file(&m, at, CM_CODE, 1, 8);
	att_files_free(take(&files));
	files = listed(&m);
	ck_assert_uint_eq(files->count, ATT_FILES_MAX);
	ck_assert_uint_eq(files->closed, 1);
}
END_TEST

/* -- differences ----------------------------------------------------------- */

START_TEST(differences)
{
	AUTO_DONE(cm_done) struct cm a = cm_new(CHIP);
	AUTO_DONE(cm_done) struct cm b = cm_new(CHIP);
	AUTO(att_files_free) struct att_files *x = NULL;
	AUTO(att_files_free) struct att_files *y = NULL;
	struct att_files_diff it;
	struct att_file_change c;
	size_t at;

	at = 0x10000 + cm_fv(&a, 0x10000, 0x10000, CM_FFS2);
	at = cm_file(&a, at, CM_CODE, 1, 100);
	at = cm_file(&a, at, CM_CODE, 1, 200);
	cm_file(&a, at, CM_AMI_DEFAULTS, 1, 100);
	at = 0x10000 + cm_fv(&b, 0x10000, 0x10000, CM_FFS2);
	at = cm_file(&b, at, CM_CODE, 1, 100);
	at = cm_file(&b, at, CM_CODE, 1, 201);
	cm_file(&b, at, INNER, 1, 100);
	x = listed(&a);
	y = listed(&b);
	it = att_files_diff_begin(x, y, 0x10000, 0x10000);
	/* the second of two of one GUID */
	ck_assert(att_files_diff_next(&it, &c));
	ck_assert(c.before == &x->file[1] && c.after == &y->file[1]);
	ck_assert(att_files_diff_next(&it, &c));
	ck_assert(c.before == &x->file[2] && c.after == NULL);
	ck_assert(att_files_diff_next(&it, &c));
	ck_assert(c.before == NULL && c.after == &y->file[2]);
	ck_assert(!att_files_diff_next(&it, &c));
	/* none that begins elsewhere */
	it = att_files_diff_begin(x, y, 0x20000, 0x10000);
	ck_assert(!att_files_diff_next(&it, &c));
	it = att_files_diff_begin(x, x, 0x10000, 0x10000);
	ck_assert(!att_files_diff_next(&it, &c));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("files");
	TCase *t = tcase_create("files");

	tcase_add_test(t, plain_sections);
	tcase_add_test(t, ways_in);
	tcase_add_test(t, branch_filter);
	tcase_add_test(t, broken_lzma);
	tcase_add_test(t, broken_lzma_counts);
	tcase_add_test(t, closed_sections);
	tcase_add_test(t, depth);
	tcase_add_test(t, bombs);
	tcase_add_test(t, hostile_sections);
	tcase_add_test(t, section_sizes);
	tcase_add_test(t, names);
	tcase_add_test(t, many_files);
	tcase_add_test(t, differences);
	suite_add_tcase(s, t);
	return run_suite(s);
}
