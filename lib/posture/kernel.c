#include <stdio.h>
#include <string.h>

#include "base/cur.h"
#include "posture/parts.h"

#define VULNERABILITIES "sys/devices/system/cpu/vulnerabilities"
#define MODULES_MAX (1u << 20)	/* bytes of /proc/modules */

#define SECURITYFS ATT_POSTURE_SECURITYFS
#define PROCFS ATT_POSTURE_PROCFS
#define SYSFS ATT_POSTURE_SYSFS

static const struct {
	const char *name, *file;
	enum att_posture_path path;
	enum att_tree_kind kind;
} files[] = {
	{ "cpu.smt", "sys/devices/system/cpu/smt/control", SYSFS,
	    ATT_TREE_TEXT },
	{ "kernel.command_line", "proc/cmdline", PROCFS, ATT_TREE_TEXT },
	{ "kernel.lockdown", "sys/kernel/security/lockdown", SECURITYFS,
	    ATT_TREE_CHOICE },
	{ "kernel.lsm", "sys/kernel/security/lsm", SECURITYFS,
	    ATT_TREE_WORDS },
	{ "kernel.module_sig_enforce",
	    "sys/module/module/parameters/sig_enforce", SYSFS,
	    ATT_TREE_BOOL },
	{ "kernel.release", "proc/sys/kernel/osrelease", PROCFS,
	    ATT_TREE_TEXT },
};

/* sysctl(8) by name: /proc/sys with dots for slashes; all are numbers. */
static const char *const sysctls[] = {
	"crypto.fips_enabled",
	"dev.tty.ldisc_autoload",
	"fs.protected_fifos",
	"fs.protected_hardlinks",
	"fs.protected_regular",
	"fs.protected_symlinks",
	"fs.suid_dumpable",
	"kernel.dmesg_restrict",
	"kernel.io_uring_disabled",
	"kernel.kexec_load_disabled",
	"kernel.kptr_restrict",
	"kernel.modules_disabled",
	"kernel.perf_event_paranoid",
	"kernel.randomize_va_space",
	"kernel.sysrq",
	"kernel.unprivileged_bpf_disabled",
	"kernel.yama.ptrace_scope",
	"vm.mmap_min_addr",
	"vm.unprivileged_userfaultfd",
};

/*
 * Documentation/admin-guide/tainted-kernels.rst: what says which code runs.
 * Warnings, crashes and faults of hardware come and go, and are left out.
 */
static const struct {
	unsigned bit;
	const char *name;
} taints[] = {
	{ 0, "proprietary-module" },
	{ 1, "forced-module" },
	{ 3, "forced-unload" },
	{ 6, "by-user" },
	{ 8, "acpi-table-replaced" },
	{ 10, "staging-module" },
	{ 12, "out-of-tree-module" },
	{ 13, "unsigned-module" },
	{ 15, "live-patch" },
	{ 16, "auxiliary" },
	{ 18, "test" },
};

static int
add_sysctl(struct att_tree *t, const char *sysctl, struct att_err *err)
{
	char name[ATT_POSTURE_NAME_MAX + 1], file[128];

	(void)snprintf(name, sizeof(name), "sysctl.%s", sysctl);
	(void)snprintf(file, sizeof(file), "proc/sys/%s", sysctl);
	for (char *s = file; *s != '\0'; s++)
		if (*s == '.')
			*s = '/';
	return att_tree_claim(t, name, PROCFS, file, ATT_TREE_INT, err);
}

/* -- taint ----------------------------------------------------------------- */

/* Decimal; false if it is none, or larger than 2^63. */
static bool
number_of(struct att_slice s, uint64_t *ret)
{
	uint64_t v = 0;

	if (s.len == 0 || s.len > 18)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (s.data[i] < '0' || s.data[i] > '9')
			return false;
		v = 10 * v + (uint64_t)(s.data[i] - '0');
	}
	*ret = v;
	return true;
}

static int
add_taints(struct att_tree *t, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_TREE_FILE_MAX);
	AUTO(att_json_decref) json_t *list = json_array();
	struct att_err why = { 0 };
	uint64_t bits = 0;
	int r;

	if (att_tree_read(t, "proc/sys/kernel/tainted", &b, &why) < 0)
		return att_tree_failed(t, "kernel.taints", PROCFS, &why, err);
	if (!number_of(att_tree_trim(att_buf_view(&b)), &bits))
		return att_posture_add_failed(t->to, "kernel.taints", PROCFS,
		    ATT_POSTURE_FAILED, "has another form", err);
	for (size_t i = 0; i < ATT_COUNT(taints); i++)
		if ((bits >> taints[i].bit & 1) != 0 &&
		    (r = att_json_add(list, json_string(taints[i].name),
			 err)) < 0)
			return r;
	return att_posture_add(t->to, "kernel.taints", PROCFS,
	    att_tree_sorted(take(&list)), err);
}

