/* Each check of the doctor, on trees that are as they should be and are not. */
#include "tests/posture/faketree.h"

#include "agent/doctor.h"
#include "tests/redfish/fixture.h"

static struct att_doctor doctor;
static struct att_agent_config settings;

static void
begin(void)
{
	setup();
	tree = fake_new();
}

static void
end(void)
{
	att_doctor_done(&doctor);
	fake_done(&tree);
}

/* Looks again, without a configuration. */
static void
look(void)
{
	const struct att_err why = { .code = ATT_E_NOT_FOUND,
		.text = "attestd.yaml: no such file" };

	att_doctor_done(&doctor);
	ok(att_doctor_begin(&doctor, tree.root, NULL, &why, err));
}

static const struct att_doctor_check *
check_of(const char *id)
{
	for (size_t i = 0; i < att_doctor_check_count; i++)
		if (strcmp(att_doctor_checks[i].id, id) == 0)
			return &att_doctor_checks[i];
	ck_abort_msg("no check %s", id);
	return NULL;
}

/* The check says this, with these words; whatever is not good has advice. */
static void
says(const char *id, enum att_doctor_state state, const char *words)
{
	struct att_doctor_line l = { .advice = NULL };

	check_of(id)->run(&doctor, &l);
	ck_assert_msg(l.state == state, "%s: %s (%s)", id,
	    att_doctor_state_name(l.state), l.seen);
	ck_assert_msg(strstr(l.seen, words) != NULL, "%s: \"%s\" lacks \"%s\"",
	    id, l.seen, words);
	ck_assert_ptr_nonnull(l.advice);
	ck_assert(state == ATT_DOCTOR_GOOD || state == ATT_DOCTOR_UNKNOWN ||
	    l.advice[0] != '\0');
	ck_assert(state != ATT_DOCTOR_GOOD || l.advice[0] == '\0');
}

#define GOOD ATT_DOCTOR_GOOD
#define UNKNOWN ATT_DOCTOR_UNKNOWN
#define ATTENTION ATT_DOCTOR_ATTENTION
#define BAD ATT_DOCTOR_BAD

static void
put(const char *file, const char *text)
{
	fake_put(&tree, file, text);
}

/* With this in the file. */
static void
with(const char *file, const char *text, const char *id,
    enum att_doctor_state state, const char *words)
{
	put(file, text);
	look();
	says(id, state, words);
}

/* A machine of which nothing is known is good in nothing. */
START_TEST(an_empty_machine)
{
	size_t good = 0;

	look();
	for (size_t i = 0; i < att_doctor_check_count; i++) {
		struct att_doctor_line l = { .advice = "" };

		att_doctor_checks[i].run(&doctor, &l);
		good += l.state == ATT_DOCTOR_GOOD;
		ck_assert(l.seen[0] != '\0');
	}
	ck_assert_uint_eq(good, 0);
	says("config", BAD, "attestd.yaml: no such file");
	says("verifier", UNKNOWN, "no configuration");
	says("reader", UNKNOWN, "no configuration");
	says("uefi", BAD, "not booted by UEFI");
	says("secure-boot", BAD, "not there");
	says("secure-boot-keys", BAD, "no platform key");
	says("tpm-resource-manager", BAD, "tpmrm0");
	says("iommu", BAD, "not there");
	says("lockdown", ATTENTION, "not there");
	says("flash", UNKNOWN, "no MTD device");
	says("flash-lock", UNKNOWN, "no SPI controller");
	says("bmc", UNKNOWN, "no BMC");
	says("microcode", UNKNOWN, "does not tell");
	says("clock", UNKNOWN, "of this machine");
}
END_TEST

START_TEST(firmware)
{
	AUTO_DONE(att_buf_done) struct att_buf pk = ATT_BUF(4096);

	tree_flag("SecureBoot-" GLOBAL, 0);
	look();
	says("uefi", GOOD, "UEFI");
	says("secure-boot", BAD, "off");
	tree_flag("SecureBoot-" GLOBAL, 1);
	look();
	says("secure-boot", GOOD, "on");
	tree_flag("MokSBStateRT-" SHIM, 1);
	look();
	says("secure-boot", BAD, "shim checks nothing");
	tree_flag("SetupMode-" GLOBAL, 1);
	look();
	says("secure-boot", BAD, "setup mode");
	tree_flag("SecureBoot-" GLOBAL, 7);
	look();
	says("secure-boot", UNKNOWN, "neither 0 nor 1");
	put_ami_pk(&pk);
	tree_variable("PK-" GLOBAL, att_buf_view(&pk));
	look();
	says("secure-boot-keys", BAD, "PKfail");
	att_buf_reset(&pk);
	put_siglist(&pk, CERT_X509, S("no certificate"));
	tree_variable("PK-" GLOBAL, att_buf_view(&pk));
	look();
	says("secure-boot-keys", GOOD, "cannot be read");
	tree_variable("PK-" GLOBAL, S("no list"));
	look();
	says("secure-boot-keys", UNKNOWN, "32.4.1");
	tree_variable("PK-" GLOBAL, S(""));
	look();
	says("secure-boot-keys", BAD, "no platform key");
}
END_TEST

