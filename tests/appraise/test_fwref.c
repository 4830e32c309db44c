/* Documents of reference values of firmware, and advisories: what is none. */
#include "tests/appraise/fwscene.h"

#define HEAD                                                                 \
	"{\"format\":\"attestd-firmware-values/1\",\"id\":\"x\","            \
	"\"version\":0,\"match\":{}"
#define D64                                                                  \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define CHIP(more) HEAD ",\"flash\":{\"BIOS\":{" more "}}}"
#define RANGE(more)                                                          \
	CHIP("\"size\":8,\"ranges\":[{\"offset\":0,\"length\":8,"            \
	     "\"name\":\"n\"," more "}]")
#define RULE(more) HEAD ",\"components\":[{" more "}]}"
#define BMC(more) RULE("\"name\":\"bmc\",\"id\":[\"bmc\"]," more)
#define FW(more) BMC("\"versions\":{\"fw\":{" more "}}")

static const struct {
	const char *text, *word;	/* NULL: it is taken */
} values[] = {
	{ "[]", "object" },
	{ "{\"format\":\"attestd-firmware-values/2\"}", "format" },
	{ HEAD "}", "neither" },
	{ HEAD ",\"more\":1}", "\"more\" is not known" },
	{ HEAD ",\"flash\":{}}", "1 to 16" },
	{ HEAD ",\"flash\":[]}", "1 to 16" },
	{ HEAD ",\"flash\":{\"\":\"any\"}}", "1 to 64 bytes" },
	{ HEAD ",\"flash\":{\"b\":\"all\"}}", "flash \"b\": must be" },
	{ HEAD ",\"flash\":{\"b\":\"any\"}}", NULL },
	{ HEAD ",\"flash\":{\"b\":\"any\"},\"others\":\"none\"}", "others" },
	{ HEAD ",\"flash\":{\"b\":\"any\"},\"others\":\"refused\"}", NULL },
	{ CHIP(""), "size" },
	{ CHIP("\"size\":0,\"ranges\":[]"), "size" },
	{ CHIP("\"size\":8"), "ranges" },
	{ CHIP("\"size\":8,\"ranges\":[]"), "1 to 16384" },
	{ CHIP("\"size\":8,\"ranges\":[1]"), "range 0: must be an object" },
	{ CHIP("\"size\":8,\"notes\":[1],\"ranges\":[]"), "entry 0" },
	{ CHIP("\"size\":8,\"notes\":1,\"ranges\":[]"), "at most 32" },
	{ CHIP("\"size\":8,\"paths\":[\"spi\"],\"ranges\":[]"), "\"spi\"" },
	{ CHIP("\"size\":8,\"paths\":[],\"ranges\":[]"), "paths" },
	{ CHIP("\"size\":8,\"writable\":1,\"ranges\":[]"), "writable" },
	{ CHIP("\"size\":8,\"optional\":0,\"ranges\":[]"), "optional" },
	{ CHIP("\"size\":8,\"hash\":0,\"ranges\":[]"), "\"hash\"" },
	{ RANGE("\"class\":\"volatile\""), NULL },
	{ RANGE("\"class\":\"unreadable\""), NULL },
	{ RANGE("\"class\":\"per-machine\""), NULL },
	{ RANGE("\"class\":\"per-machine\",\"own\":true"), NULL },
	{ RANGE("\"class\":\"static\",\"own\":true"), NULL },
	{ RANGE("\"class\":\"gap\",\"own\":true"), NULL },
	{ RANGE("\"class\":\"gap\",\"fill\":255"), NULL },
	{ RANGE("\"class\":\"gap\",\"sha256\":[\"" D64 "\"]"), NULL },
	{ RANGE("\"class\":\"static\",\"sha256\":[\"" D64 "\"]"), NULL },
	{ RANGE("\"class\":\"static\""), "has no digests" },
	{ RANGE("\"class\":\"gap\""), "no \"fill\"" },
	{ RANGE("\"class\":\"gap\",\"fill\":256"), "fill" },
	{ RANGE("\"class\":\"gap\",\"fill\":-1"), "fill" },
	{ RANGE("\"class\":\"static\",\"fill\":0"), "no gap" },
	{ RANGE("\"class\":\"gap\",\"own\":true,\"fill\":0"), "common" },
	{ RANGE("\"class\":\"volatile\",\"own\":true"), "never compared" },
	{ RANGE("\"class\":\"volatile\",\"sha256\":[\"" D64 "\"]"),
	    "common" },
	{ RANGE("\"class\":\"per-machine\",\"sha256\":[\"" D64 "\"]"),
	    "common" },
	{ RANGE("\"class\":\"code\""), "no class \"code\"" },
	{ RANGE("\"class\":\"static\",\"sha256\":[]"), "1 to 64" },
	{ RANGE("\"class\":\"static\",\"sha256\":\"" D64 "\""), "1 to 64" },
	{ RANGE("\"class\":\"static\",\"sha256\":[1]"), "entry 0" },
	{ RANGE("\"class\":\"static\",\"sha256\":[\"00\"]"), "entry 0" },
	{ RANGE("\"class\":\"static\",\"sha384\":[\"" D64 "\"]"),
	    "\"sha384\", entry 0" },
	{ RANGE("\"class\":\"static\",\"sha1\":[\"" D64 "\"]"), "sha1" },
	{ CHIP("\"size\":8,\"ranges\":[{\"offset\":1,\"length\":8,"
	       "\"name\":\"n\",\"class\":\"volatile\"}]"), "ends at 0" },
	{ CHIP("\"size\":8,\"ranges\":[{\"offset\":0,\"length\":7,"
	       "\"name\":\"n\",\"class\":\"volatile\"}]"),
	    "the ranges end at 7, the chip at 8" },
	{ CHIP("\"size\":8,\"ranges\":[{\"offset\":0,\"length\":9,"
	       "\"name\":\"n\",\"class\":\"volatile\"}]"),
	    "range 0 ends behind the chip" },
	{ CHIP("\"size\":8,\"ranges\":[{\"offset\":0,\"length\":0,"
	       "\"name\":\"n\",\"class\":\"volatile\"}]"), "length" },
	{ CHIP("\"size\":8,\"ranges\":[{\"offset\":0,\"length\":4,"
	       "\"name\":\"n\",\"class\":\"volatile\"},{\"offset\":4,"
	       "\"length\":9223372036854775807,\"name\":\"n\","
	       "\"class\":\"volatile\"}]"), "range 1 ends behind" },
	{ HEAD ",\"components\":[]}", "1 to 1024" },
	{ HEAD ",\"components\":{}}", "1 to 1024" },
	{ HEAD ",\"components\":[1]}", "component 0: must be" },
	{ RULE("\"id\":[\"bmc\"]"), "name" },
	{ RULE("\"name\":\"\",\"id\":[\"bmc\"]"), "1 to 287" },
	{ RULE("\"name\":\"x\""), "which components" },
	{ RULE("\"name\":\"x\",\"model\":[\"*\"]"), "which components" },
	{ RULE("\"name\":\"x\",\"kind\":[\"bmcs\"]"), "\"bmcs\"" },
	{ RULE("\"name\":\"x\",\"kind\":[\"bmc\"],\"id\":[]"), "\"id\"" },
	{ RULE("\"name\":\"x\",\"kind\":[\"bmc\",\"nic\"]"), NULL },
	{ BMC("\"count\":-1"), "count" },
	{ BMC("\"count\":1025"), "count" },
	{ BMC("\"count\":1024"), NULL },
	{ BMC("\"paths\":[\"ipmi\",\"carrier-pigeon\"]"), "carrier" },
	{ BMC("\"serial\":[\"*\"]"), "serial" },
	{ BMC("\"versions\":[]"), "at most 32" },
	{ BMC("\"versions\":{\"fw\":[]}"), "object of roles" },
	{ BMC("\"versions\":{\"fw\":{}}"), "object of roles" },
	{ FW("\"runs\":{}"), "no role \"runs\"" },
	{ FW("\"running\":{}"), "must be there" },
	{ FW("\"running\":\"1\""), "must be an object" },
	{ FW("\"running\":{\"one_of\":[]}"), "1 to 256" },
	{ FW("\"running\":{\"one_of\":\"1\"}"), "1 to 256" },
	{ FW("\"running\":{\"one_of\":[\"\"]}"), "entry 0" },
	{ FW("\"running\":{\"one_of\":[1]}"), "entry 0" },
	{ FW("\"running\":{\"minimum\":1}"), "minimum" },
	{ FW("\"running\":{\"minimum\":\"\"}"), "1 to 127" },
	{ FW("\"running\":{\"maximum\":\"1\"}"), "maximum" },
	{ FW("\"running\":{\"minimum\":\"1\",\"one_of\":[\"2\"]},"
	     "\"stored\":{\"minimum\":\"1\"},\"fixed\":{\"minimum\":\"1\"},"
	     "\"minimum\":{\"minimum\":\"1\"}"), NULL },
	{ BMC("\"attributes\":[]"), "at most 32" },
	{ BMC("\"attributes\":{\"a\":\"b\"}"), "attribute \"a\"" },
	{ BMC("\"attributes\":{\"a\":[\"b\",\"c\"]}"), NULL },
};

