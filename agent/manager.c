#include "agent/manager.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cur.h"
#include "base/file.h"
#include "base/number.h"
#include "base/steady.h"

#define REAP_MS 10		/* between two looks at one that ends */
#define OUTPUT_MAX (64u << 10)	/* bytes that one may say */
#define WORDS_MAX 40

/* Where both are on all systems that are supported; the Makefile can tell. */
#ifndef ATT_SYSTEMCTL
#define ATT_SYSTEMCTL "/usr/bin/systemctl"
#endif
#ifndef ATT_SYSTEMD_RUN
#define ATT_SYSTEMD_RUN "/usr/bin/systemd-run"
#endif
const struct att_manager att_manager_system = {
	.systemctl = ATT_SYSTEMCTL,
	.systemd_run = ATT_SYSTEMD_RUN,
	.limit_ms = 20000,
};

/* -- one program ----------------------------------------------------------- */

/* Whoever started us may have set anything else. */
static char *const environment[] = {
	(char *)(uintptr_t)"PATH=/usr/sbin:/usr/bin:/sbin:/bin",
	(char *)(uintptr_t)"LC_ALL=C.UTF-8",
	(char *)(uintptr_t)"SYSTEMD_COLORS=0",
	(char *)(uintptr_t)"SYSTEMD_PAGER=",
	NULL,
};

/* With `out` as standard output, and no signal blocked. */
static int
spawn(const char *const *words, int out, pid_t *ret, struct att_err *err)
{
	char *argv[WORDS_MAX + 1];
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none;
	size_t n = 0;
	int r;

	do
		argv[n] = (char *)(uintptr_t)words[n];
	while (words[++n] != NULL && n < WORDS_MAX);
	argv[n] = NULL;
	(void)sigemptyset(&none);
	if (posix_spawn_file_actions_init(&files) != 0)
		return att_err_nomem(err);
	if (posix_spawnattr_init(&attr) != 0) {
		(void)posix_spawn_file_actions_destroy(&files);
		return att_err_nomem(err);
	}
	r = posix_spawnattr_setsigmask(&attr, &none);
	if (r == 0)
		r = posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK);
	if (r == 0)
		r = posix_spawn_file_actions_addopen(&files, STDIN_FILENO,
		    "/dev/null", O_RDONLY, 0);
	if (r == 0)
		r = posix_spawn_file_actions_adddup2(&files, out,
		    STDOUT_FILENO);
	if (r == 0)
		r = posix_spawn(ret, argv[0], &files, &attr, argv,
		    environment);
	(void)posix_spawnattr_destroy(&attr);
	(void)posix_spawn_file_actions_destroy(&files);
	return r == 0 ? 0 : att_err_sys(err, r, "%s", argv[0]);
}

/* What it says, until it closes its end or the time is over. */
static void
listen_to(int fd, uint64_t end, struct att_buf *ret)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	uint8_t bytes[4096];
	uint64_t now;

	while ((now = att_steady_now()) < end && !ret->failed) {
		int r = poll(&p, 1, (int)(end - now));
		ssize_t n = r > 0 ? read(fd, bytes, sizeof(bytes)) : -1;

		if (n > 0)
			att_buf_bytes(ret, bytes, (size_t)n);
		else if (n == 0 || (r != 0 && errno != EINTR))
			return;
	}
}

static int
bury(pid_t pid, const char *name, uint64_t end, struct att_err *err)
{
	bool killed = false;
	int status = 0;
	pid_t r;

	while ((r = waitpid(pid, &status, WNOHANG)) != pid) {
		if (r < 0 && errno != EINTR)
			return att_err_sys(err, errno, "%s", name);
		if (!killed && att_steady_now() >= end)
			killed = kill(pid, SIGKILL) == 0;
		att_steady_nap(REAP_MS);
	}
	if (killed)
		return att_err_set(err, ATT_E_TIMEOUT,
		    "%s: did not end in time", name);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	return WIFEXITED(status) ?
	    att_err_set(err, ATT_E_SYS, "%s: exit status %d", name,
		WEXITSTATUS(status)) :
	    att_err_set(err, ATT_E_SYS, "%s: signal %d", name,
		WTERMSIG(status));
}

/* Its own words about a failure are on standard error. */
static int
run(const struct att_manager *m, const char *const *words,
    struct att_buf *out, struct att_err *err)
{
	AUTO_DONE(att_fd_done) int from = -1;
	AUTO_DONE(att_fd_done) int to = -1;
	uint64_t end = att_steady_now() + m->limit_ms;
	int ends[2], r;
	pid_t pid = 0;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return att_err_sys(err, errno, "pipe");
	from = ends[0];
	to = ends[1];
	if ((r = spawn(words, to, &pid, err)) < 0)
		return r;
	att_fd_done(&to);
	listen_to(from, end, out);
	/* one that says too much ends by that */
	att_fd_done(&from);
	r = bury(pid, words[0], end, err);
	return out->failed ? att_buf_ok(out, words[0], err) : r;
}

/* Head and tail in one list of words. */
static int
run_on(const struct att_manager *m, const char *const *head,
    const char *const *units, size_t count, struct att_buf *out,
    struct att_err *err)
{
	const char *words[WORDS_MAX + 1];
	size_t n = 0;

