/*
 * VCA of SPDM (DMTF DSP0274): the six messages by which two sides agree on a
 * version, capabilities and algorithms. From 1.2 on they stand in front of
 * what is signed.
 */
#ifndef ATT_FIRMWARE_SPDM_VCA_H
#define ATT_FIRMWARE_SPDM_VCA_H

#include "base/cur.h"
#include "crypto/pubkey.h"

enum att_spdm_version {
	ATT_SPDM_10 = 0x10,
	ATT_SPDM_11 = 0x11,
	ATT_SPDM_12 = 0x12,
	ATT_SPDM_13 = 0x13,
};

/* What signs, and over which hash. All zero: not told. */
struct att_spdm_algorithms {
	enum att_sig_scheme scheme;
	unsigned key_bits;		/* of the modulus, or of the field */
	uint16_t hash;			/* enum att_alg */
};
/* "ecdsa-p384" ... by name; false if it is not known or not taken. */
bool att_spdm_scheme_by_name(const char *name,
    struct att_spdm_algorithms *ret) ATT_MUST;
/* NULL if not told. */
const char *att_spdm_scheme_name(const struct att_spdm_algorithms *a)
    ATT_MUST;
/* Bytes of a signature; 0 if not told. */
size_t att_spdm_signature_size(const struct att_spdm_algorithms *a) ATT_MUST;

struct att_spdm_vca {
	uint8_t version;		/* enum att_spdm_version, 1.2 or 1.3 */
	struct att_spdm_algorithms algorithms;
	size_t digest_size;	/* of measurements; 0: all are raw */
};

/* True if the bytes begin with GET_VERSION. */
bool att_spdm_vca_is_there(const struct att_cur *c) ATT_MUST;
/*
 * Walks the six messages; c stands behind them. ATT_E_UNSUPPORTED names a
 * version or an algorithm that is not taken.
 */
int att_spdm_vca_parse(struct att_cur *c, struct att_spdm_vca *ret,
    struct att_err *err) ATT_MUST;

#endif
