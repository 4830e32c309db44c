/*
 * Every way in which something is not there, cannot be read or says nothing:
 * none of them may be a pass.
 */
#include "node.h"

#include "eventlog/tcg.h"

static struct signer signer;

static void
good(struct node *n)
{
	node_init(n, &signer, "uki-sb");
	node_ref_from(n, "uki-sb");
	node_passes(n);
}

static struct att_evidence_item *
item(struct node *n, enum att_item i)
{
	return &n->e.item[i];
}

/* Leaves the header of the boot log, and no event. */
static void
cut_to_header(struct node *n)
{
	struct att_tcg_iter it;
	struct att_tcglog log;
	struct att_event ev;

	ok(att_tcglog_open(att_buf_view(&n->uefi), ATT_TCG_TPM, &log, err));
	it = att_tcg_begin(&log);
	ck_assert_int_eq(att_tcg_next(&it, &ev, NULL), 1);
	item(n, ATT_ITEM_UEFI_LOG)->bytes.len = it.cur.off;
}

/* -- items --------------------------------------------------------------- */

START_TEST(no_quote)
{
	struct node n;

	good(&n);
	n.e.attest.len = 0;
	node_judged(&n, ATT_F_NO_QUOTE, "no TPM quote");
	node_done(&n);
}
END_TEST

START_TEST(no_boot_log)
{
	struct node n;

	for (int bound = 0; bound < 2; bound++) {
		good(&n);
		n.a.bound = bound;
		node_quote(&n);
		*item(&n, ATT_ITEM_UEFI_LOG) =
		    (struct att_evidence_item){ .state = ATT_ITEM_ABSENT };
		node_judged(&n, ATT_F_LOG_MISSING, "boot log was asked for");
		/* nothing else is to blame, least of all the challenge */
		ck_assert_ptr_null(node_finding(&n, ATT_F_QUOTE_NONCE));
		ck_assert(att_verdict_finding(n.v, 1) == NULL ||
		    att_verdict_finding(n.v, 1)->severity ==
			ATT_SEVERITY_INFO);
		ck_assert_uint_eq(att_verdict_evaluated(n.v), bound ? 0 :
			ATT_CLAIM_QUOTE | ATT_CLAIM_FRESH);
		*item(&n, ATT_ITEM_UEFI_LOG) = (struct att_evidence_item){
			.state = ATT_ITEM_UNREADABLE,
			.reason = "Permission denied" };
		node_judged(&n, ATT_F_LOG_UNREADABLE,
		    "could not read its boot log (Permission denied)");
		item(&n, ATT_ITEM_UEFI_LOG)->reason = NULL;
		node_judged(&n, ATT_F_LOG_UNREADABLE, "no reason given");
		node_done(&n);
	}
}
END_TEST

START_TEST(empty_boot_log)
{
	struct node n;

	good(&n);
	item(&n, ATT_ITEM_UEFI_LOG)->bytes.len = 0;
	node_fails(&n, ATT_F_LOG_MALFORMED, "boot log is malformed");
	node_done(&n);
}
END_TEST

/* Case 3: cut on the boundary of each event, down to the header alone. */
START_TEST(log_of_fewer_events)
{
	struct att_tcg_iter it;
	struct att_tcglog log;
	struct att_event ev;
	size_t cut = 0;
	struct node n;

	good(&n);
	ok(att_tcglog_open(att_buf_view(&n.uefi), ATT_TCG_TPM, &log, err));
	it = att_tcg_begin(&log);
	while (att_tcg_next(&it, &ev, NULL) > 0) {
		if (ev.number == 0)
			continue;
		item(&n, ATT_ITEM_UEFI_LOG)->bytes.len = ev.offset;
		node_quote(&n);
		ck_assert_msg(node_judge(&n) == ATT_FAIL, "event %u",
		    ev.number);
		ck_assert_ptr_null(node_finding(&n, ATT_F_LOG_MALFORMED));
		cut++;
	}
	ck_assert_uint_eq(cut, 43);
	node_done(&n);
}
END_TEST

