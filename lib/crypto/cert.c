#include "crypto/cert.h"

#include <openssl/err.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/cur.h"
#include "base/encoding.h"
#include "base/text.h"
#include "crypto/cert_inside.h"
#include "crypto/pem.h"

#define DER_SEQUENCE 0x30	/* X.690, 8.9: what a certificate is */

#define OID_TPM_MANUFACTURER "2.23.133.2.1"
#define OID_TPM_MODEL "2.23.133.2.2"
#define OID_TPM_VERSION "2.23.133.2.3"
#define OID_EK_CERTIFICATE "2.23.133.8.1"

struct att_cert_store {
	X509_STORE *store;
};

static void
free_stack(STACK_OF(X509) *s)
{
	sk_X509_pop_free(s, X509_free);
}

ATT_DEFINE_AUTO(STACK_OF(X509), free_stack)

void
att_cert_free(struct att_cert *c)
{
	if (c == NULL)
		return;
	X509_free(c->x);
	OPENSSL_free(c->der);
	att_pubkey_free(c->key);
	free_stack(c->chain);
	free(c);
}

/* -- reading -------------------------------------------------------- */

int
att_cert_trim(struct att_slice nv, struct att_slice *ret, struct att_err *err)
{
	struct att_cur c = att_cur_of(nv);
	uint8_t tag, first;
	uint16_t len;

	/* a certificate has 128 to 65535 bytes: long form, one or two bytes */
	if (!att_cur_u8(&c, &tag) || !att_cur_u8(&c, &first))
		return att_err_set(err, ATT_E_SHORT,
		    "certificate of %zu bytes", nv.len);
	if (tag != DER_SEQUENCE || (first != 0x81 && first != 0x82))
		return att_err_set(err, ATT_E_FORMAT,
		    "no certificate: begins with %02x %02x", tag, first);
	if (first == 0x81) {
		uint8_t low;

		if (!att_cur_u8(&c, &low))
			return att_err_set(err, ATT_E_SHORT,
			    "certificate of %zu bytes", nv.len);
		len = low;
	} else if (!att_cur_be16(&c, &len)) {
		return att_err_set(err, ATT_E_SHORT,
		    "certificate of %zu bytes", nv.len);
	}
	if (!att_cur_skip(&c, len))
		return att_err_set(err, ATT_E_SHORT,
		    "certificate of %u bytes, only %zu are there", len,
		    c.left);
	*ret = (struct att_slice){ nv.data, (size_t)c.off };
	return 0;
}

/* Appends the certificate, whole. */
static int
push_der(STACK_OF(X509) *to, struct att_slice der, struct att_err *err)
{
	AUTO(X509_free) X509 *x = NULL;
	const uint8_t *p = der.data;

	if (der.len > ATT_CERT_MAX)
		return att_err_set(err, ATT_E_LIMIT,
		    "certificate of %zu bytes, at most %d are taken", der.len,
		    ATT_CERT_MAX);
	if ((x = d2i_X509(NULL, &p, (long)der.len)) == NULL)
		return att_ossl_refuse(err, ATT_E_FORMAT,
		    "not an X.509 certificate (RFC 5280, 4.1)");
	if (p != der.data + der.len)
		return att_err_at(err, ATT_E_TRAILING,
		    (uint64_t)(p - der.data), "bytes after the certificate");
	if (sk_X509_push(to, x) <= 0)
		return att_err_nomem(err);
	(void)take(&x);
	return 0;
}

static int
push_pem(STACK_OF(X509) *to, struct att_slice text, size_t max,
    struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf der = ATT_BUF(ATT_CERT_MAX);
	AUTO(att_pem_free) struct att_pem *pem = NULL;
	int r;

	if ((r = att_pem_open(text, &pem, err)) < 0)
		return r;
	while ((r = att_pem_next(pem, "CERTIFICATE", &der, err)) > 0) {
		if ((size_t)sk_X509_num(to) >= max)
			return att_err_set(err, ATT_E_LIMIT,
			    "more than %zu certificates in one file", max);
		if ((r = push_der(to, att_buf_view(&der), err)) < 0)
			return r;
	}
	return r;
}

/* All certificates of the bytes: at least one, at most `max` (not 0). */
static int
read_all(struct att_slice bytes, size_t max, STACK_OF(X509) **ret,
    struct att_err *err)
{
	AUTO(free_stack) STACK_OF(X509) *s = sk_X509_new_null();
	int r;

