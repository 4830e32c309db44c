/* Wall clocks that are set: between rounds, and in the middle of one. */
#include "tests/agent/push_test.h"

#include "agent/verdict_file.h"
#include "base/steady.h"

#define YEAR (365 * DAY)

/* -- a clock that a test sets --------------------------------------------- */

static atomic_llong jump;

/*
 * For everybody in this process, libraries too. The servers say what the clock
 * was before by their `skew`.
 */
time_t
time(time_t *ret)
{
	struct timespec t;
	time_t now;

	(void)clock_gettime(CLOCK_REALTIME, &t);
	now = t.tv_sec + (time_t)atomic_load(&jump);
	if (ret != NULL)
		*ret = now;
	return now;
}

static void
set_clock(int64_t by)
{
	atomic_store(&jump, by);
	registrar.skew = fake.skew = second.skew = -by;
}

/* -- a node ---------------------------------------------------------------- */

/* Certificates that are good through all jumps. */
static void
make_lasting_certs(void)
{
	make_certs();
	free_certs();
	ca = cert_make("ca", NULL, -20 * YEAR, 20 * YEAR, NULL);
	other_ca = cert_make("other", NULL, -20 * YEAR, 20 * YEAR, NULL);
	server_cert = cert_make("good", "IP:127.0.0.1", -20 * YEAR, 20 * YEAR,
	    &ca);
}

/* What the file says, read by the clock as it is. */
static void
verdict_is(enum att_status want)
{
	AUTO_DONE(att_verdict_file_done) struct att_verdict_file f = { 0 };
	char id[ATT_BOOT_ID_LEN + 1];
	struct att_verdict_now now;

	ok(att_verdict_now(&config, id, &now, err));
	ok(att_verdict_file_read(&config, ATT_OWNER_ANY, &now, &f, err));
	ck_assert_int_eq(f.status, want);
}

/* One that passes, with nothing longer or shorter than ever. */
static void
passes(void)
{
	uint64_t wait_ms;

	att_round_done(&last);
	wait_ms = att_push_run(&push, 0, &last);
	ck_assert_msg(last.outcome == ATT_OUTCOME_ACCEPTED, "%s: %s",
	    att_outcome_name(last.outcome), last.reason);
	ck_assert(last.standing == ATT_STANDING_PASS);
	ck_assert(wait_ms >= 60000 && wait_ms <= 66000);
	ck_assert(last.lifetime > 290 && last.lifetime <= 302);
	verdict_is(ATT_PASS);
}

static const int64_t jumps[] = { 5 * YEAR, -5 * YEAR, DAY, -DAY, 3600, -3600,
	0 };

START_TEST(set_between_two_rounds)
{
	passes();
	for (size_t i = 0; i < ATT_COUNT(jumps); i++) {
		set_clock(jumps[i]);
		passes();
	}
	/* the token lives by another clock */
	SEEN(PROOF, 1);
	SEEN(REGISTER, 1);
}
END_TEST

static enum att_step hooked;
static int64_t hooked_jump;

static void
set_at(struct fake *f, enum att_step step)
{
	if (step == hooked)
		set_clock(hooked_jump);
}

/* Before each answer of a verifier in turn. */
START_TEST(set_in_the_middle_of_a_round)
{
	fake.hook = set_at;
	for (size_t i = 0; i < ATT_COUNT(jumps); i++)
		for (hooked = ATT_STEP_SESSION; hooked < ATT_STEP_COUNT;
		    hooked++) {
			hooked_jump = jumps[i];
			att_token_drop(&push.token);
			passes();
		}
}
END_TEST

/* Upstream gives no result: its own times decide, by its own clock. */
START_TEST(set_with_upstream)
{
	fake.bound = false;
	fake.items = 0;
	fake.hook = set_at;
	hooked = ATT_STEP_EVIDENCE;
	for (size_t i = 0; i < ATT_COUNT(jumps); i++) {
		hooked_jump = jumps[i];
		att_round_done(&last);
		(void)att_push_run(&push, 0, &last);
		ck_assert(last.standing == ATT_STANDING_PASS);
		verdict_is(ATT_PASS);
	}
}
END_TEST

/*
 * Forward past its end a verdict is over, by the rule of its format; set back
 * it ends all the same, by the clock that nobody sets.
 */
START_TEST(set_while_a_verdict_stands)
{
	AUTO_DONE(att_verdict_file_done) struct att_verdict_file f = { 0 };
	char id[ATT_BOOT_ID_LEN + 1];
	struct att_verdict_now now;

	passes();
	set_clock(5 * YEAR);
	verdict_is(ATT_UNDECIDED);
	set_clock(-5 * YEAR);
	verdict_is(ATT_PASS);
	ok(att_verdict_now(&config, id, &now, err));
	now.uptime += 200;
	ok(att_verdict_file_read(&config, ATT_OWNER_ANY, &now, &f, err));
	ck_assert(f.over && f.status == ATT_UNDECIDED);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("push clock");
	TCase *t = tcase_create("push clock");

	tcase_add_unchecked_fixture(t, make_lasting_certs, free_certs);
	tcase_add_checked_fixture(t, push_setup, push_teardown);
	tcase_add_test(t, set_between_two_rounds);
	tcase_add_test(t, set_in_the_middle_of_a_round);
	tcase_add_test(t, set_with_upstream);
	tcase_add_test(t, set_while_a_verdict_stands);
	suite_add_tcase(s, t);
	return run_suite(s);
}
