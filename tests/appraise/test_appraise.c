#include "node.h"

#include "eventlog/quirk.h"

/* of nodes that are not asked for an IMA list */
#define BOOT_CLAIMS                                                          \
	(ATT_CLAIM_ALWAYS | ATT_CLAIM_SECURE_BOOT | ATT_CLAIM_USERSPACE)

static struct signer signer;

static const struct att_pcr_row *
row_of(const struct node *n, uint16_t bank, unsigned pcr)
{
	for (size_t i = 0; i < att_verdict_pcr_count(n->v); i++) {
		const struct att_pcr_row *row = att_verdict_pcr(n->v, i);

		if (row->bank == bank && row->pcr == pcr)
			return row;
	}
	ck_abort_msg("no row of PCR %u", pcr);
	return NULL;
}

/* -- captured boots ------------------------------------------------------ */

START_TEST(good_boots_pass)
{
	struct node n;
	const struct att_claims *c;
	bool shim = strncmp(boots[_i], "shim", 4) == 0;
	bool secure = shim || strncmp(boots[_i], "uki-sb", 6) == 0;

	node_init(&n, &signer, boots[_i]);
	node_ref_from(&n, boots[_i]);
	node_passes(&n);
	c = att_verdict_claims(n.v);
	ck_assert_str_eq(c->reference, boots[_i]);
	ck_assert_int_eq(c->reference_version, 1);
	ck_assert_int_eq(c->secure_boot, secure ? ATT_SECURE_BOOT_ON :
						  ATT_SECURE_BOOT_OFF);
	/* the line of a unified image is in PCR 11, and only its digest */
	ck_assert(strncmp(c->kernel, shim ? "/vmlinuz console=" : "",
	    shim ? 17 : 1) == 0);
	ck_assert_uint_eq(c->clock, 5000000);
	ck_assert_uint_eq(c->reset_count, 7);
	ck_assert_uint_eq(c->tpm_firmware_version, 0x2025);
	ck_assert_uint_eq(att_verdict_held(n.v), BOOT_CLAIMS);
	ck_assert_uint_eq(att_verdict_evaluated(n.v), BOOT_CLAIMS);
	ck_assert_uint_eq(att_verdict_pcr_count(n.v), 16);
	for (unsigned pcr = 0; pcr < 16; pcr++)
		ck_assert_str_eq(att_pcr_status_name(row_of(&n,
		    ATT_ALG_SHA256, pcr)->status),
		    pcr == 10 ? "not-evaluated" :
		    pcr != 15 ? "reference" :
		    shim      ? "untouched" :
				"replayed");
	ck_assert_uint_eq(row_of(&n, ATT_ALG_SHA256, 11)->events,
	    shim ? 0 : 14);
	ck_assert_uint_eq(row_of(&n, ATT_ALG_SHA256, 0)->events, 4);
	ck_assert_uint_eq(row_of(&n, ATT_ALG_SHA256, 7)->events,
	    shim   ? 9 :
	    secure ? 7 :
		     6);
	ck_assert_ptr_null(node_finding(&n, ATT_F_TOO_MANY));
	ck_assert_ptr_null(node_finding(&n, ATT_F_SECURE_BOOT_UNKNOWN));
	ck_assert_int_eq(node_finding(&n, ATT_F_SECURE_BOOT_OFF) == NULL,
	    secure);
	node_done(&n);
}
END_TEST

/* Each bank alone, and all at once: the strongest is the one that decides. */
START_TEST(good_boots_pass_in_every_bank)
{
	static const uint16_t banks[] = { ATT_ALG_SHA1, ATT_ALG_SHA256,
		ATT_ALG_SHA384, ATT_ALG_SHA512 };
	struct att_refmake m = node_refmake("all-banks");
	AUTO(att_json_decref) json_t *doc = NULL;
	struct node n;

	node_init(&n, &signer, boots[_i]);
	m.bank = banks;
	m.bank_count = ATT_COUNT(banks);
	doc = node_make_ref(boots[_i], &m);
	node_add_ref(&n, doc);
	for (size_t b = 0; b < ATT_COUNT(banks); b++) {
		n.policy.allow_sha1 = banks[b] == ATT_ALG_SHA1;
		n.attest.select[0].alg = banks[b];
		node_passes(&n);
		ck_assert_int_eq(row_of(&n, banks[b], 4)->status,
		    ATT_PCR_REFERENCE);
	}
	n.policy.allow_sha1 = false;
	n.attest.select_count = ATT_COUNT(banks);
	for (size_t b = 0; b < ATT_COUNT(banks); b++)
		n.attest.select[b] =
		    (struct att_pcr_select){ banks[b], 0xffff };
	node_passes(&n);
	ck_assert_uint_eq(att_verdict_pcr_count(n.v), 64);
	ck_assert_int_eq(row_of(&n, ATT_ALG_SHA512, 4)->status,
	    ATT_PCR_REFERENCE);
	ck_assert_int_eq(row_of(&n, ATT_ALG_SHA1, 4)->status,
	    ATT_PCR_REPLAYED);
	node_done(&n);
}
END_TEST

