/* Attestation: what is asked for, what passes and what does not. */
#include "testlib.h"

#include "appraise/ear.h"
#include "tests/verifier/one_node.h"

/* -- what passes ---------------------------------------------------------- */

START_TEST(a_good_node_passes)
{
	AUTO_DONE(softnode_done) struct softnode rsa;

	stands(ATT_STANDING_PENDING);
	state_is("enrolled");
	rig_attest(&rig, &node);
	stands(ATT_STANDING_PASS);
	state_is("trusted");
	ck_assert(rig_noted(&rig, "n1", "verdict", "pass"));
	softnode_make(&rsa, "n2", SOFTNODE_RSA, &rig.ca);
	softnode_boot(&rsa, "uki");
	rig_enrol(&rig, &rsa);
	rig_session(&rig, &rsa);
	rig_attest(&rig, &rsa);
	ck_assert_int_eq(rig_standing(&rig, &rsa), ATT_STANDING_PASS);
}
END_TEST

START_TEST(every_captured_boot_passes_by_its_own_values)
{
	static const char *const boots[] = { "uki-sb", "shim", "uki-changed",
		"uki-sb-changed", "shim-changed" };

	softnode_boot(&node, boots[_i]);
	rig_reference(&rig, &node, boots[_i]);
	rig_attest(&rig, &node);
	stands(ATT_STANDING_PASS);
}
END_TEST

/* A relying party: the published keys, the result, and nothing else. */
START_TEST(the_result_can_be_checked_by_others)
{
	AUTO_DONE(answer_done) struct answer keys = { 0 };
	AUTO_DONE(answer_done) struct answer jwt = { 0 };
	AUTO(att_json_decref) json_t *set = NULL;
	AUTO(att_json_decref) json_t *claims = NULL;
	AUTO_DONE(att_buf_done) struct att_buf nonce = ATT_BUF(64);
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1u << 20);
	AUTO_DONE(answer_done) struct answer t = { 0 };
	struct att_demand d;
	struct att_ear ear;

	demand(&d);
	rig_evidence_body(&node, &d, &b);
	rig_submit(&rig, &node, &b, &t);
	rig_operator(&rig, "GET", "/operator/v1/nodes/n1/result", NULL, &jwt);
	ck_assert_uint_eq(jwt.status, 200);
	ck_assert_str_eq(jwt.content_type, "application/jwt");
	rig_ask(&rig, "GET", "/.well-known/jwks.json", NULL, NULL, NULL,
	    &keys);
	ok(att_jws_set_parse(S(keys.text), &set, err));
	ok(att_jws_verify(S(jwt.text), set, "JWT", &claims, err));
	ok(att_ear_parse(claims, rig.now, &ear, err));
	ck_assert_int_eq(ear.status, ATT_TIER_AFFIRMING);
	ck_assert_str_eq(ear.node, "n1");
	ck_assert_str_eq(ear.boot_id, node.boot_id);
	ck_assert_str_eq(ear.developer, "attestd");
	ok(att_base64url_decode(S(ear.nonce), &nonce, err));
	ck_assert(att_slice_equal(att_buf_view(&nonce),
	    (struct att_slice){ d.challenge, d.challenge_len }));
	ok(att_ear_parse(claims, rig.now + 299, &ear, err));
	fails(att_ear_parse(claims, rig.now + 300, &ear, err),
	    ATT_E_EXPIRED, "expired");
}
END_TEST

/* The node reads the same result, and so do its findings. */
START_TEST(the_status_has_result_and_findings)
{
	AUTO_DONE(att_agent_status_done) struct att_agent_status s = { 0 };
	AUTO_DONE(answer_done) struct answer jwt = { 0 };
	AUTO_DONE(answer_done) struct answer a = { 0 };

	rig_attest(&rig, &node);
	rig_ask(&rig, "GET", "/v2.6/agents/n1", NULL, node.token, NULL, &a);
	ok(att_agent_status_parse(S(a.text), &s, err));
	rig_operator(&rig, "GET", "/operator/v1/nodes/n1/result", NULL, &jwt);
	ck_assert_str_eq(s.result, jwt.text);
	ck_assert(json_is_array(s.findings));
	ck_assert_int_eq(s.passes, 1);
	ck_assert_int_eq(s.last_received, RIG_NOW);
	ck_assert_int_eq(s.last_pass, RIG_NOW);
	ck_assert_int_eq(s.period, INTERVAL);
	ck_assert_int_eq(s.period_max, 5 * INTERVAL);
}
END_TEST

