#include "crypto/random.h"

#include <openssl/rand.h>

#include "crypto/ossl.h"

int
att_random(void *ret, size_t n, struct att_err *err)
{
	if (RAND_bytes_ex(NULL, ret, n, 0) != 1)
		return att_ossl_fail(err, "random bytes");
	return 0;
}

uint64_t
att_random_number(void)
{
	uint64_t n = 0;

	return att_random(&n, sizeof(n), NULL) < 0 ? 0 : n;
}
