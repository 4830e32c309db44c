/* What subcommands of attestctl that work on evidence files share. */
#ifndef ATT_AGENT_CTL_BUNDLE_H
#define ATT_AGENT_CTL_BUNDLE_H

#include "agent/ctl.h"
#include "appraise/refdoc.h"
#include "evidence/bundle.h"

/*
 * Each reads a file and returns ATT_CTL_GOOD with what is the caller's, or an
 * exit status, with the reason printed.
 */
int att_ctl_bundle(const char *file, struct att_bundle **ret) ATT_MUST;
/* Of any kind; it is added behind the others. */
int att_ctl_reference_file(const char *file, struct att_refdocs *docs)
    ATT_MUST;

/* JSON, pretty, to `file` as att_ctl_write; takes `j`. NULL: no memory. */
int att_ctl_put_json(const char *file, json_t *j) ATT_MUST;

#endif
