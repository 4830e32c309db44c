/*
 * att_makecred without a TPM: what it seals is opened here, RSA step by step
 * with the private key of an EK that the test makes.
 */
#include "testlib.h"

#include <openssl/rsa.h>

#include "crypto/hmac.h"
#include "crypto/ossl.h"
#include "evidence/tpm_public.h"
#include "tests/evidence/tpm_testlib.h"
#include "tpm/makecred.h"

#define ID_BUF ATT_BUF(ATT_MAKECRED_ID_MAX)
#define ENC_BUF ATT_BUF(ATT_MAKECRED_SECRET_MAX)

/* KDFa of at most one digest: one HMAC (Part 1, 11.4.10.2). */
static struct att_digest
kdfa(struct att_slice key, const char *label, struct att_slice context,
    uint32_t bits)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(256);
	struct att_digest d;

	att_buf_be32(&b, 1);
	att_buf_str(&b, label);
	att_buf_u8(&b, 0);
	att_buf_slice(&b, context);
	att_buf_be32(&b, bits);
	ok(att_hmac(ATT_ALG_SHA256, key, att_buf_view(&b), &d, err));
	d.len = (uint16_t)(bits / 8);
	return d;
}

static size_t
open_seed(EVP_PKEY *key, struct att_slice enc, uint8_t ret[static 256])
{
	AUTO(EVP_PKEY_CTX_free) EVP_PKEY_CTX *ctx =
	    EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
	size_t len = 256;

	ck_assert_int_eq(EVP_PKEY_decrypt_init(ctx), 1);
	ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_padding(ctx,
	    RSA_PKCS1_OAEP_PADDING), 1);
	ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_oaep_md(ctx, EVP_sha256()), 1);
	ck_assert_int_eq(EVP_PKEY_CTX_set0_rsa_oaep_label(ctx,
	    OPENSSL_memdup("IDENTITY", 9), 9), 1);
	ck_assert_int_eq(EVP_PKEY_decrypt(ctx, ret, &len, enc.data, enc.len),
	    1);
	return len;
}

static struct bytes
decipher(const struct att_digest *key, struct att_slice data)
{
	static const uint8_t iv[16];
	AUTO(EVP_CIPHER_CTX_free) EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	struct bytes b = { 0 };
	int out = 0;

	ck_assert_int_eq(EVP_DecryptInit_ex2(ctx, EVP_aes_128_cfb128(),
	    key->bytes, iv, NULL), 1);
	ck_assert_int_eq(EVP_DecryptUpdate(ctx, b.data, &out, data.data,
	    (int)data.len), 1);
	b.len = (size_t)out;
	return b;
}

/* The EK of the vectors with another modulus. */
static struct att_tpm_public
ek_of(EVP_PKEY *key, struct bytes *vector, struct bytes *n)
{
	AUTO(BN_free) BIGNUM *bn = NULL;
	struct att_tpm_public p;

	*vector = unhex(EK_RSA_PUBLIC);
	ok(att_tpm_public_parse_2b(V(vector), &p, err));
	ck_assert_int_eq(EVP_PKEY_get_bn_param(key, "n", &bn), 1);
	n->len = (size_t)BN_bn2bin(bn, n->data);
	p.rsa_n = V(n);
	return p;
}

START_TEST(opened_step_by_step)
{
	AUTO(EVP_PKEY_free) EVP_PKEY *key = EVP_RSA_gen(2048);
	AUTO_DONE(att_buf_done) struct att_buf id = ID_BUF;
	AUTO_DONE(att_buf_done) struct att_buf enc = ENC_BUF;
	AUTO_DONE(att_buf_done) struct att_buf covered = ATT_BUF(256);
	struct bytes vector, n, name = unhex(RSA_NAME), plain;
	struct att_tpm_public ek = ek_of(key, &vector, &n);
	struct att_digest sym, mac_key, mac;
	struct att_slice got_mac, seed;
	uint8_t seed_bytes[256];
	struct att_cur c;

	ok(att_makecred(&ek, V(&name), S("a secret"), &id, &enc, err));
	ck_assert_uint_eq(id.len, 2 + 32 + 2 + 8);
	ck_assert_uint_eq(enc.len, 256);
	seed = (struct att_slice){ seed_bytes,
		open_seed(key, att_buf_view(&enc), seed_bytes) };
	ck_assert_uint_eq(seed.len, 32);
	c = att_cur_of(att_buf_view(&id));
	ck_assert(att_cur_tpm2b(&c, &got_mac));
	mac_key = kdfa(seed, "INTEGRITY", (struct att_slice){ 0 }, 256);
	att_buf_slice(&covered, att_cur_rest(&c));
	att_buf_slice(&covered, V(&name));
	ok(att_hmac(ATT_ALG_SHA256, att_digest_view(&mac_key),
	    att_buf_view(&covered), &mac, err));
	ck_assert(att_slice_equal(att_digest_view(&mac), got_mac));
	sym = kdfa(seed, "STORAGE", V(&name), 128);
	plain = decipher(&sym, att_cur_rest(&c));
	ck_assert_uint_eq(plain.len, 10);
	ck_assert_int_eq(memcmp(plain.data, "\0\x08" "a secret", 10), 0);
}
END_TEST

