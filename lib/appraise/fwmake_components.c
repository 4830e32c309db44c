#include "appraise/fwmake_components.h"

#include <string.h>

#include "appraise/version.h"

/*
 * A component and the rule that it goes into. Rules are told apart by their
 * names, which say what the components of a rule have in common.
 */
struct member {
	const struct att_component *c;
	size_t node;
	char *rule;
};

struct members {
	struct member *item;
	size_t count;
};

static void
members_done(struct members *m)
{
	for (size_t i = 0; i < m->count; i++)
		free(m->item[i].rule);
	free(m->item);
}

/* -- which rule ------------------------------------------------------------ */

/*
 * Parts that come in numbers, and go from one slot to another. A BMC has an id
 * of its own for each of several firmwares of one part.
 */
static bool
by_model(const struct att_component *c)
{
	return c->model != NULL && c->path != ATT_PATH_REDFISH &&
	    c->path != ATT_PATH_FWUPD &&
	    (c->kind == ATT_COMPONENT_GPU || c->kind == ATT_COMPONENT_NIC ||
		c->kind == ATT_COMPONENT_NVME ||
		c->kind == ATT_COMPONENT_SCSI ||
		c->kind == ATT_COMPONENT_SWITCH);
}

/* Some BMCs put the version into the id: "Installed-159-2.10.2__BIOS...". */
static void
put_id(struct att_buf *b, const struct att_component *c)
{
	for (size_t i = 0; i < c->versions; i++) {
		const char *v = c->version[i].text[ATT_VERSION_RUNNING];
		const char *at = v == NULL || strlen(v) < 3 ?
		    NULL : strstr(c->id, v);

		if (at == NULL)
			continue;
		att_buf_bytes(b, c->id, (size_t)(at - c->id));
		att_buf_u8(b, '*');
		att_buf_str(b, at + strlen(v));
		return;
	}
	att_buf_str(b, c->id);
}

/* At most ATT_FWCOMPONENT_NAME_MAX bytes: a kind and two texts. */
static char *
rule_name(const struct att_component *c)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1024);

	if (by_model(c))
		att_buf_printf(&b, "%s %s%s%s",
		    att_component_kind_name(c->kind),
		    c->vendor == NULL ? "" : c->vendor,
		    c->vendor == NULL ? "" : " ", c->model);
	else
		put_id(&b, c);
	return att_buf_take_str(&b);
}

static int
by_rule(const void *a, const void *b)
{
	const struct member *x = a, *y = b;
	int r = strcmp(x->rule, y->rule);

	return r != 0 ? r : (x->node > y->node) - (x->node < y->node);
}

static int
collect(const struct att_fwmake *m, struct members *ret, struct att_err *err)
{
	size_t room = 0;

	for (size_t i = 0; i < m->nodes; i++)
		room += m->node[i]->components.count;
	if ((ret->item = calloc(room + 1, sizeof(*ret->item))) == NULL)
		return att_err_nomem(err);
	for (size_t i = 0; i < m->nodes; i++)
		for (size_t k = 0; k < m->node[i]->components.count; k++) {
			const struct att_component *c =
			    &m->node[i]->components.item[k];

			if (c->result != ATT_MEASURED_OK) {
				att_fwmake_note(m, "component %s of node %zu "
				    "is left out: %s", c->id, i + 1,
				    c->reason);
				continue;
			}
			ret->item[ret->count] = (struct member){ .c = c,
				.node = i, .rule = rule_name(c) };
			if (ret->item[ret->count++].rule == NULL)
				return att_err_nomem(err);
		}
	qsort(ret->item, ret->count, sizeof(*ret->item), by_rule);
	return 0;
}

/* -- one rule -------------------------------------------------------------- */

/* Members of one rule, at least one, sorted by node. */
struct group {
	const struct member *item;
	size_t count;
};

static int
add_once(json_t *list, const char *text, struct att_err *err)
{
	size_t i;

	for (i = 0; i < json_array_size(list); i++) {
		const char *is = json_string_value(json_array_get(list, i));
		int r = att_version_compare(is, text);

		if (strcmp(is, text) == 0)
			return 0;
		if (r > 0)
			break;
	}
	return json_array_insert_new(list, i, json_string(text)) < 0 ?
	    att_err_nomem(err) : 0;
}

