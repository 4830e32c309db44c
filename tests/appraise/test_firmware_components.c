/*
 * Appraisal of firmware claims: each rule about components, kept and broken,
 * and advisories.
 */
#include "tests/appraise/fwscene.h"

/* -- components ------------------------------------------------------------ */

START_TEST(versions)
{
	AUTO_DONE(fw_done) struct fw_scene s = fw_good();

	fw_run(&s, "nic/0000:18:00.0", ATT_VERSION_RUNNING, "28.41.1000");
	fw_fails(&s, ATT_F_COMPONENT_VERSION, "component nic/0000:18:00.0: "
	    "running fw: found 28.41.1000, expected 28.39.1002");
	ck_assert(s.result.evaluated);
	fw_run(&s, "nic/0000:18:00.0", ATT_VERSION_RUNNING, "28.39.1002");
	fw_passes(&s);
	fw_run(&s, "cpu/microcode", ATT_VERSION_RUNNING, "0x2b000571");
	fw_fails(&s, ATT_F_COMPONENT_VERSION, "found 0x2b000571");
}
END_TEST

static json_t *
roles(const char *role, const char *member, const char *version)
{
	return strcmp(member, "minimum") == 0 ?
	    json_pack("{s:{s:{s:s}}}", "fw", role, member, version) :
	    json_pack("{s:{s:{s:[s]}}}", "fw", role, member, version);
}

START_TEST(minimum_versions)
{
	AUTO_DONE(fw_done) struct fw_scene s = fw_new();
	json_t *doc = fw_reference(&s, "least");

	fw_rule(doc, "bmc", "versions", roles("running", "minimum", "12.7"));
	fw_put(&s, doc);
	fw_passes(&s);
	fw_run(&s, "bmc", ATT_VERSION_RUNNING, "12.7.0");
	fw_passes(&s);
	fw_run(&s, "bmc", ATT_VERSION_RUNNING, "12.6.9");
	fw_fails(&s, ATT_F_COMPONENT_VERSION,
	    "running fw: found 12.6.9, expected at least 12.7");
}
END_TEST

/* What the device itself refuses to go below. */
START_TEST(security_versions)
{
	AUTO_DONE(fw_done) struct fw_scene s = fw_new();
	json_t *doc = fw_reference(&s, "floor");

	fw_rule(doc, "bmc", "versions", roles("minimum", "minimum", "3"));
	fw_put(&s, doc);
	fw_fails(&s, ATT_F_COMPONENT_VERSION,
	    "minimum fw: found nothing, expected at least 3");
	fw_run(&s, "bmc", ATT_VERSION_MINIMUM, "2");
	fw_fails(&s, ATT_F_COMPONENT_VERSION, "found 2");
	fw_run(&s, "bmc", ATT_VERSION_MINIMUM, "10");
	fw_passes(&s);
}
END_TEST

START_TEST(pins)
{
	AUTO_DONE(fw_done) struct fw_scene s = fw_new();
	json_t *doc = fw_reference(&s, "pins");

	fw_rule(doc, "bmc", "versions", roles("fixed", "one_of", "A1"));
	fw_rule(doc, "bmc", "attributes",
	    json_pack("{s:[s,s]}", "board", "B1", "B2"));
	fw_put(&s, doc);
	fw_run(&s, "bmc", ATT_VERSION_FIXED, "A1");
	fw_fails(&s, ATT_F_COMPONENT_VERSION,
	    "attribute board: found nothing, expected B2");
	ok(att_component_set_attribute(fw_component(&s, "bmc"), "board",
	    "B1", err));
	fw_passes(&s);
	/* a pin is exact, whatever the order of versions says */
	fw_run(&s, "bmc", ATT_VERSION_FIXED, "a1");
	fw_fails(&s, ATT_F_COMPONENT_VERSION, "found a1, expected A1");
}
END_TEST

START_TEST(components_that_are_not_there)
{
	AUTO_DONE(fw_done) struct fw_scene s = fw_new();
	json_t *doc = fw_reference(&s, "all");
	struct att_component *nic;

	fw_rule(doc, "bmc", "count", json_integer(0));
	fw_put(&s, doc);
	/* one of two is gone, and one that is optional */
	nic = fw_component(&s, "nic/0000:18:00.0");
	free(nic->model);
	nic->model = NULL;
	nic = fw_component(&s, "bmc");
	nic->id[0] = 'x';
	fw_fails(&s, ATT_F_COMPONENT_MISSING,
	    "component nic Maker ConnectX-7: 1 found, at least 2 wanted");
	ck_assert(!s.result.evaluated);
	ck_assert_uint_eq(s.findings, 2);
}
END_TEST

