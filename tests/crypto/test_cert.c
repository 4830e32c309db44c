#include "testlib.h"

#include <openssl/crypto.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "crypto/cert.h"
#include "tests/eventlog/ima_sig_vectors.h"

#define NOW 1800000000		/* 2027-01-15 */
#define DAY 86400

/* TCG attributes as swtpm and TPM makers write them. */
static const char SAN[] = "critical,dirName:tpm";
static const char SAN_CONFIG[] =
    "[tpm]\n1.2.23.133.2.1=id:53544D20\n2.2.23.133.2.2=ST33\n"
    "3.2.23.133.2.3=id:00010102\n";

/* What a certificate of the tests says; zero values are those of an EK. */
struct spec {
	const char *name;
	bool ca;
	const char *eku;	/* NULL: the TCG's; "": none */
	const char *usage;	/* NULL: keyEncipherment or keyAgreement */
	const char *san;	/* NULL: SAN; "": none */
	int64_t from, until;	/* 0: a day before, a day after NOW */
	bool sha1, twice;	/* twice: basicConstraints */
	int path_len;		/* of a CA; 0: no limit, 1: none below */
};

static void
add_ext(X509 *x, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	BIO *bio = BIO_new_mem_buf(SAN_CONFIG, -1);
	CONF *conf = NCONF_new(NULL);
	X509_EXTENSION *e;

	ck_assert_int_gt(NCONF_load_bio(conf, bio, NULL), 0);
	X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
	X509V3_set_nconf(&ctx, conf);
	e = X509V3_EXT_nconf_nid(conf, &ctx, nid, value);
	ck_assert_ptr_nonnull(e);
	ck_assert_int_eq(X509_add_ext(x, e, -1), 1);
	X509_EXTENSION_free(e);
	NCONF_free(conf);
	BIO_free(bio);
}

static void
set_name(X509_NAME *n, const char *cn)
{
	/* a long one twice: an attribute takes 64 characters */
	for (int i = 0; i < (strlen(cn) > 64 ? 2 : cn[0] != '\0'); i++)
		ck_assert_int_eq(X509_NAME_add_entry_by_txt(n, "CN",
		    MBSTRING_UTF8, (const uint8_t *)cn, -1, -1, 0), 1);
}

static void
add_extensions(X509 *x, X509 *issuer, const EVP_PKEY *key,
    const struct spec *s)
{
	bool rsa = EVP_PKEY_is_a(key, "RSA");

	if (s->ca) {
		add_ext(x, issuer, NID_basic_constraints,
		    s->path_len != 0 ? "critical,CA:TRUE,pathlen:0" :
				       "critical,CA:TRUE");
		add_ext(x, issuer, NID_key_usage, "critical,keyCertSign");
		return;
	}
	for (int i = 0; i < 1 + s->twice; i++)
		add_ext(x, issuer, NID_basic_constraints,
		    "critical,CA:FALSE");
	if (s->usage == NULL)
		add_ext(x, issuer, NID_key_usage, rsa ?
			"critical,keyEncipherment" : "critical,keyAgreement");
	else if (s->usage[0] != '\0')
		add_ext(x, issuer, NID_key_usage, s->usage);
	if (s->eku == NULL || s->eku[0] != '\0')
		add_ext(x, issuer, NID_ext_key_usage,
		    s->eku == NULL ? "2.23.133.8.1" : s->eku);
	if (s->san == NULL || s->san[0] != '\0')
		add_ext(x, issuer, NID_subject_alt_name,
		    s->san == NULL ? SAN : s->san);
}

/* The certificate of `key`; self-signed if `issuer` is NULL. */
static X509 *
certify(EVP_PKEY *key, const struct spec *s, X509 *issuer, EVP_PKEY *by)
{
	X509 *x = X509_new();
	static long serial = 0x1000;

	X509_set_version(x, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(x), ++serial);
	ASN1_TIME_set(X509_getm_notBefore(x),
	    (time_t)(s->from != 0 ? s->from : NOW - DAY));
	ASN1_TIME_set(X509_getm_notAfter(x),
	    (time_t)(s->until != 0 ? s->until : NOW + DAY));
	set_name(X509_get_subject_name(x), s->name);
	X509_set_issuer_name(x, X509_get_subject_name(issuer == NULL ? x :
								  issuer));
	X509_set_pubkey(x, key);
	add_extensions(x, issuer == NULL ? x : issuer, key, s);
	ck_assert_int_gt(X509_sign(x, by == NULL ? key : by,
	    s->sha1 ? EVP_sha1() : EVP_sha256()), 0);
	return x;
}

