#include "inventory/netlink.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "base/file.h"

#define RECEIVE_SECONDS 5	/* of waiting for one datagram */

/* -- reading --------------------------------------------------------------- */

/* Numbers in the order of this machine, whichever that is. */
static bool
host16(struct att_cur *c, uint16_t *ret)
{
	return att_cur_copy(c, ret, sizeof(*ret));
}

static bool
host32(struct att_cur *c, uint32_t *ret)
{
	return att_cur_copy(c, ret, sizeof(*ret));
}

/* What follows is aligned to 4 bytes; the last one need not be padded. */
static void
skip_padding(struct att_cur *c, size_t len)
{
	size_t pad = (4 - len % 4) % 4;

	(void)!att_cur_skip(c, ATT_MIN(pad, c->left));
}

int
att_nl_next(struct att_cur *c, struct att_nl_message *ret,
    struct att_err *err)
{
	struct att_nl_message m = { 0 };
	uint64_t at = c->off;
	uint32_t len, port;

	if (att_cur_empty(c))
		return 0;
	if (!host32(c, &len) || !host16(c, &m.type) || !host16(c, &m.flags) ||
	    !host32(c, &m.seq) || !host32(c, &port))
		return att_err_at(err, ATT_E_SHORT, at,
		    "netlink: ends within a header");
	if (len < NLMSG_HDRLEN)
		return att_err_at(err, ATT_E_FORMAT, at, "netlink: a length "
		    "of %u, the header has %d", len, NLMSG_HDRLEN);
	if (!att_cur_bytes(c, len - NLMSG_HDRLEN, &m.payload))
		return att_err_at(err, ATT_E_SHORT, at,
		    "netlink: ends within a message of %u bytes", len);
	skip_padding(c, len);
	*ret = m;
	return 1;
}

int
att_nl_attr_next(struct att_cur *c, struct att_nl_attr *ret,
    struct att_err *err)
{
	struct att_nl_attr a;
	uint64_t at = c->off;
	uint16_t len, type;

	if (att_cur_empty(c))
		return 0;
	if (!host16(c, &len) || !host16(c, &type))
		return att_err_at(err, ATT_E_SHORT, at,
		    "netlink: ends within an attribute's header");
	if (len < NLA_HDRLEN)
		return att_err_at(err, ATT_E_FORMAT, at, "netlink: an "
		    "attribute's length of %u, the header has %d", len,
		    NLA_HDRLEN);
	if (!att_cur_bytes(c, (uint64_t)len - NLA_HDRLEN, &a.value))
		return att_err_at(err, ATT_E_SHORT, at,
		    "netlink: ends within an attribute of %u bytes", len);
	skip_padding(c, len);
	a.type = type & NLA_TYPE_MASK;
	*ret = a;
	return 1;
}

const char *
att_nl_string(const struct att_nl_attr *a)
{
	if (a->value.len == 0 ||
	    memchr(a->value.data, '\0', a->value.len) == NULL)
		return NULL;
	return (const char *)a->value.data;
}

bool
att_nl_u16(const struct att_nl_attr *a, uint16_t *ret)
{
	struct att_cur c = att_cur_of(a->value);

	return a->value.len == sizeof(*ret) && host16(&c, ret);
}

/* -- writing --------------------------------------------------------------- */

static void
put16(struct att_buf *b, uint16_t v)
{
	att_buf_bytes(b, &v, sizeof(v));
}

static void
put32(struct att_buf *b, uint32_t v)
{
	att_buf_bytes(b, &v, sizeof(v));
}

size_t
att_nl_begin(struct att_buf *b, uint16_t family, uint16_t flags,
    uint32_t seq, uint8_t command, uint8_t version)
{
	size_t mark = b->len;

	put32(b, 0);	/* its length, known at the end */
	put16(b, family);
	put16(b, flags);
	put32(b, seq);
	put32(b, 0);	/* the kernel knows whose socket it is */
	att_buf_u8(b, command);
	att_buf_u8(b, version);
	put16(b, 0);
	return mark;
}

void
att_nl_put_string(struct att_buf *b, uint16_t type, const char *text)
{
	size_t n = strlen(text) + 1;

	put16(b, (uint16_t)(NLA_HDRLEN + n));
	put16(b, type);
	att_buf_bytes(b, text, n);
	att_buf_fill(b, 0, (4 - n % 4) % 4);
}

void
att_nl_end(struct att_buf *b, size_t mark)
{
	uint32_t len = (uint32_t)(b->len - mark);

	if (!b->failed)
		memcpy(b->data + mark, &len, sizeof(len));
}

/* -- asking ---------------------------------------------------------------- */

