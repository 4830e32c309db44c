/* What becomes of a BMC's resources, and of a BMC that hangs or lies. */
#include "testlib.h"

#include "fixture.h"
#include "redfish/inventory.h"

/* Starts and stops the mock around one inventory. */
static void
take_inventory(struct att_components *list, struct att_err *why)
{
	start();
	ok(att_redfish_inventory(&bmc.o, list, why, err));
	stop();
}

static const struct att_component *
find(const struct att_components *list, const char *id)
{
	const struct att_component *c = att_components_find(list, id);

	ck_assert_msg(c != NULL, "no %s", id);
	return c;
}

static void
has_version(const struct att_component *c, const char *name,
    enum att_version_role role, const char *want)
{
	const char *got = att_component_version(c, name, role);

	ck_assert_msg(want == NULL ? got == NULL :
	    got != NULL && strcmp(got, want) == 0, "%s: %s is %s", c->id,
	    name, got == NULL ? "not told" : got);
}

static const char *
attribute(const struct att_component *c, const char *name)
{
	for (size_t i = 0; i < c->attributes; i++)
		if (strcmp(c->attribute[i].name, name) == 0)
			return c->attribute[i].text;
	return "";
}

static void
has(const struct att_component *c, const char *name, const char *want)
{
	ck_assert_msg(strcmp(attribute(c, name), want) == 0,
	    "%s: %s is \"%s\", wanted \"%s\"", c->id, name,
	    attribute(c, name), want);
}

/* -- a good walk ---------------------------------------------------------- */

static const struct {
	const char *id;
	enum att_component_kind kind;
	enum att_measured result;
} all[] = {
	{ "redfish", ATT_COMPONENT_BMC, ATT_MEASURED_OK },
	{ "redfish/9", ATT_COMPONENT_OTHER, ATT_MEASURED_OK },
	{ "redfish/ComponentIntegrity/HGX_ERoT_CPU_0", ATT_COMPONENT_OTHER,
	    ATT_MEASURED_OK },
	{ "redfish/ComponentIntegrity/HGX_IRoT_GPU_0", ATT_COMPONENT_OTHER,
	    ATT_MEASURED_OK },
	{ "redfish/ComponentIntegrity/missing", ATT_COMPONENT_OTHER,
	    ATT_MEASURED_NOT_AVAILABLE },
	{ "redfish/ComponentIntegrity/off", ATT_COMPONENT_OTHER,
	    ATT_MEASURED_OK },
	{ "redfish/ComponentIntegrity/tpm", ATT_COMPONENT_OTHER,
	    ATT_MEASURED_OK },
	{ "redfish/FW_BMC_0", ATT_COMPONENT_OTHER, ATT_MEASURED_OK },
	{ "redfish/HGX_FW_CPU_0", ATT_COMPONENT_OTHER, ATT_MEASURED_OK },
	{ "redfish/Managers/BMC_0", ATT_COMPONENT_BMC, ATT_MEASURED_OK },
	{ "redfish/RoT/HGX_ERoT_CPU_0/HGX_CPU_0", ATT_COMPONENT_OTHER,
	    ATT_MEASURED_OK },
	{ "redfish/Systems/Other", ATT_COMPONENT_BIOS, ATT_MEASURED_OK },
	{ "redfish/Systems/System_0", ATT_COMPONENT_BIOS, ATT_MEASURED_OK },
	{ "redfish/TrustedComponents/BMC_0/TPM", ATT_COMPONENT_OTHER,
	    ATT_MEASURED_OK },
	{ "redfish/gone", ATT_COMPONENT_OTHER, ATT_MEASURED_NOT_AVAILABLE },
	{ "redfish/inline", ATT_COMPONENT_OTHER, ATT_MEASURED_OK },
	{ "redfish/last", ATT_COMPONENT_OTHER, ATT_MEASURED_OK },
};

