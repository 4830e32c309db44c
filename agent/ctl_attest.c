/* attestctl attest: one attestation, now, and what became of it. */
#include <getopt.h>

#include "agent/ctl_agent.h"
#include "agent/push.h"
#include "agent/stop.h"
#include "base/file.h"
#include "base/log.h"

/* The file that the round has just written, for one form of all output. */
static int
show(const struct att_agent_config *config, const struct att_round *r,
    bool json)
{
	AUTO_DONE(att_verdict_file_done) struct att_verdict_file f = { 0 };
	AUTO(free) char *path = att_path_join(config->run_dir,
	    ATT_VERDICT_FILE);
	char id[ATT_BOOT_ID_LEN + 1];
	struct att_verdict_now now;
	struct att_err err = { 0 };
	int e = path == NULL ? att_err_nomem(&err) :
			       att_verdict_now(config, id, &now, &err);

	if (e < 0 || att_verdict_file_read(path, &now, &f, &err) < 0)
		return att_ctl_fail(NULL, &err);
	e = att_ctl_put_verdict(&f, ATT_CTL_UNCHECKED, NULL, json);
	/* a verdict that stands from before is not this attestation's */
	return e == ATT_CTL_GOOD || r->outcome != ATT_OUTCOME_ACCEPTED ?
	    att_round_exit_status(r) : e;
}

static int
attest(const char *file, bool json)
{
	AUTO_DONE(att_agent_config_done) struct att_agent_config config = {
		0 };
	AUTO_DONE(att_push_done) struct att_push push = { 0 };
	AUTO_DONE(att_round_done) struct att_round r = { 0 };
	int status = att_ctl_config(file, &config);

	if (status != ATT_CTL_GOOD)
		return status;
	att_log_open("attestctl", ATT_LOG_NOTICE);
	att_stop_arm();
	att_push_init(&push, &config);
	att_push_once(&push, &r);
	return show(&config, &r, json);
}

enum { OPT_HELP = 256, OPT_JSON };

int
att_ctl_attest(const struct att_ctl_command *cmd, int argc, char **argv)
{
	static const struct option names[] = {
		{ "help", no_argument, NULL, OPT_HELP },
		{ "config", required_argument, NULL, 'c' },
		{ "json", no_argument, NULL, OPT_JSON },
		{ NULL, 0, NULL, 0 },
	};
	const char *file = NULL;
	bool json = false;
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, "c:h", names, NULL)) != -1)
		switch (c) {
		case 'h':
		case OPT_HELP:
			return att_ctl_help(cmd);
		case 'c':
			file = optarg;
			break;
		case OPT_JSON:
			json = true;
			break;
		default:
			return att_ctl_bad_option(cmd, argv[optind - 1]);
		}
	if (optind != argc)
		return att_ctl_misused(cmd, "no word is wanted");
	return attest(file, json);
}
