/* AMD's secure processor, as the driver ccp shows it on its PCI device. */
#include <string.h>

#include "inventory/attr.h"
#include "inventory/pci.h"
#include "inventory/sources.h"

/*
 * linux Documentation/ABI/testing/sysfs-driver-ccp. Which of them there are
 * depends on the kernel and on the part: none must be.
 */
static const struct att_attr attrs[] = {
	{ "bootloader_version", ATT_SAYS_RUNNING, "bootloader", false },
	{ "tee_version", ATT_SAYS_RUNNING, "tee", false },
	{ "anti_rollback_status", ATT_SAYS_ATTRIBUTE, "anti_rollback_status",
	    false },
	{ "boot_integrity", ATT_SAYS_ATTRIBUTE, "boot_integrity", false },
	{ "debug_lock_on", ATT_SAYS_ATTRIBUTE, "debug_lock_on", false },
	{ "fused_part", ATT_SAYS_ATTRIBUTE, "fused_part", false },
	{ "hsp_tpm_available", ATT_SAYS_ATTRIBUTE, "hsp_tpm_available",
	    false },
	{ "rom_armor_enforced", ATT_SAYS_ATTRIBUTE, "rom_armor_enforced",
	    false },
	{ "rpmc_production_enabled", ATT_SAYS_ATTRIBUTE,
	    "rpmc_production_enabled", false },
	{ "rpmc_spirom_available", ATT_SAYS_ATTRIBUTE,
	    "rpmc_spirom_available", false },
	{ "tsme_status", ATT_SAYS_ATTRIBUTE, "tsme_status", false },
};

/*
 * Names of the driver's directory that are no devices have none of the files;
 * nor have devices that are only the accelerator beside the processor.
 */
static int
device(const char *dir, const char *name, struct att_components *found,
    struct att_err *err)
{
	struct att_component *c;
	int r;

	if (strchr(name, ':') == NULL)
		return 0;
	if ((r = att_attr_add(found, "psp", name, ATT_COMPONENT_OTHER,
		 ATT_PATH_SYSFS, &c, err)) < 0 ||
	    (r = att_attr_read(dir, attrs, ATT_COUNT(attrs), c, err)) < 0 ||
	    (r = att_pci_describe(dir, c, err)) < 0)
		return r;
	att_attr_drop_silent(found);
	return 0;
}

int
att_inventory_psp(const char *root, struct att_components *to,
    struct att_err *err)
{
	return att_attr_each(root, "sys/bus/pci/drivers/ccp", device, to,
	    err);
}
