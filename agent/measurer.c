#include "agent/measurer.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "agent/boot.h"
#include "agent/journal.h"
#include "agent/measured.h"
#include "agent/seclude.h"
#include "agent/stop.h"
#include "base/file.h"
#include "base/log.h"
#include "base/steady.h"

#define SELF "/proc/self/exe"
#define SECOND 1000u
#define POLL_MS SECOND		/* where the kernel has no pidfd */
#define GRACE_MS (60 * SECOND)	/* over its own limit, and after SIGTERM */
#define END_MS 1500		/* at the end; it looks twice a second */
#define RETRY_S 3600		/* after a pass that failed, or missed a chip */
#define NEVER UINT64_MAX

/* -- when ------------------------------------------------------------------ */

/* Seconds since the last pass of this boot ended; negative: there was none. */
static int64_t
last_pass(const struct att_agent_config *config)
{
	struct att_measured_status s;
	char id[ATT_BOOT_ID_LEN + 1];
	int64_t now = (int64_t)time(NULL);

	if (att_measured_status_read(config, &s, NULL) < 0 ||
	    att_boot_id_read(config, id, NULL) < 0 ||
	    s.state != ATT_MEASURED_DONE || strcmp(s.boot_id, id) != 0 ||
	    access(config->firmware_claims, F_OK) < 0)
		return -1;
	return now - s.updated;
}

void
att_measurer_init(struct att_measurer *m,
    const struct att_agent_config *config, const char *config_path,
    uint64_t now, uint64_t random)
{
	int64_t interval = config->firmware_interval;
	int64_t soon = ATT_MIN(interval, (int64_t)ATT_MEASURER_SOON);
	int64_t last = last_pass(config);

	*m = (struct att_measurer){ .config = config,
		.config_path = config_path, .fd = -1, .due = NEVER };
	if (interval == 0)
		return;
	m->due = now + random % ((uint64_t)soon * SECOND);
	if (last >= 0 && last < interval)
		m->due += (uint64_t)(interval - last) * SECOND;
}

void
att_measurer_on_demand(struct att_measurer *m)
{
	m->on_demand = true;
	m->due = NEVER;
}

void
att_measurer_ask(struct att_measurer *m, uint64_t now)
{
	if (m->pid == 0)
		m->due = now;
}

/* Not long ago. A clock that was set since says nothing. */
static bool
has_failed(const struct att_agent_config *config)
{
	struct att_measured_status s;
	int64_t ago;

	if (att_measured_status_read(config, &s, NULL) < 0)
		return false;
	ago = (int64_t)time(NULL) - s.updated;
	return s.state == ATT_MEASURED_BROKEN && ago >= 0 && ago < RETRY_S;
}

void
att_measurer_renew(struct att_measurer *m, uint64_t now)
{
	if (m->config->firmware_interval == 0 || has_failed(m->config))
		return;
	att_log(ATT_LOG_NOTICE, "the firmware is measured anew: the last pass "
	    "was in another boot, or before the TPM was cleared");
	m->renews = true;
	att_measurer_ask(m, now);
}

bool
att_measurer_is_busy(const struct att_measurer *m, uint64_t now)
{
	return m->pid != 0 || m->due <= now;
}

uint64_t
att_measurer_wait(const struct att_measurer *m, uint64_t now)
{
	uint64_t at = m->pid == 0 ? m->due : m->kill_at;

	if (m->pid != 0 && m->fd < 0)
		at = ATT_MIN(at, now + POLL_MS);
	return at <= now ? 0 : at == NEVER ? NEVER : at - now;
}

static void
plan_next(struct att_measurer *m, uint64_t now, bool good)
{
	int64_t wait = m->config->firmware_interval;

	if (!good)
		wait = ATT_MIN(wait, (int64_t)RETRY_S);
	m->due = m->on_demand || wait == 0 ? NEVER :
					     now + (uint64_t)wait * SECOND;
}

/* -- what is told ---------------------------------------------------------- */

static void tell_unmeasured(const char *fmt, ...) ATT_PRINTF(1, 2);

static void
tell_unmeasured(const char *fmt, ...)
{
	char reason[ATT_ERR_TEXT_MAX + 1];
	const char *const fields[ATT_FIELD_COUNT] = {
		[ATT_FIELD_REASON] = reason };
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(reason, sizeof(reason), fmt, ap);
	va_end(ap);
	att_journal(ATT_MESSAGE_UNMEASURED, fields,
	    "firmware is not measured: %s", reason);
}

/* -- a process of its own -------------------------------------------------- */

/*
 * It dies with its parent, which may have died before that was asked for. The
 * parent may have had other threads, so nothing here takes a lock.
 */
static void
become(const struct att_measurer *m, pid_t parent)
{
	char self[] = "attestd", measure[] = "--measure", c[] = "-c";
	char *const argv[] = { self, measure, c,
		(char *)(uintptr_t)m->config_path, NULL };

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(127);
	/* a connection that somebody forgot to mark */
	(void)syscall(SYS_close_range, 3u, ~0u, 0u);
	(void)execv(SELF, argv);
	_exit(127);
}

