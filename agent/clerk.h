/*
 * A thread for work that others wait for. A process that goes into the
 * background runs only when nobody else does: what it does under a lock, or in
 * a TPM, could then hold up for seconds those who are in front. The thread
 * stays as the process was when it was made, and does such work.
 */
#ifndef ATT_AGENT_CLERK_H
#define ATT_AGENT_CLERK_H

#include "base/err.h"

struct att_clerk;

/* ATT_E_SYS if there can be no thread. */
int att_clerk_new(struct att_clerk **ret, struct att_err *err) ATT_MUST;
void att_clerk_free(struct att_clerk *c);
ATT_DEFINE_AUTO(struct att_clerk, att_clerk_free)

/* Calls work(arg) there and waits; `c` NULL: calls it here. */
void att_clerk_do(struct att_clerk *c, void (*work)(void *arg), void *arg);

#endif
