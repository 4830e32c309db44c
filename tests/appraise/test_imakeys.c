#include "testlib.h"

#include <openssl/evp.h>
#include <openssl/pem.h>

#include "appraise/imakeys.h"
#include "tests/eventlog/ima_sig_vectors.h"

static struct att_hasher *h;

static struct att_ima_keys *
keys(json_t *list)
{
	struct att_ima_keys *k = NULL;

	ck_assert_ptr_nonnull(list);
	ok(att_ima_keys_parse(list, &k, err));
	json_decref(list);
	return k;
}

/* A file by its digest, and the field of its signature. */
struct file {
	struct att_buf digest, sig;
	struct att_ima_digest d;
};

static struct file
file_of(uint16_t alg, const char *digest, const char *sig)
{
	struct file f = { .digest = ATT_BUF(64), .sig = ATT_BUF(4096) };

	ok(att_hex_decode(S(digest), &f.digest, err));
	ok(att_hex_decode(S(sig), &f.sig, err));
	f.d = (struct att_ima_digest){ .alg = alg,
		.digest = att_buf_view(&f.digest) };
	return f;
}

static void
file_done(struct file *f)
{
	att_buf_done(&f->digest);
	att_buf_done(&f->sig);
}

static struct att_ima_vouch
vouch(const struct att_ima_keys *k, const struct file *f)
{
	struct att_ima_vouch v;

	ok(att_ima_keys_verify(k, att_buf_view(&f->sig), &f->d, h, &v, err));
	ck_assert((v.worth == ATT_IMA_SIGNED_GOOD ||
	    v.worth == ATT_IMA_UNSIGNED) == (v.why.code == 0));
	return v;
}

static json_t *
all(void)
{
	return json_pack("[{s:s},{s:s},{s:s},{s:s,s:n}]", "pem", RSA_PUBLIC,
	    "pem", P256_PUBLIC, "pem", P384_CERT, "pem", OWN_ID_CERT, "id");
}

/* Those of evmctl. */
static const struct {
	uint16_t alg;
	const char *digest, *sig;
	unsigned cost;
} signed_files[] = {
	{ ATT_ALG_SHA256, RSA256_DIGEST, RSA256_SIG, 1 },
	{ ATT_ALG_SHA512, RSA512_DIGEST, RSA512_SIG, 1 },
	{ ATT_ALG_SHA256, P256_DIGEST, P256_SIG, 1 },
	{ ATT_ALG_SHA384, P384_DIGEST, P384_SIG, 12 },
	{ ATT_ALG_SHA256, OWN_DIGEST, OWN_SIG, 1 },
};

START_TEST(good_signatures)
{
	AUTO(att_ima_keys_free) struct att_ima_keys *k = keys(all());

	ck_assert_uint_eq(att_ima_keys_count(k), 4);
	for (size_t i = 0; i < ATT_COUNT(signed_files); i++) {
		AUTO_DONE(file_done) struct file f = file_of(
		    signed_files[i].alg, signed_files[i].digest,
		    signed_files[i].sig);
		struct att_ima_vouch v = vouch(k, &f);

		ck_assert_msg(v.worth == ATT_IMA_SIGNED_GOOD, "%zu: %s", i,
		    v.why.text);
		ck_assert_uint_eq(v.cost, signed_files[i].cost);
	}
}
END_TEST

