/* Reference values that are not there, not for this node, or say nothing. */
#include "node.h"

static struct signer signer;

static void
good(struct node *n)
{
	node_init(n, &signer, "uki-sb");
	node_ref_from(n, "uki-sb");
	node_passes(n);
}

START_TEST(no_reference_values)
{
	static const char *const groups[] = { "gpu", NULL };
	struct node n;

	good(&n);
	n.refs.count = 0;
	node_fails(&n, ATT_F_NO_REFERENCE, "(QEMU Standard PC (Q35");
	n.a.refs = NULL;
	node_fails(&n, ATT_F_NO_REFERENCE, "QEMU");
	n.enrolment.platform.product = NULL;
	node_fails(&n, ATT_F_NO_REFERENCE,
	    "platform (QEMU, group training)");
	n.enrolment.platform = (struct att_platform){ .product = "R760" };
	node_fails(&n, ATT_F_NO_REFERENCE, "platform (R760)");
	n.enrolment.platform.groups = groups;
	node_fails(&n, ATT_F_NO_REFERENCE, "platform (R760, group gpu)");
	n.enrolment.platform.product = NULL;
	node_fails(&n, ATT_F_NO_REFERENCE, "platform (group gpu)");
	n.enrolment.platform = (struct att_platform){ 0 };
	node_fails(&n, ATT_F_NO_REFERENCE,
	    "platform (no vendor, product or group given)");
	ck_assert_uint_eq(att_verdict_evaluated(n.v) & ATT_CLAIM_REFERENCE,
	    0);
	node_done(&n);
}
END_TEST

START_TEST(reference_values_of_others)
{
	static const char *const vendor[] = { "HPE", NULL };
	static const char *const groups[] = { "storage", NULL };
	struct att_refmake m = node_refmake("others");
	struct node n;

	for (int i = 0; i < 2; i++) {
		AUTO(att_json_decref) json_t *doc = NULL;

		m.head.vendor = i == 0 ? vendor : NULL;
		m.head.groups = i == 1 ? groups : NULL;
		node_init(&n, &signer, "uki-sb");
		doc = node_make_ref("uki-sb", &m);
		node_add_ref(&n, doc);
		node_fails(&n, ATT_F_NO_REFERENCE, "QEMU");
		/* what the node says of itself changes nothing */
		n.e.hint_vendor = "HPE";
		node_fails(&n, ATT_F_NO_REFERENCE, "QEMU");
		node_done(&n);
	}
}
END_TEST

START_TEST(reference_values_out_of_time)
{
	struct att_refmake m = node_refmake("old");
	struct node n;

	for (int i = 0; i < 2; i++) {
		AUTO(att_json_decref) json_t *doc = NULL;

		m.head.valid_from = i == 0 ? NODE_NOW + 1 : INT64_MIN;
		m.head.valid_until = i == 1 ? NODE_NOW - 1 : INT64_MAX;
		node_init(&n, &signer, "uki-sb");
		doc = node_make_ref("uki-sb", &m);
		node_add_ref(&n, doc);
		node_fails(&n, ATT_F_REFERENCE_EXPIRED, "values old match");
		/* beside a valid one that does not agree it is a hint */
		node_ref_from(&n, "uki");
		node_fails(&n, ATT_F_EVENT_CHANGED, "");
		ck_assert_int_eq(node_finding(&n, ATT_F_REFERENCE_EXPIRED)
				     ->severity, ATT_SEVERITY_INFO);
		/* and beside one that does it is no matter */
		node_ref_from(&n, "uki-sb");
		node_passes(&n);
		ck_assert_ptr_null(node_finding(&n,
		    ATT_F_REFERENCE_EXPIRED));
		node_done(&n);
	}
}
END_TEST

/* Each PCR of policy in turn is not in the reference values. */
START_TEST(reference_values_without_a_pcr)
{
	struct att_refmake m = node_refmake("gap");
	struct node n;
	char what[80];

	for (unsigned pcr = 0; pcr < 15; pcr++) {
		AUTO(att_json_decref) json_t *doc = NULL;

		if ((ATT_PCR_BOOT >> pcr & 1) == 0)
			continue;
		m.pcrs = ATT_PCR_BOOT & ~(1u << pcr);
		node_init(&n, &signer, "uki-sb");
		doc = node_make_ref("uki-sb", &m);
		node_add_ref(&n, doc);
		snprintf(what, sizeof(what),
		    "PCR %u: reference values gap say nothing", pcr);
		node_fails(&n, ATT_F_PCR_NOT_IN_REFERENCE, what);
		n.policy.pcrs = m.pcrs;
		node_passes(&n);
		node_done(&n);
	}
}
END_TEST

