/*
 * The process that measures beside attestd: begun when it is due, taken leave
 * of, ended. With --measure this program is that process.
 */
#include "tests/agent/measuring.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

#include "agent/clerk.h"
#include "agent/measured.h"
#include "agent/measurer.h"
#include "agent/seclude.h"
#include "agent/stop.h"
#include "base/steady.h"

#define SECOND 1000u
#define DAY (24 * 3600 * SECOND)

static struct att_measurer m = { .fd = -1 };
static char *config_path;

/* Keys that the child reads as well. */
static void
set_keys(const char *keys)
{
	AUTO(free) char *dropins = in_node("attestd.yaml.d");
	AUTO(free) char *text = NULL;

	(void)mkdir(dropins, 0700);
	ck_assert(asprintf(&text, "firmware_devices: [%s/a]\n%s", node_dir,
	    keys) > 0);
	node_put("attestd.yaml.d/keys.yaml", S(text));
	att_agent_config_done(&config);
	ok(att_agent_config_load(config_path, &config, err));
}

static void
setup(void)
{
	AUTO_DONE(cm_done) struct cm chip = chip_new();
	AUTO(free) char *state = NULL;

	measuring_node("", "");
	state = in_node("state");
	config_path = in_node("attestd.yaml");
	ck_assert_int_eq(mkdir(state, 0700), 0);
	chip_put("a", &chip);
	set_keys("firmware_interval: 1s\nfirmware_rate: 1G\n"
	    "firmware_duty: 100\n");
}

static void
teardown(void)
{
	att_measurer_done(&m);
	free(config_path);
	node_remove();
}

static void
begin(void)
{
	uint64_t now = att_steady_now();

	att_measurer_init(&m, &config, config_path, now, 0);
	ck_assert_uint_eq(att_measurer_wait(&m, now), 0);
	ck_assert(!att_measurer_tend(&m, now));
	ck_assert_int_gt(m.pid, 0);
	ck_assert_int_ge(m.fd, 0);
}

/* Until it has ended; what tend said then. */
static bool
see_it_end(void)
{
	struct pollfd p = { .fd = m.fd, .events = POLLIN };

	ck_assert_int_eq(poll(&p, 1, PATIENCE_MS), 1);
	return att_measurer_tend(&m, att_steady_now());
}

static struct att_measured_status
status(void)
{
	struct att_measured_status s;

	ok(att_measured_status_read(&config, &s, err));
	return s;
}

/* A chip that takes minutes, until that is being read. */
static void
begin_long_one(void)
{
	static const struct timespec nap = { .tv_nsec = 20000000 };
	struct att_measured_status s = { 0 };

	set_keys("firmware_interval: 1s\nfirmware_rate: 4K\n");
	begin();
	for (unsigned i = 0; i < 3000 && (strcmp(s.of, "flash/a") != 0 ||
		 s.state != ATT_MEASURED_RUNNING); i++) {
		(void)nanosleep(&nap, NULL);
		(void)!att_measured_status_read(&config, &s, NULL);
	}
	ck_assert_str_eq(s.of, "flash/a");
	ck_assert_int_eq(s.state, ATT_MEASURED_RUNNING);
}

START_TEST(when)
{
	struct att_measured_status s = { .state = ATT_MEASURED_DONE,
		.boot_id = BOOT, .updated = (int64_t)time(NULL) - 3600 };
	const uint64_t now = 12345678;

	set_keys("firmware_interval: 0s\n");
	att_measurer_init(&m, &config, config_path, now, 7);
	ck_assert_uint_eq(att_measurer_wait(&m, now), UINT64_MAX);
	ck_assert(!att_measurer_tend(&m, now + DAY) && m.pid == 0);
	/* soon, each node at another time */
	set_keys("firmware_interval: 1d\n");
	att_measurer_init(&m, &config, config_path, now, 59999);
	ck_assert_uint_eq(att_measurer_wait(&m, now), 59999);
	ck_assert(!att_measurer_tend(&m, now + 59998) && m.pid == 0);
	att_measurer_init(&m, &config, config_path, now, 60000);
	ck_assert_uint_eq(att_measurer_wait(&m, now), 0);
	/* a document of an hour ago */
	ok(att_measured_status_write(&config, &s, err));
	att_measurer_init(&m, &config, config_path, now, 5000);
	ck_assert_uint_eq(att_measurer_wait(&m, now), 5000);
	node_put("claims", S("{}"));
	att_measurer_init(&m, &config, config_path, now, 5000);
	ck_assert_uint_ge(att_measurer_wait(&m, now), DAY - 3601 * SECOND);
	ck_assert_uint_le(att_measurer_wait(&m, now), DAY - 3590 * SECOND);
	/* of another boot, or of one that left nothing */
	memcpy(s.boot_id, "other", 6);
	ok(att_measured_status_write(&config, &s, err));
	att_measurer_init(&m, &config, config_path, now, 5000);
	ck_assert_uint_eq(att_measurer_wait(&m, now), 5000);
	memcpy(s.boot_id, BOOT, sizeof(BOOT));
	s.state = ATT_MEASURED_BROKEN;
	ok(att_measured_status_write(&config, &s, err));
	att_measurer_init(&m, &config, config_path, now, 5000);
	ck_assert_uint_eq(att_measurer_wait(&m, now), 5000);
	/* a clock that was set back */
	s.state = ATT_MEASURED_DONE;
	s.updated += 2 * 86400;
	ok(att_measured_status_write(&config, &s, err));
	att_measurer_init(&m, &config, config_path, now, 5000);
	ck_assert_uint_eq(att_measurer_wait(&m, now), 5000);
}
END_TEST