/* The strongest bank decides where it is quoted, the next one elsewhere. */
START_TEST(banks_quote_other_pcrs)
{
	struct node n;

	node_init(&n, &signer, "uki-sb");
	node_ref_from(&n, "uki-sb");
	n.attest.select_count = 2;
	n.attest.select[0] =
	    (struct att_pcr_select){ ATT_ALG_SHA256, 0xff0f };
	n.attest.select[1] = (struct att_pcr_select){ ATT_ALG_SHA512, 0xff };
	node_passes(&n);
	ck_assert_int_eq(row_of(&n, ATT_ALG_SHA512, 5)->status,
	    ATT_PCR_REFERENCE);
	ck_assert_int_eq(row_of(&n, ATT_ALG_SHA256, 3)->status,
	    ATT_PCR_REPLAYED);
	ck_assert_int_eq(row_of(&n, ATT_ALG_SHA256, 9)->status,
	    ATT_PCR_REFERENCE);
	node_done(&n);
}
END_TEST

/* By value, in order, and without any class that may vary. */
START_TEST(good_boots_pass_by_other_references)
{
	struct att_refmake m = node_refmake("exact-values");
	struct node n;

	for (int kind = 0; kind < 3; kind++) {
		AUTO(att_json_decref) json_t *doc = NULL;

		m.exact = kind == 0 ? ATT_PCR_ALL : 0;
		m.ordered = kind == 1;
		m.vary = kind == 2 ? 0 : ATT_REFMAKE_VARY;
		node_init(&n, &signer, boots[_i]);
		doc = node_make_ref(boots[_i], &m);
		node_add_ref(&n, doc);
		node_passes(&n);
		node_done(&n);
	}
}
END_TEST

START_TEST(changed_twins_fail_and_say_where)
{
	static const struct {
		const char *boot, *words;
	} cases[] = {
		{ "shim", "PCR 4 event 39 (EV_EFI_BOOT_SERVICES_APPLICATION "
		    "from memory): expected sha256 eec071b66b42a32e..., found "
		    "729eaa76aa00dab3..." },
		{ "uki", "PCR 4 event 27 (EV_EFI_BOOT_SERVICES_APPLICATION "
		    "\\EFI\\BOOT\\BOOTX64.EFI): expected sha256 "
		    "16771f7ffb935796..., found bdb54a9f7ea45cf7..." },
		{ "uki-sb", "PCR 4 event 27 "
		    "(EV_EFI_BOOT_SERVICES_APPLICATION "
		    "\\EFI\\BOOT\\BOOTX64.EFI): expected sha256 "
		    "16771f7ffb935796..., found 21e3ca73d4d11328..." },
	};
	struct node n;
	const struct att_finding *f;
	char twin[40];

	snprintf(twin, sizeof(twin), "%s-changed", cases[_i].boot);
	node_init(&n, &signer, twin);
	node_ref_from(&n, cases[_i].boot);
	f = node_fails(&n, ATT_F_EVENT_CHANGED, cases[_i].words);
	ck_assert_int_eq(f->pcr, 4);
	ck_assert_int_eq(f->bank, ATT_ALG_SHA256);
	ck_assert_uint_eq(f->expected.len, 32);
	ck_assert_int_eq(row_of(&n, ATT_ALG_SHA256, 4)->status,
	    ATT_PCR_UNEXPECTED);
	ck_assert_int_eq(row_of(&n, ATT_ALG_SHA256, 7)->status,
	    ATT_PCR_REFERENCE);
	/* nothing but what came of the change is told */
	for (size_t i = 0; i < att_verdict_finding_count(n.v); i++)
		if (att_verdict_finding(n.v, i)->severity ==
		    ATT_SEVERITY_FAIL)
			ck_assert_int_eq(att_verdict_finding(n.v, i)->code,
			    ATT_F_EVENT_CHANGED);
	ck_assert_str_eq(att_verdict_claims(n.v)->reference, "");
	ck_assert_uint_eq(att_verdict_evaluated(n.v), BOOT_CLAIMS);
	ck_assert_uint_eq(att_verdict_held(n.v),
	    BOOT_CLAIMS & ~ATT_CLAIM_REFERENCE);
	/* the quote held, and the next one goes on from it */
	ck_assert(att_verdict_state(n.v, &n.enrolment.last));
	/* the weaker bank is as its log says, and decides nothing */
	n.attest.select_count = 2;
	n.attest.select[1] = (struct att_pcr_select){ ATT_ALG_SHA1, 0xffff };
	node_fails(&n, ATT_F_EVENT_CHANGED, cases[_i].words);
	ck_assert_int_eq(row_of(&n, ATT_ALG_SHA1, 4)->status,
	    ATT_PCR_REPLAYED);
	n.attest.select_count = 1;
	/* an announced update is a second document */
	node_ref_from(&n, twin);
	node_passes(&n);
	ck_assert_str_eq(att_verdict_claims(n.v)->reference, twin);
	node_done(&n);
}
END_TEST

