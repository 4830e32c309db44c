#include "tests/crypto/devcert.h"

#include "crypto/cert_device.h"

/* A maker's root, in two certificates, an issuing CA, and what is no kin. */
static EVP_PKEY *root_key, *ca_key, *leaf_key, *other_key;
static X509 *root, *root_again, *ca, *other;
static struct att_digest pin, other_pin;

static void
setup(void)
{
	root_key = EVP_EC_gen("P-384");
	ca_key = EVP_EC_gen("P-384");
	leaf_key = EVP_EC_gen("P-384");
	other_key = EVP_EC_gen("P-256");
	root = dev_certify(root_key, &(struct dev_spec){ .name = "Root",
	    .ca = true, .until = 253402300799 }, NULL, NULL);
	root_again = dev_certify(root_key, &(struct dev_spec){ .name = "Root",
	    .ca = true }, NULL, NULL);
	ca = dev_certify(ca_key, &(struct dev_spec){ .name = "CA",
	    .ca = true }, root, root_key);
	other = dev_certify(other_key, &(struct dev_spec){ .name = "Other",
	    .ca = true }, NULL, NULL);
	pin = dev_pin(root_key);
	other_pin = dev_pin(other_key);
}

static void
teardown(void)
{
	X509_free(root);
	X509_free(root_again);
	X509_free(ca);
	X509_free(other);
	EVP_PKEY_free(root_key);
	EVP_PKEY_free(ca_key);
	EVP_PKEY_free(leaf_key);
	EVP_PKEY_free(other_key);
}

/* The leaf with these behind it, up to a NULL. */
static struct att_cert *
chain_of(X509 *leaf, X509 *const *behind)
{
	AUTO_DONE(att_buf_done) struct att_buf pem = ATT_BUF(65536);
	struct att_cert *c = NULL;

	dev_put_pem(&pem, leaf);
	for (; *behind != NULL; behind++)
		dev_put_pem(&pem, *behind);
	ok(att_cert_parse(att_buf_view(&pem), &c, err));
	return c;
}
#define CHAIN(leaf, ...) chain_of(leaf, (X509 *const[]){ __VA_ARGS__, NULL })

static X509 *
leaf_of(const struct dev_spec *s)
{
	return dev_certify(leaf_key, s, ca, ca_key);
}

/* Takes the leaf: checks it with both CAs behind it. */
static void
refuses_leaf(X509 *leaf, enum att_code code, const char *word)
{
	AUTO(att_cert_free)
	struct att_cert *c = CHAIN(leaf, ca, root);
	struct att_digest found = { 0 };

	fails(att_cert_check_device(c, &pin, 1, DEV_NOW, &found, err), code,
	    word);
	ck_assert_uint_eq(found.alg, 0);
	X509_free(leaf);
}

START_TEST(good)
{
	X509 *leaf = leaf_of(&(struct dev_spec){ .name = "GPU" });
	struct att_digest pins[2] = { other_pin, pin }, found;
	AUTO(att_cert_free) struct att_cert *c = CHAIN(leaf, ca, root);
	AUTO(att_cert_free) struct att_cert *d = CHAIN(leaf, ca, root_again);
	AUTO(att_cert_free)
	struct att_cert *e = CHAIN(leaf, other, root, ca, root_again);
	AUTO(att_cert_free) struct att_cert *f = CHAIN(leaf, ca);

	ok(att_cert_check_device(c, pins, 2, DEV_NOW, &found, err));
	ck_assert(att_digest_equal(&found, &pin));
	/* another certificate of the same key, and order does not matter */
	ok(att_cert_check_device(d, pins, 2, DEV_NOW, &found, err));
	ok(att_cert_check_device(e, &pin, 1, DEV_NOW, &found, err));
	ck_assert(att_digest_equal(&found, &pin));
	/* an issuing CA can be pinned, with or without its root there */
	pins[0] = dev_pin(ca_key);
	ok(att_cert_check_device(f, pins, 1, DEV_NOW, &found, err));
	ok(att_cert_check_device(c, pins, 1, DEV_NOW, &found, err));
	ck_assert(att_digest_equal(&found, &pins[0]));
	X509_free(leaf);
}
END_TEST

