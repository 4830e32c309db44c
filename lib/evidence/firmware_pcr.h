/*
 * What of the firmware claims goes into PCR 23, for verifiers that know PCR
 * policies and nothing of firmware (docs/PROTOCOL-evidence.txt, section 5).
 *
 * A claims document is another one after each pass, as it says when that was.
 * So it has a member "firmware" that holds what stays the same as long as the
 * firmware does, and that member alone is what is extended.
 */
#ifndef ATT_EVIDENCE_FIRMWARE_PCR_H
#define ATT_EVIDENCE_FIRMWARE_PCR_H

#include "base/json.h"

#define ATT_FIRMWARE_PCR 23

/*
 * Appends the canonical bytes (RFC 8785) of the member "firmware". What has
 * more than one form there is refused: a number that is no integer of at most
 * 53 bits, a control character, a name that is not printable ASCII.
 */
int att_firmware_stable(struct att_slice claims, struct att_buf *ret,
    struct att_err *err) ATT_MUST;

/*
 * One bank: *ret_extend is the digest of these bytes, with which the register
 * is extended once after it was zero; *ret_value what it holds then.
 */
int att_firmware_pcr(struct att_slice stable, uint16_t alg,
    struct att_digest *ret_extend, struct att_digest *ret_value,
    struct att_err *err) ATT_MUST;

#endif
