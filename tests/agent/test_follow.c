/* What follows from a verdict, by the words that the service manager gets. */
#include "testlib.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "agent/boot.h"
#include "agent/follow.h"
#include "agent/followed.h"
#include "tests/agent/verdicts.h"

#define URLS                                                                 \
	"registrar_urls: [https://127.0.0.1:1]\n"                            \
	"verifier_urls: [https://127.0.0.1:1]\nagent_id: " NODE_ID "\n"      \
	"gated_units: [kubelet.service, slurmd.service]\n"

/*
 * Stands for systemctl and systemd-run: notes its words, shows the states that
 * lie in units/, and fails at the words that stand in `fail`, once if there is
 * `heals`; who calls it dies at those in `kills`.
 */
#define SCRIPT                                                               \
	"#!/bin/sh\ncd %s || exit 9\n"                                       \
	"words=$*; echo \"${0##*/} $words\" >>log\n"                         \
	"[ ! -e slow ] || sleep \"$(cat slow)\"\n"                           \
	"case $1 in show)\n"                                                 \
	"	[ ! -e on-show ] || . ./on-show\n"                           \
	"	shift; first=y\n"                                            \
	"	for u; do\n"                                                 \
	"		case $u in --*) continue ;; esac\n"                  \
	"		[ $first ] || echo; first=\n"                        \
	"		cat units/$u 2>/dev/null || printf "                 \
	"'LoadState=not-found\\nActiveState=inactive\\n'\n"              \
	"	done\nesac\n"                                                \
	"if [ -e kills ] && echo \"$words\" | grep -q \"$(cat kills)\"; "    \
	"then kill -KILL $PPID; fi\n"                                        \
	"if [ -e fail ] && echo \"$words\" | grep -q \"$(cat fail)\"; then\n"  \
	"	[ ! -e heals ] || rm heals fail\n"                          \
	"	exit 1\nfi\n"

static struct att_manager manager;
static struct att_gate gate;
static struct verdict verdict;

static void
begin(const char *more)
{
	static char systemctl[64], systemd_run[64];
	char script[2048];

	node_make("none", more);
	snprintf(script, sizeof(script), SCRIPT, node_dir);
	snprintf(systemctl, sizeof(systemctl), "%s/systemctl", node_dir);
	snprintf(systemd_run, sizeof(systemd_run), "%s/systemd-run", node_dir);
	node_write("systemctl", S(script));
	node_write("systemd-run", S(script));
	ck_assert(chmod(systemctl, 0755) == 0);
	ck_assert(chmod(systemd_run, 0755) == 0);
	manager = (struct att_manager){ .systemctl = systemctl,
		.systemd_run = systemd_run, .limit_ms = 20000 };
	node_write("boot_id", S(BOOT_ID "\n"));
	ok(att_run_dir_make(&config, err));
	verdict = verdict_good();
}

static void
start(void)
{
	begin(URLS);
}

static void
start_stopping(void)
{
	begin(URLS "on_untrusted: stop\n");
}

static void
stop(void)
{
	node_remove();
}

/* "active/running/enabled" as systemctl shows it. */
static void
unit(const char *name, const char *active, const char *sub, const char *file)
{
	AUTO(free) char *dir = in_node("units");
	char path[128], text[256];

	(void)mkdir(dir, 0755);
	snprintf(path, sizeof(path), "units/%s", name);
	snprintf(text, sizeof(text), "LoadState=loaded\nActiveState=%s\n"
	    "SubState=%s\nUnitFileState=%s\n", active, sub, file);
	node_put(path, S(text));
}

/* The targets as they are after `trusted` was brought about. */
static void
targets(bool trusted)
{
	unit(ATT_TRUSTED_TARGET, trusted ? "active" : "inactive", "", "static");
	unit(ATT_UNTRUSTED_TARGET, trusted ? "inactive" : "active", "",
	    "static");
}

static char *
log_take(void)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);
	AUTO(free) char *path = in_node("log");

	(void)node_read("log", &b);
	(void)unlink(path);
	return att_buf_take_str(&b);
}

