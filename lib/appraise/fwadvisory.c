#include "appraise/fwadvisory.h"

#include <string.h>

#include "appraise/version.h"

/* From the one on, and before the other; NULL: no bound. */
struct range {
	const char *from, *before;
};

struct advisory {
	const char *name;
	enum att_severity severity;
	struct att_fwselect select;
	struct att_ref_globs versions;	/* names of versions; none: all */
	size_t first, end;		/* range[first .. end - 1] */
};

struct att_fwadvisories {
	json_t *doc;		/* what all below borrows from */
	struct att_ref_head head;
	struct advisory *advisory;
	struct range *range;
	size_t count, ranges;
};

void
att_fwadvisories_free(struct att_fwadvisories *a)
{
	if (a == NULL)
		return;
	free(a->advisory);
	free(a->range);
	json_decref(a->doc);
	free(a);
}

const struct att_ref_head *
att_fwadvisories_head(const struct att_fwadvisories *a)
{
	return &a->head;
}

size_t
att_fwadvisories_count(const struct att_fwadvisories *a)
{
	return a->count;
}

/* -- parsing --------------------------------------------------------------- */

static int
read_bound(const json_t *j, const char *name, const char **ret,
    struct att_err *err)
{
	int e;

	if ((e = att_json_str_opt(j, name, ret, err)) < 0)
		return e;
	if (*ret != NULL &&
	    ((*ret)[0] == '\0' || strlen(*ret) > ATT_COMPONENT_TEXT_MAX))
		return att_err_set(err, ATT_E_FORMAT,
		    "member \"%s\" must be text of 1 to %d bytes", name,
		    ATT_COMPONENT_TEXT_MAX);
	return 0;
}

static int
read_range(json_t *j, struct range *r, struct att_err *err)
{
	static const char *const names[] = { "from", "before", NULL };
	int e;

	if (!json_is_object(j))
		return att_err_set(err, ATT_E_FORMAT, "must be an object");
	if ((e = att_json_only(j, names, err)) < 0 ||
	    (e = read_bound(j, "from", &r->from, err)) < 0 ||
	    (e = read_bound(j, "before", &r->before, err)) < 0)
		return e;
	/* whoever means all versions writes "from": "0" */
	if (r->from == NULL && r->before == NULL)
		return att_err_set(err, ATT_E_FORMAT,
		    "member \"from\" or \"before\" must be there");
	if (r->from != NULL && r->before != NULL &&
	    att_version_compare(r->from, r->before) >= 0)
		return att_err_set(err, ATT_E_FORMAT,
		    "no version is from %.40s on and before %.40s", r->from,
		    r->before);
	return 0;
}

static int
read_affected(struct att_fwadvisories *a, const json_t *j,
    struct advisory *to, struct att_err *err)
{
	json_t *list = NULL;
	size_t n;
	int e;

	if ((e = att_json_arr(j, "affected", &list, err)) < 0)
		return e;
	n = json_array_size(list);
	if (n == 0 || n > ATT_FWADVISORY_RANGES_MAX)
		return att_err_set(err, ATT_E_FORMAT,
		    "member \"affected\" must be an array of 1 to %d",
		    ATT_FWADVISORY_RANGES_MAX);
	to->first = a->ranges;
	for (size_t i = 0; i < n; i++) {
		e = read_range(json_array_get(list, i), &a->range[a->ranges],
		    err);
		if (e < 0) {
			att_err_prefix(err, "member \"affected\", entry %zu",
			    i);
			return e;
		}
		a->ranges++;
	}
	to->end = a->ranges;
	return 0;
}

static int
read_severity(const json_t *j, enum att_severity *ret, struct att_err *err)
{
	const char *word = "fail";
	int e;

	if ((e = att_json_str_opt(j, "severity", &word, err)) < 0)
		return e;
	for (unsigned i = ATT_SEVERITY_INFO; i <= ATT_SEVERITY_FAIL; i++)
		if (strcmp(word, att_severity_name((enum att_severity)i)) ==
		    0) {
			*ret = (enum att_severity)i;
			return 0;
		}
	return att_err_set(err, ATT_E_FORMAT,
	    "member \"severity\" must be \"fail\", \"warn\" or \"info\"");
}

static int
read_advisory(struct att_fwadvisories *a, json_t *j, struct advisory *to,
    struct att_err *err)
{
	static const char *const names[] = { "advisory", "comment", "severity",
		"id", "kind", "vendor", "model", "versions", "affected",
		NULL };
	const char *comment = NULL;
	int e;

	if (!json_is_object(j))
		return att_err_set(err, ATT_E_FORMAT, "must be an object");
	if ((e = att_json_only(j, names, err)) < 0 ||
	    (e = att_json_str(j, "advisory", &to->name, err)) < 0 ||
	    (e = att_json_str_opt(j, "comment", &comment, err)) < 0 ||
	    (e = read_severity(j, &to->severity, err)) < 0 ||
	    (e = att_fwselect_read(j, &to->select, err)) < 0 ||
	    (e = att_ref_globs_read(j, "versions", &to->versions, err)) < 0)
		return e;
	if (to->name[0] == '\0' ||
	    strlen(to->name) > ATT_FWADVISORY_NAME_MAX)
		return att_err_set(err, ATT_E_FORMAT,
		    "member \"advisory\" must be text of 1 to %d bytes",
		    ATT_FWADVISORY_NAME_MAX);
	return read_affected(a, j, to, err);
}

