/* Who is at the other end of a Unix socket. */
#ifndef ATT_VARLINK_PEER_H
#define ATT_VARLINK_PEER_H

#include <sys/types.h>

#include "base/err.h"

#define ATT_VARLINK_GROUPS_MAX 65536	/* NGROUPS_MAX of the kernel */

/* As the kernel knows it, of the time of connect(2). Starts from zero. */
struct att_varlink_peer {
	uid_t uid;
	gid_t gid;
	pid_t pid;		/* for the log: it may be another by now */
	gid_t *groups;		/* the others it is in */
	size_t group_count;
};
void att_varlink_peer_done(struct att_varlink_peer *p);
int att_varlink_peer_of(int fd, struct att_varlink_peer *ret,
    struct att_err *err) ATT_MUST;
bool att_varlink_peer_in(const struct att_varlink_peer *p, gid_t gid)
    ATT_MUST;
/*
 * Root, who runs this process, or a member of its group. To a user namespace
 * that has not more than these, all other users have the same number.
 */
bool att_varlink_peer_is_own(const struct att_varlink_peer *p) ATT_MUST;

#endif
