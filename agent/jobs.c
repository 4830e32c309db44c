#include "agent/jobs.h"

#include "agent/clerk.h"
#include "agent/io_attestd.h"
#include "agent/stop.h"
#include "base/steady.h"

#define NEVER UINT64_MAX
#define SECOND 1000u

/* For another process on this node to end what it does. */
#define LOCK_MS 30000u
/* The same where nobody waits: who comes back anyway need not. */
#define BRIEF_LOCK_MS 700u
/* Beside servers: a lock, a TPM that makes a key, and disks. */
#define OWN_MS (LOCK_MS + 2 * ATT_TPM_TIMEOUT_MS + 30 * SECOND)
#define REQUESTS 16u	/* that one server is sent at most, tried twice */

struct waiter {
	struct att_job_waiter w;
	struct waiter *next;
};

struct job {
	struct job *next;
	struct att_jobs *jobs;
	enum att_job_kind kind;
	struct waiter *waiters;
	unsigned lock_ms;
	uint64_t not_before;	/* ms, steady */
	uint64_t began, deadline;
	bool again;		/* it was too early, once */
	/* attest */
	struct att_round round;
	uint64_t wait_ms;
	/* prove */
	struct att_prove order;
	json_t *evidence, *notes;
	int r;
	struct att_err err;
};

struct att_jobs {
	struct att_push *push;
	void (*over)(void *arg, const struct att_job_end *end);
	void *arg;
	struct att_clerk *clerk;
	struct job *running;
	struct job *first;	/* of those that wait, in order */
	size_t count, waiters;
	uint64_t held;		/* as of att_jobs_held */
};

/* -- one job --------------------------------------------------------------- */

/* Tells nobody. */
static void
job_free(struct job *job)
{
	struct waiter *w;

	if (job == NULL)
		return;
	while ((w = job->waiters) != NULL) {
		job->waiters = w->next;
		job->jobs->waiters--;
		free(w);
	}
	att_round_done(&job->round);
	json_decref(job->evidence);
	json_decref(job->notes);
	free(job);
}
ATT_DEFINE_AUTO(struct job, job_free)

static void
tell(struct job *job, const struct att_job_end *end)
{
	struct waiter *w;

	while ((w = job->waiters) != NULL) {
		struct att_job_waiter told = w->w;

		job->waiters = w->next;
		job->jobs->waiters--;
		free(w);
		told.done(told.arg, end);
	}
}

/* -- in the thread --------------------------------------------------------- */

static void
attest(void *arg)
{
	struct job *job = arg;

	att_round_done(&job->round);
	job->wait_ms = att_push_run(job->jobs->push, job->lock_ms,
	    &job->round);
}

static void
note(void *arg, const char *text)
{
	struct job *job = arg;

	/* without memory for the notes there is none for the reply either */
	if (json_array_size(job->notes) < ATT_LOCAL_NOTES_MAX)
		(void)json_array_append_new(job->notes, json_string(text));
}

static void
prove(void *arg)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_BUNDLE_MAX);
	struct job *job = arg;

	job->order.note = note;
	job->order.arg = job;
	job->notes = json_array();
	job->r = att_prove_run(&job->order, job->jobs->push->config,
	    job->lock_ms, &b, &job->err);
	if (job->r == 0)
		job->r = att_json_parse(att_buf_view(&b), ATT_BUNDLE_MAX,
		    &job->evidence, &job->err);
}

/* -- the queue ------------------------------------------------------------- */

int
att_jobs_new(struct att_push *push,
    void (*over)(void *arg, const struct att_job_end *end), void *arg,
    struct att_jobs **ret, struct att_err *err)
{
	AUTO(att_jobs_free) struct att_jobs *j = calloc(1, sizeof(*j));
	int r;

	if (j == NULL)
		return att_err_nomem(err);
	j->push = push;
	j->over = over;
	j->arg = arg;
	if ((r = att_clerk_new(&j->clerk, err)) < 0)
		return r;
	*ret = take(&j);
	return 0;
}

void
att_jobs_free(struct att_jobs *j)
{
	struct job *job;

	if (j == NULL)
		return;
	att_clerk_free(j->clerk);
	job_free(j->running);
	while ((job = j->first) != NULL) {
		j->first = job->next;
		job_free(job);
	}
	free(j);
}

static int
full(struct att_err *err)
{
	return att_err_set(err, ATT_E_BUSY,
	    "too many wait for this node's TPM already");
}

static int
add_waiter(struct job *job, const struct att_job_waiter *w,
    struct att_err *err)
{
	struct waiter *new;

	if (w == NULL)
		return 0;
	if (job->jobs->waiters >= ATT_JOBS_WAITERS_MAX)
		return full(err);
	if ((new = malloc(sizeof(*new))) == NULL)
		return att_err_nomem(err);
	*new = (struct waiter){ .w = *w, .next = job->waiters };
	job->waiters = new;
	job->jobs->waiters++;
	return 0;
}

static void
put(struct att_jobs *j, struct job *job)
{
	struct job **at = &j->first;

	while (*at != NULL)
		at = &(*at)->next;
	job->next = NULL;
	*at = job;
}

