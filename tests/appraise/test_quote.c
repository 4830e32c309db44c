#include "quote_scene.h"

/* -- good ---------------------------------------------------------------- */

START_TEST(good_quotes_hold)
{
	struct scene s;
	struct att_slice v;

	scene(&s, &signers[_i]);
	holds(&s);
	ck_assert_uint_eq(s.found, 0);
	ck_assert(s.quote.state.known && s.quote.state.safe);
	ck_assert_uint_eq(s.quote.state.clock, 5000000);
	ck_assert_uint_eq(s.quote.state.reset_count, 7);
	ck_assert_uint_eq(s.quote.state.restart_count, 2);
	ck_assert_uint_eq(s.quote.state.firmware_version, 0x0001000200030004);
	ck_assert_uint_eq(s.quote.pcrs.count, 2);
	ck_assert(att_pcrs_get(&s.quote.pcrs, ATT_ALG_SHA384, 4, &v));
	ck_assert(v.len == 48 && v.data[47] == 0x44);
	ck_assert(att_pcrs_get(&s.quote.pcrs, ATT_ALG_SHA256, 7, &v));
	ck_assert(v.data[0] == 8);
}
END_TEST

START_TEST(first_quote_has_nothing_before_it)
{
	struct scene s;

	scene(&s, &signers[SIGNER_P256]);
	s.last = (struct att_quote_state){ .clock = UINT64_MAX };
	holds(&s);
	ck_assert_uint_eq(s.found, 0);
	scene(&s, &signers[SIGNER_P256]);
	s.want.last = NULL;
	s.e.ak_public = (struct att_slice){ 0 };	/* need not be sent */
	holds(&s);
	ck_assert_uint_eq(s.found, 0);
}
END_TEST

/* -- who ----------------------------------------------------------------- */

START_TEST(no_quote_is_said)
{
	struct scene s;

	scene(&s, &signers[SIGNER_P256]);
	sign(&s);
	s.e.signature.len = 0;
	ck_assert_int_eq(check(&s), 0);
	ck_assert_int_eq(s.f[0].code, ATT_F_NO_QUOTE);
	s.e.signature = att_buf_view(&s.q.signature);
	s.found = 0;
	s.e.attest.len = 0;
	ok(att_quote_check(&s.e, &s.want, record, &s, &s.quote, err));
	ck_assert_int_eq(s.f[0].code, ATT_F_NO_QUOTE);
	signed_quote_done(&s.q);
}
END_TEST

START_TEST(another_key_is_refused)
{
	struct scene s;

	scene(&s, &signers[SIGNER_P256]);
	s.e.ak_public = other.ak.public;
	fails_with(&s, ATT_F_AK_UNKNOWN, "another attestation key");
	scene(&s, &other);
	s.want.ak = &signers[SIGNER_P256].ak;
	s.e.ak_public = (struct att_slice){ 0 };
	fails_with(&s, ATT_F_QUOTE_SIGNATURE, "does not verify");
	/* the node says it is the enrolled one, and signs with its own */
	scene(&s, &other);
	s.want.ak = &signers[SIGNER_P256].ak;
	s.e.ak_public = signers[SIGNER_P256].ak.public;
	fails_with(&s, ATT_F_QUOTE_SIGNATURE, "does not verify");
}
END_TEST

START_TEST(nothing_enrolled_is_no_key)
{
	struct att_ak none = { 0 };
	struct scene s;

	scene(&s, &other);
	s.want.ak = NULL;
	fails_with(&s, ATT_F_AK_ATTRIBUTES, "none is enrolled");
	scene(&s, &other);
	s.want.ak = &none;
	fails_with(&s, ATT_F_AK_ATTRIBUTES, "none is enrolled");
	none.key = other.key;
	fails_with(&s, ATT_F_AK_ATTRIBUTES, "none is enrolled");
	none = (struct att_ak){ NULL, other.ak.public };
	scene(&s, &other);
	s.want.ak = &none;
	fails_with(&s, ATT_F_AK_ATTRIBUTES, "none is enrolled");
}
END_TEST

/* K1: a key that could sign anything proves nothing about PCRs. */
START_TEST(attributes_of_the_key)
{
	static const struct {
		uint32_t flip;
		const char *word;
	} cases[] = {
		{ ATT_TPMA_RESTRICTED, "restricted" },
		{ ATT_TPMA_FIXED_TPM, "fixedTPM" },
		{ ATT_TPMA_FIXED_PARENT, "fixedParent" },
		{ ATT_TPMA_SENSITIVE_DATA_ORIGIN, "sensitiveDataOrigin" },
		{ ATT_TPMA_SIGN, "sign" },
		{ ATT_TPMA_DECRYPT, "decrypt" },
	};
	struct signer s = other;
	struct scene sc;

	s.public = ATT_BUF(ATT_TPM_PUBLIC_MAX);
	s.area.attributes ^= cases[_i].flip;
	signer_publish(&s);
	scene(&sc, &s);
	fails_with(&sc, ATT_F_AK_ATTRIBUTES, cases[_i].word);
	att_buf_done(&s.public);
}
END_TEST