START_TEST(values_that_are_none)
{
	AUTO(att_fwref_free) struct att_fwref *r = NULL;
	struct att_err err = { 0 };
	int e = att_fwref_parse(S(values[_i].text), &r, &err);

	if (values[_i].word == NULL) {
		ck_assert_msg(e == 0, "%s", err.text);
		return;
	}
	ck_assert_int_lt(e, 0);
	ck_assert_msg(strstr(err.text, values[_i].word) != NULL, "%s",
	    err.text);
	ck_assert_ptr_null(r);
}
END_TEST

#define LIST(more)                                                           \
	"{\"format\":\"attestd-advisories/1\",\"id\":\"x\",\"version\":0,"   \
	"\"match\":{},\"advisories\":[" more "]}"
#define ONE(more) LIST("{\"advisory\":\"A\",\"kind\":[\"bmc\"]," more "}")
#define IN(more) ONE("\"affected\":[{" more "}]")

static const struct {
	const char *text, *word;
} lists[] = {
	{ LIST(""), NULL },
	{ HEAD "}", "format" },
	{ "{\"format\":\"attestd-advisories/1\",\"id\":\"x\",\"version\":0,"
	  "\"match\":{}}", "advisories" },
	{ LIST("1"), "advisory 0: must be" },
	{ LIST("{\"kind\":[\"bmc\"]}"), "\"advisory\"" },
	{ LIST("{\"advisory\":\"\",\"kind\":[\"bmc\"],\"affected\":["
	       "{\"from\":\"1\"}]}"), "1 to 40" },
	{ LIST("{\"advisory\":\"A\",\"affected\":[{\"from\":\"1\"}]}"),
	    "which components" },
	{ ONE("\"x\":1"), "\"x\"" },
	{ ONE("\"severity\":\"high\",\"affected\":[]"), "severity" },
	{ ONE("\"severity\":1,\"affected\":[]"), "severity" },
	{ ONE("\"versions\":[]"), "versions" },
	{ ONE("\"affected\":[]"), "1 to 64" },
	{ ONE("\"affected\":[1]"), "entry 0: must be" },
	{ IN(""), "must be there" },
	{ IN("\"from\":1"), "from" },
	{ IN("\"from\":\"\""), "from" },
	{ IN("\"to\":\"1\""), "\"to\"" },
	{ IN("\"from\":\"2\",\"before\":\"1.9\""), "no version is" },
	{ IN("\"from\":\"2\",\"before\":\"2.0\""), "no version is" },
	{ IN("\"from\":\"2\",\"before\":\"2.1\""), NULL },
	{ IN("\"before\":\"2.1\""), NULL },
	{ IN("\"from\":\"0\""), NULL },
};

