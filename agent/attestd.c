/*
 * attestd: keeps this node's attestation key and proves to a verifier, again
 * and again, what the node booted. Listens nowhere.
 */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <systemd/sd-daemon.h>

#include "agent/check_files.h"
#include "agent/measurer.h"
#include "agent/push.h"
#include "agent/steady.h"
#include "agent/stop.h"
#include "base/file.h"
#include "base/log.h"
#include "crypto/random.h"

/* Exit statuses; attestd(8) promises them. */
enum status {
	STATUS_GOOD = 0,
	STATUS_USAGE = 2,
	STATUS_INPUT = 3,
	STATUS_SYSTEM = 4,
};

/* A loop comes back anyway; a measuring pass asks the TPM for its clock. */
#define LOCK_MS 700u

struct options {
	const char *config;
	bool check_config;
	bool once;
	bool measure;
	const char *devices;	/* a challenge; NULL: something else */
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
status_of(const struct att_err *err)
{
	switch (att_code_kind(err->code)) {
	case ATT_KIND_INPUT:
	case ATT_KIND_LIMIT:
		/* a file that is not there is not malformed */
		return err->code == ATT_E_NOT_FOUND ? STATUS_SYSTEM :
						      STATUS_INPUT;
	case ATT_KIND_OK:
	case ATT_KIND_SYSTEM:
		break;
	}
	return STATUS_SYSTEM;
}

/* For `systemctl status`; without systemd nobody hears it. */
static void
tell_systemd(const struct att_round *r, const struct att_measurer *m,
    uint64_t wait_ms)
{
	bool accepted = r->outcome == ATT_OUTCOME_ACCEPTED;
	const char *reason = att_round_reason(r);

	(void)sd_notifyf(0, "STATUS=%s%s%s, next in %llu s%s",
	    accepted ? att_standing_name(r->standing) :
		       att_outcome_name(r->outcome),
	    reason[0] != '\0' ? ": " : "", reason,
	    (unsigned long long)(wait_ms / 1000),
	    m->pid != 0 ? "; measuring the firmware" : "");
}

static int
run_once(struct att_push *p)
{
	AUTO_DONE(att_round_done) struct att_round r = { 0 };

	att_push_once(p, &r);
	return att_round_exit_status(&r);
}

/* A server that takes nothing now said for how long: no news goes before. */
static bool
is_held_off(const struct att_round *r)
{
	return r->outcome != ATT_OUTCOME_ACCEPTED && r->wait > 0;
}

/* Attests, and has the firmware measured beside that, until asked to end. */
static void
loop(struct att_push *p, struct att_measurer *m)
{
	uint64_t now = att_steady_now(), due = now;
	bool held_off = false;

	while (!att_stop_wait_for(ATT_MIN(due <= now ? 0 : due - now,
	    att_measurer_wait(m, now)), m->fd)) {
		AUTO_DONE(att_round_done) struct att_round r = { 0 };

		now = att_steady_now();
		/* what it found belongs into the next evidence, which is now */
		if (att_measurer_tend(m, now) && !held_off)
			due = now;
		if (now < due)
			continue;
		due = att_push_run(p, LOCK_MS, &r);
		held_off = is_held_off(&r);
		tell_systemd(&r, m, due);
		now = att_steady_now();
		due += now;
	}
}

static uint64_t
random_number(void)
{
	uint64_t n = 0;

	/* for a spread: without it the first pass is at once */
	return att_random(&n, sizeof(n), NULL) < 0 ? 0 : n;
}

/* Two that stay would end each other's tokens, round by round. */
static int
run_for_ever(struct att_push *p, const char *config_path)
{
	AUTO_DONE(att_fd_done) int lock = -1;
	AUTO_DONE(att_measurer_done) struct att_measurer m = { .fd = -1 };
	struct att_err err = { 0 };

	if (att_state_stay(p->config->state_dir, &lock, &err) < 0) {
		(void)att_log_err(ATT_LOG_ERR, "attestd does not start", &err);
		return STATUS_SYSTEM;
	}
	(void)sd_notify(0, "READY=1");
	att_measurer_init(&m, p->config, config_path, att_steady_now(),
	    random_number());
	loop(p, &m);
	(void)sd_notify(0, "STOPPING=1");
	att_log(ATT_LOG_INFO, "asked to end");
	return STATUS_GOOD;
}

static int
run(const struct options *o)
{
	AUTO_DONE(att_agent_config_done) struct att_agent_config config = {
		0 };
	AUTO_DONE(att_push_done) struct att_push push = { 0 };
	struct att_err err = { 0 };

	if (att_agent_config_load(o->config, &config, &err) < 0) {
		(void)att_log_err(ATT_LOG_ERR, "configuration", &err);
		return status_of(&err);
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
	return o->once ? run_once(&push) : run_for_ever(&push, o->config);
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
	int c;

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
	if (optind != argc ||
	    o.once + o.check_config + o.measure + (o.devices != NULL) > 1)
		return usage(stderr, STATUS_USAGE);
	(void)umask(077);
	(void)signal(SIGPIPE, SIG_IGN);
	att_stop_arm();
	return run(&o);
}
