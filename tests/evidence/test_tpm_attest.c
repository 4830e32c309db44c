#include "tpm_testlib.h"

static const struct att_tpm_sign_rule ANY = { 0 };

START_TEST(quotes_verify_and_say_what_was_quoted)
{
	const struct ak_vector *v = &ak_vectors[_i];
	AUTO(att_pubkey_free) struct att_pubkey *k = ak_key(v);
	struct bytes quote = unhex(v->quote), sig = unhex(v->quote_sig);
	struct bytes nonce = unhex("00112233445566778899aabbccddeeff");
	struct att_tpm_sign_rule exact_rule = { v->scheme, v->hash, false };
	struct att_attest a;

	ok(att_attest_open(V(&quote), V(&sig), k, &exact_rule, &a, err));
	ok(att_attest_open(V(&quote), V(&sig), k, &ANY, &a, err));
	ck_assert_int_eq(a.type, ATT_ATTEST_QUOTE);
	ck_assert(att_slice_equal(a.extra_data, V(&nonce)));
	ck_assert_uint_eq(a.select_count, 2);
	ck_assert_uint_eq(a.select[0].alg, ATT_ALG_SHA256);
	ck_assert_uint_eq(a.select[0].mask, 1u | 1u << 7 | 1u << 23);
	ck_assert_uint_eq(a.select[1].alg, ATT_ALG_SHA1);
	ck_assert_uint_eq(a.select[1].mask, 1u << 4);
	ck_assert_uint_eq(a.pcr_digest.len, att_alg_size(v->hash));
	ck_assert(a.safe && a.clock != 0 && a.reset_count == 1 &&
	    a.restart_count == 0);
	ck_assert_uint_eq(a.firmware_version, 0x2019102300163636);
}
END_TEST

START_TEST(certifications_verify_and_name_the_ak)
{
	const struct ak_vector *v = &ak_vectors[_i];
	AUTO(att_pubkey_free) struct att_pubkey *k = ak_key(v);
	struct bytes attest, sig, name = unhex(v->name);
	struct att_attest a;

	if (v->certify == NULL)
		return;
	attest = unhex(v->certify);
	sig = unhex(v->certify_sig);
	ok(att_attest_open(V(&attest), V(&sig), k, &ANY, &a, err));
	ck_assert_int_eq(a.type, ATT_ATTEST_CERTIFY);
	ck_assert(att_slice_equal(a.name, V(&name)));
	/* an AK that certifies itself: both qualified names are its own */
	ck_assert(att_slice_equal(a.qualified_name, a.qualified_signer));
	ck_assert_uint_eq(a.select_count, 0);
}
END_TEST

/* GHSA-gwfg-w3jr-xh66: what the owner wrote to NV, signed by the AK. */
START_TEST(nv_certification_is_neither)
{
	AUTO(att_pubkey_free) struct att_pubkey *k = ak_key(&ak_vectors[0]);
	struct bytes attest = unhex(RSA_NV), sig = unhex(RSA_NV_SIG);
	struct att_tpm_signature s;
	struct att_attest a;

	ok(att_tpm_signature_parse(V(&sig), &s, err));
	ok(att_tpm_signature_verify(&s, k, &ANY, V(&attest), err));
	fails(att_attest_open(V(&attest), V(&sig), k, &ANY, &a, err),
	    ATT_E_UNSUPPORTED, "type 0x8014");
}
END_TEST

static void
round_trip(const char *attest_hex, const char *sig_hex)
{
	AUTO_DONE(att_buf_done) struct att_buf out = ATT_BUF(ATT_ATTEST_MAX);
	struct bytes attest = unhex(attest_hex), sig = unhex(sig_hex);
	struct att_tpm_signature s;
	struct att_attest a;

	ok(att_attest_parse(V(&attest), &a, err));
	att_attest_encode(&a, &out);
	ck_assert(att_slice_equal(att_buf_view(&out), V(&attest)));
	att_buf_reset(&out);
	ok(att_tpm_signature_parse(V(&sig), &s, err));
	att_tpm_signature_encode(&s, &out);
	ck_assert(att_slice_equal(att_buf_view(&out), V(&sig)));
}

