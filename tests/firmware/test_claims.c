/* Claims documents: there and back, every rule, and the limits. */
#include "tests/protocol/change.h"

#include "evidence/firmware_pcr.h"
#include "firmware/claims.h"
#include "tests/firmware/chipmaker.h"

#define D32 "0123456789abcdef0123456789abcdef"
#define D64 D32 D32
#define X16 "0123456789abcdef"
#define X64 X16 X16 X16 X16

#define BIOS                                                                 \
	"{\"alg\":\"sha256\",\"findings\":[{\"code\":\"mtd.writable\","       \
	"\"length\":16384,\"offset\":0,\"text\":\"the kernel lets it\"}],"    \
	"\"findings_left_out\":2,\"name\":\"BIOS\",\"path\":\"mtd\","         \
	"\"ranges\":["                                                        \
	"{\"class\":\"static\",\"length\":4096,\"name\":\"descriptor\","      \
	"\"offset\":0,\"sha256\":\"" D64 "\"},"                               \
	"{\"class\":\"volatile\",\"length\":4096,\"name\":\"variables\","     \
	"\"offset\":4096},"                                                   \
	"{\"class\":\"unreadable\",\"length\":4096,\"name\":\"ME\","          \
	"\"offset\":8192},"                                                   \
	"{\"class\":\"gap\",\"fill\":255,\"length\":4096,"                    \
	"\"name\":\"unclaimed\",\"offset\":12288,\"sha256\":\"" D64 "\"}],"   \
	"\"result\":\"ok\",\"size\":16384,\"writable\":true}"
#define BMC                                                                  \
	"{\"name\":\"bmc\",\"path\":\"mtd\",\"reason\":\"it went away\","     \
	"\"result\":\"failed\",\"writable\":false}"
#define CLOCK(ms)                                                            \
	"{\"clock\":" ms ",\"reset_count\":7,\"restart_count\":1,"            \
	"\"safe\":true}"
#define HEAD "{\"boot_id\":\"5a8f1c9e\",\"firmware\":"
#define FIRMWARE                                                             \
	"{\"components\":[{\"id\":\"bmc\",\"kind\":\"bmc\",\"path\":\"ipmi\"," \
	"\"result\":\"ok\",\"versions\":{\"fw\":{\"running\":\"1.2\"}}}],"    \
	"\"flash\":[" BIOS "," BMC "]}"
#define PASSES                                                               \
	"[{\"at\":1795000000,\"of\":\"components\",\"seconds\":0},"           \
	"{\"at\":1795000001,\"begin\":" CLOCK("1000") ",\"end\":"             \
	CLOCK("65000") ",\"of\":\"flash/BIOS\",\"seconds\":64,"               \
	"\"unsteady\":[4096,12288],\"volatile\":[{\"offset\":4096,"           \
	"\"sha256\":\"" D64 "\"}]}]"

static const char good[] = HEAD FIRMWARE
    ",\"format\":\"attestd-firmware/1\",\"passes\":" PASSES "}";

static int
parse(struct att_slice text, struct att_pointer *where ATT_UNUSED,
    struct att_err *err)
{
	AUTO(att_firmware_claims_free) struct att_firmware_claims *c = NULL;

	return att_firmware_claims_parse(text, &c, err);
}

