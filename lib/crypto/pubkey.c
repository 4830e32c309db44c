#include "crypto/pubkey.h"

#include <limits.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <string.h>

#include "crypto/ossl.h"
#include "crypto/pem.h"

static const struct {
	enum att_curve curve;
	unsigned bits;
	const char *name;	/* as NIST has it */
	const char *group;	/* as EVP_PKEY_get_group_name has it */
} curves[] = {
	{ ATT_CURVE_P256, 256, "P-256", SN_X9_62_prime256v1 },
	{ ATT_CURVE_P384, 384, "P-384", SN_secp384r1 },
};
#define FIELD_MAX 48	/* bytes: P-384 */

struct att_pubkey {
	EVP_PKEY *evp;
	enum att_key_kind kind;
	enum att_curve curve;
	unsigned bits;
	/* what it was built from: modulus and exponent, or x || y */
	uint32_t exponent;
	uint8_t number[ATT_RSA_BITS_MAX / 8];
};

void
att_pubkey_free(struct att_pubkey *k)
{
	if (k == NULL)
		return;
	EVP_PKEY_free(k->evp);
	free(k);
}

/* The one maker: every key, however it came, is built from its numbers. */
static int
build(const char *type, OSSL_PARAM_BLD *bld, const struct att_pubkey *like,
    struct att_pubkey **ret, struct att_err *err)
{
	AUTO(OSSL_PARAM_free)
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(bld);
	AUTO(EVP_PKEY_CTX_free)
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	AUTO(att_pubkey_free) struct att_pubkey *k = malloc(sizeof(*k));

	if (k == NULL)
		return att_err_nomem(err);
	*k = *like;
	if (params == NULL || ctx == NULL || EVP_PKEY_fromdata_init(ctx) != 1)
		return att_ossl_fail(err, "public key");
	if (EVP_PKEY_fromdata(ctx, &k->evp, EVP_PKEY_PUBLIC_KEY, params) != 1)
		return att_ossl_refuse(err, ATT_E_FORMAT,
		    "public key: not a point on the curve");
	*ret = take(&k);
	return 0;
}

int
att_pubkey_from_rsa(struct att_slice n, uint32_t e, struct att_pubkey **ret,
    struct att_err *err)
{
	struct att_pubkey k = { .kind = ATT_KEY_RSA,
		.bits = (unsigned)ATT_MIN(n.len, ATT_SPKI_MAX) * 8 };
	AUTO(OSSL_PARAM_BLD_free) OSSL_PARAM_BLD *bld = NULL;
	AUTO(BN_free) BIGNUM *bn = NULL;

	if (k.bits < ATT_RSA_BITS_MIN || k.bits > ATT_RSA_BITS_MAX)
		return att_err_set(err, ATT_E_UNSUPPORTED,
		    "RSA key of %u bits, %d to %d are taken", k.bits,
		    ATT_RSA_BITS_MIN, ATT_RSA_BITS_MAX);
	if ((n.data[0] & 0x80) == 0 || (n.data[n.len - 1] & 1) == 0)
		return att_err_set(err, ATT_E_FORMAT,
		    "RSA modulus is even, or shorter than its bytes");
	if (e < ATT_RSA_EXPONENT || (e & 1) == 0)
		return att_err_set(err, ATT_E_FORMAT,
		    "RSA exponent %u, must be odd and at least %u", e,
		    ATT_RSA_EXPONENT);
	k.exponent = e;
	memcpy(k.number, n.data, n.len);
	bld = OSSL_PARAM_BLD_new();
	bn = BN_bin2bn(n.data, (int)n.len, NULL);
	if (bld == NULL || bn == NULL ||
	    OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_N, bn) != 1 ||
	    OSSL_PARAM_BLD_push_uint32(bld, OSSL_PKEY_PARAM_RSA_E, e) != 1)
		return att_ossl_fail(err, "RSA key");
	return build("RSA", bld, &k, ret, err);
}

/* Index into curves[], or -1. */
static int
find_curve(enum att_curve curve)
{
	for (size_t i = 0; i < ATT_COUNT(curves); i++)
		if (curves[i].curve == curve)
			return (int)i;
	return -1;
}

