/* Inside of certificates: for lib/crypto alone. */
#ifndef ATT_CRYPTO_CERT_INSIDE_H
#define ATT_CRYPTO_CERT_INSIDE_H

#include "crypto/cert.h"
#include "crypto/ossl.h"

#define ATT_CERT_SERIAL_MAX 64	/* bytes; RFC 5280, 4.1.2.2 allows 20 */
#define ATT_CERT_DEPTH_MAX 8	/* issuers between leaf and trusted CA */
#define ATT_CERT_SECURITY_LEVEL 2 /* 112 bits: SHA-256, RSA 2048, P-256 up */

struct att_cert {
	X509 *x;
	uint8_t *der;
	size_t der_len;
	char subject[ATT_CERT_NAME_MAX + 1];
	char issuer[ATT_CERT_NAME_MAX + 1];
	char serial[2 * ATT_CERT_SERIAL_MAX + 1];
	int64_t not_before, not_after;
	struct att_pubkey *key;		/* NULL: not taken */
	struct att_cert_tpm tpm;
	STACK_OF(X509) *chain;		/* what stood behind it in the PEM */
};

/*
 * OpenSSL's refusal of a chain as one sentence: `leaf` is what it was about,
 * "EK certificate", `trusted` what it should have ended in.
 */
int att_cert_explain(X509_STORE_CTX *ctx, const char *leaf,
    const char *trusted, struct att_err *err) ATT_MUST;

#endif
