/* attestctl attest: one attestation, now, and what became of it. */
#include <getopt.h>

#include "agent/ctl_agent.h"
#include "agent/push.h"
#include "agent/stop.h"
#include "base/file.h"
#include "base/log.h"

struct options {
	const char *config;
	bool direct;
	bool json;
};

/*
 * Prints it. A verdict that stands from before is not that of this attestation,
 * which ended with `status`.
 */
static int
show(const struct att_verdict_file *f, enum att_outcome outcome, int status,
    bool json)
{
	int e = att_ctl_put_verdict(f, json);

	return e == ATT_CTL_GOOD || outcome != ATT_OUTCOME_ACCEPTED ? status :
								      e;
}

/* -- by attestd ------------------------------------------------------------ */

/* `reply` holds the file that attestd has just written. */
static int
show_reply(const struct att_agent_config *config, const json_t *reply,
    bool json)
{
	AUTO_DONE(att_buf_done) struct att_buf text =
	    ATT_BUF(ATT_VERDICT_FILE_MAX);
	AUTO_DONE(att_verdict_file_done) struct att_verdict_file f = { 0 };
	char id[ATT_BOOT_ID_LEN + 1];
	struct att_verdict_now now;
	struct att_err err = { 0 };
	json_t *verdict = NULL;
	enum att_outcome o;

	if (att_json_obj(reply, "verdict", &verdict, &err) < 0 ||
	    att_json_write(verdict, &text, &err) < 0 ||
	    att_verdict_now(config, id, &now, &err) < 0 ||
	    att_verdict_file_parse(att_buf_view(&text), &now, &f, &err) < 0)
		return att_ctl_fail("attestd", &err);
	o = att_outcome_by_name(f.outcome);
	return show(&f, o, att_outcome_exit_status(o, f.status == ATT_PASS),
	    json);
}

static int
ask(struct att_varlink_client *c, const struct att_agent_config *config,
    bool json)
{
	AUTO(att_json_decref) json_t *reply = NULL;
	struct att_err err = { 0 };

	if (att_local_call(c, ATT_LOCAL_ATTEST, json_object(),
		ATT_LOCAL_CALL_MS, &reply, &err) < 0)
		return att_ctl_fail(NULL, &err);
	return show_reply(config, reply, json);
}

/* -- by itself ------------------------------------------------------------- */

/* The file that the round has just written, for one form of all output. */
static int
show_round(const struct att_agent_config *config, const struct att_round *r,
    bool json)
{
	AUTO_DONE(att_verdict_file_done) struct att_verdict_file f = { 0 };
	char id[ATT_BOOT_ID_LEN + 1];
	struct att_verdict_now now;
	struct att_err err = { 0 };

	if (att_verdict_now(config, id, &now, &err) < 0 ||
	    att_verdict_file_read(config, ATT_OWNER_ANY, &now, &f, &err) < 0)
		return att_ctl_fail(NULL, &err);
	return show(&f, r->outcome, att_round_exit_status(r), json);
}

static int
attest_here(const struct att_agent_config *config, bool json)
{
	AUTO_DONE(att_push_done) struct att_push push = { 0 };
	AUTO_DONE(att_round_done) struct att_round r = { 0 };

	att_log_open("attestctl", ATT_LOG_NOTICE);
	att_stop_arm();
	att_push_init(&push, config);
	att_push_once(&push, &r);
	return show_round(config, &r, json);
}

static int
attest(const struct options *o)
{
	AUTO_DONE(att_agent_config_done) struct att_agent_config config = {
		0 };
	AUTO(att_varlink_client_free) struct att_varlink_client *c = NULL;
	int status;

	if ((status = att_ctl_config(o->config, &config)) != ATT_CTL_GOOD ||
	    (status = att_ctl_local(&config, o->direct, &c)) != ATT_CTL_GOOD)
		return status;
	return c != NULL ? ask(c, &config, o->json) :
			   attest_here(&config, o->json);
}

int
att_ctl_attest(const struct att_ctl_command *cmd, int argc, char **argv)
{
	struct options o = { 0 };
	const struct att_ctl_option table[] = {
		{ "config", 'c', .text = &o.config },
		{ "direct", .flag = &o.direct },
		{ "json", .flag = &o.json },
		{ 0 },
	};
	int status;

	if (!att_ctl_options(cmd, table, &o, argc, argv, &status))
		return status;
	if (optind != argc)
		return att_ctl_misused(cmd, "no word is wanted");
	return attest(&o);
}
