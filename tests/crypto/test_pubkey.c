#include "testlib.h"

#include "crypto/pubkey.h"
#include "pubkey_vectors.h"
#include "tests/eventlog/ima_sig_vectors.h"

/* RFC 6979, A.2.5 and A.2.6: "sample". */
static const struct {
	enum att_curve curve;
	uint16_t hash;
	const char *x, *y, *r, *s;
} ec[] = {
	{ ATT_CURVE_P256, ATT_ALG_SHA256,
	    "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6",
	    "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299",
	    "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716",
	    "f7cb1c942d657c41d436c7a1b6e29f65"
	    "f3e900dbb9aff4064dc4ab2f843acda8" },
	{ ATT_CURVE_P384, ATT_ALG_SHA384,
	    "ec3a4e415b4e19a4568618029f427fa5da9a8bc4ae92e02e06aae5286b300c64"
	    "def8f0ea9055866064a254515480bc13",
	    "8015d9b72d7d57244ea8ef9ac0c621896708a59367f9dfb9f54ca84b3f1c9db1"
	    "288b231c3ae0d4fe7344fd2533264720",
	    "94edbb92a5ecb8aad4736e56c691916b3f88140666ce9fa73d64c4ea95ad133c"
	    "81a648152e44acf96e36dd1e80fabe46",
	    "99ef4aeb15f178cea1fe40db2603138f130e740a19624526203b6351d0a3a94f"
	    "a329c145786e679e7b82c71a38628ac8" },
};

struct bytes {
	size_t len;
	uint8_t data[1024];
};

static struct bytes
unhex(const char *text)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1024);
	struct bytes r = { 0 };

	ok(att_hex_decode(S(text), &b, err));
	r.len = b.len;
	memcpy(r.data, b.data, b.len);
	return r;
}

static struct att_slice
V(const struct bytes *b)
{
	return (struct att_slice){ b->data, b->len };
}

static struct att_pubkey *
from_der(const char *hex)
{
	struct bytes b = unhex(hex);
	struct att_pubkey *k = NULL;

	ok(att_pubkey_from_der(V(&b), &k, err));
	return k;
}

static struct att_pubkey *
from_ec(int i)
{
	struct bytes x = unhex(ec[i].x), y = unhex(ec[i].y);
	struct att_pubkey *k = NULL;

	ok(att_pubkey_from_ec(ec[i].curve, V(&x), V(&y), &k, err));
	return k;
}

static struct bytes
ec_signature(int i)
{
	struct bytes r = unhex(ec[i].r), s = unhex(ec[i].s);

	memcpy(r.data + r.len, s.data, s.len);
	r.len += s.len;
	return r;
}

START_TEST(ecdsa_known_answers)
{
	AUTO(att_pubkey_free) struct att_pubkey *k = from_ec(_i);
	struct bytes sig = ec_signature(_i);

	ok(att_pubkey_verify(k, ATT_SIG_ECDSA, ec[_i].hash, S("sample"),
	    V(&sig), err));
	fails(att_pubkey_verify(k, ATT_SIG_ECDSA, ec[_i].hash, S("samplf"),
	    V(&sig), err), ATT_E_SIGNATURE, "verify");
	fails(att_pubkey_verify(k, ATT_SIG_ECDSA, ATT_ALG_SHA512, S("sample"),
	    V(&sig), err), ATT_E_SIGNATURE, "verify");
	ck_assert_int_eq(att_pubkey_kind(k), ATT_KEY_EC);
	ck_assert_int_eq(att_pubkey_curve(k), ec[_i].curve);
	ck_assert_uint_eq(att_pubkey_bits(k), _i == 0 ? 256 : 384);
}
END_TEST

