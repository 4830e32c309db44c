/* A register that software may write, made to hold one value. */
#include "testlib.h"

#include "tests/tpm/inject.h"
#include "tests/tpm/raw.h"
#include "tests/tpm/swtpm.h"
#include "tpm/pcr.h"
#include "tpm/state.h"
#include "tpm/sys.h"

#define TIMEOUT_MS 60000

static struct swtpm tpm;
static struct att_tpm *t;
static struct inject plan;
static struct att_pcr_select bank[ATT_BANKS_MAX];
static size_t banks;

static void
start(void)
{
	swtpm_start(&tpm);
	plan = (struct inject){ 0 };
	ok(att_tpm_open_link("injected", inject_new(swtpm_link(&tpm), &plan),
	    TIMEOUT_MS, &t, err));
	ok(att_tpm_banks_read(t, bank, &banks, err));
	ck_assert_uint_ge(banks, 3);
}

static void
stop(void)
{
	att_tpm_free(t);
	swtpm_stop(&tpm);
}

/* In each bank, by the hash of the bank. */
static void
wish_for(const char *text, struct att_tpm_pcr_wish ret[])
{
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();
	static const uint8_t zero[ATT_DIGEST_MAX];

	for (size_t i = 0; i < banks; i++) {
		ok(att_hasher_one(h, bank[i].alg, S(text), &ret[i].extend,
		    err));
		ok(att_hasher_two(h, bank[i].alg,
		    (struct att_slice){ zero, ret[i].extend.len },
		    att_digest_view(&ret[i].extend), &ret[i].value, err));
	}
}

static void
register_is(unsigned pcr, const struct att_tpm_pcr_wish wish[])
{
	struct att_pcrs now;

	ok(att_tpm_pcrs_read(t, NULL, 0, &now, NULL, err));
	for (size_t i = 0; i < banks; i++) {
		struct att_slice v;

		ck_assert(att_pcrs_get(&now, bank[i].alg, pcr, &v));
		ck_assert_msg(wish == NULL ? v.data[0] == 0 &&
			v.data[v.len - 1] == 0 :
			att_slice_equal(v, att_digest_view(&wish[i].value)),
		    "PCR %u of %s", pcr, att_alg_name(bank[i].alg));
	}
}

/* Makes it hold `text`; `want` must be what was found. */
static void
hold(unsigned pcr, const char *text, enum att_tpm_pcr_was want)
{
	struct att_tpm_pcr_wish wish[ATT_BANKS_MAX];
	enum att_tpm_pcr_was was;

	wish_for(text, wish);
	ok(att_tpm_pcr_hold(t, pcr, wish, banks, &was, err));
	ck_assert_int_eq(was, want);
	register_is(pcr, wish);
}

static unsigned
sent(uint32_t command)
{
	unsigned n = plan.command == command ? plan.seen : 0;

	plan = (struct inject){ .command = command };
	return n;
}

START_TEST(written_once_and_on_change)
{
	register_is(23, NULL);
	hold(23, "one", ATT_TPM_PCR_ZERO);
	(void)sent(TPM2_CC_PCR_Extend);
	hold(23, "one", ATT_TPM_PCR_HELD);
	hold(23, "one", ATT_TPM_PCR_HELD);
	ck_assert_uint_eq(sent(TPM2_CC_PCR_Extend), 0);
	hold(23, "two", ATT_TPM_PCR_OTHER);
	ck_assert_uint_eq(sent(TPM2_CC_PCR_Extend), 1);
	hold(23, "two", ATT_TPM_PCR_HELD);
	hold(16, "two", ATT_TPM_PCR_ZERO);
}
END_TEST

START_TEST(extended_by_somebody_else)
{
	swtpm_extend(&tpm, 23, "not ours");
	hold(23, "one", ATT_TPM_PCR_OTHER);
	/* in one bank of them, and on top of ours */
	swtpm_extend(&tpm, 23, "not ours");
	hold(23, "one", ATT_TPM_PCR_OTHER);
	hold(23, "one", ATT_TPM_PCR_HELD);
}
END_TEST

