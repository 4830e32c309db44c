#include "base/log.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/text.h"

#define LINE_MAX_ 1024	/* bytes of one message */

static struct {
	const char *name;
	enum att_log_level max;
	bool prefix;
} state = { "attestd", ATT_LOG_INFO, false };

void
att_log_open(const char *name, enum att_log_level max)
{
	state.name = name;
	state.max = max;
	state.prefix = getenv("JOURNAL_STREAM") != NULL;
}

bool
att_log_takes(enum att_log_level level)
{
	return level <= state.max;
}

void
att_log(enum att_log_level level, const char *fmt, ...)
{
	char line[LINE_MAX_];
	va_list ap;

	if (!att_log_takes(level))
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	att_text_mask(line);
	if (state.prefix)
		fprintf(stderr, "<%d>%s\n", (int)level, line);
	else
		fprintf(stderr, "%s: %s\n", state.name, line);
}

int
att_log_err(enum att_log_level level, const char *what,
    const struct att_err *err)
{
	if (err->offset != ATT_NO_OFFSET)
		att_log(level, "%s: %s (offset %" PRIu64 ")", what, err->text,
		    err->offset);
	else
		att_log(level, "%s: %s", what, err->text);
	return err->code;
}