START_TEST(measures)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(65536);

	begin();
	ck_assert(see_it_end());
	ck_assert(m.pid == 0 && m.fd == -1);
	ck_assert(node_read("claims", &b));
	ck_assert_int_eq(status().state, ATT_MEASURED_DONE);
	ck_assert_int_eq(status().chips, 1);
	/* the next one is due, and finds nothing new */
	ck_assert_uint_le(att_measurer_wait(&m, att_steady_now()), SECOND);
	ck_assert(!att_measurer_tend(&m, att_steady_now() + SECOND));
	ck_assert_int_gt(m.pid, 0);
	ck_assert(!see_it_end());
	chip_flip("a", CODE + 0x1000);
	ck_assert(!att_measurer_tend(&m, att_steady_now() + SECOND));
	ck_assert(see_it_end());
	ck_assert_int_eq(status().changes, 1);
}
END_TEST

/* The attest-measure that it has started. */
static pid_t
reader_of(pid_t pid)
{
	char path[64], text[32] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)pid,
	    (int)pid);
	ck_assert((f = fopen(path, "r")) != NULL);
	ck_assert_ptr_nonnull(fgets(text, sizeof(text), f));
	(void)fclose(f);
	return (pid_t)strtol(text, NULL, 10);
}

START_TEST(in_nobodys_way)
{
	begin_long_one();
	ck_assert_int_eq(sched_getscheduler(reader_of(m.pid)), SCHED_IDLE);
	/* but who waits for a lock or the TPM is not held up */
	ck_assert_int_eq(sched_getscheduler(m.pid), SCHED_OTHER);
	/* it has nothing to do for who looks after it, for hours */
	ck_assert_uint_gt(att_measurer_wait(&m, att_steady_now()),
	    3600 * SECOND);
	ck_assert(!att_measurer_tend(&m, att_steady_now()));
	ck_assert_int_gt(m.pid, 0);
}
END_TEST

START_TEST(killed)
{
	begin_long_one();
	ck_assert_int_eq(kill(m.pid, SIGKILL), 0);
	ck_assert(!see_it_end());
	ck_assert_int_eq(status().state, ATT_MEASURED_BROKEN);
	ck_assert_str_eq(status().reason, "ended by signal 9");
	/* once more at the interval, if that is less than an hour */
	ck_assert_uint_le(att_measurer_wait(&m, att_steady_now()), SECOND);
	set_keys("firmware_interval: 1s\nfirmware_rate: 1G\n"
	    "firmware_duty: 100\n");
	m.config = &config;
	ck_assert(!att_measurer_tend(&m, att_steady_now() + SECOND));
	ck_assert(see_it_end());
	ck_assert_int_eq(status().state, ATT_MEASURED_DONE);
}
END_TEST

START_TEST(takes_too_long)
{
	uint64_t now;

	begin_long_one();
	now = m.kill_at;
	ck_assert(!att_measurer_tend(&m, now));
	ck_assert(m.asked && m.kill_at > now);
	ck_assert(!see_it_end());
	ck_assert_int_eq(status().state, ATT_MEASURED_BROKEN);
	ck_assert_ptr_nonnull(strstr(status().reason, "stopped"));
	/* who does not hear is killed */
	begin_long_one();
	ck_assert_int_eq(kill(m.pid, SIGSTOP), 0);
	ck_assert(!att_measurer_tend(&m, m.kill_at));
	ck_assert(!att_measurer_tend(&m, m.kill_at));
	ck_assert(!see_it_end());
	ck_assert_str_eq(status().reason, "ended by signal 9");
}
END_TEST