START_TEST(advisories_that_are_none)
{
	AUTO(att_fwadvisories_free) struct att_fwadvisories *a = NULL;
	struct att_err err = { 0 };
	int e = att_fwadvisories_parse(S(lists[_i].text), &a, &err);

	if (lists[_i].word == NULL) {
		ck_assert_msg(e == 0, "%s", err.text);
		return;
	}
	ck_assert_int_lt(e, 0);
	ck_assert_msg(strstr(err.text, lists[_i].word) != NULL, "%s",
	    err.text);
	ck_assert_ptr_null(a);
}
END_TEST

/* -- cut, and as much as may be -------------------------------------------- */

START_TEST(cut_at_each_length)
{
	AUTO_DONE(fw_done) struct fw_scene s = fw_new();
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);
	AUTO(att_json_decref) json_t *doc = fw_reference(&s, "x");

	ok(att_json_write(doc, &b, err));
	for (size_t n = 0; n <= b.len; n++) {
		AUTO(att_fwref_free) struct att_fwref *r = NULL;
		int e = att_fwref_parse((struct att_slice){ b.data, n }, &r,
		    NULL);

		ck_assert((e == 0) == (n == b.len) && (r != NULL) == (e == 0));
	}
}
END_TEST

/* Whatever one bit makes of it, it is taken or refused. */
START_TEST(each_bit)
{
	AUTO_DONE(fw_done) struct fw_scene s = fw_new();
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);
	AUTO(att_json_decref) json_t *doc = fw_reference(&s, "x");
	size_t refused = 0;

	ok(att_json_write(doc, &b, err));
	for (size_t bit = 0; bit < 8 * b.len; bit++) {
		AUTO(att_fwref_free) struct att_fwref *r = NULL;

		b.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		refused += att_fwref_parse(att_buf_view(&b), &r, NULL) < 0;
		b.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	ck_assert_uint_gt(refused, 4 * b.len);
}
END_TEST

