/*
 * What a pass leaves behind: the document, facts, what the next one needs; the
 * same where attest-measure serves as where it is started for this.
 */
#include "tests/agent/reading.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

#include "agent/measured.h"
#include "agent/watch.h"

static struct att_measured_options how;
static bool remote;
static const char *const words[] = { "--root", node_dir, NULL };
static struct att_measure now;
static bool news;

/* Chips that are read from now on, by whoever does; NULL: none more. */
static void
chips_are(const char *one, const char *other)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);
	AUTO(free) char *dropins = in_node("attestd.yaml.d");

	reader_stop();
	if (other == NULL)
		USE(one);
	else
		USE(one, other);
	att_buf_printf(&b, "firmware_rate: 1G\nfirmware_duty: 100\n"
	    "firmware_devices: [%s/%s", node_dir, one);
	if (other != NULL)
		att_buf_printf(&b, ", %s/%s", node_dir, other);
	att_buf_str(&b, "]\n");
	(void)mkdir(dropins, 0700);
	node_put("attestd.yaml.d/keys.yaml", att_buf_view(&b));
	if (remote)
		reader_start();
}

/* What is kept for the next pass, and who keeps it. */
static const char *
kept(const char *suffix)
{
	static char name[64];

	snprintf(name, sizeof(name), "%sstate/firmware.json%s",
	    remote ? "reader-" : "", suffix);
	return name;
}

static void
setup(void)
{
	AUTO_DONE(cm_done) struct cm m = chip_new();
	AUTO(free) char *state = NULL;

	measuring_node("", "");
	state = in_node("state");
	ck_assert_int_eq(mkdir(state, 0700), 0);
	how = (struct att_measured_options){ .config = &config,
		.words = remote ? NULL : words };
	chip_put("a", &m);
	chip_put("b", &m);
	chips_are("a", "b");
}

static void
setup_remote(void)
{
	AUTO(free) char *state = NULL;

	remote = true;
	setup();
	state = in_node("reader-state");
	ck_assert_int_eq(mkdir(state, 0700), 0);
}

static void
teardown(void)
{
	att_measure_done(&now);
	reader_stop();
	node_remove();
	remote = false;
}

static void
pass(void)
{
	att_measure_done(&now);
	ok(att_measured_pass(&how, &now, &news, err));
}

static struct att_firmware_claims *
claims_in(const char *name)
{
	AUTO_DONE(att_buf_done) struct att_buf b =
	    ATT_BUF(ATT_FIRMWARE_CLAIMS_MAX);
	struct att_firmware_claims *c = NULL;

	ck_assert_msg(node_read(name, &b), "no %s", name);
	ok(att_firmware_claims_parse(att_buf_view(&b), &c, err));
	return c;
}

static unsigned
mode_of(const char *name)
{
	AUTO(free) char *path = in_node(name);
	struct stat st;

	ck_assert_int_eq(stat(path, &st), 0);
	return st.st_mode & 07777;
}

static bool
is_there(const char *name)
{
	AUTO(free) char *path = in_node(name);

	return access(path, F_OK) == 0;
}

/* Facts of this kind in the queue, and the newest of them. */
static size_t
facts(struct att_fact *ret)
{
	AUTO(att_state_close) struct att_state *s = NULL;
	struct att_fact_queue q;
	size_t n = 0;

	ok(att_state_open(config.state_dir, 0, &s, err));
	if (att_fact_queue_read(s, &q, NULL) < 0)
		return 0;
	for (size_t i = 0; i < q.facts.count; i++)
		if (strcmp(q.facts.fact[i].kind, "firmware-changed") == 0) {
			*ret = q.facts.fact[i];
			n++;
		}
	return n;
}

