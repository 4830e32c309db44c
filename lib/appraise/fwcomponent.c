#include "appraise/fwcomponent.h"

#include <string.h>

#include "appraise/version.h"

/* What one role of one version must be. */
struct want {
	const char *name;
	enum att_version_role role;
	const char *minimum;	/* NULL: none */
	size_t first, end;	/* text[first .. end - 1]; none: any */
};

struct pin {
	const char *name;	/* of an attribute */
	size_t first, end;
};

struct att_fwcomponent {
	const char *name;
	struct att_fwselect select;
	uint32_t paths;		/* 1 << enum att_path; 0: any */
	size_t least;
	size_t wants, pins, texts;
	struct want *want;
	struct pin *pin;
	const char **text;
};

void
att_fwcomponent_free(struct att_fwcomponent *r)
{
	if (r == NULL)
		return;
	free(r->want);
	free(r->pin);
	free(r->text);
	free(r);
}

const char *
att_fwcomponent_name(const struct att_fwcomponent *r)
{
	return r->name;
}

size_t
att_fwcomponent_least(const struct att_fwcomponent *r)
{
	return r->least;
}

const char *
att_fwcomponent_one(const struct att_fwcomponent *r)
{
	return att_fwselect_one(&r->select);
}

bool
att_fwcomponent_is_for(const struct att_fwcomponent *r,
    const struct att_component *c)
{
	return att_fwselect_matches(&r->select, c);
}

/* -- parsing --------------------------------------------------------------- */

/* Room for all texts of a rule, which the limit of the file bounds. */
static size_t
count_texts(json_t *j)
{
	const char *key;
	json_t *v;
	size_t n = json_is_array(j) ? json_array_size(j) : 0;

	json_object_foreach (j, key, v)
		n += count_texts(v);
	return n;
}

static int
read_texts(struct att_fwcomponent *r, json_t *list, size_t *first,
    size_t *end, struct att_err *err)
{
	size_t n = json_array_size(list);

	if (n == 0 || n > ATT_FWCOMPONENT_TEXTS_MAX)
		return att_err_set(err, ATT_E_FORMAT,
		    "must be an array of 1 to %d texts",
		    ATT_FWCOMPONENT_TEXTS_MAX);
	*first = r->texts;
	for (size_t i = 0; i < n; i++) {
		const char *s = json_string_value(json_array_get(list, i));

		if (s == NULL || s[0] == '\0' ||
		    strlen(s) > ATT_COMPONENT_TEXT_MAX)
			return att_err_set(err, ATT_E_FORMAT,
			    "entry %zu: must be text of 1 to %d bytes", i,
			    ATT_COMPONENT_TEXT_MAX);
		r->text[r->texts++] = s;
	}
	*end = r->texts;
	return 0;
}

static int
read_want(struct att_fwcomponent *r, json_t *j, struct want *w,
    struct att_err *err)
{
	static const char *const names[] = { "one_of", "minimum", NULL };
	json_t *list = json_object_get(j, "one_of");
	int e;

	if (!json_is_object(j))
		return att_err_set(err, ATT_E_FORMAT, "must be an object");
	if ((e = att_json_only(j, names, err)) < 0 ||
	    (e = att_json_str_opt(j, "minimum", &w->minimum, err)) < 0)
		return e;
	if (list == NULL && w->minimum == NULL)
		return att_err_set(err, ATT_E_FORMAT,
		    "member \"one_of\" or \"minimum\" must be there");
	if (w->minimum != NULL && (w->minimum[0] == '\0' ||
		strlen(w->minimum) > ATT_COMPONENT_TEXT_MAX))
		return att_err_set(err, ATT_E_FORMAT,
		    "member \"minimum\" must be text of 1 to %d bytes",
		    ATT_COMPONENT_TEXT_MAX);
	return list == NULL ?
	    0 : read_texts(r, list, &w->first, &w->end, err);
}

static bool
role_by_name(const char *name, enum att_version_role *ret)
{
	for (unsigned i = 0; i < ATT_VERSION_ROLES; i++)
		if (strcmp(name, att_version_role_name(
			(enum att_version_role)i)) == 0) {
			*ret = (enum att_version_role)i;
			return true;
		}
	return false;
}

