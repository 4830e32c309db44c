#include "verifier/imaplan.h"

#include <stdio.h>
#include <string.h>

#include "verifier/choose.h"
#include "verifier/whom.h"

/* What the store knows, as far as it counts. */
static int
recall(struct att_store *store, const struct att_node *node,
    struct att_ima_plan *p, struct att_err *err)
{
	struct att_store_ima kept;
	struct att_err none = { 0 };
	int r = att_store_ima_get(store, node->id, &kept, &none);

	if (r < 0 && r != ATT_E_NOT_FOUND) {
		if (err != NULL)
			*err = none;
		return r;
	}
	if (r < 0 || !node->clock.known ||
	    node->clock.reset_count != kept.reset_count ||
	    strcmp(kept.boot, p->boot) != 0 ||
	    !att_digest_equal(&kept.policy, &p->digest))
		return 0;
	p->known = true;
	p->from = kept.known;
	return 0;
}

static int
recall_shown(struct att_store *store, const struct att_node *node,
    struct att_ima_plan *p, struct att_err *err)
{
	int r = att_store_shown_get(store, node->id, &p->shown, err);

	p->has_shown = r == 0;
	return r == ATT_E_NOT_FOUND ? 0 : r;
}

int
att_ima_plan(struct att_verifier *v, const struct att_refs *refs,
    const struct att_node *node, const char *boot_id, const char *boot_time,
    int64_t now, struct att_ima_plan *ret, struct att_err *err)
{
	struct att_whom whom;
	size_t count;
	const struct att_runtime *const *all =
	    att_refs_runtimes(refs, &count);
	int r;

	*ret = (struct att_ima_plan){ .known = false };
	att_whom_set(&whom, node);
	if ((r = att_runtime_select(all, count, &whom.platform, now,
		 &ret->policies, err)) < 0)
		return r;
	if (ret->policies.count == 0)
		return 0;
	snprintf(ret->boot, sizeof(ret->boot), "%s",
	    boot_id[0] != '\0' ? boot_id : boot_time);
	if ((r = att_runtime_set_digest(&ret->policies, &ret->digest, err)) <
		0 ||
	    (r = recall_shown(v->store, node, ret, err)) < 0)
		return r;
	return recall(v->store, node, ret, err);
}

int64_t
att_ima_plan_line(const struct att_ima_plan *p)
{
	if (p->policies.count == 0)
		return ATT_CHOOSE_NO_IMA;
	return p->known ? (int64_t)p->from.lines : 0;
}

void
att_ima_plan_apply(const struct att_ima_plan *p,
    const struct att_received *got, struct att_appraisal *a,
    struct att_policy *policy)
{
	bool offered =
	    got->offer.item[ATT_ITEM_IMA_LOG].state == ATT_ITEM_PRESENT;
	bool asked = att_demand_asks(&got->demand, ATT_ITEM_IMA_LOG);

	if (p->policies.count == 0)
		return;
	a->runtime = &p->policies;
	a->ima_shown = p->has_shown ? &p->shown : NULL;
	/* a policy that came after the demand is for the next time */
	if (asked || !offered)
		policy->claims |= ATT_CLAIM_RUNTIME;
	if (!asked || !p->known)
		return;
	if (got->demand.ima_offset == 0)
		a->ima_before = &p->from;
	else if ((uint64_t)got->demand.ima_offset == p->from.lines)
		a->ima = &p->from;
}

/*
 * All of the list is wanted next, and what was judged of it stays known: if the
 * list was trimmed, it goes on from there.
 */
static int
want_all(struct att_verifier *v, const struct att_ima_plan *p,
    const struct att_node *node, struct att_err *err)
{
	struct att_store_ima keep = { .policy = p->digest,
		.known = p->from, .reset_count = node->clock.reset_count };

	if (!p->known)
		return att_store_ima_drop(v->store, node->id, err);
	keep.known.lines = 0;
	snprintf(keep.boot, sizeof(keep.boot), "%s", p->boot);
	return att_store_ima_put(v->store, node->id, &keep, err);
}

int
att_ima_plan_keep(struct att_verifier *v, const struct att_ima_plan *p,
    const struct att_node *node, const struct att_received *got,
    const struct att_verdict *verdict, struct att_err *err)
{
	struct att_store_ima keep = { .policy = p->digest };
	struct att_ima_shown shown;
	int r;

	if (p->policies.count == 0 ||
	    !att_demand_asks(&got->demand, ATT_ITEM_IMA_LOG))
		return 0;
	if (att_verdict_ima_shown(verdict, &shown) &&
	    (r = att_store_shown_put(v->store, node->id, &shown, err)) < 0)
		return r;
	if (att_verdict_ima(verdict, &keep.known)) {
		snprintf(keep.boot, sizeof(keep.boot), "%s", p->boot);
		keep.reset_count = att_verdict_claims(verdict)->reset_count;
		return att_store_ima_put(v->store, node->id, &keep, err);
	}
	if ((att_verdict_held(verdict) & ATT_CLAIM_RUNTIME) != 0)
		return 0;
	return want_all(v, p, node, err);
}
