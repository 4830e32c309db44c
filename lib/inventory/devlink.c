#include "inventory/devlink.h"

#include <linux/devlink.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "inventory/attr.h"
#include "inventory/inventory.h"
#include "inventory/pci.h"

#define PCI_DEVICES "sys/bus/pci/devices"
#define PART_MAX 64		/* bytes of a bus or device that become an id */
#define TRIES 3			/* of an answer that does not hold still */
#define GENL_HDR 4		/* command, version, 2 reserved */

/* -- one device ------------------------------------------------------------ */

struct device {
	const char *bus, *name, *driver, *serial, *board_serial;
};

/* Nested: a name and a value. */
static int
add_version(struct att_slice nest, enum att_version_role role,
    struct att_component *c, struct att_err *err)
{
	struct att_cur in = att_cur_of(nest);
	const char *name = NULL, *value = NULL;
	struct att_nl_attr a;
	int r;

	while ((r = att_nl_attr_next(&in, &a, err)) > 0) {
		if (a.type == DEVLINK_ATTR_INFO_VERSION_NAME)
			name = att_nl_string(&a);
		else if (a.type == DEVLINK_ATTR_INFO_VERSION_VALUE)
			value = att_nl_string(&a);
	}
	if (r < 0)
		return r;
	if (name == NULL || value == NULL)
		return att_err_set(err, ATT_E_FORMAT,
		    "devlink: a version without name or value");
	return att_attr_version(c, name, role, value, err);
}

static int
add_versions(struct att_cur in, struct att_component *c, struct att_err *err)
{
	struct att_nl_attr a;
	int r;

	while ((r = att_nl_attr_next(&in, &a, err)) > 0) {
		if (a.type == DEVLINK_ATTR_INFO_VERSION_FIXED)
			r = add_version(a.value, ATT_VERSION_FIXED, c, err);
		else if (a.type == DEVLINK_ATTR_INFO_VERSION_RUNNING)
			r = add_version(a.value, ATT_VERSION_RUNNING, c, err);
		else if (a.type == DEVLINK_ATTR_INFO_VERSION_STORED)
			r = add_version(a.value, ATT_VERSION_STORED, c, err);
		if (r < 0)
			return r;
	}
	return r;
}

static int
read_device(struct att_cur in, struct device *ret, struct att_err *err)
{
	struct device d = { 0 };
	struct att_nl_attr a;
	int r;

	while ((r = att_nl_attr_next(&in, &a, err)) > 0) {
		const char *text = att_nl_string(&a);

		if (a.type == DEVLINK_ATTR_BUS_NAME)
			d.bus = text;
		else if (a.type == DEVLINK_ATTR_DEV_NAME)
			d.name = text;
		else if (a.type == DEVLINK_ATTR_INFO_DRIVER_NAME)
			d.driver = text;
		else if (a.type == DEVLINK_ATTR_INFO_SERIAL_NUMBER)
			d.serial = text;
		else if (a.type == DEVLINK_ATTR_INFO_BOARD_SERIAL_NUMBER)
			d.board_serial = text;
	}
	if (r < 0)
		return r;
	if (d.bus == NULL || d.name == NULL)
		return att_err_set(err, ATT_E_FORMAT,
		    "devlink: a device without bus or name");
	*ret = d;
	return 0;
}

/* Where sysfs has it; NULL for what cannot be a device's name, or no memory. */
static char *
pci_dir(const char *root, const struct device *d)
{
	AUTO(free) char *all = att_path_join(root, PCI_DEVICES);

	if (all == NULL || strcmp(d->bus, "pci") != 0 ||
	    strchr(d->name, '/') != NULL || d->name[0] == '.')
		return NULL;
	return att_path_join(all, d->name);
}

static int
add_device(const struct device *d, const char *dir,
    struct att_components *to, struct att_component **ret,
    struct att_err *err)
{
	char id[2 * PART_MAX + 2];
	bool pci = strcmp(d->bus, "pci") == 0;
	int r;

	(void)snprintf(id, sizeof(id), "%.*s%s%.*s", PART_MAX,
	    pci ? "" : d->bus, pci ? "" : "/", PART_MAX, d->name);
	if ((r = att_attr_add(to, "nic", id, ATT_COMPONENT_NIC,
		 ATT_PATH_NETLINK, ret, err)) < 0 ||
	    (dir != NULL && (r = att_pci_describe(dir, *ret, err)) < 0) ||
	    (r = att_component_describe(*ret, NULL, NULL, d->serial, err)) <
		0 ||
	    (r = att_attr_attribute(*ret, "board_serial", d->board_serial,
		 err)) < 0)
		return r;
	return att_attr_attribute(*ret, "driver", d->driver, err);
}

