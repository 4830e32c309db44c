/* attestctl: asks attestd and the verifier, or works offline on files. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "agent/ctl.h"

static const struct att_ctl_command commands[] = {
	{ "eventlog",
	    "replay [--ccel | --cel] [--json] [--userspace LOG] FILE\n"
	    "show [--ccel | --cel] [--json] FILE",
	    "Event logs: the registers they account for, what they say.",
	    att_ctl_eventlog },
	{ "ima",
	    "replay [--hash ALG] [--json] [--padded] FILE\n"
	    "show [--hash ALG] [--json] FILE",
	    "IMA lists: the registers they account for, their entries.",
	    att_ctl_ima },
};

static int
usage(FILE *to, int status)
{
	(void)fputs("usage: attestctl COMMAND [ARGUMENT...]\n"
		    "       attestctl COMMAND --help\n"
		    "       attestctl --help | --version\n\n",
	    to);
	for (size_t i = 0; i < ATT_COUNT(commands); i++)
		(void)fprintf(to, "  %-10s %s\n", commands[i].name,
		    commands[i].summary);
	return status;
}

static int
run(int argc, char **argv)
{
	if (argc < 2)
		return usage(stderr, ATT_CTL_USAGE);
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		return usage(stdout, ATT_CTL_GOOD);
	if (strcmp(argv[1], "--version") == 0) {
		(void)puts("attestctl " ATT_VERSION);
		return ATT_CTL_GOOD;
	}
	for (size_t i = 0; i < ATT_COUNT(commands); i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(&commands[i], argc - 1,
			    argv + 1);
	att_ctl_note(argv[1], "no such command");
	return usage(stderr, ATT_CTL_USAGE);
}

/* A full disk is found out here at the latest. */
static int
close_output(int status)
{
	bool failed = ferror(stdout) != 0;

	errno = 0;
	if (fclose(stdout) == 0 && !failed)
		return status;
	att_ctl_note(NULL, "standard output: %s",
	    errno == 0 ? "cannot be written" : strerror(errno));
	return ATT_CTL_SYSTEM;
}

int
main(int argc, char **argv)
{
	return close_output(run(argc, argv));
}
