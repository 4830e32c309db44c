/*
 * What the subcommands of attestctl share: one file agent/ctl_NAME.c each,
 * with one entry, listed in attestctl.c once it exists.
 */
#ifndef ATT_AGENT_CTL_H
#define ATT_AGENT_CTL_H

#include "base/pcr.h"

/* Exit statuses; attestctl(1) promises them. */
enum att_ctl_status {
	ATT_CTL_GOOD = 0,
	ATT_CTL_VERDICT = 1,	/* done, and the verdict is not good */
	ATT_CTL_USAGE = 2,
	ATT_CTL_INPUT = 3,	/* malformed or refused input */
	ATT_CTL_SYSTEM = 4,
};

struct att_ctl_command {
	const char *name;
	const char *usage;	/* a line for each form, without the name */
	const char *summary;
	/* argv[0] is the name; returns an exit status */
	int (*run)(const struct att_ctl_command *cmd, int argc, char **argv);
};

int att_ctl_attest(const struct att_ctl_command *cmd, int argc, char **argv)
    ATT_MUST;
int att_ctl_doctor(const struct att_ctl_command *cmd, int argc, char **argv)
    ATT_MUST;
int att_ctl_eventlog(const struct att_ctl_command *cmd, int argc,
    char **argv) ATT_MUST;
int att_ctl_evidence(const struct att_ctl_command *cmd, int argc,
    char **argv) ATT_MUST;
int att_ctl_firmware(const struct att_ctl_command *cmd, int argc,
    char **argv) ATT_MUST;
int att_ctl_follow(const struct att_ctl_command *cmd, int argc, char **argv)
    ATT_MUST;
int att_ctl_gate(const struct att_ctl_command *cmd, int argc, char **argv)
    ATT_MUST;
int att_ctl_ima(const struct att_ctl_command *cmd, int argc, char **argv)
    ATT_MUST;
int att_ctl_node(const struct att_ctl_command *cmd, int argc, char **argv)
    ATT_MUST;
int att_ctl_posture(const struct att_ctl_command *cmd, int argc, char **argv)
    ATT_MUST;
int att_ctl_quote(const struct att_ctl_command *cmd, int argc, char **argv)
    ATT_MUST;
int att_ctl_reference(const struct att_ctl_command *cmd, int argc,
    char **argv) ATT_MUST;
int att_ctl_result(const struct att_ctl_command *cmd, int argc, char **argv)
    ATT_MUST;
int att_ctl_runtime(const struct att_ctl_command *cmd, int argc, char **argv)
    ATT_MUST;
int att_ctl_spdm(const struct att_ctl_command *cmd, int argc, char **argv)
    ATT_MUST;
int att_ctl_status(const struct att_ctl_command *cmd, int argc, char **argv)
    ATT_MUST;
int att_ctl_verify(const struct att_ctl_command *cmd, int argc, char **argv)
    ATT_MUST;

/*
 * Each prints one line "attestctl: ..." to standard error, clean, and returns
 * the exit status. `file` is named before the text; NULL: the text says it.
 */
int att_ctl_fail(const char *file, const struct att_err *err) ATT_MUST;
int att_ctl_nomem(void) ATT_MUST;
/* "attestctl: eventlog: why", then the usage. */
int att_ctl_misused(const struct att_ctl_command *cmd, const char *fmt, ...)
    ATT_PRINTF(2, 3) ATT_MUST;
/* A line that is no failure. */
void att_ctl_note(const char *file, const char *fmt, ...) ATT_PRINTF(2, 3);
/* Usage on standard output, for --help. */
int att_ctl_help(const struct att_ctl_command *cmd) ATT_MUST;

/*
 * Appends a whole file, "-" for standard input, to `ret` under its limit; one
 * that is not there is a failure of the system, as nothing is malformed.
 */
int att_ctl_read(const char *file, struct att_buf *ret, struct att_err *err)
    ATT_MUST;
/* "standard input" for "-". */
const char *att_ctl_file_name(const char *file) ATT_MUST;

/*
 * Standard output. What cannot be written is reported once, when attestctl
 * ends, and its exit status is ATT_CTL_SYSTEM then.
 */
void att_ctl_put(const struct att_buf *b);
/*
 * Registers: lines "<bank> <index> <hex>" and nothing else, or JSON. `file` is
 * whose they are; returns an exit status.
 */
int att_ctl_put_registers(const char *file, const struct att_pcrs *p,
    bool json) ATT_MUST;
/* True if standard output is a terminal that shows colours (no NO_COLOR). */
bool att_ctl_colour(void) ATT_MUST;

#endif