static void
put_entries(struct att_buf *b, const char *before, const char *entry,
    size_t n, const char *after)
{
	att_buf_str(b, before);
	for (size_t i = 0; i < n; i++)
		att_buf_printf(b, "%s%s", i == 0 ? "" : ",", entry);
	att_buf_str(b, after);
}

static const struct {
	const char *before, *entry, *after, *word;
	size_t most;
} limits[] = {
	{ HEAD ",\"flash\":{\"b\":{\"size\":8,\"ranges\":[{\"offset\":0,"
	       "\"length\":8,\"name\":\"n\",\"class\":\"volatile\"}],"
	       "\"notes\":[", "\"a\"", "]}}}", "at most 32",
	    ATT_FWFLASH_NOTES_MAX },
	{ HEAD ",\"flash\":{\"b\":{\"size\":8,\"ranges\":[{\"offset\":0,"
	       "\"length\":8,\"name\":\"n\",\"class\":\"static\","
	       "\"sha256\":[", "\"" D64 "\"", "]}]}}}", "1 to 64",
	    ATT_FWFLASH_DIGESTS_MAX },
	{ HEAD ",\"components\":[", "{\"name\":\"x\",\"kind\":[\"bmc\"]}",
	    "]}", "1 to 1024", ATT_FWREF_RULES_MAX },
	{ HEAD ",\"components\":[{\"name\":\"x\",\"kind\":[\"bmc\"],"
	       "\"versions\":{\"fw\":{\"running\":{\"one_of\":[",
	    "\"1.2\"", "]}}}}]}", "1 to 256", ATT_FWCOMPONENT_TEXTS_MAX },
	{ HEAD ",\"components\":[{\"name\":\"x\",\"kind\":[", "\"bmc\"",
	    "]}]}", "1 to 64", ATT_REF_GLOBS_MAX },
};

START_TEST(limits_of_values)
{
	for (size_t over = 0; over < 2; over++) {
		AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);
		AUTO(att_fwref_free) struct att_fwref *r = NULL;

		put_entries(&b, limits[_i].before, limits[_i].entry,
		    limits[_i].most + over, limits[_i].after);
		if (over == 0)
			ok(att_fwref_parse(att_buf_view(&b), &r, err));
		else
			fails(att_fwref_parse(att_buf_view(&b), &r, err),
			    ATT_E_FORMAT, limits[_i].word);
	}
}
END_TEST

