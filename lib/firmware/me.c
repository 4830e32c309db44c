#include "firmware/me.h"

#include <inttypes.h>

#define MAGIC 0x54504624	/* "$FPT" */
#define HEADER_SIZE 32		/* and of an entry */
#define INVALID 0xff		/* byte 31 of an entry */
#define TYPE_DATA 1
#define NOWHERE UINT32_MAX

/* Behind the ROM bypass vectors, or at the start. */
static const uint64_t places[] = { 0x10, 0 };

static bool
find_table(struct att_slice region, uint64_t *ret_at, struct att_cur *ret)
{
	for (size_t i = 0; i < ATT_COUNT(places); i++) {
		struct att_cur c = att_cur_of(region);
		uint32_t magic;

		if (att_cur_skip(&c, places[i]) && att_cur_le32(&c, &magic) &&
		    magic == MAGIC) {
			*ret = c;
			*ret_at = places[i];
			return true;
		}
	}
	return false;
}

static char
shown(uint8_t c)
{
	bool fine = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	    (c >= '0' && c <= '9');

	return (char)(fine ? c : c == 0 ? ' ' : '?');
}

/* False if it does not count: invalid, empty, or not in the region. */
static bool
read_entry(struct att_cur c, uint64_t size, struct att_me_partition *ret)
{
	uint8_t name[4], flags[4];
	uint32_t offset, length;

	if (!att_cur_copy(&c, name, sizeof(name)) || !att_cur_skip(&c, 4) ||
	    !att_cur_le32(&c, &offset) || !att_cur_le32(&c, &length) ||
	    !att_cur_skip(&c, 12) || !att_cur_copy(&c, flags, sizeof(flags)))
		return false;
	if (flags[3] == INVALID || offset == NOWHERE || length == 0 ||
	    !att_span_fits(offset, length, size))
		return false;
	*ret = (struct att_me_partition){ .offset = offset, .length = length,
		.data = (flags[0] & 0x7f) == TYPE_DATA };
	for (size_t i = 0; i < sizeof(name); i++)
		ret->name[i] = shown(name[i]);
	for (size_t i = sizeof(name); i > 0 && ret->name[i - 1] == ' '; i--)
		ret->name[i - 1] = '\0';
	return true;
}

int
att_me_parse(struct att_slice region, struct att_me *ret,
    struct att_err *err)
{
	struct att_me me = { 0 };
	struct att_cur c = { 0 }, entry;
	uint8_t version[2], length;
	uint32_t count;

	if (!find_table(region, &me.table, &c))
		return att_err_set(err, ATT_E_NOT_FOUND, "no $FPT");
	if (!att_cur_le32(&c, &count) ||
	    !att_cur_copy(&c, version, sizeof(version)) ||
	    !att_cur_u8(&c, &length) || !att_cur_skip(&c, HEADER_SIZE - 11))
		return att_err_at(err, ATT_E_SHORT, me.table,
		    "$FPT: the header is cut off");
	if (length != HEADER_SIZE)
		return att_err_at(err, ATT_E_FORMAT, me.table,
		    "$FPT: header of %u bytes, must be %d", length,
		    HEADER_SIZE);
	if (count > ATT_ME_PARTITIONS_MAX)
		return att_err_at(err, ATT_E_LIMIT, me.table,
		    "$FPT: %" PRIu32 " entries, at most %d are taken", count,
		    ATT_ME_PARTITIONS_MAX);
	me.table_length = HEADER_SIZE * ((uint64_t)count + 1);
	for (uint32_t i = 0; i < count; i++) {
		if (!att_cur_child(&c, HEADER_SIZE, &entry))
			return att_err_at(err, ATT_E_SHORT, c.off,
			    "$FPT: entry %" PRIu32 " is cut off", i);
		if (read_entry(entry, region.len, &me.partition[me.count]))
			me.count++;
	}
	*ret = me;
	return 0;
}

static int
claim_partitions(const struct att_me *me, uint64_t base,
    struct att_partition *p, struct att_err *err)
{
	int r;

	if ((r = att_partition_claim(p, ATT_SOURCE_ME, base + me->table,
		 me->table_length, ATT_RANGE_STATIC, err, "ME/$FPT")) < 0)
		return r;
	for (size_t i = 0; i < me->count; i++) {
		const struct att_me_partition *m = &me->partition[i];

		if ((r = att_partition_claim(p, ATT_SOURCE_ME,
			 base + m->offset, m->length,
			 m->data ? ATT_RANGE_VOLATILE : ATT_RANGE_STATIC, err,
			 "ME/%s", m->name)) < 0)
			return r;
	}
	return 0;
}

int
att_me_claim(const struct att_span *region, const struct att_image *im,
    struct att_partition *p, struct att_err *err)
{
	struct att_cur c;
	struct att_me me;
	struct att_err why = { 0 };
	int r;

	if (!att_image_at(im, region->offset, region->length, &c))
		return 0;
	if ((r = att_me_parse(att_cur_rest(&c), &me, &why)) == 0)
		return claim_partitions(&me, region->offset, p, err);
	if (r != ATT_E_NOT_FOUND)
		att_partition_note(p, "me.broken", region->offset,
		    region->length, "%s", why.text);
	return att_partition_claim(p, ATT_SOURCE_ME, region->offset,
	    region->length, ATT_RANGE_STATIC, err, "ME");
}
