#include "agent/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>

#include "base/file.h"
#include "base/log.h"
#include "base/steady.h"

#define NEVER UINT64_MAX
#define ACCEPTS_MAX 256		/* for one event: who is refused costs little */
#define REST_MS 1000u		/* where there is no descriptor left */
#define QUIET_MS 60000u		/* between two words about who is refused */

struct link {
	struct att_listener *listener;
	struct link *next;
	int fd;
	struct att_varlink_conn *conn;
	sd_event_source *io, *timer;
};

struct att_listener {
	sd_event *event;
	int fd;
	sd_event_source *io, *timer;
	struct att_varlink_server *server;
	struct link *first;
	uint64_t quiet;		/* until then nobody is told who is refused */
};

static int
loop_error(int r, struct att_err *err)
{
	return r < 0 ? att_err_sys(err, -r, "event loop") : 0;
}

/* -- the socket ------------------------------------------------------------ */

int
att_listener_passed(int *ret_fd, struct att_err *err)
{
	int n = sd_listen_fds(1), fd = SD_LISTEN_FDS_START;

	if (n < 0)
		return att_err_sys(err, -n, "sockets of the service manager");
	if (n > 1 ||
	    (n == 1 && sd_is_socket(fd, AF_UNIX, SOCK_STREAM, 1) <= 0))
		return att_err_set(err, ATT_E_FORMAT, "the service manager "
		    "passed %d descriptors, must be one Unix socket that "
		    "listens", n);
	*ret_fd = n == 1 ? fd : -1;
	return 0;
}

/* -- a connection ---------------------------------------------------------- */

static void
link_free(struct link *k)
{
	(void)sd_event_source_disable_unref(k->io);
	(void)sd_event_source_disable_unref(k->timer);
	att_varlink_conn_free(k->conn);
	att_fd_done(&k->fd);
	free(k);
}

static void
drop(struct link *k)
{
	struct link **at = &k->listener->first;

	while (*at != k)
		at = &(*at)->next;
	*at = k->next;
	link_free(k);
}

/* What it is watched for from now on. */
static int
watch(struct link *k)
{
	unsigned want = att_varlink_conn_wants(k->conn);
	uint64_t due = att_varlink_conn_due(k->conn);
	int r;

	if ((r = sd_event_source_set_io_events(k->io,
		 ((want & ATT_VARLINK_READ) != 0 ? EPOLLIN : 0) |
		     ((want & ATT_VARLINK_WRITE) != 0 ? EPOLLOUT : 0))) < 0)
		return r;
	if (due == NEVER)
		return sd_event_source_set_enabled(k->timer, SD_EVENT_OFF);
	if ((r = sd_event_source_set_time(k->timer, due * 1000)) < 0)
		return r;
	return sd_event_source_set_enabled(k->timer, SD_EVENT_ONESHOT);
}

static void
look(struct link *k)
{
	struct att_err err = { 0 };
	int r = att_varlink_conn_io(k->conn, k->fd, att_steady_now(), &err);

	if (r < 0)
		(void)att_log_err(ATT_LOG_DEBUG, "a caller is dropped", &err);
	if (r == 0 && (r = watch(k)) < 0)
		att_log(ATT_LOG_WARNING, "a caller is dropped: %s",
		    strerror(-r));
	if (r != 0)
		drop(k);
}

static int
on_io(sd_event_source *source, int fd, uint32_t events, void *arg)
{
	look(arg);
	return 0;
}

static int
on_time(sd_event_source *source, uint64_t usec, void *arg)
{
	look(arg);
	return 0;
}

/* A reply was made: there is something to write, or to begin. */
static void
wake(struct att_varlink_conn *c, void *arg)
{
	struct link *k = arg;

	(void)sd_event_source_set_io_events(k->io, EPOLLIN | EPOLLOUT);
}

static int
link_new(struct att_listener *l, int fd, struct att_err *err)
{
	AUTO_DONE(att_varlink_peer_done) struct att_varlink_peer peer = { 0 };
	struct link *k = calloc(1, sizeof(*k));
	int r;

	if (k == NULL)
		return att_err_nomem(err);
	k->listener = l;
	k->fd = -1;
	if ((r = att_varlink_peer_of(fd, &peer, err)) < 0 ||
	    (r = att_varlink_conn_new(l->server, &peer, att_steady_now(), wake,
		 k, &k->conn, err)) < 0 ||
	    (r = loop_error(sd_event_add_io(l->event, &k->io, fd, EPOLLIN,
		 on_io, k), err)) < 0 ||
	    (r = loop_error(sd_event_add_time(l->event, &k->timer,
		 CLOCK_BOOTTIME, 0, 1, on_time, k), err)) < 0 ||
	    (r = loop_error(watch(k), err)) < 0) {
		link_free(k);
		return r;
	}
	k->fd = fd;
	k->next = l->first;
	l->first = k;
	return 0;
}

