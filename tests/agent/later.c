/*
 * Preloaded: the clock that goes on while the machine sleeps shows a time that
 * is later, by as many seconds as the file that ATT_LATER names says, a native
 * int64_t which may change at any time.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *later;

static void __attribute__((constructor))
look(void)
{
	const char *path = getenv("ATT_LATER");
	int fd = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
	void *at = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof(*later),
	    PROT_READ, MAP_SHARED, fd, 0);

	if (at != MAP_FAILED)
		later = at;
	if (fd >= 0)
		(void)close(fd);
}

int
clock_gettime(clockid_t clock, struct timespec *ret)
{
	int r = (int)syscall(SYS_clock_gettime, clock, ret);

	if (r == 0 && clock == CLOCK_BOOTTIME && later != NULL)
		ret->tv_sec += (time_t)*later;
	return r;
}
