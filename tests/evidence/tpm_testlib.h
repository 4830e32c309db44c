/* What the tests of TPM structures share: vectors as bytes. */
#ifndef ATT_TESTS_TPM_TESTLIB_H
#define ATT_TESTS_TPM_TESTLIB_H

#include "testlib.h"

#include "evidence/tpm_attest.h"
#include "evidence/tpm_public.h"
#include "tpm_vectors.h"

/* Bytes of a test, of a fixed size so that a flip is an assignment. */
struct bytes {
	size_t len;
	uint8_t data[1024];
};

static inline ATT_UNUSED struct bytes
unhex(const char *text)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1024);
	struct bytes r = { 0 };

	ok(att_hex_decode(S(text), &b, err));
	r.len = b.len;
	memcpy(r.data, b.data, b.len);
	return r;
}

static inline ATT_UNUSED struct att_slice
V(const struct bytes *b)
{
	return (struct att_slice){ b->data, b->len };
}

/* A copy of exactly n bytes on the heap: a sanitizer sees an overrun. */
static inline ATT_UNUSED uint8_t *
exact(const struct bytes *b, size_t n)
{
	uint8_t *p = malloc(n == 0 ? 1 : n);

	ck_assert_ptr_nonnull(p);
	memcpy(p, b->data, n);
	return p;
}

/* An AK of tpm_vectors.h with what it signed. */
struct ak_vector {
	const char *id;
	const char *public, *name;
	const char *quote, *quote_sig;
	const char *certify, *certify_sig;	/* NULL: none */
	enum att_sig_scheme scheme;
	uint16_t hash;
};
static const struct ak_vector ak_vectors[] = {
	{ "rsassa", RSA_PUBLIC, RSA_NAME, RSA_QUOTE, RSA_QUOTE_SIG,
	    RSA_CERTIFY, RSA_CERTIFY_SIG, ATT_SIG_RSASSA, ATT_ALG_SHA256 },
	{ "rsapss", PSS_PUBLIC, PSS_NAME, PSS_QUOTE, PSS_QUOTE_SIG, NULL,
	    NULL, ATT_SIG_RSAPSS, ATT_ALG_SHA256 },
	{ "p256", P256_PUBLIC, P256_NAME, P256_QUOTE, P256_QUOTE_SIG,
	    P256_CERTIFY, P256_CERTIFY_SIG, ATT_SIG_ECDSA, ATT_ALG_SHA256 },
	{ "p384", P384_PUBLIC, P384_NAME, P384_QUOTE, P384_QUOTE_SIG,
	    P384_CERTIFY, P384_CERTIFY_SIG, ATT_SIG_ECDSA, ATT_ALG_SHA384 },
};
#define AK_VECTORS ((int)ATT_COUNT(ak_vectors))

static inline ATT_UNUSED struct att_pubkey *
ak_key(const struct ak_vector *v)
{
	struct bytes b = unhex(v->public);
	struct att_pubkey *k = NULL;
	struct att_tpm_public p;

	ok(att_tpm_public_parse_2b(V(&b), &p, err));
	ok(att_tpm_public_key(&p, &k, err));
	return k;
}

#endif
