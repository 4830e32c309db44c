#include "appraise/devices.h"

#include <stdio.h>
#include <string.h>

#include "evidence/binding.h"

struct work {
	const struct att_devices_case *c;
	const struct att_spdm_evidence *e;
	att_finding_fn *report;
	void *arg;
	struct att_devices_judged out;
	bool failed;	/* a finding of severity fail was reported */
	size_t expected;
	/* names that were told to be missing: two documents can list one */
	const char *told[ATT_SPDM_DEVICES_MAX];
	size_t tolds;
};

void
att_devices_judged_done(struct att_devices_judged *j)
{
	free(j->row);
	*j = (struct att_devices_judged){ 0 };
}

static void
work_done(struct work *w)
{
	att_devices_judged_done(&w->out);
}

/* -- findings -------------------------------------------------------------- */

static void
tell(void *arg, const struct att_finding *f)
{
	struct work *w = arg;

	w->failed = w->failed || f->severity == ATT_SEVERITY_FAIL;
	w->report(w->arg, f);
}

static void
set_label(struct att_finding *f, const char *name)
{
	att_finding_set_label(f, att_slice_of(name));
}

static void
tell_of(struct work *w, enum att_finding_code code, const char *component,
    const char *what)
{
	struct att_finding f = att_finding_make(code);

	set_label(&f, component);
	att_finding_set_what(&f, "%s", what);
	tell(w, &f);
}

/* -- which challenge ------------------------------------------------------- */

static bool
tell_stale(struct work *w, const char *what)
{
	tell_of(w, ATT_F_SPDM_STALE, "", what);
	return false;
}

/* Given to this node, in this boot, and not long ago. */
static bool
check_challenge(struct work *w)
{
	const struct att_challenge_given *g = w->c->basis->given;
	struct att_slice is = { w->e->challenge, w->e->challenge_len };
	int64_t max = w->c->basis->max_age;
	char what[80];

	if (att_slice_equal(is, w->c->challenge))
		return true;
	if (g == NULL || !att_slice_equal(is, g->challenge)) {
		tell_of(w, ATT_F_SPDM_CHALLENGE, "", "");
		return false;
	}
	if (g->reset_count != w->c->quote->reset_count ||
	    g->restart_count != w->c->quote->restart_count)
		return tell_stale(w, "before the node started last");
	if (g->at <= w->c->now && w->c->now - g->at <= max)
		return true;
	(void)snprintf(what, sizeof(what), "%lld s ago, at most %lld are "
	    "taken", (long long)(w->c->now - g->at), (long long)max);
	return tell_stale(w, what);
}

/* -- one component --------------------------------------------------------- */

/* Reference values are for it. */
static bool
is_covered(const struct work *w, const char *component)
{
	const struct att_devices_basis *b = w->c->basis;

	for (size_t i = 0; i < b->refs; i++)
		if (att_spdm_ref_is_for(b->ref[i], component,
			w->c->platform, w->c->now))
			return true;
	return false;
}

static const struct att_device_known *
find_known(const struct work *w, const char *component)
{
	const struct att_devices_basis *b = w->c->basis;

	for (size_t i = 0; i < b->knowns; i++)
		if (strcmp(b->known[i].component, component) == 0)
			return &b->known[i];
	return NULL;
}

/*
 * If it is not authentic only for being another device than the enrolled one,
 * the operator is to be told which: it may have been replaced.
 */
static int
look_for_other(struct att_spdm_appraisal *a, struct att_device_row *row,
    struct att_err *err)
{
	int r;

	if (row->result.authentic || a->known.serial == NULL)
		return 0;
	a->known = (struct att_spdm_known){ NULL, NULL, 0 };
	if ((r = att_spdm_appraise(a, NULL, NULL, &row->result, err)) < 0)
		return r;
	row->other = row->result.authentic;
	row->result.authentic = row->result.expected = false;
	return 0;
}

/* Nonces can be passed on: a device that is another node's proves nothing. */
static int
look_elsewhere(struct work *w, struct att_device_row *row,
    struct att_err *err)
{
	const struct att_devices_basis *b = w->c->basis;
	char node[ATT_DEVICE_NODE_MAX + 1] = "";
	int r;

