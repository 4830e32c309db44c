#include "tpm/link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cur.h"
#include "base/file.h"
#include "base/steady.h"
#include "tpm/device.h"
#include "tpm/loader.h"

#define BUSY_MS 5	/* before a full socket is tried again */

/*
 * swtpm's data channel, which takes commands as they are. There is a
 * connection for each, because it serves one client at a time.
 */
struct swtpm_link {
	struct att_tpm_link base;
	int fd;			/* -1: not connected */
	socklen_t addr_len;
	union {
		struct sockaddr any;
		struct sockaddr_un un;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} addr;
};

uint64_t
att_tpm_now(void)
{
	return att_steady_awake() / ATT_STEADY_MS;
}

int
att_tpm_left(uint64_t deadline)
{
	uint64_t now = att_tpm_now();

	if (deadline <= now)
		return 0;
	return deadline - now > 1000000000 ? 1000000000 :
					     (int)(deadline - now);
}

void
att_tpm_link_free(struct att_tpm_link *l)
{
	if (l != NULL)
		l->free(l);
}

static void
swtpm_free(struct att_tpm_link *base)
{
	struct swtpm_link *l = (struct swtpm_link *)base;

	att_fd_done(&l->fd);
	free(l);
}

int
att_tpm_link_wait(int fd, short events, uint64_t deadline,
    struct att_err *err)
{
	struct pollfd p = { .fd = fd, .events = events };

	for (;;) {
		int n = poll(&p, 1, att_tpm_left(deadline));

		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return att_err_sys(err, errno, "poll");
		if (att_tpm_left(deadline) == 0)
			return att_err_set(err, ATT_E_TIMEOUT,
			    "the TPM did not answer in time");
	}
}

int
att_tpm_link_absent(struct att_err *err, int errnum, const char *what)
{
	(void)att_err_sys(err, errnum, "%s", what);
	if (err != NULL)
		err->code = ATT_E_TPM_ABSENT;
	return ATT_E_TPM_ABSENT;
}

/* A connect that was begun in the background: how it ended. */
static int
finish_connect(struct swtpm_link *l, uint64_t deadline, struct att_err *err)
{
	int r, soerr = 0;
	socklen_t len = sizeof(soerr);

	if ((r = att_tpm_link_wait(l->fd, POLLOUT, deadline, err)) < 0)
		return r;
	if (getsockopt(l->fd, SOL_SOCKET, SO_ERROR, &soerr, &len) < 0)
		soerr = errno;
	return soerr == 0 ? 0 :
			    att_tpm_link_absent(err, soerr, "cannot connect");
}

static int
connect_socket(struct swtpm_link *l, uint64_t deadline, struct att_err *err)
{
	l->fd = socket(l->addr.any.sa_family,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (l->fd < 0)
		return att_err_sys(err, errno, "socket");
	for (;;) {
		if (connect(l->fd, &l->addr.any, l->addr_len) == 0)
			return 0;
		if (errno == EINPROGRESS || errno == EINTR)
			return finish_connect(l, deadline, err);
		/* a Unix socket with a full backlog says so at once */
		if (errno != EAGAIN)
			return att_tpm_link_absent(err, errno,
			    "cannot connect");
		if (att_tpm_left(deadline) == 0)
			return att_err_set(err, ATT_E_TIMEOUT,
			    "nobody takes the connection in time");
		att_steady_nap(BUSY_MS);
	}
}

static int
send_cmd(struct swtpm_link *l, struct att_slice cmd, uint64_t deadline,
    struct att_err *err)
{
	ssize_t n;
	int r;

	if ((r = att_tpm_link_wait(l->fd, POLLOUT, deadline, err)) < 0)
		return r;
	n = send(l->fd, cmd.data, cmd.len, MSG_NOSIGNAL);
	if (n < 0)
		return att_tpm_link_absent(err, errno, "cannot send a command");
	/* 4 KiB fit every empty socket buffer */
	if ((size_t)n != cmd.len)
		return att_err_set(err, ATT_E_TPM_ABSENT,
		    "the TPM took only %zd bytes of a command of %zu", n,
		    cmd.len);
	return 0;
}

bool
att_tpm_link_complete(const uint8_t *data, size_t len)
{
	struct att_cur c = att_cur_from(data, len);
	uint32_t size;

	/* Part 1, 18.7: tag, size, code */
	return len == ATT_TPM_MESSAGE_MAX ||
	    (len >= 10 && att_cur_skip(&c, 2) && att_cur_be32(&c, &size) &&
		size <= len);
}

static int
receive(struct swtpm_link *l, uint64_t deadline,
    uint8_t ret[static ATT_TPM_MESSAGE_MAX], size_t *ret_len,
    struct att_err *err)
{
	size_t have = 0;

	while (!att_tpm_link_complete(ret, have)) {
		ssize_t n;
		int r;

		if ((r = att_tpm_link_wait(l->fd, POLLIN, deadline, err)) < 0)
			return r;
		n = read(l->fd, ret + have, ATT_TPM_MESSAGE_MAX - have);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n < 0)
			return att_tpm_link_absent(err, errno,
			    "cannot read a response");
		if (n == 0)
			return att_err_set(err, ATT_E_TPM_ABSENT,
			    "the connection ended within a command");
		have += (size_t)n;
	}
	*ret_len = have;
	return 0;
}

