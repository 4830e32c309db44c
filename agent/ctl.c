#include "agent/ctl.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"

#define REGISTERS_MAX (64u << 10)	/* bytes of all registers as text */
#define LINE_BYTES_MAX 8192	/* of one line of standard error */
#define USAGE_INDENT 7		/* as wide as "usage: " */
#define USAGE_COLUMNS 79

static enum att_ctl_status
status_of(int code)
{
	if (code >= 0)
		return ATT_CTL_GOOD;
	if (code == ATT_E_USAGE)
		return ATT_CTL_USAGE;
	switch (att_code_kind(code)) {
	case ATT_KIND_INPUT:
	case ATT_KIND_LIMIT:
		return ATT_CTL_INPUT;
	case ATT_KIND_OK:
	case ATT_KIND_SYSTEM:
		break;
	}
	return ATT_CTL_SYSTEM;
}

const char *
att_ctl_file_name(const char *file)
{
	return strcmp(file, "-") == 0 ? "standard input" : file;
}

/* One line, in one call, so that lines of two processes do not mix. */
static void
say(const char *what, const char *text)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(LINE_BYTES_MAX);
	const char *parts[] = { what, text };

	att_buf_str(&b, "attestctl");
	for (size_t i = 0; i < ATT_COUNT(parts); i++) {
		if (parts[i] == NULL)
			continue;
		att_buf_str(&b, ": ");
		att_text_put_path(&b, att_slice_of(parts[i]));
	}
	att_buf_u8(&b, '\n');
	if (!b.failed)
		(void)fwrite(b.data, 1, b.len, stderr);
	else
		(void)fputs("attestctl: a message is too long\n", stderr);
}

int
att_ctl_fail(const char *file, const struct att_err *err)
{
	char text[ATT_ERR_TEXT_MAX + 64];

	if (err->offset == ATT_NO_OFFSET)
		(void)snprintf(text, sizeof(text), "%s", err->text);
	else
		(void)snprintf(text, sizeof(text), "%s (offset %" PRIu64 ")",
		    err->text, err->offset);
	say(file == NULL ? NULL : att_ctl_file_name(file), text);
	return (int)status_of(err->code);
}

int
att_ctl_nomem(void)
{
	struct att_err err = { 0 };

	att_err_nomem(&err);
	return att_ctl_fail(NULL, &err);
}

void
att_ctl_note(const char *file, const char *fmt, ...)
{
	char text[LINE_BYTES_MAX / 8];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	say(file == NULL ? NULL : att_ctl_file_name(file), text);
}

/* Bytes up to a space that stands in no brackets, or to the end of line. */
static size_t
word_of(const char *line)
{
	size_t n = 0;

	for (int depth = 0; line[n] != '\0' && line[n] != '\n'; n++) {
		depth += (line[n] == '[') - (line[n] == ']');
		if (line[n] == ' ' && depth == 0)
			break;
	}
	return n;
}

/* One form, folded between its words; returns what follows it. */
static const char *
print_form(FILE *to, const char *name, const char *line)
{
	int column = fprintf(to, "attestctl %s", name) + USAGE_INDENT;

	while (*line != '\0' && *line != '\n') {
		int n = (int)word_of(line);

		if (column + 1 + n > USAGE_COLUMNS)
			column = fprintf(to, "\n%*s", 2 * USAGE_INDENT - 1,
			    "") - 1;
		column += fprintf(to, " %.*s", n, line);
		line += n + (line[n] == ' ');
	}
	(void)fputc('\n', to);
	return line + (*line == '\n');
}

/* "usage: attestctl NAME LINE" for each line of the usage. */
static void
print_usage(FILE *to, const struct att_ctl_command *cmd)
{
	const char *line = cmd->usage;
	const char *before = "usage:";

	while (*line != '\0') {
		(void)fprintf(to, "%-*s", USAGE_INDENT, before);
		line = print_form(to, cmd->name, line);
		before = "";
	}
}

int
att_ctl_help(const struct att_ctl_command *cmd)
{
	print_usage(stdout, cmd);
	(void)printf("\n%s\n", cmd->summary);
	return ATT_CTL_GOOD;
}

int
att_ctl_misused(const struct att_ctl_command *cmd, const char *fmt, ...)
{
	char text[LINE_BYTES_MAX / 8];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	say(cmd->name, text);
	print_usage(stderr, cmd);
	return ATT_CTL_USAGE;
}

int
att_ctl_read(const char *file, struct att_buf *ret, struct att_err *err)
{
	int r = att_file_read(file, ret, err);

	if (r == ATT_E_NOT_FOUND)
		r = err->code = ATT_E_SYS;
	return r;
}

void
att_ctl_put(const struct att_buf *b)
{
	if (b->len > 0)
		(void)fwrite(b->data, 1, b->len, stdout);
}

int
att_ctl_put_registers(const char *file, const struct att_pcrs *p, bool json)
{
	AUTO_DONE(att_buf_done) struct att_buf out = ATT_BUF(REGISTERS_MAX);
	AUTO(att_json_decref) json_t *j = NULL;
	struct att_err err = { 0 };

	if (!json) {
		att_pcrs_print(p, &out);
	} else if ((j = att_pcrs_to_json(p)) == NULL) {
		att_err_nomem(&err);
		return att_ctl_fail(file, &err);
	} else if (att_json_write_pretty(j, &out, &err) < 0) {
		return att_ctl_fail(file, &err);
	}
	if (att_buf_ok(&out, "registers", &err) < 0)
		return att_ctl_fail(file, &err);
	att_ctl_put(&out);
	return ATT_CTL_GOOD;
}

bool
att_ctl_colour(void)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return (no == NULL || no[0] == '\0') && term != NULL &&
	    strcmp(term, "dumb") != 0 && isatty(STDOUT_FILENO);
}