START_TEST(components_that_could_not_be_asked)
{
	AUTO_DONE(fw_done) struct fw_scene s = fw_good();
	struct att_component *c = fw_component(&s, "bmc");

	ok(att_component_set_failed(c, ATT_MEASURED_FAILED, "busy", err));
	fw_fails(&s, ATT_F_COMPONENT_NOT_READ,
	    "component bmc: its firmware could not be asked: failed: busy");
	ck_assert(!s.result.evaluated);
	/* what it does not tell is no finding of its own */
	free(c->version[0].text[ATT_VERSION_RUNNING]);
	c->version[0].text[ATT_VERSION_RUNNING] = NULL;
	fw_fails(&s, ATT_F_COMPONENT_NOT_READ, "failed: busy");
	fw_run(&s, "bmc", ATT_VERSION_RUNNING, "12.8");
	ok(att_component_set_failed(c, ATT_MEASURED_NOT_AVAILABLE, "gone",
	    err));
	fw_fails(&s, ATT_F_COMPONENT_NOT_READ, "not-available: gone");
	c->result = ATT_MEASURED_OK;
	c->path = ATT_PATH_REDFISH;
	fw_fails(&s, ATT_F_COMPONENT_PATH, "asked by redfish");
}
END_TEST

START_TEST(components_that_nobody_speaks_of)
{
	AUTO_DONE(fw_done) struct fw_scene s = fw_new();
	json_t *doc = fw_reference(&s, "closed");

	fw_put(&s, json_deep_copy(doc));
	fw_add(s.c, "gpu/0000:01:00.0", ATT_COMPONENT_GPU, ATT_PATH_PROCFS,
	    "H100", NULL, "96.00.89.00.01");
	fw_passes(&s);
	ok(json_object_set_new(doc, "others", json_string("refused")));
	fw_put(&s, doc);
	fw_fails(&s, ATT_F_COMPONENT_NOT_IN_REFERENCE, "gpu/0000:01:00.0");
}
END_TEST

START_TEST(flashed_and_waiting)
{
	AUTO_DONE(fw_done) struct fw_scene s = fw_good();
	const char *id = "nic/0000:17:00.0";

	fw_run(&s, id, ATT_VERSION_STORED, "28.39.1002");
	fw_passes(&s);
	ck_assert_str_eq(fw_says(&s, ATT_F_COMPONENT_PENDING), "");
	fw_run(&s, id, ATT_VERSION_STORED, "28.41.1000");
	fw_fails(&s, ATT_F_COMPONENT_STORED, "fw 28.41.1000 is stored for the "
	    "next reset, and 28.39.1002 runs, and is in no reference values");
	/* of a part that never tells what runs */
	ok(att_component_set_version(fw_component(&s, id), "bundle",
	    ATT_VERSION_STORED, "9", err));
	fw_fails(&s, ATT_F_COMPONENT_STORED, "28.41.1000");
	ck_assert_uint_eq(s.findings, 2);
	/* once it is announced */
	fw_run(&s, id, ATT_VERSION_RUNNING, "28.41.1000");
	fw_run(&s, "nic/0000:18:00.0", ATT_VERSION_RUNNING, "28.41.1000");
	fw_put(&s, fw_reference(&s, "next"));
	fw_run(&s, id, ATT_VERSION_RUNNING, "28.39.1002");
	fw_run(&s, "nic/0000:18:00.0", ATT_VERSION_RUNNING, "28.39.1002");
	fw_passes(&s);
	ck_assert_str_eq(fw_says(&s, ATT_F_COMPONENT_PENDING),
	    "component nic/0000:17:00.0: fw 28.41.1000 is stored for the next "
	    "reset, and 28.39.1002 runs");
}
END_TEST

/* What is stored is compared with what may run, and with nothing else. */
START_TEST(waiting_beside_pins)
{
	AUTO_DONE(fw_done) struct fw_scene s = fw_new();
	json_t *doc = fw_reference(&s, "pins");

	fw_rule(doc, "bmc", "versions", json_pack("{s:{s:{s:[s]},s:{s:[s,s]}}}",
	    "fw", "fixed", "one_of", "A1", "running", "one_of", "12.8",
	    "12.9"));
	fw_put(&s, doc);
	fw_run(&s, "bmc", ATT_VERSION_FIXED, "A1");
	fw_run(&s, "bmc", ATT_VERSION_STORED, "12.9");
	fw_passes(&s);
	fw_run(&s, "bmc", ATT_VERSION_STORED, "A1");
	fw_fails(&s, ATT_F_COMPONENT_STORED, "A1 is stored");
}
END_TEST