START_TEST(encode_of_parse_is_the_same)
{
	const struct ak_vector *v = &ak_vectors[_i];

	round_trip(v->quote, v->quote_sig);
	if (v->certify != NULL)
		round_trip(v->certify, v->certify_sig);
}
END_TEST

static void
cut_attest(const char *hex)
{
	struct bytes b = unhex(hex);
	struct att_attest a = { .clock = 77 };

	for (size_t n = 0; n < b.len; n++) {
		uint8_t *cut = exact(&b, n);
		int r = att_attest_parse((struct att_slice){ cut, n }, &a,
		    NULL);

		free(cut);
		ck_assert_msg(r == ATT_E_SHORT, "%zu bytes: %s", n,
		    att_code_name(r));
		ck_assert_uint_eq(a.clock, 77);
	}
	b.data[b.len++] = 0;
	fails(att_attest_parse(V(&b), &a, err), ATT_E_TRAILING, "1 bytes");
}

static void
cut_signature(const char *hex)
{
	struct bytes b = unhex(hex);
	struct att_tpm_signature s = { .hash = 77 };

	for (size_t n = 0; n < b.len; n++) {
		uint8_t *cut = exact(&b, n);
		int r = att_tpm_signature_parse((struct att_slice){ cut, n },
		    &s, NULL);

		free(cut);
		ck_assert_msg(r == ATT_E_SHORT, "%zu bytes: %s", n,
		    att_code_name(r));
		ck_assert_uint_eq(s.hash, 77);
	}
	b.data[b.len++] = 0;
	fails(att_tpm_signature_parse(V(&b), &s, err), ATT_E_TRAILING,
	    "1 bytes");
}

START_TEST(every_cut_is_refused)
{
	const struct ak_vector *v = &ak_vectors[_i];

	cut_attest(v->quote);
	cut_signature(v->quote_sig);
	if (v->certify != NULL)
		cut_attest(v->certify);
}
END_TEST

/*
 * K7: no flipped bit of what was signed, or of the signature, verifies. Of
 * P-384, which is slow, one bit of each byte.
 */
START_TEST(k7_no_flipped_bit_verifies)
{
	const struct ak_vector *v = &ak_vectors[_i];
	AUTO(att_pubkey_free) struct att_pubkey *k = ak_key(v);
	struct bytes part[2] = { unhex(v->quote), unhex(v->quote_sig) };
	size_t step = v->hash == ATT_ALG_SHA384 ? 9 : 1, tried = 0;

	for (size_t i = 0; i < ATT_COUNT(part); i++) {
		for (size_t bit = 0; bit < 8 * part[i].len; bit += step) {
			struct att_attest a = { .clock = 77 };
			uint8_t was = part[i].data[bit / 8];
			int r;

			part[i].data[bit / 8] ^= (uint8_t)(1 << bit % 8);
			r = att_attest_open(V(&part[0]), V(&part[1]), k, &ANY,
			    &a, NULL);
			ck_assert_msg(r < 0 &&
			    att_code_kind(r) == ATT_KIND_INPUT,
			    "%s part %zu bit %zu: %s", v->id, i, bit,
			    att_code_name(r));
			ck_assert_uint_eq(a.clock, 77);
			part[i].data[bit / 8] = was;
			tried++;
		}
	}
	ck_assert_uint_gt(tried, 200);
}
END_TEST

/* K7: another AK's signature, and this AK's signature over something else. */
START_TEST(k7_only_this_key_over_these_bytes)
{
	const struct ak_vector *v = &ak_vectors[_i];
	AUTO(att_pubkey_free) struct att_pubkey *k = ak_key(v);
	struct bytes quote = unhex(v->quote), sig = unhex(v->quote_sig);
	struct bytes other;
	struct att_attest a;

	for (int i = 0; i < AK_VECTORS; i++) {
		AUTO(att_pubkey_free) struct att_pubkey *wrong =
		    ak_key(&ak_vectors[i]);

		if (i != _i)
			fails(att_attest_open(V(&quote), V(&sig), wrong, &ANY,
			    &a, err), ATT_E_SIGNATURE, "signature: ");
	}
	if (v->certify == NULL)
		return;
	other = unhex(v->certify_sig);
	fails(att_attest_open(V(&quote), V(&other), k, &ANY, &a, err),
	    ATT_E_SIGNATURE, "does not verify");
}
END_TEST

