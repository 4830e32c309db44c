/* What curl and RFC 7469 call the pin of a certificate's key. */
#ifndef ATT_TESTS_HTTP_PIN_H
#define ATT_TESTS_HTTP_PIN_H

#include "tests/http/peer.h"

#define PIN_MAX 64

static inline ATT_UNUSED const char *
pin_of(const struct cert *c, char ret[static PIN_MAX])
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(PIN_MAX - 1);
	uint8_t hash[32], *der = NULL;
	int len = i2d_PUBKEY(c->key, &der);

	ck_assert_int_gt(len, 0);
	ck_assert(EVP_Digest(der, (size_t)len, hash, NULL, EVP_sha256(),
	    NULL) == 1);
	OPENSSL_free(der);
	att_buf_str(&b, "sha256//");
	att_base64_put(&b, (struct att_slice){ hash, sizeof(hash) });
	ck_assert(!b.failed);
	memcpy(ret, b.data, b.len);
	ret[b.len] = '\0';
	return ret;
}

#endif