START_TEST(first)
{
	AUTO(att_firmware_claims_free) struct att_firmware_claims *c = NULL;
	struct att_measured_status s;
	struct att_fact f;

	pass();
	ck_assert(news);
	c = claims_in("claims");
	ck_assert_str_eq(c->boot_id, BOOT);
	ck_assert(c->chips == 2 && c->passes == 3);
	/* there is no TPM here, which the log says */
	ck_assert(!c->pass[0].has_clock);
	ck_assert_uint_eq(mode_of("claims"), 0600);
	ck_assert_uint_eq(mode_of(kept("")), 0600);
	ck_assert(!remote || !is_there("state/firmware.json"));
	ck_assert_uint_eq(mode_of("run/firmware.json"), 0644);
	ck_assert_uint_eq(facts(&f), 0);
	ok(att_measured_status_read(&config, &s, err));
	ck_assert_int_eq(s.state, ATT_MEASURED_DONE);
	ck_assert(s.chips == 2 && s.failed == 0 && s.changes == 0);
	ck_assert_str_eq(s.boot_id, BOOT);
}
END_TEST

START_TEST(news_or_not)
{
	pass();
	pass();
	ck_assert(!news);
	/* variables are no news */
	chip_flip("a", VARS + 0x8000);
	pass();
	ck_assert(!news);
	chip_flip("a", CODE + 0x1000);
	pass();
	ck_assert(news && now.changes == 1);
	pass();
	ck_assert(!news);
	/* the first document of a boot is */
	node_put("boot_id", S("5a8f1c9e-0b7d-4c13-9a55-6b0f2f0c7d22\n"));
	pass();
	ck_assert(news && now.changes == 0);
}
END_TEST

START_TEST(facts_of_changes)
{
	struct att_fact f = { 0 };

	pass();
	chip_flip("a", CODE + 0x1000);
	pass();
	ck_assert_uint_eq(facts(&f), 1);
	ck_assert_int_eq(f.count, 1);
	ck_assert_str_eq(f.boot_id, BOOT);
	ck_assert_str_eq(f.details, "{\"change\":\"content\",\"chip\":\"a\","
	    "\"class\":\"static\",\"length\":262144,\"offset\":262144,"
	    "\"range\":\"FFS2 8c8ce578-8a3d-4f1c-9935-896185c32dd3\"}");
	pass();
	ck_assert_uint_eq(facts(&f), 1);
	chips_are("b", NULL);
	pass();
	ck_assert_uint_eq(facts(&f), 2);
	ck_assert_str_eq(f.details, "{\"change\":\"gone\",\"chip\":\"a\"}");
	/* told once */
	pass();
	ck_assert_uint_eq(facts(&f), 2);
}
END_TEST

/* A chip that was away, and is another when it comes back. */
START_TEST(what_was_known_before)
{
	AUTO(free) char *path = in_node("a");
	AUTO(free) char *away = in_node("away");
	struct att_fact f = { 0 };

	pass();
	ck_assert_int_eq(rename(path, away), 0);
	pass();
	ck_assert(news && now.failed == 1 && now.changes == 0);
	pass();
	ck_assert(!news);
	ck_assert_int_eq(rename(away, path), 0);
	chip_flip("a", CODE + 0x1000);
	pass();
	ck_assert(news && now.changes == 1 && now.failed == 0);
	ck_assert_uint_eq(facts(&f), 1);
	/* the same of one that was not even looked for */
	chips_are("b", NULL);
	pass();
	chip_flip("a", CODE + 0x1000);
	chips_are("a", "b");
	pass();
	ck_assert_uint_eq(now.changes, 1);
	ck_assert_str_eq(now.change[0].how, "content");
}
END_TEST

/* Over a reboot as well: what is kept is of no boot. */
START_TEST(across_boots)
{
	pass();
	node_put("boot_id", S("5a8f1c9e-0b7d-4c13-9a55-6b0f2f0c7d22\n"));
	chip_flip("b", CODE + 0x1000);
	pass();
	ck_assert_uint_eq(now.changes, 1);
}
END_TEST