static void
start(struct att_measurer *m, uint64_t now)
{
	pid_t parent = getpid(), pid = fork();

	if (pid == 0)
		become(m, parent);
	if (pid < 0) {
		tell_unmeasured("%s", strerror(errno));
		m->failed = true;
		plan_next(m, now, false);
		return;
	}
	m->pid = pid;
	m->fd = (int)syscall(SYS_pidfd_open, pid, 0);
	m->asked = false;
	m->kill_at = now + (uint64_t)m->config->firmware_timeout * SECOND +
	    GRACE_MS;
	att_log(ATT_LOG_DEBUG, "firmware is being measured by %d", (int)pid);
}

/* By SIGTERM, and in the end without being asked. */
static void
end(struct att_measurer *m, uint64_t now)
{
	if (!m->asked)
		att_log(ATT_LOG_WARNING,
		    "measuring the firmware takes too long: it is ended");
	(void)kill(m->pid, m->asked ? SIGKILL : SIGTERM);
	m->asked = true;
	m->kill_at = now + GRACE_MS;
}

/* Says what became of it; a process that was killed could not. */
static void
note_death(const struct att_measurer *m, int status)
{
	struct att_measured_status s = { .state = ATT_MEASURED_BROKEN };
	struct att_err err = { 0 };

	if (!WIFSIGNALED(status))
		return;
	tell_unmeasured("measuring the firmware ended by signal %d",
	    WTERMSIG(status));
	(void)!att_measured_status_read(m->config, &s, NULL);
	s.state = ATT_MEASURED_BROKEN;
	s.updated = (int64_t)time(NULL);
	(void)snprintf(s.reason, sizeof(s.reason), "ended by signal %d",
	    WTERMSIG(status));
	if (att_measured_status_write(m->config, &s, &err) < 0)
		(void)att_log_err(ATT_LOG_WARNING, "firmware", &err);
}

/* True if it has ended; *ret_status as of waitpid. */
static bool
reap(struct att_measurer *m, int *ret_status)
{
	pid_t r = waitpid(m->pid, ret_status, WNOHANG);

	if (r == 0)
		return false;
	/* somebody else took it: nothing is known of it */
	if (r < 0)
		*ret_status = 127 << 8;
	m->pid = 0;
	att_fd_done(&m->fd);
	return true;
}

/* A disk that was full may have room in an hour. */
static bool
is_whole(const struct att_agent_config *config)
{
	struct att_measured_status s;

	return att_measured_status_read(config, &s, NULL) == 0 &&
	    s.failed == 0;
}

bool
att_measurer_tend(struct att_measurer *m, uint64_t now)
{
	int status = 0, code;
	bool tell;

	if (m->pid == 0) {
		if (now >= m->due)
			start(m, now);
		return false;
	}
	if (!reap(m, &status)) {
		if (now >= m->kill_at)
			end(m, now);
		return false;
	}
	note_death(m, status);
	code = WIFEXITED(status) ? WEXITSTATUS(status) : 127;
	m->news = code == ATT_MEASURER_NEWS;
	m->failed = code != ATT_MEASURER_SAME && !m->news;
	tell = m->renews ? !m->failed : m->news && !m->on_demand;
	m->renews = false;
	plan_next(m, now, !m->failed && is_whole(m->config));
	return tell;
}

/* Readable once it has ended, or that time is over. */
static void
wait_for_end(const struct att_measurer *m, int ms)
{
	struct pollfd p = { .fd = m->fd, .events = POLLIN };

	(void)poll(&p, 1, ms);
}

void
att_measurer_done(struct att_measurer *m)
{
	int status = 0;

	if (m->pid == 0 || reap(m, &status))
		return;
	(void)kill(m->pid, SIGTERM);
	wait_for_end(m, END_MS);
	if (reap(m, &status))
		return;
	(void)kill(m->pid, SIGKILL);
	wait_for_end(m, 200);
	if (reap(m, &status)) {
		note_death(m, status);
		return;
	}
	/* one that hangs in a driver is the kernel's */
	att_fd_done(&m->fd);
	m->pid = 0;
}

/* -- what it does ---------------------------------------------------------- */

/* A TPM on the network, as tests have it, is needed to the end. */
static int
withdraw(void *arg, struct att_err *err)
{
	const struct att_agent_config *config = arg;

	return strstr(config->tcti, "host=") == NULL ? att_seclude(err) : 0;
}

int
att_measurer_main(const struct att_agent_config *config)
{
	AUTO_DONE(att_measure_done) struct att_measure m = { 0 };
	const struct att_measured_options o = {
		.config = config,
		.withdraw = withdraw,
		.arg = (void *)(uintptr_t)config,
	};
	struct att_err err = { 0 };
	bool news = false;

	if (att_measured_pass(&o, &m, &news, &err) < 0) {
		/* somebody else does, or it was asked to end */
		if (err.code == ATT_E_BUSY)
			att_log(ATT_LOG_NOTICE, "firmware is not measured: %s",
			    err.text);
		else
			tell_unmeasured("%s", err.text);
		return 4;
	}
	att_log(ATT_LOG_INFO, "firmware measured: %zu chips (%zu of them "
	    "not), %zu components, %zu changes", m.claims->chips, m.failed,
	    m.claims->components.count, m.changes + m.changes_left_out);
	return news ? ATT_MEASURER_NEWS : ATT_MEASURER_SAME;
}