static int
add(struct att_jobs *j, enum att_job_kind kind, const struct att_prove *p,
    const struct att_job_waiter *w, struct att_err *err)
{
	AUTO(job_free) struct job *job = NULL;
	int r;

	if (j->count >= ATT_JOBS_MAX)
		return full(err);
	if ((job = calloc(1, sizeof(*job))) == NULL)
		return att_err_nomem(err);
	job->jobs = j;
	job->kind = kind;
	if (p != NULL)
		job->order = *p;
	else if (w != NULL)
		job->not_before = j->held;
	if ((r = add_waiter(job, w, err)) < 0)
		return r;
	put(j, take(&job));
	j->count++;
	return 0;
}

int
att_jobs_attest(struct att_jobs *j, uint64_t since,
    const struct att_job_waiter *w, struct att_err *err)
{
	struct job *job = j->running;

	if (job != NULL && job->kind == ATT_JOB_ATTEST &&
	    job->began >= since)
		return add_waiter(job, w, err);
	for (job = j->first; job != NULL; job = job->next)
		if (job->kind == ATT_JOB_ATTEST)
			return add_waiter(job, w, err);
	return add(j, ATT_JOB_ATTEST, NULL, w, err);
}

int
att_jobs_prove(struct att_jobs *j, const struct att_prove *p,
    const struct att_job_waiter *w, struct att_err *err)
{
	return add(j, ATT_JOB_PROVE, p, w, err);
}

uint64_t
att_jobs_held(const struct att_jobs *j)
{
	return j->held;
}

void
att_jobs_stop(struct att_jobs *j)
{
	struct job *job;

	while ((job = j->first) != NULL) {
		j->first = job->next;
		j->count--;
		tell(job, NULL);
		job_free(job);
	}
}

/* -- one after the other --------------------------------------------------- */

int
att_jobs_fd(const struct att_jobs *j)
{
	return att_clerk_fd(j->clerk);
}

/* Of a verifier that says it is too early: then once more, when it is not. */
static bool
wants_again(const struct job *job)
{
	return job->kind == ATT_JOB_ATTEST && job->waiters != NULL &&
	    !job->again && job->round.outcome == ATT_OUTCOME_EARLY &&
	    job->round.wait > 0 && job->round.wait <= ATT_PUSH_PATIENCE &&
	    !att_stop_asked();
}

/* A server that takes nothing now says for how long. */
static void
note_hold(struct att_jobs *j, const struct att_round *r)
{
	j->held = r->outcome != ATT_OUTCOME_ACCEPTED && r->wait > 0 ?
	    att_steady_now() + (uint64_t)r->wait * SECOND + 100 : 0;
}

void
att_jobs_tend(struct att_jobs *j)
{
	AUTO(job_free) struct job *job = NULL;
	struct att_job_end end;

	if (j->running == NULL || !att_clerk_ended(j->clerk))
		return;
	job = take(&j->running);
	end = (struct att_job_end){ .kind = job->kind, .round = &job->round,
		.wait_ms = job->wait_ms, .r = job->r, .err = &job->err,
		.again = wants_again(job), .evidence = job->evidence,
		.notes = job->notes };
	if (job->kind == ATT_JOB_ATTEST) {
		note_hold(j, &job->round);
		j->over(j->arg, &end);
	}
	if (end.again) {
		job->again = true;
		job->not_before = j->held;
		put(j, take(&job));
		return;
	}
	j->count--;
	tell(job, &end);
}

static uint64_t
limit_of(const struct att_jobs *j, const struct job *job)
{
	const struct att_agent_config *c = j->push->config;
	uint64_t servers = c->registrar_urls.count + c->verifier_urls.count;
	uint64_t request = (uint64_t)(c->connect_timeout +
	    c->request_timeout) * SECOND;

	return job->kind == ATT_JOB_PROVE ? OWN_MS :
	    OWN_MS + servers * REQUESTS * request;
}

void
att_jobs_begin(struct att_jobs *j, uint64_t now)
{
	struct job **at = &j->first, *job;

	if (j->running != NULL)
		return;
	while (*at != NULL && (*at)->not_before > now)
		at = &(*at)->next;
	if ((job = *at) == NULL)
		return;
	*at = job->next;
	job->began = now;
	job->lock_ms = job->waiters == NULL ? BRIEF_LOCK_MS : LOCK_MS;
	job->deadline = now + limit_of(j, job);
	j->running = job;
	att_clerk_begin(j->clerk,
	    job->kind == ATT_JOB_ATTEST ? attest : prove, job);
}

uint64_t
att_jobs_next(const struct att_jobs *j)
{
	uint64_t next = NEVER;

	if (j->running != NULL)
		return NEVER;
	for (const struct job *job = j->first; job != NULL; job = job->next)
		next = ATT_MIN(next, job->not_before);
	return next;
}

bool
att_jobs_run(const struct att_jobs *j)
{
	return j->running != NULL;
}

bool
att_jobs_idle(const struct att_jobs *j)
{
	return j->count == 0;
}

uint64_t
att_jobs_deadline(const struct att_jobs *j)
{
	return j->running == NULL ? NEVER : j->running->deadline;
}
