#include <stdio.h>
#include <string.h>

#include "base/cur.h"
#include "posture/parts.h"

#define SYSFS ATT_POSTURE_SYSFS

/* -- DMA ------------------------------------------------------------------- */

/* How many devices there are of a class: not how many functions use them. */
static int
add_units(struct att_tree *t, struct att_err *err)
{
	AUTO_DONE(att_names_done) struct att_names all = { 0 };
	struct att_err why = { 0 };

	if (att_tree_list(t, "sys/class/iommu", &all, &why) < 0)
		return att_tree_failed(t, "iommu.units", SYSFS, &why, err);
	return att_posture_add(t->to, "iommu.units", SYSFS,
	    json_integer((json_int_t)all.count), err);
}

static int
read_types(struct att_tree *t, const struct att_names *groups,
    json_t *list, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_TREE_FILE_MAX);
	char file[320], before[32] = "", type[32];
	int r;

	for (size_t i = 0; i < groups->count; i++) {
		struct att_slice s;

		(void)snprintf(file, sizeof(file),
		    "sys/kernel/iommu_groups/%s/type", groups->name[i]);
		att_buf_reset(&b);
		if ((r = att_tree_read(t, file, &b, err)) < 0)
			return r;
		s = att_tree_trim(att_buf_view(&b));
		(void)snprintf(type, sizeof(type), "%.*s", (int)s.len,
		    s.len == 0 ? "" : (const char *)s.data);
		/* most are as their neighbour is */
		if (strcmp(type, before) == 0)
			continue;
		memcpy(before, type, sizeof(before));
		if (json_array_size(list) == ATT_POSTURE_LIST_MAX)
			return att_err_set(err, ATT_E_LIMIT, "types");
		if ((r = att_json_add(list, att_json_text((struct att_slice){
			 (const uint8_t *)type, strlen(type) }), err)) < 0)
			return r;
	}
	return 0;
}

/* "DMA", "DMA-FQ", "identity", ...: which of them are in use. */
static int
add_types(struct att_tree *t, struct att_err *err)
{
	AUTO_DONE(att_names_done) struct att_names all = { 0 };
	AUTO(att_json_decref) json_t *list = json_array();
	struct att_err why = { 0 };

	if (att_tree_list(t, "sys/kernel/iommu_groups", &all, &why) < 0 ||
	    read_types(t, &all, list, &why) < 0)
		return att_tree_failed(t, "iommu.types", SYSFS, &why, err);
	return att_tree_add(t, "iommu.types", SYSFS,
	    att_tree_sorted(take(&list)), err);
}

/* -- raw memory and ports -------------------------------------------------- */

static int
add_devices(struct att_tree *t, struct att_err *err)
{
	static const struct {
		const char *name, *file;
	} devices[] = {
		{ "dev.kmem", "dev/kmem" },
		{ "dev.mem", "dev/mem" },
		{ "dev.port", "dev/port" },
	};
	int r;

	for (size_t i = 0; i < ATT_COUNT(devices); i++)
		if ((r = att_posture_add(t->to, devices[i].name,
			 ATT_POSTURE_DEV, json_boolean(att_tree_has(t,
			 devices[i].file)), err)) < 0)
			return r;
	return 0;
}

/* -- locks of the flash chip, Intel ---------------------------------------- */

#define SPI "sys/bus/pci/devices/0000:00:1f.5"
#define SPI_BIOS_CONTROL 0xdc	/* BIOS_SPI_BC: 400-series PCH datasheet */
#define PCI_CONFIG_MAX 4096

static const struct {
	const char *name;
	unsigned bit;
} bios_control[] = {
	{ "flash.bios_lock_enable", 1 },
	{ "flash.bios_write_enable", 0 },
	{ "flash.smm_bios_write_protect", 5 },
};

/* Documentation/ABI/testing/sysfs-driver-spi-intel, Linux 6.13. */
static const struct {
	const char *name;
	const char *file;
} spi_attributes[] = {
	{ "flash.bios_locked", SPI "/intel_spi_bios_locked" },
	{ "flash.locked", SPI "/intel_spi_locked" },
	{ "flash.protected", SPI "/intel_spi_protected" },
};

/* Who has no CAP_SYS_ADMIN is given the first 64 bytes. */
static int
read_bios_control(const struct att_tree *t, uint8_t *ret,
    struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(PCI_CONFIG_MAX);
	struct att_cur c;
	int r;

	if ((r = att_tree_read(t, SPI "/config", &b, err)) < 0)
		return r;
	c = att_cur_of(att_buf_view(&b));
	if (!att_cur_skip(&c, SPI_BIOS_CONTROL) || !att_cur_u8(&c, ret))
		return att_err_set(err, ATT_E_DENIED,
		    "needs CAP_SYS_ADMIN to be read");
	return 0;
}

