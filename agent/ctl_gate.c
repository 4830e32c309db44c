/* attestctl gate: may what waits for this node to be trusted start? */
#include <getopt.h>

#include "agent/ctl_agent.h"
#include "agent/gate.h"

struct options {
	const struct att_ctl_command *cmd;
	const char *config;
	bool cached;
};

/* Exit statuses of a gate; whatever is not 0 keeps a unit from starting. */
static int
status_of(enum att_gate_state s)
{
	switch (s) {
	case ATT_GATE_OPEN:
		return ATT_CTL_GOOD;
	case ATT_GATE_CLOSED:
		return ATT_CTL_VERDICT;
	case ATT_GATE_UNDECIDED:
		break;
	}
	return ATT_CTL_SYSTEM;
}

/* By what is there already: for who asks often and cannot wait. */
static int
judge_cached(const struct att_agent_config *config)
{
	struct att_gate_tpm tpm;
	struct att_gate g;

	att_gate_tpm_kept(config, &tpm);
	att_gate_judge(config, &tpm, &g);
	if (g.state != ATT_GATE_OPEN)
		att_ctl_note("gate", "%s: %s", att_gate_name(g.state),
		    g.reason);
	return status_of(g.state);
}

static int
gate(const struct options *o)
{
	AUTO_DONE(att_agent_config_done) struct att_agent_config config = {
		0 };
	int status = att_ctl_config(o->config, &config);

	if (status != ATT_CTL_GOOD)
		return status;
	return judge_cached(&config);
}

enum { OPT_CACHED = 256 };

int
att_ctl_gate(const struct att_ctl_command *cmd, int argc, char **argv)
{
	static const struct option names[] = {
		{ "cached", no_argument, NULL, OPT_CACHED },
		{ "config", required_argument, NULL, 'c' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct options o = { .cmd = cmd };
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, "c:h", names, NULL)) != -1)
		switch (c) {
		case OPT_CACHED:
			o.cached = true;
			break;
		case 'c':
			o.config = optarg;
			break;
		case 'h':
			return att_ctl_help(cmd);
		default:
			return att_ctl_bad_option(cmd, argv[optind - 1]);
		}
	if (optind != argc)
		return att_ctl_misused(cmd, "no word is wanted");
	if (!o.cached)
		return att_ctl_misused(cmd, "--cached is wanted");
	return gate(&o);
}
