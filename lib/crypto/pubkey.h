/*
 * Public keys: RSA of 2048 to 4096 bits, EC on P-256 and P-384. A key is
 * parsed once, is immutable from then on, and may be shared by threads.
 */
#ifndef ATT_CRYPTO_PUBKEY_H
#define ATT_CRYPTO_PUBKEY_H

#include "base/buf.h"
#include "base/digest.h"

enum att_key_kind {
	ATT_KEY_RSA = 1,
	ATT_KEY_EC,
};

/* Numbers of TPM_ECC_CURVE (TPM 2.0 Part 2, 6.4). */
enum att_curve {
	ATT_CURVE_NONE = 0,
	ATT_CURVE_P256 = 0x0003,
	ATT_CURVE_P384 = 0x0004,
};

/* Numbers of TPM_ALG_ID (TCG Algorithm Registry, table 3). */
enum att_sig_scheme {
	ATT_SIG_RSASSA = 0x0014,	/* PKCS #1 v1.5 */
	ATT_SIG_RSAPSS = 0x0016,
	ATT_SIG_ECDSA = 0x0018,
};

#define ATT_RSA_BITS_MIN 2048
#define ATT_RSA_BITS_MAX 4096
#define ATT_RSA_EXPONENT 65537u		/* the least that is taken */
#define ATT_SPKI_MAX 1024		/* bytes of DER */
#define ATT_SIG_MAX (ATT_RSA_BITS_MAX / 8)	/* bytes */

struct att_pubkey;
void att_pubkey_free(struct att_pubkey *k);
ATT_DEFINE_AUTO(struct att_pubkey, att_pubkey_free)

/*
 * Big-endian modulus, its first bit set, and an odd exponent of at least
 * ATT_RSA_EXPONENT.
 */
int att_pubkey_from_rsa(struct att_slice n, uint32_t e,
    struct att_pubkey **ret, struct att_err *err) ATT_MUST;
/*
 * Big-endian coordinates of a point on the curve; shorter than the field
 * where leading zero bytes were left out, as some TPMs do, never longer.
 */
int att_pubkey_from_ec(enum att_curve curve, struct att_slice x,
    struct att_slice y, struct att_pubkey **ret, struct att_err *err) ATT_MUST;
/* SubjectPublicKeyInfo (RFC 5280, 4.1), nothing behind it. */
int att_pubkey_from_der(struct att_slice spki, struct att_pubkey **ret,
    struct att_err *err) ATT_MUST;
/* One "PUBLIC KEY" (RFC 7468, 13). */
int att_pubkey_from_pem(struct att_slice text, struct att_pubkey **ret,
    struct att_err *err) ATT_MUST;

enum att_key_kind att_pubkey_kind(const struct att_pubkey *k) ATT_MUST;
/* Of the modulus, or of the field. */
unsigned att_pubkey_bits(const struct att_pubkey *k) ATT_MUST;
/* ATT_CURVE_NONE of an RSA key. */
enum att_curve att_pubkey_curve(const struct att_pubkey *k) ATT_MUST;
/* Append SubjectPublicKeyInfo, EC points uncompressed, as DER or PEM. */
int att_pubkey_to_der(const struct att_pubkey *k, struct att_buf *ret,
    struct att_err *err) ATT_MUST;
int att_pubkey_to_pem(const struct att_pubkey *k, struct att_buf *ret,
    struct att_err *err) ATT_MUST;
bool att_pubkey_equal(const struct att_pubkey *a, const struct att_pubkey *b)
    ATT_MUST;
/*
 * Was it made from these numbers, in the form that att_pubkey_from_rsa and
 * att_pubkey_from_ec take? That spares a parse where a key is known already.
 */
bool att_pubkey_is_rsa(const struct att_pubkey *k, struct att_slice n,
    uint32_t e) ATT_MUST;
bool att_pubkey_is_ec(const struct att_pubkey *k, enum att_curve curve,
    struct att_slice x, struct att_slice y) ATT_MUST;

/*
 * Verifies a signature over `message`, hashed with `hash` (enum att_alg): for
 * RSA the bytes as they are, for ECDSA r || s, each of the field's size.
 * ATT_E_SIGNATURE if it does not verify, a key of the other kind or a wrong
 * length included; ATT_E_UNSUPPORTED for a scheme or hash that is not known;
 * ATT_E_CRYPTO or ATT_E_NOMEM if nothing can be said. PSS salts of any length
 * are taken: TPMs make the longest or that of the digest (Part 1, B.7).
 */
int att_pubkey_verify(const struct att_pubkey *k, enum att_sig_scheme scheme,
    uint16_t hash, struct att_slice message, struct att_slice signature,
    struct att_err *err) ATT_MUST;

/*
 * The same over a digest that is at hand, and signed as X.509 and the kernel
 * have it: PKCS #1 v1.5 by an RSA key, ECDSA in DER (RFC 3279, 2.2.3) by an EC
 * key. ATT_E_SIGNATURE if it does not verify, DER that is none included.
 */
int att_pubkey_verify_digest(const struct att_pubkey *k,
    const struct att_digest *d, struct att_slice signature,
    struct att_err *err) ATT_MUST;

/*
 * SHA-1 over the bits of the key, as most issuers make the subject key
 * identifier of a certificate (RFC 5280, 4.2.1.2, method 1).
 */
int att_pubkey_id(const struct att_pubkey *k, struct att_digest *ret,
    struct att_err *err) ATT_MUST;

/*
 * The EVP_PKEY, owned by the key, and a key with the numbers of an EVP_PKEY:
 * for lib/crypto and makecred.c alone.
 */
void *att_pubkey_evp(const struct att_pubkey *k) ATT_MUST;
int att_pubkey_from_evp(const void *evp, struct att_pubkey **ret,
    struct att_err *err) ATT_MUST;

#endif
