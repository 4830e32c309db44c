#include "agent/run_ctl.h"

#include "base/file.h"
#include "base/json.h"
#include "tests/crypto/devcert.h"
#include "tests/firmware/spdmmaker.h"

#define AT "2027-01-15T08:00:00Z"	/* DEV_NOW */
#define CHALLENGE "000102030405060708090a0b0c0d0e0f"
/* of CHALLENGE and of this name: docs/PROTOCOL-spdm.txt, section 2 */
#define NAME "HGX_IRoT_GPU_0"
#define NONCE                                                                \
	"bfc935f2fe19c30a432161edac3c5b1f8c93424452ef1efb87b0c556012564e8"

/* A device's report, its chain and reference values, as files. */
struct files {
	char report[64], chain[64], values[64];
	char root[ATT_DIGEST_HEX_MAX];
};

static void
write_to(char path[64], struct att_slice s)
{
	int fd;

	snprintf(path, 64, "/tmp/att-ctl-XXXXXX");
	fd = mkstemp(path);
	ck_assert(fd >= 0);
	ck_assert(write(fd, s.data, s.len) == (ssize_t)s.len);
	(void)close(fd);
}

static void
files_done(struct files *f)
{
	(void)unlink(f->report);
	(void)unlink(f->chain);
	(void)unlink(f->values);
}

static void
write_values(struct files *f, unsigned minimum)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(65536);

	att_buf_printf(&b, "{\"format\":\"attestd-spdm-values/1\","
	    "\"id\":\"gpu\",\"version\":3,\"match\":{\"groups\":[\"hgx\"]},"
	    "\"components\":[\"HGX_*\"],\"roots\":[\"sha256:%s\"],"
	    "\"measurements\":{\"1\":\"any\",\"2\":\"any\",\"3\":\"unused\","
	    "\"4\":[\"312e322e33\"],\"5\":{\"minimum\":%u},"
	    "\"254\":\"any\"}}", f->root, minimum);
	write_to(f->values, att_buf_view(&b));
}

static struct files
make(uint8_t version, uint32_t asym, unsigned minimum)
{
	AUTO_DONE(spdm_done) struct spdm_maker m = spdm_new(version, asym);
	AUTO_DONE(att_buf_done) struct att_buf nonce = ATT_BUF(32);
	AUTO_DONE(att_buf_done) struct att_buf chain = ATT_BUF(65536);
	EVP_PKEY *maker = EVP_EC_gen("P-256");
	EVP_PKEY *key = asym == SPDM_P256 ? EVP_EC_gen("P-256") :
					    EVP_RSA_gen(2048);
	X509 *root = dev_certify(maker, &(struct dev_spec){ .name = "Root",
	    .ca = true }, NULL, NULL);
	X509 *leaf = dev_certify(key, &(struct dev_spec){ .name = "GPU" },
	    root, maker);
	struct att_digest pin = dev_pin(maker);
	struct files f = { 0 };

	ok(att_hex_decode(S(NONCE), &nonce, err));
	memcpy(m.nonce, nonce.data, 32);
	spdm_standard(&m);
	spdm_sign(&m, key);
	dev_put_pem(&chain, leaf);
	dev_put_pem(&chain, root);
	att_digest_hex(&pin, f.root);
	write_to(f.report, att_buf_view(&m.b));
	write_to(f.chain, att_buf_view(&chain));
	write_values(&f, minimum);
	X509_free(root);
	X509_free(leaf);
	EVP_PKEY_free(key);
	EVP_PKEY_free(maker);
	return f;
}

static const json_t *
member(const json_t *j, const char *name)
{
	const json_t *v = json_object_get(j, name);

	ck_assert_msg(v != NULL, "no %s", name);
	return v;
}

START_TEST(shows)
{
	AUTO_DONE(files_done) struct files f = make(0x12, SPDM_P256, 7);
	AUTO(att_json_decref) json_t *j = NULL;
	AUTO_DONE(run_done) struct run r = { 0 };

	RUN(&r, "spdm", "show", f.report);
	ck_assert_int_eq(r.status, 0);
	ck_assert(run_has(&r.out, "SPDM 1.2, ecdsa-p256 over sha256, slot 0, "
	    "1 answer, signature of 64 bytes\nnonce " NONCE "\n"));
	ck_assert(run_has(&r.out,
	    "\n  3  firmware configuration  48 zeros\n"));
	ck_assert(run_has(&r.out,
	    "\n  4  firmware version        312e322e33\n"));
	RUN(&r, "spdm", "show", "--json", f.report);
	ck_assert_int_eq(r.status, 0);
	ok(att_json_parse(att_buf_view(&r.out), RUN_OUTPUT_MAX, &j, err));
	ck_assert_str_eq(json_string_value(member(j, "version")), "1.2");
	ck_assert_str_eq(json_string_value(member(j, "nonce")), NONCE);
	ck_assert_str_eq(json_string_value(member(j, "content")), "unknown");
	ck_assert(json_array_size(member(j, "measurements")) == 6);
	ck_assert(json_integer_value(member(member(j, "mode"),
	    "operational")) == 4);
	RUN(&r, "spdm", "show", f.chain);
	ck_assert_int_eq(r.status, 3);
	RUN(&r, "spdm", "show", "/nonexistent");
	ck_assert_int_eq(r.status, 4);
}
END_TEST

