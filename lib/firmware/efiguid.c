#include "firmware/efiguid.h"

#include <stdio.h>
#include <string.h>

bool
att_cur_efiguid(struct att_cur *c, struct att_efiguid *ret)
{
	uint8_t g[16];

	if (!att_cur_copy(c, g, sizeof(g)))
		return false;
	(void)snprintf(ret->text, sizeof(ret->text),
	    "%02x%02x%02x%02x-%02x%02x-%02x%02x-"
	    "%02x%02x-%02x%02x%02x%02x%02x%02x",
	    g[3], g[2], g[1], g[0], g[5], g[4], g[7], g[6], g[8], g[9], g[10],
	    g[11], g[12], g[13], g[14], g[15]);
	return true;
}

bool
att_efiguid_is(const struct att_efiguid *g, const char *text)
{
	return strcmp(g->text, text) == 0;
}