/* What no rule speaks of waits as well; what a rule wants must run. */
START_TEST(waiting_without_a_rule)
{
	AUTO_DONE(fw_done) struct fw_scene s = fw_good();
	struct att_component *c;

	c = fw_add(s.c, "gpu/0", ATT_COMPONENT_GPU, ATT_PATH_SYSFS, "G",
	    NULL, "1");
	ok(att_component_set_version(c, "fw", ATT_VERSION_STORED, "2", err));
	fw_passes(&s);
	ck_assert_str_eq(fw_says(&s, ATT_F_COMPONENT_PENDING),
	    "component gpu/0: fw 2 is stored for the next reset, and 1 runs");
	c = fw_component(&s, "bmc");
	free(c->version[0].text[ATT_VERSION_RUNNING]);
	c->version[0].text[ATT_VERSION_RUNNING] = NULL;
	fw_run(&s, "bmc", ATT_VERSION_STORED, "12.9");
	fw_judge(&s);
	ck_assert(!s.result.expected);
	ck_assert_str_eq(fw_says(&s, ATT_F_COMPONENT_VERSION), "component "
	    "bmc: running fw: found nothing, expected 12.8");
	ck_assert_str_ne(fw_says(&s, ATT_F_COMPONENT_STORED), "");
}
END_TEST

START_TEST(cpus_that_differ)
{
	AUTO_DONE(fw_done) struct fw_scene s = fw_good();
	struct att_component *c = fw_component(&s, "cpu/microcode");

	ok(att_component_set_attribute(c, "microcode 0x2b000571", "0-3", err));
	ok(att_component_set_attribute(c, "microcode 0x2b000590", "4", err));
	fw_fails(&s, ATT_F_COMPONENT_DISAGREE, "0x2b000571 on CPU 0-3, "
	    "0x2b000590 on CPU 4");
}
END_TEST

/* -- what the node was seen with ------------------------------------------- */

/* Back to a version that is listed still: patch day is over. */
START_TEST(a_downgrade)
{
	AUTO_DONE(fw_done) struct fw_scene s = fw_good();

	fw_run(&s, "bmc", ATT_VERSION_RUNNING, "12.10");
	fw_put(&s, fw_reference(&s, "next"));
	fw_passes(&s);
	fw_remember(&s);
	fw_run(&s, "bmc", ATT_VERSION_RUNNING, "12.8");
	fw_fails(&s, ATT_F_COMPONENT_DOWNGRADE, "component bmc: running fw "
	    "12.8 is older than 12.10, which it was seen with");
	fw_run(&s, "bmc", ATT_VERSION_RUNNING, "12.10");
	fw_passes(&s);
	fw_run(&s, "bmc", ATT_VERSION_STORED, "12.8");
	fw_fails(&s, ATT_F_COMPONENT_DOWNGRADE, "stored fw 12.8 is older");
	/* the operator lets the verifier forget */
	att_fwknown_free(take(&s.known));
	fw_passes(&s);
}
END_TEST

START_TEST(another_part_in_its_place)
{
	AUTO_DONE(fw_done) struct fw_scene s = fw_good();
	struct att_component *c = fw_component(&s, "nic/0000:17:00.0");

	fw_run(&s, c->id, ATT_VERSION_RUNNING, "28.41.1000");
	fw_put(&s, fw_reference(&s, "next"));
	fw_passes(&s);
	fw_remember(&s);
	fw_run(&s, c->id, ATT_VERSION_RUNNING, "28.39.1002");
	fw_fails(&s, ATT_F_COMPONENT_DOWNGRADE, "28.39.1002 is older");
	ok(att_component_describe(c, NULL, NULL, "S9", err));
	fw_passes(&s);
	ck_assert_str_eq(fw_says(&s, ATT_F_COMPONENT_REPLACED),
	    "component nic/0000:17:00.0: another device is in its place: was "
	    "ConnectX-7 S1, is ConnectX-7 S9");
	fw_remember(&s);
	fw_passes(&s);
	ck_assert_uint_eq(s.findings, 0);
}
END_TEST

/* -- advisories ------------------------------------------------------------ */

#define AMI(more)                                                            \
	"{\"format\":\"attestd-advisories/1\",\"id\":\"x\",\"version\":1,"   \
	"\"match\":{\"product\":[\"*\"]},\"advisories\":[{"                  \
	"\"advisory\":\"CVE-2024-54085\",\"kind\":[\"bmc\"],"                \
	"\"model\":[\"MegaRAC*\"],\"affected\":[{\"from\":\"12.0\","         \
	"\"before\":\"12.7\"},{\"from\":\"13.0\",\"before\":\"13.5\"}]"      \
	more "}]}"

static const struct {
	const char *version;
	bool affected;
} ami[] = {
	{ "11.9", false }, { "12", true }, { "12.0", true }, { "12.6.9", true },
	{ "12.7", false }, { "12.10", false }, { "13.0", true },
	{ "13.4_a", true }, { "13.5", false }, { "14", false },
};

