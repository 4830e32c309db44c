#include "tests/firmware/chipmaker.h"

#include "testlib.h"

#define FRBA 0x40

/* Not Check's: chips are made outside of tests, too. */
static void
must(bool good)
{
	if (!good)
		abort();
}

struct cm
cm_new(size_t size)
{
	struct cm m = { .b = malloc(size), .size = size };

	must(m.b != NULL);
	memset(m.b, 0xff, size);
	return m;
}

void
cm_done(struct cm *m)
{
	free(m->b);
	*m = (struct cm){ 0 };
}

struct att_slice
cm_view(const struct cm *m)
{
	return (struct att_slice){ m->b, m->size };
}

void
cm_put(struct cm *m, size_t at, const void *data, size_t len)
{
	must(at <= m->size && len <= m->size - at);
	if (len > 0)
		memcpy(m->b + at, data, len);
}

static void
put_le(struct cm *m, size_t at, uint64_t v, size_t width)
{
	uint8_t bytes[8];

	for (size_t i = 0; i < width; i++)
		bytes[i] = (uint8_t)(v >> 8 * i);
	cm_put(m, at, bytes, width);
}

void
cm_put8(struct cm *m, size_t at, uint8_t v)
{
	put_le(m, at, v, 1);
}

void
cm_put16(struct cm *m, size_t at, uint16_t v)
{
	put_le(m, at, v, 2);
}

void
cm_put32(struct cm *m, size_t at, uint32_t v)
{
	put_le(m, at, v, 4);
}

void
cm_put64(struct cm *m, size_t at, uint64_t v)
{
	put_le(m, at, v, 8);
}

void
cm_fill(struct cm *m, size_t at, uint8_t v, size_t len)
{
	must(at <= m->size && len <= m->size - at);
	memset(m->b + at, v, len);
}

void
cm_code(struct cm *m, size_t at, size_t len)
{
	must(at <= m->size && len <= m->size - at);
	for (size_t i = 0; i < len; i++) {
		uint8_t v = (uint8_t)(i * 31 + i / 256 * 7 + 1);

		m->b[at + i] = v == '_' ? 0 : v;
	}
}

void
cm_guid(struct cm *m, size_t at, const char *text)
{
	static const size_t order[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10,
		11, 12, 13, 14, 15 };
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(64);
	char hex[33];
	size_t n = 0;

	for (const char *p = text; *p != '\0'; p++)
		if (*p != '-') {
			must(n < 32);
			hex[n++] = *p;
		}
	hex[n] = '\0';
	must(att_hex_decode(S(hex), &b, NULL) == 0);
	must(b.len == 16);
	for (size_t i = 0; i < 16; i++)
		cm_put8(m, at + i, b.data[order[i]]);
}

static uint32_t
get32(const struct cm *m, size_t at)
{
	struct att_cur c = att_cur_of(cm_view(m));
	uint32_t v = 0;

	must(att_cur_skip(&c, at) && att_cur_le32(&c, &v));
	return v;
}

/* -- descriptor ------------------------------------------------------------ */

static size_t
masters_of(const struct cm *m)
{
	return (size_t)(get32(m, 0x18) & 0xff) << 4;
}

void
cm_ifd(struct cm *m, unsigned version)
{
	unsigned slots = version == 1 ? 8 : 16;
	uint32_t density = 0;

	while (density < 7 && ((size_t)512 << 10 << density) < m->size)
		density++;
	cm_put32(m, 0x10, 0x0ff0a55a);
	/* one chip; FCBA 0x30; five regions in version 1 */
	cm_put32(m, 0x14, 0x04040003);
	cm_put32(m, 0x18, (FRBA + slots * 4) >> 4);
	cm_put32(m, 0x30, density | 0xf << 4);
	for (unsigned n = 1; n < slots; n++)
		cm_put32(m, FRBA + n * 4, 0x00007fff);
	cm_put32(m, FRBA, 0);
	cm_flmstr1(m, version == 1 ? 0xffff0000 : 0xffffffff);
}

void
cm_region(struct cm *m, unsigned n, size_t base, size_t length)
{
	cm_put32(m, FRBA + n * 4,
	    (uint32_t)(base >> 12 | (base + length - 1) >> 12 << 16));
}

void
cm_flmstr1(struct cm *m, uint32_t v)
{
	cm_put32(m, masters_of(m), v);
}

/* -- volumes --------------------------------------------------------------- */

