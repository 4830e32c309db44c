#include "varlink/peer.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#define GROUPS_FIRST 32u

void
att_varlink_peer_done(struct att_varlink_peer *p)
{
	free(p->groups);
	*p = (struct att_varlink_peer){ 0 };
}

/* The kernel says how many there are, if there are more than were asked for. */
static int
read_groups(int fd, struct att_varlink_peer *p, struct att_err *err)
{
	socklen_t size = GROUPS_FIRST * sizeof(gid_t);

	for (unsigned tries = 0; tries < 2; tries++) {
		free(p->groups);
		if ((p->groups = malloc(size)) == NULL)
			return att_err_nomem(err);
		if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, p->groups,
			&size) == 0) {
			p->group_count = size / sizeof(gid_t);
			return 0;
		}
		if (errno != ERANGE ||
		    size > ATT_VARLINK_GROUPS_MAX * sizeof(gid_t))
			break;
	}
	return att_err_sys(err, errno, "groups of who calls");
}

int
att_varlink_peer_of(int fd, struct att_varlink_peer *ret, struct att_err *err)
{
	AUTO_DONE(att_varlink_peer_done) struct att_varlink_peer p = { 0 };
	struct ucred who;
	socklen_t size = sizeof(who);
	int r;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) < 0)
		return att_err_sys(err, errno, "who calls");
	if ((r = read_groups(fd, &p, err)) < 0)
		return r;
	p.uid = who.uid;
	p.gid = who.gid;
	p.pid = who.pid;
	*ret = p;
	p.groups = NULL;
	return 0;
}

bool
att_varlink_peer_in(const struct att_varlink_peer *p, gid_t gid)
{
	if (p->gid == gid)
		return true;
	for (size_t i = 0; i < p->group_count; i++)
		if (p->groups[i] == gid)
			return true;
	return false;
}

bool
att_varlink_peer_is_own(const struct att_varlink_peer *p)
{
	return p->uid == 0 || p->uid == geteuid() ||
	    att_varlink_peer_in(p, getegid());
}
