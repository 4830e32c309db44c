#include "agent/hardware.h"

#include "inventory/inventory.h"
#include "ipmi/bmc.h"

int
att_hardware_collect(const char *root, struct att_components *list,
    struct att_err *err)
{
	static const struct att_inventory_source bmc = { "bmc",
		ATT_COMPONENT_BMC, ATT_PATH_IPMI, att_bmc_collect, 0 };
	const struct att_inventory_options o = { .root = root,
		.more = &bmc, .more_count = 1 };

	return att_inventory_collect(&o, list, err);
}
