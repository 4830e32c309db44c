/*
 * The TCTI that SAPI stands on: it keeps the deadline, waits out "retry" and
 * checks each response's header before tpm2-tss sees it. Private to lib/tpm.
 *
 * What it gives up on it answers to SAPI with TPM_RC_CANCELED, so that SAPI
 * stays usable for flushing; att_tcti_fault says what really happened.
 */
#ifndef ATT_TPM_TCTI_H
#define ATT_TPM_TCTI_H

#include <tss2/tss2_tcti.h>

#include "tpm/link.h"

struct att_tcti;

/* Owns `link` from now on, also when it fails. */
int att_tcti_new(struct att_tpm_link *link, struct att_tcti **ret,
    struct att_err *err) ATT_MUST;
void att_tcti_free(struct att_tcti *g);
ATT_DEFINE_AUTO(struct att_tcti, att_tcti_free)

/* For Tss2_Sys_Initialize; lives as long as `g`. */
TSS2_TCTI_CONTEXT *att_tcti_context(struct att_tcti *g) ATT_MUST;

/* No command goes on beyond this att_tpm_now(). Forgets the last fault. */
void att_tcti_begin(struct att_tcti *g, uint64_t deadline);
/* Why the last command was given up; NULL if none was. */
const struct att_err *att_tcti_fault(const struct att_tcti *g) ATT_MUST;

/*
 * TPM2_FlushContext without SAPI, which takes no more commands after a
 * malformed answer. Has a moment of its own beyond a deadline that has passed.
 */
void att_tcti_flush(struct att_tcti *g, uint32_t handle);

#endif