	if (!row->result.authentic || b->elsewhere == NULL)
		return 0;
	if ((r = b->elsewhere(b->arg, row->result.issuer, row->result.serial,
		 node, err)) <= 0)
		return r;
	row->twin = true;
	tell_of(w, ATT_F_SPDM_ELSEWHERE, row->component, node);
	return 0;
}

static int
appraise(struct work *w, const struct att_spdm_component *d,
    struct att_device_row *row, struct att_err *err)
{
	const struct att_devices_case *c = w->c;
	const struct att_device_known *known = find_known(w, d->name);
	struct att_spdm_appraisal a = { .component = d->name,
		.transcript = att_buf_view(&d->transcript),
		.chain = att_buf_view(&d->chain), .algorithms = d->algorithms,
		.ref = c->basis->ref, .refs = c->basis->refs,
		.platform = c->platform, .now = c->now };
	struct att_digest nonce;
	int r;

	if (known != NULL)
		a.known = known->known;
	if ((r = att_binding_spdm_nonce(c->hasher,
		 (struct att_slice){ w->e->challenge, w->e->challenge_len },
		 att_slice_of(d->name), &nonce, err)) < 0)
		return r;
	a.nonce = att_digest_view(&nonce);
	if ((r = att_spdm_appraise(&a, tell, w, &row->result, err)) < 0)
		return r;
	w->failed = w->failed || !row->result.expected;
	w->expected += row->result.expected;
	if ((r = look_elsewhere(w, row, err)) < 0)
		return r;
	return look_for_other(&a, row, err);
}

static void
tell_uncovered(struct work *w, const char *component)
{
	struct att_finding f = att_finding_make(ATT_F_SPDM_NO_REFERENCE);

	/* whoever wants it judged writes a document, and lists it there */
	f.severity = ATT_SEVERITY_WARN;
	set_label(&f, component);
	tell(w, &f);
}

static int
judge_one(struct work *w, const struct att_spdm_component *d, bool dated,
    struct att_err *err)
{
	struct att_device_row *row = &w->out.row[w->out.rows++];
	char what[ATT_COMPONENT_REASON_MAX + 3];

	(void)snprintf(row->component, sizeof(row->component), "%s",
	    d->name);
	row->measured = d->result;
	row->covered = is_covered(w, d->name);
	if (!row->covered) {
		tell_uncovered(w, d->name);
		return 0;
	}
	if (d->result == ATT_MEASURED_OK)
		return dated ? appraise(w, d, row, err) : 0;
	(void)snprintf(what, sizeof(what), ": %s", d->reason);
	tell_of(w, ATT_F_SPDM_DEVICE_MISSING, d->name, what);
	return 0;
}

/* -- all of them ----------------------------------------------------------- */

/* One device that answers for two hides whatever is in the other place. */
static void
check_twins(struct work *w)
{
	for (size_t i = 1; i < w->out.rows; i++)
		for (size_t k = 0; k < i; k++) {
			struct att_device_row *a = &w->out.row[k];
			struct att_device_row *b = &w->out.row[i];

			if (!a->result.authentic || !b->result.authentic ||
			    strcmp(a->result.serial, b->result.serial) != 0 ||
			    strcmp(a->result.issuer, b->result.issuer) != 0)
				continue;
			a->twin = b->twin = true;
			tell_of(w, ATT_F_SPDM_TWIN, b->component,
			    a->component);
			break;
		}
}

static bool
is_reported(const struct work *w, const char *component)
{
	for (size_t i = 0; i < w->e->count; i++)
		if (strcmp(w->e->device[i].name, component) == 0)
			return true;
	return false;
}

static void
tell_missing(struct work *w, const char *component)
{
	for (size_t i = 0; i < w->tolds; i++)
		if (strcmp(w->told[i], component) == 0)
			return;
	if (w->tolds < ATT_COUNT(w->told))
		w->told[w->tolds++] = component;
	tell_of(w, ATT_F_SPDM_DEVICE_MISSING, component, "");
}

/*
 * What a document names without a wildcard must be there, and for each document
 * one component at least.
 */
static void
check_document(struct work *w, const struct att_spdm_ref *ref)
{
	const struct att_ref_globs *g = att_spdm_ref_components(ref);
	bool any = false, told = false;

	for (size_t i = 0; i < w->e->count; i++)
		any = any || att_ref_globs_match(g, w->e->device[i].name);
	for (size_t i = 0; i < g->count; i++) {
		if (strpbrk(g->text[i], "*?") != NULL ||
		    is_reported(w, g->text[i]))
			continue;
		tell_missing(w, g->text[i]);
		told = true;
	}
	if (!any && !told)
		tell_missing(w, g->text[0]);
}

