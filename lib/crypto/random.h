/* The one source of random bytes. */
#ifndef ATT_CRYPTO_RANDOM_H
#define ATT_CRYPTO_RANDOM_H

#include "base/err.h"

/* n bytes from OpenSSL's CSPRNG; ATT_E_CRYPTO, and no use of *ret, else. */
int att_random(void *ret, size_t n, struct att_err *err) ATT_MUST;
/* For what is only to be spread: 0 where there are none. */
uint64_t att_random_number(void) ATT_MUST;

#endif