START_TEST(rsa_known_answers)
{
	static const struct {
		enum att_sig_scheme scheme;
		uint16_t hash;
		const char *sig;
	} rsa[] = {
		{ ATT_SIG_RSASSA, ATT_ALG_SHA256, RSA_PKCS1_SHA256 },
		{ ATT_SIG_RSASSA, ATT_ALG_SHA1, RSA_PKCS1_SHA1 },
		{ ATT_SIG_RSAPSS, ATT_ALG_SHA256, RSA_PSS_SHA256 },
		{ ATT_SIG_RSAPSS, ATT_ALG_SHA384, RSA_PSS_SHA384_MAX },
	};
	AUTO(att_pubkey_free) struct att_pubkey *k = from_der(RSA_SPKI);

	for (size_t i = 0; i < ATT_COUNT(rsa); i++) {
		for (size_t j = 0; j < ATT_COUNT(rsa); j++) {
			struct bytes sig = unhex(rsa[j].sig);
			int r = att_pubkey_verify(k, rsa[i].scheme,
			    rsa[i].hash, S("sample"), V(&sig), NULL);

			ck_assert_int_eq(r, i == j ? 0 : ATT_E_SIGNATURE);
		}
	}
	ck_assert_int_eq(att_pubkey_kind(k), ATT_KEY_RSA);
	ck_assert_int_eq(att_pubkey_curve(k), ATT_CURVE_NONE);
	ck_assert_uint_eq(att_pubkey_bits(k), 2048);
}
END_TEST