static uint16_t
sum16(const struct cm *m, size_t at, size_t length)
{
	uint16_t sum = 0;

	for (size_t i = 0; i < length; i += 2)
		sum = (uint16_t)(sum + m->b[at + i] +
		    ((unsigned)m->b[at + i + 1] << 8));
	return sum;
}

void
cm_fv_sum(struct cm *m, size_t at)
{
	size_t length = (size_t)get32(m, at + 0x30) & 0xffff;

	cm_put16(m, at + 0x32, 0);
	cm_put16(m, at + 0x32, (uint16_t)-sum16(m, at, length));
}

size_t
cm_fv(struct cm *m, size_t at, size_t length, const char *fs)
{
	cm_fill(m, at, 0, 0x48);
	cm_fill(m, at + 0x48, 0xff, length - 0x48);
	cm_guid(m, at + 0x10, fs);
	cm_put64(m, at + 0x20, length);
	cm_put(m, at + 0x28, "_FVH", 4);
	cm_put32(m, at + 0x2c, 0x0004feff);
	cm_put16(m, at + 0x30, 0x48);
	cm_put8(m, at + 0x37, 2);
	cm_put32(m, at + 0x38, (uint32_t)(length / 4096));
	cm_put32(m, at + 0x3c, 4096);
	cm_fv_sum(m, at);
	return 0x48;
}

void
cm_file_sum(struct cm *m, size_t at, size_t header)
{
	uint8_t sum = 0;

	cm_put8(m, at + 16, 0);
	for (size_t i = 0; i < header; i++)
		if (i != 17 && i != 23)
			sum = (uint8_t)(sum + m->b[at + i]);
	cm_put8(m, at + 16, (uint8_t)-sum);
}

size_t
cm_file(struct cm *m, size_t at, const char *guid, uint8_t type,
    size_t length)
{
	size_t whole = length + 24;

	cm_guid(m, at, guid);
	cm_put8(m, at + 17, 0xaa);
	cm_put8(m, at + 18, type);
	cm_put8(m, at + 19, 0);
	cm_put16(m, at + 20, (uint16_t)whole);
	cm_put8(m, at + 22, (uint8_t)(whole >> 16));
	cm_put8(m, at + 23, 0xf8);
	cm_file_sum(m, at, 24);
	cm_code(m, at + 24, length);
	return (at + whole + 7) & ~(size_t)7;
}

/* -- flash map ------------------------------------------------------------- */

void
cm_fmap(struct cm *m, size_t at)
{
	cm_put(m, at, "__FMAP__\1\1", 10);
	cm_put64(m, at + 10, 0);
	cm_put32(m, at + 18, (uint32_t)m->size);
	cm_fill(m, at + 22, 0, 32);
	cm_put(m, at + 22, "FLASH", 5);
	cm_put16(m, at + 54, 0);
}

void
cm_area(struct cm *m, size_t fmap, const char *name, size_t offset,
    size_t length)
{
	uint16_t n = (uint16_t)(get32(m, fmap + 54) & 0xffff);
	size_t at = fmap + 56 + (size_t)n * 42;

	cm_put32(m, at, (uint32_t)offset);
	cm_put32(m, at + 4, (uint32_t)length);
	cm_fill(m, at + 8, 0, 32);
	cm_put(m, at + 8, name, strlen(name));
	cm_put16(m, at + 40, 0);
	cm_put16(m, fmap + 54, (uint16_t)(n + 1));
}

/* -- ME -------------------------------------------------------------------- */

void
cm_fpt(struct cm *m, size_t at)
{
	cm_fill(m, at, 0, 32);
	cm_put(m, at, "$FPT", 4);
	cm_put8(m, at + 8, 0x20);
	cm_put8(m, at + 9, 0x10);
	cm_put8(m, at + 10, 32);
}

void
cm_fpt_entry(struct cm *m, size_t at, const char *name, uint32_t offset,
    uint32_t length, bool data)
{
	uint32_t n = get32(m, at + 4);
	size_t entry = at + 32 + (size_t)n * 32;

	cm_fill(m, entry, 0, 32);
	cm_put(m, entry, name, strlen(name));
	cm_put32(m, entry + 8, offset);
	cm_put32(m, entry + 12, length);
	cm_put8(m, entry + 28, data ? 1 : 0);
	cm_put32(m, at + 4, n + 1);
}

/* -- AMD ------------------------------------------------------------------- */