START_TEST(rules_of_scheme_and_hash)
{
	AUTO(att_pubkey_free) struct att_pubkey *k = ak_key(&ak_vectors[0]);
	static const struct att_tpm_sign_rule pss = { ATT_SIG_RSAPSS, 0,
		false }, sha384 = { 0, ATT_ALG_SHA384, false },
	    old = { 0, 0, true };
	struct bytes quote = unhex(RSA_QUOTE), sig = unhex(RSA_QUOTE_SIG);
	struct att_attest a;

	fails(att_attest_open(V(&quote), V(&sig), k, &pss, &a, err),
	    ATT_E_DENIED, "scheme is 0x0014, must be 0x0016");
	fails(att_attest_open(V(&quote), V(&sig), k, &sha384, &a, err),
	    ATT_E_DENIED, "hash is sha256");
	sig.data[3] = ATT_ALG_SHA1;
	fails(att_attest_open(V(&quote), V(&sig), k, &ANY, &a, err),
	    ATT_E_DENIED, "SHA-1");
	fails(att_attest_open(V(&quote), V(&sig), k, &old, &a, err),
	    ATT_E_SIGNATURE, "verify");
	sig.data[3] = ATT_ALG_SM3;
	fails(att_attest_open(V(&quote), V(&sig), k, &old, &a, err),
	    ATT_E_DENIED, "0x0012");
	sig.data[1] = 0x05;	/* TPM_ALG_HMAC: no proof to anybody else */
	fails(att_attest_open(V(&quote), V(&sig), k, &ANY, &a, err),
	    ATT_E_UNSUPPORTED, "0x0005");
}
END_TEST

/* A signature over SHA-1 by a key of ours is taken only where allowed. */
START_TEST(sha1_only_where_it_is_allowed)
{
	static const struct att_tpm_sign_rule old = { 0, ATT_ALG_SHA1, true };
	AUTO(att_pubkey_free) struct att_pubkey *k = NULL;
	struct bytes public = unhex(SHA1_PUBLIC), sig = unhex(SHA1_SIG);
	struct bytes quote = unhex(SHA1_QUOTE);
	struct att_tpm_public p;
	struct att_attest a;

	ok(att_tpm_public_parse_2b(V(&public), &p, err));
	ok(att_tpm_public_key(&p, &k, err));
	ok(att_attest_open(V(&quote), V(&sig), k, &old, &a, err));
	fails(att_attest_open(V(&quote), V(&sig), k, &ANY, &a, err),
	    ATT_E_DENIED, "SHA-1");
}
END_TEST

/* r and s as other TPMs write them: zeros left out, or more of them. */
START_TEST(ecdsa_numbers_of_any_length)
{
	AUTO(att_pubkey_free) struct att_pubkey *k = ak_key(&ak_vectors[2]);
	struct bytes quote = unhex(P256_QUOTE), sig = unhex(P256_QUOTE_SIG);
	uint8_t wide[40] = { 0 };
	struct att_tpm_signature s;

	ok(att_tpm_signature_parse(V(&sig), &s, err));
	memcpy(wide + 8, s.r.data, 32);
	s.r = (struct att_slice){ wide, 40 };
	ok(att_tpm_signature_verify(&s, k, &ANY, V(&quote), err));
	wide[7] = 1;
	fails(att_tpm_signature_verify(&s, k, &ANY, V(&quote), err),
	    ATT_E_SIGNATURE, "larger");
	s.r = (struct att_slice){ NULL, 0 };
	fails(att_tpm_signature_verify(&s, k, &ANY, V(&quote), err),
	    ATT_E_SIGNATURE, "verify");
}
END_TEST