START_TEST(there_and_back)
{
	AUTO(att_firmware_claims_free) struct att_firmware_claims *c = NULL;
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(16384);
	AUTO_DONE(att_buf_done) struct att_buf stable = ATT_BUF(16384);
	const struct att_flash *f;
	const struct att_pass *p;

	ok(att_firmware_claims_parse(S(good), &c, err));
	ck_assert_str_eq(c->boot_id, "5a8f1c9e");
	ck_assert_uint_eq(c->chips, 2);
	ck_assert_ptr_null(att_firmware_claims_flash(c, "BIO"));
	f = att_firmware_claims_flash(c, "BIOS");
	ck_assert(f == &c->flash[0] && f->result == ATT_MEASURED_OK);
	ck_assert(f->writable && f->path == ATT_PATH_MTD);
	ck_assert_uint_eq(f->map->size, 16384);
	ck_assert_uint_eq(f->map->count, 4);
	ck_assert_uint_eq(f->map->notes_left_out, 2);
	ck_assert(cm_has_note(f->map, "mtd.writable"));
	cm_is(f->map, 4096, 4096, ATT_RANGE_VOLATILE, "variables");
	/* which the pass tells */
	ck_assert_uint_eq(f->map->range[1].digest.len, 32);
	ck_assert_uint_eq(f->map->range[2].digest.len, 0);
	ck_assert_int_eq(f->map->range[3].fill, 255);
	ck_assert_int_eq(f->map->range[0].fill, -1);
	f = att_firmware_claims_flash(c, "bmc");
	ck_assert(f->result == ATT_MEASURED_FAILED && f->map == NULL);
	ck_assert_str_eq(f->reason, "it went away");
	ck_assert_ptr_nonnull(att_components_find(&c->components, "bmc"));
	ck_assert_ptr_null(att_firmware_claims_pass(c, "flash/bmc"));
	ck_assert(!att_firmware_claims_pass(c, "components")->has_clock);
	p = att_firmware_claims_pass(c, "flash/BIOS");
	ck_assert(p->has_clock && p->begin.clock == 1000);
	ck_assert(p->end.clock == 65000 && p->end.reset_count == 7);
	ck_assert(p->end.restart_count == 1 && p->end.safe);
	ck_assert(p->at == 1795000001 && p->seconds == 64);
	ck_assert(p->unsteady_count == 2 && p->unsteady[1] == 12288);
	ok(att_firmware_claims_encode(c, &b, err));
	ck_assert_msg(att_slice_is(att_buf_view(&b), good), "%.*s",
	    (int)b.len, (const char *)b.data);
	/* as PCR 23 wants it, and without what a pass adds */
	ok(att_firmware_stable(att_buf_view(&b), &stable, err));
	ck_assert(att_slice_is(att_buf_view(&stable), FIRMWARE));
}
END_TEST

/* Passes without a time say nothing of it. */
START_TEST(before_a_quote)
{
	AUTO(att_firmware_claims_free) struct att_firmware_claims *c = NULL;
	const struct att_pass_clock at_end = { .clock = 65000,
		.reset_count = 7, .restart_count = 1 };
	struct att_pass_clock q = at_end;

	ok(att_firmware_claims_parse(S(good), &c, err));
	ck_assert(att_firmware_claims_precede(c, &q));
	q.clock--;
	ck_assert(!att_firmware_claims_precede(c, &q));
	q = at_end;
	q.reset_count = 0;
	ck_assert(!att_firmware_claims_precede(c, &q));
	q = at_end;
	q.restart_count++;
	ck_assert(!att_firmware_claims_precede(c, &q));
	/* cleared while it was read */
	c->pass[1].begin.reset_count++;
	ck_assert(!att_firmware_claims_precede(c, &at_end));
	c->pass[1].has_clock = false;
	ck_assert(att_firmware_claims_precede(c, &q));
}
END_TEST

