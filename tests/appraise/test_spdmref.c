#include "tests/firmware/spdmmaker.h"

#include "appraise/spdmmake.h"

/* -- documents ------------------------------------------------------------- */

#define HEAD                                                                 \
	"{\"format\":\"attestd-spdm-values/1\",\"id\":\"x\",\"version\":0,"  \
	"\"match\":{}"
#define ROOTS                                                                \
	",\"roots\":[\"sha256:00000000000000000000000000000000"              \
	"00000000000000000000000000000000\"]"
#define NAMES ",\"components\":[\"*\"]"

static const struct {
	const char *text, *word;
} faults[] = {
	{ "[]", "object" },
	{ "{\"format\":\"attestd-spdm-values/2\"}", "format" },
	{ HEAD ROOTS ",\"measurements\":{\"1\":\"any\"}}", "components" },
	{ HEAD NAMES ",\"measurements\":{\"1\":\"any\"}}", "roots" },
	{ HEAD NAMES ROOTS "}", "measurements" },
	{ HEAD NAMES ROOTS ",\"measurements\":{}}", "none" },
	{ HEAD NAMES ROOTS ",\"measurements\":{\"0\":\"any\"}}", "index" },
	{ HEAD NAMES ROOTS ",\"measurements\":{\"255\":\"any\"}}", "index" },
	{ HEAD NAMES ROOTS ",\"measurements\":{\"01\":\"any\"}}", "index" },
	{ HEAD NAMES ROOTS ",\"measurements\":{\"1x\":\"any\"}}", "index" },
	{ HEAD NAMES ROOTS ",\"measurements\":{\"\":\"any\"}}", "index" },
	{ HEAD NAMES ROOTS ",\"measurements\":{\"1\":\"zero\"}}",
	    "measurement 1: must be" },
	{ HEAD NAMES ROOTS ",\"measurements\":{\"1\":[]}}", "1 to 64" },
	{ HEAD NAMES ROOTS ",\"measurements\":{\"1\":[\"\"]}}", "hex" },
	{ HEAD NAMES ROOTS ",\"measurements\":{\"1\":[1]}}", "hex" },
	{ HEAD NAMES ROOTS ",\"measurements\":{\"1\":[\"0g\"]}}",
	    "measurement 1" },
	{ HEAD NAMES ROOTS ",\"measurements\":{\"1\":{\"minimum\":-1}}}",
	    "minimum" },
	{ HEAD NAMES ROOTS ",\"measurements\":{\"1\":{\"maximum\":1}}}",
	    "maximum" },
	{ HEAD NAMES ROOTS ",\"measurements\":{\"1\":\"any\"},"
	  "\"mode\":\"debug\"}", "mode" },
	{ HEAD NAMES ROOTS ",\"measurements\":{\"1\":\"any\"},"
	  "\"undated\":1}", "undated" },
	{ HEAD NAMES ROOTS ",\"measurements\":{\"1\":\"any\"},"
	  "\"more\":1}", "more" },
	{ HEAD NAMES ",\"roots\":[],\"measurements\":{\"1\":\"any\"}}",
	    "1 to 16" },
	{ HEAD NAMES ",\"roots\":[\"sha256:00\"],"
	  "\"measurements\":{\"1\":\"any\"}}", "64 hex" },
	{ HEAD NAMES ",\"roots\":[7],\"measurements\":{\"1\":\"any\"}}",
	    "entry 0" },
};

START_TEST(documents_that_are_none)
{
	struct att_spdm_ref *r = NULL;
	struct att_err err = { 0 };

	ck_assert_int_lt(att_spdm_ref_parse(S(faults[_i].text), &r, &err), 0);
	ck_assert_msg(strstr(err.text, faults[_i].word) != NULL, "%s",
	    err.text);
	ck_assert_ptr_null(r);
}
END_TEST

/* Values of one index: as many as may be, of the greatest size, one above. */
START_TEST(limits)
{
	for (size_t over = 0; over < 3; over++) {
		AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);
		AUTO(att_spdm_ref_free) struct att_spdm_ref *r = NULL;
		size_t n = ATT_SPDM_REF_VALUES_MAX + (over == 1);

		att_buf_str(&b, HEAD NAMES ROOTS
		    ",\"measurements\":{\"1\":[");
		for (size_t i = 0; i < n; i++) {
			att_buf_str(&b, i == 0 ? "\"" : ",\"");
			att_buf_fill(&b, '0', 2 * (ATT_SPDM_REF_VALUE_MAX +
			    (over == 2 && i == 9)));
			att_buf_u8(&b, '"');
		}
		att_buf_str(&b, "]}}");
		if (over == 0) {
			ok(att_spdm_ref_parse(att_buf_view(&b), &r, err));
			ck_assert_uint_eq(att_spdm_ref_count(r), 1);
		} else {
			fails(att_spdm_ref_parse(att_buf_view(&b), &r, err),
			    ATT_E_FORMAT, "measurement 1");
		}
	}
}
END_TEST

/* -- made from a good device ----------------------------------------------- */

static int
make_from(const struct spdm_maker *m, json_t **ret, struct att_err *err)
{
	static struct att_spdm_transcript t;
	struct att_digest root = { .alg = ATT_ALG_SHA256, .len = 32 };
	struct att_spdm_make make = { .head = { .id = "x",
		    .valid_from = INT64_MIN, .valid_until = INT64_MAX },
		.component = "*", .root = &root, .roots = 1 };

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
	TCase *t = tcase_create("documents");

	tcase_add_loop_test(t, documents_that_are_none, 0,
	    ATT_COUNT(faults));
	tcase_add_test(t, limits);
	tcase_add_test(t, made);
	suite_add_tcase(s, t);
	return run_suite(s);
}