static int
swtpm_exchange(struct att_tpm_link *base, struct att_slice cmd,
    uint64_t deadline, uint8_t ret[static ATT_TPM_MESSAGE_MAX],
    size_t *ret_len, struct att_err *err)
{
	struct swtpm_link *l = (struct swtpm_link *)base;
	int r;

	if ((r = connect_socket(l, deadline, err)) == 0 &&
	    (r = send_cmd(l, cmd, deadline, err)) == 0)
		r = receive(l, deadline, ret, ret_len, err);
	att_fd_done(&l->fd);
	return r;
}

static int
parse_inet(struct swtpm_link *l, const char *conf, struct att_err *err)
{
	char host[INET6_ADDRSTRLEN] = "127.0.0.1";
	unsigned port = 2321;
	int end = 0;

	if (sscanf(conf, "host=%45[^,]%n", host, &end) == 1)
		conf += conf[end] == ',' ? end + 1 : end;
	if (sscanf(conf, "port=%5u%n", &port, &end) == 1)
		conf += end;
	if (*conf != '\0' || port == 0 || port > UINT16_MAX)
		return att_err_set(err, ATT_E_USAGE,
		    "must be swtpm:path=SOCKET or swtpm:host=ADDRESS,port=N");
	if (inet_pton(AF_INET, host, &l->addr.in.sin_addr) == 1) {
		l->addr.in.sin_family = AF_INET;
		l->addr.in.sin_port = htons((uint16_t)port);
		l->addr_len = sizeof(l->addr.in);
	} else if (inet_pton(AF_INET6, host, &l->addr.in6.sin6_addr) == 1) {
		l->addr.in6.sin6_family = AF_INET6;
		l->addr.in6.sin6_port = htons((uint16_t)port);
		l->addr_len = sizeof(l->addr.in6);
	} else {
		return att_err_set(err, ATT_E_USAGE,
		    "host must be a numeric address");
	}
	return 0;
}

static int
parse_swtpm(struct swtpm_link *l, const char *conf, struct att_err *err)
{
	if (strncmp(conf, "path=", 5) != 0)
		return parse_inet(l, conf, err);
	conf += 5;
	if (*conf == '\0' || strlen(conf) >= sizeof(l->addr.un.sun_path))
		return att_err_set(err, ATT_E_USAGE,
		    "a socket path has 1 to 107 bytes");
	l->addr.un.sun_family = AF_UNIX;
	memcpy(l->addr.un.sun_path, conf, strlen(conf) + 1);
	l->addr_len = sizeof(l->addr.un);
	return 0;
}

/* The configuration behind "name" or "name:"; NULL if it has another name. */
static const char *
conf_of(const char *tcti, const char *name)
{
	size_t n = strlen(name);

	if (strncmp(tcti, name, n) != 0 ||
	    (tcti[n] != '\0' && tcti[n] != ':'))
		return NULL;
	return tcti + n + (tcti[n] == ':' ? 1 : 0);
}

static int
swtpm_open(const char *conf, struct att_tpm_link **ret, struct att_err *err)
{
	AUTO(att_tpm_link_free) struct att_tpm_link *own = NULL;
	struct swtpm_link *l = calloc(1, sizeof(*l));
	int r;

	if (l == NULL)
		return att_err_nomem(err);
	l->base.exchange = swtpm_exchange;
	l->base.free = swtpm_free;
	l->fd = -1;
	own = &l->base;
	if ((r = parse_swtpm(l, conf, err)) < 0)
		return r;
	*ret = take(&own);
	return 0;
}

int
att_tpm_link_open(const char *tcti, struct att_tpm_link **ret,
    struct att_err *err)
{
	const char *conf;

	if ((conf = conf_of(tcti, "device")) != NULL)
		return att_tpm_device_open(
		    *conf != '\0' ? conf : "/dev/tpmrm0", ret, err);
	if ((conf = conf_of(tcti, "swtpm")) != NULL)
		return swtpm_open(conf, ret, err);
	return att_tpm_loader_open(tcti, ret, err);
}
