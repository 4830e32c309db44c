/* `attestctl reference` at a verifier: put, list, get, delete. */
#ifndef ATT_AGENT_CTL_REFERENCE_SERVER_H
#define ATT_AGENT_CTL_REFERENCE_SERVER_H

#include "agent/ctl.h"

/* True for a verb that asks a verifier. */
bool att_ctl_reference_is_served(const char *verb) ATT_MUST;

/* The command with such a verb in argv[1]; returns an exit status. */
int att_ctl_reference_server(const struct att_ctl_command *cmd, int argc,
    char **argv) ATT_MUST;

#endif
