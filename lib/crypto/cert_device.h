/*
 * Certificates of devices that sign what they measured (SPDM). Their roots
 * are pinned by key: makers reissue a root's certificate for the same key.
 */
#ifndef ATT_CRYPTO_CERT_DEVICE_H
#define ATT_CRYPTO_CERT_DEVICE_H

#include "crypto/cert.h"

/*
 * Is this a certificate for signing, at time `now` (seconds since 1970), with
 * a chain behind it (att_cert_parse) that ends in a CA whose key is pinned?
 * `root` are SHA-256 digests of SubjectPublicKeyInfo in DER; *ret_root is the
 * one that the chain ended in. Critical extensions of TCG's DICE are passed
 * over: they say what is measured, not what the key may do. Failures:
 *
 *	ATT_E_FORMAT	a CA, or a key usage without digitalSignature
 *	ATT_E_UNSUPPORTED the key is of a kind that is not taken
 *	ATT_E_EXPIRED	it or one of its issuers is expired or not yet valid
 *	ATT_E_UNTRUSTED	no pinned key in the chain, or a signature is wrong
 *	ATT_E_CRYPTO, ATT_E_NOMEM	nothing can be said
 */
int att_cert_check_device(const struct att_cert *c,
    const struct att_digest *root, size_t count, int64_t now,
    struct att_digest *ret_root, struct att_err *err) ATT_MUST;

#endif
