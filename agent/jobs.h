/*
 * What attestd is asked to do with its TPM and its verifier: one thing after
 * the other, by a thread (agent/clerk.h). All here runs in the thread of the
 * event loop, which never waits for that one.
 *
 * Who asks for the same shares it. An attestation that nobody has begun so far
 * is anybody's who asks for one; of one that runs the evidence may be made
 * already, so that it is only for who takes one of that age.
 */
#ifndef ATT_AGENT_JOBS_H
#define ATT_AGENT_JOBS_H

#include "agent/prove.h"
#include "agent/push.h"
#include "base/json.h"

#define ATT_JOBS_MAX 16		/* that wait or run */
#define ATT_JOBS_WAITERS_MAX 128	/* for all of them together */

enum att_job_kind {
	ATT_JOB_ATTEST,
	ATT_JOB_PROVE,
};

/* What came of a job, for the time of the call. */
struct att_job_end {
	enum att_job_kind kind;
	/* attest; how long until the next one, in ms */
	const struct att_round *round;
	uint64_t wait_ms;
	bool again;		/* it was too early, and is not over */
	/* prove: below 0 with `err`, or the evidence */
	int r;
	const struct att_err *err;
	json_t *evidence;
	json_t *notes;		/* what was left out of it: texts */
};

/* Told once; `end` NULL: it will not be done. */
struct att_job_waiter {
	void (*done)(void *arg, const struct att_job_end *end);
	void *arg;
};

struct att_jobs;

/*
 * `push` is borrowed and, while att_jobs_run, the thread's. `over` is told of
 * every attempt to attest, before who waits for it.
 */
int att_jobs_new(struct att_push *push,
    void (*over)(void *arg, const struct att_job_end *end), void *arg,
    struct att_jobs **ret, struct att_err *err) ATT_MUST;
/* Waits for what runs; nobody is told. */
void att_jobs_free(struct att_jobs *j);
ATT_DEFINE_AUTO(struct att_jobs, att_jobs_free)

/*
 * One attestation, or a share in one: that is queued, or that began at `since`
 * or later (ms, steady). `w` NULL: nobody waits, and no patience is had with
 * what is in the way; else what is said of att_push_once holds, and none begins
 * before att_jobs_held. ATT_E_BUSY: there are too many.
 */
int att_jobs_attest(struct att_jobs *j, uint64_t since,
    const struct att_job_waiter *w, struct att_err *err) ATT_MUST;
int att_jobs_prove(struct att_jobs *j, const struct att_prove *p,
    const struct att_job_waiter *w, struct att_err *err) ATT_MUST;
/*
 * Until when no server is to be asked (ms, steady), as the one that took
 * nothing last said itself; 0: it said nothing of the kind.
 */
uint64_t att_jobs_held(const struct att_jobs *j) ATT_MUST;
/* What has not begun will not be done; what runs ends as agent/stop.h says. */
void att_jobs_stop(struct att_jobs *j);

/* Readable once att_jobs_tend has something to take. */
int att_jobs_fd(const struct att_jobs *j) ATT_MUST;
/* Takes leave of a job that is done, and tells. */
void att_jobs_tend(struct att_jobs *j);
/* Begins the next one, unless one runs. */
void att_jobs_begin(struct att_jobs *j, uint64_t now);
/* When att_jobs_begin has something to do by itself; UINT64_MAX: never. */
uint64_t att_jobs_next(const struct att_jobs *j) ATT_MUST;

bool att_jobs_run(const struct att_jobs *j) ATT_MUST;
/* Nothing runs and nothing waits. */
bool att_jobs_idle(const struct att_jobs *j) ATT_MUST;
/* By when the one that runs has to be done (ms, steady), or UINT64_MAX. */
uint64_t att_jobs_deadline(const struct att_jobs *j) ATT_MUST;

#endif
