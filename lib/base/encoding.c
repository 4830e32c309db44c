#include "base/encoding.h"

#include <string.h>

static const char HEX[] = "0123456789abcdef";
static const char STD[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char URL[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void
att_hex_encode(struct att_slice s, char *ret)
{
	for (size_t i = 0; i < s.len; i++) {
		ret[2 * i] = HEX[s.data[i] >> 4];
		ret[2 * i + 1] = HEX[s.data[i] & 15];
	}
	ret[2 * s.len] = '\0';
}

void
att_hex_put(struct att_buf *b, struct att_slice s)
{
	for (size_t i = 0; i < s.len; i++) {
		att_buf_u8(b, (uint8_t)HEX[s.data[i] >> 4]);
		att_buf_u8(b, (uint8_t)HEX[s.data[i] & 15]);
	}
}

/* Value and one of a hex digit, else 0: no branch that cannot be foretold. */
static const uint8_t DIGIT[256] = {
	['0'] = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
	['A'] = 11, 12, 13, 14, 15, 16,
	['a'] = 11, 12, 13, 14, 15, 16,
};

int
att_hex_decode(struct att_slice text, struct att_buf *ret, struct att_err *err)
{
	size_t start = ret->len, n = 0;
	uint8_t chunk[64];

	if (text.len % 2 != 0)
		return att_err_at(err, ATT_E_FORMAT, text.len,
		    "hex of %zu digits, must be even", text.len);
	for (size_t i = 0; i < text.len; i += 2) {
		unsigned hi = DIGIT[text.data[i]];
		unsigned lo = DIGIT[text.data[i + 1]];

		if (hi == 0 || lo == 0) {
			ret->len = start;
			return att_err_at(err, ATT_E_FORMAT, i,
			    "not a hex digit at %zu", i + (hi != 0));
		}
		chunk[n++] = (uint8_t)((hi - 1) << 4 | (lo - 1));
		if (n == sizeof(chunk)) {
			att_buf_bytes(ret, chunk, n);
			n = 0;
		}
	}
	att_buf_bytes(ret, chunk, n);
	return att_buf_ok(ret, "hex", err);
}

/* A rest of one or two bytes; returns the characters, with their padding. */
static size_t
put64_rest(const uint8_t *p, size_t n, const char *set, uint8_t ret[static 4])
{
	uint32_t v = (uint32_t)p[0] << 16 | (n > 1 ? (uint32_t)p[1] << 8 : 0);

	ret[0] = (uint8_t)set[v >> 18];
	ret[1] = (uint8_t)set[v >> 12 & 63];
	ret[2] = n > 1 ? (uint8_t)set[v >> 6 & 63] : '=';
	ret[3] = '=';
	return n + 1;
}

static void
put64(struct att_buf *b, struct att_slice s, const char *set, bool pad)
{
	const uint8_t *p = s.data;
	uint8_t chunk[256];
	size_t left = s.len, n = 0;

	for (; left >= 3; left -= 3, p += 3) {
		uint32_t v = (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];

		chunk[n] = (uint8_t)set[v >> 18];
		chunk[n + 1] = (uint8_t)set[v >> 12 & 63];
		chunk[n + 2] = (uint8_t)set[v >> 6 & 63];
		chunk[n + 3] = (uint8_t)set[v & 63];
		n += 4;
		if (n == sizeof(chunk)) {
			att_buf_bytes(b, chunk, n);
			n = 0;
		}
	}
	att_buf_bytes(b, chunk, n);
	if (left > 0) {
		n = put64_rest(p, left, set, chunk);
		att_buf_bytes(b, chunk, pad ? 4 : n);
	}
}

void
att_base64_put(struct att_buf *b, struct att_slice s)
{
	put64(b, s, STD, true);
}

void
att_base64url_put(struct att_buf *b, struct att_slice s)
{
	put64(b, s, URL, false);
}

/* Value and one of a character, else 0. */
#define VALUES64                                                             \
	['A'] = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17,   \
	18, 19, 20, 21, 22, 23, 24, 25, 26,                                  \
	['a'] = 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41,  \
	42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52,                          \
	['0'] = 53, 54, 55, 56, 57, 58, 59, 60, 61, 62
static const uint8_t STD_VALUE[256] = { VALUES64, ['+'] = 63, ['/'] = 64 };
static const uint8_t URL_VALUE[256] = { VALUES64, ['-'] = 63, ['_'] = 64 };

static int
not_base64(const uint8_t *text, size_t at, const uint8_t *value,
    struct att_err *err)
{
	while (value[text[at]] != 0)
		at++;
	return att_err_at(err, ATT_E_FORMAT, at,
	    "not a base64 character at %zu", at);
}

/* The two or three characters that may stand behind the last four. */
static int
decode64_rest(const uint8_t *text, size_t at, size_t n, const uint8_t *value,
    struct att_buf *ret, struct att_err *err)
{
	uint32_t v = 0;

	for (size_t i = 0; i < 4; i++) {
		unsigned c = i < n ? value[text[at + i]] : 1;

		if (c == 0)
			return not_base64(text, at, value, err);
		v = v << 6 | (c - 1);
	}
	if ((v & (n == 2 ? 0xffff : 0xff)) != 0)
		return att_err_at(err, ATT_E_FORMAT, at + n,
		    "stray bits at the end of base64");
	att_buf_u8(ret, (uint8_t)(v >> 16));
	if (n == 3)
		att_buf_u8(ret, (uint8_t)(v >> 8));
	return 0;
}

/* `len` characters without padding; a rest of 1 cannot be. */
static int
decode64(const uint8_t *text, size_t len, const uint8_t *value,
    struct att_buf *ret, struct att_err *err)
{
	uint8_t chunk[192];
	size_t i, n = 0;
	int r;

	if (len % 4 == 1)
		return att_err_at(err, ATT_E_FORMAT, len, "base64 cut short");
	for (i = 0; len - i >= 4; i += 4) {
		unsigned a = value[text[i]], b = value[text[i + 1]];
		unsigned c = value[text[i + 2]], d = value[text[i + 3]];
		uint32_t v;

		if (a == 0 || b == 0 || c == 0 || d == 0)
			return not_base64(text, i, value, err);
		v = (a - 1) << 18 | (b - 1) << 12 | (c - 1) << 6 | (d - 1);
		chunk[n] = (uint8_t)(v >> 16);
		chunk[n + 1] = (uint8_t)(v >> 8);
		chunk[n + 2] = (uint8_t)v;
		n += 3;
		if (n == sizeof(chunk)) {
			att_buf_bytes(ret, chunk, n);
			n = 0;
		}
	}
	att_buf_bytes(ret, chunk, n);
	if (i < len &&
	    (r = decode64_rest(text, i, len - i, value, ret, err)) < 0)
		return r;
	return att_buf_ok(ret, "base64", err);
}

int
att_base64url_decode(struct att_slice text, struct att_buf *ret,
    struct att_err *err)
{
	size_t start = ret->len;
	int r = decode64(text.data, text.len, URL_VALUE, ret, err);

	if (r < 0)
		ret->len = start;
	return r;
}

int
att_base64_decode(struct att_slice text, struct att_buf *ret,
    struct att_err *err)
{
	size_t start = ret->len, len = text.len;
	int r;

	if (len % 4 != 0)
		return att_err_at(err, ATT_E_FORMAT, len,
		    "base64 of %zu characters, must be a multiple of 4", len);
	if (len != 0 && text.data[len - 1] == '=')
		len -= text.data[len - 2] == '=' ? 2 : 1;
	r = decode64(text.data, len, STD_VALUE, ret, err);
	if (r < 0)
		ret->len = start;
	return r;
}