START_TEST(public_area_is_of_the_key)
{
	struct att_ak mixed = { signers[SIGNER_P256].key, other.ak.public };
	struct scene s;

	scene(&s, &signers[SIGNER_P256]);
	s.want.ak = &mixed;
	s.e.ak_public = other.ak.public;
	fails_with(&s, ATT_F_AK_ATTRIBUTES, "another key");
}
END_TEST

/* -- K7 ------------------------------------------------------------------ */

/* The part again on the heap, in its exact size, so that it can be changed. */
static uint8_t *
own(struct att_slice *part)
{
	uint8_t *p = malloc(part->len);

	ck_assert_ptr_nonnull(p);
	memcpy(p, part->data, part->len);
	part->data = p;
	return p;
}

/* Flips each `step`th bit of a part; how many of them did no harm. */
static size_t
flip_all(struct scene *s, struct att_slice *part, size_t step)
{
	const uint8_t *was = part->data;
	uint8_t *p = own(part);
	size_t harmless = 0;

	for (size_t bit = 0; bit < 8 * part->len; bit += step) {
		p[bit / 8] ^= (uint8_t)(1 << bit % 8);
		if (check(s) == 1)
			harmless++;
		else
			ck_assert_uint_ge(s->found, 1);
		p[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	ck_assert_int_eq(check(s), 1);
	free(p);
	part->data = was;
	return harmless;
}

/*
 * Every bit of attest, signature, the key that the node names, and the public
 * area that is enrolled. Of the last, where the node names no key, noDA and
 * adminWithPolicy are free, and SHA-512 for SHA-384 as name algorithm. Of
 * P-384, which is slow, one bit of each byte.
 */
START_TEST(k7_no_flipped_bit_passes)
{
	size_t step = _i == SIGNER_P384 ? 9 : 1;
	struct att_ak ak = signers[_i].ak;
	struct scene s;

	scene(&s, &signers[_i]);
	sign(&s);
	ck_assert_uint_eq(flip_all(&s, &s.e.attest, step), 0);
	ck_assert_uint_eq(flip_all(&s, &s.e.signature, step), 0);
	ck_assert_uint_eq(flip_all(&s, &s.e.ak_public, step), 0);
	s.want.ak = &ak;
	ck_assert_uint_eq(flip_all(&s, &ak.public, step), 0);
	s.e.ak_public = (struct att_slice){ 0 };
	ck_assert_uint_eq(flip_all(&s, &ak.public, 1),
	    _i == SIGNER_P384 ? 3 : 2);
	signed_quote_done(&s.q);
}
END_TEST

START_TEST(no_part_may_be_cut_or_grow)
{
	struct scene s;
	struct att_slice *parts[] = { &s.e.attest, &s.e.signature,
		&s.e.ak_public };
	uint8_t more[1024];

	scene(&s, &signers[_i]);
	sign(&s);
	for (size_t i = 0; i < ATT_COUNT(parts); i++) {
		struct att_slice was = *parts[i];

		/* one that is not sent at all stands in other tests */
		for (parts[i]->len = 1; parts[i]->len < was.len;
		     parts[i]->len++)
			ck_assert_int_eq(check(&s), 0);
		memcpy(more, was.data, was.len);
		more[was.len] = 0;
		*parts[i] = (struct att_slice){ more, was.len + 1 };
		ck_assert_int_eq(check(&s), 0);
		*parts[i] = was;
	}
	ck_assert_int_eq(check(&s), 1);
	signed_quote_done(&s.q);
}
END_TEST

/* -- what ---------------------------------------------------------------- */

START_TEST(scheme_is_that_of_the_key)
{
	struct signer s = signers[SIGNER_RSASSA];
	struct scene sc;

	scene(&sc, &s);
	s.area.scheme.alg = ATT_SIG_RSAPSS;	/* signs so; the key does not */
	fails_with(&sc, ATT_F_QUOTE_SCHEME, "scheme");
	s.area.scheme = (struct att_tpm_scheme){ .alg = ATT_SIG_RSASSA,
		.hash = ATT_ALG_SHA512 };
	scene(&sc, &s);
	fails_with(&sc, ATT_F_QUOTE_SCHEME, "hash is sha512");
}
END_TEST

/* A key of SHA-1 is taken where policy says so, not otherwise. */
START_TEST(case_23_sha1_is_for_policy)
{
	struct signer s = signers[SIGNER_RSASSA];
	struct scene sc;

	s.public = ATT_BUF(ATT_TPM_PUBLIC_MAX);
	s.area.scheme.hash = ATT_ALG_SHA1;
	signer_publish(&s);
	scene(&sc, &s);
	fails_with(&sc, ATT_F_QUOTE_SCHEME, "SHA-1");
	scene(&sc, &s);
	sc.want.allow_sha1 = true;
	holds(&sc);
	/* and what else such a key must be is not forgotten */
	s.area.attributes &= ~ATT_TPMA_RESTRICTED;
	signer_publish(&s);
	scene(&sc, &s);
	sc.want.allow_sha1 = true;
	fails_with(&sc, ATT_F_AK_ATTRIBUTES, "restricted");
	att_buf_done(&s.public);
}
END_TEST

/* GHSA-gwfg-w3jr-xh66: signed by the AK is not yet a quote. */
START_TEST(other_attestations_are_no_quote)
{
	struct scene s;
	uint8_t *p;

	scene(&s, &other);
	s.a.type = ATT_ATTEST_CERTIFY;
	s.a.name = s.a.qualified_name = S("\0\x0b name");
	fails_with(&s, ATT_F_QUOTE_TYPE, "0x8017");
	scene(&s, &other);
	sign(&s);
	p = own(&s.e.attest);
	p[5] = 0x14;		/* TPM_ST_ATTEST_NV */
	att_buf_reset(&s.q.signature);
	signer_sign(&other, s.e.attest, &s.q.signature);
	s.e.signature = att_buf_view(&s.q.signature);
	fails_with(&s, ATT_F_QUOTE_TYPE, "0x8014");
	free(p);
}
END_TEST

/* case 19: not made by a TPM, whatever it looks like. */
START_TEST(case_19_wrong_magic)
{
	struct scene s;
	uint8_t *p;

	scene(&s, &other);
	sign(&s);
	p = own(&s.e.attest);
	p[0] = 0xfe;
	att_buf_reset(&s.q.signature);
	signer_sign(&other, s.e.attest, &s.q.signature);
	s.e.signature = att_buf_view(&s.q.signature);
	fails_with(&s, ATT_F_QUOTE_TYPE, "magic is 0xfe544347");
	free(p);
}
END_TEST

START_TEST(signed_bytes_that_are_malformed)
{
	struct scene s;

	scene(&s, &other);
	sign(&s);
	att_buf_u8(&s.q.attest, 0);
	s.e.attest = att_buf_view(&s.q.attest);
	att_buf_reset(&s.q.signature);
	signer_sign(&other, s.e.attest, &s.q.signature);
	s.e.signature = att_buf_view(&s.q.signature);
	fails_with(&s, ATT_F_QUOTE_MALFORMED, "1 bytes after");
	scene(&s, &other);
	sign(&s);
	s.e.attest.len = 5;
	att_buf_reset(&s.q.signature);
	signer_sign(&other, s.e.attest, &s.q.signature);
	s.e.signature = att_buf_view(&s.q.signature);
	fails_with(&s, ATT_F_QUOTE_MALFORMED, "ends");
}
END_TEST

/* case 19: compared in full, so neither a part nor a longer one will do. */
START_TEST(case_19_nonce)
{
	uint8_t longer[33] = { 0 };
	struct scene s;

	memcpy(longer, nonce, 32);
	for (size_t len = 0; len <= 33; len++) {
		scene(&s, &other);
		s.a.extra_data = (struct att_slice){ longer, len };
		if (len == 32)
			holds(&s);
		else
			fails_with(&s, ATT_F_QUOTE_NONCE, "challenge");
	}
	longer[31] ^= 1;
	scene(&s, &other);
	s.a.extra_data = (struct att_slice){ longer, 32 };
	fails_with(&s, ATT_F_QUOTE_NONCE, "challenge");
}
END_TEST

/* A verifier that asks with nothing, or too little, is answered by nobody. */
START_TEST(short_challenge_is_never_met)
{
	struct scene s;

	for (size_t len = 0; len <= 16; len++) {
		scene(&s, &other);
		s.want.qualifying.len = s.a.extra_data.len = len;
		if (len == 16)
			holds(&s);
		else
			fails_with(&s, ATT_F_QUOTE_NONCE, "challenge");
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("quote");
	TCase *t = tcase_create("quote");

	tcase_add_unchecked_fixture(t, make_keys, drop_keys);
	tcase_add_loop_test(t, good_quotes_hold, 0, SIGNER_KINDS);
	tcase_add_test(t, first_quote_has_nothing_before_it);
	tcase_add_test(t, no_quote_is_said);
	tcase_add_test(t, another_key_is_refused);
	tcase_add_test(t, nothing_enrolled_is_no_key);
	tcase_add_loop_test(t, attributes_of_the_key, 0, 6);
	tcase_add_test(t, public_area_is_of_the_key);
	tcase_add_loop_test(t, k7_no_flipped_bit_passes, 0, SIGNER_KINDS);
	tcase_add_loop_test(t, no_part_may_be_cut_or_grow, 0, SIGNER_KINDS);
	tcase_add_test(t, scheme_is_that_of_the_key);
	tcase_add_test(t, case_23_sha1_is_for_policy);
	tcase_add_test(t, other_attestations_are_no_quote);
	tcase_add_test(t, case_19_wrong_magic);
	tcase_add_test(t, signed_bytes_that_are_malformed);
	tcase_add_test(t, case_19_nonce);
	tcase_add_test(t, short_challenge_is_never_met);
	suite_add_tcase(s, t);
	return run_suite(s);
}