START_TEST(damaged)
{
	pass();
	node_put(kept(""), S("{\"format\":\"attestd-firm"));
	chip_flip("a", CODE + 0x1000);
	pass();
	ck_assert_uint_eq(now.changes, 0);
	ck_assert(is_there(kept(".bad")));
	chip_flip("a", CODE + 0x1000);
	pass();
	ck_assert_uint_eq(now.changes, 1);
	/* a document in place that is none is news, and replaced */
	node_put("claims", S("nonsense"));
	pass();
	ck_assert(news);
	att_firmware_claims_free(claims_in("claims"));
}
END_TEST

/* Facts that find no room leave the old map: the next pass tells them. */
START_TEST(a_change_is_not_lost)
{
	AUTO(free) char *facts_path = in_node("state/facts.json");
	struct att_fact f = { 0 };

	pass();
	ck_assert_int_eq(mkdir(facts_path, 0700), 0);
	chip_flip("a", CODE + 0x1000);
	pass();
	/* the document has it all the same */
	ck_assert(news && now.changes == 1);
	ck_assert_int_eq(rmdir(facts_path), 0);
	pass();
	ck_assert(!news && now.changes == 1);
	ck_assert_uint_eq(facts(&f), 1);
	pass();
	ck_assert_uint_eq(now.changes, 0);
}
END_TEST

START_TEST(one_at_a_time)
{
	const struct timespec old[2] = { { .tv_sec = 1000 },
		{ .tv_sec = 1000 } };
	AUTO(free) char *half = NULL;
	AUTO_DONE(att_fd_done) int lock = -1;
	struct att_measure m = { 0 };

	ok(att_state_measure(config.state_dir, &lock, err));
	fails(att_measured_pass(&how, &m, &news, err), ATT_E_BUSY, "state");
	ck_assert(!is_there("claims") && !is_there("run/firmware.json"));
	/* and what a process that died here left is removed */
	att_fd_done(&lock);
	node_put(kept(".new-Abc123"), S("x"));
	half = in_node(kept(".new-Abc123"));
	ck_assert(utimensat(AT_FDCWD, half, old, 0) == 0);
	pass();
	ck_assert(!is_there(kept(".new-Abc123")));
}
END_TEST

START_TEST(no_room_for_the_document)
{
	struct att_measured_status s;
	struct att_measure m = { 0 };

	free(config.firmware_claims);
	config.firmware_claims = strdup("/nonexistent/claims");
	fails(att_measured_pass(&how, &m, &news, err), ATT_E_SYS,
	    "/nonexistent");
	ck_assert_ptr_null(m.claims);
	ok(att_measured_status_read(&config, &s, err));
	ck_assert_int_eq(s.state, ATT_MEASURED_BROKEN);
	ck_assert_ptr_nonnull(strstr(s.reason, "/nonexistent"));
}
END_TEST

/* A document for elsewhere leaves no trace here. */
START_TEST(only)
{
	ok(att_measured_only(&how, &now, err));
	ck_assert_uint_eq(now.claims->chips, 2);
	ck_assert(!is_there("claims") && !is_there("run/firmware.json") &&
	    !is_there(kept("")));
}
END_TEST

/* -- how far it is --------------------------------------------------------- */

static unsigned looks;

static bool
look(void *arg ATT_UNUSED, const char *of, uint64_t done ATT_UNUSED,
    uint64_t size ATT_UNUSED)
{
	struct att_measured_status s;
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(512);

	ok(att_measured_status_read(&config, &s, err));
	ck_assert_int_eq(s.state, ATT_MEASURED_RUNNING);
	ck_assert_str_eq(s.of, of);
	att_measured_status_print(&s, &b);
	ck_assert(memmem(b.data, b.len, of, strlen(of)) != NULL);
	looks++;
	return true;
}

START_TEST(progress)
{
	how.progress = look;
	pass();
	ck_assert_uint_gt(looks, 2);
}
END_TEST

