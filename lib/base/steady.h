/* Clocks that nobody sets, and sleep. */
#ifndef ATT_BASE_STEADY_H
#define ATT_BASE_STEADY_H

#include <stdint.h>
#include <time.h>

/* Of nanoseconds. */
#define ATT_STEADY_US UINT64_C(1000)
#define ATT_STEADY_MS UINT64_C(1000000)

/* In nanoseconds; of the clocks here none can fail. */
static inline uint64_t
att_steady_read(clockid_t id)
{
	struct timespec t = { 0 };

	(void)clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* Milliseconds since the boot: it goes on while the machine sleeps. */
static inline uint64_t
att_steady_now(void)
{
	return att_steady_read(CLOCK_BOOTTIME) / ATT_STEADY_MS;
}

/* Nanoseconds in which the machine was awake, as CLOCK_MONOTONIC has them. */
static inline uint64_t
att_steady_awake(void)
{
	return att_steady_read(CLOCK_MONOTONIC);
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
