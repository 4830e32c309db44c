#include "inventory/attr.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/number.h"
#include "inventory/inventory.h"

#define NUMBER_MAX 999999

const char *
att_attr_reason(const struct att_err *why)
{
	switch ((int)why->code) {
	case ATT_E_NOT_FOUND:
		return "absent";
	case ATT_E_LIMIT:
		return "larger than is taken";
	case ATT_E_FORMAT:
	case ATT_E_SHORT:
	case ATT_E_TRAILING:
		return "malformed";
	case ATT_E_TIMEOUT:
		return "no answer in time";
	case ATT_E_SYS:
		break;
	default:
		return att_code_name(why->code);
	}
	switch (why->sub) {
	case EACCES:
	case EPERM:
		return "permission denied";
	case ENODEV:
	case ENXIO:
		return "no such device";
	case ELOOP:
		return "symbolic links without an end";
	case ENODATA:
	case EOPNOTSUPP:
		return "not told";
	default:
		return "read error";
	}
}

int
att_attr_blame(struct att_component *c, const char *what,
    const struct att_err *why, struct att_err *err)
{
	char reason[ATT_COMPONENT_REASON_MAX + 1];

	if (why->code == ATT_E_NOMEM)
		return att_err_nomem(err);
	if (c->result != ATT_MEASURED_OK)
		return 0;
	(void)snprintf(reason, sizeof(reason), "%s: %s", what,
	    att_attr_reason(why));
	return att_component_set_failed(c, ATT_MEASURED_FAILED, reason, err);
}

int
att_attr_version(struct att_component *c, const char *name,
    enum att_version_role role, const char *text, struct att_err *err)
{
	struct att_err why = { 0 };

	if (att_component_set_version(c, name, role, text, &why) == 0)
		return 0;
	return att_attr_blame(c, "versions", &why, err);
}

int
att_attr_attribute(struct att_component *c, const char *name,
    const char *text, struct att_err *err)
{
	struct att_err why = { 0 };

	if (att_component_set_attribute(c, name, text, &why) == 0)
		return 0;
	return att_attr_blame(c, "attributes", &why, err);
}

static int
say(struct att_component *c, const struct att_attr *a, const char *text,
    struct att_err *err)
{
	switch (a->says) {
	case ATT_SAYS_VENDOR:
		return att_component_describe(c, text, NULL, NULL, err);
	case ATT_SAYS_MODEL:
		return att_component_describe(c, NULL, text, NULL, err);
	case ATT_SAYS_SERIAL:
		return att_component_describe(c, NULL, NULL, text, err);
	case ATT_SAYS_ATTRIBUTE:
		return att_attr_attribute(c, a->name, text, err);
	case ATT_SAYS_RUNNING:
		return att_attr_version(c, a->name, ATT_VERSION_RUNNING, text,
		    err);
	case ATT_SAYS_MINIMUM:
		return att_attr_version(c, a->name, ATT_VERSION_MINIMUM, text,
		    err);
	}
	return 0;
}

static int
read_one(const char *dir, const struct att_attr *a, struct att_component *c,
    struct att_err *err)
{
	AUTO(free) char *text = NULL;
	struct att_err why = { 0 };
	int r = att_sysfs_text(dir, a->file, &text, &why);

	if (r == ATT_E_NOT_FOUND && !a->must)
		return 0;
	/* an empty one tells as little as one that is not there */
	if (r == 0 && text[0] == '\0' && a->must)
		r = att_err_set(&why, ATT_E_NOT_FOUND, "empty");
	return r < 0 ? att_attr_blame(c, a->file, &why, err) :
		       say(c, a, text, err);
}

int
att_attr_read(const char *dir, const struct att_attr *attrs, size_t count,
    struct att_component *c, struct att_err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < count; i++)
		r = read_one(dir, &attrs[i], c, err);
	return r;
}

int
att_attr_each(const char *root, const char *class,
    int (*one)(const char *dir, const char *name,
	struct att_components *found, struct att_err *err),
    struct att_components *to, struct att_err *err)
{
	AUTO_DONE(att_names_done) struct att_names n = { 0 };
	AUTO(free) char *at = att_path_join(root, class);
	int r;

	if (at == NULL)
		return att_err_nomem(err);
	if ((r = att_sysfs_list(at, &n, err)) < 0)
		return r == ATT_E_NOT_FOUND ? 0 : r;
	for (size_t i = 0; i < n.count; i++) {
		AUTO_DONE(att_components_done)
		struct att_components found = { 0 };
		AUTO(free) char *dir = att_path_join(at, n.name[i]);

		if (dir == NULL)
			return att_err_nomem(err);
		if ((r = one(dir, n.name[i], &found, err)) < 0 ||
		    (r = att_inventory_merge(to, &found, err)) < 0)
			return r;
	}
	return 0;
}

int
att_attr_add(struct att_components *to, const char *prefix, const char *text,
    enum att_component_kind kind, enum att_path path,
    struct att_component **ret, struct att_err *err)
{
	AUTO(free) char *id = att_path_join(prefix, text);

	return id == NULL ? att_err_nomem(err) :
			    att_components_add(to, id, kind, path, ret, err);
}

void
att_attr_drop_silent(struct att_components *found)
{
	const struct att_component *c = found->item;

	if (found->count == 1 && c->versions == 0 && c->attributes == 0 &&
	    c->result == ATT_MEASURED_OK)
		att_components_done(found);
}

bool
att_attr_number(const char *name, const char *prefix, unsigned *ret)
{
	size_t n = strlen(prefix);
	uint64_t v;

	if (strncmp(name, prefix, n) != 0 ||
	    !att_number_read(name + n, NUMBER_MAX, &v))
		return false;
	*ret = (unsigned)v;
	return true;
}
