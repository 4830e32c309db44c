#include "firmware/amd.h"

#include <string.h>

#define ROM_MAX ((uint64_t)16 << 20)	/* what one structure speaks of */
#define EFS_SIGNATURE 0x55aa55aa
#define EFS_SIZE 0x50
#define HEADER_SIZE 16
#define COMBO_HEADER_SIZE 32
#define ISH_SIZE 32
#define ISH_LOCATION 16
#define FUSE_CHAIN 0x0b		/* a value where others have an address */

/* Where a structure may be in a ROM of 16 MiB; in smaller ones, modulo. */
static const uint32_t places[] = { 0x020000, 0x120000, 0x820000, 0xc20000,
	0xe20000, 0xf20000, 0xfa0000 };
/* Of its fields, those that point to directories. */
static const uint32_t pointers[] = { 0x10, 0x14, 0x18, 0x1c, 0x20, 0x28,
	0x2c };

enum kind { PSP, BIOS, COMBO };

static const struct {
	char cookie[5];
	enum kind kind;
} cookies[] = {
	{ "$PSP", PSP },
	{ "$PL2", PSP },
	{ "$BHD", BIOS },
	{ "$BL2", BIOS },
	{ "2PSP", COMBO },
	{ "2BHD", COMBO },
};

static const struct {
	uint32_t header;
	uint32_t entry;
} sizes[] = {
	[PSP] = { HEADER_SIZE, 16 },
	[BIOS] = { HEADER_SIZE, 24 },
	[COMBO] = { COMBO_HEADER_SIZE, 16 },
};

/* What firmware writes to, also without the bit that says so. */
static const struct {
	enum kind kind;
	uint8_t type;
} written[] = {
	{ PSP, 0x04 }, { PSP, 0x54 },
	{ BIOS, 0x60 }, { BIOS, 0x63 }, { BIOS, 0x6d },
};

/* Entries that lead to another directory, some through a slot header. */
static const struct {
	enum kind kind;
	uint8_t type;
} links[] = {
	{ PSP, 0x40 }, { PSP, 0x48 }, { PSP, 0x49 }, { PSP, 0x4a },
	{ BIOS, 0x70 },
};

enum mode { PHYSICAL, OF_IMAGE, OF_TABLE };

struct directory {
	uint64_t offset;
	enum kind kind;
	const char *cookie;
	uint32_t count;
	unsigned mode;
	struct att_cur entries;
};

struct entry {
	uint8_t type;
	bool writable;
	uint32_t size;
	uint64_t address;
};

struct walk {
	const struct att_image *im;
	struct att_partition *p;
	uint64_t rom;		/* offset of the ROM that is looked at */
	uint64_t rom_size;	/* a power of two */
	uint64_t seen[ATT_AMD_DIRECTORIES_MAX];
	size_t seen_count;
	/* directories that are known and not yet read */
	uint64_t todo[ATT_AMD_DIRECTORIES_MAX];
	size_t todo_count;
};

/* Fletcher's sum over 16-bit words, of all that stands behind the sum. */
static uint32_t
fletcher(struct att_cur c)
{
	uint32_t a = 0xffff, b = 0xffff;
	uint16_t word;

	while (att_cur_le16(&c, &word)) {
		a += word;
		a = (a & 0xffff) + (a >> 16);
		b += a;
		b = (b & 0xffff) + (b >> 16);
	}
	return b << 16 | a;
}

/* -- addresses ------------------------------------------------------------- */

/* Below 4 GiB the end of the ROM is mapped; small numbers are offsets. */
static bool
resolve(const struct walk *w, uint64_t address, uint64_t *ret)
{
	uint64_t mapped = ((uint64_t)1 << 32) - w->rom_size;

	if (address == 0 || address >= UINT32_MAX)
		return false;
	if (address >= mapped)
		address -= mapped;
	else if (address >= w->im->bytes.len - w->rom)
		return false;
	*ret = w->rom + address;
	return true;
}