/* Case 26: at any other place it cannot be read. */
START_TEST(log_that_is_cut)
{
	struct node n;
	size_t malformed = 0;

	good(&n);
	n.a.bound = false;
	node_quote(&n);
	for (size_t len = 0; len < n.uefi.len; len += 3) {
		item(&n, ATT_ITEM_UEFI_LOG)->bytes.len = len;
		ck_assert_msg(node_judge(&n) == ATT_FAIL, "%zu bytes", len);
		malformed +=
		    node_finding(&n, ATT_F_LOG_MALFORMED) != NULL;
	}
	/* one to three bytes behind an event are a stray tail */
	ck_assert_uint_gt(malformed, n.uefi.len / 3 - 4 * 44);
	node_done(&n);
}
END_TEST

START_TEST(nothing_asked_for)
{
	struct node n;

	good(&n);
	n.a.item_count = 0;
	node_fails(&n, ATT_F_NOT_EVALUATED, "boot-log");
	ck_assert_ptr_nonnull(node_finding(&n, ATT_F_LOG_NOT_BOUND));
	n.a.bound = false;
	node_fails(&n, ATT_F_NOT_EVALUATED, "boot-log");
	node_done(&n);
}
END_TEST

/* What could not be read is not offered, so that nobody asks for it. */
START_TEST(unread_and_not_asked_for)
{
	struct node n;

	good(&n);
	*item(&n, ATT_ITEM_FIRMWARE_CLAIMS) = (struct att_evidence_item){
		.state = ATT_ITEM_UNREADABLE, .reason = "no such file" };
	node_passes(&n);
	ck_assert_int_eq(node_finding(&n, ATT_F_LOG_UNREADABLE)->severity,
	    ATT_SEVERITY_WARN);
	/* IMA's list matters where policy asks for it */
	*item(&n, ATT_ITEM_IMA_LOG) = *item(&n, ATT_ITEM_FIRMWARE_CLAIMS);
	item(&n, ATT_ITEM_FIRMWARE_CLAIMS)->state = ATT_ITEM_ABSENT;
	node_passes(&n);
	ck_assert_int_eq(node_finding(&n, ATT_F_LOG_UNREADABLE)->severity,
	    ATT_SEVERITY_INFO);
	n.policy.claims |= ATT_CLAIM_RUNTIME;
	node_fails(&n, ATT_F_LOG_UNREADABLE, "could not read its IMA log");
	n.policy.claims &= ~ATT_CLAIM_RUNTIME;
	n.a.item_count = 0;
	item(&n, ATT_ITEM_UEFI_LOG)->state = ATT_ITEM_UNREADABLE;
	node_fails(&n, ATT_F_LOG_UNREADABLE, "could not read its boot log");
	node_done(&n);
}
END_TEST

START_TEST(unknown_item_asked_for)
{
	static const enum att_item items[] = { ATT_ITEM_UEFI_LOG,
		ATT_ITEM_COUNT };
	struct node n;

	good(&n);
	n.a.item = items;
	node_judged(&n, ATT_F_INTERNAL, "unknown item");
	ck_assert_uint_eq(att_verdict_evaluated(n.v), 0);
	node_done(&n);
}
END_TEST

/* -- the userspace log --------------------------------------------------- */

START_TEST(no_userspace_log)
{
	struct node n;

	good(&n);
	n.a.bound = false;
	node_quote(&n);
	*item(&n, ATT_ITEM_USERSPACE_LOG) =
	    (struct att_evidence_item){ .state = ATT_ITEM_ABSENT };
	node_judged(&n, ATT_F_LOG_MISSING, "userspace log was asked for");
	item(&n, ATT_ITEM_USERSPACE_LOG)->state = ATT_ITEM_UNREADABLE;
	node_judged(&n, ATT_F_LOG_UNREADABLE, "userspace log");
	/* empty: what systemd extended is explained by nothing */
	*item(&n, ATT_ITEM_USERSPACE_LOG) =
	    (struct att_evidence_item){ .state = ATT_ITEM_PRESENT };
	node_judged(&n, ATT_F_PCR_MISMATCH, "PCR 11");
	/* not asked for: the same, with a hint */
	n.a.item_count = 1;
	node_judged(&n, ATT_F_PCR_MISMATCH,
	    "(as if systemd had measured, but its log does not say so)");
	node_done(&n);
}
END_TEST

