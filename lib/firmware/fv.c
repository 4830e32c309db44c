#include "firmware/fv.h"

#include <inttypes.h>
#include <string.h>

#include "firmware/nvram.h"

#define HEADER_MIN 0x48
#define ERASE_POLARITY 0x800
#define FILE_HEADER 24
#define LARGE_FILE_HEADER 32
#define FILE_LARGE 0x01		/* attribute, in FFS3 */
#define STATE_DATA_VALID 0x04
#define STATE_DELETED 0x10
#define STATE_HEADER_INVALID 0x20
#define STATE_AT 23
#define FILE_CHECKSUM_AT 17

static const struct {
	const char *guid;
	const char *name;
	enum att_fv_kind kind;
	bool large;
} systems[] = {
	{ "7a9354d9-0468-444a-81ce-0bf617d890df", "FFS1", ATT_FV_FILES,
	    false },
	{ "8c8ce578-8a3d-4f1c-9935-896185c32dd3", "FFS2", ATT_FV_FILES,
	    false },
	{ "5473c07a-3dcb-4dca-bd6f-1e9689e7349a", "FFS3", ATT_FV_FILES,
	    true },
	{ ATT_NVRAM_VOLUME, "variables", ATT_FV_VARIABLES, false },
	{ ATT_NVRAM_VOLUME_MORE, "variables", ATT_FV_VARIABLES, false },
	{ "04adeead-61ff-4d31-b6ba-64f8bf901f5a", "Apple FFS", ATT_FV_FILES,
	    false },
	{ "bd001b8c-6a71-487b-a14f-0c2a2dcf7a5d", "Apple FFS", ATT_FV_FILES,
	    false },
	{ "153d2197-29bd-44dc-ac59-887f70e41a6b", "microcode", ATT_FV_OTHER,
	    false },
	{ "ad3fffff-d28b-44c4-9f13-9ea98a97f9f0", "Intel FFS", ATT_FV_FILES,
	    false },
	{ "d6a1cd70-4b33-4994-a6ea-375f2ccc5437", "Intel FFS", ATT_FV_FILES,
	    false },
	{ "4f494156-aed6-4d64-a537-b8a5557bceec", "Sony FFS", ATT_FV_FILES,
	    false },
};

/* -- the header of a volume ------------------------------------------------ */

static uint64_t
align8(uint64_t n)
{
	return (n + ATT_FV_ALIGN - 1) & ~(uint64_t)(ATT_FV_ALIGN - 1);
}

/* The 16-bit words of the header add up to 0. */
static bool
header_holds(struct att_cur c, uint16_t length)
{
	uint16_t word, sum = 0;

	for (unsigned i = 0; i < length / 2u; i++) {
		if (!att_cur_le16(&c, &word))
			return false;
		sum = (uint16_t)(sum + word);
	}
	return sum == 0;
}

/* GUID and size; files begin behind it, on 8 bytes. */
static bool
read_extension(struct att_cur c, uint16_t at, struct att_fv *fv)
{
	uint64_t whole = c.left;
	uint32_t size;

	if (!att_cur_skip(&c, at) || !att_cur_efiguid(&c, &fv->name) ||
	    !att_cur_le32(&c, &size) || size < 20 ||
	    !att_span_fits(at, size, whole))
		return false;
	fv->named = true;
	fv->files = align8((uint64_t)at + size);
	return fv->files <= whole;
}

static void
set_system(struct att_fv *fv)
{
	for (size_t i = 0; i < ATT_COUNT(systems); i++)
		if (att_efiguid_is(&fv->fs, systems[i].guid)) {
			fv->kind = systems[i].kind;
			fv->large_files = systems[i].large;
		}
}

const char *
att_fv_fs_name(const struct att_fv *fv)
{
	for (size_t i = 0; i < ATT_COUNT(systems); i++)
		if (att_efiguid_is(&fv->fs, systems[i].guid))
			return systems[i].name;
	return NULL;
}

int
att_fv_parse(struct att_cur c, struct att_fv *ret, struct att_err *err)
{
	struct att_cur all = c;
	uint16_t length, checksum, extension;
	struct att_slice magic;
	struct att_fv fv = { 0 };
	uint32_t attributes;

	if (!att_cur_skip(&c, 16) || !att_cur_efiguid(&c, &fv.fs) ||
	    !att_cur_le64(&c, &fv.length) || !att_cur_bytes(&c, 4, &magic) ||
	    !att_cur_le32(&c, &attributes) || !att_cur_le16(&c, &length) ||
	    !att_cur_le16(&c, &checksum) || !att_cur_le16(&c, &extension))
		return att_err_at(err, ATT_E_SHORT, all.off,
		    "firmware volume: the header is cut off");
	if (!att_slice_is(magic, ATT_FV_MAGIC) || length % 2 != 0 ||
	    length < HEADER_MIN || length > fv.length ||
	    fv.length > all.left)
		return att_err_at(err, ATT_E_FORMAT, all.off,
		    "firmware volume of %" PRIu64 " bytes, header of %u, where "
		    "%zu are left", fv.length, length, all.left);
	if (!header_holds(all, length))
		return att_err_at(err, ATT_E_FORMAT, all.off,
		    "firmware volume: header checksum");
	fv.erased = (attributes & ERASE_POLARITY) != 0 ? 0xff : 0;
	fv.files = align8(length);
	set_system(&fv);
	all.left = (size_t)fv.length;
	if (fv.kind == ATT_FV_FILES && extension != 0 &&
	    !read_extension(all, extension, &fv))
		return att_err_at(err, ATT_E_FORMAT, all.off,
		    "firmware volume: extension header at %u", extension);
	*ret = fv;
	return 0;
}

