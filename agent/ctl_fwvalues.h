/* attestctl reference firmware: reference values of what flash chips hold. */
#ifndef ATT_AGENT_CTL_FWVALUES_H
#define ATT_AGENT_CTL_FWVALUES_H

#include "agent/ctl.h"

/* argv[0] is "firmware"; returns an exit status. */
int att_ctl_fwvalues(const struct att_ctl_command *cmd, int argc, char **argv)
    ATT_MUST;

#endif
