#include "agent/show.h"

#include <string.h>

#include "base/text.h"

#define SHOW_MAX ((size_t)1 << 20)	/* bytes of one verdict as text */
#define VALUE_SHOWN 16			/* hex digits; --json has them all */

#define GREEN "\033[1;32m"
#define RED "\033[1;31m"
#define YELLOW "\033[1;33m"
#define PLAIN "\033[0m"

/* How one status or severity looks. */
struct look {
	const char *name, *word, *colour;
};

static const struct look statuses[] = {
	{ "pass", "TRUSTED", GREEN },
	{ "fail", "UNTRUSTED", RED },
	{ "undecided", "UNDECIDED", YELLOW },
};
static const struct look severities[] = {
	{ "fail", "FAIL", RED },
	{ "warn", "WARN", YELLOW },
	{ "info", "INFO", "" },
};

static const struct look *
look_of(const struct look *table, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(table[i].name, name) == 0)
			return &table[i];
	return NULL;
}

static void
put_clean(struct att_buf *b, const char *text)
{
	att_text_put_path(b, att_slice_of(text));
}

static void
put_word(struct att_buf *b, const struct look *l, const struct att_show *how)
{
	bool colour = how->colour && l->colour[0] != '\0';

	att_buf_printf(b, "%s%s%s", colour ? l->colour : "", l->word,
	    colour ? PLAIN : "");
}

static int
put_headline(struct att_buf *b, const json_t *v, const struct att_show *how,
    struct att_err *err)
{
	const struct look *l;
	const char *status;
	int r;

	if ((r = att_json_str(v, "status", &status, err)) < 0)
		return r;
	l = look_of(statuses, ATT_COUNT(statuses), status);
	if (l == NULL)
		return att_err_set(err, ATT_E_FORMAT,
		    "a verdict of an unknown status");
	put_word(b, l, how);
	if (how->node != NULL) {
		att_buf_str(b, "  ");
		put_clean(b, how->node);
	}
	if (how->when != NULL) {
		att_buf_str(b, "  ");
		put_clean(b, how->when);
	}
	att_buf_u8(b, '\n');
	return 0;
}

/* -- what is proven -------------------------------------------------------- */

static bool
lists(const json_t *names, const char *name)
{
	size_t i;
	json_t *one;

	json_array_foreach (names, i, one)
		if (json_is_string(one) &&
		    strcmp(json_string_value(one), name) == 0)
			return true;
	return false;
}

/* A claim: what it says if it held, and if it was looked at and did not. */
static const struct {
	const char *name, *title, *held, *not_held;
} claims[] = {
	{ "quote", "identity", "signed by the enrolled key of this TPM",
	    "NOT PROVEN" },
	{ "fresh", "freshness", "made for this challenge", "NOT FRESH" },
	{ "boot-log", "boot", "the logs give every quoted PCR",
	    "the logs do NOT give the quoted PCRs" },
	{ "userspace-log", "userspace", "systemd's log given and matching",
	    "systemd's log NOT given or not matching" },
	{ "firmware", "firmware", "chips and components as expected",
	    "chips or components NOT as expected" },
	{ "devices", "devices", "signed what is expected of them",
	    "did NOT sign what is expected of them" },
	{ "posture", "posture", "set up as the rules say",
	    "NOT set up as the rules say" },
};

static void
put_row(struct att_buf *b, const char *title, const char *text)
{
	att_buf_printf(b, "  %-12s ", title);
	put_clean(b, text);
	att_buf_u8(b, '\n');
}

static int
put_claims(struct att_buf *b, const json_t *v, struct att_err *err)
{
	json_t *evaluated, *held;
	int r;

	if ((r = att_json_arr(v, "evaluated", &evaluated, err)) < 0 ||
	    (r = att_json_arr(v, "held", &held, err)) < 0)
		return r;
	for (size_t i = 0; i < ATT_COUNT(claims); i++)
		if (lists(evaluated, claims[i].name))
			put_row(b, claims[i].title,
			    lists(held, claims[i].name) ? claims[i].held :
							  claims[i].not_held);
	return 0;
}

static int
put_reference(struct att_buf *b, const json_t *v, struct att_err *err)
{
	json_t *ref = json_object_get(v, "reference");
	const char *id;
	int64_t version;
	int r;

	if (!json_is_object(ref)) {
		put_row(b, "reference", "NOT MATCHED");
		return 0;
	}
	if ((r = att_json_str(ref, "id", &id, err)) < 0 ||
	    (r = att_json_int(ref, "version", 0, INT64_MAX, &version, err)) <
		0)
		return r;
	att_buf_printf(b, "  %-12s ", "reference");
	put_clean(b, id);
	att_buf_printf(b, ", version %lld\n", (long long)version);
	return 0;
}

