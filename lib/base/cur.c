#include "base/cur.h"

#include <string.h>

struct att_cur
att_cur_from(const void *data, size_t len)
{
	return (struct att_cur){ .p = data, .left = len };
}

struct att_cur
att_cur_of(struct att_slice s)
{
	return att_cur_from(s.data, s.len);
}

struct att_cur
att_cur_within(struct att_cur whole, struct att_slice part)
{
	struct att_cur c = att_cur_of(part);

	c.off = whole.off;
	if (part.len > 0)
		c.off += (uint64_t)(part.data - whole.p);
	return c;
}

bool
att_cur_bytes(struct att_cur *c, uint64_t n, struct att_slice *ret)
{
	if (n > c->left)
		return false;
	*ret = (struct att_slice){ .data = c->p, .len = (size_t)n };
	if (n != 0)
		c->p += n;
	c->left -= (size_t)n;
	c->off += n;
	return true;
}

bool
att_cur_skip(struct att_cur *c, uint64_t n)
{
	struct att_slice s;

	return att_cur_bytes(c, n, &s);
}

bool
att_cur_copy(struct att_cur *c, void *ret, size_t n)
{
	struct att_slice s;

	if (!att_cur_bytes(c, n, &s))
		return false;
	if (n != 0)
		memcpy(ret, s.data, n);
	return true;
}

bool
att_cur_child(struct att_cur *c, uint64_t n, struct att_cur *ret)
{
	uint64_t off = c->off;
	struct att_slice s;

	if (!att_cur_bytes(c, n, &s))
		return false;
	*ret = (struct att_cur){ .p = s.data, .left = s.len, .off = off };
	return true;
}

static bool
get_le(struct att_cur *c, size_t width, uint64_t *ret)
{
	struct att_slice s;

	if (!att_cur_bytes(c, width, &s))
		return false;
	*ret = 0;
	for (size_t i = width; i > 0; i--)
		*ret = *ret << 8 | s.data[i - 1];
	return true;
}

static bool
get_be(struct att_cur *c, size_t width, uint64_t *ret)
{
	struct att_slice s;

	if (!att_cur_bytes(c, width, &s))
		return false;
	*ret = 0;
	for (size_t i = 0; i < width; i++)
		*ret = *ret << 8 | s.data[i];
	return true;
}

#define GETTER(name, type, get)                                              \
	bool name(struct att_cur *c, type *ret)                              \
	{                                                                    \
		uint64_t v;                                                  \
                                                                             \
		if (!get(c, sizeof(type), &v))                               \
			return false;                                        \
		*ret = (type)v;                                              \
		return true;                                                 \
	}

GETTER(att_cur_u8, uint8_t, get_le)
GETTER(att_cur_le16, uint16_t, get_le)
GETTER(att_cur_le32, uint32_t, get_le)
GETTER(att_cur_le64, uint64_t, get_le)
GETTER(att_cur_be16, uint16_t, get_be)
GETTER(att_cur_be32, uint32_t, get_be)
GETTER(att_cur_be64, uint64_t, get_be)

bool
att_cur_tpm2b(struct att_cur *c, struct att_slice *ret)
{
	struct att_cur probe = *c;
	uint16_t len;

	if (!att_cur_be16(&probe, &len) || !att_cur_bytes(&probe, len, ret))
		return false;
	*c = probe;
	return true;
}

bool
att_cur_empty(const struct att_cur *c)
{
	return c->left == 0;
}

struct att_slice
att_cur_rest(const struct att_cur *c)
{
	return (struct att_slice){ .data = c->p, .len = c->left };
}

bool
att_cur_all(const struct att_cur *c, size_t n, uint8_t value)
{
	n = ATT_MIN(n, c->left);
	for (size_t i = 0; i < n; i++)
		if (c->p[i] != value)
			return false;
	return true;
}

bool
att_slice_equal(struct att_slice a, struct att_slice b)
{
	return a.len == b.len &&
	    (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

bool
att_slice_is(struct att_slice a, const char *text)
{
	return att_slice_equal(a, att_slice_of(text));
}
