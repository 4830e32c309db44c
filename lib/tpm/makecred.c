#include "tpm/makecred.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <string.h>

#include "crypto/hmac.h"
#include "crypto/ossl.h"
#include "crypto/random.h"

#define AES_BLOCK 16

/* Labels of Part 1, 24.4 and 24.5; the NUL is part of IDENTITY's. */
static const char LABEL_IDENTITY[] = "IDENTITY";
static const char LABEL_STORAGE[] = "STORAGE";
static const char LABEL_INTEGRITY[] = "INTEGRITY";

/* A key, wiped when its scope ends. */
struct secret {
	size_t len;
	uint8_t bytes[ATT_DIGEST_MAX];
};

static void
secret_done(struct secret *s)
{
	explicit_bzero(s, sizeof(*s));
}

static struct att_slice
view(const struct secret *s)
{
	return (struct att_slice){ s->bytes, s->len };
}

static const char *
md_name(uint16_t alg)
{
	const EVP_MD *md = att_alg_evp(alg);

	return md == NULL ? "" : EVP_MD_get0_name(md);
}

/*
 * Parameters of OpenSSL's KDFs point to what they name, so that no key is
 * copied; its interface is not const, and only reads.
 */
static OSSL_PARAM
text_param(const char *name, const char *text)
{
	return OSSL_PARAM_construct_utf8_string(name,
	    (char *)(uintptr_t)text, 0);
}

static OSSL_PARAM
bytes_param(const char *name, struct att_slice s)
{
	return OSSL_PARAM_construct_octet_string(name,
	    (void *)(uintptr_t)s.data, s.len);
}

static int
derive(const char *name, const OSSL_PARAM *params, struct secret *ret,
    struct att_err *err)
{
	AUTO(EVP_KDF_free) EVP_KDF *kdf = EVP_KDF_fetch(NULL, name, NULL);
	AUTO(EVP_KDF_CTX_free) EVP_KDF_CTX *ctx = EVP_KDF_CTX_new(kdf);

	if (ctx == NULL ||
	    EVP_KDF_derive(ctx, ret->bytes, ret->len, params) != 1)
		return att_ossl_fail(err, name);
	return 0;
}

/*
 * KDFa (Part 1, 11.4.10.2): SP 800-108 in counter mode over HMAC, whose
 * separating zero byte is the label's NUL.
 */
static int
kdfa(uint16_t hash, const struct secret *key, const char *label,
    struct att_slice context, size_t len, struct secret *ret,
    struct att_err *err)
{
	const OSSL_PARAM params[] = {
		text_param(OSSL_KDF_PARAM_MODE, "counter"),
		text_param(OSSL_KDF_PARAM_MAC, "HMAC"),
		text_param(OSSL_KDF_PARAM_DIGEST, md_name(hash)),
		bytes_param(OSSL_KDF_PARAM_KEY, view(key)),
		bytes_param(OSSL_KDF_PARAM_SALT, att_slice_of(label)),
		context.len == 0 ? OSSL_PARAM_construct_end() :
				   bytes_param(OSSL_KDF_PARAM_INFO, context),
		OSSL_PARAM_construct_end(),
	};

	ret->len = len;
	return derive("KBKDF", params, ret, err);
}

/* KDFe (Part 1, 11.4.10.3): SP 800-56A over the shared x coordinate. */
static int
kdfe(uint16_t hash, struct att_slice z, struct att_slice info,
    struct secret *ret, struct att_err *err)
{
	const OSSL_PARAM params[] = {
		text_param(OSSL_KDF_PARAM_DIGEST, md_name(hash)),
		bytes_param(OSSL_KDF_PARAM_KEY, z),
		bytes_param(OSSL_KDF_PARAM_INFO, info),
		OSSL_PARAM_construct_end(),
	};

	ret->len = att_alg_size(hash);
	return derive("SSKDF", params, ret, err);
}

/* RSA EK: a random seed under OAEP (Part 1, B.10.3). */
static int
seed_rsa(EVP_PKEY *key, uint16_t hash, struct secret *ret_seed,
    struct att_buf *ret_enc, struct att_err *err)
{
	AUTO(EVP_PKEY_CTX_free)
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
	AUTO(att_openssl_free) uint8_t *label =
	    OPENSSL_memdup(LABEL_IDENTITY, sizeof(LABEL_IDENTITY));
	const EVP_MD *md = att_alg_evp(hash);
	uint8_t out[ATT_MAKECRED_SECRET_MAX];
	size_t len = sizeof(out);
	int r;

