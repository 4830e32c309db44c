/* What is read of fake trees, and what is said of things that cannot be. */
#include "tests/posture/faketree.h"

#include "posture/posture.h"

static struct att_posture *posture;

static void
setup(void)
{
	tree = fake_new();
}

static void
teardown(void)
{
	att_posture_free(posture);
	posture = NULL;
	fake_done(&tree);
}

static void
read_tree(void)
{
	att_posture_free(posture);
	posture = NULL;
	ok(att_posture_read(tree.root, &posture, err));
}

/* What a claim says: its value in JSON, or result and reason. */
static const char *
says(const char *name)
{
	static char text[8192];
	const struct att_posture_claim *c = att_posture_find(posture, name);
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(sizeof(text) - 1);

	ck_assert_msg(c != NULL, "no claim %s", name);
	if (c->value != NULL)
		ok(att_json_write(c->value, &b, err));
	else
		att_buf_printf(&b, "%s: %s", att_posture_result_name(
		    c->result), c->reason);
	att_buf_u8(&b, '\0');
	memcpy(text, b.data, b.len);
	return text;
}

static void
claims(const char *name, const char *want)
{
	ck_assert_msg(strcmp(says(name), want) == 0, "%s: got %s, wanted %s",
	    name, says(name), want);
}

/* With `bytes` in the file, the claim says this. */
static void
with(const char *file, const char *bytes, const char *name, const char *want)
{
	fake_write(&tree, file, S(bytes));
	read_tree();
	claims(name, want);
}

START_TEST(nothing_is_there)
{
	read_tree();
	claims("firmware.uefi", "false");
	claims("kernel.lockdown", "not-available: is not there");
	claims("secure_boot.on", "not-available: is not there");
	claims("sysctl.kernel.kptr_restrict", "not-available: is not there");
	claims("kernel.modules_tainting", "not-available: is not there");
	claims("kernel.config", "not-available: is not there");
	claims("cpu.vulnerabilities", "not-available: is not there");
	claims("iommu.units", "not-available: is not there");
	claims("iommu.types", "not-available: is not there");
	claims("dev.mem", "false");
	claims("tee.reports", "false");
	claims("tee.guest", "[]");
	ck_assert_ptr_null(att_posture_find(posture, "config.DEVMEM"));
	for (int v = 0; v < ATT_POSTURE_VARIABLES; v++) {
		ck_assert_int_eq(posture->keys[v].result,
		    ATT_POSTURE_NOT_AVAILABLE);
		ck_assert_str_eq(posture->keys[v].reason, "is not there");
	}
}
END_TEST

START_TEST(settings)
{
	with("sys/kernel/security/lockdown",
	    "none [integrity] confidentiality\n", "kernel.lockdown",
	    "\"integrity\"");
	with("sys/kernel/security/lockdown", "[none] integrity\n",
	    "kernel.lockdown", "\"none\"");
	with("sys/kernel/security/lockdown", "none integrity\n",
	    "kernel.lockdown", "failed: has another form");
	with("sys/kernel/security/lockdown", "none [integrity\n",
	    "kernel.lockdown", "failed: has another form");
	with("sys/kernel/security/lsm", "yama,lockdown,yama,capability",
	    "kernel.lsm", "[\"capability\",\"lockdown\",\"yama\"]");
	with("proc/cmdline", "ro quiet  lockdown=integrity \n",
	    "kernel.command_line", "\"ro quiet  lockdown=integrity\"");
	with("proc/sys/kernel/kptr_restrict", "2\n",
	    "sysctl.kernel.kptr_restrict", "2");
	with("proc/sys/kernel/perf_event_paranoid", "-1\n",
	    "sysctl.kernel.perf_event_paranoid", "-1");
	with("proc/sys/kernel/yama/ptrace_scope", "1\n",
	    "sysctl.kernel.yama.ptrace_scope", "1");
	with("proc/sys/vm/mmap_min_addr", "65536\n",
	    "sysctl.vm.mmap_min_addr", "65536");
	with("proc/sys/kernel/kptr_restrict", "2x\n",
	    "sysctl.kernel.kptr_restrict", "failed: has another form");
	with("proc/sys/kernel/kptr_restrict", "",
	    "sysctl.kernel.kptr_restrict", "failed: has another form");
	with("proc/sys/kernel/kptr_restrict", "99999999999999999999",
	    "sysctl.kernel.kptr_restrict", "failed: has another form");
	with("sys/module/module/parameters/sig_enforce", "Y\n",
	    "kernel.module_sig_enforce", "true");
	with("sys/module/module/parameters/sig_enforce", "N\n",
	    "kernel.module_sig_enforce", "false");
	with("sys/module/module/parameters/sig_enforce", "?\n",
	    "kernel.module_sig_enforce", "failed: has another form");
	with("sys/devices/system/cpu/vulnerabilities/meltdown",
	    "Mitigation: PTI\n", "cpu.vulnerability.meltdown",
	    "\"Mitigation: PTI\"");
	claims("cpu.vulnerabilities", "1");
	with("dev/mem", "", "dev.mem", "true");
}
END_TEST

