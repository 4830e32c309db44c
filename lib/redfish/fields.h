/* Members of a resource as what a component says of itself. */
#ifndef ATT_REDFISH_FIELDS_H
#define ATT_REDFISH_FIELDS_H

#include "firmware/component.h"

#define ATT_REDFISH_NAME_MAX 63	/* bytes of an attribute's name */

/* What is told of a resource: under which name, and where it stands in it. */
struct att_redfish_field {
	const char *name, *path;
};

/*
 * "prefix" and the field's name, for each field that has a string, a number or
 * a truth.
 */
int att_redfish_put(struct att_component *c, const json_t *body,
    const char *prefix, const struct att_redfish_field *fields, size_t count,
    struct att_err *err) ATT_MUST;
/* What stands at the path, if it is one of these. */
int att_redfish_version(struct att_component *c, const char *name,
    enum att_version_role role, const json_t *body, const char *path,
    struct att_err *err) ATT_MUST;
/* Manufacturer, what stands at `model`, and SerialNumber. */
int att_redfish_describe(struct att_component *c, const json_t *body,
    const char *model, struct att_err *err) ATT_MUST;

#endif