START_TEST(the_bundle_that_is_kept_is_the_evidence)
{
	AUTO(att_bundle_free) struct att_bundle *b = NULL;
	AUTO_DONE(answer_done) struct answer a = { 0 };
	AUTO_DONE(att_buf_done) struct att_buf body = ATT_BUF(1u << 20);
	AUTO_DONE(answer_done) struct answer t = { 0 };
	const struct att_evidence *e;
	struct att_demand d;

	demand(&d);
	rig_evidence_body(&node, &d, &body);
	rig_submit(&rig, &node, &body, &t);
	rig_operator(&rig, "GET", "/operator/v1/nodes/n1/evidence", NULL, &a);
	ck_assert_uint_eq(a.status, 200);
	ck_assert_str_eq(a.content_type, "application/cmw+json");
	ok(att_bundle_parse((struct att_slice){ (const uint8_t *)a.text,
	    a.len }, &b, err));
	e = att_bundle_evidence(b);
	ck_assert_str_eq(e->agent_id, "n1");
	ck_assert_str_eq(e->boot_id, node.boot_id);
	ck_assert(e->bound && e->bound_count == 2);
	ck_assert(att_slice_equal(e->challenge,
	    (struct att_slice){ d.challenge, d.challenge_len }));
	ck_assert(att_slice_equal(e->ek_cert, att_buf_view(&node.ek_cert)));
	ck_assert(att_slice_equal(e->ak_public, node.ak_area.bytes));
	ck_assert(att_slice_equal(e->item[ATT_ITEM_UEFI_LOG].bytes,
	    att_buf_view(&node.uefi)));
}
END_TEST

/* As an agent of Keylime: no binding, no boot id, and PCR 16 besides. */
START_TEST(an_upstream_agent_passes)
{
	AUTO_DONE(softnode_keep_done) struct softnode_keep keep = { 0 };
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1u << 20);
	AUTO_DONE(answer_done) struct answer a = { 0 };
	AUTO_DONE(answer_done) struct answer t = { 0 };
	struct att_demand d;
	struct att_evidence e;

	node.can_bind = false;
	node.boot_id[0] = '\0';
	rig_offer(&rig, &node, &a);
	rig_demand(&node, &a, &d);
	ck_assert(!d.bound);
	d.select.mask |= 1u << 16;
	softnode_evidence(&node, &d, &keep, &e);
	ok(att_submission_encode(&e, &d, &b, err));
	/* to the place that the 201 named */
	rig_ask_from(&rig, "192.0.2.1", "PATCH", a.location, ATT_TYPE_JSONAPI,
	    node.token, att_buf_view(&b), &t);
	ck_assert_uint_eq(t.status, 202);
	stands(ATT_STANDING_PASS);
}
END_TEST

/* -- what is asked -------------------------------------------------------- */

START_TEST(the_best_bank_that_fits_is_asked)
{
	struct att_demand d;

	demand(&d);
	ck_assert_int_eq(d.select.alg, ATT_ALG_SHA256);
	ck_assert_uint_eq(d.select.mask, rig.config.quote_pcrs);
	ck_assert(d.bound);
	ck_assert_uint_eq(d.count, 2);
	ck_assert(d.item[0] == ATT_ITEM_UEFI_LOG &&
	    d.item[1] == ATT_ITEM_USERSPACE_LOG);
	ck_assert_int_eq(d.expires_at - d.received_at,
	    rig.config.challenge_lifetime);
}
END_TEST

/* An offer, changed as JSON; what the verifier says to it. */
static void
offer_with(void (*change)(json_t *attributes), struct answer *ret)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(65536);
	AUTO(att_json_decref) json_t *j = NULL;
	struct att_offer o;

	softnode_offer(&node, &o);
	ok(att_offer_encode(&o, &b, err));
	ok(att_json_parse(att_buf_view(&b), SIZE_MAX, &j, err));
	change(json_object_get(json_object_get(j, "data"), "attributes"));
	att_buf_reset(&b);
	ok(att_json_write(j, &b, err));
	rig_ask_from(&rig, "192.0.2.1", "POST",
	    "/v3.0/agents/n1/attestations", ATT_TYPE_JSONAPI, node.token,
	    att_buf_view(&b), ret);
}

