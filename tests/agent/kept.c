/*
 * Preloaded: of each pidfd that is closed a copy stays open, as in a process
 * that another thread forks at that moment, until it executes something.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int
close(int fd)
{
	char path[32], link[64];
	ssize_t n;

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = readlink(path, link, sizeof(link));
	if (n > 0 && memmem(link, (size_t)n, "pidfd", 5) != NULL)
		(void)fcntl(fd, F_DUPFD_CLOEXEC, 0);
	return (int)syscall(SYS_close, fd);
}
