#include "verifier/held.h"

#include <string.h>

#include "base/log.h"

/* The boot of the last quote that held; without one boot_time is empty. */
static bool
same_boot(const struct att_node *node, const struct att_offer *o)
{
	return strcmp(node->boot_time, o->boot_time) == 0 &&
	    strcmp(node->boot_id, o->boot_id) == 0;
}

int
att_held_ask(struct att_store *s, const struct att_node *node,
    const struct att_offer *o, struct att_demand *d, struct att_err *err)
{
	for (size_t i = 0; d->bound && same_boot(node, o) && i < d->count;
	    i++) {
		const struct att_digest *is = &o->item[d->item[i]].sha256;
		bool has = false;
		int r;

		if (is->alg == 0)
			continue;
		if ((r = att_store_log_has(s, node->id, is, &has, err)) < 0)
			return r;
		if (has)
			d->held[d->item[i]] = *is;
	}
	return 0;
}

/* The bytes of this digest: a store can rot, or be changed. */
static int
load(struct att_store *s, const char *node, const struct att_digest *want,
    struct att_buf *ret, struct att_err *err)
{
	struct att_digest is;
	struct att_err late = { 0 };
	int r;

	if ((r = att_store_log_get(s, node, want, ret, err)) < 0 ||
	    (r = att_digest_of(ATT_ALG_SHA256, att_buf_view(ret), &is, err)) <
		0)
		return r;
	if (att_digest_equal(&is, want))
		return 0;
	att_log(ATT_LOG_ERR, "store: a log of %s has changed: dropped", node);
	if (att_store_log_drop(s, node, want, &late) < 0)
		(void)att_log_err(ATT_LOG_ERR, "store", &late);
	return att_err_set(err, ATT_E_NOT_FOUND,
	    "a log of \"%s\" that is held has changed", node);
}

int
att_held_fill(struct att_store *s, const char *node,
    struct att_received *got, struct att_err *err)
{
	int r, lost = 0;

	for (size_t i = 0; i < ATT_ITEM_COUNT; i++) {
		if (got->sub.held[i].alg == 0)
			continue;
		r = load(s, node, &got->sub.held[i], &got->log[i], err);
		/* all that is no good goes: the node need ask but once more */
		if (r == ATT_E_NOT_FOUND) {
			lost = r;
			continue;
		}
		if (r < 0)
			return r;
		got->sub.evidence.item[i] = (struct att_evidence_item){
			.state = ATT_ITEM_PRESENT,
			.bytes = att_buf_view(&got->log[i]) };
	}
	return lost;
}

/*
 * Only for who offers digests, and is asked in a way that takes them. What
 * devices signed is another each time.
 */
static bool
is_worth_it(const struct att_received *got, enum att_item item)
{
	size_t len = got->sub.evidence.item[item].bytes.len;

	return item != ATT_ITEM_SPDM_MEASUREMENTS && got->demand.bound &&
	    got->offer.item[item].sha256.alg != 0 && len > 0 &&
	    len <= ATT_STORE_LOG_MAX;
}

int
att_held_list(const struct att_received *got,
    struct att_store_log ret[static ATT_ITEM_COUNT], size_t *ret_count,
    struct att_err *err)
{
	size_t n = 0;
	int r;

	for (size_t i = 0; i < got->demand.count; i++) {
		enum att_item item = got->demand.item[i];
		struct att_store_log *l = &ret[n];

		if (!is_worth_it(got, item))
			continue;
		l->bytes = got->sub.evidence.item[item].bytes;
		l->sha256 = got->sub.held[item];
		if (l->sha256.alg == 0 &&
		    (r = att_digest_of(ATT_ALG_SHA256, l->bytes, &l->sha256,
			 err)) < 0)
			return r;
		n++;
	}
	*ret_count = n;
	return 0;
}