/* -- files ----------------------------------------------------------------- */

struct att_ffs_iter
att_ffs_begin(const struct att_fv *fv, struct att_cur volume)
{
	struct att_ffs_iter it = { .c = volume, .base = volume.off,
		.large = fv->large_files, .erased = fv->erased };

	it.c.left = ATT_MIN(it.c.left, (size_t)fv->length);
	if (fv->kind != ATT_FV_FILES || !att_cur_skip(&it.c, fv->files))
		it.c.left = 0;
	return it;
}

/* The bytes of the header, state and checksum of the body left out, are 0. */
static bool
file_header_holds(struct att_cur c, size_t length)
{
	uint8_t byte, sum = 0;

	for (size_t i = 0; i < length; i++) {
		if (!att_cur_u8(&c, &byte))
			return false;
		if (i != STATE_AT && i != FILE_CHECKSUM_AT)
			sum = (uint8_t)(sum + byte);
	}
	return sum == 0;
}

static bool
read_file_header(struct att_cur c, bool large, uint8_t erased,
    struct att_ffs_file *f, size_t *ret_header)
{
	uint8_t size[3], state;
	uint64_t whole;

	*ret_header = FILE_HEADER;
	if (!att_cur_efiguid(&c, &f->guid) || !att_cur_skip(&c, 2) ||
	    !att_cur_u8(&c, &f->type) || !att_cur_u8(&c, &f->attributes) ||
	    !att_cur_copy(&c, size, sizeof(size)) || !att_cur_u8(&c, &state))
		return false;
	f->length = (uint64_t)size[0] | (uint64_t)size[1] << 8 |
	    (uint64_t)size[2] << 16;
	if (large && (f->attributes & FILE_LARGE) != 0) {
		if (!att_cur_le64(&c, &whole))
			return false;
		f->length = whole;
		*ret_header = LARGE_FILE_HEADER;
	}
	state ^= erased;
	f->live = (state & STATE_DATA_VALID) != 0 &&
	    (state & (STATE_DELETED | STATE_HEADER_INVALID)) == 0;
	return true;
}

/* Up to the next 8 bytes, counted from the start of the volume. */
static void
skip_padding(struct att_ffs_iter *it)
{
	uint64_t at = it->c.off - it->base;
	uint64_t pad = align8(at) - at;

	if (!att_cur_skip(&it->c, pad))
		it->c.left = 0;
}

int
att_ffs_next(struct att_ffs_iter *it, struct att_ffs_file *ret,
    struct att_err *err)
{
	struct att_ffs_file f = { .offset = it->c.off };
	struct att_cur file;
	size_t header;

	if (it->c.left < FILE_HEADER ||
	    att_cur_all(&it->c, FILE_HEADER, it->erased))
		return 0;
	if (!read_file_header(it->c, it->large, it->erased, &f, &header))
		return att_err_at(err, ATT_E_SHORT, f.offset,
		    "firmware file: the header is cut off");
	if (f.length < header || f.length > it->c.left)
		return att_err_at(err, ATT_E_FORMAT, f.offset,
		    "firmware file of %" PRIu64 " bytes where %zu are left",
		    f.length, it->c.left);
	if (!file_header_holds(it->c, header))
		return att_err_at(err, ATT_E_FORMAT, f.offset,
		    "firmware file: header checksum");
	if (!att_cur_child(&it->c, f.length, &file) ||
	    !att_cur_skip(&file, header))
		return att_err_at(err, ATT_E_SHORT, f.offset,
		    "firmware file: it is cut off");
	f.body = file;
	skip_padding(it);
	*ret = f;
	return 1;
}

/* -- claims ---------------------------------------------------------------- */

static int
claim_file(const struct att_ffs_file *f, struct att_partition *p,
    struct att_err *err)
{
	const struct att_nvram_file *known = att_nvram_file_of(&f->guid);

	/* the header around it is as static as the volume */
	if (known == NULL || !f->live)
		return 0;
	return att_partition_claim(p, ATT_SOURCE_FV, f->body.off,
	    f->body.left, known->class, err, "%s", known->name);
}

int
att_fv_claim(struct att_fv_claims *c, const struct att_fv *fv,
    struct att_cur volume, struct att_err *err)
{
	struct att_ffs_iter it = att_ffs_begin(fv, volume);
	const char *fs = att_fv_fs_name(fv);
	bool variables = fv->kind == ATT_FV_VARIABLES;
	struct att_ffs_file f;
	int r;

	if ((r = att_partition_claim(c->p, ATT_SOURCE_FV, volume.off,
		 fv->length,
		 variables ? ATT_RANGE_VOLATILE : ATT_RANGE_STATIC, err,
		 "%s %s", fs == NULL ? "volume" : fs,
		 fv->named ? fv->name.text : fv->fs.text)) < 0)
		return r;
	/* what the walk does not reach is static, as the volume is */
	for (; c->files < ATT_FFS_FILES_MAX &&
	    att_ffs_next(&it, &f, NULL) > 0; c->files++) {
		if ((r = claim_file(&f, c->p, err)) < 0)
			return r;
		att_image_passed(c->im, &c->passed, it.c.off);
	}
	return 0;
}