static void
extend(struct node *n, uint16_t alg, unsigned pcr)
{
	struct att_digest d;
	struct att_slice v;

	ck_assert(att_pcrs_get(&n->e.pcrs, alg, pcr, &v));
	ok(att_digest_of(alg, v, &d, err));
	ok(att_pcrs_set(&n->e.pcrs, alg, pcr, att_digest_view(&d), err));
}

/* Every PCR that is quoted, but those of IMA and of applications. */
START_TEST(a_secret_extend_is_found)
{
	struct node n;

	for (unsigned pcr = 0; pcr <= 23; pcr++) {
		bool seen = pcr != 10 && pcr != 16 && pcr != 23;

		node_init(&n, &signer, "uki-sb");
		node_ref_from(&n, "uki-sb");
		n.attest.select[0].mask = ATT_PCR_ALL;
		extend(&n, ATT_ALG_SHA256, pcr);
		node_quote(&n);
		ck_assert_msg((node_judge(&n) == ATT_FAIL) == seen, "PCR %u",
		    pcr);
		if (seen)
			ck_assert_int_eq(att_verdict_finding(n.v, 0)->pcr,
			    (int)pcr);
		node_done(&n);
	}
}
END_TEST

START_TEST(extended_pcr7_is_a_mismatch)
{
	struct node n;

	node_init(&n, &signer, "uki-sb");
	node_ref_from(&n, "uki-sb");
	extend(&n, ATT_ALG_SHA256, 7);
	ck_assert_int_eq(node_fails(&n, ATT_F_PCR_MISMATCH,
	    "PCR 7: the logs give sha256 df473f69e2c57f80..., the TPM has ")
		->pcr, 7);
	ck_assert_str_eq(att_verdict_finding(n.v, 0)->what, "");
	ck_assert_int_eq(row_of(&n, ATT_ALG_SHA256, 7)->status,
	    ATT_PCR_MISMATCH);
	ck_assert_int_eq(row_of(&n, ATT_ALG_SHA256, 4)->status,
	    ATT_PCR_REFERENCE);
	/* what PCR 7 said is not proven, and one sentence is enough */
	ck_assert_int_eq(att_verdict_claims(n.v)->secure_boot,
	    ATT_SECURE_BOOT_UNKNOWN);
	ck_assert_int_ne(att_verdict_finding(n.v, 1)->severity,
	    ATT_SEVERITY_FAIL);
	ck_assert_uint_eq(att_verdict_held(n.v) & ATT_CLAIM_BOOT_LOG, 0);
	node_done(&n);
}
END_TEST

/* -- freshness ----------------------------------------------------------- */