START_TEST(reference_values_that_say_nothing)
{
	static const char text[] = "{\"format\":\"attestd-reference-values/1\","
				   "\"id\":\"void\",\"version\":1,\"match\":{},"
				   "\"secure_boot\":\"any\",\"pcrs\":{}}";
	struct node n;

	node_init(&n, &signer, "uki-sb");
	ok(att_ref_parse(S(text), &n.ref[n.refs.count++], err));
	node_fails(&n, ATT_F_PCR_NOT_IN_REFERENCE, "PCR 0");
	n.policy.pcrs = 1u << 7;
	node_fails(&n, ATT_F_PCR_NOT_IN_REFERENCE, "PCR 7");
	n.policy.pcrs = 0;
	ck_assert((node_quote(&n), node_judge(&n)) == ATT_FAIL);
	node_done(&n);
}
END_TEST

/* A PCR that the document knows and nobody quoted, or by another bank. */
START_TEST(reference_values_of_what_is_not_quoted)
{
	struct att_refmake m = node_refmake("sha384-only");
	AUTO(att_json_decref) json_t *doc = NULL;
	uint16_t bank = ATT_ALG_SHA384;
	struct node n;

	good(&n);
	n.policy.pcrs = 0xff;
	n.attest.select[0].mask = 0xff;
	node_fails(&n, ATT_F_NOT_EVALUATED, "PCR 8 (reference values uki-sb)");
	node_done(&n);
	m.bank = &bank;
	m.bank_count = 1;
	node_init(&n, &signer, "uki-sb");
	doc = node_make_ref("uki-sb", &m);
	node_add_ref(&n, doc);
	node_fails(&n, ATT_F_PCR_NOT_IN_REFERENCE,
	    "sha384-only (in the quoted banks)");
	node_done(&n);
}
END_TEST

/* The same of exact values; of several banks the strongest known decides. */
START_TEST(values_of_what_is_not_quoted)
{
	static const uint16_t two[] = { ATT_ALG_SHA384, ATT_ALG_SHA256 };
	struct att_refmake m = node_refmake("values");
	AUTO(att_json_decref) json_t *doc = NULL, *both = NULL;
	json_t *values;
	struct node n;

	node_init(&n, &signer, "uki-sb");
	m.exact = ATT_PCR_BOOT;
	m.bank = two;
	m.bank_count = 1;
	doc = node_make_ref("uki-sb", &m);
	node_add_ref(&n, doc);
	node_fails(&n, ATT_F_PCR_NOT_IN_REFERENCE,
	    "PCR 0: reference values values (in the quoted banks)");
	n.attest.select[0].alg = ATT_ALG_SHA384;
	node_passes(&n);
	n.policy.pcrs = 0xff;
	n.attest.select[0].mask = 0xff;
	node_fails(&n, ATT_F_NOT_EVALUATED, "PCR 8 (reference values values)");
	/* one that differs is not made good by the next bank */
	att_ref_free(n.ref[--n.refs.count]);
	m.bank_count = 2;
	both = node_make_ref("uki-sb", &m);
	values = json_object_get(json_object_get(json_object_get(both,
	    "pcrs"), "4"), "values");
	ok(att_json_put(values, "sha384", json_pack("[s]",
	    "00000000000000000000000000000000000000000000000000000000000000"
	    "0000000000000000000000000000000000"), err));
	node_add_ref(&n, both);
	n.policy.pcrs = ATT_PCR_BOOT;
	n.attest.select_count = 2;
	n.attest.select[0].mask = 0xffff;
	n.attest.select[1] =
	    (struct att_pcr_select){ ATT_ALG_SHA256, 0xffff };
	node_fails(&n, ATT_F_PCR_VALUE, "PCR 4: expected sha384 0000");
	n.attest.select_count = 1;
	n.attest.select[0].alg = ATT_ALG_SHA256;
	node_passes(&n);
	node_done(&n);
}
END_TEST

