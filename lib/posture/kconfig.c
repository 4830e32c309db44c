#include <stdio.h>
#include <string.h>

#include "base/cur.h"
#include "posture/parts.h"

#define KCONFIG_MAX (1u << 20)	/* bytes */
#define RELEASE_MAX 64

/* Sorted; without CONFIG_. */
static const char *const options[] = {
	"ACPI_CUSTOM_METHOD",
	"ACPI_TABLE_UPGRADE",
	"BPF_UNPRIV_DEFAULT_OFF",
	"COMPAT_BRK",
	"DEVKMEM",
	"DEVMEM",
	"DEVPORT",
	"EFI_DISABLE_PCI_DMA",
	"FORTIFY_SOURCE",
	"HARDENED_USERCOPY",
	"HIBERNATION",
	"IMA",
	"IMA_APPRAISE",
	"IMA_ARCH_POLICY",
	"IMA_KEXEC",
	"INIT_ON_ALLOC_DEFAULT_ON",
	"INTEL_IOMMU_DEFAULT_ON",
	"IOMMU_DEFAULT_DMA_STRICT",
	"IOMMU_DEFAULT_PASSTHROUGH",
	"IO_STRICT_DEVMEM",
	"KEXEC",
	"KEXEC_FILE",
	"KEXEC_SIG",
	"KEXEC_SIG_FORCE",
	"LEGACY_VSYSCALL_EMULATE",
	"LIVEPATCH",
	"LOCK_DOWN_IN_EFI_SECURE_BOOT",
	"LOCK_DOWN_KERNEL_FORCE_CONFIDENTIALITY",
	"LOCK_DOWN_KERNEL_FORCE_INTEGRITY",
	"MODULE_FORCE_LOAD",
	"MODULE_SIG",
	"MODULE_SIG_ALL",
	"MODULE_SIG_FORCE",
	"PROC_KCORE",
	"RANDOMIZE_BASE",
	"SECURITY_LOCKDOWN_LSM",
	"SECURITY_LOCKDOWN_LSM_EARLY",
	"SLAB_FREELIST_HARDENED",
	"STRICT_DEVMEM",
	"STRICT_KERNEL_RWX",
	"STRICT_MODULE_RWX",
	"X86_IOPL_IOPERM",
};

/* Which of the options this is; ATT_COUNT(options) for any other. */
static size_t
option_of(struct att_slice name)
{
	size_t low = 0, high = ATT_COUNT(options);

	while (low < high) {
		size_t mid = low + (high - low) / 2, n = strlen(options[mid]);
		int c = memcmp(options[mid], name.data,
		    ATT_MIN(n, name.len));

		if (c == 0 && n == name.len)
			return mid;
		if (c < 0 || (c == 0 && n < name.len))
			low = mid + 1;
		else
			high = mid;
	}
	return ATT_COUNT(options);
}

/* "CONFIG_NAME=value"; what is not set has no such line. */
static void
read_line(struct att_slice line, struct att_slice *values)
{
	static const char prefix[] = "CONFIG_";
	size_t skip = sizeof(prefix) - 1, i;
	const uint8_t *equals;

	if (line.len <= skip || memcmp(line.data, prefix, skip) != 0)
		return;
	line.data += skip;
	line.len -= skip;
	if ((equals = memchr(line.data, '=', line.len)) == NULL)
		return;
	i = option_of((struct att_slice){ line.data,
	    (size_t)(equals - line.data) });
	if (i < ATT_COUNT(options))
		values[i] = (struct att_slice){ equals + 1,
			line.len - (size_t)(equals - line.data) - 1 };
}

static void
read_lines(struct att_slice text, struct att_slice *values)
{
	while (text.len > 0) {
		const uint8_t *end = memchr(text.data, '\n', text.len);
		size_t n = end == NULL ? text.len :
					 (size_t)(end - text.data);

		read_line((struct att_slice){ text.data, n }, values);
		n += end != NULL;
		text.data += n;
		text.len -= n;
	}
}

/* It becomes a part of a path. */
static int
read_release(const struct att_tree *t, char ret[static RELEASE_MAX + 1],
    struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_TREE_FILE_MAX);
	struct att_slice s;
	int r;

	if ((r = att_tree_read(t, "proc/sys/kernel/osrelease", &b, err)) < 0)
		return r;
	s = att_tree_trim(att_buf_view(&b));
	if (s.len == 0 || s.len > RELEASE_MAX ||
	    memchr(s.data, '/', s.len) != NULL ||
	    memchr(s.data, '\0', s.len) != NULL)
		return att_err_set(err, ATT_E_FORMAT,
		    "the kernel's release is no name of a file");
	memcpy(ret, s.data, s.len);
	ret[s.len] = '\0';
	return 0;
}

/* Where distributions keep it; *ret_path has room for each. */
static int
read_file(const struct att_tree *t, struct att_buf *ret, char *ret_path,
    size_t size, struct att_err *err)
{
	char release[RELEASE_MAX + 1];
	int r = read_release(t, release, err);

	if (r < 0)
		return r;
	(void)snprintf(ret_path, size, "/boot/config-%s", release);
	if ((r = att_tree_read(t, ret_path + 1, ret, err)) != ATT_E_NOT_FOUND)
		return r;
	(void)snprintf(ret_path, size, "/lib/modules/%s/config", release);
	return att_tree_read(t, ret_path + 1, ret, err);
}

static int
add_option(struct att_tree *t, const char *option, struct att_slice value,
    struct att_err *err)
{
	char name[ATT_POSTURE_NAME_MAX + 1];

	(void)snprintf(name, sizeof(name), "config.%s", option);
	if (value.len == 0)
		value = (struct att_slice){ (const uint8_t *)"n", 1 };
	return att_tree_add(t, name, ATT_POSTURE_FILE, att_json_text(value),
	    err);
}

int
att_posture_read_kconfig(struct att_tree *t, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(KCONFIG_MAX);
	struct att_slice values[ATT_COUNT(options)] = { { 0 } };
	char path[RELEASE_MAX + 32] = "";
	struct att_err why = { 0 };
	int r;

	if (read_file(t, &b, path, sizeof(path), &why) < 0)
		return att_tree_failed(t, "kernel.config", ATT_POSTURE_FILE,
		    &why, err);
	read_lines(att_buf_view(&b), values);
	for (size_t i = 0; i < ATT_COUNT(options); i++)
		if ((r = add_option(t, options[i], values[i], err)) < 0)
			return r;
	return att_tree_add(t, "kernel.config", ATT_POSTURE_FILE,
	    att_json_text(att_slice_of(path)), err);
}