/* A boot without systemd's measurements needs no log of them... */
START_TEST(userspace_log_where_policy_asks)
{
	struct node n;

	node_init(&n, &signer, "shim");
	node_ref_from(&n, "shim");
	n.a.item_count = 1;
	node_passes(&n);
	/* ... but where policy wants to have seen it */
	n.policy.claims |= ATT_CLAIM_USERSPACE;
	node_fails(&n, ATT_F_NOT_EVALUATED, "userspace-log");
	n.a.item_count = 2;
	node_passes(&n);
	node_done(&n);
	/* it must be proven, too: PCR 15 is of its records */
	good(&n);
	n.policy.claims |= ATT_CLAIM_USERSPACE;
	node_passes(&n);
	n.attest.select[0].mask &= ~(1u << 15);
	node_fails(&n, ATT_F_NOT_EVALUATED, "userspace-log");
	node_done(&n);
}
END_TEST

START_TEST(malformed_userspace_log)
{
	struct node n;

	good(&n);
	n.user.data[0] = 'x';
	node_fails(&n, ATT_F_LOG_MALFORMED, "userspace log is malformed");
	n.user.data[0] = 0x1e;
	n.user.data[20] ^= 0x20;
	node_fails(&n, ATT_F_LOG_MALFORMED, "userspace log is malformed");
	node_done(&n);
}
END_TEST

/* No record may be left out, but at the end, where a quote may be older. */
START_TEST(records_that_are_missing)
{
	struct node n;

	good(&n);
	n.a.bound = false;
	node_quote(&n);
	for (size_t len = 0; len < n.user.len; len++) {
		item(&n, ATT_ITEM_USERSPACE_LOG)->bytes.len = len;
		/* the line's end alone is missing from the last record */
		if (len + 1 < n.user.len)
			ck_assert_msg(node_judge(&n) == ATT_FAIL, "%zu", len);
	}
	node_done(&n);
}
END_TEST

/* Records of another boot explain nothing. */
START_TEST(records_of_another_boot)
{
	struct node n;

	good(&n);
	n.e.boot_id = "acb216ba-c452-4103-812a-f11422c0d55f";
	node_fails(&n, ATT_F_PCR_MISMATCH, "PCR 11");
	/* without an identifier all records count, and the quote decides */
	n.e.boot_id = "2026-11-24T15:04:05Z";
	node_passes(&n);
	n.e.boot_id = "";
	node_passes(&n);
	n.e.boot_id = NULL;
	node_passes(&n);
	node_done(&n);
}
END_TEST

/* -- selection and banks ------------------------------------------------- */

START_TEST(nothing_quoted)
{
	struct node n;

	good(&n);
	n.attest.select_count = 0;
	node_fails(&n, ATT_F_QUOTE_SELECTION, "none was asked for");
	n.attest.select_count = 1;
	n.attest.select[0].mask = 0;
	node_fails(&n, ATT_F_QUOTE_SELECTION, "bank sha256 not asked for");
	node_done(&n);
}
END_TEST

/* Each PCR of policy in turn is not quoted. */
START_TEST(pcr_of_policy_that_is_not_quoted)
{
	struct node n;
	char what[8];

	for (unsigned pcr = 0; pcr < 15; pcr++) {
		if ((ATT_PCR_BOOT >> pcr & 1) == 0)
			continue;
		good(&n);
		n.attest.select[0].mask &= ~(1u << pcr);
		snprintf(what, sizeof(what), "PCR %u", pcr);
		node_fails(&n, ATT_F_NOT_EVALUATED, what);
		node_done(&n);
	}
}
END_TEST