/* A maker's hierarchy and one of its TPMs. */
struct pki {
	EVP_PKEY *root_key, *ca_key, *ek_key, *other_key;
	X509 *root, *ca, *other;
};
static struct pki pki;

static void
setup(void)
{
	pki.root_key = EVP_EC_gen("P-384");
	pki.ca_key = EVP_EC_gen("P-256");
	pki.ek_key = EVP_RSA_gen(2048);
	pki.other_key = EVP_EC_gen("P-256");
	pki.root = certify(pki.root_key, &(struct spec){ .name = "Root",
	    .ca = true }, NULL, NULL);
	pki.ca = certify(pki.ca_key, &(struct spec){ .name = "Issuing CA",
	    .ca = true }, pki.root, pki.root_key);
	pki.other = certify(pki.other_key, &(struct spec){ .name = "Other",
	    .ca = true }, NULL, NULL);
}

static void
teardown(void)
{
	EVP_PKEY_free(pki.root_key);
	EVP_PKEY_free(pki.ca_key);
	EVP_PKEY_free(pki.ek_key);
	EVP_PKEY_free(pki.other_key);
	X509_free(pki.root);
	X509_free(pki.ca);
	X509_free(pki.other);
}

static struct att_buf
to_der(const X509 *x)
{
	struct att_buf b = ATT_BUF(2 * ATT_CERT_MAX);
	uint8_t *der = NULL;
	int len = i2d_X509(x, &der);

	ck_assert_int_gt(len, 0);
	att_buf_bytes(&b, der, (size_t)len);
	OPENSSL_free(der);
	return b;
}

static void
put_pem(struct att_buf *b, X509 *x)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text;
	long len;

	ck_assert_int_eq(PEM_write_bio_X509(bio, x), 1);
	len = BIO_get_mem_data(bio, &text);
	att_buf_bytes(b, text, (size_t)len);
	BIO_free(bio);
}

static struct att_cert *
parse(X509 *x)
{
	AUTO_DONE(att_buf_done) struct att_buf der = to_der(x);
	struct att_cert *c = NULL;

	ok(att_cert_parse(att_buf_view(&der), &c, err));
	return c;
}

/* A store of the root alone, of root and CA, ...; NULL ends the list. */
static struct att_cert_store *
store_of(X509 *a, X509 *b)
{
	struct att_cert_store *s = NULL;
	X509 *const all[] = { a, b };

	ok(att_cert_store_new(&s, err));
	for (size_t i = 0; i < ATT_COUNT(all) && all[i] != NULL; i++) {
		AUTO_DONE(att_buf_done) struct att_buf der = to_der(all[i]);

		ok(att_cert_store_add(s, att_buf_view(&der), err));
	}
	return s;
}

/* An EK certificate of the issuing CA. */
static struct att_cert *
ek_cert(const struct spec *s)
{
	X509 *x = certify(pki.ek_key, s, pki.ca, pki.ca_key);
	struct att_cert *c = parse(x);

	X509_free(x);
	return c;
}

static int
check(const struct spec *s, uint32_t *quirks, struct att_err *why)
{
	AUTO(att_cert_free) struct att_cert *c = ek_cert(s);
	AUTO(att_cert_store_free)
	struct att_cert_store *store = store_of(pki.root, pki.ca);

	return att_cert_check_ek(c, store, NOW, att_cert_key(c), quirks, why);
}

