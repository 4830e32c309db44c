#include "base/number.h"

#include <string.h>

bool
att_number_of(struct att_slice text, uint64_t max, uint64_t *ret)
{
	uint64_t v = 0;

	if (text.len == 0)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.data[i];

		if (c < '0' || c > '9' ||
		    __builtin_mul_overflow(v, 10u, &v) ||
		    __builtin_add_overflow(v, c - '0', &v))
			return false;
	}
	if (v > max)
		return false;
	*ret = v;
	return true;
}

bool
att_number_read(const char *text, uint64_t max, uint64_t *ret)
{
	return att_number_of(att_slice_of(text), max, ret);
}

bool
att_number_take(const char **at, uint64_t max, uint64_t *ret)
{
	size_t n = strspn(*at, "0123456789");

	if (!att_number_of((struct att_slice){ (const uint8_t *)*at, n }, max,
		ret))
		return false;
	*at += n;
	return true;
}
