/*
 * Attestation keys: restricted signing keys that never leave their TPM.
 *
 * An AK is the child of an ECC P-256 storage primary of the *endorsement*
 * hierarchy, made anew each time from a fixed template. Not of the EK: loading
 * it needs no policy session and no RSA computation, and
 * TPM2_ActivateCredential proves by itself that AK and EK live in one TPM. Not
 * of the owner hierarchy: that and its auth value are the machine owner's, and
 * for keys of it the TPM obfuscates resetCount, restartCount and
 * firmwareVersion in what they sign, which a verifier must compare.
 *
 * TPM2_Clear replaces ehProof and with it what protects the children of the
 * primary (Part 3, 24.6): the AK is gone and the EK is not, as a reset between
 * tenants must have it.
 */
#ifndef ATT_TPM_AK_H
#define ATT_TPM_AK_H

#include "base/buf.h"
#include "tpm/tpm.h"

enum att_tpm_ak_type {
	ATT_TPM_AK_RSA2048,	/* RSASSA, SHA-256: what Keylime takes */
	ATT_TPM_AK_P256,	/* ECDSA, SHA-256 */
	ATT_TPM_AK_P384,	/* ECDSA, SHA-384; so is the Name */
};

/*
 * fixedTPM, fixedParent, sensitiveDataOrigin, userWithAuth, restricted, sign
 * (Part 2, 8.3): what an AK's attributes are, no more and no less. Checked
 * after creating and after loading.
 */
#define ATT_TPM_AK_ATTRIBUTES 0x00050072u

/* "rsa2048", "p256", "p384"; for configuration. */
const char *att_tpm_ak_type_name(enum att_tpm_ak_type type) ATT_MUST;
/* enum att_alg of its signatures, and of the pcrDigest of its quotes. */
uint16_t att_tpm_ak_hash(enum att_tpm_ak_type type) ATT_MUST;

struct att_tpm_ak;

/*
 * Makes an AK and loads it. *ret_blob (caller's, emptied before, at least
 * ATT_TPM_AK_BLOB_MAX) is what att_tpm_ak_load takes: only this TPM can use it,
 * but whoever has it and reaches the TPM can sign as this node.
 */
int att_tpm_ak_create(struct att_tpm *t, enum att_tpm_ak_type type,
    struct att_buf *ret_blob, struct att_tpm_ak **ret, struct att_err *err)
    ATT_MUST;
#define ATT_TPM_AK_BLOB_MAX 4096	/* bytes */

/*
 * Loads an AK again and checks that it is the one of the blob.
 * ATT_E_TPM_KEY: the blob is whole, but not of this TPM since it was last
 * cleared; make a new AK and enrol again. ATT_E_FORMAT and the like: the blob
 * is damaged.
 */
int att_tpm_ak_load(struct att_tpm *t, struct att_slice blob,
    struct att_tpm_ak **ret, struct att_err *err) ATT_MUST;
/* Before its context. */
void att_tpm_ak_free(struct att_tpm_ak *ak);
ATT_DEFINE_AUTO(struct att_tpm_ak, att_tpm_ak_free)

enum att_tpm_ak_type att_tpm_ak_type_of(const struct att_tpm_ak *ak) ATT_MUST;
/* TPM2B_PUBLIC: the TPMT_PUBLIC follows its two size bytes. */
struct att_slice att_tpm_ak_public(const struct att_tpm_ak *ak) ATT_MUST;
/* Name algorithm (2 bytes) and digest. */
struct att_slice att_tpm_ak_name(const struct att_tpm_ak *ak) ATT_MUST;

#endif