START_TEST(all_of_it)
{
	AUTO_DONE(att_components_done) struct att_components list = { 0 };
	struct att_err why;

	take_inventory(&list, &why);
	ck_assert_int_eq(why.code, ATT_OK);
	for (size_t i = 0; i < ATT_COUNT(all) && i < list.count; i++) {
		ck_assert_str_eq(list.item[i].id, all[i].id);
		ck_assert_int_eq(list.item[i].kind, all[i].kind);
		ck_assert_int_eq(list.item[i].result, all[i].result);
		ck_assert_int_eq(list.item[i].path, ATT_PATH_REDFISH);
	}
	ck_assert_uint_eq(list.count, ATT_COUNT(all));
	/* nothing but one session was made, and nothing changed */
	ck_assert_uint_eq(mock_count(&bmc.m, "POST"), 1);
	ck_assert_uint_eq(mock_count(&bmc.m, "DELETE " MOCK_SESSION), 1);
	ck_assert_ptr_null(strstr(bmc.m.log, "evil"));
}
END_TEST

START_TEST(what_is_told)
{
	AUTO_DONE(att_components_done) struct att_components list = { 0 };
	const struct att_component *c;
	struct att_err why;

	take_inventory(&list, &why);
	c = find(&list, "redfish");
	ck_assert_str_eq(c->vendor, "Maker");
	ck_assert_str_eq(c->model, "GB NVL");
	has(c, "redfish_version", "1.17.0");
	has(c, "hpe.integrity.result", "OK");
	has(c, "hpe.integrity.background", "true");
	has(c, "hpe.integrity.on_failure", "LogOnly");
	c = find(&list, "redfish/FW_BMC_0");
	ck_assert_str_eq(c->vendor, "Maker");
	has_version(c, "fw", ATT_VERSION_RUNNING, "70.01.00.09");
	has_version(c, "fw", ATT_VERSION_STORED, NULL);
	has(c, "software_id", "0x0010");
	has(c, "write_protected", "false");
	/* a downgrade that waits */
	c = find(&list, "redfish/HGX_FW_CPU_0");
	has_version(c, "fw", ATT_VERSION_RUNNING, "2.1");
	has_version(c, "fw", ATT_VERSION_STORED, "2.0");
	has(c, "slot.inactive.build", "Debug");
	has(c, "slot.inactive.comparison", "50");
	has(c, "slot.active.build", "Release");
	c = find(&list, "redfish/inline");
	has_version(c, "fw", ATT_VERSION_RUNNING, "3");
	has_version(c, "fw", ATT_VERSION_MINIMUM, "2");
	c = find(&list, "redfish/last");
	has_version(c, "fw", ATT_VERSION_RUNNING, NULL);
	has_version(c, "fw", ATT_VERSION_STORED, "1");
	c = find(&list, "redfish/9");
	ck_assert_uint_eq(c->versions, 0);
	ck_assert_ptr_null(c->vendor);
	c = find(&list, "redfish/gone");
	ck_assert_str_eq(c->reason, "listed by the BMC, and not there");
}
END_TEST

