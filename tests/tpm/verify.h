/* Keys and signatures of a TPM checked by OpenSSL alone: the other opinion. */
#ifndef ATT_TESTS_TPM_VERIFY_H
#define ATT_TESTS_TPM_VERIFY_H

#include <openssl/evp.h>

#include "base/util.h"

/* The key of a TPM2B_PUBLIC; ends the test if there is none. Caller frees. */
EVP_PKEY *verify_key(struct att_slice public);
/* True if `signature` (TPMT_SIGNATURE) is this key's over `message`. */
bool verify_signature(EVP_PKEY *key, struct att_slice message,
    struct att_slice signature);

#endif
