#include "appraise/firmware.h"

#include <stdio.h>
#include <string.h>

#include "appraise/version.h"

static const char of_components[] = "components";

const struct att_firmware_policy att_firmware_policy_default = {
	.max_age = 2 * 24 * 3600,
};

void
att_firmware_result_done(struct att_firmware_result *r)
{
	att_fwknown_free(r->known);
	*r = (struct att_firmware_result){ 0 };
}

struct work {
	const struct att_firmware_appraisal *a;
	const struct att_firmware_claims *c;
	const struct att_firmware_policy *policy;
	att_finding_fn *report;
	void *arg;
	/* those that are for this node, at this time */
	const struct att_fwref **ref;
	size_t refs;
	/* of each of them for each component; NULL: none */
	const struct att_fwcomponent **rule;
	/* of each chip the rule that agrees; NULL: none */
	const struct att_fwflash *agreed[ATT_FLASH_MAX];
	bool failed;
	bool blind;		/* something was not compared */
	struct att_firmware_result result;
};

static void
work_done(struct work *w)
{
	free(w->ref);
	free(w->rule);
	att_firmware_result_done(&w->result);
}

/* -- telling --------------------------------------------------------------- */

static struct att_finding
finding(enum att_finding_code code, const char *label)
{
	struct att_finding f = att_finding_make(code);

	att_finding_set_label(&f, (struct att_slice){ (const uint8_t *)label,
	    strlen(label) });
	return f;
}

static void
tell(void *arg, const struct att_finding *f)
{
	struct work *w = arg;

	w->failed = w->failed || f->severity == ATT_SEVERITY_FAIL;
	w->blind = w->blind || f->code == ATT_F_FLASH_ALGORITHM ||
	    f->code == ATT_F_COMPONENT_NOT_READ;
	if (w->report != NULL)
		w->report(w->arg, f);
}

static void
tell_blind(struct work *w, const struct att_finding *f)
{
	w->blind = true;
	tell(w, f);
}

static void
count_fails(void *arg, const struct att_finding *f)
{
	size_t *n = arg;

	*n += f->severity == ATT_SEVERITY_FAIL;
}

static void
agree(struct work *w, const struct att_fwref *r)
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
tell_other_boot(struct work *w, const char *of,
    const struct att_pass_clock *c)
{
	const struct att_quote_state *q = w->a->quote;
	struct att_finding f = finding(ATT_F_FIRMWARE_OTHER_BOOT, of);

	att_finding_set_what(&f, "reset and restart counter %u and %u, of "
	    "the quote %u and %u", c->reset_count, c->restart_count,
	    q->reset_count, q->restart_count);
	tell_blind(w, &f);
}

/* A pass is as old as its first byte. */
static void
check_age(struct work *w, const struct att_pass *p)
{
	struct att_finding f = finding(ATT_F_FIRMWARE_OLD, p->of);

	f.number[0] = (w->a->quote->clock - p->begin.clock) / 1000;
	f.number[1] = (uint64_t)w->policy->max_age;
	if (w->policy->max_age > 0 && f.number[0] > f.number[1])
		tell_blind(w, &f);
}

/* True if what this pass found is of this boot. */
static bool
check_pass(struct work *w, const char *of)
{
	const struct att_pass *p = att_firmware_claims_pass(w->c, of);
	struct att_finding f = finding(ATT_F_FIRMWARE_CLOCK, of);

	if (p == NULL || !p->has_clock) {
		f = finding(ATT_F_FIRMWARE_NOT_DATED, of);
		tell_blind(w, &f);
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
		tell_blind(w, &f);
		return false;
	}
	check_age(w, p);
	return true;
}

/* The node's own word about its boots, beside that of its TPM. */
static bool
check_boot_id(struct work *w)
{
	struct att_finding f = finding(ATT_F_FIRMWARE_OTHER_BOOT, "firmware");

	if (w->a->boot_id == NULL ||
	    strcmp(w->a->boot_id, w->c->boot_id) == 0)
		return true;
	att_finding_set_what(&f, "another boot_id");
	tell_blind(w, &f);
	return false;
}

/* -- flash chips ----------------------------------------------------------- */

/* What all documents together say of a chip. */
struct chip_rules {
	size_t count;
	bool any, optional;
};