START_TEST(taints)
{
	with("proc/sys/kernel/tainted", "0\n", "kernel.taints", "[]");
	/* a warning and a soft lockup are no settings */
	with("proc/sys/kernel/tainted", "16896\n", "kernel.taints", "[]");
	with("proc/sys/kernel/tainted", "12289\n", "kernel.taints",
	    "[\"out-of-tree-module\",\"proprietary-module\","
	    "\"unsigned-module\"]");
	with("proc/sys/kernel/tainted", "-1\n", "kernel.taints",
	    "failed: has another form");
}
END_TEST

START_TEST(modules)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1u << 20);

	with("proc/modules", "", "kernel.modules_tainting", "[]");
	with("proc/modules",
	    "nvidia 56717312 2 nvidia_uvm, Live 0x0000000000000000 (POE)\n"
	    "ext4 1 0 - Live 0x0000000000000000\n"
	    "mine 4096 0 - Loading 0x0000000000000000 (OE+)\n"
	    "coming 4096 0 - Loading 0x0000000000000000 (+)\n",
	    "kernel.modules_tainting", "[\"mine OE\",\"nvidia POE\"]");
	/* as many as are taken, and one more */
	for (int i = 0; i < ATT_POSTURE_LIST_MAX; i++)
		att_buf_printf(&b, "m%04d 1 0 - Live 0x0 (O)\n", i);
	fake_write(&tree, "proc/modules", att_buf_view(&b));
	read_tree();
	ck_assert_uint_eq(json_array_size(att_posture_find(posture,
	    "kernel.modules_tainting")->value), ATT_POSTURE_LIST_MAX);
	att_buf_str(&b, "one_more 1 0 - Live 0x0 (O)");
	fake_write(&tree, "proc/modules", att_buf_view(&b));
	read_tree();
	claims("kernel.modules_tainting", "failed: is larger than is taken");
}
END_TEST

START_TEST(how_the_kernel_was_built)
{
	fake_write(&tree, "proc/sys/kernel/osrelease", S("6.1.0-42-amd64\n"));
	read_tree();
	claims("kernel.config", "not-available: is not there");
	with("lib/modules/6.1.0-42-amd64/config",
	    "CONFIG_STRICT_DEVMEM=n\n", "config.STRICT_DEVMEM", "\"n\"");
	claims("kernel.config", "\"/lib/modules/6.1.0-42-amd64/config\"");
	fake_write(&tree, "boot/config-6.1.0-42-amd64",
	    S("#\nCONFIG_STRICT_DEVMEM=y\nCONFIG_IMA=y\n"
	      "# CONFIG_DEVKMEM is not set\nCONFIG_STRICT_DEVMEM_NOT=m\n"
	      "CONFIG_KEXEC=m"));
	read_tree();
	claims("kernel.config", "\"/boot/config-6.1.0-42-amd64\"");
	claims("config.STRICT_DEVMEM", "\"y\"");
	claims("config.DEVKMEM", "\"n\"");
	claims("config.IMA", "\"y\"");
	claims("config.IMA_APPRAISE", "\"n\"");
	claims("config.KEXEC", "\"m\"");
	/* its name goes into a path */
	with("proc/sys/kernel/osrelease", "../../etc/passwd",
	    "kernel.config",
	    "failed: the kernel's release is no name of a file");
}
END_TEST

