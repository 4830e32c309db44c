#include "agent/push.h"

#include <stdio.h>
#include <string.h>

#include "agent/choose_ak.h"
#include "agent/journal.h"
#include "agent/pending.h"
#include "agent/registered.h"
#include "agent/registrar.h"
#include "agent/stop.h"
#include "agent/news.h"
#include "agent/watch.h"
#include "base/cur.h"
#include "base/log.h"
#include "base/steady.h"
#include "crypto/random.h"

#define TRIES 2			/* of an attestation with one verifier */
#define AGAIN_MS 1000u		/* at most, before the second */

void
att_push_init(struct att_push *p, const struct att_agent_config *config)
{
	*p = (struct att_push){ .config = config };
	att_origins_init(&p->registrars, config, &config->registrar_urls);
	att_origins_init(&p->verifiers, config, &config->verifier_urls);
}

void
att_push_done(struct att_push *p)
{
	att_origins_done(&p->registrars);
	att_origins_done(&p->verifiers);
	att_token_drop(&p->token);
	att_devices_done(&p->devices);
}

/* What a server that does not work left in *r does not count at the next. */
static void
forget(struct att_round *r)
{
	char id[sizeof(r->agent_id)];

	memcpy(id, r->agent_id, sizeof(id));
	att_round_done(r);
	memcpy(r->agent_id, id, sizeof(id));
}

/* -- registrar ---------------------------------------------------------- */

static void
unregister(struct att_push *p)
{
	p->registered = false;
	att_registered_drop(p->config);
}

static enum att_outcome
register_somewhere(struct att_push *p, struct att_attester *a,
    struct att_round *r)
{
	enum att_outcome o = ATT_OUTCOME_NONE;

	if (att_origins_prefer(&p->registrars, att_steady_now()))
		att_log(ATT_LOG_INFO, "%s is tried again",
		    att_origins_url(&p->registrars));
	att_origins_hand_over(&p->verifiers, &p->registrars);
	for (size_t i = 0; i < p->registrars.urls->count; i++) {
		forget(r);
		o = att_registrar_register(&p->registrars, a, r);
		if (o != ATT_OUTCOME_LATER)
			break;
		att_log(ATT_LOG_WARNING, "%s", r->reason);
		att_origins_next(&p->registrars, att_steady_now());
	}
	p->registered = o == ATT_OUTCOME_NONE;
	if (p->registered)
		att_log(ATT_LOG_INFO, "registered as %s at %s", a->id,
		    att_origins_url(&p->registrars));
	/* one connection at a time is kept, and it is the verifier's */
	att_origins_hand_over(&p->registrars, &p->verifiers);
	att_origins_done(&p->registrars);
	return o;
}

/* -- verifier ----------------------------------------------------------- */

/*
 * A proof that is refused may be so for its type: that is asked again before
 * the next one.
 */
static enum att_outcome
prove(struct att_push *p, struct att_attester *a, struct att_round *r)
{
	enum att_outcome o = att_session_prove(&p->verifiers, a, r,
	    &p->token);

	if (o == ATT_OUTCOME_REFUSED &&
	    att_tpm_ak_type_of(a->ak) != ATT_TPM_AK_RSA2048)
		unregister(p);
	return o;
}

static enum att_outcome
attest_once(struct att_push *p, struct att_attester *a, struct att_round *r)
{
	enum att_outcome o = ATT_OUTCOME_NONE;

	if (att_token_is_stale(&p->token, att_steady_now()))
		o = prove(p, a, r);
	if (o == ATT_OUTCOME_NONE)
		o = att_attest(&p->verifiers, a, &p->token, r);
	if (o == ATT_OUTCOME_TOKEN || o == ATT_OUTCOME_WAITING)
		att_token_drop(&p->token);
	return o;
}

