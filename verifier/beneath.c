#include "verifier/beneath.h"

#include <string.h>

/* Seconds until devices may have answered; doubled each time they have not. */
#define DEVICES_WAIT 15

void
att_beneath_plan_done(struct att_beneath_plan *p)
{
	free(p->known);
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
	const char *groups[2] = { node->group[0] != '\0' ? node->group : NULL,
		NULL };
	struct att_platform platform = { node->vendor, node->product,
		groups };
	struct att_devices_basis basis = basis_of(refs);

	return att_devices_wanted(&basis, &platform, now);
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

static bool
is_asked(const struct att_demand *d, enum att_item item)
{
	for (size_t i = 0; i < d->count; i++)
		if (d->item[i] == item)
			return true;
	return false;
}

int
att_beneath_plan(struct att_verifier *v, const struct att_refs *refs,
    const struct att_node *node, const struct att_received *got, int64_t now,
    struct att_beneath_plan *ret, struct att_err *err)
{
	enum att_item item = ATT_ITEM_SPDM_MEASUREMENTS;
	bool asked = is_asked(&got->demand, item);
	int r;

	*ret = (struct att_beneath_plan){ .devices = basis_of(refs) };
	if (!att_beneath_wants_devices(refs, node, now))
		return 0;
	/* values that came after the demand are for the next time */
	ret->needs_devices = asked ||
	    got->offer.item[item].state != ATT_ITEM_PRESENT ||
	    !got->offer.can_bind;
	ret->devices.max_age = v->config->spdm_max_age;
	if (!asked)
		return 0;
	ret->known = calloc(ATT_STORE_DEVICES_MAX, sizeof(*ret->known));
	if (ret->known == NULL)
		return att_err_nomem(err);
	if ((r = att_store_device_each(v->store, node->id, add_known, ret,
		 err)) < 0)
		return r;
	ret->devices.known = ret->view;
	ret->devices.knowns = ret->knowns;
	return find_given(v->store, node->id,
	    got->sub.evidence.item[item].bytes, ret, err);
}

void
att_beneath_plan_apply(const struct att_beneath_plan *p,
    struct att_appraisal *a, struct att_policy *policy)
{
	if (!p->needs_devices)
		return;
	a->devices = &p->devices;
	policy->claims |= ATT_CLAIM_DEVICES;
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

void
att_beneath_plan_keep(struct att_beneath_plan *p,
    const struct att_verifier_config *config, const struct att_node *node,
    const struct att_verdict *verdict, struct att_attestation *att)
{
	const struct att_device_row *row;

	att->wait = wait_of(config, node, verdict);
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
