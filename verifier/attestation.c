#include "verifier/attestation.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/number.h"
#include "crypto/random.h"
#include "verifier/beneath.h"
#include "verifier/choose.h"
#include "verifier/facts.h"
#include "verifier/held.h"
#include "verifier/imaplan.h"
#include "verifier/judge.h"
#include "verifier/verifier.h"

/* Bytes: what upstream sends, and its agents are known to take. */
#define CHALLENGE_LEN ATT_CHALLENGE_MIN
#define INDEX_DIGITS 18	/* of an attestation: more are never reached */
#define BUSY_RETRY 1	/* seconds; an appraisal takes milliseconds */
#define HELD_UP 15	/* seconds: pace of a node on which nothing starts */

/* Recorded; 400 or 422 as `where` says, unless the trouble is ours. */
static int
refuse(struct att_call *c, const char *kind, int code,
    const struct att_pointer *where, const struct att_err *err)
{
	int r = att_route_refuse_message(c, code, where, err);

	if (r >= 0)
		att_verifier_note(c->v, c->now, c->session.node, kind, "%s%s%s",
		    where->text, where->text[0] != '\0' ? ": " : "",
		    err->text);
	return r;
}

/* 403 with one of the protocol's codes. */
static int
refuse_late(struct att_call *c, const char *code, const char *text)
{
	int r;

	att_verifier_note(c->v, c->now, c->session.node, "evidence-refused",
	    "%s", text);
	r = att_route_fail(c, 403, code, text, NULL);
	return r < 0 ? r : 1;
}

/* The node, as long as policy takes it. */
static int
find_node(struct att_call *c, struct att_node *ret, struct att_err *err)
{
	int r = att_store_node_get(c->v->store, c->session.node, ret, err);

	if (r == 0 && !att_verifier_is_endorsed(c->v, ret))
		return att_err_set(err, ATT_E_DENIED,
		    "nobody endorses this node's EK any more");
	return r;
}

/* -- offer --------------------------------------------------------------- */

static int
ask_to_wait(struct att_call *c, unsigned status, const char *code,
    const char *text, int64_t seconds)
{
	int r = att_route_fail(c, status, code, text, NULL);

	c->resp->retry_after = seconds;
	return r < 0 ? r : 1;
}

/*
 * A token is good for any number of attempts, and each leaves something in the
 * store. 0, or 1 if the node was told to wait.
 */
static int
count_attempt(struct att_call *c)
{
	int64_t wait = 0;

	if (att_limit_allow_node(c->v->attempts, c->session.node, c->now,
		&wait))
		return 0;
	return ask_to_wait(c, 429, "premature_attestation",
	    "too many attempts of this node that came to nothing", wait);
}

/* When the next attestation is due: seconds after the evidence of the last. */
static int64_t
due_of(const struct att_call *c, const struct att_node *n)
{
	int64_t told = n->wait != 0 ? n->wait :
				      att_verifier_interval(c->v, n);

	/* who comes as it was told to must not come in vain */
	return ATT_MIN(told, c->v->config->quote_interval);
}

/* 0 if an offer is looked at now; 1 if the node was told to wait. */
static int
check_attempt(struct att_call *c, const struct att_node *n,
    const struct att_attestation *last)
{
	int64_t age = c->now - last->received;

	if (last->stage == ATT_STAGE_BROKEN && age >= 0 &&
	    age < ATT_APPRAISAL_MAX)
		return ask_to_wait(c, 503, "verification_in_progress",
		    "the evidence that came last is being appraised",
		    BUSY_RETRY);
	return last->stage == ATT_STAGE_AWAITING || age < due_of(c, n) ?
	    count_attempt(c) : 0;
}

/*
 * Nothing starts on a node that did not pass, or that was booted since then. It
 * is the node that says so, and no more than its pace depends on it.
 */
static bool
is_held_up(const struct att_attestation *last, const struct att_offer *o)
{
	bool same = o->boot_id[0] != '\0' ?
	    strcmp(o->boot_id, last->boot_id) == 0 :
	    strcmp(o->boot_time, last->boot_time) == 0;

	return !same || strcmp(last->verdict, att_status_name(ATT_PASS)) != 0;
}

