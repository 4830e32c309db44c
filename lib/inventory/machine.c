#include "inventory/inventory.h"

#include "inventory/sources.h"

static const struct att_inventory_source own[] = {
	{ "bios", ATT_COMPONENT_BIOS, ATT_PATH_SMBIOS, att_inventory_bios, 0 },
	{ "cpu", ATT_COMPONENT_CPU, ATT_PATH_SYSFS, att_inventory_cpu, 0 },
	{ "esrt", ATT_COMPONENT_ESRT, ATT_PATH_SYSFS, att_inventory_esrt, 0 },
	{ "flash-lock", ATT_COMPONENT_OTHER, ATT_PATH_SYSFS,
	    att_inventory_lock, 0 },
	{ "gpu", ATT_COMPONENT_GPU, ATT_PATH_SYSFS, att_inventory_gpu, 0 },
	{ "me", ATT_COMPONENT_ME, ATT_PATH_SYSFS, att_inventory_me, 0 },
	{ "nic", ATT_COMPONENT_NIC, ATT_PATH_NETLINK, att_inventory_nic, 0 },
	{ "nvme", ATT_COMPONENT_NVME, ATT_PATH_SYSFS, att_inventory_nvme, 0 },
	{ "psp", ATT_COMPONENT_OTHER, ATT_PATH_SYSFS, att_inventory_psp, 0 },
	{ "scsi", ATT_COMPONENT_SCSI, ATT_PATH_SYSFS, att_inventory_scsi, 0 },
	{ "switch", ATT_COMPONENT_SWITCH, ATT_PATH_SYSFS,
	    att_inventory_switch, 0 },
};

int
att_inventory_collect(const struct att_inventory_options *o,
    struct att_components *to, struct att_err *err)
{
	struct att_inventory_options first = *o;
	int r;

	first.more = own;
	first.more_count = ATT_COUNT(own);
	first.tpm = NULL;
	r = att_inventory_ask(&first, to, err);
	return r < 0 ? r : att_inventory_ask(o, to, err);
}