START_TEST(advisories)
{
	AUTO_DONE(fw_done) struct fw_scene s = fw_new();

	fw_run(&s, "bmc", ATT_VERSION_RUNNING, ami[_i].version);
	fw_put(&s, fw_reference(&s, "good"));
	fw_advise(&s, AMI(""));
	s.platform.product = "X1";
	if (ami[_i].affected)
		fw_fails(&s, ATT_F_ADVISORY, "component bmc: CVE-2024-54085 "
		    "is about fw ");
	else
		fw_passes(&s);
}
END_TEST

START_TEST(advisories_that_warn)
{
	AUTO_DONE(fw_done) struct fw_scene s = fw_new();

	fw_run(&s, "bmc", ATT_VERSION_RUNNING, "12.1");
	s.platform.product = "X1";
	fw_put(&s, fw_reference(&s, "good"));
	fw_advise(&s, AMI(",\"severity\":\"warn\""));
	fw_passes(&s);
	ck_assert_str_eq(fw_says(&s, ATT_F_ADVISORY), "component bmc: "
	    "CVE-2024-54085 is about fw 12.1, from 12.0, before 12.7");
	/* of other versions of the component, of other nodes */
	fw_advise(&s, AMI(",\"versions\":[\"boot*\"]"));
	fw_passes(&s);
	ck_assert_str_ne(fw_says(&s, ATT_F_ADVISORY_OPEN), "");
	s.platform.product = NULL;
	fw_passes(&s);
	ck_assert_str_eq(fw_says(&s, ATT_F_ADVISORY), "");
}
END_TEST

/* What is known to be broken is told, whatever it should be. */
START_TEST(advisories_without_values)
{
	AUTO_DONE(fw_done) struct fw_scene s = fw_new();

	fw_run(&s, "bmc", ATT_VERSION_RUNNING, "12.1");
	s.platform.product = "X1";
	fw_advise(&s, AMI(",\"severity\":\"warn\""));
	fw_fails(&s, ATT_F_FIRMWARE_NO_REFERENCE, "");
	ck_assert_str_eq(fw_says(&s, ATT_F_ADVISORY), "component bmc: "
	    "CVE-2024-54085 is about fw 12.1, from 12.0, before 12.7");
}
END_TEST

START_TEST(advisories_of_another_time)
{
	AUTO_DONE(fw_done) struct fw_scene s = fw_new();

	fw_run(&s, "bmc", ATT_VERSION_RUNNING, "12.1");
	fw_put(&s, fw_reference(&s, "good"));
	fw_advise(&s, "{\"format\":\"attestd-advisories/1\",\"id\":\"x\","
	    "\"version\":1,\"match\":{},\"valid_until\":"
	    "\"2026-01-01T00:00:00Z\",\"advisories\":[{\"advisory\":\"A\","
	    "\"kind\":[\"bmc\"],\"affected\":[{\"from\":\"0\"}]}]}");
	fw_passes(&s);
	s.now = 1;
	fw_fails(&s, ATT_F_ADVISORY, "component bmc: A is about fw 12.1, "
	    "from 0");
}
END_TEST

START_TEST(advisories_that_cannot_be_told)
{
	AUTO_DONE(fw_done) struct fw_scene s = fw_good();
	struct att_component *c = fw_component(&s, "bmc");

	s.platform.product = "X1";
	fw_advise(&s, AMI(""));
	fw_passes(&s);
	free(c->version[0].text[ATT_VERSION_RUNNING]);
	c->version[0].text[ATT_VERSION_RUNNING] = NULL;
	fw_judge(&s);
	ck_assert_str_eq(fw_says(&s, ATT_F_ADVISORY_OPEN), "component bmc: "
	    "whether CVE-2024-54085 is about it cannot be told, as its "
	    "version is not known");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("firmware: components");
	TCase *t = tcase_create("firmware: components");

	tcase_add_test(t, versions);
	tcase_add_test(t, minimum_versions);
	tcase_add_test(t, security_versions);
	tcase_add_test(t, pins);
	tcase_add_test(t, components_that_are_not_there);
	tcase_add_test(t, components_that_could_not_be_asked);
	tcase_add_test(t, components_that_nobody_speaks_of);
	tcase_add_test(t, flashed_and_waiting);
	tcase_add_test(t, waiting_beside_pins);
	tcase_add_test(t, waiting_without_a_rule);
	tcase_add_test(t, cpus_that_differ);
	tcase_add_test(t, a_downgrade);
	tcase_add_test(t, another_part_in_its_place);
	tcase_add_loop_test(t, advisories, 0, ATT_COUNT(ami));
	tcase_add_test(t, advisories_that_warn);
	tcase_add_test(t, advisories_without_values);
	tcase_add_test(t, advisories_of_another_time);
	tcase_add_test(t, advisories_that_cannot_be_told);
	suite_add_tcase(s, t);
	return run_suite(s);
}