START_TEST(too_large_is_not_taken)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(2u << 20);

	att_buf_fill(&b, 'a', 4096);
	fake_write(&tree, "proc/cmdline", att_buf_view(&b));
	read_tree();
	ck_assert_int_eq(att_posture_find(posture,
	    "kernel.command_line")->result, ATT_POSTURE_OK);
	att_buf_u8(&b, 'a');
	fake_write(&tree, "proc/cmdline", att_buf_view(&b));
	read_tree();
	claims("kernel.command_line", "failed: has another form");
	att_buf_fill(&b, 'a', 4096);
	fake_write(&tree, "proc/cmdline", att_buf_view(&b));
	read_tree();
	claims("kernel.command_line", "failed: is larger than is taken");
	att_buf_fill(&b, 0, 512u << 10);
	fake_write(&tree, EFIVARS "dbx-" IMAGE_SECURITY, att_buf_view(&b));
	read_tree();
	ck_assert_str_eq(posture->keys[ATT_POSTURE_DBX].reason,
	    "is larger than is taken");
	ck_assert_int_eq(posture->keys[ATT_POSTURE_DBX].result,
	    ATT_POSTURE_FAILED);
}
END_TEST

/* Control characters and what is no text at all stay out of the document. */
START_TEST(no_files)
{
	fake_write(&tree, "proc/cmdline/", S(""));
	fake_unreadable(&tree, "proc/modules");
	fake_endless(&tree, "sys/kernel/security/lsm");
	read_tree();
	claims("kernel.command_line", "failed: is no file");
	claims("kernel.modules_tainting", "failed: Input/output error");
	claims("kernel.lsm", "failed: is larger than is taken");
}
END_TEST

START_TEST(hostile_text)
{
	with("proc/cmdline", "\x1b[2J\xff\xc0\x80", "kernel.command_line",
	    "\"\\\\x1b[2J\\\\xff\\\\xc0\\\\x80\"");
	fake_write(&tree, "sys/devices/system/cpu/vulnerabilities/a b", S("x"));
	fake_write(&tree, "sys/devices/system/cpu/vulnerabilities/mds",
	    S("Not affected\n"));
	read_tree();
	claims("cpu.vulnerabilities",
	    "failed: has names that are not taken");
	claims("cpu.vulnerability.mds", "\"Not affected\"");
}
END_TEST

START_TEST(secure_boot)
{
	static const struct {
		const char *claim, *variable;
	} flags[] = {
		{ "secure_boot.audit_mode", "AuditMode-" GLOBAL },
		{ "secure_boot.deployed_mode", "DeployedMode-" GLOBAL },
		{ "secure_boot.on", "SecureBoot-" GLOBAL },
		{ "secure_boot.setup_mode", "SetupMode-" GLOBAL },
		{ "secure_boot.vendor_keys", "VendorKeys-" GLOBAL },
		{ "shim.validation_off", "MokSBStateRT-" SHIM },
	};

	for (size_t i = 0; i < ATT_COUNT(flags); i++) {
		tree_flag(flags[i].variable, 1);
		read_tree();
		claims("firmware.uefi", "true");
		claims(flags[i].claim, "true");
		tree_flag(flags[i].variable, 0);
		read_tree();
		claims(flags[i].claim, "false");
		tree_flag(flags[i].variable, 2);
		read_tree();
		claims(flags[i].claim, "failed: is neither 0 nor 1");
		tree_variable(flags[i].variable, S("11"));
		read_tree();
		claims(flags[i].claim, "failed: is neither 0 nor 1");
		tree_variable(flags[i].variable, S(""));
		read_tree();
		claims(flags[i].claim, "failed: is neither 0 nor 1");
	}
	fake_write(&tree, EFIVARS "SecureBoot-" GLOBAL, S("\1\1\1"));
	read_tree();
	claims("secure_boot.on", "failed: is shorter than its attributes");
}
END_TEST

