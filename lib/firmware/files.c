#include "firmware/files.h"

#include <string.h>

#include "base/text.h"
#include "firmware/fv.h"
#include "firmware/lzma.h"

#define SECTION_LARGE 0xffffff		/* size: u32 behind the type */
#define GUIDED_PROCESS 0x01	/* attribute: plain bytes need work first */

/* PI 1.8, volume 3, 3.2.4: types of sections. */
enum {
	SECTION_COMPRESSED = 0x01,
	SECTION_GUIDED = 0x02,
	SECTION_NAME = 0x15,
	SECTION_VOLUME = 0x17,
};

/* PI 1.8, volume 3, 2.1.4.1: types of files. */
static const char *const types[] = {
	[0x01] = "raw",
	[0x02] = "freeform",
	[0x03] = "SEC core",
	[0x04] = "PEI core",
	[0x05] = "DXE core",
	[0x06] = "PEIM",
	[0x07] = "driver",
	[0x08] = "PEIM/driver",
	[0x09] = "application",
	[0x0a] = "MM",
	[0x0b] = "volume",
	[0x0c] = "MM/driver",
	[0x0d] = "MM core",
	[0x0e] = "MM standalone",
	[0x0f] = "MM core standalone",
	[0xf0] = "padding",
};
#define TYPE_RAW 0x01
#define TYPE_PADDING 0xf0

static const struct {
	const char *guid;
	bool x86;
} packers[] = {
	{ "ee4e5898-3914-4259-9d6e-dc7bd79403cf", false },
	{ "d42ae6bd-1352-4bfb-909a-ca72a6eae889", true },
};

const char *
att_file_type_name(uint8_t type)
{
	return type < ATT_COUNT(types) ? types[type] : NULL;
}

void
att_files_free(struct att_files *files)
{
	if (files == NULL)
		return;
	free(files->file);
	free(files);
}

/* -- the walk -------------------------------------------------------------- */

struct walk {
	struct att_files *files;
	size_t room;
	size_t sections;	/* looked at so far */
	size_t unpacked;	/* bytes so far */
	uint64_t outermost;	/* offset of that file */
	uint16_t alg;
	struct att_hasher *h;
};

/* Where the walk is: how deep, and in which file's sections. */
struct place {
	unsigned level;		/* sections and volumes, for the limit */
	unsigned depth;		/* volumes */
	size_t file;		/* of `files` */
};

static int walk_volume(struct walk *w, struct att_cur volume,
    struct place at, struct att_err *err);
static int walk_sections(struct walk *w, struct att_cur c, struct place at,
    struct att_err *err);

/* Passed over, and told. */
static int
closed(struct walk *w, const struct att_err *why)
{
	w->files->closed++;
	w->files->why = *why;
	return 0;
}

/* Failures of the system go on; what is wrong with the image is told. */
static int
tolerate(struct walk *w, int r, const struct att_err *why,
    struct att_err *err)
{
	if (r < 0 && att_code_kind(r) == ATT_KIND_SYSTEM) {
		if (err != NULL)
			*err = *why;
		return r;
	}
	return r < 0 ? closed(w, why) : 0;
}

static int
too_many(struct walk *w, const char *what)
{
	struct att_err why = { 0 };

	att_err_set(&why, ATT_E_LIMIT, "%s", what);
	return closed(w, &why);
}

static void
set_name(struct att_file_entry *f, struct att_slice utf16)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);
	size_t n;

	/* up to the NUL that ends it */
	for (n = 0; n + 1 < utf16.len; n += 2)
		if (utf16.data[n] == 0 && utf16.data[n + 1] == 0)
			break;
	utf16.len = n;
	att_text_put_utf16le(&b, utf16);
	if (b.failed || b.len > ATT_FILES_NAME_MAX || f->name[0] != '\0')
		return;
	if (b.len > 0)
		memcpy(f->name, b.data, b.len);
	f->name[b.len] = '\0';
}

static int
unpack(struct walk *w, struct att_slice in, bool x86, struct place at,
    struct att_err *err)
{
	AUTO_DONE(att_buf_done)
	struct att_buf plain = ATT_BUF(ATT_FILES_UNPACKED_MAX - w->unpacked);
	struct att_err why = { 0 };
	int r = att_lzma_decode(in, x86, &plain, &why);

	w->unpacked += plain.len;
	if (r < 0)
		return tolerate(w, r, &why, err);
	return walk_sections(w, att_cur_of(att_buf_view(&plain)), at, err);
}