/* What goes wrong once goes wrong for a reason that a new try cures, or not. */
static enum att_outcome
attest_here(struct att_push *p, struct att_attester *a, struct att_round *r)
{
	enum att_outcome o = attest_once(p, a, r);

	for (unsigned i = 1; i < TRIES; i++) {
		if (o != ATT_OUTCOME_AGAIN && o != ATT_OUTCOME_TOKEN)
			return o;
		if (o == ATT_OUTCOME_AGAIN &&
		    att_stop_wait(att_random_number() % AGAIN_MS))
			return att_round_end(r, ATT_OUTCOME_STOPPED,
			    "asked to end");
		o = attest_once(p, a, r);
	}
	if (o == ATT_OUTCOME_TOKEN)
		return att_round_end(r, ATT_OUTCOME_REFUSED,
		    "the verifier takes the proof of this node and then not "
		    "the token that it gave for it");
	if (o == ATT_OUTCOME_AGAIN)
		return att_round_end(r, ATT_OUTCOME_LATER,
		    "the verifier lost this attestation twice, to another "
		    "one of this node or to time");
	return o;
}

static enum att_outcome
attest_somewhere(struct att_push *p, struct att_attester *a,
    struct att_round *r)
{
	enum att_outcome o = ATT_OUTCOME_NONE;

	if (att_origins_prefer(&p->verifiers, att_steady_now()))
		att_token_drop(&p->token);
	for (size_t i = 0; i < p->verifiers.urls->count; i++) {
		forget(r);
		o = attest_here(p, a, r);
		if (o != ATT_OUTCOME_LATER)
			return o;
		/* a token is for the server that gave it */
		att_token_drop(&p->token);
		if (p->verifiers.urls->count > 1)
			att_log(ATT_LOG_WARNING, "%s", r->reason);
		att_origins_next(&p->verifiers, att_steady_now());
	}
	return o;
}

/*
 * Evidence of which nothing was said when it was sent: while no other is due
 * the verifier that has it is asked again. NONE: that cannot be, and evidence
 * is wanted.
 */
static enum att_outcome
ask_again(struct att_push *p, struct att_attester *a, struct att_round *r)
{
	size_t at = p->verifiers.at;
	uint64_t now = att_steady_now();
	struct att_pending was;

	if (!att_pending_find(a, &was) ||
	    !att_origins_use(&p->verifiers, was.server, now))
		return ATT_OUTCOME_NONE;
	if (p->verifiers.at != at)
		att_token_drop(&p->token);
	if (att_token_is_stale(&p->token, now) &&
	    prove(p, a, r) != ATT_OUTCOME_NONE)
		return ATT_OUTCOME_NONE;
	r->wait = att_pending_left(&was);
	r->interval = was.interval;
	r->age = (int64_t)(now - was.sent) / 1000;
	(void)snprintf(r->server, sizeof(r->server), "%s", was.server);
	return att_pending_ask(&was, &p->verifiers, a, &p->token, true, 1, r);
}

/* -- the round ---------------------------------------------------------- */

/* A new AK, made here or by another process, is known to nobody so far. */
static void
look_at_ak(struct att_push *p, const struct att_attester *a)
{
	struct att_slice now = att_tpm_ak_name(a->ak);

	if (!a->ak_is_new &&
	    att_slice_equal(att_tpm_name_view(&p->ak), now))
		return;
	memcpy(p->ak.bytes, now.data, now.len);
	p->ak.len = now.len;
	p->registered = false;	/* what is kept names its AK */
	att_token_drop(&p->token);
}

/*
 * A registrar that cannot be reached keeps no node from its verifier, which
 * may know it from before; a new AK it cannot know.
 */
static enum att_outcome
enrol(struct att_push *p, struct att_attester *a, struct att_round *r)
{
	size_t at = p->verifiers.at;
	enum att_outcome o = att_choose_ak(&p->verifiers, a, r);

	if (p->verifiers.at != at)
		att_token_drop(&p->token);
	if (o != ATT_OUTCOME_NONE)
		return o;
	look_at_ak(p, a);
	o = register_somewhere(p, a, r);
	return o == ATT_OUTCOME_LATER && !a->ak_is_new ? ATT_OUTCOME_NONE : o;
}

