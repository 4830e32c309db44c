#include "tests/protocol/change.h"

#include "evidence/facts.h"

#define QUEUE "00112233445566778899aabbccddeeff"
#define FACT(seq)                                                            \
	"{\"boot_id\":\"5a8f1c9e\",\"count\":1,\"details\":"                  \
	"{\"from\":\"0b7d\",\"resets\":2},\"first\":1795000000,"               \
	"\"kind\":\"tpm-reset\",\"last\":1795000009,\"seq\":" seq "}"

static const char good[] = "{\"facts\":[" FACT("3") "," FACT("7")
    "],\"queue\":\"" QUEUE "\"}";

static int
parse(struct att_slice text, struct att_pointer *where ATT_UNUSED,
    struct att_err *err)
{
	struct att_facts f;

	return att_facts_parse(text, &f, err);
}

START_TEST(there_and_back)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);
	struct att_facts f;

	memset(&f, 0xff, sizeof(f));
	ok(att_facts_parse(S(good), &f, err));
	ck_assert_str_eq(f.queue, QUEUE);
	ck_assert_uint_eq(f.count, 2);
	ck_assert_int_eq(f.fact[0].seq, 3);
	ck_assert_int_eq(f.fact[1].seq, 7);
	ck_assert_str_eq(f.fact[1].kind, "tpm-reset");
	ck_assert_int_eq(f.fact[1].count, 1);
	ck_assert_int_eq(f.fact[1].first, 1795000000);
	ck_assert_int_eq(f.fact[1].last, 1795000009);
	ck_assert_str_eq(f.fact[1].boot_id, "5a8f1c9e");
	ck_assert_str_eq(f.fact[1].details,
	    "{\"from\":\"0b7d\",\"resets\":2}");
	ok(att_facts_encode(&f, &b, err));
	ck_assert(att_slice_is(att_buf_view(&b), good));
}
END_TEST

START_TEST(none)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);
	struct att_facts f = { .count = 9 };

	ok(att_facts_parse(S("{\"facts\":[],\"queue\":\"" QUEUE "\"}"), &f,
	    err));
	ck_assert_uint_eq(f.count, 0);
	ok(att_facts_encode(&f, &b, err));
	ck_assert(att_slice_is(att_buf_view(&b),
	    "{\"facts\":[],\"queue\":\"" QUEUE "\"}"));
}
END_TEST

#define TEXT16 "0123456789abcdef"
#define TEXT64 TEXT16 TEXT16 TEXT16 TEXT16
#define TEXT255 TEXT64 TEXT64 TEXT64 TEXT16 TEXT16 TEXT16 "0123456789abcde"

START_TEST(rules)
{
	static const struct change c[] = {
		{ "/queue", NULL, ATT_E_FORMAT, "queue", NULL },
		{ "/queue", "\"" QUEUE "0\"", ATT_E_FORMAT, "queue", NULL },
		{ "/queue", "\"00112233445566778899aabbccddeef\"",
		    ATT_E_FORMAT, "queue", NULL },
		{ "/queue", "\"00112233445566778899aabbccddeefF\"",
		    ATT_E_FORMAT, "queue", NULL },
		{ "/facts", NULL, ATT_E_FORMAT, "facts", NULL },
		{ "/more", "1", ATT_E_FORMAT, "not known", NULL },
		{ "/facts/0", "7", ATT_E_FORMAT, "fact 0", NULL },
		{ "/facts/1/more", "1", ATT_E_FORMAT, "fact 1", NULL },
		{ "/facts/0/seq", "0", ATT_E_FORMAT, "seq", NULL },
		{ "/facts/0/seq", "-1", ATT_E_FORMAT, "seq", NULL },
		{ "/facts/0/seq", "1", ATT_OK, NULL, NULL },
		{ "/facts/0/seq", "7", ATT_E_FORMAT, "must grow", NULL },
		{ "/facts/0/seq", "8", ATT_E_FORMAT, "must grow", NULL },
		{ "/facts/1/seq", "1099511627776", ATT_OK, NULL, NULL },
		{ "/facts/1/seq", "1099511627777", ATT_E_FORMAT, "seq",
		    NULL },
		{ "/facts/0/count", "0", ATT_E_FORMAT, "count", NULL },
		{ "/facts/0/count", "1099511627776", ATT_OK, NULL, NULL },
		{ "/facts/0/count", "1099511627777", ATT_E_FORMAT, "count",
		    NULL },
		{ "/facts/0/first", "-1", ATT_E_FORMAT, "first", NULL },
		/* a clock that was set back */
		{ "/facts/0/first", "253402300799", ATT_OK, NULL, NULL },
		{ "/facts/0/last", "253402300800", ATT_E_FORMAT, "last",
		    NULL },
		{ "/facts/0/kind", "\"\"", ATT_E_FORMAT, "kind", NULL },
		{ "/facts/0/kind", "\"" TEXT16 TEXT16 "\"", ATT_E_FORMAT,
		    "kind", NULL },
		{ "/facts/0/kind", "\"firmware-changed\"", ATT_OK, NULL,
		    NULL },
		{ "/facts/0/kind", "\"abcdefghijklmnopqrstuvwxyz-abcde\"",
		    ATT_OK, NULL, NULL },
		{ "/facts/0/kind", "\"abcdefghijklmnopqrstuvwxyz-abcdef\"",
		    ATT_E_FORMAT, "kind", NULL },
		{ "/facts/0/boot_id", "\"\"", ATT_OK, NULL, NULL },
		{ "/facts/0/boot_id", "\"" TEXT64 "\"", ATT_OK, NULL, NULL },
		{ "/facts/0/boot_id", "\"" TEXT64 "x\"", ATT_E_FORMAT,
		    "boot_id", NULL },
		{ "/facts/0/boot_id", "\"\\u001b[2J\"", ATT_E_FORMAT,
		    "boot_id", NULL },
		{ "/facts/0/details", "[]", ATT_E_FORMAT, "details", NULL },
		{ "/facts/0/details", "{}", ATT_OK, NULL, NULL },
		{ "/facts/0/details/from", "1.5", ATT_E_FORMAT, "from",
		    NULL },
		{ "/facts/0/details/from", "{}", ATT_E_FORMAT, "from", NULL },
		{ "/facts/0/details/from", "\"a\\nb\"", ATT_E_FORMAT, "from",
		    NULL },
		{ "/facts/0/details/from", "\"" TEXT255 "\"", ATT_OK, NULL,
		    NULL },
		{ "/facts/0/details/from", "\"" TEXT255 "x\"", ATT_E_FORMAT,
		    "255", NULL },
		{ "/facts/0/details/Upper", "1", ATT_E_FORMAT, "names",
		    NULL },
		{ "/facts/0/details/", "1", ATT_E_FORMAT, "names", NULL },
		{ "/facts/0/details",
		    "{\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1,\"f\":1,"
		    "\"g\":1,\"h\":1}", ATT_OK, NULL, NULL },
		{ "/facts/0/details",
		    "{\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1,\"f\":1,"
		    "\"g\":1,\"h\":1,\"i\":1}", ATT_E_FORMAT, "8 members",
		    NULL },
		/* canonical: 512 and 513 bytes */
		{ "/facts/0/details", "{\"abc\":\"" TEXT64 TEXT64 TEXT64 TEXT16
		    TEXT16 TEXT16 "\",\"b\":\"" TEXT255 "\"}", ATT_OK, NULL,
		    NULL },
		{ "/facts/0/details", "{\"abcd\":\"" TEXT64 TEXT64 TEXT64
		    TEXT16 TEXT16 TEXT16 "\",\"b\":\"" TEXT255 "\"}",
		    ATT_E_LIMIT, "", NULL },
	};

	check_changes(good, parse, c, ATT_COUNT(c));
}
END_TEST

