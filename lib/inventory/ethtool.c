#include "inventory/ethtool.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/file.h"
#include "inventory/attr.h"
#include "inventory/pci.h"

#define ID_MAX 120	/* bytes: more than a device's name has */

static int
say(const struct att_drvinfo *info, struct att_component *c,
    struct att_err *err)
{
	bool told = info->firmware[0] != '\0' &&
	    strcmp(info->firmware, "N/A") != 0;
	int r = att_attr_attribute(c, "driver", info->driver, err);

	if (r < 0 || (r = att_attr_version(c, "rom", ATT_VERSION_STORED,
			  info->rom, err)) < 0)
		return r;
	return told ? att_attr_version(c, "fw", ATT_VERSION_RUNNING,
			  info->firmware, err) :
		      att_component_set_failed(c, ATT_MEASURED_NOT_AVAILABLE,
			  "its driver tells no version", err);
}

static int
interface(const struct att_ethtool_io *io, const char *dir,
    const char *name, struct att_components *to, struct att_err *err)
{
	AUTO(free) char *device = att_path_join(dir, "device");
	AUTO(free) char *at = NULL;
	struct att_drvinfo info = { .driver = "" };
	struct att_component *c;
	struct att_err why = { 0 };
	char id[ID_MAX];
	int r;

	if (device == NULL)
		return att_err_nomem(err);
	r = att_sysfs_link(dir, "device", &at, err);
	if (r == ATT_E_NOMEM)
		return r;
	/* of no device, or of one that has another's firmware */
	if (r < 0 || att_pci_is_virtual(device))
		return 0;
	(void)snprintf(id, sizeof(id), "nic/%s", at);
	if (att_components_find(to, id) != NULL)
		return 0;
	if ((r = att_components_add(to, id, ATT_COMPONENT_NIC,
		 ATT_PATH_ETHTOOL, &c, err)) < 0 ||
	    (r = att_pci_describe(device, c, err)) < 0)
		return r;
	if ((r = io->drvinfo(io->arg, name, &info)) == 0)
		return say(&info, c, err);
	att_err_sys(&why, -r, "%s", name);
	return att_attr_blame(c, "driver", &why, err);
}

int
att_ethtool_collect(const struct att_ethtool_io *io, const char *root,
    struct att_components *to, struct att_err *err)
{
	AUTO_DONE(att_names_done) struct att_names n = { 0 };
	AUTO(free) char *at = att_path_join(root, "sys/class/net");
	int r;

	if (at == NULL)
		return att_err_nomem(err);
	if ((r = att_sysfs_list(at, &n, err)) < 0)
		return r == ATT_E_NOT_FOUND ? 0 : r;
	for (size_t i = 0; i < n.count; i++) {
		AUTO(free) char *dir = att_path_join(at, n.name[i]);

		if (dir == NULL)
			return att_err_nomem(err);
		if ((r = interface(io, dir, n.name[i], to, err)) < 0)
			return r;
	}
	return 0;
}

/* -- the socket ------------------------------------------------------------ */

/* The kernel fills these up to their size, and may end them with no NUL. */
static void
copy(const char *from, size_t size, char ret[static ATT_DRVINFO_TEXT])
{
	size_t n = strnlen(from, ATT_MIN(size, ATT_DRVINFO_TEXT - 1));

	memcpy(ret, from, n);
	ret[n] = '\0';
}

static int
real_drvinfo(void *arg, const char *name, struct att_drvinfo *ret)
{
	struct ethtool_drvinfo info = { .cmd = ETHTOOL_GDRVINFO };
	struct ifreq req = { .ifr_data = (char *)&info };
	size_t n = strlen(name);

	if (n >= sizeof(req.ifr_name))
		return -ENODEV;
	memcpy(req.ifr_name, name, n);
	if (ioctl(*(const int *)arg, SIOCETHTOOL, &req) < 0)
		return -errno;
	copy(info.driver, sizeof(info.driver), ret->driver);
	copy(info.fw_version, sizeof(info.fw_version), ret->firmware);
	copy(info.erom_version, sizeof(info.erom_version), ret->rom);
	return 0;
}

/* Any socket will do; this one needs no network to be had. */
int
att_ethtool_open(int *fd, struct att_ethtool_io *ret, struct att_err *err)
{
	AUTO_DONE(att_fd_done) int s = socket(AF_UNIX,
	    SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (s < 0)
		return att_err_sys(err, errno, "ethtool");
	*fd = s;
	s = -1;
	*ret = (struct att_ethtool_io){ real_drvinfo, fd };
	return 0;
}
