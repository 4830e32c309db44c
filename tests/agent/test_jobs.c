/*
 * The queue of attestd: who shares what, in which order, how many, and what
 * becomes of those who wait when it ends. There is no TPM: a job runs for as
 * long as the test holds the state of this node.
 */
#include "tests/agent/agent.h"

#include <poll.h>

#include "agent/jobs.h"
#include "agent/stop.h"
#include "base/steady.h"

#define FRESH UINT64_MAX

static struct att_push push;
static struct att_jobs *jobs;
static struct att_state *held;	/* while it is, nothing ends */
static unsigned attempts;

/* Who was told, in order, and what of. */
static struct {
	const void *who;
	bool done;		/* else it will not be */
	enum att_job_kind kind;
	int r;
} told[4 * ATT_JOBS_WAITERS_MAX];
static size_t told_count;

static void
note(void *arg, const struct att_job_end *end)
{
	ck_assert_uint_lt(told_count, ATT_COUNT(told));
	told[told_count].who = arg;
	told[told_count].done = end != NULL;
	if (end != NULL) {
		told[told_count].kind = end->kind;
		told[told_count].r = end->kind == ATT_JOB_PROVE ? end->r :
		    (int)end->round->outcome;
	}
	told_count++;
}

static void
over(void *arg, const struct att_job_end *end)
{
	ck_assert(end->kind == ATT_JOB_ATTEST && end->round != NULL);
	attempts++;
}

static void
setup(void)
{
	node_make("swtpm:path=/nonexistent", "agent_id: n\n"
	    "registrar_urls: [https://127.0.0.1:1]\n"
	    "verifier_urls: [https://127.0.0.1:1]\n"
	    "connect_timeout: 1s\nrequest_timeout: 2s\n");
	node_put("boot_id", S("5a8f1c9e-0b7d-4c13-9a55-6b0f2f0c7d11\n"));
	att_stop_arm();
	ok(att_stop_by_word(err));
	att_push_init(&push, &config);
	ok(att_state_open(config.state_dir, 0, &held, err));
	ok(att_jobs_new(&push, over, NULL, &jobs, err));
	told_count = attempts = 0;
}

static void
teardown(void)
{
	att_state_close(held);
	att_jobs_free(jobs);
	att_push_done(&push);
	node_remove();
}

static int
attest(const void *who, uint64_t since, struct att_err *err)
{
	const struct att_job_waiter w = { note, (void *)(uintptr_t)who };

	return att_jobs_attest(jobs, since, &w, err);
}

static int
prove(const void *who, struct att_err *err)
{
	const struct att_job_waiter w = { note, (void *)(uintptr_t)who };
	const struct att_prove p = { .nonce_len = 16 };

	return att_jobs_prove(jobs, &p, &w, err);
}

/* Lets the one that runs end, and begins no other. */
static void
see_one_end(void)
{
	struct pollfd p = { .fd = att_jobs_fd(jobs), .events = POLLIN };

	ck_assert(att_jobs_run(jobs));
	att_state_close(take(&held));
	ck_assert_int_eq(poll(&p, 1, PATIENCE_MS), 1);
	ok(att_state_open(config.state_dir, 5000, &held, err));
	att_jobs_tend(jobs);
	ck_assert(!att_jobs_run(jobs));
}

START_TEST(who_shares)
{
	const char who[8] = { 0 };
	uint64_t now = att_steady_now();

	ck_assert(att_jobs_idle(jobs) && !att_jobs_run(jobs));
	ck_assert_uint_eq(att_jobs_next(jobs), UINT64_MAX);
	ck_assert_uint_eq(att_jobs_deadline(jobs), UINT64_MAX);
	/* before it begins, all; what is asked of it does not matter */
	ok(attest(&who[0], FRESH, err));
	ok(attest(&who[1], 0, err));
	ok(att_jobs_attest(jobs, FRESH, NULL, err));
	ck_assert(!att_jobs_idle(jobs) && !att_jobs_run(jobs));
	ck_assert_uint_le(att_jobs_next(jobs), now);
	att_jobs_begin(jobs, now);
	ck_assert(att_jobs_run(jobs));
	ck_assert_uint_eq(att_jobs_next(jobs), UINT64_MAX);
	/* while it runs: who takes what is as old as its beginning */
	ok(attest(&who[2], now, err));
	ok(attest(&who[3], 0, err));
	ok(att_jobs_attest(jobs, 0, NULL, err));
	ok(attest(&who[4], now + 1, err));
	ok(attest(&who[5], FRESH, err));
	/* and nothing begins beside it */
	att_jobs_begin(jobs, now + 1);
	att_jobs_tend(jobs);
	ck_assert_uint_eq(told_count, 0);
	see_one_end();
	ck_assert_uint_eq(told_count, 4);
	ck_assert_uint_eq(attempts, 1);
	for (size_t i = 0; i < told_count; i++) {
		const char *one = told[i].who;

		ck_assert(told[i].done && one < &who[4]);
		/* the TPM is not there, and that is the node's own */
		ck_assert_int_eq(told[i].r, ATT_OUTCOME_TROUBLE);
	}
	ck_assert(!att_jobs_idle(jobs));
	att_jobs_begin(jobs, now);
	see_one_end();
	ck_assert_uint_eq(told_count, 6);
	ck_assert_uint_eq(attempts, 2);
	ck_assert(att_jobs_idle(jobs));
}
END_TEST

