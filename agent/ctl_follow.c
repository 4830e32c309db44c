/* attestctl follow: brings the system in line with the verdict; for a unit. */
#include <getopt.h>

#include <systemd/sd-daemon.h>

#include "agent/ctl_agent.h"
#include "agent/follow.h"
#include "agent/stop.h"
#include "base/log.h"

/* One pass of another: a TPM that makes its EK, and some programs. */
#define LOCK_MS 90000u

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
	if (gate.state == ATT_GATE_OPEN)
		(void)sd_notifyf(0, "STATUS=trusted by %s", gate.verifier);
	else
		(void)sd_notifyf(0, "STATUS=not trusted: %s", gate.reason);
	return ATT_CTL_GOOD;
}

int
att_ctl_follow(const struct att_ctl_command *cmd, int argc, char **argv)
{
	const char *file = NULL;
	const struct att_ctl_option table[] = {
		{ "config", 'c', .text = &file },
		{ 0 },
	};
	int status;

	if (!att_ctl_options(cmd, table, NULL, argc, argv, &status))
		return status;
	if (optind != argc)
		return att_ctl_misused(cmd, "no word is wanted");
	return follow(file);
}
