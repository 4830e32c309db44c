#include "testlib.h"

#include "firmware/spdm_redfish.h"

static const struct {
	const char *sign, *hash, *scheme;
	uint16_t alg;
} names[] = {
	{ "TPM_ALG_ECDSA_ECC_NIST_P384", "TPM_ALG_SHA_384", "ecdsa-p384",
	    ATT_ALG_SHA384 },
	{ "TPM_ALG_ECDSA_ECC_NIST_P256", "TPM_ALG_SHA256", "ecdsa-p256",
	    ATT_ALG_SHA256 },
	{ "RSASSA-3072", "SHA-512", "rsassa-3072", ATT_ALG_SHA512 },
	{ "tpm_alg_rsapss_2048", "sha384", NULL, ATT_ALG_SHA384 },
	{ "TPM_ALG_RSAPSS_4096", "SHA384", "rsapss-4096", ATT_ALG_SHA384 },
	{ "TPM_ALG_ECDSA_ECC_NIST_P521", "TPM_ALG_SHA3_256", NULL, 0 },
	{ "", "", NULL, 0 },
	{ "RSASSA2048RSASSA2048RSASSA2048RSASSA2048", "SHA2560", NULL, 0 },
};

START_TEST(names_of_algorithms)
{
	AUTO_DONE(att_buf_done) struct att_buf json = ATT_BUF(4096);
	AUTO_DONE(att_buf_done) struct att_buf out = ATT_BUF(64);
	struct att_spdm_algorithms a = { .key_bits = 77 };
	const char *scheme;

	att_buf_printf(&json, "{\"SigningAlgorithm\":\"%s\","
	    "\"HashingAlgorithm\":\"%s\",\"Version\":\"1.1.0\","
	    "\"SignedMeasurements\":\"EeAB\",\"Certificate\":{}}",
	    names[_i].sign, names[_i].hash);
	ok(att_spdm_redfish_answer(att_buf_view(&json), &out, &a, err));
	ck_assert(att_slice_is(att_buf_view(&out), "\x11\xe0\x01"));
	scheme = att_spdm_scheme_name(&a);
	ck_assert(names[_i].scheme == NULL ? scheme == NULL :
	    scheme != NULL && strcmp(scheme, names[_i].scheme) == 0);
	ck_assert_uint_eq(a.hash, names[_i].alg);
}
END_TEST

START_TEST(without_algorithms)
{
	AUTO_DONE(att_buf_done) struct att_buf out = ATT_BUF(64);
	struct att_spdm_algorithms a = { .key_bits = 77 };

	ok(att_spdm_redfish_answer(S("{\"SignedMeasurements\":\"EeAB\","
	    "\"HashingAlgorithm\":null}"), &out, &a, err));
	ck_assert(a.key_bits == 0 && a.hash == 0);
}
END_TEST

static const struct {
	const char *json;
	enum att_code code;
	const char *word;
} faults[] = {
	{ "", ATT_E_FORMAT, "" },
	{ "[]", ATT_E_FORMAT, "SignedMeasurements" },
	{ "{}", ATT_E_FORMAT, "SignedMeasurements" },
	{ "{\"SignedMeasurements\":7}", ATT_E_FORMAT, "SignedMeasurements" },
	{ "{\"SignedMeasurements\":\"EeAB=\"}", ATT_E_FORMAT,
	    "SignedMeasurements" },
	{ "{\"SignedMeasurements\":\"EeAB\",\"SigningAlgorithm\":1}",
	    ATT_E_FORMAT, "SigningAlgorithm" },
	{ "{\"SignedMeasurements\":\"EeABEeABEeABEeAB\"}", ATT_E_LIMIT,
	    "" },
};

START_TEST(answers_that_are_none)
{
	AUTO_DONE(att_buf_done) struct att_buf out = ATT_BUF(8);
	struct att_spdm_algorithms a = { .key_bits = 77 };

	fails(att_spdm_redfish_answer(S(faults[_i].json), &out, &a, err),
	    faults[_i].code, faults[_i].word);
	ck_assert_uint_eq(a.key_bits, 77);
}
END_TEST

START_TEST(chains)
{
	AUTO_DONE(att_buf_done) struct att_buf out = ATT_BUF(16);

	ok(att_spdm_redfish_chain(S("{\"CertificateString\":\"-----\\nx\\n\","
	    "\"CertificateType\":\"PEMchain\",\"SPDM\":{\"SlotId\":0}}"),
	    &out, err));
	ck_assert(att_slice_is(att_buf_view(&out), "-----\nx\n"));
	att_buf_reset(&out);
	ok(att_spdm_redfish_chain(S("{\"CertificateString\":\"x\"}"), &out,
	    err));
	fails(att_spdm_redfish_chain(S("{\"CertificateString\":\"x\","
	    "\"CertificateType\":\"PKCS7\"}"), &out, err),
	    ATT_E_UNSUPPORTED, "PKCS7");
	fails(att_spdm_redfish_chain(S("{\"CertificateType\":\"PEM\"}"), &out,
	    err), ATT_E_FORMAT, "CertificateString");
	fails(att_spdm_redfish_chain(S("{\"CertificateString\":"
	    "\"0123456789abcdef\"}"), &out, err), ATT_E_LIMIT, "chain");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("SPDM in Redfish");
	TCase *t = tcase_create("answers");

	tcase_add_loop_test(t, names_of_algorithms, 0, ATT_COUNT(names));
	tcase_add_test(t, without_algorithms);
	tcase_add_loop_test(t, answers_that_are_none, 0, ATT_COUNT(faults));
	tcase_add_test(t, chains);
	suite_add_tcase(s, t);
	return run_suite(s);
}
