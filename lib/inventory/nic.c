/*
 * Network adapters, by the first that knows a device: devlink, which tells
 * what is stored as well; InfiniBand's sysfs; ethtool.
 */
#include <stdio.h>

#include "base/file.h"
#include "inventory/attr.h"
#include "inventory/devlink.h"
#include "inventory/ethtool.h"
#include "inventory/inventory.h"
#include "inventory/pci.h"
#include "inventory/sources.h"

/* -- InfiniBand ------------------------------------------------------------ */

static const struct att_attr attrs[] = {
	{ "fw_ver", ATT_SAYS_RUNNING, "fw", true },
	{ "board_id", ATT_SAYS_ATTRIBUTE, "board_id", false },
	{ "hca_type", ATT_SAYS_ATTRIBUTE, "hca_type", false },
};

static int
hca(const char *dir, const char *name, struct att_components *found,
    struct att_err *err)
{
	AUTO(free) char *device = att_path_join(dir, "device");
	struct att_component *c;
	int r;

	if (device == NULL)
		return att_err_nomem(err);
	if (att_pci_is_virtual(device))
		return 0;
	r = att_pci_add(dir, name, "nic", ATT_COMPONENT_NIC, ATT_PATH_SYSFS,
	    found, &c, err);
	return r < 0 ? r :
		       att_attr_read(dir, attrs, ATT_COUNT(attrs), c, err);
}

/* Those that are not in the list yet. */
static int
add_new(struct att_components *to, const struct att_components *from,
    struct att_err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < from->count; i++) {
		struct att_components one = { &from->item[i], 1 };

		if (att_components_find(to, from->item[i].id) == NULL)
			r = att_inventory_merge(to, &one, err);
	}
	return r;
}

static int
infiniband(const char *root, struct att_components *to, struct att_err *err)
{
	AUTO_DONE(att_components_done) struct att_components list = { 0 };
	int r = att_attr_each(root, "sys/class/infiniband", hca, &list, err);

	return r < 0 ? r : add_new(to, &list, err);
}

/* -- the kernel's two ways ------------------------------------------------- */

static int
devlink(const char *root, struct att_components *to, struct att_err *err)
{
	AUTO_DONE(att_fd_done) int fd = -1;
	struct att_nl_io io;
	int r = att_nl_open(&fd, &io, err);

	return r < 0 ? r : att_devlink_collect(&io, root, to, err);
}

static int
ethtool(const char *root, struct att_components *to, struct att_err *err)
{
	AUTO_DONE(att_fd_done) int fd = -1;
	struct att_ethtool_io io;
	int r = att_ethtool_open(&fd, &io, err);

	return r < 0 ? r : att_ethtool_collect(&io, root, to, err);
}

/* One way that fails is in the list itself; the others are gone as well. */
static int
settle(int r, const char *way, enum att_path path, const struct att_err *why,
    struct att_components *to, struct att_err *err)
{
	struct att_component *c;

	if (r == 0)
		return 0;
	r = att_attr_add(to, "nic", way, ATT_COMPONENT_NIC, path, &c, err);
	return r < 0 ? r : att_attr_blame(c, way, why, err);
}

int
att_inventory_nic(const char *root, struct att_components *to,
    struct att_err *err)
{
	bool here = root[0] == '\0';
	struct att_err why[3] = { { 0 } };
	int r;

	if ((r = settle(here ? devlink(root, to, &why[0]) : 0, "devlink",
		 ATT_PATH_NETLINK, &why[0], to, err)) < 0 ||
	    (r = settle(infiniband(root, to, &why[1]), "infiniband",
		 ATT_PATH_SYSFS, &why[1], to, err)) < 0)
		return r;
	return settle(here ? ethtool(root, to, &why[2]) : 0, "ethtool",
	    ATT_PATH_ETHTOOL, &why[2], to, err);
}
