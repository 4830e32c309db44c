#include "firmware/image.h"

#include <inttypes.h>

int
att_image_of(struct att_slice bytes, struct att_image *ret,
    struct att_err *err)
{
	if (bytes.len == 0)
		return att_err_set(err, ATT_E_SHORT, "an image of no bytes");
	if (bytes.len > ATT_IMAGE_MAX)
		return att_err_set(err, ATT_E_LIMIT,
		    "an image of %zu bytes, at most %zu are taken", bytes.len,
		    ATT_IMAGE_MAX);
	*ret = (struct att_image){ .bytes = bytes };
	return 0;
}

int
att_image_lose(struct att_image *im, uint64_t offset, uint64_t length,
    struct att_err *err)
{
	uint64_t size = im->bytes.len;

	if (offset >= size || length == 0)
		return 0;
	if (im->lost_count == ATT_IMAGE_LOST_MAX)
		return att_err_at(err, ATT_E_LIMIT, offset,
		    "over %d unreadable parts of a chip", ATT_IMAGE_LOST_MAX);
	im->lost[im->lost_count++] = (struct att_span){ .offset = offset,
		.length = ATT_MIN(length, size - offset) };
	return 0;
}

bool
att_image_at(const struct att_image *im, uint64_t offset, uint64_t length,
    struct att_cur *ret)
{
	struct att_cur c = att_cur_of(im->bytes);

	if (!att_span_fits(offset, length, im->bytes.len))
		return false;
	for (size_t i = 0; i < im->lost_count; i++)
		if (offset < im->lost[i].offset + im->lost[i].length &&
		    im->lost[i].offset < offset + length)
			return false;
	return att_cur_skip(&c, offset) && att_cur_child(&c, length, ret);
}

bool
att_image_stretch(const struct att_image *im, uint64_t from,
    struct att_span *ret)
{
	uint64_t end = im->bytes.len;
	bool moved = true;

	while (moved) {
		moved = false;
		for (size_t i = 0; i < im->lost_count; i++) {
			const struct att_span *s = &im->lost[i];

			if (s->offset <= from && from < s->offset + s->length) {
				from = s->offset + s->length;
				moved = true;
			}
		}
	}
	if (from >= end)
		return false;
	for (size_t i = 0; i < im->lost_count; i++)
		if (im->lost[i].offset > from)
			end = ATT_MIN(end, im->lost[i].offset);
	*ret = (struct att_span){ .offset = from, .length = end - from };
	return true;
}

void
att_image_left(const struct att_image *im, uint64_t *from, uint64_t to)
{
	if (im->release != NULL && to > *from)
		im->release(im->arg, *from, to - *from);
	*from = to;
}

void
att_image_passed(const struct att_image *im, uint64_t *from, uint64_t to)
{
	if (to >= *from && to - *from >= ATT_IMAGE_STEP)
		att_image_left(im, from, to);
}

void
att_image_let_go(const struct att_image *im)
{
	uint64_t all = 0;

	att_image_left(im, &all, im->bytes.len);
}
