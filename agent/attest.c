#include "agent/attest.h"

#include <stdio.h>
#include <string.h>

#include "agent/challenges.h"
#include "agent/collection.h"
#include "agent/firmware.h"
#include "agent/pending.h"
#include "agent/watch.h"
#include "base/log.h"
#include "base/steady.h"
#include "evidence/tpm_attest.h"
#include "firmware/claims.h"
#include "protocol/submission.h"
#include "tpm/state.h"

#define PATH_MAX_ (64 + ATT_AGENT_ID_MAX)

#define INTERVAL_MAX 604800u	/* seconds; as of interval_max */

/* Part 1, 36.3.1: how far a TPM's clock runs on between two savings, in ms */
#define CLOCK_SAVED_EVERY (1u << 22)

struct attempt {
	struct att_origins *o;
	struct att_attester *a;
	struct att_token *token;
	struct att_round *r;
	struct att_collection c;
	struct att_tpm_public ak;
	struct att_offer offer;
	struct att_demand demand;
	uint64_t offered, sent;	/* when, by the steady clock */
};

static void
attempt_done(struct attempt *t)
{
	att_collection_done(&t->c);
}

/* -- what there is ------------------------------------------------------ */

static bool
is_configured(const struct att_agent_config *config, uint16_t alg)
{
	for (size_t i = 0; i < config->quote_banks.count; i++)
		if (att_alg_by_name(config->quote_banks.item[i]) == alg)
			return true;
	return false;
}

static int
offer_banks(struct attempt *t, struct att_err *err)
{
	struct att_pcr_select active[ATT_BANKS_MAX];
	size_t n = 0;
	int r = att_tpm_banks_read(t->a->tpm, active, &n, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++)
		if (is_configured(t->a->config, active[i].alg))
			t->offer.bank[t->offer.banks++] = active[i];
	if (t->offer.banks == 0)
		return att_err_set(err, ATT_E_TPM,
		    "no PCR bank of quote_banks is active in this TPM");
	return 0;
}

static int
offer_key(struct attempt *t, struct att_err *err)
{
	int r = att_tpm_public_parse_2b(att_tpm_ak_public(t->a->ak), &t->ak,
	    err);

	if (r < 0)
		return r;
	t->offer.keys = 1;
	return att_offer_key_of(&t->ak, &t->offer.key[0], err);
}

/* With the digest of what is sent whole: the verifier may hold it already. */
static int
offer_item(struct attempt *t, enum att_item item, struct att_err *err)
{
	const struct att_evidence_item *is = &t->c.evidence.item[item];
	struct att_offer_item *o = &t->offer.item[item];

	*o = (struct att_offer_item){ .state = is->state,
		.entries = t->c.entries[item], .reason = is->reason };
	if (is->state != ATT_ITEM_PRESENT || item == ATT_ITEM_IMA_LOG ||
	    item == ATT_ITEM_NODE_FACTS)
		return 0;
	return att_digest_of(ATT_ALG_SHA256, is->bytes, &o->sha256, err);
}

/* What does not stand on the disk is not spoken of. */
static void
offer_facts(struct attempt *t)
{
	const struct att_fact_queue *q = t->a->facts;
	const struct att_facts *f = q == NULL ? NULL : &q->facts;

	if (q == NULL || !q->saved || f->count == 0)
		return;
	t->offer.item[ATT_ITEM_NODE_FACTS] = (struct att_offer_item){
		.state = ATT_ITEM_PRESENT, .entries = (int64_t)f->count };
	t->offer.facts.first = f->fact[0].seq;
	t->offer.facts.last = f->fact[f->count - 1].seq;
	memcpy(t->offer.facts.queue, f->queue, sizeof(f->queue));
}