START_TEST(kernel)
{
	with("sys/kernel/security/lockdown", "[none] integrity\n", "lockdown",
	    ATTENTION, "none");
	with("sys/kernel/security/lockdown", "none [integrity]\n", "lockdown",
	    GOOD, "integrity");
	with("sys/kernel/security/lockdown", "?\n", "lockdown", UNKNOWN,
	    "another form");
	with("proc/modules", "", "modules", GOOD, "none");
	with("proc/modules", "nvidia 1 0 - Live 0x0 (PO)\n", "modules", GOOD,
	    "nvidia PO");
	with("proc/modules", "mine 1 0 - Live 0x0 (OE)\n", "modules",
	    ATTENTION, "mine OE");
	fake_write(&tree, "sys/class/iommu/", S(""));
	fake_write(&tree, "sys/kernel/iommu_groups/", S(""));
	look();
	says("iommu", BAD, "none is in use");
	put("sys/class/iommu/dmar0/x", "");
	look();
	says("iommu", UNKNOWN, "no group");
	with("sys/kernel/iommu_groups/0/type", "DMA-FQ\n", "iommu", GOOD,
	    "1 units");
	with("sys/kernel/iommu_groups/1/type", "identity\n", "iommu",
	    ATTENTION, "identity");
}
END_TEST

START_TEST(flash)
{
	put("sys/class/mtd/mtd0/name", "BIOS\n");
	put("sys/class/mtd/mtd0ro/name", "BIOS\n");
	with("sys/class/mtd/mtd0/flags", "0x800\n", "flash", ATTENTION,
	    "mtd0 (BIOS) cannot be read");
	with("dev/mtd0ro", "", "flash", GOOD, "mtd0 (BIOS)");
	with("sys/class/mtd/mtd0/flags", "0xc00\n", "flash", ATTENTION,
	    "lets it be written");
}
END_TEST

#define SPI "sys/bus/pci/devices/0000:00:1f.5/"

START_TEST(flash_lock)
{
	uint8_t config[256] = { 0 };
	struct att_slice whole = { config, sizeof(config) };

	put(SPI "vendor", "0x8086\n");
	put(SPI "class", "0x0c8000\n");
	fake_write(&tree, SPI "config", (struct att_slice){ config, 64 });
	look();
	says("flash-lock", UNKNOWN, "cannot be read");
	config[0xdc] = 0x02;
	fake_write(&tree, SPI "config", whole);
	look();
	says("flash-lock", GOOD, "locked");
	config[0xdc] = 0;
	fake_write(&tree, SPI "config", whole);
	look();
	says("flash-lock", ATTENTION, "not locked");
	config[0xdc] = 0x03;
	fake_write(&tree, SPI "config", whole);
	look();
	says("flash-lock", BAD, "write the chip");
}
END_TEST

START_TEST(others)
{
	put("sys/devices/system/cpu/cpu0/microcode/version", "0x2b0\n");
	with("sys/devices/system/cpu/cpu1/microcode/version", "0x2b0\n",
	    "microcode", GOOD, "0x2b0");
	with("sys/devices/system/cpu/cpu1/microcode/version", "0x2b1\n",
	    "microcode", BAD, "CPUs differ");
	put("sys/devices/platform/ipmi_bmc.0/manufacturer_id", "0x0000b3\n");
	with("sys/devices/platform/ipmi_bmc.0/firmware_revision", "2.14\n",
	    "bmc", GOOD, "2.14");
	with("dev/tpmrm0", "", "tpm-resource-manager", GOOD, "tpmrm0");
	says("bmc-tls", UNKNOWN, "no BMC is configured");
	says("bmc-ipmi-lan", UNKNOWN, "no BMC is configured");
}
END_TEST

/* -- a BMC over Redfish ---------------------------------------------------- */

static const struct page managers[] = {
	{ V1, "{\"Links\":{\"Sessions\":" LINK("/SessionService/Sessions")
	    "},\"Managers\":" LINK("/Managers") "}" },
	{ V1 "/Managers", "{\"Members\":[" LINK("/Managers/gone") ","
	    LINK("/Managers/BMC") "]}" },
	{ V1 "/Managers/BMC", "{\"NetworkProtocol\":"
	    LINK("/Managers/BMC/NetworkProtocol") "}" },
};

