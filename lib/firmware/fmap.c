#include "firmware/fmap.h"

#include <string.h>

#define MAJOR 1
#define MINOR_MAX 1

/* What is not static: written as firmware runs, or once for a machine. */
static const struct {
	const char *name;
	enum att_range_class class;
} special[] = {
	{ "CONSOLE", ATT_RANGE_VOLATILE },
	{ "RECOVERY_MRC_CACHE", ATT_RANGE_VOLATILE },
	{ "RO_VPD", ATT_RANGE_PER_MACHINE },
	{ "RW_ELOG", ATT_RANGE_VOLATILE },
	{ "RW_MRC_CACHE", ATT_RANGE_VOLATILE },
	{ "RW_NVRAM", ATT_RANGE_VOLATILE },
	{ "RW_VAR_MRC_CACHE", ATT_RANGE_VOLATILE },
	{ "RW_VPD", ATT_RANGE_VOLATILE },
	{ "SI_GBE", ATT_RANGE_PER_MACHINE },
	{ "SI_PDR", ATT_RANGE_PER_MACHINE },
	{ "SMMSTORE", ATT_RANGE_VOLATILE },
	{ "UNIFIED_MRC_CACHE", ATT_RANGE_VOLATILE },
};

enum att_range_class
att_fmap_class(const char *name)
{
	for (size_t i = 0; i < ATT_COUNT(special); i++)
		if (strcmp(special[i].name, name) == 0)
			return special[i].class;
	return ATT_RANGE_STATIC;
}

/* Printable, not empty, and ended by a NUL. */
static bool
read_name(struct att_cur *c, char ret[static ATT_FMAP_NAME_SIZE])
{
	size_t n = 0;

	if (!att_cur_copy(c, ret, ATT_FMAP_NAME_SIZE))
		return false;
	while (n < ATT_FMAP_NAME_SIZE && ret[n] >= ' ' && ret[n] <= '~' &&
	    ret[n] != '\\')
		n++;
	return n > 0 && n < ATT_FMAP_NAME_SIZE && ret[n] == '\0';
}

static bool
read_area(struct att_cur *c, uint64_t size, struct att_fmap_area *ret)
{
	uint32_t offset, length;

	if (!att_cur_le32(c, &offset) || !att_cur_le32(c, &length) ||
	    !read_name(c, ret->name) || !att_cur_le16(c, &ret->flags))
		return false;
	ret->offset = offset;
	ret->length = length;
	return att_span_fits(offset, length, size);
}

int
att_fmap_parse(struct att_cur c, uint64_t size, struct att_fmap *ret,
    struct att_err *err)
{
	uint64_t begin = c.off, base;
	struct att_slice magic;
	uint8_t major, minor;
	uint32_t covers;
	uint16_t count;

	if (!att_cur_bytes(&c, sizeof(ATT_FMAP_MAGIC) - 1, &magic) ||
	    !att_cur_u8(&c, &major) || !att_cur_u8(&c, &minor) ||
	    !att_cur_le64(&c, &base) || !att_cur_le32(&c, &covers) ||
	    !read_name(&c, ret->name) || !att_cur_le16(&c, &count))
		return att_err_at(err, ATT_E_SHORT, begin,
		    "flash map: the header is cut off, or has no name");
	if (!att_slice_is(magic, ATT_FMAP_MAGIC) || major != MAJOR ||
	    minor > MINOR_MAX)
		return att_err_at(err, ATT_E_FORMAT, begin,
		    "flash map: version %u.%u", major, minor);
	if (covers == 0 || covers > size || count == 0 ||
	    count > ATT_FMAP_AREAS_MAX)
		return att_err_at(err, ATT_E_FORMAT, begin,
		    "flash map: %u areas in %u bytes", count, covers);
	for (uint16_t i = 0; i < count; i++)
		if (!read_area(&c, size, &ret->area[i]))
			return att_err_at(err, ATT_E_FORMAT, c.off,
			    "flash map: area %u is cut off, lies outside the "
			    "chip or has no name", i);
	ret->count = count;
	ret->length = c.off - begin;
	return 0;
}

int
att_fmap_claim(const struct att_fmap *map, unsigned number,
    struct att_partition *p, struct att_err *err)
{
	int r;

	for (size_t i = 0; i < map->count; i++) {
		const struct att_fmap_area *a = &map->area[i];

		if ((r = att_partition_claim(p, ATT_SOURCE_FMAP + number,
			 a->offset, a->length, att_fmap_class(a->name), err,
			 "%s", a->name)) < 0)
			return r;
	}
	return 0;
}