int
att_pubkey_from_ec(enum att_curve curve, struct att_slice x,
    struct att_slice y, struct att_pubkey **ret, struct att_err *err)
{
	AUTO(OSSL_PARAM_BLD_free) OSSL_PARAM_BLD *bld = NULL;
	uint8_t point[1 + 2 * FIELD_MAX] = { POINT_CONVERSION_UNCOMPRESSED };
	struct att_pubkey k = { .kind = ATT_KEY_EC, .curve = curve };
	int i = find_curve(curve);
	size_t field;

	if (i < 0)
		return att_err_set(err, ATT_E_UNSUPPORTED,
		    "curve 0x%04x is not taken, only P-256 and P-384", curve);
	k.bits = curves[i].bits;
	field = k.bits / 8;
	if (x.len == 0 || y.len == 0 || x.len > field || y.len > field)
		return att_err_set(err, ATT_E_FORMAT,
		    "coordinates of %zu and %zu bytes, %s has 1 to %zu", x.len,
		    y.len, curves[i].name, field);
	memcpy(point + 1 + field - x.len, x.data, x.len);
	memcpy(point + 1 + 2 * field - y.len, y.data, y.len);
	memcpy(k.number, point + 1, 2 * field);
	bld = OSSL_PARAM_BLD_new();
	if (bld == NULL ||
	    OSSL_PARAM_BLD_push_utf8_string(bld, OSSL_PKEY_PARAM_GROUP_NAME,
		curves[i].name, 0) != 1 ||
	    OSSL_PARAM_BLD_push_octet_string(bld, OSSL_PKEY_PARAM_PUB_KEY,
		point, 1 + 2 * field) != 1)
		return att_ossl_fail(err, "EC key");
	return build("EC", bld, &k, ret, err);
}

/* A number of the key, big-endian; 0 if it is larger than `max`. */
static size_t
get_number(const EVP_PKEY *evp, const char *name, uint8_t *ret, size_t max)
{
	AUTO(BN_free) BIGNUM *bn = NULL;

	if (EVP_PKEY_get_bn_param(evp, name, &bn) != 1 ||
	    (size_t)BN_num_bytes(bn) > max)
		return 0;
	return (size_t)BN_bn2bin(bn, ret);
}

static int
copy_rsa(const EVP_PKEY *evp, struct att_pubkey **ret, struct att_err *err)
{
	uint8_t n[ATT_RSA_BITS_MAX / 8], e[4];
	size_t n_len = get_number(evp, OSSL_PKEY_PARAM_RSA_N, n, sizeof(n));
	size_t e_len = get_number(evp, OSSL_PKEY_PARAM_RSA_E, e, sizeof(e));
	uint32_t v = 0;

	if ((n_len == 0 || e_len == 0) && att_ossl_no_memory())
		return att_err_nomem(err);
	if (n_len == 0 || e_len == 0)
		return att_err_set(err, ATT_E_UNSUPPORTED,
		    "RSA key of %d bits, or its exponent, is too large",
		    EVP_PKEY_get_bits(evp));
	for (size_t i = 0; i < e_len; i++)
		v = v << 8 | e[i];
	return att_pubkey_from_rsa((struct att_slice){ n, n_len }, v, ret,
	    err);
}

static int
copy_ec(const EVP_PKEY *evp, struct att_pubkey **ret, struct att_err *err)
{
	enum att_curve curve = ATT_CURVE_NONE;
	uint8_t x[FIELD_MAX], y[FIELD_MAX];
	char group[32] = "";
	struct att_slice sx = { x, 0 }, sy = { y, 0 };

	if (EVP_PKEY_get_group_name(evp, group, sizeof(group), NULL) == 1)
		for (size_t i = 0; i < ATT_COUNT(curves); i++)
			if (strcmp(curves[i].group, group) == 0)
				curve = curves[i].curve;
	if (curve == ATT_CURVE_NONE && att_ossl_no_memory())
		return att_err_nomem(err);
	if (curve == ATT_CURVE_NONE)
		return att_err_set(err, ATT_E_UNSUPPORTED,
		    "EC key on curve \"%s\", only P-256 and P-384 are taken",
		    group);
	sx.len = get_number(evp, OSSL_PKEY_PARAM_EC_PUB_X, x, sizeof(x));
	sy.len = get_number(evp, OSSL_PKEY_PARAM_EC_PUB_Y, y, sizeof(y));
	return att_pubkey_from_ec(curve, sx, sy, ret, err);
}