/* {"one_of": [...]} from the oldest to the newest; nothing if one lacks it. */
static int
put_one_of(json_t *to, const struct group *g, const char *name,
    enum att_version_role role, struct att_err *err)
{
	AUTO(att_json_decref) json_t *j = json_object();
	AUTO(att_json_decref) json_t *list = json_array();
	int e;

	for (size_t i = 0; i < g->count; i++) {
		const char *text =
		    att_component_version(g->item[i].c, name, role);

		if (text == NULL)
			return 0;
		if ((e = add_once(list, text, err)) < 0)
			return e;
	}
	if ((e = att_json_put(j, "one_of", take(&list), err)) < 0)
		return e;
	return att_json_put(to, att_version_role_name(role), take(&j), err);
}

/* {"minimum": ...}: the lowest that any of them takes does not fall. */
static int
put_floor(json_t *to, const struct group *g, const char *name,
    struct att_err *err)
{
	AUTO(att_json_decref) json_t *j = json_object();
	const char *least = NULL;
	int e;

	for (size_t i = 0; i < g->count; i++) {
		const char *text = att_component_version(g->item[i].c, name,
		    ATT_VERSION_MINIMUM);

		if (text == NULL)
			return 0;
		if (least == NULL || att_version_compare(text, least) < 0)
			least = text;
	}
	if ((e = att_json_put(j, "minimum", json_string(least), err)) < 0)
		return e;
	return att_json_put(to, att_version_role_name(ATT_VERSION_MINIMUM),
	    take(&j), err);
}

/* Of some firmware devices tell what is stored, and never that it runs. */
static bool
any_runs(const struct group *g, const char *name)
{
	for (size_t i = 0; i < g->count; i++)
		if (att_component_version(g->item[i].c, name,
			ATT_VERSION_RUNNING) != NULL)
			return true;
	return false;
}

static int
put_versions(json_t *rule, const struct group *g, struct att_err *err)
{
	AUTO(att_json_decref) json_t *all = json_object();
	const struct att_component *c = g->item[0].c;
	int e;

	for (size_t i = 0; i < c->versions; i++) {
		AUTO(att_json_decref) json_t *roles = json_object();
		const char *name = c->version[i].name;

		if ((e = put_one_of(roles, g, name, any_runs(g, name) ?
			 ATT_VERSION_RUNNING : ATT_VERSION_STORED, err)) <
			0 ||
		    (e = put_one_of(roles, g, name, ATT_VERSION_FIXED,
			 err)) < 0 ||
		    (e = put_floor(roles, g, name, err)) < 0)
			return e;
		if (json_object_size(roles) > 0 &&
		    (e = att_json_put(all, name, take(&roles), err)) < 0)
			return e;
	}
	return json_object_size(all) == 0 ?
	    0 : att_json_put(rule, "versions", take(&all), err);
}

static const char *
attribute_of(const struct att_component *c, const char *name)
{
	for (size_t i = 0; i < c->attributes; i++)
		if (strcmp(c->attribute[i].name, name) == 0)
			return c->attribute[i].text;
	return NULL;
}

/* [text, ...]; nothing if one lacks it. */
static int
put_attribute(json_t *to, const struct group *g, const char *name,
    struct att_err *err)
{
	AUTO(att_json_decref) json_t *list = json_array();
	int e;

	for (size_t i = 0; i < g->count; i++) {
		const char *text = attribute_of(g->item[i].c, name);

		if (text == NULL)
			return 0;
		if ((e = add_once(list, text, err)) < 0)
			return e;
	}
	return att_json_put(to, name, take(&list), err);
}

/*
 * Attributes explain most components. Of a component that tells no version,
 * such as how a chip is locked, they are all there is; and ME's say whether it
 * is open to its maker's tools.
 */
