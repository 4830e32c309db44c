#include "agent/verdict_file.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/steady.h"
#include "protocol/timestamp.h"

#define FORMAT "attestd-verdict/1"

/* A round takes its time, too: session, quote, and ten seconds of asking. */
#define SLACK_S 15

static const enum att_status statuses[] = { ATT_UNDECIDED, ATT_FAIL,
	ATT_PASS };

void
att_verdict_file_done(struct att_verdict_file *f)
{
	json_decref(f->json);
	*f = (struct att_verdict_file){ 0 };
}

int
att_verdict_now(const struct att_agent_config *config,
    char ret_id[static ATT_BOOT_ID_LEN + 1], struct att_verdict_now *ret,
    struct att_err *err)
{
	int r = att_boot_id_read(config, ret_id, err);

	if (r < 0)
		return r;
	*ret = (struct att_verdict_now){ .boot_id = ret_id,
		.now = (int64_t)time(NULL),
		.uptime = (int64_t)(att_steady_now() / 1000) };
	return 0;
}

/* -- reading --------------------------------------------------------------- */

static int
read_status(const json_t *j, enum att_status *ret, struct att_err *err)
{
	const char *s = NULL;
	int r = att_json_str(j, "status", &s, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < ATT_COUNT(statuses); i++)
		if (strcmp(att_status_name(statuses[i]), s) == 0) {
			*ret = statuses[i];
			return 0;
		}
	return att_err_set(err, ATT_E_FORMAT,
	    "status must be pass, fail or undecided");
}

static int
read_time(const json_t *j, const char *name, int64_t *ret,
    struct att_err *err)
{
	const char *s = NULL;
	int r = att_json_str(j, name, &s, err);

	return r < 0 ? r : att_timestamp_parse(s, ret, err);
}

static int
read_attempt(const json_t *j, struct att_verdict_file *f, struct att_err *err)
{
	json_t *a = NULL;
	int r;

	f->firmware_pcr = "";
	if ((r = att_json_obj(j, "attempt", &a, err)) < 0 ||
	    (r = att_json_str_opt(a, "firmware_pcr", &f->firmware_pcr,
		 err)) < 0 ||
	    (r = att_json_str(a, "outcome", &f->outcome, err)) < 0 ||
	    (r = att_json_str(a, "reason", &f->attempt_reason, err)) < 0 ||
	    (r = att_json_str(a, "advice", &f->advice, err)) < 0 ||
	    (r = att_json_int_opt(a, "failures", 0, ATT_VERDICT_FAILURES_MAX,
		 &f->failures, err)) < 0 ||
	    (r = read_time(a, "at", &f->attempted_at, err)) < 0)
		return r;
	return read_time(a, "next_at", &f->next_at, err);
}

static int
read_members(const json_t *j, struct att_verdict_file *f, struct att_err *err)
{
	int r;

	if ((r = att_json_str(j, "agent_id", &f->agent_id, err)) < 0 ||
	    (r = att_json_str(j, "reason", &f->reason, err)) < 0 ||
	    (r = att_json_str(j, "verifier", &f->verifier, err)) < 0 ||
	    (r = att_json_str_opt(j, "result", &f->result, err)) < 0 ||
	    (r = read_time(j, "at", &f->at, err)) < 0 ||
	    (r = read_time(j, "expires_at", &f->expires_at, err)) < 0)
		return r;
	f->verdict = json_object_get(j, "verdict");
	if (!json_is_object(f->verdict))
		f->verdict = NULL;
	return read_attempt(j, f, err);
}

static int
read_validity(const json_t *j, const struct att_verdict_now *now,
    struct att_verdict_file *f, struct att_err *err)
{
	const char *format = NULL, *boot = NULL;
	int r;