static json_t *
capabilities(json_t *attributes)
{
	return json_object_get(json_array_get(json_object_get(attributes,
	    "evidence_supported"), 0), "capabilities");
}

static void
without_pcr_7(json_t *attributes)
{
	ck_assert(json_array_remove(json_object_get(json_object_get(
	    capabilities(attributes), "available_subjects"), "sha256"),
	    7) == 0);
}

static void
sha1_alone(json_t *attributes)
{
	json_t *banks = json_object_get(capabilities(attributes),
	    "available_subjects");

	json_object_del(banks, "sha256");
	json_object_del(banks, "sha384");
	json_object_del(banks, "sha512");
	ck_assert_uint_eq(json_object_size(banks), 1);
}

static void
another_key(json_t *attributes)
{
	/* a Name (SHA-256) of nobody */
	json_object_set_new(json_array_get(json_object_get(
	    capabilities(attributes), "certification_keys"), 0),
	    "local_identifier", json_string("000b"
	    "11111111111111111111111111111111"
	    "11111111111111111111111111111111"));
}

static void
long_boot_id(json_t *attributes)
{
	json_object_set_new(json_object_get(attributes, "system_info"),
	    "boot_id", json_string("00000000000000000000000000000000"
	    "000000000000000000000000000000001"));
}

static void
no_quote(json_t *attributes)
{
	json_array_remove(json_object_get(attributes, "evidence_supported"),
	    0);
}

START_TEST(an_offer_that_does_not_fit_is_422)
{
	static const struct {
		void (*change)(json_t *attributes);
		const char *pointer;
	} table[] = {
		{ without_pcr_7, "available_subjects" },
		{ sha1_alone, "available_subjects" },
		{ another_key, "certification_keys" },
		{ long_boot_id, "system_info" },
		{ no_quote, "evidence_supported" },
	};
	AUTO_DONE(answer_done) struct answer a = { 0 };
	const char *pointer;

	offer_with(table[_i].change, &a);
	ck_assert_msg(a.status == 422, "%u %s", a.status, a.text);
	pointer = json_string_value(json_object_get(json_object_get(
	    json_array_get(json_object_get(a.json, "errors"), 0), "source"),
	    "pointer"));
	ck_assert_ptr_nonnull(pointer);
	ck_assert_msg(strstr(pointer, table[_i].pointer) != NULL, "%s",
	    pointer);
	ck_assert(rig_noted(&rig, "n1", "attestation-refused",
	    table[_i].pointer));
	rig_attest(&rig, &node);
	stands(ATT_STANDING_PASS);
}
END_TEST

START_TEST(what_cannot_be_read_is_told_with_its_reason)
{
	struct att_demand d;

	node.unreadable = _i == 0 ? ATT_ITEM_UEFI_LOG : ATT_ITEM_USERSPACE_LOG;
	demand(&d);
	ck_assert_uint_eq(d.count, 1);
	rig_attest(&rig, &node);
	stands(ATT_STANDING_FAIL);
	ck_assert(found("log-unreadable"));
}
END_TEST

/* K11 (CVE-2026-6420): a challenge that does not change. */
START_TEST(K11_challenges_are_new_each_time)
{
	struct att_demand d[20];

	for (size_t i = 0; i < ATT_COUNT(d); i++) {
		demand(&d[i]);
		ck_assert_uint_ge(d[i].challenge_len, 16);
		for (size_t k = 0; k < i; k++)
			ck_assert(memcmp(d[i].challenge, d[k].challenge,
				      d[i].challenge_len) != 0);
	}
}
END_TEST

/* -- what fails ----------------------------------------------------------- */

START_TEST(without_reference_values_nothing_passes)
{
	AUTO_DONE(answer_done) struct answer a = { 0 };

	rig_operator(&rig, "DELETE", "/operator/v1/references/uki", NULL, &a);
	ck_assert_uint_eq(a.status, 200);
	rig_attest(&rig, &node);
	stands(ATT_STANDING_FAIL);
	state_is("untrusted");
	ck_assert(found("no-reference-values"));
	/* and a failure does not stick */
	rig_reference(&rig, &node, "uki");
	next_round();
	rig_attest(&rig, &node);
	stands(ATT_STANDING_PASS);
}
END_TEST

