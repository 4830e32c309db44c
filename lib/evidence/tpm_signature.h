/* Signatures by a TPM: TPMT_SIGNATURE (TPM 2.0 Part 2, 11.3.4). */
#ifndef ATT_EVIDENCE_TPM_SIGNATURE_H
#define ATT_EVIDENCE_TPM_SIGNATURE_H

#include "base/cur.h"
#include "crypto/pubkey.h"

#define ATT_TPM_SIGNATURE_MAX (6 + ATT_SIG_MAX)	/* bytes */

/* Slices are of the bytes that were parsed. */
struct att_tpm_signature {
	uint16_t scheme;	/* enum att_sig_scheme */
	uint16_t hash;		/* enum att_alg */
	struct att_slice rsa;	/* RSASSA, RSAPSS */
	struct att_slice r, s;	/* ECDSA */
};

/* The whole; another scheme than those three is ATT_E_UNSUPPORTED. */
int att_tpm_signature_parse(struct att_slice bytes,
    struct att_tpm_signature *ret, struct att_err *err) ATT_MUST;
void att_tpm_signature_encode(const struct att_tpm_signature *s,
    struct att_buf *ret);

/* Which signatures count. The zero value: any scheme and hash but SHA-1. */
struct att_tpm_sign_rule {
	uint16_t scheme;	/* enum att_sig_scheme; 0: any of the three */
	uint16_t hash;		/* enum att_alg; 0: any of the SHA-2 */
	bool allow_sha1;
};

/*
 * Is this a signature by `key` over `message`? ATT_E_DENIED: the rule does
 * not take its scheme or hash; else as att_pubkey_verify.
 */
int att_tpm_signature_verify(const struct att_tpm_signature *s,
    const struct att_pubkey *key, const struct att_tpm_sign_rule *rule,
    struct att_slice message, struct att_err *err) ATT_MUST;

#endif
