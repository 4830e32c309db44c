#include "agent/ctl_agent.h"

#include <string.h>

#include "agent/show.h"
#include "base/encoding.h"
#include "base/file.h"
#include "base/text.h"
#include "crypto/jws.h"

#define OUTPUT_MAX (4u << 20)	/* bytes */
#define KEYS_MAX (1u << 20)	/* bytes of a key set */

int
att_ctl_config(const char *file, struct att_agent_config *ret)
{
	struct att_err err = { 0 };
	int r = att_agent_config_load(
	    file != NULL ? file : ATT_AGENT_CONFIG_PATH, ret, &err);

	/* nothing is malformed where nothing is */
	if (r == ATT_E_NOT_FOUND)
		err.code = ATT_E_SYS;
	return r < 0 ? att_ctl_fail(NULL, &err) : ATT_CTL_GOOD;
}

int
att_ctl_local(const struct att_agent_config *config, bool direct,
    struct att_varlink_client **ret)
{
	struct att_err err = { 0 };
	int r = direct ? ATT_E_NOT_FOUND : att_local_open(config, ret, &err);

	return r < 0 && r != ATT_E_NOT_FOUND ? att_ctl_fail(NULL, &err) :
					       ATT_CTL_GOOD;
}

int
att_ctl_keys(const char *file, json_t **ret)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(KEYS_MAX);
	struct att_err err = { 0 };

	if (att_ctl_read(file, &b, &err) < 0)
		return att_ctl_fail(NULL, &err);
	if (att_jws_set_parse(att_buf_view(&b), ret, &err) < 0)
		return att_ctl_fail(file, &err);
	return ATT_CTL_GOOD;
}

int
att_ctl_nonce(const struct att_ctl_command *cmd, const char *hex,
    struct att_buf *ret)
{
	struct att_err err = { 0 };

	if (att_hex_decode((struct att_slice){ (const uint8_t *)hex,
		strlen(hex) }, ret, &err) < 0)
		return att_ctl_misused(cmd, "--nonce: %s", err.text);
	if (ret->len < ATT_CHALLENGE_MIN)
		return att_ctl_misused(cmd,
		    "--nonce has %zu bytes, must be %d to %d", ret->len,
		    ATT_CHALLENGE_MIN, ATT_CHALLENGE_MAX);
	return ATT_CTL_GOOD;
}

bool
att_ctl_take_server(int c, const char *arg, struct att_operator_options *o)
{
	switch (c) {
	case 'c':
		o->config = arg;
		return true;
	case ATT_CTL_OPT_CA:
		o->ca_file = arg;
		return true;
	case ATT_CTL_OPT_TOKEN:
		o->token_file = arg;
		return true;
	case ATT_CTL_OPT_URL:
		o->url = arg;
		return true;
	default:
		return false;
	}
}

int
att_ctl_operator(const struct att_ctl_command *cmd,
    const struct att_operator_options *o, struct att_operator **ret)
{
	struct att_err err = { 0 };

	if (att_operator_open(o, ret, &err) == 0)
		return ATT_CTL_GOOD;
	/* a file that is not there is not malformed */
	if (err.code == ATT_E_NOT_FOUND)
		err.code = ATT_E_SYS;
	return err.code == ATT_E_USAGE ?
	    att_ctl_misused(cmd, "%s", err.text) :
	    att_ctl_fail(NULL, &err);
}

int
att_ctl_write(const char *file, const struct att_buf *b)
{
	struct att_err err = { 0 };

	if (file == NULL || strcmp(file, "-") == 0)
		att_ctl_put(b);
	else if (att_file_put(file, att_buf_view(b), 0600, &err) < 0)
		return att_ctl_fail(NULL, &err);
	return ATT_CTL_GOOD;
}

/* -- the verdict on this node ---------------------------------------------- */

/* A line of one fact; none if there is nothing to say. */
static void
put_line(struct att_buf *b, const char *title, const char *text)
{
	if (text == NULL || text[0] == '\0')
		return;
	att_buf_printf(b, "  %-12s ", title);
	att_text_put_path(b,
	    (struct att_slice){ (const uint8_t *)text, strlen(text) });
	att_buf_u8(b, '\n');
}

static void
put_time(struct att_buf *b, const char *before, int64_t when)
{
	AUTO(att_json_decref) json_t *text = att_json_time_of(when);

	if (text != NULL)
		att_buf_printf(b, "%s%s", before, json_string_value(text));
}

/* "by https://..., 2026-11-24T15:04:05Z, valid until ..." */
static char *
when_of(const struct att_verdict_file *f)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1024);

	if (f->verifier[0] != '\0')
		att_buf_printf(&b, "by %s, ", f->verifier);
	put_time(&b, "", f->at);
	if (f->other_boot)
		att_buf_str(&b, ", before this boot");
	else if (f->over && f->read_at < f->expires_at)
		att_buf_str(&b, ", over: the clock was set back");
	else if (f->over || f->status != ATT_UNDECIDED)
		put_time(&b, f->over ? ", over since " : ", valid until ",
		    f->expires_at);
	return att_buf_take_str(&b);
}