START_TEST(another_kernel_fails_and_coming_back_passes)
{
	rig_attest(&rig, &node);
	stands(ATT_STANDING_PASS);
	softnode_boot(&node, "uki-changed");
	node.reset_count++;
	next_round();
	rig_attest(&rig, &node);
	stands(ATT_STANDING_FAIL);
	ck_assert(found("event-changed") || found("event-not-in-reference"));
	ck_assert(rig_noted(&rig, "n1", "verdict", "PCR"));
	softnode_boot(&node, "uki");
	node.reset_count++;
	next_round();
	rig_attest(&rig, &node);
	stands(ATT_STANDING_PASS);
}
END_TEST

/* Work waits for a node that was booted, or has been put right. */
START_TEST(who_is_held_up_need_not_wait)
{
	AUTO_DONE(answer_done) struct answer early = { 0 }, passed = { 0 };

	rig.config.quote_interval = 1800;
	rig_attest(&rig, &node);
	stands(ATT_STANDING_PASS);
	softnode_boot(&node, "uki-changed");
	snprintf(node.boot_id, sizeof(node.boot_id),
	    "00000000-0000-4000-8000-000000000002");
	node.reset_count++;
	rig.now += 14;
	rig_offer(&rig, &node, &early);
	ck_assert_uint_eq(early.status, 429);
	ck_assert_int_eq(early.retry_after, 1);
	for (int i = 0; i < 2; i++) {
		rig.now += 15;
		node.clock += 15000;
		rig_attest(&rig, &node);
		stands(i == 0 ? ATT_STANDING_FAIL : ATT_STANDING_PASS);
		softnode_boot(&node, "uki");
	}
	rig.now += 15;
	rig_offer(&rig, &node, &passed);
	ck_assert_uint_eq(passed.status, 429);
	ck_assert_int_eq(passed.retry_after, 1785);
}
END_TEST

START_TEST(an_extended_register_fails)
{
	uint8_t *pcr7;

	rig_attest(&rig, &node);
	for (size_t i = 0; i < node.pcrs.count; i++) {
		pcr7 = node.pcrs.bank[i].value[7];
		pcr7[0] ^= 1;
	}
	next_round();
	rig_attest(&rig, &node);
	stands(ATT_STANDING_FAIL);
	ck_assert(found("pcr-mismatch"));
}
END_TEST

START_TEST(old_evidence_sent_again_fails)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1u << 20);
	AUTO_DONE(answer_done) struct answer first = { 0 };
	AUTO_DONE(answer_done) struct answer again = { 0 };
	struct att_demand d;

	demand(&d);
	rig_evidence_body(&node, &d, &b);
	rig_submit(&rig, &node, &b, &first);
	stands(ATT_STANDING_PASS);
	next_round();
	demand(&d);
	rig_submit(&rig, &node, &b, &again);
	ck_assert_uint_eq(again.status, 202);
	stands(ATT_STANDING_FAIL);
	ck_assert(found("quote-nonce"));
}
END_TEST

START_TEST(evidence_for_another_nodes_challenge_fails)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1u << 20);
	AUTO_DONE(answer_done) struct answer a = { 0 };
	AUTO_DONE(answer_done) struct answer t = { 0 };
	AUTO_DONE(softnode_done) struct softnode other;
	struct att_demand d, theirs;

	softnode_make(&other, "n2", SOFTNODE_P256, &rig.ca);
	softnode_boot(&other, "uki");
	rig_enrol(&rig, &other);
	rig_session(&rig, &other);
	rig_offer(&rig, &other, &a);
	rig_demand(&other, &a, &theirs);
	demand(&d);
	rig_evidence_body(&node, &theirs, &b);
	rig_submit(&rig, &node, &b, &t);
	ck_assert_uint_eq(t.status, 202);
	stands(ATT_STANDING_FAIL);
	ck_assert(found("quote-nonce"));
}
END_TEST

