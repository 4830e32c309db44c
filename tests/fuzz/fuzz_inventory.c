/*
 * What drivers, and the firmware's tables, say of a machine's components:
 * whatever is taken can be sent, and is taken again.
 */
#include <stdlib.h>
#include <string.h>

#include "firmware/smbios.h"
#include "inventory/devlink.h"
#include "inventory/netlink.h"
#include "inventory/pairs.h"
#include "ipmi/bmc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool good)
{
	if (!good)
		abort();
}

static bool
lies_within(struct att_slice s, struct att_slice whole)
{
	return s.len == 0 || (s.data >= whole.data &&
	    s.data + s.len <= whole.data + whole.len);
}

static void
try_smbios(struct att_slice in)
{
	struct att_host_interface h;
	struct att_smbios s;
	struct att_slice text;
	unsigned n = 0;

	if (att_smbios_parse(in, &s, NULL) < 0)
		return;
	must(lies_within(s.body, in) && lies_within(s.strings, in));
	while (n < 255 && att_smbios_string(&s, (uint8_t)(n + 1), &text)) {
		must(lies_within(text, in));
		n++;
	}
	must(n == ATT_MIN(s.string_count, 255));
	if (att_host_interface_parse(&s, &h, NULL) == 0)
		must(strlen(h.redfish.host_name) <= ATT_HOST_NAME_MAX &&
		    strlen(h.redfish.service_address) <=
		    ATT_HOST_ADDRESS_MAX);
}

static void
try_list(const struct att_components *list)
{
	AUTO_DONE(att_components_done) struct att_components again = { 0 };
	AUTO(att_json_decref) json_t *j = NULL;

	must(att_components_to_json(list, &j, NULL) == 0);
	must(att_components_from_json(j, &again, NULL) == 0);
	must(again.count == list->count);
}

static void
try_devlink(struct att_slice in)
{
	AUTO_DONE(att_components_done) struct att_components list = { 0 };
	struct att_cur c = att_cur_of(in);
	struct att_nl_message m;

	while (att_nl_next(&c, &m, NULL) > 0) {
		must(lies_within(m.payload, in));
		(void)!att_devlink_add(m.payload, "/nonexistent", &list,
		    NULL);
	}
	(void)!att_devlink_add(in, "/nonexistent", &list, NULL);
	try_list(&list);
}

static void
try_bmc(struct att_slice in)
{
	AUTO_DONE(att_components_done) struct att_components list = { 0 };
	struct att_ipmi_device_id d;
	struct att_component *c;

	if (att_ipmi_device_id_parse(in, &d, NULL) < 0)
		return;
	must(att_components_add(&list, "bmc", ATT_COMPONENT_BMC,
		 ATT_PATH_IPMI, &c, NULL) == 0 &&
	    att_bmc_describe(&d, c, NULL) == 0);
	try_list(&list);
}

static void
try_pairs(struct att_slice in)
{
	struct att_slice rest = in;
	struct att_pair p;
	size_t before = in.len + 1;

	while (att_pair_next(&rest, &p)) {
		must(rest.len < before);
		before = rest.len;
		must(lies_within(p.name, in) && lies_within(p.value, in));
	}
	must(rest.len == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct att_slice in = { data, size };

	try_smbios(in);
	try_devlink(in);
	try_bmc(in);
	try_pairs(in);
	return 0;
}
