#include "firmware/lzma.h"

#include <lzma.h>

#include "base/cur.h"

#define PIECE ((size_t)64 << 10)	/* bytes of output at a time */
#define CHUNK_MAX 65536			/* of an LZMA2 chunk without packing */
#define CHUNK_FIRST 0x01		/* and the dictionary is reset */
#define CHUNK_NEXT 0x02

static int
error_of(lzma_ret r, struct att_err *err)
{
	if (r == LZMA_MEM_ERROR)
		return att_err_nomem(err);
	if (r == LZMA_MEMLIMIT_ERROR)
		return att_err_set(err, ATT_E_LIMIT, "LZMA: needs over %zu MiB",
		    (size_t)(ATT_LZMA_MEMORY_MAX >> 20));
	return att_err_set(err, ATT_E_FORMAT, "LZMA: broken or cut off");
}

/* Piece by piece into the buffer, up to its limit and to the stream's end. */
static int
unpack(lzma_stream *s, struct att_buf *ret, struct att_err *err)
{
	AUTO(free) char *piece = malloc(PIECE);
	lzma_ret r = LZMA_OK;

	if (piece == NULL)
		return att_err_nomem(err);
	while (r == LZMA_OK) {
		s->next_out = (uint8_t *)piece;
		s->avail_out = PIECE;
		r = lzma_code(s, LZMA_FINISH);
		att_buf_bytes(ret, piece, PIECE - s->avail_out);
		if (ret->failed)
			return att_buf_ok(ret, "LZMA: output", err);
	}
	return r == LZMA_STREAM_END ? 0 : error_of(r, err);
}

static int
decode_alone(struct att_slice in, struct att_buf *ret, struct att_err *err)
{
	lzma_stream s = LZMA_STREAM_INIT;
	lzma_ret r = lzma_alone_decoder(&s, ATT_LZMA_MEMORY_MAX);
	int rc;

	if (r != LZMA_OK)
		return error_of(r, err);
	s.next_in = in.data;
	s.avail_in = in.len;
	rc = unpack(&s, ret, err);
	lzma_end(&s);
	return rc;
}

/* An LZMA2 stream that says: these bytes, as they are. */
static int
wrap(struct att_slice in, struct att_buf *ret, struct att_err *err)
{
	struct att_cur c = att_cur_of(in);
	struct att_slice part;

	while (!att_cur_empty(&c) &&
	    att_cur_bytes(&c, ATT_MIN(c.left, (size_t)CHUNK_MAX), &part)) {
		att_buf_u8(ret, ret->len == 0 ? CHUNK_FIRST : CHUNK_NEXT);
		att_buf_be16(ret, (uint16_t)(part.len - 1));
		att_buf_slice(ret, part);
	}
	att_buf_u8(ret, 0);
	return att_buf_ok(ret, "LZMA: filter", err);
}

/*
 * liblzma has the branch filter only before a packer, so that the bytes go
 * through one that does not pack.
 */
static int
unfilter(struct att_slice in, struct att_buf *ret, struct att_err *err)
{
	AUTO_DONE(att_buf_done)
	struct att_buf wrapped = ATT_BUF(in.len + in.len / 1024 + 64);
	lzma_options_lzma options = { .dict_size = LZMA_DICT_SIZE_MIN };
	lzma_filter filters[] = {
		{ .id = LZMA_FILTER_X86 },
		{ .id = LZMA_FILTER_LZMA2, .options = &options },
		{ .id = LZMA_VLI_UNKNOWN },
	};
	lzma_stream s = LZMA_STREAM_INIT;
	lzma_ret r;
	int rc;

	if ((rc = wrap(in, &wrapped, err)) < 0)
		return rc;
	if ((r = lzma_raw_decoder(&s, filters)) != LZMA_OK)
		return error_of(r, err);
	s.next_in = wrapped.data;
	s.avail_in = wrapped.len;
	rc = unpack(&s, ret, err);
	lzma_end(&s);
	return rc;
}

int
att_lzma_decode(struct att_slice in, bool x86, struct att_buf *ret,
    struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf plain = ATT_BUF(ret->max);
	size_t before = ret->len;
	struct att_slice out;
	int r = decode_alone(in, ret, err);

	if (r < 0 || !x86)
		return r;
	out = att_buf_view(ret);
	att_buf_bytes(&plain, out.data + before, out.len - before);
	if ((r = att_buf_ok(&plain, "LZMA: output", err)) < 0)
		return r;
	ret->len = before;
	return unfilter(att_buf_view(&plain), ret, err);
}
