/* Work in a child: what it says, and what becomes of it when it hangs. */
#include "testlib.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/guard.h"

#define LONG 20000	/* ms: never reached */

static int
fill(void *arg, struct att_buf *out, struct att_err *err)
{
	att_buf_fill(out, 0xa5, *(size_t *)arg);
	return 0;
}

START_TEST(answers)
{
	static const size_t sizes[] = { 0, 1, 4095, 4096, 4097, 1 << 20 };

	for (size_t i = 0; i < ATT_COUNT(sizes); i++) {
		AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(2 << 20);
		size_t n = sizes[i];

		att_buf_str(&b, "before");
		ok(att_guard_run(fill, &n, LONG, &b, err));
		ck_assert_uint_eq(b.len, 6 + n);
		ck_assert(memcmp(b.data, "before", 6) == 0);
		for (size_t k = 6; k < b.len; k++)
			ck_assert(b.data[k] == 0xa5);
	}
}
END_TEST

START_TEST(limit)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(100);
	size_t n = 94;

	att_buf_str(&b, "before");
	n++;
	fails(att_guard_run(fill, &n, LONG, &b, err), ATT_E_LIMIT, "");
	ck_assert_uint_eq(b.len, 6);
	n--;
	ok(att_guard_run(fill, &n, LONG, &b, err));
	ck_assert_uint_eq(b.len, 100);
}
END_TEST

static int
refuse(void *arg, struct att_buf *out, struct att_err *err)
{
	att_buf_str(out, "half of it");
	return att_err_sys(err, EACCES, "%s", (const char *)arg);
}

START_TEST(errors_come_through)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(100);
	struct att_err err = { 0 };
	char text[] = "/sys/x", longer[200];

	ck_assert_int_eq(att_guard_run(refuse, text, LONG, &b, &err),
	    ATT_E_SYS);
	ck_assert_uint_eq(err.sub, EACCES);
	ck_assert_str_eq(err.text, "/sys/x: Permission denied");
	ck_assert_uint_eq(b.len, 0);
	memset(longer, 'a', sizeof(longer));
	longer[199] = '\0';
	ck_assert_int_eq(att_guard_run(refuse, longer, LONG, &b, &err),
	    ATT_E_SYS);
	ck_assert_uint_eq(strlen(err.text), ATT_ERR_TEXT_MAX);
	ck_assert_int_eq(att_guard_run(refuse, text, LONG, &b, NULL),
	    ATT_E_SYS);
}
END_TEST

static int
hang(void *arg, struct att_buf *out, struct att_err *err)
{
	for (;;)
		(void)pause();
	return 0;
}

static int
die(void *arg, struct att_buf *out, struct att_err *err)
{
	if (arg != NULL)
		_exit(0);
	(void)raise(SIGKILL);
	return 0;
}

static double
seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Given up, and none is left over. */
START_TEST(hangs)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(100);
	double from = seconds();

	fails(att_guard_run(hang, NULL, 50, &b, err), ATT_E_TIMEOUT,
	    "did not answer in time");
	ck_assert(seconds() - from >= 0.05);
	fails(att_guard_run(hang, NULL, 0, &b, err), ATT_E_TIMEOUT, "");
	ck_assert(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
	ck_assert_uint_eq(b.len, 0);
}
END_TEST

START_TEST(dies)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(100);

	fails(att_guard_run(die, NULL, LONG, &b, err), ATT_E_SYS, "died");
	fails(att_guard_run(die, &b, LONG, &b, err), ATT_E_SYS, "died");
	ck_assert(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
}
END_TEST

/* A lock is not held by a child that cannot be killed. */
static int
count_open(void *arg, struct att_buf *out, struct att_err *err)
{
	for (int fd = 3; fd < 256; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			att_buf_u8(out, (uint8_t)fd);
	return 0;
}

START_TEST(holds_nothing)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(300);
	int below = open("/dev/null", O_RDONLY);
	int above = fcntl(below, F_DUPFD, 100);

	ck_assert(below >= 3 && above >= 100);
	ok(att_guard_run(count_open, NULL, LONG, &b, err));
	/* the pipe */
	ck_assert_uint_eq(b.len, 1);
	(void)close(below);
	(void)close(above);
}
END_TEST

static int
say_signal(void *arg, struct att_buf *out, struct att_err *err)
{
	int sig = 0;

	(void)prctl(PR_GET_PDEATHSIG, &sig);
	att_buf_u8(out, (uint8_t)sig);
	return 0;
}

START_TEST(does_not_outlive)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1);

	ok(att_guard_run(say_signal, NULL, LONG, &b, err));
	ck_assert(b.len == 1 && b.data[0] == SIGKILL);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("guard");
	TCase *t = tcase_create("guard");

	tcase_add_test(t, answers);
	tcase_add_test(t, limit);
	tcase_add_test(t, errors_come_through);
	tcase_add_test(t, hangs);
	tcase_add_test(t, dies);
	tcase_add_test(t, holds_nothing);
	tcase_add_test(t, does_not_outlive);
	suite_add_tcase(s, t);
	return run_suite(s);
}