START_TEST(rules_of_the_document)
{
	static const struct change c[] = {
		{ "/format", "\"attestd-firmware/2\"", ATT_E_UNSUPPORTED,
		    "format", NULL },
		{ "/format", NULL, ATT_E_FORMAT, "format", NULL },
		{ "/more", "1", ATT_OK, NULL, NULL },
		{ "/boot_id", "\"\"", ATT_E_FORMAT, "boot_id", NULL },
		{ "/boot_id", "\"" X64 "\"", ATT_OK, NULL, NULL },
		{ "/boot_id", "\"" X64 "x\"", ATT_E_FORMAT, "boot_id", NULL },
		{ "/firmware/flash", "{}", ATT_E_FORMAT, "flash", NULL },
		{ "/firmware/components", NULL, ATT_E_FORMAT, "components",
		    NULL },
		{ "/firmware/components/0/kind", "\"toaster\"", ATT_E_FORMAT,
		    "toaster", NULL },
		{ "/firmware/more", "1", ATT_OK, NULL, NULL },
		{ "/firmware/no_flash", "\"not available: none\"", ATT_OK,
		    NULL, NULL },
		{ "/firmware/no_flash", "\"\"", ATT_E_FORMAT, "no_flash",
		    NULL },
		{ "/firmware/flash/0/more", "1", ATT_OK, NULL, NULL },
		{ "/firmware/flash/0/name", "\"bmc\"", ATT_E_FORMAT,
		    "each once", NULL },
		{ "/firmware/flash/0/name", "\"zz\"", ATT_E_FORMAT, "sorted",
		    NULL },
		{ "/firmware/flash/1/name", "\"" X64 "\"", ATT_E_FORMAT,
		    "sorted", NULL },
		{ "/firmware/flash/1/name", "\"x" X16 X16 X16 X16 "\"",
		    ATT_E_FORMAT, "1 to 64", NULL },
		{ "/firmware/flash/1/name", "\"b\\u001b[2J\"", ATT_E_FORMAT,
		    "clean", NULL },
		{ "/firmware/flash/1/name", "\"b\\\\x\"", ATT_E_FORMAT,
		    "clean", NULL },
		{ "/firmware/flash/0/path", "\"image\"", ATT_OK, NULL, NULL },
		{ "/firmware/flash/0/path", "\"redfish\"", ATT_E_FORMAT,
		    "path", NULL },
		{ "/firmware/flash/0/result", "\"fine\"", ATT_E_FORMAT,
		    "result", NULL },
		{ "/firmware/flash/0/result", "\"failed\"", ATT_E_FORMAT,
		    "reason", NULL },
		{ "/firmware/flash/1/result", "\"ok\"", ATT_E_FORMAT, "alg",
		    NULL },
		{ "/firmware/flash/1/result", "\"not-available\"", ATT_OK,
		    NULL, NULL },
		{ "/firmware/flash/1/reason", "\"\"", ATT_E_FORMAT, "reason",
		    NULL },
		{ "/firmware/flash/0/writable", "0", ATT_E_FORMAT, "writable",
		    NULL },
	};

	check_changes(good, parse, c, ATT_COUNT(c));
}
END_TEST

START_TEST(rules_of_a_map)
{
	static const struct change c[] = {
		{ "/firmware/flash/0/alg", "\"sha1\"", ATT_E_FORMAT, "alg",
		    NULL },
		{ "/firmware/flash/0/alg", "\"md5\"", ATT_E_FORMAT, "alg",
		    NULL },
		{ "/firmware/flash/0/alg", "\"sha384\"", ATT_E_FORMAT,
		    "sha384", NULL },
		{ "/firmware/flash/0/size", "16385", ATT_E_FORMAT, "end",
		    NULL },
		{ "/firmware/flash/0/size", "16383", ATT_E_FORMAT, "end",
		    NULL },
		{ "/firmware/flash/0/size", "268435457", ATT_E_FORMAT, "size",
		    NULL },
		{ "/firmware/flash/0/ranges", "[]", ATT_E_FORMAT, "end",
		    NULL },
		/* holes, overlaps, nothing */
		{ "/firmware/flash/0/ranges/0/offset", "1", ATT_E_FORMAT,
		    "range 0: must begin", NULL },
		{ "/firmware/flash/0/ranges/1/offset", "4097", ATT_E_FORMAT,
		    "range 1: must begin", NULL },
		{ "/firmware/flash/0/ranges/1/offset", "4095", ATT_E_FORMAT,
		    "range 1: must begin", NULL },
		{ "/firmware/flash/0/ranges/1/length", "0", ATT_E_FORMAT,
		    "have bytes", NULL },
		{ "/firmware/flash/0/ranges/3/length", "268435457",
		    ATT_E_FORMAT, "length", NULL },
		{ "/firmware/flash/0/ranges/2", NULL, ATT_E_FORMAT,
		    "range 2: must begin", NULL },
		{ "/firmware/flash/0/ranges/3", NULL, ATT_E_FORMAT, "end",
		    NULL },
		{ "/firmware/flash/0/ranges/0/class", "\"odd\"", ATT_E_FORMAT,
		    "class \"odd\"", NULL },
		{ "/firmware/flash/0/ranges/0/class", "\"unknown\"",
		    ATT_E_FORMAT, "class", NULL },
		{ "/firmware/flash/0/ranges/0/name", "\"\"", ATT_E_FORMAT,
		    "name", NULL },
		{ "/firmware/flash/0/ranges/0/name", "\"" X16 X16 X16
		    "0123456789abcde\"", ATT_OK, NULL, NULL },
		{ "/firmware/flash/0/ranges/0/name", "\"" X64 "\"",
		    ATT_E_FORMAT, "1 to 63", NULL },
		{ "/firmware/flash/0/ranges/0/sha256", NULL, ATT_E_FORMAT,
		    "sha256", NULL },
		{ "/firmware/flash/0/ranges/0/sha256", "\"" D32 "\"",
		    ATT_E_FORMAT, "sha256", NULL },
		{ "/firmware/flash/0/ranges/0/fill", "255", ATT_E_FORMAT,
		    "fill", NULL },
		{ "/firmware/flash/0/ranges/3/fill", "256", ATT_E_FORMAT,
		    "fill", NULL },
		{ "/firmware/flash/0/ranges/3/fill", NULL, ATT_OK, NULL,
		    NULL },
		{ "/firmware/flash/0/ranges/1/sha256", "\"" D64 "\"",
		    ATT_E_FORMAT, "no digest here", NULL },
		{ "/firmware/flash/0/ranges/2/sha256", "\"" D64 "\"",
		    ATT_E_FORMAT, "no digest here", NULL },
		{ "/firmware/flash/0/findings", NULL, ATT_E_FORMAT,
		    "findings", NULL },
		{ "/firmware/flash/0/findings/0/code", "\"" X16 X16
		    "0123456789abcde\"", ATT_OK, NULL, NULL },
		{ "/firmware/flash/0/findings/0/code", "\"" X16 X16 X16 "\"",
		    ATT_E_FORMAT, "finding 0", NULL },
		{ "/firmware/flash/0/findings/0/text", "\"a\\nb\"",
		    ATT_E_FORMAT, "clean", NULL },
		{ "/firmware/flash/0/findings_left_out", "-1", ATT_E_FORMAT,
		    "left_out", NULL },
	};

	check_changes(good, parse, c, ATT_COUNT(c));
}
END_TEST