/* Seconds go by while a test runs: up to five count as none. */
static void
put_line(struct att_buf *b, const char *line)
{
	const char *at = strstr(line, "--on-active=");
	long wants = strstr(line, "attestd-due") != NULL ? 61 : 101, got;
	char *end = NULL;

	if (at == NULL) {
		att_buf_printf(b, "%s\n", line);
		return;
	}
	at += strlen("--on-active=");
	got = strtol(at, &end, 10);
	ck_assert_msg(got <= wants && got > wants - 5, "%s", line);
	att_buf_printf(b, "%.*s%ld%s\n", (int)(at - line), line, wants, end);
}

/* A pass, and the words that came of it, "show" left out. */
static void
follows(int want, const char *words)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);
	AUTO(free) char *log = NULL, *got = NULL;
	struct att_err err = { 0 };
	int r = att_follow(&config, &manager, 1000, &gate, &err);

	ck_assert_msg(r == want, "%s", err.text);
	log = log_take();
	for (char *line = log, *next; line != NULL && *line != '\0';
	     line = next) {
		next = strchr(line, '\n');
		if (next != NULL)
			*next++ = '\0';
		if (strstr(line, " show ") == NULL)
			put_line(&b, line);
	}
	got = att_buf_take_str(&b);
	ck_assert_str_eq(got, words);
}

#define CTL(verb, unit) "systemctl --no-block " verb " -- " unit "\n"
#define TIMER(name, after, change, unit)                                     \
	"systemd-run --quiet --collect --unit=" name " --on-active=" after   \
	"s --timer-property=AccuracySec=1s --timer-property=OnClockChange="  \
	change " -- %s/systemctl --no-block start " unit "\n"

/* The words with the directory in them. */
static const char *
in_dir(const char *format)
{
	static char text[4096];
	size_t n = 0;

	for (; *format != '\0'; format++) {
		if (format[0] == '%' && format[1] == 's') {
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%s",
			    node_dir);
			format++;
		} else {
			text[n++] = *format;
		}
		ck_assert_uint_lt(n, sizeof(text));
	}
	text[n] = '\0';
	return text;
}

#define DUE TIMER("attestd-due", "61", "no", "attestd-attest.service")
#define EXPIRY TIMER("attestd-expiry", "101", "yes", "attestd-follow.service")
#define FOLLOWS(want, words) follows(want, in_dir(words))

static void
pass(void)
{
	verdict = verdict_good();
	verdict_put(&verdict);
}

static void
no_pass(void)
{
	verdict.status = "fail";
	verdict.reason = "PCR 7";
	verdict_put(&verdict);
}

static struct att_followed
kept(void)
{
	struct att_followed f;

	ok(att_followed_read(&config, BOOT_ID, &f, err));
	return f;
}

/* Puts a verdict, follows it, and wants these words. */
#define AFTER(put, want, words)                                              \
	do {                                                                 \
		put;                                                         \
		FOLLOWS(want, words);                                        \
	} while (0)

/* The same, and nobody looks at the words. */
static void
quietly(void)
{
	ok(att_follow(&config, &manager, 1000, &gate, err));
	free(log_take());
}

START_TEST(at_boot_nothing_is_proven)
{
	FOLLOWS(0, CTL("start", "attestd-untrusted.target"));
	ck_assert(gate.state == ATT_GATE_UNDECIDED);
	ck_assert(!kept().trusted);
	targets(false);
	FOLLOWS(0, "");
}
END_TEST

START_TEST(trusted_and_again)
{
	targets(false);
	unit("kubelet.service", "activating", "auto-restart", "enabled");
	unit("slurmd.service", "active", "running", "enabled");
	AFTER(pass(), 0,
	    CTL("stop", "attestd-untrusted.target")
	    CTL("start", "attestd-trusted.target")
	    DUE EXPIRY
	    CTL("restart", "kubelet.service"));
	ck_assert(kept().trusted);
	/* the same once more: what waits for another reason is left alone */
	targets(true);
	AFTER(pass(), 0, DUE EXPIRY);
	/* timers that are there are replaced */
	unit("attestd-due.timer", "active", "waiting", "transient");
	unit("attestd-expiry.timer", "active", "waiting", "transient");
	AFTER(pass(), 0,
	    "systemctl stop -- attestd-due.timer attestd-expiry.timer\n" DUE
	    EXPIRY);
	/* or over in that moment, and what one started is on its way out */
	node_put("fail", S("stop -- attestd-due"));
	AFTER(pass(), 0,
	    "systemctl stop -- attestd-due.timer attestd-expiry.timer\n" DUE
	    EXPIRY);
	node_put("fail", S("unit=attestd-expiry"));
	node_put("heals", S(""));
	AFTER(pass(), 0,
	    "systemctl stop -- attestd-due.timer attestd-expiry.timer\n" DUE
	    EXPIRY EXPIRY);
}
END_TEST

