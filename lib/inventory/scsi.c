/* SCSI devices, and what is shown as such: /sys/class/scsi_device. */
#include <string.h>

#include "base/file.h"
#include "inventory/attr.h"
#include "inventory/sources.h"

#define WWID_MAX 100	/* bytes of a name that become part of an id */

static const struct att_attr attrs[] = {
	{ "vendor", ATT_SAYS_VENDOR, NULL, false },
	{ "model", ATT_SAYS_MODEL, NULL, false },
	{ "rev", ATT_SAYS_RUNNING, "fw", true },
	/* 0 disk, 13 enclosure (SPC-5, 6.7.2) */
	{ "type", ATT_SAYS_ATTRIBUTE, "type", false },
};

/*
 * By its world-wide name, where it has one, as numbers of hosts change; a
 * device that is reached on two paths is one.
 */
static int
device(const char *dir, const char *name, struct att_components *found,
    struct att_err *err)
{
	AUTO(free) char *at = att_path_join(dir, "device");
	AUTO(free) char *wwid = NULL;
	struct att_component *c;
	int r;

	if (at == NULL)
		return att_err_nomem(err);
	r = att_sysfs_text(at, "wwid", &wwid, err);
	if (r == ATT_E_NOMEM)
		return r;
	if (r == 0)
		wwid[strnlen(wwid, WWID_MAX)] = '\0';
	if ((r = att_attr_add(found, "scsi",
		 r == 0 && wwid[0] != '\0' ? wwid : name, ATT_COMPONENT_SCSI,
		 ATT_PATH_SYSFS, &c, err)) < 0)
		return r;
	return att_attr_read(at, attrs, ATT_COUNT(attrs), c, err);
}

int
att_inventory_scsi(const char *root, struct att_components *to,
    struct att_err *err)
{
	return att_attr_each(root, "sys/class/scsi_device", device, to, err);
}