START_TEST(machines)
{
	AUTO_DONE(att_components_done) struct att_components list = { 0 };
	const struct att_component *c;
	struct att_err why;

	take_inventory(&list, &why);
	c = find(&list, "redfish/Managers/BMC_0");
	has_version(c, "fw", ATT_VERSION_RUNNING, "70.01.00.09");
	has(c, "build", "PlatformDevelopment");
	has(c, "otp_provisioned", "false");
	has(c, "host_interface.hostusb0", "bootstrapping as Administrator");
	c = find(&list, "redfish/Systems/System_0");
	ck_assert_uint_eq(c->versions, 0);
	ck_assert_str_eq(c->serial, "S964");
	c = find(&list, "redfish/Systems/Other");
	has_version(c, "bios", ATT_VERSION_RUNNING, "2.1b");
	has_version(c, "trusted_module.0", ATT_VERSION_RUNNING, "7.2");
	has(c, "trusted_module.0", "TPM2_0");
	has(c, "pfr", "ProvisionedButNotLocked");
	c = find(&list, "redfish/RoT/HGX_ERoT_CPU_0/HGX_CPU_0");
	has_version(c, "fw", ATT_VERSION_RUNNING, "33");
	has_version(c, "security", ATT_VERSION_RUNNING, "3");
	has_version(c, "security", ATT_VERSION_MINIMUM, "1");
	has(c, "slot.0.signing_type", "DOT");
	has(c, "slot.0.build", "Release");
	has(c, "slot.1.version", "32");
	has(c, "slot.1.state", "Inactive");
	has(c, "slot.1.security_version", "2");
	c = find(&list, "redfish/TrustedComponents/BMC_0/TPM");
	has_version(c, "fw", ATT_VERSION_RUNNING, "7.85");
	c = find(&list, "redfish/ComponentIntegrity/off");
	has(c, "enabled", "false");
	has(c, "type", "SPDM");
	has(c, "type_version", "1.1.0");
}
END_TEST

static char *
text_of(const struct att_components *list)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);
	AUTO(att_json_decref) json_t *j = NULL;

	ok(att_components_to_json(list, &j, err));
	ok(att_json_write(j, &b, err));
	return att_buf_take_str(&b);
}

/* Nothing in it varies but with what it tells of. */
START_TEST(twice_the_same)
{
	AUTO(free) char *one = NULL;
	AUTO(free) char *two = NULL;

	for (unsigned i = 0; i < 2; i++) {
		AUTO_DONE(att_components_done) struct att_components list = {
			0 };
		struct att_err why;

		setup();
		/* clocks and counters that go on */
		bmc.m.fault[0] = (struct fault){ .path = V1 "/Managers/BMC_0",
			.body = i == 0 ?
			    "{\"DateTime\":\"2026-06-29T07:50:28Z\","
			    "\"Oem\":{\"Nvidia\":{\"UptimeSeconds\":1.5}}}" :
			    "{\"DateTime\":\"2026-06-29T07:51:00Z\","
			    "\"Oem\":{\"Nvidia\":{\"UptimeSeconds\":33.2}}}" };
		take_inventory(&list, &why);
		*(i == 0 ? &one : &two) = text_of(&list);
	}
	ck_assert_str_eq(one, two);
}
END_TEST

/* -- parts that cannot be had --------------------------------------------- */

static const struct {
	const char *path, *id;
	enum att_measured result;
	unsigned status;
	const char *reason;
} parts[] = {
	{ V1 "/UpdateService", "redfish/UpdateService", ATT_MEASURED_FAILED,
	    403, "refused by the BMC" },
	{ V1 "/UpdateService/FirmwareInventory", "redfish/FirmwareInventory",
	    ATT_MEASURED_FAILED, 403, "refused by the BMC" },
	{ V1 "/Managers", "redfish/Managers", ATT_MEASURED_NOT_AVAILABLE, 404,
	    "listed by the BMC, and not there" },
	{ V1 "/Managers/BMC_0", "redfish/Managers/BMC_0",
	    ATT_MEASURED_FAILED, 500, "no answer that is understood" },
	{ V1 "/Systems/Other", "redfish/Systems/Other", ATT_MEASURED_FAILED,
	    302, "the BMC points elsewhere" },
	{ V1 "/UpdateService/FirmwareInventory/FW_BMC_0", "redfish/FW_BMC_0",
	    ATT_MEASURED_FAILED, 503,
	    "the BMC was busy, or the asking was stopped" },
	{ V1 "/Chassis/BMC_0", "redfish/Chassis/BMC_0", ATT_MEASURED_FAILED,
	    403, "refused by the BMC" },
	{ V1 "/Chassis/BMC_0/TrustedComponents",
	    "redfish/TrustedComponents/BMC_0", ATT_MEASURED_FAILED, 403,
	    "refused by the BMC" },
	{ ROT, "redfish/RoT/HGX_ERoT_CPU_0", ATT_MEASURED_FAILED, 403,
	    "refused by the BMC" },
};

