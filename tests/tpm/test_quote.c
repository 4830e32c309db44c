/* Quotes and certifications, checked by OpenSSL and against the registers. */
#include "testlib.h"

#include <tss2/tss2_mu.h>

#include "tests/tpm/inject.h"
#include "tests/tpm/swtpm.h"
#include "tests/tpm/verify.h"
#include "tpm/sys.h"
#include "tpm/quote.h"
#include "tpm/state.h"

#define TIMEOUT_MS 60000

static struct swtpm tpm;
static struct att_tpm *t;
static struct att_tpm_ak *ak;
static struct inject plan;

static const struct att_pcr_select boot[] = {
	{ ATT_ALG_SHA256, 0x00ffff } };
static const struct att_pcr_select mixed[] = { { ATT_ALG_SHA384, 0x800001 },
	{ ATT_ALG_SHA1, 0x10 }, { ATT_ALG_SHA256, ATT_PCR_ALL } };

static void
start(void)
{
	AUTO_DONE(att_buf_done) struct att_buf blob =
	    ATT_BUF(ATT_TPM_AK_BLOB_MAX);
	AUTO_DONE(att_tpm_signed_done) struct att_tpm_signed s =
	    ATT_TPM_SIGNED;

	swtpm_start(&tpm);
	plan = (struct inject){ 0 };
	ok(att_tpm_open_link("injected", inject_new(swtpm_link(&tpm), &plan),
	    TIMEOUT_MS, &t, err));
	ok(att_tpm_ak_create(t, ATT_TPM_AK_P256, &blob, &ak, err));
	/* swtpm's first use of a key under DA protection is a TPM_RC_RETRY */
	ok(att_tpm_certify(ak, S(""), &s, err));
}

static void
stop(void)
{
	att_tpm_ak_free(ak);
	att_tpm_free(t);
	ck_assert_uint_eq(swtpm_objects(&tpm), 0);
	swtpm_stop(&tpm);
}

static TPMS_ATTEST
parse(const struct att_tpm_signed *s)
{
	TPMS_ATTEST a = { 0 };
	size_t at = 0;

	ck_assert(Tss2_MU_TPMS_ATTEST_Unmarshal(s->attest.data, s->attest.len,
	    &at, &a) == 0 && at == s->attest.len);
	ck_assert_uint_eq(a.magic, TPM2_GENERATED_VALUE);
	return a;
}

/* Signature, type, data, selection and digest, by other code than lib/tpm. */
static void
check_quote(struct att_tpm_ak *key, const struct att_tpm_signed *s,
    struct att_slice data, const struct att_pcr_select *select, size_t count,
    const struct att_pcrs *pcrs)
{
	EVP_PKEY *pkey = verify_key(att_tpm_ak_public(key));
	TPMS_ATTEST a = parse(s);
	struct att_digest d;

	ck_assert(verify_signature(pkey, att_buf_view(&s->attest),
	    att_buf_view(&s->signature)));
	EVP_PKEY_free(pkey);
	ck_assert_uint_eq(a.type, TPM2_ST_ATTEST_QUOTE);
	ck_assert(att_slice_equal(data, (struct att_slice){
	    a.extraData.buffer, a.extraData.size }));
	ck_assert_uint_eq(a.attested.quote.pcrSelect.count, count);
	ok(att_pcrs_digest(pcrs, select, count,
	    att_tpm_ak_hash(att_tpm_ak_type_of(key)), &d, err));
	ck_assert(att_slice_equal(att_digest_view(&d), (struct att_slice){
	    a.attested.quote.pcrDigest.buffer,
	    a.attested.quote.pcrDigest.size }));
	ck_assert_uint_eq(pcrs->count, count);
	for (size_t i = 0; i < count; i++)
		ck_assert_uint_eq(pcrs->bank[i].mask, select[i].mask);
}

