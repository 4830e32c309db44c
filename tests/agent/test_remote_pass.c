/*
 * A measuring pass by attest-measure, ended at any moment by either side: what
 * changed is told, then or by the next one.
 */
#include "tests/agent/reading.h"

#include "agent/measured.h"
#include "agent/packet.h"
#include "agent/remote_pass.h"
#include "agent/watch.h"

static struct att_measure now;
static bool news;

/* Chips that take some seconds; a pass that is not waited for is slower. */
static void
start(const char *rate)
{
	AUTO(free) char *dropins = in_node("attestd.yaml.d");
	AUTO(free) char *text = NULL;

	reader_stop();
	ck_assert(asprintf(&text, "firmware_rate: %s\nfirmware_duty: 100\n"
	    "firmware_devices: [%s/a]\n", rate, node_dir) > 0);
	(void)mkdir(dropins, 0700);
	node_put("attestd.yaml.d/keys.yaml", S(text));
	reader_start();
}

static void
setup(void)
{
	AUTO_DONE(cm_done) struct cm m = chip_new();
	AUTO(free) char *state = NULL;

	measuring_node("", "");
	state = in_node("state");
	ck_assert_int_eq(mkdir(state, 0700), 0);
	chip_put("a", &m);
}

static void
teardown(void)
{
	att_measure_done(&now);
	reader_stop();
	node_remove();
}

static int
try_pass(struct att_err *err)
{
	const struct att_measured_options o = { .config = &config };

	att_measure_done(&now);
	return att_measured_pass(&o, &now, &news, err);
}

static void
pass(void)
{
	ok(try_pass(err));
}

/* One in a process that does not wait for it. */
static pid_t
begin_pass(void)
{
	pid_t pid = forked();

	if (pid > 0)
		return pid;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	_exit(try_pass(NULL) < 0);
}

/* Changes that were told, however many facts they are. */
static int64_t
told(void)
{
	AUTO(att_state_close) struct att_state *s = NULL;
	struct att_fact_queue q;
	int64_t n = 0;

	ok(att_state_open(config.state_dir, 60000, &s, err));
	if (att_fact_queue_read(s, &q, NULL) < 0)
		return 0;
	for (size_t i = 0; i < q.facts.count; i++)
		if (strcmp(q.facts.fact[i].kind, "firmware-changed") == 0)
			n += q.facts.fact[i].count;
	return n;
}

/* Until the file says that this part is being measured. */
static void
until_part(const char *part)
{
	uint64_t end = att_steady_now() + PATIENCE_MS;
	struct att_measured_status s;

	for (;;) {
		ck_assert_msg(att_steady_now() < end, "%s never came", part);
		if (att_measured_status_read(&config, &s, NULL) == 0 &&
		    s.state == ATT_MEASURED_RUNNING &&
		    strcmp(s.of, part) == 0)
			return;
		(void)usleep(5000);
	}
}

/* The lock of the one that reads; a pass that nobody wants ends soon. */
static void
until_nobody_measures(void)
{
	AUTO(free) char *dir = in_node("reader-state");
	uint64_t end = att_steady_now() + PATIENCE_MS;
	int lock = -1;

	while (att_state_chips(dir, &lock, NULL) < 0) {
		ck_assert_msg(att_steady_now() < end, "it goes on");
		(void)usleep(20000);
	}
	att_fd_done(&lock);
}

/* -------------------------------------------------------------------------- */

START_TEST(client_killed)
{
	pid_t pid;

	start("1G");
	pass();
	start("64K");
	chip_flip("a", CODE + 0x1000);
	pid = begin_pass();
	until_part("flash/a");
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(status_of(pid), 1000 + SIGKILL);
	until_nobody_measures();
	ck_assert_int_eq(told(), 0);
	start("1G");
	pass();
	ck_assert(news && now.changes == 1);
	ck_assert_int_eq(told(), 1);
}
END_TEST

START_TEST(server_killed)
{
	struct att_measured_status s;
	pid_t pid;

	start("1G");
	pass();
	start("64K");
	chip_flip("a", CODE + 0x1000);
	pid = begin_pass();
	until_part("flash/a");
	/* the process that serves it dies with its parent */
	ck_assert_int_eq(kill(reader, SIGKILL), 0);
	ck_assert_int_eq(status_of(pid), 1);
	ok(att_measured_status_read(&config, &s, err));
	ck_assert_int_eq(s.state, ATT_MEASURED_BROKEN);
	ck_assert_ptr_nonnull(strstr(s.reason, "attest-measure: "));
	start("1G");
	pass();
	ck_assert_uint_eq(now.changes, 1);
	ck_assert_int_eq(told(), 1);
}
END_TEST

/*
 * Between any two steps. A change can be told twice, where what was told was
 * not acknowledged any more, but never not at all.
 */
START_TEST(killed_at_any_moment)
{
	int64_t before = 0;

	start("2M");
	pass();
	for (unsigned i = 0; i < 9; i++) {
		const bool server = i % 3 == 2;
		pid_t pid;

		chip_flip("a", CODE + 0x1000 + i);
		pid = begin_pass();
		(void)usleep(100000 * i);
		(void)kill(server ? reader : pid, SIGKILL);
		(void)status_of(pid);
		if (server)
			start("2M");
		until_nobody_measures();
		pass();
		ck_assert_msg(told() > before, "change %u was not told", i);
		before = told();
		pass();
		ck_assert_uint_eq(now.changes, 0);
		ck_assert_int_eq(told(), before);
	}
}
END_TEST