/* {role: {...}} of one version. */
static int
read_roles(struct att_fwcomponent *r, const char *name, json_t *roles,
    struct att_err *err)
{
	const char *key;
	json_t *j;
	int e;

	if (json_object_size(roles) == 0)
		return att_err_set(err, ATT_E_FORMAT,
		    "version \"%.40s\": must be an object of roles", name);
	json_object_foreach (roles, key, j) {
		struct want *w = &r->want[r->wants];

		w->name = name;
		if (!role_by_name(key, &w->role))
			return att_err_set(err, ATT_E_FORMAT,
			    "version \"%.40s\": no role \"%.40s\"", name,
			    key);
		if ((e = read_want(r, j, w, err)) < 0) {
			att_err_prefix(err, "version \"%.40s\", %s", name,
			    key);
			return e;
		}
		r->wants++;
	}
	return 0;
}

static int
read_versions(struct att_fwcomponent *r, const json_t *j, struct att_err *err)
{
	json_t *all = json_object_get(j, "versions"), *roles;
	const char *name;
	int e;

	if (all == NULL)
		return 0;
	if (!json_is_object(all) ||
	    json_object_size(all) > ATT_COMPONENT_VERSIONS_MAX)
		return att_err_set(err, ATT_E_FORMAT,
		    "member \"versions\" must be an object of at most %d",
		    ATT_COMPONENT_VERSIONS_MAX);
	r->want = calloc(json_object_size(all) * ATT_VERSION_ROLES + 1,
	    sizeof(*r->want));
	if (r->want == NULL)
		return att_err_nomem(err);
	json_object_foreach (all, name, roles)
		if ((e = read_roles(r, name, roles, err)) < 0)
			return e;
	return 0;
}

static int
read_attributes(struct att_fwcomponent *r, const json_t *j,
    struct att_err *err)
{
	json_t *all = json_object_get(j, "attributes"), *list;
	const char *name;
	int e;

	if (all == NULL)
		return 0;
	if (!json_is_object(all) ||
	    json_object_size(all) > ATT_COMPONENT_ATTRIBUTES_MAX)
		return att_err_set(err, ATT_E_FORMAT,
		    "member \"attributes\" must be an object of at most %d",
		    ATT_COMPONENT_ATTRIBUTES_MAX);
	r->pin = calloc(json_object_size(all) + 1, sizeof(*r->pin));
	if (r->pin == NULL)
		return att_err_nomem(err);
	json_object_foreach (all, name, list) {
		struct pin *p = &r->pin[r->pins++];

		p->name = name;
		if ((e = read_texts(r, list, &p->first, &p->end, err)) < 0) {
			att_err_prefix(err, "attribute \"%.40s\"", name);
			return e;
		}
	}
	return 0;
}

static int
read_rule(struct att_fwcomponent *r, json_t *j, struct att_err *err)
{
	static const char *const names[] = { "name", "id", "kind", "vendor",
		"model", "count", "paths", "versions", "attributes", NULL };
	int64_t least = 1;
	int e;

	if ((e = att_json_only(j, names, err)) < 0 ||
	    (e = att_json_str(j, "name", &r->name, err)) < 0 ||
	    (e = att_fwselect_read(j, &r->select, err)) < 0 ||
	    (e = att_json_int_opt(j, "count", 0, ATT_COMPONENTS_MAX, &least,
		 err)) < 0 ||
	    (e = att_fw_paths_read(j, &r->paths, err)) < 0 ||
	    (e = read_versions(r, j, err)) < 0)
		return e;
	r->least = (size_t)least;
	if (r->name[0] == '\0' ||
	    strlen(r->name) > ATT_FWCOMPONENT_NAME_MAX)
		return att_err_set(err, ATT_E_FORMAT,
		    "member \"name\" must be text of 1 to %d bytes",
		    ATT_FWCOMPONENT_NAME_MAX);
	return read_attributes(r, j, err);
}

int
att_fwcomponent_parse(json_t *j, struct att_fwcomponent **ret,
    struct att_err *err)
{
	AUTO(att_fwcomponent_free)
	struct att_fwcomponent *r = calloc(1, sizeof(*r));
	int e;