START_TEST(rules_of_passes)
{
	static const struct change c[] = {
		{ "/passes", NULL, ATT_E_FORMAT, "passes", NULL },
		{ "/passes/0/of", "\"x\"", ATT_E_FORMAT, "sorted", NULL },
		{ "/passes/0/of", "\"flash/BIOS\"", ATT_E_FORMAT, "each once",
		    NULL },
		{ "/passes/0/of", "\"\"", ATT_E_FORMAT, "of", NULL },
		{ "/passes/1/of", "\"flash/bmc\"", ATT_E_FORMAT, "volatile",
		    NULL },
		{ "/passes/1/of", "\"flash/none\"", ATT_E_FORMAT, "volatile",
		    NULL },
		{ "/passes/0/of", "\"a kind of later\"", ATT_OK, NULL, NULL },
		{ "/passes/1/at", "-1", ATT_E_FORMAT, "at", NULL },
		{ "/passes/1/at", "253402300800", ATT_E_FORMAT, "at", NULL },
		{ "/passes/1/seconds", "1.5", ATT_E_FORMAT, "seconds", NULL },
		{ "/passes/1/begin", NULL, ATT_E_FORMAT, "begin", NULL },
		{ "/passes/1/end", NULL, ATT_E_FORMAT, "end", NULL },
		{ "/passes/1/end/clock", "9007199254740991", ATT_OK, NULL,
		    NULL },
		{ "/passes/1/end/clock", "9007199254740992", ATT_E_FORMAT,
		    "end: member \"clock\"", NULL },
		{ "/passes/1/end/reset_count", "4294967295", ATT_OK, NULL,
		    NULL },
		{ "/passes/1/end/reset_count", "4294967296", ATT_E_FORMAT,
		    "reset_count", NULL },
		{ "/passes/1/begin/safe", "1", ATT_E_FORMAT, "safe", NULL },
		{ "/passes/1/unsteady", "7", ATT_E_FORMAT, "unsteady", NULL },
		{ "/passes/1/unsteady/1", "4096", ATT_E_FORMAT, "grow",
		    NULL },
		{ "/passes/1/unsteady/0", "\"0\"", ATT_E_FORMAT, "grow",
		    NULL },
		{ "/passes/1/unsteady", NULL, ATT_OK, NULL, NULL },
		{ "/passes/1/volatile", NULL, ATT_OK, NULL, NULL },
		{ "/passes/1/volatile/0/offset", "0", ATT_E_FORMAT,
		    "no such range", NULL },
		{ "/passes/1/volatile/0/offset", "4097", ATT_E_FORMAT,
		    "no such range", NULL },
		{ "/passes/1/volatile/1", "{\"offset\":4096,\"sha256\":\"" D64
		    "\"}", ATT_E_FORMAT, "volatile 1", NULL },
		{ "/passes/1/volatile/0/sha256", NULL, ATT_E_FORMAT, "sha256",
		    NULL },
	};

	check_changes(good, parse, c, ATT_COUNT(c));
}
END_TEST

