#include "firmware/scan.h"

#include <string.h>

#include "firmware/fmap.h"
#include "firmware/fv.h"

#define FIRST_BYTE '_'	/* of both magics */

struct scan {
	struct att_fv_claims fv;
	unsigned maps;
	unsigned false_hits;
};

/* Moves to the next such byte; false at the end. */
static bool
find_byte(struct scan *s, struct att_cur *c, uint8_t byte)
{
	while (c->left > 0) {
		size_t n = ATT_MIN(c->left, ATT_IMAGE_STEP);
		const uint8_t *at = memchr(c->p, byte, n);
		uint64_t skip = at == NULL ? n : (uint64_t)(at - c->p);

		if (!att_cur_skip(c, skip))
			return false;
		att_image_passed(s->fv.im, &s->fv.passed, c->off);
		if (at != NULL)
			return true;
	}
	return false;
}

static bool
starts_with(struct att_cur c, const char *magic)
{
	struct att_slice s;

	return att_cur_bytes(&c, strlen(magic), &s) && att_slice_is(s, magic);
}

/*
 * Each tries what it knows at `c`, of a stretch `from` that begins behind the
 * structure before: 1 and how many bytes behind `c` it ends, 0 if that is not
 * here.
 */
static int
try_volume(struct scan *s, struct att_cur from, struct att_cur c,
    uint64_t *ret_end, struct att_err *err)
{
	struct att_cur volume = from;
	struct att_fv fv;
	uint64_t begin;
	int r;

	if (c.off < from.off + ATT_FV_MAGIC_AT)
		return 0;
	begin = c.off - ATT_FV_MAGIC_AT;
	if (begin % ATT_FV_ALIGN != 0 ||
	    !att_cur_skip(&volume, begin - from.off) ||
	    att_fv_parse(volume, &fv, NULL) < 0)
		return 0;
	if ((r = att_fv_claim(&s->fv, &fv, volume, err)) < 0)
		return r;
	*ret_end = begin + fv.length - c.off;
	return 1;
}

static int
try_map(struct scan *s, struct att_cur c, uint64_t *ret_end,
    struct att_err *err)
{
	struct att_fmap map;
	int r;

	if (att_fmap_parse(c, s->fv.p->size, &map, NULL) < 0)
		return 0;
	if (s->maps == ATT_FMAPS_MAX)
		return att_err_at(err, ATT_E_LIMIT, c.off,
		    "over %d flash maps on a chip", ATT_FMAPS_MAX);
	if (s->maps > 0)
		att_partition_note(s->fv.p, "fmap.another", c.off, map.length,
		    "there is more than one flash map");
	if ((r = att_fmap_claim(&map, s->maps, s->fv.p, err)) < 0)
		return r;
	s->maps++;
	*ret_end = map.length;
	return 1;
}

static int
try_all(struct scan *s, struct att_cur from, struct att_cur c,
    uint64_t *ret_end, struct att_err *err)
{
	int r;

	if (starts_with(c, ATT_FV_MAGIC))
		r = try_volume(s, from, c, ret_end, err);
	else if (starts_with(c, ATT_FMAP_MAGIC))
		r = try_map(s, c, ret_end, err);
	else
		return 0;
	if (r == 0 && ++s->false_hits > ATT_SCAN_FALSE_MAX)
		return att_err_at(err, ATT_E_LIMIT, c.off,
		    "over %d volumes and flash maps that are none",
		    ATT_SCAN_FALSE_MAX);
	return r;
}

static int
scan_stretch(struct scan *s, struct att_cur from, struct att_err *err)
{
	struct att_cur c = from;
	uint64_t end;
	int r;

	s->fv.passed = from.off;
	while (find_byte(s, &c, FIRST_BYTE)) {
		end = 1;
		if ((r = try_all(s, from, c, &end, err)) < 0)
			return r;
		if (!att_cur_skip(&c, end))
			break;
		if (r > 0) {
			from = c;
			att_image_left(s->fv.im, &s->fv.passed, c.off);
		}
	}
	att_image_left(s->fv.im, &s->fv.passed, from.off + from.left);
	return 0;
}

int
att_scan_claim(const struct att_image *im, struct att_partition *p,
    struct att_err *err)
{
	struct scan s = { .fv = { .im = im, .p = p } };
	struct att_span span;
	struct att_cur c;
	uint64_t from = 0;
	int r;

	while (att_image_stretch(im, from, &span)) {
		if (att_image_at(im, span.offset, span.length, &c) &&
		    (r = scan_stretch(&s, c, err)) < 0)
			return r;
		from = span.offset + span.length;
	}
	return 0;
}
