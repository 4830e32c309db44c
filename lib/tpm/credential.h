/* The node's side of MakeCredential/ActivateCredential (Part 3, 12.5). */
#ifndef ATT_TPM_CREDENTIAL_H
#define ATT_TPM_CREDENTIAL_H

#include "tpm/ak.h"
#include "tpm/ek.h"

/* Longest secret: a digest of the EK's name algorithm. */
#define ATT_TPM_CREDENTIAL_MAX 64	/* bytes */

/*
 * Recovers the secret that was enciphered to `ek` for the Name of `ak`.
 * `id_object` and `enc_secret` are the contents of TPM2B_ID_OBJECT and
 * TPM2B_ENCRYPTED_SECRET, without their size bytes. *ret (at least
 * ATT_TPM_CREDENTIAL_MAX, emptied before) is a secret: att_buf_wipe it.
 *
 * ATT_E_MISMATCH: it was made for another EK or AK, or was damaged.
 */
int att_tpm_credential_activate(struct att_tpm_ek *ek, struct att_tpm_ak *ak,
    struct att_slice id_object, struct att_slice enc_secret,
    struct att_buf *ret, struct att_err *err) ATT_MUST;

#endif
