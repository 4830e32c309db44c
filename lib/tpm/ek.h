/* Endorsement keys (TCG EK Credential Profile 2.4) and their certificates. */
#ifndef ATT_TPM_EK_H
#define ATT_TPM_EK_H

#include "base/buf.h"
#include "tpm/tpm.h"

/* Templates of the profile, annex B.3 and B.4. */
enum att_tpm_ek_type {
	ATT_TPM_EK_AUTO,	/* see att_tpm_ek_open */
	ATT_TPM_EK_RSA2048,	/* L-1, certificate at NV 0x01c00002 */
	ATT_TPM_EK_P256,	/* L-2, 0x01c0000a */
	ATT_TPM_EK_RSA2048_HIGH, /* H-1, 0x01c00012 */
	ATT_TPM_EK_P256_HIGH,	/* H-2, 0x01c00014 */
	ATT_TPM_EK_P384_HIGH,	/* H-3, 0x01c00016 */
};

/* "auto", "rsa2048", "p256", "rsa2048-high", ...; for configuration. */
const char *att_tpm_ek_type_name(enum att_tpm_ek_type type) ATT_MUST;
bool att_tpm_ek_type_by_name(const char *name, enum att_tpm_ek_type *ret)
    ATT_MUST;

struct att_tpm_ek;

/*
 * The EK, loaded: a persistent one in 0x81010000 to 0x810100ff that was made
 * from the template as a primary of the endorsement hierarchy, else created.
 * Template and nonce in NV (low range) replace the default ones. AUTO takes
 * the first type, in the order above, that has a certificate; without any,
 * RSA2048.
 *
 * It takes a transient slot until it is freed, which is before its context.
 * There are three, in a TPM and for a connection to /dev/tpmrm0; creating or
 * loading an AK needs two.
 */
int att_tpm_ek_open(struct att_tpm *t, enum att_tpm_ek_type type,
    struct att_tpm_ek **ret, struct att_err *err) ATT_MUST;
void att_tpm_ek_free(struct att_tpm_ek *ek);
ATT_DEFINE_AUTO(struct att_tpm_ek, att_tpm_ek_free)

/* Never AUTO. */
enum att_tpm_ek_type att_tpm_ek_type_of(const struct att_tpm_ek *ek) ATT_MUST;
/* TPM2B_PUBLIC: the TPMT_PUBLIC follows its two size bytes. */
struct att_slice att_tpm_ek_public(const struct att_tpm_ek *ek) ATT_MUST;
/* Name algorithm (2 bytes) and digest. */
struct att_slice att_tpm_ek_name(const struct att_tpm_ek *ek) ATT_MUST;
/*
 * DER, cut to the length that the DER itself states; not checked beyond that,
 * nor against the key. Empty: the TPM holds none, which is a state of many
 * TPMs and no error.
 */
struct att_slice att_tpm_ek_cert(const struct att_tpm_ek *ek) ATT_MUST;

/* Bytes, with what stands behind it in NV. */
#define ATT_TPM_EK_CERT_MAX 8192

#endif
