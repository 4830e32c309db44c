#include "testlib.h"

#include "crypto/hmac.h"
#include "crypto/random.h"

/* RFC 4231, test case 2, and HMAC-SHA-1 of RFC 2202; the empty key. */
static const struct {
	uint16_t alg;
	const char *key, *message, *want;
} cases[] = {
	{ ATT_ALG_SHA256, "Jefe", "what do ya want for nothing?",
	    "5bdcc146bf60754e6a042426089575c7"
	    "5a003f089d2739839dec58b964ec3843" },
	{ ATT_ALG_SHA384, "Jefe", "what do ya want for nothing?",
	    "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e"
	    "8e2240ca5e69e2c78b3239ecfab21649" },
	{ ATT_ALG_SHA512, "Jefe", "what do ya want for nothing?",
	    "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
	    "9758bf75c05a994a6d034f65f8f0e6fd"
	    "caeab1a34d4a6b4b636e070a38bce737" },
	{ ATT_ALG_SHA1, "Jefe", "what do ya want for nothing?",
	    "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79" },
	{ ATT_ALG_SHA256, "", "",
	    "b613679a0814d9ec772f95d778c35fc5"
	    "ff1697c493715653c6c712144292c5ad" },
};

START_TEST(known_answers)
{
	char hex[ATT_DIGEST_HEX_MAX];
	struct att_digest d;

	ok(att_hmac(cases[_i].alg, S(cases[_i].key), S(cases[_i].message), &d,
	    err));
	ck_assert_str_eq(att_digest_hex(&d, hex), cases[_i].want);
	ok(att_hmac(cases[_i].alg, (struct att_slice){ NULL, 0 },
	    (struct att_slice){ NULL, 0 }, &d, err));
}
END_TEST

START_TEST(unknown_algorithm)
{
	struct att_digest d = { .len = 77 };

	fails(att_hmac(0x27, S("k"), S("m"), &d, err), ATT_E_UNSUPPORTED,
	    "0x0027");
	ck_assert_uint_eq(d.len, 77);
}
END_TEST

/* Every byte changes at some time, none beyond the length. */
START_TEST(random_fills_what_it_should)
{
	uint8_t seen[33] = { 0 }, got[33] = { 0 };

	for (int i = 0; i < 64; i++) {
		ok(att_random(got, 32, err));
		for (size_t j = 0; j < sizeof(got); j++)
			seen[j] |= got[j];
	}
	for (size_t j = 0; j < 32; j++)
		ck_assert_uint_eq(seen[j], 0xff);
	ck_assert_uint_eq(seen[32], 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("hmac");
	TCase *t = tcase_create("hmac");

	tcase_add_loop_test(t, known_answers, 0, (int)ATT_COUNT(cases));
	tcase_add_test(t, unknown_algorithm);
	tcase_add_test(t, random_fills_what_it_should);
	suite_add_tcase(s, t);
	return run_suite(s);
}
