/* Certificates of devices and of the CAs over them, valid around DEV_NOW. */
#ifndef ATT_TESTS_DEVCERT_H
#define ATT_TESTS_DEVCERT_H

#include "testlib.h"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "base/digest.h"

#define DEV_NOW 1800000000	/* 2027-01-15 */
#define DEV_DAY 86400

struct dev_spec {
	const char *name;
	bool ca;
	const char *usage;	/* NULL: what it should be; "": none */
	int64_t until;		/* 0: a day after DEV_NOW */
	const char *critical;	/* OID of an extension that nobody knows */
	bool sha1;
	EVP_PKEY *forged;	/* signs it instead */
};

static inline ATT_UNUSED void
dev_ext(X509 *x, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *e;

	X509V3_set_ctx(&ctx, x, x, NULL, NULL, 0);
	e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	ck_assert_ptr_nonnull(e);
	ck_assert(X509_add_ext(x, e, -1) == 1);
	X509_EXTENSION_free(e);
}

static inline ATT_UNUSED void
dev_unknown(X509 *x, const char *oid)
{
	ASN1_OCTET_STRING *data = ASN1_OCTET_STRING_new();
	ASN1_OBJECT *o = OBJ_txt2obj(oid, 1);
	X509_EXTENSION *e;

	ck_assert(ASN1_OCTET_STRING_set(data, (const uint8_t *)"\5\0", 2));
	e = X509_EXTENSION_create_by_OBJ(NULL, o, 1, data);
	ck_assert(e != NULL && X509_add_ext(x, e, -1) == 1);
	X509_EXTENSION_free(e);
	ASN1_OBJECT_free(o);
	ASN1_OCTET_STRING_free(data);
}

/* Of `key`, by the issuer's; self-signed if `issuer` is NULL. */
static inline ATT_UNUSED X509 *
dev_certify(EVP_PKEY *key, const struct dev_spec *s, X509 *issuer,
    EVP_PKEY *by)
{
	X509 *x = X509_new();
	const char *usage = s->usage;
	static long serial = 0x5d00;

	X509_set_version(x, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(x), ++serial);
	ASN1_TIME_set(X509_getm_notBefore(x), DEV_NOW - DEV_DAY);
	ASN1_TIME_set(X509_getm_notAfter(x), (time_t)(s->until != 0 ?
	    s->until : DEV_NOW + DEV_DAY));
	ck_assert(X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN",
	    MBSTRING_UTF8, (const uint8_t *)s->name, -1, -1, 0) == 1);
	X509_set_issuer_name(x, X509_get_subject_name(issuer == NULL ? x :
								  issuer));
	X509_set_pubkey(x, key);
	if (s->ca)
		dev_ext(x, NID_basic_constraints, "critical,CA:TRUE");
	if (usage == NULL)
		usage = s->ca ? "critical,keyCertSign" :
				"critical,digitalSignature";
	if (usage[0] != '\0')
		dev_ext(x, NID_key_usage, usage);
	if (s->critical != NULL)
		dev_unknown(x, s->critical);
	by = s->forged != NULL ? s->forged : by == NULL ? key : by;
	ck_assert(X509_sign(x, by, s->sha1 ? EVP_sha1() : EVP_sha256()) > 0);
	return x;
}

static inline ATT_UNUSED void
dev_put_pem(struct att_buf *b, X509 *x)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text;
	long len;

	ck_assert(PEM_write_bio_X509(bio, x) == 1);
	len = BIO_get_mem_data(bio, &text);
	att_buf_bytes(b, text, (size_t)len);
	BIO_free(bio);
}

/* SHA-256 of the SubjectPublicKeyInfo. */
static inline ATT_UNUSED struct att_digest
dev_pin(const EVP_PKEY *key)
{
	struct att_digest d;
	uint8_t *der = NULL;
	int len = i2d_PUBKEY(key, &der);

	ck_assert(len > 0);
	ok(att_digest_of(ATT_ALG_SHA256, (struct att_slice){ der,
	    (size_t)len }, &d, err));
	OPENSSL_free(der);
	return d;
}

#endif