/* Dead, whoever took leave of it. */
static void
is_dead(pid_t pid)
{
	int ignored;

	ck_assert(waitpid(pid, &ignored, 0) == pid || errno == ECHILD);
	ck_assert(kill(pid, 0) < 0 && errno == ESRCH);
}

/* The same of one that somebody else buries. */
static void
until_gone(pid_t pid)
{
	uint64_t end = att_steady_now() + PATIENCE_MS;

	while (kill(pid, 0) == 0) {
		ck_assert_msg(att_steady_now() < end, "it stays");
		(void)usleep(5000);
	}
}

START_TEST(ends_with_attestd)
{
	uint64_t began;
	pid_t pid, reads;

	begin_long_one();
	pid = m.pid;
	reads = reader_of(pid);
	began = att_steady_now();
	att_measurer_done(&m);
	ck_assert_uint_lt(att_steady_now() - began, 30 * SECOND);
	is_dead(pid);
	until_gone(reads);
	ck_assert_int_eq(status().state, ATT_MEASURED_BROKEN);
	begin_long_one();
	ck_assert_int_eq(kill(m.pid, SIGSTOP), 0);
	pid = m.pid;
	att_measurer_done(&m);
	is_dead(pid);
}
END_TEST

/* Who is killed could not end it. */
START_TEST(dies_with_attestd)
{
	int status_ = 0;
	pid_t parent;

	ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	parent = forked();
	if (parent == 0) {
		begin_long_one();
		(void)raise(SIGKILL);
	}
	ck_assert_int_eq(waitpid(parent, &status_, 0), parent);
	ck_assert(WIFSIGNALED(status_) && WTERMSIG(status_) == SIGKILL);
	/* its child, which is this one's now */
	ck_assert_int_gt(wait(&status_), 0);
	ck_assert(WIFSIGNALED(status_) && WTERMSIG(status_) == SIGKILL);
}
END_TEST

/* By itself, and told though it says the same; not soon after a failure. */
START_TEST(renewed)
{
	set_keys("firmware_interval: 1d\nfirmware_rate: 1G\n"
	    "firmware_duty: 100\n");
	begin();
	ck_assert(see_it_end());
	att_measurer_on_demand(&m);
	att_measurer_renew(&m, att_steady_now());
	ck_assert_uint_eq(att_measurer_wait(&m, att_steady_now()), 0);
	ck_assert(!att_measurer_tend(&m, att_steady_now()));
	/* one that runs will do */
	att_measurer_renew(&m, att_steady_now());
	ck_assert(see_it_end());
	ck_assert_uint_eq(att_measurer_wait(&m, att_steady_now()), UINT64_MAX);
	/* who asks tells of it himself */
	chip_flip("a", CODE + 0x1000);
	att_measurer_ask(&m, att_steady_now());
	ck_assert(!att_measurer_tend(&m, att_steady_now()));
	ck_assert(!see_it_end());
	ck_assert(m.news);
}
END_TEST

START_TEST(not_renewed)
{
	struct att_measured_status s = { .state = ATT_MEASURED_BROKEN,
		.boot_id = BOOT, .updated = (int64_t)time(NULL) - 60 };

	set_keys("firmware_interval: 1d\n");
	att_measurer_init(&m, &config, config_path, 0, 0);
	att_measurer_on_demand(&m);
	ok(att_measured_status_write(&config, &s, err));
	att_measurer_renew(&m, 0);
	ck_assert_uint_eq(att_measurer_wait(&m, 0), UINT64_MAX);
	s.updated -= 3600;
	ok(att_measured_status_write(&config, &s, err));
	att_measurer_renew(&m, 0);
	ck_assert_uint_eq(att_measurer_wait(&m, 0), 0);
	/* where it is not measured */
	set_keys("firmware_interval: 0s\n");
	att_measurer_init(&m, &config, config_path, 0, 0);
	att_measurer_renew(&m, 0);
	ck_assert_uint_eq(att_measurer_wait(&m, 0), UINT64_MAX);
}
END_TEST

/* A chip that could not be read is looked at again before its time. */
START_TEST(one_that_misses_a_chip)
{
	AUTO(free) char *path = in_node("a");
	AUTO(free) char *away = in_node("away");

	set_keys("firmware_interval: 1d\nfirmware_rate: 1G\n"
	    "firmware_duty: 100\n");
	ck_assert_int_eq(rename(path, away), 0);
	begin();
	ck_assert(see_it_end());
	ck_assert_int_eq(status().failed, 1);
	ck_assert_uint_le(att_measurer_wait(&m, att_steady_now()),
	    3600 * SECOND);
	ck_assert_int_eq(rename(away, path), 0);
	ck_assert(!att_measurer_tend(&m, m.due));
	ck_assert(see_it_end());
	ck_assert_uint_gt(att_measurer_wait(&m, att_steady_now()),
	    3600 * SECOND);
}
END_TEST