START_TEST(quote_by_each_type)
{
	static const enum att_tpm_ak_type types[] = { ATT_TPM_AK_RSA2048,
		ATT_TPM_AK_P256, ATT_TPM_AK_P384 };

	swtpm_extend(&tpm, 7, "a boot");
	for (size_t i = 0; i < ATT_COUNT(types); i++) {
		AUTO_DONE(att_buf_done) struct att_buf blob =
		    ATT_BUF(ATT_TPM_AK_BLOB_MAX);
		AUTO(att_tpm_ak_free) struct att_tpm_ak *key = NULL;
		AUTO_DONE(att_tpm_signed_done) struct att_tpm_signed s =
		    ATT_TPM_SIGNED;
		struct att_pcrs p;

		ok(att_tpm_ak_create(t, types[i], &blob, &key, err));
		ok(att_tpm_quote(key, S("sixteen bytes..."), boot, 1, &s, &p,
		    err));
		check_quote(key, &s, S("sixteen bytes..."), boot, 1, &p);
		/* sizes that Keylime shows, for as many bytes of data */
		if (types[i] == ATT_TPM_AK_RSA2048) {
			ck_assert_uint_eq(s.attest.len, 129);
			ck_assert_uint_eq(s.signature.len, 6 + 256);
		}
		/* the same buffers again, and all banks at once */
		ok(att_tpm_quote(key, S(""), mixed, 3, &s, &p, err));
		check_quote(key, &s, S(""), mixed, 3, &p);
	}
}
END_TEST

START_TEST(clock_of_a_quote)
{
	AUTO_DONE(att_tpm_signed_done) struct att_tpm_signed s =
	    ATT_TPM_SIGNED;
	struct att_tpm_clock clock;
	struct att_tpm_info info;
	struct att_pcrs p;
	TPMS_ATTEST a;

	ok(att_tpm_quote(ak, S("x"), boot, 1, &s, &p, err));
	ok(att_tpm_clock_read(t, &clock, err));
	ok(att_tpm_info_read(t, &info, err));
	a = parse(&s);
	/* TPMS_ATTEST: in the clear, because of the AK's hierarchy */
	ck_assert_uint_eq(a.clockInfo.resetCount, clock.reset_count);
	ck_assert_uint_eq(a.firmwareVersion, info.firmware_version);
	ck_assert(clock.clock >= a.clockInfo.clock);
}
END_TEST

START_TEST(qualifying_data_of_any_size)
{
	static const uint8_t bytes[ATT_TPM_QUALIFYING_MAX + 1] = { 1, 2 };
	AUTO_DONE(att_tpm_signed_done) struct att_tpm_signed s =
	    ATT_TPM_SIGNED;
	struct att_pcrs p;

	for (size_t n = 0; n <= ATT_TPM_QUALIFYING_MAX; n += 16) {
		struct att_slice data = { bytes, n };

		ok(att_tpm_quote(ak, data, boot, 1, &s, &p, err));
		check_quote(ak, &s, data, boot, 1, &p);
		ok(att_tpm_certify(ak, data, &s, err));
	}
	fails(att_tpm_quote(ak, (struct att_slice){ bytes, sizeof(bytes) },
	    boot, 1, &s, &p, err), ATT_E_LIMIT, "65 bytes");
	fails(att_tpm_certify(ak, (struct att_slice){ bytes, sizeof(bytes) },
	    &s, err), ATT_E_LIMIT, "65 bytes");
}
END_TEST

START_TEST(selections_that_are_off)
{
	static const struct att_pcr_select twice[] = { { ATT_ALG_SHA256, 1 },
		{ ATT_ALG_SHA256, 2 } };
	static const struct att_pcr_select none[] = { { ATT_ALG_SHA256, 0 } };
	static const struct att_pcr_select beyond[] = {
		{ ATT_ALG_SHA256, 0x1000001 } };
	static const struct att_pcr_select unknown[] = { { 0x99, 1 } };
	static const struct att_pcr_select inactive[] = {
		{ ATT_ALG_SHA512, 1 } };
	AUTO_DONE(att_tpm_signed_done) struct att_tpm_signed s =
	    ATT_TPM_SIGNED;
	struct att_pcrs p = { .count = 77 };

	fails(att_tpm_quote(ak, S("x"), boot, 0, &s, &p, err), ATT_E_USAGE,
	    "no PCR");
	fails(att_tpm_quote(ak, S("x"), twice, 2, &s, &p, err), ATT_E_USAGE,
	    "twice");
	fails(att_tpm_quote(ak, S("x"), none, 1, &s, &p, err), ATT_E_USAGE,
	    "0x0");
	fails(att_tpm_quote(ak, S("x"), beyond, 1, &s, &p, err), ATT_E_USAGE,
	    "PCR 0 to 23");
	fails(att_tpm_quote(ak, S("x"), unknown, 1, &s, &p, err),
	    ATT_E_USAGE, "0x0099");
	fails(att_tpm_quote(ak, S("x"), inactive, 1, &s, &p, err),
	    ATT_E_UNSUPPORTED, "sha512");
	ck_assert_uint_eq(p.count, 77);
	ck_assert_uint_eq(s.attest.len, 0);
}
END_TEST

