/*
 * Text as firmware and boot loaders log it: ASCII or UTF-16LE, with or
 * without its NUL, sometimes with stray bytes behind that.
 */
#ifndef ATT_EVENTLOG_LOGTEXT_H
#define ATT_EVENTLOG_LOGTEXT_H

#include "base/text.h"

/* What stands before the first NUL, or all of it. */
struct att_slice att_logtext_until_nul(struct att_slice s);
struct att_slice att_logtext_until_nul16(struct att_slice s);

/*
 * True for text that begins with an ASCII character, has no control character
 * but white space, and nothing but zeros behind its NUL.
 */
bool att_logtext_is_ascii(struct att_slice s) ATT_MUST;
bool att_logtext_is_utf16(struct att_slice s) ATT_MUST;

/* Appends either, up to its NUL, clean, with backslashes. */
void att_logtext_put(struct att_buf *b, struct att_slice s);

#endif
