#include "tpm/device.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cur.h"
#include "base/file.h"

/*
 * The kernel works on a command within write(), and with O_NONBLOCK in the
 * background; but then poll() and read() take the lock that the work holds, so
 * that each of them waits for its end, which is minutes for some commands of a
 * TPM that hangs (tpm-dev-common.c; measured: 14.7 s for a deadline of 1 s).
 * So a thread does the waiting. It talks to us over a socket pair, owns the
 * device, and ends when our end is closed and the kernel has returned.
 */
struct device_link {
	struct att_tpm_link base;
	int sock;
	pthread_t thread;
	bool lost;	/* the thread may be stuck in the kernel */
};

/* What the thread owns. */
struct relay {
	int fd;
	int sock;
};

/* What the thread sends in place of a response: errno, four bytes. */
#define ERRNO_SIZE 4u

static void
relay_free(struct relay *r)
{
	if (r == NULL)
		return;
	att_fd_done(&r->fd);
	att_fd_done(&r->sock);
	free(r);
}
ATT_DEFINE_AUTO(struct relay, relay_free)

/* The response's length, or -1 with errno. */
static ssize_t
transact(int fd, uint8_t buf[static ATT_TPM_MESSAGE_MAX], size_t len)
{
	size_t have = 0;
	ssize_t n;

	if ((n = write(fd, buf, len)) < 0)
		return -1;
	if ((size_t)n != len) {
		errno = EIO;
		return -1;
	}
	/* a TPM device hands out all at once */
	while (!att_tpm_link_complete(buf, have)) {
		if ((n = read(fd, buf + have, ATT_TPM_MESSAGE_MAX - have)) < 0)
			return -1;
		if (n == 0) {
			errno = EPIPE;
			return -1;
		}
		have += (size_t)n;
	}
	return (ssize_t)have;
}

static void *
relay_run(void *arg)
{
	AUTO(relay_free) struct relay *r = arg;
	uint8_t buf[ATT_TPM_MESSAGE_MAX];
	ssize_t n;

	while ((n = recv(r->sock, buf, sizeof(buf), 0)) > 0) {
		if ((n = transact(r->fd, buf, (size_t)n)) < 0) {
			unsigned e = (unsigned)errno;

			for (unsigned i = 0; i < ERRNO_SIZE; i++)
				buf[i] = (uint8_t)(e >> (24 - 8 * i));
			n = ERRNO_SIZE;
		}
		if (send(r->sock, buf, (size_t)n, MSG_NOSIGNAL) != n)
			break;
	}
	/* an activated credential passed through here */
	explicit_bzero(buf, sizeof(buf));
	return NULL;
}

static void
device_free(struct att_tpm_link *base)
{
	struct device_link *l = (struct device_link *)base;

	att_fd_done(&l->sock);
	/* joined, so that the device is closed when this returns */
	if (l->lost)
		(void)pthread_detach(l->thread);
	else
		(void)pthread_join(l->thread, NULL);
	free(l);
}

static int
device_exchange(struct att_tpm_link *base, struct att_slice cmd,
    uint64_t deadline, uint8_t ret[static ATT_TPM_MESSAGE_MAX],
    size_t *ret_len, struct att_err *err)
{
	struct device_link *l = (struct device_link *)base;
	uint32_t errnum;
	struct att_cur c;
	ssize_t n;
	int r;

	l->lost = true;
	if (send(l->sock, cmd.data, cmd.len, MSG_NOSIGNAL) !=
	    (ssize_t)cmd.len)
		return att_tpm_link_absent(err, errno, "cannot send");
	if ((r = att_tpm_link_wait(l->sock, POLLIN, deadline, err)) < 0)
		return r;
	if ((n = recv(l->sock, ret, ATT_TPM_MESSAGE_MAX, 0)) <= 0)
		return att_tpm_link_absent(err, n < 0 ? errno : EPIPE,
		    "cannot receive");
	l->lost = false;
	c = att_cur_from(ret, (size_t)n);
	if (n == ERRNO_SIZE && att_cur_be32(&c, &errnum))
		return att_tpm_link_absent(err, (int)errnum,
		    "the device failed");
	*ret_len = (size_t)n;
	return 0;
}

/* No signal is handled in a thread that its program does not know of. */
static int
start_thread(pthread_t *ret, struct relay *r)
{
	sigset_t all, before;
	int e;

	(void)sigfillset(&all);
	if ((e = pthread_sigmask(SIG_SETMASK, &all, &before)) != 0)
		return e;
	e = pthread_create(ret, NULL, relay_run, r);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return e;
}

int
att_tpm_device_open(const char *path, struct att_tpm_link **ret,
    struct att_err *err)
{
	AUTO(relay_free) struct relay *r = malloc(sizeof(*r));
	AUTO_DONE(att_fd_done) int ours = -1;
	struct device_link *l;
	pthread_t thread;
	int sv[2], e;

	if (r == NULL)
		return att_err_nomem(err);
	*r = (struct relay){ .fd = -1, .sock = -1 };
	if ((r->fd = open(path, O_RDWR | O_CLOEXEC | O_NOCTTY)) < 0)
		return att_tpm_link_absent(err, errno, "cannot open");
	/* messages keep their bounds */
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv) < 0)
		return att_err_sys(err, errno, "socketpair");
	ours = sv[0];
	r->sock = sv[1];
	if ((l = calloc(1, sizeof(*l))) == NULL)
		return att_err_nomem(err);
	if ((e = start_thread(&thread, r)) != 0) {
		free(l);
		return att_err_sys(err, e, "pthread_create");
	}
	(void)take(&r);
	l->base.exchange = device_exchange;
	l->base.free = device_free;
	l->thread = thread;
	l->sock = ours;
	ours = -1;
	*ret = &l->base;
	return 0;
}