/* IMA's register is judged by its value or not at all. */
START_TEST(reference_values_of_pcr_10)
{
	struct att_refmake m = node_refmake("ima");
	struct node n;

	for (int exact = 0; exact < 2; exact++) {
		AUTO(att_json_decref) json_t *doc = NULL;
		AUTO(att_json_decref) json_t *rule = NULL;

		m.pcrs = ATT_PCR_BOOT | 1u << 10;
		node_init(&n, &signer, "uki-sb");
		n.policy.pcrs |= 1u << 10;
		doc = node_make_ref("uki-sb", &m);
		if (exact == 0) {
			ok(att_json_parse(S("{\"events\":[]}"), 100, &rule,
			    err));
			ok(att_json_put(json_object_get(doc, "pcrs"), "10",
			    take(&rule), err));
		}
		node_add_ref(&n, doc);
		if (exact == 0)
			node_fails(&n, ATT_F_NOT_EVALUATED, "PCR 10");
		else
			node_passes(&n);
		ck_assert_uint_eq(att_verdict_pcr(n.v, 10)->pcr, 10);
		ck_assert_int_eq(att_verdict_pcr(n.v, 10)->status,
		    exact ? ATT_PCR_REFERENCE : ATT_PCR_NOT_EVALUATED);
		node_done(&n);
	}
}
END_TEST

/* -- Secure Boot --------------------------------------------------------- */

START_TEST(secure_boot_where_it_must_be_on)
{
	struct att_refmake m = node_refmake("secure");
	struct node n;

	m.secure_boot = ATT_REF_SECURE_BOOT_REQUIRED;
	for (int i = 0; i < BOOT_COUNT; i++) {
		AUTO(att_json_decref) json_t *doc = NULL;
		bool on = strcmp(boots[i], "uki") != 0 &&
		    strcmp(boots[i], "uki-changed") != 0;

		node_init(&n, &signer, boots[i]);
		doc = node_make_ref(boots[i], &m);
		node_add_ref(&n, doc);
		if (on)
			node_passes(&n);
		else
			node_fails(&n, ATT_F_SECURE_BOOT_OFF, "is off");
		node_done(&n);
	}
}
END_TEST

START_TEST(secure_boot_that_is_not_quoted)
{
	struct att_refmake m = node_refmake("no-pcr-7");
	struct node n;

	m.pcrs = ATT_PCR_BOOT & ~(1u << 7);
	for (int required = 0; required < 2; required++) {
		AUTO(att_json_decref) json_t *doc = NULL;

		m.secure_boot = required ? ATT_REF_SECURE_BOOT_REQUIRED :
					   ATT_REF_SECURE_BOOT_ANY;
		node_init(&n, &signer, "uki-sb");
		doc = node_make_ref("uki-sb", &m);
		node_add_ref(&n, doc);
		n.policy.pcrs = m.pcrs;
		n.attest.select[0].mask = 0xffff & ~(1u << 7);
		node_fails(&n, ATT_F_SECURE_BOOT_UNKNOWN, "not quoted");
		n.policy.claims = 0;
		if (required)
			node_fails(&n, ATT_F_SECURE_BOOT_UNKNOWN, "");
		else
			node_passes(&n);
		node_done(&n);
	}
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
	Suite *s = suite_create("reference");
	TCase *t = tcase_create("reference");

	tcase_add_unchecked_fixture(t, setup, teardown);
	tcase_add_test(t, no_reference_values);
	tcase_add_test(t, reference_values_of_others);
	tcase_add_test(t, reference_values_out_of_time);
	tcase_add_test(t, reference_values_without_a_pcr);
	tcase_add_test(t, reference_values_that_say_nothing);
	tcase_add_test(t, reference_values_of_what_is_not_quoted);
	tcase_add_test(t, values_of_what_is_not_quoted);
	tcase_add_test(t, reference_values_of_pcr_10);
	tcase_add_test(t, secure_boot_where_it_must_be_on);
	tcase_add_test(t, secure_boot_that_is_not_quoted);
	suite_add_tcase(s, t);
	return run_suite(s);
}
