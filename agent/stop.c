#include "agent/stop.h"

#include <errno.h>
#include <signal.h>
#include <time.h>

#include "agent/steady.h"

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

/*
 * False once the time is over. A process that is stopped and continued is
 * interrupted, and only waits for what is left.
 */
static bool
wait_for(uint64_t milliseconds)
{
	const uint64_t end = att_steady_now() + milliseconds;
	sigset_t set = signals();
	uint64_t left = milliseconds;
	int r;

	do {
		struct timespec t = { .tv_sec = (time_t)(left / 1000),
			.tv_nsec = (long)(left % 1000) * 1000000 };
		uint64_t now;

		r = sigtimedwait(&set, NULL, &t);
		now = att_steady_now();
		left = now < end ? end - now : 0;
	} while (r < 0 && errno == EINTR);
	return r > 0;
}

bool
att_stop_asked(void)
{
	return att_stop_wait(0);
}

bool
att_stop_wait(uint64_t milliseconds)
{
	asked = asked || wait_for(milliseconds);
	return asked;
}