START_TEST(lost_by_a_verdict_and_by_time)
{
	targets(true);
	unit("kubelet.service", "active", "running", "enabled");
	AFTER(pass(), 0, DUE EXPIRY);
	AFTER(no_pass(), 0,
	    CTL("stop", "attestd-trusted.target")
	    CTL("start", "attestd-untrusted.target") DUE);
	ck_assert(gate.state == ATT_GATE_CLOSED && !kept().trusted);
	/* by the clock that nobody sets */
	pass();
	quietly();
	ck_assert(kept().trusted);
	free(log_take());
	verdict.expires_up = 0;
	AFTER(verdict_put(&verdict), 0,
	    CTL("stop", "attestd-trusted.target")
	    CTL("start", "attestd-untrusted.target") DUE);
}
END_TEST

START_TEST(units_that_are_left_alone)
{
	static const struct {
		const char *active, *sub;
	} states[] = { { "active", "running" }, { "activating", "start-pre" },
		{ "inactive", "dead" }, { "failed", "failed" },
		{ "deactivating", "stop-sigterm" }, { "reloading", "reload" } };

	targets(true);
	for (size_t i = 0; i < ATT_COUNT(states); i++) {
		AUTO(free) char *memory = in_node("run-follow/state.json");

		(void)unlink(memory);
		unit("kubelet.service", states[i].active, states[i].sub,
		    "enabled");
		AFTER(pass(), 0, DUE EXPIRY);
	}
}
END_TEST

START_TEST(stopped_and_brought_back)
{
	struct att_followed f;

	targets(true);
	unit("kubelet.service", "active", "running", "enabled");
	unit("slurmd.service", "activating", "auto-restart", "enabled");
	pass();
	quietly();
	AFTER(no_pass(), 0,
	    CTL("stop", "attestd-trusted.target")
	    CTL("start", "attestd-untrusted.target") DUE
	    CTL("stop", "kubelet.service"));
	f = kept();
	ck_assert_uint_eq(f.count, 1);
	ck_assert_str_eq(f.stopped[0].name, "kubelet.service");
	/* nothing more while it stays so, whatever somebody started */
	targets(false);
	AFTER(no_pass(), 0, DUE);
	ck_assert_uint_eq(kept().count, 1);
	unit("kubelet.service", "inactive", "dead", "enabled");
	AFTER(pass(), 0,
	    CTL("stop", "attestd-untrusted.target")
	    CTL("start", "attestd-trusted.target") DUE EXPIRY
	    CTL("start", "kubelet.service")
	    CTL("restart", "slurmd.service"));
	ck_assert_uint_eq(kept().count, 0);
	/* trust that comes back before it has ended */
	targets(true);
	unit("slurmd.service", "inactive", "dead", "enabled");
	unit("kubelet.service", "active", "running", "enabled");
	AFTER(no_pass(), 0,
	    CTL("stop", "attestd-trusted.target")
	    CTL("start", "attestd-untrusted.target") DUE
	    CTL("stop", "kubelet.service"));
	targets(false);
	unit("kubelet.service", "deactivating", "stop-sigterm", "enabled");
	AFTER(pass(), 0,
	    CTL("stop", "attestd-untrusted.target")
	    CTL("start", "attestd-trusted.target") DUE EXPIRY
	    CTL("start", "kubelet.service"));
}
END_TEST

/* Started by hand, and stopped by hand: an administrator's word as well. */
START_TEST(started_and_stopped_by_somebody)
{
	char text[512];

	targets(true);
	unit("kubelet.service", "active", "running", "enabled");
	unit("slurmd.service", "active", "running", "enabled");
	pass();
	quietly();
	no_pass();
	quietly();
	ck_assert_uint_eq(kept().count, 2);
	snprintf(text, sizeof(text), "LoadState=loaded\nActiveState=inactive\n"
	    "SubState=dead\nUnitFileState=enabled\n"
	    "InactiveExitTimestampMonotonic=%lld\n",
	    (long long)kept().stopped[0].at + 1);
	node_put("units/kubelet.service", S(text));
	snprintf(text, sizeof(text), "LoadState=loaded\nActiveState=inactive\n"
	    "SubState=dead\nUnitFileState=enabled\n"
	    "InactiveExitTimestampMonotonic=%lld\n",
	    (long long)kept().stopped[1].at);
	node_put("units/slurmd.service", S(text));
	AFTER(pass(), 0, DUE EXPIRY CTL("start", "slurmd.service"));
}
END_TEST

