/*
 * How an Intel board locks its flash chip: the BIOS control register of the
 * SPI controller, and what the driver of Linux 6.13 and later shows.
 */
#include <errno.h>
#include <string.h>

#include "base/file.h"
#include "inventory/attr.h"
#include "inventory/pci.h"
#include "inventory/sources.h"

#define CONTROLLER "sys/bus/pci/devices/0000:00:1f.5"
#define BIOS_CONTROL 0xdc	/* Intel 400 series, volume 2, BIOS_SPI_BC */
#define CONFIG_MAX 4096		/* bytes of the configuration space */

/* linux Documentation/ABI/testing/sysfs-driver-spi-intel */
static const struct att_attr attrs[] = {
	{ "intel_spi_bios_locked", ATT_SAYS_ATTRIBUTE, "bios_locked", false },
	{ "intel_spi_locked", ATT_SAYS_ATTRIBUTE, "locked", false },
	{ "intel_spi_protected", ATT_SAYS_ATTRIBUTE, "protected", false },
};

static const struct bit {
	unsigned bit;
	const char *name;
} bits[] = {
	{ 0, "bios_write_enable" },
	{ 1, "bios_lock_enable" },
	{ 5, "smm_bios_write_protect" },
};

/* Without a privilege the kernel gives 64 bytes of it and no error. */
static int
read_control(const char *dir, struct att_component *c, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(CONFIG_MAX);
	struct att_err why = { 0 };
	int r = att_sysfs_read(dir, "config", &b, &why);

	if (r == 0 && b.len <= BIOS_CONTROL)
		r = att_err_sys(&why, EACCES, "config");
	if (r < 0)
		return att_attr_blame(c, "config", &why, err);
	for (size_t i = 0; r == 0 && i < ATT_COUNT(bits); i++)
		r = att_attr_attribute(c, bits[i].name,
		    (b.data[BIOS_CONTROL] >> bits[i].bit & 1) != 0 ? "1" : "0",
		    err);
	return r;
}

static bool
reads(const char *dir, const char *file, const char *want)
{
	AUTO(free) char *text = NULL;

	return att_sysfs_text(dir, file, &text, NULL) == 0 &&
	    strcmp(text, want) == 0;
}

int
att_inventory_lock(const char *root, struct att_components *to,
    struct att_err *err)
{
	AUTO(free) char *dir = att_path_join(root, CONTROLLER);
	struct att_component *c;
	int r;

	if (dir == NULL)
		return att_err_nomem(err);
	/* a serial bus controller of no kind with a name */
	if (!reads(dir, "vendor", "0x8086") ||
	    !reads(dir, "class", "0x0c8000"))
		return 0;
	if ((r = att_components_add(to, "flash-lock", ATT_COMPONENT_OTHER,
		 ATT_PATH_SYSFS, &c, err)) < 0 ||
	    (r = att_pci_describe(dir, c, err)) < 0 ||
	    (r = read_control(dir, c, err)) < 0)
		return r;
	return att_attr_read(dir, attrs, ATT_COUNT(attrs), c, err);
}