START_TEST(what_a_certificate_says)
{
	AUTO(att_cert_free) struct att_cert *c =
	    ek_cert(&(struct spec){ .name = "TPM \x1b[31m, #7" });
	AUTO(att_pubkey_free) struct att_pubkey *k = NULL;
	const struct att_cert_tpm *tpm = att_cert_tpm(c);

	ck_assert_str_eq(att_cert_subject(c), "CN=TPM \\x1b[31m, #7");
	ck_assert_str_eq(att_cert_issuer(c), "CN=Issuing CA");
	ck_assert_uint_eq(strlen(att_cert_serial(c)), 4);
	ck_assert_int_eq(att_cert_not_before(c), NOW - DAY);
	ck_assert_int_eq(att_cert_not_after(c), NOW + DAY);
	ck_assert_str_eq(tpm->manufacturer, "id:53544D20");
	ck_assert_str_eq(tpm->model, "ST33");
	ck_assert_str_eq(tpm->version, "id:00010102");
	ok(att_pubkey_from_evp(pki.ek_key, &k, err));
	ck_assert(att_pubkey_equal(k, att_cert_key(c)));
}
END_TEST

START_TEST(key_identifiers)
{
	static const uint8_t own[] = { 0x00, 0x11, 0x22, 0x33, 0x44, 0x55,
		0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff,
		0x00, 0xc0, 0xff, 0xee };
	AUTO(att_cert_free) struct att_cert *with = NULL;
	AUTO(att_cert_free) struct att_cert *without =
	    ek_cert(&(struct spec){ .name = "n" });
	AUTO(att_cert_free) struct att_cert *broken =
	    ek_cert(&(struct spec){ .name = "n", .twice = true });
	struct att_slice id;

	ok(att_cert_parse(S(OWN_ID_CERT), &with, err));
	ok(att_cert_key_id(with, &id, err));
	ck_assert_uint_eq(id.len, sizeof(own));
	ck_assert_mem_eq(id.data, own, sizeof(own));
	ok(att_cert_key_id(without, &id, err));
	ck_assert_uint_eq(id.len, 0);
	fails(att_cert_key_id(broken, &id, err), ATT_E_FORMAT, "repeated");
}
END_TEST

START_TEST(names_are_cut_between_characters)
{
	/* 60 euro signs, of three bytes each: "CN=", 180, ", CN=", 66 left */
	char name[3 * 60 + 2 + 1] = "";
	AUTO(att_cert_free) struct att_cert *c = NULL;
	const char *got;

	for (size_t shift = 0; shift < 3; shift++) {
		memset(name, 'x', shift);
		for (size_t i = 0; i < 60; i++)
			memcpy(name + shift + 3 * i, "\xe2\x82\xac", 3);
		att_cert_free(take(&c));
		c = ek_cert(&(struct spec){ .name = name });
		got = att_cert_subject(c);
		ck_assert_uint_ge(strlen(got), ATT_CERT_NAME_MAX - 2);
		ck_assert_uint_le(strlen(got), ATT_CERT_NAME_MAX);
		ck_assert_str_eq(got + strlen(got) - 3, "\xe2\x82\xac");
	}
}
END_TEST

START_TEST(a_good_chain)
{
	static const struct spec plain = { .name = "" };
	AUTO(att_cert_free) struct att_cert *c = ek_cert(&plain);
	AUTO(att_cert_store_free)
	struct att_cert_store *both = store_of(pki.root, pki.ca);
	AUTO(att_cert_store_free)
	struct att_cert_store *issuer = store_of(pki.ca, NULL);
	AUTO(att_cert_store_free)
	struct att_cert_store *root = store_of(pki.root, NULL);
	uint32_t quirks = 77;

	ok(att_cert_check_ek(c, both, NOW, att_cert_key(c), &quirks, err));
	ck_assert_uint_eq(quirks, 0);
	/* the operator may trust an issuing CA without its root */
	ok(att_cert_check_ek(c, issuer, NOW, att_cert_key(c), &quirks, err));
	quirks = 77;
	fails(att_cert_check_ek(c, root, NOW, att_cert_key(c), &quirks, err),
	    ATT_E_UNTRUSTED, "not among the 1 trusted CAs: \"CN=Issuing CA\"");
	ck_assert_uint_eq(quirks, 77);
}
END_TEST

