/*
 * attestd: keeps this node's attestation key and proves to a verifier, again
 * and again, what the node booted. Listens nowhere.
 */
#include <getopt.h>
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
};

struct options {
	const char *config;
	bool check_config;
	bool once;
	bool measure;
	const char *devices;	/* a challenge; NULL: something else */
	bool stays;		/* none of these: it is the service */
};

static int
usage(FILE *to, int status)
{
	(void)fputs("usage: attestd [-c FILE] [--once]\n"
		    "       attestd [-c FILE] --check-config\n"
		    "       attestd [-c FILE] --measure\n"
		    "       attestd [-c FILE] --devices CHALLENGE\n"
		    "       attestd --help | --version\n",
	    to);
	return status;
}

static int
run_once(struct att_push *p)
{
	AUTO_DONE(att_round_done) struct att_round r = { 0 };

	att_push_once(p, &r);
	return att_round_exit_status(&r);
}

static int
run(const struct options *o)
{
	AUTO_DONE(att_agent_config_done) struct att_agent_config config = {
		0 };
	AUTO_DONE(att_push_done) struct att_push push = { 0 };
	struct att_err err = { 0 };

	if (o->stays)
		return att_service_main(o->config);
	if (att_agent_config_load(o->config, &config, &err) < 0) {
		(void)att_log_err(ATT_LOG_ERR, "configuration", &err);
		return att_service_status_of(err.code);
	}
	if (o->check_config)
		return att_check_files(&config) == 0 ? STATUS_GOOD :
						       STATUS_INPUT;
	att_log_open("attestd",
	    (enum att_log_level)(ATT_LOG_ERR + config.log_level));
	if (o->measure)
		return att_measurer_main(&config);
	if (o->devices != NULL)
		return att_devices_main(&config, o->devices);
	att_push_init(&push, &config);
	push.devices.config_path = o->config;
	return run_once(&push);
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "check-config", no_argument, NULL, 'k' },
		{ "devices", required_argument, NULL, 'd' },
		{ "measure", no_argument, NULL, 'm' },
		{ "once", no_argument, NULL, '1' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	struct options o = { .config = ATT_AGENT_CONFIG_PATH };
	int c, things;

	att_log_open("attestd", ATT_LOG_INFO);
	while ((c = getopt_long(argc, argv, "c:hV", options, NULL)) != -1) {
		switch (c) {
		case 'c':
			o.config = optarg;
			break;
		case 'k':
			o.check_config = true;
			break;
		case '1':
			o.once = true;
			break;
		case 'd':
			o.devices = optarg;
			break;
		case 'm':
			o.measure = true;
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
	things = o.once + o.check_config + o.measure + (o.devices != NULL);
	if (optind != argc || things > 1)
		return usage(stderr, STATUS_USAGE);
	o.stays = things == 0;
	(void)umask(077);
	(void)signal(SIGPIPE, SIG_IGN);
	att_stop_arm();
	return run(&o);
}