START_TEST(verifies)
{
	AUTO_DONE(files_done) struct files f = make(0x13, SPDM_P256, 7);
	AUTO(att_json_decref) json_t *j = NULL;
	AUTO_DONE(run_done) struct run r = { 0 };

	RUN(&r, "spdm", "verify", "--at", AT, "--chain", f.chain, "--nonce",
	    NONCE, "--root", f.root, f.report);
	ck_assert_int_eq(r.status, 0);
	ck_assert(run_has(&r.out, "AUTHENTIC, compared with no reference"));
	ck_assert(run_has(&r.out, "  device  CN=GPU\n  issuer  CN=Root\n"));
	ck_assert(run_has(&r.out, "security version 7\n"));
	RUN(&r, "spdm", "verify", "--at", AT, "--chain", f.chain, "--json",
	    "--challenge", CHALLENGE, "--component", NAME, "--group", "hgx",
	    "--reference", f.values, f.report);
	ck_assert_int_eq(r.status, 0);
	ok(att_json_parse(att_buf_view(&r.out), RUN_OUTPUT_MAX, &j, err));
	ck_assert(json_is_true(member(j, "authentic")));
	ck_assert(json_is_true(member(j, "expected")));
	ck_assert_str_eq(json_string_value(member(j, "reference")), "gpu");
	ck_assert_str_eq(json_string_value(member(member(j, "device"),
	    "root")), f.root);
	ck_assert(json_array_size(member(j, "findings")) == 0);
}
END_TEST

/* Exit status 1 and the finding: another nonce, root, value, group. */
START_TEST(does_not_verify)
{
	AUTO_DONE(files_done) struct files f = make(0x11, SPDM_P256, 8);
	AUTO_DONE(run_done) struct run r = { 0 };

	RUN(&r, "spdm", "verify", "--at", AT, "--chain", f.chain,
	    "--challenge", CHALLENGE, "--component", "HGX_IRoT_GPU_1",
	    "--root", f.root, f.report);
	ck_assert_int_eq(r.status, 1);
	ck_assert(run_has(&r.out, "NOT AUTHENTIC\nfail: the SPDM report of "
	    "HGX_IRoT_GPU_1 was not made for this challenge"));
	RUN(&r, "spdm", "verify", "--at", AT, "--chain", f.chain, "--nonce",
	    NONCE, "--root", NONCE, f.report);
	ck_assert_int_eq(r.status, 1);
	ck_assert(run_has(&r.out, f.root));
	RUN(&r, "spdm", "verify", "--at", AT, "--chain", f.chain, "--nonce",
	    NONCE, "--component", NAME, "--group", "hgx", "--reference",
	    f.values, f.report);
	ck_assert_int_eq(r.status, 1);
	ck_assert(run_has(&r.out, "NOT AS EXPECTED\n"));
	ck_assert(run_has(&r.out, "security version 7, at least 8"));
	RUN(&r, "spdm", "verify", "--at", AT, "--chain", f.chain, "--nonce",
	    NONCE, "--component", NAME, "--reference", f.values, f.report);
	ck_assert_int_eq(r.status, 1);
	ck_assert(run_has(&r.out, "no reference values"));
	RUN(&r, "spdm", "verify", "--at", "2020-01-01T00:00:00Z", "--chain",
	    f.chain, "--nonce", NONCE, "--root", f.root, "--json", f.report);
	ck_assert_int_eq(r.status, 1);
	ck_assert(run_has(&r.out, "spdm-certificate"));
}
END_TEST

