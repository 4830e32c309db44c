#include "crypto/cert_device.h"

#include <openssl/err.h>
#include <string.h>

#include "crypto/cert_inside.h"

/* TCG DICE Attestation Architecture: TcbInfo and its kin */
#define OID_DICE "2.23.133.5.4."

static int
spki_of(const X509 *x, struct att_digest *ret, struct att_err *err)
{
	AUTO(att_openssl_free) uint8_t *spki = NULL;
	int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x), &spki);

	if (len <= 0)
		return att_ossl_fail(err, "public key");
	return att_digest_of(ATT_ALG_SHA256,
	    (struct att_slice){ spki, (size_t)len }, ret, err);
}

static int
check_shape(const struct att_cert *c, struct att_err *err)
{
	uint32_t flags = X509_get_extension_flags(c->x);
	uint32_t usage = X509_get_key_usage(c->x);

	if (c->key == NULL)
		return att_err_set(err, ATT_E_UNSUPPORTED,
		    "device certificate's key is neither RSA 2048 to 4096 nor "
		    "P-256 or P-384");
	/* else they could not be read, and would look like none */
	if ((flags & EXFLAG_SET) == 0)
		return att_err_nomem(err);
	if ((flags & EXFLAG_INVALID) != 0)
		return att_ossl_refuse(err, ATT_E_FORMAT,
		    "device certificate has a malformed or repeated "
		    "extension");
	if (X509_check_ca(c->x) != 0)
		return att_err_set(err, ATT_E_FORMAT,
		    "not a device certificate: it is that of a CA");
	if (usage != UINT32_MAX && (usage & KU_DIGITAL_SIGNATURE) == 0)
		return att_err_set(err, ATT_E_FORMAT,
		    "not a device certificate: key usage lacks "
		    "digitalSignature");
	return 0;
}

static bool
is_pinned(const struct att_digest *spki, const struct att_digest *root,
    size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (att_digest_equal(spki, &root[i]))
			return true;
	return false;
}

/* A root that its own key did not sign is nobody's: only its key is pinned. */
static int
check_root(X509 *x, struct att_err *err)
{
	if ((X509_get_extension_flags(x) & EXFLAG_SI) == 0 ||
	    X509_verify(x, X509_get0_pubkey(x)) == 1)
		return 0;
	return att_ossl_refuse(err, ATT_E_UNTRUSTED,
	    "the certificate of the pinned key is not signed by that key");
}

/* Those of the chain that have a pinned key. */
static int
collect_roots(const struct att_cert *c, const struct att_digest *root,
    size_t count, X509_STORE *to, struct att_err *err)
{
	struct att_digest spki = { 0 };
	char hex[ATT_DIGEST_HEX_MAX];
	bool found = false;
	int r;

	for (int i = 0; i < sk_X509_num(c->chain); i++) {
		X509 *x = sk_X509_value(c->chain, i);

		if ((r = spki_of(x, &spki, err)) < 0)
			return r;
		/* 1: basicConstraints says so (RFC 5280, 4.2.1.9) */
		if (!is_pinned(&spki, root, count) || X509_check_ca(x) != 1)
			continue;
		if ((r = check_root(x, err)) < 0)
			return r;
		if (X509_STORE_add_cert(to, x) != 1)
			return att_ossl_fail(err, "pinned certificate");
		found = true;
	}
	if (found)
		return 0;
	if (spki.alg == 0)
		return att_err_set(err, ATT_E_UNTRUSTED,
		    "no certificate of an issuer came with it");
	return att_err_set(err, ATT_E_UNTRUSTED,
	    "no CA in the chain has a pinned key; the last key is %s",
	    att_digest_hex(&spki, hex));
}

static bool
is_dice(X509_EXTENSION *e)
{
	char text[80];

	return OBJ_obj2txt(text, sizeof(text), X509_EXTENSION_get_object(e),
		   1) > 0 && strncmp(text, OID_DICE, strlen(OID_DICE)) == 0;
}

/* Of the critical extensions that OpenSSL does not know all are DICE's. */
static bool
is_dice_alone(const X509 *x)
{
	for (int i = 0; i < X509_get_ext_count(x); i++) {
		X509_EXTENSION *e = X509_get_ext(x, i);

		if (X509_EXTENSION_get_critical(e) != 0 &&
		    X509_supported_extension(e) == 0 && !is_dice(e))
			return false;
	}
	return true;
}

static int
pass_over_dice(int good, X509_STORE_CTX *ctx)
{
	const X509 *x = X509_STORE_CTX_get_current_cert(ctx);

	if (good == 0 && x != NULL && X509_STORE_CTX_get_error(ctx) ==
	    X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION && is_dice_alone(x))
		return 1;
	return good;
}

static int
check_chain(const struct att_cert *c, X509_STORE *roots, int64_t now,
    struct att_digest *ret_root, struct att_err *err)
{
	AUTO(X509_STORE_CTX_free) X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	const STACK_OF(X509) *chain;
	X509_VERIFY_PARAM *p;
	int r;

	if (ctx == NULL ||
	    X509_STORE_CTX_init(ctx, roots, c->x, c->chain) != 1)
		return att_err_nomem(err);
	p = X509_STORE_CTX_get0_param(ctx);
	X509_VERIFY_PARAM_set_time(p, (time_t)now);
	X509_VERIFY_PARAM_set_depth(p, ATT_CERT_DEPTH_MAX);
	X509_VERIFY_PARAM_set_auth_level(p, ATT_CERT_SECURITY_LEVEL);
	if (X509_VERIFY_PARAM_set_flags(p, X509_V_FLAG_PARTIAL_CHAIN) != 1)
		return att_ossl_fail(err, "certificate chain");
	X509_STORE_CTX_set_verify_cb(ctx, pass_over_dice);
	r = X509_verify_cert(ctx);
	if (r < 0)
		return att_ossl_fail(err, "certificate chain");
	if (r == 0) {
		r = att_cert_explain(ctx, "device certificate",
		    "the pinned keys", err);
		ERR_clear_error();
		return r;
	}
	chain = X509_STORE_CTX_get0_chain(ctx);
	return spki_of(sk_X509_value(chain, sk_X509_num(chain) - 1),
	    ret_root, err);
}

int
att_cert_check_device(const struct att_cert *c, const struct att_digest *root,
    size_t count, int64_t now, struct att_digest *ret_root,
    struct att_err *err)
{
	AUTO(X509_STORE_free) X509_STORE *roots = X509_STORE_new();
	struct att_digest found;
	int r;

	if (roots == NULL)
		return att_err_nomem(err);
	if ((r = check_shape(c, err)) < 0 ||
	    (r = collect_roots(c, root, count, roots, err)) < 0 ||
	    (r = check_chain(c, roots, now, &found, err)) < 0)
		return r;
	*ret_root = found;
	return 0;
}
