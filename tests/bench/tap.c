#include "tests/bench/tap.h"

#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "testlib.h"

#define PAIRS 16	/* connections at a time */
#define NOBODY (-1)	/* poll(2) passes over it */

/* One connection: [0] is the program's, [1] the server's. */
struct pair {
	int fd[2];
	double asked;	/* when the last byte of a question went on; 0: none */
};

double
tap_now(void)
{
	struct timespec t;

	ck_assert(clock_gettime(CLOCK_MONOTONIC, &t) == 0);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static socklen_t
size_of(const union tap_addr *a)
{
	return a->any.sa_family == AF_UNIX ? sizeof(a->un) : sizeof(a->in);
}

/* No byte waits for the one before to be acknowledged. */
static void
at_once(int fd)
{
	const int on = 1;

	/* a Unix socket has no such option, and needs none */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

static void
open_pair(struct tap *t, struct pair *p)
{
	p->asked = 0;
	p->fd[0] = accept4(t->listen_fd, NULL, NULL, SOCK_CLOEXEC);
	p->fd[1] = socket(t->server.any.sa_family,
	    SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert(p->fd[0] >= 0 && p->fd[1] >= 0);
	ck_assert(connect(p->fd[1], &t->server.any, size_of(&t->server)) ==
	    0);
	at_once(p->fd[0]);
	at_once(p->fd[1]);
	(void)pthread_mutex_lock(&t->lock);
	t->seen.connections++;
	(void)pthread_mutex_unlock(&t->lock);
}

static void
close_pair(struct pair *p)
{
	for (int i = 0; i < 2; i++) {
		if (p->fd[i] >= 0)
			(void)close(p->fd[i]);
		p->fd[i] = NOBODY;
	}
}

/* Bytes came from the program, or from the server. */
static void
count(struct tap *t, struct pair *p, bool from_server)
{
	double now = tap_now();

	(void)pthread_mutex_lock(&t->lock);
	if (!from_server) {
		p->asked = now;
		if (t->seen.first == 0)
			t->seen.first = now;
	} else if (p->asked != 0) {
		t->seen.waited += now - p->asked;
		t->seen.turns++;
		p->asked = 0;
	}
	(void)pthread_mutex_unlock(&t->lock);
}

/* False when that side has ended. */
static bool
relay(struct tap *t, struct pair *p, int from)
{
	uint8_t bytes[16384];
	ssize_t n = read(p->fd[from], bytes, sizeof(bytes)), sent = 0;

	if (n <= 0)
		return false;
	count(t, p, from == 1);
	while (sent < n) {
		ssize_t k = send(p->fd[!from], bytes + sent,
		    (size_t)(n - sent), MSG_NOSIGNAL);

		if (k < 0)
			return false;
		sent += k;
	}
	return true;
}

static struct pair *
free_pair(struct pair pairs[static PAIRS])
{
	for (size_t i = 0; i < PAIRS; i++)
		if (pairs[i].fd[0] < 0)
			return &pairs[i];
	ck_abort_msg("more than %d connections at a time", PAIRS);
}

static void *
serve(void *ctx)
{
	struct tap *t = ctx;
	struct pair pairs[PAIRS];
	struct pollfd p[2 + 2 * PAIRS] = { { t->wake_fd, POLLIN, 0 },
		{ t->listen_fd, POLLIN, 0 } };

	for (size_t i = 0; i < PAIRS; i++)
		pairs[i] = (struct pair){ { NOBODY, NOBODY }, 0 };
	for (;;) {
		for (size_t i = 0; i < 2 * PAIRS; i++)
			p[2 + i] = (struct pollfd){ pairs[i / 2].fd[i % 2],
				POLLIN, 0 };
		ck_assert(poll(p, ATT_COUNT(p), -1) > 0);
		if (p[0].revents != 0)
			break;
		for (size_t i = 0; i < 2 * PAIRS; i++)
			if (p[2 + i].revents != 0 &&
			    pairs[i / 2].fd[0] >= 0 &&
			    !relay(t, &pairs[i / 2], i % 2))
				close_pair(&pairs[i / 2]);
		if (p[1].revents != 0)
			open_pair(t, free_pair(pairs));
	}
	for (size_t i = 0; i < PAIRS; i++)
		close_pair(&pairs[i]);
	return NULL;
}

void
tap_start(struct tap *t, const union tap_addr *server, const char *path)
{
	union tap_addr own = *server;

	*t = (struct tap){ .server = *server };
	if (own.any.sa_family == AF_UNIX)
		ck_assert(snprintf(own.un.sun_path, sizeof(own.un.sun_path),
		    "%s", path) < (int)sizeof(own.un.sun_path));
	else
		own.in.sin_port = 0;
	t->wake_fd = eventfd(0, EFD_CLOEXEC);
	t->listen_fd = socket(own.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC,
	    0);
	ck_assert(t->wake_fd >= 0 && t->listen_fd >= 0);
	ck_assert(bind(t->listen_fd, &own.any, size_of(&own)) == 0 &&
	    listen(t->listen_fd, PAIRS) == 0);
	ck_assert(pthread_mutex_init(&t->lock, NULL) == 0 &&
	    pthread_create(&t->thread, NULL, serve, t) == 0);
}

uint16_t
tap_port(const struct tap *t)
{
	union tap_addr own;
	socklen_t len = sizeof(own);

	ck_assert(getsockname(t->listen_fd, &own.any, &len) == 0);
	return ntohs(own.in.sin_port);
}

void
tap_stop(struct tap *t)
{
	const uint64_t one = 1;

	ck_assert(write(t->wake_fd, &one, sizeof(one)) == sizeof(one));
	ck_assert(pthread_join(t->thread, NULL) == 0);
	(void)pthread_mutex_destroy(&t->lock);
	(void)close(t->listen_fd);
	(void)close(t->wake_fd);
}

void
tap_reset(struct tap *t)
{
	(void)pthread_mutex_lock(&t->lock);
	t->seen = (struct tap_seen){ 0 };
	(void)pthread_mutex_unlock(&t->lock);
}

struct tap_seen
tap_look(struct tap *t)
{
	struct tap_seen seen;

	(void)pthread_mutex_lock(&t->lock);
	seen = t->seen;
	(void)pthread_mutex_unlock(&t->lock);
	return seen;
}