START_TEST(known_devices)
{
	AUTO_DONE(files_done) struct files f = make(0x12, SPDM_P256, 7);
	AUTO_DONE(run_done) struct run r = { 0 };

	RUN(&r, "spdm", "verify", "--at", AT, "--chain", f.chain, "--nonce",
	    NONCE, "--root", f.root, "--issuer", "CN=Root", f.report);
	ck_assert_int_eq(r.status, 0);
	RUN(&r, "spdm", "verify", "--at", AT, "--chain", f.chain, "--nonce",
	    NONCE, "--root", f.root, "--serial", "01", f.report);
	ck_assert(r.status == 1 && run_has(&r.out, "another device than"));
	RUN(&r, "spdm", "verify", "--at", AT, "--chain", f.chain, "--nonce",
	    NONCE, "--component", NAME, "--group", "hgx", "--reference",
	    f.values, "--security-version", "8", f.report);
	ck_assert(r.status == 1 && run_has(&r.out, "from 8 to 7"));
}
END_TEST

/* SPDM 1.1 does not tell how an RSA key signs. */
START_TEST(told_algorithms)
{
	AUTO_DONE(files_done)
	struct files f = make(0x11, SPDM_RSASSA_2048, 7);
	AUTO_DONE(run_done) struct run r = { 0 };

	RUN(&r, "spdm", "verify", "--at", AT, "--chain", f.chain, "--nonce",
	    NONCE, "--root", f.root, f.report);
	ck_assert_int_eq(r.status, 1);
	RUN(&r, "spdm", "verify", "--at", AT, "--chain", f.chain, "--nonce",
	    NONCE, "--root", f.root, "--scheme", "rsassa-2048", "--hash",
	    "sha256", f.report);
	ck_assert_int_eq(r.status, 0);
	RUN(&r, "spdm", "verify", "--chain", f.chain, "--nonce", NONCE,
	    "--root", f.root, "--scheme", "rot13", f.report);
	ck_assert_int_eq(r.status, 2);
}
END_TEST

/* JSON of Redfish: the report with its algorithms, the certificates. */
static void
wrap(struct files *f)
{
	AUTO_DONE(att_buf_done) struct att_buf raw = ATT_BUF(65536);
	AUTO_DONE(att_buf_done) struct att_buf pem = ATT_BUF(65536);
	AUTO_DONE(att_buf_done) struct att_buf text = ATT_BUF(1 << 18);
	AUTO(att_json_decref) json_t *answer = NULL;
	AUTO(att_json_decref) json_t *chain = NULL;

	ok(att_file_read(f->report, &raw, err));
	ok(att_file_read(f->chain, &pem, err));
	answer = json_pack("{s:s,s:s,s:s,s:o}", "SigningAlgorithm",
	    "TPM_ALG_RSASSA_2048", "HashingAlgorithm", "TPM_ALG_SHA_256",
	    "Version", "1.1.0", "SignedMeasurements",
	    att_json_base64_of(att_buf_view(&raw)));
	chain = json_pack("{s:s%,s:s}", "CertificateString", pem.data,
	    pem.len, "CertificateType", "PEMchain");
	files_done(f);
	ok(att_json_write(answer, &text, err));
	write_to(f->report, att_buf_view(&text));
	att_buf_reset(&text);
	ok(att_json_write(chain, &text, err));
	write_to(f->chain, att_buf_view(&text));
	write_values(f, 7);
}

START_TEST(takes_json)
{
	AUTO_DONE(files_done)
	struct files f = make(0x11, SPDM_RSASSA_2048, 7);
	AUTO_DONE(run_done) struct run r = { 0 };

	wrap(&f);
	RUN(&r, "spdm", "verify", "--at", AT, "--chain", f.chain, "--nonce",
	    NONCE, "--component", NAME, "--group", "hgx", "--reference",
	    f.values, f.report);
	ck_assert_int_eq(r.status, 0);
	ck_assert(run_has(&r.out, "AS EXPECTED by gpu version 3\n"));
	ck_assert(run_has(&r.out, "SPDM 1.1, rsassa-2048 over sha256"));
	/* what is said goes over what it says */
	RUN(&r, "spdm", "verify", "--at", AT, "--chain", f.chain, "--nonce",
	    NONCE, "--root", f.root, "--scheme", "rsapss-2048", f.report);
	ck_assert_int_eq(r.status, 1);
	RUN(&r, "spdm", "show", f.report);
	ck_assert_int_eq(r.status, 0);
	RUN(&r, "spdm", "show", f.chain);
	ck_assert(r.status == 3 && run_has(&r.err, "SignedMeasurements"));
	RUN(&r, "spdm", "verify", "--chain", f.report, "--nonce", NONCE,
	    "--root", f.root, f.report);
	ck_assert(r.status == 3 && run_has(&r.err, "CertificateString"));
}
END_TEST

