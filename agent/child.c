#include "agent/child.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/steady.h"

#define REAP_TRIES 200	/* looks at one that was killed */
#define REAP_MS 1

/*
 * Under their new numbers, which some may have had for another, and not closed
 * at execv. Returns the first number behind.
 */
static int
keep(const int *give)
{
	int high[ATT_CHILD_FDS], n = 0;

	for (; give != NULL && n < ATT_CHILD_FDS && give[n] >= 0; n++)
		if ((high[n] = fcntl(give[n], F_DUPFD,
			 ATT_CHILD_FD + ATT_CHILD_FDS)) < 0)
			_exit(1);
	for (int i = 0; i < n; i++)
		if (dup2(high[i], ATT_CHILD_FD + i) < 0)
			_exit(1);
	return ATT_CHILD_FD + n;
}

/* Ends as a process does that ran no handler and flushed nothing. */
static _Noreturn void
run(int (*work)(void *arg), void *arg, const int *give, unsigned seconds,
    pid_t parent)
{
	sigset_t alarms;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* a parent that died before that was asked for */
	if (getppid() != parent)
		_exit(1);
	/* a kernel before 5.9 has no such call; then they stay open */
	(void)close_range((unsigned)keep(give), ~0u, 0);
	(void)sigemptyset(&alarms);
	(void)sigaddset(&alarms, SIGALRM);
	(void)signal(SIGALRM, SIG_DFL);
	(void)sigprocmask(SIG_UNBLOCK, &alarms, NULL);
	(void)alarm(seconds);
	_exit(work(arg) < 0);
}

int
att_child_start(struct att_child *c, int (*work)(void *arg), void *arg,
    const int *give, unsigned seconds, struct att_err *err)
{
	pid_t parent = getpid(), pid;

	if (att_child_runs(c))
		return att_err_set(err, ATT_E_BUSY,
		    "work in the background is still going on");
	if ((pid = fork()) < 0)
		return att_err_sys(err, errno, "fork");
	if (pid == 0)
		run(work, arg, give, seconds, parent);
	c->pid = pid;
	return 0;
}

bool
att_child_runs(struct att_child *c)
{
	int status = 0;
	pid_t r;

	if (c->pid == 0)
		return false;
	r = waitpid(c->pid, &status, WNOHANG);
	if (r == 0 || (r < 0 && errno == EINTR))
		return true;
	c->failed = r < 0 || status != 0;
	c->pid = 0;
	return false;
}

void
att_child_stop(struct att_child *c)
{
	const struct sched_param p = { 0 };

	if (!att_child_runs(c))
		return;
	/* who stands behind all others on a busy machine never gets to end */
	(void)sched_setscheduler(c->pid, SCHED_OTHER, &p);
	(void)kill(c->pid, SIGKILL);
	for (int i = 0; i < REAP_TRIES && att_child_runs(c); i++)
		att_steady_nap(REAP_MS);
}
