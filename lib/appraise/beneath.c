#include "appraise/beneath.h"

void
att_beneath_done(struct att_beneath *b)
{
	att_devices_judged_done(&b->devices);
	att_firmware_result_done(&b->firmware);
	att_firmware_claims_free(b->claims);
	*b = (struct att_beneath){ 0 };
}

struct work {
	const struct att_beneath_case *c;
	att_finding_fn *report;
	void *arg;
	struct att_beneath out;
};

static void
work_done(struct work *w)
{
	att_beneath_done(&w->out);
}

static void
evaluated(struct work *w, uint32_t claim, bool holds)
{
	w->out.evaluated |= claim;
	if (holds)
		w->out.held |= claim;
}

static bool
is_needed(const struct work *w, uint32_t claim)
{
	return (w->c->a->policy->claims & claim) != 0;
}

/* Why there is nothing to look at. */
static const char *
why_not(const struct att_appraisal *a, enum att_item item)
{
	const struct att_evidence_item *it = &a->evidence->item[item];

	if (it->state == ATT_ITEM_UNREADABLE)
		return it->reason == NULL ? "no reason given" : it->reason;
	if (att_appraisal_asks(a, item))
		return a->bound ? "the document is empty" :
				  "the quote is bound to nothing";
	return it->state == ATT_ITEM_PRESENT ? "nobody asked for it" :
					       "the node offers none";
}

/* The item, if the quote signs it; NULL: a finding says why not if it must. */
static const struct att_evidence_item *
bound_item(struct work *w, enum att_item item, uint32_t claim,
    enum att_finding_code code)
{
	const struct att_appraisal *a = w->c->a;
	const struct att_evidence_item *it = &a->evidence->item[item];
	struct att_finding f = att_finding_make(code);

	if (a->bound && att_appraisal_asks(a, item) &&
	    it->state == ATT_ITEM_PRESENT && it->bytes.len > 0)
		return it;
	if (!is_needed(w, claim))
		return NULL;
	att_finding_set_what(&f, "%s", why_not(a, item));
	w->report(w->arg, &f);
	return NULL;
}

/* Claims of this form; 0 with NULL in w->out.claims, and told, if not. */
static int
read_claims(struct work *w, struct att_slice text, struct att_err *err)
{
	struct att_finding f = att_finding_make(ATT_F_FIRMWARE_NOT_REPORTED);
	struct att_err why = { 0 };
	int r = att_firmware_claims_parse(text, &w->out.claims, &why);

	if (r >= 0)
		return 0;
	if (att_code_kind(r) == ATT_KIND_SYSTEM) {
		if (err != NULL)
			*err = why;
		return r;
	}
	if (!is_needed(w, ATT_CLAIM_FIRMWARE))
		f.severity = ATT_SEVERITY_WARN;
	att_finding_set_what(&f, "%s", why.text);
	w->report(w->arg, &f);
	return 0;
}

/* Without reference values only advisories speak of the claims. */
static int
judge_firmware(struct work *w, struct att_err *err)
{
	const struct att_appraisal *a = w->c->a;
	const struct att_firmware_basis *b = a->firmware;
	const struct att_evidence_item *item = bound_item(w,
	    ATT_ITEM_FIRMWARE_CLAIMS, ATT_CLAIM_FIRMWARE,
	    ATT_F_FIRMWARE_NOT_REPORTED);
	struct att_firmware_appraisal fa = { .quote = w->c->quote,
		.boot_id = a->evidence->boot_id,
		.platform = &a->node->platform, .now = a->now };
	int r;

	if (item == NULL)
		return 0;
	if ((r = read_claims(w, item->bytes, err)) < 0 ||
	    w->out.claims == NULL || b == NULL)
		return r;
	fa.claims = w->out.claims;
	fa.ref = b->ref;
	fa.refs = b->refs;
	fa.advisories = b->advisories;
	fa.advisory_lists = b->advisory_lists;
	fa.known = b->known;
	fa.policy = b->policy;
	if (!is_needed(w, ATT_CLAIM_FIRMWARE)) {
		att_firmware_advise(&fa, w->report, w->arg);
		return 0;
	}
	if ((r = att_firmware_appraise(&fa, w->report, w->arg,
		 &w->out.firmware, err)) < 0)
		return r;
	if (w->out.firmware.evaluated)
		evaluated(w, ATT_CLAIM_FIRMWARE, w->out.firmware.expected);
	return 0;
}

static int
judge_posture(struct work *w, struct att_err *err)
{
	const struct att_appraisal *a = w->c->a;
	struct att_posture_case c = { .platform = &a->node->platform,
		.now = a->now, .proven = w->c->proven };
	const struct att_evidence_item *item;
	struct att_posture_judged out;
	int r;

	if (a->posture == NULL ||
	    (item = bound_item(w, ATT_ITEM_PLATFORM_POSTURE,
		 ATT_CLAIM_POSTURE, ATT_F_POSTURE_NOT_REPORTED)) == NULL)
		return 0;
	c.text = item->bytes;
	c.rules = a->posture->rules;
	c.count = a->posture->count;
	if ((r = att_posture_judge(&c, w->report, w->arg, &out, err)) < 0)
		return r;
	if (out.evaluated)
		evaluated(w, ATT_CLAIM_POSTURE, out.holds);
	return 0;
}

static int
judge_devices(struct work *w, struct att_err *err)
{
	const struct att_appraisal *a = w->c->a;
	struct att_devices_case c = { .challenge = a->challenge,
		.quote = w->c->quote, .platform = &a->node->platform,
		.basis = a->devices, .hasher = w->c->hasher, .now = a->now };
	const struct att_evidence_item *item;
	int r;

	if (a->devices == NULL ||
	    (item = bound_item(w, ATT_ITEM_SPDM_MEASUREMENTS,
		 ATT_CLAIM_DEVICES, ATT_F_SPDM_NOT_REPORTED)) == NULL)
		return 0;
	c.text = item->bytes;
	if ((r = att_devices_judge(&c, w->report, w->arg, &w->out.devices,
		 err)) < 0)
		return r;
	evaluated(w, ATT_CLAIM_DEVICES, w->out.devices.holds);
	return 0;
}

int
att_beneath_judge(const struct att_beneath_case *c, att_finding_fn *report,
    void *arg, struct att_beneath *ret, struct att_err *err)
{
	AUTO_DONE(work_done)
	struct work w = { .c = c, .report = report, .arg = arg };
	int r;

	if ((r = judge_firmware(&w, err)) < 0 ||
	    (r = judge_devices(&w, err)) < 0 ||
	    (r = judge_posture(&w, err)) < 0)
		return r;
	*ret = w.out;
	w.out = (struct att_beneath){ 0 };
	return 0;
}
