/* A Unix socket by a path, where no service manager has made one. */
#ifndef ATT_AGENT_DOOR_H
#define ATT_AGENT_DOOR_H

#include <sys/types.h>

#include "base/err.h"

#define ATT_DOOR_NO_GROUP ((gid_t)-1)	/* the one that it gets by itself */

/*
 * Makes one of `type` that listens at `path` and does not block, with `mode`
 * and `group`, in the place of one that nobody listens at any more. ATT_E_BUSY:
 * somebody does; ATT_E_DENIED: something else has this name. Meanwhile the
 * process has another umask: none of its threads makes a file then.
 */
int att_door_bind(const char *path, int type, mode_t mode, gid_t group,
    int *ret_fd, struct att_err *err) ATT_MUST;

#endif