	if (s == NULL)
		return att_err_nomem(err);
	if (bytes.len != 0 && bytes.data[0] == DER_SEQUENCE)
		r = push_der(s, bytes, err);
	else
		r = push_pem(s, bytes, max, err);
	if (r < 0)
		return r;
	if (sk_X509_num(s) == 0)
		return att_err_set(err, ATT_E_FORMAT,
		    "no certificate, neither DER nor PEM");
	*ret = take(&s);
	return 0;
}

/* -- what it says ---------------------------------------------------- */

/* Clean text, cut at ATT_CERT_NAME_MAX between characters. */
static int
set_text(char *ret, struct att_slice raw, struct att_err *err)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(4 * ATT_CERT_MAX);
	size_t n;
	int r;

	att_text_put(&b, raw);
	if ((r = att_buf_ok(&b, "certificate's name", err)) < 0)
		return r;
	n = ATT_MIN(b.len, (size_t)ATT_CERT_NAME_MAX);
	while (n < b.len && n > 0 && (b.data[n] & 0xc0) == 0x80)
		n--;
	if (n != 0)
		memcpy(ret, b.data, n);
	ret[n] = '\0';
	return 0;
}

static int
set_name(char *ret, const X509_NAME *name, struct att_err *err)
{
	AUTO(BIO_free_all) BIO *bio = BIO_new(BIO_s_mem());
	uint8_t *text = NULL;
	long len;

	if (bio == NULL || X509_NAME_print_ex(bio, name, 0,
		XN_FLAG_SEP_CPLUS_SPC | ASN1_STRFLGS_UTF8_CONVERT) < 0)
		return att_ossl_fail(err, "certificate's name");
	len = BIO_get_mem_data(bio, &text);
	return set_text(ret, (struct att_slice){ text, (size_t)len }, err);
}

static int
set_serial(char *ret, const ASN1_INTEGER *serial, struct att_err *err)
{
	AUTO(BN_free) BIGNUM *bn = ASN1_INTEGER_to_BN(serial, NULL);
	uint8_t raw[ATT_CERT_SERIAL_MAX];

	if (bn == NULL)
		return att_ossl_fail(err, "serial number");
	if (BN_num_bytes(bn) > ATT_CERT_SERIAL_MAX)
		return att_err_set(err, ATT_E_LIMIT,
		    "serial number of %d bytes (RFC 5280, 4.1.2.2)",
		    BN_num_bytes(bn));
	att_hex_encode((struct att_slice){ raw, (size_t)BN_bn2bin(bn, raw) },
	    ret);
	return 0;
}

static int
set_time(int64_t *ret, const ASN1_TIME *t, struct att_err *err)
{
	AUTO(ASN1_TIME_free) ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
	int days, seconds;

	if (epoch == NULL)
		return att_err_nomem(err);
	/* not by way of time_t, which may end in 2038: 9999 is common */
	if (ASN1_TIME_diff(&days, &seconds, epoch, t) != 1)
		return att_ossl_refuse(err, ATT_E_FORMAT,
		    "validity is no time (RFC 5280, 4.1.2.5)");
	*ret = (int64_t)days * 86400 + seconds;
	return 0;
}

static bool
has_oid(const ASN1_OBJECT *obj, const char *oid)
{
	char text[80];

	return OBJ_obj2txt(text, sizeof(text), obj, 1) > 0 &&
	    strcmp(text, oid) == 0;
}

/* TCG attributes of one directoryName (EK Credential Profile, 3.1.2). */
static int
set_tpm(struct att_cert_tpm *t, const X509_NAME *name, struct att_err *err)
{
	for (int i = 0; i < X509_NAME_entry_count(name); i++) {
		const X509_NAME_ENTRY *e = X509_NAME_get_entry(name, i);
		const ASN1_OBJECT *obj = X509_NAME_ENTRY_get_object(e);
		AUTO(att_openssl_free) uint8_t *text = NULL;
		char *to = NULL;
		int len, r;

		if (has_oid(obj, OID_TPM_MANUFACTURER))
			to = t->manufacturer;
		else if (has_oid(obj, OID_TPM_MODEL))
			to = t->model;
		else if (has_oid(obj, OID_TPM_VERSION))
			to = t->version;
		if (to == NULL)
			continue;
		len = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(e));
		if (len < 0)
			return att_ossl_refuse(err, ATT_E_FORMAT,
			    "TPM attribute is no string");
		if ((r = set_text(to, (struct att_slice){ text, (size_t)len },
			 err)) < 0)
			return r;
	}
	return 0;
}

