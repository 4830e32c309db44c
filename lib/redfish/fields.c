#include "redfish/fields.h"

#include <stdio.h>

#include "redfish/client.h"

#define VALUE_MAX 255	/* bytes; a component cuts it further */

/* A string, number or truth as text; false: there is none, or an empty one. */
static bool
text_of(const json_t *v, char ret[static VALUE_MAX + 1])
{
	if (json_is_string(v))
		(void)snprintf(ret, VALUE_MAX + 1, "%s",
		    json_string_value(v));
	else if (json_is_integer(v))
		(void)snprintf(ret, VALUE_MAX + 1, "%lld",
		    (long long)json_integer_value(v));
	else if (json_is_boolean(v))
		(void)snprintf(ret, VALUE_MAX + 1, "%s",
		    json_is_true(v) ? "true" : "false");
	else
		return false;
	return ret[0] != '\0';
}

int
att_redfish_put(struct att_component *c, const json_t *body,
    const char *prefix, const struct att_redfish_field *fields, size_t count,
    struct att_err *err)
{
	char name[ATT_REDFISH_NAME_MAX + 1], value[VALUE_MAX + 1];
	int r;

	for (size_t i = 0; i < count; i++) {
		if (!text_of(att_redfish_at(body, fields[i].path), value))
			continue;
		(void)snprintf(name, sizeof(name), "%s%s", prefix,
		    fields[i].name);
		if ((r = att_component_set_attribute(c, name, value, err)) <
		    0)
			return r;
	}
	return 0;
}

int
att_redfish_version(struct att_component *c, const char *name,
    enum att_version_role role, const json_t *body, const char *path,
    struct att_err *err)
{
	char value[VALUE_MAX + 1];

	return !text_of(att_redfish_at(body, path), value) ? 0 :
	    att_component_set_version(c, name, role, value, err);
}

int
att_redfish_describe(struct att_component *c, const json_t *body,
    const char *model, struct att_err *err)
{
	return att_component_describe(c,
	    att_redfish_text_in(body, "Manufacturer"),
	    att_redfish_text_in(body, model),
	    att_redfish_text_in(body, "SerialNumber"), err);
}