	if ((r = att_json_str(j, "format", &format, err)) < 0)
		return r;
	if (strcmp(format, FORMAT) != 0)
		return att_err_set(err, ATT_E_UNSUPPORTED,
		    "a verdict in a format that is not known");
	if ((r = att_json_str(j, "boot_id", &boot, err)) < 0 ||
	    (r = att_json_int(j, "expires_uptime", 0, INT64_MAX,
		 &f->expires_uptime, err)) < 0 ||
	    (r = read_status(j, &f->status, err)) < 0 ||
	    (r = read_members(j, f, err)) < 0)
		return r;
	f->read_at = now->now;
	f->other_boot = strcmp(boot, now->boot_id) != 0;
	f->over = f->other_boot || now->now >= f->expires_at ||
	    now->uptime >= f->expires_uptime;
	if (f->over)
		f->status = ATT_UNDECIDED;
	return 0;
}

int
att_verdict_file_parse(struct att_slice text,
    const struct att_verdict_now *now, struct att_verdict_file *ret,
    struct att_err *err)
{
	AUTO_DONE(att_verdict_file_done) struct att_verdict_file f = { 0 };
	int r;

	if ((r = att_json_parse(text, ATT_VERDICT_FILE_MAX, &f.json, err)) <
		0 ||
	    (r = read_validity(f.json, now, &f, err)) < 0)
		return r;
	*ret = f;
	f = (struct att_verdict_file){ 0 };
	return 0;
}

int
att_verdict_file_read(const struct att_agent_config *config,
    enum att_owner whose, const struct att_verdict_now *now,
    struct att_verdict_file *ret, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b =
	    ATT_BUF(ATT_VERDICT_FILE_MAX);
	int r = att_owned_read(config->run_dir, ATT_VERDICT_FILE, whose, &b,
	    err);

	if (r < 0)
		return r;
	if ((r = att_verdict_file_parse(att_buf_view(&b), now, ret, err)) < 0)
		att_err_prefix(err, "%s/" ATT_VERDICT_FILE, config->run_dir);
	return r;
}

/* -- writing --------------------------------------------------------------- */

static enum att_status
status_of(const struct att_round *r)
{
	if (r->outcome != ATT_OUTCOME_ACCEPTED)
		return ATT_UNDECIDED;
	switch (r->standing) {
	case ATT_STANDING_PASS:
		return ATT_PASS;
	case ATT_STANDING_FAIL:
		return ATT_FAIL;
	default:
		return ATT_UNDECIDED;
	}
}

static json_t *
text_of(const char *s)
{
	return att_json_text(att_slice_of(s));
}

/* Seconds that the verdict of this round is good for. */
static int64_t
validity_of(const struct att_agent_config *config, const struct att_round *r)
{
	int64_t interval = r->interval != 0 ? r->interval : config->interval;
	int64_t most = 2 * interval + SLACK_S - r->age;

	return r->lifetime != 0 && r->lifetime < most ? r->lifetime : most;
}

static int
put_fresh(json_t *j, const struct att_agent_config *config,
    const struct att_round *r, const struct att_verdict_now *now,
    struct att_err *err)
{
	bool said = r->outcome == ATT_OUTCOME_ACCEPTED;
	int64_t good = validity_of(config, r);
	int e;

	if ((e = att_json_put(j, "status",
		 json_string(att_status_name(status_of(r))), err)) < 0 ||
	    (e = att_json_put(j, "agent_id", json_string(r->agent_id),
		 err)) < 0 ||
	    (e = att_json_put(j, "reason", text_of(att_round_reason(r)),
		 err)) < 0 ||
	    (e = att_json_put(j, "verifier",
		 json_string(said ? r->server : ""), err)) < 0 ||
	    (e = att_json_put(j, "at", att_json_time_of(now->now), err)) <
		0 ||
	    (e = att_json_put(j, "expires_at",
		 att_json_time_of(now->now + good), err)) < 0 ||
	    (e = att_json_put(j, "expires_uptime",
		 json_integer(now->uptime + good), err)) < 0 ||
	    (e = att_json_put(j, "result",
		 r->result != NULL ? json_string(r->result) : json_null(),
		 err)) < 0)
		return e;
	return att_json_put(j, "verdict",
	    r->verdict != NULL ? json_incref(r->verdict) : json_null(), err);
}

