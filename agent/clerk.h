/*
 * A thread for work that others wait for, or that an event loop must not wait
 * for. It stays as the process was when it was made: one that goes into the
 * background runs only when nobody else does, and what it did under a lock, or
 * in a TPM, could hold up for seconds those who are in front.
 *
 * It does one thing at a time; who gives it work is one thread.
 */
#ifndef ATT_AGENT_CLERK_H
#define ATT_AGENT_CLERK_H

#include "base/err.h"

struct att_clerk;

/* ATT_E_SYS if there can be no thread. */
int att_clerk_new(struct att_clerk **ret, struct att_err *err) ATT_MUST;
/* Waits for what it does still. */
void att_clerk_free(struct att_clerk *c);
ATT_DEFINE_AUTO(struct att_clerk, att_clerk_free)

/* Calls work(arg) there and waits; `c` NULL: calls it here. */
void att_clerk_do(struct att_clerk *c, void (*work)(void *arg), void *arg);

/*
 * The same without waiting: att_clerk_fd is readable once it is done, until
 * att_clerk_ended says so, one time. Nothing else is given to it meanwhile.
 */
void att_clerk_begin(struct att_clerk *c, void (*work)(void *arg), void *arg);
int att_clerk_fd(const struct att_clerk *c) ATT_MUST;
bool att_clerk_ended(struct att_clerk *c) ATT_MUST;

#endif
