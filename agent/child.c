#include "agent/child.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/steady.h"

#define REAP_TRIES 20	/* looks at one that was killed */
#define REAP_MS 10

/* Ends as a process does that ran no handler and flushed nothing. */
static _Noreturn void
run(int (*work)(void *arg), void *arg, unsigned seconds, pid_t parent)
{
	sigset_t alarms;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* a parent that died before that was asked for */
	if (getppid() != parent)
		_exit(1);
	/* a kernel before 5.9 has no such call; then they stay open */
	(void)close_range(STDERR_FILENO + 1, ~0u, 0);
	(void)sigemptyset(&alarms);
	(void)sigaddset(&alarms, SIGALRM);
	(void)signal(SIGALRM, SIG_DFL);
	(void)sigprocmask(SIG_UNBLOCK, &alarms, NULL);
	(void)alarm(seconds);
	_exit(work(arg) < 0);
}

int
att_child_start(struct att_child *c, int (*work)(void *arg), void *arg,
    unsigned seconds, struct att_err *err)
{
	pid_t parent = getpid(), pid;

	if (att_child_runs(c))
		return att_err_set(err, ATT_E_BUSY,
		    "work in the background is still going on");
	if ((pid = fork()) < 0)
		return att_err_sys(err, errno, "fork");
	if (pid == 0)
		run(work, arg, seconds, parent);
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
	if (!att_child_runs(c))
		return;
	(void)kill(c->pid, SIGKILL);
	for (int i = 0; i < REAP_TRIES && att_child_runs(c); i++)
		att_steady_nap(REAP_MS);
}