static void
put_ranges(struct att_buf *b, size_t n, const char *class)
{
	att_buf_printf(b, HEAD ",\"flash\":{\"b\":{\"size\":%zu,\"ranges\":[",
	    n);
	for (size_t i = 0; i < n; i++)
		att_buf_printf(b, "%s{\"offset\":%zu,\"length\":1,"
		    "\"name\":\"n\",\"class\":\"%s\"}", i == 0 ? "" : ",", i,
		    class);
	att_buf_str(b, "]}}}");
}

static const struct {
	const char *class, *word;
	size_t most;
} ranges[] = {
	{ "volatile", "1 to 16384", ATT_FWFLASH_RANGES_MAX },
	{ "per-machine", "at most 64 are taken", ATT_FWFLASH_OWN_MAX },
};

START_TEST(limits_of_ranges)
{
	for (size_t over = 0; over < 2; over++) {
		AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4 << 20);
		AUTO(att_fwref_free) struct att_fwref *r = NULL;

		put_ranges(&b, ranges[_i].most + over, ranges[_i].class);
		if (over == 0)
			ok(att_fwref_parse(att_buf_view(&b), &r, err));
		else
			fails(att_fwref_parse(att_buf_view(&b), &r, err),
			    ATT_E_FORMAT, ranges[_i].word);
	}
}
END_TEST

START_TEST(limits_of_advisories)
{
	static const char one[] = "{\"advisory\":\"A\",\"kind\":[\"bmc\"],"
	    "\"affected\":[{\"from\":\"1\"}]}";

	for (size_t over = 0; over < 2; over++) {
		AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);
		AUTO(att_fwadvisories_free) struct att_fwadvisories *a = NULL;

		put_entries(&b, "{\"format\":\"attestd-advisories/1\","
		    "\"id\":\"x\",\"version\":0,\"match\":{},"
		    "\"advisories\":[", one,
		    ATT_FWADVISORY_ENTRIES_MAX + over, "]}");
		if (over == 1) {
			fails(att_fwadvisories_parse(att_buf_view(&b), &a,
			    err), ATT_E_FORMAT, "at most 4096");
			continue;
		}
		ok(att_fwadvisories_parse(att_buf_view(&b), &a, err));
		ck_assert_uint_eq(att_fwadvisories_count(a),
		    ATT_FWADVISORY_ENTRIES_MAX);
	}
}
END_TEST

/* -- made from good nodes -------------------------------------------------- */

static int
make(struct fw_scene *const *s, size_t nodes, json_t **ret,
    struct att_err *err)
{
	const struct att_firmware_claims *node[ATT_FWMAKE_NODES_MAX + 1];
	struct att_fwmake m = { .head = { .id = "x",
		    .valid_from = INT64_MIN, .valid_until = INT64_MAX },
		.node = node, .nodes = nodes };

	for (size_t i = 0; i < nodes; i++)
		node[i] = s[i]->c;
	return att_fwmake(&m, ret, err);
}

START_TEST(nodes_that_do_not_agree)
{
	AUTO_DONE(fw_done) struct fw_scene a = fw_new();
	AUTO_DONE(fw_done) struct fw_scene b = fw_new();
	struct fw_scene *both[] = { &a, &b };
	json_t *doc = NULL;

	cm_fv(&b.chip, FW_PADDING, 0x4000, CM_FFS2);
	fw_measure(&b);
	fails(make(both, 2, &doc, err), ATT_E_CONFLICT,
	    "node 2 has another layout than the first, from 'BIOS' on");
	fw_flash(&a)->map->alg = ATT_ALG_SHA384;
	fails(make(both, 2, &doc, err), ATT_E_CONFLICT, "two algorithms");
	fw_flash(&b)->result = ATT_MEASURED_FAILED;
	snprintf(fw_flash(&b)->reason, sizeof(fw_flash(&b)->reason), "busy");
	fails(make(both, 2, &doc, err), ATT_E_CONFLICT,
	    "node 2 is not known to be good: busy");
	fails(make(both, 0, &doc, err), ATT_E_USAGE, "0 nodes");
	ck_assert_ptr_null(doc);
}
END_TEST