static bool
resolve_entry(const struct walk *w, const struct directory *d,
    uint64_t address, uint64_t *ret)
{
	unsigned mode = d->mode == PHYSICAL ? PHYSICAL :
					      (unsigned)(address >> 62);

	address &= ((uint64_t)1 << 62) - 1;
	switch (mode) {
	case PHYSICAL:
	case OF_IMAGE:
		return resolve(w, address, ret);
	case OF_TABLE:
		*ret = d->offset + address;
		return address != 0 && *ret < w->im->bytes.len;
	default:
		return false;
	}
}

/* -- directories ----------------------------------------------------------- */

static bool
set_cookie(struct directory *d, struct att_slice cookie)
{
	for (size_t i = 0; i < ATT_COUNT(cookies); i++)
		if (att_slice_is(cookie, cookies[i].cookie)) {
			d->cookie = cookies[i].cookie;
			d->kind = cookies[i].kind;
			return true;
		}
	return false;
}

/* False if there is no directory: cookie, count, place or checksum. */
static bool
read_directory(const struct walk *w, uint64_t offset, struct directory *ret)
{
	struct directory d = { .offset = offset };
	struct att_slice cookie;
	struct att_cur c;
	uint32_t sum, info;
	uint64_t length;

	if (!att_image_at(w->im, offset, HEADER_SIZE, &c) ||
	    !att_cur_bytes(&c, 4, &cookie) || !set_cookie(&d, cookie) ||
	    !att_cur_le32(&c, &sum) || !att_cur_le32(&c, &d.count) ||
	    !att_cur_le32(&c, &info) || d.count > ATT_AMD_ENTRIES_MAX)
		return false;
	length = sizes[d.kind].header + (uint64_t)d.count *
	    sizes[d.kind].entry;
	if (!att_image_at(w->im, offset, length, &c) ||
	    !att_cur_skip(&c, 8) || fletcher(c) != sum ||
	    !att_cur_skip(&c, sizes[d.kind].header - 8))
		return false;
	d.entries = c;
	/* combos have no such field: their addresses are as of the structure */
	if (d.kind != COMBO)
		d.mode = info >> 31 == 0 ? info >> 29 & 3 : info >> 24 & 3;
	*ret = d;
	return true;
}

/* Puts a directory on the list, once. */
static bool
remember(struct walk *w, uint64_t offset)
{
	struct directory d;

	if (!read_directory(w, offset, &d))
		return false;
	for (size_t i = 0; i < w->seen_count; i++)
		if (w->seen[i] == offset)
			return true;
	if (w->seen_count < ATT_AMD_DIRECTORIES_MAX) {
		w->seen[w->seen_count++] = offset;
		w->todo[w->todo_count++] = offset;
	}
	return true;
}

static bool
read_entry(struct att_cur *c, enum kind kind, struct entry *ret)
{
	uint8_t head[4];
	uint64_t dest;

	if (!att_cur_copy(c, head, sizeof(head)) ||
	    !att_cur_le32(c, &ret->size) || !att_cur_le64(c, &ret->address) ||
	    (kind == BIOS && !att_cur_le64(c, &dest)))
		return false;
	ret->type = head[0];
	ret->writable = kind == BIOS ? (head[3] & 0x20) != 0 :
				       (head[2] & 0x04) != 0;
	return true;
}

static enum att_range_class
class_of(enum kind kind, const struct entry *e)
{
	if (e->writable)
		return ATT_RANGE_VOLATILE;
	for (size_t i = 0; i < ATT_COUNT(written); i++)
		if (written[i].kind == kind && written[i].type == e->type)
			return ATT_RANGE_VOLATILE;
	return ATT_RANGE_STATIC;
}

static bool
is_link(enum kind kind, uint8_t type)
{
	for (size_t i = 0; i < ATT_COUNT(links); i++)
		if (links[i].kind == kind && links[i].type == type)
			return true;
	return false;
}