static int
set_san(struct att_cert_tpm *ret, const X509 *x, struct att_err *err)
{
	int crit = 0, r;
	AUTO(GENERAL_NAMES_free)
	GENERAL_NAMES *names =
	    X509_get_ext_d2i(x, NID_subject_alt_name, &crit, NULL);

	/* -1: there is none */
	if (names == NULL && crit != -1)
		return att_ossl_refuse(err, ATT_E_FORMAT,
		    "subject alternative name is malformed, or there twice");
	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		int type;
		const X509_NAME *dir = GENERAL_NAME_get0_value(
		    sk_GENERAL_NAME_value(names, i), &type);

		if (type == GEN_DIRNAME &&
		    (r = set_tpm(ret, dir, err)) < 0)
			return r;
	}
	return 0;
}

static int
set_key(struct att_pubkey **ret, const X509 *x, struct att_err *err)
{
	AUTO(att_openssl_free) uint8_t *spki = NULL;
	struct att_err why = { 0 };
	int len, r;

	/* read again: d2i_X509 forgets why it read none, and goes on */
	if ((len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x), &spki)) <= 0)
		return att_ossl_fail(err, "public key");
	r = att_pubkey_from_der((struct att_slice){ spki, (size_t)len }, ret,
	    &why);
	/* a key that is not taken is no fault of the certificate */
	if (r == 0 || att_code_kind(r) != ATT_KIND_SYSTEM)
		return 0;
	return att_err_set(err, r, "%s", why.text);
}

static int
describe(struct att_cert *c, struct att_err *err)
{
	int len = i2d_X509(c->x, &c->der);
	int r;

	if (len <= 0)
		return att_ossl_fail(err, "certificate");
	c->der_len = (size_t)len;
	if ((r = set_name(c->subject, X509_get_subject_name(c->x), err)) < 0 ||
	    (r = set_name(c->issuer, X509_get_issuer_name(c->x), err)) < 0 ||
	    (r = set_serial(c->serial, X509_get0_serialNumber(c->x), err)) <
		0 ||
	    (r = set_time(&c->not_before, X509_get0_notBefore(c->x), err)) <
		0 ||
	    (r = set_time(&c->not_after, X509_get0_notAfter(c->x), err)) < 0 ||
	    (r = set_san(&c->tpm, c->x, err)) < 0)
		return r;
	return set_key(&c->key, c->x, err);
}

int
att_cert_parse(struct att_slice bytes, struct att_cert **ret,
    struct att_err *err)
{
	AUTO(att_cert_free) struct att_cert *c = calloc(1, sizeof(*c));
	int r;

	if (c == NULL)
		return att_err_nomem(err);
	if ((r = read_all(bytes, 1 + ATT_CERT_CHAIN_MAX, &c->chain, err)) < 0)
		return r;
	c->x = sk_X509_shift(c->chain);
	if ((r = describe(c, err)) < 0)
		return r;
	*ret = take(&c);
	return 0;
}

struct att_slice
att_cert_der(const struct att_cert *c)
{
	return (struct att_slice){ c->der, c->der_len };
}

const char *
att_cert_subject(const struct att_cert *c)
{
	return c->subject;
}

const char *
att_cert_issuer(const struct att_cert *c)
{
	return c->issuer;
}

const char *
att_cert_serial(const struct att_cert *c)
{
	return c->serial;
}

int64_t
att_cert_not_before(const struct att_cert *c)
{
	return c->not_before;
}

int64_t
att_cert_not_after(const struct att_cert *c)
{
	return c->not_after;
}

const struct att_pubkey *
att_cert_key(const struct att_cert *c)
{
	return c->key;
}

int
att_cert_key_id(const struct att_cert *c, struct att_slice *ret,
    struct att_err *err)
{
	const ASN1_OCTET_STRING *id = X509_get0_subject_key_id(c->x);
	uint32_t flags = X509_get_extension_flags(c->x);

	/* else they could not be read, and would look like none */
	if ((flags & EXFLAG_SET) == 0)
		return att_err_nomem(err);
	if ((flags & EXFLAG_INVALID) != 0)
		return att_ossl_refuse(err, ATT_E_FORMAT,
		    "certificate has a malformed or repeated extension");
	*ret = (struct att_slice){ 0 };
	if (id != NULL)
		*ret = (struct att_slice){ ASN1_STRING_get0_data(id),
			(size_t)ASN1_STRING_length(id) };
	return 0;
}

const struct att_cert_tpm *
att_cert_tpm(const struct att_cert *c)
{
	return &c->tpm;
}

/* -- the operator's CA certificates ----------------------------------- */

int
att_cert_store_new(struct att_cert_store **ret, struct att_err *err)
{
	AUTO(att_cert_store_free)
	struct att_cert_store *s = calloc(1, sizeof(*s));

	if (s == NULL || (s->store = X509_STORE_new()) == NULL)
		return att_err_nomem(err);
	*ret = take(&s);
	return 0;
}