/* In order; evidence is for who asked for it alone. */
START_TEST(one_after_the_other)
{
	const char who[4] = { 0 };

	ok(prove(&who[0], err));
	ok(attest(&who[1], FRESH, err));
	ok(prove(&who[2], err));
	ok(attest(&who[3], FRESH, err));
	for (unsigned i = 0; i < 3; i++) {
		att_jobs_begin(jobs, att_steady_now());
		see_one_end();
	}
	ck_assert_uint_eq(told_count, 4);
	ck_assert(told[0].who == &who[0] && told[0].kind == ATT_JOB_PROVE);
	ck_assert(told[1].kind == ATT_JOB_ATTEST &&
	    told[2].kind == ATT_JOB_ATTEST);
	ck_assert(told[3].who == &who[2] && told[3].kind == ATT_JOB_PROVE);
	ck_assert_int_lt(told[0].r, 0);
	ck_assert(att_jobs_idle(jobs));
}
END_TEST

START_TEST(as_many_as_there_is_room_for)
{
	const char who = 0;

	ok(prove(&who, err));
	att_jobs_begin(jobs, att_steady_now());
	for (unsigned i = 1; i < ATT_JOBS_MAX; i++)
		ok(prove(&who, err));
	fails(prove(&who, err), ATT_E_BUSY, "too many");
	fails(attest(&who, FRESH, err), ATT_E_BUSY, "too many");
	see_one_end();
	ok(attest(&who, FRESH, err));
	fails(prove(&who, err), ATT_E_BUSY, "too many");
	/* who shares takes no place in the queue, but one among who waits */
	for (unsigned i = ATT_JOBS_MAX; i < ATT_JOBS_WAITERS_MAX; i++)
		ok(attest(&who, FRESH, err));
	fails(attest(&who, FRESH, err), ATT_E_BUSY, "too many");
	/* the schedule is no such */
	ok(att_jobs_attest(jobs, 0, NULL, err));
	att_jobs_stop(jobs);
	ck_assert_uint_eq(told_count, 1 + ATT_JOBS_WAITERS_MAX);
	for (size_t i = 1; i < told_count; i++)
		ck_assert(!told[i].done);
	ck_assert(att_jobs_idle(jobs));
}
END_TEST

/* What waits is given up at once; what runs ends, and says so. */
START_TEST(asked_to_end)
{
	struct pollfd p = { .fd = att_jobs_fd(jobs), .events = POLLIN };
	const char who[2] = { 0 };
	uint64_t from;

	ok(attest(&who[0], FRESH, err));
	att_jobs_begin(jobs, att_steady_now());
	ok(prove(&who[1], err));
	(void)usleep(50000);
	from = att_steady_now();
	att_stop_ask();
	att_jobs_stop(jobs);
	ck_assert_uint_eq(told_count, 1);
	ck_assert(told[0].who == &who[1] && !told[0].done);
	/* also from a wait for who holds the state */
	ck_assert_int_eq(poll(&p, 1, PATIENCE_MS), 1);
	ck_assert_uint_lt(att_steady_now() - from, 5000);
	att_jobs_tend(jobs);
	ck_assert_uint_eq(told_count, 2);
	ck_assert(told[1].who == &who[0] && told[1].done);
	ck_assert(att_jobs_idle(jobs));
}
END_TEST

/* A watchdog waits no longer than that, and the queue is no part of it. */
START_TEST(how_long_one_may_take)
{
	const char who = 0;
	uint64_t now = att_steady_now(), attesting, proving;

	ok(attest(&who, FRESH, err));
	ok(prove(&who, err));
	att_jobs_begin(jobs, now);
	attesting = att_jobs_deadline(jobs) - now;
	see_one_end();
	ck_assert_uint_eq(att_jobs_deadline(jobs), UINT64_MAX);
	att_jobs_begin(jobs, now);
	proving = att_jobs_deadline(jobs) - now;
	see_one_end();
	/* a lock, and a TPM, each as slow as it may be */
	ck_assert_uint_gt(proving, 2 * ATT_TPM_TIMEOUT_MS);
	ck_assert_uint_lt(proving, 10 * 60 * 1000);
	/* and two servers with 3 s for each request */
	ck_assert_uint_eq(attesting - proving, 2 * 16 * 3000);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("jobs");
	TCase *t = tcase_create("jobs");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, who_shares);
	tcase_add_test(t, one_after_the_other);
	tcase_add_test(t, as_many_as_there_is_room_for);
	tcase_add_test(t, asked_to_end);
	tcase_add_test(t, how_long_one_may_take);
	suite_add_tcase(s, t);
	return run_suite(s);
}
