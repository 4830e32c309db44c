#include "tests/protocol/change.h"

#include "firmware/spdm.h"
#include "firmware/spdm_evidence.h"

#define CHALLENGE "000102030405060708090a0b0c0d0e0f"
#define HEX64                                                                \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define TEXT32 "0123456789abcdef0123456789abcdef"
#define TEXT128 TEXT32 TEXT32 TEXT32 TEXT32

static const char good[] =
    "{\"at\":1795000000,\"challenge\":\"" CHALLENGE "\",\"components\":["
    "{\"chain\":\"-----BEGIN\\nleaf\\r\\n\",\"hashing_algorithm\":\"sha384\","
    "\"name\":\"HGX_IRoT_GPU_0\",\"result\":\"ok\","
    "\"signing_algorithm\":\"ecdsa-p384\",\"transcript\":\"EeAB\"},"
    "{\"chain\":\"x\",\"name\":\"HGX_IRoT_GPU_1\",\"result\":\"ok\","
    "\"transcript\":\"EQ==\"},"
    "{\"name\":\"HGX_IRoT_GPU_2\",\"reason\":\"no answer in time\","
    "\"result\":\"failed\"},"
    "{\"name\":\"HGX_IRoT_GPU_3\",\"reason\":\"disabled\","
    "\"result\":\"not-available\"}],\"format\":\"attestd-spdm/1\"}";

static int
parse(struct att_slice text, struct att_pointer *where ATT_UNUSED,
    struct att_err *err)
{
	AUTO(att_spdm_evidence_free) struct att_spdm_evidence *e = NULL;

	return att_spdm_evidence_parse(text, &e, err);
}

START_TEST(there_and_back)
{
	AUTO(att_spdm_evidence_free) struct att_spdm_evidence *e = NULL;
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);
	const struct att_spdm_component *d;

	ok(att_spdm_evidence_parse(S(good), &e, err));
	ck_assert_uint_eq(e->challenge_len, 16);
	for (uint8_t i = 0; i < 16; i++)
		ck_assert_uint_eq(e->challenge[i], i);
	ck_assert_int_eq(e->at, 1795000000);
	ck_assert_uint_eq(e->count, 4);
	d = e->device;
	ck_assert_str_eq(d[0].name, "HGX_IRoT_GPU_0");
	ck_assert_int_eq(d[0].result, ATT_MEASURED_OK);
	ck_assert_str_eq(d[0].reason, "");
	ck_assert(att_slice_is(att_buf_view(&d[0].transcript),
	    "\x11\xe0\x01"));
	ck_assert(att_slice_is(att_buf_view(&d[0].chain),
	    "-----BEGIN\nleaf\r\n"));
	ck_assert_str_eq(att_spdm_scheme_name(&d[0].algorithms),
	    "ecdsa-p384");
	ck_assert_uint_eq(d[0].algorithms.hash, ATT_ALG_SHA384);
	ck_assert_ptr_null(att_spdm_scheme_name(&d[1].algorithms));
	ck_assert_uint_eq(d[1].algorithms.hash, 0);
	ck_assert_int_eq(d[2].result, ATT_MEASURED_FAILED);
	ck_assert_str_eq(d[2].reason, "no answer in time");
	ck_assert_uint_eq(d[2].transcript.len, 0);
	ck_assert_uint_eq(d[2].chain.len, 0);
	ck_assert_int_eq(d[3].result, ATT_MEASURED_NOT_AVAILABLE);
	ok(att_spdm_evidence_encode(e, &b, err));
	ck_assert(att_slice_is(att_buf_view(&b), good));
}
END_TEST

START_TEST(none)
{
	static const char text[] = "{\"at\":0,\"challenge\":\"" CHALLENGE
	    "\",\"components\":[],\"format\":\"attestd-spdm/1\"}";
	AUTO(att_spdm_evidence_free) struct att_spdm_evidence *e = NULL;
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4096);

	ok(att_spdm_evidence_parse(S(text), &e, err));
	ck_assert_uint_eq(e->count, 0);
	ok(att_spdm_evidence_encode(e, &b, err));
	ck_assert(att_slice_is(att_buf_view(&b), text));
}
END_TEST