	if (r == NULL)
		return att_err_nomem(err);
	if (!json_is_object(j))
		return att_err_set(err, ATT_E_FORMAT, "must be an object");
	r->text = calloc(count_texts(j) + 1, sizeof(*r->text));
	if (r->text == NULL)
		return att_err_nomem(err);
	if ((e = read_rule(r, j, err)) < 0)
		return e;
	*ret = take(&r);
	return 0;
}

/* -- comparing ------------------------------------------------------------- */

struct match {
	const struct att_fwcomponent *r;
	const struct att_component *c;
	att_finding_fn *report;
	void *arg;
	bool good;
};

static struct att_finding
finding(const struct match *m, enum att_finding_code code)
{
	struct att_finding f = att_finding_make(code);

	att_finding_set_label(&f, att_slice_of(m->c->id));
	return f;
}

static void
tell(struct match *m, const struct att_finding *f)
{
	m->good = false;
	if (m->report != NULL)
		m->report(m->arg, f);
}

static bool
is_among(const struct att_fwcomponent *r, size_t first, size_t end,
    const char *text)
{
	for (size_t i = first; i < end; i++)
		if (strcmp(r->text[i], text) == 0)
			return true;
	return first == end;
}

static bool
is_wanted(const struct att_fwcomponent *r, const struct want *w,
    const char *text)
{
	return is_among(r, w->first, w->end, text) &&
	    (w->minimum == NULL || att_version_compare(text, w->minimum) >= 0);
}

/* The last of those that would have been taken stands for all of them. */
static void
match_want(struct match *m, const struct want *w)
{
	const char *is = att_component_version(m->c, w->name, w->role);
	struct att_finding f;
	bool listed;

	if (is != NULL && is_wanted(m->r, w, is))
		return;
	f = finding(m, ATT_F_COMPONENT_VERSION);
	listed = is != NULL && is_among(m->r, w->first, w->end, is);
	att_finding_set_what(&f, "%s %s: found %.32s, expected %s%.32s",
	    att_version_role_name(w->role), w->name,
	    is == NULL ? "nothing" : is,
	    listed || w->first == w->end ? "at least " : "",
	    listed || w->first == w->end ? w->minimum :
					   m->r->text[w->end - 1]);
	tell(m, &f);
}

static void
match_pin(struct match *m, const struct pin *p)
{
	const char *is = NULL;
	struct att_finding f;

	for (size_t i = 0; i < m->c->attributes; i++)
		if (strcmp(m->c->attribute[i].name, p->name) == 0)
			is = m->c->attribute[i].text;
	if (is != NULL && is_among(m->r, p->first, p->end, is))
		return;
	f = finding(m, ATT_F_COMPONENT_VERSION);
	att_finding_set_what(&f, "attribute %s: found %.32s, expected %.32s",
	    p->name, is == NULL ? "nothing" : is, m->r->text[p->end - 1]);
	tell(m, &f);
}

static void
match_source(struct match *m)
{
	struct att_finding f;

	if (m->c->result != ATT_MEASURED_OK) {
		f = finding(m, ATT_F_COMPONENT_NOT_READ);
		att_finding_set_what(&f, "%s: %s",
		    att_measured_name(m->c->result), m->c->reason);
		tell(m, &f);
		return;
	}
	if (m->r->paths == 0 || (m->r->paths & 1u << m->c->path) != 0)
		return;
	f = finding(m, ATT_F_COMPONENT_PATH);
	att_finding_set_what(&f, "%s", att_path_name(m->c->path));
	tell(m, &f);
}

bool
att_fwcomponent_match(const struct att_fwcomponent *r,
    const struct att_component *c, att_finding_fn *report, void *arg)
{
	struct match m = { .r = r, .c = c, .report = report, .arg = arg,
		.good = true };

	match_source(&m);
	if (c->result != ATT_MEASURED_OK)
		return false;
	for (size_t i = 0; i < r->wants; i++)
		match_want(&m, &r->want[i]);
	for (size_t i = 0; i < r->pins; i++)
		match_pin(&m, &r->pin[i]);
	return m.good;
}

bool
att_fwcomponent_takes(const struct att_fwcomponent *r, const char *name,
    const char *version)
{
	for (size_t i = 0; i < r->wants; i++)
		if (r->want[i].role == ATT_VERSION_RUNNING &&
		    strcmp(r->want[i].name, name) == 0)
			return is_wanted(r, &r->want[i], version);
	return true;
}
