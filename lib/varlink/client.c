#include "varlink/client.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/file.h"
#include "base/steady.h"

#define NAP_MS 20u	/* where so many wait that the kernel takes no more */
#define PIECE (64u << 10)	/* bytes of one read */

struct att_varlink_client {
	int fd;
	struct att_buf in;
	size_t looked;		/* bytes of it that hold no NUL */
	size_t taken;		/* bytes of it that were replies before */
};

/* Until one of these events has come: one that goes on and on ends, too. */
static int
wait_for(int fd, short events, uint64_t end, const char *what,
    struct att_err *err)
{
	struct pollfd p = { .fd = fd, .events = events };

	for (;;) {
		uint64_t now = att_steady_now();
		int n;

		if (now >= end)
			return att_err_set(err, ATT_E_TIMEOUT,
			    "%s takes too long", what);
		n = poll(&p, 1, (int)ATT_MIN(end - now, 60000u));
		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return att_err_sys(err, errno, "%s", what);
	}
}

/* -- connecting ------------------------------------------------------------ */

static int
connect_failed(int errnum, const char *path, struct att_err *err)
{
	if (errnum == ENOENT || errnum == ENOTDIR || errnum == ECONNREFUSED ||
	    errnum == ENOTSOCK || errnum == EPROTOTYPE)
		return att_err_set(err, ATT_E_NOT_FOUND,
		    "%s: nobody takes connections", path);
	if (errnum == EACCES || errnum == EPERM)
		return att_err_set(err, ATT_E_DENIED, "%s: not for this user",
		    path);
	return att_err_sys(err, errnum, "%s", path);
}

/* A connection is there at once, or the queue of the listener is full. */
static int
connect_in_time(int fd, const struct sockaddr_un *to, uint64_t end,
    struct att_err *err)
{
	while (connect(fd, (const struct sockaddr *)to, sizeof(*to)) < 0) {
		if (errno != EAGAIN && errno != EINTR)
			return connect_failed(errno, to->sun_path, err);
		if (att_steady_now() >= end)
			return att_err_set(err, ATT_E_TIMEOUT,
			    "%s: it is too busy", to->sun_path);
		att_steady_nap(NAP_MS);
	}
	return 0;
}

int
att_varlink_connect(const char *path, unsigned ms,
    struct att_varlink_client **ret, struct att_err *err)
{
	AUTO(att_varlink_client_free) struct att_varlink_client *c =
	    calloc(1, sizeof(*c));
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	size_t len = strlen(path);
	int r;

	if (c == NULL)
		return att_err_nomem(err);
	c->fd = -1;
	c->in = ATT_BUF(ATT_VARLINK_REPLY_MAX + 1 + PIECE);
	if (len >= sizeof(to.sun_path))
		return att_err_set(err, ATT_E_USAGE,
		    "%s: over %zu bytes, which no socket can have", path,
		    sizeof(to.sun_path) - 1);
	memcpy(to.sun_path, path, len);
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (c->fd < 0)
		return att_err_sys(err, errno, "a socket");
	if ((r = connect_in_time(c->fd, &to, att_steady_now() + ms, err)) < 0)
		return r;
	*ret = take(&c);
	return 0;
}

void
att_varlink_client_free(struct att_varlink_client *c)
{
	if (c == NULL)
		return;
	att_fd_done(&c->fd);
	att_buf_done(&c->in);
	free(c);
}

/* -- bytes ----------------------------------------------------------------- */

static int
transmit(const struct att_varlink_client *c, struct att_slice s, uint64_t end,
    struct att_err *err)
{
	while (s.len > 0) {
		ssize_t n = send(c->fd, s.data, s.len, MSG_NOSIGNAL);
		int r;

		if (n >= 0) {
			s.data += n;
			s.len -= (size_t)n;
		} else if (errno == EAGAIN || errno == EWOULDBLOCK) {
			if ((r = wait_for(c->fd, POLLOUT, end, "a call",
				 err)) < 0)
				return r;
		} else if (errno != EINTR) {
			return att_err_sub(err, ATT_E_NET, (uint32_t)errno,
			    "a call: %s", strerror(errno));
		}
	}
	return 0;
}