/* 0 if the node may attest now; 1 if it was told to wait. */
static int
check_time(struct att_call *c, const struct att_node *n,
    const struct att_attestation *last, const struct att_offer *o)
{
	int64_t age = c->now - last->received, due = due_of(c, n);

	if (is_held_up(last, o))
		due = ATT_MIN(due, HELD_UP);
	/* a clock that was set back must not lock anybody out */
	if (last->stage == ATT_STAGE_AWAITING || age < 0 || age >= due)
		return 0;
	return ask_to_wait(c, 429, "premature_attestation",
	    "the next attestation is not due yet", due - age);
}

/* Newest attestation of the node; one that awaits evidence if there is none. */
static int
find_last(struct att_call *c, struct att_attestation *ret, bool *known,
    struct att_err *err)
{
	int r = att_store_attestation_latest(c->v->store, c->session.node,
	    ret, err);

	*known = r == 0;
	return r == ATT_E_NOT_FOUND ? 0 : r;
}

static int
check_boot(const struct att_offer *o, struct att_pointer *where,
    struct att_err *err)
{
	int r = 0;

	if (strlen(o->boot_time) > ATT_BOOT_TIME_MAX ||
	    strlen(o->boot_id) > ATT_BOOT_ID_MAX)
		r = att_err_set(err, ATT_E_FORMAT,
		    "boot_time has at most %d bytes, boot_id %d",
		    ATT_BOOT_TIME_MAX, ATT_BOOT_ID_MAX);
	return att_pointer_at(r, where, "data/attributes/system_info");
}

static int
choose(struct att_call *c, const struct att_node *n,
    const struct att_offer *o, struct att_demand *d, struct att_pointer *where,
    struct att_err *err)
{
	AUTO(att_refs_release)
	struct att_refs *held = att_references_hold(c->v->references);
	struct att_ima_plan plan;
	struct att_wish wish = { .devices =
		att_beneath_wants_devices(held, n, c->now) };
	struct att_tpm_public ak;
	int r;

	if ((r = check_boot(o, where, err)) < 0 ||
	    (r = att_ima_plan(c->v, held, n, o->boot_id, o->boot_time,
		 c->now, &plan, err)) < 0)
		return r;
	/* what the store holds was checked at enrolment */
	if (att_tpm_public_parse_2b(att_buf_view(&n->ak_public), &ak, err) <
	    0)
		return ATT_E_DB;
	wish.ima_from = att_ima_plan_line(&plan);
	if ((r = att_choose(c->v->config, &ak, o, &wish, d, where, err)) <
		0 ||
	    (r = att_facts_ask(c->v, n->id, o, d, err)) < 0 ||
	    (r = att_held_ask(c->v->store, n, o, d, err)) < 0 ||
	    (r = att_random(d->challenge, CHALLENGE_LEN, err)) < 0)
		return r;
	d->challenge_len = CHALLENGE_LEN;
	d->received_at = c->now;
	d->expires_at = c->now + c->v->config->challenge_lifetime;
	return 0;
}

/* Stores what is asked, and the offer that it answers. */
static int
store_demand(struct att_call *c, const struct att_offer *o,
    const struct att_demand *d, uint64_t index, struct att_buf *body,
    struct att_err *err)
{
	AUTO_DONE(att_attestation_done) struct att_attestation a = {
		.index = index, .created = c->now, .expires = d->expires_at,
		.challenge = ATT_BUF(ATT_CHALLENGE_MAX),
		.offer = ATT_BUF(ATT_MESSAGE_MAX),
		.demand = ATT_BUF(ATT_MESSAGE_MAX) };
	int r;

	snprintf(a.node, sizeof(a.node), "%s", c->session.node);
	snprintf(a.boot_time, sizeof(a.boot_time), "%s", o->boot_time);
	snprintf(a.boot_id, sizeof(a.boot_id), "%s", o->boot_id);
	if ((r = att_demand_encode(d, o, a.node, index, body, err)) < 0)
		return r;
	att_buf_bytes(&a.challenge, d->challenge, d->challenge_len);
	att_buf_slice(&a.offer, c->req->body);
	att_buf_slice(&a.demand, att_buf_view(body));
	if ((r = att_buf_ok(&a.challenge, "challenge", err)) < 0 ||
	    (r = att_buf_ok(&a.offer, "offer", err)) < 0 ||
	    (r = att_buf_ok(&a.demand, "demand", err)) < 0)
		return r;
	return att_store_attestation_add(c->v->store, &a, err);
}

