#include "base/text.h"

#include <string.h>

static void
escape(struct att_buf *b, const uint8_t *p, size_t n)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		char out[4] = { '\\', 'x', digits[p[i] >> 4],
			digits[p[i] & 0xf] };

		att_buf_bytes(b, out, sizeof(out));
	}
}

/* Characters that move, hide or reorder what a person reads. */
static bool
is_unsafe(uint32_t cp)
{
	return cp < 0x20 || (cp >= 0x7f && cp <= 0x9f) || cp == '\\' ||
	    cp == 0x061c || (cp >= 0x200b && cp <= 0x200f) ||
	    (cp >= 0x2028 && cp <= 0x202e) ||
	    (cp >= 0x2060 && cp <= 0x206f) || cp == 0xfeff;
}

/* Length of the well-formed sequence at p (RFC 3629), or 0. */
static size_t
utf8_decode(const uint8_t *p, size_t left, uint32_t *ret)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint32_t cp;
	size_t n;

	if (p[0] < 0x80) {
		*ret = p[0];
		return 1;
	}
	n = (p[0] & 0xe0) == 0xc0 ? 2 : (p[0] & 0xf0) == 0xe0 ? 3 :
	    (p[0] & 0xf8) == 0xf0				  ? 4 :
								    0;
	if (n == 0 || n > left)
		return 0;
	cp = p[0] & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		cp = cp << 6 | (p[i] & 0x3f);
	}
	if (cp < least[n] || cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff))
		return 0;
	*ret = cp;
	return n;
}

static bool
is_escaped(uint32_t cp, bool path)
{
	return is_unsafe(cp) && !(path && cp == '\\');
}

static void
put(struct att_buf *b, struct att_slice s, bool path)
{
	size_t i = 0;

	while (i < s.len) {
		uint32_t cp = 0;
		size_t n = utf8_decode(s.data + i, s.len - i, &cp);

		if (n == 0 || is_escaped(cp, path)) {
			n = n == 0 ? 1 : n;
			escape(b, s.data + i, n);
		} else {
			att_buf_bytes(b, s.data + i, n);
		}
		i += n;
	}
}

void
att_text_put(struct att_buf *b, struct att_slice s)
{
	put(b, s, false);
}

void
att_text_put_path(struct att_buf *b, struct att_slice s)
{
	put(b, s, true);
}

void
att_text_mask(char *text)
{
	uint8_t *p = (uint8_t *)text;
	size_t left = strlen(text);

	while (left > 0) {
		uint32_t cp = 0;
		size_t n = utf8_decode(p, left, &cp);

		if (n == 0 || is_escaped(cp, true)) {
			n = n == 0 ? 1 : n;
			memset(p, '?', n);
		}
		p += n;
		left -= n;
	}
}

static void
put_utf8(struct att_buf *b, uint32_t cp)
{
	if (cp < 0x80) {
		att_buf_u8(b, (uint8_t)cp);
	} else if (cp < 0x800) {
		att_buf_u8(b, (uint8_t)(0xc0 | cp >> 6));
		att_buf_u8(b, (uint8_t)(0x80 | (cp & 0x3f)));
	} else if (cp < 0x10000) {
		att_buf_u8(b, (uint8_t)(0xe0 | cp >> 12));
		att_buf_u8(b, (uint8_t)(0x80 | (cp >> 6 & 0x3f)));
		att_buf_u8(b, (uint8_t)(0x80 | (cp & 0x3f)));
	} else {
		att_buf_u8(b, (uint8_t)(0xf0 | cp >> 18));
		att_buf_u8(b, (uint8_t)(0x80 | (cp >> 12 & 0x3f)));
		att_buf_u8(b, (uint8_t)(0x80 | (cp >> 6 & 0x3f)));
		att_buf_u8(b, (uint8_t)(0x80 | (cp & 0x3f)));
	}
}

static uint32_t
unit_at(struct att_slice s, size_t i)
{
	return (uint32_t)(s.data[i] | s.data[i + 1] << 8);
}

static void
put_utf16le(struct att_buf *b, struct att_slice s, bool path)
{
	size_t i = 0;

	while (i + 1 < s.len) {
		uint32_t cp = unit_at(s, i), low;
		size_t n = 2;

		if (cp >= 0xd800 && cp <= 0xdbff && i + 3 < s.len) {
			low = unit_at(s, i + 2);
			if (low >= 0xdc00 && low <= 0xdfff) {
				cp = 0x10000 + ((cp - 0xd800) << 10) +
				    (low - 0xdc00);
				n = 4;
			}
		}
		if (is_escaped(cp, path) || (cp >= 0xd800 && cp <= 0xdfff))
			escape(b, s.data + i, n);
		else
			put_utf8(b, cp);
		i += n;
	}
	if (i < s.len)
		escape(b, s.data + i, 1);
}

void
att_text_put_utf16le(struct att_buf *b, struct att_slice s)
{
	put_utf16le(b, s, false);
}

void
att_text_put_path_utf16le(struct att_buf *b, struct att_slice s)
{
	put_utf16le(b, s, true);
}

void
att_text_put_guid(struct att_buf *b, const uint8_t g[static 16])
{
	att_buf_printf(b,
	    "%02x%02x%02x%02x-%02x%02x-%02x%02x-"
	    "%02x%02x-%02x%02x%02x%02x%02x%02x",
	    g[3], g[2], g[1], g[0], g[5], g[4], g[7], g[6], g[8], g[9],
	    g[10], g[11], g[12], g[13], g[14], g[15]);
}

bool
att_text_is_clean(struct att_slice s)
{
	size_t i = 0;

	while (i < s.len) {
		uint32_t cp = 0;
		size_t n = utf8_decode(s.data + i, s.len - i, &cp);

		if (n == 0 || is_unsafe(cp))
			return false;
		i += n;
	}
	return true;
}

bool
att_text_is_utf8(struct att_slice s)
{
	size_t i = 0;

	while (i < s.len) {
		uint32_t cp = 0;
		size_t n = utf8_decode(s.data + i, s.len - i, &cp);

		if (n == 0)
			return false;
		i += n;
	}
	return true;
}