/* What an error and the end of a dump begin with: 0, or -errno. */
static int
status_of(const struct att_nl_message *m, struct att_err *err)
{
	struct att_cur c = att_cur_of(m->payload);
	uint32_t status;

	if (!host32(&c, &status))
		return m->type == NLMSG_DONE ? 0 :
		    att_err_set(err, ATT_E_SHORT,
			"netlink: an error without its number");
	if (status == 0)
		return 0;
	if ((int32_t)status > 0 || (int32_t)status < -4095)
		return att_err_set(err, ATT_E_FORMAT,
		    "netlink: %d is no error", (int)(int32_t)status);
	if ((int32_t)status == -ENOENT)
		return att_err_set(err, ATT_E_NOT_FOUND,
		    "netlink: no such family or device");
	return att_err_sys(err, -(int32_t)status, "netlink");
}

/*
 * 1: the answer is at its end. Messages of another question are passed over:
 * one that was given up.
 */
static int
take_datagram(struct att_slice in, uint32_t seq,
    int (*each)(void *arg, const struct att_nl_message *m,
	struct att_err *err),
    void *arg, struct att_err *err)
{
	struct att_cur c = att_cur_of(in);
	struct att_nl_message m;
	int r;

	while ((r = att_nl_next(&c, &m, err)) > 0) {
		if (m.seq != seq || m.type == NLMSG_NOOP)
			continue;
		if ((m.flags & NLM_F_DUMP_INTR) != 0)
			return att_err_set(err, ATT_E_BUSY,
			    "netlink: devices came or went meanwhile");
		if (m.type == NLMSG_ERROR || m.type == NLMSG_DONE) {
			r = status_of(&m, err);
			return r < 0 ? r : 1;
		}
		if ((r = each(arg, &m, err)) < 0)
			return r;
	}
	return r;
}

int
att_nl_ask(const struct att_nl_io *io, struct att_slice request,
    uint32_t seq,
    int (*each)(void *arg, const struct att_nl_message *m,
	struct att_err *err),
    void *arg, struct att_err *err)
{
	AUTO(free) char *in = malloc(ATT_NL_DATAGRAM_MAX);
	int r;

	if (in == NULL)
		return att_err_nomem(err);
	if ((r = io->send(io->arg, request)) < 0)
		return att_err_sys(err, -r, "netlink");
	for (unsigned i = 0; i < ATT_NL_DATAGRAMS_MAX; i++) {
		ssize_t n = io->recv(io->arg, in, ATT_NL_DATAGRAM_MAX);

		if (n == -EAGAIN)
			return att_err_set(err, ATT_E_TIMEOUT,
			    "netlink: no answer in time");
		if (n < 0)
			return att_err_sys(err, (int)-n, "netlink");
		if (n > ATT_NL_DATAGRAM_MAX)
			return att_err_set(err, ATT_E_LIMIT, "netlink: %zd "
			    "bytes at once, at most %d are taken", n,
			    ATT_NL_DATAGRAM_MAX);
		r = take_datagram((struct att_slice){ (const uint8_t *)in,
		    (size_t)n }, seq, each, arg, err);
		if (r != 0)
			return r < 0 ? r : 0;
	}
	return att_err_set(err, ATT_E_LIMIT,
	    "netlink: an answer in more than %d parts", ATT_NL_DATAGRAMS_MAX);
}

/* -- the socket ------------------------------------------------------------ */

static int
real_send(void *arg, struct att_slice message)
{
	const struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	ssize_t n;

	do
		n = sendto(*(const int *)arg, message.data, message.len, 0,
		    (const struct sockaddr *)&kernel, sizeof(kernel));
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

/* Another process may send here too, and is not listened to. */
static ssize_t
real_recv(void *arg, void *buf, size_t size)
{
	struct sockaddr_nl from = { 0 };
	socklen_t len = sizeof(from);
	ssize_t n;

	do
		n = recvfrom(*(const int *)arg, buf, size, MSG_TRUNC,
		    (struct sockaddr *)&from, &len);
	while ((n < 0 && errno == EINTR) || (n >= 0 && from.nl_pid != 0));
	return n < 0 ? -errno : n;
}

int
att_nl_open(int *fd, struct att_nl_io *ret, struct att_err *err)
{
	const struct timeval wait = { .tv_sec = RECEIVE_SECONDS };
	AUTO_DONE(att_fd_done) int s = socket(AF_NETLINK,
	    SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);

	if (s < 0 || setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &wait,
			 sizeof(wait)) < 0)
		return att_err_sys(err, errno, "netlink");
	*fd = s;
	s = -1;
	*ret = (struct att_nl_io){ real_send, real_recv, fd };
	return 0;
}