static int
put_tpm(struct att_buf *b, const json_t *v, struct att_err *err)
{
	json_t *tpm = json_object_get(v, "tpm");
	int64_t resets, restarts;
	const char *firmware;
	int r;

	if (tpm == NULL)
		return 0;
	if ((r = att_json_str(tpm, "firmware_version", &firmware, err)) < 0 ||
	    (r = att_json_int(tpm, "reset_count", 0, UINT32_MAX, &resets,
		 err)) < 0 ||
	    (r = att_json_int(tpm, "restart_count", 0, UINT32_MAX, &restarts,
		 err)) < 0)
		return r;
	att_buf_printf(b, "  %-12s firmware ", "TPM");
	put_clean(b, firmware);
	att_buf_printf(b, ", %lld resets, %lld restarts\n", (long long)resets,
	    (long long)restarts);
	return 0;
}

static int
put_proven(struct att_buf *b, const json_t *v, struct att_err *err)
{
	const char *secure_boot = NULL, *kernel = NULL;
	int r;

	if ((r = put_claims(b, v, err)) < 0 ||
	    (r = put_reference(b, v, err)) < 0 ||
	    (r = att_json_str_opt(v, "secure_boot", &secure_boot, err)) < 0 ||
	    (r = att_json_str_opt(v, "kernel", &kernel, err)) < 0)
		return r;
	if (secure_boot != NULL)
		put_row(b, "Secure Boot", secure_boot);
	if (kernel != NULL && kernel[0] != '\0')
		put_row(b, "kernel", kernel);
	return put_tpm(b, v, err);
}

/* -- registers ------------------------------------------------------------- */

static int
put_pcr(struct att_buf *b, const json_t *row, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf row_text = ATT_BUF(256);
	const char *bank, *status, *value;
	int64_t pcr, events;
	int r;

	if ((r = att_json_int(row, "pcr", 0, 23, &pcr, err)) < 0 ||
	    (r = att_json_str(row, "bank", &bank, err)) < 0 ||
	    (r = att_json_int(row, "events", 0, UINT16_MAX, &events, err)) <
		0 ||
	    (r = att_json_str(row, "status", &status, err)) < 0 ||
	    (r = att_json_str(row, "value", &value, err)) < 0)
		return r;
	att_buf_printf(&row_text, "  PCR %-2d  %-6.16s  %-13.24s  %4d event%s"
	    "  %.*s...", (int)pcr, bank, status, (int)events,
	    events == 1 ? " " : "s", VALUE_SHOWN, value);
	att_text_put_path(b, att_buf_view(&row_text));
	att_buf_u8(b, '\n');
	return att_buf_ok(&row_text, "row of a PCR", err);
}

static int
put_pcrs(struct att_buf *b, const json_t *v, struct att_err *err)
{
	json_t *rows, *row;
	size_t i;
	int r;

	if ((r = att_json_arr(v, "pcrs", &rows, err)) < 0)
		return r;
	if (json_array_size(rows) > 0)
		att_buf_u8(b, '\n');
	json_array_foreach (rows, i, row)
		if ((r = put_pcr(b, row, err)) < 0)
			return r;
	return 0;
}

/* -- firmware ------------------------------------------------------------- */

/* "fw 12.8, bootloader 3": what runs. */
static void
put_running(struct att_buf *b, json_t *running)
{
	const char *name, *sep = "";
	json_t *text;

	json_object_foreach (running, name, text) {
		att_buf_printf(b, "%s%s %s", sep, name,
		    json_string_value(text) == NULL ? "?" :
		    json_string_value(text));
		sep = ", ";
	}
}

/* What was looked at: `name` and how, and behind it what runs. */
static int
put_looked_at(struct att_buf *b, const char *title, const char *name,
    const json_t *row, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf text = ATT_BUF(1u << 16);
	const char *is, *path, *result;
	int r;

	if ((r = att_json_str(row, name, &is, err)) < 0 ||
	    (r = att_json_str(row, "path", &path, err)) < 0 ||
	    (r = att_json_str(row, "result", &result, err)) < 0)
		return r;
	att_buf_printf(&text, "  %s  %-24s  %-8s  ", title, is, path);
	if (strcmp(result, "ok") != 0)
		att_buf_str(&text, result);
	put_running(&text, json_object_get(row, "running"));
	if ((r = att_buf_ok(&text, "row of firmware", err)) < 0)
		return r;
	att_text_put_path(b, att_buf_view(&text));
	att_buf_u8(b, '\n');
	return 0;
}

