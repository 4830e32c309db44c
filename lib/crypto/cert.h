/*
 * X.509 certificates of endorsement keys and their issuers. CRLs and OCSP are
 * not consulted: nothing here opens a connection.
 */
#ifndef ATT_CRYPTO_CERT_H
#define ATT_CRYPTO_CERT_H

#include "crypto/pubkey.h"

#define ATT_CERT_MAX 16384		/* bytes of DER */
#define ATT_CERT_CHAIN_MAX 8		/* further certificates in one PEM */
#define ATT_CERT_STORE_MAX 2048		/* CA certificates */
#define ATT_CERT_NAME_MAX 255		/* bytes of names as text */

struct att_cert;
void att_cert_free(struct att_cert *c);
ATT_DEFINE_AUTO(struct att_cert, att_cert_free)

/*
 * DER, or PEM (told by its first byte, RFC 5280 and 7468). In PEM the first
 * certificate is meant; those that follow are kept as candidates for the
 * chain, and never trusted. Bytes after the DER are ATT_E_TRAILING.
 */
int att_cert_parse(struct att_slice bytes, struct att_cert **ret,
    struct att_err *err) ATT_MUST;
/*
 * NV indices are often larger than the certificate in them. Cuts the bytes to
 * the length that the outer DER SEQUENCE states; ATT_E_FORMAT if there is
 * none, ATT_E_SHORT if it is cut.
 */
int att_cert_trim(struct att_slice nv, struct att_slice *ret,
    struct att_err *err) ATT_MUST;

/* All live as long as the certificate; texts are clean. */
struct att_slice att_cert_der(const struct att_cert *c) ATT_MUST;
const char *att_cert_subject(const struct att_cert *c) ATT_MUST;
const char *att_cert_issuer(const struct att_cert *c) ATT_MUST;
/* Lower-case hex. */
const char *att_cert_serial(const struct att_cert *c) ATT_MUST;
/* Seconds since 1970. */
int64_t att_cert_not_before(const struct att_cert *c) ATT_MUST;
int64_t att_cert_not_after(const struct att_cert *c) ATT_MUST;
/* NULL: of a kind that is not taken here. */
const struct att_pubkey *att_cert_key(const struct att_cert *c) ATT_MUST;
/* Subject key identifier (RFC 5280, 4.2.1.2); no bytes if it has none. */
int att_cert_key_id(const struct att_cert *c, struct att_slice *ret,
    struct att_err *err) ATT_MUST;

/*
 * What the subject alternative name says of the TPM (EK Credential Profile
 * 3.1.2: 2.23.133.2.1, .2, .3); "" if it does not say.
 */
struct att_cert_tpm {
	char manufacturer[ATT_CERT_NAME_MAX + 1];	/* "id:53544D20" */
	char model[ATT_CERT_NAME_MAX + 1];
	char version[ATT_CERT_NAME_MAX + 1];		/* "id:00130002" */
};
const struct att_cert_tpm *att_cert_tpm(const struct att_cert *c) ATT_MUST;

/* CA certificates that the operator trusts, roots and intermediates alike. */
struct att_cert_store;
int att_cert_store_new(struct att_cert_store **ret, struct att_err *err)
    ATT_MUST;
void att_cert_store_free(struct att_cert_store *s);
ATT_DEFINE_AUTO(struct att_cert_store, att_cert_store_free)
/*
 * Adds one DER certificate, or all of a PEM file; all or none. One that is no
 * CA (basicConstraints) is ATT_E_FORMAT; one that is already there is passed
 * over. Not while another thread checks against the store.
 */
int att_cert_store_add(struct att_cert_store *s, struct att_slice bytes,
    struct att_err *err) ATT_MUST;
size_t att_cert_store_count(const struct att_cert_store *s) ATT_MUST;

/* What a certificate that was taken lacks (TCG EK Credential Profile, 3.2). */
#define ATT_EK_QUIRK_NO_EKU	(1u << 0)	/* no extended key usage */
#define ATT_EK_QUIRK_NO_SAN	(1u << 1)	/* TPM's maker is not named */
#define ATT_EK_QUIRK_NO_USAGE	(1u << 2)	/* no key usage */
/* "no-eku" ... for one bit; NULL for anything else */
const char *att_ek_quirk_name(uint32_t bit) ATT_MUST;

/*
 * Is this the certificate of an endorsement key, of this one, from an issuer
 * in the store, at time `now` (seconds since 1970)? Each certificate of the
 * store ends a chain. Chains over SHA-1 or RSA below 2048 bits do not count.
 * `ek` NULL: the key is not compared. Failures, each one sentence in the text:
 *
 *	ATT_E_MISMATCH	certifies another key
 *	ATT_E_FORMAT	not an EK certificate: a CA, another extended key usage
 *			than 2.23.133.8.1, a key usage that forbids the EK's
 *	ATT_E_UNSUPPORTED the key is of a kind that is not taken
 *	ATT_E_EXPIRED	it or one of its issuers is expired or not yet valid
 *	ATT_E_UNTRUSTED	no issuer in the store, or a signature is wrong
 *	ATT_E_CRYPTO, ATT_E_NOMEM	nothing can be said
 */
int att_cert_check_ek(const struct att_cert *c, const struct att_cert_store *s,
    int64_t now, const struct att_pubkey *ek, uint32_t *ret_quirks,
    struct att_err *err) ATT_MUST;

#endif