int
att_pubkey_from_evp(const void *key, struct att_pubkey **ret,
    struct att_err *err)
{
	const EVP_PKEY *evp = key;
	int r;

	if (EVP_PKEY_is_a(evp, "RSA"))
		r = copy_rsa(evp, ret, err);
	else if (EVP_PKEY_is_a(evp, "EC"))
		r = copy_ec(evp, ret, err);
	else if (att_ossl_no_memory())
		r = att_err_nomem(err);
	else
		r = att_err_set(err, ATT_E_UNSUPPORTED,
		    "key is neither RSA nor EC");
	ERR_clear_error();
	return r;
}

int
att_pubkey_from_der(struct att_slice spki, struct att_pubkey **ret,
    struct att_err *err)
{
	AUTO(EVP_PKEY_free) EVP_PKEY *evp = NULL;
	const uint8_t *p = spki.data;

	if (spki.len > ATT_SPKI_MAX)
		return att_err_set(err, ATT_E_LIMIT,
		    "public key of %zu bytes, at most %d are taken", spki.len,
		    ATT_SPKI_MAX);
	ERR_clear_error();
	if (spki.len == 0 || (evp = d2i_PUBKEY(NULL, &p, (long)spki.len)) ==
	    NULL)
		return att_ossl_refuse(err, ATT_E_FORMAT,
		    "not a SubjectPublicKeyInfo (RFC 5280, 4.1)");
	if (p != spki.data + spki.len)
		return att_err_set(err, ATT_E_TRAILING,
		    "bytes after the SubjectPublicKeyInfo");
	return att_pubkey_from_evp(evp, ret, err);
}

int
att_pubkey_from_pem(struct att_slice text, struct att_pubkey **ret,
    struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf der = ATT_BUF(ATT_SPKI_MAX);
	AUTO(att_pem_free) struct att_pem *pem = NULL;
	int r;

	if ((r = att_pem_open(text, &pem, err)) < 0 ||
	    (r = att_pem_next(pem, "PUBLIC KEY", &der, err)) < 0)
		return r;
	if (r == 0)
		return att_err_set(err, ATT_E_FORMAT,
		    "no \"PUBLIC KEY\" in the PEM text");
	return att_pubkey_from_der(att_buf_view(&der), ret, err);
}

enum att_key_kind
att_pubkey_kind(const struct att_pubkey *k)
{
	return k->kind;
}

unsigned
att_pubkey_bits(const struct att_pubkey *k)
{
	return k->bits;
}

enum att_curve
att_pubkey_curve(const struct att_pubkey *k)
{
	return k->curve;
}

void *
att_pubkey_evp(const struct att_pubkey *k)
{
	return k->evp;
}

int
att_pubkey_to_der(const struct att_pubkey *k, struct att_buf *ret,
    struct att_err *err)
{
	AUTO(att_openssl_free) uint8_t *der = NULL;
	int len = i2d_PUBKEY(k->evp, &der);

	if (len <= 0)
		return att_ossl_fail(err, "encoding a public key");
	att_buf_bytes(ret, der, (size_t)len);
	return att_buf_ok(ret, "public key", err);
}

int
att_pubkey_to_pem(const struct att_pubkey *k, struct att_buf *ret,
    struct att_err *err)
{
	AUTO(BIO_free_all) BIO *bio = BIO_new(BIO_s_mem());
	char *text;
	long len;

	if (bio == NULL || PEM_write_bio_PUBKEY(bio, k->evp) != 1 ||
	    (len = BIO_get_mem_data(bio, &text)) <= 0)
		return att_ossl_fail(err, "encoding a public key");
	att_buf_bytes(ret, text, (size_t)len);
	return att_buf_ok(ret, "public key", err);
}

bool
att_pubkey_equal(const struct att_pubkey *a, const struct att_pubkey *b)
{
	return a->kind == b->kind && EVP_PKEY_eq(a->evp, b->evp) == 1;
}

bool
att_pubkey_is_rsa(const struct att_pubkey *k, struct att_slice n, uint32_t e)
{
	return k->kind == ATT_KEY_RSA && k->exponent == e &&
	    n.len == k->bits / 8 && memcmp(k->number, n.data, n.len) == 0;
}