/* What the node sends along may complete a chain, and never ends one. */
START_TEST(chains_in_pem)
{
	AUTO_DONE(att_buf_done) struct att_buf pem = ATT_BUF(65536);
	AUTO(att_cert_free) struct att_cert *c = NULL;
	AUTO(att_cert_store_free)
	struct att_cert_store *root = store_of(pki.root, NULL);
	AUTO(att_cert_store_free)
	struct att_cert_store *other = store_of(pki.other, NULL);
	X509 *x = certify(pki.ek_key, &(struct spec){ .name = "" }, pki.ca,
	    pki.ca_key);
	uint32_t quirks;

	att_buf_str(&pem, "subject=/\n");
	put_pem(&pem, x);
	put_pem(&pem, pki.ca);
	put_pem(&pem, pki.root);
	X509_free(x);
	ok(att_cert_parse(att_buf_view(&pem), &c, err));
	ok(att_cert_check_ek(c, root, NOW, att_cert_key(c), &quirks, err));
	fails(att_cert_check_ek(c, other, NOW, att_cert_key(c), &quirks, err),
	    ATT_E_UNTRUSTED, "not among the 1 trusted CAs");
}
END_TEST

/* K1: a good certificate beside another key. */
START_TEST(k1_certificate_of_another_key)
{
	AUTO(att_cert_free) struct att_cert *c =
	    ek_cert(&(struct spec){ .name = "" });
	AUTO(att_cert_store_free)
	struct att_cert_store *s = store_of(pki.root, pki.ca);
	AUTO(att_pubkey_free) struct att_pubkey *k = NULL;
	EVP_PKEY *rsa = EVP_RSA_gen(2048);
	uint32_t quirks;

	ok(att_pubkey_from_evp(rsa, &k, err));
	fails(att_cert_check_ek(c, s, NOW, k, &quirks, err), ATT_E_MISMATCH,
	    "another key");
	att_pubkey_free(take(&k));
	ok(att_pubkey_from_evp(pki.other_key, &k, err));
	fails(att_cert_check_ek(c, s, NOW, k, &quirks, err), ATT_E_MISMATCH,
	    "another key");
	ok(att_cert_check_ek(c, s, NOW, NULL, &quirks, err));
	EVP_PKEY_free(rsa);
}
END_TEST

START_TEST(times)
{
	AUTO(att_cert_free) struct att_cert *c =
	    ek_cert(&(struct spec){ .name = "n" });
	AUTO(att_cert_free) struct att_cert *for_ever =
	    ek_cert(&(struct spec){ .name = "n", .until = 253402300799 });
	AUTO(att_cert_store_free)
	struct att_cert_store *s = store_of(pki.root, pki.ca);
	uint32_t q;

	ok(att_cert_check_ek(c, s, NOW - DAY, NULL, &q, err));
	ok(att_cert_check_ek(c, s, NOW + DAY - 1, NULL, &q, err));
	fails(att_cert_check_ek(c, s, NOW - DAY - 1, NULL, &q, err),
	    ATT_E_EXPIRED, "is not valid before 2027-01-14");
	fails(att_cert_check_ek(c, s, NOW + DAY + 1, NULL, &q, err),
	    ATT_E_EXPIRED, "expired on 2027-01-16");
	/* its issuer's time is over, not its own: 9999-12-31 */
	fails(att_cert_check_ek(for_ever, s, NOW + 2 * DAY, NULL, &q, err),
	    ATT_E_EXPIRED, "CA certificate expired");
	ck_assert_int_eq(att_cert_not_after(for_ever), 253402300799);
}
END_TEST

