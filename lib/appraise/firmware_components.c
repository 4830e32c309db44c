/* Appraisal of firmware claims: components. */
#include <string.h>

#include "appraise/firmware_inside.h"
#include "appraise/version.h"

static const char of_components[] = "components";

/* A rule of document `ref` for component `at`; NULL: none. */
static const struct att_fwcomponent *
rule_of(const struct att_fw_work *w, size_t ref, size_t at)
{
	return w->rule[ref * w->c->components.count + at];
}

static int
select_rules(struct att_fw_work *w, struct att_err *err)
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
match_component(struct att_fw_work *w, size_t at)
{
	const struct att_component *c = &w->c->components.item[at];
	size_t least = SIZE_MAX, closest = 0;

	for (size_t i = 0; i < w->refs; i++) {
		size_t n = 0;

		if (rule_of(w, i, at) == NULL)
			continue;
		(void)!att_fwcomponent_match(rule_of(w, i, at), c,
		    att_fw_count_fails, &n);
		if (n < least) {
			least = n;
			closest = i;
		}
	}
	if (least == SIZE_MAX)
		return false;
	w->result.components++;
	if (att_fwcomponent_match(rule_of(w, closest, at), c, att_fw_tell, w))
		att_fw_agree(w, w->ref[closest]);
	return true;
}

static bool
is_closed(const struct att_fw_work *w)
{
	for (size_t i = 0; i < w->refs; i++)
		if (att_fwref_is_closed(w->ref[i]))
			return true;
	return false;
}

/* A rule that speaks of it takes it, or none speaks of it. */
static bool
takes_stored(const struct att_fw_work *w, size_t at, const char *name,
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
check_stored(struct att_fw_work *w, size_t at)
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
		f = att_fw_finding(takes ? ATT_F_COMPONENT_PENDING :
				    ATT_F_COMPONENT_STORED, c->id);
		att_finding_set_what(&f, "%s %.32s is stored for the next "
		    "reset, and %.32s runs", v->name, stored,
		    running == NULL ? "nothing known" : running);
		att_fw_tell(w, &f);
	}
}

static void
check_downgrade(struct att_fw_work *w, const struct att_component *c,
    const char *name, enum att_version_role role, const char *text)
{
	const char *seen = att_fwknown_version(w->a->known, c->id, name);
	struct att_finding f;

	if (seen == NULL || text == NULL ||
	    att_version_compare(text, seen) >= 0)
		return;
	f = att_fw_finding(ATT_F_COMPONENT_DOWNGRADE, c->id);
	att_finding_set_what(&f, "%s %s %.32s is older than %.32s, which it "
	    "was seen with", att_version_role_name(role), name, text, seen);
	att_fw_tell(w, &f);
}

static void
check_known(struct att_fw_work *w, const struct att_component *c)
{
	const char *was = att_fwknown_device(w->a->known, c->id);
	struct att_finding f;
	char is[ATT_FWKNOWN_DEVICE_MAX + 1];

	if (was == NULL || c->result != ATT_MEASURED_OK)
		return;
	if (strcmp(was, att_fwknown_name_device(c, is)) != 0) {
		f = att_fw_finding(ATT_F_COMPONENT_REPLACED, c->id);
		att_finding_set_what(&f, "was %.48s, is %.48s",
		    was[0] == '\0' ? "unnamed" : was,
		    is[0] == '\0' ? "unnamed" : is);
		att_fw_tell(w, &f);
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
check_cpus(struct att_fw_work *w, const struct att_component *c)
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
	w->nomem = w->nomem || b.nomem;
	if (n < 2)
		return;
	f = att_fw_finding(ATT_F_COMPONENT_DISAGREE, c->id);
	att_finding_set_what(&f, "%s", att_buf_ok(&b, "", NULL) < 0 ?
	    "too many to list" : (const char *)b.data);
	att_fw_tell(w, &f);
}

static void
check_advisories(struct att_fw_work *w, const struct att_component *c)
{
	for (size_t i = 0; i < w->a->advisory_lists; i++) {
		const struct att_fwadvisories *list = w->a->advisories[i];
		const struct att_ref_head *head = att_fwadvisories_head(list);

		if (att_ref_head_matches(head, w->a->platform) &&
		    att_ref_head_is_valid_at(head, w->a->now))
			att_fwadvisories_check(list, c, att_fw_tell, w);
	}
}

void
att_firmware_advise(const struct att_firmware_appraisal *a,
    att_finding_fn *report, void *arg)
{
	struct att_fw_work w = { .a = a, .c = a->claims, .report = report,
		.arg = arg };

	for (size_t i = 0; i < w.c->components.count; i++)
		check_advisories(&w, &w.c->components.item[i]);
}

static void
judge_component(struct att_fw_work *w, size_t at)
{
	const struct att_component *c = &w->c->components.item[at];
	struct att_finding f;

	if (!match_component(w, at) && is_closed(w)) {
		f = att_fw_finding(ATT_F_COMPONENT_NOT_IN_REFERENCE, c->id);
		att_fw_tell_blind(w, &f);
	}
	check_stored(w, at);
	check_known(w, c);
	check_cpus(w, c);
	check_advisories(w, c);
}

static size_t
count_selected(const struct att_fw_work *w, size_t ref,
    const struct att_fwcomponent *r)
{
	size_t n = 0;

	for (size_t k = 0; k < w->c->components.count; k++)
		n += rule_of(w, ref, k) == r;
	return n;
}

/* Components that a rule of this name, in any document, is for. */
static size_t
count_named(const struct att_fw_work *w, const char *name)
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
told_before(const struct att_fw_work *w, size_t ref, size_t rule, size_t found,
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
check_least(struct att_fw_work *w, size_t ref, size_t rule)
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
	f = att_fw_finding(ATT_F_COMPONENT_MISSING, name);
	f.number[0] = found;
	f.number[1] = least;
	att_fw_tell_blind(w, &f);
}

static void
check_missing_components(struct att_fw_work *w)
{
	for (size_t i = 0; i < w->refs; i++)
		for (size_t k = 0; att_fwref_component(w->ref[i], k) != NULL;
		     k++)
			check_least(w, i, k);
}

static bool
has_rules(const struct att_fw_work *w)
{
	for (size_t i = 0; i < w->refs; i++)
		if (att_fwref_component(w->ref[i], 0) != NULL)
			return true;
	return false;
}

int
att_fw_judge_components(struct att_fw_work *w, struct att_err *err)
{
	int r;

	if (w->c->components.count == 0 && !has_rules(w))
		return 0;
	if (!att_fw_check_pass(w, of_components))
		return 0;
	if ((r = select_rules(w, err)) < 0)
		return r;
	for (size_t i = 0; i < w->c->components.count; i++)
		judge_component(w, i);
	check_missing_components(w);
	return 0;
}