START_TEST(certify_itself)
{
	AUTO_DONE(att_tpm_signed_done) struct att_tpm_signed s =
	    ATT_TPM_SIGNED;
	EVP_PKEY *pkey = verify_key(att_tpm_ak_public(ak));
	TPMS_ATTEST a;

	ok(att_tpm_certify(ak, S("a challenge"), &s, err));
	a = parse(&s);
	ck_assert_uint_eq(a.type, TPM2_ST_ATTEST_CERTIFY);
	ck_assert(att_slice_equal(S("a challenge"), (struct att_slice){
	    a.extraData.buffer, a.extraData.size }));
	ck_assert(att_slice_equal(att_tpm_ak_name(ak), (struct att_slice){
	    a.attested.certify.name.name, a.attested.certify.name.size }));
	ck_assert(verify_signature(pkey, att_buf_view(&s.attest),
	    att_buf_view(&s.signature)));
	s.attest.data[20] ^= 1;
	ck_assert(!verify_signature(pkey, att_buf_view(&s.attest),
	    att_buf_view(&s.signature)));
	EVP_PKEY_free(pkey);
}
END_TEST

/* -- extends between read and quote --------------------------------------- */

static void
extend_8(void *arg)
{
	swtpm_extend(arg, 8, "between");
}

static void
extend_23(void *arg)
{
	swtpm_extend(arg, 23, "between");
}

START_TEST(extend_between_read_and_quote)
{
	static const struct att_pcr_select all[] = {
		{ ATT_ALG_SHA256, ATT_PCR_ALL } };
	void (*const by[])(void *) = { extend_8, extend_23 };

	for (size_t i = 0; i < ATT_COUNT(by); i++) {
		AUTO_DONE(att_tpm_signed_done) struct att_tpm_signed s =
		    ATT_TPM_SIGNED;
		struct att_pcrs p = { .count = 77 };

		/* four times unlucky, and good at the fifth */
		plan = (struct inject){ .command = TPM2_CC_Quote, .times = 4,
			.before = by[i], .arg = &tpm };
		ok(att_tpm_quote(ak, S("x"), all, 1, &s, &p, err));
		ck_assert_uint_eq(plan.seen, 5);
		check_quote(ak, &s, S("x"), all, 1, &p);

		plan = (struct inject){ .command = TPM2_CC_Quote,
			.times = 5, .before = by[i], .arg = &tpm };
		p.count = 77;
		/* PTP 4.6: extending PCR 23 does not move the counter */
		fails(att_tpm_quote(ak, S("x"), all, 1, &s, &p, err),
		    i == 0 ? ATT_E_BUSY : ATT_E_MISMATCH, "extended");
		ck_assert_uint_eq(p.count, 77);
		ck_assert_uint_eq(plan.seen, 5);
	}
}
END_TEST

static void
lie_about_pcr(void *arg ATT_UNUSED, uint8_t *rsp, size_t *len)
{
	rsp[*len - 1] ^= 1;
}

START_TEST(tpm_that_reports_other_values)
{
	AUTO_DONE(att_tpm_signed_done) struct att_tpm_signed s =
	    ATT_TPM_SIGNED;
	struct att_pcrs p;

	plan = (struct inject){ .command = TPM2_CC_PCR_Read, .skip = 1,
		.times = 1000, .mangle = lie_about_pcr };
	fails(att_tpm_quote(ak, S("x"), boot, 1, &s, &p, err),
	    ATT_E_MISMATCH, "pcrUpdateCounter");
}
END_TEST

/* -- answers that are not what was asked for ------------------------------ */

struct flip {
	size_t at;
};

static void
flip(void *arg, uint8_t *rsp, size_t *len)
{
	const struct flip *f = arg;

	if (f->at < *len)
		rsp[f->at] ^= 0x01;
}

