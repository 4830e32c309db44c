/* PCIe switches of Microchip: /sys/class/switchtec. */
#include "inventory/attr.h"
#include "inventory/pci.h"
#include "inventory/sources.h"

static const struct att_attr attrs[] = {
	{ "vendor_id", ATT_SAYS_VENDOR, NULL, false },
	{ "product_id", ATT_SAYS_MODEL, NULL, false },
	{ "fw_version", ATT_SAYS_RUNNING, "fw", true },
	{ "product_revision", ATT_SAYS_ATTRIBUTE, "product_revision", false },
	{ "component_id", ATT_SAYS_ATTRIBUTE, "component_id", false },
	{ "component_revision", ATT_SAYS_ATTRIBUTE, "component_revision",
	    false },
	{ "component_vendor", ATT_SAYS_ATTRIBUTE, "component_vendor", false },
};

static int
device(const char *dir, const char *name, struct att_components *found,
    struct att_err *err)
{
	struct att_component *c;
	int r = att_pci_add(dir, name, "switch", ATT_COMPONENT_SWITCH,
	    ATT_PATH_SYSFS, found, &c, err);

	return r < 0 ? r :
		       att_attr_read(dir, attrs, ATT_COUNT(attrs), c, err);
}

int
att_inventory_switch(const char *root, struct att_components *to,
    struct att_err *err)
{
	return att_attr_each(root, "sys/class/switchtec", device, to, err);
}