static int
put_attributes(json_t *rule, const struct group *g, struct att_err *err)
{
	AUTO(att_json_decref) json_t *all = json_object();
	const struct att_component *c = g->item[0].c;
	int e;

	if (c->versions > 0 && c->kind != ATT_COMPONENT_ME)
		return 0;
	for (size_t i = 0; i < c->attributes; i++)
		if ((e = put_attribute(all, g, c->attribute[i].name, err)) < 0)
			return e;
	return json_object_size(all) == 0 ?
	    0 : att_json_put(rule, "attributes", take(&all), err);
}

static int
put_text_list(json_t *rule, const char *name, const char *text,
    struct att_err *err)
{
	AUTO(att_json_decref) json_t *list = json_array();
	int e;

	if (text == NULL)
		return 0;
	if ((e = att_json_add(list, json_string(text), err)) < 0)
		return e;
	return att_json_put(rule, name, take(&list), err);
}

static int
put_paths(json_t *rule, const struct group *g, struct att_err *err)
{
	AUTO(att_json_decref) json_t *list = json_array();
	uint32_t paths = 0;
	int e;

	for (size_t i = 0; i < g->count; i++)
		paths |= 1u << g->item[i].c->path;
	for (unsigned i = 0; i < ATT_PATH_COUNT; i++)
		if ((paths & 1u << i) != 0 &&
		    (e = att_json_add(list,
			 json_string(att_path_name((enum att_path)i)), err)) <
			0)
			return e;
	return att_json_put(rule, "paths", take(&list), err);
}

/* As many as the node has that has fewest; 0 if one has none. */
static size_t
least_of(const struct group *g, size_t nodes)
{
	size_t least = SIZE_MAX, at = 0;

	for (size_t i = 0; i < nodes; i++) {
		size_t n = 0;

		for (; at < g->count && g->item[at].node == i; at++)
			n++;
		least = ATT_MIN(least, n);
	}
	return least;
}

static int
put_select(json_t *rule, const struct group *g, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf id = ATT_BUF(1024);
	AUTO(free) char *glob = NULL;
	const struct att_component *c = g->item[0].c;
	int e;

	if ((e = put_text_list(rule, "kind", att_component_kind_name(c->kind),
		 err)) < 0)
		return e;
	if (by_model(c)) {
		e = put_text_list(rule, "model", c->model, err);
		return e < 0 ? e :
			       put_text_list(rule, "vendor", c->vendor, err);
	}
	put_id(&id, c);
	glob = att_buf_take_str(&id);
	return glob == NULL ? att_err_nomem(err) :
			      put_text_list(rule, "id", glob, err);
}

static int
put_rule(json_t *list, const struct att_fwmake *m, const struct group *g,
    struct att_err *err)
{
	AUTO(att_json_decref) json_t *rule = json_object();
	int e;

	if ((e = att_json_put(rule, "name", json_string(g->item[0].rule),
		 err)) < 0 ||
	    (e = put_select(rule, g, err)) < 0 ||
	    (e = att_json_put(rule, "count",
		 json_integer((json_int_t)least_of(g, m->nodes)), err)) < 0 ||
	    (e = put_paths(rule, g, err)) < 0 ||
	    (e = put_versions(rule, g, err)) < 0 ||
	    (e = put_attributes(rule, g, err)) < 0)
		return e;
	return att_json_add(list, take(&rule), err);
}

int
att_fwmake_components(const struct att_fwmake *m, json_t *doc,
    struct att_err *err)
{
	AUTO_DONE(members_done) struct members all = { 0 };
	AUTO(att_json_decref) json_t *list = json_array();
	size_t next;
	int e;

	if ((e = collect(m, &all, err)) < 0)
		return e;
	for (size_t i = 0; i < all.count; i = next) {
		struct group g = { .item = &all.item[i] };

		for (next = i; next < all.count &&
		     strcmp(all.item[next].rule, all.item[i].rule) == 0;
		     next++)
			g.count++;
		if ((e = put_rule(list, m, &g, err)) < 0)
			return e;
	}
	return json_array_size(list) == 0 ?
	    0 : att_json_put(doc, "components", take(&list), err);
}