/* GUID, where the data begins, attributes; `whole` begins at the section. */
static int
walk_guided(struct walk *w, struct att_cur whole, struct att_cur c,
    struct place at, struct att_err *err)
{
	struct att_efiguid guid;
	uint16_t begin, attributes;

	if (!att_cur_efiguid(&c, &guid) || !att_cur_le16(&c, &begin) ||
	    !att_cur_le16(&c, &attributes) || !att_cur_skip(&whole, begin))
		return too_many(w, "a section is cut off");
	for (size_t i = 0; i < ATT_COUNT(packers); i++)
		if (att_efiguid_is(&guid, packers[i].guid))
			return unpack(w, att_cur_rest(&whole), packers[i].x86,
			    at, err);
	if ((attributes & GUIDED_PROCESS) != 0)
		return too_many(w, "a section of a kind that is not opened");
	return walk_sections(w, whole, at, err);
}

static int
walk_compressed(struct walk *w, struct att_cur c, struct place at,
    struct att_err *err)
{
	uint32_t length;
	uint8_t how;

	if (!att_cur_le32(&c, &length) || !att_cur_u8(&c, &how))
		return too_many(w, "a section is cut off");
	if (how != 0)
		return too_many(w, "a section of a kind that is not opened");
	return walk_sections(w, c, at, err);
}

static int
walk_section(struct walk *w, uint8_t type, struct att_cur whole,
    struct att_cur c, struct place at, struct att_err *err)
{
	at.level++;
	switch (type) {
	case SECTION_COMPRESSED:
		return walk_compressed(w, c, at, err);
	case SECTION_GUIDED:
		return walk_guided(w, whole, c, at, err);
	case SECTION_NAME:
		set_name(&w->files->file[at.file], att_cur_rest(&c));
		return 0;
	case SECTION_VOLUME:
		at.depth++;
		return walk_volume(w, c, at, err);
	default:
		return 0;
	}
}

/* u24 size, type, and u32 size where that is all ones; on 4 bytes. */
static bool
next_section(struct att_cur *c, uint8_t *ret_type, struct att_cur *ret_whole,
    struct att_cur *ret)
{
	struct att_cur probe = *c;
	uint8_t size[3];
	uint32_t length;

	if (!att_cur_copy(&probe, size, sizeof(size)) ||
	    !att_cur_u8(&probe, ret_type))
		return false;
	length = (uint32_t)size[0] | (uint32_t)size[1] << 8 |
	    (uint32_t)size[2] << 16;
	if (length == SECTION_LARGE && !att_cur_le32(&probe, &length))
		return false;
	if (length < c->left - probe.left ||
	    !att_cur_child(c, length, ret_whole))
		return false;
	*ret = *ret_whole;
	if (!att_cur_skip(ret, probe.off - ret->off))
		return false;
	if (!att_cur_skip(c, -length & 3))
		c->left = 0;
	return true;
}

static int
walk_sections(struct walk *w, struct att_cur c, struct place at,
    struct att_err *err)
{
	struct att_cur whole, body;
	uint8_t type = 0;
	int r;

	if (at.level >= ATT_FILES_DEPTH_MAX)
		return too_many(w, "sections too deep in each other");
	while (c.left > 0) {
		if (++w->sections > ATT_FILES_SECTIONS_MAX)
			return too_many(w, "too many sections");
		if (!next_section(&c, &type, &whole, &body))
			return too_many(w, "a section is cut off");
		if ((r = walk_section(w, type, whole, body, at, err)) < 0)
			return r;
	}
	return 0;
}

static int
add_file(struct walk *w, const struct att_ffs_file *f, unsigned depth,
    struct att_err *err)
{
	struct att_files *files = w->files;
	struct att_file_entry *e;
	int r;

	if (files->count == w->room) {
		size_t room = w->room == 0 ? 64 : w->room * 2;
		struct att_file_entry *more = realloc(files->file,
		    room * sizeof(*more));

		if (more == NULL)
			return att_err_nomem(err);
		files->file = more;
		w->room = room;
	}
	e = &files->file[files->count];
	*e = (struct att_file_entry){ .offset = w->outermost, .depth = depth,
		.guid = f->guid, .type = f->type, .length = f->body.left };
	if ((r = att_hasher_one(w->h, w->alg, att_cur_rest(&f->body),
		 &e->digest, err)) < 0)
		return r;
	files->count++;
	return 0;
}

static int
walk_file(struct walk *w, const struct att_ffs_file *f, struct place at,
    struct att_err *err)
{
	int r;

