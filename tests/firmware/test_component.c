#include "tests/testlib.h"

#include "firmware/component.h"

#define NIC                                                                  \
	"{\"attributes\":{\"driver\":\"mlx5_core\"},"                         \
	"\"id\":\"nic/0000:17:00.0\",\"kind\":\"nic\",\"model\":"              \
	"\"MT_0000000838\",\"path\":\"netlink\",\"result\":\"ok\","            \
	"\"versions\":{\"fw\":{\"running\":\"28.39.1002\",\"stored\":"         \
	"\"28.40.1000\"},\"fw.psid\":{\"fixed\":\"MT_0000000838\"}}}"
#define BMC                                                                  \
	"{\"id\":\"bmc\",\"kind\":\"bmc\",\"path\":\"ipmi\",\"reason\":"       \
	"\"did not answer\",\"result\":\"failed\"}"

static const char good[] = "[" BMC "," NIC "]";

static int
parse(struct att_slice text, struct att_components *ret, struct att_err *err)
{
	AUTO(att_json_decref) json_t *j = NULL;
	int r = att_json_parse(text, 1 << 20, &j, err);

	return r < 0 ? r : att_components_from_json(j, ret, err);
}

static void
check_json(const struct att_components *list, const char *want)
{
	AUTO(att_json_decref) json_t *j = NULL;
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);

	ok(att_components_to_json(list, &j, err));
	ok(att_json_write(j, &b, err));
	ck_assert_msg(att_slice_is(att_buf_view(&b), want), "%.*s",
	    (int)b.len, (const char *)b.data);
}

/* In the order in which nobody asks for them. */
static void
make(struct att_components *list)
{
	struct att_component *c;

	ok(att_components_add(list, "nic/0000:17:00.0", ATT_COMPONENT_NIC,
	    ATT_PATH_NETLINK, &c, err));
	ok(att_component_describe(c, NULL, "MT_0000000838", "", err));
	ok(att_component_set_version(c, "fw.psid", ATT_VERSION_FIXED,
	    "MT_0000000838", err));
	ok(att_component_set_version(c, "fw", ATT_VERSION_RUNNING,
	    "28.39.1001", err));
	ok(att_component_set_version(c, "fw", ATT_VERSION_STORED,
	    " 28.40.1000\n", err));
	ok(att_component_set_version(c, "fw", ATT_VERSION_RUNNING,
	    "28.39.1002", err));
	ok(att_component_set_version(c, "fw", ATT_VERSION_RUNNING, "  ",
	    err));
	ok(att_component_set_attribute(c, "driver", "mlx5_core", err));
	ok(att_components_add(list, "bmc", ATT_COMPONENT_BMC, ATT_PATH_IPMI,
	    &c, err));
	ok(att_component_set_failed(c, ATT_MEASURED_FAILED, "did not answer",
	    err));
}

START_TEST(there_and_back)
{
	AUTO_DONE(att_components_done) struct att_components list = { 0 };
	AUTO_DONE(att_components_done) struct att_components back = { 0 };
	const struct att_component *c;

	make(&list);
	check_json(&list, good);
	ok(parse(S(good), &back, err));
	check_json(&back, good);
	c = att_components_find(&back, "nic/0000:17:00.0");
	ck_assert_ptr_nonnull(c);
	ck_assert_str_eq(att_component_version(c, "fw", ATT_VERSION_RUNNING),
	    "28.39.1002");
	ck_assert_ptr_null(att_component_version(c, "fw", ATT_VERSION_FIXED));
	ck_assert_ptr_null(att_component_version(c, "rom",
	    ATT_VERSION_FIXED));
	ck_assert_ptr_null(c->serial);
	ck_assert_ptr_null(att_components_find(&back, "nic"));
}
END_TEST

