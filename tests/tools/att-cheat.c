/*
 * att-cheat - what a compromised node would try: it proves who it is, takes a
 * new challenge, and sends evidence of an earlier day, over another challenge,
 * or signed by another key. Or it proves who it is and does no more, which ends
 * the token that attestd has. For tests and the demo.
 */
#include <stdio.h>
#include <string.h>

#include "agent/collection.h"
#include "agent/session.h"
#include "base/file.h"
#include "base/log.h"
#include "protocol/submission.h"

#define LOCK_MS 10000u

enum trick { PROVE, RESEND, OTHER_NONCE, OTHER_KEY };

static const char *const tricks[] = {
	[PROVE] = "prove",
	[RESEND] = "resend",
	[OTHER_NONCE] = "other-nonce",
	[OTHER_KEY] = "other-key",
};

struct cheat {
	struct att_agent_config config;
	struct att_origins verifiers;
	struct att_attester attester;
	struct att_token token;
	struct att_round round;
	struct att_collection now;
	struct att_bundle *old;		/* to resend, else NULL */
	const struct att_evidence *evidence;	/* of the one or the other */
};

static void
cheat_done(struct cheat *s)
{
	att_bundle_free(s->old);
	att_collection_done(&s->now);
	att_round_done(&s->round);
	att_token_drop(&s->token);
	att_attester_close(&s->attester);
	att_origins_done(&s->verifiers);
	att_agent_config_done(&s->config);
}

static int
load_old(struct cheat *s, const char *bundle, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf text = ATT_BUF(ATT_BUNDLE_MAX);
	int r;

	if ((r = att_file_read(bundle, &text, err)) < 0 ||
	    (r = att_bundle_parse(att_buf_view(&text), &s->old, err)) < 0)
		return r;
	s->evidence = att_bundle_evidence(s->old);
	return 0;
}

static int
load(struct cheat *s, const char *config, const char *bundle,
    struct att_err *err)
{
	int r;

	if ((r = att_agent_config_load(config, &s->config, err)) < 0 ||
	    (r = att_collection_read(&s->config, &s->now, err)) < 0)
		return r;
	s->evidence = &s->now.evidence;
	if (bundle != NULL && (r = load_old(s, bundle, err)) < 0)
		return r;
	att_origins_init(&s->verifiers, &s->config, &s->config.verifier_urls);
	return att_attester_open(&s->config, LOCK_MS, &s->attester, err);
}

/* Of the facts it tells which they are; none are not worth an offer. */
static int
offer_facts(const struct att_evidence_item *is, struct att_offer *o,
    struct att_err *err)
{
	struct att_facts f = { .count = 0 };
	int r;

	if (is->state != ATT_ITEM_PRESENT)
		return 0;
	if ((r = att_facts_parse(is->bytes, &f, err)) < 0)
		return r;
	if (f.count == 0) {
		o->item[ATT_ITEM_NODE_FACTS].state = ATT_ITEM_ABSENT;
		return 0;
	}
	o->item[ATT_ITEM_NODE_FACTS].entries = (int64_t)f.count;
	o->facts.first = f.fact[0].seq;
	o->facts.last = f.fact[f.count - 1].seq;
	memcpy(o->facts.queue, f.queue, sizeof(f.queue));
	return 0;
}

/* Offers just what the evidence has. */
static int
make_offer(const struct cheat *s, struct att_tpm_public *ak,
    struct att_offer *o, struct att_err *err)
{
	const struct att_evidence *e = s->evidence;
	int r;

	if ((r = att_tpm_public_parse_2b(att_tpm_ak_public(s->attester.ak),
		 ak, err)) < 0 ||
	    (r = att_offer_key_of(ak, &o->key[0], err)) < 0)
		return r;
	o->keys = 1;
	for (size_t i = 0; i < e->pcrs.count; i++)
		o->bank[o->banks++] = (struct att_pcr_select){
			e->pcrs.bank[i].alg, ATT_PCR_ALL };
	if (s->old == NULL)	/* not quoted yet */
		o->bank[o->banks++] = (struct att_pcr_select){
			ATT_ALG_SHA256, ATT_PCR_ALL };
	for (size_t i = 0; i < ATT_ITEM_COUNT; i++)
		o->item[i] = (struct att_offer_item){
			.state = e->item[i].state,
			.entries = s->now.entries[i],
			.reason = e->item[i].reason };
	o->can_bind = true;
	o->boot_time = s->now.boot.time;
	o->boot_id = s->now.boot.id;
	return offer_facts(&e->item[ATT_ITEM_NODE_FACTS], o, err);
}

