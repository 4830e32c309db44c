/* attestctl follow: brings the system in line with the verdict; for a unit. */
#include <getopt.h>

#include <systemd/sd-daemon.h>

#include "agent/ctl_agent.h"
#include "agent/follow.h"
#include "agent/stop.h"
#include "base/log.h"

/* One pass of another: a TPM that is busy, and some programs. */
#define LOCK_MS 60000u

static int
follow(const char *file)
{
	AUTO_DONE(att_agent_config_done) struct att_agent_config config = {
		0 };
	struct att_gate gate = { 0 };
	struct att_err err = { 0 };
	int status = att_ctl_config(file, &config);

	if (status != ATT_CTL_GOOD)
		return status;
	att_log_open("attestctl", ATT_LOG_NOTICE);
	att_stop_arm();
	if (att_follow(&config, &att_manager_system, LOCK_MS, &gate, &err) <
		0)
		return att_ctl_fail("follow", &err);
	(void)sd_notifyf(0, "STATUS=%s%s%s", att_gate_name(gate.state),
	    gate.reason[0] != '\0' ? ": " : "", gate.reason);
	return ATT_CTL_GOOD;
}

int
att_ctl_follow(const struct att_ctl_command *cmd, int argc, char **argv)
{
	static const struct option names[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "config", required_argument, NULL, 'c' },
		{ NULL, 0, NULL, 0 },
	};
	const char *file = NULL;
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, "c:h", names, NULL)) != -1)
		switch (c) {
		case 'h':
			return att_ctl_help(cmd);
		case 'c':
			file = optarg;
			break;
		default:
			return att_ctl_bad_option(cmd, argv[optind - 1]);
		}
	if (optind != argc)
		return att_ctl_misused(cmd, "no word is wanted");
	return follow(file);
}
