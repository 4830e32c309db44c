/* What is known of a node's firmware: kept, added to, and what is none. */
#include "tests/appraise/fwscene.h"

#define D64                                                                  \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define KNOWN(components, flash)                                             \
	"{\"components\":{" components "},\"flash\":{" flash "},"            \
	"\"format\":\"attestd-firmware-known/1\"}"
#define GBE                                                                  \
	"\"BIOS\":[{\"length\":8192,\"name\":\"GbE\",\"offset\":4096,"       \
	"\"sha256\":\"" D64 "\"}]"
#define BMC "\"bmc\":{\"device\":\"MegaRAC\",\"versions\":{\"fw\":\"12.8\"}}"

static const char good[] = KNOWN(BMC, GBE);

static const struct {
	const char *text, *word;
} faults[] = {
	{ "[]", "object" },
	{ "{}", "format" },
	{ "{\"format\":\"attestd-firmware-known/2\"}", "format" },
	{ "{\"format\":\"attestd-firmware-known/1\"}", "flash" },
	{ "{\"format\":\"attestd-firmware-known/1\",\"flash\":{}}",
	    "components" },
	{ "{\"format\":\"attestd-firmware-known/1\",\"flash\":{},"
	  "\"components\":{},\"x\":1}", "\"x\"" },
	{ KNOWN("", "\"b\":1"), "flash \"b\"" },
	{ KNOWN("", "\"b\":[1]"), "range 0: must be" },
	{ KNOWN("", "\"b\":[{}]"), "range 0" },
	{ KNOWN("", "\"b\":[{\"length\":1,\"name\":\"n\",\"offset\":0}]"),
	    "no digest" },
	{ KNOWN("", "\"b\":[{\"length\":0,\"name\":\"n\",\"offset\":0,"
		    "\"sha256\":\"" D64 "\"}]"), "length" },
	{ KNOWN("", "\"b\":[{\"length\":1,\"name\":1,\"offset\":0,"
		    "\"sha256\":\"" D64 "\"}]"), "name" },
	{ KNOWN("", "\"b\":[{\"length\":1,\"name\":\"n\",\"offset\":-1,"
		    "\"sha256\":\"" D64 "\"}]"), "offset" },
	{ KNOWN("", "\"b\":[{\"length\":1,\"name\":\"n\",\"offset\":0,"
		    "\"sha256\":\"00\"}]"), "sha256" },
	{ KNOWN("", "\"b\":[{\"length\":1,\"name\":\"n\",\"offset\":0,"
		    "\"sha1\":\"" D64 "\"}]"), "sha1" },
	{ KNOWN("\"b\":1", ""), "component \"b\"" },
	{ KNOWN("\"b\":{}", ""), "text of at most 255" },
	{ KNOWN("\"b\":{\"device\":\"\"}", ""), "versions" },
	{ KNOWN("\"b\":{\"device\":\"\",\"versions\":{\"f\":1}}", ""),
	    "text of at most 127" },
	{ KNOWN("\"b\":{\"device\":\"\",\"versions\":{},\"x\":1}", ""),
	    "\"x\"" },
};

START_TEST(documents_that_are_none)
{
	struct att_fwknown *k = NULL;
	struct att_err err = { 0 };

	ck_assert_int_lt(att_fwknown_parse(S(faults[_i].text), &k, &err), 0);
	ck_assert_msg(strstr(err.text, faults[_i].word) != NULL, "%s",
	    err.text);
	ck_assert_ptr_null(k);
}
END_TEST

START_TEST(there_and_back)
{
	AUTO(att_fwknown_free) struct att_fwknown *k = NULL;
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(65536);
	struct att_range r = { .offset = 4096, .length = 8192,
		.name = "GbE" };
	struct att_digest d = { 0 };

	ok(att_fwknown_parse(S(good), &k, err));
	ok(att_fwknown_encode(k, &b, err));
	ck_assert(att_slice_equal(att_buf_view(&b), S(good)));
	ck_assert_str_eq(att_fwknown_version(k, "bmc", "fw"), "12.8");
	ck_assert_ptr_null(att_fwknown_version(k, "bmc", "boot"));
	ck_assert_ptr_null(att_fwknown_version(k, "bmd", "fw"));
	ck_assert_ptr_null(att_fwknown_version(NULL, "bmc", "fw"));
	ck_assert_str_eq(att_fwknown_device(k, "bmc"), "MegaRAC");
	ck_assert_ptr_null(att_fwknown_device(NULL, "bmc"));
	ck_assert_int_eq(att_fwknown_range(k, "BIOS", &r, &d, NULL), 1);
	ck_assert_uint_eq(d.bytes[1], 0x23);
	ck_assert_int_eq(att_fwknown_range(k, "BMC", &r, &d, NULL), 0);
	ck_assert_int_eq(att_fwknown_range(NULL, "BIOS", &r, &d, NULL), 0);
	r.length++;
	ck_assert_int_eq(att_fwknown_range(k, "BIOS", &r, &d, NULL), 0);
	r.length--;
	r.offset++;
	ck_assert_int_eq(att_fwknown_range(k, "BIOS", &r, &d, NULL), 0);
	r.offset--;
	r.name[0] = 'g';
	ck_assert_int_eq(att_fwknown_range(k, "BIOS", &r, &d, NULL), 0);
	for (size_t n = 0; n < b.len; n++) {
		struct att_fwknown *cut = NULL;

		ck_assert_int_lt(att_fwknown_parse((struct att_slice){ b.data,
		    n }, &cut, NULL), 0);
	}
}
END_TEST

