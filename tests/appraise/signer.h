/*
 * A TPM's attestation key played by OpenSSL: a public area that is one of a
 * restricted signing key, and signatures in a TPM's form.
 */
#ifndef ATT_TESTS_SIGNER_H
#define ATT_TESTS_SIGNER_H

#include "testlib.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "appraise/quote.h"
#include "evidence/tpm_attest.h"
#include "evidence/tpm_public.h"

/* fixedTPM, fixedParent, sensitiveDataOrigin, userWithAuth, restricted, sign */
#define SIGNER_ATTRIBUTES 0x00050072u

enum signer_kind {
	SIGNER_RSASSA,
	SIGNER_RSAPSS,
	SIGNER_P256,
	SIGNER_P384,
	SIGNER_KINDS
};

struct signer {
	EVP_PKEY *evp;
	struct att_tpm_public area;	/* slices of `number` */
	uint8_t number[2][256];		/* n, or x and y */
	struct att_buf public;		/* TPMT_PUBLIC */
	struct att_pubkey *key;
	struct att_ak ak;
};

static inline ATT_UNUSED struct att_slice
signer_number(const struct signer *s, int i, const char *name, uint8_t *to,
    size_t len)
{
	BIGNUM *bn = NULL;

	ck_assert_int_eq(EVP_PKEY_get_bn_param(s->evp, name, &bn), 1);
	ck_assert_int_eq(BN_bn2binpad(bn, to, (int)len), (int)len);
	BN_free(bn);
	return (struct att_slice){ to, len };
}

/* Encodes `area` again, after a test has changed it. */
static inline ATT_UNUSED void
signer_publish(struct signer *s)
{
	att_buf_reset(&s->public);
	att_tpm_public_encode(&s->area, &s->public);
	ok(att_buf_ok(&s->public, "public area", err));
	s->ak = (struct att_ak){ s->key, att_buf_view(&s->public) };
}

static inline ATT_UNUSED void
signer_init(struct signer *s, enum signer_kind kind)
{
	bool rsa = kind <= SIGNER_RSAPSS, large = kind == SIGNER_P384;
	uint16_t hash = large ? ATT_ALG_SHA384 : ATT_ALG_SHA256;

	*s = (struct signer){ .public = ATT_BUF(ATT_TPM_PUBLIC_MAX) };
	s->evp = rsa ? EVP_RSA_gen(2048) :
		       EVP_EC_gen(large ? "P-384" : "P-256");
	ck_assert_ptr_nonnull(s->evp);
	s->area = (struct att_tpm_public){
		.type = rsa ? ATT_TPM_ALG_RSA : ATT_TPM_ALG_ECC,
		.name_alg = hash,
		.attributes = SIGNER_ATTRIBUTES,
		.sym = { .alg = ATT_TPM_ALG_NULL },
		.scheme = { .hash = hash,
		    .alg = kind == SIGNER_RSASSA ? ATT_SIG_RSASSA :
			kind == SIGNER_RSAPSS ? ATT_SIG_RSAPSS :
						ATT_SIG_ECDSA },
		.rsa_bits = 2048,
		.curve = large ? ATT_CURVE_P384 : ATT_CURVE_P256,
		.kdf = { .alg = ATT_TPM_ALG_NULL },
	};
	if (rsa) {
		s->area.rsa_n = signer_number(s, 0, "n", s->number[0], 256);
	} else {
		s->area.x = signer_number(s, 0, "qx", s->number[0],
		    large ? 48 : 32);
		s->area.y = signer_number(s, 1, "qy", s->number[1],
		    large ? 48 : 32);
	}
	ok(att_tpm_public_key(&s->area, &s->key, err));
	signer_publish(s);
}

static inline ATT_UNUSED void
signer_done(struct signer *s)
{
	att_buf_done(&s->public);
	att_pubkey_free(s->key);
	EVP_PKEY_free(s->evp);
}

static inline ATT_UNUSED void
signer_put_ecdsa(struct att_tpm_signature *sig, const uint8_t *der,
    size_t len, uint8_t raw[2][48])
{
	ECDSA_SIG *ec = d2i_ECDSA_SIG(NULL, &der, (long)len);
	size_t field = sig->hash == ATT_ALG_SHA384 ? 48 : 32;

	ck_assert_ptr_nonnull(ec);
	ck_assert(BN_bn2binpad(ECDSA_SIG_get0_r(ec), raw[0], (int)field) > 0);
	ck_assert(BN_bn2binpad(ECDSA_SIG_get0_s(ec), raw[1], (int)field) > 0);
	ECDSA_SIG_free(ec);
	sig->r = (struct att_slice){ raw[0], field };
	sig->s = (struct att_slice){ raw[1], field };
}

/* Appends the TPMT_SIGNATURE over `message`, as the scheme of `area` says. */
static inline ATT_UNUSED void
signer_sign(const struct signer *s, struct att_slice message,
    struct att_buf *ret)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx = NULL;
	uint8_t raw[512], rs[2][48];
	size_t len = sizeof(raw);
	struct att_tpm_signature sig = { .scheme = s->area.scheme.alg,
		.hash = s->area.scheme.hash };

	ck_assert_int_eq(EVP_DigestSignInit(ctx, &pctx,
	    att_alg_evp(sig.hash), NULL, s->evp), 1);
	if (sig.scheme == ATT_SIG_RSAPSS)
		ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_padding(pctx,
		    RSA_PKCS1_PSS_PADDING), 1);
	ck_assert_int_eq(EVP_DigestSign(ctx, raw, &len, message.data,
	    message.len), 1);
	EVP_MD_CTX_free(ctx);
	if (sig.scheme == ATT_SIG_ECDSA)
		signer_put_ecdsa(&sig, raw, len, rs);
	else
		sig.rsa = (struct att_slice){ raw, len };
	att_tpm_signature_encode(&sig, ret);
	ok(att_buf_ok(ret, "signature", err));
}

/* A quote as it goes into evidence; the buffers own its bytes. */
struct signed_quote {
	struct att_buf attest, signature;
};

static inline ATT_UNUSED void
signed_quote_done(struct signed_quote *q)
{
	att_buf_done(&q->attest);
	att_buf_done(&q->signature);
}

/* Signs `a`; its pcrDigest is made from `pcrs` unless it is set. */
static inline ATT_UNUSED void
signer_quote(const struct signer *s, const struct att_attest *a,
    const struct att_pcrs *pcrs, struct signed_quote *ret)
{
	struct att_attest with = *a;
	struct att_digest d;

	if (with.pcr_digest.len == 0 && with.type == ATT_ATTEST_QUOTE) {
		ok(att_pcrs_digest(pcrs, a->select, a->select_count,
		    s->area.scheme.hash, &d, err));
		with.pcr_digest = att_digest_view(&d);
	}
	ret->attest = ATT_BUF(ATT_ATTEST_MAX);
	ret->signature = ATT_BUF(ATT_TPM_SIGNATURE_MAX);
	att_attest_encode(&with, &ret->attest);
	ok(att_buf_ok(&ret->attest, "quote", err));
	signer_sign(s, att_buf_view(&ret->attest), &ret->signature);
}

#endif