START_TEST(roots)
{
	X509 *leaf = leaf_of(&(struct dev_spec){ .name = "GPU" });
	X509 *forged = dev_certify(root_key, &(struct dev_spec){
	    .name = "Root", .ca = true, .forged = other_key }, NULL, NULL);
	X509 *no_ca = dev_certify(root_key, &(struct dev_spec){
	    .name = "Root" }, NULL, NULL);
	AUTO(att_cert_free) struct att_cert *c = CHAIN(leaf, ca, root);
	AUTO(att_cert_free) struct att_cert *d = CHAIN(leaf, ca, forged);
	AUTO(att_cert_free) struct att_cert *e = CHAIN(leaf, ca, no_ca);
	AUTO(att_cert_free) struct att_cert *f = CHAIN(leaf, NULL);
	AUTO(att_cert_free) struct att_cert *g = CHAIN(leaf, root);
	AUTO(att_cert_free) struct att_cert *h = CHAIN(leaf, ca, root, other);
	struct att_digest found, own = dev_pin(leaf_key);
	char hex[ATT_DIGEST_HEX_MAX];

	fails(att_cert_check_device(c, &other_pin, 1, DEV_NOW, &found, err),
	    ATT_E_UNTRUSTED, att_digest_hex(&pin, hex));
	fails(att_cert_check_device(c, &pin, 0, DEV_NOW, &found, err),
	    ATT_E_UNTRUSTED, "pinned");
	fails(att_cert_check_device(d, &pin, 1, DEV_NOW, &found, err),
	    ATT_E_UNTRUSTED, "not signed by that key");
	fails(att_cert_check_device(e, &pin, 1, DEV_NOW, &found, err),
	    ATT_E_UNTRUSTED, "no CA in the chain");
	fails(att_cert_check_device(f, &pin, 1, DEV_NOW, &found, err),
	    ATT_E_UNTRUSTED, "no certificate of an issuer");
	/* the CA between them is missing */
	fails(att_cert_check_device(g, &pin, 1, DEV_NOW, &found, err),
	    ATT_E_UNTRUSTED, "not among the pinned keys");
	/* another's root that happens to be there vouches for nothing */
	fails(att_cert_check_device(h, &other_pin, 1, DEV_NOW, &found, err),
	    ATT_E_UNTRUSTED, "not among the pinned keys");
	/* nor does the key of the leaf for itself */
	fails(att_cert_check_device(c, &own, 1, DEV_NOW, &found, err),
	    ATT_E_UNTRUSTED, "pinned");
	X509_free(leaf);
	X509_free(forged);
	X509_free(no_ca);
}
END_TEST

START_TEST(leaves)
{
	refuses_leaf(leaf_of(&(struct dev_spec){ .name = "X", .ca = true }),
	    ATT_E_FORMAT, "that of a CA");
	refuses_leaf(leaf_of(&(struct dev_spec){ .name = "X",
	    .usage = "keyAgreement" }), ATT_E_FORMAT, "digitalSignature");
	refuses_leaf(leaf_of(&(struct dev_spec){ .name = "X",
	    .until = DEV_NOW - 1 }), ATT_E_EXPIRED, "device certificate");
	refuses_leaf(leaf_of(&(struct dev_spec){ .name = "X",
	    .forged = other_key }), ATT_E_UNTRUSTED, "not signed by the key");
	refuses_leaf(leaf_of(&(struct dev_spec){ .name = "X", .sha1 = true }),
	    ATT_E_UNTRUSTED, "weak");
	refuses_leaf(leaf_of(&(struct dev_spec){ .name = "X",
	    .critical = "1.2.3.4" }), ATT_E_UNTRUSTED, "critical");
}
END_TEST

START_TEST(leaf_of_another_curve)
{
	EVP_PKEY *key = EVP_EC_gen("P-521");

	refuses_leaf(dev_certify(key, &(struct dev_spec){ .name = "X" }, ca,
	    ca_key), ATT_E_UNSUPPORTED, "neither");
	EVP_PKEY_free(key);
}
END_TEST

/* DICE marks TcbInfo critical, some leave the key usage out. */
START_TEST(taken_though)
{
	X509 *leaf[] = { leaf_of(&(struct dev_spec){ .name = "X",
				  .critical = "2.23.133.5.4.1" }),
		leaf_of(&(struct dev_spec){ .name = "X", .usage = "" }) };
	struct att_digest found;

	for (size_t i = 0; i < ATT_COUNT(leaf); i++) {
		AUTO(att_cert_free)
		struct att_cert *c = CHAIN(leaf[i], ca, root);

		ok(att_cert_check_device(c, &pin, 1, DEV_NOW, &found, err));
		X509_free(leaf[i]);
	}
}
END_TEST

/* 9999-12-31, and the root that has it, long after the others ended. */
START_TEST(time_of_issuers)
{
	X509 *leaf = leaf_of(&(struct dev_spec){ .name = "GPU",
	    .until = 253402300799 });
	X509 *late = dev_certify(ca_key, &(struct dev_spec){ .name = "CA",
	    .ca = true, .until = 253402300799 }, root, root_key);
	AUTO(att_cert_free) struct att_cert *c = CHAIN(leaf, ca, root);
	AUTO(att_cert_free) struct att_cert *d = CHAIN(leaf, late, root);
	struct att_digest found;

	fails(att_cert_check_device(c, &pin, 1, DEV_NOW + 2 * DEV_DAY,
	    &found, err), ATT_E_EXPIRED, "CA certificate");
	ok(att_cert_check_device(d, &pin, 1, 99 * (int64_t)DEV_NOW, &found,
	    err));
	fails(att_cert_check_device(d, &pin, 1, DEV_NOW - 2 * DEV_DAY,
	    &found, err), ATT_E_EXPIRED, "not valid before");
	X509_free(leaf);
	X509_free(late);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("device certificates");
	TCase *t = tcase_create("devices");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, good);
	tcase_add_test(t, roots);
	tcase_add_test(t, leaves);
	tcase_add_test(t, leaf_of_another_curve);
	tcase_add_test(t, taken_though);
	tcase_add_test(t, time_of_issuers);
	suite_add_tcase(s, t);
	return run_suite(s);
}