static int
answer_demand(struct att_call *c, uint64_t index, struct att_err *err)
{
	char path[ATT_ATTESTATION_PATH_MAX + 1];
	int r;

	if ((r = att_attestation_path(c->session.node, index, path, err)) < 0)
		return r;
	if ((c->resp->location = strdup(path)) == NULL)
		return att_err_nomem(err);
	c->resp->status = 201;
	return 0;
}

int
att_serve_offer(struct att_call *c, struct att_err *err)
{
	AUTO_DONE(att_node_done) struct att_node n = { 0 };
	AUTO_DONE(att_attestation_done) struct att_attestation last = { 0 };
	AUTO_DONE(att_offer_done) struct att_offer o = { 0 };
	struct att_pointer where = { 0 };
	struct att_demand d;
	uint64_t index;
	bool known;
	int r;

	if ((r = find_node(c, &n, err)) < 0 ||
	    (r = find_last(c, &last, &known, err)) < 0 ||
	    (r = check_attempt(c, &n, &last)) != 0)
		return r;
	if ((r = att_offer_parse(c->req->body, &o, &where, err)) < 0)
		return refuse(c, "attestation-refused", r, &where, err);
	if ((r = check_time(c, &n, &last, &o)) != 0)
		return r;
	if ((r = choose(c, &n, &o, &d, &where, err)) < 0)
		return refuse(c, "attestation-refused", r, &where, err);
	index = known ? last.index + 1 : 0;
	r = store_demand(c, &o, &d, index, &c->resp->body, err);
	return r < 0 ? r : answer_demand(c, index, err);
}

/* -- evidence ------------------------------------------------------------ */

/* One submission while it is looked at. */
struct taking {
	struct att_node node;
	struct att_attestation att;
	struct att_received got;
};

static void
taking_done(struct taking *t)
{
	att_received_done(&t->got);
	att_attestation_done(&t->att);
	att_node_done(&t->node);
}

/* "latest", or a number: upstream follows the Location of the 201. */
static bool
parse_index(const char *text, uint64_t latest, uint64_t *ret)
{
	*ret = latest;
	return strcmp(text, "latest") == 0 ||
	    (strlen(text) <= INDEX_DIGITS &&
		att_number_read(text, UINT64_MAX, ret));
}

/* Is this the attestation that waits for evidence? 1: refused, answered. */
static int
check_turn(struct att_call *c, const struct att_attestation *a,
    struct att_err *err)
{
	uint64_t index;

	if (!parse_index(c->param[1], a->index, &index) || index > a->index)
		return att_err_set(err, ATT_E_NOT_FOUND,
		    "no such attestation");
	if (index < a->index)
		return refuse_late(c, "old_attestation",
		    "a newer attestation was begun");
	if (a->stage != ATT_STAGE_AWAITING)
		return refuse_late(c, "evidence_immutable",
		    "evidence for this challenge came already");
	if (a->expires <= c->now)
		return refuse_late(c, "challenges_expired",
		    "the challenge has expired");
	return 0;
}

/* Reads it, with what it names by digest. 1: refused, answered. */
static int
receive(struct att_call *c, struct taking *t, struct att_err *err)
{
	struct att_pointer where = { 0 };
	int told = 0;
	int r = att_received_parse(&t->node, &t->att, c->req->body, &t->got,
	    &where, err);

	/* what went wrong here is no attempt of the node's */
	if (r < 0 && att_code_kind(r) != ATT_KIND_SYSTEM)
		told = count_attempt(c);
	if (r < 0)
		return told != 0 ? told :
		    refuse(c, "evidence-refused", r, &where, err);
	r = att_held_fill(c->v->store, t->node.id, &t->got, err);
	/* 409: the node asks again, and is asked for all of it */
	return r == ATT_E_NOT_FOUND ? ATT_E_CONFLICT : r;
}

