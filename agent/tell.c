#include "agent/tell.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#include "base/text.h"

#define TEXT_MAX 1024		/* bytes of a message */
#define FIELDS_MAX 8
#define OWN_FIELDS 3		/* MESSAGE, MESSAGE_ID, PRIORITY */

/* JOURNAL_STREAM is "device:inode" of what the journal reads. */
static bool
is_journal(void)
{
	const char *said = getenv("JOURNAL_STREAM");
	char text[64];
	struct stat st;

	if (said == NULL || fstat(STDERR_FILENO, &st) < 0)
		return false;
	(void)snprintf(text, sizeof(text), "%llu:%llu",
	    (unsigned long long)st.st_dev, (unsigned long long)st.st_ino);
	return strcmp(text, said) == 0;
}

static bool
send_entry(enum att_log_level level, const char *id, const char *text,
    const struct att_tell_field *fields, size_t count)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1u << 16);
	struct iovec iov[OWN_FIELDS + FIELDS_MAX];
	size_t from[OWN_FIELDS + FIELDS_MAX + 1], n = 0;

	from[n++] = b.len;
	att_buf_printf(&b, "MESSAGE=%s", text);
	from[n++] = b.len;
	att_buf_printf(&b, "MESSAGE_ID=%s", id);
	from[n++] = b.len;
	att_buf_printf(&b, "PRIORITY=%d", (int)level);
	for (size_t i = 0; i < count && i < FIELDS_MAX; i++) {
		if (fields[i].value == NULL)
			continue;
		from[n++] = b.len;
		att_buf_printf(&b, "%s=%s", fields[i].name, fields[i].value);
	}
	from[n] = b.len;
	if (b.failed)
		return false;
	for (size_t i = 0; i < n; i++)
		iov[i] = (struct iovec){ .iov_base = b.data + from[i],
			.iov_len = from[i + 1] - from[i] };
	return sd_journal_sendv(iov, (int)n) == 0;
}

void
att_tell(enum att_log_level level, const char *id,
    const struct att_tell_field *fields, size_t count, const char *fmt, ...)
{
	char text[TEXT_MAX];
	va_list ap;

	if (!att_log_takes(level))
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	att_text_mask(text);
	if (!is_journal() || !send_entry(level, id, text, fields, count))
		att_log(level, "%s", text);
}
