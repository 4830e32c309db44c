/* The verdict on this node, as attestctl shows it. */
#include <string.h>

#include "agent/ago.h"
#include "agent/ctl_agent.h"
#include "agent/followed.h"
#include "agent/show.h"
#include "base/text.h"

#define OUTPUT_MAX (4u << 20)	/* bytes */

/* A line of one fact; none if there is nothing to say. */
static void
put_line(struct att_buf *b, const char *title, const char *text)
{
	if (text == NULL || text[0] == '\0')
		return;
	att_buf_printf(b, "  %-12s ", title);
	att_text_put_path(b, att_slice_of(text));
	att_buf_u8(b, '\n');
}

/* What was printed into `line`, which is empty then. */
static void
put_printed(struct att_buf *b, const char *title, struct att_buf *line)
{
	AUTO(free) char *text = att_buf_take_str(line);

	put_line(b, title, text);
}

/* "2026-11-24T15:04:05Z, 2 min ago" */
static void
put_time(struct att_buf *b, int64_t now, int64_t when)
{
	AUTO(att_json_decref) json_t *text = att_json_time_of(when);

	if (text == NULL)
		return;
	att_buf_printf(b, "%s, ", json_string_value(text));
	att_ago_put(b, now, when);
}

/* -- who said it, and when ------------------------------------------------- */

static bool
is_doubtful(const struct att_gate *g)
{
	return g->proof == ATT_GATE_UNPROVEN || g->proof == ATT_GATE_UNKNOWN;
}

static void
put_said(const struct att_verdict_file *f, struct att_buf *b)
{
	AUTO_DONE(att_buf_done) struct att_buf line = ATT_BUF(1024);

	put_line(b, "verifier", f->verifier);
	put_time(&line, f->read_at, f->at);
	if (f->other_boot)
		att_buf_str(&line, ", before this boot");
	put_printed(b, f->verifier[0] != '\0' ? "said" : "tried", &line);
	if (f->other_boot || (!f->over && f->status == ATT_UNDECIDED))
		return;
	put_time(&line, f->read_at, f->expires_at);
	if (f->over && f->read_at < f->expires_at)
		att_buf_str(&line, ", and over: the clock was set back");
	put_printed(b, f->over ? "over since" : "valid until", &line);
}

/* What the file says counts as far as the gate takes it. */
static enum att_status
standing_of(const struct att_ctl_view *v)
{
	if (v->gate == NULL)
		return v->file->status;
	switch (v->gate->state) {
	case ATT_GATE_OPEN:
		return is_doubtful(v->proof) ? ATT_UNDECIDED : ATT_PASS;
	case ATT_GATE_CLOSED:
		return ATT_FAIL;
	case ATT_GATE_UNDECIDED:
		break;
	}
	return ATT_UNDECIDED;
}

static void
put_signature(const struct att_gate *g, struct att_buf *b)
{
	AUTO_DONE(att_buf_done) struct att_buf line = ATT_BUF(2048);

	if (g == NULL || g->proof == ATT_GATE_UNCHECKED)
		return;
	if (g->proof == ATT_GATE_PROVEN)
		att_buf_str(&line, "good: the verifier signed this result");
	else
		att_buf_printf(&line, "%s: %s",
		    g->proof == ATT_GATE_UNPROVEN ? "NOT PROVEN" :
						    "NOT CHECKED",
		    g->unproven);
	put_printed(b, "signature", &line);
}

/* The verifier's own account is shown only while it stands. */
static int
put_head(const struct att_ctl_view *v, enum att_status status,
    struct att_buf *b, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf facts = ATT_BUF(8192);
	const json_t *verdict = v->file->verdict;
	const char *said = json_string_value(
	    json_object_get(verdict, "status"));
	struct att_show how = { .node = v->file->agent_id,
		.colour = att_ctl_colour(), .summary = v->summary };
	AUTO(att_json_decref) json_t *bare = NULL;

	put_said(v->file, &facts);
	put_signature(v->proof, &facts);
	if (v->file->status == ATT_PASS && status != ATT_PASS)
		put_line(&facts, "attestd says", "pass, which does not count");
	how.facts = att_buf_view(&facts);
	if (said != NULL && strcmp(said, att_status_name(status)) == 0)
		return att_show_verdict(verdict, &how, b, err);
	bare = json_pack("{s:s,s:[],s:[],s:[],s:[]}", "status",
	    att_status_name(status), "evaluated", "held", "findings", "pcrs");
	how.brief = true;
	return bare == NULL ? att_err_nomem(err) :
			      att_show_verdict(bare, &how, b, err);
}

/* -- what is wrong, and what to do ----------------------------------------- */

static void
put_attempt(const struct att_verdict_file *f, struct att_buf *b)
{
	AUTO_DONE(att_buf_done) struct att_buf line = ATT_BUF(2048);

	att_buf_printf(&line, "%s, ", f->outcome);
	put_time(&line, f->read_at, f->attempted_at);
	put_printed(b, "last attempt", &line);
	put_time(&line, f->read_at, f->next_at);
	put_printed(b, f->next_at < f->read_at ? "next was due" : "next",
	    &line);
	if (strcmp(f->attempt_reason, f->reason) != 0)
		put_line(b, "", f->attempt_reason);
	put_line(b, "to do", f->advice);
	put_line(b, "pcr 23", f->firmware_pcr);
}

/* Of a pass why it is taken for none; else what the file has. */
static void
put_notes(const struct att_ctl_view *v, enum att_status status,
    struct att_buf *b)
{
	const struct att_verdict_file *f = v->file;