static int
put_attempt(json_t *j, const struct att_round *r, unsigned failures,
    uint64_t wait_ms, const struct att_verdict_now *now, struct att_err *err)
{
	AUTO(att_json_decref) json_t *a = json_object();
	int64_t next = now->now + (int64_t)(wait_ms / 1000);
	int e;

	if ((e = att_json_put(a, "outcome",
		 json_string(att_outcome_name(r->outcome)), err)) < 0 ||
	    (e = att_json_put(a, "reason", text_of(r->reason), err)) < 0 ||
	    (e = att_json_put(a, "advice",
		 json_string(att_outcome_advice(r->outcome)), err)) < 0 ||
	    (e = att_json_put(a, "at", att_json_time_of(now->now), err)) <
		0 ||
	    (e = att_json_put(a, "next_at", att_json_time_of(next), err)) <
		0 ||
	    (e = att_json_put(a, "failures", json_integer(
		 ATT_MIN(failures, (unsigned)ATT_VERDICT_FAILURES_MAX)),
		 err)) < 0 ||
	    (r->firmware_pcr[0] != '\0' &&
		(e = att_json_put(a, "firmware_pcr", text_of(r->firmware_pcr),
		     err)) < 0))
		return e;
	return att_json_put(j, "attempt", take(&a), err);
}

/* What still stands, and goes on to stand; NULL: nothing does. */
static json_t *
standing(const struct att_agent_config *config, const struct att_round *r,
    const struct att_verdict_now *now)
{
	AUTO_DONE(att_verdict_file_done) struct att_verdict_file f = { 0 };

	if (!att_outcome_keeps_verdict(r->outcome) ||
	    att_verdict_file_read(config, ATT_OWNER_ANY, now, &f, NULL) < 0 ||
	    f.over || f.status == ATT_UNDECIDED ||
	    (r->agent_id[0] != '\0' && strcmp(f.agent_id, r->agent_id) != 0))
		return NULL;
	return take(&f.json);
}

static int
make(const struct att_agent_config *config, const struct att_round *r,
    unsigned failures, uint64_t wait_ms, struct att_buf *ret,
    struct att_verdict_file *ret_file, struct att_err *err)
{
	AUTO(att_json_decref) json_t *j = NULL;
	char id[ATT_BOOT_ID_LEN + 1];
	struct att_verdict_now now;
	int e;

	if ((e = att_verdict_now(config, id, &now, err)) < 0)
		return e;
	j = standing(config, r, &now);
	if (j == NULL) {
		j = json_pack("{s:s,s:s}", "format", FORMAT, "boot_id", id);
		if (j == NULL)
			return att_err_nomem(err);
		if ((e = put_fresh(j, config, r, &now, err)) < 0)
			return e;
	}
	if ((e = put_attempt(j, r, failures, wait_ms, &now, err)) < 0 ||
	    (e = att_json_write_pretty(j, ret, err)) < 0)
		return e;
	ret_file->json = take(&j);
	return read_validity(ret_file->json, &now, ret_file, err);
}

int
att_verdict_file_write(const struct att_agent_config *config,
    const struct att_round *r, unsigned failures, uint64_t wait_ms,
    struct att_verdict_file *ret, struct att_err *err)
{
	AUTO_DONE(att_verdict_file_done) struct att_verdict_file f = { 0 };
	AUTO_DONE(att_buf_done) struct att_buf b =
	    ATT_BUF(ATT_VERDICT_FILE_MAX);
	AUTO(free) char *path = att_path_join(config->run_dir,
	    ATT_VERDICT_FILE);
	int e;

	if (path == NULL)
		return att_err_nomem(err);
	if ((e = att_run_dir_make(config, err)) < 0)
		return e;
	if ((e = make(config, r, failures, wait_ms, &b, &f, err)) == 0)
		e = att_file_write(path, att_buf_view(&b), 0644, err);
	if (e < 0) {
		(void)unlink(path);
		return e;
	}
	*ret = f;
	f = (struct att_verdict_file){ 0 };
	return 0;
}