void
cm_efs(struct cm *m, size_t at, uint32_t psp, uint32_t bios)
{
	cm_fill(m, at, 0xff, 0x50);
	cm_put32(m, at, 0x55aa55aa);
	cm_put32(m, at + 0x14, psp);
	cm_put32(m, at + 0x18, bios);
}

static bool
is_combo(const struct cm *m, size_t at)
{
	return m->b[at] == '2';
}

static size_t
entry_size(const struct cm *m, size_t at)
{
	return memcmp(m->b + at, "$B", 2) == 0 ? 24 : 16;
}

/* In blocks short enough for 32 bits, as AMD's tools have it. */
static uint32_t
fletcher(const uint8_t *p, size_t len)
{
	uint32_t a = 0xffff, b = 0xffff;

	while (len > 1) {
		for (int i = 0; i < 359 && len > 1; i++, p += 2, len -= 2) {
			a += p[0] + ((uint32_t)p[1] << 8);
			b += a;
		}
		a = (a & 0xffff) + (a >> 16);
		b = (b & 0xffff) + (b >> 16);
	}
	a = (a & 0xffff) + (a >> 16);
	b = (b & 0xffff) + (b >> 16);
	return b << 16 | a;
}

static void
directory_sum(struct cm *m, size_t at)
{
	size_t end = (is_combo(m, at) ? 32 : 16) +
	    get32(m, at + 8) * entry_size(m, at);

	cm_put32(m, at + 4, fletcher(m->b + at + 8, end - 8));
}

void
cm_directory(struct cm *m, size_t at, const char *cookie, uint32_t info)
{
	cm_fill(m, at, 0, 32);
	cm_put(m, at, cookie, 4);
	cm_put32(m, at + 12, info);
	directory_sum(m, at);
}

void
cm_entry(struct cm *m, size_t directory, uint8_t type, uint32_t flags,
    uint64_t address, uint32_t size)
{
	uint32_t n = get32(m, directory + 8);
	size_t at = directory + (is_combo(m, directory) ? 32 : 16) +
	    n * entry_size(m, directory);

	cm_put32(m, at, type | flags << 8);
	cm_put32(m, at + 4, size);
	cm_put64(m, at + 8, address);
	if (entry_size(m, directory) == 24)
		cm_put64(m, at + 16, 0);
	cm_put32(m, directory + 8, n + 1);
	directory_sum(m, directory);
}

/* -- what must hold -------------------------------------------------------- */

struct att_map *
cm_map(const struct cm *m)
{
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();
	struct att_map_options o = { .alg = ATT_ALG_SHA256 };
	struct att_map *map = NULL;
	struct att_image im;

	ok(att_image_of(cm_view(m), &im, err));
	ok(att_map_make(&im, &o, h, &map, err));
	cm_sound(map);
	return map;
}

void
cm_sound(const struct att_map *map)
{
	uint64_t at = 0;

	ck_assert(map->count > 0);
	for (size_t i = 0; i < map->count; i++) {
		const struct att_range *r = &map->range[i];

		ck_assert_uint_eq(r->offset, at);
		ck_assert(r->length > 0 && r->length <= map->size - at);
		ck_assert(r->name[0] != '\0');
		ck_assert((r->digest.len == 0) ==
		    (r->class == ATT_RANGE_UNREADABLE));
		ck_assert(r->fill < 0 || r->class == ATT_RANGE_GAP);
		at += r->length;
	}
	ck_assert_uint_eq(at, map->size);
}

const struct att_range *
cm_at(const struct att_map *map, uint64_t offset)
{
	for (size_t i = 0; i < map->count; i++)
		if (offset - map->range[i].offset < map->range[i].length)
			return &map->range[i];
	ck_abort_msg("no range at 0x%llx", (unsigned long long)offset);
}

void
cm_is(const struct att_map *map, uint64_t offset, uint64_t length,
    enum att_range_class class, const char *name)
{
	const struct att_range *r = cm_at(map, offset);

	ck_assert_msg(r->offset == offset && r->length == length &&
	    r->class == class && strcmp(r->name, name) == 0,
	    "0x%llx+0x%llx %s \"%s\"", (unsigned long long)r->offset,
	    (unsigned long long)r->length, att_range_class_name(r->class),
	    r->name);
}

bool
cm_has_note(const struct att_map *map, const char *code)
{
	for (size_t i = 0; i < map->note_count; i++)
		if (strcmp(map->note[i].code, code) == 0)
			return true;
	return false;
}