START_TEST(hostile)
{
	check_hostile(good, parse);
}
END_TEST

/* Digests of what was never looked at are not there afterwards either. */
START_TEST(without_volatile)
{
	AUTO(free) char *text = changed(good, "/passes/1/volatile", NULL);
	AUTO(att_firmware_claims_free) struct att_firmware_claims *c = NULL;
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(16384);

	ok(att_firmware_claims_parse(S(text), &c, err));
	ck_assert_uint_eq(c->flash[0].map->range[1].digest.len, 0);
	ok(att_firmware_claims_encode(c, &b, err));
	ck_assert(!has_text(&b, "\"volatile\":["));
}
END_TEST

static struct att_map *
map_of_ranges(size_t count)
{
	struct att_map *map = calloc(1, sizeof(*map));

	ck_assert_ptr_nonnull(map);
	map->range = calloc(count, sizeof(*map->range));
	ck_assert_ptr_nonnull(map->range);
	map->alg = ATT_ALG_SHA512;
	map->size = count * 16;
	map->count = count;
	for (size_t i = 0; i < count; i++) {
		struct att_range *r = &map->range[i];

		*r = (struct att_range){ .offset = i * 16, .length = 16,
			.class = i % 2 == 0 ? ATT_RANGE_STATIC :
					      ATT_RANGE_VOLATILE,
			.fill = -1 };
		snprintf(r->name, sizeof(r->name), "range %zu", i);
		ok(att_digest_of(map->alg, S(r->name), &r->digest, err));
	}
	return map;
}

/* As many chips as are taken, in whatever order they are found. */
START_TEST(limits)
{
	AUTO(att_firmware_claims_free) struct att_firmware_claims *c =
	    calloc(1, sizeof(*c));
	AUTO(att_firmware_claims_free) struct att_firmware_claims *got = NULL;
	AUTO_DONE(att_buf_done) struct att_buf b =
	    ATT_BUF(ATT_FIRMWARE_CLAIMS_MAX);
	AUTO_DONE(att_buf_done) struct att_buf again =
	    ATT_BUF(ATT_FIRMWARE_CLAIMS_MAX);
	AUTO(free) char *text = NULL;
	struct att_flash *f = NULL;
	struct att_pass *p = NULL;
	char name[80];

	memcpy(c->boot_id, "boot", 5);
	for (unsigned i = 0; i < ATT_FLASH_MAX; i++) {
		snprintf(name, sizeof(name), "chip %u", i * 7 % 16);
		ok(att_firmware_claims_add_flash(c, name, &f, err));
		ck_assert_str_eq(f->reason, "not measured");
		f->result = ATT_MEASURED_OK;
		f->map = map_of_ranges(200);
		snprintf(name, sizeof(name), "flash/chip %u", i * 7 % 16);
		ok(att_firmware_claims_add_pass(c, name, &p, err));
		while (p->unsteady_count < ATT_UNSTEADY_MAX) {
			p->unsteady[p->unsteady_count] =
			    p->unsteady_count * 16;
			p->unsteady_count++;
		}
	}
	fails(att_firmware_claims_add_flash(c, "chip 3", &f, err),
	    ATT_E_CONFLICT, "chip 3");
	fails(att_firmware_claims_add_flash(c, "more", &f, err), ATT_E_LIMIT,
	    "16");
	ok(att_firmware_claims_add_pass(c, "components", &p, err));
	fails(att_firmware_claims_add_pass(c, "components", &p, err),
	    ATT_E_CONFLICT, "components");
	fails(att_firmware_claims_add_pass(c, "more", &p, err), ATT_E_LIMIT,
	    "17");
	ok(att_firmware_claims_encode(c, &b, err));
	ok(att_firmware_claims_parse(att_buf_view(&b), &got, err));
	ck_assert_uint_eq(got->chips, ATT_FLASH_MAX);
	ck_assert_str_eq(got->flash[2].name, "chip 10");
	ck_assert_uint_eq(got->flash[15].map->range[1].digest.len, 64);
	ok(att_firmware_claims_encode(got, &again, err));
	ck_assert(att_slice_equal(att_buf_view(&b), att_buf_view(&again)));
	/* one more of each */
	att_buf_u8(&b, 0);
	text = changed((const char *)b.data, "/firmware/flash/16", BMC);
	fails(parse(S(text), NULL, err), ATT_E_LIMIT, "17 chips");
	free(take(&text));
	text = changed((const char *)b.data, "/passes/17",
	    "{\"of\":\"x\",\"at\":0,\"seconds\":0}");
	fails(parse(S(text), NULL, err), ATT_E_LIMIT, "18 passes");
	free(take(&text));
	text = changed((const char *)b.data, "/passes/1/unsteady/64", "4096");
	fails(parse(S(text), NULL, err), ATT_E_FORMAT, "64");
}
END_TEST