START_TEST(rules)
{
	static const struct change c[] = {
		{ "/more", "1", ATT_E_FORMAT, "not known", NULL },
		{ "/format", NULL, ATT_E_FORMAT, "format", NULL },
		{ "/format", "\"attestd-spdm/2\"", ATT_E_UNSUPPORTED,
		    "attestd-spdm/1", NULL },
		{ "/at", NULL, ATT_E_FORMAT, "\"at\"", NULL },
		{ "/at", "-1", ATT_E_FORMAT, "\"at\"", NULL },
		{ "/at", "253402300799", ATT_OK, NULL, NULL },
		{ "/at", "253402300800", ATT_E_FORMAT, "\"at\"", NULL },
		{ "/challenge", NULL, ATT_E_FORMAT, "challenge", NULL },
		{ "/challenge", "\"000102030405060708090a0b0c0d0e\"",
		    ATT_E_FORMAT, "16 to 64", NULL },
		{ "/challenge", "\"" CHALLENGE "0\"", ATT_E_FORMAT,
		    "challenge", NULL },
		{ "/challenge", "\"" HEX64 HEX64 "\"", ATT_OK, NULL, NULL },
		{ "/challenge", "\"" HEX64 HEX64 "00\"", ATT_E_LIMIT,
		    "challenge", NULL },
		{ "/components", NULL, ATT_E_FORMAT, "components", NULL },
		{ "/components/1", "7", ATT_E_FORMAT, "component 1", NULL },
		{ "/components/1", "{}", ATT_E_FORMAT, "component 1", NULL },
		{ "/components/0/more", "1", ATT_E_FORMAT, "not known",
		    NULL },
		{ "/components/0/name", "\"HGX_IRoT_GPU_1\"", ATT_E_FORMAT,
		    "component 1: not sorted", NULL },
		{ "/components/0/name", "\"HGX_IRoT_GPU_7\"", ATT_E_FORMAT,
		    "component 1: not sorted", NULL },
		{ "/components/0/name", "\"\"", ATT_E_FORMAT, "name", NULL },
		{ "/components/0/name", "\"A\\u001b[2J\"", ATT_E_FORMAT,
		    "name", NULL },
		{ "/components/3/name", "\"" TEXT128 TEXT32 TEXT32 TEXT32
		    "0123456789abcdef0123456789abcde\"", ATT_E_FORMAT,
		    "sorted", NULL },
		{ "/components/3/name", "\"Z" TEXT128 TEXT32 TEXT32 TEXT32
		    "0123456789abcdef0123456789abcd\"", ATT_OK, NULL, NULL },
		{ "/components/3/name", "\"Z" TEXT128 TEXT32 TEXT32 TEXT32
		    "0123456789abcdef0123456789abcde\"", ATT_E_FORMAT,
		    "255", NULL },
		{ "/components/0/result", "\"fine\"", ATT_E_FORMAT, "result",
		    NULL },
		/* what was not answered has nothing of an answer */
		{ "/components/0/result", "\"failed\"", ATT_E_FORMAT,
		    "not known", NULL },
		{ "/components/2/result", "\"ok\"", ATT_E_FORMAT, "reason",
		    NULL },
		{ "/components/2/transcript", "\"EQ==\"", ATT_E_FORMAT,
		    "transcript", NULL },
		{ "/components/0/reason", "\"x\"", ATT_E_FORMAT, "reason",
		    NULL },
		{ "/components/2/reason", NULL, ATT_E_FORMAT, "reason",
		    NULL },
		{ "/components/2/reason", "\"\"", ATT_E_FORMAT, "reason",
		    NULL },
		{ "/components/2/reason", "\"" TEXT128
		    "0123456789abcdef0123456789abcde\"", ATT_OK, NULL, NULL },
		{ "/components/2/reason", "\"" TEXT128 TEXT32 "\"",
		    ATT_E_FORMAT, "159", NULL },
		{ "/components/0/transcript", NULL, ATT_E_FORMAT,
		    "transcript", NULL },
		{ "/components/0/transcript", "\"\"", ATT_E_FORMAT,
		    "transcript is empty", NULL },
		{ "/components/0/transcript", "\"E\"", ATT_E_FORMAT,
		    "transcript", NULL },
		{ "/components/0/chain", NULL, ATT_E_FORMAT, "chain", NULL },
		{ "/components/0/chain", "\"\"", ATT_E_FORMAT, "chain",
		    NULL },
		{ "/components/0/chain", "\"a\\u001bb\"", ATT_E_FORMAT,
		    "printable", NULL },
		{ "/components/0/chain", "\"a\\u007fb\"", ATT_E_FORMAT,
		    "printable", NULL },
		{ "/components/0/chain", "\"\\u00e4\"", ATT_E_FORMAT,
		    "printable", NULL },
		{ "/components/0/chain", "\" ~\"", ATT_OK, NULL, NULL },
		{ "/components/0/signing_algorithm", NULL, ATT_OK, NULL,
		    NULL },
		{ "/components/0/signing_algorithm", "\"ecdsa-p521\"",
		    ATT_E_FORMAT, "signing_algorithm", NULL },
		{ "/components/0/hashing_algorithm", NULL, ATT_OK, NULL,
		    NULL },
		{ "/components/0/hashing_algorithm", "\"sha512\"", ATT_OK,
		    NULL, NULL },
		{ "/components/0/hashing_algorithm", "\"sha1\"",
		    ATT_E_FORMAT, "hashing_algorithm", NULL },
	};

	check_changes(good, parse, c, ATT_COUNT(c));
}
END_TEST

