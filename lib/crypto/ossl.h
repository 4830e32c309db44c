/* OpenSSL objects as owned objects. Private to lib/crypto and makecred.c. */
#ifndef ATT_CRYPTO_OSSL_H
#define ATT_CRYPTO_OSSL_H

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/err.h"
#include "base/util.h"

static inline void
att_openssl_free(uint8_t *p)
{
	OPENSSL_free(p);
}

ATT_DEFINE_AUTO(ASN1_TIME, ASN1_TIME_free)
ATT_DEFINE_AUTO(BIGNUM, BN_free)
ATT_DEFINE_AUTO(BIO, BIO_free_all)
ATT_DEFINE_AUTO(ECDSA_SIG, ECDSA_SIG_free)
ATT_DEFINE_AUTO(EVP_CIPHER, EVP_CIPHER_free)
ATT_DEFINE_AUTO(EVP_CIPHER_CTX, EVP_CIPHER_CTX_free)
ATT_DEFINE_AUTO(EVP_KDF, EVP_KDF_free)
ATT_DEFINE_AUTO(EVP_KDF_CTX, EVP_KDF_CTX_free)
ATT_DEFINE_AUTO(EVP_MAC, EVP_MAC_free)
ATT_DEFINE_AUTO(EVP_MAC_CTX, EVP_MAC_CTX_free)
ATT_DEFINE_AUTO(EVP_PKEY, EVP_PKEY_free)
ATT_DEFINE_AUTO(EVP_PKEY_CTX, EVP_PKEY_CTX_free)
ATT_DEFINE_AUTO(GENERAL_NAMES, GENERAL_NAMES_free)
ATT_DEFINE_AUTO(OSSL_PARAM, OSSL_PARAM_free)
ATT_DEFINE_AUTO(OSSL_PARAM_BLD, OSSL_PARAM_BLD_free)
ATT_DEFINE_AUTO(X509, X509_free)
ATT_DEFINE_AUTO(X509_PUBKEY, X509_PUBKEY_free)
ATT_DEFINE_AUTO(X509_STORE, X509_STORE_free)
ATT_DEFINE_AUTO(X509_STORE_CTX, X509_STORE_CTX_free)
ATT_DEFINE_AUTO(uint8_t, att_openssl_free)

/*
 * The call failed though its input was sound: ATT_E_CRYPTO, or ATT_E_NOMEM if
 * OpenSSL says so, with OpenSSL's reason. Empties the thread's error queue.
 */
int att_ossl_fail(struct att_err *err, const char *what);
/*
 * The call failed and its input is at fault: `code` and `text`, unless OpenSSL
 * tells of want of memory, which is ATT_E_NOMEM. Empties the queue.
 */
int att_ossl_refuse(struct att_err *err, enum att_code code,
    const char *text) ATT_MUST;
/* True if the queue tells of want of memory; empties the queue. */
bool att_ossl_no_memory(void) ATT_MUST;

#if defined(__clang_analyzer__) && !defined(ATT_OSSL_HOME)
/* What the analyzer cannot see from outside: it never returns 0. */
#define att_ossl_refuse(err, code, text)                                     \
	(att_ossl_refuse(err, code, text) == ATT_E_NOMEM ? ATT_E_NOMEM :     \
							   (int)(code))
#endif

#endif
