/* Waits that SIGTERM ends at once, and that a pause does not draw out. */
#include "testlib.h"

#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "agent/stop.h"
#include "base/steady.h"

#define WAIT_MS 300
#define LONG_MS (3600 * 1000)

static pid_t
fork_waiter(uint64_t milliseconds)
{
	pid_t pid;

	att_stop_arm();
	pid = forked();
	if (pid == 0)
		_exit(att_stop_wait(milliseconds) ? 1 : 0);
	return pid;
}

static void
doze(void)
{
	static const struct timespec t = { .tv_nsec = WAIT_MS * 1000000 / 10 };

	(void)nanosleep(&t, NULL);
}

START_TEST(a_pause_draws_no_wait_out)
{
	unsigned pauses;
	int status;

	/* again where the machine was too busy for more than one */
	do {
		pid_t pid = fork_waiter(WAIT_MS);

		/* never left alone for as long as it waits */
		for (pauses = 0; waitpid(pid, &status, WNOHANG) == 0;) {
			ck_assert(kill(pid, SIGSTOP) == 0);
			ck_assert(kill(pid, SIGCONT) == 0);
			doze();
			if (++pauses == 100)
				(void)kill(pid, SIGKILL);
		}
		ck_assert_msg(WIFEXITED(status), "still waiting");
		ck_assert_int_eq(WEXITSTATUS(status), 0);
	} while (pauses < 2);
}
END_TEST

START_TEST(who_is_asked_to_end_waits_no_longer)
{
	static const int signals[] = { SIGTERM, SIGINT };
	int status;

	for (size_t i = 0; i < ATT_COUNT(signals); i++) {
		pid_t pid = fork_waiter(LONG_MS);

		ck_assert(kill(pid, signals[i]) == 0);
		ck_assert(waitpid(pid, &status, 0) == pid);
		ck_assert(WIFEXITED(status));
		ck_assert_int_eq(WEXITSTATUS(status), 1);
	}
}
END_TEST

START_TEST(who_was_asked_once_stays_asked)
{
	att_stop_arm();
	ck_assert(!att_stop_asked());
	ck_assert(raise(SIGTERM) == 0);
	ck_assert(att_stop_asked());
	ck_assert(att_stop_asked());
	ck_assert(att_stop_wait(LONG_MS));
}
END_TEST

/* Where a loop takes the signals, no wait does, and a word ends them all. */
static void *
wait_long(void *arg)
{
	bool *ret = arg;

	*ret = att_stop_wait(LONG_MS);
	return NULL;
}

START_TEST(by_word)
{
	sigset_t pending;
	bool told[3] = { false };
	pthread_t thread[3];
	uint64_t from;

	att_stop_arm();
	ok(att_stop_by_word(err));
	ck_assert(raise(SIGTERM) == 0);
	from = att_steady_now();
	ck_assert(!att_stop_asked());
	ck_assert(!att_stop_wait(WAIT_MS));
	ck_assert_uint_ge(att_steady_now() - from + 1, WAIT_MS);
	ck_assert(sigpending(&pending) == 0 &&
	    sigismember(&pending, SIGTERM) == 1);
	for (size_t i = 0; i < ATT_COUNT(thread); i++)
		ck_assert(pthread_create(&thread[i], NULL, wait_long,
		    &told[i]) == 0);
	doze();
	att_stop_ask();
	for (size_t i = 0; i < ATT_COUNT(thread); i++) {
		ck_assert(pthread_join(thread[i], NULL) == 0);
		ck_assert(told[i]);
	}
	ck_assert_uint_lt(att_steady_now() - from, LONG_MS);
	ck_assert(att_stop_asked() && att_stop_wait(LONG_MS));
}
END_TEST

/* A wait is no shorter than it says, but for how a time is cut to ms. */
START_TEST(waits_are_as_long_as_they_say)
{
	static const uint64_t waits[] = { 0, 1, 120, 1001 };

	att_stop_arm();
	for (size_t i = 0; i < ATT_COUNT(waits); i++) {
		uint64_t from = att_steady_now();

		ck_assert(!att_stop_wait(waits[i]));
		ck_assert_uint_ge(att_steady_now() - from + 1, waits[i]);
	}
}
END_TEST

/* What /proc says of some descriptor of this process. */
static bool
has_descriptor(pid_t pid, const char *want)
{
	char path[64], line[256];
	bool found = false;
	struct dirent *e;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo", pid);
	if ((d = opendir(path)) == NULL)
		return false;
	while ((e = readdir(d)) != NULL) {
		FILE *f;

		snprintf(path, sizeof(path), "/proc/%d/fdinfo/%.16s", pid,
		    e->d_name);
		if ((f = fopen(path, "r")) == NULL)
			continue;
		while (fgets(line, sizeof(line), f) != NULL)
			found |= strcmp(line, want) == 0;
		fclose(f);
	}
	closedir(d);
	return found;
}

/*
 * No test can suspend the machine; but as it wakes up the kernel ends a timer
 * of this clock, and of no other.
 */
START_TEST(a_suspend_draws_no_wait_out)
{
	uint64_t end = att_steady_now() + PATIENCE_MS;
	pid_t pid = fork_waiter(LONG_MS);
	bool seen = false;
	char want[64];
	int status;

	snprintf(want, sizeof(want), "clockid: %d\n", CLOCK_BOOTTIME);
	while (!(seen = has_descriptor(pid, want)) && att_steady_now() < end)
		doze();
	ck_assert(kill(pid, SIGTERM) == 0);
	ck_assert(waitpid(pid, &status, 0) == pid);
	ck_assert(seen);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 1);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("stop");
	TCase *t = tcase_create("stop");

	tcase_add_test(t, a_pause_draws_no_wait_out);
	tcase_add_test(t, waits_are_as_long_as_they_say);
	tcase_add_test(t, a_suspend_draws_no_wait_out);
	tcase_add_test(t, who_is_asked_to_end_waits_no_longer);
	tcase_add_test(t, who_was_asked_once_stays_asked);
	tcase_add_test(t, by_word);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return run_suite(suite());
}
