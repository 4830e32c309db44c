#include "tests/bench/spent.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "testlib.h"

#include "tests/bench/tap.h"

#define WORDS_MAX 16

/* KiB behind this word of /proc/PID/NAME; there must be one. */
static long
kib_of(pid_t pid, const char *name, const char *word)
{
	char path[64], line[256];
	size_t n = strlen(word);
	long kib = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	ck_assert_msg((f = fopen(path, "r")) != NULL, "%s", path);
	while (kib < 0 && fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, word, n) == 0)
			kib = strtol(line + n, NULL, 10);
	(void)fclose(f);
	ck_assert_msg(kib >= 0, "%s lacks %s", path, word);
	return kib;
}

static void
child(const char *path, const char *const *words, const char *log)
{
	char *argv[WORDS_MAX] = { (char *)(uintptr_t)path };
	int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);

	for (size_t i = 0; words[i] != NULL; i++)
		argv[i + 1] = (char *)(uintptr_t)words[i];
	if (fd < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0 ||
	    ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
		_exit(126);
	(void)raise(SIGSTOP);
	(void)execv(path, argv);
	_exit(127);
}

/*
 * The last look at a process is the one for which it stops as it ends: once it
 * is a zombie, what it held is gone. getrusage would do for the peak alone, did
 * it not count what its parent held when it forked.
 */
static void
look(pid_t pid, struct spent *ret)
{
	ret->peak = kib_of(pid, "status", "VmHWM:");
	ret->own = kib_of(pid, "smaps_rollup", "Private_Dirty:");
}

static bool
is_event(int status, int event)
{
	return WIFSTOPPED(status) && status >> 8 == (SIGTRAP | event << 8);
}

void
spent_run(const char *path, const char *const *words, const char *log,
    struct spent *ret)
{
	const long options = PTRACE_O_EXITKILL | PTRACE_O_TRACEEXEC |
	    PTRACE_O_TRACEEXIT;
	struct rusage use;
	pid_t pid = fork();
	int status;

	ck_assert(pid >= 0);
	if (pid == 0)
		child(path, words, log);
	*ret = (struct spent){ 0 };
	ck_assert(waitpid(pid, &status, 0) == pid && WIFSTOPPED(status));
	ck_assert(ptrace(PTRACE_SETOPTIONS, pid, NULL, options) == 0);
	ret->began = tap_now();
	for (int sig = 0; WIFSTOPPED(status);) {
		ck_assert(ptrace(PTRACE_CONT, pid, NULL, (long)sig) == 0);
		ck_assert(wait4(pid, &status, 0, &use) == pid);
		sig = 0;
		if (is_event(status, PTRACE_EVENT_EXIT))
			look(pid, ret);
		else if (WIFSTOPPED(status) &&
		    !is_event(status, PTRACE_EVENT_EXEC))
			sig = WSTOPSIG(status);
	}
	ret->wall = tap_now() - ret->began;
	ret->cpu = (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
	    (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6;
	ret->status = WIFEXITED(status) ? WEXITSTATUS(status) :
					  1000 + WTERMSIG(status);
}
