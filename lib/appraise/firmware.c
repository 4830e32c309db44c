#include "appraise/firmware.h"

#include <stdio.h>
#include <string.h>

#include "appraise/firmware_inside.h"

const struct att_firmware_policy att_firmware_policy_default = {
	.max_age = 2 * 24 * 3600,
};

void
att_firmware_result_done(struct att_firmware_result *r)
{
	att_fwknown_free(r->known);
	*r = (struct att_firmware_result){ 0 };
}

static void
work_done(struct att_fw_work *w)
{
	free(w->ref);
	free(w->rule);
	att_firmware_result_done(&w->result);
}

/* -- telling --------------------------------------------------------------- */

struct att_finding
att_fw_finding(enum att_finding_code code, const char *label)
{
	struct att_finding f = att_finding_make(code);

	att_finding_set_label(&f, att_slice_of(label));
	return f;
}

void
att_fw_tell(void *arg, const struct att_finding *f)
{
	struct att_fw_work *w = arg;

	/* two that the rules tell say that nothing was compared */
	w->failed = w->failed || f->severity == ATT_SEVERITY_FAIL;
	w->blind = w->blind || f->code == ATT_F_FLASH_ALGORITHM ||
	    f->code == ATT_F_COMPONENT_NOT_READ;
	if (w->report != NULL)
		w->report(w->arg, f);
}

void
att_fw_tell_blind(struct att_fw_work *w, const struct att_finding *f)
{
	w->blind = true;
	att_fw_tell(w, f);
}

void
att_fw_count_fails(void *arg, const struct att_finding *f)
{
	size_t *n = arg;

	*n += f->severity == ATT_SEVERITY_FAIL;
}

void
att_fw_agree(struct att_fw_work *w, const struct att_fwref *r)
{
	const struct att_ref_head *head = att_fwref_head(r);
	struct att_firmware_result *to = &w->result;
	struct att_firmware_agreed *new;

	for (size_t i = 0; i < to->agreed_count; i++)
		if (strcmp(to->agreed[i].id, head->id) == 0 &&
		    to->agreed[i].version == head->version)
			return;
	if (to->agreed_count == ATT_FIRMWARE_REFS_MAX)
		return;
	new = &to->agreed[to->agreed_count++];
	(void)snprintf(new->id, sizeof(new->id), "%s", head->id);
	new->version = head->version;
}

/* -- when ------------------------------------------------------------------ */

static bool
same_boot(const struct att_pass_clock *c, const struct att_quote_state *q)
{
	return c->reset_count == q->reset_count &&
	    c->restart_count == q->restart_count;
}

static void
tell_other_boot(struct att_fw_work *w, const char *of,
    const struct att_pass_clock *c)
{
	const struct att_quote_state *q = w->a->quote;
	struct att_finding f = att_fw_finding(ATT_F_FIRMWARE_OTHER_BOOT, of);

	att_finding_set_what(&f, "reset and restart counter %u and %u, of "
	    "the quote %u and %u", c->reset_count, c->restart_count,
	    q->reset_count, q->restart_count);
	att_fw_tell_blind(w, &f);
}

/* A pass is as old as its first byte. */
static void
check_age(struct att_fw_work *w, const struct att_pass *p)
{
	struct att_finding f = att_fw_finding(ATT_F_FIRMWARE_OLD, p->of);

	f.number[0] = (w->a->quote->clock - p->begin.clock) / 1000;
	f.number[1] = (uint64_t)w->policy->max_age;
	if (w->policy->max_age > 0 && f.number[0] > f.number[1])
		att_fw_tell_blind(w, &f);
}

/* True if what this pass found is of this boot. */
bool
att_fw_check_pass(struct att_fw_work *w, const char *of)
{
	const struct att_pass *p = att_firmware_claims_pass(w->c, of);
	struct att_finding f = att_fw_finding(ATT_F_FIRMWARE_CLOCK, of);

	if (p == NULL || !p->has_clock) {
		f = att_fw_finding(ATT_F_FIRMWARE_NOT_DATED, of);
		att_fw_tell_blind(w, &f);
		return false;
	}
	if (!same_boot(&p->begin, w->a->quote) ||
	    !same_boot(&p->end, w->a->quote)) {
		tell_other_boot(w, of, same_boot(&p->begin, w->a->quote) ?
		    &p->end : &p->begin);
		return false;
	}
	if (p->begin.clock > p->end.clock ||
	    p->end.clock > w->a->quote->clock) {
		att_finding_set_what(&f, "from %llu to %llu ms, the quote at "
		    "%llu ms", (unsigned long long)p->begin.clock,
		    (unsigned long long)p->end.clock,
		    (unsigned long long)w->a->quote->clock);
		att_fw_tell_blind(w, &f);
		return false;
	}
	check_age(w, p);
	return true;
}

/* The node's own word about its boots, beside that of its TPM. */
static bool
check_boot_id(struct att_fw_work *w)
{
	struct att_finding f =
	    att_fw_finding(ATT_F_FIRMWARE_OTHER_BOOT, "firmware");

	if (w->a->boot_id == NULL ||
	    strcmp(w->a->boot_id, w->c->boot_id) == 0)
		return true;
	att_finding_set_what(&f, "another boot_id");
	att_fw_tell_blind(w, &f);
	return false;
}