START_TEST(an_old_bundle_again_is_refused)
{
	uint8_t next[32] = { 0x77 };
	struct att_quote_state state;
	struct node n;

	node_init(&n, &signer, "uki-sb");
	node_ref_from(&n, "uki-sb");
	node_passes(&n);
	ck_assert(att_verdict_state(n.v, &n.enrolment.last));
	n.a.challenge = (struct att_slice){ next, sizeof(next) };
	node_judged(&n, ATT_F_QUOTE_NONCE, "old evidence sent again");
	ck_assert_uint_eq(att_verdict_held(n.v), ATT_CLAIM_QUOTE);
	ck_assert(!att_verdict_state(n.v, &state));
	ck_assert_uint_eq(att_verdict_pcr_count(n.v), 0);
	/* nor with the challenge of its time, once there was a later one */
	n.enrolment.last.clock++;
	n.a.challenge.data = node_challenge;
	node_judged(&n, ATT_F_CLOCK_REWOUND, "went back");
	node_done(&n);
}
END_TEST

/* What another key signed proves nothing, its time included. */
START_TEST(a_quote_of_another_key)
{
	struct signer other;
	struct node n;

	signer_init(&other, SIGNER_P256);
	node_init(&n, &other, "uki-sb");
	node_ref_from(&n, "uki-sb");
	node_quote(&n);
	n.enrolment.ak = signer.ak;
	node_judged(&n, ATT_F_AK_UNKNOWN, "another attestation key");
	n.e.ak_public = signer.ak.public;
	node_judged(&n, ATT_F_QUOTE_SIGNATURE, "does not verify");
	ck_assert_uint_eq(att_verdict_evaluated(n.v), ATT_CLAIM_QUOTE);
	ck_assert_uint_eq(att_verdict_held(n.v), 0);
	ck_assert_uint_eq(att_verdict_pcr_count(n.v), 0);
	node_done(&n);
	signer_done(&other);
}
END_TEST

START_TEST(logs_are_bound_to_the_quote)
{
	struct node n;

	node_init(&n, &signer, "uki-sb");
	node_ref_from(&n, "uki-sb");
	node_passes(&n);
	n.uefi.data[n.uefi.len - 1] ^= 1;
	node_judged(&n, ATT_F_QUOTE_NONCE, "a log was changed on its way");
	n.uefi.data[n.uefi.len - 1] ^= 1;
	n.e.item[ATT_ITEM_USERSPACE_LOG].bytes.len--;
	node_judged(&n, ATT_F_QUOTE_NONCE, "a log was changed on its way");
	n.e.item[ATT_ITEM_USERSPACE_LOG].bytes.len++;
	ck_assert_int_eq(node_judge(&n), ATT_PASS);
	/* the node's word on what it bound counts for nothing */
	n.a.item_count = 1;
	n.e.bound = true;
	n.e.bound_count = 2;
	n.e.bound_item[0] = ATT_ITEM_UEFI_LOG;
	n.e.bound_item[1] = ATT_ITEM_USERSPACE_LOG;
	node_judged(&n, ATT_F_QUOTE_NONCE, "");
	n.a.item_count = 2;
	n.a.bound = false;
	node_judged(&n, ATT_F_QUOTE_NONCE, "");
	/* a plain agent of Keylime binds nothing */
	node_passes(&n);
	node_done(&n);
}
END_TEST

START_TEST(a_short_challenge_is_nobodys)
{
	struct node n;

	node_init(&n, &signer, "uki-sb");
	node_ref_from(&n, "uki-sb");
	node_quote(&n);
	n.a.challenge.len = 15;
	node_judged(&n, ATT_F_INTERNAL, "15 bytes");
	ck_assert_uint_eq(att_verdict_evaluated(n.v), 0);
	n.a.bound = false;
	n.attest.extra_data = n.a.challenge;
	signed_quote_done(&n.quote);
	signer_quote(&signer, &n.attest, &n.e.pcrs, &n.quote);
	n.e.attest = att_buf_view(&n.quote.attest);
	n.e.signature = att_buf_view(&n.quote.signature);
	node_judged(&n, ATT_F_QUOTE_NONCE, "");
	node_done(&n);
}
END_TEST

