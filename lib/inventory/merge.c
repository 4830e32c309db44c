#include <string.h>

#include "inventory/inventory.h"

/* Both nothing, or both the same. */
static bool
same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool
same_versions(const struct att_component *a, const struct att_component *b)
{
	if (a->versions != b->versions)
		return false;
	for (size_t i = 0; i < a->versions; i++) {
		if (!same(a->version[i].name, b->version[i].name))
			return false;
		for (size_t k = 0; k < ATT_VERSION_ROLES; k++)
			if (!same(a->version[i].text[k],
				b->version[i].text[k]))
				return false;
	}
	return true;
}

static int
copy(struct att_component *to, const struct att_component *from,
    struct att_err *err)
{
	int r = att_component_describe(to, from->vendor, from->model,
	    from->serial, err);

	for (size_t i = 0; r == 0 && i < from->versions; i++)
		for (unsigned k = 0; r == 0 && k < ATT_VERSION_ROLES; k++)
			r = att_component_set_version(to,
			    from->version[i].name, (enum att_version_role)k,
			    from->version[i].text[k], err);
	for (size_t i = 0; r == 0 && i < from->attributes; i++)
		r = att_component_set_attribute(to, from->attribute[i].name,
		    from->attribute[i].text, err);
	if (r == 0 && from->result != ATT_MEASURED_OK)
		r = att_component_set_failed(to, from->result, from->reason,
		    err);
	return r;
}

static struct att_component *
find(struct att_components *list, const char *id)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->item[i].id, id) == 0)
			return &list->item[i];
	return NULL;
}

int
att_inventory_merge(struct att_components *to,
    const struct att_components *from, struct att_err *err)
{
	for (size_t i = 0; i < from->count; i++) {
		const struct att_component *f = &from->item[i];
		struct att_component *c = find(to, f->id);
		int r = 0;

		if (c == NULL) {
			r = att_components_add(to, f->id, f->kind, f->path,
			    &c, err);
			if (r == 0)
				r = copy(c, f, err);
		} else if (c->result != f->result || !same(c->model,
		    f->model) || !same_versions(c, f)) {
			r = att_component_set_failed(c, ATT_MEASURED_FAILED,
			    "two devices of this name differ", err);
		}
		if (r < 0)
			return r;
	}
	return 0;
}