static bool
is_for(const struct att_spdm_ref *r, const struct att_platform *p,
    int64_t now)
{
	const struct att_ref_head *h = att_spdm_ref_head(r);

	return att_ref_head_matches(h, p) && att_ref_head_is_valid_at(h, now);
}

/* And what was enrolled, as long as a document is for it. */
static void
check_missing(struct work *w)
{
	const struct att_devices_basis *b = w->c->basis;

	for (size_t i = 0; i < b->refs; i++)
		if (is_for(b->ref[i], w->c->platform, w->c->now))
			check_document(w, b->ref[i]);
	for (size_t i = 0; i < b->knowns; i++)
		if (!is_reported(w, b->known[i].component) &&
		    is_covered(w, b->known[i].component))
			tell_missing(w, b->known[i].component);
}

/* Is this document, whose time is over, the only one for a component? */
static bool
leaves_bare(const struct work *w, const struct att_spdm_ref *ref)
{
	const struct att_ref_globs *g = att_spdm_ref_components(ref);
	const struct att_devices_basis *b = w->c->basis;

	for (size_t i = 0; i < w->e->count; i++)
		if (att_ref_globs_match(g, w->e->device[i].name) &&
		    !is_covered(w, w->e->device[i].name))
			return true;
	for (size_t i = 0; i < b->knowns; i++)
		if (att_ref_globs_match(g, b->known[i].component) &&
		    !is_covered(w, b->known[i].component))
			return true;
	return false;
}

/*
 * What nobody renewed lets no component off; and where the time of all of them
 * is over nothing was looked at.
 */
static void
check_expired(struct work *w)
{
	const struct att_devices_basis *b = w->c->basis;

	for (size_t i = 0; i < b->refs; i++) {
		const struct att_ref_head *h = att_spdm_ref_head(b->ref[i]);
		struct att_finding f =
		    att_finding_make(ATT_F_REFERENCE_EXPIRED);
		bool nothing = w->expected == 0 && !w->failed;

		if (!att_ref_head_concerns(h, w->c->platform, w->c->now) ||
		    att_ref_head_is_valid_at(h, w->c->now) ||
		    (!nothing && !leaves_bare(w, b->ref[i])))
			continue;
		att_finding_set_what(&f, "%s", h->id);
		tell(w, &f);
	}
}

bool
att_devices_wanted(const struct att_devices_basis *b,
    const struct att_platform *p, int64_t now)
{
	for (size_t i = 0; i < b->refs; i++)
		if (att_ref_head_concerns(att_spdm_ref_head(b->ref[i]), p,
			now))
			return true;
	return false;
}

static int
judge(struct work *w, struct att_err *err)
{
	bool dated = check_challenge(w);
	int r;

	w->out.row = calloc(w->e->count + 1, sizeof(*w->out.row));
	if (w->out.row == NULL)
		return att_err_nomem(err);
	for (size_t i = 0; i < w->e->count; i++)
		if ((r = judge_one(w, &w->e->device[i], dated, err)) < 0)
			return r;
	check_twins(w);
	check_missing(w);
	check_expired(w);
	w->out.holds = dated && !w->failed && w->expected > 0;
	return 0;
}

int
att_devices_judge(const struct att_devices_case *c, att_finding_fn *report,
    void *arg, struct att_devices_judged *ret, struct att_err *err)
{
	AUTO(att_spdm_evidence_free) struct att_spdm_evidence *e = NULL;
	AUTO_DONE(work_done)
	struct work w = { .c = c, .report = report, .arg = arg };
	struct att_err why = { 0 };
	int r = att_spdm_evidence_parse(c->text, &e, &why);

	if (r < 0 && att_code_kind(r) == ATT_KIND_SYSTEM) {
		if (err != NULL)
			*err = why;
		return r;
	}
	w.e = e;
	if (r < 0)
		tell_of(&w, ATT_F_SPDM_MALFORMED, "devices", why.text);
	else if ((r = judge(&w, err)) < 0)
		return r;
	*ret = w.out;
	w.out = (struct att_devices_judged){ 0 };
	return 0;
}
