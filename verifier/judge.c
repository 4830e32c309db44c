#include "verifier/judge.h"

#include <stdio.h>
#include <string.h>

#include "appraise/ear.h"
#include "base/log.h"
#include "evidence/tpm_public.h"
#include "verifier/beneath.h"
#include "verifier/facts.h"
#include "verifier/held.h"
#include "verifier/imaplan.h"
#include "verifier/whom.h"

#define EVIDENCE_KEEP 4		/* pieces of a node that are kept */
#define LIFETIME 300		/* seconds; of a result, or longer */
#define DEVELOPER "attestd"

/* PCR 16 is what Keylime's agents quote besides; it gets no weight. */
#define EXTRA_PCRS (1u << 16)

/* The node's enrolment in the form of the appraisal, and what it points to. */
struct enrolled {
	struct att_enrolment enrolment;
	struct att_tpm_public public;
	struct att_pubkey *key;
	struct att_whom whom;
};

static void
enrolled_done(struct enrolled *en)
{
	att_pubkey_free(en->key);
}

/* The boot of the last quote that held, as the node named it. */
static const char *
boot_of(const struct att_node *node)
{
	if (!node->clock.known)
		return NULL;
	return node->boot_id[0] != '\0' ? node->boot_id : node->boot_time;
}

static int
load_enrolment(const struct att_node *node, struct enrolled *en,
    struct att_err *err)
{
	int r;

	if ((r = att_tpm_public_parse_2b(att_buf_view(&node->ak_public),
		 &en->public, err)) < 0 ||
	    (r = att_tpm_public_key(&en->public, &en->key, err)) < 0)
		return r;
	att_whom_set(&en->whom, node);
	en->enrolment = (struct att_enrolment){
		.ak = { .key = en->key, .public = en->public.bytes },
		.platform = en->whom.platform,
		.last = node->clock, .boot_id = boot_of(node) };
	return 0;
}

/* One appraisal, and what the store brings to it and keeps of it. */
struct judging {
	struct enrolled en;
	struct att_ima_plan ima;
	struct att_beneath_plan beneath;
	struct att_verdict *verdict;
};

static void
judging_done(struct judging *j)
{
	att_verdict_free(j->verdict);
	att_beneath_plan_done(&j->beneath);
	enrolled_done(&j->en);
}

/* With the documents that are in use now, which must stay until it ended. */
static int
appraise(struct att_verifier *v, const struct att_node *node,
    const struct att_received *got, const struct att_attestation *att,
    const struct att_appraisal *a, struct att_policy *policy,
    struct judging *j, struct att_err *err)
{
	AUTO(att_refs_release)
	struct att_refs *held = att_references_hold(v->references);
	struct att_refset refs = att_refdocs_boot(att_refs_docs(held));
	struct att_appraisal with = *a;
	int r;

	with.refs = &refs;
	if ((r = att_ima_plan(v, held, node, att->boot_id, att->boot_time,
		 a->now, &j->ima, err)) < 0 ||
	    (r = att_beneath_plan(v, held, node, got, a->now, &j->beneath,
		 err)) < 0)
		return r;
	att_ima_plan_apply(&j->ima, got, &with, policy);
	att_beneath_plan_apply(&j->beneath, &with, policy);
	return att_appraise(&with, &j->verdict, err);
}

/* Seconds that a result is good for: the node comes again before that. */
static int64_t
lifetime_of(const struct att_verifier_config *c)
{
	int64_t least = 2 * c->quote_interval;

	if (c->result_lifetime != 0)
		return c->result_lifetime;
	return least > LIFETIME ? least : LIFETIME;
}

static int
sign_result(struct att_verifier *v, const struct att_verdict *verdict,
    const struct att_attestation *att, int64_t now, struct att_buf *ret,
    struct att_err *err)
{
	struct att_ear_frame frame = { .developer = DEVELOPER,
		.build = ATT_VERSION, .node = att->node,
		.boot_id = att->boot_id,
		.challenge = att_buf_view(&att->challenge), .issued = now,
		.expires = now + lifetime_of(v->config) };
	AUTO(att_json_decref) json_t *claims = NULL;
	int r;

	if ((r = att_ear_make(verdict, &frame, &claims, err)) < 0)
		return r;
	return att_jws_sign(v->result_key, ATT_EAR_TYPE, claims, ret, err);
}