START_TEST(reboots)
{
	struct node n;

	node_init(&n, &signer, "uki-sb");
	node_ref_from(&n, "uki-sb");
	node_passes(&n);
	ck_assert(att_verdict_state(n.v, &n.enrolment.last));
	n.enrolment.boot_id = "7572e391-848e-4825-8247-c80d40c4fb19";
	node_passes(&n);
	n.attest.reset_count += 3;
	node_fails(&n, ATT_F_REBOOT_HIDDEN, "reset 3 times");
	n.enrolment.boot_id = "11111111-848e-4825-8247-c80d40c4fb19";
	node_passes(&n);
	ck_assert_ptr_nonnull(node_finding(&n, ATT_F_REBOOTED));
	/* a node that says nothing of its boot does not say it is the same */
	n.enrolment.boot_id = "";
	n.e.boot_id = "";
	node_passes(&n);
	node_done(&n);
}
END_TEST

START_TEST(unsafe_clock_is_for_policy)
{
	struct node n;

	node_init(&n, &signer, "uki-sb");
	node_ref_from(&n, "uki-sb");
	n.attest.safe = false;
	node_passes(&n);
	ck_assert_ptr_nonnull(node_finding(&n, ATT_F_CLOCK_UNSAFE));
	n.policy.safe_required = true;
	node_fails(&n, ATT_F_CLOCK_UNSAFE, "lost power");
	ck_assert_uint_eq(att_verdict_held(n.v) & ATT_CLAIM_FRESH, 0);
	node_done(&n);
}
END_TEST

START_TEST(age_of_the_evidence)
{
	struct node n;

	node_init(&n, &signer, "uki-sb");
	node_ref_from(&n, "uki-sb");
	n.policy.max_age = 60;
	n.e.collected_at = NODE_NOW - 60;
	node_passes(&n);
	n.e.collected_at = NODE_NOW + 60;
	node_passes(&n);
	n.e.collected_at = NODE_NOW - 61;
	node_fails(&n, ATT_F_EVIDENCE_OLD, "61 s ago, at most 60 s");
	n.e.collected_at = NODE_NOW + 61;
	node_fails(&n, ATT_F_EVIDENCE_OLD, "61 s in the future");
	n.e.collected_at = 0;
	node_fails(&n, ATT_F_EVIDENCE_OLD, "does not say");
	n.e.collected_at = INT64_MIN;
	node_fails(&n, ATT_F_EVIDENCE_OLD, "does not say");
	n.e.collected_at = INT64_MAX;
	node_fails(&n, ATT_F_EVIDENCE_OLD, "in the future");
	n.policy.max_age = 0;
	node_passes(&n);
	node_done(&n);
}
END_TEST

/* -- the verdict --------------------------------------------------------- */

START_TEST(findings_are_sorted_and_bounded)
{
	struct node n;
	size_t fails = 0, count;

	node_init(&n, &signer, "uki-sb");
	node_ref_from(&n, "shim");
	for (unsigned pcr = 17; pcr < 23; pcr++)
		extend(&n, ATT_ALG_SHA256, pcr);
	n.attest.select[0].mask = ATT_PCR_ALL;
	n.attest.safe = false;
	node_quote(&n);
	ck_assert_int_eq(node_judge(&n), ATT_FAIL);
	count = att_verdict_finding_count(n.v);
	ck_assert_uint_le(count, ATT_FINDINGS_MAX);
	for (size_t i = 0; i < count; i++) {
		const struct att_finding *f = att_verdict_finding(n.v, i);

		fails += f->severity == ATT_SEVERITY_FAIL;
		if (i > 0)
			ck_assert_int_ge(
			    att_verdict_finding(n.v, i - 1)->severity,
			    f->severity);
	}
	ck_assert_uint_gt(fails, 40);
	ck_assert_ptr_null(att_verdict_finding(n.v, count));
	node_done(&n);
}
END_TEST