/* -- the listener ---------------------------------------------------------- */

/* Where the kernel gives no descriptor, it is not asked all the time. */
static int
rest(struct att_listener *l, int errnum)
{
	int r;

	att_log(ATT_LOG_WARNING, "a caller is not taken: %s",
	    strerror(errnum));
	if ((r = sd_event_source_set_enabled(l->io, SD_EVENT_OFF)) < 0 ||
	    (r = sd_event_source_set_time_relative(l->timer,
		 REST_MS * 1000)) < 0)
		return r;
	return sd_event_source_set_enabled(l->timer, SD_EVENT_ONESHOT);
}

static int
on_rested(sd_event_source *source, uint64_t usec, void *arg)
{
	struct att_listener *l = arg;

	return sd_event_source_set_enabled(l->io, SD_EVENT_ON);
}

/* Who comes again and again does not fill the log, whoever else is taken. */
static void
refuse(struct att_listener *l, int fd, const struct att_err *err)
{
	uint64_t now = att_steady_now();

	(void)att_log_err(now < l->quiet ? ATT_LOG_DEBUG : ATT_LOG_WARNING,
	    "a caller is not taken", err);
	if (now >= l->quiet)
		l->quiet = now + QUIET_MS;
	(void)close(fd);
}

static int
on_caller(sd_event_source *source, int listening, uint32_t events, void *arg)
{
	struct att_listener *l = arg;

	for (unsigned i = 0; i < ACCEPTS_MAX; i++) {
		struct att_err err = { 0 };
		int fd = accept4(listening, NULL, NULL,
		    SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			break;
		/* that one is gone, or there is no room for it */
		if (fd < 0 && (errno == ECONNABORTED || errno == EINTR))
			continue;
		if (fd < 0)
			return rest(l, errno);
		if (link_new(l, fd, &err) < 0)
			refuse(l, fd, &err);
	}
	return 0;
}

static int
add_sources(struct att_listener *l)
{
	int r;

	if ((r = sd_event_add_io(l->event, &l->io, l->fd, EPOLLIN, on_caller,
		 l)) < 0 ||
	    (r = sd_event_add_time(l->event, &l->timer, CLOCK_BOOTTIME, 0, 1,
		 on_rested, l)) < 0)
		return r;
	return sd_event_source_set_enabled(l->timer, SD_EVENT_OFF);
}

/* Whoever made it may have left it blocking. */
static int
check_listening(int fd, struct att_err *err)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return att_err_sys(err, errno, "a socket");
	return 0;
}

int
att_listener_new(struct sd_event *event, int fd,
    const struct att_varlink_service *service, struct att_listener **ret,
    struct att_err *err)
{
	AUTO_DONE(att_fd_done) int own = fd;
	AUTO(att_listener_free) struct att_listener *l = calloc(1, sizeof(*l));
	int r;

	if (l == NULL)
		return att_err_nomem(err);
	l->event = sd_event_ref(event);
	l->fd = own;
	own = -1;
	if ((r = check_listening(fd, err)) < 0 ||
	    (r = att_varlink_server_new(service, &l->server, err)) < 0 ||
	    (r = loop_error(add_sources(l), err)) < 0)
		return r;
	*ret = take(&l);
	return 0;
}

void
att_listener_flush(struct att_listener *l)
{
	struct link *next;

	for (struct link *k = l == NULL ? NULL : l->first; k != NULL;
	     k = next) {
		next = k->next;
		look(k);
	}
}

void
att_listener_free(struct att_listener *l)
{
	if (l == NULL)
		return;
	while (l->first != NULL)
		drop(l->first);
	(void)sd_event_source_disable_unref(l->io);
	(void)sd_event_source_disable_unref(l->timer);
	att_varlink_server_free(l->server);
	att_fd_done(&l->fd);
	(void)sd_event_unref(l->event);
	free(l);
}

size_t
att_listener_conns(const struct att_listener *l)
{
	return att_varlink_server_conns(l->server);
}