START_TEST(hostile)
{
	check_hostile(good, parse);
}
END_TEST

/* As many as one document may hold, each as large as it may be, and more. */
START_TEST(limits)
{
	AUTO_DONE(att_buf_done) struct att_buf b =
	    ATT_BUF(ATT_FACTS_BYTES_MAX);
	AUTO_DONE(att_buf_done) struct att_buf more =
	    ATT_BUF(ATT_FACTS_BYTES_MAX);
	struct att_fact big = { .kind = "abcdefghijklmnopqrstuvwxyz-abcde",
		.count = ATT_FACT_NUMBER_MAX, .first = ATT_FACT_TIME_MAX,
		.last = ATT_FACT_TIME_MAX, .boot_id = TEXT64 };
	struct att_facts f = { .queue = QUEUE, .count = ATT_FACTS_MAX }, got;

	ok(att_fact_set_details(&big, json_pack("{s:s,s:s}", "abc",
	    TEXT64 TEXT64 TEXT64 TEXT16 TEXT16 TEXT16, "b", TEXT255), err));
	ck_assert_uint_eq(strlen(big.details), ATT_FACT_DETAILS_MAX);
	for (size_t i = 0; i < ATT_FACTS_MAX; i++) {
		f.fact[i] = big;
		f.fact[i].seq = ATT_FACT_NUMBER_MAX - ATT_FACTS_MAX +
		    (int64_t)i;
	}
	ok(att_facts_encode(&f, &b, err));
	ok(att_facts_parse(att_buf_view(&b), &got, err));
	ck_assert_uint_eq(got.count, ATT_FACTS_MAX);
	ck_assert_mem_eq(&got, &f, sizeof(f));
	att_buf_str(&more, "{\"queue\":\"" QUEUE "\",\"facts\":[");
	for (int i = 1; i <= ATT_FACTS_MAX + 1; i++)
		att_buf_printf(&more, "%s{\"boot_id\":\"\",\"count\":1,"
		    "\"details\":{},\"first\":0,\"last\":0,\"kind\":\"a\","
		    "\"seq\":%d}", i > 1 ? "," : "", i);
	att_buf_str(&more, "]}");
	fails(att_facts_parse(att_buf_view(&more), &got, err), ATT_E_LIMIT,
	    "65 facts");
	/* untouched by a failure */
	ck_assert_mem_eq(&got, &f, sizeof(f));
}
END_TEST

START_TEST(details_of_ones_own)
{
	struct att_fact f = { .details = "{}" };

	fails(att_fact_set_details(&f, NULL, err), ATT_E_NOMEM, "");
	fails(att_fact_set_details(&f, json_array(), err), ATT_E_FORMAT,
	    "object");
	fails(att_fact_set_details(&f, json_pack("{s:b}", "a", 1), err),
	    ATT_E_FORMAT, "\"a\"");
	ck_assert_str_eq(f.details, "{}");
	ok(att_fact_set_details(&f, json_pack("{s:i,s:s}", "to", -3, "from",
	    "x"), err));
	ck_assert_str_eq(f.details, "{\"from\":\"x\",\"to\":-3}");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("facts");
	TCase *t = tcase_create("facts");

	tcase_add_test(t, there_and_back);
	tcase_add_test(t, none);
	tcase_add_test(t, rules);
	tcase_add_test(t, hostile);
	tcase_add_test(t, limits);
	tcase_add_test(t, details_of_ones_own);
	suite_add_tcase(s, t);
	return run_suite(s);
}
