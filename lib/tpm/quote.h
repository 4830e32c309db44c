/* What an AK signs: quotes over PCRs, and its own certification. */
#ifndef ATT_TPM_QUOTE_H
#define ATT_TPM_QUOTE_H

#include "base/pcr.h"
#include "tpm/ak.h"

/* Largest qualifyingData: TPM2B_DATA holds a TPMT_HA (Part 2, 10.4.3). */
#define ATT_TPM_QUALIFYING_MAX 64	/* bytes; refused above */

/* Initialise with ATT_TPM_SIGNED; att_tpm_signed_done empties it. */
struct att_tpm_signed {
	struct att_buf attest;		/* TPMS_ATTEST */
	struct att_buf signature;	/* TPMT_SIGNATURE */
};
#define ATT_TPM_SIGNED ((struct att_tpm_signed){ ATT_BUF(2048), ATT_BUF(2048) })
void att_tpm_signed_done(struct att_tpm_signed *s);

/*
 * TPM2_Quote. *ret_pcrs are the selected registers, no others, and the
 * pcrDigest in the quote is the digest of these values: registers are read,
 * quoted, and both again (5 times in all) where an extend came between; then
 * ATT_E_BUSY. ATT_E_MISMATCH: they differ although nothing was extended.
 *
 * A bank stands in `select` once; one that the TPM does not have active is
 * ATT_E_UNSUPPORTED. The results are emptied before.
 */
int att_tpm_quote(struct att_tpm_ak *ak, struct att_slice qualifying,
    const struct att_pcr_select *select, size_t count,
    struct att_tpm_signed *ret, struct att_pcrs *ret_pcrs,
    struct att_err *err) ATT_MUST;

/*
 * TPM2_Certify of the AK by itself, inScheme NULL: proof of possession.
 */
int att_tpm_certify(struct att_tpm_ak *ak, struct att_slice qualifying,
    struct att_tpm_signed *ret, struct att_err *err) ATT_MUST;

#endif
