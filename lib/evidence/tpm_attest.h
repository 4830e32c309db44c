/* What a TPM says over its signature, TPMS_ATTEST (Part 2, 10.12.12). */
#ifndef ATT_EVIDENCE_TPM_ATTEST_H
#define ATT_EVIDENCE_TPM_ATTEST_H

#include "base/pcr.h"
#include "evidence/tpm_signature.h"

#define ATT_TPM_GENERATED 0xff544347u	/* TPM_GENERATED_VALUE (Part 2, 6.2) */

/* TPM_ST (Part 2, 6.9). */
enum att_attest_type {
	ATT_ATTEST_CERTIFY = 0x8017,
	ATT_ATTEST_QUOTE = 0x8018,
};

#define ATT_ATTEST_MAX 1024		/* bytes */
#define ATT_ATTEST_BANKS_MAX 16		/* entries of TPML_PCR_SELECTION */

/* Slices are of the bytes that were parsed. */
struct att_attest {
	enum att_attest_type type;
	struct att_slice qualified_signer;	/* Name */
	struct att_slice extra_data;		/* qualifyingData */
	uint64_t clock;				/* milliseconds */
	uint32_t reset_count;
	uint32_t restart_count;
	bool safe;
	uint64_t firmware_version;
	/* quote */
	struct att_pcr_select select[ATT_ATTEST_BANKS_MAX];
	size_t select_count;			/* a bank stands there once */
	struct att_slice pcr_digest;
	/* certify */
	struct att_slice name, qualified_name;
};

/*
 * The whole. ATT_E_UNSUPPORTED: well begun, but of another type than quote
 * and certify. That a quote was wanted is for the caller to check.
 */
int att_attest_parse(struct att_slice bytes, struct att_attest *ret,
    struct att_err *err) ATT_MUST;
void att_attest_encode(const struct att_attest *a, struct att_buf *ret);

/*
 * Verifies the TPMT_SIGNATURE over these bytes first, and parses what is then
 * known to be signed. Errors of att_tpm_signature_parse and _verify begin with
 * "signature: ".
 */
int att_attest_open(struct att_slice attest, struct att_slice signature,
    const struct att_pubkey *key, const struct att_tpm_sign_rule *rule,
    struct att_attest *ret, struct att_err *err) ATT_MUST;

#endif
