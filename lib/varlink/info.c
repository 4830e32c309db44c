#include "varlink/info.h"

#include <string.h>

#include "base/cur.h"

static const char description[] =
    "# What a service says of itself\n"
    "interface org.varlink.service\n"
    "\n"
    "# Who made it, and its interfaces\n"
    "method GetInfo() -> (\n"
    "  vendor: string,\n"
    "  product: string,\n"
    "  version: string,\n"
    "  url: string,\n"
    "  interfaces: []string\n"
    ")\n"
    "\n"
    "# The text that describes an interface\n"
    "method GetInterfaceDescription(interface: string)"
    " -> (description: string)\n"
    "\n"
    "error InterfaceNotFound (interface: string)\n"
    "error MethodNotFound (method: string)\n"
    "error MethodNotImplemented (method: string)\n"
    "error InvalidParameter (parameter: string)\n";

const struct att_varlink_interface *
att_varlink_interface_of(const struct att_varlink_service *s,
    struct att_slice name)
{
	if (att_slice_is(name, att_varlink_info.name))
		return &att_varlink_info;
	for (size_t i = 0; i < s->interface_count; i++)
		if (att_slice_is(name, s->interfaces[i].name))
			return &s->interfaces[i];
	return NULL;
}

static int
put_interfaces(const struct att_varlink_service *s, json_t *j,
    struct att_err *err)
{
	json_t *names = json_array();
	int r = att_json_put(j, "interfaces", names, err);

	if (r == 0)
		r = att_json_add(names, json_string(att_varlink_info.name),
		    err);
	for (size_t i = 0; r == 0 && i < s->interface_count; i++)
		r = att_json_add(names, json_string(s->interfaces[i].name),
		    err);
	return r;
}

static void
get_info(struct att_varlink_call *c, void *arg)
{
	const struct att_varlink_service *s = arg;
	AUTO(att_json_decref) json_t *j = json_object();

	if (j == NULL ||
	    att_json_put(j, "vendor", json_string(s->vendor), NULL) < 0 ||
	    att_json_put(j, "product", json_string(s->product), NULL) < 0 ||
	    att_json_put(j, "version", json_string(s->version), NULL) < 0 ||
	    att_json_put(j, "url", json_string(s->url), NULL) < 0 ||
	    put_interfaces(s, j, NULL) < 0)
		att_varlink_call_reply(c, NULL);
	else
		att_varlink_call_reply(c, take(&j));
}

static void
get_description(struct att_varlink_call *c, void *arg)
{
	const struct att_varlink_interface *i;
	const char *name = NULL;

	if (att_json_str(att_varlink_call_parameters(c), "interface", &name,
		NULL) < 0) {
		att_varlink_call_invalid(c, "interface");
		return;
	}
	i = att_varlink_interface_of(arg, att_slice_of(name));
	if (i == NULL)
		att_varlink_call_error(c, ATT_VARLINK_E_INTERFACE,
		    json_pack("{s:s}", "interface", name));
	else
		att_varlink_call_reply(c,
		    json_pack("{s:s}", "description", i->description));
}

static const char *const description_parameters[] = { "interface", NULL };

static const struct att_varlink_method methods[] = {
	{ .name = "GetInfo", .run = get_info },
	{ .name = "GetInterfaceDescription",
	    .parameters = description_parameters, .run = get_description },
};

const struct att_varlink_interface att_varlink_info = {
	.name = ATT_VARLINK_SERVICE,
	.description = description,
	.methods = methods,
	.method_count = ATT_COUNT(methods),
};
