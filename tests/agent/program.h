/* What tests of attestd as a program share: it is started, seen, ended. */
#ifndef ATT_TESTS_AGENT_PROGRAM_H
#define ATT_TESTS_AGENT_PROGRAM_H

#include "tests/agent/push_test.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "agent/challenges.h"
#include "agent/verdict_file.h"
#include "base/steady.h"

/* BUILD/NAME, in the background; what it says goes to `log` in the node. */
static inline ATT_UNUSED pid_t
launch_as(const char *name, const char *const *words)
{
	AUTO(free) char *log = in_node("log");
	char *argv[16] = { (char *)(uintptr_t)name };
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	pid_t pid;
	char *at;
	int fd;

	ck_assert(n > 0);
	path[n] = '\0';
	ck_assert((at = strstr(path, "/tests/")) != NULL);
	ck_assert_int_lt(snprintf(at, sizeof(path) - (size_t)(at - path),
	    "/%s", name), 32);
	for (size_t i = 0; words[i] != NULL; i++)
		argv[i + 1] = (char *)(uintptr_t)words[i];
	pid = forked();
	if (pid > 0)
		return pid;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
	if (fd < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0)
		_exit(126);
	execv(path, argv);
	_exit(127);
}
#define LAUNCH(...)                                                          \
	launch_as("attestd", (const char *const[]){ __VA_ARGS__, NULL })

/* Exit status; 1000 + N: died by signal N. */
static inline ATT_UNUSED int
wait_for(pid_t pid)
{
	int status;

	ck_assert(waitpid(pid, &status, 0) == pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) :
				   1000 + WTERMSIG(status);
}

static inline ATT_UNUSED bool
has_logged(const char *text)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);

	return node_read("log", &b) && b.len > 0 &&
	    memmem(b.data, b.len, text, strlen(text)) != NULL;
}

static inline ATT_UNUSED char *
config_file(void)
{
	return in_node("attestd.yaml");
}

/* ATT_PASS, ... of the file; aborts the test if it is there and malformed. */
static inline ATT_UNUSED enum att_status
verdict(void)
{
	AUTO_DONE(att_verdict_file_done) struct att_verdict_file f = { 0 };
	char id[ATT_BOOT_ID_LEN + 1];
	struct att_verdict_now now;
	struct att_err e = { 0 };
	int r;

	ok(att_verdict_now(&config, id, &now, err));
	r = att_verdict_file_read(&config, ATT_OWNER_ANY, &now, &f, &e);
	ck_assert_msg(r == 0 || r == ATT_E_NOT_FOUND, "%s", e.text);
	return f.status;
}

static inline ATT_UNUSED void
until_verdict(enum att_status want)
{
	uint64_t end = att_steady_now() + PATIENCE_MS;

	while (verdict() != want) {
		ck_assert_msg(att_steady_now() < end, "no such verdict");
		(void)usleep(20000);
	}
}

/* At once: what it waits for would take a minute and more. */
static inline ATT_UNUSED int
ended_by(pid_t pid, int sig)
{
	uint64_t from = att_steady_now();
	int status;

	ck_assert(kill(pid, sig) == 0);
	status = wait_for(pid);
	ck_assert_uint_lt(att_steady_now() - from, 30000);
	return status;
}

static inline ATT_UNUSED void
until_logged(const char *text)
{
	uint64_t end = att_steady_now() + PATIENCE_MS;

	while (!has_logged(text)) {
		ck_assert_msg(att_steady_now() < end, "not logged: %s", text);
		(void)usleep(20000);
	}
}

static inline ATT_UNUSED void
check_state_files(void)
{
	AUTO_DONE(att_buf_done) struct att_buf ring = ATT_BUF(1 << 20);
	AUTO_DONE(att_buf_done) struct att_buf file = ATT_BUF(ATT_BUNDLE_MAX);
	AUTO(att_bundle_free) struct att_bundle *b = NULL;
	struct att_challenges c;

	if (node_read("state/challenges", &ring))
		ok(att_challenges_parse(att_buf_view(&ring), &c, err));
	if (node_read("state/evidence.json", &file))
		ok(att_bundle_parse(att_buf_view(&file), &b, err));
	(void)verdict();
}

#endif