/* -- modules --------------------------------------------------------------- */

/*
 * One line of /proc/modules: name, size, users, users' names, state, address,
 * and of a module that taints "(OE)", with + or - while it comes or goes.
 */
static int
read_module(struct att_slice line, json_t *list, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b =
	    ATT_BUF(ATT_POSTURE_ENTRY_MAX);
	const uint8_t *space, *open;
	size_t flags;

	if (line.len == 0)
		return 0;
	space = memchr(line.data, ' ', line.len);
	open = memrchr(line.data, '(', line.len);
	if (space == NULL || open == NULL ||
	    line.data[line.len - 1] != ')')
		return 0;
	att_buf_bytes(&b, line.data, (size_t)(space - line.data));
	att_buf_str(&b, " ");
	flags = b.len;
	for (const uint8_t *c = open + 1; *c != ')'; c++)
		if (*c >= 'A' && *c <= 'Z')
			att_buf_u8(&b, *c);
	if (b.failed)
		return att_buf_ok(&b, "a module", err);
	return b.len == flags ? 0 :
	    att_json_add(list, att_json_text(att_buf_view(&b)), err);
}

static int
read_modules(struct att_slice text, json_t *list, struct att_err *err)
{
	int r;

	while (text.len > 0) {
		const uint8_t *end = memchr(text.data, '\n', text.len);
		size_t n = end == NULL ? text.len :
					 (size_t)(end - text.data) + 1;

		if ((r = read_module(att_tree_trim((struct att_slice){
			 text.data, n }), list, err)) < 0)
			return r;
		text.data += n;
		text.len -= n;
	}
	if (json_array_size(list) > ATT_POSTURE_LIST_MAX)
		return att_err_set(err, ATT_E_LIMIT, "modules");
	return 0;
}

static int
add_modules(struct att_tree *t, struct att_err *err)
{
	static const char name[] = "kernel.modules_tainting";
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(MODULES_MAX);
	AUTO(att_json_decref) json_t *list = json_array();
	struct att_err why = { 0 };

	if (att_tree_read(t, "proc/modules", &b, &why) < 0 ||
	    read_modules(att_buf_view(&b), list, &why) < 0)
		return att_tree_failed(t, name, PROCFS, &why, err);
	return att_tree_add(t, name, PROCFS, att_tree_sorted(take(&list)),
	    err);
}

/* -- the CPU --------------------------------------------------------------- */

/* Letters, digits and _: what goes into a claim's name. */
static bool
is_word(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_");

	return n > 0 && n <= 40 && s[n] == '\0';
}

static int
add_vulnerabilities(struct att_tree *t, struct att_err *err)
{
	static const char group[] = "cpu.vulnerabilities";
	AUTO_DONE(att_names_done) struct att_names all = { 0 };
	char name[ATT_POSTURE_NAME_MAX + 1], file[128];
	struct att_err why = { 0 };
	size_t known = 0;
	int r;

	if (att_tree_list(t, VULNERABILITIES, &all, &why) < 0)
		return att_tree_failed(t, group, SYSFS, &why, err);
	for (size_t i = 0; i < all.count && known < 64; i++) {
		if (!is_word(all.name[i]))
			continue;
		known++;
		(void)snprintf(name, sizeof(name), "cpu.vulnerability.%s",
		    all.name[i]);
		(void)snprintf(file, sizeof(file), VULNERABILITIES "/%s",
		    all.name[i]);
		if ((r = att_tree_claim(t, name, SYSFS, file, ATT_TREE_TEXT,
			 err)) < 0)
			return r;
	}
	if (known < all.count)
		return att_posture_add_failed(t->to, group, SYSFS,
		    ATT_POSTURE_FAILED, "has names that are not taken", err);
	return att_posture_add(t->to, group, SYSFS,
	    json_integer((json_int_t)known), err);
}

int
att_posture_read_kernel(struct att_tree *t, struct att_err *err)
{
	int r;

	for (size_t i = 0; i < ATT_COUNT(files); i++)
		if ((r = att_tree_claim(t, files[i].name, files[i].path,
			 files[i].file, files[i].kind, err)) < 0)
			return r;
	for (size_t i = 0; i < ATT_COUNT(sysctls); i++)
		if ((r = add_sysctl(t, sysctls[i], err)) < 0)
			return r;
	if ((r = add_taints(t, err)) < 0 || (r = add_modules(t, err)) < 0)
		return r;
	return add_vulnerabilities(t, err);
}
