/*
 * What a quote is bound to: the qualifyingData that the node gives to
 * TPM2_Quote and that the verifier expects in extraData. Both sides call
 * these functions; docs/PROTOCOL-evidence.txt, section 3, has the formula.
 */
#ifndef ATT_EVIDENCE_BINDING_H
#define ATT_EVIDENCE_BINDING_H

#include "base/buf.h"
#include "base/digest.h"

/*
 * Bytes of a challenge. Below 16 a repetition could be hoped for; a TPM takes
 * at most its largest digest as qualifyingData (Part 3, 18.4), and EAT at most
 * 64 bytes as a nonce (RFC 9711, 4.1).
 */
#define ATT_CHALLENGE_MIN 16
#define ATT_CHALLENGE_MAX 64
#define ATT_BINDING_ITEMS_MAX 16

/* SHA-256 of the bytes of one item. */
int att_binding_item(struct att_hasher *h, struct att_slice bytes,
    struct att_digest *ret, struct att_err *err) ATT_MUST;

/*
 * qualifyingData of a bound quote (32 bytes):
 *
 *	SHA-256("attestd bound quote v1\0" || be16 length of challenge ||
 *	    challenge || item[0] || ... || item[count - 1])
 *
 * `item` are results of att_binding_item, in the order in which the verifier
 * asked. A challenge of another length is ATT_E_FORMAT, more items than
 * ATT_BINDING_ITEMS_MAX ATT_E_LIMIT. With count 0 the quote is bound to the
 * tag and the challenge; a quote for plain Keylime is not bound at all: its
 * qualifyingData is the challenge.
 */
int att_binding_compute(struct att_hasher *h, struct att_slice challenge,
    const struct att_digest *item, size_t count, struct att_digest *ret,
    struct att_err *err) ATT_MUST;

#define ATT_DEVICE_NAME_MAX 255	/* bytes of a component's name */

/*
 * The nonce that a device signs over (SPDM), so that one challenge dates all
 * of the evidence (32 bytes):
 *
 *	SHA-256("attestd spdm nonce v1\0" || be16 length of challenge ||
 *	    challenge || name)
 *
 * A name of 0 or more than ATT_DEVICE_NAME_MAX bytes is ATT_E_FORMAT, as is a
 * challenge of another length than above.
 */
int att_binding_spdm_nonce(struct att_hasher *h, struct att_slice challenge,
    struct att_slice name, struct att_digest *ret, struct att_err *err)
    ATT_MUST;

#endif