START_TEST(what_may_be_missing)
{
	uint32_t quirks = 0;

	ok(check(&(struct spec){ .name = "", .eku = "" }, &quirks, err));
	ck_assert_uint_eq(quirks, ATT_EK_QUIRK_NO_EKU);
	ok(check(&(struct spec){ .name = "n", .san = "" }, &quirks, err));
	ck_assert_uint_eq(quirks, ATT_EK_QUIRK_NO_SAN);
	ok(check(&(struct spec){ .name = "n", .san = "DNS:x" }, &quirks,
	    err));
	ck_assert_uint_eq(quirks, ATT_EK_QUIRK_NO_SAN);
	ok(check(&(struct spec){ .name = "", .usage = "" }, &quirks, err));
	ck_assert_uint_eq(quirks, ATT_EK_QUIRK_NO_USAGE);
	ok(check(&(struct spec){ .name = "", .eku =
	    "clientAuth,2.23.133.8.1" }, &quirks, err));
	ck_assert_uint_eq(quirks, 0);
	ck_assert_str_eq(att_ek_quirk_name(ATT_EK_QUIRK_NO_EKU), "no-eku");
	ck_assert_ptr_null(att_ek_quirk_name(3));
}
END_TEST

START_TEST(what_is_no_ek_certificate)
{
	uint32_t quirks = 77;

	fails(check(&(struct spec){ .name = "", .eku = "serverAuth" },
	    &quirks, err), ATT_E_FORMAT, "2.23.133.8.1");
	fails(check(&(struct spec){ .name = "", .eku =
	    "critical,2.23.133.8.3" }, &quirks, err), ATT_E_FORMAT,
	    "2.23.133.8.1");
	fails(check(&(struct spec){ .name = "", .usage =
	    "digitalSignature" }, &quirks, err), ATT_E_FORMAT,
	    "keyEncipherment");
	fails(check(&(struct spec){ .name = "", .usage = "keyAgreement" },
	    &quirks, err), ATT_E_FORMAT, "keyEncipherment");
	fails(check(&(struct spec){ .name = "n", .ca = true }, &quirks, err),
	    ATT_E_FORMAT, "that of a CA");
	fails(check(&(struct spec){ .name = "n", .twice = true }, &quirks,
	    err), ATT_E_FORMAT, "malformed or repeated");
	ck_assert_uint_eq(quirks, 77);
}
END_TEST

START_TEST(chains_that_do_not_hold)
{
	static const struct spec ek = { .name = "EK" };
	AUTO(att_cert_store_free)
	struct att_cert_store *s = store_of(pki.root, pki.ca);
	AUTO(att_cert_store_free) struct att_cert_store *none = NULL;
	AUTO(att_cert_free) struct att_cert *c = ek_cert(&ek);
	AUTO(att_cert_free) struct att_cert *forged = NULL;
	AUTO(att_cert_free) struct att_cert *self = NULL;
	AUTO(att_cert_free) struct att_cert *weak = NULL;
	X509 *x;
	uint32_t q;

	/* another's signature under the CA's name */
	x = certify(pki.ek_key, &ek, pki.ca, pki.other_key);
	forged = parse(x);
	fails(att_cert_check_ek(forged, s, NOW, NULL, &q, err),
	    ATT_E_UNTRUSTED, "not signed by the key of \"CN=Issuing CA\"");
	X509_free(x);
	/* nobody's but its own */
	x = certify(pki.ek_key, &ek, NULL, NULL);
	self = parse(x);
	fails(att_cert_check_ek(self, s, NOW, NULL, &q, err),
	    ATT_E_UNTRUSTED, "not among the 2 trusted CAs");
	X509_free(x);
	x = certify(pki.ek_key, &(struct spec){ .name = "n", .sha1 = true },
	    pki.ca, pki.ca_key);
	weak = parse(x);
	fails(att_cert_check_ek(weak, s, NOW, NULL, &q, err),
	    ATT_E_UNTRUSTED, "weak");
	X509_free(x);
	ok(att_cert_store_new(&none, err));
	fails(att_cert_check_ek(c, none, NOW, NULL, &q, err),
	    ATT_E_UNTRUSTED, "not among the 0 trusted CAs");
}
END_TEST

