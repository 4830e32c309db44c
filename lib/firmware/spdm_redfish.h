/*
 * What Redfish wraps SPDM in: the answer to SPDMGetSignedMeasurements (DMTF
 * ComponentIntegrity) and the certificates of a component (Certificate). BMCs
 * differ in what else stands there and in how they spell names, so that other
 * members are passed over; nothing of either is believed before the signature
 * was checked.
 */
#ifndef ATT_FIRMWARE_SPDM_REDFISH_H
#define ATT_FIRMWARE_SPDM_REDFISH_H

#include "base/buf.h"
#include "firmware/spdm_vca.h"

#define ATT_SPDM_REDFISH_MAX (2u << 20)	/* bytes of JSON */

/*
 * Appends the transcript of {"SignedMeasurements": base64, ...} to `ret`, and
 * gives the algorithms of "SigningAlgorithm" and "HashingAlgorithm", zero
 * where they are missing or not known ("TPM_ALG_SHA_384", "SHA384" ...).
 */
int att_spdm_redfish_answer(struct att_slice json, struct att_buf *ret,
    struct att_spdm_algorithms *ret_algorithms, struct att_err *err) ATT_MUST;

/*
 * Appends the PEM text of {"CertificateString": ..., "CertificateType":
 * "PEMchain" or "PEM"} to `ret`.
 */
int att_spdm_redfish_chain(struct att_slice json, struct att_buf *ret,
    struct att_err *err) ATT_MUST;

#endif
