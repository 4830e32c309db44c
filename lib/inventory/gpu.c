/* GPUs and other accelerators, each as its driver tells. */
#include <string.h>

#include "base/cur.h"
#include "base/file.h"
#include "inventory/attr.h"
#include "inventory/pairs.h"
#include "inventory/pci.h"
#include "inventory/sources.h"

#define SUFFIX "_fw_version"

/* -- NVIDIA: /proc/driver/nvidia ------------------------------------------- */

static bool
is_told(struct att_slice s)
{
	return s.len > 0 && memchr(s.data, '?', s.len) == NULL &&
	    !att_slice_is(s, "N/A");
}

static int
nvidia_pair(struct att_pair p, struct att_component *c, struct att_err *err)
{
	AUTO(free) char *text = strndup((const char *)p.value.data,
	    p.value.len);

	if (text == NULL)
		return att_err_nomem(err);
	if (att_slice_is(p.name, "Model"))
		return att_component_describe(c, NULL, text, NULL, err);
	if (!is_told(p.value))
		return 0;
	if (att_slice_is(p.name, "GPU UUID"))
		return att_component_describe(c, NULL, NULL, text, err);
	if (att_slice_is(p.name, "Video BIOS"))
		return att_attr_version(c, "vbios", ATT_VERSION_RUNNING, text,
		    err);
	if (att_slice_is(p.name, "GPU Firmware"))
		return att_attr_version(c, "gsp", ATT_VERSION_RUNNING, text,
		    err);
	return 0;
}

/* Before the driver's first use of a GPU it knows none: "??.??.??.??.??". */
static int
nvidia_gpu(const char *dir, const char *name, struct att_components *found,
    struct att_err *err)
{
	AUTO(free) char *text = NULL;
	struct att_err why = { 0 };
	struct att_component *c;
	struct att_slice rest;
	struct att_pair p;
	int r = att_attr_add(found, "gpu", name, ATT_COMPONENT_GPU,
	    ATT_PATH_PROCFS, &c, err);

	if (r < 0 || (r = att_component_describe(c, "NVIDIA", NULL, NULL,
			  err)) < 0)
		return r;
	if (att_sysfs_text(dir, "information", &text, &why) < 0)
		return att_attr_blame(c, "information", &why, err);
	rest = att_slice_of(text);
	while (att_pair_next(&rest, &p))
		if ((r = nvidia_pair(p, c, err)) < 0)
			return r;
	if (att_component_version(c, "vbios", ATT_VERSION_RUNNING) != NULL)
		return 0;
	return att_component_set_failed(c, ATT_MEASURED_FAILED,
	    "information: its driver did not ask it yet", err);
}

/* "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.129.03  Thu ...". */
static char *
driver_version(char *text)
{
	char *rest = text, *word;

	while ((word = strsep(&rest, " \t")) != NULL)
		if (strchr(word, '.') != NULL &&
		    word[strspn(word, "0123456789.")] == '\0')
			return word;
	return NULL;
}

/* The driver brings the firmware of the GPU's system processor with it. */
static int
nvidia_driver(const char *root, struct att_components *to,
    struct att_err *err)
{
	AUTO(free) char *text = NULL;
	struct att_err why = { 0 };
	struct att_component *c;
	char *line, *version = NULL;
	int r = att_sysfs_text(root, "proc/driver/nvidia/version", &text,
	    &why);

	if (r == ATT_E_NOT_FOUND)
		return 0;
	if ((r = att_components_add(to, "gpu/nvidia-driver",
		 ATT_COMPONENT_GPU, ATT_PATH_PROCFS, &c, err)) < 0 ||
	    (r = att_component_describe(c, "NVIDIA", NULL, NULL, err)) < 0)
		return r;
	if (text != NULL) {
		char *rest = text;

		line = strsep(&rest, "\n");
		version = driver_version(line);
		if (version == NULL)
			att_err_set(&why, ATT_E_FORMAT, "no version");
	}
	return version == NULL ? att_attr_blame(c, "version", &why, err) :
				 att_attr_version(c, "driver",
				     ATT_VERSION_RUNNING, version, err);
}

/* -- AMD: /sys/class/drm/cardN/device -------------------------------------- */