	if (f->other_boot)
		put_line(b, "reason", "no attestation since this node was "
		    "started");
	else if (f->over)
		put_line(b, "reason", "the last verdict has expired, and "
		    "attestd brought nothing newer");
	else if (f->status == ATT_PASS && status != ATT_PASS)
		put_line(b, "reason", v->gate->state != ATT_GATE_OPEN ?
			v->gate->reason : v->proof->unproven);
	else if (f->verdict == NULL)	/* else its findings say it */
		put_line(b, "reason", f->reason);
	put_attempt(f, b);
}

static void
put_firmware(const struct att_measured_status *s, struct att_buf *b)
{
	AUTO_DONE(att_buf_done) struct att_buf line = ATT_BUF(1024);

	if (s == NULL)
		return;
	att_measured_status_print(s, &line);
	put_printed(b, "firmware", &line);
}

/* -- the gate -------------------------------------------------------------- */

/* "open for kubelet.service, slurmd.service" */
static void
put_gate(const struct att_ctl_view *v, struct att_buf *b)
{
	AUTO_DONE(att_buf_done) struct att_buf line = ATT_BUF(8192);
	const struct att_config_list *units;
	const char *before = " for ";

	if (v->gate == NULL)
		return;
	units = &v->config->gated_units;
	att_buf_str(&line, v->gate->state == ATT_GATE_OPEN ? "open" :
		v->gate->is_secret ? "root can tell" : "shut");
	for (size_t i = 0; i < units->count; i++) {
		if (!att_gate_waits("", units->item[i]))
			continue;
		att_buf_printf(&line, "%s%s", before, units->item[i]);
		before = ", ";
	}
	if (before[0] == ' ')
		att_buf_str(&line, "; no unit waits for it");
	put_printed(b, "gate", &line);
}

static int
put_gate_json(const struct att_ctl_view *v, json_t *j, struct att_err *err)
{
	AUTO(att_json_decref) json_t *units = json_array();
	const struct att_config_list *list;
	int r;

	if (v->gate == NULL)
		return 0;
	if (units == NULL)
		return att_err_nomem(err);
	list = &v->config->gated_units;
	for (size_t i = 0; i < list->count; i++)
		if (att_gate_waits("", list->item[i]) &&
		    (r = att_json_add(units, json_string(list->item[i]),
			 err)) < 0)
			return r;
	return att_json_put(j, "gate", json_pack("{s:s,s:s,s:O}", "state",
	    att_gate_name(v->gate->state), "reason", v->gate->reason, "units",
	    units), err);
}

/* -- all ------------------------------------------------------------------- */

static int
put_json(const struct att_ctl_view *v, enum att_status status,
    struct att_buf *b, struct att_err *err)
{
	static const char *const words[] = {
		[ATT_GATE_UNCHECKED] = "unchecked",
		[ATT_GATE_PROVEN] = "good",
		[ATT_GATE_UNPROVEN] = "bad",
		[ATT_GATE_UNKNOWN] = "unknown",
	};
	enum att_gate_proof proof = v->proof != NULL ? v->proof->proof :
						       ATT_GATE_UNCHECKED;
	AUTO(att_json_decref) json_t *j = json_copy(v->file->json);
	json_t *pass = NULL;
	int r;

	if (v->firmware != NULL &&
	    ((r = att_measured_status_to_json(v->firmware, &pass, err)) < 0 ||
		(r = att_json_put(j, "firmware", pass, err)) < 0))
		return r;
	if ((r = att_json_put(j, "status",
		 json_string(att_status_name(status)), err)) < 0 ||
	    (r = att_json_put(j, "over", json_boolean(v->file->over), err)) <
		0 ||
	    (r = att_json_put(j, "signature",
		 json_string(words[proof]), err)) < 0 ||
	    (r = put_gate_json(v, j, err)) < 0)
		return r;
	return att_json_write_pretty(j, b, err);
}

int
att_ctl_put_view(const struct att_ctl_view *v)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(OUTPUT_MAX);
	enum att_status status = standing_of(v);
	struct att_err err = { 0 };
	int r;

	if (v->json) {
		r = put_json(v, status, &b, &err);
	} else if ((r = put_head(v, status, &b, &err)) == 0) {
		att_buf_u8(&b, '\n');
		put_notes(v, status, &b);
		put_firmware(v->firmware, &b);
		put_gate(v, &b);
		r = att_buf_ok(&b, "verdict", &err);
	}
	if (r < 0)
		return att_ctl_fail(NULL, &err);
	att_ctl_put(&b);
	return status == ATT_PASS ? ATT_CTL_GOOD : ATT_CTL_VERDICT;
}

int
att_ctl_put_verdict(const struct att_verdict_file *f, bool json)
{
	const struct att_ctl_view v = { .file = f, .json = json };

	return att_ctl_put_view(&v);
}

int
att_ctl_put_no_verdict(const struct att_ctl_view *v, const char *path)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(16384);
	AUTO(att_json_decref) json_t *j = NULL;
	struct att_err err = { 0 };
	int r;

	if (!v->json) {
		att_buf_printf(&b, "UNDECIDED\n\n  reason       no attestation "
		    "since this node was started (%s)\n", path);
		put_line(&b, "to do", "look at attestd-attest.service, or call "
		    "attestctl attest");
		put_firmware(v->firmware, &b);
		put_gate(v, &b);
		r = att_buf_ok(&b, "verdict", &err);
	} else {
		j = json_pack("{s:s,s:b}", "status", "undecided", "over", 0);
		if (j == NULL)
			r = att_err_nomem(&err);
		else if ((r = put_gate_json(v, j, &err)) == 0)
			r = att_json_write_pretty(j, &b, &err);
	}
	if (r < 0)
		return att_ctl_fail(NULL, &err);
	att_ctl_put(&b);
	return ATT_CTL_VERDICT;
}
