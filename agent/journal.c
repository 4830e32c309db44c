#include "agent/journal.h"

#include <stdarg.h>
#include <stdio.h>

#include "agent/tell.h"

static const struct {
	const char *id;
	enum att_log_level level;
} messages[ATT_MESSAGE_COUNT] = {
	[ATT_MESSAGE_PASS] = { "2c47ed26e1dc47e3a7c9ef7f22fd38dd",
	    ATT_LOG_NOTICE },
	[ATT_MESSAGE_FAIL] = { "a12b8d211f5a4c55b017fa246233afb0",
	    ATT_LOG_ERR },
	[ATT_MESSAGE_UNDECIDED] = { "4075739cb9e14cf5933d1ffbb0f3e021",
	    ATT_LOG_WARNING },
	[ATT_MESSAGE_WAITING] = { "5cc389e2d760462fa0d71d0ad331dddf",
	    ATT_LOG_WARNING },
	[ATT_MESSAGE_ENROLLED] = { "1d837c369f754c08b5e4f291e8271cc4",
	    ATT_LOG_NOTICE },
	[ATT_MESSAGE_CONFLICT] = { "1cebab9f30f14d1f826a80acb100b73a",
	    ATT_LOG_ERR },
	[ATT_MESSAGE_NEW_AK] = { "e3dd714ae4f2487f937994d6d0f353ac",
	    ATT_LOG_NOTICE },
	[ATT_MESSAGE_FIRMWARE] = { "4af984d06abb43abb550257c2c0cdb82",
	    ATT_LOG_WARNING },
	[ATT_MESSAGE_UNMEASURED] = { "fc4066244e604ec29db2d265c94c75b2",
	    ATT_LOG_WARNING },
	[ATT_MESSAGE_CONFIG] = { "5364786042d14311878b2d7d15f45d55",
	    ATT_LOG_ERR },
};

static const char *const fields[ATT_FIELD_COUNT] = {
	[ATT_FIELD_NODE] = "ATTESTD_NODE",
	[ATT_FIELD_VERDICT] = "ATTESTD_VERDICT",
	[ATT_FIELD_OUTCOME] = "ATTESTD_OUTCOME",
	[ATT_FIELD_VERIFIER] = "ATTESTD_VERIFIER",
	[ATT_FIELD_REASON] = "ATTESTD_REASON",
	[ATT_FIELD_FIRMWARE_CHIP] = "ATTESTD_FIRMWARE_CHIP",
	[ATT_FIELD_FIRMWARE_RANGE] = "ATTESTD_FIRMWARE_RANGE",
	[ATT_FIELD_FIRMWARE_CHANGE] = "ATTESTD_FIRMWARE_CHANGE",
};

const char *
att_message_id(enum att_message m)
{
	return messages[m].id;
}

const char *
att_field_name(enum att_field f)
{
	return fields[f];
}

void
att_journal(enum att_message m,
    const char *const field[static ATT_FIELD_COUNT], const char *fmt, ...)
{
	struct att_tell_field f[ATT_FIELD_COUNT];
	char line[ATT_JOURNAL_LINE_MAX + 1];
	size_t n = 0;
	va_list ap;

	for (size_t i = 0; i < ATT_FIELD_COUNT; i++)
		if (field[i] != NULL && field[i][0] != '\0')
			f[n++] = (struct att_tell_field){ fields[i],
				field[i] };
	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	att_tell(messages[m].level, messages[m].id, f, n, "%s", line);
}