int
att_devlink_add(struct att_slice payload, const char *root,
    struct att_components *to, struct att_err *err)
{
	AUTO_DONE(att_components_done) struct att_components one = { 0 };
	AUTO(free) char *dir = NULL;
	struct att_cur in = att_cur_of(payload);
	struct att_component *c;
	struct device d = { .bus = NULL };
	int r;

	if (!att_cur_skip(&in, GENL_HDR))
		return att_err_set(err, ATT_E_SHORT,
		    "devlink: ends within a header");
	if ((r = read_device(in, &d, err)) < 0)
		return r;
	dir = pci_dir(root, &d);
	if (strcmp(d.bus, "auxiliary") == 0 ||
	    (dir != NULL && att_pci_is_virtual(dir)))
		return 0;
	if ((r = add_device(&d, dir, &one, &c, err)) < 0 ||
	    (r = add_versions(in, c, err)) < 0)
		return r;
	if (c->versions == 0 && c->result == ATT_MEASURED_OK)
		r = att_component_set_failed(c, ATT_MEASURED_NOT_AVAILABLE,
		    "its driver tells no version", err);
	return r < 0 ? r : att_inventory_merge(to, &one, err);
}

/* -- all of them ----------------------------------------------------------- */

/* CTRL_CMD_GETFAMILY: the number of a family, of its name. */
static int
take_family(void *arg, const struct att_nl_message *m, struct att_err *err)
{
	struct att_cur in = att_cur_of(m->payload);
	struct att_nl_attr a;
	uint16_t *family = arg;
	int r;

	if (!att_cur_skip(&in, GENL_HDR))
		return att_err_set(err, ATT_E_SHORT,
		    "netlink: ends within a header");
	while ((r = att_nl_attr_next(&in, &a, err)) > 0)
		if (a.type == CTRL_ATTR_FAMILY_ID && !att_nl_u16(&a, family))
			return att_err_set(err, ATT_E_FORMAT,
			    "netlink: a family that is no number");
	return r;
}

static int
find_family(const struct att_nl_io *io, uint16_t *ret, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(256);
	size_t mark = att_nl_begin(&b, GENL_ID_CTRL, NLM_F_REQUEST | NLM_F_ACK,
	    1, CTRL_CMD_GETFAMILY, 1);
	int r;

	att_nl_put_string(&b, CTRL_ATTR_FAMILY_NAME, DEVLINK_GENL_NAME);
	att_nl_end(&b, mark);
	*ret = 0;
	if ((r = att_buf_ok(&b, "netlink", err)) < 0 ||
	    (r = att_nl_ask(io, att_buf_view(&b), 1, take_family, ret, err)) <
		0)
		return r;
	return *ret != 0 ? 0 : att_err_set(err, ATT_E_FORMAT,
				   "netlink: a family without a number");
}

struct walk {
	const char *root;
	struct att_components found;
};

static void
walk_done(struct walk *w)
{
	att_components_done(&w->found);
}

static int
take_info(void *arg, const struct att_nl_message *m, struct att_err *err)
{
	struct walk *w = arg;

	return att_devlink_add(m->payload, w->root, &w->found, err);
}

int
att_devlink_collect(const struct att_nl_io *io, const char *root,
    struct att_components *to, struct att_err *err)
{
	uint16_t family;
	int r = find_family(io, &family, err);

	if (r < 0)
		return r == ATT_E_NOT_FOUND ? 0 : r;
	for (uint32_t i = 0; i < TRIES; i++) {
		AUTO_DONE(walk_done) struct walk w = { .root = root };
		AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(256);
		size_t mark = att_nl_begin(&b, family,
		    NLM_F_REQUEST | NLM_F_ACK | NLM_F_DUMP, 2 + i,
		    DEVLINK_CMD_INFO_GET, DEVLINK_GENL_VERSION);

		att_nl_end(&b, mark);
		if ((r = att_buf_ok(&b, "netlink", err)) == 0)
			r = att_nl_ask(io, att_buf_view(&b), 2 + i, take_info,
			    &w, err);
		if (r == 0)
			return att_inventory_merge(to, &w.found, err);
		if (r != ATT_E_BUSY)
			return r;
	}
	return r;
}