/* Issuers below a CA that allows none, and a leaf that issues. */
START_TEST(who_may_issue)
{
	static const struct spec ek = { .name = "EK" };
	AUTO(att_cert_store_free) struct att_cert_store *s = NULL;
	AUTO_DONE(att_buf_done) struct att_buf pem = ATT_BUF(65536);
	AUTO_DONE(att_buf_done) struct att_buf pem2 = ATT_BUF(65536);
	AUTO(att_cert_free) struct att_cert *a = NULL;
	AUTO(att_cert_free) struct att_cert *b = NULL;
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *top = certify(key, &(struct spec){ .name = "Top", .ca = true,
	    .path_len = 1 }, NULL, NULL);
	X509 *sub = certify(pki.ca_key, &(struct spec){ .name = "Sub",
	    .ca = true }, top, key);
	X509 *leaf = certify(pki.other_key, &(struct spec){ .name = "Leaf" },
	    top, key);
	X509 *x = certify(pki.ek_key, &ek, sub, pki.ca_key);
	X509 *y = certify(pki.ek_key, &ek, leaf, pki.other_key);
	uint32_t q;

	s = store_of(top, NULL);
	put_pem(&pem, x);
	put_pem(&pem, sub);
	ok(att_cert_parse(att_buf_view(&pem), &a, err));
	fails(att_cert_check_ek(a, s, NOW, NULL, &q, err), ATT_E_UNTRUSTED,
	    "path length");
	put_pem(&pem2, y);
	put_pem(&pem2, leaf);
	ok(att_cert_parse(att_buf_view(&pem2), &b, err));
	fails(att_cert_check_ek(b, s, NOW, NULL, &q, err), ATT_E_UNTRUSTED,
	    "CA");
	X509_free(top);
	X509_free(sub);
	X509_free(leaf);
	X509_free(x);
	X509_free(y);
	EVP_PKEY_free(key);
}
END_TEST

START_TEST(ecc_endorsement_keys)
{
	static const char *const groups[] = { "P-256", "P-384", "P-521" };
	EVP_PKEY *key = EVP_EC_gen(groups[_i]);
	X509 *x = certify(key, &(struct spec){ .name = "" }, pki.ca,
	    pki.ca_key);
	X509 *bad = certify(key, &(struct spec){ .name = "", .usage =
	    "keyEncipherment" }, pki.ca, pki.ca_key);
	AUTO(att_cert_free) struct att_cert *c = parse(x);
	AUTO(att_cert_free) struct att_cert *d = parse(bad);
	AUTO(att_cert_store_free)
	struct att_cert_store *s = store_of(pki.root, pki.ca);
	uint32_t q;

	if (_i < 2) {
		ok(att_cert_check_ek(c, s, NOW, att_cert_key(c), &q, err));
		fails(att_cert_check_ek(d, s, NOW, NULL, &q, err),
		    ATT_E_FORMAT, "keyAgreement");
	} else {
		ck_assert_ptr_null(att_cert_key(c));
		fails(att_cert_check_ek(c, s, NOW, NULL, &q, err),
		    ATT_E_UNSUPPORTED, "neither");
	}
	X509_free(x);
	X509_free(bad);
	EVP_PKEY_free(key);
}
END_TEST

START_TEST(stores)
{
	AUTO(att_cert_store_free)
	struct att_cert_store *s = store_of(pki.root, NULL);
	AUTO_DONE(att_buf_done) struct att_buf pem = ATT_BUF(65536);
	X509 *x = certify(pki.ek_key, &(struct spec){ .name = "EK" }, pki.ca,
	    pki.ca_key);

	put_pem(&pem, pki.root);
	put_pem(&pem, pki.ca);
	ok(att_cert_store_add(s, att_buf_view(&pem), err));
	ck_assert_uint_eq(att_cert_store_count(s), 2);
	/* all or none */
	put_pem(&pem, pki.other);
	put_pem(&pem, x);
	fails(att_cert_store_add(s, att_buf_view(&pem), err), ATT_E_FORMAT,
	    "not a CA certificate: \"CN=EK\"");
	ck_assert_uint_eq(att_cert_store_count(s), 2);
	fails(att_cert_store_add(s, S("hello"), err), ATT_E_FORMAT,
	    "no certificate");
	fails(att_cert_store_add(s, S(""), err), ATT_E_FORMAT,
	    "no certificate");
	X509_free(x);
}
END_TEST

