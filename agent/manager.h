/* The service manager, through its own programs, each for a bounded time. */
#ifndef ATT_AGENT_MANAGER_H
#define ATT_AGENT_MANAGER_H

#include "base/err.h"

struct att_manager {
	const char *systemctl, *systemd_run;	/* absolute paths */
	unsigned limit_ms;			/* of one call */
};
extern const struct att_manager att_manager_system;

/* As it says of a unit; words that are too long for these are cut. */
struct att_unit_state {
	char load[16];		/* "loaded", "not-found", "masked" */
	char active[16];	/* "active", "activating", "inactive" */
	char sub[32];		/* "running", "auto-restart" */
	char file[32];		/* "enabled", "disabled", "masked", "" */
	uint64_t left;		/* when it was last started, us of MONOTONIC */
};

/* `ret` has one for each of `units`, in their order. */
int att_manager_show(const struct att_manager *m, const char *const *units,
    size_t count, struct att_unit_state *ret, struct att_err *err) ATT_MUST;

/*
 * "start", "restart" or "stop": the job is queued, and not waited for, as it
 * may wait for whoever asks.
 */
int att_manager_queue(const struct att_manager *m, const char *verb,
    const char *unit, struct att_err *err) ATT_MUST;

/*
 * A transient timer NAME.timer that once, after so many seconds, starts `unit`;
 * with `clock_change` also when somebody sets the clock. One of this name that
 * there is has to be disarmed before.
 */
int att_manager_arm(const struct att_manager *m, const char *name,
    int64_t seconds, bool clock_change, const char *unit,
    struct att_err *err) ATT_MUST;
/* Waits until these are gone. */
int att_manager_disarm(const struct att_manager *m, const char *const *units,
    size_t count, struct att_err *err) ATT_MUST;

#endif