	if (at.depth == 0)
		w->outermost = f->offset;
	at.file = w->files->count;
	if ((r = add_file(w, f, at.depth, err)) < 0)
		return r;
	/* these two have no sections; nor do types that are not known */
	if (f->type == TYPE_RAW || f->type == TYPE_PADDING ||
	    att_file_type_name(f->type) == NULL)
		return 0;
	return walk_sections(w, f->body, at, err);
}

static int
walk_volume(struct walk *w, struct att_cur volume, struct place at,
    struct att_err *err)
{
	struct att_err why = { 0 };
	struct att_ffs_iter it;
	struct att_ffs_file f;
	struct att_fv fv;
	int r;

	at.level++;
	if (at.level >= ATT_FILES_DEPTH_MAX)
		return too_many(w, "volumes too deep in each other");
	if ((r = att_fv_parse(volume, &fv, &why)) < 0)
		return closed(w, &why);
	it = att_ffs_begin(&fv, volume);
	while ((r = att_ffs_next(&it, &f, &why)) > 0) {
		if (w->files->count == ATT_FILES_MAX)
			return too_many(w, "too many files");
		if ((r = walk_file(w, &f, at, err)) < 0)
			return r;
	}
	return tolerate(w, r, &why, err);
}

/* Where a volume begins, a range does. */
static int
walk_chip(struct walk *w, const struct att_image *im,
    const struct att_map *map, struct att_err *err)
{
	struct att_span stretch;
	struct att_cur c;
	struct att_fv fv;
	uint64_t end = 0;
	int r;

	for (size_t i = 0; i < map->count; i++) {
		const struct att_range *range = &map->range[i];

		if (range->offset < end ||
		    range->class == ATT_RANGE_UNREADABLE ||
		    !att_image_stretch(im, range->offset, &stretch) ||
		    stretch.offset != range->offset ||
		    !att_image_at(im, stretch.offset, stretch.length, &c) ||
		    att_fv_parse(c, &fv, NULL) < 0)
			continue;
		if ((r = walk_volume(w, c, (struct place){ 0 }, err)) < 0)
			return r;
		end = range->offset + fv.length;
	}
	return 0;
}

int
att_files_list(const struct att_image *im, const struct att_map *map,
    struct att_hasher *h, struct att_files **ret, struct att_err *err)
{
	AUTO(att_files_free) struct att_files *files = calloc(1,
	    sizeof(*files));
	struct walk w = { .files = files, .h = h, .alg = map->alg };
	int r;

	if (files == NULL)
		return att_err_nomem(err);
	if ((r = walk_chip(&w, im, map, err)) < 0)
		return r;
	*ret = take(&files);
	return 0;
}

/* -- differences ----------------------------------------------------------- */

struct att_files_diff
att_files_diff_begin(const struct att_files *before,
    const struct att_files *after, uint64_t offset, uint64_t length)
{
	return (struct att_files_diff){ .before = before, .after = after,
		.offset = offset, .end = offset + length };
}

static bool
same_file(const struct att_file_entry *a, const struct att_file_entry *b)
{
	return a->depth == b->depth && strcmp(a->guid.text, b->guid.text) == 0;
}

static bool
within(const struct att_files_diff *it, const struct att_file_entry *f)
{
	return f->offset >= it->offset && f->offset < it->end;
}

/* The one in the other list that `from->file[i]` stands against, or NULL. */
static const struct att_file_entry *
other_of(const struct att_files_diff *it, const struct att_files *from,
    size_t i, const struct att_files *in)
{
	size_t n = 0;

	for (size_t k = 0; k < i; k++)
		n += within(it, &from->file[k]) &&
		    same_file(&from->file[k], &from->file[i]);
	for (size_t k = 0; k < in->count; k++)
		if (within(it, &in->file[k]) &&
		    same_file(&in->file[k], &from->file[i]) && n-- == 0)
			return &in->file[k];
	return NULL;
}

bool
att_files_diff_next(struct att_files_diff *it, struct att_file_change *ret)
{
	while (it->i < it->before->count) {
		const struct att_file_entry *a = &it->before->file[it->i];
		const struct att_file_entry *b;

		if (!within(it, a)) {
			it->i++;
			continue;
		}
		b = other_of(it, it->before, it->i++, it->after);
		if (b != NULL && att_digest_equal(&a->digest, &b->digest))
			continue;
		*ret = (struct att_file_change){ a, b };
		return true;
	}
	while (it->j < it->after->count) {
		const struct att_file_entry *b = &it->after->file[it->j];

		if (within(it, b) &&
		    other_of(it, it->after, it->j, it->before) == NULL) {
			it->j++;
			*ret = (struct att_file_change){ NULL, b };
			return true;
		}
		it->j++;
	}
	return false;
}
