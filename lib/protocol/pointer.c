#include "protocol/pointer.h"

#include <stdio.h>
#include <string.h>

void
att_pointer_clear(struct att_pointer *p)
{
	if (p != NULL)
		p->text[0] = '\0';
}

static int
prepend(int r, struct att_pointer *p, const char *step)
{
	size_t n = strlen(step), len;

	if (r >= 0 || p == NULL)
		return r;
	len = strlen(p->text);
	if (n + len > ATT_POINTER_MAX)
		return r;
	memmove(p->text + n, p->text, len + 1);
	memcpy(p->text, step, n);
	return r;
}

int
att_pointer_at(int r, struct att_pointer *p, const char *name)
{
	char step[ATT_POINTER_MAX + 1];
	int n = snprintf(step, sizeof(step), "/%s", name);

	return n < 0 || (size_t)n >= sizeof(step) ? r : prepend(r, p, step);
}

int
att_pointer_at_index(int r, struct att_pointer *p, size_t index)
{
	char step[24];

	(void)snprintf(step, sizeof(step), "/%zu", index);
	return prepend(r, p, step);
}
