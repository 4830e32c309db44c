/*
 * The registers that software may reset and extend as it likes: PCR 16 and 23
 * (PC Client PTP 4.6.2). What stands in them proves nothing about a boot.
 */
#ifndef ATT_TPM_PCR_H
#define ATT_TPM_PCR_H

#include "base/pcr.h"
#include "tpm/tpm.h"

/* What one bank of a register is to hold: H(zero || extend), that is value. */
struct att_tpm_pcr_wish {
	struct att_digest extend, value;
};

/* What was found, and what was done about it. */
enum att_tpm_pcr_was {
	ATT_TPM_PCR_HELD,	/* as wished: nothing was done */
	ATT_TPM_PCR_ZERO,	/* extended */
	ATT_TPM_PCR_OTHER,	/* reset, then extended */
};

/*
 * Makes the register hold these values, one for each of its active banks, by
 * TPM2_PCR_Reset, where it holds anything else, and one TPM2_PCR_Extend. Reads
 * before and after: whoever ends it in between leaves a register that the next
 * call finds and mends. ATT_E_MISMATCH: it holds something else after all, so
 * somebody else writes it too. A TPM that allows no reset is ATT_E_TPM.
 */
int att_tpm_pcr_hold(struct att_tpm *t, unsigned pcr,
    const struct att_tpm_pcr_wish *wish, size_t count,
    enum att_tpm_pcr_was *ret, struct att_err *err) ATT_MUST;

#endif
