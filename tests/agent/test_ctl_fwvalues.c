/* attestctl reference firmware: made, checked, and a patch day. */
#include "tests/appraise/fwscene.h"

#include "tests/agent/run_ctl.h"

static struct file
text_file(json_t *doc)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);

	ok(att_json_write(doc, &b, err));
	json_decref(doc);
	return file_of(&b);
}

static struct file
claims_file(const struct fw_scene *s)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);

	ok(att_firmware_claims_encode(s->c, &b, err));
	return file_of(&b);
}

static struct file
image_file(const struct fw_scene *s)
{
	return file_of(&(struct att_buf){ .data = s->chip.b,
	    .len = s->chip.size });
}

static struct file
out_file(const struct run *r)
{
	return file_of(&r->out);
}

static json_t *
parse(const struct run *r)
{
	json_t *j = NULL;

	ok(att_json_parse(att_buf_view(&r->out), RUN_OUTPUT_MAX, &j, err));
	return j;
}

static void
says(const struct run *r, int status, const char *out, const char *err)
{
	ck_assert_msg(r->status == status, "%d: %.*s%.*s", r->status,
	    (int)r->out.len, (char *)r->out.data, (int)r->err.len,
	    (char *)r->err.data);
	ck_assert_msg(out == NULL || run_has(&r->out, out), "%.*s",
	    (int)r->out.len, (char *)r->out.data);
	ck_assert_msg(err == NULL || run_has(&r->err, err), "%.*s",
	    (int)r->err.len, (char *)r->err.data);
}

START_TEST(from_one_node)
{
	AUTO_DONE(fw_done) struct fw_scene s = fw_new();
	AUTO_DONE(file_done) struct file claims = claims_file(&s);
	AUTO_DONE(run_done) struct run r = { 0 };

	RUN(&r, "reference", "firmware", "create", "--id", "r750",
	    "--version", "7", "--vendor", "Dell*", "--product", "R750",
	    "--group", "train", "--comment", "by hand", "--valid-from",
	    "2026-11-24T15:04:05Z", "--valid-until", "2027-11-24T15:04:05Z",
	    claims.path);
	says(&r, 0, "\"id\": \"r750\"", NULL);
	AUTO_DONE(file_done) struct file values = out_file(&r);
	RUN(&r, "reference", "check", values.path);
	says(&r, 0, "r750, version 7", NULL);
	RUN(&r, "reference", "firmware", "check", "--vendor", "Dell Inc.",
	    "--product", "R750", "--group", "train", "--at",
	    "2026-12-24T15:04:05Z", values.path, claims.path);
	says(&r, 0, "EXPECTED: 1 chips of 19 ranges, 4 components\n"
	    "  agrees  r750 version 7\n", NULL);
	/* of another time, of another group */
	RUN(&r, "reference", "firmware", "check", "--vendor", "Dell Inc.",
	    "--product", "R750", "--group", "train", "--at",
	    "2027-12-24T15:04:05Z", values.path, claims.path);
	says(&r, 1, "NOT EVALUATED: 0 chips", NULL);
	RUN(&r, "reference", "firmware", "check", "--vendor", "Dell Inc.",
	    "--product", "R750", "--at", "2026-12-24T15:04:05Z", values.path,
	    claims.path);
	says(&r, 1, "no reference values of firmware", NULL);
}
END_TEST

/* The image of a chip says what the chip says, and what was changed in it. */
START_TEST(an_image)
{
	AUTO_DONE(fw_done) struct fw_scene s = fw_new();
	AUTO_DONE(file_done) struct file good = image_file(&s);
	AUTO_DONE(run_done) struct run r = { 0 };
	AUTO(att_json_decref) json_t *j = NULL;

	RUN(&r, "reference", "firmware", "create", "--id", "x", good.path);
	says(&r, 0, "\"BIOS\": {", NULL);
	AUTO_DONE(file_done) struct file values = out_file(&r);
	RUN(&r, "reference", "firmware", "check", values.path, good.path);
	says(&r, 0, "EXPECTED: 1 chips", NULL);
	s.chip.b[FW_CODE + 0x100] ^= 1;
	AUTO_DONE(file_done) struct file bad = image_file(&s);
	RUN(&r, "reference", "firmware", "check", "--json", values.path,
	    bad.path);
	says(&r, 1, "flash BIOS: range 'FFS2 " CM_FFS2 "' at 0xa0000 changed",
	    NULL);
	j = parse(&r);
	ck_assert(json_is_false(json_object_get(j, "expected")));
	ck_assert(json_is_true(json_object_get(j, "evaluated")));
	ck_assert_str_eq(json_string_value(json_object_get(json_array_get(
	    json_object_get(j, "findings"), 0), "code")), "flash-changed");
	/* a chip of another name is another chip */
	RUN(&r, "reference", "firmware", "check", "--chip", "bmc",
	    values.path, good.path);
	says(&r, 1, "flash bmc: no reference values speak of this chip", NULL);
}
END_TEST