static struct chip_rules
rules_of_chip(const struct work *w, const char *name)
{
	struct chip_rules ret = { 0 };

	for (size_t i = 0; i < w->refs; i++) {
		const struct att_fwflash *f =
		    att_fwref_flash_of(w->ref[i], name);

		if (f == NULL)
			continue;
		ret.count++;
		ret.any = ret.any || att_fwflash_is_any(f);
		ret.optional = ret.optional || att_fwflash_is_optional(f);
	}
	return ret;
}

/* The rule of one document that agrees; else NULL, and the closest is told. */
static const struct att_fwflash *
match_chip(struct work *w, const struct att_flash *chip)
{
	const struct att_fwref *closest = NULL;
	size_t least = SIZE_MAX;

	for (size_t i = 0; i < w->refs; i++) {
		const struct att_fwflash *f =
		    att_fwref_flash_of(w->ref[i], chip->name);
		size_t n = 0;

		if (f == NULL)
			continue;
		(void)!att_fwflash_match(f, chip, count_fails, &n);
		if (n < least) {
			least = n;
			closest = w->ref[i];
		}
	}
	if (closest == NULL ||
	    !att_fwflash_match(att_fwref_flash_of(closest, chip->name), chip,
		tell, w))
		return NULL;
	agree(w, closest);
	return att_fwref_flash_of(closest, chip->name);
}

/* True if it was seen before, as it is or otherwise. */
static bool
match_own(struct work *w, const struct att_flash *chip,
    const struct att_range *r)
{
	struct att_finding f = finding(ATT_F_FLASH_OTHER_MACHINE, chip->name);
	const char *alg = att_alg_name(r->digest.alg);

	if (!att_fwknown_range(w->a->known, chip->name, r, &f.expected))
		return false;
	if (att_digest_equal(&f.expected, &r->digest))
		return true;
	if (f.expected.alg != r->digest.alg) {
		f = finding(ATT_F_FLASH_ALGORITHM, chip->name);
		att_finding_set_what(&f, "%s", alg == NULL ? "unknown" : alg);
		tell(w, &f);
		return true;
	}
	att_finding_set_what(&f, "'%s' at 0x%llx", r->name,
	    (unsigned long long)r->offset);
	f.found = r->digest;
	tell(w, &f);
	return true;
}

static void
match_own_ranges(struct work *w, const struct att_flash *chip,
    const struct att_fwflash *rule)
{
	bool must = w->policy->known_required;
	struct att_finding f = finding(must ? ATT_F_FLASH_NOT_ENROLLED :
					      ATT_F_FLASH_ENROLLED,
	    chip->name);

	for (size_t i = 0; i < chip->map->count; i++) {
		const struct att_range *r = &chip->map->range[i];

		if (att_fwflash_is_own(rule, r) && !match_own(w, chip, r))
			f.number[0]++;
	}
	if (f.number[0] == 0)
		return;
	w->blind = w->blind || must;
	tell(w, &f);
}

/* What was another at each look is whatever it likes to be. */
static void
check_steady(struct work *w, const struct att_flash *chip,
    const struct att_pass *p)
{
	struct att_finding f = finding(ATT_F_FLASH_UNSTEADY, chip->name);

	f.number[0] = p->unsteady_count;
	if (p->unsteady_count == 0)
		return;
	att_finding_set_what(&f, "the first at 0x%llx",
	    (unsigned long long)p->unsteady[0]);
	tell(w, &f);
}

static void
compare_chip(struct work *w, size_t at)
{
	const struct att_flash *chip = &w->c->flash[at];
	char of[sizeof(w->c->pass[0].of)];

	(void)snprintf(of, sizeof(of), "flash/%s", chip->name);
	if (!check_pass(w, of))
		return;
	check_steady(w, chip, att_firmware_claims_pass(w->c, of));
	w->agreed[at] = match_chip(w, chip);
	if (w->agreed[at] != NULL)
		match_own_ranges(w, chip, w->agreed[at]);
	w->result.chips++;
	w->result.ranges += chip->map->count;
}