	for (; head[n] != NULL; n++)
		words[n] = head[n];
	if (n + count > WORDS_MAX)
		return att_err_set(err, ATT_E_LIMIT, "%zu units at once",
		    count);
	for (size_t i = 0; i < count; i++)
		words[n++] = units[i];
	words[n] = NULL;
	return run(m, words, out, err);
}

/* -- what they are asked for ----------------------------------------------- */

static void
copy_word(char *to, size_t size, struct att_slice value)
{
	(void)snprintf(to, size, "%.*s", (int)ATT_MIN(value.len, size - 1),
	    (const char *)value.data);
}

/* "Name=value" goes where it belongs; others are passed over. */
static void
take_line(struct att_slice line, struct att_unit_state *u)
{
	char left[24] = "";
	const struct {
		const char *name;
		char *to;
		size_t size;
	} members[] = {
		{ "LoadState=", u->load, sizeof(u->load) },
		{ "ActiveState=", u->active, sizeof(u->active) },
		{ "SubState=", u->sub, sizeof(u->sub) },
		{ "UnitFileState=", u->file, sizeof(u->file) },
		{ "InactiveExitTimestampMonotonic=", left, sizeof(left) },
	};

	for (size_t i = 0; i < ATT_COUNT(members); i++) {
		size_t n = strlen(members[i].name);

		if (line.len >= n &&
		    memcmp(line.data, members[i].name, n) == 0)
			copy_word(members[i].to, members[i].size,
			    (struct att_slice){ line.data + n,
				line.len - n });
	}
	/* of a unit that never was started it is 0 */
	if (left[0] != '\0' && !att_number_read(left, UINT64_MAX, &u->left))
		u->left = 0;
}

/* A block for each unit, in their order, with an empty line between two. */
static int
parse_blocks(struct att_slice text, struct att_unit_state *ret, size_t count,
    struct att_err *err)
{
	size_t at = 0, blocks = 1;

	while (at < text.len) {
		const uint8_t *line = text.data + at;
		const uint8_t *nl = memchr(line, '\n', text.len - at);
		size_t n = nl == NULL ? text.len - at : (size_t)(nl - line);

		if (n == 0)
			blocks++;
		else if (blocks <= count)
			take_line((struct att_slice){ line, n },
			    &ret[blocks - 1]);
		at += n + 1;
	}
	for (size_t i = 0; i < count; i++)
		if (ret[i].load[0] == '\0' || ret[i].active[0] == '\0')
			return att_err_set(err, ATT_E_FORMAT,
			    "systemctl show: says nothing about unit %zu",
			    i + 1);
	return blocks == count ? 0 : att_err_set(err, ATT_E_FORMAT,
	    "systemctl show: %zu units where %zu were asked for", blocks,
	    count);
}

int
att_manager_show(const struct att_manager *m, const char *const *units,
    size_t count, struct att_unit_state *ret, struct att_err *err)
{
	const char *const head[] = { m->systemctl, "show",
		"--property=LoadState,ActiveState,SubState,UnitFileState",
		"--property=InactiveExitTimestampMonotonic",
		"--", NULL };
	AUTO_DONE(att_buf_done) struct att_buf out = ATT_BUF(OUTPUT_MAX);
	int r = run_on(m, head, units, count, &out, err);

	if (r < 0)
		return r;
	memset(ret, 0, count * sizeof(*ret));
	return parse_blocks(att_buf_view(&out), ret, count, err);
}

int
att_manager_queue(const struct att_manager *m, const char *verb,
    const char *unit, struct att_err *err)
{
	const char *const head[] = { m->systemctl, "--no-block", verb, "--",
		NULL };
	AUTO_DONE(att_buf_done) struct att_buf out = ATT_BUF(OUTPUT_MAX);
	int r = run_on(m, head, &unit, 1, &out, err);

	if (r < 0)
		att_err_prefix(err, "%s %s", verb, unit);
	return r;
}

int
att_manager_disarm(const struct att_manager *m, const char *const *units,
    size_t count, struct att_err *err)
{
	const char *const head[] = { m->systemctl, "stop", "--", NULL };
	AUTO_DONE(att_buf_done) struct att_buf out = ATT_BUF(OUTPUT_MAX);

	return count == 0 ? 0 : run_on(m, head, units, count, &out, err);
}

int
att_manager_arm(const struct att_manager *m, const char *name,
    int64_t seconds, bool clock_change, const char *unit,
    struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf out = ATT_BUF(OUTPUT_MAX);
	char called[64], after[64];
	const char *const head[] = { m->systemd_run, "--quiet", "--collect",
		called, after,
		/* else it is up to a minute late */
		"--timer-property=AccuracySec=1s",
		clock_change ? "--timer-property=OnClockChange=yes" :
			       "--timer-property=OnClockChange=no",
		"--", m->systemctl, "--no-block", "start", unit, NULL };
	int r;

	(void)snprintf(called, sizeof(called), "--unit=%s", name);
	(void)snprintf(after, sizeof(after), "--on-active=%" PRId64 "s",
	    seconds);
	if ((r = run(m, head, &out, err)) < 0)
		att_err_prefix(err, "%s", name);
	return r;
}
