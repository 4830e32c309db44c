#include "eventlog/logtext.h"

#include <string.h>

struct att_slice
att_logtext_until_nul(struct att_slice s)
{
	const uint8_t *nul = s.len == 0 ? NULL : memchr(s.data, 0, s.len);

	if (nul != NULL)
		s.len = (size_t)(nul - s.data);
	return s;
}

struct att_slice
att_logtext_until_nul16(struct att_slice s)
{
	for (size_t i = 0; i + 1 < s.len; i += 2)
		if (s.data[i] == 0 && s.data[i + 1] == 0)
			return (struct att_slice){ s.data, i };
	return s;
}

static bool
is_zero(struct att_slice s, size_t from)
{
	for (size_t i = from; i < s.len; i++)
		if (s.data[i] != 0)
			return false;
	return true;
}

static bool
is_printable(unsigned c)
{
	return (c >= 0x20 && c != 0x7f) || (c >= '\t' && c <= '\r');
}

bool
att_logtext_is_ascii(struct att_slice s)
{
	struct att_slice t = att_logtext_until_nul(s);

	for (size_t i = 0; i < t.len; i++)
		if (t.data[i] > 0x7f || !is_printable(t.data[i]))
			return false;
	return t.len > 0 && is_zero(s, t.len);
}

bool
att_logtext_is_utf16(struct att_slice s)
{
	struct att_slice t = att_logtext_until_nul16(s);

	if (s.len % 2 != 0 || t.len == 0 || t.data[0] > 0x7f || t.data[1] != 0)
		return false;
	for (size_t i = 0; i < t.len; i += 2)
		if (!is_printable(t.data[i] | (unsigned)t.data[i + 1] << 8))
			return false;
	return is_zero(s, t.len);
}

void
att_logtext_put(struct att_buf *b, struct att_slice s)
{
	if (att_logtext_is_utf16(s))
		att_text_put_path_utf16le(b, att_logtext_until_nul16(s));
	else
		att_text_put_path(b, att_logtext_until_nul(s));
}