static int
make_offer(struct attempt *t, struct att_err *err)
{
	int r;

	if ((r = offer_banks(t, err)) < 0 || (r = offer_key(t, err)) < 0)
		return r;
	for (unsigned i = 0; i < ATT_ITEM_COUNT; i++)
		if ((r = offer_item(t, (enum att_item)i, err)) < 0)
			return r;
	offer_facts(t);
	t->offer.can_bind = true;
	t->offer.boot_time = t->c.boot.time;
	t->offer.boot_id = t->c.boot.id;
	t->offer.hint_vendor = t->c.boot.vendor;
	t->offer.hint_product = t->c.boot.product;
	return 0;
}

/* -- what is wanted ----------------------------------------------------- */

static enum att_outcome
ask(struct attempt *t, enum att_step step, const char *suffix,
    struct att_slice body, size_t max, struct att_http_response *ret)
{
	char path[PATH_MAX_];
	struct att_http_request q = {
		.method = step == ATT_STEP_OFFER ? ATT_HTTP_POST :
						   ATT_HTTP_PATCH,
		.path = path, .token = t->token->text,
		.content_type = ATT_TYPE_JSONAPI, .body = body,
		.max_body = max };

	(void)snprintf(path, sizeof(path), "/v3.0/agents/%s%s", t->a->id,
	    suffix);
	return att_origins_ask(t->o, t->r, step, &q, ret);
}

static enum att_outcome
take_demand(struct attempt *t, struct att_slice body)
{
	struct att_err err = { 0 };
	int r = att_demand_parse(body, &t->offer, &t->demand, &err);

	if (r == ATT_E_NOT_FOUND)
		return att_round_end(t->r, ATT_OUTCOME_NO_POLICY, "%s",
		    err.text);
	return r < 0 ? att_round_fail(t->r, "what the verifier asks for",
			   &err) :
		       ATT_OUTCOME_NONE;
}

static enum att_outcome
negotiate(struct attempt *t)
{
	AUTO_DONE(att_http_response_done) struct att_http_response resp = {
		0 };
	AUTO_DONE(att_buf_done) struct att_buf body =
	    ATT_BUF(ATT_MESSAGE_MAX);
	struct att_err err = { 0 };
	enum att_outcome o;

	if (att_collection_read(t->a->config, &t->c, &err) < 0 ||
	    make_offer(t, &err) < 0 ||
	    att_offer_encode(&t->offer, &body, &err) < 0)
		return att_round_end(t->r, ATT_OUTCOME_TROUBLE, "%s",
		    err.text);
	t->offered = att_steady_now();
	o = ask(t, ATT_STEP_OFFER, "/attestations", att_buf_view(&body),
	    ATT_MESSAGE_MAX, &resp);
	return o != ATT_OUTCOME_NONE ? o :
	    take_demand(t, att_buf_view(&resp.body));
}

/* -- the evidence ------------------------------------------------------- */

/*
 * Upstream fails a node for ever over one quote that was made while the TPM's
 * clock was not safe, so none is made for it; our verifier, which is the one
 * that binds, has a policy for that.
 */
static enum att_outcome
check_clock(struct attempt *t)
{
	struct att_tpm_clock clock = { 0 };
	struct att_err err = { 0 };
	uint64_t left;

	if (t->demand.bound)
		return ATT_OUTCOME_NONE;
	if (att_tpm_clock_read(t->a->tpm, &clock, &err) < 0)
		return att_round_fail(t->r, "TPM", &err);
	if (clock.safe)
		return ATT_OUTCOME_NONE;
	left = (CLOCK_SAVED_EVERY - clock.clock % CLOCK_SAVED_EVERY) / 1000;
	return att_round_end(t->r, ATT_OUTCOME_CLOCK_UNSAFE,
	    "the TPM lost power without notice: its clock may have gone back "
	    "and is safe in at most %llu s", (unsigned long long)left);
}

/*
 * A verifier that looks at PCR 23 fails the node if this does not work; all
 * others do not care, so it stops nothing.
 */
