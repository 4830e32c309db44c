#include "firmware/member.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

void
att_set_text(char *to, size_t room, const char *text)
{
	(void)snprintf(to, room, "%s", text[0] == '\0' ? "?" : text);
	att_text_mask(to);
	for (; *to != '\0'; to++)
		if (*to == '\\')
			*to = '?';
}

int
att_put_text(json_t *j, const char *name, const char *text, struct att_err *err)
{
	return att_json_put(j, name, att_json_text(att_slice_of(text)), err);
}

int
att_put_number(json_t *j, const char *name, uint64_t n, struct att_err *err)
{
	if (n > ATT_NUMBER_MAX)
		return att_err_set(err, ATT_E_LIMIT, "%s has over 53 bits",
		    name);
	return att_json_put(j, name, json_integer((json_int_t)n), err);
}

int
att_get_text(const json_t *j, const char *name, char *ret, size_t room,
    size_t least, struct att_err *err)
{
	const char *s = NULL;
	size_t n;
	int r;

	if ((r = att_json_str(j, name, &s, err)) < 0)
		return r;
	n = strlen(s);
	if (n < least || n >= room || !att_text_is_clean(att_slice_of(s)))
		return att_err_set(err, ATT_E_FORMAT,
		    "member \"%s\" must be clean text of %zu to %zu bytes",
		    name, least, room - 1);
	memcpy(ret, s, n + 1);
	return 0;
}

int
att_get_number(const json_t *j, const char *name, int64_t max, uint64_t *ret,
    struct att_err *err)
{
	int64_t n = 0;
	int r = att_json_int(j, name, 0, max, &n, err);

	if (r == 0)
		*ret = (uint64_t)n;
	return r;
}

int
att_get_name(const json_t *j, const char *member, const char *(*name)(unsigned),
    unsigned *ret, struct att_err *err)
{
	const char *s = NULL, *known;
	int r;

	if ((r = att_json_str(j, member, &s, err)) < 0)
		return r;
	for (unsigned i = 0; (known = name(i)) != NULL; i++)
		if (strcmp(known, s) == 0) {
			*ret = i;
			return 0;
		}
	return att_err_set(err, ATT_E_FORMAT, "%s \"%.40s\" is not known",
	    member, s);
}

static const char *
measured_name(unsigned n)
{
	return att_measured_name((enum att_measured)n);
}

int
att_get_measured(const json_t *j, enum att_measured *ret, struct att_err *err)
{
	unsigned n = 0;
	int r = att_get_name(j, "result", measured_name, &n, err);

	if (r < 0)
		return r;
	*ret = (enum att_measured)n;
	return 0;
}
