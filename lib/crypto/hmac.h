/* HMAC (RFC 2104). */
#ifndef ATT_CRYPTO_HMAC_H
#define ATT_CRYPTO_HMAC_H

#include "base/digest.h"

/*
 * With the hash `alg`; ATT_E_UNSUPPORTED where it is not at hand. A key may
 * have any length, 0 too.
 */
int att_hmac(uint16_t alg, struct att_slice key, struct att_slice message,
    struct att_digest *ret, struct att_err *err) ATT_MUST;

#endif