/* 200 findings of nothing do not hide the one that counts. */
START_TEST(the_worst_findings_stay)
{
	AUTO_DONE(att_buf_done) struct att_buf doc = ATT_BUF(1u << 20);
	struct att_ref *ref = NULL;
	struct node n;

	att_buf_str(&doc, "{\"format\":\"attestd-reference-values/1\",\"id\":"
	    "\"many\",\"version\":1,\"match\":{},\"secure_boot\":\"any\","
	    "\"pcrs\":{\"1\":{\"events\":[");
	for (int i = 0; i < 200; i++)
		att_buf_printf(&doc, "%s{\"digests\":{\"sha256\":[\"%064d\"]}}",
		    i == 0 ? "" : ",", i);
	att_buf_str(&doc, "]}}}");
	node_init(&n, &signer, "uki-sb");
	ok(att_ref_parse(att_buf_view(&doc), &ref, err));
	n.ref[n.refs.count++] = ref;
	n.policy.pcrs = 1u << 1;
	node_quote(&n);
	ck_assert_int_eq(node_judge(&n), ATT_FAIL);
	ck_assert_uint_eq(att_verdict_finding_count(n.v), ATT_FINDINGS_MAX);
	ck_assert_int_eq(att_verdict_finding(n.v, ATT_FINDINGS_MAX - 1)->code,
	    ATT_F_TOO_MANY);
	ck_assert_uint_gt(att_verdict_finding(n.v,
	    ATT_FINDINGS_MAX - 1)->number[0], 140);
	node_done(&n);
}
END_TEST

START_TEST(nothing_is_no_verdict)
{
	ck_assert_int_eq(att_verdict_status(NULL), ATT_UNDECIDED);
	ck_assert_int_eq((int)(enum att_status){ 0 }, ATT_UNDECIDED);
}
END_TEST

/*
 * Of a log that nothing binds, any bit may change on its way: then no pass, or
 * a pass that says what it said before, or less.
 */
START_TEST(no_flipped_bit_of_a_log_makes_a_claim)
{
	static const char *const names[] = { "shim", "uki-sb" };
	struct att_claims was;
	size_t passed = 0, failed = 0;
	struct node n;

	node_init(&n, &signer, names[_i]);
	node_ref_from(&n, names[_i]);
	n.a.bound = false;
	node_passes(&n);
	was = *att_verdict_claims(n.v);
	for (size_t bit = 0; bit < 8 * n.uefi.len; bit += 29) {
		const struct att_claims *is;

		n.uefi.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		if (node_judge(&n) == ATT_PASS) {
			is = att_verdict_claims(n.v);
			if (is->kernel[0] != '\0')
				ck_assert_str_eq(is->kernel, was.kernel);
			ck_assert_int_eq(is->secure_boot, was.secure_boot);
			passed++;
		} else {
			failed++;
		}
		n.uefi.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	ck_assert_uint_gt(failed, 1000);
	ck_assert_uint_gt(passed, 10);	/* device paths and the like */
	node_done(&n);
}
END_TEST

static void
setup(void)
{
	signer_init(&signer, SIGNER_P256);
}

static void
teardown(void)
{
	signer_done(&signer);
}

int
main(void)
{
	Suite *s = suite_create("appraise");
	TCase *t = tcase_create("appraise");

	tcase_add_unchecked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, good_boots_pass, 0, BOOT_COUNT);
	tcase_add_loop_test(t, good_boots_pass_in_every_bank, 0, BOOT_COUNT);
	tcase_add_test(t, banks_quote_other_pcrs);
	tcase_add_loop_test(t, good_boots_pass_by_other_references, 0,
	    BOOT_COUNT);
	tcase_add_loop_test(t, changed_twins_fail_and_say_where, 0, 3);
	tcase_add_test(t, a_secret_extend_is_found);
	tcase_add_test(t, extended_pcr7_is_a_mismatch);
	tcase_add_test(t, an_old_bundle_again_is_refused);
	tcase_add_test(t, a_quote_of_another_key);
	tcase_add_test(t, logs_are_bound_to_the_quote);
	tcase_add_test(t, a_short_challenge_is_nobodys);
	tcase_add_test(t, reboots);
	tcase_add_test(t, unsafe_clock_is_for_policy);
	tcase_add_test(t, age_of_the_evidence);
	tcase_add_test(t, findings_are_sorted_and_bounded);
	tcase_add_test(t, the_worst_findings_stay);
	tcase_add_test(t, nothing_is_no_verdict);
	tcase_add_loop_test(t, no_flipped_bit_of_a_log_makes_a_claim, 0, 2);
	suite_add_tcase(s, t);
	return run_suite(s);
}