/* What one node of two has not is optional, and so is judged. */
START_TEST(nodes_that_have_less)
{
	AUTO_DONE(fw_done) struct fw_scene a = fw_new();
	AUTO_DONE(fw_done) struct fw_scene b = fw_new();
	struct fw_scene *both[] = { &a, &b };
	json_t *doc = NULL;

	b.c->chips = 0;
	fw_component(&b, "bmc")->id[0] = 'x';
	ok(make(both, 2, &doc, err));
	fw_put(&b, json_deep_copy(doc));
	fw_put(&a, doc);
	fw_passes(&a);
	fw_passes(&b);
	b.c->chips = 1;
	fw_component(&a, "bmc")->id[0] = 'y';
	fw_passes(&a);
}
END_TEST

/* Each of several values, and none else. */
START_TEST(values_of_several_nodes)
{
	AUTO_DONE(fw_done) struct fw_scene a = fw_new();
	AUTO_DONE(fw_done) struct fw_scene b = fw_new();
	struct fw_scene *both[] = { &a, &b };
	json_t *doc = NULL;

	b.chip.b[FW_CODE + 0x100] ^= 1;
	fw_measure(&b);
	fw_run(&b, "nic/0000:17:00.0", ATT_VERSION_RUNNING, "28.41.1000");
	ok(make(both, 2, &doc, err));
	fw_put(&b, json_deep_copy(doc));
	fw_put(&a, doc);
	fw_passes(&a);
	fw_passes(&b);
	fw_run(&b, "nic/0000:18:00.0", ATT_VERSION_RUNNING, "28.41.1000");
	fw_passes(&b);
	b.chip.b[FW_CODE + 0x100] ^= 3;
	fw_measure(&b);
	fw_fails(&b, ATT_F_FLASH_CHANGED, "'FFS2 ");
}
END_TEST

/* Two of three that are alike: no value of each machine's own. */
START_TEST(three_nodes_of_two_kinds)
{
	AUTO_DONE(fw_done) struct fw_scene a = fw_new();
	AUTO_DONE(fw_done) struct fw_scene b = fw_new();
	AUTO_DONE(fw_done) struct fw_scene c = fw_new();
	struct fw_scene *all[] = { &a, &b, &c };
	json_t *doc = NULL;

	b.chip.b[FW_CODE + 0x100] ^= 1;
	fw_measure(&b);
	fw_run(&a, "bmc", ATT_VERSION_RUNNING, "12.10");
	fw_run(&a, "bmc", ATT_VERSION_MINIMUM, "11");
	fw_run(&b, "bmc", ATT_VERSION_MINIMUM, "9");
	fw_run(&c, "bmc", ATT_VERSION_MINIMUM, "10");
	ok(make(all, 3, &doc, err));
	fw_put(&c, doc);
	fw_run(&c, "bmc", ATT_VERSION_MINIMUM, "9");
	fw_passes(&c);
	fw_run(&c, "bmc", ATT_VERSION_MINIMUM, "8");
	fw_fails(&c, ATT_F_COMPONENT_VERSION, "found 8, expected at least 9");
	fw_run(&c, "bmc", ATT_VERSION_MINIMUM, "9");
	/* of several the newest is told */
	fw_run(&c, "bmc", ATT_VERSION_RUNNING, "12.9");
	fw_fails(&c, ATT_F_COMPONENT_VERSION, "found 12.9, expected 12.10");
	fw_run(&c, "bmc", ATT_VERSION_RUNNING, "12.8");
	c.chip.b[FW_CODE + 0x100] ^= 2;
	fw_measure(&c);
	fw_fails(&c, ATT_F_FLASH_CHANGED, "'FFS2 ");
}
END_TEST