/* The challenge is used up from here on, come what may. */
static int
claim(struct att_call *c, const struct taking *t, struct att_err *err)
{
	int r = att_store_attestation_claim(c->v->store, t->node.id,
	    t->att.index, c->now, err);

	return r == ATT_E_CONFLICT ?
	    refuse_late(c, "evidence_immutable", err->text) :
	    r;
}

static int
judge(struct att_call *c, struct taking *t, struct att_err *err)
{
	int r = att_judge(c->v, &t->node, &t->got, c->now, &t->att, err);
	struct att_err late = { 0 };

	if (r < 0) {
		att_verifier_note(c->v, c->now, t->node.id,
		    "appraisal-broken", "%s", err->text);
		/* whatever kind it is of: the node did its part */
		att_err_prefix(err, "appraisal");
		return ATT_E_DB;
	}
	if (strcmp(t->att.verdict, att_status_name(ATT_PASS)) == 0 &&
	    att_store_session_extend(c->v->store, c->session.id,
		c->now + c->v->config->token_lifetime, &late) < 0)
		(void)att_log_err(ATT_LOG_ERR, "session", &late);
	return 0;
}

int
att_serve_evidence(struct att_call *c, struct att_err *err)
{
	AUTO_DONE(taking_done) struct taking t = { 0 };
	int64_t next;
	int r;

	if ((r = find_node(c, &t.node, err)) < 0 ||
	    (r = att_store_attestation_latest(c->v->store, t.node.id, &t.att,
		 err)) < 0 ||
	    (r = check_turn(c, &t.att, err)) != 0)
		return r;
	if ((r = receive(c, &t, err)) != 0)
		return r;
	if ((r = claim(c, &t, err)) != 0)
		return r;
	t.att.evidence = ATT_BUF(ATT_SUBMISSION_MAX);
	att_buf_slice(&t.att.evidence, c->req->body);
	if ((r = judge(c, &t, err)) < 0)
		return r;
	next = t.att.wait != 0 ? t.att.wait : t.att.interval;
	c->resp->status = 202;
	return att_submission_answer_encode(t.node.id, t.att.index,
	    &t.got.demand, c->now, (uint32_t)next, &c->resp->body, err);
}

/* -- status -------------------------------------------------------------- */

/* What the newest appraisal said, if it ended; *ret_j owns the findings. */
static int
read_newest(const struct att_attestation *a, struct att_agent_status *s,
    char **ret_result, json_t **ret_j, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(a->result.len + 1);
	int r;

	if (a->stage != ATT_STAGE_DONE)
		return 0;
	att_buf_slice(&b, att_buf_view(&a->result));
	if ((*ret_result = att_buf_take_str(&b)) == NULL)
		return att_err_nomem(err);
	if ((r = att_json_parse(att_buf_view(&a->findings), SIZE_MAX, ret_j,
		 err)) < 0)
		return r;
	s->result = *ret_result;
	s->findings = json_object_get(*ret_j, "findings");
	return 0;
}

int
att_serve_status(struct att_call *c, struct att_err *err)
{
	AUTO_DONE(att_node_done) struct att_node n = { 0 };
	AUTO_DONE(att_attestation_done) struct att_attestation a = { 0 };
	AUTO(free) char *result = NULL;
	AUTO(att_json_decref) json_t *appraisal = NULL;
	struct att_agent_status s = { 0 };
	int r;

	if ((r = find_node(c, &n, err)) < 0)
		return r;
	r = att_store_attestation_judged(c->v->store, n.id, &a, err);
	if (r < 0 && r != ATT_E_NOT_FOUND)
		return r;
	if (r == 0 &&
	    (r = read_newest(&a, &s, &result, &appraisal, err)) < 0)
		return r;
	s.standing = att_verifier_standing(c->v, &n, c->now);
	s.period = att_verifier_interval(c->v, &n);
	s.period_max = s.period * c->v->config->stale_intervals;
	s.passes = (int64_t)n.passes;
	s.last_received = n.last_seen;
	s.last_pass = n.last_pass;
	return att_agent_status_encode(&s, &c->resp->body, err);
}
