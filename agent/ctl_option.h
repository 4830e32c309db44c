/* Options of a subcommand of attestctl: what each is called, where it goes. */
#ifndef ATT_AGENT_CTL_OPTION_H
#define ATT_AGENT_CTL_OPTION_H

#include "agent/ctl.h"
#include "appraise/refhead.h"

#define ATT_CTL_OPTIONS_MAX 24
#define ATT_CTL_WORDS_MAX ATT_REF_GLOBS_MAX

/* Values of an option that may stand more than once; ends in NULL. */
struct att_ctl_words {
	size_t count;
	const char *word[ATT_CTL_WORDS_MAX + 1];
};

/* The one place that is set says of what kind it is; a flag takes no value. */
struct att_ctl_option {
	const char *name;
	char letter;		/* for short, or 0 */
	bool *flag;
	const char **text;
	struct att_ctl_words *words;
	uint32_t *pcrs;		/* "0-7,9" */
	int64_t *time;		/* "2026-11-24T15:04:05Z" */
	int64_t *number;
	int64_t min, max;	/* of the number */
	/* anything else: an exit status, the reason printed */
	int (*set)(void *arg, const char *value);
};

/*
 * Reads the command line up to its words, of which argv[optind] is the first.
 * `table` ends with an option without a name; --help is in every one. False:
 * there is nothing left to do but to end with *ret_status.
 */
bool att_ctl_options(const struct att_ctl_command *cmd,
    const struct att_ctl_option *table, void *arg, int argc, char **argv,
    int *ret_status) ATT_MUST;

#endif