static enum att_outcome
run_once(struct att_push *p, struct att_attester *a, struct att_round *r)
{
	enum att_outcome o = ATT_OUTCOME_NONE;

	if (!p->registered)
		o = enrol(p, a, r);
	if (o == ATT_OUTCOME_NONE)
		o = ask_again(p, a, r);
	if (o == ATT_OUTCOME_NONE)
		o = attest_somewhere(p, a, r);
	if (o == ATT_OUTCOME_WAITING)
		unregister(p);	/* somebody may have deleted it */
	return o;
}

/* Only what led to a verdict is kept: nobody comes back to less. */
static void
keep_registered(const struct att_attester *a)
{
	struct att_err err = { 0 };

	if (!att_registered_is(a) && att_registered_keep(a, &err) < 0)
		(void)att_log_err(ATT_LOG_WARNING, "registration", &err);
}

/* What another process did in this boot need not be done again, if it holds. */
static enum att_outcome
run(struct att_push *p, struct att_attester *a, struct att_round *r)
{
	bool remembered;
	enum att_outcome o;

	look_at_ak(p, a);
	remembered = !p->registered && att_registered_is(a);
	p->registered |= remembered;
	o = run_once(p, a, r);
	if (remembered &&
	    (o == ATT_OUTCOME_WAITING || o == ATT_OUTCOME_REFUSED)) {
		remembered = false;
		unregister(p);
		forget(r);
		o = run_once(p, a, r);
	}
	if (o == ATT_OUTCOME_ACCEPTED && p->registered && !remembered)
		keep_registered(a);
	return o;
}

/* -- what is told beside it --------------------------------------------- */

/* The queue, and what the node looks like; `usable` until something fails. */
struct telling {
	const struct att_state *state;
	struct att_look look;
	struct att_fact_queue queue;
	bool usable;
};

/* Whatever goes wrong with facts stops no attestation. */
static void
check_telling(struct telling *t, int r, const struct att_err *err)
{
	if (r >= 0)
		return;
	(void)att_log_err(ATT_LOG_WARNING, "facts", err);
	t->usable = false;
}

static void
begin_telling(struct telling *t, const struct att_agent_config *config,
    const struct att_state *s)
{
	struct att_err err = { 0 };

	t->state = s;
	t->usable = true;
	att_look_take(config, s, &t->look);
	check_telling(t, att_watch_open(s, &t->look, &t->queue, &err), &err);
	if (t->usable)
		check_telling(t, att_watch_node(&t->queue, &t->look, &err),
		    &err);
}

static void
tell_of_tpm(struct telling *t, const struct att_attester *a)
{
	struct att_tpm_clock clock;
	struct att_err err = { 0 };

	if (!t->usable)
		return;
	if (att_tpm_clock_read(a->tpm, &clock, &err) < 0)
		(void)att_log_err(ATT_LOG_WARNING, "TPM", &err);
	else
		check_telling(t, att_watch_tpm(&t->queue, &t->look, &clock,
		    att_tpm_name_view(&a->identity.ak_name), &err), &err);
}

/* A disk that is full may have room the next time. */
static void
save_telling(struct telling *t)
{
	struct att_err err = { 0 };

	if (t->usable && att_fact_queue_save(t->state, &t->queue, &err) < 0)
		(void)att_log_err(ATT_LOG_WARNING, "facts are not kept",
		    &err);
}

static void
end_telling(struct telling *t, const struct att_agent_config *config,
    const struct att_round *r)
{
	struct att_err err = { 0 };

	if (!t->usable)
		return;
	att_look_take(config, t->state, &t->look);
	check_telling(t, att_watch_attempt(&t->queue, &t->look, r, &err), &err);
	save_telling(t);
}

