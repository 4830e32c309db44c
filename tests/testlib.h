/* What tests share. Each test program includes this once, first. */
#ifndef ATT_TESTLIB_H
#define ATT_TESTLIB_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cur.h"
#include "base/encoding.h"
#include "base/err.h"

/* For what comes by itself: where it does not, something is broken. */
#define PATIENCE_MS 60000u

/* Only a hang is ended: Check's own 4 s a busy machine may need. */
static void __attribute__((constructor))
limit_tests(void)
{
	(void)setenv("CK_DEFAULT_TIMEOUT", "300", 0);
}

/*
 * fork, of which Check notes in this process alone: in the child that takes
 * memory, whose lock another thread may have held as the child was made.
 */
static inline ATT_UNUSED pid_t
forked(void)
{
	pid_t pid = fork();

	if (pid != 0)
		ck_assert_int_gt(pid, 0);
	return pid;
}

/* A call that must succeed; shows the error text otherwise. */
#define ok(call)                                                             \
	do {                                                                 \
		struct att_err err_ = { 0 };                                 \
		struct att_err *err = &err_;                                 \
		int r_ = (call);                                             \
		ck_assert_msg(r_ >= 0, "%s: %s (%s)", #call, err->text,      \
		    att_code_name(r_));                                      \
	} while (0)

/* A call that must fail with this code and with this in its text. */
#define fails(call, want, word)                                              \
	do {                                                                 \
		struct att_err err_ = { 0 };                                 \
		struct att_err *err = &err_;                                 \
		int r_ = (call);                                             \
		ck_assert_msg(r_ == (want), "%s: got %s (%s), wanted %s",    \
		    #call, att_code_name(r_), err->text,                     \
		    att_code_name(want));                                    \
		ck_assert_msg(strstr(err->text, (word)) != NULL,             \
		    "%s: \"%s\" lacks \"%s\"", #call, err->text, (word));    \
	} while (0)

static inline ATT_UNUSED struct att_slice
S(const char *text)
{
	return (struct att_slice){ .data = (const uint8_t *)text,
		.len = strlen(text) };
}

/* Runs one suite as a program; the exit status is the verdict. */
static inline ATT_UNUSED int
run_suite(Suite *s)
{
	SRunner *sr = srunner_create(s);
	int bad;

	srunner_run_all(sr, CK_ENV);
	bad = srunner_ntests_failed(sr);
	srunner_free(sr);
	return bad != 0;
}

#endif