START_TEST(disabled_meanwhile)
{
	targets(true);
	unit("kubelet.service", "active", "running", "enabled");
	unit("slurmd.service", "active", "running", "disabled");
	pass();
	quietly();
	no_pass();
	quietly();
	ck_assert_uint_eq(kept().count, 2);
	unit("kubelet.service", "inactive", "dead", "disabled");
	/* it never was enabled, and ran all the same */
	unit("slurmd.service", "failed", "failed", "disabled");
	AFTER(pass(), 0, DUE EXPIRY
	    CTL("start", "slurmd.service"));
}
END_TEST

/* What runs when the agent comes to a machine is not stopped by surprise. */
START_TEST(never_trusted_so_nothing_is_lost)
{
	targets(false);
	unit("kubelet.service", "active", "running", "enabled");
	AFTER(no_pass(), 0, DUE);
	AFTER(no_pass(), 0, DUE);
}
END_TEST

/* What could not be done is done the next time. */
START_TEST(a_manager_that_fails)
{
	AUTO(free) char *broken = in_node("fail");

	targets(true);
	unit("kubelet.service", "active", "running", "enabled");
	pass();
	quietly();
	node_put("fail", S("stop.*kubelet"));
	AFTER(no_pass(), ATT_E_SYS,
	    CTL("stop", "attestd-trusted.target")
	    CTL("start", "attestd-untrusted.target") DUE
	    CTL("stop", "kubelet.service"));
	ck_assert(kept().trusted && kept().count == 1);
	ck_assert(unlink(broken) == 0);
	targets(false);
	AFTER(no_pass(), 0, DUE CTL("stop", "kubelet.service"));
	ck_assert(!kept().trusted && kept().count == 1);
	node_put("fail", S("show"));
	FOLLOWS(ATT_E_SYS, "");
	node_put("fail", S("unit=attestd-due"));
	AFTER(no_pass(), ATT_E_SYS, DUE DUE DUE DUE);
	manager.systemctl = "/nowhere/systemctl";
	FOLLOWS(ATT_E_SYS, "");
}
END_TEST

/* Trust is back before all of them were stopped. */
START_TEST(stopped_by_half)
{
	AUTO(free) char *broken = in_node("fail");

	targets(true);
	unit("kubelet.service", "active", "running", "enabled");
	unit("slurmd.service", "active", "running", "enabled");
	pass();
	quietly();
	node_put("fail", S("stop.*slurmd"));
	AFTER(no_pass(), ATT_E_SYS,
	    CTL("stop", "attestd-trusted.target")
	    CTL("start", "attestd-untrusted.target") DUE
	    CTL("stop", "kubelet.service") CTL("stop", "slurmd.service"));
	ck_assert(unlink(broken) == 0);
	targets(false);
	unit("kubelet.service", "inactive", "dead", "enabled");
	AFTER(pass(), 0,
	    CTL("stop", "attestd-untrusted.target")
	    CTL("start", "attestd-trusted.target") DUE EXPIRY
	    CTL("start", "kubelet.service"));
	ck_assert(kept().trusted && kept().count == 0);
	targets(true);
	unit("kubelet.service", "active", "running", "enabled");
	AFTER(pass(), 0, DUE EXPIRY);
}
END_TEST

/* Nothing can be kept, nor was: what runs is stopped all the same. */
START_TEST(stopped_without_memory)
{
	AUTO(free) char *dir = in_node("run-follow");
	AUTO(free) char *file = in_node("run-follow/state.json");

	ck_assert(mkdir(dir, 0755) == 0 && mkdir(file, 0755) == 0);
	targets(true);
	unit("kubelet.service", "active", "running", "enabled");
	AFTER(no_pass(), ATT_E_DENIED,
	    CTL("stop", "attestd-trusted.target")
	    CTL("start", "attestd-untrusted.target") DUE
	    CTL("stop", "kubelet.service"));
	/* as a node begins, or one that was given attestd just now */
	targets(false);
	AFTER(no_pass(), ATT_E_DENIED, DUE);
}
END_TEST