static int
add_bios_control(struct att_tree *t, struct att_err *err)
{
	struct att_err why = { 0 };
	uint8_t bc = 0;
	int bad = read_bios_control(t, &bc, &why), r;

	for (size_t i = 0; i < ATT_COUNT(bios_control); i++) {
		const char *name = bios_control[i].name;
		bool on = (bc >> bios_control[i].bit & 1) != 0;

		r = bad < 0 ? att_tree_failed(t, name, SYSFS, &why, err) :
			      att_posture_add(t->to, name, SYSFS,
				  json_boolean(on), err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* The controller is an Intel one: vendor 0x8086, class 0x0c8000. */
static bool
is_file(const struct att_tree *t, const char *file, const char *text)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_TREE_FILE_MAX);

	return att_tree_read(t, file, &b, NULL) == 0 &&
	    att_slice_is(att_tree_trim(att_buf_view(&b)), text);
}

/* One claim says that there is no such controller, and then it is the last. */
static int
add_flash(struct att_tree *t, struct att_err *err)
{
	bool there = is_file(t, SPI "/vendor", "0x8086") &&
	    is_file(t, SPI "/class", "0x0c8000");
	int r;

	if ((r = att_posture_add(t->to, "flash.intel_controller", SYSFS,
		 json_boolean(there), err)) < 0 || !there)
		return r;
	for (size_t i = 0; i < ATT_COUNT(spi_attributes); i++)
		if ((r = att_tree_claim(t, spi_attributes[i].name, SYSFS,
			 spi_attributes[i].file, ATT_TREE_BOOL, err)) < 0)
			return r;
	return add_bios_control(t, err);
}

/* -- AMD's secure processor ------------------------------------------------ */

#define CCP "sys/bus/pci/drivers/ccp"

/* Documentation/ABI/testing/sysfs-driver-ccp. */
static const char *const psp[] = { "anti_rollback_status", "debug_lock_on",
	"fused_part", "hsp_tpm_available", "rom_armor_enforced",
	"rpmc_production_enabled", "rpmc_spirom_available", "tsme_status" };

static int
add_psp_of(struct att_tree *t, const char *device, struct att_err *err)
{
	char name[ATT_POSTURE_NAME_MAX + 1], file[320];
	int r;

	for (size_t i = 0; i < ATT_COUNT(psp); i++) {
		(void)snprintf(name, sizeof(name), "psp.%s", psp[i]);
		(void)snprintf(file, sizeof(file), CCP "/%s/%s", device,
		    psp[i]);
		if ((r = att_tree_claim(t, name, SYSFS, file, ATT_TREE_BOOL,
			 err)) < 0)
			return r;
	}
	return 0;
}

/* The first device that has them: the others are engines for ciphers. */
static int
add_psp(struct att_tree *t, struct att_err *err)
{
	AUTO_DONE(att_names_done) struct att_names all = { 0 };
	struct att_err why = { 0 };
	char file[320];
	int r;

	if ((r = att_tree_list(t, CCP, &all, &why)) < 0 &&
	    r != ATT_E_NOT_FOUND)
		return att_tree_failed(t, "psp.device", SYSFS, &why, err);
	for (size_t i = 0; i < all.count; i++) {
		(void)snprintf(file, sizeof(file), CCP "/%s/fused_part",
		    all.name[i]);
		if (strchr(all.name[i], ':') == NULL || !att_tree_has(t, file))
			continue;
		if ((r = att_posture_add(t->to, "psp.device", SYSFS,
			 json_true(), err)) < 0)
			return r;
		return add_psp_of(t, all.name[i], err);
	}
	return att_posture_add(t->to, "psp.device", SYSFS, json_false(), err);
}

/* -- confidential computing ------------------------------------------------ */

/* This machine is such a guest. */
static int
add_guest(struct att_tree *t, struct att_err *err)
{
	AUTO(att_json_decref) json_t *list = json_array();
	int r;

	if (att_tree_has(t, "dev/sev-guest") &&
	    (r = att_json_add(list, json_string("sev-snp"), err)) < 0)
		return r;
	if (att_tree_has(t, "dev/tdx_guest") &&
	    (r = att_json_add(list, json_string("tdx"), err)) < 0)
		return r;
	return att_posture_add(t->to, "tee.guest", ATT_POSTURE_DEV,
	    take(&list), err);
}

/* It can run such guests: KVM's modules say so once they are loaded. */
static int
add_tee(struct att_tree *t, struct att_err *err)
{
	static const struct {
		const char *name, *file;
	} host[] = {
		{ "tee.host_sev", "sys/module/kvm_amd/parameters/sev" },
		{ "tee.host_sev_es", "sys/module/kvm_amd/parameters/sev_es" },
		{ "tee.host_sev_snp",
		    "sys/module/kvm_amd/parameters/sev_snp" },
		{ "tee.host_tdx", "sys/module/kvm_intel/parameters/tdx" },
	};
	int r;

	for (size_t i = 0; i < ATT_COUNT(host); i++)
		if ((r = att_tree_claim(t, host[i].name, SYSFS, host[i].file,
			 ATT_TREE_BOOL, err)) < 0)
			return r;
	if ((r = att_posture_add(t->to, "tee.reports", ATT_POSTURE_CONFIGFS,
		 json_boolean(att_tree_has(t,
		 "sys/kernel/config/tsm/report")), err)) < 0)
		return r;
	return add_guest(t, err);
}

int
att_posture_read_platform(struct att_tree *t, struct att_err *err)
{
	int r;

	if ((r = add_units(t, err)) < 0 || (r = add_types(t, err)) < 0 ||
	    (r = add_devices(t, err)) < 0 || (r = add_flash(t, err)) < 0 ||
	    (r = add_psp(t, err)) < 0)
		return r;
	return add_tee(t, err);
}
