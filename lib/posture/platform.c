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
		if ((r = att_json_add(list,
			 att_json_text(att_slice_of(type)), err)) < 0)
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
	    (r = add_devices(t, err)) < 0)
		return r;
	return add_tee(t, err);
}
