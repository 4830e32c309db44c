#include "tests/tpm/verify.h"

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <tss2/tss2_mu.h>

#include "testlib.h"

static const char *
curve_name(TPM2_ECC_CURVE curve)
{
	ck_assert(curve == TPM2_ECC_NIST_P256 || curve == TPM2_ECC_NIST_P384);
	return curve == TPM2_ECC_NIST_P256 ? "P-256" : "P-384";
}

static EVP_PKEY *
key_from(const char *type, OSSL_PARAM_BLD *bld)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(bld);
	EVP_PKEY *key = NULL;

	ck_assert(params != NULL && EVP_PKEY_fromdata_init(ctx) == 1 &&
	    EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) == 1);
	OSSL_PARAM_free(params);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

EVP_PKEY *
verify_key(struct att_slice public)
{
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	uint8_t point[1 + 2 * 48] = { 4 };	/* uncompressed */
	BIGNUM *n = NULL, *e = BN_new();
	TPM2B_PUBLIC p = { 0 };
	EVP_PKEY *key;
	size_t at = 0;

	ck_assert(Tss2_MU_TPM2B_PUBLIC_Unmarshal(public.data, public.len, &at,
	    &p) == 0 && at == public.len);
	if (p.publicArea.type == TPM2_ALG_RSA) {
		const TPM2B_PUBLIC_KEY_RSA *rsa = &p.publicArea.unique.rsa;

		n = BN_bin2bn(rsa->buffer, rsa->size, NULL);
		ck_assert(BN_set_word(e, 65537) == 1 &&
		    OSSL_PARAM_BLD_push_BN(bld, "n", n) == 1 &&
		    OSSL_PARAM_BLD_push_BN(bld, "e", e) == 1);
		key = key_from("RSA", bld);
	} else {
		const TPMS_ECC_POINT *q = &p.publicArea.unique.ecc;
		TPM2_ECC_CURVE curve =
		    p.publicArea.parameters.eccDetail.curveID;
		size_t size = curve == TPM2_ECC_NIST_P256 ? 32 : 48;

		/* coordinates may come without their leading zeros */
		ck_assert(q->x.size <= size && q->y.size <= size);
		memcpy(point + 1 + size - q->x.size, q->x.buffer, q->x.size);
		memcpy(point + 1 + 2 * size - q->y.size, q->y.buffer,
		    q->y.size);
		ck_assert(OSSL_PARAM_BLD_push_utf8_string(bld, "group",
			      curve_name(curve), 0) == 1 &&
		    OSSL_PARAM_BLD_push_octet_string(bld, "pub", point,
			1 + 2 * size) == 1);
		key = key_from("EC", bld);
	}
	BN_free(n);
	BN_free(e);
	OSSL_PARAM_BLD_free(bld);
	return key;
}

static bool
verify_bytes(EVP_PKEY *key, TPM2_ALG_ID hash, struct att_slice message,
    const uint8_t *sig, size_t len)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool good;

	good = EVP_DigestVerifyInit(ctx, NULL,
		   hash == TPM2_ALG_SHA384 ? EVP_sha384() : EVP_sha256(),
		   NULL, key) == 1 &&
	    EVP_DigestVerify(ctx, sig, len, message.data, message.len) == 1;
	EVP_MD_CTX_free(ctx);
	return good;
}

bool
verify_signature(EVP_PKEY *key, struct att_slice message,
    struct att_slice signature)
{
	TPMT_SIGNATURE s = { 0 };
	ECDSA_SIG *ec = ECDSA_SIG_new();
	uint8_t *der = NULL;
	size_t at = 0;
	bool good;
	int len;

	ck_assert(Tss2_MU_TPMT_SIGNATURE_Unmarshal(signature.data,
	    signature.len, &at, &s) == 0 && at == signature.len);
	if (s.sigAlg == TPM2_ALG_RSASSA) {
		ECDSA_SIG_free(ec);
		return verify_bytes(key, s.signature.rsassa.hash, message,
		    s.signature.rsassa.sig.buffer,
		    s.signature.rsassa.sig.size);
	}
	ck_assert(s.sigAlg == TPM2_ALG_ECDSA);
	ck_assert(ECDSA_SIG_set0(ec,
	    BN_bin2bn(s.signature.ecdsa.signatureR.buffer,
		s.signature.ecdsa.signatureR.size, NULL),
	    BN_bin2bn(s.signature.ecdsa.signatureS.buffer,
		s.signature.ecdsa.signatureS.size, NULL)) == 1);
	len = i2d_ECDSA_SIG(ec, &der);
	ck_assert(len > 0);
	good = verify_bytes(key, s.signature.ecdsa.hash, message, der,
	    (size_t)len);
	OPENSSL_free(der);
	ECDSA_SIG_free(ec);
	return good;
}
