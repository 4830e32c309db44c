#include "crypto/hmac.h"

#include <openssl/core_names.h>

#include "crypto/ossl.h"

int
att_hmac(uint16_t alg, struct att_slice key, struct att_slice message,
    struct att_digest *ret, struct att_err *err)
{
	struct att_digest d = { .alg = alg };
	const EVP_MD *md = att_alg_evp(alg);
	size_t len = 0;

	/* OpenSSL takes NULL for "no key set", not for the empty key */
	if (key.len == 0)
		key.data = d.bytes;
	if (md == NULL)
		return att_err_set(err, ATT_E_UNSUPPORTED,
		    "digest algorithm 0x%04x is not available", alg);
	if (EVP_Q_mac(NULL, "HMAC", NULL, EVP_MD_get0_name(md), NULL,
		key.data, key.len, message.data, message.len, d.bytes,
		sizeof(d.bytes), &len) == NULL)
		return att_ossl_fail(err, "HMAC");
	d.len = (uint16_t)len;
	*ret = d;
	return 0;
}