/* -- all of it ------------------------------------------------------------- */

static int
select_refs(struct att_fw_work *w, struct att_err *err)
{
	struct att_finding f = att_finding_make(ATT_F_FIRMWARE_NO_REFERENCE);

	w->ref = calloc(w->a->refs + 1, sizeof(const struct att_fwref *));
	if (w->ref == NULL)
		return att_err_nomem(err);
	for (size_t i = 0; i < w->a->refs; i++)
		if (att_fwref_is_for(w->a->ref[i], w->a->platform, w->a->now))
			w->ref[w->refs++] = w->a->ref[i];
	if (w->refs == 0)
		att_fw_tell_blind(w, &f);
	return 0;
}

/* A valid document has a rule of this name, or for this chip. */
static bool
has_rule(const struct att_fw_work *w, const char *name)
{
	const struct att_fwcomponent *r;

	for (size_t i = 0; i < w->refs; i++)
		for (size_t k = 0;
		     (r = att_fwref_component(w->ref[i], k)) != NULL; k++)
			if (strcmp(att_fwcomponent_name(r), name) == 0)
				return true;
	return false;
}

static bool
has_chip(const struct att_fw_work *w, const char *name)
{
	for (size_t i = 0; i < w->refs; i++)
		if (att_fwref_flash_of(w->ref[i], name) != NULL)
			return true;
	return false;
}

/* Would this rule say something of these claims? */
static bool
matters(const struct att_fw_work *w, const struct att_fwref *ref,
    const struct att_fwcomponent *r)
{
	const struct att_components *all = &w->c->components;

	if (att_fwcomponent_least(r) > 0)
		return true;
	for (size_t i = 0; i < all->count; i++)
		if (att_fwref_component_of(ref, &all->item[i]) == r)
			return true;
	return false;
}

/* Does it ask for something that no valid document asks for? */
static bool
leaves_bare(const struct att_fw_work *w, const struct att_fwref *ref)
{
	const struct att_fwcomponent *r;
	const struct att_fwflash *f;

	for (size_t k = 0; (f = att_fwref_flash(ref, k)) != NULL; k++)
		if (!att_fwflash_is_optional(f) &&
		    !has_chip(w, att_fwflash_name(f)))
			return true;
	for (size_t k = 0; (r = att_fwref_component(ref, k)) != NULL; k++)
		if (!has_rule(w, att_fwcomponent_name(r)) &&
		    matters(w, ref, r))
			return true;
	return false;
}

/* A document that nobody renewed is no reason to look away from a part. */
static void
check_expired(struct att_fw_work *w)
{
	for (size_t i = 0; i < w->a->refs; i++) {
		const struct att_fwref *ref = w->a->ref[i];
		const struct att_ref_head *h = att_fwref_head(ref);
		struct att_finding f =
		    att_finding_make(ATT_F_REFERENCE_EXPIRED);

		if (!att_ref_head_concerns(h, w->a->platform, w->a->now) ||
		    att_ref_head_is_valid_at(h, w->a->now) ||
		    !leaves_bare(w, ref))
			continue;
		att_finding_set_what(&f, "%s", h->id);
		att_fw_tell_blind(w, &f);
	}
}

/* Without reference values, which was told, only advisories have a say. */
static int
judge(struct att_fw_work *w, struct att_err *err)
{
	if (w->refs == 0) {
		att_firmware_advise(w->a, att_fw_tell, w);
		return 0;
	}
	if (!check_boot_id(w))
		return 0;
	check_expired(w);
	att_fw_judge_flash(w);
	return att_fw_judge_components(w, err);
}

static bool
is_own(void *arg, const struct att_flash *chip, const struct att_range *range)
{
	const struct att_fw_work *w = arg;
	const struct att_fwflash *rule = w->agreed[chip - w->c->flash];

	return rule != NULL && att_fwflash_is_own(rule, range);
}

static int
learn(struct att_fw_work *w, struct att_err *err)
{
	struct att_fwknown_news news = { .claims = w->c, .is_own = is_own,
		.arg = w };

	if (!w->result.expected)
		return 0;
	return att_fwknown_learn(w->a->known, &news, &w->result.known, err);
}

int
att_firmware_appraise(const struct att_firmware_appraisal *a,
    att_finding_fn *report, void *arg, struct att_firmware_result *ret,
    struct att_err *err)
{
	AUTO_DONE(work_done)
	struct att_fw_work w = { .a = a, .c = a->claims, .report = report,
		.arg = arg, .policy = a->policy != NULL ?
		    a->policy : &att_firmware_policy_default };
	int r;

	if ((r = select_refs(&w, err)) < 0 || (r = judge(&w, err)) < 0)
		return r;
	if (w.nomem)
		return att_err_nomem(err);
	w.result.evaluated = !w.blind;
	w.result.expected = !w.blind && !w.failed;
	if ((r = learn(&w, err)) < 0)
		return r;
	*ret = w.result;
	w.result.known = NULL;
	return 0;
}
