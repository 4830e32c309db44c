/*
 * Messages that tools look for: where standard error is the journal, an entry
 * with an id and fields of its own (systemd.journal-fields(7)); else a line of
 * att_log.
 */
#ifndef ATT_AGENT_TELL_H
#define ATT_AGENT_TELL_H

#include "base/log.h"

struct att_tell_field {
	const char *name;	/* [A-Z_]+ */
	const char *value;	/* NULL: left out */
};

/*
 * `id` is a message id, 32 hex digits; the text is masked, and left out above
 * the level of att_log_open, as of att_log.
 */
void att_tell(enum att_log_level level, const char *id,
    const struct att_tell_field *fields, size_t count, const char *fmt, ...)
    ATT_PRINTF(5, 6);

#endif