static void
ck_digest(const struct att_digest *got, struct att_slice of)
{
	struct att_digest want;

	ok(att_digest_of(ATT_ALG_SHA256, of, &want, err));
	ck_assert(att_digest_equal(got, &want));
}

START_TEST(keys)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1u << 20);
	AUTO_DONE(att_buf_done) struct att_buf list = ATT_BUF(4096);
	const struct att_posture_keys *k;
	char hex[ATT_DIGEST_HEX_MAX];

	put_ami_pk(&b);
	put_siglist(&b, CERT_SHA256, S("0123456789abcdef0123456789abcdef"));
	put_siglist(&b, CERT_X509, S("no certificate"));
	put_siglist(&b, CERT_SHA256, S("0123456789abcdef0123456789abcdeF"));
	tree_variable("db-" IMAGE_SECURITY, att_buf_view(&b));
	read_tree();
	k = &posture->keys[ATT_POSTURE_DB];
	ck_assert_int_eq(k->result, ATT_POSTURE_OK);
	ck_digest(&k->sha256, att_buf_view(&b));
	ck_assert_uint_eq(k->certs, 2);
	ck_assert_str_eq(att_digest_hex(&k->cert[0].sha256, hex),
	    AMI_PK_SHA256);
	ck_assert_str_eq(k->cert[0].subject,
	    "CN=DO NOT TRUST - AMI Test PK");
	ck_assert_str_eq(k->cert[1].subject, "");
	ck_digest(&k->cert[1].sha256, S("no certificate"));
	ck_assert_int_eq(k->digests, 2);
	ok(att_hex_decode(S(CERT_SHA256), &list, err));
	att_buf_str(&list, "0123456789abcdef0123456789abcdef");
	ok(att_hex_decode(S(CERT_SHA256), &list, err));
	att_buf_str(&list, "0123456789abcdef0123456789abcdeF");
	ck_digest(&k->digests_sha256, att_buf_view(&list));
	/* nothing is left of one that is cut, wherever that is */
	for (size_t n = 1; n < b.len; n += 7) {
		tree_variable("db-" IMAGE_SECURITY,
		    (struct att_slice){ b.data, n });
		read_tree();
		k = &posture->keys[ATT_POSTURE_DB];
		if (k->result == ATT_POSTURE_OK)
			continue;
		ck_assert_int_eq(k->result, ATT_POSTURE_FAILED);
		ck_assert_uint_eq(k->certs, 0);
		ck_assert_ptr_nonnull(strstr(k->reason, "32.4.1"));
	}
	tree_variable("db-" IMAGE_SECURITY, S(""));
	read_tree();
	k = &posture->keys[ATT_POSTURE_DB];
	ck_assert_int_eq(k->result, ATT_POSTURE_OK);
	ck_assert_uint_eq(k->certs, 0);
	ck_assert_int_eq(k->digests, 0);
}
END_TEST

START_TEST(too_many_certificates)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1u << 20);
	const struct att_posture_keys *k;

	for (int i = 0; i < ATT_POSTURE_CERTS_MAX; i++)
		put_siglist(&b, CERT_X509, S("x"));
	tree_variable("KEK-" GLOBAL, att_buf_view(&b));
	read_tree();
	k = &posture->keys[ATT_POSTURE_KEK];
	ck_assert_int_eq(k->result, ATT_POSTURE_OK);
	ck_assert_uint_eq(k->certs, ATT_POSTURE_CERTS_MAX);
	put_siglist(&b, CERT_X509, S("x"));
	tree_variable("KEK-" GLOBAL, att_buf_view(&b));
	read_tree();
	k = &posture->keys[ATT_POSTURE_KEK];
	ck_assert_int_eq(k->result, ATT_POSTURE_FAILED);
	ck_assert_str_eq(k->reason, "is larger than is taken");
}
END_TEST

