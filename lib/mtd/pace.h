/*
 * How fast a chip is read, and in whose time. A controller of Intel polls: a
 * read costs a core as long as it takes, and on a node that computes that
 * must be seen by nobody.
 */
#ifndef ATT_MTD_PACE_H
#define ATT_MTD_PACE_H

#include <sched.h>

#include "base/err.h"

#define ATT_PACE_RATE_MIN 4096			/* bytes per second */
#define ATT_PACE_RATE_MAX ((uint64_t)1 << 40)
#define ATT_PACE_DUTY_MAX 100			/* percent */

struct att_pace {
	uint64_t rate;	/* bytes per second; 0: as fast as it goes */
	unsigned duty;	/* percent of the time spent reading; 0: all */
};

/* ATT_E_USAGE, with the range that is taken. */
int att_pace_check(const struct att_pace *p, struct att_err *err) ATT_MUST;
/*
 * When the next read may begin after one of `bytes`, at most 16 MiB, that took
 * from `began` to `ended`; nanoseconds. Time that was lost is not made up for:
 * a machine that slept is not read in a burst.
 */
uint64_t att_pace_next(const struct att_pace *p, uint64_t began,
    uint64_t ended, uint64_t bytes) ATT_MUST;

/*
 * Puts the calling thread behind all others: SCHED_IDLE, the idle class of
 * I/O, and off the CPUs that `dir` (/sys/devices/system/cpu) lists as isolated
 * or nohz_full. Each is tried; the first that failed is returned, and what did
 * not fail stays in force: the caller reports it and goes on.
 */
int att_pace_background(const char *dir, struct att_err *err) ATT_MUST;
/*
 * Takes the CPUs of a list as the kernel writes it ("2-5,8", "", "(null)") out
 * of `set`. ATT_E_FORMAT for anything else, and `set` is as it was.
 */
int att_pace_without(const char *list, cpu_set_t *set, struct att_err *err)
    ATT_MUST;

#endif