START_TEST(hostile)
{
	check_hostile(good, parse);
}
END_TEST

/* Whether `count` components of these sizes are taken. */
static int
try_sizes(size_t count, size_t transcript, size_t chain, struct att_err *err)
{
	AUTO(att_spdm_evidence_free) struct att_spdm_evidence *e = NULL;
	AUTO_DONE(att_buf_done) struct att_buf raw = ATT_BUF(2u << 20);
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(16u << 20);

	att_buf_fill(&raw, 0x11, transcript);
	att_buf_str(&b, "{\"at\":0,\"challenge\":\"" CHALLENGE
	    "\",\"components\":[");
	for (size_t i = 0; i < count; i++) {
		att_buf_printf(&b, "%s{\"chain\":\"", i > 0 ? "," : "");
		att_buf_fill(&b, 'x', chain);
		att_buf_printf(&b, "\",\"name\":\"d%02zu\",\"result\":\"ok\","
		    "\"transcript\":\"", i);
		att_base64_put(&b, att_buf_view(&raw));
		att_buf_str(&b, "\"}");
	}
	att_buf_str(&b, "],\"format\":\"attestd-spdm/1\"}");
	ck_assert(!b.failed);
	return att_spdm_evidence_parse(att_buf_view(&b), &e, err);
}

START_TEST(limits)
{
	ok(try_sizes(ATT_SPDM_DEVICES_MAX, 1, 1, err));
	fails(try_sizes(ATT_SPDM_DEVICES_MAX + 1, 1, 1, err), ATT_E_LIMIT,
	    "65 components");
	ok(try_sizes(1, ATT_SPDM_TRANSCRIPT_MAX, ATT_SPDM_CHAIN_MAX, err));
	fails(try_sizes(1, ATT_SPDM_TRANSCRIPT_MAX + 1, 1, err), ATT_E_LIMIT,
	    "transcript");
	fails(try_sizes(1, 1, ATT_SPDM_CHAIN_MAX + 1, err), ATT_E_LIMIT,
	    "chain");
	fails(try_sizes(7, ATT_SPDM_TRANSCRIPT_MAX, 1, err), ATT_E_LIMIT,
	    "8388608");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("spdm_evidence");
	TCase *t = tcase_create("spdm_evidence");

	tcase_add_test(t, there_and_back);
	tcase_add_test(t, none);
	tcase_add_test(t, rules);
	tcase_add_test(t, hostile);
	tcase_add_test(t, limits);
	suite_add_tcase(s, t);
	return run_suite(s);
}