START_TEST(no_flipped_bit_of_a_signature_verifies)
{
	AUTO(att_pubkey_free) struct att_pubkey *rsa = from_der(RSA_SPKI);
	AUTO(att_pubkey_free) struct att_pubkey *p256 = from_ec(0);
	struct bytes a = unhex(RSA_PSS_SHA256), b = ec_signature(0);

	for (size_t bit = 0; bit < 8 * a.len; bit++) {
		a.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		ck_assert_int_eq(att_pubkey_verify(rsa, ATT_SIG_RSAPSS,
		    ATT_ALG_SHA256, S("sample"), V(&a), NULL),
		    ATT_E_SIGNATURE);
		a.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	for (size_t bit = 0; bit < 8 * b.len; bit++) {
		b.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		ck_assert_int_eq(att_pubkey_verify(p256, ATT_SIG_ECDSA,
		    ATT_ALG_SHA256, S("sample"), V(&b), NULL),
		    ATT_E_SIGNATURE);
		b.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}
END_TEST

START_TEST(signatures_of_another_shape)
{
	AUTO(att_pubkey_free) struct att_pubkey *rsa = from_der(RSA_SPKI);
	AUTO(att_pubkey_free) struct att_pubkey *p256 = from_ec(0);
	struct bytes a = unhex(RSA_PKCS1_SHA256), b = ec_signature(0);
	struct bytes zero = { .len = 64 };

	fails(att_pubkey_verify(rsa, ATT_SIG_ECDSA, ATT_ALG_SHA256,
	    S("sample"), V(&b), err), ATT_E_SIGNATURE, "is ECDSA");
	fails(att_pubkey_verify(p256, ATT_SIG_RSASSA, ATT_ALG_SHA256,
	    S("sample"), V(&a), err), ATT_E_SIGNATURE, "the key is EC");
	fails(att_pubkey_verify(p256, ATT_SIG_ECDSA, ATT_ALG_SHA256,
	    S("sample"), V(&zero), err), ATT_E_SIGNATURE, "verify");
	fails(att_pubkey_verify(rsa, (enum att_sig_scheme)0x1b,
	    ATT_ALG_SHA256, S("sample"), V(&a), err), ATT_E_UNSUPPORTED,
	    "0x001b");
	fails(att_pubkey_verify(rsa, ATT_SIG_RSASSA, 0x27, S("sample"), V(&a),
	    err), ATT_E_UNSUPPORTED, "0x0027");
	a.len--;
	fails(att_pubkey_verify(rsa, ATT_SIG_RSASSA, ATT_ALG_SHA256,
	    S("sample"), V(&a), err), ATT_E_SIGNATURE, "255 bytes");
	b.len++;
	fails(att_pubkey_verify(p256, ATT_SIG_ECDSA, ATT_ALG_SHA256,
	    S("sample"), V(&b), err), ATT_E_SIGNATURE, "65 bytes");
	fails(att_pubkey_verify(p256, ATT_SIG_ECDSA, ATT_ALG_SHA256,
	    S("sample"), (struct att_slice){ NULL, 0 }, err), ATT_E_SIGNATURE,
	    "0 bytes");
}
END_TEST

START_TEST(der_and_pem_round_trip)
{
	static const char *const spki[] = { RSA_SPKI, EC_SPKI };
	AUTO_DONE(att_buf_done) struct att_buf der = ATT_BUF(ATT_SPKI_MAX);
	AUTO_DONE(att_buf_done) struct att_buf pem = ATT_BUF(4096);
	AUTO(att_pubkey_free) struct att_pubkey *k = from_der(spki[_i]);
	AUTO(att_pubkey_free) struct att_pubkey *again = NULL;
	AUTO(att_pubkey_free) struct att_pubkey *other =
	    from_der(spki[1 - _i]);
	struct bytes b = unhex(spki[_i]);

	ok(att_pubkey_to_der(k, &der, err));
	ck_assert(att_slice_equal(att_buf_view(&der), V(&b)));
	ok(att_pubkey_to_pem(k, &pem, err));
	ok(att_pubkey_from_pem(att_buf_view(&pem), &again, err));
	ck_assert(att_pubkey_equal(k, again));
	ck_assert(!att_pubkey_equal(k, other));
}
END_TEST

START_TEST(one_key_has_one_form)
{
	static const char *const forms[] = { EC_SPKI_COMPRESSED,
		EC_SPKI_EXPLICIT };
	AUTO(att_pubkey_free) struct att_pubkey *k = from_der(EC_SPKI);
	struct bytes want = unhex(EC_SPKI);

	for (size_t i = 0; i < ATT_COUNT(forms); i++) {
		AUTO_DONE(att_buf_done) struct att_buf der =
		    ATT_BUF(ATT_SPKI_MAX);
		AUTO(att_pubkey_free) struct att_pubkey *f =
		    from_der(forms[i]);

		ck_assert(att_pubkey_equal(k, f));
		ok(att_pubkey_to_der(f, &der, err));
		ck_assert(att_slice_equal(att_buf_view(&der), V(&want)));
	}
}
END_TEST

START_TEST(keys_that_are_not_taken)
{
	static const struct {
		const char *spki, *word;
	} bad[] = {
		{ RSA1024_SPKI, "1024 bits" },
		{ EC521_SPKI, "secp521r1" },
		{ K256_SPKI, "secp256k1" },
		{ ED25519_SPKI, "neither" },
	};
	struct att_pubkey *k = NULL;

	for (size_t i = 0; i < ATT_COUNT(bad); i++) {
		struct bytes b = unhex(bad[i].spki);

		fails(att_pubkey_from_der(V(&b), &k, err), ATT_E_UNSUPPORTED,
		    bad[i].word);
		ck_assert_ptr_null(k);
	}
}
END_TEST

START_TEST(broken_der)
{
	AUTO(att_pubkey_free) struct att_pubkey *good = from_der(EC_SPKI);
	struct bytes b = unhex(EC_SPKI);
	struct att_pubkey *k = NULL;
	size_t taken = 0;

	for (size_t n = 0; n < b.len; n++) {
		uint8_t *cut = malloc(n + 1);

		memcpy(cut, b.data, n);
		ck_assert_int_eq(att_pubkey_from_der((struct att_slice){ cut,
		    n }, &k, NULL), ATT_E_FORMAT);
		free(cut);
	}
	for (size_t bit = 0; bit < 8 * b.len; bit++) {
		b.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		if (att_pubkey_from_der(V(&b), &k, NULL) == 0) {
			/* BER that means the same: unused bits, hybrid form */
			ck_assert(att_pubkey_equal(k, good));
			att_pubkey_free(take(&k));
			taken++;
		}
		b.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	ck_assert_uint_le(taken, 4);
	b.data[b.len++] = 0;
	fails(att_pubkey_from_der(V(&b), &k, err), ATT_E_TRAILING, "after");
	fails(att_pubkey_from_der((struct att_slice){ b.data,
		  ATT_SPKI_MAX + 1 }, &k, err), ATT_E_LIMIT, "1025");
}
END_TEST

START_TEST(broken_pem)
{
	static const struct {
		const char *text;
		int code;
	} bad[] = {
		{ "", ATT_E_FORMAT },
		{ "no key\n", ATT_E_FORMAT },
		{ "-----BEGIN PUBLIC KEY-----\n", ATT_E_FORMAT },
		{ "-----BEGIN PUBLIC KEY-----\nMFk=\n"
		  "-----END PUBLIC KEY-----\n", ATT_E_FORMAT },
		{ "-----BEGIN PUBLIC KEY-----\n!!!!\n"
		  "-----END PUBLIC KEY-----\n", ATT_E_FORMAT },
		{ "-----BEGIN CERTIFICATE-----\nMFk=\n"
		  "-----END CERTIFICATE-----\n", ATT_E_FORMAT },
		{ "-----BEGIN PUBLIC KEY-----\nProc-Type: 4,ENCRYPTED\n"
		  "DEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF\n\n"
		  "MFk=\n-----END PUBLIC KEY-----\n", ATT_E_UNSUPPORTED },
	};
	struct att_pubkey *k = NULL;

	for (size_t i = 0; i < ATT_COUNT(bad); i++) {
		int r = att_pubkey_from_pem(S(bad[i].text), &k, NULL);

		ck_assert_msg(r == bad[i].code, "%zu: %s", i,
		    att_code_name(r));
		ck_assert_ptr_null(k);
	}
}
END_TEST

START_TEST(limits_of_rsa)
{
	struct att_pubkey *k = NULL;
	uint8_t n[ATT_RSA_BITS_MAX / 8 + 1];

	memset(n, 0xff, sizeof(n));
	for (size_t len = 0; len <= sizeof(n); len++) {
		int r = att_pubkey_from_rsa((struct att_slice){ n, len },
		    65537, &k, NULL);
		bool in = len * 8 >= ATT_RSA_BITS_MIN &&
		    len * 8 <= ATT_RSA_BITS_MAX;

		ck_assert_int_eq(r, in ? 0 : ATT_E_UNSUPPORTED);
		if (in)
			att_pubkey_free(take(&k));
	}
	fails(att_pubkey_from_rsa((struct att_slice){ n, 256 }, 65535, &k,
	    err), ATT_E_FORMAT, "65535");
	fails(att_pubkey_from_rsa((struct att_slice){ n, 256 }, 65538, &k,
	    err), ATT_E_FORMAT, "65538");
	ok(att_pubkey_from_rsa((struct att_slice){ n, 256 }, UINT32_MAX, &k,
	    err));
	att_pubkey_free(take(&k));
	n[0] = 0x7f;
	fails(att_pubkey_from_rsa((struct att_slice){ n, 256 }, 65537, &k,
	    err), ATT_E_FORMAT, "shorter");
	n[0] = 0xff;
	n[255] = 0xfe;
	fails(att_pubkey_from_rsa((struct att_slice){ n, 256 }, 65537, &k,
	    err), ATT_E_FORMAT, "even");
}
END_TEST

START_TEST(limits_of_ec)
{
	struct bytes x = unhex(SHORT_X), y = unhex(SHORT_Y), wide = { 0 };
	struct bytes sig = unhex(SHORT_SIG);
	AUTO(att_pubkey_free) struct att_pubkey *k = NULL;
	struct att_pubkey *none = NULL;

	ck_assert_uint_eq(x.len, 31);
	ok(att_pubkey_from_ec(ATT_CURVE_P256, V(&x), V(&y), &k, err));
	ok(att_pubkey_verify(k, ATT_SIG_ECDSA, ATT_ALG_SHA256, S("sample"),
	    V(&sig), err));
	memcpy(wide.data + 2, x.data, x.len);
	wide.len = 33;
	fails(att_pubkey_from_ec(ATT_CURVE_P256, V(&wide), V(&y), &none, err),
	    ATT_E_FORMAT, "33");
	wide.len = 0;
	fails(att_pubkey_from_ec(ATT_CURVE_P256, V(&wide), V(&y), &none, err),
	    ATT_E_FORMAT, "0 and 32");
	y.data[0] ^= 1;
	fails(att_pubkey_from_ec(ATT_CURVE_P256, V(&x), V(&y), &none, err),
	    ATT_E_FORMAT, "not a point");
	memset(wide.data, 0, sizeof(wide.data));
	wide.len = 32;
	fails(att_pubkey_from_ec(ATT_CURVE_P256, V(&wide), V(&wide), &none,
	    err), ATT_E_FORMAT, "not a point");
	fails(att_pubkey_from_ec((enum att_curve)5, V(&x), V(&y), &none, err),
	    ATT_E_UNSUPPORTED, "0x0005");
	ck_assert_ptr_null(none);
}
END_TEST

/* As the kernel has them: behind a header of nine bytes. */
START_TEST(signatures_over_digests)
{
	static const struct {
		const char *pem, *digest, *sig;
		uint32_t id;
	} good[] = {
		{ RSA_PUBLIC, RSA256_DIGEST, RSA256_SIG, RSA_ID },
		{ P256_PUBLIC, P256_DIGEST, P256_SIG, P256_ID },
	};
	AUTO(att_pubkey_free) struct att_pubkey *k = NULL;
	struct bytes sum = unhex(good[_i].digest), sig = unhex(good[_i].sig);
	struct att_slice bare = { sig.data + 9, sig.len - 9 }, longer = bare;
	struct att_digest d, id;

	ok(att_pubkey_from_pem(S(good[_i].pem), &k, err));
	ok(att_digest_from(ATT_ALG_SHA256, V(&sum), &d, err));
	ok(att_pubkey_verify_digest(k, &d, bare, err));
	for (size_t n = 0; n < bare.len; n++)
		fails(att_pubkey_verify_digest(k, &d, (struct att_slice){
		    bare.data, n }, err), ATT_E_SIGNATURE, "not verify");
	longer.len++;
	fails(att_pubkey_verify_digest(k, &d, longer, err), ATT_E_SIGNATURE,
	    "not verify");
	/* which the library would call its own failure */
	if (_i == 0 && att_alg_evp(ATT_ALG_SM3) != NULL) {
		d.alg = ATT_ALG_SM3;
		fails(att_pubkey_verify_digest(k, &d, bare, err),
		    ATT_E_UNSUPPORTED, "RSA over sm3");
		fails(att_pubkey_verify(k, ATT_SIG_RSASSA, ATT_ALG_SM3,
			  S("x"), bare, err), ATT_E_UNSUPPORTED, "sm3");
	}
	d.alg = 0x27;
	fails(att_pubkey_verify_digest(k, &d, bare, err), ATT_E_UNSUPPORTED,
	    "0x0027");
	ok(att_pubkey_id(k, &id, err));
	ck_assert_uint_eq(id.len, 20);
	ck_assert_uint_eq((uint32_t)id.bytes[16] << 24 | id.bytes[17] << 16 |
	    id.bytes[18] << 8 | id.bytes[19], good[_i].id);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("pubkey");
	TCase *t = tcase_create("pubkey");

	tcase_add_loop_test(t, ecdsa_known_answers, 0, 2);
	tcase_add_test(t, rsa_known_answers);
	tcase_add_test(t, no_flipped_bit_of_a_signature_verifies);
	tcase_add_test(t, signatures_of_another_shape);
	tcase_add_loop_test(t, signatures_over_digests, 0, 2);
	tcase_add_loop_test(t, der_and_pem_round_trip, 0, 2);
	tcase_add_test(t, one_key_has_one_form);
	tcase_add_test(t, keys_that_are_not_taken);
	tcase_add_test(t, broken_der);
	tcase_add_test(t, broken_pem);
	tcase_add_test(t, limits_of_rsa);
	tcase_add_test(t, limits_of_ec);
	suite_add_tcase(s, t);
	return run_suite(s);
}
