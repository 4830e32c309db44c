/*
 * Logging for the programs; library code never logs. One line per message to
 * standard error; under systemd (JOURNAL_STREAM) with the priority prefix of
 * sd-daemon(3). A message is masked (att_text_mask).
 */
#ifndef ATT_BASE_LOG_H
#define ATT_BASE_LOG_H

#include "base/err.h"

/* As in syslog(3). */
enum att_log_level {
	ATT_LOG_ERR = 3,
	ATT_LOG_WARNING = 4,
	ATT_LOG_NOTICE = 5,
	ATT_LOG_INFO = 6,
	ATT_LOG_DEBUG = 7,
};

/* `name` is kept, not copied. Messages above `max` are dropped. */
void att_log_open(const char *name, enum att_log_level max);
/* Whether one of this level is not dropped. */
bool att_log_takes(enum att_log_level level) ATT_MUST;
void att_log(enum att_log_level level, const char *fmt, ...)
    ATT_PRINTF(2, 3);
/* "what: text [offset N]" of an error; returns err->code. */
int att_log_err(enum att_log_level level, const char *what,
    const struct att_err *err);

#endif
