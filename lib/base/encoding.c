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

static void
put64(struct att_buf *b, struct att_slice s, const char *set, bool pad)
{
	for (size_t i = 0; i < s.len; i += 3) {
		size_t n = ATT_MIN(s.len - i, (size_t)3);
		uint32_t v = (uint32_t)s.data[i] << 16;
		uint8_t out[4];

		v |= n > 1 ? (uint32_t)s.data[i + 1] << 8 : 0;
		v |= n > 2 ? s.data[i + 2] : 0;
		for (size_t k = 0; k < 4; k++)
			out[k] = (uint8_t)(k <= n ?
			    set[v >> (18 - 6 * k) & 63] : '=');
		att_buf_bytes(b, out, pad ? 4 : n + 1);
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

/* 0..63, or -1. */
static int
value64(uint8_t c, const char *set)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == (uint8_t)set[62])
		return 62;
	return c == (uint8_t)set[63] ? 63 : -1;
}

/* `len` characters without padding; a rest of 1 cannot be. */
static int
decode64(const uint8_t *text, size_t len, const char *set,
    struct att_buf *ret, struct att_err *err)
{
	uint32_t acc = 0;
	unsigned bits = 0;

	if (len % 4 == 1)
		return att_err_at(err, ATT_E_FORMAT, len, "base64 cut short");
	for (size_t i = 0; i < len; i++) {
		int v = value64(text[i], set);

		if (v < 0)
			return att_err_at(err, ATT_E_FORMAT, i,
			    "not a base64 character at %zu", i);
		acc = (acc << 6 | (uint32_t)v) & 0xffffff;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			att_buf_u8(ret, (uint8_t)(acc >> bits));
		}
	}
	if ((acc & ((1u << bits) - 1)) != 0)
		return att_err_at(err, ATT_E_FORMAT, len,
		    "stray bits at the end of base64");
	return att_buf_ok(ret, "base64", err);
}

int
att_base64url_decode(struct att_slice text, struct att_buf *ret,
    struct att_err *err)
{
	size_t start = ret->len;
	int r = decode64(text.data, text.len, URL, ret, err);

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
	r = decode64(text.data, len, STD, ret, err);
	if (r < 0)
		ret->len = start;
	return r;
}