static void
judge_chip(struct work *w, size_t at)
{
	const struct att_flash *chip = &w->c->flash[at];
	struct chip_rules rules = rules_of_chip(w, chip->name);
	struct att_finding f;

	if (rules.any || (rules.optional &&
			     chip->result == ATT_MEASURED_NOT_AVAILABLE))
		return;
	if (rules.count == 0) {
		f = finding(ATT_F_FLASH_NOT_IN_REFERENCE, chip->name);
		tell_blind(w, &f);
	} else if (chip->result != ATT_MEASURED_OK || chip->map == NULL) {
		f = finding(ATT_F_FLASH_NOT_READ, chip->name);
		att_finding_set_what(&f, "%s: %s",
		    att_measured_name(chip->result), chip->reason);
		tell_blind(w, &f);
	} else {
		compare_chip(w, at);
	}
}

/* A chip that an earlier document or rule named as well. */
static bool
named_before(const struct work *w, size_t at, const char *name)
{
	for (size_t i = 0; i < at; i++)
		if (att_fwref_flash_of(w->ref[i], name) != NULL)
			return true;
	return false;
}

static void
check_missing_chips(struct work *w)
{
	const struct att_fwflash *rule;

	for (size_t i = 0; i < w->refs; i++)
		for (size_t k = 0;
		     (rule = att_fwref_flash(w->ref[i], k)) != NULL; k++) {
			const char *name = att_fwflash_name(rule);
			struct att_finding f = finding(ATT_F_FLASH_MISSING,
			    name);

			if (named_before(w, i, name) ||
			    rules_of_chip(w, name).optional ||
			    att_firmware_claims_flash(w->c, name) != NULL)
				continue;
			if (w->c->no_flash[0] != '\0')
				att_finding_set_what(&f, "(%s)",
				    w->c->no_flash);
			tell_blind(w, &f);
		}
}

/* -- components ------------------------------------------------------------ */

/* A rule of document `ref` for component `at`; NULL: none. */
static const struct att_fwcomponent *
rule_of(const struct work *w, size_t ref, size_t at)
{
	return w->rule[ref * w->c->components.count + at];
}

static int
select_rules(struct work *w, struct att_err *err)
{
	size_t n = w->c->components.count;

	w->rule = calloc(w->refs * n + 1,
	    sizeof(const struct att_fwcomponent *));
	if (w->rule == NULL)
		return att_err_nomem(err);
	for (size_t i = 0; i < w->refs; i++)
		for (size_t k = 0; k < n; k++)
			w->rule[i * n + k] = att_fwref_component_of(w->ref[i],
			    &w->c->components.item[k]);
	return 0;
}

/* As of a chip. False if no document has a rule for it. */
static bool
match_component(struct work *w, size_t at)
{
	const struct att_component *c = &w->c->components.item[at];
	size_t least = SIZE_MAX, closest = 0;

	for (size_t i = 0; i < w->refs; i++) {
		size_t n = 0;

		if (rule_of(w, i, at) == NULL)
			continue;
		(void)!att_fwcomponent_match(rule_of(w, i, at), c,
		    count_fails, &n);
		if (n < least) {
			least = n;
			closest = i;
		}
	}
	if (least == SIZE_MAX)
		return false;
	w->result.components++;
	if (att_fwcomponent_match(rule_of(w, closest, at), c, tell, w))
		agree(w, w->ref[closest]);
	return true;
}

static bool
is_closed(const struct work *w)
{
	for (size_t i = 0; i < w->refs; i++)
		if (att_fwref_is_closed(w->ref[i]))
			return true;
	return false;
}

/* A rule that speaks of it takes it, or none speaks of it. */
static bool
takes_stored(const struct work *w, size_t at, const char *name,
    const char *stored)
{
	bool any = false;

	for (size_t i = 0; i < w->refs; i++) {
		if (rule_of(w, i, at) == NULL)
			continue;
		any = true;
		if (att_fwcomponent_takes(rule_of(w, i, at), name, stored))
			return true;
	}
	return !any;
}

/* What is stored will run: it is judged as if it ran already. */
static void
check_stored(struct work *w, size_t at)
{
	const struct att_component *c = &w->c->components.item[at];

	for (size_t i = 0; i < c->versions; i++) {
		const struct att_component_version *v = &c->version[i];
		const char *running = v->text[ATT_VERSION_RUNNING];
		const char *stored = v->text[ATT_VERSION_STORED];
		struct att_finding f;
		bool takes;

		if (stored == NULL ||
		    (running != NULL && strcmp(running, stored) == 0))
			continue;
		takes = takes_stored(w, at, v->name, stored);
		/* of some the device never tells what runs */
		if (takes && running == NULL)
			continue;
		f = finding(takes ? ATT_F_COMPONENT_PENDING :
				    ATT_F_COMPONENT_STORED, c->id);
		att_finding_set_what(&f, "%s %.32s is stored for the next "
		    "reset, and %.32s runs", v->name, stored,
		    running == NULL ? "nothing known" : running);
		tell(w, &f);
	}
}