START_TEST(another_nodes_quote_fails)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1u << 20);
	AUTO_DONE(answer_done) struct answer t = { 0 };
	AUTO_DONE(softnode_done) struct softnode other;
	struct att_demand d;

	softnode_make(&other, "n2", SOFTNODE_P256, &rig.ca);
	softnode_boot(&other, "uki");
	demand(&d);
	rig_evidence_body(&other, &d, &b);
	rig_submit(&rig, &node, &b, &t);
	ck_assert_uint_eq(t.status, 202);
	stands(ATT_STANDING_FAIL);
	ck_assert(found("quote-signature"));
}
END_TEST

/* K7 (CVE-2023-3674): a bad signature that is only logged. */
START_TEST(K7_a_flipped_bit_is_no_pass)
{
	AUTO_DONE(softnode_keep_done) struct softnode_keep keep = { 0 };
	struct att_evidence e;
	struct att_demand d;

	demand(&d);
	softnode_evidence(&node, &d, &keep, &e);
	/* one of each byte: the tests of the quote have all of them */
	for (size_t i = 0; i < keep.attest.len + keep.signature.len; i++) {
		AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1u << 20);
		AUTO_DONE(answer_done) struct answer t = { 0 };
		struct att_buf *part;
		size_t at = i;

		softnode_keep_done(&keep);
		softnode_evidence(&node, &d, &keep, &e);
		part = at < keep.attest.len ? &keep.attest : &keep.signature;
		at -= part == &keep.attest ? 0 : keep.attest.len;
		part->data[at] ^= (uint8_t)(1u << i % 8);
		ok(att_submission_encode(&e, &d, &b, err));
		rig_submit(&rig, &node, &b, &t);
		ck_assert_uint_eq(t.status, 202);
		stands(ATT_STANDING_FAIL);
		next_round();
		/* a failure does not extend the token */
		rig_session(&rig, &node);
		demand(&d);
	}
	rig_attest(&rig, &node);
	stands(ATT_STANDING_PASS);
}
END_TEST

START_TEST(every_value_beside_the_quote_counts)
{
	for (unsigned pcr = 0; pcr < ATT_PCR_COUNT; pcr++) {
		AUTO_DONE(softnode_keep_done) struct softnode_keep k = { 0 };
		AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1u << 20);
		AUTO_DONE(answer_done) struct answer t = { 0 };
		struct att_evidence e;
		struct att_demand d;

		if ((rig.config.quote_pcrs >> pcr & 1) == 0)
			continue;
		demand(&d);
		softnode_evidence(&node, &d, &k, &e);
		for (size_t i = 0; i < e.pcrs.count; i++)
			e.pcrs.bank[i].value[pcr][31] ^= 0x80;
		ok(att_submission_encode(&e, &d, &b, err));
		rig_submit(&rig, &node, &b, &t);
		stands(ATT_STANDING_FAIL);
		ck_assert(found("quote-digest"));
		next_round();
		rig_session(&rig, &node);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("attestation");
	TCase *t = tcase_create("attestation");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_good_node_passes);
	tcase_add_loop_test(t, every_captured_boot_passes_by_its_own_values,
	    0, 5);
	tcase_add_test(t, the_result_can_be_checked_by_others);
	tcase_add_test(t, the_status_has_result_and_findings);
	tcase_add_test(t, the_bundle_that_is_kept_is_the_evidence);
	tcase_add_test(t, an_upstream_agent_passes);
	tcase_add_test(t, the_best_bank_that_fits_is_asked);
	tcase_add_loop_test(t, an_offer_that_does_not_fit_is_422, 0, 5);
	tcase_add_loop_test(t, what_cannot_be_read_is_told_with_its_reason, 0,
	    2);
	tcase_add_test(t, K11_challenges_are_new_each_time);
	tcase_add_test(t, without_reference_values_nothing_passes);
	tcase_add_test(t, another_kernel_fails_and_coming_back_passes);
	tcase_add_test(t, who_is_held_up_need_not_wait);
	tcase_add_test(t, an_extended_register_fails);
	tcase_add_test(t, old_evidence_sent_again_fails);
	tcase_add_test(t, evidence_for_another_nodes_challenge_fails);
	tcase_add_test(t, another_nodes_quote_fails);
	tcase_add_test(t, K7_a_flipped_bit_is_no_pass);
	tcase_add_test(t, every_value_beside_the_quote_counts);
	suite_add_tcase(s, t);
	return run_suite(s);
}