/* -- learning -------------------------------------------------------------- */

static bool
is_own(void *arg, const struct att_flash *chip ATT_UNUSED,
    const struct att_range *range)
{
	const bool *any = arg;

	return *any && range->class == ATT_RANGE_PER_MACHINE;
}

/* What is known after these claims; NULL: as much as before. */
static struct att_fwknown *
learn(const struct att_fwknown *before, const struct fw_scene *s, bool own)
{
	struct att_fwknown_news news = { .claims = s->c, .is_own = is_own,
		.arg = &own };
	struct att_fwknown *k = NULL;

	ok(att_fwknown_learn(before, &news, &k, err));
	return k;
}

static void
replace(struct att_fwknown **at, struct att_fwknown *k)
{
	ck_assert_ptr_nonnull(k);
	att_fwknown_free(*at);
	*at = k;
}

START_TEST(the_newest_is_kept)
{
	AUTO_DONE(fw_done) struct fw_scene s = fw_new();
	AUTO_DONE(fw_done) struct fw_scene other = fw_new();
	AUTO(att_fwknown_free) struct att_fwknown *k = learn(NULL, &s, true);
	struct att_digest d = { 0 };

	ck_assert_str_eq(att_fwknown_version(k, "bmc", "fw"), "12.8");
	ck_assert_str_eq(att_fwknown_device(k, "nic/0000:17:00.0"),
	    "ConnectX-7 S1");
	ck_assert_int_eq(att_fwknown_range(k, "BIOS",
	    cm_at(fw_flash(&s)->map, FW_GBE), &d, NULL), 1);
	ck_assert_ptr_null(learn(k, &s, true));
	fw_run(&s, "bmc", ATT_VERSION_RUNNING, "12.10");
	replace(&k, learn(k, &s, true));
	ck_assert_str_eq(att_fwknown_version(k, "bmc", "fw"), "12.10");
	/* older: what was seen stays */
	fw_run(&s, "bmc", ATT_VERSION_RUNNING, "12.9");
	ck_assert_ptr_null(learn(k, &s, true));
	/* of another name: both are known */
	ok(att_component_set_version(fw_component(&s, "bmc"), "boot",
	    ATT_VERSION_RUNNING, "1", err));
	replace(&k, learn(k, &s, true));
	ck_assert_str_eq(att_fwknown_version(k, "bmc", "fw"), "12.10");
	ck_assert_str_eq(att_fwknown_version(k, "bmc", "boot"), "1");
	/* another device: it begins anew */
	ok(att_component_describe(fw_component(&s, "bmc"), NULL, NULL, "S9",
	    err));
	replace(&k, learn(k, &s, true));
	ck_assert_str_eq(att_fwknown_version(k, "bmc", "fw"), "12.9");
	ck_assert_str_eq(att_fwknown_version(k, "bmc", "boot"), "1");
	/* nothing of the device before */
	replace(&k, learn(k, &other, true));
	ck_assert_str_eq(att_fwknown_version(k, "bmc", "fw"), "12.8");
	ck_assert_ptr_null(att_fwknown_version(k, "bmc", "boot"));
}
END_TEST

/* What is not there now, or does not tell, is not forgotten for that. */
START_TEST(what_is_missing_is_kept)
{
	AUTO_DONE(fw_done) struct fw_scene s = fw_new();
	AUTO(att_fwknown_free) struct att_fwknown *k = learn(NULL, &s, true);
	struct att_component *c = fw_component(&s, "bmc");
	struct att_digest d;
	char *text;

	ok(att_component_set_failed(c, ATT_MEASURED_FAILED, "busy", err));
	ck_assert_ptr_null(learn(k, &s, true));
	c->result = ATT_MEASURED_OK;
	text = c->version[0].text[ATT_VERSION_RUNNING];
	c->version[0].text[ATT_VERSION_RUNNING] = NULL;
	ck_assert_ptr_null(learn(k, &s, true));
	c->version[0].text[ATT_VERSION_RUNNING] = text;
	c->id[0] = 'x';
	replace(&k, learn(k, &s, true));
	ck_assert_str_eq(att_fwknown_version(k, "bmc", "fw"), "12.8");
	ck_assert_str_eq(att_fwknown_version(k, "xmc", "fw"), "12.8");
	/* a chip that did not count */
	ck_assert_ptr_null(learn(k, &s, false));
	ck_assert_int_eq(att_fwknown_range(k, "BIOS",
	    cm_at(fw_flash(&s)->map, FW_GBE), &d, NULL), 1);
}
END_TEST

