#include "base/buf.h"

#include <stdio.h>
#include <string.h>

#define BUF_FIRST 256	/* bytes of the first allocation */

void
att_buf_done(struct att_buf *b)
{
	free(b->data);
	*b = ATT_BUF(b->max);
}

void
att_buf_wipe(struct att_buf *b)
{
	if (b->data != NULL)
		explicit_bzero(b->data, b->cap);
	att_buf_done(b);
}

void
att_buf_reset(struct att_buf *b)
{
	b->len = 0;
	b->failed = b->nomem = false;
}

/* Not by realloc, which leaves the old bytes to whoever comes next. */
static bool
move(struct att_buf *b, size_t cap)
{
	uint8_t *p = malloc(cap);

	if (p == NULL) {
		b->failed = b->nomem = true;
		return false;
	}
	if (b->data != NULL) {
		memcpy(p, b->data, b->len);
		explicit_bzero(b->data, b->cap);
		free(b->data);
	}
	b->data = p;
	b->cap = cap;
	return true;
}

static bool
grow(struct att_buf *b, size_t more)
{
	size_t need, cap;

	if (b->failed || more > b->max - b->len) {
		b->failed = true;
		return false;
	}
	need = b->len + more;
	if (need <= b->cap)
		return true;
	cap = b->cap != 0 ? b->cap : BUF_FIRST;
	while (cap < need)
		cap = cap > b->max / 2 ? b->max : cap * 2;
	return move(b, ATT_MIN(cap, b->max));
}

void
att_buf_bytes(struct att_buf *b, const void *data, size_t len)
{
	if (len == 0 || !grow(b, len))
		return;
	memcpy(b->data + b->len, data, len);
	b->len += len;
}

void
att_buf_slice(struct att_buf *b, struct att_slice s)
{
	att_buf_bytes(b, s.data, s.len);
}

void
att_buf_fill(struct att_buf *b, uint8_t value, size_t len)
{
	if (len == 0 || !grow(b, len))
		return;
	memset(b->data + b->len, value, len);
	b->len += len;
}

void
att_buf_str(struct att_buf *b, const char *text)
{
	att_buf_bytes(b, text, strlen(text));
}

static void
put_le(struct att_buf *b, uint64_t v, size_t width)
{
	uint8_t raw[8];

	for (size_t i = 0; i < width; i++)
		raw[i] = (uint8_t)(v >> (8 * i));
	att_buf_bytes(b, raw, width);
}

static void
put_be(struct att_buf *b, uint64_t v, size_t width)
{
	uint8_t raw[8];

	for (size_t i = 0; i < width; i++)
		raw[i] = (uint8_t)(v >> (8 * (width - 1 - i)));
	att_buf_bytes(b, raw, width);
}

void
att_buf_u8(struct att_buf *b, uint8_t v)
{
	put_le(b, v, 1);
}

void
att_buf_le16(struct att_buf *b, uint16_t v)
{
	put_le(b, v, 2);
}

void
att_buf_le32(struct att_buf *b, uint32_t v)
{
	put_le(b, v, 4);
}

void
att_buf_le64(struct att_buf *b, uint64_t v)
{
	put_le(b, v, 8);
}

void
att_buf_be16(struct att_buf *b, uint16_t v)
{
	put_be(b, v, 2);
}

void
att_buf_be32(struct att_buf *b, uint32_t v)
{
	put_be(b, v, 4);
}

void
att_buf_be64(struct att_buf *b, uint64_t v)
{
	put_be(b, v, 8);
}

void
att_buf_vprintf(struct att_buf *b, const char *fmt, va_list ap)
{
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	/* one more for the NUL, which the buffer then gives back */
	if (n < 0 || !grow(b, (size_t)n + 1)) {
		b->failed = true;
		return;
	}
	vsnprintf((char *)b->data + b->len, (size_t)n + 1, fmt, ap);
	b->len += (size_t)n;
}

void
att_buf_printf(struct att_buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	att_buf_vprintf(b, fmt, ap);
	va_end(ap);
}

void
att_buf_tpm2b(struct att_buf *b, struct att_slice s)
{
	if (s.len > UINT16_MAX) {
		b->failed = true;
		return;
	}
	att_buf_be16(b, (uint16_t)s.len);
	att_buf_slice(b, s);
}

size_t
att_buf_begin16(struct att_buf *b)
{
	size_t mark = b->len;

	att_buf_be16(b, 0);
	return mark;
}

void
att_buf_end16(struct att_buf *b, size_t mark)
{
	size_t len;

	if (b->failed)
		return;
	len = b->len - mark - 2;
	if (len > UINT16_MAX) {
		b->failed = true;
		return;
	}
	b->data[mark] = (uint8_t)(len >> 8);
	b->data[mark + 1] = (uint8_t)len;
}

int
att_buf_ok(const struct att_buf *b, const char *what, struct att_err *err)
{
	if (!b->failed)
		return 0;
	if (b->nomem)
		return att_err_set(err, ATT_E_NOMEM, "%s: out of memory",
		    what);
	return att_err_set(err, ATT_E_LIMIT, "%s: larger than %zu bytes",
	    what, b->max);
}

struct att_slice
att_buf_view(const struct att_buf *b)
{
	return (struct att_slice){ .data = b->data, .len = b->len };
}

char *
att_buf_take_str(struct att_buf *b)
{
	char *s;

	att_buf_u8(b, 0);
	if (b->failed)
		return NULL;
	s = (char *)b->data;
	*b = ATT_BUF(b->max);
	return s;
}
