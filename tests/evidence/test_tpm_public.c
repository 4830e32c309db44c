#include "tpm_testlib.h"

static const char *const all[] = { RSA_PUBLIC, PSS_PUBLIC, P256_PUBLIC,
	P384_PUBLIC, EK_RSA_PUBLIC, EK_P256_PUBLIC, EK_P384_PUBLIC };
#define ALL ((int)ATT_COUNT(all))

/* The TPMT_PUBLIC of a vector. */
static struct bytes
tpmt(const char *hex)
{
	struct bytes b = unhex(hex);

	b.len -= 2;
	memmove(b.data, b.data + 2, b.len);
	return b;
}

START_TEST(names_are_those_the_tpm_gives)
{
	const struct ak_vector *v = &ak_vectors[_i];
	struct bytes b = tpmt(v->public), name = unhex(v->name);
	struct att_tpm_public p;
	struct att_tpm_name n;

	ok(att_tpm_public_parse(V(&b), &p, err));
	ok(att_tpm_public_name(&p, &n, err));
	ck_assert(att_slice_equal(att_tpm_name_view(&n), V(&name)));
	ck_assert_uint_eq(p.scheme.alg, v->scheme);
	ck_assert_uint_eq(p.scheme.hash, v->hash);
	ck_assert_uint_eq(p.attributes, 0x00050072);
	ok(att_tpm_public_check_ak(&p, err));
	fails(att_tpm_public_check_ek(&p, err), ATT_E_DENIED, "EK");
}
END_TEST

START_TEST(encode_of_parse_is_the_same)
{
	AUTO_DONE(att_buf_done) struct att_buf out =
	    ATT_BUF(ATT_TPM_PUBLIC_MAX);
	struct bytes b = tpmt(all[_i]);
	struct att_tpm_public p;

	ok(att_tpm_public_parse(V(&b), &p, err));
	att_tpm_public_encode(&p, &out);
	ck_assert(att_slice_equal(att_buf_view(&out), V(&b)));
	ck_assert(att_slice_equal(p.bytes, V(&b)));
}
END_TEST

/* Nothing in a TPMT_PUBLIC may be left out, and nothing may follow. */
START_TEST(every_cut_is_refused)
{
	struct bytes b = tpmt(all[_i]);
	struct att_tpm_public p = { .type = 0x7777 };

	for (size_t n = 0; n < b.len; n++) {
		uint8_t *cut = exact(&b, n);
		int r = att_tpm_public_parse((struct att_slice){ cut, n },
		    &p, NULL);

		free(cut);
		ck_assert_msg(r == ATT_E_SHORT, "%zu of %zu bytes: %s", n,
		    b.len, att_code_name(r));
		ck_assert_uint_eq(p.type, 0x7777);
	}
	b.data[b.len++] = 0;
	fails(att_tpm_public_parse(V(&b), &p, err), ATT_E_TRAILING, "1 bytes");
}
END_TEST

START_TEST(sizes_of_the_2b_are_exact)
{
	struct bytes b = unhex(all[_i]);
	struct att_tpm_public p;

	ok(att_tpm_public_parse_2b(V(&b), &p, err));
	b.data[b.len++] = 0;
	fails(att_tpm_public_parse_2b(V(&b), &p, err), ATT_E_TRAILING,
	    "TPM2B");
	b.len -= 2;
	fails(att_tpm_public_parse_2b(V(&b), &p, err), ATT_E_SHORT, "cut");
	b.len = 1;
	fails(att_tpm_public_parse_2b(V(&b), &p, err), ATT_E_SHORT, "cut");
}
END_TEST

