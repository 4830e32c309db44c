/*
 * Documents of the operator at a verifier: put, list, get, delete. Those of
 * `attestctl reference` and of `attestctl runtime`.
 */
#ifndef ATT_AGENT_CTL_DOCUMENTS_H
#define ATT_AGENT_CTL_DOCUMENTS_H

#include "agent/ctl.h"

struct att_ctl_documents {
	const char *path;	/* below /operator/v1, and in the list's JSON */
	size_t max;		/* bytes of one */
	/* Parses one and gives its id; *ret is the caller's. */
	int (*id)(struct att_slice text, char **ret, struct att_err *err);
};
extern const struct att_ctl_documents att_ctl_references;
extern const struct att_ctl_documents att_ctl_runtimes;

/* True for a verb that asks a verifier. */
bool att_ctl_documents_has(const char *verb) ATT_MUST;

/* The command with such a verb in argv[1]; returns an exit status. */
int att_ctl_documents(const struct att_ctl_command *cmd,
    const struct att_ctl_documents *kind, int argc, char **argv) ATT_MUST;

#endif
