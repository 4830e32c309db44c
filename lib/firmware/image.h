/*
 * A flash chip in memory, as far as it could be read. Bytes that could not be
 * read are there with any value and are never looked at: everything that
 * reads a chip asks for it here.
 */
#ifndef ATT_FIRMWARE_IMAGE_H
#define ATT_FIRMWARE_IMAGE_H

#include "base/cur.h"
#include "base/err.h"

#define ATT_IMAGE_MAX ((size_t)256 << 20)	/* bytes */
#define ATT_IMAGE_LOST_MAX 96			/* spans */
#define ATT_IMAGE_STEP ((size_t)256 << 10)	/* bytes, between releases */

struct att_span {
	uint64_t offset;
	uint64_t length;
};

struct att_image {
	struct att_slice bytes;		/* the whole chip */
	struct att_span lost[ATT_IMAGE_LOST_MAX];
	size_t lost_count;
	/*
	 * NULL, or told which bytes are done with for now. They may be looked
	 * at again, so they must stay; but where they are those of a mapped
	 * file their pages can go (MADV_DONTNEED), and a chip of any size
	 * takes a few ATT_IMAGE_STEP of memory.
	 */
	void (*release)(void *arg, uint64_t offset, uint64_t length);
	void *arg;
};

/*
 * Borrows the bytes; all are readable. More than ATT_IMAGE_MAX, or none, are
 * ATT_E_LIMIT and ATT_E_SHORT.
 */
int att_image_of(struct att_slice bytes, struct att_image *ret,
    struct att_err *err) ATT_MUST;

/*
 * These bytes cannot be read. What lies beyond the chip is cut off; nothing
 * left is no change. ATT_E_LIMIT over ATT_IMAGE_LOST_MAX spans.
 */
int att_image_lose(struct att_image *im, uint64_t offset, uint64_t length,
    struct att_err *err) ATT_MUST;

/* These bytes as a cursor; false if not all are on the chip and readable. */
bool att_image_at(const struct att_image *im, uint64_t offset,
    uint64_t length, struct att_cur *ret) ATT_MUST;

/*
 * The first stretch of readable bytes that ends behind `from`, without what
 * comes before `from`; false if there is none.
 */
bool att_image_stretch(const struct att_image *im, uint64_t from,
    struct att_span *ret) ATT_MUST;

/*
 * Tells im->release of [*from, to) and moves *from there: `passed` once that
 * is ATT_IMAGE_STEP, `left` whatever it is.
 */
void att_image_passed(const struct att_image *im, uint64_t *from,
    uint64_t to);
void att_image_left(const struct att_image *im, uint64_t *from, uint64_t to);
/* Tells it of the whole chip: after a look here and there. */
void att_image_let_go(const struct att_image *im);

/* True if [offset, offset + length) lies within [0, size). */
static inline ATT_MUST bool
att_span_fits(uint64_t offset, uint64_t length, uint64_t size)
{
	return offset <= size && length <= size - offset;
}

#endif