/*
 * Header 10, parameter size 4, TPM2B_ATTEST size 2; then the TPMS_ATTEST:
 * magic, type, signer, extraData, clock, firmware, selection, digest.
 */
#define ATTEST_AT 16u

START_TEST(attest_that_is_another)
{
	/*
	 * Magic; type; extraData, "x" behind signer 2 + 34 and size 2; then
	 * clock and firmware, 25, and of the selection the count, 4, the
	 * algorithm's second byte, and the first registers.
	 */
	static const struct {
		size_t at;
		const char *word;
	} bad[] = {
		{ ATTEST_AT + 0, "malformed" },
		{ ATTEST_AT + 5, "malformed" },
		{ ATTEST_AT + 6 + 36 + 2, "other qualifying data" },
		{ ATTEST_AT + 6 + 36 + 3 + 25 + 4 + 1, "selection" },
		{ ATTEST_AT + 6 + 36 + 3 + 25 + 4 + 3, "selection" },
	};

	for (size_t i = 0; i < ATT_COUNT(bad); i++) {
		AUTO_DONE(att_tpm_signed_done) struct att_tpm_signed s =
		    ATT_TPM_SIGNED;
		struct flip f = { bad[i].at };
		struct att_pcrs p;

		plan = (struct inject){ .command = TPM2_CC_Quote, .times = 1,
			.mangle = flip, .arg = &f };
		fails(att_tpm_quote(ak, S("x"), boot, 1, &s, &p, err),
		    ATT_E_TPM, bad[i].word);
		ck_assert_uint_eq(s.attest.len, 0);
	}
}
END_TEST

START_TEST(every_bit_of_a_signed_answer)
{
	AUTO_DONE(att_buf_done) struct att_buf blob =
	    ATT_BUF(ATT_TPM_AK_BLOB_MAX);
	static const uint32_t commands[] = { TPM2_CC_Quote, TPM2_CC_Certify };
	unsigned refused = 0, taken = 0;

	att_tpm_ak_free(take(&ak));
	ok(att_tpm_ak_create(t, ATT_TPM_AK_P256, &blob, &ak, err));
	att_tpm_ak_free(take(&ak));
	for (size_t n = 0; n < 2 * 280; n++) {
		AUTO(att_tpm_free) struct att_tpm *x = NULL;
		AUTO_DONE(att_tpm_signed_done) struct att_tpm_signed s =
		    ATT_TPM_SIGNED;
		AUTO(att_tpm_ak_free) struct att_tpm_ak *key = NULL;
		struct flip f = { 10 + n / 2 };
		struct inject p = { 0 };
		struct att_pcrs pcrs;
		int r;

		ok(att_tpm_open_link("injected",
		    inject_new(swtpm_link(&tpm), &p), TIMEOUT_MS, &x, err));
		ok(att_tpm_ak_load(x, att_buf_view(&blob), &key, err));
		p = (struct inject){ .command = commands[n % 2], .times = 1,
			.mangle = flip, .arg = &f };
		r = n % 2 == 0 ? att_tpm_quote(key, S("x"), boot, 1, &s,
				     &pcrs, NULL) :
				 att_tpm_certify(key, S("x"), &s, NULL);
		refused += r < 0 ? 1 : 0;
		taken += r == 0 ? 1 : 0;
	}
	/* signature, clock and signer are for the verifier to judge */
	ck_assert_uint_gt(refused, 100);
	ck_assert_uint_gt(taken, 100);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("quote");
	TCase *tc = tcase_create("quote");

	tcase_add_unchecked_fixture(tc, swtpm_manufacture, NULL);
	tcase_add_checked_fixture(tc, start, stop);
	tcase_add_test(tc, quote_by_each_type);
	tcase_add_test(tc, clock_of_a_quote);
	tcase_add_test(tc, qualifying_data_of_any_size);
	tcase_add_test(tc, selections_that_are_off);
	tcase_add_test(tc, certify_itself);
	tcase_add_test(tc, extend_between_read_and_quote);
	tcase_add_test(tc, tpm_that_reports_other_values);
	tcase_add_test(tc, attest_that_is_another);
	tcase_add_test(tc, every_bit_of_a_signed_answer);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
