#include "tests/bench/spent.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "testlib.h"

#include "tests/bench/tap.h"

#define WORDS_MAX 16
#define PASSED_FD 3	/* sd_listen_fds(3) */

/* The number behind this word of /proc/PID/NAME; there must be one. */
static long
number_of(const char *pid, const char *name, const char *word)
{
	char path[300], line[256];
	size_t n = strlen(word);
	long number = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%s/%s", pid, name);
	ck_assert_msg((f = fopen(path, "r")) != NULL, "%s", path);
	while (number < 0 && fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, word, n) == 0)
			number = strtol(line + n, NULL, 10);
	(void)fclose(f);
	ck_assert_msg(number >= 0, "%s lacks %s", path, word);
	return number;
}

static bool
pass_listener(int fd)
{
	char pid[16];

	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	return setenv("LISTEN_PID", pid, 1) == 0 &&
	    setenv("LISTEN_FDS", "1", 1) == 0 &&
	    (fd == PASSED_FD ? fcntl(fd, F_SETFD, 0) : dup2(fd, PASSED_FD)) >=
	    0;
}

/* Before exec it stops, so that its parent can say what it wants to see. */
static void
child(const struct program *p)
{
	char *argv[WORDS_MAX] = { (char *)(uintptr_t)p->path };
	int fd = open(p->log, O_WRONLY | O_CREAT | O_APPEND, 0600);

	for (size_t i = 0; p->words[i] != NULL; i++)
		argv[i + 1] = (char *)(uintptr_t)p->words[i];
	if (fd < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0 ||
	    (p->listen_fd >= 0 && !pass_listener(p->listen_fd)) ||
	    ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
		_exit(126);
	(void)raise(SIGSTOP);
	(void)execv(p->path, argv);
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
	long peak, own;
	char name[16];

	snprintf(name, sizeof(name), "%d", (int)pid);
	peak = number_of(name, "status", "VmHWM:");
	own = number_of(name, "smaps_rollup", "Private_Dirty:");
	ret->peak = peak > ret->peak ? peak : ret->peak;
	ret->own = own > ret->own ? own : ret->own;
}

static double
cpu_of(pid_t pid)
{
	struct timespec t;
	clockid_t id;

	ck_assert(clock_getcpuclockid(pid, &id) == 0 &&
	    clock_gettime(id, &t) == 0);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* What a stopped process is let go with: a signal that is meant for it. */
static int
signal_of(int status)
{
	int sig = WSTOPSIG(status);

	/* events, and the stop with which a new process begins */
	return status >> 16 != 0 || sig == SIGTRAP || sig == SIGSTOP ? 0 : sig;
}

/*
 * Until `pid` is gone. Of all children of this thread: its own are traced, too,
 * and each thread waits for those that it began.
 */
static void
follow(pid_t pid, struct spent *ret)
{
	struct rusage use;
	pid_t of = pid;
	int status = 0;

	ck_assert(ptrace(PTRACE_CONT, pid, NULL, 0L) == 0);
	for (;;) {
		of = wait4(-1, &status, __WALL | __WNOTHREAD, &use);
		ck_assert(of > 0);
		if (!WIFSTOPPED(status) && of == pid)
			break;
		if (!WIFSTOPPED(status))
			continue;
		if (status >> 16 == PTRACE_EVENT_EXIT)
			look(of, ret);
		/* it may be gone meanwhile, killed */
		(void)ptrace(PTRACE_CONT, of, NULL, (long)signal_of(status));
	}
	ret->status = WIFEXITED(status) ? WEXITSTATUS(status) :
					  1000 + WTERMSIG(status);
	ret->cpu += (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
	    (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6;
}

static void
begin(const struct program *p, atomic_int *ret_pid, struct spent *ret)
{
	const long options = PTRACE_O_EXITKILL | PTRACE_O_TRACEEXEC |
	    PTRACE_O_TRACEEXIT | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK;
	pid_t pid = fork();
	int status;

	ck_assert(pid >= 0);
	if (pid == 0)
		child(p);
	ck_assert(waitpid(pid, &status, 0) == pid && WIFSTOPPED(status));
	/* until here it was a copy of this process */
	*ret = (struct spent){ .cpu = -cpu_of(pid) };
	ck_assert(ptrace(PTRACE_SETOPTIONS, pid, NULL, options) == 0);
	atomic_store(ret_pid, pid);
	ret->began = tap_now();
	follow(pid, ret);
	ret->wall = tap_now() - ret->began;
}

void
spent_run(const struct program *p, struct spent *ret)
{
	atomic_int pid;

	begin(p, &pid, ret);
}

static void *
serve(void *ctx)
{
	struct unit *u = ctx;
	struct pollfd p = { .fd = u->p.listen_fd, .events = POLLIN };

	ck_assert(poll(&p, 1, -1) == 1);
	begin(&u->p, &u->pid, &u->spent);
	return NULL;
}

void
unit_start(struct unit *u)
{
	ck_assert(pthread_create(&u->thread, NULL, serve, u) == 0);
}

void
unit_wait(struct unit *u)
{
	ck_assert(pthread_join(u->thread, NULL) == 0);
}

long
unit_switches(struct unit *u)
{
	struct dirent *e;
	char path[64];
	long sum = 0;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/task", atomic_load(&u->pid));
	ck_assert_msg((d = opendir(path)) != NULL, "%s", path);
	while ((e = readdir(d)) != NULL)
		if (e->d_name[0] != '.')
			sum += number_of(e->d_name, "status",
				   "voluntary_ctxt_switches:") +
			    number_of(e->d_name, "status",
				"nonvoluntary_ctxt_switches:");
	(void)closedir(d);
	return sum;
}