/* What a device says is made fit, and then is what a reader takes. */
START_TEST(hostile_texts)
{
	AUTO_DONE(att_components_done) struct att_components list = { 0 };
	AUTO_DONE(att_components_done) struct att_components back = { 0 };
	AUTO(att_json_decref) json_t *j = NULL;
	struct att_component *c;
	char lots[1000];

	memset(lots, 'x', sizeof(lots) - 1);
	lots[sizeof(lots) - 1] = '\0';
	/* the cut falls into a character */
	memcpy(lots + ATT_COMPONENT_TEXT_MAX - 1, "\xc3\xa9", 2);
	ok(att_components_add(&list, "gpu/\xc3\xa9\n\\", ATT_COMPONENT_GPU,
	    ATT_PATH_PROCFS, &c, err));
	ck_assert_str_eq(c->id, "gpu/????");
	ok(att_component_describe(c, "\x1b[2J\xff", "a\\b", lots, err));
	ck_assert_str_eq(c->vendor, "?[2J?");
	ck_assert_str_eq(c->model, "a?b");
	ck_assert_uint_eq(strlen(c->serial), ATT_COMPONENT_TEXT_MAX);
	ck_assert_int_eq(c->serial[ATT_COMPONENT_TEXT_MAX - 1], '?');
	ok(att_component_set_attribute(c, "\xe2\x80\xae", "\xe2\x80\xae",
	    err));
	ok(att_component_set_version(c, "v", ATT_VERSION_FIXED,
	    "\xc3\xa9", err));
	ok(att_component_set_failed(c, ATT_MEASURED_FAILED, "", err));
	ok(att_components_to_json(&list, &j, err));
	ok(att_components_from_json(j, &back, err));
	fails(att_components_add(&list, " \t", ATT_COMPONENT_GPU,
		  ATT_PATH_PROCFS, &c, err), ATT_E_FORMAT, "without an id");
	fails(att_component_set_version(&list.item[0], "", ATT_VERSION_FIXED,
		  "1", err), ATT_E_FORMAT, "empty");
}
END_TEST

START_TEST(limits)
{
	AUTO_DONE(att_components_done) struct att_components list = { 0 };
	struct att_component *c;
	char id[32];

	for (unsigned i = 0; i < ATT_COMPONENTS_MAX; i++) {
		(void)snprintf(id, sizeof(id), "scsi/%u",
		    (i * 7919) % ATT_COMPONENTS_MAX);
		ok(att_components_add(&list, id, ATT_COMPONENT_SCSI,
		    ATT_PATH_SYSFS, &c, err));
	}
	fails(att_components_add(&list, "scsi/7", ATT_COMPONENT_SCSI,
		  ATT_PATH_SYSFS, &c, err), ATT_E_CONFLICT, "scsi/7");
	fails(att_components_add(&list, "one more", ATT_COMPONENT_SCSI,
		  ATT_PATH_SYSFS, &c, err), ATT_E_LIMIT, "1024");
	for (size_t i = 1; i < list.count; i++)
		ck_assert_int_lt(strcmp(list.item[i - 1].id,
		    list.item[i].id), 0);
	c = &list.item[0];
	for (unsigned i = 0; i < ATT_COMPONENT_VERSIONS_MAX; i++) {
		(void)snprintf(id, sizeof(id), "v%u", i);
		ok(att_component_set_version(c, id, ATT_VERSION_RUNNING, id,
		    err));
		ok(att_component_set_attribute(c, id, id, err));
	}
	fails(att_component_set_version(c, "w", ATT_VERSION_RUNNING, "1",
		  err), ATT_E_LIMIT, "32 versions");
	fails(att_component_set_attribute(c, "w", "1", err), ATT_E_LIMIT,
	    "32 attributes");
}
END_TEST