	ret_seed->len = att_alg_size(hash);
	if ((r = att_random(ret_seed->bytes, ret_seed->len, err)) < 0)
		return r;
	if (ctx == NULL || label == NULL || EVP_PKEY_encrypt_init(ctx) != 1 ||
	    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING) != 1 ||
	    EVP_PKEY_CTX_set_rsa_oaep_md(ctx, md) != 1 ||
	    EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, md) != 1 ||
	    EVP_PKEY_CTX_set0_rsa_oaep_label(ctx, label,
		sizeof(LABEL_IDENTITY)) != 1)
		return att_ossl_fail(err, "RSA-OAEP");
	(void)take(&label);	/* the context's now */
	if (EVP_PKEY_encrypt(ctx, out, &len, ret_seed->bytes,
		ret_seed->len) != 1)
		return att_ossl_fail(err, "RSA-OAEP");
	att_buf_bytes(ret_enc, out, len);
	return 0;
}

/* x and y of an EC key, each in the field's size; returns that size, 0: no. */
static size_t
coordinates(EVP_PKEY *key, uint8_t ret[static 2 * ATT_DIGEST_MAX])
{
	AUTO(BN_free) BIGNUM *x = NULL;
	AUTO(BN_free) BIGNUM *y = NULL;
	size_t field = (size_t)EVP_PKEY_get_bits(key) / 8;

	if (field > ATT_DIGEST_MAX ||
	    EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_EC_PUB_X, &x) != 1 ||
	    EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_EC_PUB_Y, &y) != 1 ||
	    BN_bn2binpad(x, ret, (int)field) < 0 ||
	    BN_bn2binpad(y, ret + field, (int)field) < 0)
		return 0;
	return field;
}

/* The x coordinate of ours times theirs. */
static int
agree(EVP_PKEY *ours, EVP_PKEY *theirs, struct secret *ret,
    struct att_err *err)
{
	AUTO(EVP_PKEY_CTX_free)
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, ours, NULL);

	ret->len = sizeof(ret->bytes);
	if (ctx == NULL || EVP_PKEY_derive_init(ctx) != 1 ||
	    EVP_PKEY_derive_set_peer(ctx, theirs) != 1 ||
	    EVP_PKEY_derive(ctx, ret->bytes, &ret->len) != 1)
		return att_ossl_fail(err, "ECDH");
	return 0;
}

/* ECC EK: one-pass ECDH with a key of this call (Part 1, C.6.4). */
static int
seed_ecc(EVP_PKEY *key, uint16_t hash, struct secret *ret_seed,
    struct att_buf *ret_enc, struct att_err *err)
{
	AUTO_DONE(secret_done) struct secret z = { 0 };
	AUTO_DONE(att_buf_done) struct att_buf info = ATT_BUF(256);
	AUTO(EVP_PKEY_free) EVP_PKEY *ours = NULL;
	uint8_t own[2 * ATT_DIGEST_MAX], peer[sizeof(own)];
	size_t field = coordinates(key, peer);
	char group[32];
	int r;

	if (field == 0 ||
	    EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) != 1 ||
	    (ours = EVP_EC_gen(group)) == NULL ||
	    coordinates(ours, own) != field)
		return att_ossl_fail(err, "ECDH");
	if ((r = agree(ours, key, &z, err)) < 0)
		return r;
	att_buf_bytes(&info, LABEL_IDENTITY, sizeof(LABEL_IDENTITY));
	att_buf_bytes(&info, own, field);
	att_buf_bytes(&info, peer, field);
	if ((r = att_buf_ok(&info, "KDFe", err)) < 0 ||
	    (r = kdfe(hash, view(&z), att_buf_view(&info), ret_seed, err)) < 0)
		return r;
	/* TPMS_ECC_POINT */
	att_buf_tpm2b(ret_enc, (struct att_slice){ own, field });
	att_buf_tpm2b(ret_enc, (struct att_slice){ own + field, field });
	return 0;
}

