#include "agent/packet.h"

#include <errno.h>
#include <limits.h>
#include <linux/sockios.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/file.h"
#include "base/steady.h"

#define PACKET_MAX 4096	/* bytes */
#define PASS_MAX 4	/* descriptors that there is room for, to close them */
#define FULL_MS 20	/* between two tries of a socket whose queue is full */

static int
too_late(struct att_err *err)
{
	return att_err_set(err, ATT_E_TIMEOUT, "no answer in time");
}

static int
ended(struct att_err *err)
{
	return att_err_set(err, ATT_E_SHORT, "the other side ended");
}

/* Until one of these happens, or ATT_E_TIMEOUT. */
static int
await(int fd, short events, uint64_t until, struct att_err *err)
{
	struct pollfd p = { .fd = fd, .events = events };
	uint64_t now;
	int r;

	while ((now = att_steady_now()) < until) {
		r = poll(&p, 1, (int)ATT_MIN(until - now, (uint64_t)INT_MAX));
		if (r > 0)
			return 0;
		if (r < 0 && errno != EINTR)
			return att_err_sys(err, errno, "poll");
	}
	return too_late(err);
}

/* -- connecting ------------------------------------------------------------ */

static int
check_peer(int fd, const char *path, struct att_err *err)
{
	struct ucred who = { .uid = 1 };
	socklen_t n = sizeof(who);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &n) < 0)
		return att_err_sys(err, errno, "%s", path);
	if (who.uid != 0 && who.uid != geteuid())
		return att_err_set(err, ATT_E_DENIED,
		    "%.100s: is served by user %u, must be root", path,
		    (unsigned)who.uid);
	return 0;
}

static int
cannot_connect(const char *path, struct att_err *err)
{
	switch (errno) {
	case ENOENT:
		return att_err_set(err, ATT_E_NOT_FOUND,
		    "%.100s: no such socket", path);
	case EACCES:
	case EPERM:
		return att_err_set(err, ATT_E_DENIED,
		    "%.100s: this user may not connect", path);
	default:
		return att_err_sys(err, errno, "%.100s", path);
	}
}

int
att_packet_connect(const char *path, uint64_t until, int *ret,
    struct att_err *err)
{
	AUTO_DONE(att_fd_done) int fd = -1;
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int r;

	if (strlen(path) >= sizeof(to.sun_path))
		return att_err_set(err, ATT_E_LIMIT,
		    "%.100s: too long for a socket, at most %zu bytes", path,
		    sizeof(to.sun_path) - 1);
	memcpy(to.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    0);
	if (fd < 0)
		return att_err_sys(err, errno, "socket");
	/* full: as many wait as may */
	while (connect(fd, (const struct sockaddr *)&to, sizeof(to)) < 0) {
		if (errno != EAGAIN && errno != EINTR)
			return cannot_connect(path, err);
		if (att_steady_now() >= until)
			return too_late(err);
		att_steady_nap(FULL_MS);
	}
	if ((r = check_peer(fd, path, err)) < 0)
		return r;
	*ret = fd;
	fd = -1;
	return 0;
}

/* -- sending --------------------------------------------------------------- */

int
att_packet_send(int fd, struct att_slice packet, int pass, uint64_t until,
    struct att_err *err)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { .bytes = { 0 } };
	struct iovec io = { .iov_base = (void *)(uintptr_t)packet.data,
		.iov_len = packet.len };
	struct msghdr m = { .msg_iov = &io, .msg_iovlen = 1 };
	int r;

	if (pass >= 0) {
		m.msg_control = control.bytes;
		m.msg_controllen = sizeof(control.bytes);
		CMSG_FIRSTHDR(&m)->cmsg_level = SOL_SOCKET;
		CMSG_FIRSTHDR(&m)->cmsg_type = SCM_RIGHTS;
		CMSG_FIRSTHDR(&m)->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(CMSG_FIRSTHDR(&m)), &pass, sizeof(pass));
	}
	while (sendmsg(fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
		if (errno == EINTR)
			continue;
		if (errno == EPIPE || errno == ECONNRESET)
			return ended(err);
		if (errno != EAGAIN)
			return att_err_sys(err, errno, "the other side");
		if ((r = await(fd, POLLOUT, until, err)) < 0)
			return r;
	}
	return 0;
}

/* unix(7): bytes that are still in the queue; one that cannot tell has some */
bool
att_packet_is_unread(int fd)
{
	int bytes = 1;

	return ioctl(fd, SIOCOUTQ, &bytes) < 0 || bytes > 0;
}

/* -- receiving ------------------------------------------------------------- */

/* All that came along; the first stays open in *ret if that is wanted. */
static size_t
take_passed(struct msghdr *m, int *ret)
{
	size_t count = 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c != NULL;
	    c = CMSG_NXTHDR(m, c)) {
		size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < n; i++, count++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(fd),
			    sizeof(fd));
			if (*ret < 0)
				*ret = fd;
			else
				(void)close(fd);
		}
	}
	return count;
}

static int
judge(const struct msghdr *m, ssize_t n, size_t passed, size_t wanted,
    struct att_err *err)
{
	if ((m->msg_flags & MSG_TRUNC) != 0)
		return att_err_set(err, ATT_E_LIMIT,
		    "a packet of more than %zu bytes", m->msg_iov->iov_len);
	if ((m->msg_flags & MSG_CTRUNC) != 0 || passed > wanted)
		return att_err_set(err, ATT_E_FORMAT,
		    "more descriptors than are taken");
	if (n == 0)
		return ended(err);
	return 0;
}

static int
receive(int fd, uint64_t until, struct msghdr *m, ssize_t *ret,
    struct att_err *err)
{
	const size_t room = m->msg_controllen;
	int r;

	while ((*ret = recvmsg(fd, m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC)) < 0) {
		m->msg_controllen = room;
		if (errno == EINTR)
			continue;
		if (errno == ECONNRESET)
			return ended(err);
		if (errno != EAGAIN)
			return att_err_sys(err, errno, "the other side");
		if ((r = await(fd, POLLIN, until, err)) < 0)
			return r;
	}
	return 0;
}

int
att_packet_recv(int fd, uint64_t until, struct att_buf *ret, int *ret_passed,
    struct att_err *err)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(PASS_MAX * sizeof(int))];
	} control;
	uint8_t bytes[PACKET_MAX];
	AUTO_DONE(att_fd_done) int passed = -1;
	struct iovec io = { .iov_base = bytes,
		.iov_len = ATT_MIN(sizeof(bytes), ret->max - ret->len) };
	struct msghdr m = { .msg_iov = &io, .msg_iovlen = 1,
		.msg_control = ret_passed == NULL ? NULL : control.bytes,
		.msg_controllen = ret_passed == NULL ? 0 :
						       sizeof(control.bytes) };
	size_t count;
	ssize_t n;
	int r;

	if ((r = receive(fd, until, &m, &n, err)) < 0)
		return r;
	count = take_passed(&m, &passed);
	if ((r = judge(&m, n, count, ret_passed != NULL, err)) < 0)
		return r;
	att_buf_bytes(ret, bytes, (size_t)n);
	if ((r = att_buf_ok(ret, "packet", err)) < 0)
		return r;
	if (ret_passed != NULL) {
		*ret_passed = passed;
		passed = -1;
	}
	return 0;
}