void
att_cert_store_free(struct att_cert_store *s)
{
	if (s == NULL)
		return;
	X509_STORE_free(s->store);
	free(s);
}

size_t
att_cert_store_count(const struct att_cert_store *s)
{
	return (size_t)sk_X509_OBJECT_num(X509_STORE_get0_objects(s->store));
}

int
att_cert_store_add(struct att_cert_store *s, struct att_slice bytes,
    struct att_err *err)
{
	size_t count = att_cert_store_count(s);
	AUTO(free_stack) STACK_OF(X509) *all = NULL;
	int r;

	if (count >= ATT_CERT_STORE_MAX)
		return att_err_set(err, ATT_E_LIMIT,
		    "more than %d CA certificates", ATT_CERT_STORE_MAX);
	if ((r = read_all(bytes, ATT_CERT_STORE_MAX - count, &all, err)) < 0)
		return r;
	for (int i = 0; i < sk_X509_num(all); i++) {
		X509 *x = sk_X509_value(all, i);
		char name[ATT_CERT_NAME_MAX + 1];

		/* 1: basicConstraints says so (RFC 5280, 4.2.1.9) */
		if (X509_check_ca(x) == 1)
			continue;
		if (att_ossl_no_memory())
			return att_err_nomem(err);
		if ((r = set_name(name, X509_get_subject_name(x), err)) < 0)
			return r;
		return att_err_set(err, ATT_E_FORMAT,
		    "not a CA certificate: \"%s\"", name);
	}
	for (int i = 0; i < sk_X509_num(all); i++)
		if (X509_STORE_add_cert(s->store, sk_X509_value(all, i)) != 1)
			return att_ossl_fail(err, "CA certificate");
	return 0;
}

/* -- is it an EK's? ---------------------------------------------------- */

const char *
att_ek_quirk_name(uint32_t bit)
{
	switch (bit) {
	case ATT_EK_QUIRK_NO_EKU:
		return "no-eku";
	case ATT_EK_QUIRK_NO_SAN:
		return "no-san";
	case ATT_EK_QUIRK_NO_USAGE:
		return "no-usage";
	default:
		return NULL;
	}
}

/* The profile's mark, if there are marks at all. */
static int
check_eku(const X509 *x, uint32_t *quirks, struct att_err *err)
{
	int crit = 0;
	EXTENDED_KEY_USAGE *eku =
	    X509_get_ext_d2i(x, NID_ext_key_usage, &crit, NULL);
	bool found = false;

	if (eku == NULL && crit == -1) {
		*quirks |= ATT_EK_QUIRK_NO_EKU;
		return 0;
	}
	for (int i = 0; i < sk_ASN1_OBJECT_num(eku); i++)
		if (has_oid(sk_ASN1_OBJECT_value(eku, i), OID_EK_CERTIFICATE))
			found = true;
	sk_ASN1_OBJECT_pop_free(eku, ASN1_OBJECT_free);
	if (!found)
		return att_ossl_refuse(err, ATT_E_FORMAT,
		    "not an EK certificate: extended key usage lacks "
		    OID_EK_CERTIFICATE);
	return 0;
}

static int
check_shape(const struct att_cert *c, uint32_t *quirks, struct att_err *err)
{
	uint32_t flags = X509_get_extension_flags(c->x), usage, want;
	const char *name;

	/* else they could not be read, and would look like none */
	if ((flags & EXFLAG_SET) == 0)
		return att_err_nomem(err);
	if ((flags & EXFLAG_INVALID) != 0)
		return att_ossl_refuse(err, ATT_E_FORMAT,
		    "EK certificate has a malformed or repeated extension");
	if (X509_check_ca(c->x) != 0)
		return att_err_set(err, ATT_E_FORMAT,
		    "not an EK certificate: it is that of a CA");
	if (att_pubkey_kind(c->key) == ATT_KEY_RSA) {
		want = KU_KEY_ENCIPHERMENT;
		name = "keyEncipherment";
	} else {
		want = KU_KEY_AGREEMENT;
		name = "keyAgreement";
	}
	usage = X509_get_key_usage(c->x);
	if (usage == UINT32_MAX)
		*quirks |= ATT_EK_QUIRK_NO_USAGE;
	else if ((usage & want) == 0)
		return att_err_set(err, ATT_E_FORMAT,
		    "not an EK certificate: key usage lacks %s", name);
	if (c->tpm.manufacturer[0] == '\0')
		*quirks |= ATT_EK_QUIRK_NO_SAN;
	return check_eku(c->x, quirks, err);
}