/* An image slot header: one more pointer on the way. */
static int
follow_slot(struct walk *w, uint64_t at, struct att_err *err)
{
	struct att_cur c;
	uint32_t location;
	uint64_t to;

	if (!att_image_at(w->im, at, ISH_SIZE, &c) ||
	    !att_cur_skip(&c, ISH_LOCATION) || !att_cur_le32(&c, &location) ||
	    !resolve(w, location, &to) || !remember(w, to))
		return 0;
	return att_partition_claim(w->p, ATT_SOURCE_AMD, at, ISH_SIZE,
	    ATT_RANGE_STATIC, err, "AMD slot header");
}

static int
use_entry(struct walk *w, const struct directory *d, const struct entry *e,
    struct att_err *err)
{
	uint64_t at;

	if ((d->kind == PSP && e->type == FUSE_CHAIN) ||
	    !resolve_entry(w, d, e->address, &at))
		return 0;
	if (d->kind == COMBO || is_link(d->kind, e->type))
		return remember(w, at) ? 0 : follow_slot(w, at, err);
	if (!att_span_fits(at, e->size, w->im->bytes.len))
		return 0;
	return att_partition_claim(w->p, ATT_SOURCE_AMD, at, e->size,
	    class_of(d->kind, e), err, "AMD %s 0x%02x",
	    d->kind == PSP ? "PSP" : "BIOS", e->type);
}

static int
use_directory(struct walk *w, const struct directory *d, struct att_err *err)
{
	struct att_cur c = d->entries;
	struct entry e;
	int r;

	if ((r = att_partition_claim(w->p, ATT_SOURCE_AMD, d->offset,
		 sizes[d->kind].header + (uint64_t)d->count *
		 sizes[d->kind].entry, ATT_RANGE_STATIC, err, "AMD %s",
		 d->cookie)) < 0)
		return r;
	for (uint32_t i = 0; i < d->count && read_entry(&c, d->kind, &e); i++)
		if ((r = use_entry(w, d, &e, err)) < 0)
			return r;
	return 0;
}

/* -- the structure --------------------------------------------------------- */

static int
use_structure(struct walk *w, uint64_t at, struct att_err *err)
{
	struct directory d;
	struct att_cur c;
	uint32_t v;
	bool found = false;
	int r;

	if (!att_image_at(w->im, at, EFS_SIZE, &c) || !att_cur_le32(&c, &v) ||
	    v != EFS_SIGNATURE)
		return 0;
	for (size_t i = 0; i < ATT_COUNT(pointers); i++) {
		uint64_t to;

		if (att_image_at(w->im, at + pointers[i], 4, &c) &&
		    att_cur_le32(&c, &v) && resolve(w, v, &to) &&
		    remember(w, to))
			found = true;
	}
	if (!found)
		return 0;
	if ((r = att_partition_claim(w->p, ATT_SOURCE_AMD, at, EFS_SIZE,
		 ATT_RANGE_STATIC, err, "AMD EFS")) < 0)
		return r;
	while (w->todo_count > 0) {
		if (read_directory(w, w->todo[--w->todo_count], &d) &&
		    (r = use_directory(w, &d, err)) < 0)
			return r;
		att_image_let_go(w->im);
	}
	return 0;
}

int
att_amd_claim(const struct att_image *im, struct att_partition *p,
    struct att_err *err)
{
	struct walk w = { .im = im, .p = p };
	uint64_t size = im->bytes.len;
	int r;

	for (w.rom = 0; w.rom < size; w.rom += ROM_MAX) {
		w.rom_size = ROM_MAX;
		while (w.rom_size > size - w.rom)
			w.rom_size /= 2;
		for (size_t i = 0; i < ATT_COUNT(places); i++) {
			if ((r = use_structure(&w, w.rom +
				 (places[i] & (w.rom_size - 1)), err)) < 0)
				return r;
			att_image_let_go(im);
		}
	}
	return 0;
}
