/*
 * Bounded, growing writer. A failure (limit reached, no memory) sticks: write
 * all parts, then ask att_buf_ok once. Nothing is ever written past the limit.
 * What it leaves behind in growing is wiped: it may hold a secret.
 */
#ifndef ATT_BASE_BUF_H
#define ATT_BASE_BUF_H

#include <stdarg.h>

#include "base/err.h"
#include "base/util.h"

struct att_buf {
	uint8_t *data;
	size_t len;
	size_t cap;
	size_t max;	/* bytes; never more are held */
	bool failed;
	bool nomem;	/* failed for want of memory */
};

/* An empty buffer that takes up to `max` bytes and allocates none yet. */
#define ATT_BUF(limit) ((struct att_buf){ .max = (limit) })

/* Frees the bytes; the buffer is empty, with the same limit. */
void att_buf_done(struct att_buf *b);
/* The same, and the bytes are wiped before. */
void att_buf_wipe(struct att_buf *b);
/* Empties it and keeps the memory. */
void att_buf_reset(struct att_buf *b);

void att_buf_u8(struct att_buf *b, uint8_t v);
void att_buf_le16(struct att_buf *b, uint16_t v);
void att_buf_le32(struct att_buf *b, uint32_t v);
void att_buf_le64(struct att_buf *b, uint64_t v);
void att_buf_be16(struct att_buf *b, uint16_t v);
void att_buf_be32(struct att_buf *b, uint32_t v);
void att_buf_be64(struct att_buf *b, uint64_t v);
void att_buf_bytes(struct att_buf *b, const void *data, size_t len);
void att_buf_slice(struct att_buf *b, struct att_slice s);
void att_buf_fill(struct att_buf *b, uint8_t value, size_t len);
void att_buf_str(struct att_buf *b, const char *text);
void att_buf_printf(struct att_buf *b, const char *fmt, ...) ATT_PRINTF(2, 3);
void att_buf_vprintf(struct att_buf *b, const char *fmt, va_list ap)
    ATT_PRINTF(2, 0);
/* TPM2B: a be16 length and the bytes; over 65535 bytes fails the buffer. */
void att_buf_tpm2b(struct att_buf *b, struct att_slice s);

/*
 * A be16 length that is known only after its contents: begin returns a mark,
 * end writes the length of all that was put since.
 */
size_t att_buf_begin16(struct att_buf *b);
void att_buf_end16(struct att_buf *b, size_t mark);

/* 0, or ATT_E_LIMIT or ATT_E_NOMEM with `what` in the text. */
int att_buf_ok(const struct att_buf *b, const char *what, struct att_err *err)
    ATT_MUST;
struct att_slice att_buf_view(const struct att_buf *b);
/* The contents as a string, owned by the caller; NULL if the buffer failed. */
char *att_buf_take_str(struct att_buf *b) ATT_MUST;

#endif