/* Ended between reset and extend, it is mended by the next call. */
START_TEST(ended_in_between)
{
	struct att_tpm_pcr_wish wish[ATT_BANKS_MAX];
	enum att_tpm_pcr_was was = ATT_TPM_PCR_HELD;

	hold(23, "one", ATT_TPM_PCR_ZERO);
	wish_for("two", wish);
	plan = (struct inject){ .command = TPM2_CC_PCR_Extend, .times = 1,
		.rc = TPM2_RC_FAILURE };
	fails(att_tpm_pcr_hold(t, 23, wish, banks, &was, err), ATT_E_TPM,
	    "TPM2_PCR_Extend");
	ck_assert_int_eq(was, ATT_TPM_PCR_HELD);
	register_is(23, NULL);
	hold(23, "two", ATT_TPM_PCR_ZERO);
}
END_TEST

/* PCR 7 starts at zero and can be extended, but never be reset. */
START_TEST(a_register_that_cannot_be_reset)
{
	struct att_tpm_pcr_wish wish[ATT_BANKS_MAX];
	enum att_tpm_pcr_was was;

	hold(7, "one", ATT_TPM_PCR_ZERO);
	wish_for("two", wish);
	fails(att_tpm_pcr_hold(t, 7, wish, banks, &was, err), ATT_E_TPM,
	    "TPM2_PCR_Reset");
	wish_for("one", wish);
	register_is(7, wish);
}
END_TEST

static void
extend_too(void *arg)
{
	swtpm_extend(&tpm, 23, "me too");
}

START_TEST(somebody_writes_it_at_the_same_time)
{
	struct att_tpm_pcr_wish wish[ATT_BANKS_MAX];
	enum att_tpm_pcr_was was;

	wish_for("one", wish);
	plan = (struct inject){ .command = TPM2_CC_PCR_Extend, .times = 1,
		.before = extend_too };
	fails(att_tpm_pcr_hold(t, 23, wish, banks, &was, err),
	    ATT_E_MISMATCH, "somebody else");
	hold(23, "one", ATT_TPM_PCR_OTHER);
}
END_TEST

START_TEST(what_cannot_be_asked_for)
{
	struct att_tpm_pcr_wish wish[ATT_BANKS_MAX + 1] = { 0 };
	enum att_tpm_pcr_was was;

	wish_for("one", wish);
	fails(att_tpm_pcr_hold(t, 24, wish, banks, &was, err), ATT_E_USAGE,
	    "24");
	fails(att_tpm_pcr_hold(t, 23, wish, 0, &was, err), ATT_E_USAGE, "0");
	fails(att_tpm_pcr_hold(t, 23, wish, ATT_BANKS_MAX + 1, &was, err),
	    ATT_E_USAGE, "6");
	wish[1] = wish[0];
	fails(att_tpm_pcr_hold(t, 23, wish, 2, &was, err), ATT_E_USAGE,
	    "twice");
	register_is(23, NULL);
}
END_TEST

/* Part 1, 18.9: whoever authorizes is answered to, or it is no answer. */
static void
drop_sessions(void *arg, uint8_t *rsp, size_t *len)
{
	rsp[1] = TPM2_ST_NO_SESSIONS & 0xff;
}

START_TEST(answer_to_no_authorization)
{
	struct att_tpm_pcr_wish wish[ATT_BANKS_MAX];
	enum att_tpm_pcr_was was;

	wish_for("a", wish);
	plan = (struct inject){ .command = TPM2_CC_PCR_Extend, .times = 1,
		.mangle = drop_sessions };
	fails(att_tpm_pcr_hold(t, 23, wish, banks, &was, err), ATT_E_TPM,
	    "TPM2_PCR_Extend");
	ck_assert_uint_eq(plan.hit, 1);
	ok(att_tpm_pcr_hold(t, 23, wish, banks, &was, err));
	ck_assert_int_eq(was, ATT_TPM_PCR_HELD);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("tpm_pcr");
	TCase *c = tcase_create("tpm_pcr");

	tcase_add_unchecked_fixture(c, swtpm_manufacture, NULL);
	tcase_add_checked_fixture(c, start, stop);
	tcase_add_test(c, written_once_and_on_change);
	tcase_add_test(c, extended_by_somebody_else);
	tcase_add_test(c, ended_in_between);
	tcase_add_test(c, a_register_that_cannot_be_reset);
	tcase_add_test(c, somebody_writes_it_at_the_same_time);
	tcase_add_test(c, what_cannot_be_asked_for);
	tcase_add_test(c, answer_to_no_authorization);
	suite_add_tcase(s, c);
	return run_suite(s);
}
