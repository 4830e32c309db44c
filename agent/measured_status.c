/* How far a pass over the firmware is: the file that people are shown. */
#include "agent/measured.h"

#include <string.h>
#include <time.h>

#include "agent/boot.h"
#include "base/file.h"
#include "firmware/member.h"

#define FORMAT "attestd-pass/1"
#define FILE_BYTES 4096
#define TIME_MAX 253402300799LL	/* 9999-12-31 */
#define COUNT_MAX 1000000
#define DEAD_SECONDS 300	/* without a word: nobody is there any more */

static const char *const states[ATT_MEASURED_STATES] = {
	[ATT_MEASURED_RUNNING] = "running",
	[ATT_MEASURED_DONE] = "done",
	[ATT_MEASURED_BROKEN] = "failed",
};

static const char *
state_name(unsigned i)
{
	return i < ATT_MEASURED_STATES ? states[i] : NULL;
}

static char *
path_of(const struct att_agent_config *config)
{
	return att_path_join(config->run_dir, ATT_MEASURED_FILE);
}

int
att_measured_status_to_json(const struct att_measured_status *s,
    json_t **ret, struct att_err *err)
{
	AUTO(att_json_decref) json_t *j = json_pack(
	    "{s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "format", FORMAT,
	    "state", states[s->state], "percent", (json_int_t)s->percent,
	    "began", (json_int_t)s->began, "updated", (json_int_t)s->updated,
	    "chips", (json_int_t)s->chips, "chips_failed",
	    (json_int_t)s->failed, "components", (json_int_t)s->components,
	    "changes", (json_int_t)s->changes);
	int r;

	if (j == NULL)
		return att_err_nomem(err);
	if ((r = att_put_text(j, "boot_id", s->boot_id, err)) < 0 ||
	    (r = att_put_text(j, "of", s->of, err)) < 0 ||
	    (r = att_put_text(j, "reason", s->reason, err)) < 0)
		return r;
	*ret = take(&j);
	return 0;
}

int
att_measured_status_write(const struct att_agent_config *config,
    const struct att_measured_status *s, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(FILE_BYTES);
	AUTO(free) char *path = path_of(config);
	AUTO(att_json_decref) json_t *j = NULL;
	int r;

	if (path == NULL)
		return att_err_nomem(err);
	if ((r = att_measured_status_to_json(s, &j, err)) < 0 ||
	    (r = att_json_write_pretty(j, &b, err)) < 0 ||
	    (r = att_run_dir_make(config, err)) < 0)
		return r;
	return att_file_write(path, att_buf_view(&b), 0644, err);
}

static int
read_members(const json_t *j, struct att_measured_status *s,
    struct att_err *err)
{
	char format[sizeof(FORMAT)];
	unsigned state = 0;
	int r;

	if ((r = att_get_text(j, "format", format, sizeof(format), 1, err)) <
		0 ||
	    (r = att_get_name(j, "state", state_name, &state, err)) < 0 ||
	    (r = att_get_text(j, "boot_id", s->boot_id, sizeof(s->boot_id),
		 0, err)) < 0 ||
	    (r = att_get_text(j, "of", s->of, sizeof(s->of), 0, err)) < 0 ||
	    (r = att_get_text(j, "reason", s->reason, sizeof(s->reason), 0,
		 err)) < 0 ||
	    (r = att_json_int(j, "percent", 0, 100, &s->percent, err)) < 0 ||
	    (r = att_json_int(j, "began", 0, TIME_MAX, &s->began, err)) < 0 ||
	    (r = att_json_int(j, "updated", 0, TIME_MAX, &s->updated, err)) <
		0 ||
	    (r = att_json_int(j, "chips", 0, COUNT_MAX, &s->chips, err)) <
		0 ||
	    (r = att_json_int(j, "chips_failed", 0, COUNT_MAX, &s->failed,
		 err)) < 0 ||
	    (r = att_json_int(j, "components", 0, COUNT_MAX, &s->components,
		 err)) < 0)
		return r;
	s->state = (enum att_measured_state)state;
	return att_json_int(j, "changes", 0, COUNT_MAX, &s->changes, err);
}

int
att_measured_status_read(const struct att_agent_config *config,
    struct att_measured_status *ret, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(FILE_BYTES);
	AUTO(free) char *path = path_of(config);
	AUTO(att_json_decref) json_t *j = NULL;
	struct att_measured_status s = { 0 };
	int r;

	if (path == NULL)
		return att_err_nomem(err);
	if ((r = att_file_read_kept(path, &b, err)) < 0)
		return r;
	if ((r = att_json_parse(att_buf_view(&b), FILE_BYTES, &j, err)) < 0 ||
	    (r = read_members(j, &s, err)) < 0) {
		att_err_prefix(err, "%s", path);
		return r;
	}
	*ret = s;
	return 0;
}

static void
put_time(struct att_buf *b, int64_t at)
{
	AUTO(att_json_decref) json_t *text = att_json_time_of(at);

	att_buf_str(b, text == NULL ? "?" : json_string_value(text));
}

static void
put_done(const struct att_measured_status *s, struct att_buf *b)
{
	att_buf_str(b, "measured ");
	put_time(b, s->updated);
	att_buf_printf(b, ", %lld chips", (long long)s->chips);
	if (s->failed > 0)
		att_buf_printf(b, " (%lld of them not)",
		    (long long)s->failed);
	att_buf_printf(b, ", %lld components", (long long)s->components);
	if (s->changes > 0)
		att_buf_printf(b, ", %lld ranges changed",
		    (long long)s->changes);
}

void
att_measured_status_print(const struct att_measured_status *s,
    struct att_buf *ret)
{
	switch (s->state) {
	case ATT_MEASURED_DONE:
		put_done(s, ret);
		return;
	case ATT_MEASURED_RUNNING:
		att_buf_printf(ret, "being measured since ");
		put_time(ret, s->began);
		att_buf_printf(ret, ", %s: %lld %%", s->of[0] == '\0' ?
			"beginning" : s->of, (long long)s->percent);
		if ((int64_t)time(NULL) - s->updated > DEAD_SECONDS)
			att_buf_printf(ret, ", without a word since ");
		if ((int64_t)time(NULL) - s->updated > DEAD_SECONDS)
			put_time(ret, s->updated);
		return;
	default:
		att_buf_str(ret, "not measured: ");
		att_buf_str(ret, s->reason[0] == '\0' ? "?" : s->reason);
	}
}
