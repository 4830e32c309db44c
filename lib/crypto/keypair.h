/* A certificate of ours and the private key that belongs to it. */
#ifndef ATT_CRYPTO_KEYPAIR_H
#define ATT_CRYPTO_KEYPAIR_H

#include "base/cur.h"
#include "base/err.h"

/*
 * Both PEM: the first certificate, and a private key that is not enciphered.
 * ATT_E_FORMAT: the one or the other is none; ATT_E_MISMATCH: it is another's.
 */
int att_keypair_check(struct att_slice cert, struct att_slice key,
    struct att_err *err) ATT_MUST;

#endif
