/*
 * TPM2_MakeCredential (TPM 2.0 Part 1, 24) without a TPM: the verifier's side
 * of tpm/credential.h.
 */
#ifndef ATT_TPM_MAKECRED_H
#define ATT_TPM_MAKECRED_H

#include "evidence/tpm_public.h"

/* ID object: HMAC and secret, each at most a digest, with their sizes. */
#define ATT_MAKECRED_ID_MAX (2 * (2 + ATT_DIGEST_MAX))
/* Enciphered seed: of RSA 4096; a P-384 point needs 100. */
#define ATT_MAKECRED_SECRET_MAX 512

/*
 * Enciphers `secret` (1 byte to a digest of the EK's name algorithm) so that
 * only the TPM of `ek` gives it out, and only if an object of Name `ak_name`
 * is loaded there. Appends the contents of TPM2B_ID_OBJECT and of
 * TPM2B_ENCRYPTED_SECRET, without their size bytes; the buffers take at least
 * ATT_MAKECRED_ID_MAX and ATT_MAKECRED_SECRET_MAX. An EK that fails
 * att_tpm_public_check_ek is ATT_E_DENIED, a secret or Name of another length
 * ATT_E_USAGE.
 */
int att_makecred(const struct att_tpm_public *ek, struct att_slice ak_name,
    struct att_slice secret, struct att_buf *ret_id_object,
    struct att_buf *ret_enc_secret, struct att_err *err) ATT_MUST;

#endif