START_TEST(one_part_refused)
{
	AUTO_DONE(att_components_done) struct att_components list = { 0 };
	const struct att_component *c;
	struct att_err why;

	bmc.m.fault[0] = (struct fault){ .path = parts[_i].path,
		.status = parts[_i].status, .headers = "Location: /x\r\n" };
	take_inventory(&list, &why);
	c = find(&list, parts[_i].id);
	ck_assert_int_eq(c->result, parts[_i].result);
	ck_assert_str_eq(c->reason, parts[_i].reason);
	ck_assert_int_eq(find(&list, "redfish")->result, ATT_MEASURED_OK);
	/* the others are there */
	ck_assert_int_eq(find(&list, "redfish/Systems/System_0")->result,
	    ATT_MEASURED_OK);
}
END_TEST

START_TEST(parts_of_a_component)
{
	AUTO_DONE(att_components_done) struct att_components list = { 0 };
	struct att_err why;

	bmc.m.fault[0] = (struct fault){ .status = 403,
		.path = V1 "/Managers/BMC_0/HostInterfaces" };
	bmc.m.fault[1] = (struct fault){ .status = 403,
		.path = ROT "/HGX_CPU_0/ImageSlots/0" };
	take_inventory(&list, &why);
	has(find(&list, "redfish/Managers/BMC_0"), "host_interfaces",
	    "could not be read");
	has(find(&list, "redfish/RoT/HGX_ERoT_CPU_0/HGX_CPU_0"), "slot.0",
	    "refused by the BMC");
}
END_TEST

/* A link to nowhere of a chassis is no component. */
START_TEST(links_to_nowhere)
{
	AUTO_DONE(att_components_done) struct att_components list = { 0 };
	struct att_err why;

	bmc.m.fault[0] = (struct fault){ .status = 404,
		.path = V1 "/Chassis/BMC_0/TrustedComponents" };
	take_inventory(&list, &why);
	ck_assert_ptr_null(att_components_find(&list,
	    "redfish/TrustedComponents/BMC_0"));
	ck_assert_int_eq(why.code, ATT_OK);
}
END_TEST

static const char *const nowhere[] = { "{\"Members\":[{\"@odata.id\":"
	"\"https://evil.example/redfish/v1/x\"}]}",
	"{\"Members\":[{\"@odata.id\":\"/etc/passwd\"}]}",
	"{\"Members\":[{\"@odata.id\":\"" V1 "/../x\"}]}" };

START_TEST(members_elsewhere)
{
	AUTO_DONE(att_components_done) struct att_components list = { 0 };
	const struct att_component *c;
	struct att_err why;
	size_t failed = 0;

	bmc.m.fault[0] = (struct fault){ .path = V1 "/Systems",
		.body = nowhere[_i] };
	take_inventory(&list, &why);
	for (size_t i = 0; i < list.count; i++) {
		c = &list.item[i];
		failed += strncmp(c->id, "redfish/Systems/", 16) == 0 &&
		    c->result == ATT_MEASURED_FAILED &&
		    strcmp(c->reason, "the BMC points elsewhere") == 0;
	}
	ck_assert_uint_eq(failed, 1);
	ck_assert_ptr_null(strstr(bmc.m.log, "passwd"));
}
END_TEST

/* -- loops and giants ----------------------------------------------------- */

START_TEST(pages_in_a_circle)
{
	AUTO_DONE(att_components_done) struct att_components list = { 0 };
	const struct att_component *c;
	struct att_err why;

	bmc.m.fault[0] = (struct fault){ .path = V1 "/Systems", .body =
		"{\"Members\":[],\"Members@odata.nextLink\":\"" V1
		"/Systems\"}" };
	take_inventory(&list, &why);
	c = find(&list, "redfish/Systems");
	ck_assert_str_eq(c->reason, "the BMC names it more than once");
	ck_assert_uint_eq(mock_count(&bmc.m, "GET " V1 "/Systems\n"), 1);
}
END_TEST