/* "smc_fw_version" is of "smc". */
static int
amd_firmware(const char *dir, struct att_component *c, struct att_err *err)
{
	AUTO(free) char *at = att_path_join(dir, "fw_version");
	AUTO_DONE(att_names_done) struct att_names n = { 0 };
	struct att_err why = { 0 };
	int r;

	if (at == NULL)
		return att_err_nomem(err);
	if ((r = att_sysfs_list(at, &n, &why)) < 0)
		return r == ATT_E_NOT_FOUND ? 0 :
					      att_attr_blame(c, "fw_version",
						  &why, err);
	for (size_t i = 0; i < n.count; i++) {
		AUTO(free) char *name = strdup(n.name[i]);
		struct att_attr a = { n.name[i], ATT_SAYS_RUNNING, name,
			true };
		size_t len;

		if (name == NULL)
			return att_err_nomem(err);
		len = strlen(name);
		if (len > strlen(SUFFIX) &&
		    strcmp(name + len - strlen(SUFFIX), SUFFIX) == 0)
			name[len - strlen(SUFFIX)] = '\0';
		if ((r = att_attr_read(at, &a, 1, c, err)) < 0)
			return r;
	}
	return 0;
}

/* Cards of other drivers have none of these, and are passed over. */
static int
amd_card(const char *dir, const char *name, struct att_components *found,
    struct att_err *err)
{
	static const struct att_attr attrs[] = {
		{ "vbios_version", ATT_SAYS_RUNNING, "vbios", false },
		{ "unique_id", ATT_SAYS_SERIAL, NULL, false },
	};
	AUTO(free) char *device = att_path_join(dir, "device");
	struct att_component *c;
	unsigned card;
	int r;

	if (!att_attr_number(name, "card", &card))
		return 0;
	if (device == NULL)
		return att_err_nomem(err);
	if ((r = att_pci_add(dir, name, "gpu", ATT_COMPONENT_GPU,
		 ATT_PATH_SYSFS, found, &c, err)) < 0 ||
	    (r = att_attr_read(device, attrs, ATT_COUNT(attrs), c, err)) <
		0 ||
	    (r = amd_firmware(device, c, err)) < 0)
		return r;
	att_attr_drop_silent(found);
	return 0;
}

/* -- Gaudi: /sys/class/accel/accelN/device --------------------------------- */

/* linux Documentation/ABI/testing/sysfs-driver-habanalabs */
static int
gaudi(const char *dir, const char *name, struct att_components *found,
    struct att_err *err)
{
	static const struct att_attr attrs[] = {
		{ "device_type", ATT_SAYS_MODEL, NULL, false },
		{ "cpld_ver", ATT_SAYS_RUNNING, "cpld", false },
		{ "cpucp_kernel_ver", ATT_SAYS_RUNNING, "cpucp.kernel",
		    false },
		{ "cpucp_ver", ATT_SAYS_RUNNING, "cpucp", false },
		{ "fuse_ver", ATT_SAYS_RUNNING, "fuse", false },
		{ "fw_os_ver", ATT_SAYS_RUNNING, "fw_os", false },
		{ "infineon_ver", ATT_SAYS_RUNNING, "infineon", false },
		{ "preboot_btl_ver", ATT_SAYS_RUNNING, "preboot", false },
		{ "thermal_ver", ATT_SAYS_RUNNING, "thermal", false },
		{ "uboot_ver", ATT_SAYS_RUNNING, "uboot", false },
		{ "vrm_ver", ATT_SAYS_RUNNING, "vrm", false },
		{ "security_enabled", ATT_SAYS_ATTRIBUTE, "security_enabled",
		    false },
	};
	AUTO(free) char *device = att_path_join(dir, "device");
	struct att_component *c;
	unsigned accel;
	int r;

	if (!att_attr_number(name, "accel", &accel))
		return 0;
	if (device == NULL)
		return att_err_nomem(err);
	if ((r = att_pci_add(dir, name, "gpu", ATT_COMPONENT_GPU,
		 ATT_PATH_SYSFS, found, &c, err)) < 0 ||
	    (r = att_attr_read(device, attrs, ATT_COUNT(attrs), c, err)) < 0)
		return r;
	att_attr_drop_silent(found);
	return 0;
}

int
att_inventory_gpu(const char *root, struct att_components *to,
    struct att_err *err)
{
	int r;

	if ((r = att_attr_each(root, "proc/driver/nvidia/gpus", nvidia_gpu,
		 to, err)) < 0 ||
	    (r = nvidia_driver(root, to, err)) < 0 ||
	    (r = att_attr_each(root, "sys/class/drm", amd_card, to, err)) < 0)
		return r;
	return att_attr_each(root, "sys/class/accel", gaudi, to, err);
}
