#include "agent/remote_pass.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/steady.h"

#define COMPONENTS "components"
#define LATE_MS 180000u	/* over its own limit, until it is given up */
#define ASK_MS 10000u	/* for a packet to be taken */
#define LOOK_MS 500u	/* between two looks whether to go on */

struct run {
	const struct att_remote_pass *o;
	uint64_t until;		/* ms: when all of it has to be over */
	/* what is added to its list, and when that was begun */
	struct att_components told;
	bool lost;		/* it could not be listed */
	int64_t at;		/* seconds since 1970 */
	uint64_t began;		/* ms */
	uint64_t asked;		/* ms: when it was asked */
	bool has_clock;
	struct att_pass_clock clock;
	/* the last word about how far it is */
	struct att_wire_reply progress;
};

static void
run_done(struct run *run)
{
	att_components_done(&run->told);
}

/* -- before it is asked ---------------------------------------------------- */

static bool
read_clock(const struct run *run, struct att_pass_clock *ret)
{
	struct att_err err = { 0 };

	if (run->o->clock == NULL)
		return false;
	if (run->o->clock(run->o->arg, ret, &err) == 0)
		return true;
	(void)att_log_err(ATT_LOG_WARNING, "firmware: the TPM's clock", &err);
	return false;
}

static bool
goes_on(const struct run *run)
{
	return run->o->progress == NULL || run->o->progress(run->o->arg,
	    run->progress.of, run->progress.done, run->progress.size);
}

static int
collect(struct run *run, struct att_err *err)
{
	struct att_err why = { 0 };
	int r;

	/* one that is started must not have what is given up below */
	if ((r = att_source_connect(run->o->source, att_steady_now() + ASK_MS,
		 err)) < 0)
		return r;
	run->at = (int64_t)time(NULL);
	run->began = att_steady_now();
	run->has_clock = read_clock(run, &run->clock);
	(void)snprintf(run->progress.of, sizeof(run->progress.of), "%s",
	    COMPONENTS);
	if (!goes_on(run))
		return att_err_set(err, ATT_E_BUSY, "stopped");
	r = run->o->more == NULL ? 0 :
	    run->o->more(run->o->arg, &run->told, &why);
	if (r == ATT_E_NOMEM)
		return att_err_nomem(err);
	if ((run->lost = r < 0))
		(void)att_log_err(ATT_LOG_WARNING, COMPONENTS, &why);
	if (run->o->withdraw != NULL &&
	    run->o->withdraw(run->o->arg, &why) < 0)
		(void)att_log_err(ATT_LOG_WARNING,
		    "firmware: the network is not given up", &why);
	return 0;
}

/* -- while it measures ----------------------------------------------------- */

static int
send(const struct run *run, const struct att_wire_request *q,
    struct att_err *err)
{
	return att_source_send(run->o->source, q, att_steady_now() + ASK_MS,
	    err);
}

static int
tell_clock(const struct run *run, struct att_err *err)
{
	struct att_wire_request q = { .code = ATT_WIRE_CLOCK };

	q.has_clock = read_clock(run, &q.clock);
	if (!q.has_clock)
		q.clock = (struct att_pass_clock){ 0 };
	return send(run, &q, err);
}

static int
take_change(const struct att_measure_change *c, struct att_measure *m,
    struct att_err *err)
{
	if (m->changes == ATT_MEASURE_CHANGES_MAX)
		return att_err_set(err, ATT_E_LIMIT,
		    "attest-measure: more than %d changes",
		    ATT_MEASURE_CHANGES_MAX);
	m->change[m->changes++] = *c;
	return 0;
}

/* The next reply, while whoever wants the pass still wants it. */
static int
hear(struct run *run, struct att_buf *doc, struct att_wire_reply *ret,
    struct att_err *err)
{
	while (goes_on(run)) {
		uint64_t now = att_steady_now();
		int r = att_source_receive(run->o->source,
		    ATT_MIN(now + LOOK_MS, run->until), doc, ret, err);

		if (r != ATT_E_TIMEOUT || now >= run->until)
			return r;
	}
	return att_err_set(err, ATT_E_BUSY, "stopped");
}

/* 1: it goes on; 0: `reply` was the answer. */
static int
heed(struct run *run, const struct att_wire_reply *reply,
    struct att_measure *m, struct att_err *err)
{
	int r = 0;

