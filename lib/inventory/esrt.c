/* EFI System Resource Table: /sys/firmware/efi/esrt, which is root's. */
#include <string.h>

#include "inventory/attr.h"
#include "inventory/sources.h"

#define GUID_LEN 36	/* xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx */

/*
 * What was last tried, last_attempt_version and its status, tells of an update
 * and not of the firmware.
 */
static const struct att_attr attrs[] = {
	{ "fw_version", ATT_SAYS_RUNNING, "fw", true },
	{ "lowest_supported_fw_version", ATT_SAYS_MINIMUM, "fw", false },
	/* 1 system, 2 device, 3 UEFI driver (UEFI 2.10, 23.4) */
	{ "fw_type", ATT_SAYS_ATTRIBUTE, "fw_type", false },
};

static bool
is_guid(const char *s)
{
	return strlen(s) == GUID_LEN &&
	    strspn(s, "0123456789abcdefABCDEF-") == GUID_LEN;
}

static int
entry(const char *dir, const char *name, struct att_components *found,
    struct att_err *err)
{
	AUTO(free) char *guid = NULL;
	struct att_err why = { 0 };
	struct att_component *c;
	int r = att_sysfs_text(dir, "fw_class", &guid, &why);

	if (r == 0 && !is_guid(guid))
		r = att_err_set(&why, ATT_E_FORMAT, "not a GUID");
	if (r < 0) {
		r = att_attr_add(found, "esrt", name, ATT_COMPONENT_ESRT,
		    ATT_PATH_SYSFS, &c, err);
		return r < 0 ? r : att_attr_blame(c, "fw_class", &why, err);
	}
	if ((r = att_attr_add(found, "esrt", guid, ATT_COMPONENT_ESRT,
		 ATT_PATH_SYSFS, &c, err)) < 0)
		return r;
	return att_attr_read(dir, attrs, ATT_COUNT(attrs), c, err);
}

int
att_inventory_esrt(const char *root, struct att_components *to,
    struct att_err *err)
{
	return att_attr_each(root, "sys/firmware/efi/esrt/entries", entry, to,
	    err);
}