/* The full store: one certificate, each time under another name. */
START_TEST(limit_of_a_store)
{
	X509 *x = certify(pki.other_key, &(struct spec){ .name = "CA 0000",
	    .ca = true }, NULL, NULL);
	AUTO(att_cert_store_free)
	struct att_cert_store *s = store_of(NULL, NULL);
	AUTO_DONE(att_buf_done) struct att_buf der = to_der(x);
	uint8_t *issuer = memmem(der.data, der.len, "CA 0000", 7);
	uint8_t *subject = memmem(issuer + 7,
	    der.len - (size_t)(issuer + 7 - der.data), "CA 0000", 7);
	char name[8];

	X509_free(x);
	for (unsigned i = 0; i < ATT_CERT_STORE_MAX; i++) {
		snprintf(name, sizeof(name), "CA %04x", i);
		memcpy(subject, name, 7);
		ok(att_cert_store_add(s, att_buf_view(&der), err));
	}
	ck_assert_uint_eq(att_cert_store_count(s), ATT_CERT_STORE_MAX);
	memcpy(subject, "CA ffff", 7);
	fails(att_cert_store_add(s, att_buf_view(&der), err), ATT_E_LIMIT,
	    "2048 CA certificates");
}
END_TEST

START_TEST(damaged_certificates)
{
	X509 *x = certify(pki.ek_key, &(struct spec){ .name = "EK" }, pki.ca,
	    pki.ca_key);
	AUTO_DONE(att_buf_done) struct att_buf der = to_der(x);
	AUTO(att_cert_store_free)
	struct att_cert_store *s = store_of(pki.root, pki.ca);
	struct att_cert *c = NULL;
	uint32_t q;

	X509_free(x);
	for (size_t n = 0; n < der.len; n++) {
		uint8_t *cut = malloc(n + 1);

		memcpy(cut, der.data, n);
		ck_assert_int_eq(att_cert_parse((struct att_slice){ cut, n },
		    &c, NULL), ATT_E_FORMAT);
		free(cut);
	}
	/* the outer lengths aside, every bit is under the CA's signature */
	for (size_t bit = 0; bit < 8 * der.len; bit += 3) {
		der.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		if (att_cert_parse(att_buf_view(&der), &c, NULL) == 0) {
			ck_assert_msg(att_cert_check_ek(c, s, NOW, NULL, &q,
			    NULL) < 0, "bit %zu", bit);
			att_cert_free(take(&c));
		}
		der.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	att_buf_u8(&der, 0xff);
	fails(att_cert_parse(att_buf_view(&der), &c, err), ATT_E_TRAILING,
	    "after the certificate");
	ck_assert_ptr_null(c);
}
END_TEST

START_TEST(limits)
{
	AUTO_DONE(att_buf_done) struct att_buf pem = ATT_BUF(65536);
	AUTO_DONE(att_buf_done) struct att_buf der = ATT_BUF(65536);
	struct att_cert *c = NULL;

	for (int i = 0; i <= ATT_CERT_CHAIN_MAX; i++)
		put_pem(&pem, pki.ca);
	ok(att_cert_parse(att_buf_view(&pem), &c, err));
	att_cert_free(take(&c));
	put_pem(&pem, pki.ca);
	fails(att_cert_parse(att_buf_view(&pem), &c, err), ATT_E_LIMIT,
	    "more than 9");
	att_buf_str(&der, "0");
	att_buf_fill(&der, 0, ATT_CERT_MAX);
	fails(att_cert_parse(att_buf_view(&der), &c, err), ATT_E_LIMIT,
	    "16385");
	ck_assert_ptr_null(c);
}
END_TEST

START_TEST(padding_of_nv_is_cut)
{
	AUTO_DONE(att_buf_done) struct att_buf nv = to_der(pki.ca);
	size_t len = nv.len;
	struct att_slice s = { NULL, 77 };

	for (size_t n = 0; n < len; n++)
		fails(att_cert_trim((struct att_slice){ nv.data, n }, &s,
		    err), ATT_E_SHORT, "bytes");
	ck_assert_uint_eq(s.len, 77);
	att_buf_fill(&nv, 0xff, 300);
	ok(att_cert_trim(att_buf_view(&nv), &s, err));
	ck_assert_uint_eq(s.len, len);
	ck_assert_ptr_eq(s.data, nv.data);
	nv.data[1] = 0x84;
	fails(att_cert_trim(att_buf_view(&nv), &s, err), ATT_E_FORMAT,
	    "30 84");
	memset(nv.data, 0xff, nv.len);
	fails(att_cert_trim(att_buf_view(&nv), &s, err), ATT_E_FORMAT,
	    "ff ff");
}
END_TEST

/* OpenSSL's allocations; the n-th fails. */
static long until_failure;	/* 0: none fails */

static void *
scarce_malloc(size_t n, const char *file, int line)
{
	return until_failure > 0 && --until_failure == 0 ? NULL : malloc(n);
}

static void *
scarce_realloc(void *p, size_t n, const char *file, int line)
{
	return until_failure > 0 && --until_failure == 0 ? NULL :
							   realloc(p, n);
}

static void
release(void *p, const char *file, int line)
{
	free(p);
}

/* Parses and checks a good EK certificate. */
static int
take_one(struct att_slice der, const struct att_cert_store *s,
    struct att_err *err)
{
	AUTO(att_cert_free) struct att_cert *c = NULL;
	uint32_t q = 0;
	int r;

	if ((r = att_cert_parse(der, &c, err)) < 0 ||
	    (r = att_cert_check_ek(c, s, NOW, NULL, &q, err)) < 0)
		return r;
	ck_assert_str_eq(att_cert_tpm(c)->manufacturer, "id:53544D20");
	ck_assert_uint_eq(q, 0);
	return 0;
}

/*
 * Whatever fails for want of memory, nothing is taken for less than it is.
 * The certificate is blamed where OpenSSL does not say why it failed.
 */
START_TEST(no_memory)
{
	AUTO(att_cert_store_free)
	struct att_cert_store *s = store_of(pki.root, pki.ca);
	X509 *x = certify(pki.ek_key, &(struct spec){ .name = "EK" }, pki.ca,
	    pki.ca_key);
	AUTO_DONE(att_buf_done) struct att_buf der = to_der(x);
	long failures = 0;
	int r;

	X509_free(x);
	ok(take_one(att_buf_view(&der), s, err));
	for (long n = 1;; n++) {
		until_failure = n;
		r = take_one(att_buf_view(&der), s, NULL);
		if (until_failure > 0)
			break;
		failures += r == ATT_E_NOMEM;
	}
	until_failure = 0;
	ck_assert_int_eq(r, 0);
	ck_assert_msg(failures > 150, "only %ld failures", failures);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("cert");
	TCase *t = tcase_create("cert");

	if (CRYPTO_set_mem_functions(scarce_malloc, scarce_realloc,
		release) != 1)
		return 1;
	tcase_add_unchecked_fixture(t, setup, teardown);
	tcase_add_test(t, what_a_certificate_says);
	tcase_add_test(t, key_identifiers);
	tcase_add_test(t, names_are_cut_between_characters);
	tcase_add_test(t, a_good_chain);
	tcase_add_test(t, chains_in_pem);
	tcase_add_test(t, k1_certificate_of_another_key);
	tcase_add_test(t, times);
	tcase_add_test(t, what_may_be_missing);
	tcase_add_test(t, what_is_no_ek_certificate);
	tcase_add_test(t, chains_that_do_not_hold);
	tcase_add_test(t, who_may_issue);
	tcase_add_loop_test(t, ecc_endorsement_keys, 0, 3);
	tcase_add_test(t, stores);
	tcase_add_test(t, limit_of_a_store);
	tcase_add_test(t, damaged_certificates);
	tcase_add_test(t, limits);
	tcase_add_test(t, padding_of_nv_is_cut);
	tcase_add_test(t, no_memory);
	suite_add_tcase(s, t);
	return run_suite(s);
}
