/* Takes the network from a process that has to read what is hostile. */
#ifndef ATT_AGENT_SECLUDE_H
#define ATT_AGENT_SECLUDE_H

#include "base/err.h"

/*
 * From now on, and for all that it starts, this process, with all its threads,
 * opens no socket but those of this machine (AF_UNIX), gains no privilege by
 * running a program, and uses no io_uring, which knows sockets of its own. What
 * is open stays so. ATT_E_UNSUPPORTED on machines whose system calls are not
 * known here.
 */
int att_seclude(struct att_err *err) ATT_MUST;

#endif
