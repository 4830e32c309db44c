/*
 * Somebody who listens, takes one call, and answers what a test says, word by
 * word. Included once by a test program.
 */
#ifndef ATT_TESTS_VARLINK_SCRIPTED_H
#define ATT_TESTS_VARLINK_SCRIPTED_H

#include <pthread.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "testlib.h"

#include "base/file.h"

static int listener = -1;
static pthread_t thread;

/* What is answered, `|` for NUL, once a call has come; "" : nothing is. */
static struct {
	const char *text;
	size_t fill;		/* so many bytes before it */
	bool repeat;		/* until the client hangs up */
	bool stay;		/* and then does not hang up by itself */
	unsigned pause_ms;	/* before each */
	char call[512];		/* what came */
} script;

static inline void
script_listen(const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };

	memset(&script, 0, sizeof(script));
	ck_assert_uint_lt(strlen(path), sizeof(at.sun_path));
	memcpy(at.sun_path, path, strlen(path));
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_ge(listener, 0);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&at, sizeof(at)), 0);
	ck_assert_int_eq(listen(listener, 1), 0);
}

static inline bool
script_send(int fd, const char *text, size_t n)
{
	while (n > 0) {
		ssize_t done = send(fd, text, n, MSG_NOSIGNAL);

		if (done <= 0)
			return false;
		text += done;
		n -= (size_t)done;
	}
	return true;
}

static inline bool
script_say(int fd)
{
	AUTO(free) char *bytes = strdup(script.text);
	char x[4096];

	memset(x, 'x', sizeof(x));
	if (script.pause_ms > 0)
		(void)usleep(script.pause_ms * 1000);
	for (size_t n = 0; n < script.fill; n += sizeof(x))
		if (!script_send(fd, x, sizeof(x)))
			return false;
	for (char *p = bytes; *p != '\0'; p++)
		if (*p == '|')
			*p = '\0';
	return script_send(fd, bytes, strlen(script.text));
}

static inline void *
script_serve(void *arg)
{
	AUTO_DONE(att_fd_done) int fd = accept(listener, NULL, NULL);
	char byte;

	(void)arg;
	for (size_t n = 0; n < sizeof(script.call) - 1; n++)
		if (recv(fd, &script.call[n], 1, 0) <= 0 ||
		    script.call[n] == '\0')
			break;
	while (script_say(fd) && script.repeat)
		;
	while (script.stay && recv(fd, &byte, 1, 0) > 0)
		;
	return NULL;
}

static inline void
script_start(const char *text)
{
	script.text = text;
	ck_assert_int_eq(pthread_create(&thread, NULL, script_serve, NULL), 0);
}

/* After the client has hung up. */
static inline void
script_end(void)
{
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
}

#endif