static bool
ask_to_end(void *arg ATT_UNUSED, const char *of, uint64_t done ATT_UNUSED,
    uint64_t size ATT_UNUSED)
{
	if (strcmp(of, "flash/b") == 0)
		(void)raise(SIGTERM);
	return true;
}

START_TEST(asked_to_end)
{
	sigset_t set;
	struct att_measure m = { 0 };
	struct att_measured_status s;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	ck_assert_int_eq(sigprocmask(SIG_BLOCK, &set, NULL), 0);
	how.progress = ask_to_end;
	fails(att_measured_pass(&how, &m, &news, err), ATT_E_BUSY, "stopped");
	ck_assert(!is_there("claims"));
	ok(att_measured_status_read(&config, &s, err));
	ck_assert_int_eq(s.state, ATT_MEASURED_BROKEN);
}
END_TEST

START_TEST(status_lines)
{
	static const struct {
		struct att_measured_status s;
		const char *want;
	} lines[] = {
		{ { .state = ATT_MEASURED_DONE, .updated = 1795000000,
		      .chips = 2, .components = 7 },
		    "measured 2026-11-18T11:06:40Z, 2 chips, 7 components" },
		{ { .state = ATT_MEASURED_DONE, .updated = 1795000000,
		      .chips = 3, .failed = 1, .changes = 4 },
		    "measured 2026-11-18T11:06:40Z, 3 chips (1 of them not), "
		    "0 components, 4 ranges changed" },
		{ { .state = ATT_MEASURED_BROKEN, .reason = "no disk" },
		    "not measured: no disk" },
		{ { .state = ATT_MEASURED_RUNNING, .began = 1795000000,
		      .updated = 1795000001, .of = "flash/a", .percent = 7 },
		    "being measured since 2026-11-18T11:06:40Z, flash/a: 7 %, "
		    "without a word since 2026-11-18T11:06:41Z" },
	};

	for (size_t i = 0; i < ATT_COUNT(lines); i++) {
		AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(512);
		struct att_measured_status got;

		att_measured_status_print(&lines[i].s, &b);
		ck_assert_msg(att_slice_is(att_buf_view(&b), lines[i].want),
		    "%.*s", (int)b.len, (const char *)b.data);
		ok(att_measured_status_write(&config, &lines[i].s, err));
		ok(att_measured_status_read(&config, &got, err));
		ck_assert_str_eq(got.reason, lines[i].s.reason);
		ck_assert_str_eq(got.of, lines[i].s.of);
		ck_assert(got.percent == lines[i].s.percent &&
		    got.changes == lines[i].s.changes &&
		    got.failed == lines[i].s.failed &&
		    got.updated == lines[i].s.updated);
	}
	node_put("run/firmware.json", S("{}"));
	fails(att_measured_status_read(&config, &(struct att_measured_status){
	    0 }, err), ATT_E_FORMAT, "firmware.json");
}
END_TEST

static void
add_all(TCase *t)
{
	tcase_add_test(t, first);
	tcase_add_test(t, news_or_not);
	tcase_add_test(t, facts_of_changes);
	tcase_add_test(t, what_was_known_before);
	tcase_add_test(t, across_boots);
	tcase_add_test(t, damaged);
	tcase_add_test(t, a_change_is_not_lost);
	tcase_add_test(t, one_at_a_time);
	tcase_add_test(t, no_room_for_the_document);
	tcase_add_test(t, only);
	tcase_add_test(t, progress);
	tcase_add_test(t, asked_to_end);
}

int
main(void)
{
	Suite *s = suite_create("measured");
	TCase *here = tcase_create("here");
	TCase *there = tcase_create("attest-measure");

	tcase_add_checked_fixture(here, setup, teardown);
	add_all(here);
	tcase_add_test(here, status_lines);
	tcase_add_checked_fixture(there, setup_remote, teardown);
	add_all(there);
	suite_add_tcase(s, here);
	suite_add_tcase(s, there);
	return run_suite(s);
}
