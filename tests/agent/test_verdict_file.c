/* The verdict on the node: written, read back, and worth nothing once over. */
#include "testlib.h"

#include <time.h>

#include "agent/verdict_file.h"
#include "tests/agent/agent.h"

#define URLS                                                                 \
	"registrar_urls: [https://127.0.0.1:1]\n"                            \
	"verifier_urls: [https://127.0.0.1:1]\ninterval: 60s\n"
#define ID1 "5a8f1c9e-0b7d-4c13-9a55-6b0f2f0c7d11"
#define ID2 "5a8f1c9e-0b7d-4c13-9a55-6b0f2f0c7d12"

static struct att_verdict_file file;
static struct att_round round_;

static void
start(void)
{
	node_make("none", URLS);
	node_write("boot_id", S(ID1 "\n"));
}

static void
stop(void)
{
	att_verdict_file_done(&file);
	att_round_done(&round_);
	node_remove();
}

/* As it is said to read, so it reads. */
static void
write_file(unsigned failures)
{
	AUTO_DONE(att_verdict_file_done) struct att_verdict_file left = { 0 };
	char id[ATT_BOOT_ID_LEN + 1];
	struct att_verdict_now now;

	ok(att_verdict_file_write(&config, &round_, failures, 60000, &left,
	    err));
	ok(att_verdict_now(&config, id, &now, err));
	att_verdict_file_done(&file);
	ok(att_verdict_file_read(&config, ATT_OWNER_ANY, &now, &file, err));
	ck_assert(json_equal(left.json, file.json));
	/* it may be over by now */
	ck_assert(file.over ||
	    (left.status == file.status && !left.over));
	ck_assert(left.failures == file.failures && !left.other_boot);
	ck_assert_str_eq(left.outcome, file.outcome);
	ck_assert_str_eq(left.reason, file.reason);
}

static void
accepted(enum att_standing standing, int64_t lifetime)
{
	att_round_done(&round_);
	round_ = (struct att_round){ .outcome = ATT_OUTCOME_ACCEPTED,
		.standing = standing, .wait = 60, .interval = 60,
		.lifetime = lifetime,
		.result = strdup("a.b.c"), .verdict = json_pack(
		    "{s:s,s:[{s:s}]}", "status", "fail", "findings", "text",
		    "PCR 4 event 31 is another kernel") };
	snprintf(round_.agent_id, sizeof(round_.agent_id), "node-7");
	snprintf(round_.server, sizeof(round_.server), "https://v:8881");
	write_file(0);
}

static void
ended(enum att_outcome o, const char *reason)
{
	att_round_done(&round_);
	(void)att_round_end(&round_, o, "%s", reason);
	write_file(3);
}

/* As it reads so many seconds later. */
static enum att_status
reads(int64_t later, int64_t up_later, const char *boot)
{
	char id[ATT_BOOT_ID_LEN + 1];
	struct att_verdict_now now;

	ok(att_verdict_now(&config, id, &now, err));
	now.now += later;
	now.uptime += up_later;
	if (boot != NULL)
		now.boot_id = boot;
	att_verdict_file_done(&file);
	ok(att_verdict_file_read(&config, ATT_OWNER_ANY, &now, &file, err));
	return file.status;
}

/* A verifier that takes nothing before that, and is asked before that. */
START_TEST(as_long_as_the_verifier_waits)
{
	accepted(ATT_STANDING_PASS, 0);
	round_.interval = 600;
	write_file(0);
	ck_assert(reads(1150, 0, NULL) == ATT_PASS);
	ended(ATT_OUTCOME_EARLY, "not due yet");
	ck_assert(reads(1150, 0, NULL) == ATT_PASS);
	ck_assert(reads(1250, 0, NULL) == ATT_UNDECIDED);
}
END_TEST