START_TEST(policy_without_pcrs)
{
	struct node n;

	good(&n);
	n.policy.pcrs = 0;
	node_fails(&n, ATT_F_NOT_EVALUATED, "no PCR at all");
	n.policy.pcrs = 0xff000000;
	node_fails(&n, ATT_F_NOT_EVALUATED, "no PCR at all");
	/* 16 and 23 say nothing, and no reference values speak of them */
	n.policy.pcrs = 1u << 16;
	n.attest.select[0].mask |= 1u << 16;
	node_fails(&n, ATT_F_PCR_NOT_IN_REFERENCE, "PCR 16");
	node_done(&n);
}
END_TEST

START_TEST(policy_of_unknown_claims)
{
	struct node n;

	good(&n);
	n.policy.claims |= 1u << 20;
	node_fails(&n, ATT_F_NOT_EVALUATED, "unknown claim");
	node_done(&n);
}
END_TEST

/* The always needed claims are needed whatever the policy says. */
START_TEST(policy_without_claims)
{
	struct node n;

	good(&n);
	n.policy.claims = 0;
	node_passes(&n);
	n.refs.count = 0;
	node_fails(&n, ATT_F_NO_REFERENCE, "QEMU");
	node_done(&n);
}
END_TEST

/* Case 18: a bank that is too weak to rely on, although the log has better. */
START_TEST(case_18_weak_bank)
{
	struct att_refmake m = node_refmake("weak");
	AUTO(att_json_decref) json_t *doc = NULL;
	uint16_t sha1 = ATT_ALG_SHA1;
	struct node n;

	good(&n);
	m.bank = &sha1;
	m.bank_count = 1;
	doc = node_make_ref("uki-sb", &m);
	node_add_ref(&n, doc);
	n.attest.select[0].alg = ATT_ALG_SHA1;
	node_fails(&n, ATT_F_BANK_WEAK, "only the sha1 bank");
	n.policy.allow_sha1 = true;
	node_passes(&n);
	node_done(&n);
}
END_TEST

/* One PCR in the strong bank, the others in the weak one. */
START_TEST(strong_bank_for_show)
{
	struct node n;

	good(&n);
	n.attest.select[0].mask = 1u << 14;
	n.attest.select[1] =
	    (struct att_pcr_select){ ATT_ALG_SHA1, 0xffff };
	n.attest.select_count = 2;
	node_fails(&n, ATT_F_NOT_EVALUATED, "PCR 0-9, 11-13");
	node_done(&n);
}
END_TEST

static void
zero_bank(struct node *n, uint16_t alg, unsigned from, unsigned to)
{
	static const uint8_t zero[ATT_DIGEST_MAX];

	for (unsigned pcr = from; pcr <= to; pcr++)
		ok(att_pcrs_set(&n->e.pcrs, alg, pcr, (struct att_slice){
		    zero, att_alg_size(alg) }, err));
}

/* Case 17, CVE-2021-42299: a bank that firmware left to whoever comes. */
START_TEST(case_17_unextended_bank)
{
	struct node n;

	good(&n);
	n.attest.select_count = 2;
	n.attest.select[1] =
	    (struct att_pcr_select){ ATT_ALG_SHA384, 0xffff };
	node_passes(&n);
	zero_bank(&n, ATT_ALG_SHA384, 0, 7);
	node_fails(&n, ATT_F_BANK_UNEXTENDED, "the sha384 bank is enabled");
	zero_bank(&n, ATT_ALG_SHA384, 8, 15);
	node_fails(&n, ATT_F_BANK_UNEXTENDED, "the sha384 bank is enabled");
	/* as it is after a start at another locality */
	ck_assert_int_eq(n.e.pcrs.bank[2].alg, ATT_ALG_SHA384);
	for (uint8_t locality = 3; locality <= 4; locality++) {
		n.e.pcrs.bank[2].value[0][47] = locality;
		node_fails(&n, ATT_F_BANK_UNEXTENDED, "the sha384 bank");
	}
	ck_assert_ptr_null(node_finding(&n, ATT_F_PCR_MISMATCH));
	ck_assert_ptr_null(node_finding(&n, ATT_F_PCR_NO_EVENTS));
	/* a value of another kind, or elsewhere, is no reset value */
	n.e.pcrs.bank[2].value[0][47] = 5;
	node_fails(&n, ATT_F_PCR_MISMATCH, "PCR 0: the logs give sha384");
	ck_assert_ptr_null(node_finding(&n, ATT_F_BANK_UNEXTENDED));
	n.e.pcrs.bank[2].value[0][47] = 0;
	n.e.pcrs.bank[2].value[5][47] = 3;
	node_fails(&n, ATT_F_PCR_MISMATCH, "PCR 0: the logs give sha384");
	n.e.pcrs.bank[2].value[5][47] = 0;
	n.e.pcrs.bank[2].value[7][0] = 1;
	node_fails(&n, ATT_F_PCR_MISMATCH, "PCR 0: the logs give sha384");
	n.e.pcrs.bank[2].value[7][0] = 0;
	/* and the strong bank does not make up for it */
	n.attest.select[0].mask = 0xff;
	n.attest.select[1].mask = 0xff;
	n.policy.pcrs = 0xff;
	node_fails(&n, ATT_F_BANK_UNEXTENDED, "the sha384 bank is enabled");
	node_done(&n);
}
END_TEST