/* CFB with a zero IV, in place (Part 1, 24.4): each key is used once. */
static int
encipher(const struct secret *key, uint8_t *data, size_t len,
    struct att_err *err)
{
	static const uint8_t iv[AES_BLOCK];
	AUTO(EVP_CIPHER_CTX_free) EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	AUTO(EVP_CIPHER_free) EVP_CIPHER *aes = EVP_CIPHER_fetch(NULL,
	    key->len == 16 ? "AES-128-CFB" :
	    key->len == 24 ? "AES-192-CFB" : "AES-256-CFB", NULL);
	int out = 0;

	if (ctx == NULL || aes == NULL ||
	    EVP_EncryptInit_ex2(ctx, aes, key->bytes, iv, NULL) != 1 ||
	    EVP_EncryptUpdate(ctx, data, &out, data, (int)len) != 1 ||
	    (size_t)out != len)
		return att_ossl_fail(err, "AES-CFB");
	return 0;
}

/* The ID object: encIdentity and its HMAC (Part 1, 24.4 and 24.5). */
static int
protect(const struct att_tpm_public *ek, const struct secret *seed,
    struct att_slice name, struct att_slice secret, struct att_buf *ret,
    struct att_err *err)
{
	AUTO_DONE(att_buf_wipe) struct att_buf sealed =
	    ATT_BUF(2 + ATT_DIGEST_MAX + ATT_TPM_NAME_MAX);
	AUTO_DONE(secret_done) struct secret key = { 0 };
	uint16_t hash = ek->name_alg;
	struct att_digest mac;
	size_t len;
	int r;

	att_buf_tpm2b(&sealed, secret);
	if ((r = att_buf_ok(&sealed, "credential", err)) < 0)
		return r;
	len = sealed.len;
	if ((r = kdfa(hash, seed, LABEL_STORAGE, name, ek->sym.bits / 8, &key,
		 err)) < 0 ||
	    (r = encipher(&key, sealed.data, len, err)) < 0 ||
	    (r = kdfa(hash, seed, LABEL_INTEGRITY, (struct att_slice){ 0 },
		 att_alg_size(hash), &key, err)) < 0)
		return r;
	att_buf_slice(&sealed, name);
	if ((r = att_buf_ok(&sealed, "credential", err)) < 0 ||
	    (r = att_hmac(hash, view(&key), att_buf_view(&sealed), &mac,
		 err)) < 0)
		return r;
	att_buf_tpm2b(ret, att_digest_view(&mac));
	att_buf_bytes(ret, sealed.data, len);
	return 0;
}

int
att_makecred(const struct att_tpm_public *ek, struct att_slice ak_name,
    struct att_slice secret, struct att_buf *ret_id_object,
    struct att_buf *ret_enc_secret, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf id =
	    ATT_BUF(ATT_MAKECRED_ID_MAX);
	AUTO_DONE(att_buf_done) struct att_buf enc =
	    ATT_BUF(ATT_MAKECRED_SECRET_MAX);
	AUTO_DONE(secret_done) struct secret seed = { 0 };
	AUTO(att_pubkey_free) struct att_pubkey *key = NULL;
	int r;

	if ((r = att_tpm_public_check_ek(ek, err)) < 0)
		return r;
	if (secret.len == 0 || secret.len > att_alg_size(ek->name_alg))
		return att_err_set(err, ATT_E_USAGE,
		    "credential of %zu bytes, must be 1 to %zu", secret.len,
		    att_alg_size(ek->name_alg));
	if (ak_name.len > ATT_TPM_NAME_MAX)
		return att_err_set(err, ATT_E_USAGE,
		    "Name of %zu bytes, at most %d", ak_name.len,
		    ATT_TPM_NAME_MAX);
	if ((r = att_tpm_public_key(ek, &key, err)) < 0 ||
	    (r = (ek->type == ATT_TPM_ALG_RSA ? seed_rsa : seed_ecc)(
		 att_pubkey_evp(key), ek->name_alg, &seed, &enc, err)) < 0 ||
	    (r = protect(ek, &seed, ak_name, secret, &id, err)) < 0 ||
	    (r = att_buf_ok(&id, "credential", err)) < 0 ||
	    (r = att_buf_ok(&enc, "credential", err)) < 0)
		return r;
	att_buf_slice(ret_id_object, att_buf_view(&id));
	att_buf_slice(ret_enc_secret, att_buf_view(&enc));
	if ((r = att_buf_ok(ret_id_object, "credential", err)) < 0)
		return r;
	return att_buf_ok(ret_enc_secret, "credential", err);
}
