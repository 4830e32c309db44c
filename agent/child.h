/*
 * Work that is done by a child, one at a time. It has none of this process's
 * descriptors but 0, 1, 2 and what it is given, so that it holds no lock; it
 * ends with this process, and after its time in any case, as far as the kernel
 * lets it.
 */
#ifndef ATT_AGENT_CHILD_H
#define ATT_AGENT_CHILD_H

#include <sys/types.h>

#include "base/err.h"

/* Starts from zero; att_child_stop ends it. */
struct att_child {
	pid_t pid;	/* 0: none */
	bool failed;	/* how the last one that was buried ended */
};

/*
 * Calls work(arg) in a child, which fails if that returns below 0 or does not
 * return, and ends after so many seconds; 0: it has all time. `give`, of at
 * most ATT_CHILD_FDS up to a -1, or NULL, become its descriptors from
 * ATT_CHILD_FD on. ATT_E_BUSY if one runs still; ATT_E_SYS if none can be had.
 * SIGTERM and SIGINT stay blocked there if they are here (agent/stop.h), and
 * nobody sends them: stopping is SIGKILL.
 *
 * Where this process has other threads the work must be execv and nothing else:
 * locks that they held as it was forked nobody gives back, memory's too. The
 * child ends with the thread that started it.
 */
#define ATT_CHILD_FD 3
#define ATT_CHILD_FDS 2
int att_child_start(struct att_child *c, int (*work)(void *arg), void *arg,
    const int *give, unsigned seconds, struct att_err *err) ATT_MUST;
/* True while it runs; the first time that it does not, it is buried. */
bool att_child_runs(struct att_child *c) ATT_MUST;
/* Kills it and waits for that, but not for one that the kernel holds. */
void att_child_stop(struct att_child *c);

#endif