static void
check_downgrade(struct work *w, const struct att_component *c,
    const char *name, enum att_version_role role, const char *text)
{
	const char *seen = att_fwknown_version(w->a->known, c->id, name);
	struct att_finding f;

	if (seen == NULL || text == NULL ||
	    att_version_compare(text, seen) >= 0)
		return;
	f = finding(ATT_F_COMPONENT_DOWNGRADE, c->id);
	att_finding_set_what(&f, "%s %s %.32s is older than %.32s, which it "
	    "was seen with", att_version_role_name(role), name, text, seen);
	tell(w, &f);
}

static void
check_known(struct work *w, const struct att_component *c)
{
	const char *was = att_fwknown_device(w->a->known, c->id);
	struct att_finding f;
	char is[ATT_FWKNOWN_DEVICE_MAX + 1];

	if (was == NULL || c->result != ATT_MEASURED_OK)
		return;
	if (strcmp(was, att_fwknown_name_device(c, is)) != 0) {
		f = finding(ATT_F_COMPONENT_REPLACED, c->id);
		att_finding_set_what(&f, "was %.48s, is %.48s",
		    was[0] == '\0' ? "unnamed" : was,
		    is[0] == '\0' ? "unnamed" : is);
		tell(w, &f);
		return;
	}
	for (size_t i = 0; i < c->versions; i++) {
		const struct att_component_version *v = &c->version[i];

		check_downgrade(w, c, v->name, ATT_VERSION_RUNNING,
		    v->text[ATT_VERSION_RUNNING]);
		check_downgrade(w, c, v->name, ATT_VERSION_STORED,
		    v->text[ATT_VERSION_STORED]);
	}
}

/* What lib/inventory notes of CPUs that differ; PROTOCOL-firmware.txt, 5. */
static void
check_cpus(struct work *w, const struct att_component *c)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);
	static const char each[] = "microcode ";
	struct att_finding f;
	size_t n = 0;

	if (c->kind != ATT_COMPONENT_CPU)
		return;
	for (size_t i = 0; i < c->attributes; i++) {
		const struct att_component_attribute *a = &c->attribute[i];

		if (strncmp(a->name, each, strlen(each)) != 0)
			continue;
		att_buf_printf(&b, "%s%s on CPU %.40s", n++ == 0 ? "" : ", ",
		    a->name + strlen(each), a->text);
	}
	att_buf_u8(&b, '\0');
	if (n < 2 || att_buf_ok(&b, "", NULL) < 0)
		return;
	f = finding(ATT_F_COMPONENT_DISAGREE, c->id);
	att_finding_set_what(&f, "%s", (const char *)b.data);
	tell(w, &f);
}

static void
check_advisories(struct work *w, const struct att_component *c)
{
	for (size_t i = 0; i < w->a->advisory_lists; i++) {
		const struct att_fwadvisories *list = w->a->advisories[i];
		const struct att_ref_head *head = att_fwadvisories_head(list);

		if (att_ref_head_matches(head, w->a->platform) &&
		    att_ref_head_is_valid_at(head, w->a->now))
			att_fwadvisories_check(list, c, tell, w);
	}
}

static void
judge_component(struct work *w, size_t at)
{
	const struct att_component *c = &w->c->components.item[at];
	struct att_finding f;

	if (!match_component(w, at) && is_closed(w)) {
		f = finding(ATT_F_COMPONENT_NOT_IN_REFERENCE, c->id);
		tell_blind(w, &f);
	}
	check_stored(w, at);
	check_known(w, c);
	check_cpus(w, c);
	check_advisories(w, c);
}

static size_t
count_selected(const struct work *w, size_t ref,
    const struct att_fwcomponent *r)
{
	size_t n = 0;

	for (size_t k = 0; k < w->c->components.count; k++)
		n += rule_of(w, ref, k) == r;
	return n;
}