static int
make_room(struct att_fwadvisories *a, const json_t *list, struct att_err *err)
{
	size_t ranges = 0;

	for (size_t i = 0; i < json_array_size(list); i++)
		ranges += json_array_size(json_object_get(
		    json_array_get(list, i), "affected"));
	a->advisory = calloc(json_array_size(list) + 1,
	    sizeof(*a->advisory));
	a->range = calloc(ranges + 1, sizeof(*a->range));
	return a->advisory == NULL || a->range == NULL ?
	    att_err_nomem(err) : 0;
}

static int
read_advisories(struct att_fwadvisories *a, struct att_err *err)
{
	json_t *list = NULL;
	size_t n;
	int e;

	if ((e = att_json_arr(a->doc, "advisories", &list, err)) < 0)
		return e;
	n = json_array_size(list);
	if (n > ATT_FWADVISORY_ENTRIES_MAX)
		return att_err_set(err, ATT_E_FORMAT,
		    "member \"advisories\" must be an array of at most %d",
		    ATT_FWADVISORY_ENTRIES_MAX);
	if ((e = make_room(a, list, err)) < 0)
		return e;
	for (size_t i = 0; i < n; i++) {
		if ((e = read_advisory(a, json_array_get(list, i),
			 &a->advisory[i], err)) < 0) {
			att_err_prefix(err, "advisory %zu", i);
			return e;
		}
		a->count++;
	}
	return 0;
}

int
att_fwadvisories_parse(struct att_slice text, struct att_fwadvisories **ret,
    struct att_err *err)
{
	static const char *const names[] = { "advisories", NULL };
	AUTO(att_fwadvisories_free)
	struct att_fwadvisories *a = calloc(1, sizeof(*a));
	int e;

	if (a == NULL)
		return att_err_nomem(err);
	if ((e = att_json_parse(text, ATT_FWADVISORY_FILE_MAX, &a->doc,
		 err)) < 0 ||
	    (e = att_ref_head_read(a->doc, ATT_FWADVISORY_FORMAT, names,
		 &a->head, err)) < 0 ||
	    (e = read_advisories(a, err)) < 0)
		return e;
	*ret = take(&a);
	return 0;
}

/* -- comparing ------------------------------------------------------------- */

struct check {
	const struct att_fwadvisories *a;
	const struct advisory *advisory;
	const struct att_component *c;
	att_finding_fn *report;
	void *arg;
};

static struct att_finding
finding(const struct check *k, enum att_finding_code code)
{
	struct att_finding f = att_finding_make(code);

	att_finding_set_label(&f, att_slice_of(k->c->id));
	return f;
}

static bool
is_in(const struct range *r, const char *version)
{
	return (r->from == NULL ||
		   att_version_compare(version, r->from) >= 0) &&
	    (r->before == NULL ||
		att_version_compare(version, r->before) < 0);
}

static void
check_version(const struct check *k, const char *name, const char *version)
{
	struct att_finding f = finding(k, ATT_F_ADVISORY);

	for (size_t i = k->advisory->first; i < k->advisory->end; i++) {
		const struct range *r = &k->a->range[i];

		if (!is_in(r, version))
			continue;
		f.severity = k->advisory->severity;
		att_finding_set_what(&f, "%s is about %s %.32s%s%.24s%s%.24s",
		    k->advisory->name, name, version,
		    r->from == NULL ? "" : ", from ",
		    r->from == NULL ? "" : r->from,
		    r->before == NULL ? "" : ", before ",
		    r->before == NULL ? "" : r->before);
		k->report(k->arg, &f);
		return;
	}
}

static void
check_one(const struct check *k)
{
	struct att_finding f = finding(k, ATT_F_ADVISORY_OPEN);
	bool told = false;

	for (size_t i = 0; i < k->c->versions; i++) {
		const struct att_component_version *v = &k->c->version[i];
		const char *running = v->text[ATT_VERSION_RUNNING];

		if (running == NULL ||
		    !att_ref_globs_match(&k->advisory->versions, v->name))
			continue;
		told = true;
		check_version(k, v->name, running);
	}
	if (told)
		return;
	att_finding_set_what(&f, "whether %s is about it cannot be told, as "
	    "its version is not known", k->advisory->name);
	k->report(k->arg, &f);
}

void
att_fwadvisories_check(const struct att_fwadvisories *a,
    const struct att_component *c, att_finding_fn *report, void *arg)
{
	for (size_t i = 0; i < a->count; i++) {
		struct check k = { .a = a, .advisory = &a->advisory[i],
			.c = c, .report = report, .arg = arg };

		if (att_fwselect_matches(&k.advisory->select, c))
			check_one(&k);
	}
}