/* What will be stored beside the evidence. */
static int
fill(struct att_verifier *v, const struct att_verdict *verdict, int64_t now,
    struct att_attestation *att, struct att_err *err)
{
	AUTO(att_json_decref) json_t *j = att_verdict_to_json(verdict);
	int r;

	if (j == NULL)
		return att_err_nomem(err);
	att->interval = v->config->quote_interval;
	att->findings = ATT_BUF(ATT_EAR_MAX);
	att->result = ATT_BUF(ATT_JWS_MAX);
	if ((r = att_json_write(j, &att->findings, err)) < 0 ||
	    (r = sign_result(v, verdict, att, now, &att->result, err)) < 0)
		return r;
	snprintf(att->verdict, sizeof(att->verdict), "%s",
	    att_status_name(att_verdict_status(verdict)));
	att->received = now;
	return att_buf_ok(&att->evidence, "evidence", err);
}

/* The trail has one line for each change, not for each attestation. */
static void
note_change(struct att_verifier *v, const struct att_node *node,
    const struct att_verdict *verdict, const char *name, int64_t now)
{
	const struct att_finding *f = att_verdict_finding(verdict, 0);
	char text[ATT_FINDING_TEXT_MAX + 1];

	if (node->stage == ATT_STAGE_DONE && strcmp(node->verdict, name) == 0)
		return;
	if (f == NULL || f->severity == ATT_SEVERITY_INFO)
		att_verifier_note(v, now, node->id, "verdict", "%s", name);
	else
		att_verifier_note(v, now, node->id, "verdict", "%s: %s", name,
		    att_finding_text(f, text));
}

/* In one step with what the node told: it is told once. */
static int
finish(struct att_verifier *v, const struct att_received *got,
    const struct att_verdict *verdict, int64_t now,
    struct att_attestation *att, struct att_err *err)
{
	struct att_facts facts;
	struct att_store_log log[ATT_ITEM_COUNT];
	struct att_quote_state state;
	bool held = att_verdict_state(verdict, &state);
	int r;

	if ((r = att_held_list(got, log, &att->logs, err)) < 0)
		return r;
	att->log = log;
	if (att_verdict_is_said(verdict) &&
	    att_facts_take(v, got, att->node, now, &facts))
		att->facts = &facts;
	r = att_store_attestation_finish(v->store, att, held ? &state : NULL,
	    EVIDENCE_KEEP, err);
	/* borrowed from what ends before it does */
	att->facts = NULL;
	att->logs = 0;
	att->log = NULL;
	return r;
}

/* The configuration's; what comes over the wire is dated by its challenge. */
static struct att_policy
policy_of(const struct att_verifier_config *c)
{
	struct att_policy p = att_policy_default;

	p.pcrs &= c->quote_pcrs;
	p.allow_incomplete = c->allow_incomplete;
	p.allow_guessed = c->allow_guessed;
	p.safe_required = c->require_safe_clock;
	return p;
}

int
att_judge(struct att_verifier *v, const struct att_node *node,
    const struct att_received *got, int64_t now, struct att_attestation *att,
    struct att_err *err)
{
	AUTO_DONE(judging_done) struct judging j = { 0 };
	struct att_policy policy = policy_of(v->config);
	const struct att_demand *asked = &got->demand;
	struct att_err late = { 0 };
	struct att_appraisal a = { .evidence = &got->sub.evidence,
		.node = &j.en.enrolment,
		.challenge = att_buf_view(&att->challenge),
		.bound = asked->bound, .item = asked->item,
		.item_count = asked->count, .select = &asked->select,
		.select_count = 1, .extra_mask = EXTRA_PCRS,
		.policy = &policy, .now = now };
	int r;

	if ((r = load_enrolment(node, &j.en, err)) < 0 ||
	    (r = appraise(v, node, got, att, &a, &policy, &j, err)) < 0 ||
	    (r = fill(v, j.verdict, now, att, err)) < 0 ||
	    (r = att_beneath_plan_keep(&j.beneath, v->config, node, j.verdict,
		 att, err)) < 0 ||
	    (r = finish(v, got, j.verdict, now, att, err)) < 0)
		return r;
	note_change(v, node, j.verdict, att->verdict, now);
	att_beneath_plan_note(v, &j.beneath, att, now);
	att->devices = 0;
	att->firmware = NULL;
	/* if that fails, more is asked for than need be */
	if (att_ima_plan_keep(v, &j.ima, node, got, j.verdict, &late) < 0)
		(void)att_log_err(ATT_LOG_ERR, "IMA list", &late);
	return 0;
}
