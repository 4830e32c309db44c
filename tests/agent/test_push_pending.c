/* A verdict that is not there when the evidence was taken: asked for later. */
#include "tests/agent/push_test.h"

#include "agent/verdict_file.h"
#include "base/steady.h"

#define PENDING "run/pending"
#define SECOND 1000u

/* One round as a process of its own; how long it says to wait. */
static uint64_t
run(enum att_standing want)
{
	uint64_t wait;

	restart();
	att_round_done(&last);
	wait = att_push_run(&push, 0, &last);
	ck_assert_msg(last.outcome == ATT_OUTCOME_ACCEPTED, "%s (%s)",
	    att_outcome_name(last.outcome), last.reason);
	ck_assert_msg(last.standing == want, "%s",
	    att_standing_name(last.standing));
	return wait;
}

/* Evidence is taken; then the verifier does not know the node's token. */
static uint64_t
lose_verdict(void)
{
	say(ATT_STEP_STATUS, 1, 401, "{}");
	return run(ATT_STANDING_PENDING);
}

static void
verdict_read(struct att_verdict_file *ret)
{
	char id[ATT_BOOT_ID_LEN + 1];
	struct att_verdict_now now;

	ok(att_verdict_now(&config, id, &now, err));
	ok(att_verdict_file_read(&config, ATT_OWNER_ANY, &now, ret, err));
}

static bool
is_pending(void)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);

	return node_read(PENDING, &b);
}

/* By both verifiers, and by a process that did not send the evidence. */
START_TEST(a_late_verdict_is_asked_for)
{
	AUTO_DONE(att_verdict_file_done) struct att_verdict_file f = { 0 };
	uint64_t wait;

	fake.bound = _i == 0;
	fake.stale = true;
	wait = run(ATT_STANDING_PENDING);
	ck_assert(strstr(last.reason, "not said yet") != NULL);
	ck_assert_uint_eq(wait, 10 * SECOND);	/* backoff_min */
	verdict_read(&f);
	ck_assert(f.status == ATT_UNDECIDED);
	ck_assert_int_le(f.next_at - f.attempted_at, 10);
	att_verdict_file_done(&f);

	wait = run(ATT_STANDING_PENDING);
	ck_assert_uint_ge(wait, 10 * SECOND);
	ck_assert_uint_le(wait, 20 * SECOND);
	ck_assert(is_pending());

	fake.stale = false;
	wait = run(ATT_STANDING_PASS);
	ck_assert((last.result != NULL) == fake.bound);
	SEEN(EVIDENCE, 1);
	SEEN(OFFER, 1);
	ck_assert(!is_pending());
	/* ten seconds of the interval are over */
	ck_assert_uint_ge(wait, 40 * SECOND);
	ck_assert_uint_le(wait, 56 * SECOND);
	verdict_read(&f);
	ck_assert(f.status == ATT_PASS);
	ck_assert_int_ge(f.expires_at - f.at, 105);
	ck_assert_int_le(f.expires_at - f.at, 2 * 60 + 15 - 10);

	(void)run(ATT_STANDING_PASS);
	SEEN(EVIDENCE, 2);
}
END_TEST

/* The wait doubles, and never goes beyond the time for more evidence. */
START_TEST(what_is_due_goes_before)
{
	uint64_t end, now;

	fake.next = 6;
	ck_assert_uint_le(lose_verdict(), 6600);
	end = att_steady_now() + 6 * SECOND;
	fake.stale = true;
	while ((now = att_steady_now()) + 2 * SECOND < end) {
		ck_assert_uint_le(run(ATT_STANDING_PENDING),
		    end - now + SECOND + SECOND / 2);
		SEEN(EVIDENCE, 1);
		(void)usleep(300000);
	}
	while (att_steady_now() <= end)
		(void)usleep(100000);
	fake.stale = false;
	(void)run(ATT_STANDING_PASS);
	SEEN(EVIDENCE, 2);
	ck_assert(!is_pending());
}
END_TEST

START_TEST(a_failure_that_comes_late_is_one)
{
	fake.bound = _i == 0;
	fake.standing = ATT_STANDING_FAIL;
	(void)lose_verdict();
	(void)run(ATT_STANDING_FAIL);
	SEEN(EVIDENCE, 1);
	ck_assert(!is_pending());
}
END_TEST

/* A verifier that is away meanwhile, and then knows. */
START_TEST(trouble_on_the_way)
{
	(void)lose_verdict();
	say(ATT_STEP_STATUS, 1, 503, "");
	(void)run(ATT_STANDING_PENDING);
	(void)run(ATT_STANDING_PASS);
	SEEN(EVIDENCE, 1);
	/* one that stays away loses its turn */
	(void)lose_verdict();
	say(ATT_STEP_SESSION, ALWAYS, 500, "");
	(void)run(ATT_STANDING_PASS);
	SEEN(EVIDENCE, 2);
	ck_assert_uint_eq(second.seen[ATT_STEP_EVIDENCE], 1);
	ck_assert(!is_pending());
}
END_TEST

/* It was the second one that took the evidence: the first knows nothing. */
START_TEST(the_verifier_that_has_it_is_asked)
{
	say(ATT_STEP_OFFER, ALWAYS, 500, "");
	second.say[ATT_STEP_STATUS] = (struct fake_say){ .times = 1,
		.status = 401, .body = "{}" };
	(void)run(ATT_STANDING_PENDING);
	ck_assert_uint_eq(second.seen[ATT_STEP_EVIDENCE], 1);
	(void)run(ATT_STANDING_PASS);
	ck_assert_uint_eq(second.seen[ATT_STEP_STATUS], 2);
	ck_assert_uint_eq(second.seen[ATT_STEP_EVIDENCE], 1);
	SEEN(STATUS, 0);
}
END_TEST

/* Another boot, another AK, a file that is none: evidence is sent. */
START_TEST(only_its_own_is_asked_for)
{
	AUTO_DONE(att_buf_done) struct att_buf good = ATT_BUF(4096);
	unsigned sent = 1;

	(void)lose_verdict();
	ck_assert(node_read(PENDING, &good));
	for (size_t n = 0; n < good.len; n += 16) {
		node_put(PENDING, (struct att_slice){ good.data, n });
		(void)run(ATT_STANDING_PASS);
		SEEN(EVIDENCE, ++sent);
	}
	node_put(PENDING, att_buf_view(&good));
	node_write("boot_id", S("5a8f1c9e-0b7d-4c13-9a55-000000000001\n"));
	(void)run(ATT_STANDING_PASS);
	SEEN(EVIDENCE, ++sent);
	node_write("boot_id", S("5a8f1c9e-0b7d-4c13-9a55-6b0f2f0c7d11\n"));
	node_put(PENDING, att_buf_view(&good));
	swtpm_clear(&tpm);
	(void)run(ATT_STANDING_PASS);
	SEEN(EVIDENCE, ++sent);
}
END_TEST

int
main(void)
{
	TCase *t;
	Suite *s = push_suite("pending", &t);

	tcase_add_loop_test(t, a_late_verdict_is_asked_for, 0, 2);
	tcase_add_test(t, what_is_due_goes_before);
	tcase_add_loop_test(t, a_failure_that_comes_late_is_one, 0, 2);
	tcase_add_test(t, trouble_on_the_way);
	tcase_add_test(t, the_verifier_that_has_it_is_asked);
	tcase_add_test(t, only_its_own_is_asked_for);
	return run_suite(s);
}
