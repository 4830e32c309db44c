/*
 * attestd: keeps this node's attestation key and proves to a verifier, again
 * and again, what the node booted. Nobody reaches it by the network.
 */
#include <getopt.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/check_files.h"
#include "agent/measurer.h"
#include "agent/push.h"
#include "agent/service.h"
#include "agent/stop.h"
#include "base/log.h"

/* Exit statuses; attestd(8) promises them. */
enum status {
	STATUS_GOOD = ATT_SERVICE_GOOD,
	STATUS_USAGE = 2,
	STATUS_INPUT = ATT_SERVICE_INPUT,
	/*
	 * --configured alone. Not 1: what a unit calls a success
	 * (SuccessExitStatus=) is one for its ExecCondition=, too.
	 */
	STATUS_NOT_YET = 5,
	STATUS_BROKEN = 255,
};

enum job {
	JOB_SERVE,
	JOB_CHECK,		/* --check-config */
	JOB_CONFIGURED,		/* --configured */
	JOB_DEVICES,		/* --devices */
	JOB_MEASURE,		/* --measure */
	JOB_ONCE,		/* --once */
};

#define OPT_JOB 256	/* of the option of a job */

struct options {
	const char *config;
	enum job job;
	unsigned jobs;		/* that were asked for */
	const char *challenge;	/* of --devices */
};

static int
usage(FILE *to, int status)
{
	(void)fputs("usage: attestd [-c FILE] [--once]\n"
		    "       attestd [-c FILE] --check-config | --configured\n"
		    "       attestd [-c FILE] --measure\n"
		    "       attestd [-c FILE] --devices CHALLENGE\n"
		    "       attestd --help | --version\n",
	    to);
	return status;
}

static int
attest_once(const struct att_agent_config *config)
{
	AUTO_DONE(att_push_done) struct att_push p = { 0 };
	AUTO_DONE(att_round_done) struct att_round r = { 0 };

	att_push_init(&p, config);
	att_push_once(&p, &r);
	return att_round_exit_status(&r);
}

/* For ExecCondition= of units, which has a number for each. */
static int
configured(const char *path)
{
	struct att_err err = { 0 };
	bool set = false;

	if (att_agent_config_look(path, &set, &err) < 0) {
		(void)att_log_err(ATT_LOG_ERR, "configuration", &err);
		return STATUS_BROKEN;
	}
	if (!set)
		att_log(ATT_LOG_INFO, "not configured yet: verifier_urls and "
		    "registrar_urls are not set in %s", path);
	return set ? STATUS_GOOD : STATUS_NOT_YET;
}

/* What is done with a configuration, and then it ends. */
static int
run_with(const struct options *o, const struct att_agent_config *config)
{
	if (o->job == JOB_CHECK)
		return att_check_files(config) == 0 ? STATUS_GOOD :
						      STATUS_INPUT;
	att_log_open("attestd",
	    (enum att_log_level)(ATT_LOG_ERR + config->log_level));
	switch (o->job) {
	case JOB_MEASURE:
		return att_measurer_main(config);
	case JOB_DEVICES:
		return att_devices_main(config, o->challenge);
	default:
		return attest_once(config);
	}
}

static int
run(const struct options *o)
{
	AUTO_DONE(att_agent_config_done) struct att_agent_config config = {
		0 };
	struct att_err err = { 0 };

	if (o->job == JOB_SERVE)
		return att_service_main(o->config);
	if (o->job == JOB_CONFIGURED)
		return configured(o->config);
	if (att_agent_config_load(o->config, &config, &err) < 0) {
		(void)att_log_err(ATT_LOG_ERR, "configuration", &err);
		return att_service_status_of(err.code);
	}
	return run_with(o, &config);
}

static void
ask_for(struct options *o, enum job job)
{
	o->job = job;
	o->jobs++;
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "check-config", no_argument, NULL, OPT_JOB + JOB_CHECK },
		{ "configured", no_argument, NULL, OPT_JOB + JOB_CONFIGURED },
		{ "devices", required_argument, NULL, OPT_JOB + JOB_DEVICES },
		{ "measure", no_argument, NULL, OPT_JOB + JOB_MEASURE },
		{ "once", no_argument, NULL, OPT_JOB + JOB_ONCE },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	struct options o = { .config = ATT_AGENT_CONFIG_PATH };
	int c;

	att_log_open("attestd", ATT_LOG_INFO);
	while ((c = getopt_long(argc, argv, "c:hV", options, NULL)) != -1) {
		switch (c) {
		case 'c':
			o.config = optarg;
			break;
		case OPT_JOB + JOB_DEVICES:
			o.challenge = optarg;
			ask_for(&o, JOB_DEVICES);
			break;
		case OPT_JOB + JOB_CHECK:
		case OPT_JOB + JOB_CONFIGURED:
		case OPT_JOB + JOB_MEASURE:
		case OPT_JOB + JOB_ONCE:
			ask_for(&o, (enum job)(c - OPT_JOB));
			break;
		case 'h':
			return usage(stdout, STATUS_GOOD);
		case 'V':
			(void)puts("attestd " ATT_VERSION);
			return STATUS_GOOD;
		default:
			return usage(stderr, STATUS_USAGE);
		}
	}
	if (optind != argc || o.jobs > 1)
		return usage(stderr, STATUS_USAGE);
	(void)umask(077);
	(void)signal(SIGPIPE, SIG_IGN);
	/* a thread's own arena grows by a page, and a call, at a time */
	(void)mallopt(M_ARENA_MAX, 1);
	att_stop_arm();
	return run(&o);
}