/* What root owns it reads, what it keeps is its own: it takes no more. */
START_TEST(without_a_capability)
{
	AUTO(free) char *chip = in_node("a");
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);
	char path[64];

	if (geteuid() != 0)
		return;
	caged = true;
	ck_assert_int_eq(chmod(chip, 0400), 0);
	start("1G");
	snprintf(path, sizeof(path), "/proc/%d/status", (int)reader);
	ok(att_file_read(path, &b, err));
	ck_assert_ptr_nonnull(memmem(b.data, b.len,
	    "CapEff:\t0000000000000000\n", 24));
	pass();
	ck_assert(now.failed == 0 && now.claims->chips == 1);
	chip_flip("a", CODE + 0x1000);
	pass();
	ck_assert_uint_eq(now.changes, 1);
	pass();
	ck_assert_uint_eq(now.changes, 0);
	caged = false;
}
END_TEST

/* Where it cannot keep anything it says so, and reads logs all the same. */
START_TEST(no_state_directory)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);
	AUTO(free) char *dir = in_node("reader-state");
	struct att_err why = { 0 };
	bool cut;

	node_put("reader-state", S("in the way"));
	start("1G");
	ck_assert_int_eq(try_pass(&why), ATT_E_SYS);
	ck_assert_msg(strstr(why.text, dir) != NULL, "%s", why.text);
	ok(ask_log(ATT_LOGFILE_BOOT_ID, 0, &b, &cut, err));
	/* and once it can, it does */
	ck_assert_int_eq(unlink(dir), 0);
	pass();
	pass();
	ck_assert(!news);
}
END_TEST

/* One that anybody may write to is anybody's word. */
START_TEST(a_state_directory_of_all)
{
	AUTO(free) char *dir = in_node("reader-state");
	struct att_err why = { 0 };

	ck_assert(mkdir(dir, 0700) == 0 && chmod(dir, 0777) == 0);
	start("1G");
	ck_assert_int_eq(try_pass(&why), ATT_E_DENIED);
	ck_assert_ptr_nonnull(strstr(why.text, "others may write"));
}
END_TEST

START_TEST(two_at_a_time)
{
	AUTO_DONE(att_source_close) struct att_source s = ATT_SOURCE(&config);
	const struct att_remote_pass o = { .source = &s, .boot_id = BOOT,
		.limit_ms = 60000 };
	struct att_measure m = { 0 };
	pid_t pid;

	start("64K");
	pid = begin_pass();
	until_part("flash/a");
	fails(att_remote_pass_run(&o, &m, err), ATT_E_BUSY,
	    "another process is using it");
	/* logs are read meanwhile */
	{
		AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);
		bool cut;

		ok(ask_log(ATT_LOGFILE_BOOT_ID, 0, &b, &cut, err));
	}
	(void)kill(pid, SIGKILL);
	(void)status_of(pid);
}
END_TEST

/* Instead of a clock something else: that is no client of this protocol. */
START_TEST(another_answer_than_a_clock)
{
	const struct att_wire_request q = { .code = ATT_WIRE_FIRMWARE };
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);
	AUTO_DONE(att_source_close) struct att_source s = ATT_SOURCE(&config);
	struct att_wire_reply r;
	struct att_err why;
	int code;

	start("1G");
	ok(att_source_connect(&s, att_steady_now() + 5000, err));
	ok(att_source_send(&s, &q, att_steady_now() + 5000, err));
	ok(att_source_receive(&s, att_steady_now() + 5000, &b, &r, err));
	ck_assert_int_eq(r.kind, ATT_WIRE_ASK_CLOCK);
	ok(att_source_send(&s, &q, att_steady_now() + 5000, err));
	while ((code = att_source_receive(&s, att_steady_now() +
		    PATIENCE_MS, &b, &r, &why)) == 0)
		ck_assert_int_eq(r.kind, ATT_WIRE_PROGRESS);
	ck_assert_int_eq(code, ATT_E_SHORT);
	ck_assert(has_logged("instead of a clock"));
	until_nobody_measures();
	pass();
}
END_TEST

START_TEST(what_was_not_kept)
{
	struct att_source s = ATT_SOURCE(&config);
	const struct att_remote_pass o = { .source = &s, .boot_id = BOOT,
		.limit_ms = 60000 };

	start("1G");
	pass();
	chip_flip("a", CODE + 0x1000);
	for (int i = 0; i < 2; i++) {
		AUTO_DONE(att_measure_done) struct att_measure m = { 0 };

		/* nothing is said about it: the next one finds it again */
		ok(att_remote_pass_run(&o, &m, err));
		ck_assert_uint_eq(m.changes, 1);
		att_source_close(&s);
		until_nobody_measures();
	}
	pass();
	ck_assert_uint_eq(now.changes, 1);
	pass();
	ck_assert_uint_eq(now.changes, 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("remote_pass");
	TCase *t = tcase_create("passes");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, client_killed);
	tcase_add_test(t, server_killed);
	tcase_add_test(t, killed_at_any_moment);
	tcase_add_test(t, without_a_capability);
	tcase_add_test(t, no_state_directory);
	tcase_add_test(t, a_state_directory_of_all);
	tcase_add_test(t, two_at_a_time);
	tcase_add_test(t, another_answer_than_a_clock);
	tcase_add_test(t, what_was_not_kept);
	suite_add_tcase(s, t);
	return run_suite(s);
}