static int
put_firmware(struct att_buf *b, const json_t *v, struct att_err *err)
{
	const json_t *fw = json_object_get(v, "firmware");
	json_t *chips, *list, *row;
	int64_t left_out;
	size_t i;
	int r;

	if (fw == NULL)
		return 0;
	if ((r = att_json_arr(fw, "chips", &chips, err)) < 0 ||
	    (r = att_json_arr(fw, "components", &list, err)) < 0 ||
	    (r = att_json_int(fw, "left_out", 0, INT64_MAX, &left_out, err)) <
		0)
		return r;
	if (json_array_size(chips) + json_array_size(list) > 0)
		att_buf_u8(b, '\n');
	json_array_foreach (chips, i, row)
		if ((r = put_looked_at(b, "chip     ", "name", row, err)) < 0)
			return r;
	json_array_foreach (list, i, row)
		if ((r = put_looked_at(b, "component", "id", row, err)) < 0)
			return r;
	if (left_out > 0)
		att_buf_printf(b, "  and %lld more components\n",
		    (long long)left_out);
	return 0;
}

/* -- devices --------------------------------------------------------------- */

static int
put_devices(struct att_buf *b, const json_t *v, struct att_err *err)
{
	json_t *rows = json_object_get(v, "devices"), *row;
	size_t i;
	int r;

	if (json_array_size(rows) > 0)
		att_buf_u8(b, '\n');
	json_array_foreach (rows, i, row) {
		AUTO_DONE(att_buf_done) struct att_buf text = ATT_BUF(2048);
		const char *component, *status, *serial = NULL;

		if ((r = att_json_str(row, "component", &component, err)) <
			0 ||
		    (r = att_json_str(row, "status", &status, err)) < 0 ||
		    (r = att_json_str_opt(row, "serial", &serial, err)) < 0)
			return r;
		att_buf_printf(&text, "  device  %-24s  %-13s%s%s", component,
		    status, serial == NULL ? "" : "  serial ",
		    serial == NULL ? "" : serial);
		att_text_put_path(b, att_buf_view(&text));
		att_buf_u8(b, '\n');
	}
	return 0;
}

/* -- findings -------------------------------------------------------------- */

static int
put_finding(struct att_buf *b, const json_t *f, const struct att_show *how,
    struct att_err *err)
{
	const char *code, *severity, *text, *advice;
	const struct look *l;
	int r;

	if ((r = att_json_str(f, "code", &code, err)) < 0 ||
	    (r = att_json_str(f, "severity", &severity, err)) < 0 ||
	    (r = att_json_str(f, "text", &text, err)) < 0 ||
	    (r = att_json_str(f, "advice", &advice, err)) < 0)
		return r;
	l = look_of(severities, ATT_COUNT(severities), severity);
	if (l == NULL)
		return att_err_set(err, ATT_E_FORMAT,
		    "a finding of an unknown severity");
	att_buf_str(b, "  ");
	put_word(b, l, how);
	att_buf_str(b, "  ");
	put_clean(b, text);
	att_buf_str(b, "\n        [");
	put_clean(b, code);
	att_buf_str(b, "] ");
	put_clean(b, advice);
	att_buf_u8(b, '\n');
	return 0;
}

static int
put_findings(struct att_buf *b, const json_t *v, const struct att_show *how,
    struct att_err *err)
{
	json_t *findings, *f;
	size_t i;
	int r;

	if ((r = att_json_arr(v, "findings", &findings, err)) < 0)
		return r;
	if (json_array_size(findings) > 0 && !how->brief)
		att_buf_u8(b, '\n');
	json_array_foreach (findings, i, f)
		if ((r = put_finding(b, f, how, err)) < 0)
			return r;
	return 0;
}

static int
put_tables(struct att_buf *b, const json_t *v, struct att_err *err)
{
	int r;

	if ((r = put_pcrs(b, v, err)) < 0 ||
	    (r = put_firmware(b, v, err)) < 0)
		return r;
	return put_devices(b, v, err);
}

int
att_show_verdict(const json_t *verdict, const struct att_show *how,
    struct att_buf *ret, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(SHOW_MAX);
	int r;

	if ((r = put_headline(&b, verdict, how, err)) < 0)
		return r;
	att_buf_slice(&b, how->facts);
	if (!how->brief && (r = put_proven(&b, verdict, err)) < 0)
		return r;
	if (!how->brief && !how->summary &&
	    (r = put_tables(&b, verdict, err)) < 0)
		return r;
	if ((r = put_findings(&b, verdict, how, err)) < 0 ||
	    (r = att_buf_ok(&b, "verdict as text", err)) < 0)
		return r;
	att_buf_slice(ret, att_buf_view(&b));
	return att_buf_ok(ret, "verdict as text", err);
}
