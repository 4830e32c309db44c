#include "base/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cur.h"
#include "base/file.h"
#include "base/steady.h"

/* what the child says: le32 code, le32 sub, u8 length, text; then the bytes */
#define HEAD_MAX (4 + 4 + 1 + ATT_ERR_TEXT_MAX)
#define REAP_TRIES 20	/* waits for one that was killed */
#define REAP_MS 10

/* -- the child ------------------------------------------------------------- */

static bool
write_all(int fd, struct att_slice s)
{
	while (s.len > 0) {
		ssize_t n = write(fd, s.data, s.len);

		if (n < 0 && errno != EINTR)
			return false;
		if (n > 0) {
			s.data += n;
			s.len -= (size_t)n;
		}
	}
	return true;
}

static void
answer(int fd, int r, const struct att_buf *out, const struct att_err *why)
{
	AUTO_DONE(att_buf_done) struct att_buf head = ATT_BUF(HEAD_MAX);
	size_t n = strlen(why->text);

	att_buf_le32(&head, (uint32_t)r);
	att_buf_le32(&head, why->sub);
	att_buf_u8(&head, (uint8_t)n);
	att_buf_bytes(&head, why->text, n);
	if (!head.failed && write_all(fd, att_buf_view(&head)) && r == 0)
		(void)write_all(fd, att_buf_view(out));
}

/* Ends as a process does that ran no handler and flushed nothing. */
static _Noreturn void
child(int (*work)(void *arg, struct att_buf *out, struct att_err *err),
    void *arg, size_t max, int to)
{
	struct att_buf out = ATT_BUF(max);
	struct att_err why = { 0 };
	int r;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* a kernel before 5.9 has no such call; then they stay open */
	if (to > STDERR_FILENO + 1)
		(void)close_range(STDERR_FILENO + 1, (unsigned)to - 1, 0);
	(void)close_range((unsigned)to + 1, ~0u, 0);
	r = work(arg, &out, &why);
	if (r >= 0)
		r = att_buf_ok(&out, "what was found", &why);
	answer(to, r, &out, &why);
	_exit(0);
}

/* -- the parent ------------------------------------------------------------ */

static int64_t
now_ms(void)
{
	return (int64_t)(att_steady_awake() / ATT_STEADY_MS);
}

/* All that comes until the child ends; ATT_E_TIMEOUT behind the deadline. */
static int
collect(int fd, int64_t deadline, struct att_buf *ret, struct att_err *err)
{
	uint8_t chunk[4096];

	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		int64_t left = deadline - now_ms();
		ssize_t n;
		int ready = left <= 0 ? 0 : poll(&p, 1, (int)left);

		if (ready == 0)
			return att_err_set(err, ATT_E_TIMEOUT,
			    "did not answer in time");
		n = ready < 0 ? -1 : read(fd, chunk, sizeof(chunk));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return att_err_sys(err, errno, "pipe");
		if (n == 0)
			return att_buf_ok(ret, "what was found", err);
		att_buf_bytes(ret, chunk, (size_t)n);
		if (ret->failed)
			return att_buf_ok(ret, "what was found", err);
	}
}

/* One that sleeps in the kernel dies when that lets it: nobody waits. */
static void
reap(pid_t pid)
{
	(void)kill(pid, SIGKILL);
	for (int i = 0; i < REAP_TRIES; i++) {
		if (waitpid(pid, NULL, WNOHANG) != 0)
			return;
		att_steady_nap(REAP_MS);
	}
}

static int
understand(const struct att_buf *said, struct att_buf *ret,
    struct att_err *err)
{
	struct att_cur c = att_cur_of(att_buf_view(said));
	struct att_slice text;
	uint32_t code, sub;
	uint8_t n;

	if (!att_cur_le32(&c, &code) || !att_cur_le32(&c, &sub) ||
	    !att_cur_u8(&c, &n) || !att_cur_bytes(&c, n, &text))
		return att_err_set(err, ATT_E_SYS, "died before it answered");
	if ((int32_t)code < 0)
		return att_err_sub(err, (enum att_code)(int32_t)code, sub,
		    "%.*s", (int)text.len, (const char *)text.data);
	att_buf_slice(ret, att_cur_rest(&c));
	return att_buf_ok(ret, "what was found", err);
}

int
att_guard_run(int (*work)(void *arg, struct att_buf *out,
    struct att_err *err), void *arg, unsigned timeout_ms, struct att_buf *ret,
    struct att_err *err)
{
	AUTO_DONE(att_buf_done)
	struct att_buf said = ATT_BUF(HEAD_MAX + ret->max - ret->len);
	AUTO_DONE(att_fd_done) int from = -1;
	AUTO_DONE(att_fd_done) int to = -1;
	int64_t deadline = now_ms() + timeout_ms;
	int ends[2], r;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return att_err_sys(err, errno, "pipe");
	from = ends[0];
	to = ends[1];
	if ((pid = fork()) < 0)
		return att_err_sys(err, errno, "fork");
	if (pid == 0)
		child(work, arg, ret->max - ret->len, to);
	att_fd_done(&to);
	r = collect(from, deadline, &said, err);
	reap(pid);
	return r < 0 ? r : understand(&said, ret, err);
}
