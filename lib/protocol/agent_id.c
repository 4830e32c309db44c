#include "protocol/agent_id.h"

#include <string.h>

#define KEYLIME_DEFAULT "d432fbb3-d2f1-4a97-9ef7-75bd81c00000"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			       "abcdefghijklmnopqrstuvwxyz0123456789._-";

int
att_agent_id_check(const char *id, struct att_err *err)
{
	size_t len = id == NULL ? 0 : strnlen(id, ATT_AGENT_ID_MAX + 1);

	if (len == 0 || len > ATT_AGENT_ID_MAX || strspn(id, alphabet) != len)
		return att_err_set(err, ATT_E_FORMAT,
		    "agent id must be 1 to %d of A-Z a-z 0-9 . _ -",
		    ATT_AGENT_ID_MAX);
	if (strcmp(id, ".") == 0 || strcmp(id, "..") == 0)
		return att_err_set(err, ATT_E_FORMAT,
		    "agent id must not be \".\" or \"..\"");
	if (strcmp(id, KEYLIME_DEFAULT) == 0)
		return att_err_set(err, ATT_E_FORMAT,
		    "agent id is the default that Keylime ships: "
		    "many nodes would share it");
	return 0;
}
