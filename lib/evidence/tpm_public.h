/* The public area of a TPM object: TPMT_PUBLIC (TPM 2.0 Part 2, 12.2.4). */
#ifndef ATT_EVIDENCE_TPM_PUBLIC_H
#define ATT_EVIDENCE_TPM_PUBLIC_H

#include "base/cur.h"
#include "crypto/pubkey.h"

/* TPM_ALG_ID (TCG Algorithm Registry, table 3), beside hashes and schemes. */
enum att_tpm_alg {
	ATT_TPM_ALG_RSA = 0x0001,
	ATT_TPM_ALG_AES = 0x0006,
	ATT_TPM_ALG_MGF1 = 0x0007,
	ATT_TPM_ALG_NULL = 0x0010,
	ATT_TPM_ALG_SM4 = 0x0013,
	ATT_TPM_ALG_RSAES = 0x0015,
	ATT_TPM_ALG_OAEP = 0x0017,
	ATT_TPM_ALG_ECDH = 0x0019,
	ATT_TPM_ALG_ECDAA = 0x001a,
	ATT_TPM_ALG_SM2 = 0x001b,
	ATT_TPM_ALG_ECSCHNORR = 0x001c,
	ATT_TPM_ALG_ECMQV = 0x001d,
	ATT_TPM_ALG_KDF1_SP800_56A = 0x0020,
	ATT_TPM_ALG_KDF2 = 0x0021,
	ATT_TPM_ALG_KDF1_SP800_108 = 0x0022,
	ATT_TPM_ALG_ECC = 0x0023,
	ATT_TPM_ALG_CAMELLIA = 0x0026,
	ATT_TPM_ALG_CFB = 0x0043,
};

/* TPMA_OBJECT (Part 2, 8.3). */
#define ATT_TPMA_FIXED_TPM		(1u << 1)
#define ATT_TPMA_ST_CLEAR		(1u << 2)
#define ATT_TPMA_FIXED_PARENT		(1u << 4)
#define ATT_TPMA_SENSITIVE_DATA_ORIGIN	(1u << 5)
#define ATT_TPMA_USER_WITH_AUTH		(1u << 6)
#define ATT_TPMA_ADMIN_WITH_POLICY	(1u << 7)
#define ATT_TPMA_NO_DA			(1u << 10)
#define ATT_TPMA_ENCRYPTED_DUPLICATION	(1u << 11)
#define ATT_TPMA_RESTRICTED		(1u << 16)
#define ATT_TPMA_DECRYPT		(1u << 17)
#define ATT_TPMA_SIGN			(1u << 18)
#define ATT_TPMA_X509_SIGN		(1u << 19)

#define ATT_TPM_PUBLIC_MAX 1024		/* bytes; RSA 4096 needs 604 */

/* TPMT_SYM_DEF_OBJECT; bits and mode 0 if alg is ATT_TPM_ALG_NULL. */
struct att_tpm_sym {
	uint16_t alg, bits, mode;
};
/* A scheme; hash 0 if it has none, count of ECDAA alone. */
struct att_tpm_scheme {
	uint16_t alg, hash, count;
};

/* Slices are of the bytes that were parsed. */
struct att_tpm_public {
	uint16_t type;		/* ATT_TPM_ALG_RSA or ATT_TPM_ALG_ECC */
	uint16_t name_alg;	/* enum att_alg */
	uint32_t attributes;	/* ATT_TPMA_ */
	struct att_slice policy;
	struct att_tpm_sym sym;
	struct att_tpm_scheme scheme;
	uint16_t rsa_bits;
	uint32_t rsa_exponent;	/* as on the wire: 0 is 65537 */
	struct att_slice rsa_n;
	uint16_t curve;		/* TPM_ECC_CURVE, any */
	struct att_tpm_scheme kdf;
	struct att_slice x, y;
	struct att_slice bytes;	/* the TPMT_PUBLIC, whole */
};

/* TPMT_PUBLIC, and TPM2B_PUBLIC with its two size bytes; nothing behind. */
int att_tpm_public_parse(struct att_slice bytes, struct att_tpm_public *ret,
    struct att_err *err) ATT_MUST;
int att_tpm_public_parse_2b(struct att_slice bytes,
    struct att_tpm_public *ret, struct att_err *err) ATT_MUST;
/* Appends the TPMT_PUBLIC, from the members; `bytes` is not looked at. */
void att_tpm_public_encode(const struct att_tpm_public *p,
    struct att_buf *ret);

/* nameAlg || H(TPMT_PUBLIC) (Part 1, 16). */
#define ATT_TPM_NAME_MAX (2 + ATT_DIGEST_MAX)
struct att_tpm_name {
	size_t len;
	uint8_t bytes[ATT_TPM_NAME_MAX];
};
int att_tpm_public_name(const struct att_tpm_public *p,
    struct att_tpm_name *ret, struct att_err *err) ATT_MUST;
struct att_slice att_tpm_name_view(const struct att_tpm_name *n);

/*
 * SHA-256 that is the same for all public areas of one key, whatever else they
 * say: who has the key is one TPM, under any description.
 */
int att_tpm_public_key_digest(const struct att_tpm_public *p,
    struct att_digest *ret, struct att_err *err) ATT_MUST;

/* ATT_E_UNSUPPORTED for a curve that pubkey.h does not have. */
int att_tpm_public_key(const struct att_tpm_public *p,
    struct att_pubkey **ret, struct att_err *err) ATT_MUST;

/*
 * May this be an attestation key? It must be fixedTPM, fixedParent,
 * sensitiveDataOrigin, userWithAuth, restricted and sign (0x00050072); noDA
 * and adminWithPolicy may be set, as they change how a use is authorised and
 * not what is signed; nothing else may, decrypt least of all. RSASSA, RSAPSS
 * or ECDSA is fixed in it with SHA-256, SHA-384 or SHA-512, which also is the
 * name algorithm's choice; the key is one that pubkey.h takes.
 * ATT_E_DENIED, and the text says what is wrong.
 */
int att_tpm_public_check_ak(const struct att_tpm_public *p,
    struct att_err *err) ATT_MUST;
/*
 * The same where `k` was parsed before: it must be the key of this public area,
 * and stands for the soundness of its numbers.
 */
int att_tpm_public_check_ak_of(const struct att_tpm_public *p,
    const struct att_pubkey *k, struct att_err *err) ATT_MUST;
/*
 * May this be an endorsement key? fixedTPM, fixedParent, sensitiveDataOrigin,
 * restricted, decrypt and not sign (EK Credential Profile, B.3, B.4); the
 * attributes that say who may use it are its owner's choice. AES-CFB, no
 * scheme. ATT_E_DENIED.
 */
int att_tpm_public_check_ek(const struct att_tpm_public *p,
    struct att_err *err) ATT_MUST;

#endif