/* No bit of digest or signature can be another. */
START_TEST(every_flip_is_seen)
{
	AUTO(att_ima_keys_free) struct att_ima_keys *k = keys(all());
	AUTO_DONE(file_done) struct file f = file_of(signed_files[_i].alg,
	    signed_files[_i].digest, signed_files[_i].sig);

	for (size_t bit = 0; bit < 8 * f.digest.len; bit += 5) {
		f.digest.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		ck_assert_int_eq(vouch(k, &f).worth, ATT_IMA_SIGNED_BAD);
		f.digest.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	for (size_t bit = 0; bit < 8 * f.sig.len; bit++) {
		enum att_ima_worth want = bit < 3 * 8 || bit >= 7 * 8 ?
		    ATT_IMA_SIGNED_BAD : ATT_IMA_SIGNED_STRANGER;

		f.sig.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		ck_assert_int_le(vouch(k, &f).worth, want);
		f.sig.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	ck_assert_int_eq(vouch(k, &f).worth, ATT_IMA_SIGNED_GOOD);
}
END_TEST

START_TEST(what_does_not_count)
{
	AUTO(att_ima_keys_free) struct att_ima_keys *k = keys(all());
	AUTO(att_ima_keys_free) struct att_ima_keys *none = keys(json_array());
	AUTO(att_ima_keys_free) struct att_ima_keys *swapped = keys(
	    json_pack("[{s:s,s:s}]", "pem", P256_PUBLIC, "id", "C18092E1"));
	AUTO_DONE(file_done) struct file f = file_of(ATT_ALG_SHA256,
	    RSA256_DIGEST, RSA256_SIG);
	AUTO_DONE(file_done) struct file evm = file_of(ATT_ALG_SHA256,
	    RSA256_DIGEST, RSA256_SIG);
	AUTO_DONE(file_done) struct file old = file_of(ATT_ALG_SHA1,
	    RSA1_DIGEST, RSA1_SIG);
	AUTO_DONE(file_done) struct file bare = file_of(ATT_ALG_SHA256,
	    RSA256_DIGEST, "");
	struct att_ima_vouch v = vouch(none, &f);

	ck_assert_int_eq(v.worth, ATT_IMA_SIGNED_STRANGER);
	ck_assert_uint_eq(v.cost, 0);
	ck_assert_str_eq(v.why.text, "no key c18092e1 is in the policy");
	ck_assert_int_eq(vouch(k, &bare).worth, ATT_IMA_UNSIGNED);
	ck_assert_int_eq(vouch(k, &old).worth, ATT_IMA_SIGNED_OTHER);
	/* another key, of another kind, by the same name */
	v = vouch(swapped, &f);
	ck_assert_int_eq(v.worth, ATT_IMA_SIGNED_BAD);
	ck_assert_ptr_nonnull(strstr(v.why.text, "key c18092e1"));
	evm.sig.data[0] = 5;
	ck_assert_int_eq(vouch(k, &evm).worth, ATT_IMA_SIGNED_OTHER);
	/* a digest of the same bytes, of another kind */
	f.d.verity = true;
	ck_assert_int_eq(vouch(k, &f).worth, ATT_IMA_SIGNED_BAD);
	f.d.verity = false;
	f.d.alg = ATT_ALG_SM3;
	v = vouch(k, &f);
	ck_assert_int_eq(v.worth, ATT_IMA_SIGNED_BAD);
	ck_assert_uint_eq(v.cost, 0);
}
END_TEST

/* Signs type, algorithm and digest, as the kernel hashes them. */
static void
sign_v3(EVP_PKEY *key, uint8_t type, const uint8_t digest[32],
    struct att_buf *ret)
{
	AUTO_DONE(att_buf_done) struct att_buf id = ATT_BUF(64);
	uint8_t sig[512];
	size_t len = sizeof(sig);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	att_buf_u8(&id, type);
	att_buf_u8(&id, 4);
	att_buf_bytes(&id, digest, 32);
	ck_assert_int_eq(EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL,
	    key), 1);
	ck_assert_int_eq(EVP_DigestSign(ctx, sig, &len, id.data, id.len), 1);
	EVP_MD_CTX_free(ctx);
	att_buf_reset(ret);
	att_buf_u8(ret, type);
	att_buf_u8(ret, 3);
	att_buf_u8(ret, 4);
	att_buf_be32(ret, 0x12345678);
	att_buf_be16(ret, (uint16_t)len);
	att_buf_bytes(ret, sig, len);
}

START_TEST(version_3)
{
	EVP_PKEY *key = _i == 0 ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256");
	BIO *bio = BIO_new(BIO_s_mem());
	AUTO_DONE(file_done) struct file f = file_of(ATT_ALG_SHA256,
	    RSA256_DIGEST, "");
	AUTO(att_ima_keys_free) struct att_ima_keys *k = NULL;
	char *text;
	long len;

	ck_assert_int_eq(PEM_write_bio_PUBKEY(bio, key), 1);
	len = BIO_get_mem_data(bio, &text);
	k = keys(json_pack("[{s:s%,s:s}]", "pem", text, (size_t)len, "id",
	    "12345678"));
	BIO_free(bio);
	for (int verity = 0; verity < 2; verity++) {
		sign_v3(key, verity ? 6 : 3, f.digest.data, &f.sig);
		f.d.verity = verity;
		ck_assert_int_eq(vouch(k, &f).worth, ATT_IMA_SIGNED_GOOD);
		f.d.verity = !verity;
		ck_assert_int_eq(vouch(k, &f).worth, ATT_IMA_SIGNED_BAD);
		/* what was signed has the type in it */
		f.sig.data[0] ^= 3 ^ 6;
		ck_assert_int_eq(vouch(k, &f).worth, ATT_IMA_SIGNED_BAD);
		f.sig.data[0] = 3;
		f.sig.data[1] = 2;
		f.d.verity = false;
		ck_assert_int_eq(vouch(k, &f).worth, ATT_IMA_SIGNED_BAD);
	}
	EVP_PKEY_free(key);
}
END_TEST

#define P521_PUBLIC                                                          \
	"-----BEGIN PUBLIC KEY-----\n"                                       \
	"MIGbMBAGByqGSM49AgEGBSuBBAAjA4GGAAQBEjkJqx0robo9Ht5eW+9rfHlOCBcy\n" \
	"NrNEURTfWNMnVW24wJMUoirhesmVX129M6wtQWXsDqsAGbhvQSfsM+R1oeYA6WKa\n" \
	"hFnKtfzP6gbaxQEPG4WLDk+8uvSLwkWDSQeBUcg3ywb0a2/spfRcNeYAJFxCAGoe\n" \
	"0svdkgIdEw4eJjuso8c=\n"                                             \
	"-----END PUBLIC KEY-----\n"

START_TEST(refuses)
{
	const struct {
		json_t *list;
		const char *word;
		int code;
	} bad[] = {
		{ json_object(), "array", ATT_E_FORMAT },
		{ json_pack("[s]", RSA_PUBLIC), "key 0: must be an object",
		    ATT_E_FORMAT },
		{ json_pack("[{}]"), "pem", ATT_E_FORMAT },
		{ json_pack("[{s:i}]", "pem", 1), "pem", ATT_E_FORMAT },
		{ json_pack("[{s:s,s:s}]", "pem", RSA_PUBLIC, "name", "x"),
		    "name", ATT_E_FORMAT },
		{ json_pack("[{s:s}]", "pem", ""), "there are 0",
		    ATT_E_FORMAT },
		{ json_pack("[{s:s}]", "pem", RSA_PUBLIC P256_PUBLIC),
		    "there are 2", ATT_E_FORMAT },
		{ json_pack("[{s:s}]", "pem", RSA_PUBLIC P384_CERT),
		    "there are 2", ATT_E_FORMAT },
		{ json_pack("[{s:s}]", "pem", P384_CERT OWN_ID_CERT),
		    "there are 2", ATT_E_FORMAT },
		{ json_pack("[{s:s}]", "pem", "-----BEGIN PUBLIC KEY-----\n"
		    "AAAA\n-----END PUBLIC KEY-----\n"),
		    "SubjectPublicKeyInfo", ATT_E_FORMAT },
		{ json_pack("[{s:s}]", "pem", "-----BEGIN CERTIFICATE-----\n"
		    "AAAA\n-----END CERTIFICATE-----\n"), "certificate",
		    ATT_E_FORMAT },
		{ json_pack("[{s:s}]", "pem", P521_PUBLIC), "P-256",
		    ATT_E_UNSUPPORTED },
		{ json_pack("[{s:s,s:s}]", "pem", RSA_PUBLIC, "id", "123"),
		    "8 hex digits", ATT_E_FORMAT },
		{ json_pack("[{s:s,s:s}]", "pem", RSA_PUBLIC, "id",
		    "1234567g"), "hex", ATT_E_FORMAT },
		{ json_pack("[{s:s,s:i}]", "pem", RSA_PUBLIC, "id", 1), "id",
		    ATT_E_FORMAT },
		{ json_pack("[{s:s},{s:s}]", "pem", RSA_PUBLIC, "pem",
		    RSA_PUBLIC), "key 1: there is another key c18092e1",
		    ATT_E_FORMAT },
		{ json_pack("[{s:s,s:s},{s:s}]", "pem", P256_PUBLIC, "id",
		    "00c0ffee", "pem", OWN_ID_CERT), "another key 00c0ffee",
		    ATT_E_FORMAT },
	};
	struct att_ima_keys *k = NULL;

	for (size_t i = 0; i < ATT_COUNT(bad); i++) {
		ck_assert_ptr_nonnull(bad[i].list);
		fails(att_ima_keys_parse(bad[i].list, &k, err), bad[i].code,
		    bad[i].word);
		json_decref(bad[i].list);
	}
	ck_assert_ptr_null(k);
}
END_TEST

START_TEST(limits)
{
	AUTO(att_json_decref) json_t *list = json_array();
	AUTO_DONE(att_buf_done) struct att_buf pem = ATT_BUF(1u << 17);
	struct att_ima_keys *k = NULL;
	char id[9];

	for (int i = 0; i < ATT_IMA_KEYS_MAX; i++) {
		snprintf(id, sizeof(id), "%08x", i);
		ok(att_json_add(list, json_pack("{s:s,s:s}", "pem",
		    P256_PUBLIC, "id", id), err));
	}
	ok(att_ima_keys_parse(list, &k, err));
	ck_assert_uint_eq(att_ima_keys_count(k), ATT_IMA_KEYS_MAX);
	att_ima_keys_free(take(&k));
	ok(att_json_add(list, json_pack("{s:s}", "pem", P256_PUBLIC), err));
	fails(att_ima_keys_parse(list, &k, err), ATT_E_LIMIT, "65 keys");
	for (int more = 0; more < 2; more++) {
		AUTO(att_json_decref) json_t *one = NULL;

		att_buf_reset(&pem);
		att_buf_fill(&pem, '\n', ATT_IMA_KEY_PEM_MAX -
		    strlen(P256_PUBLIC) + (size_t)more);
		att_buf_str(&pem, P256_PUBLIC);
		one = json_pack("[{s:s%}]", "pem", pem.data, pem.len);
		if (more)
			fails(att_ima_keys_parse(one, &k, err), ATT_E_LIMIT,
			    "at most 32768");
		else
			ok(att_ima_keys_parse(one, &k, err));
		att_ima_keys_free(take(&k));
	}
}
END_TEST

static void
setup(void)
{
	h = att_hasher_new();
	ck_assert_ptr_nonnull(h);
}

static void
teardown(void)
{
	att_hasher_free(h);
}

int
main(void)
{
	Suite *s = suite_create("imakeys");
	TCase *t = tcase_create("imakeys");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, good_signatures);
	tcase_add_loop_test(t, every_flip_is_seen, 0,
	    ATT_COUNT(signed_files));
	tcase_add_test(t, what_does_not_count);
	tcase_add_loop_test(t, version_3, 0, 2);
	tcase_add_test(t, refuses);
	tcase_add_test(t, limits);
	suite_add_tcase(s, t);
	return run_suite(s);
}
