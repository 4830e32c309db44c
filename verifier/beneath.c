#include "verifier/beneath.h"

#include <string.h>

#include "verifier/whom.h"

/* Seconds until devices may have answered; doubled each time they have not. */
#define DEVICES_WAIT 15

void
att_beneath_plan_done(struct att_beneath_plan *p)
{
	free(p->known);
	att_fwknown_free(p->fwknown);
	att_store_firmware_done(&p->stored);
}

static struct att_devices_basis
basis_of(const struct att_refs *refs)
{
	const struct att_refdocs *docs = att_refs_docs(refs);

	return (struct att_devices_basis){
		.ref = (const struct att_spdm_ref *const *)docs->spdm.doc,
		.refs = docs->spdm.count };
}

bool
att_beneath_wants_devices(const struct att_refs *refs,
    const struct att_node *node, int64_t now)
{
	struct att_devices_basis basis = basis_of(refs);
	struct att_whom w;

	att_whom_set(&w, node);
	return att_devices_wanted(&basis, &w.platform, now);
}

static bool
wants_firmware(const struct att_refdocs *docs, const struct att_node *node,
    int64_t now)
{
	struct att_whom w;

	att_whom_set(&w, node);
	for (size_t i = 0; i < docs->firmware.count; i++)
		if (att_ref_head_concerns(att_fwref_head(
			docs->firmware.doc[i]), &w.platform, now))
			return true;
	return false;
}

static bool
wants_posture(const struct att_refdocs *docs, const struct att_node *node,
    int64_t now)
{
	struct att_whom w;

	att_whom_set(&w, node);
	for (size_t i = 0; i < docs->posture.count; i++)
		if (att_ref_head_concerns(att_posture_rules_head(
			docs->posture.doc[i]), &w.platform, now))
			return true;
	return false;
}

/* -- what is known --------------------------------------------------------- */

static int
add_known(void *ctx, const struct att_store_device *d)
{
	struct att_beneath_plan *p = ctx;
	struct att_store_device *to = &p->known[p->knowns];

	/* the store holds no more */
	if (p->knowns == ATT_STORE_DEVICES_MAX)
		return 0;
	*to = *d;
	p->view[p->knowns++] = (struct att_device_known){ to->component,
		{ to->issuer, to->serial, to->security_version } };
	return 0;
}

/* The challenge that the evidence says it is for; if there is none, none. */
static int
find_given(struct att_store *s, const char *node, struct att_slice text,
    struct att_beneath_plan *p, struct att_err *err)
{
	AUTO(att_spdm_evidence_free) struct att_spdm_evidence *e = NULL;
	struct att_store_given g;
	struct att_err why = { 0 };
	int r = att_spdm_evidence_parse(text, &e, &why);

	/* what is wrong with it the appraisal tells */
	if (r < 0 && att_code_kind(r) != ATT_KIND_SYSTEM)
		return 0;
	if (r >= 0)
		r = att_store_given_get(s, node,
		    (struct att_slice){ e->challenge, e->challenge_len }, &g,
		    &why);
	if (r == ATT_E_NOT_FOUND)
		return 0;
	if (r < 0) {
		if (err != NULL)
			*err = why;
		return r;
	}
	memcpy(p->challenge, e->challenge, e->challenge_len);
	p->given = (struct att_challenge_given){
		.challenge = { p->challenge, e->challenge_len }, .at = g.at,
		.reset_count = g.reset_count,
		.restart_count = g.restart_count };
	p->devices.given = &p->given;
	return 0;
}

/* Values that came after the demand are for the next time. */
static bool
is_due(const struct att_received *got, enum att_item item)
{
	const struct att_offer_item *o = &got->offer.item[item];

	return att_demand_asks(&got->demand, item) || !got->offer.can_bind ||
	    o->state != ATT_ITEM_PRESENT || o->entries == 0;
}