START_TEST(one_that_cannot_begin)
{
	begin();
	ck_assert(see_it_end());
	node_put("attestd.yaml.d/keys.yaml", S("nonsense: 1\n"));
	ck_assert(!att_measurer_tend(&m, att_steady_now() + SECOND));
	ck_assert(!see_it_end());
	ck_assert_uint_gt(att_measurer_wait(&m, att_steady_now()), 0);
}
END_TEST

static void
note_who(void *arg)
{
	pid_t *ret = arg;

	*ret = gettid();
}

/* Work is done by another thread, each time before it goes on. */
START_TEST(a_clerk)
{
	AUTO(att_clerk_free) struct att_clerk *c = NULL;
	AUTO(att_clerk_free) struct att_clerk *idle = NULL;
	pid_t who[100] = { 0 };

	ok(att_clerk_new(&idle, err));
	ok(att_clerk_new(&c, err));
	for (size_t i = 0; i < ATT_COUNT(who); i++) {
		att_clerk_do(c, note_who, &who[i]);
		ck_assert(who[i] != 0 && who[i] != gettid());
		ck_assert_int_eq(who[i], who[0]);
	}
	att_clerk_do(NULL, note_who, &who[0]);
	ck_assert_int_eq(who[0], gettid());
}
END_TEST

static void
hold(void *arg)
{
	char byte;

	ck_assert_int_eq(read(*(int *)arg, &byte, 1), 1);
}

/* Or it is done while this goes on, and says so once. */
START_TEST(a_clerk_that_nobody_waits_for)
{
	AUTO(att_clerk_free) struct att_clerk *c = NULL;
	struct pollfd p = { .events = POLLIN };
	int fds[2];

	ck_assert_int_eq(pipe(fds), 0);
	ok(att_clerk_new(&c, err));
	p.fd = att_clerk_fd(c);
	for (unsigned i = 0; i < 3; i++) {
		att_clerk_begin(c, hold, &fds[0]);
		ck_assert_int_eq(poll(&p, 1, 20), 0);
		ck_assert(!att_clerk_ended(c));
		ck_assert_int_eq(write(fds[1], "x", 1), 1);
		ck_assert_int_eq(poll(&p, 1, PATIENCE_MS), 1);
		ck_assert(att_clerk_ended(c));
		ck_assert(!att_clerk_ended(c));
	}
	/* one that is given up is waited for */
	att_clerk_begin(c, hold, &fds[0]);
	ck_assert_int_eq(write(fds[1], "x", 1), 1);
	close(fds[1]);
}
END_TEST

START_TEST(secluded)
{
	int fds[2];

	ck_assert_int_ge(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), 0);
	ok(att_seclude(err));
	ck_assert(socket(AF_INET, SOCK_STREAM, 0) < 0 && errno == EACCES);
	ck_assert(socket(AF_INET6, SOCK_DGRAM, 0) < 0 && errno == EACCES);
	ck_assert(socket(AF_NETLINK, SOCK_RAW, 0) < 0 && errno == EACCES);
	ck_assert(socket(AF_PACKET, SOCK_RAW, 0) < 0 && errno == EACCES);
	ck_assert_int_ge(socket(AF_UNIX, SOCK_STREAM, 0), 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	ck_assert_int_ge(access("/", R_OK), 0);
	/* more than once does no harm */
	ok(att_seclude(err));
}
END_TEST

static int
be_the_child(const char *path)
{
	struct att_err err = { 0 };

	att_stop_arm();
	return att_agent_config_load(path, &config, &err) < 0 ? 3 :
	    att_measurer_main(&config);
}

int
main(int argc, char **argv)
{
	Suite *s;
	TCase *t;

	if (argc == 4 && strcmp(argv[1], "--measure") == 0)
		return be_the_child(argv[3]);
	s = suite_create("measurer");
	t = tcase_create("measurer");
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, when);
	tcase_add_test(t, measures);
	tcase_add_test(t, in_nobodys_way);
	tcase_add_test(t, killed);
	tcase_add_test(t, takes_too_long);
	tcase_add_test(t, ends_with_attestd);
	tcase_add_test(t, dies_with_attestd);
	tcase_add_test(t, renewed);
	tcase_add_test(t, not_renewed);
	tcase_add_test(t, one_that_misses_a_chip);
	tcase_add_test(t, one_that_cannot_begin);
	tcase_add_test(t, a_clerk);
	tcase_add_test(t, a_clerk_that_nobody_waits_for);
	tcase_add_test(t, secluded);
	suite_add_tcase(s, t);
	return run_suite(s);
}