static void
look_at_bmc(const char *password, const char *pin)
{
	AUTO(free) char *file = NULL;
	char text[1024];

	ck_assert_int_ge(asprintf(&file, "%s/password", tree.root), 0);
	put("password", password);
	ck_assert_int_eq(chmod(file, 0600), 0);
	(void)snprintf(text, sizeof(text),
	    "registrar_urls: [https://127.0.0.1:1]\n"
	    "verifier_urls: [https://127.0.0.1:1]\nredfish_url: %s\n"
	    "redfish_pin: %s\nredfish_user: " MOCK_USER "\n"
	    "redfish_password_file: %s\n", bmc.origin, pin, file);
	att_doctor_done(&doctor);
	att_agent_config_done(&settings);
	ok(att_agent_config_parse("test", S(text), &settings, err));
	ok(att_doctor_begin(&doctor, tree.root, &settings, NULL, err));
}

START_TEST(a_bmc_over_redfish)
{
	static const char other[] =
	    "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
	static const char off[] = "{\"IPMI\":{\"ProtocolEnabled\":false}}";
	static const char on[] = "{\"IPMI\":{\"ProtocolEnabled\":true}}";
	struct page with_ipmi[ATT_COUNT(managers) + 1];

	memcpy(with_ipmi, managers, sizeof(managers));
	with_ipmi[3] = (struct page){ V1 "/Managers/BMC/NetworkProtocol",
		off };
	bmc.m.pages = with_ipmi;
	bmc.m.count = ATT_COUNT(with_ipmi);
	start();
	look_at_bmc(MOCK_PASSWORD, bmc.pin);
	says("bmc-tls", GOOD, "reached");
	says("bmc-ipmi-lan", GOOD, "off");
	with_ipmi[3].json = on;
	says("bmc-ipmi-lan", BAD, "on");
	with_ipmi[3].json = "{}";
	says("bmc-ipmi-lan", UNKNOWN, "does not tell");
	with_ipmi[3].path = "/gone";
	says("bmc-ipmi-lan", UNKNOWN, "does not tell");
	look_at_bmc("another", bmc.pin);
	says("bmc-tls", ATTENTION, "");
	look_at_bmc(MOCK_PASSWORD, other);
	says("bmc-tls", BAD, "");
	says("bmc-ipmi-lan", UNKNOWN, "");
	stop();
	look_at_bmc(MOCK_PASSWORD, bmc.pin);
	says("bmc-tls", ATTENTION, "");
	att_agent_config_done(&settings);
}
END_TEST

/* Ids are words that stay, each once. */
START_TEST(ids)
{
	for (size_t i = 0; i < att_doctor_check_count; i++) {
		const struct att_doctor_check *c = &att_doctor_checks[i];

		ck_assert_uint_eq(strspn(c->id,
		    "abcdefghijklmnopqrstuvwxyz0123456789-"), strlen(c->id));
		ck_assert_ptr_eq(check_of(c->id), c);
	}
	ck_assert_ptr_null(att_doctor_state_name(ATT_DOCTOR_STATES));
}
END_TEST

START_TEST(lines)
{
	static const struct att_doctor_check check = { "an-id", "Title",
		NULL };
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);
	AUTO(att_json_decref) json_t *j = NULL;
	struct att_doctor_line l;

	att_doctor_say(&l, BAD, "Do it", "%s", "seen \x1b[2J");
	att_doctor_print(&check, &l, false, &b);
	ck_assert(att_slice_is(att_buf_view(&b),
	    "bad        an-id                 seen \\x1b[2J. Do it\n"));
	att_buf_reset(&b);
	att_doctor_say(&l, GOOD, "", "x");
	att_doctor_print(&check, &l, true, &b);
	ck_assert(att_slice_is(att_buf_view(&b),
	    "\033[32mgood     \033[0m  an-id                 x\n"));
	j = att_doctor_to_json(&check, &l);
	ck_assert_str_eq(json_string_value(json_object_get(j, "state")),
	    "good");
	ck_assert_str_eq(json_string_value(json_object_get(j, "id")),
	    "an-id");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("doctor");
	TCase *t = tcase_create("doctor");

	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, an_empty_machine);
	tcase_add_test(t, firmware);
	tcase_add_test(t, kernel);
	tcase_add_test(t, flash);
	tcase_add_test(t, flash_lock);
	tcase_add_test(t, others);
	tcase_add_test(t, a_bmc_over_redfish);
	tcase_add_test(t, ids);
	tcase_add_test(t, lines);
	suite_add_tcase(s, t);
	return run_suite(s);
}