/* Three nodes: what each has for its own is left to each. */
START_TEST(from_three_nodes)
{
	AUTO_DONE(fw_done) struct fw_scene s = fw_new();
	AUTO_DONE(run_done) struct run r = { 0 };
	struct file node[4];

	for (size_t i = 0; i < 4; i++) {
		fw_mac(&s.chip, (uint16_t)(0x1111 * (i + 1)));
		/* a serial number, where the map knows of none */
		s.chip.b[FW_PADDING + 0x40] = (uint8_t)i;
		fw_measure(&s);
		if (i == 1)
			fw_run(&s, "bmc", ATT_VERSION_RUNNING, "12.10");
		node[i] = claims_file(&s);
	}
	RUN(&r, "reference", "firmware", "create", "--id", "x", node[0].path,
	    node[1].path, node[2].path);
	says(&r, 0, "\"12.10\"", "'BIOS' at 0x90000 is another on each node");
	AUTO_DONE(file_done) struct file values = out_file(&r);
	for (size_t i = 0; i < 4; i++) {
		RUN(&r, "reference", "firmware", "check", values.path,
		    node[i].path);
		says(&r, 0, "EXPECTED", NULL);
	}
	/* from two it is only what two have */
	RUN(&r, "reference", "firmware", "create", "--id", "x", node[0].path,
	    node[1].path);
	says(&r, 0, NULL, NULL);
	AUTO_DONE(file_done) struct file two = out_file(&r);
	RUN(&r, "reference", "firmware", "check", two.path, node[1].path);
	says(&r, 0, "EXPECTED", NULL);
	RUN(&r, "reference", "firmware", "check", two.path, node[2].path);
	says(&r, 1, "range 'BIOS' at 0x90000 changed", NULL);
	for (size_t i = 0; i < 4; i++)
		file_done(&node[i]);
}
END_TEST

/*
 * The next firmware is an image, announced before any node has it; nodes of
 * both pass, and nothing else does. What is known of a node stays its own.
 */
START_TEST(patch_day)
{
	AUTO_DONE(fw_done) struct fw_scene s = fw_good();
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);
	AUTO_DONE(file_done) struct file before = claims_file(&s);
	AUTO_DONE(run_done) struct run r = { 0 };

	fw_passes(&s);
	ok(att_fwknown_encode(s.result.known, &b, err));
	AUTO_DONE(file_done) struct file known = file_of(&b);
	RUN(&r, "reference", "firmware", "create", "--id", "now",
	    before.path);
	AUTO_DONE(file_done) struct file now = out_file(&r);
	s.chip.b[FW_CODE + 0x100] ^= 1;
	AUTO_DONE(file_done) struct file image = image_file(&s);
	RUN(&r, "reference", "firmware", "create", "--id", "next",
	    image.path);
	AUTO_DONE(file_done) struct file next = out_file(&r);
	fw_measure(&s);
	AUTO_DONE(file_done) struct file after = claims_file(&s);

	RUN(&r, "reference", "firmware", "check", "--known", known.path,
	    now.path, after.path);
	says(&r, 1, "changed: expected", NULL);
	RUN(&r, "reference", "firmware", "check", "--known", known.path,
	    now.path, next.path, before.path);
	says(&r, 0, "agrees  now", NULL);
	RUN(&r, "reference", "firmware", "check", "--known", known.path,
	    now.path, next.path, after.path);
	says(&r, 0, "agrees  next", NULL);
	fw_mac(&s.chip, 0x4321);
	fw_measure(&s);
	AUTO_DONE(file_done) struct file other = claims_file(&s);
	RUN(&r, "reference", "firmware", "check", "--known", known.path,
	    now.path, next.path, other.path);
	says(&r, 1, "which is this machine's own, changed", NULL);
}
END_TEST

