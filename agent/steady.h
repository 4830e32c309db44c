/* A clock that nobody sets, and that goes on while the machine sleeps. */
#ifndef ATT_AGENT_STEADY_H
#define ATT_AGENT_STEADY_H

#include <stdint.h>
#include <time.h>

/* Milliseconds since the boot. */
static inline uint64_t
att_steady_now(void)
{
	struct timespec t = { 0 };

	(void)clock_gettime(CLOCK_BOOTTIME, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* Microseconds of CLOCK_MONOTONIC, which the service manager wants. */
static inline uint64_t
att_steady_monotonic_us(void)
{
	struct timespec t = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

/* Sleeps so long; a signal ends it early. */
static inline void
att_steady_nap(unsigned ms)
{
	const struct timespec t = { .tv_sec = ms / 1000,
		.tv_nsec = (long)(ms % 1000) * 1000000 };

	(void)nanosleep(&t, NULL);
}

#endif
