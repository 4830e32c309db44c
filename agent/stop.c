#include "agent/stop.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <time.h>

#include "base/file.h"

static atomic_bool asked;
/* Readable once somebody has asked by word; -1: signals are taken here. */
static int bell = -1;

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

int
att_stop_by_word(struct att_err *err)
{
	int fd = bell >= 0 ? bell : eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	if (fd < 0)
		return att_err_sys(err, errno, "eventfd");
	bell = fd;
	return 0;
}

void
att_stop_ask(void)
{
	atomic_store(&asked, true);
	/* fails only where it rings already */
	if (bell >= 0)
		(void)eventfd_write(bell, 1);
}

static struct timespec
timespec_of(uint64_t milliseconds)
{
	return (struct timespec){ .tv_sec = (time_t)(milliseconds / 1000),
		.tv_nsec = (long)(milliseconds % 1000) * 1000000 };
}

/* A timer of the clock that goes on while the machine sleeps; -1: none. */
static int
timer_of(uint64_t milliseconds)
{
	const struct itimerspec t = { .it_value = timespec_of(milliseconds) };
	int fd = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC);

	if (fd >= 0 && timerfd_settime(fd, 0, &t, NULL) < 0)
		att_fd_done(&fd);
	return fd;
}

/*
 * Until the timer is over or somebody asks, which stays so; false: no such
 * wait can be had. A process that is stopped and continued is interrupted and
 * waits on.
 */
static bool
doze(const sigset_t *set, uint64_t milliseconds)
{
	AUTO_DONE(att_fd_done) int timer = timer_of(milliseconds);
	AUTO_DONE(att_fd_done) int sig = bell >= 0 ? -1 :
	    signalfd(-1, set, SFD_CLOEXEC);
	struct pollfd fds[] = { { .fd = timer, .events = POLLIN },
		{ .fd = bell >= 0 ? bell : sig, .events = POLLIN } };
	int r;

	if (timer < 0 || fds[1].fd < 0)
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
	const struct timespec t = timespec_of(milliseconds);

	if (bell < 0)
		return sigtimedwait(set, NULL, &t) > 0;
	if (milliseconds > 0)
		(void)nanosleep(&t, NULL);
	return false;
}

bool
att_stop_asked(void)
{
	return att_stop_wait(0);
}

bool
att_stop_wait(uint64_t milliseconds)
{
	sigset_t set = signals();

	if (!atomic_load(&asked) && milliseconds > 0 &&
	    doze(&set, milliseconds))
		milliseconds = 0;
	if (!atomic_load(&asked) && take_signal(&set, milliseconds))
		atomic_store(&asked, true);
	return atomic_load(&asked);
}