static int
find_elsewhere(void *arg, const char *issuer, const char *serial,
    char ret[static ATT_DEVICE_NODE_MAX + 1], struct att_err *err)
{
	const struct att_beneath_plan *p = arg;

	return att_store_device_elsewhere(p->store, p->node, issuer, serial,
	    ret, err);
}

static int
plan_devices(struct att_verifier *v, const struct att_node *node,
    const struct att_received *got, struct att_beneath_plan *p,
    struct att_err *err)
{
	enum att_item item = ATT_ITEM_SPDM_MEASUREMENTS;
	int r;

	p->needs_devices = is_due(got, item);
	p->devices.max_age = v->config->spdm_max_age;
	if (!att_demand_asks(&got->demand, item))
		return 0;
	p->known = calloc(ATT_STORE_DEVICES_MAX, sizeof(*p->known));
	if (p->known == NULL)
		return att_err_nomem(err);
	if ((r = att_store_device_each(v->store, node->id, add_known, p,
		 err)) < 0)
		return r;
	p->store = v->store;
	p->node = node->id;
	p->devices.elsewhere = find_elsewhere;
	p->devices.arg = p;
	p->devices.known = p->view;
	p->devices.knowns = p->knowns;
	return find_given(v->store, node->id,
	    got->sub.evidence.item[item].bytes, p, err);
}

static int
plan_firmware(struct att_verifier *v, const struct att_refdocs *docs,
    const struct att_node *node, const struct att_received *got,
    struct att_beneath_plan *p, struct att_err *err)
{
	int r;

	p->needs_firmware = is_due(got, ATT_ITEM_FIRMWARE_CLAIMS);
	p->policy = (struct att_firmware_policy){
		.max_age = v->config->firmware_max_age,
		.known_required = v->config->firmware_known_required };
	p->firmware.ref = (const struct att_fwref *const *)docs->firmware.doc;
	p->firmware.refs = docs->firmware.count;
	p->firmware.policy = &p->policy;
	if ((r = att_store_firmware_get(v->store, node->id, &p->stored,
		 err)) < 0 ||
	    p->stored.known.len == 0)
		return r;
	/* this program wrote it: if it does not read, it is our trouble */
	if (att_fwknown_parse(att_buf_view(&p->stored.known), &p->fwknown,
		err) < 0)
		return ATT_E_DB;
	p->firmware.known = p->fwknown;
	return 0;
}

int
att_beneath_plan(struct att_verifier *v, const struct att_refs *refs,
    const struct att_node *node, const struct att_received *got, int64_t now,
    struct att_beneath_plan *ret, struct att_err *err)
{
	const struct att_refdocs *docs = att_refs_docs(refs);
	int r;

	*ret = (struct att_beneath_plan){ .devices = basis_of(refs),
		.posture = { .rules = (const struct att_posture_rules *const *)
			docs->posture.doc, .count = docs->posture.count },
		.firmware = { .advisories = (const struct att_fwadvisories
			*const *)docs->advisories.doc,
		    .advisory_lists = docs->advisories.count } };
	ret->needs_posture = wants_posture(docs, node, now) &&
	    is_due(got, ATT_ITEM_PLATFORM_POSTURE);
	if (wants_firmware(docs, node, now) &&
	    (r = plan_firmware(v, docs, node, got, ret, err)) < 0)
		return r;
	return !att_beneath_wants_devices(refs, node, now) ? 0 :
	    plan_devices(v, node, got, ret, err);
}

void
att_beneath_plan_apply(const struct att_beneath_plan *p,
    struct att_appraisal *a, struct att_policy *policy)
{
	/* some of it is looked at without rules, too */
	a->posture = &p->posture;
	a->firmware = &p->firmware;
	if (p->needs_posture)
		policy->claims |= ATT_CLAIM_POSTURE;
	if (p->needs_firmware)
		policy->claims |= ATT_CLAIM_FIRMWARE;
	if (p->needs_devices) {
		a->devices = &p->devices;
		policy->claims |= ATT_CLAIM_DEVICES;
	}
}

