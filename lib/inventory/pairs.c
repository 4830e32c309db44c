#include "inventory/pairs.h"

#include <string.h>

static bool
is_space(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static struct att_slice
trim(const uint8_t *from, const uint8_t *to)
{
	while (from < to && is_space(*from))
		from++;
	while (from < to && is_space(to[-1]))
		to--;
	return (struct att_slice){ from, (size_t)(to - from) };
}

bool
att_pair_next(struct att_slice *rest, struct att_pair *ret)
{
	while (rest->len > 0) {
		const uint8_t *line = rest->data;
		const uint8_t *end = memchr(line, '\n', rest->len);
		const uint8_t *last = end == NULL ? line + rest->len : end;
		const uint8_t *colon = memchr(line, ':',
		    (size_t)(last - line));

		rest->len -= (size_t)(last - line) + (end != NULL);
		rest->data = last + (end != NULL);
		if (colon == NULL)
			continue;
		ret->name = trim(line, colon);
		ret->value = trim(colon + 1, last);
		return true;
	}
	return false;
}