/* Made from a good device: it is as expected, an older one is not. */
START_TEST(creates_values)
{
	AUTO_DONE(files_done) struct files f = make(0x12, SPDM_P256, 7);
	AUTO_DONE(run_done) struct run r = { 0 };
	AUTO(att_json_decref) json_t *j = NULL;
	const json_t *rules;

	RUN(&r, "spdm", "create", "--id", "made", "--version", "4",
	    "--component", "HGX_*", "--root", f.root, "--group", "a", "-o",
	    f.values, f.report);
	ck_assert_int_eq(r.status, 0);
	RUN(&r, "spdm", "verify", "--at", AT, "--chain", f.chain, "--nonce",
	    NONCE, "--component", NAME, "--group", "a", "--reference",
	    f.values, f.report);
	ck_assert_int_eq(r.status, 0);
	ck_assert(run_has(&r.out, "AS EXPECTED by made version 4\n"));
	RUN(&r, "spdm", "create", "--id", "made", "--component", "HGX_*",
	    "--root", f.root, f.report);
	ck_assert_int_eq(r.status, 0);
	ok(att_json_parse(att_buf_view(&r.out), RUN_OUTPUT_MAX, &j, err));
	rules = member(j, "measurements");
	ck_assert_str_eq(json_string_value(member(rules, "3")), "unused");
	ck_assert(json_integer_value(member(member(rules, "5"),
	    "minimum")) == 7);
	ck_assert_str_eq(json_string_value(json_array_get(member(rules,
	    "4"), 0)), "312e322e33");
	ck_assert(json_object_size(rules) == 6 &&
	    json_object_size(member(j, "match")) == 0);
	RUN(&r, "spdm", "create", "--id", "a/b", "--component", "HGX_*",
	    "--root", f.root, f.report);
	ck_assert_int_eq(r.status, 3);
	RUN(&r, "spdm", "create", "--id", "a", "--root", f.root, f.report);
	ck_assert(r.status == 2 && run_has(&r.err, "--component"));
	RUN(&r, "spdm", "create", "--version", "x", f.report);
	ck_assert(r.status == 2 && run_has(&r.err, "must be a number"));
}
END_TEST

START_TEST(checks_values)
{
	AUTO_DONE(files_done) struct files f = make(0x12, SPDM_P256, 7);
	AUTO_DONE(run_done) struct run r = { 0 };

	RUN(&r, "spdm", "check", f.values);
	ck_assert_int_eq(r.status, 0);
	ck_assert(run_has(&r.out, ": gpu version 3, 6 measurements\n"));
	RUN(&r, "spdm", "check", f.values, f.chain);
	ck_assert_int_eq(r.status, 3);
}
END_TEST

START_TEST(misused)
{
	AUTO_DONE(run_done) struct run r = { 0 };

	RUN(&r, "spdm");
	ck_assert_int_eq(r.status, 2);
	RUN(&r, "spdm", "sing", "x");
	ck_assert_int_eq(r.status, 2);
	RUN(&r, "spdm", "show");
	ck_assert_int_eq(r.status, 2);
	RUN(&r, "spdm", "verify", "--nonce", NONCE, "--root", NONCE, "x");
	ck_assert(r.status == 2 && run_has(&r.err, "--chain"));
	RUN(&r, "spdm", "verify", "--chain", "x", "--root", NONCE, "x");
	ck_assert(r.status == 2 && run_has(&r.err, "--nonce"));
	RUN(&r, "spdm", "verify", "--chain", "x", "--nonce", NONCE,
	    "--challenge", CHALLENGE, "--root", NONCE, "x");
	ck_assert(r.status == 2 && run_has(&r.err, "--nonce"));
	RUN(&r, "spdm", "verify", "--chain", "x", "--nonce", NONCE, "x");
	ck_assert(r.status == 2 && run_has(&r.err, "--root"));
	RUN(&r, "spdm", "verify", "--chain", "x", "--challenge", CHALLENGE,
	    "--root", NONCE, "x");
	ck_assert(r.status == 2 && run_has(&r.err, "--component"));
	RUN(&r, "spdm", "verify", "--chain", "x", "--nonce", "00", "--root",
	    NONCE, "x");
	ck_assert(r.status == 2 && run_has(&r.err, "64 hex digits"));
	RUN(&r, "spdm", "--help");
	ck_assert_int_eq(r.status, 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("attestctl spdm");
	TCase *t = tcase_create("spdm");

	tcase_add_test(t, shows);
	tcase_add_test(t, verifies);
	tcase_add_test(t, does_not_verify);
	tcase_add_test(t, known_devices);
	tcase_add_test(t, told_algorithms);
	tcase_add_test(t, takes_json);
	tcase_add_test(t, creates_values);
	tcase_add_test(t, checks_values);
	tcase_add_test(t, misused);
	suite_add_tcase(s, t);
	return run_suite(s);
}