START_TEST(a_pass_and_its_end)
{
	accepted(ATT_STANDING_PASS, 0);
	ck_assert(reads(0, 0, NULL) == ATT_PASS && !file.over);
	ck_assert_str_eq(file.agent_id, "node-7");
	ck_assert_str_eq(file.verifier, "https://v:8881");
	ck_assert_str_eq(file.result, "a.b.c");
	ck_assert_str_eq(file.reason, "");
	ck_assert_str_eq(file.outcome, "accepted");
	ck_assert_int_eq(file.next_at - file.attempted_at, 60);
	ck_assert(json_is_object(file.verdict));
	/* two intervals and some seconds, by either clock */
	ck_assert_int_eq(file.expires_at - file.at, 135);
	ck_assert(reads(130, 130, NULL) == ATT_PASS);
	ck_assert(reads(136, 0, NULL) == ATT_UNDECIDED && file.over);
	ck_assert(reads(0, 136, NULL) == ATT_UNDECIDED && file.over);
	ck_assert(reads(-86400, 136, NULL) == ATT_UNDECIDED);
	ck_assert(!file.other_boot && file.read_at < file.expires_at);
	ck_assert(reads(0, 0, ID2) == ATT_UNDECIDED && file.over);
	ck_assert(file.other_boot);
}
END_TEST

START_TEST(a_result_ends_sooner)
{
	accepted(ATT_STANDING_PASS, 20);
	ck_assert(reads(15, 15, NULL) == ATT_PASS);
	ck_assert(reads(21, 0, NULL) == ATT_UNDECIDED);
	/* and never lends more than the interval does */
	accepted(ATT_STANDING_PASS, 86400);
	ck_assert(reads(136, 0, NULL) == ATT_UNDECIDED);
}
END_TEST

START_TEST(a_fail_says_why)
{
	accepted(ATT_STANDING_FAIL, 0);
	ck_assert(reads(0, 0, NULL) == ATT_FAIL);
	ck_assert_str_eq(file.reason, "PCR 4 event 31 is another kernel");
	accepted(ATT_STANDING_PENDING, 0);
	ck_assert(reads(0, 0, NULL) == ATT_UNDECIDED);
	accepted(ATT_STANDING_TIMEOUT, 0);
	ck_assert(reads(0, 0, NULL) == ATT_UNDECIDED);
}
END_TEST

/* K6: no failure leaves an old pass as it was, beyond its time. */
START_TEST(k6_failed_attempts)
{
	for (unsigned o = 0; o < ATT_OUTCOME_COUNT; o++) {
		bool keeps = att_outcome_keeps_verdict(o);

		if (o == ATT_OUTCOME_ACCEPTED || o == ATT_OUTCOME_NONE)
			continue;
		accepted(ATT_STANDING_PASS, 0);
		ended(o, "some reason");
		ck_assert_msg(reads(0, 0, NULL) ==
		    (keeps ? ATT_PASS : ATT_UNDECIDED), "%s",
		    att_outcome_name(o));
		ck_assert_str_eq(file.outcome, att_outcome_name(o));
		ck_assert_str_eq(file.attempt_reason, "some reason");
		ck_assert_str_eq(file.reason, keeps ? "" : "some reason");
		ck_assert(keeps == (file.result != NULL));
		/* an attempt does not make it last longer */
		ck_assert(reads(136, 0, NULL) == ATT_UNDECIDED);
	}
	/* a fail is no less of one while nobody can be asked */
	accepted(ATT_STANDING_FAIL, 0);
	ended(ATT_OUTCOME_LATER, "away");
	ck_assert(reads(0, 0, NULL) == ATT_FAIL);
}
END_TEST