/* What is there, once something is. */
static int
receive(struct att_varlink_client *c, uint64_t end, struct att_err *err)
{
	AUTO(free) char *piece = malloc(PIECE);
	ssize_t n;
	int r;

	if (piece == NULL)
		return att_err_nomem(err);
	do {
		if ((r = wait_for(c->fd, POLLIN, end, "a reply", err)) < 0)
			return r;
		n = recv(c->fd, piece, PIECE, 0);
	} while (n < 0 && (errno == EAGAIN || errno == EINTR));
	if (n < 0)
		return att_err_sub(err, ATT_E_NET, (uint32_t)errno,
		    "a reply: %s", strerror(errno));
	if (n == 0)
		return att_err_set(err, ATT_E_NET,
		    "the service hung up instead of a reply");
	att_buf_bytes(&c->in, piece, (size_t)n);
	return att_buf_ok(&c->in, "a reply", err);
}

/* The reply before is not needed any more. */
static void
forget_taken(struct att_varlink_client *c)
{
	if (c->taken == 0)
		return;
	c->in.len -= c->taken;
	memmove(c->in.data, c->in.data + c->taken, c->in.len);
	c->taken = c->looked = 0;
}

/* One message without its NUL; it is there until the next one is read. */
static int
read_message(struct att_varlink_client *c, uint64_t end,
    struct att_slice *ret, struct att_err *err)
{
	const uint8_t *nul = NULL;
	int r;

	forget_taken(c);
	for (;;) {
		if (c->in.len > c->looked)
			nul = memchr(c->in.data + c->looked, '\0',
			    c->in.len - c->looked);
		if (nul != NULL)
			break;
		c->looked = c->in.len;
		if (c->looked > ATT_VARLINK_REPLY_MAX)
			return att_err_set(err, ATT_E_LIMIT,
			    "a reply of over %u bytes", ATT_VARLINK_REPLY_MAX);
		if ((r = receive(c, end, err)) < 0)
			return r;
	}
	*ret = (struct att_slice){ c->in.data, (size_t)(nul - c->in.data) };
	c->taken = ret->len + 1;
	return 0;
}

/* -- calls ----------------------------------------------------------------- */

/* Nothing may have come, or be left, that was not asked for. */
static int
send_call(struct att_varlink_client *c, const char *method,
    const json_t *parameters, unsigned flags, uint64_t end,
    struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b =
	    ATT_BUF(ATT_VARLINK_CALL_MAX + 1);
	int r;

	if (c->in.len > c->taken)
		return att_err_set(err, ATT_E_FORMAT,
		    "the service said what nobody asked for");
	if ((r = att_varlink_message_put(method, parameters, flags, &b,
		 err)) < 0)
		return r;
	return transmit(c, att_buf_view(&b), end, err);
}

/* Replies up to the last, which is *ret; `each` NULL: it is the first. */
static int
read_replies(struct att_varlink_client *c, unsigned ms, uint64_t end,
    bool (*each)(void *arg, const json_t *parameters), void *arg,
    struct att_varlink_reply *ret, struct att_err *err)
{
	for (;;) {
		AUTO_DONE(att_varlink_reply_done) struct att_varlink_reply m = {
			0 };
		struct att_slice text = { 0 };
		uint64_t soon = att_steady_now() + ms;
		int r;

		if ((r = read_message(c, ATT_MIN(soon, end), &text, err)) < 0 ||
		    (r = att_varlink_reply_parse(text, &m, err)) < 0)
			return r;
		if (!m.continues) {
			*ret = m;
			m = (struct att_varlink_reply){ 0 };
			return 0;
		}
		if (each == NULL)
			return att_err_set(err, ATT_E_FORMAT,
			    "the service promises more than the one reply");
		if (!each(arg, m.parameters))
			return att_err_set(err, ATT_E_EXPIRED,
			    "nobody wants the rest of the replies");
	}
}

int
att_varlink_call(struct att_varlink_client *c, const char *method,
    const json_t *parameters, unsigned ms, struct att_varlink_reply *ret,
    struct att_err *err)
{
	uint64_t end = att_steady_now() + ms;
	int r = send_call(c, method, parameters, 0, end, err);

	return r < 0 ? r : read_replies(c, ms, end, NULL, NULL, ret, err);
}

int
att_varlink_call_each(struct att_varlink_client *c, const char *method,
    const json_t *parameters, unsigned ms, uint64_t all_ms,
    bool (*each)(void *arg, const json_t *parameters), void *arg,
    struct att_varlink_reply *ret, struct att_err *err)
{
	uint64_t begin = att_steady_now();
	int r = send_call(c, method, parameters, ATT_VARLINK_MORE, begin + ms,
	    err);

	return r < 0 ? r :
		       read_replies(c, ms, begin + all_ms, each, arg, ret, err);
}