/* K7: whatever bit of an AK is changed, it is another object or none. */
START_TEST(k7_every_flipped_bit_is_another_name)
{
	struct bytes b = tpmt(all[_i]);
	struct att_tpm_public p;
	struct att_tpm_name good, n;

	ok(att_tpm_public_parse(V(&b), &p, err));
	ok(att_tpm_public_name(&p, &good, err));
	for (size_t bit = 0; bit < 8 * b.len; bit++) {
		struct att_pubkey *k = NULL;

		b.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		if (att_tpm_public_parse(V(&b), &p, NULL) == 0) {
			ok(att_tpm_public_name(&p, &n, err));
			ck_assert(!att_slice_equal(att_tpm_name_view(&n),
			    att_tpm_name_view(&good)));
			if (att_tpm_public_key(&p, &k, NULL) == 0)
				att_pubkey_free(k);
		}
		b.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}
END_TEST

/* An AK with some attributes changed: the code of its check. */
static int
with_attributes(uint32_t flip, struct att_err *why)
{
	struct bytes b = tpmt(RSA_PUBLIC);
	struct att_tpm_public p;

	ok(att_tpm_public_parse(V(&b), &p, err));
	p.attributes ^= flip;
	return att_tpm_public_check_ak(&p, why);
}

/* K1: unrestricted, duplicable or decrypting keys are no AKs. */
START_TEST(k1_attributes_of_an_ak)
{
	static const uint32_t may = ATT_TPMA_NO_DA |
	    ATT_TPMA_ADMIN_WITH_POLICY;

	for (unsigned bit = 0; bit < 32; bit++)
		ck_assert_msg(with_attributes(1u << bit, NULL) ==
		    ((may >> bit & 1) != 0 ? 0 : ATT_E_DENIED), "bit %u", bit);
	fails(with_attributes(ATT_TPMA_RESTRICTED, err), ATT_E_DENIED,
	    "restricted is not set");
	fails(with_attributes(ATT_TPMA_FIXED_TPM, err), ATT_E_DENIED,
	    "fixedTPM is not set");
	fails(with_attributes(ATT_TPMA_DECRYPT, err), ATT_E_DENIED,
	    "decrypt is set");
	fails(with_attributes(ATT_TPMA_DECRYPT | ATT_TPMA_SIGN, err),
	    ATT_E_DENIED, "sign is not set");
	fails(with_attributes(ATT_TPMA_ENCRYPTED_DUPLICATION, err),
	    ATT_E_DENIED, "0x00000800 must not be set");
}
END_TEST

START_TEST(k1_an_ek_is_no_ak_and_weak_aks_are_none)
{
	struct bytes b = tpmt(EK_RSA_PUBLIC), ak = tpmt(RSA_PUBLIC);
	struct att_tpm_public p;

	ok(att_tpm_public_parse(V(&b), &p, err));
	fails(att_tpm_public_check_ak(&p, err), ATT_E_DENIED, "AK attributes");
	ok(att_tpm_public_parse(V(&ak), &p, err));
	p.scheme.hash = ATT_ALG_SHA1;
	fails(att_tpm_public_check_ak(&p, err), ATT_E_DENIED, "SHA-2");
	p.scheme = (struct att_tpm_scheme){ .alg = ATT_TPM_ALG_NULL };
	fails(att_tpm_public_check_ak(&p, err), ATT_E_DENIED, "scheme");
	ok(att_tpm_public_parse(V(&ak), &p, err));
	p.scheme.alg = ATT_SIG_ECDSA;
	fails(att_tpm_public_check_ak(&p, err), ATT_E_DENIED, "scheme");
	ok(att_tpm_public_parse(V(&ak), &p, err));
	p.name_alg = ATT_ALG_SHA1;
	fails(att_tpm_public_check_ak(&p, err), ATT_E_DENIED, "sha1");
	ok(att_tpm_public_parse(V(&ak), &p, err));
	p.rsa_exponent = 3;
	fails(att_tpm_public_check_ak(&p, err), ATT_E_DENIED, "exponent 3");
	ok(att_tpm_public_parse(V(&ak), &p, err));
	p.rsa_n.len = 128;
	fails(att_tpm_public_check_ak(&p, err), ATT_E_DENIED, "1024 bits");
	ok(att_tpm_public_parse(V(&ak), &p, err));
	p.sym = (struct att_tpm_sym){ ATT_TPM_ALG_AES, 128, ATT_TPM_ALG_CFB };
	fails(att_tpm_public_check_ak(&p, err), ATT_E_DENIED, "symmetric");
}
END_TEST

START_TEST(k1_a_point_off_the_curve_is_no_ak)
{
	struct bytes b = tpmt(P256_PUBLIC);
	struct att_tpm_public p;

	b.data[b.len - 1] ^= 1;
	ok(att_tpm_public_parse(V(&b), &p, err));
	fails(att_tpm_public_check_ak(&p, err), ATT_E_DENIED, "curve");
	p.curve = 0x0010;	/* TPM_ECC_BN_P256 */
	fails(att_tpm_public_check_ak(&p, err), ATT_E_DENIED, "curve 0x0010");
}
END_TEST

START_TEST(what_an_ek_must_be)
{
	static const char *const eks[] = { EK_RSA_PUBLIC, EK_P256_PUBLIC,
		EK_P384_PUBLIC };
	struct bytes b = tpmt(eks[_i]);
	struct att_tpm_public p;

	ok(att_tpm_public_parse(V(&b), &p, err));
	ok(att_tpm_public_check_ek(&p, err));
	for (unsigned bit = 0; bit < 32; bit++) {
		uint32_t may = ATT_TPMA_USER_WITH_AUTH |
		    ATT_TPMA_ADMIN_WITH_POLICY | ATT_TPMA_NO_DA;

		p.attributes ^= 1u << bit;
		ck_assert(att_tpm_public_check_ek(&p, NULL) ==
		    ((may >> bit & 1) != 0 ? 0 : ATT_E_DENIED));
		p.attributes ^= 1u << bit;
	}
	p.sym.mode = 0x0042;	/* CBC */
	fails(att_tpm_public_check_ek(&p, err), ATT_E_DENIED, "AES-CFB");
	ok(att_tpm_public_parse(V(&b), &p, err));
	p.scheme.alg = ATT_TPM_ALG_OAEP;
	fails(att_tpm_public_check_ek(&p, err), ATT_E_DENIED, "scheme");
}
END_TEST

static struct att_digest
key_of(const struct att_tpm_public *p)
{
	struct att_digest d = { 0 };

	ok(att_tpm_public_key_digest(p, &d, err));
	return d;
}

START_TEST(one_key_has_one_digest)
{
	static const uint8_t zeros[32];
	uint8_t longer[1 + 32] = { 0 };
	struct bytes b = tpmt(_i == 0 ? EK_RSA_PUBLIC : EK_P256_PUBLIC);
	struct att_tpm_public p;
	struct att_digest key, same, other;

	ok(att_tpm_public_parse(V(&b), &p, err));
	key = key_of(&p);
	p.attributes ^= ATT_TPMA_NO_DA;
	p.policy = (struct att_slice){ zeros, sizeof(zeros) };
	p.name_alg = ATT_ALG_SHA384;
	p.sym.bits = 256;
	p.rsa_exponent = p.rsa_exponent == 0 ? 65537 : 0;
	if (_i == 1) {
		memcpy(longer + 1, p.x.data, p.x.len);
		p.x = (struct att_slice){ longer, sizeof(longer) };
	}
	same = key_of(&p);
	ck_assert(att_digest_equal(&same, &key));
	p.rsa_n.len--;
	p.y.len--;
	other = key_of(&p);
	ck_assert(!att_digest_equal(&other, &key));
}
END_TEST

START_TEST(what_is_not_known_is_named)
{
	struct bytes b = tpmt(RSA_PUBLIC), ec = tpmt(P256_PUBLIC), c;
	struct att_tpm_public p;

	c = b;
	c.data[1] = 0x08;	/* TPM_ALG_KEYEDHASH */
	fails(att_tpm_public_parse(V(&c), &p, err), ATT_E_UNSUPPORTED,
	    "type 0x0008");
	c = b;
	c.data[3] = 0x27;	/* TPM_ALG_SHA3_256 */
	fails(att_tpm_public_parse(V(&c), &p, err), ATT_E_UNSUPPORTED,
	    "name algorithm 0x0027");
	c = b;
	c.data[11] = 0x0a;	/* TPM_ALG_XOR */
	fails(att_tpm_public_parse(V(&c), &p, err), ATT_E_UNSUPPORTED,
	    "symmetric algorithm 0x000a");
	c = b;
	c.data[13] = 0x99;
	fails(att_tpm_public_parse(V(&c), &p, err), ATT_E_UNSUPPORTED,
	    "scheme 0x0099");
	c = b;
	c.data[17] ^= 0x08;	/* keyBits */
	fails(att_tpm_public_parse(V(&c), &p, err), ATT_E_FORMAT, "keyBits");
	c = b;
	c.data[17] ^= 0x01;
	fails(att_tpm_public_parse(V(&c), &p, err), ATT_E_FORMAT, "2049");
	c = ec;
	c.len = ATT_TPM_PUBLIC_MAX;
	fails(att_tpm_public_parse(V(&c), &p, err), ATT_E_TRAILING, "bytes");
	fails(att_tpm_public_parse((struct att_slice){ c.data,
		  ATT_TPM_PUBLIC_MAX + 1 }, &p, err), ATT_E_LIMIT, "1025");
}
END_TEST

/* ECDAA has a count, and a policy is a digest: forms no vector has. */
START_TEST(rare_forms_round_trip)
{
	AUTO_DONE(att_buf_done) struct att_buf out = ATT_BUF(999);
	struct bytes b = tpmt(EK_P256_PUBLIC);
	struct att_tpm_public p, q;

	ok(att_tpm_public_parse(V(&b), &p, err));
	ck_assert_uint_eq(p.policy.len, 32);
	p.scheme = (struct att_tpm_scheme){ ATT_TPM_ALG_ECDAA, ATT_ALG_SHA256,
		7 };
	p.kdf = (struct att_tpm_scheme){ ATT_TPM_ALG_KDF1_SP800_108,
		ATT_ALG_SHA384, 0 };
	att_tpm_public_encode(&p, &out);
	ok(att_tpm_public_parse(att_buf_view(&out), &q, err));
	ck_assert_uint_eq(q.scheme.count, 7);
	ck_assert_uint_eq(q.kdf.hash, ATT_ALG_SHA384);
	out.data[9] = 31;	/* authPolicy of 31 bytes */
	fails(att_tpm_public_parse(att_buf_view(&out), &q, err),
	    ATT_E_FORMAT, "authPolicy of 31 bytes");
}
END_TEST

/* With a key that is known: the same answers, and no other key's. */
START_TEST(ak_of_a_key)
{
	struct bytes b = unhex(ak_vectors[_i].public);
	struct att_tpm_public p, bad;

	ok(att_tpm_public_parse_2b(V(&b), &p, err));
	for (int i = 0; i < AK_VECTORS; i++) {
		AUTO(att_pubkey_free) struct att_pubkey *k =
		    ak_key(&ak_vectors[i]);

		if (i != _i) {
			fails(att_tpm_public_check_ak_of(&p, k, err),
			    ATT_E_DENIED, "of another key");
			continue;
		}
		ok(att_tpm_public_check_ak_of(&p, k, err));
		bad = p;
		bad.attributes &= ~ATT_TPMA_RESTRICTED;
		fails(att_tpm_public_check_ak_of(&bad, k, err), ATT_E_DENIED,
		    "restricted");
		bad = p;
		bad.rsa_exponent = 3;
		bad.y.len -= p.type == ATT_TPM_ALG_ECC;
		fails(att_tpm_public_check_ak_of(&bad, k, err), ATT_E_DENIED,
		    "of another key");
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("tpm_public");
	TCase *t = tcase_create("tpm_public");

	tcase_add_loop_test(t, names_are_those_the_tpm_gives, 0, AK_VECTORS);
	tcase_add_loop_test(t, encode_of_parse_is_the_same, 0, ALL);
	tcase_add_loop_test(t, every_cut_is_refused, 0, ALL);
	tcase_add_loop_test(t, sizes_of_the_2b_are_exact, 0, ALL);
	tcase_add_loop_test(t, k7_every_flipped_bit_is_another_name, 0, ALL);
	tcase_add_test(t, k1_attributes_of_an_ak);
	tcase_add_test(t, k1_an_ek_is_no_ak_and_weak_aks_are_none);
	tcase_add_test(t, k1_a_point_off_the_curve_is_no_ak);
	tcase_add_loop_test(t, what_an_ek_must_be, 0, 3);
	tcase_add_loop_test(t, one_key_has_one_digest, 0, 2);
	tcase_add_test(t, what_is_not_known_is_named);
	tcase_add_test(t, rare_forms_round_trip);
	tcase_add_loop_test(t, ak_of_a_key, 0, AK_VECTORS);
	suite_add_tcase(s, t);
	return run_suite(s);
}