/* An id that has the version in it: another version is the same part. */
START_TEST(ids_with_versions)
{
	AUTO_DONE(fw_done) struct fw_scene a = fw_new();
	AUTO_DONE(fw_done) struct fw_scene b = fw_new();
	struct fw_scene *both[] = { &a, &b };
	json_t *doc = NULL;

	fw_add(a.c, "redfish/Installed-159-2.10.2__BIOS.1",
	    ATT_COMPONENT_BIOS, ATT_PATH_REDFISH, NULL, NULL, "2.10.2");
	fw_add(b.c, "redfish/Installed-159-2.12.0__BIOS.1",
	    ATT_COMPONENT_BIOS, ATT_PATH_REDFISH, NULL, NULL, "2.12.0");
	ok(make(both, 2, &doc, err));
	fw_put(&b, json_deep_copy(doc));
	fw_put(&a, doc);
	fw_passes(&a);
	fw_passes(&b);
	ck_assert_uint_eq(b.result.components, 5);
	fw_run(&b, "redfish/Installed-159-2.12.0__BIOS.1",
	    ATT_VERSION_RUNNING, "2.13.0");
	fw_fails(&b, ATT_F_COMPONENT_VERSION,
	    "found 2.13.0, expected 2.12.0");
}
END_TEST

/* The first rule for a component counts, by id or by anything else. */
static const struct {
	const char *rules, *name;
} firsts[] = {
	{ "{\"name\":\"a\",\"id\":[\"bmc\"]},"
	  "{\"name\":\"b\",\"kind\":[\"bmc\"]}", "a" },
	{ "{\"name\":\"b\",\"kind\":[\"bmc\"]},"
	  "{\"name\":\"a\",\"id\":[\"bmc\"]}", "b" },
	{ "{\"name\":\"c\",\"id\":[\"bmc\"],\"vendor\":[\"X\"]},"
	  "{\"name\":\"a\",\"id\":[\"bmc\"]},"
	  "{\"name\":\"b\",\"id\":[\"b*\"]}", "a" },
	{ "{\"name\":\"z\",\"id\":[\"z\"]},{\"name\":\"y\",\"id\":[\"y\"]},"
	  "{\"name\":\"n\",\"kind\":[\"nic\"]},"
	  "{\"name\":\"b\",\"id\":[\"b?c\"]},"
	  "{\"name\":\"a\",\"id\":[\"bmc\"]}", "b" },
	{ "{\"name\":\"b\",\"id\":[\"bmd\",\"bmc\"]},"
	  "{\"name\":\"a\",\"id\":[\"bmc\"]}", "b" },
	{ "{\"name\":\"b\",\"id\":[\"bmd\"]}", NULL },
	{ "{\"name\":\"b\",\"id\":[\"*\"],\"kind\":[\"nic\"]}", NULL },
	{ "{\"name\":\"b\",\"id\":[\"*\"],\"vendor\":[\"Other\"]}", NULL },
	{ "{\"name\":\"b\",\"id\":[\"*\"],\"model\":[\"Mega*\"]}", "b" },
};

START_TEST(the_first_rule_counts)
{
	AUTO_DONE(fw_done) struct fw_scene s = fw_new();
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(65536);
	AUTO(att_fwref_free) struct att_fwref *r = NULL;
	const struct att_fwcomponent *rule;

	att_buf_printf(&b, HEAD ",\"components\":[%s]}", firsts[_i].rules);
	ok(att_fwref_parse(att_buf_view(&b), &r, err));
	rule = att_fwref_component_of(r, fw_component(&s, "bmc"));
	ck_assert((rule == NULL) == (firsts[_i].name == NULL));
	if (rule != NULL)
		ck_assert_str_eq(att_fwcomponent_name(rule), firsts[_i].name);
}
END_TEST

/* One part, of which a BMC tells two firmwares: each has its own versions. */
START_TEST(firmwares_of_one_part)
{
	AUTO_DONE(fw_done) struct fw_scene s = fw_new();

	fw_add(s.c, "redfish/GPU_0", ATT_COMPONENT_GPU, ATT_PATH_REDFISH,
	    "H100", NULL, "96.00.89.00.01");
	fw_add(s.c, "redfish/InfoROM_0", ATT_COMPONENT_GPU, ATT_PATH_REDFISH,
	    "H100", NULL, "G520.0200.00.05");
	fw_put(&s, fw_reference(&s, "x"));
	fw_passes(&s);
	fw_run(&s, "redfish/GPU_0", ATT_VERSION_RUNNING, "G520.0200.00.05");
	fw_fails(&s, ATT_F_COMPONENT_VERSION, "redfish/GPU_0: running fw");
}
END_TEST

