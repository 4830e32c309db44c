#include "verifier/facts.h"

#include <string.h>

int
att_facts_ask(struct att_verifier *v, const char *node,
    const struct att_offer *o, struct att_demand *d, struct att_err *err)
{
	int64_t taken = 0;
	int r;

	if (!d->bound ||
	    o->item[ATT_ITEM_NODE_FACTS].state != ATT_ITEM_PRESENT)
		return 0;
	if ((r = att_store_fact_taken(v->store, node, o->facts.queue, &taken,
		 err)) < 0)
		return r;
	d->item[d->count++] = ATT_ITEM_NODE_FACTS;
	d->facts_from = taken == 0 ? 0 : taken + 1;
	return 0;
}

static int
read_facts(const struct att_received *got, struct att_facts *ret,
    struct att_err *err)
{
	const struct att_evidence *e = &got->sub.evidence;
	int r = att_facts_parse(e->item[ATT_ITEM_NODE_FACTS].bytes, ret, err);

	if (r < 0)
		return r;
	if (strcmp(ret->queue, got->offer.facts.queue) != 0)
		return att_err_set(err, ATT_E_MISMATCH,
		    "another queue than the one that was offered");
	return 0;
}

bool
att_facts_take(struct att_verifier *v, const struct att_received *got,
    const char *node, int64_t now, struct att_facts *ret)
{
	const struct att_evidence *e = &got->sub.evidence;
	struct att_err err = { 0 };

	if (!got->demand.bound ||
	    e->item[ATT_ITEM_NODE_FACTS].state != ATT_ITEM_PRESENT)
		return false;
	if (read_facts(got, ret, &err) == 0)
		return true;
	att_verifier_note(v, now, node, "facts-refused", "%s", err.text);
	return false;
}
