/* NVMe controllers: /sys/class/nvme. */
#include <string.h>

#include "inventory/attr.h"
#include "inventory/sources.h"

#define SERIAL_MAX 20	/* bytes (NVMe base specification 2.0, figure 275) */

static const struct att_attr attrs[] = {
	{ "model", ATT_SAYS_MODEL, NULL, false },
	{ "serial", ATT_SAYS_SERIAL, NULL, false },
	{ "firmware_rev", ATT_SAYS_RUNNING, "fw", true },
};

/* One that is reached over a network is part of another machine. */
static bool
is_remote(const char *dir)
{
	AUTO(free) char *transport = NULL;

	return att_sysfs_text(dir, "transport", &transport, NULL) == 0 &&
	    strcmp(transport, "pcie") != 0;
}

/*
 * By its serial number, as numbers of controllers change from boot to boot;
 * the two controllers of a drive with two ports are one.
 */
static int
controller(const char *dir, const char *name, struct att_components *found,
    struct att_err *err)
{
	AUTO(free) char *serial = NULL;
	AUTO(free) char *address = NULL;
	const char *id = name;
	struct att_component *c;
	int r;

	if (is_remote(dir))
		return 0;
	r = att_sysfs_text(dir, "serial", &serial, err);
	if (r == ATT_E_NOMEM)
		return r;
	if (r == 0 && serial[0] != '\0') {
		serial[strnlen(serial, SERIAL_MAX)] = '\0';
		id = serial;
	} else if (att_sysfs_text(dir, "address", &address, NULL) == 0 &&
	    address[0] != '\0') {
		id = address;
	}
	if ((r = att_attr_add(found, "nvme", id, ATT_COMPONENT_NVME,
		 ATT_PATH_SYSFS, &c, err)) < 0)
		return r;
	return att_attr_read(dir, attrs, ATT_COUNT(attrs), c, err);
}

int
att_inventory_nvme(const char *root, struct att_components *to,
    struct att_err *err)
{
	return att_attr_each(root, "sys/class/nvme", controller, to, err);
}
