#define ATT_OSSL_HOME
#include "crypto/ossl.h"

#include <openssl/err.h>

bool
att_ossl_no_memory(void)
{
	bool seen = false;
	unsigned long e;

	while ((e = ERR_get_error()) != 0)
		if (ERR_GET_REASON(e) == ERR_R_MALLOC_FAILURE)
			seen = true;
	return seen;
}

int
att_ossl_fail(struct att_err *err, const char *what)
{
	const char *reason = ERR_reason_error_string(ERR_peek_error());

	if (att_ossl_no_memory())
		return att_err_nomem(err);
	return att_err_set(err, ATT_E_CRYPTO, "%s: %s", what,
	    reason != NULL ? reason : "the crypto library failed");
}

int
att_ossl_refuse(struct att_err *err, enum att_code code, const char *text)
{
	return att_ossl_no_memory() ? att_err_nomem(err) :
				      att_err_set(err, code, "%s", text);
}