/* The first of a node is news, too: somebody has to enrol it. */
static void
tell_of_ak(const struct att_attester *a)
{
	const char *const fields[ATT_FIELD_COUNT] = {
		[ATT_FIELD_NODE] = a->id,
		[ATT_FIELD_REASON] = a->ak_is_other ?
		    "the TPM was cleared, or is another" : "the first start" };

	att_journal(ATT_MESSAGE_NEW_AK, fields, "made a new AK for %s%s",
	    a->id, a->ak_is_other ? ": the one before is not of this TPM, "
		"which was cleared or is another" : "");
}

static void
round_in(struct att_push *p, struct att_state *s, struct att_round *r)
{
	AUTO_DONE(att_attester_close) struct att_attester a = { 0 };
	struct telling t = { 0 };
	struct att_err err = { 0 };

	begin_telling(&t, p->config, s);
	if (att_attester_open_in(p->config, s, &a, &err) < 0) {
		(void)att_round_end(r, err.code == ATT_E_BUSY ?
			ATT_OUTCOME_EARLY : ATT_OUTCOME_TROUBLE, "%s",
		    err.text);
	} else {
		memcpy(r->agent_id, a.id, sizeof(r->agent_id));
		if (a.ak_is_new)
			tell_of_ak(&a);
		tell_of_tpm(&t, &a);
		save_telling(&t);
		a.facts = t.usable ? &t.queue : NULL;
		(void)run(p, &a, r);
	}
	end_telling(&t, p->config, r);
}

void
att_push_round(struct att_push *p, unsigned lock_ms, struct att_round *r)
{
	AUTO(att_state_close) struct att_state *s = NULL;
	struct att_err err = { 0 };

	if (att_state_open(p->config->state_dir, lock_ms, &s, &err) < 0)
		(void)att_round_end(r, err.code == ATT_E_BUSY ?
			ATT_OUTCOME_EARLY : ATT_OUTCOME_TROUBLE, "%s",
		    err.text);
	else
		round_in(p, s, r);
	p->failures = r->outcome == ATT_OUTCOME_ACCEPTED ? 0 :
							   p->failures + 1;
}

uint64_t
att_push_run(struct att_push *p, unsigned lock_ms, struct att_round *r)
{
	AUTO_DONE(att_verdict_file_done) struct att_verdict_file f = { 0 };
	struct att_stand before, after;
	struct att_err err = { 0 };
	uint64_t wait_ms;

	att_stand_read(p->config, &before);
	/* of whoever was here before in this boot, so that waits grow on */
	if (p->failures == 0)
		p->failures = before.failures;
	att_push_round(p, lock_ms, r);
	wait_ms = att_round_wait(r, p->config, p->failures,
	    att_random_number());
	if (att_verdict_file_write(p->config, r, p->failures, wait_ms, &f,
		&err) < 0)
		(void)att_log_err(ATT_LOG_ERR, "verdict", &err);
	att_stand_of(&f, &after);
	r->file = take(&f.json);
	att_news_tell(&before, &after, r, p->once, wait_ms);
	if (r->outcome == ATT_OUTCOME_ACCEPTED && !p->once)
		att_devices_begin(&p->devices, p->config,
		    (struct att_slice){ r->challenge, r->challenge_len });
	return wait_ms;
}

void
att_push_once(struct att_push *p, struct att_round *r)
{
	const unsigned lock_ms = ATT_PUSH_PATIENCE * 1000;

	p->once = true;
	(void)att_push_run(p, lock_ms, r);
	if (r->outcome != ATT_OUTCOME_EARLY || r->wait == 0 ||
	    r->wait > ATT_PUSH_PATIENCE)
		return;
	att_log(ATT_LOG_NOTICE, "waiting %lld s, until the next is due",
	    (long long)r->wait);
	/* the order is kept to, and a little more: clocks are no better */
	if (att_stop_wait((uint64_t)r->wait * 1000 + 100))
		return;
	att_round_done(r);
	(void)att_push_run(p, lock_ms, r);
}