/* The verifier's own account is shown only while it stands. */
static int
put_head(const struct att_verdict_file *f, enum att_status status,
    struct att_buf *b, struct att_err *err)
{
	AUTO(free) char *when = when_of(f);
	const char *said = json_string_value(
	    json_object_get(f->verdict, "status"));
	struct att_show how = { .node = f->agent_id, .when = when,
		.colour = att_ctl_colour() };
	AUTO(att_json_decref) json_t *bare = NULL;

	if (when == NULL)
		return att_err_nomem(err);
	if (said != NULL && strcmp(said, att_status_name(status)) == 0)
		return att_show_verdict(f->verdict, &how, b, err);
	bare = json_pack("{s:s,s:[],s:[],s:[],s:[]}", "status",
	    att_status_name(status), "evaluated", "held", "findings", "pcrs");
	how.brief = true;
	return bare == NULL ? att_err_nomem(err) :
			      att_show_verdict(bare, &how, b, err);
}

static void
put_attempt(const struct att_verdict_file *f, struct att_buf *b)
{
	AUTO_DONE(att_buf_done) struct att_buf line = ATT_BUF(2048);
	AUTO(free) char *text = NULL;

	att_buf_str(&line, f->outcome);
	put_time(&line, ", ", f->attempted_at);
	put_time(&line, f->next_at < f->read_at ? "; the next was due " :
		"; next ", f->next_at);
	text = att_buf_take_str(&line);
	put_line(b, "last attempt", text);
	if (strcmp(f->attempt_reason, f->reason) != 0)
		put_line(b, "", f->attempt_reason);
	put_line(b, "to do", f->advice);
	put_line(b, "pcr 23", f->firmware_pcr);
}

static void
put_notes(const struct att_verdict_file *f, enum att_ctl_signature signature,
    struct att_buf *b)
{
	if (f->other_boot)
		put_line(b, "reason", "no attestation since this node was "
		    "started");
	else if (f->over)
		put_line(b, "reason", "what the verifier said last is over, "
		    "and attestd brought nothing newer");
	else if (f->verdict == NULL)	/* else its findings say it */
		put_line(b, "reason", f->reason);
	if (signature != ATT_CTL_UNCHECKED)
		put_line(b, "signature", signature == ATT_CTL_SIGNED ?
			"good: the verifier signed this result" :
			"NOT PROVEN: no result that these keys signed");
	put_attempt(f, b);
}

static void
put_firmware(const struct att_measured_status *s, struct att_buf *b)
{
	AUTO_DONE(att_buf_done) struct att_buf line = ATT_BUF(1024);
	AUTO(free) char *text = NULL;

	if (s == NULL)
		return;
	att_measured_status_print(s, &line);
	text = att_buf_take_str(&line);
	put_line(b, "firmware", text);
}

static int
put_json(const struct att_verdict_file *f, enum att_status status,
    enum att_ctl_signature signature,
    const struct att_measured_status *firmware, struct att_buf *b,
    struct att_err *err)
{
	static const char *const words[] = { "unchecked", "good", "bad" };
	AUTO(att_json_decref) json_t *j = json_copy(f->json);
	json_t *pass = NULL;
	int r;

	if (firmware != NULL &&
	    ((r = att_measured_status_to_json(firmware, &pass, err)) < 0 ||
		(r = att_json_put(j, "firmware", pass, err)) < 0))
		return r;

	if ((r = att_json_put(j, "status",
		 json_string(att_status_name(status)), err)) < 0 ||
	    (r = att_json_put(j, "over", json_boolean(f->over), err)) < 0 ||
	    (r = att_json_put(j, "signature", json_string(words[signature]),
		 err)) < 0)
		return r;
	return att_json_write_pretty(j, b, err);
}

int
att_ctl_put_verdict(const struct att_verdict_file *f,
    enum att_ctl_signature signature,
    const struct att_measured_status *firmware, bool json)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(OUTPUT_MAX);
	enum att_status status = signature == ATT_CTL_UNSIGNED &&
		f->status == ATT_PASS ? ATT_UNDECIDED : f->status;
	struct att_err err = { 0 };
	int r;

	if (json) {
		r = put_json(f, status, signature, firmware, &b, &err);
	} else if ((r = put_head(f, status, &b, &err)) == 0) {
		put_notes(f, signature, &b);
		put_firmware(firmware, &b);
		r = att_buf_ok(&b, "verdict", &err);
	}
	if (r < 0)
		return att_ctl_fail(NULL, &err);
	att_ctl_put(&b);
	return status == ATT_PASS ? ATT_CTL_GOOD : ATT_CTL_VERDICT;
}