START_TEST(what_is_over_is_not_kept)
{
	accepted(ATT_STANDING_PASS, 1);
	(void)usleep(1100000);
	ended(ATT_OUTCOME_LATER, "away");
	ck_assert(reads(0, 0, NULL) == ATT_UNDECIDED);
	ck_assert(!file.over && file.result == NULL);
	ck_assert_str_eq(file.reason, "away");
	/* nor what was of another boot, or of another name */
	accepted(ATT_STANDING_PASS, 0);
	node_write("boot_id", S(ID2 "\n"));
	ended(ATT_OUTCOME_LATER, "away");
	ck_assert(reads(0, 0, NULL) == ATT_UNDECIDED && !file.over);
	accepted(ATT_STANDING_PASS, 0);
	att_round_done(&round_);
	snprintf(round_.agent_id, sizeof(round_.agent_id), "node-8");
	ended(ATT_OUTCOME_LATER, "away");
	ck_assert(reads(0, 0, NULL) == ATT_PASS);
	snprintf(round_.agent_id, sizeof(round_.agent_id), "node-8");
	write_file(3);
	ck_assert(reads(0, 0, NULL) == ATT_UNDECIDED);
}
END_TEST

/* Without a new verdict there is none. */
START_TEST(a_verdict_that_cannot_be_written)
{
	AUTO(free) char *path = in_node("run/verdict.json");
	AUTO(free) char *boot = in_node("boot_id");
	struct att_verdict_file left = { 0 };
	struct stat st;

	accepted(ATT_STANDING_PASS, 0);
	ck_assert(unlink(boot) == 0);
	att_round_done(&round_);
	(void)att_round_end(&round_, ATT_OUTCOME_TROUBLE, "x");
	fails(att_verdict_file_write(&config, &round_, 1, 0, &left, err),
	    ATT_E_NOT_FOUND, "boot_id");
	ck_assert_ptr_null(left.json);
	ck_assert(stat(path, &st) < 0);
}
END_TEST

START_TEST(readable_by_everybody)
{
	AUTO(free) char *path = in_node("run/verdict.json");
	AUTO(free) char *dir = in_node("run");
	struct stat st;

	(void)umask(077);
	accepted(ATT_STANDING_PASS, 0);
	ck_assert(stat(path, &st) == 0 && (st.st_mode & 0777) == 0644);
	ck_assert(stat(dir, &st) == 0 && (st.st_mode & 0777) == 0755);
}
END_TEST

/* Cut and changed files: refused, or no better than they were. */
START_TEST(damaged_files)
{
	AUTO_DONE(att_buf_done) struct att_buf good = ATT_BUF(1 << 20);
	const struct att_verdict_now now = { .boot_id = ID1,
		.now = (int64_t)time(NULL), .uptime = 0 };
	unsigned refused = 0;

	accepted(ATT_STANDING_FAIL, 0);
	att_verdict_file_done(&file);
	ck_assert(node_read("run/verdict.json", &good));
	for (size_t n = 0; n + 1 < good.len; n++) {
		node_put("run/verdict.json",
		    (struct att_slice){ good.data, n });
		ck_assert(att_verdict_file_read(&config, ATT_OWNER_ANY, &now,
		    &file, NULL) < 0);
	}
	for (size_t i = 0; i < good.len; i++) {
		good.data[i] ^= 1u << i % 7;
		node_put("run/verdict.json", att_buf_view(&good));
		good.data[i] ^= 1u << i % 7;
		if (att_verdict_file_read(&config, ATT_OWNER_ANY, &now, &file,
			NULL) < 0) {
			refused++;
			continue;
		}
		ck_assert(file.status != ATT_PASS);
		att_verdict_file_done(&file);
	}
	ck_assert_uint_gt(refused, good.len / 2);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("verdict file");
	TCase *t = tcase_create("verdict file");

	tcase_add_checked_fixture(t, start, stop);
	tcase_add_test(t, as_long_as_the_verifier_waits);
	tcase_add_test(t, a_pass_and_its_end);
	tcase_add_test(t, a_result_ends_sooner);
	tcase_add_test(t, a_fail_says_why);
	tcase_add_test(t, k6_failed_attempts);
	tcase_add_test(t, what_is_over_is_not_kept);
	tcase_add_test(t, a_verdict_that_cannot_be_written);
	tcase_add_test(t, readable_by_everybody);
	tcase_add_test(t, damaged_files);
	suite_add_tcase(s, t);
	return run_suite(s);
}