/* An image of another layout does not make this machine's bytes unknown. */
START_TEST(another_layout_forgets_nothing)
{
	AUTO_DONE(fw_done) struct fw_scene s = fw_new();
	AUTO(att_fwknown_free) struct att_fwknown *k = learn(NULL, &s, true);
	struct att_range *r = NULL, was;
	struct att_digest d = { 0 };

	for (size_t i = 0; i < fw_flash(&s)->map->count; i++)
		if (fw_flash(&s)->map->range[i].offset == FW_GBE)
			r = &fw_flash(&s)->map->range[i];
	ck_assert_ptr_nonnull(r);
	was = *r;
	snprintf(r->name, sizeof(r->name), "GbE of another layout");
	replace(&k, learn(k, &s, true));
	ck_assert_int_eq(att_fwknown_range(k, "BIOS", r, &d, NULL), 1);
	ck_assert_int_eq(att_fwknown_range(k, "BIOS", &was, &d, NULL), 1);
	ck_assert(att_digest_equal(&d, &was.digest));
	/* and back: all of it is known */
	ck_assert_ptr_null(learn(k, &s, true));
	*r = was;
	ck_assert_ptr_null(learn(k, &s, true));
}
END_TEST

/* What this pass has comes first where not all have room. */
START_TEST(old_layouts_have_an_end)
{
	AUTO_DONE(fw_done) struct fw_scene s = fw_new();
	AUTO(att_fwknown_free) struct att_fwknown *k = learn(NULL, &s, true);
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_FWKNOWN_MAX);
	AUTO(att_fwknown_free) struct att_fwknown *again = NULL;
	struct att_range *r = NULL;
	struct att_digest d;

	for (size_t i = 0; i < fw_flash(&s)->map->count; i++)
		if (fw_flash(&s)->map->range[i].offset == FW_GBE)
			r = &fw_flash(&s)->map->range[i];
	ck_assert_ptr_nonnull(r);
	for (int i = 0; i < ATT_FWKNOWN_RANGES_MAX + 8; i++) {
		snprintf(r->name, sizeof(r->name), "layout %d", i);
		replace(&k, learn(k, &s, true));
		ck_assert_int_eq(att_fwknown_range(k, "BIOS", r, &d, NULL),
		    1);
	}
	ok(att_fwknown_encode(k, &b, err));
	ok(att_fwknown_parse(att_buf_view(&b), &again, err));
}
END_TEST

static void
add_many(struct fw_scene *s, const char *prefix, size_t n)
{
	char id[64];

	for (size_t i = 0; i < n; i++) {
		snprintf(id, sizeof(id), "%s%zu", prefix, i);
		fw_add(s->c, id, ATT_COMPONENT_OTHER, ATT_PATH_REDFISH, "m",
		    "s", "1");
	}
}

/* A node that names its parts anew each time does not grow without end. */
START_TEST(it_does_not_grow_without_end)
{
	AUTO(att_fwknown_free) struct att_fwknown *k = NULL;
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(ATT_FWKNOWN_MAX);
	char prefix[16];

	for (size_t round = 0; round < 4; round++) {
		AUTO_DONE(fw_done) struct fw_scene s = fw_new();

		snprintf(prefix, sizeof(prefix), "r%zu/", round);
		add_many(&s, prefix, ATT_COMPONENTS_MAX - 4);
		replace(&k, learn(k, &s, true));
		ck_assert_str_eq(att_fwknown_version(k, "bmc", "fw"), "12.8");
		snprintf(prefix, sizeof(prefix), "r%zu/0", round);
		ck_assert_str_eq(att_fwknown_version(k, prefix, "fw"), "1");
	}
	ck_assert_ptr_null(att_fwknown_version(k, "r0/0", "fw"));
	ok(att_fwknown_encode(k, &b, err));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("firmware known");
	TCase *t = tcase_create("firmware known");

	tcase_add_loop_test(t, documents_that_are_none, 0, ATT_COUNT(faults));
	tcase_add_test(t, there_and_back);
	tcase_add_test(t, the_newest_is_kept);
	tcase_add_test(t, what_is_missing_is_kept);
	tcase_add_test(t, another_layout_forgets_nothing);
	tcase_add_test(t, old_layouts_have_an_end);
	tcase_add_test(t, it_does_not_grow_without_end);
	suite_add_tcase(s, t);
	return run_suite(s);
}
