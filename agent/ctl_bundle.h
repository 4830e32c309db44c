/* What subcommands of attestctl that work on evidence files share. */
#ifndef ATT_AGENT_CTL_BUNDLE_H
#define ATT_AGENT_CTL_BUNDLE_H

#include "agent/ctl.h"
#include "appraise/refdoc.h"
#include "evidence/bundle.h"

#define ATT_CTL_WORDS_MAX ATT_REF_GLOBS_MAX	/* of a repeated option */

/* Values of an option that may stand more than once; ends in NULL. */
struct att_ctl_words {
	size_t count;
	const char *word[ATT_CTL_WORDS_MAX + 1];
};
/* ATT_CTL_GOOD, or misused: one too many. */
int att_ctl_words_add(const struct att_ctl_command *cmd,
    struct att_ctl_words *w, const char *word) ATT_MUST;

/*
 * Each reads a file and returns ATT_CTL_GOOD with what is the caller's, or an
 * exit status, with the reason printed.
 */
int att_ctl_bundle(const char *file, struct att_bundle **ret) ATT_MUST;
/* Of any kind; it is added behind the others. */
int att_ctl_reference_file(const char *file, struct att_refdocs *docs)
    ATT_MUST;

/* "0-7,9" and "sha256", or misused. */
int att_ctl_pcrs(const struct att_ctl_command *cmd, const char *text,
    uint32_t *ret) ATT_MUST;
int att_ctl_bank(const struct att_ctl_command *cmd, const char *text,
    uint16_t *ret) ATT_MUST;

/* JSON, pretty, to `file` as att_ctl_write; takes `j`. */
int att_ctl_put_json(const char *file, json_t *j) ATT_MUST;

#endif