START_TEST(a_collection_that_contains_itself)
{
	AUTO_DONE(att_components_done) struct att_components list = { 0 };
	struct att_err why;

	bmc.m.fault[0] = (struct fault){ .path = V1 "/Systems", .body =
		"{\"Members\":[{\"@odata.id\":\"" V1 "/Systems\"},"
		"{\"@odata.id\":\"" V1 "/Systems/System_0\"},"
		"{\"@odata.id\":\"" V1 "/Systems/System_0\"}]}" };
	take_inventory(&list, &why);
	ck_assert_str_eq(find(&list, "redfish/Systems/Systems")->reason,
	    "the BMC names it more than once");
	/* the first of the two counts, and that there are two is told */
	ck_assert_int_eq(find(&list, "redfish/Systems/System_0")->result,
	    ATT_MEASURED_OK);
	ck_assert_int_eq(find(&list, "redfish/twice")->result,
	    ATT_MEASURED_FAILED);
	ck_assert_uint_eq(mock_count(&bmc.m, "GET " V1 "/Systems/System_0"),
	    1);
}
END_TEST

/* The BMC failed as a whole: one component, whatever was read before. */
static void
is_lost(const struct att_components *list, const char *reason)
{
	ck_assert_uint_eq(list->count, 1);
	ck_assert_str_eq(list->item[0].id, "redfish");
	ck_assert_int_eq(list->item[0].kind, ATT_COMPONENT_BMC);
	ck_assert_int_eq(list->item[0].result, ATT_MEASURED_FAILED);
	ck_assert_str_eq(list->item[0].reason, reason);
}

START_TEST(more_components_than_are_taken)
{
	AUTO_DONE(att_components_done) struct att_components list = { 0 };
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);
	struct att_err why;

	att_buf_str(&b, "{\"Members@odata.count\":4294967296,\"Members\":[");
	for (unsigned i = 0; i < ATT_COMPONENTS_MAX; i++)
		att_buf_printf(&b, "%s{\"Id\":\"x%u\"}", i > 0 ? "," : "", i);
	att_buf_bytes(&b, "]}", 3);
	bmc.m.fault[0] = (struct fault){ .path = V1 "/Systems",
		.body = (const char *)b.data };
	take_inventory(&list, &why);
	is_lost(&list, "more than is taken");
	ck_assert_int_eq(why.code, ATT_E_LIMIT);
}
END_TEST

START_TEST(pages_without_end)
{
	static struct page pages[ATT_REDFISH_REQUESTS_MAX + 1];
	static char text[ATT_COUNT(pages)][2][128];
	AUTO_DONE(att_components_done) struct att_components list = { 0 };
	struct att_err why;

	for (size_t i = 0; i < ATT_COUNT(pages); i++) {
		snprintf(text[i][0], sizeof(text[i][0]), V1 "/Chassis/%zu",
		    i);
		snprintf(text[i][1], sizeof(text[i][1]), "{\"Members\":[],"
		    "\"Members@odata.nextLink\":\"" V1 "/Chassis/%zu\"}",
		    i + 1);
		pages[i] = (struct page){ text[i][0], text[i][1] };
	}
	bmc.m.pages = pages;
	bmc.m.count = ATT_COUNT(pages);
	bmc.m.fault[0] = (struct fault){ .path = V1, .body =
		"{\"Chassis\":{\"@odata.id\":\"" V1 "/Chassis/0\"}}" };
	take_inventory(&list, &why);
	is_lost(&list, "more than is taken");
}
END_TEST

/* -- nonsense in every place ----------------------------------------------- */

static const char *const nonsense[] = { "null", "true", "7", "\"x\"", "[]",
	"{}", "[[],7,null,{},{\"@odata.id\":7},{\"@odata.id\":\"\"}]",
	"{\"@odata.id\":{}}", "\"\\u001b[2J\\u0000\"" };