/* -- what came of it ------------------------------------------------------- */

/*
 * The first attestation of a boot gives the challenge that devices answer; the
 * next one has their answers. If they take long, or never do, it ends at the
 * usual interval.
 */
static int64_t
wait_of(const struct att_verifier_config *config, const struct att_node *node,
    const struct att_verdict *verdict)
{
	int64_t wait = node->wait == 0 ? DEVICES_WAIT : 2 * node->wait;

	if (!att_verdict_has(verdict, ATT_F_SPDM_NOT_REPORTED) &&
	    !att_verdict_has(verdict, ATT_F_SPDM_CHALLENGE) &&
	    !att_verdict_has(verdict, ATT_F_SPDM_STALE))
		return 0;
	return ATT_MIN(wait, config->quote_interval);
}

/* In the place of what was read; the generation stays that of it. */
static int
keep_firmware(struct att_beneath_plan *p, const struct att_verdict *verdict,
    struct att_attestation *att, struct att_err *err)
{
	const struct att_fwknown *fresh = att_verdict_firmware(verdict);
	int r;

	att->firmware = NULL;
	if (fresh == NULL)
		return 0;
	att_buf_done(&p->stored.known);
	p->stored.known = ATT_BUF(ATT_FWKNOWN_MAX);
	if ((r = att_fwknown_encode(fresh, &p->stored.known, err)) < 0)
		return r;
	att->firmware = &p->stored;
	return att_buf_ok(&p->stored.known, "firmware", err);
}

static void
keep_devices(struct att_beneath_plan *p, const struct att_verdict *verdict,
    struct att_attestation *att)
{
	const struct att_device_row *row;

	att->device = p->seen;
	att->devices = 0;
	for (size_t i = 0; (row = att_verdict_device(verdict, i)) != NULL;
	     i++) {
		const struct att_spdm_result *d = &row->result;

		if ((!d->authentic && !row->other) || row->twin ||
		    att->devices == ATT_STORE_DEVICES_MAX)
			continue;
		p->seen[att->devices++] = (struct att_store_seen){
			.component = row->component, .issuer = d->issuer,
			.serial = d->serial, .other = row->other,
			.security_version =
			    d->expected ? d->security_version : 0 };
	}
}

int
att_beneath_plan_keep(struct att_beneath_plan *p,
    const struct att_verifier_config *config, const struct att_node *node,
    const struct att_verdict *verdict, struct att_attestation *att,
    struct att_err *err)
{
	att->wait = wait_of(config, node, verdict);
	keep_devices(p, verdict, att);
	return keep_firmware(p, verdict, att, err);
}

static const struct att_store_device *
find_known(const struct att_beneath_plan *p, const char *component)
{
	for (size_t i = 0; i < p->knowns; i++)
		if (strcmp(p->known[i].component, component) == 0)
			return &p->known[i];
	return NULL;
}

void
att_beneath_plan_note(struct att_verifier *v,
    const struct att_beneath_plan *p, const struct att_attestation *att,
    int64_t now)
{
	if (att->firmware != NULL)
		att_verifier_note(v, now, att->node, "firmware-learnt",
		    "%s", p->fwknown == NULL ?
		    "what is this machine's own is seen for the first time" :
		    "newer versions, or parts that were not seen before");
	for (size_t i = 0; i < att->devices; i++) {
		const struct att_store_seen *d = &att->device[i];
		const struct att_store_device *k =
		    find_known(p, d->component);

		if (k == NULL)
			att_verifier_note(v, now, att->node,
			    "device-enrolled", "\"%s\": serial number %s of "
			    "%s", d->component, d->serial, d->issuer);
		else if (d->other && strcmp(k->other_serial, d->serial) != 0)
			att_verifier_note(v, now, att->node, "device-other",
			    "\"%s\": serial number %s of %s, enrolled is %s",
			    d->component, d->serial, d->issuer, k->serial);
	}
}