static const struct {
	const char *text, *word;
} bad[] = {
	{ "{}", "array" },
	{ "[" NIC "," BMC "]", "ids must grow" },
	{ "[" BMC "," BMC "]", "already" },
	{ "[{}]", "\"id\"" },
	{ "[{\"id\":\" a\",\"kind\":\"bmc\",\"path\":\"ipmi\",\"result\":"
	  "\"ok\"}]", "id must be" },
	{ "[{\"id\":\"\xc3\xa9\",\"kind\":\"bmc\",\"path\":\"ipmi\","
	  "\"result\":\"ok\"}]", "ASCII" },
	{ "[{\"id\":\"a\",\"kind\":\"toaster\",\"path\":\"ipmi\","
	  "\"result\":\"ok\"}]", "toaster" },
	{ "[{\"id\":\"a\",\"kind\":\"bmc\",\"path\":\"word\",\"result\":"
	  "\"ok\"}]", "path \"word\"" },
	{ "[{\"id\":\"a\",\"kind\":\"bmc\",\"path\":\"ipmi\",\"result\":"
	  "\"fine\"}]", "result \"fine\"" },
	{ "[{\"id\":\"a\",\"kind\":\"bmc\",\"path\":\"ipmi\",\"result\":"
	  "\"failed\"}]", "reason must stand" },
	{ "[{\"id\":\"a\",\"kind\":\"bmc\",\"path\":\"ipmi\",\"result\":"
	  "\"ok\",\"reason\":\"r\"}]", "reason must stand" },
	{ "[{\"id\":\"a\",\"kind\":\"bmc\",\"path\":\"ipmi\",\"result\":"
	  "\"ok\",\"versions\":[]}]", "versions must be" },
	{ "[{\"id\":\"a\",\"kind\":\"bmc\",\"path\":\"ipmi\",\"result\":"
	  "\"ok\",\"versions\":{\"v\":{}}}]", "that says one" },
	{ "[{\"id\":\"a\",\"kind\":\"bmc\",\"path\":\"ipmi\",\"result\":"
	  "\"ok\",\"versions\":{\"v\":{\"running\":\"\"}}}]", "a version" },
	{ "[{\"id\":\"a\",\"kind\":\"bmc\",\"path\":\"ipmi\",\"result\":"
	  "\"ok\",\"attributes\":{\"v\":1}}]", "must be text" },
	{ "[{\"id\":\"a\",\"kind\":\"bmc\",\"path\":\"ipmi\",\"result\":"
	  "\"ok\",\"serial\":\"a\\u0007\"}]", "serial must be" },
};

START_TEST(refused)
{
	struct att_components list = { 0 };

	fails(parse(S(bad[_i].text), &list, err),
	    _i == 2 ? ATT_E_CONFLICT : ATT_E_FORMAT, bad[_i].word);
	ck_assert_ptr_null(list.item);
}
END_TEST

START_TEST(names)
{
	ck_assert_ptr_null(att_path_name(ATT_PATH_COUNT));
	ck_assert_ptr_null(att_component_kind_name(ATT_COMPONENT_KINDS));
	ck_assert_ptr_null(att_measured_name(ATT_MEASURED_COUNT));
	ck_assert_ptr_null(att_version_role_name(ATT_VERSION_ROLES));
	for (unsigned i = 0; i < ATT_PATH_COUNT; i++)
		ck_assert_ptr_nonnull(att_path_name(i));
	for (unsigned i = 0; i < ATT_COMPONENT_KINDS; i++)
		ck_assert_ptr_nonnull(att_component_kind_name(i));
	ck_assert_str_eq(att_measured_name(ATT_MEASURED_NOT_AVAILABLE),
	    "not-available");
	ck_assert_str_eq(att_version_role_name(ATT_VERSION_MINIMUM),
	    "minimum");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("firmware component");
	TCase *t = tcase_create("component");

	tcase_add_test(t, there_and_back);
	tcase_add_test(t, hostile_texts);
	tcase_add_test(t, limits);
	tcase_add_loop_test(t, refused, 0, (int)ATT_COUNT(bad));
	tcase_add_test(t, names);
	suite_add_tcase(s, t);
	return run_suite(s);
}