	switch (reply->kind) {
	case ATT_WIRE_ANSWER:
		return 0;
	case ATT_WIRE_ASK_CLOCK:
		r = tell_clock(run, err);
		break;
	case ATT_WIRE_CHANGE:
		r = take_change(&reply->change, m, err);
		break;
	case ATT_WIRE_PROGRESS:
		run->progress = *reply;
		break;
	}
	return r < 0 ? r : 1;
}

static int
ask(struct run *run, struct att_buf *doc, struct att_wire_reply *ret,
    struct att_measure *m, struct att_err *err)
{
	const struct att_wire_request q = { .code = ATT_WIRE_FIRMWARE };
	int r;

	run->asked = att_steady_now();
	run->until = run->asked + run->o->limit_ms + LATE_MS;
	if ((r = att_source_connect(run->o->source, run->asked + ASK_MS,
		 err)) < 0 ||
	    (r = send(run, &q, err)) < 0)
		return r;
	do
		if ((r = hear(run, doc, ret, err)) < 0)
			return r;
	while ((r = heed(run, ret, m, err)) > 0);
	if (r < 0)
		return r;
	if (ret->status.code != ATT_OK)
		return att_err_sub(err, ret->status.code, ret->status.sub,
		    "attest-measure: %s", ret->status.text);
	return ret->data ? 0 : att_err_set(err, ATT_E_SHORT,
	    "attest-measure: no document");
}

/* -- what it found --------------------------------------------------------- */

/* It began with what was asked for here. */
static void
widen_pass(const struct run *run, struct att_firmware_claims *c)
{
	for (size_t i = 0; i < c->passes; i++) {
		struct att_pass *p = &c->pass[i];

		if (strcmp(p->of, COMPONENTS) != 0)
			continue;
		p->at = run->at < 0 ? 0 : run->at;
		p->seconds += (int64_t)((run->asked - run->began) / 1000);
		p->has_clock = p->has_clock && run->has_clock;
		if (p->has_clock)
			p->begin = run->clock;
	}
}

static int
read_document(const struct run *run, struct att_slice doc,
    struct att_measure *m, struct att_err *err)
{
	int r = att_firmware_claims_parse(doc, &m->claims, err);

	if (r == 0 && strcmp(m->claims->boot_id, run->o->boot_id) != 0)
		r = att_err_set(err, ATT_E_MISMATCH,
		    "measured in another boot");
	if (r < 0) {
		att_err_prefix(err, "attest-measure");
		return r;
	}
	return att_source_check(&m->claims->components, err);
}

int
att_remote_pass_run(const struct att_remote_pass *o, struct att_measure *ret,
    struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf doc =
	    ATT_BUF(ATT_FIRMWARE_CLAIMS_MAX);
	AUTO_DONE(att_measure_done) struct att_measure m = { 0 };
	AUTO_DONE(run_done) struct run run = { .o = o };
	struct att_wire_reply last;
	int r;

	if ((r = collect(&run, err)) < 0 ||
	    (r = ask(&run, &doc, &last, &m, err)) < 0 ||
	    (r = read_document(&run, att_buf_view(&doc), &m, err)) < 0)
		return r;
	m.failed = (size_t)last.failed;
	m.changes_left_out = (size_t)last.left_out;
	widen_pass(&run, m.claims);
	if ((r = att_measure_add(&m, run.lost ? NULL : &run.told, err)) < 0)
		return r;
	*ret = m;
	m = (struct att_measure){ 0 };
	return 0;
}

int
att_remote_pass_kept(struct att_source *s, struct att_err *err)
{
	const struct att_wire_request q = { .code = ATT_WIRE_KEPT };
	const uint64_t until = att_steady_now() + ATT_SOURCE_GRACE_MS +
	    att_wire_kind_of(ATT_WIRE_KEPT)->seconds * 1000u;
	struct att_wire_reply reply;
	int r;

	if ((r = att_source_send(s, &q, until, err)) < 0 ||
	    (r = att_source_receive(s, until, NULL, &reply, err)) < 0)
		return r;
	if (reply.kind != ATT_WIRE_ANSWER)
		return att_err_set(err, ATT_E_FORMAT,
		    "attest-measure: no answer to what was said");
	return reply.status.code == ATT_OK ? 0 : att_err_sub(err,
	    reply.status.code, reply.status.sub, "attest-measure: %s",
	    reply.status.text);
}