/* Equal to the number of `size` bytes but for leading zeros. */
static bool
is_number(const uint8_t *number, size_t size, struct att_slice s)
{
	if (s.len == 0 || s.len > size)
		return false;
	for (size_t i = 0; i < size - s.len; i++)
		if (number[i] != 0)
			return false;
	return memcmp(number + size - s.len, s.data, s.len) == 0;
}

bool
att_pubkey_is_ec(const struct att_pubkey *k, enum att_curve curve,
    struct att_slice x, struct att_slice y)
{
	size_t field = k->bits / 8;

	return k->kind == ATT_KEY_EC && k->curve == curve &&
	    is_number(k->number, field, x) &&
	    is_number(k->number + field, field, y);
}

/* r || s as the Ecdsa-Sig-Value (RFC 3279, 2.2.3) that OpenSSL takes. */
static int
ecdsa_to_der(struct att_slice raw, uint8_t **ret, struct att_err *err)
{
	AUTO(ECDSA_SIG_free) ECDSA_SIG *sig = ECDSA_SIG_new();
	size_t half = raw.len / 2;
	AUTO(BN_free) BIGNUM *r = BN_bin2bn(raw.data, (int)half, NULL);
	AUTO(BN_free) BIGNUM *s =
	    BN_bin2bn(raw.data + half, (int)half, NULL);
	int len;

	if (sig == NULL || r == NULL || s == NULL ||
	    ECDSA_SIG_set0(sig, r, s) != 1)
		return att_err_nomem(err);
	/* both belong to sig now */
	(void)take(&r);
	(void)take(&s);
	if ((len = i2d_ECDSA_SIG(sig, ret)) <= 0)
		return att_err_nomem(err);
	return len;
}

/* Somebody else's Ecdsa-Sig-Value: it must be as OpenSSL would write it. */
static int
ecdsa_check_der(struct att_slice sig, struct att_err *err)
{
	AUTO(ECDSA_SIG_free) ECDSA_SIG *s = NULL;
	AUTO(att_openssl_free) uint8_t *again = NULL;
	const uint8_t *at = sig.data;
	int len;

	ERR_clear_error();
	if (sig.len > INT_MAX ||
	    (s = d2i_ECDSA_SIG(NULL, &at, (long)sig.len)) == NULL)
		return att_ossl_refuse(err, ATT_E_SIGNATURE,
		    "signature does not verify: no Ecdsa-Sig-Value");
	if ((len = i2d_ECDSA_SIG(s, &again)) <= 0)
		return att_err_nomem(err);
	if ((size_t)len != sig.len || memcmp(again, sig.data, sig.len) != 0)
		return att_err_set(err, ATT_E_SIGNATURE,
		    "signature does not verify: its DER is not the shortest");
	return 0;
}

/* A context that is ready to verify, NULL if the library fails. */
static EVP_PKEY_CTX *
verifier(const struct att_pubkey *k, enum att_sig_scheme scheme,
    uint16_t hash)
{
	AUTO(EVP_PKEY_CTX_free)
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, k->evp, NULL);
	const EVP_MD *md = att_alg_evp(hash);

	if (ctx == NULL || EVP_PKEY_verify_init(ctx) != 1)
		return NULL;
	if (scheme == ATT_SIG_RSASSA &&
	    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) != 1)
		return NULL;
	if (scheme == ATT_SIG_RSAPSS &&
	    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) != 1)
		return NULL;
	if (EVP_PKEY_CTX_set_signature_md(ctx, md) != 1)
		return NULL;
	if (scheme == ATT_SIG_RSAPSS &&
	    (EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, md) != 1 ||
		EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_AUTO) !=
		    1))
		return NULL;
	return take(&ctx);
}

static int
verify_with(const struct att_pubkey *k, enum att_sig_scheme scheme,
    const struct att_digest *d, struct att_slice sig, struct att_err *err)
{
	AUTO(EVP_PKEY_CTX_free) EVP_PKEY_CTX *ctx = NULL;
	int r;

	/* what others left there says nothing of this one */
	ERR_clear_error();
	if ((ctx = verifier(k, scheme, d->alg)) == NULL)
		return att_ossl_fail(err, "preparing to verify");
	r = EVP_PKEY_verify(ctx, sig.data, sig.len, d->bytes, d->len);
	if (r == 1)
		return 0;
	/*
	 * ECDSA alone has less than 0, and not for DER that is in order: want
	 * of memory, of which OpenSSL 3.5 says nothing at a realloc
	 */
	if (r < 0)
		return att_ossl_fail(err, "verifying a signature");
	/* 0 stands for every failure within, so that only the queue tells */
	if (att_ossl_no_memory())
		return att_err_nomem(err);
	return att_err_set(err, ATT_E_SIGNATURE,
	    "signature does not verify");
}