static void
hold_firmware(struct attempt *t)
{
	const struct att_evidence_item *claims =
	    &t->c.evidence.item[ATT_ITEM_FIRMWARE_CLAIMS];
	enum att_tpm_pcr_was was = ATT_TPM_PCR_HELD;
	struct att_err err = { 0 };

	t->r->firmware_pcr[0] = '\0';
	if (!t->a->config->firmware_pcr)
		return;
	if (att_firmware_hold(t->a->tpm, claims, &was, &err) < 0) {
		memcpy(t->r->firmware_pcr, err.text, sizeof(err.text));
		(void)att_log_err(ATT_LOG_WARNING,
		    "PCR 23 is not made to hold the firmware's digest", &err);
	} else if (was != ATT_TPM_PCR_HELD) {
		att_log(ATT_LOG_NOTICE, "PCR 23 %s the firmware's digest",
		    was == ATT_TPM_PCR_ZERO ? "was extended by" :
		    "held something else: it was reset and extended by");
	}
}

static bool
is_asked(const struct att_demand *d, enum att_item item)
{
	for (size_t i = 0; i < d->count; i++)
		if (d->item[i] == item)
			return true;
	return false;
}

/*
 * What the verifier says that it has is forgotten; the next facts become an
 * item, and are from here on as if they had been sent.
 */
static enum att_outcome
answer_facts(struct attempt *t)
{
	AUTO_DONE(att_buf_done) struct att_buf b =
	    ATT_BUF(ATT_FACTS_BYTES_MAX);
	struct att_attester *a = t->a;
	struct att_err err = { 0 };
	struct att_facts f;

	if (!is_asked(&t->demand, ATT_ITEM_NODE_FACTS))
		return ATT_OUTCOME_NONE;
	f = a->facts->facts;
	if (att_fact_queue_answer(a->state, a->facts, t->demand.facts_from,
		&f, &err) < 0) {
		(void)att_log_err(ATT_LOG_WARNING, "facts", &err);
		if (att_watch_renew(a->state, a->facts, "the verifier knows "
		    "later ones: this state is an older copy", &err) == 0)
			return ATT_OUTCOME_AGAIN;
		(void)att_log_err(ATT_LOG_WARNING, "facts are not sent",
		    &err);
		f.count = 0;
	}
	if (att_facts_encode(&f, &b, &err) < 0)
		return att_round_end(t->r, ATT_OUTCOME_TROUBLE, "facts: %s",
		    err.text);
	att_collection_put(&t->c, ATT_ITEM_NODE_FACTS, &b);
	return ATT_OUTCOME_NONE;
}

static int
make_evidence(struct attempt *t, struct att_err *err)
{
	const struct att_demand *d = &t->demand;
	const struct att_quote_order order = {
		.challenge = { d->challenge, d->challenge_len },
		.select = &d->select, .select_count = 1,
		.bound = d->bound,
		.item = d->item, .item_count = d->count,
		.ima_offset = d->ima_offset };
	int r;

	/* on disk before anything is signed over it */
	if ((r = att_challenges_use(t->a->state, order.challenge, err)) < 0)
		return r;
	hold_firmware(t);
	if ((r = att_collection_quote(&t->c, t->a->config, t->a->ak, &order,
		 err)) < 0)
		return r;
	t->c.evidence.agent_id = t->a->id;
	if (t->c.warning[0] != '\0')
		att_log(ATT_LOG_WARNING, "%s", t->c.warning);
	return 0;
}

/* What no verifier takes beside this quote; it says so of nothing else. */
static bool
is_unmeasured(const struct attempt *t)
{
	AUTO(att_firmware_claims_free) struct att_firmware_claims *c = NULL;
	struct att_attest a;
	struct att_pass_clock quoted;

	if (!is_asked(&t->demand, ATT_ITEM_FIRMWARE_CLAIMS) ||
	    att_firmware_claims_parse(
		att_buf_view(&t->c.item[ATT_ITEM_FIRMWARE_CLAIMS]), &c,
		NULL) < 0 ||
	    att_attest_parse(t->c.evidence.attest, &a, NULL) < 0)
		return false;
	quoted = (struct att_pass_clock){ .clock = a.clock,
		.reset_count = a.reset_count,
		.restart_count = a.restart_count };
	return strcmp(c->boot_id, t->c.boot.id) != 0 ||
	    !att_firmware_claims_precede(c, &quoted);
}

