#include "crypto/keypair.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "crypto/ossl.h"

/* Else OpenSSL asks the terminal. */
static int
no_password(char *buf, int size, int writing, void *ctx)
{
	return -1;
}

static BIO *
bio_of(struct att_slice s)
{
	return s.len > INT_MAX ? NULL :
	    BIO_new_mem_buf(s.len == 0 ? "" : (const char *)s.data,
		(int)s.len);
}

int
att_keypair_check(struct att_slice cert, struct att_slice key,
    struct att_err *err)
{
	AUTO(BIO_free_all) BIO *c = bio_of(cert);
	AUTO(BIO_free_all) BIO *k = bio_of(key);
	AUTO(X509_free) X509 *x = NULL;
	AUTO(EVP_PKEY_free) EVP_PKEY *p = NULL;

	if (c == NULL || k == NULL)
		return att_err_nomem(err);
	ERR_clear_error();
	if ((x = PEM_read_bio_X509(c, NULL, no_password, NULL)) == NULL)
		return att_ossl_refuse(err, ATT_E_FORMAT,
		    "no certificate in PEM form");
	if ((p = PEM_read_bio_PrivateKey(k, NULL, no_password, NULL)) == NULL)
		return att_ossl_refuse(err, ATT_E_FORMAT,
		    "no private key in PEM form, or an enciphered one");
	if (X509_check_private_key(x, p) != 1)
		return att_ossl_refuse(err, ATT_E_MISMATCH,
		    "not the key of the certificate");
	return 0;
}