/* Whatever comes of it can be written into the claims, and read back. */
static void
is_sound(const struct att_components *list)
{
	AUTO_DONE(att_components_done) struct att_components back = { 0 };
	AUTO(free) char *text = text_of(list);
	AUTO(att_json_decref) json_t *j = json_loads(text, 0, NULL);
	AUTO(free) char *again = NULL;

	ck_assert_uint_ge(list->count, 1);
	ok(att_components_from_json(j, &back, err));
	again = text_of(&back);
	ck_assert_str_eq(text, again);
}

/* This page with this member so; NULL: no such member. */
static char *
confuse(const char *page, size_t member, const char *value)
{
	AUTO(att_json_decref) json_t *j = json_loads(page, 0, NULL);
	AUTO(att_json_decref) json_t *names = json_copy(j);
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 16);
	const char *name;
	size_t n = 0;
	json_t *v;

	json_object_foreach (names, name, v) {
		if (n++ != member)
			continue;
		/* as text: a NUL is nothing that jansson would write */
		json_object_set_new(j, name, json_string("@@"));
		AUTO(free) char *text = json_dumps(j, JSON_COMPACT);
		char *at = strstr(text, "\"@@\"");

		ck_assert_ptr_nonnull(at);
		*at = '\0';
		att_buf_printf(&b, "%s%s%s", text, value, at + 4);
		return att_buf_take_str(&b);
	}
	return NULL;
}

START_TEST(confused)
{
	const struct page *page = &capture[_i];
	size_t walks = 0;

	start();
	for (size_t i = 0;; i++) {
		AUTO_DONE(att_components_done) struct att_components list = {
			0 };
		AUTO(free) char *body = confuse(page->json, i,
		    nonsense[((size_t)_i + i) % ATT_COUNT(nonsense)]);
		struct att_err why;

		if (body == NULL)
			break;
		bmc.m.fault[0] = (struct fault){ .path = page->path,
			.body = body };
		ok(att_redfish_inventory(&bmc.o, &list, &why, err));
		is_sound(&list);
		walks++;
	}
	for (size_t i = 0; i < ATT_COUNT(nonsense); i++) {
		AUTO_DONE(att_components_done) struct att_components list = {
			0 };
		struct att_err why;

		bmc.m.fault[0] = (struct fault){ .path = page->path,
			.body = nonsense[i] };
		ok(att_redfish_inventory(&bmc.o, &list, &why, err));
		is_sound(&list);
		walks++;
	}
	stop();
	ck_assert_uint_ge(walks, ATT_COUNT(nonsense) + 1);
}
END_TEST

/* -- a BMC that cannot be asked ------------------------------------------- */

START_TEST(hangs_on_the_way)
{
	AUTO_DONE(att_components_done) struct att_components list = { 0 };
	struct att_err why;

	bmc.m.fault[0] = (struct fault){ .path = V1 "/Systems/Other",
		.hang = true };
	start();
	bmc.o.deadline_ms = 1000;
	ok(att_redfish_inventory(&bmc.o, &list, &why, err));
	stop();
	is_lost(&list, "no answer in time");
	ck_assert_int_eq(why.code, ATT_E_TIMEOUT);
}
END_TEST

START_TEST(not_there)
{
	AUTO_DONE(att_components_done) struct att_components list = { 0 };
	struct att_component *c = NULL;
	struct att_err why;

	ok(att_components_add(&list, "nic/0", ATT_COMPONENT_NIC,
	    ATT_PATH_SYSFS, &c, err));
	start();
	stop();
	ok(att_redfish_inventory(&bmc.o, &list, &why, err));
	/* what others found stays */
	ck_assert_uint_eq(list.count, 2);
	ck_assert_str_eq(list.item[0].id, "nic/0");
	ck_assert_str_eq(list.item[1].reason,
	    "cannot be reached, or does not speak HTTP");
}
END_TEST