/* Registers that all hold their reset values, and a log that is empty. */
START_TEST(a_machine_that_measures_nothing)
{
	struct node n;

	good(&n);
	zero_bank(&n, ATT_ALG_SHA256, 0, 15);
	cut_to_header(&n);
	n.user.len = 0;
	item(&n, ATT_ITEM_USERSPACE_LOG)->bytes.len = 0;
	node_fails(&n, ATT_F_BANK_UNEXTENDED, "");
	node_done(&n);
}
END_TEST

/* The same, of a PCR that firmware does not extend, with its reference. */
START_TEST(an_empty_log_explains_nothing)
{
	AUTO(att_json_decref) json_t *doc = NULL;
	struct att_refmake m = node_refmake("nothing");
	struct node n;

	node_init(&n, &signer, "uki-sb");
	m.pcrs = 1u << 14;
	doc = node_make_ref("uki-sb", &m);
	node_add_ref(&n, doc);
	n.policy.pcrs = 1u << 14;
	n.policy.claims = 0;
	n.attest.select[0].mask = 1u << 14;
	cut_to_header(&n);
	node_fails(&n, ATT_F_NOT_EVALUATED, "boot-log");
	ck_assert_uint_eq(att_verdict_held(n.v) & ATT_CLAIM_BOOT_LOG, 0);
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
	Suite *s = suite_create("missing");
	TCase *t = tcase_create("missing");

	tcase_add_unchecked_fixture(t, setup, teardown);
	tcase_add_test(t, no_quote);
	tcase_add_test(t, no_boot_log);
	tcase_add_test(t, empty_boot_log);
	tcase_add_test(t, log_of_fewer_events);
	tcase_add_test(t, log_that_is_cut);
	tcase_add_test(t, nothing_asked_for);
	tcase_add_test(t, unread_and_not_asked_for);
	tcase_add_test(t, unknown_item_asked_for);
	tcase_add_test(t, no_userspace_log);
	tcase_add_test(t, userspace_log_where_policy_asks);
	tcase_add_test(t, malformed_userspace_log);
	tcase_add_test(t, records_that_are_missing);
	tcase_add_test(t, records_of_another_boot);
	tcase_add_test(t, nothing_quoted);
	tcase_add_test(t, pcr_of_policy_that_is_not_quoted);
	tcase_add_test(t, policy_without_pcrs);
	tcase_add_test(t, policy_of_unknown_claims);
	tcase_add_test(t, policy_without_claims);
	tcase_add_test(t, case_18_weak_bank);
	tcase_add_test(t, strong_bank_for_show);
	tcase_add_test(t, case_17_unextended_bank);
	tcase_add_test(t, a_machine_that_measures_nothing);
	tcase_add_test(t, an_empty_log_explains_nothing);
	suite_add_tcase(s, t);
	return run_suite(s);
}
