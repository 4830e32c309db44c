#include "ipmi/link.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/ipmi.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/steady.h"

#define NETFN_APP 0x06		/* IPMI 2.0, 5.1; an answer's is one more */
#define GET_DEVICE_ID 0x01	/* appendix G */
#define PAUSE_MS 100		/* before a busy BMC is asked again */
#define STRANGERS_MAX 256	/* messages that were no answer */

/* -- asking ---------------------------------------------------------------- */

/* The answer to this question; ATT_E_TIMEOUT if there is none in time. */
static int
await(const struct att_ipmi_io *io, long id, int64_t until,
    struct att_ipmi_reply *ret, struct att_err *err)
{
	for (unsigned i = 0; i < STRANGERS_MAX; i++) {
		int64_t left = until - io->now(io->arg);
		struct att_ipmi_reply m = { .len = 0 };
		int r = left <= 0 ? 0 : io->wait(io->arg, (int)left);

		if (r == 0)
			return att_err_set(err, ATT_E_TIMEOUT,
			    "the BMC did not answer in time");
		if (r > 0)
			r = io->recv(io->arg, &m);
		if (r == -EAGAIN || r == -EINTR)
			continue;
		if (r == -EMSGSIZE)
			return att_err_set(err, ATT_E_LIMIT, "an answer of "
			    "over %d bytes", ATT_IPMI_REPLY_MAX);
		if (r < 0)
			return att_err_sys(err, -r, "the BMC");
		if (m.response && m.id == id && m.netfn == NETFN_APP + 1 &&
		    m.command == GET_DEVICE_ID) {
			*ret = m;
			return 0;
		}
	}
	return att_err_set(err, ATT_E_LIMIT,
	    "over %d messages, and no answer", STRANGERS_MAX);
}

int
att_ipmi_ask(const struct att_ipmi_io *io, unsigned timeout_ms,
    struct att_ipmi_device_id *ret, struct att_err *err)
{
	int64_t until = io->now(io->arg) + timeout_ms;

	for (long id = 1;; id++) {
		struct att_ipmi_reply m = { .len = 0 };
		int r = io->send(io->arg, id);

		if (r < 0)
			return att_err_sys(err, -r, "the BMC");
		if ((r = await(io, id, until, &m, err)) < 0)
			return r;
		r = att_ipmi_device_id_parse((struct att_slice){ m.data,
		    m.len }, ret, err);
		if (r != ATT_E_BUSY ||
		    io->now(io->arg) + PAUSE_MS >= until)
			return r;
		io->sleep(io->arg, PAUSE_MS);
	}
}

/* -- the device ------------------------------------------------------------ */

/* Structures of <linux/ipmi.h>, whose sizes the ioctl numbers carry. */
static int
real_send(void *arg, long id)
{
	struct ipmi_system_interface_addr to = {
		.addr_type = IPMI_SYSTEM_INTERFACE_ADDR_TYPE,
		.channel = IPMI_BMC_CHANNEL,
	};
	struct ipmi_req req = {
		.addr = (unsigned char *)&to,
		.addr_len = sizeof(to),
		.msgid = id,
		.msg = { .netfn = NETFN_APP, .cmd = GET_DEVICE_ID },
	};

	return ioctl(*(const int *)arg, IPMICTL_SEND_COMMAND, &req) < 0 ?
	    -errno : 0;
}

static int
real_wait(void *arg, int ms)
{
	struct pollfd p = { .fd = *(const int *)arg, .events = POLLIN };
	int r = poll(&p, 1, ms);

	return r < 0 && errno != EINTR ? -errno : r < 0 ? -EAGAIN : r;
}

static int
real_recv(void *arg, struct att_ipmi_reply *ret)
{
	struct ipmi_addr from;
	struct ipmi_recv m = {
		.addr = (unsigned char *)&from,
		.addr_len = sizeof(from),
		.msg = { .data = ret->data, .data_len = sizeof(ret->data) },
	};

	if (ioctl(*(const int *)arg, IPMICTL_RECEIVE_MSG_TRUNC, &m) < 0)
		return -errno;
	if (m.msg.data_len > sizeof(ret->data))
		return -EMSGSIZE;
	ret->response = m.recv_type == IPMI_RESPONSE_RECV_TYPE;
	ret->id = m.msgid;
	ret->netfn = m.msg.netfn;
	ret->command = m.msg.cmd;
	ret->len = m.msg.data_len;
	return 0;
}

static int64_t
real_now(void *arg)
{
	return (int64_t)(att_steady_awake() / ATT_STEADY_MS);
}

static void
real_sleep(void *arg, int ms)
{
	att_steady_nap((unsigned)ms);
}

int
att_ipmi_open(const char *path, int *fd, struct att_ipmi_io *ret,
    struct att_err *err)
{
	AUTO_DONE(att_fd_done) int dev = open(path,
	    O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;

	if (dev < 0 && (errno == ENOENT || errno == ENXIO ||
	    errno == ENODEV))
		return att_err_set(err, ATT_E_NOT_FOUND, "%s: %s", path,
		    strerror(errno));
	if (dev < 0 || fstat(dev, &st) < 0)
		return att_err_sys(err, errno, "%s", path);
	if (!S_ISCHR(st.st_mode))
		return att_err_set(err, ATT_E_UNSUPPORTED,
		    "%s: not a device", path);
	*fd = dev;
	dev = -1;
	*ret = (struct att_ipmi_io){ .send = real_send, .wait = real_wait,
		.recv = real_recv, .now = real_now, .sleep = real_sleep,
		.arg = fd };
	return 0;
}