/* It helps people only: a disk that is full stops no attestation. */
static void
keep_evidence(struct attempt *t)
{
	AUTO_DONE(att_buf_done) struct att_buf file = ATT_BUF(ATT_BUNDLE_MAX);
	struct att_err err = { 0 };

	if (att_evidence_encode(&t->c.evidence, &file, &err) < 0 ||
	    att_state_write(t->a->state, ATT_STATE_EVIDENCE,
		att_buf_view(&file), &err) < 0)
		(void)att_log_err(ATT_LOG_WARNING, "evidence is not kept",
		    &err);
}

/*
 * A verifier that names what is too long is asked before, and may say that it
 * is too early; what it said of this evidence is for the time that it named.
 */
static void
take_interval(struct attempt *t, int64_t named)
{
	const struct att_agent_config *c = t->a->config;
	struct att_round *r = t->r;

	r->wait = named < c->interval_min ? c->interval_min :
	    ATT_MIN(named, c->interval_max);
	r->interval = named > r->wait ? named : r->wait;
}

static enum att_outcome
submit(struct attempt *t)
{
	AUTO_DONE(att_http_response_done) struct att_http_response resp = {
		0 };
	AUTO_DONE(att_buf_done) struct att_buf body =
	    ATT_BUF(ATT_SUBMISSION_MAX);
	const struct att_agent_config *c = t->a->config;
	struct att_err err = { 0 };
	enum att_outcome o = check_clock(t);

	if (o != ATT_OUTCOME_NONE || (o = answer_facts(t)) != ATT_OUTCOME_NONE)
		return o;
	if (make_evidence(t, &err) < 0 ||
	    att_submission_encode(&t->c.evidence, &t->demand, &body, &err) < 0)
		return att_round_fail(t->r, "evidence", &err);
	t->sent = att_steady_now();
	/* upstream sends all of it back, and more besides */
	o = ask(t, ATT_STEP_EVIDENCE, "/attestations/latest",
	    att_buf_view(&body), 2 * body.len + (64u << 10), &resp);
	if (o != ATT_OUTCOME_NONE)
		return o;
	/* what is kept is as large again */
	att_buf_done(&body);
	keep_evidence(t);
	t->r->unmeasured = is_unmeasured(t);
	if (t->demand.bound) {
		memcpy(t->r->challenge, t->demand.challenge,
		    t->demand.challenge_len);
		t->r->challenge_len = t->demand.challenge_len;
	}
	take_interval(t, att_submission_next(att_buf_view(&resp.body), 0,
	    INTERVAL_MAX, (uint32_t)c->interval));
	return ATT_OUTCOME_NONE;
}

/* -- the whole ---------------------------------------------------------- */

/* What of this attempt the verdict has to fit. */
static void
note_sent(const struct attempt *t, struct att_pending *ret)
{
	const struct att_demand *d = &t->demand;

	*ret = (struct att_pending){ .challenge_len = d->challenge_len,
		.received_at = d->received_at, .offered = t->offered,
		.sent = t->sent, .interval = t->r->interval,
		.due = att_steady_now() + (uint64_t)t->r->wait * 1000 };
	memcpy(ret->challenge, d->challenge, d->challenge_len);
	(void)snprintf(ret->server, sizeof(ret->server), "%s", t->r->server);
}

enum att_outcome
att_attest(struct att_origins *o, struct att_attester *a,
    struct att_token *token, struct att_round *r)
{
	AUTO_DONE(attempt_done) struct attempt t = { .o = o, .a = a,
		.token = token, .r = r };
	enum att_outcome out = negotiate(&t);
	struct att_pending p;

	if (out == ATT_OUTCOME_NONE)
		out = submit(&t);
	if (out != ATT_OUTCOME_NONE)
		return out;
	note_sent(&t, &p);
	/* one that binds quotes is ours, and has decided when it answers */
	return att_pending_ask(&p, o, a, token, t.demand.bound,
	    ATT_PENDING_TRIES, r);
}
