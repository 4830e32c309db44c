/* What a TPM says about itself: registers, clock, make, NV contents. */
#ifndef ATT_TPM_STATE_H
#define ATT_TPM_STATE_H

#include "base/pcr.h"
#include "tpm/tpm.h"

/*
 * The active banks that lib/base knows, with the registers each holds, in the
 * TPM's order. A bank that is allocated no register is not active.
 */
int att_tpm_banks_read(struct att_tpm *t,
    struct att_pcr_select ret[static ATT_BANKS_MAX], size_t *ret_count,
    struct att_err *err) ATT_MUST;

/*
 * TPM2_PCR_Read of these registers; count 0: of all in all active banks.
 * The values are of one moment: pcrUpdateCounter did not move while they were
 * read (ATT_E_BUSY if it never stops), up to the registers that do not move it
 * (16 and 23 on PC clients). A bank that is not active, or lacks one of the
 * registers, is ATT_E_UNSUPPORTED. ret_counter may be NULL.
 */
int att_tpm_pcrs_read(struct att_tpm *t, const struct att_pcr_select *select,
    size_t count, struct att_pcrs *ret, uint32_t *ret_counter,
    struct att_err *err) ATT_MUST;

/* TPMS_CLOCK_INFO (Part 2, 10.11.1). */
struct att_tpm_clock {
	uint64_t clock;			/* milliseconds powered, ever */
	uint32_t reset_count;		/* TPM resets since TPM2_Clear */
	uint32_t restart_count;		/* since the last reset */
	bool safe;			/* clock never ran back */
};
int att_tpm_clock_read(struct att_tpm *t, struct att_tpm_clock *ret,
    struct att_err *err) ATT_MUST;

/* TPM_PT values (Part 2, 6.13). Texts: printable ASCII, no spaces behind. */
struct att_tpm_info {
	char manufacturer[5];		/* "IFX", "STM", "INTC", ... */
	char vendor[17];		/* vendor string 1 to 4 */
	uint64_t firmware_version;	/* as in TPMS_ATTEST */
	uint32_t spec_revision;		/* 138 is 1.38 */
	uint32_t spec_year;
	bool in_lockout;
	uint32_t lockout_tries;		/* failed so far */
	uint32_t lockout_max;		/* lockout at this many */
	uint32_t lockout_interval;	/* seconds until one try is forgotten */
};
int att_tpm_info_read(struct att_tpm *t, struct att_tpm_info *ret,
    struct att_err *err) ATT_MUST;

/*
 * Contents of an NV index that can be read with an empty auth value (its own
 * or the owner's), in chunks of the TPM's NV buffer. ATT_E_NOT_FOUND: not
 * defined, or never written. Larger than what `ret` takes: ATT_E_LIMIT.
 */
int att_tpm_nv_read(struct att_tpm *t, uint32_t index, struct att_buf *ret,
    struct att_err *err) ATT_MUST;

#endif
