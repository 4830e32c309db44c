#include "agent/stop.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <time.h>

#include "base/file.h"

static bool asked;

static sigset_t
signals(void)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	return set;
}

void
att_stop_arm(void)
{
	sigset_t set = signals();

	(void)sigprocmask(SIG_BLOCK, &set, NULL);
}

/* A timer of the clock that goes on while the machine sleeps; -1: none. */
static int
timer_of(uint64_t milliseconds)
{
	const struct itimerspec t = { .it_value = {
		.tv_sec = (time_t)(milliseconds / 1000),
		.tv_nsec = (long)(milliseconds % 1000) * 1000000 } };
	int fd = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC);

	if (fd >= 0 && timerfd_settime(fd, 0, &t, NULL) < 0)
		att_fd_done(&fd);
	return fd;
}

/*
 * Until the timer is over, `fd` can be read or a signal is there, all of which
 * stay so; false: no
 * such wait can be had. A process that is stopped and continued is interrupted
 * and waits on.
 */
static bool
doze(const sigset_t *set, uint64_t milliseconds, int fd)
{
	AUTO_DONE(att_fd_done) int timer = timer_of(milliseconds);
	AUTO_DONE(att_fd_done) int sig = signalfd(-1, set, SFD_CLOEXEC);
	struct pollfd fds[] = { { .fd = timer, .events = POLLIN },
		{ .fd = sig, .events = POLLIN },
		{ .fd = fd, .events = POLLIN } };
	int r;

	if (timer < 0 || sig < 0)
		return false;
	do
		r = poll(fds, ATT_COUNT(fds), -1);
	while (r < 0 && errno == EINTR);
	return r > 0;
}

/* A signal that is there, or comes within that time. */
static bool
take_signal(const sigset_t *set, uint64_t milliseconds)
{
	const struct timespec t = { .tv_sec = (time_t)(milliseconds / 1000),
		.tv_nsec = (long)(milliseconds % 1000) * 1000000 };

	return sigtimedwait(set, NULL, &t) > 0;
}

bool
att_stop_asked(void)
{
	return att_stop_wait(0);
}

bool
att_stop_wait(uint64_t milliseconds)
{
	return att_stop_wait_for(milliseconds, -1);
}

bool
att_stop_wait_for(uint64_t milliseconds, int fd)
{
	sigset_t set = signals();

	if (!asked && milliseconds > 0 && doze(&set, milliseconds, fd))
		milliseconds = 0;
	asked = asked || take_signal(&set, milliseconds);
	return asked;
}
