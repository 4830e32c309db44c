#include "tests/firmware/spdmmaker.h"

#include "appraise/spdmmake.h"

static int
make_from(const struct spdm_maker *m, json_t **ret, struct att_err *err)
{
	static struct att_spdm_transcript t;
	struct att_digest root = { .alg = ATT_ALG_SHA256, .len = 32 };
	struct att_spdm_make make = { .id = "x", .component = "*",
		.root = &root, .roots = 1 };

	int r = att_spdm_transcript_parse(att_buf_view(&m->b), &t, err);

	return r < 0 ? r : att_spdm_make(&t, &make, ret, err);
}

/* One measurement of 1.1, raw, of this many bytes. */
static struct spdm_maker
one_of(uint8_t type, const void *value, size_t len)
{
	struct spdm_maker m = spdm_new(0x11, SPDM_P384);

	spdm_block(&m, 9, type, value, len);
	spdm_request(&m, 1, 0xff);
	spdm_answer(&m, 0, 0, 0);
	att_buf_fill(&m.b, 0, 96);
	return m;
}

START_TEST(made)
{
	static uint8_t bytes[ATT_SPDM_REF_VALUE_MAX + 1] = { 1 };
	static const uint8_t huge[8] = { 0, 0, 0, 0, 0, 0, 0, 0x80 };
	AUTO_DONE(spdm_done)
	struct spdm_maker fits = one_of(0x84, bytes, sizeof(bytes) - 1);
	AUTO_DONE(spdm_done)
	struct spdm_maker over = one_of(0x84, bytes, sizeof(bytes));
	AUTO_DONE(spdm_done) struct spdm_maker none = one_of(0x84, "", 0);
	AUTO_DONE(spdm_done) struct spdm_maker svn = one_of(0x87, huge, 8);
	AUTO(att_json_decref) json_t *doc = NULL;
	AUTO(att_json_decref) json_t *by_value = NULL;
	json_t *rule;

	ok(make_from(&fits, &doc, err));
	rule = json_object_get(json_object_get(doc, "measurements"), "9");
	ck_assert(json_array_size(rule) == 1);
	/* beyond what JSON's integers hold: by its value */
	ok(make_from(&svn, &by_value, err));
	rule = json_object_get(json_object_get(by_value, "measurements"),
	    "9");
	ck_assert_str_eq(json_string_value(json_array_get(rule, 0)),
	    "0000000000000080");
	fails(make_from(&over, &doc, err), ATT_E_LIMIT, "measurement 9 of");
	fails(make_from(&none, &doc, err), ATT_E_LIMIT, "of 0 bytes");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("SPDM values");
	TCase *t = tcase_create("made");

	tcase_add_test(t, made);
	suite_add_tcase(s, t);
	return run_suite(s);
}