/* It dies as it starts a unit, and trust is lost by then. */
START_TEST(killed_and_lost)
{
	AUTO(free) char *kills = in_node("kills");
	pid_t pid;
	int status;

	targets(false);
	unit("kubelet.service", "activating", "auto-restart", "enabled");
	no_pass();
	quietly();
	pass();
	node_put("kills", S("restart"));
	pid = forked();
	if (pid == 0)
		_exit(att_follow(&config, &manager, 1000, &gate, NULL) != 0);
	ck_assert(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status));
	ck_assert(unlink(kills) == 0);
	free(log_take());
	targets(true);
	unit("kubelet.service", "active", "running", "enabled");
	AFTER(no_pass(), 0,
	    CTL("stop", "attestd-trusted.target")
	    CTL("start", "attestd-untrusted.target") DUE
	    CTL("stop", "kubelet.service"));
}
END_TEST

START_TEST(a_manager_that_lies_or_hangs)
{
	AUTO(free) char *on_show = in_node("on-show");

	pass();
	node_put("on-show", S("echo ActiveState=active; exit 0\n"));
	follows(ATT_E_FORMAT, "");
	node_put("on-show", S("exit 0\n"));
	follows(ATT_E_FORMAT, "");
	node_put("on-show", S("yes | head -c 200000; exit 0\n"));
	follows(ATT_E_LIMIT, "");
	ck_assert(unlink(on_show) == 0);
	node_put("on-show", S("exec sleep 60\n"));
	manager.limit_ms = 200;
	follows(ATT_E_TIMEOUT, "");
}
END_TEST

/* A verdict that comes while another is followed is not missed. */
START_TEST(changed_meanwhile)
{
	targets(true);
	pass();
	quietly();
	no_pass();
	{
		AUTO(free) char *from = in_node("run/verdict.json");
		AUTO(free) char *to = in_node("next");

		ck_assert(rename(from, to) == 0);
	}
	pass();
	node_put("on-show", S("[ ! -e next ] || mv next run/verdict.json\n"));
	ok(att_follow(&config, &manager, 1000, &gate, err));
	ck_assert(gate.state == ATT_GATE_CLOSED);
	/* as often as it takes, but not for ever */
	node_put("on-show", S("n=$(($(cat n 2>/dev/null) + 1)); echo $n >n\n"
	    "[ $n -gt 8 ] || touch -d @$n run/verdict.json\n"));
	ok(att_follow(&config, &manager, 1000, &gate, err));
	node_put("on-show", S("n=$(($(cat n) + 1)); echo $n >n\n"
	    "touch -d @$n run/verdict.json\n"));
	fails(att_follow(&config, &manager, 1000, &gate, err), ATT_E_BUSY,
	    "all the time");
}
END_TEST

START_TEST(two_at_once)
{
	AUTO_DONE(att_fd_done) int lock = -1;
	pid_t pid;
	int status;

	targets(true);
	pass();
	ok(att_followed_lock(&config, 0, &lock, err));
	fails(att_follow(&config, &manager, 50, &gate, err), ATT_E_BUSY,
	    "another process");
	att_fd_done(&lock);
	node_put("slow", S("0.2"));
	pid = forked();
	if (pid == 0)
		_exit(att_follow(&config, &manager, 20000, &gate, NULL) != 0);
	ok(att_follow(&config, &manager, 20000, &gate, err));
	ck_assert(waitpid(pid, &status, 0) == pid && status == 0);
	{
		/* show, due, expiry of one, and then of the other */
		static const char *const order[] = { "show", "due", "expiry",
			"show", "due", "expiry" };
		AUTO(free) char *log = log_take();
		char *line = log;

		for (size_t i = 0; i < ATT_COUNT(order); i++) {
			char *nl = strchr(line, '\n');

			ck_assert_ptr_nonnull(nl);
			*nl = '\0';
			ck_assert_msg(strstr(line, order[i]) != NULL, "%s",
			    line);
			line = nl + 1;
		}
		ck_assert_str_eq(line, "");
	}
}
END_TEST