/* Locks, ME's modes, and firmware that is stored and never told to run. */
START_TEST(more_than_versions)
{
	AUTO_DONE(fw_done) struct fw_scene s = fw_new();
	struct att_component *lock = NULL, *me;

	ok(att_components_add(&s.c->components, "flash-lock",
	    ATT_COMPONENT_OTHER, ATT_PATH_SYSFS, &lock, err));
	ok(att_component_set_attribute(lock, "locked", "1", err));
	me = fw_add(s.c, "me", ATT_COMPONENT_ME, ATT_PATH_SYSFS, "0:4d", NULL,
	    "1.2");
	ok(att_component_set_attribute(me, "operation_mode", "0", err));
	fw_run(&s, "me", ATT_VERSION_MINIMUM, "1");
	ok(att_component_set_version(fw_component(&s, "nic/0000:17:00.0"),
	    "rom", ATT_VERSION_STORED, "1.1", err));
	ok(att_component_set_version(fw_component(&s, "nic/0000:18:00.0"),
	    "rom", ATT_VERSION_STORED, "1.1", err));
	ok(att_component_set_attribute(fw_component(&s, "bmc"), "slots", "2",
	    err));
	fw_put(&s, fw_reference(&s, "x"));
	fw_passes(&s);
	ok(att_component_set_attribute(fw_component(&s, "bmc"), "slots", "3",
	    err));
	fw_passes(&s);
	ok(att_component_set_attribute(fw_component(&s, "flash-lock"),
	    "locked", "0", err));
	fw_fails(&s, ATT_F_COMPONENT_VERSION,
	    "flash-lock: attribute locked: found 0, expected 1");
	ok(att_component_set_attribute(fw_component(&s, "flash-lock"),
	    "locked", "1", err));
	ok(att_component_set_attribute(fw_component(&s, "me"),
	    "operation_mode", "3", err));
	fw_fails(&s, ATT_F_COMPONENT_VERSION, "operation_mode: found 3");
	ok(att_component_set_attribute(fw_component(&s, "me"),
	    "operation_mode", "0", err));
	fw_run(&s, "me", ATT_VERSION_MINIMUM, "0");
	fw_fails(&s, ATT_F_COMPONENT_VERSION,
	    "minimum fw: found 0, expected at least 1");
	fw_run(&s, "me", ATT_VERSION_MINIMUM, "1");
	ok(att_component_set_version(fw_component(&s, "nic/0000:18:00.0"),
	    "rom", ATT_VERSION_STORED, "1.2", err));
	fw_fails(&s, ATT_F_COMPONENT_VERSION,
	    "stored rom: found 1.2, expected 1.1");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("firmware values");
	TCase *t = tcase_create("firmware values");

	tcase_add_loop_test(t, values_that_are_none, 0, ATT_COUNT(values));
	tcase_add_loop_test(t, advisories_that_are_none, 0, ATT_COUNT(lists));
	tcase_add_test(t, cut_at_each_length);
	tcase_add_test(t, each_bit);
	tcase_add_loop_test(t, limits_of_values, 0, ATT_COUNT(limits));
	tcase_add_loop_test(t, limits_of_ranges, 0, ATT_COUNT(ranges));
	tcase_add_test(t, limits_of_advisories);
	tcase_add_test(t, nodes_that_do_not_agree);
	tcase_add_test(t, nodes_that_have_less);
	tcase_add_test(t, values_of_several_nodes);
	tcase_add_loop_test(t, the_first_rule_counts, 0, ATT_COUNT(firsts));
	tcase_add_test(t, three_nodes_of_two_kinds);
	tcase_add_test(t, ids_with_versions);
	tcase_add_test(t, firmwares_of_one_part);
	tcase_add_test(t, more_than_versions);
	suite_add_tcase(s, t);
	return run_suite(s);
}