/* PKCS #1 has no name for SM3 (RFC 8017, A.2.4), and OpenSSL refuses it. */
static int
check_hash(const struct att_pubkey *k, uint16_t hash, struct att_err *err)
{
	if (att_alg_evp(hash) == NULL)
		return att_err_set(err, ATT_E_UNSUPPORTED,
		    "digest algorithm 0x%04x is not available", hash);
	if (hash == ATT_ALG_SM3 && k->kind == ATT_KEY_RSA)
		return att_err_set(err, ATT_E_UNSUPPORTED,
		    "RSA over %s is not taken", att_alg_name(hash));
	return 0;
}

/* What a signature of this scheme by this key must look like. */
static int
check_shape(const struct att_pubkey *k, enum att_sig_scheme scheme,
    uint16_t hash, struct att_slice sig, struct att_err *err)
{
	size_t want = k->bits / 8 * (k->kind == ATT_KEY_EC ? 2 : 1);
	int r;

	if (scheme != ATT_SIG_RSASSA && scheme != ATT_SIG_RSAPSS &&
	    scheme != ATT_SIG_ECDSA)
		return att_err_set(err, ATT_E_UNSUPPORTED,
		    "signature scheme 0x%04x is not taken", scheme);
	if ((r = check_hash(k, hash, err)) < 0)
		return r;
	if ((scheme == ATT_SIG_ECDSA) != (k->kind == ATT_KEY_EC))
		return att_err_set(err, ATT_E_SIGNATURE,
		    "signature is %s, the key is %s",
		    scheme == ATT_SIG_ECDSA ? "ECDSA" : "RSA",
		    k->kind == ATT_KEY_EC ? "EC" : "RSA");
	if (sig.len != want)
		return att_err_set(err, ATT_E_SIGNATURE,
		    "signature of %zu bytes, the key's have %zu", sig.len,
		    want);
	return 0;
}

int
att_pubkey_verify(const struct att_pubkey *k, enum att_sig_scheme scheme,
    uint16_t hash, struct att_slice message, struct att_slice signature,
    struct att_err *err)
{
	AUTO(att_openssl_free) uint8_t *der = NULL;
	struct att_digest d;
	int r;

	if ((r = check_shape(k, scheme, hash, signature, err)) < 0 ||
	    (r = att_digest_of(hash, message, &d, err)) < 0)
		return r;
	if (scheme == ATT_SIG_ECDSA) {
		if ((r = ecdsa_to_der(signature, &der, err)) < 0)
			return r;
		signature = (struct att_slice){ der, (size_t)r };
	}
	return verify_with(k, scheme, &d, signature, err);
}

int
att_pubkey_verify_digest(const struct att_pubkey *k,
    const struct att_digest *d, struct att_slice signature,
    struct att_err *err)
{
	enum att_sig_scheme scheme =
	    k->kind == ATT_KEY_EC ? ATT_SIG_ECDSA : ATT_SIG_RSASSA;

	int r;

	if ((r = check_hash(k, d->alg, err)) < 0 ||
	    (scheme == ATT_SIG_ECDSA &&
		(r = ecdsa_check_der(signature, err)) < 0))
		return r;
	return verify_with(k, scheme, d, signature, err);
}

int
att_pubkey_id(const struct att_pubkey *k, struct att_digest *ret,
    struct att_err *err)
{
	AUTO(X509_PUBKEY_free) X509_PUBKEY *x = NULL;
	const uint8_t *bits = NULL;
	int len = 0;

	if (X509_PUBKEY_set(&x, k->evp) != 1 ||
	    X509_PUBKEY_get0_param(NULL, &bits, &len, NULL, x) != 1)
		return att_ossl_fail(err, "encoding a public key");
	return att_digest_of(ATT_ALG_SHA1,
	    (struct att_slice){ bits, (size_t)len }, ret, err);
}