START_TEST(not_the_pinned_one)
{
	AUTO_DONE(att_components_done) struct att_components list = { 0 };
	struct cert other = cert_make("bmc", NULL, -DAY, DAY, NULL);
	struct att_err why;

	start();
	bmc.o.pin = pin_of(&other, bmc.pin);
	ok(att_redfish_inventory(&bmc.o, &list, &why, err));
	stop();
	cert_done(&other);
	is_lost(&list, "its certificate is not the one that is expected");
}
END_TEST

START_TEST(password_refused)
{
	AUTO_DONE(att_components_done) struct att_components list = { 0 };
	struct att_err why;

	start();
	bmc.o.password = "wrong";
	ok(att_redfish_inventory(&bmc.o, &list, &why, err));
	stop();
	is_lost(&list, "refused by the BMC");
	ck_assert_ptr_nonnull(strstr(why.text, "401"));
}
END_TEST

START_TEST(no_room_in_the_list)
{
	AUTO_DONE(att_components_done) struct att_components list = { 0 };
	struct att_component *c = NULL;
	struct att_err why;
	char id[32];

	for (unsigned i = 0; i < ATT_COMPONENTS_MAX; i++) {
		snprintf(id, sizeof(id), "nic/%u", i);
		ok(att_components_add(&list, id, ATT_COMPONENT_NIC,
		    ATT_PATH_SYSFS, &c, err));
	}
	start();
	fails(att_redfish_inventory(&bmc.o, &list, &why, err), ATT_E_LIMIT,
	    "1024");
	stop();
	ck_assert_uint_eq(list.count, ATT_COMPONENTS_MAX);
}
END_TEST

/* A BMC that lists more than there is room for is there, and failed. */
START_TEST(little_room_in_the_list)
{
	AUTO_DONE(att_components_done) struct att_components list = { 0 };
	struct att_component *c = NULL;
	struct att_err why;
	char id[32];

	for (unsigned i = 0; i < ATT_COMPONENTS_MAX - 2; i++) {
		snprintf(id, sizeof(id), "nic/%u", i);
		ok(att_components_add(&list, id, ATT_COMPONENT_NIC,
		    ATT_PATH_SYSFS, &c, err));
	}
	take_inventory(&list, &why);
	ck_assert_int_eq(why.code, ATT_E_LIMIT);
	ck_assert_uint_eq(list.count, ATT_COMPONENTS_MAX - 1);
	ck_assert_int_eq(find(&list, "redfish")->result, ATT_MEASURED_FAILED);
	ck_assert_str_eq(find(&list, "redfish")->reason,
	    "more than is taken");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("redfish inventory");
	TCase *good = add_case(s, "good"), *bad = add_case(s, "bad");

	tcase_add_test(good, all_of_it);
	tcase_add_test(good, what_is_told);
	tcase_add_test(good, machines);
	tcase_add_test(good, twice_the_same);
	tcase_add_loop_test(bad, one_part_refused, 0, ATT_COUNT(parts));
	tcase_add_test(bad, parts_of_a_component);
	tcase_add_test(bad, links_to_nowhere);
	tcase_add_loop_test(bad, members_elsewhere, 0, ATT_COUNT(nowhere));
	tcase_add_test(bad, pages_in_a_circle);
	tcase_add_test(bad, a_collection_that_contains_itself);
	tcase_add_test(bad, more_components_than_are_taken);
	tcase_add_test(bad, pages_without_end);
	tcase_add_loop_test(bad, confused, 0, ATT_COUNT(capture));
	tcase_add_test(bad, hangs_on_the_way);
	tcase_add_test(bad, not_there);
	tcase_add_test(bad, not_the_pinned_one);
	tcase_add_test(bad, password_refused);
	tcase_add_test(bad, no_room_in_the_list);
	tcase_add_test(bad, little_room_in_the_list);
	return run_suite(s);
}
