/* Intel's Management Engine, and what is like it: /sys/class/mei. */
#include <stdio.h>
#include <string.h>

#include "inventory/attr.h"
#include "inventory/pci.h"
#include "inventory/sources.h"

#define VERSIONS 3
#define DIGITS 8	/* of a word of fw_status */

/*
 * fw_ver: lines "platform:major.minor.milestone.build" of what runs, of what
 * it recovers from, and of the image that was built (linux
 * Documentation/ABI/testing/sysfs-class-mei).
 */
static int
read_versions(const char *dir, struct att_component *c, struct att_err *err)
{
	static const char *const names[VERSIONS] = { "me", "me.recovery",
		"me.fitc" };
	AUTO(free) char *text = NULL;
	struct att_err why = { 0 };
	char *rest, *line;
	int r = att_sysfs_text(dir, "fw_ver", &text, &why);

	if (r == 0 && text[0] == '\0')
		r = att_err_set(&why, ATT_E_NOT_FOUND, "empty");
	if (r < 0)
		return att_attr_blame(c, "fw_ver", &why, err);
	rest = text;
	for (size_t i = 0; i < VERSIONS && rest != NULL; i++) {
		line = strsep(&rest, "\n");
		if ((r = att_attr_version(c, names[i],
			 i == 0 ? ATT_VERSION_RUNNING : ATT_VERSION_STORED,
			 line, err)) < 0)
			return r;
	}
	return 0;
}

/*
 * The first word of fw_status, HFSTS1, has bits that stay what they are until
 * the next reset, and others that count: those are left out. Layout: coreboot,
 * src/soc/intel/common/block/include/intelblocks/cse.h.
 */
static int
read_status(const char *dir, struct att_component *c, struct att_err *err)
{
	AUTO(free) char *text = NULL;
	struct att_err why = { 0 };
	unsigned long status;
	char mode[8];
	int r = att_sysfs_text(dir, "fw_status", &text, &why);

	if (r == ATT_E_NOT_FOUND)
		return 0;
	if (r == 0 && (strcspn(text, "\n") != DIGITS ||
	    strspn(text, "0123456789abcdefABCDEF") != DIGITS))
		r = att_err_set(&why, ATT_E_FORMAT, "not a word");
	if (r < 0)
		return att_attr_blame(c, "fw_status", &why, err);
	status = strtoul(text, NULL, 16);
	(void)snprintf(mode, sizeof(mode), "%lu", status >> 16 & 0xf);
	r = att_attr_attribute(c, "manufacturing_mode",
	    (status >> 4 & 1) != 0 ? "1" : "0", err);
	return r < 0 ? r : att_attr_attribute(c, "operation_mode", mode, err);
}

static int
device(const char *dir, const char *name, struct att_components *found,
    struct att_err *err)
{
	struct att_component *c;
	int r = att_pci_add(dir, name, "me", ATT_COMPONENT_ME, ATT_PATH_SYSFS,
	    found, &c, err);

	return r < 0 || (r = read_versions(dir, c, err)) < 0 ?
	    r : read_status(dir, c, err);
}

int
att_inventory_me(const char *root, struct att_components *to,
    struct att_err *err)
{
	return att_attr_each(root, "sys/class/mei", device, to, err);
}