/* Texts that chips have of themselves; what cannot be told is an error. */
START_TEST(texts)
{
	AUTO(att_firmware_claims_free) struct att_firmware_claims *c =
	    calloc(1, sizeof(*c));
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);
	struct att_flash *f = NULL;
	struct att_pass *p = NULL;

	memcpy(c->boot_id, "boot", 5);
	ok(att_firmware_claims_add_flash(c, "a\033[2J\\\xff" X64, &f, err));
	ck_assert_str_eq(f->name, "a?[2J??0123456789abcdef0123456789abcdef"
	    "0123456789abcdef012345678");
	att_flash_set_failed(f, ATT_MEASURED_FAILED, "");
	ck_assert_str_eq(f->reason, "?");
	ok(att_firmware_claims_add_pass(c, "flash/x", &p, err));
	ok(att_firmware_claims_encode(c, &b, err));
	ok(parse(att_buf_view(&b), NULL, err));
	p->at = -1;
	fails(att_firmware_claims_encode(c, &b, err), ATT_E_LIMIT, "at");
}
END_TEST

/* What the map of a chip says is what is read back. */
START_TEST(of_a_chip)
{
	AUTO_DONE(cm_done) struct cm m = cm_new((size_t)1 << 20);
	AUTO(att_firmware_claims_free) struct att_firmware_claims *c =
	    calloc(1, sizeof(*c));
	AUTO(att_firmware_claims_free) struct att_firmware_claims *got = NULL;
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(65536);
	struct att_map_diff it;
	struct att_map_change change;
	struct att_flash *f = NULL;
	struct att_pass *p = NULL;

	cm_ifd(&m, 2);
	cm_region(&m, 2, 0x1000, 0xf000);
	cm_fpt(&m, 0x1010);
	cm_fpt_entry(&m, 0x1010, "\\\033\"x", 0x1000, 0x1000, false);
	cm_fv(&m, 0x20000, 0x10000, CM_VARIABLES);
	cm_fmap(&m, 0x50000);
	cm_area(&m, 0x50000, "RW_LEGACY", 0x60000, 0x1000);
	memcpy(c->boot_id, "boot", 5);
	ok(att_firmware_claims_add_flash(c, "BIOS", &f, err));
	f->result = ATT_MEASURED_OK;
	f->map = cm_map(&m);
	ck_assert(f->map->note_count > 0);
	ok(att_firmware_claims_add_pass(c, "flash/BIOS", &p, err));
	ok(att_firmware_claims_encode(c, &b, err));
	ok(att_firmware_claims_parse(att_buf_view(&b), &got, err));
	ck_assert_uint_eq(got->flash[0].map->count, f->map->count);
	ck_assert_uint_eq(got->flash[0].map->note_count, f->map->note_count);
	it = att_map_diff_begin(f->map, got->flash[0].map);
	ck_assert(!att_map_diff_next(&it, &change));
	ck_assert(has_text(&b, "ME/"));
	ck_assert(has_text(&b, "RW_LEGACY"));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("claims");
	TCase *t = tcase_create("claims");

	tcase_add_test(t, there_and_back);
	tcase_add_test(t, before_a_quote);
	tcase_add_test(t, rules_of_the_document);
	tcase_add_test(t, rules_of_a_map);
	tcase_add_test(t, rules_of_passes);
	tcase_add_test(t, hostile);
	tcase_add_test(t, without_volatile);
	tcase_add_test(t, limits);
	tcase_add_test(t, texts);
	tcase_add_test(t, of_a_chip);
	suite_add_tcase(s, t);
	return run_suite(s);
}
