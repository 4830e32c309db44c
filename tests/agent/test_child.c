/* Work in the background, and what becomes of it. */
#include "testlib.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "agent/child.h"

static int to_parent = -1;

static int
sleeps(void *arg)
{
	for (;;)
		(void)pause();
	return 0;
}

static int
returns(void *arg)
{
	return *(int *)arg;
}

static int
dies(void *arg)
{
	(void)raise(SIGKILL);
	return 0;
}

/* Until it is over; a minute, or the test ends. */
static void
wait_for(struct att_child *c)
{
	for (int i = 0; i < 6000 && att_child_runs(c); i++)
		usleep(10000);
	ck_assert(!att_child_runs(c));
	ck_assert_int_eq(c->pid, 0);
}

static bool
is_there(pid_t pid)
{
	return kill(pid, 0) == 0;
}

START_TEST(ends_well_or_not)
{
	struct att_child c = { 0 };
	int good = 0, bad = -5;

	ck_assert(!att_child_runs(&c));
	ok(att_child_start(&c, returns, &good, NULL, 10, err));
	wait_for(&c);
	ck_assert(!c.failed);
	ok(att_child_start(&c, returns, &bad, NULL, 10, err));
	wait_for(&c);
	ck_assert(c.failed);
	ok(att_child_start(&c, returns, &good, NULL, 10, err));
	wait_for(&c);
	ck_assert(!c.failed);
	ok(att_child_start(&c, dies, NULL, NULL, 10, err));
	wait_for(&c);
	ck_assert(c.failed);
}
END_TEST

START_TEST(one_at_a_time)
{
	struct att_child c = { 0 };
	pid_t pid;

	ok(att_child_start(&c, sleeps, NULL, NULL, 60, err));
	pid = c.pid;
	ck_assert(att_child_runs(&c));
	fails(att_child_start(&c, sleeps, NULL, NULL, 60, err), ATT_E_BUSY,
	    "still");
	ck_assert_int_eq(c.pid, pid);
	att_child_stop(&c);
	ck_assert(!is_there(pid) && errno == ESRCH);
	ck_assert(c.failed && !att_child_runs(&c));
	att_child_stop(&c);
}
END_TEST

START_TEST(its_time_ends)
{
	struct att_child c = { 0 };

	ok(att_child_start(&c, sleeps, NULL, NULL, 1, err));
	wait_for(&c);
	ck_assert(c.failed);
}
END_TEST

/* As in attestd, which blocks what ends it. */
START_TEST(its_time_ends_whatever_is_blocked)
{
	struct att_child c = { 0 };
	sigset_t all;

	(void)sigfillset(&all);
	(void)sigprocmask(SIG_BLOCK, &all, NULL);
	ok(att_child_start(&c, sleeps, NULL, NULL, 1, err));
	wait_for(&c);
	ck_assert(c.failed);
}
END_TEST

static int
looks_at(void *arg)
{
	return fcntl(*(int *)arg, F_GETFD) >= 0 ? -1 : 0;
}

START_TEST(no_descriptors)
{
	struct att_child c = { 0 };
	int fds[2], inherited;

	/* one without FD_CLOEXEC, as of a library */
	ck_assert_int_eq(pipe(fds), 0);
	inherited = fds[1];
	ok(att_child_start(&c, looks_at, &inherited, NULL, 10, err));
	wait_for(&c);
	ck_assert(!c.failed);
	close(fds[0]);
	close(fds[1]);
}
END_TEST

/* Crosswise, and no others. */
static int
reads_both(void *arg ATT_UNUSED)
{
	char c[2] = "";

	return read(ATT_CHILD_FD, &c[0], 1) == 1 && c[0] == 'a' &&
		read(ATT_CHILD_FD + 1, &c[1], 1) == 1 && c[1] == 'b' &&
		fcntl(ATT_CHILD_FD, F_GETFD) == 0 &&
		fcntl(ATT_CHILD_FD + 2, F_GETFD) < 0 ? 0 : -1;
}

START_TEST(what_it_is_given)
{
	static const char *const words[] = { "a", "b" };
	struct att_child c = { 0 };
	int fd[2][2], give[] = { ATT_CHILD_FD + 1, ATT_CHILD_FD, -1 };

	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(pipe2(fd[i], O_CLOEXEC), 0);
		fd[i][0] = fcntl(fd[i][0], F_DUPFD_CLOEXEC, 40);
		ck_assert_int_eq(write(fd[i][1], words[i], 1), 1);
	}
	for (int i = 0; i < 2; i++)
		ck_assert(dup3(fd[i][0], give[i], O_CLOEXEC) == give[i]);
	ok(att_child_start(&c, reads_both, NULL, give, 10, err));
	wait_for(&c);
	ck_assert(!c.failed);
}
END_TEST

/* A parent that is killed takes it along. */
START_TEST(ends_with_its_parent)
{
	struct att_child c = { 0 };
	int fds[2], status;
	pid_t middle, pid = 0;

	ck_assert_int_eq(pipe(fds), 0);
	to_parent = fds[1];
	middle = forked();
	if (middle == 0) {
		if (att_child_start(&c, sleeps, NULL, NULL, 60, NULL) < 0 ||
		    write(to_parent, &c.pid, sizeof(c.pid)) < 0)
			_exit(1);
		for (;;)
			(void)pause();
	}
	ck_assert_int_eq(read(fds[0], &pid, sizeof(pid)), sizeof(pid));
	ck_assert(is_there(pid));
	ck_assert_int_eq(kill(middle, SIGKILL), 0);
	ck_assert_int_eq(waitpid(middle, &status, 0), middle);
	for (int i = 0; i < 6000 && is_there(pid); i++) {
		/* whoever adopted it may not bury it at once */
		char path[64], line[256] = "";
		FILE *f;

		snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
		f = fopen(path, "r");
		if (f == NULL || fgets(line, sizeof(line), f) == NULL ||
		    strstr(line, ") Z ") != NULL) {
			if (f != NULL)
				fclose(f);
			break;
		}
		fclose(f);
		usleep(10000);
		ck_assert_int_lt(i, 5999);
	}
	close(fds[0]);
	close(fds[1]);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("child");
	TCase *t = tcase_create("child");

	tcase_add_test(t, ends_well_or_not);
	tcase_add_test(t, one_at_a_time);
	tcase_add_test(t, its_time_ends);
	tcase_add_test(t, its_time_ends_whatever_is_blocked);
	tcase_add_test(t, no_descriptors);
	tcase_add_test(t, what_it_is_given);
	tcase_add_test(t, ends_with_its_parent);
	suite_add_tcase(s, t);
	return run_suite(s);
}
