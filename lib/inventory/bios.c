/* SMBIOS, as the kernel shows it: /sys/class/dmi/id. */
#include "base/file.h"
#include "inventory/attr.h"
#include "inventory/sources.h"

/*
 * Serial numbers are left out: they are root's to read, and say nothing about
 * the firmware.
 */
static const struct att_attr attrs[] = {
	{ "bios_vendor", ATT_SAYS_VENDOR, NULL, false },
	{ "board_name", ATT_SAYS_MODEL, NULL, false },
	{ "bios_version", ATT_SAYS_RUNNING, "bios", true },
	{ "bios_release", ATT_SAYS_RUNNING, "bios.release", false },
	{ "ec_firmware_release", ATT_SAYS_RUNNING, "ec", false },
	{ "bios_date", ATT_SAYS_ATTRIBUTE, "bios_date", false },
	{ "board_vendor", ATT_SAYS_ATTRIBUTE, "board_vendor", false },
	{ "board_version", ATT_SAYS_ATTRIBUTE, "board_version", false },
	{ "product_name", ATT_SAYS_ATTRIBUTE, "product_name", false },
	{ "sys_vendor", ATT_SAYS_ATTRIBUTE, "sys_vendor", false },
};

int
att_inventory_bios(const char *root, struct att_components *to,
    struct att_err *err)
{
	AUTO_DONE(att_names_done) struct att_names n = { 0 };
	AUTO(free) char *dir = att_path_join(root, "sys/class/dmi/id");
	struct att_component *c;
	int r;

	if (dir == NULL)
		return att_err_nomem(err);
	if ((r = att_sysfs_list(dir, &n, err)) < 0)
		return r == ATT_E_NOT_FOUND ? 0 : r;
	if ((r = att_components_add(to, "bios", ATT_COMPONENT_BIOS,
		 ATT_PATH_SMBIOS, &c, err)) < 0)
		return r;
	return att_attr_read(dir, attrs, ATT_COUNT(attrs), c, err);
}