START_TEST(fields_out_of_range)
{
	struct bytes good = unhex(RSA_QUOTE), b;
	struct att_attest a;
	/* behind the head come 4 bytes of count and 2 + 1 + 3 per bank */
	size_t safe = good.len - (2 + 32) - (4 + 2 * 6) - 8 - 1;
	size_t count = safe + 1 + 8;

	b = good;
	b.data[0] = 0;
	fails(att_attest_parse(V(&b), &a, err), ATT_E_FORMAT, "magic");
	b = good;
	b.data[safe] = 2;
	fails(att_attest_parse(V(&b), &a, err), ATT_E_FORMAT, "safe is 2");
	b = good;
	b.data[count + 3] = ATT_ATTEST_BANKS_MAX + 1;
	fails(att_attest_parse(V(&b), &a, err), ATT_E_LIMIT, "17 banks");
	b.data[count + 3] = ATT_ATTEST_BANKS_MAX;
	ck_assert(att_attest_parse(V(&b), &a, NULL) < 0);
	memset(b.data + count, 0xff, 4);
	fails(att_attest_parse(V(&b), &a, err), ATT_E_LIMIT, "4294967295");
	b = good;
	b.data[count + 4 + 2] = 4;
	fails(att_attest_parse(V(&b), &a, err), ATT_E_FORMAT,
	    "sizeofSelect is 4");
	b = good;
	b.data[count + 4 + 6 + 1] = ATT_ALG_SHA256;
	fails(att_attest_parse(V(&b), &a, err), ATT_E_FORMAT, "twice");
	b = good;
	b.len = ATT_ATTEST_MAX;
	fails(att_attest_parse(V(&b), &a, err), ATT_E_TRAILING, "after");
	fails(att_attest_parse((struct att_slice){ b.data,
		  ATT_ATTEST_MAX + 1 }, &a, err), ATT_E_LIMIT, "1025");
}
END_TEST

/* Sixteen banks are taken, and so is a quote of nothing. */
START_TEST(selections_at_the_limit)
{
	AUTO_DONE(att_buf_done) struct att_buf out = ATT_BUF(ATT_ATTEST_MAX);
	struct bytes b = unhex(RSA_QUOTE);
	struct att_attest a, c;

	ok(att_attest_parse(V(&b), &a, err));
	for (a.select_count = 0; a.select_count < ATT_ATTEST_BANKS_MAX;
	    a.select_count++)
		a.select[a.select_count] = (struct att_pcr_select){
			(uint16_t)(0x100 + a.select_count), ATT_PCR_ALL };
	att_attest_encode(&a, &out);
	ok(att_attest_parse(att_buf_view(&out), &c, err));
	ck_assert_uint_eq(c.select_count, ATT_ATTEST_BANKS_MAX);
	ck_assert_uint_eq(c.select[15].alg, 0x10f);
	ck_assert_uint_eq(c.select[15].mask, ATT_PCR_ALL);
	att_buf_reset(&out);
	a.select_count = 0;
	att_attest_encode(&a, &out);
	ok(att_attest_parse(att_buf_view(&out), &c, err));
	ck_assert_uint_eq(c.select_count, 0);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("tpm_attest");
	TCase *t = tcase_create("tpm_attest");

	tcase_add_loop_test(t, quotes_verify_and_say_what_was_quoted, 0,
	    AK_VECTORS);
	tcase_add_loop_test(t, certifications_verify_and_name_the_ak, 0,
	    AK_VECTORS);
	tcase_add_test(t, nv_certification_is_neither);
	tcase_add_loop_test(t, encode_of_parse_is_the_same, 0, AK_VECTORS);
	tcase_add_loop_test(t, every_cut_is_refused, 0, AK_VECTORS);
	tcase_add_loop_test(t, k7_no_flipped_bit_verifies, 0, AK_VECTORS);
	tcase_add_loop_test(t, k7_only_this_key_over_these_bytes, 0,
	    AK_VECTORS);
	tcase_add_test(t, rules_of_scheme_and_hash);
	tcase_add_test(t, sha1_only_where_it_is_allowed);
	tcase_add_test(t, ecdsa_numbers_of_any_length);
	tcase_add_test(t, fields_out_of_range);
	tcase_add_test(t, selections_at_the_limit);
	suite_add_tcase(s, t);
	return run_suite(s);
}
