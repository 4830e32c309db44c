/* Runs attestctl as people do, and keeps what it says. */
#ifndef ATT_TESTS_AGENT_RUN_CTL_H
#define ATT_TESTS_AGENT_RUN_CTL_H

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "testlib.h"

#define RUN_OUTPUT_MAX ((size_t)64 << 20)

struct run {
	int status;		/* exit status; 1000 + N: died by signal N */
	struct att_buf out;
	struct att_buf err;
	const char *to;		/* a file as standard output, or NULL */
	const char *from;	/* a file as standard input, or NULL */
};

static inline ATT_UNUSED void
run_done(struct run *r)
{
	att_buf_done(&r->out);
	att_buf_done(&r->err);
}

/* A file of these bytes, for the program to read; removed at the end. */
struct file {
	char path[64];
};

static inline ATT_UNUSED void
file_done(struct file *f)
{
	(void)unlink(f->path);
}

static inline ATT_UNUSED struct file
file_of(const struct att_buf *b)
{
	struct file f = { "/tmp/att-ctl-XXXXXX" };
	int fd = mkstemp(f.path);

	ck_assert(fd >= 0);
	ck_assert(write(fd, b->data, b->len) == (ssize_t)b->len);
	(void)close(fd);
	return f;
}

/* The program that was built with this test: BUILD/attestctl. */
static inline void
run_path(char *ret, size_t size)
{
	ssize_t n = readlink("/proc/self/exe", ret, size - 1);
	char *at;

	ck_assert(n > 0);
	ret[n] = '\0';
	at = strstr(ret, "/tests/");
	ck_assert(at != NULL && (size_t)(at - ret) + 12 < size);
	memcpy(at, "/attestctl", 11);
}

static inline void
run_child(const struct run *r, const char *path, const int out[2],
    const int err[2], char *const argv[])
{
	int to = r->to == NULL ? out[1] : open(r->to, O_WRONLY);
	int from = open(r->from == NULL ? "/dev/null" : r->from, O_RDONLY);

	if (to < 0 || from < 0 || dup2(from, 0) < 0 || dup2(to, 1) < 0 ||
	    dup2(err[1], 2) < 0)
		_exit(99);
	(void)close(out[0]);
	(void)close(err[0]);
	execv(path, argv);
	_exit(98);
}

static inline void
run_collect(int fd, struct att_buf *ret)
{
	uint8_t chunk[4096];
	ssize_t n;

	while ((n = read(fd, chunk, sizeof(chunk))) > 0)
		att_buf_bytes(ret, chunk, (size_t)n);
	ck_assert(n == 0 && !ret->failed);
	(void)close(fd);
}

/*
 * Words up to a NULL follow argv[0]. Standard error is small: it is read once
 * standard output has ended.
 */
static inline ATT_UNUSED void
run_ctl(struct run *r, const char *const *words)
{
	char *argv[32] = { (char *)(uintptr_t)"attestctl" };
	char path[PATH_MAX];
	int out[2], err[2], status = 0;
	size_t n = 1;
	pid_t pid;

	for (; words[n - 1] != NULL; n++)
		argv[n] = (char *)(uintptr_t)words[n - 1];
	run_done(r);
	r->out = ATT_BUF(RUN_OUTPUT_MAX);
	r->err = ATT_BUF(65536);
	ck_assert(pipe(out) == 0 && pipe(err) == 0);
	run_path(path, sizeof(path));
	pid = forked();
	if (pid == 0)
		run_child(r, path, out, err, argv);
	(void)close(out[1]);
	(void)close(err[1]);
	run_collect(out[0], &r->out);
	run_collect(err[0], &r->err);
	ck_assert(waitpid(pid, &status, 0) == pid);
	r->status = WIFEXITED(status) ? WEXITSTATUS(status) :
					1000 + WTERMSIG(status);
}
#define RUN(r, ...) run_ctl(r, (const char *const[]){ __VA_ARGS__, NULL })

static inline ATT_UNUSED bool
run_has(const struct att_buf *b, const char *text)
{
	return b->len > 0 &&
	    memmem(b->data, b->len, text, strlen(text)) != NULL;
}

#endif
