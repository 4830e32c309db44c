/* Components for people, and attestctl firmware inventory. */
#include "testlib.h"

#include "agent/componentview.h"
#include "base/json.h"
#include "tests/agent/run_ctl.h"

static struct att_component *
add(struct att_components *list, const char *id, enum att_path path,
    const char *vendor, const char *model)
{
	struct att_component *c = NULL;

	ok(att_components_add(list, id, ATT_COMPONENT_OTHER, path, &c, err));
	ok(att_component_describe(c, vendor, model, NULL, err));
	return c;
}

static void
set(struct att_component *c, const char *name, enum att_version_role role,
    const char *text)
{
	ok(att_component_set_version(c, name, role, text, err));
}

static void
shows(const struct att_components *list, const char *want)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);

	ok(att_components_print(list, &b, err));
	att_buf_u8(&b, '\0');
	ck_assert_str_eq((const char *)b.data, want);
}

START_TEST(table)
{
	AUTO_DONE(att_components_done) struct att_components list = { 0 };
	struct att_component *c;

	c = add(&list, "nic/0000:17:00.0", ATT_PATH_NETLINK, "0x15b3",
	    "0x1021");
	set(c, "fw", ATT_VERSION_RUNNING, "28.36.1010");
	set(c, "fw", ATT_VERSION_STORED, "28.39.1002");
	set(c, "fw.psid", ATT_VERSION_FIXED, "MT_0000000838");
	set(c, "rom", ATT_VERSION_RUNNING, "1");
	set(c, "rom", ATT_VERSION_STORED, "1");
	ok(att_component_set_attribute(c, "driver", "mlx5_core", err));
	c = add(&list, "nvme/S1", ATT_PATH_SYSFS, NULL, "SAMSUNG");
	set(c, "fw", ATT_VERSION_RUNNING, "GDC5602Q");
	c = add(&list, "cpu/microcode", ATT_PATH_SYSFS, "GenuineIntel", NULL);
	ok(att_component_set_attribute(c, "microcode 0x1", "0-3", err));
	ok(att_component_set_attribute(c, "microcode 0x2", "4", err));
	ok(att_component_set_failed(c, ATT_MEASURED_FAILED, "CPUs differ",
	    err));
	c = add(&list, "bmc", ATT_PATH_IPMI, NULL, NULL);
	ok(att_component_set_failed(c, ATT_MEASURED_NOT_AVAILABLE, "busy",
	    err));
	c = add(&list, "odd", ATT_PATH_SYSFS, NULL, NULL);
	shows(&list,
	    "COMPONENT         MODEL          VERSION OF     "
	    "RUNNING        STORED      BY\n"
	    "bmc                                             "
	    "not-available              ipmi     busy\n"
	    "cpu/microcode     GenuineIntel                  "
	    "failed                     sysfs    CPUs differ\n"
	    "                                 microcode 0x1  0-3\n"
	    "                                 microcode 0x2  4\n"
	    "nic/0000:17:00.0  0x15b3 0x1021  fw             "
	    "28.36.1010     28.39.1002  netlink  waits for a reset\n"
	    "                                 fw.psid        "
	    "MT_0000000838                       fixed\n"
	    "                                 rom            "
	    "1              1\n"
	    "nvme/S1           SAMSUNG        fw             "
	    "GDC5602Q                   sysfs\n"
	    "odd                                             "
	    "                           sysfs\n");
}
END_TEST

/* Long texts stand out, and push nothing but their own line. */
START_TEST(long_texts)
{
	AUTO_DONE(att_components_done) struct att_components list = { 0 };
	struct att_component *c = add(&list, "a", ATT_PATH_SYSFS, NULL,
	    "12345678901234567890123456789012345678901");

	set(c, "fw", ATT_VERSION_RUNNING, "1");
	c = add(&list, "b", ATT_PATH_SYSFS, NULL, "M");
	set(c, "fw", ATT_VERSION_RUNNING, "\033[31m2");
	shows(&list,
	    "COMPONENT  MODEL  VERSION OF  RUNNING  STORED  BY\n"
	    "a          12345678901234567890123456789012345678901  fw"
	    "          1                sysfs\n"
	    "b          M      fw          ?[31m2           sysfs\n");
}
END_TEST

START_TEST(many)
{
	AUTO_DONE(att_components_done) struct att_components list = { 0 };
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);
	AUTO_DONE(att_buf_done) struct att_buf small = ATT_BUF(100);
	size_t lines = 0;

	for (int i = 0; i < ATT_COMPONENTS_MAX; i++) {
		char id[16];

		snprintf(id, sizeof(id), "n%d", i);
		set(add(&list, id, ATT_PATH_SYSFS, "v", "m"), "fw",
		    ATT_VERSION_RUNNING, "1");
	}
	ok(att_components_print(&list, &b, err));
	for (size_t i = 0; i < b.len; i++)
		lines += b.data[i] == '\n';
	ck_assert_uint_eq(lines, ATT_COMPONENTS_MAX + 1);
	fails(att_components_print(&list, &small, err), ATT_E_LIMIT,
	    "components");
}
END_TEST

/* Of this machine, whatever it has: both forms name the same. */
START_TEST(this_machine)
{
	AUTO_DONE(att_components_done) struct att_components list = { 0 };
	AUTO_DONE(run_done) struct run r = { 0 };
	AUTO(att_json_decref) json_t *j = NULL;

	RUN(&r, "firmware", "inventory", "--json");
	ck_assert_int_eq(r.status, 0);
	ok(att_json_parse(att_buf_view(&r.out), RUN_OUTPUT_MAX, &j, err));
	ok(att_components_from_json(j, &list, err));
	RUN(&r, "firmware", "inventory");
	ck_assert_int_eq(r.status, 0);
	ck_assert(run_has(&r.out, "COMPONENT"));
	for (size_t i = 0; i < list.count; i++)
		ck_assert(run_has(&r.out, list.item[i].id));
}
END_TEST

START_TEST(misused)
{
	AUTO_DONE(run_done) struct run r = { 0 };

	RUN(&r, "firmware", "inventory", "file");
	ck_assert(r.status == 2 && run_has(&r.err, "no file is wanted"));
	RUN(&r, "firmware", "inventory", "--files");
	ck_assert(r.status == 2 && run_has(&r.err, "does not take"));
	RUN(&r, "firmware", "inventory", "-c", "/nonexistent");
	ck_assert(r.status == 4 && run_has(&r.err, "/nonexistent"));
	RUN(&r, "firmware", "map", "-c", "/nonexistent", "x");
	ck_assert(r.status == 2 && run_has(&r.err, "does not take"));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("components for people");
	TCase *t = tcase_create("view");

	tcase_add_test(t, table);
	tcase_add_test(t, long_texts);
	tcase_add_test(t, many);
	tcase_add_test(t, this_machine);
	tcase_add_test(t, misused);
	suite_add_tcase(s, t);
	return run_suite(s);
}