START_TEST(no_two_are_alike)
{
	static const char *const eks[] = { EK_RSA_PUBLIC, EK_P256_PUBLIC,
		EK_P384_PUBLIC };
	static const size_t enc_len[] = { 256, 2 * (2 + 32), 2 * (2 + 48) };
	struct bytes b = unhex(eks[_i]), name = unhex(P256_NAME);
	AUTO_DONE(att_buf_done) struct att_buf id = ID_BUF;
	AUTO_DONE(att_buf_done) struct att_buf id2 = ID_BUF;
	AUTO_DONE(att_buf_done) struct att_buf enc = ENC_BUF;
	AUTO_DONE(att_buf_done) struct att_buf enc2 = ENC_BUF;
	struct att_tpm_public ek;
	size_t digest;

	ok(att_tpm_public_parse_2b(V(&b), &ek, err));
	digest = att_alg_size(ek.name_alg);
	ok(att_makecred(&ek, V(&name), S("secret"), &id, &enc, err));
	ok(att_makecred(&ek, V(&name), S("secret"), &id2, &enc2, err));
	ck_assert_uint_eq(id.len, 2 + digest + 2 + 6);
	ck_assert_uint_eq(enc.len, enc_len[_i]);
	ck_assert(!att_slice_equal(att_buf_view(&id), att_buf_view(&id2)));
	ck_assert(!att_slice_equal(att_buf_view(&enc), att_buf_view(&enc2)));
}
END_TEST

START_TEST(what_is_refused)
{
	struct bytes b = unhex(EK_RSA_PUBLIC), ak = unhex(RSA_PUBLIC);
	struct bytes name = unhex(RSA_NAME);
	AUTO_DONE(att_buf_done) struct att_buf id = ID_BUF;
	AUTO_DONE(att_buf_done) struct att_buf enc = ENC_BUF;
	AUTO_DONE(att_buf_done) struct att_buf small = ATT_BUF(255);
	uint8_t long_secret[33] = { 0 };
	uint8_t long_name[ATT_TPM_NAME_MAX + 1] = { 0 };
	struct att_tpm_public p;

	ok(att_tpm_public_parse_2b(V(&ak), &p, err));
	fails(att_makecred(&p, V(&name), S("s"), &id, &enc, err),
	    ATT_E_DENIED, "EK attributes");
	ok(att_tpm_public_parse_2b(V(&b), &p, err));
	fails(att_makecred(&p, V(&name), S(""), &id, &enc, err), ATT_E_USAGE,
	    "0 bytes");
	fails(att_makecred(&p, V(&name), (struct att_slice){ long_secret,
	    33 }, &id, &enc, err), ATT_E_USAGE, "33 bytes");
	fails(att_makecred(&p, (struct att_slice){ long_name,
	    sizeof(long_name) }, S("s"), &id, &enc, err), ATT_E_USAGE,
	    "Name");
	ck_assert_uint_eq(id.len + enc.len, 0);
	fails(att_makecred(&p, V(&name), S("s"), &id, &small, err),
	    ATT_E_LIMIT, "credential");
	att_buf_reset(&id);
	ok(att_makecred(&p, V(&name), (struct att_slice){ long_secret, 32 },
	    &id, &enc, err));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("makecred");
	TCase *t = tcase_create("makecred");

	tcase_add_test(t, opened_step_by_step);
	tcase_add_loop_test(t, no_two_are_alike, 0, 3);
	tcase_add_test(t, what_is_refused);
	suite_add_tcase(s, t);
	return run_suite(s);
}
