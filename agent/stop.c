#include "agent/stop.h"

#include <errno.h>
#include <signal.h>
#include <time.h>

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

/* False once the time is over. */
static bool
wait_for(const sigset_t *set, const struct timespec *left)
{
	int r;

	do
		r = sigtimedwait(set, NULL, left);
	while (r < 0 && errno == EINTR);
	return r > 0;
}

bool
att_stop_asked(void)
{
	static const struct timespec now;
	sigset_t set = signals();

	asked = asked || wait_for(&set, &now);
	return asked;
}

bool
att_stop_wait(uint64_t milliseconds)
{
	struct timespec left = { .tv_sec = (time_t)(milliseconds / 1000),
		.tv_nsec = (long)(milliseconds % 1000) * 1000000 };
	sigset_t set = signals();

	asked = asked || wait_for(&set, &left);
	return asked;
}
