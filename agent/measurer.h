/*
 * When attestd has the firmware measured, and by whom: by `attestd --measure`,
 * a process of its own. It reads what may be hostile, so it is started anew,
 * with nothing in its memory or among its descriptors that a token or a
 * connection was in; it may hang in a driver, where nobody but the kernel ends
 * it; and it can be handed to another service without a change here.
 */
#ifndef ATT_AGENT_MEASURER_H
#define ATT_AGENT_MEASURER_H

#include <sys/types.h>

#include "config/agent_config.h"

/* Exit statuses of attestd --measure beside those of attestd. */
#define ATT_MEASURER_SAME 0	/* measured; the document says the same */
#define ATT_MEASURER_NEWS 1	/* measured; it says something else */

struct att_measurer {
	const struct att_agent_config *config;	/* borrowed */
	const char *config_path;
	pid_t pid;		/* 0: none runs */
	int fd;			/* readable once it has ended; -1: none */
	uint64_t due;		/* when the next begins, or UINT64_MAX; and */
	uint64_t kill_at;	/* when this one has to be over: ms, steady */
	bool asked;		/* by SIGTERM, to end */
	bool on_demand;		/* no pass follows another by itself */
	bool renews;		/* what there was counts nothing */
	bool failed;		/* the last one measured nothing */
	bool news;		/* it says something else than before */
};

/*
 * The first pass is due soon, within ATT_MEASURER_SOON seconds, at a time that
 * is another on each node; if this boot has a document already, `interval`
 * after that. `random` is any number.
 */
#define ATT_MEASURER_SOON 60
void att_measurer_init(struct att_measurer *m,
    const struct att_agent_config *config, const char *config_path,
    uint64_t now, uint64_t random);
/* From now on no pass begins that nobody asked for. */
void att_measurer_on_demand(struct att_measurer *m);
/* A pass now, unless one runs, whatever the interval. */
void att_measurer_ask(struct att_measurer *m, uint64_t now);
/*
 * The same by itself, as what there is counts nothing any more; one that runs
 * will do. Not where none ever follows by itself, nor soon after one that
 * failed: so there is one for each cause.
 */
void att_measurer_renew(struct att_measurer *m, uint64_t now);
/* One runs, or is to begin now. */
bool att_measurer_is_busy(const struct att_measurer *m, uint64_t now) ATT_MUST;
/* Ends one that runs, and does not wait for one that cannot be ended. */
void att_measurer_done(struct att_measurer *m);

/* Milliseconds until att_measurer_tend has something to do; fd may be first. */
uint64_t att_measurer_wait(const struct att_measurer *m, uint64_t now)
    ATT_MUST;
/*
 * Begins a pass that is due, takes leave of one that has ended, and ends one
 * that takes too long; never waits. True: a verifier should hear soon of what
 * the document says, and nobody asked for this pass who tells it.
 */
bool att_measurer_tend(struct att_measurer *m, uint64_t now) ATT_MUST;

/* In the child: the whole of `attestd --measure`. Returns an exit status. */
int att_measurer_main(const struct att_agent_config *config) ATT_MUST;

#endif
