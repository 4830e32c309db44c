/*
 * att-resend - what a compromised node would try: it proves who it is, takes a
 * new challenge, and sends evidence of an earlier day. For tests and the demo.
 */
#include <stdio.h>
#include <string.h>

#include "agent/boot.h"
#include "agent/session.h"
#include "base/file.h"
#include "base/log.h"
#include "protocol/submission.h"

#define LOCK_MS 10000u

struct resend {
	struct att_agent_config config;
	struct att_origins verifiers;
	struct att_attester attester;
	struct att_token token;
	struct att_round round;
	struct att_bundle *old;
};

static void
resend_done(struct resend *s)
{
	att_bundle_free(s->old);
	att_round_done(&s->round);
	att_token_drop(&s->token);
	att_attester_close(&s->attester);
	att_origins_done(&s->verifiers);
	att_agent_config_done(&s->config);
}

static int
load(struct resend *s, const char *config, const char *bundle,
    struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf text = ATT_BUF(ATT_BUNDLE_MAX);
	int r;

	if ((r = att_agent_config_load(config, &s->config, err)) < 0 ||
	    (r = att_file_read(bundle, &text, err)) < 0 ||
	    (r = att_bundle_parse(att_buf_view(&text), &s->old, err)) < 0)
		return r;
	att_origins_init(&s->verifiers, &s->config, &s->config.verifier_urls);
	return att_attester_open(&s->config, LOCK_MS, &s->attester, err);
}

/* Offers just what the old evidence has. */
static int
make_offer(const struct resend *s, const struct att_boot_facts *boot,
    struct att_tpm_public *ak, struct att_offer *o, struct att_err *err)
{
	const struct att_evidence *e = att_bundle_evidence(s->old);
	int r;

	if ((r = att_tpm_public_parse_2b(att_tpm_ak_public(s->attester.ak),
		 ak, err)) < 0 ||
	    (r = att_offer_key_of(ak, &o->key[0], err)) < 0)
		return r;
	o->keys = 1;
	for (size_t i = 0; i < e->pcrs.count; i++)
		o->bank[o->banks++] = (struct att_pcr_select){
			e->pcrs.bank[i].alg, ATT_PCR_ALL };
	for (size_t i = 0; i < ATT_ITEM_COUNT; i++)
		o->item[i] = (struct att_offer_item){
			.state = e->item[i].state, .entries = 1,
			.reason = e->item[i].reason };
	o->can_bind = true;
	o->boot_time = boot->time;
	o->boot_id = boot->id;
	return 0;
}

static enum att_outcome
ask(struct resend *s, enum att_step step, enum att_http_method method,
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
outcome(const struct resend *s, enum att_outcome o, struct att_err *err)
{
	return o == ATT_OUTCOME_NONE ? 0 :
	    att_err_set(err, ATT_E_DENIED, "%s: %s", att_outcome_name(o),
		s->round.reason);
}

static int
resend(struct resend *s, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf offer = ATT_BUF(ATT_MESSAGE_MAX);
	AUTO_DONE(att_buf_done) struct att_buf body =
	    ATT_BUF(ATT_SUBMISSION_MAX);
	AUTO_DONE(att_http_response_done) struct att_http_response a = { 0 };
	AUTO_DONE(att_http_response_done) struct att_http_response b = { 0 };
	struct att_boot_facts boot = { 0 };
	struct att_tpm_public ak;
	struct att_offer o = { 0 };
	struct att_demand d;
	int r;

	if ((r = outcome(s, att_session_prove(&s->verifiers, &s->attester,
		 &s->round, &s->token), err)) < 0 ||
	    (r = att_boot_read(&s->config, &boot, err)) < 0 ||
	    (r = make_offer(s, &boot, &ak, &o, err)) < 0 ||
	    (r = att_offer_encode(&o, &offer, err)) < 0 ||
	    (r = outcome(s, ask(s, ATT_STEP_OFFER, ATT_HTTP_POST, "", &offer,
		 ATT_MESSAGE_MAX, &a), err)) < 0 ||
	    (r = att_demand_parse(att_buf_view(&a.body), &o, &d, err)) < 0 ||
	    (r = att_submission_encode(att_bundle_evidence(s->old), &d, &body,
		 err)) < 0)
		return r;
	return outcome(s, ask(s, ATT_STEP_EVIDENCE, ATT_HTTP_PATCH, "/latest",
	    &body, ATT_SUBMISSION_MAX, &b), err);
}

int
main(int argc, char **argv)
{
	AUTO_DONE(resend_done) struct resend s = { 0 };
	struct att_err err = { 0 };

	att_log_open("att-resend", ATT_LOG_NOTICE);
	if (argc != 3) {
		(void)fputs("usage: att-resend CONFIG BUNDLE\n", stderr);
		return 2;
	}
	if (load(&s, argv[1], argv[2], &err) < 0 || resend(&s, &err) < 0) {
		(void)att_log_err(ATT_LOG_ERR, argv[2], &err);
		return 1;
	}
	return 0;
}