START_TEST(dma)
{
	char path[512];

	fake_write(&tree, "sys/class/iommu/", S(""));
	fake_write(&tree, "sys/kernel/iommu_groups/", S(""));
	read_tree();
	claims("iommu.units", "0");
	claims("iommu.types", "[]");
	fake_write(&tree, "sys/class/iommu/dmar0/x", S(""));
	fake_write(&tree, "sys/class/iommu/dmar1/x", S(""));
	fake_write(&tree, "sys/kernel/iommu_groups/0/type", S("DMA-FQ\n"));
	fake_write(&tree, "sys/kernel/iommu_groups/1/type", S("identity\n"));
	fake_write(&tree, "sys/kernel/iommu_groups/2/type", S("DMA-FQ\n"));
	read_tree();
	claims("iommu.units", "2");
	claims("iommu.types", "[\"DMA-FQ\",\"identity\"]");
	fake_path(&tree, "sys/kernel/iommu_groups/2/type", path);
	ck_assert_int_eq(unlink(path), 0);
	read_tree();
	claims("iommu.types", "not-available: is not there");
}
END_TEST

START_TEST(confidential_computing)
{
	fake_write(&tree, "sys/module/kvm_amd/parameters/sev_snp", S("Y\n"));
	fake_write(&tree, "dev/sev-guest", S(""));
	fake_write(&tree, "sys/kernel/config/tsm/report/", S(""));
	read_tree();
	claims("tee.host_sev_snp", "true");
	claims("tee.host_tdx", "not-available: is not there");
	claims("tee.guest", "[\"sev-snp\"]");
	claims("tee.reports", "true");
}
END_TEST

/* What is read is what goes out, and it is the same each time. */
START_TEST(a_document)
{
	AUTO_DONE(att_buf_done) struct att_buf a = ATT_BUF(ATT_POSTURE_MAX);
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_POSTURE_MAX);
	AUTO_DONE(att_buf_done) struct att_buf pk = ATT_BUF(4096);
	AUTO(att_posture_free) struct att_posture *back = NULL;

	put_ami_pk(&pk);
	tree_variable("PK-" GLOBAL, att_buf_view(&pk));
	fake_write(&tree, "proc/cmdline", S("\xc3\xa4 \"quoted\" \\ \x7f"));
	read_tree();
	ok(att_posture_encode(posture, &a, err));
	ok(att_posture_parse(att_buf_view(&a), &back, err));
	ok(att_posture_encode(back, &b, err));
	ck_assert(att_slice_equal(att_buf_view(&a), att_buf_view(&b)));
	read_tree();
	att_buf_reset(&b);
	ok(att_posture_encode(posture, &b, err));
	ck_assert(att_slice_equal(att_buf_view(&a), att_buf_view(&b)));
}
END_TEST

/* Whatever machine this is, it can be read, and fits. */
START_TEST(this_machine)
{
	AUTO_DONE(att_buf_done) struct att_buf a = ATT_BUF(ATT_POSTURE_MAX);
	AUTO(att_posture_free) struct att_posture *p = NULL;

	ok(att_posture_read("", &p, err));
	ok(att_posture_encode(p, &a, err));
	ck_assert_ptr_nonnull(att_posture_find(p, "kernel.release")->value);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("posture");
	TCase *t = tcase_create("posture");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, nothing_is_there);
	tcase_add_test(t, settings);
	tcase_add_test(t, taints);
	tcase_add_test(t, modules);
	tcase_add_test(t, how_the_kernel_was_built);
	tcase_add_test(t, too_large_is_not_taken);
	tcase_add_test(t, no_files);
	tcase_add_test(t, hostile_text);
	tcase_add_test(t, secure_boot);
	tcase_add_test(t, keys);
	tcase_add_test(t, too_many_certificates);
	tcase_add_test(t, dma);
	tcase_add_test(t, confidential_computing);
	tcase_add_test(t, a_document);
	tcase_add_test(t, this_machine);
	suite_add_tcase(s, t);
	return run_suite(s);
}