static void
format_date(const ASN1_TIME *t, char ret[static 16])
{
	struct tm tm;

	if (ASN1_TIME_to_tm(t, &tm) != 1 ||
	    strftime(ret, 16, "%Y-%m-%d", &tm) == 0)
		(void)snprintf(ret, 16, "?");
}

int
att_cert_explain(X509_STORE_CTX *ctx, const char *leaf, const char *trusted,
    struct att_err *err)
{
	int e = X509_STORE_CTX_get_error(ctx);
	int depth = X509_STORE_CTX_get_error_depth(ctx);
	const X509 *x = X509_STORE_CTX_get_current_cert(ctx);
	char subject[ATT_CERT_NAME_MAX + 1] = "", issuer[sizeof(subject)] = "";
	const char *who = depth == 0 ? leaf : "CA certificate";
	char date[16] = "?";
	int r;

	if (att_ossl_no_memory())
		return att_err_nomem(err);
	if (x != NULL &&
	    ((r = set_name(subject, X509_get_subject_name(x), err)) < 0 ||
		(r = set_name(issuer, X509_get_issuer_name(x), err)) < 0))
		return r;
	switch (e) {
	case X509_V_ERR_OUT_OF_MEM:
		return att_err_nomem(err);
	case X509_V_ERR_CERT_HAS_EXPIRED:
		if (x != NULL)
			format_date(X509_get0_notAfter(x), date);
		return att_err_set(err, ATT_E_EXPIRED,
		    "%s expired on %s: \"%s\"", who, date, subject);
	case X509_V_ERR_CERT_NOT_YET_VALID:
		if (x != NULL)
			format_date(X509_get0_notBefore(x), date);
		return att_err_set(err, ATT_E_EXPIRED,
		    "%s is not valid before %s: \"%s\"", who, date, subject);
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
		return att_err_set(err, ATT_E_UNTRUSTED,
		    "%s's issuer is not among %s: \"%s\"", who, trusted,
		    issuer);
	case X509_V_ERR_CERT_SIGNATURE_FAILURE:
		return att_err_set(err, ATT_E_UNTRUSTED,
		    "%s was not signed by the key of \"%s\"", who, issuer);
	default:
		return att_err_set(err, ATT_E_UNTRUSTED, "%s: %s: \"%s\"", who,
		    X509_verify_cert_error_string(e), subject);
	}
}

static int
check_chain(const struct att_cert *c, const struct att_cert_store *s,
    int64_t now, struct att_err *err)
{
	AUTO(X509_STORE_CTX_free) X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	X509_VERIFY_PARAM *p;
	char trusted[48];
	int r;

	if (ctx == NULL ||
	    X509_STORE_CTX_init(ctx, s->store, c->x, c->chain) != 1)
		return att_err_nomem(err);
	p = X509_STORE_CTX_get0_param(ctx);
	X509_VERIFY_PARAM_set_time(p, (time_t)now);
	X509_VERIFY_PARAM_set_depth(p, ATT_CERT_DEPTH_MAX);
	X509_VERIFY_PARAM_set_auth_level(p, ATT_CERT_SECURITY_LEVEL);
	if (X509_VERIFY_PARAM_set_flags(p, X509_V_FLAG_PARTIAL_CHAIN) != 1)
		return att_ossl_fail(err, "certificate chain");
	r = X509_verify_cert(ctx);
	if (r < 0)
		return att_ossl_fail(err, "certificate chain");
	(void)snprintf(trusted, sizeof(trusted), "the %zu trusted CAs",
	    att_cert_store_count(s));
	r = r == 1 ? 0 : att_cert_explain(ctx, "EK certificate", trusted, err);
	ERR_clear_error();
	return r;
}

int
att_cert_check_ek(const struct att_cert *c, const struct att_cert_store *s,
    int64_t now, const struct att_pubkey *ek, uint32_t *ret_quirks,
    struct att_err *err)
{
	uint32_t quirks = 0;
	int r;

	if (c->key == NULL)
		return att_err_set(err, ATT_E_UNSUPPORTED,
		    "EK certificate's key is neither RSA 2048 to 4096 nor "
		    "P-256 or P-384");
	if (ek != NULL && !att_pubkey_equal(c->key, ek))
		return att_err_set(err, ATT_E_MISMATCH,
		    "EK certificate is for another key than this EK");
	if ((r = check_shape(c, &quirks, err)) < 0 ||
	    (r = check_chain(c, s, now, err)) < 0)
		return r;
	*ret_quirks = quirks;
	return 0;
}
