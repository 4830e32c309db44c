/* What of the firmware claims goes into PCR 23. */
#include "testlib.h"

#include "evidence/firmware_pcr.h"

#define MAX 4096

#define MEMBER "{\"bmc\":{\"version\":\"1.2\"},\"spi\":[\"a\",\"b\"]}"

/* By sha256sum(1) and its siblings, not by the code that is tested. */
static const struct {
	uint16_t alg;
	const char *value;
} vector[] = {
	{ ATT_ALG_SHA1, "70c695c08418429586dd9ec185bde7762099f5ea" },
	{ ATT_ALG_SHA256,
	    "f91a34daf8e78a07a8070db63f262e2c"
	    "60f41ba999ac9d36ea6f9c6460362ace" },
	{ ATT_ALG_SHA384,
	    "bc11e0695a9b8d7c5178740fd393d5cc"
	    "3d5f3958d04d86d21b81af693b5e739c"
	    "14199c9de07cc010a00c10e522ebc6ba" },
	{ ATT_ALG_SHA512,
	    "b615408d9a5231499634b79456b9b3d8"
	    "4acd3441563ddd3484510da07b44d0b3"
	    "4c2199ee4abeeaeaaf513b911d922113"
	    "995e82409991178756b6b4f71cb248d5" },
};

static void
stable_is(const char *claims, const char *want)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(MAX);

	ok(att_firmware_stable(S(claims), &b, err));
	ck_assert_msg(att_slice_is(att_buf_view(&b), want), "%.*s",
	    (int)b.len, b.data);
}

START_TEST(only_what_stays_the_same)
{
	stable_is("{\"firmware\":" MEMBER "}", MEMBER);
	stable_is("{\"at\":\"2026-11-25T00:00:00Z\",\"firmware\":"
	    "{\"spi\" : [\"a\",\n\"b\"], \"bmc\":{\"version\":\"1.\\u0032\"}},"
	    "\"clock\":1.5}", MEMBER);
	/* order of arrays counts, as does every value */
	stable_is("{\"firmware\":{\"spi\":[\"b\",\"a\"]}}",
	    "{\"spi\":[\"b\",\"a\"]}");
	stable_is("{\"firmware\":{}}", "{}");
	stable_is("{\"firmware\":{\"b\":[true,null,-9007199254740991,0],"
	    "\"B\":\"\\\"\\\\/\xc3\xa9\"}}",
	    "{\"B\":\"\\\"\\\\/\xc3\xa9\","
	    "\"b\":[true,null,-9007199254740991,0]}");
}
END_TEST

START_TEST(values_of_each_bank)
{
	char hex[ATT_DIGEST_HEX_MAX];
	struct att_digest extend, value, own;

	for (size_t i = 0; i < ATT_COUNT(vector); i++) {
		ok(att_firmware_pcr(S(MEMBER), vector[i].alg, &extend, &value,
		    err));
		ck_assert_str_eq(att_digest_hex(&value, hex),
		    vector[i].value);
		ok(att_digest_of(vector[i].alg, S(MEMBER), &own, err));
		ck_assert(att_digest_equal(&own, &extend));
	}
	fails(att_firmware_pcr(S(MEMBER), 0x1234, &extend, &value, err),
	    ATT_E_UNSUPPORTED, "");
}
END_TEST

static void
refused(const char *claims, const char *word)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(MAX);

	fails(att_firmware_stable(S(claims), &b, err), ATT_E_FORMAT, word);
	ck_assert_uint_eq(b.len, 0);
}

START_TEST(what_has_more_than_one_form)
{
	refused("[]", "firmware");
	refused("{}", "firmware");
	refused("{\"firmware\":[]}", "firmware");
	refused("{\"firmware\":null}", "firmware");
	refused("{\"firmware\":{\"a\":1.0}}", "\"a\": a number is no integer");
	refused("{\"firmware\":{\"a\":[0,1e3]}}", "entry 1");
	refused("{\"firmware\":{\"a\":9007199254740992}}", "53 bits");
	refused("{\"firmware\":{\"a\":-9007199254740992}}", "53 bits");
	refused("{\"firmware\":{\"a\":\"\\n\"}}", "control");
	refused("{\"firmware\":{\"a\":\"\x7f\"}}", "control");
	refused("{\"firmware\":{\"\xc3\xa9\":1}}", "ASCII");
	refused("{\"firmware\":{\"a\\u0001\":1}}", "ASCII");
	refused("{\"firmware\":{\"a\":1,\"a\":2}}", "");
}
END_TEST

START_TEST(cut_off_or_too_much)
{
	static const char whole[] = "{\"firmware\":" MEMBER "}";
	AUTO_DONE(att_buf_done) struct att_buf small = ATT_BUF(8);
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(MAX);

	for (size_t n = 0; n < strlen(whole); n++)
		ck_assert(att_firmware_stable((struct att_slice){
		    (const uint8_t *)whole, n }, &b, NULL) < 0);
	ck_assert_uint_eq(b.len, 0);
	fails(att_firmware_stable(S(whole), &small, err), ATT_E_LIMIT, "");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("firmware_pcr");
	TCase *t = tcase_create("firmware_pcr");

	tcase_add_test(t, only_what_stays_the_same);
	tcase_add_test(t, values_of_each_bank);
	tcase_add_test(t, what_has_more_than_one_form);
	tcase_add_test(t, cut_off_or_too_much);
	suite_add_tcase(s, t);
	return run_suite(s);
}