/* Components that a rule of this name, in any document, is for. */
static size_t
count_named(const struct work *w, const char *name)
{
	size_t n = 0;

	for (size_t k = 0; k < w->c->components.count; k++)
		for (size_t i = 0; i < w->refs; i++) {
			const struct att_fwcomponent *r = rule_of(w, i, k);

			if (r == NULL ||
			    strcmp(att_fwcomponent_name(r), name) != 0)
				continue;
			n++;
			break;
		}
	return n;
}

/* The least that a rule of this name asks for before [ref][rule]. */
static bool
told_before(const struct work *w, size_t ref, size_t rule, size_t found,
    const char *name)
{
	const struct att_fwcomponent *r;

	for (size_t i = 0; i <= ref; i++)
		for (size_t k = 0; (i < ref || k < rule) &&
		     (r = att_fwref_component(w->ref[i], k)) != NULL; k++)
			if (att_fwcomponent_least(r) > found &&
			    strcmp(att_fwcomponent_name(r), name) == 0)
				return true;
	return false;
}

static void
check_least(struct work *w, size_t ref, size_t rule)
{
	const struct att_fwcomponent *r =
	    att_fwref_component(w->ref[ref], rule);
	const char *name = att_fwcomponent_name(r);
	size_t least = att_fwcomponent_least(r), found;
	struct att_finding f;

	if (count_selected(w, ref, r) >= least)
		return;
	found = count_named(w, name);
	if (found >= least || told_before(w, ref, rule, found, name))
		return;
	f = finding(ATT_F_COMPONENT_MISSING, name);
	f.number[0] = found;
	f.number[1] = least;
	tell_blind(w, &f);
}

static void
check_missing_components(struct work *w)
{
	for (size_t i = 0; i < w->refs; i++)
		for (size_t k = 0; att_fwref_component(w->ref[i], k) != NULL;
		     k++)
			check_least(w, i, k);
}

static bool
has_rules(const struct work *w)
{
	for (size_t i = 0; i < w->refs; i++)
		if (att_fwref_component(w->ref[i], 0) != NULL)
			return true;
	return false;
}

static int
judge_components(struct work *w, struct att_err *err)
{
	int r;

	if (w->c->components.count == 0 && !has_rules(w))
		return 0;
	if (!check_pass(w, of_components))
		return 0;
	if ((r = select_rules(w, err)) < 0)
		return r;
	for (size_t i = 0; i < w->c->components.count; i++)
		judge_component(w, i);
	check_missing_components(w);
	return 0;
}

/* -- all of it ------------------------------------------------------------- */

static int
select_refs(struct work *w, struct att_err *err)
{
	struct att_finding f = att_finding_make(ATT_F_FIRMWARE_NO_REFERENCE);

	w->ref = calloc(w->a->refs + 1, sizeof(const struct att_fwref *));
	if (w->ref == NULL)
		return att_err_nomem(err);
	for (size_t i = 0; i < w->a->refs; i++)
		if (att_fwref_is_for(w->a->ref[i], w->a->platform, w->a->now))
			w->ref[w->refs++] = w->a->ref[i];
	if (w->refs == 0)
		tell_blind(w, &f);
	return 0;
}

/* What is told of a node without reference values: nothing was compared. */
static int
judge(struct work *w, struct att_err *err)
{
	if (w->refs == 0 || !check_boot_id(w))
		return 0;
	for (size_t i = 0; i < w->c->chips; i++)
		judge_chip(w, i);
	check_missing_chips(w);
	return judge_components(w, err);
}

static bool
is_own(void *arg, const struct att_flash *chip, const struct att_range *range)
{
	const struct work *w = arg;
	const struct att_fwflash *rule = w->agreed[chip - w->c->flash];

	return rule != NULL && att_fwflash_is_own(rule, range);
}

static int
learn(struct work *w, struct att_err *err)
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
	struct work w = { .a = a, .c = a->claims, .report = report,
		.arg = arg, .policy = a->policy != NULL ?
		    a->policy : &att_firmware_policy_default };
	int r;

	if ((r = select_refs(&w, err)) < 0 || (r = judge(&w, err)) < 0)
		return r;
	w.result.evaluated = !w.blind;
	w.result.expected = !w.blind && !w.failed;
	if ((r = learn(&w, err)) < 0)
		return r;
	*ret = w.result;
	w.result.known = NULL;
	return 0;
}