/* Anybody on the node can open the directory, and nobody the lock. */
START_TEST(a_lock_that_others_cannot_hold)
{
	AUTO(free) char *dir = in_node("run-follow");
	AUTO(free) char *file = in_node("run-follow/lock");
	AUTO_DONE(att_fd_done) int stranger = -1;
	struct stat st;

	targets(true);
	pass();
	ok(att_follow(&config, &manager, 0, &gate, err));
	stranger = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert(stranger >= 0 && flock(stranger, LOCK_EX | LOCK_NB) == 0);
	ok(att_follow(&config, &manager, 0, &gate, err));
	ck_assert(stat(file, &st) == 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
}
END_TEST

START_TEST(a_memory_that_others_can_write)
{
	AUTO(free) char *dir = in_node("run-follow");
	AUTO(free) char *file = in_node("run-follow/state.json");
	AUTO(free) char *lock = in_node("run-follow/lock");

	targets(true);
	pass();
	ok(att_follow(&config, &manager, 1000, &gate, err));
	ck_assert(chmod(dir, 0777) == 0);
	fails(att_follow(&config, &manager, 1000, &gate, err), ATT_E_DENIED,
	    "others may not write");
	ck_assert(chmod(dir, 0755) == 0);
	/* damaged: as if nothing were known, and good again after that */
	node_put("run-follow/state.json", S("{\"format\":1}"));
	ok(att_follow(&config, &manager, 1000, &gate, err));
	ck_assert(kept().trusted);
	ck_assert(unlink(file) == 0 && unlink(lock) == 0);
	ck_assert(rmdir(dir) == 0 && symlink("/tmp", dir) == 0);
	ck_assert(att_follow(&config, &manager, 1000, &gate, NULL) < 0);
}
END_TEST

/* Every cut of it is refused, and none is believed by half. */
START_TEST(damaged_memory)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 16);
	AUTO_DONE(att_fd_done) int lock = -1;
	struct att_followed f = { .boot_id = BOOT_ID, .trusted = true,
		.has_tpm = true, .tpm = { .clock = 1, .reset_count = 2,
		.restart_count = 3 }, .tpm_at = 4,
		.ek_type = ATT_TPM_EK_P384_HIGH, .count = 1,
		.stopped = { { "kubelet.service", true, 5 } } }, g;

	memset(f.ek_id, 'e', 64);
	ok(att_followed_lock(&config, 0, &lock, err));
	ok(att_followed_write(&config, &f, err));
	g = kept();
	ck_assert(g.trusted && g.has_tpm && g.tpm.clock == 1 &&
	    g.tpm.reset_count == 2 && g.tpm.restart_count == 3 &&
	    g.tpm_at == 4 && g.count == 1 && g.stopped[0].enabled &&
	    g.stopped[0].at == 5 && g.ek_type == ATT_TPM_EK_P384_HIGH);
	ck_assert_str_eq(g.ek_id, f.ek_id);
	ck_assert_str_eq(g.stopped[0].name, "kubelet.service");
	ck_assert(node_read("run-follow/state.json", &b));
	for (size_t n = 0; n + 1 < b.len; n++) {
		node_put("run-follow/state.json",
		    (struct att_slice){ b.data, n });
		ck_assert(att_followed_read(&config, BOOT_ID, &g, NULL) < 0);
	}
	f.count = ATT_UNITS_MAX;
	for (size_t i = 0; i < ATT_UNITS_MAX; i++)
		memset(f.stopped[i].name, 'a', ATT_UNIT_NAME_MAX);
	ok(att_followed_write(&config, &f, err));
	ck_assert_uint_eq(kept().count, ATT_UNITS_MAX);
}
END_TEST

#define ADD(name, from, ...)                                                 \
	case_add(s, name, from, stop,                                        \
	    (const TTest *const[]){ __VA_ARGS__, NULL })

int
main(void)
{
	Suite *s = suite_create("follow");

	ADD("target", start, at_boot_nothing_is_proven, trusted_and_again,
	    lost_by_a_verdict_and_by_time, units_that_are_left_alone,
	    a_manager_that_lies_or_hangs, changed_meanwhile, two_at_once,
	    a_lock_that_others_cannot_hold, a_memory_that_others_can_write,
	    damaged_memory);
	ADD("stop", start_stopping, stopped_and_brought_back,
	    disabled_meanwhile, started_and_stopped_by_somebody,
	    never_trusted_so_nothing_is_lost,
	    a_manager_that_fails, stopped_by_half, stopped_without_memory,
	    killed_and_lost);
	return run_suite(s);
}