static enum att_outcome
ask(struct cheat *s, enum att_step step, enum att_http_method method,
    const char *suffix, const struct att_buf *body, size_t max,
    struct att_http_response *ret)
{
	char path[64 + ATT_AGENT_ID_MAX];
	struct att_http_request q = { .method = method, .path = path,
		.token = s->token.text, .content_type = ATT_TYPE_JSONAPI,
		.body = att_buf_view(body), .max_body = max };

	(void)snprintf(path, sizeof(path), "/v3.0/agents/%s/attestations%s",
	    s->attester.id, suffix);
	return att_origins_ask(&s->verifiers, &s->round, step, &q, ret);
}

static int
outcome(const struct cheat *s, enum att_outcome o, struct att_err *err)
{
	return o == ATT_OUTCOME_NONE ? 0 :
	    att_err_set(err, ATT_E_DENIED, "%s: %s", att_outcome_name(o),
		s->round.reason);
}

static int
prove(struct cheat *s, struct att_err *err)
{
	return outcome(s, att_session_prove(&s->verifiers, &s->attester,
	    &s->round, &s->token), err);
}

/* Takes a challenge. */
static int
negotiate(struct cheat *s, struct att_demand *d, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf body = ATT_BUF(ATT_MESSAGE_MAX);
	AUTO_DONE(att_http_response_done) struct att_http_response a = { 0 };
	struct att_tpm_public ak;
	struct att_offer o = { 0 };
	int r;

	if ((r = make_offer(s, &ak, &o, err)) < 0 ||
	    (r = att_offer_encode(&o, &body, err)) < 0 ||
	    (r = outcome(s, ask(s, ATT_STEP_OFFER, ATT_HTTP_POST, "", &body,
		 ATT_MESSAGE_MAX, &a), err)) < 0)
		return r;
	return att_demand_parse(att_buf_view(&a.body), &o, d, err);
}

/* All as it was asked for, but for the one thing. */
static int
quote(struct cheat *s, enum trick trick, struct att_demand *d,
    struct att_err *err)
{
	AUTO_DONE(att_buf_wipe) struct att_buf blob =
	    ATT_BUF(ATT_TPM_AK_BLOB_MAX);
	AUTO(att_tpm_ak_free) struct att_tpm_ak *other = NULL;
	const struct att_quote_order order = {
		.challenge = { d->challenge, d->challenge_len },
		.select = &d->select, .select_count = 1,
		.bound = d->bound,
		.item = d->item, .item_count = d->count,
		.ima_offset = d->ima_offset };
	int r;

	if (trick == OTHER_NONCE)
		d->challenge[0] ^= 1;
	if (trick == OTHER_KEY &&
	    (r = att_tpm_ak_create(s->attester.tpm,
		 att_tpm_ak_type_of(s->attester.ak), &blob, &other, err)) < 0)
		return r;
	return att_collection_quote(&s->now, &s->config,
	    other != NULL ? other : s->attester.ak, &order, err);
}

static int
cheat(struct cheat *s, enum trick trick, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf body =
	    ATT_BUF(ATT_SUBMISSION_MAX);
	AUTO_DONE(att_http_response_done) struct att_http_response b = { 0 };
	struct att_demand d;
	int r;

	if ((r = prove(s, err)) < 0 || trick == PROVE)
		return r;
	if ((r = negotiate(s, &d, err)) < 0 ||
	    (trick != RESEND && (r = quote(s, trick, &d, err)) < 0) ||
	    (r = att_submission_encode(s->evidence, &d, &body, err)) < 0)
		return r;
	return outcome(s, ask(s, ATT_STEP_EVIDENCE, ATT_HTTP_PATCH, "/latest",
	    &body, ATT_SUBMISSION_MAX, &b), err);
}

static int
usage(void)
{
	(void)fputs("usage: att-cheat CONFIG resend BUNDLE\n"
		    "       att-cheat CONFIG other-nonce | other-key | prove\n",
	    stderr);
	return 2;
}

int
main(int argc, char **argv)
{
	AUTO_DONE(cheat_done) struct cheat s = { 0 };
	struct att_err err = { 0 };
	size_t t = 0;

	att_log_open("att-cheat", ATT_LOG_NOTICE);
	while (argc > 2 && t < ATT_COUNT(tricks) &&
	    strcmp(argv[2], tricks[t]) != 0)
		t++;
	if (argc < 3 || t == ATT_COUNT(tricks) ||
	    argc != (t == RESEND ? 4 : 3))
		return usage();
	if (load(&s, argv[1], argv[3], &err) < 0 ||
	    cheat(&s, (enum trick)t, &err) < 0) {
		(void)att_log_err(ATT_LOG_ERR, argv[2], &err);
		return 1;
	}
	return 0;
}