START_TEST(the_sample_of_advisories)
{
	AUTO_DONE(fw_done) struct fw_scene s = fw_new();
	AUTO_DONE(file_done) struct file values =
	    text_file(fw_reference(&s, "x"));
	AUTO_DONE(run_done) struct run r = { 0 };
	struct att_component *c = fw_component(&s, "bmc");

	RUN(&r, "reference", "check", "conf/advisories.json");
	says(&r, 0, "advisories-sample", NULL);
	ok(att_component_describe(c, "AMI", NULL, NULL, err));
	AUTO_DONE(file_done) struct file good = claims_file(&s);
	RUN(&r, "reference", "firmware", "check", values.path,
	    "conf/advisories.json", good.path);
	says(&r, 0, "EXPECTED", NULL);
	fw_run(&s, "bmc", ATT_VERSION_RUNNING, "12.04.01");
	AUTO_DONE(file_done) struct file bad = claims_file(&s);
	RUN(&r, "reference", "firmware", "check", values.path,
	    "conf/advisories.json", bad.path);
	says(&r, 1, "component bmc: CVE-2024-54085 is about fw 12.04.01", NULL);
}
END_TEST

START_TEST(what_is_refused)
{
	AUTO_DONE(fw_done) struct fw_scene s = fw_new();
	AUTO_DONE(file_done) struct file claims = claims_file(&s);
	AUTO_DONE(file_done) struct file none = file_of(&(struct att_buf){
	    .data = (uint8_t[]){ ' ', '{', '}' }, .len = 3 });
	/* neither claims nor an image */
	AUTO_DONE(file_done) struct file words = file_of(&(struct att_buf){
	    .data = (uint8_t[]){ 'f', 'l', 'a', 's', 'h' }, .len = 5 });
	AUTO_DONE(run_done) struct run r = { 0 };

	RUN(&r, "reference", "firmware");
	says(&r, 2, NULL, "a verb is wanted");
	RUN(&r, "reference", "firmware", "make");
	says(&r, 2, NULL, "no verb \"make\"");
	RUN(&r, "reference", "firmware", "create", claims.path);
	says(&r, 2, NULL, "--id");
	RUN(&r, "reference", "firmware", "create", "--id", "x");
	says(&r, 2, NULL, "at most 64");
	RUN(&r, "reference", "firmware", "create", "--id", "/", claims.path);
	says(&r, 3, NULL, "\"id\" must be");
	RUN(&r, "reference", "firmware", "create", "--id", "x", "--version",
	    "-1", claims.path);
	says(&r, 2, NULL, "--version must be a number");
	RUN(&r, "reference", "firmware", "create", "--id", "x",
	    "--valid-from", "now", claims.path);
	says(&r, 2, NULL, "no time");
	RUN(&r, "reference", "firmware", "create", "--id", "x", "--layout",
	    "intel", claims.path);
	says(&r, 2, NULL, "openbmc");
	RUN(&r, "reference", "firmware", "create", "--id", "x", none.path);
	says(&r, 3, NULL, "member");
	RUN(&r, "reference", "firmware", "create", "--id", "x", words.path);
	says(&r, 3, NULL, "no structure of firmware is in it");
	RUN(&r, "reference", "firmware", "create", "--id", "x",
	    "/nonexistent");
	says(&r, 4, NULL, "/nonexistent");
	RUN(&r, "reference", "firmware", "check", claims.path);
	says(&r, 2, NULL, "are wanted");
	RUN(&r, "reference", "firmware", "check", claims.path, claims.path);
	says(&r, 3, NULL, "attestd-firmware/1");
	RUN(&r, "reference", "firmware", "check", "--nonsense", claims.path);
	says(&r, 2, NULL, "--nonsense");
	RUN(&r, "reference", "firmware", "--help");
	says(&r, 0, "firmware create", NULL);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("attestctl reference firmware");
	TCase *t = tcase_create("attestctl reference firmware");

	tcase_add_test(t, from_one_node);
	tcase_add_test(t, an_image);
	tcase_add_test(t, from_three_nodes);
	tcase_add_test(t, patch_day);
	tcase_add_test(t, the_sample_of_advisories);
	tcase_add_test(t, what_is_refused);
	suite_add_tcase(s, t);
	return run_suite(s);
}
