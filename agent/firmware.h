/*
 * PCR 23 for fleets whose verifier knows PCR policies and nothing of firmware:
 * by configuration (firmware_pcr) it holds the digest of the firmware, as the
 * claims document says it (evidence/firmware_pcr.h).
 */
#ifndef ATT_AGENT_FIRMWARE_H
#define ATT_AGENT_FIRMWARE_H

#include "evidence/bundle.h"
#include "tpm/pcr.h"

/*
 * Makes PCR 23 hold it in every active bank that has one, if it does not; who
 * calls this holds the state lock. What claims say that are ABSENT or
 * UNREADABLE is not known, which is an error and leaves the register as it is.
 */
int att_firmware_hold(struct att_tpm *t,
    const struct att_evidence_item *claims, enum att_tpm_pcr_was *ret,
    struct att_err *err) ATT_MUST;

#endif
