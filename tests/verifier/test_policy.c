/* What an operator may let pass, by the configuration of the real verifier. */
#include "testlib.h"

#include "appraise/ear.h"
#include "appraise/refmake.h"
#include "tests/verifier/one_node.h"

/* -- a verifier with such a configuration --------------------------------- */

static void
begin(const char *more, const char *boot)
{
	rig_start(&rig, more);
	softnode_make(&node, "n1", SOFTNODE_P256, &rig.ca);
	softnode_boot(&node, boot);
	rig_enrol(&rig, &node);
	rig_session(&rig, &node);
}

/* Something extends this PCR in every bank, and no log says so. */
static void
extend_unlogged(unsigned pcr, const char *what)
{
	AUTO(att_hasher_free) struct att_hasher *h = att_hasher_new();

	for (size_t i = 0; i < node.pcrs.count; i++) {
		uint16_t alg = node.pcrs.bank[i].alg;
		struct att_digest with, is;
		struct att_slice was;

		if (!att_pcrs_get(&node.pcrs, alg, pcr, &was))
			continue;
		ok(att_digest_of(alg, S(what), &with, err));
		ok(att_hasher_two(h, alg, was, att_digest_view(&with), &is,
		    err));
		ok(att_pcrs_set(&node.pcrs, alg, pcr, att_digest_view(&is),
		    err));
	}
}

static void
attest(enum att_standing want)
{
	next_round();
	rig_session(&rig, &node);
	rig_attest(&rig, &node);
	stands(want);
}

/* ear_status of the newest result. */
static enum att_tier
tier(void)
{
	AUTO_DONE(answer_done) struct answer keys = { 0 };
	AUTO_DONE(answer_done) struct answer jwt = { 0 };
	AUTO(att_json_decref) json_t *set = NULL;
	AUTO(att_json_decref) json_t *claims = NULL;
	struct att_ear ear;

	rig_operator(&rig, "GET", "/operator/v1/nodes/n1/result", NULL, &jwt);
	rig_ask(&rig, "GET", "/.well-known/jwks.json", NULL, NULL, NULL,
	    &keys);
	ok(att_jws_set_parse(S(keys.text), &set, err));
	ok(att_jws_verify(S(jwt.text), set, "JWT", &claims, err));
	ok(att_ear_parse(claims, rig.now, &ear, err));
	return ear.status;
}

/* -- values without a log ------------------------------------------------- */

START_TEST(by_default_a_log_must_explain_each_value)
{
	begin("", "uki");
	extend_unlogged(0, "what the firmware does not log");
	rig_reference(&rig, &node, "uki");
	attest(ATT_STANDING_FAIL);
	ck_assert(found("pcr-mismatch"));
	teardown();
}
END_TEST

START_TEST(allow_incomplete_takes_the_value_and_no_other)
{
	begin("allow_incomplete: true\n", "uki");
	extend_unlogged(0, "what the firmware does not log");
	rig_reference(&rig, &node, "uki");
	attest(ATT_STANDING_PASS);
	/* who relies on it is told */
	ck_assert(found("pcr-mismatch"));
	ck_assert_int_eq(tier(), ATT_TIER_WARNING);
	extend_unlogged(0, "more");
	attest(ATT_STANDING_FAIL);
	ck_assert(found("pcr-value"));
	/* one whose values are not in the reference values has no waiver */
	softnode_boot(&node, "uki");
	extend_unlogged(4, "a boot loader");
	attest(ATT_STANDING_FAIL);
	ck_assert(found("pcr-mismatch"));
	teardown();
}
END_TEST

/* Events that no value proves say nothing, whatever is allowed. */
START_TEST(allow_incomplete_proves_no_secure_boot)
{
	begin("allow_incomplete: true\n", "uki-sb");
	rig_reference(&rig, &node, "logged");
	attest(ATT_STANDING_PASS);
	extend_unlogged(7, "what the firmware does not log");
	rig_reference(&rig, &node, "logged");
	attest(ATT_STANDING_FAIL);
	ck_assert(found("secure-boot-unknown"));
	teardown();
}
END_TEST

/* -- words without a log -------------------------------------------------- */

#define WITHOUT_15 "quote_pcrs: 0-9,11-14\n"

START_TEST(systemds_words_without_its_log)
{
	begin(_i == 0 ? WITHOUT_15 : WITHOUT_15 "allow_guessed: true\n",
	    "uki");
	/* as an agent of Keylime, which has no such log */
	att_buf_done(&node.user);
	rig_reference(&rig, &node, "uki");
	attest(_i == 0 ? ATT_STANDING_FAIL : ATT_STANDING_PASS);
	ck_assert(found(_i == 0 ? "pcr-mismatch" : "log-quirk"));
	/* other words are none of systemd's */
	extend_unlogged(11, "another word");
	rig_reference(&rig, &node, "uki");
	attest(ATT_STANDING_FAIL);
	teardown();
}
END_TEST

/* -- the registers -------------------------------------------------------- */

/* Policy wants the PCRs of a boot, as far as they are quoted. */
START_TEST(pcrs_that_are_not_quoted_are_not_wanted)
{
	struct att_refmake m = { .head = { .id = "few", .version = 1,
		    .valid_from = INT64_MIN, .valid_until = INT64_MAX },
		.pcrs = 0xff, .vary = ATT_REFMAKE_VARY };

	begin("quote_pcrs: 0-7\n", "uki");
	rig_reference_of(&rig, &node, &m);
	attest(ATT_STANDING_PASS);
	teardown();
}
END_TEST

/* -- the clock ------------------------------------------------------------ */

START_TEST(a_clock_that_is_not_safe)
{
	begin(_i == 0 ? "" : "require_safe_clock: true\n", "uki");
	rig_reference(&rig, &node, "uki");
	node.lost_power = true;
	attest(_i == 0 ? ATT_STANDING_PASS : ATT_STANDING_FAIL);
	ck_assert(found("clock-unsafe"));
	node.lost_power = false;
	attest(ATT_STANDING_PASS);
	ck_assert(!found("clock-unsafe"));
	teardown();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("policy");
	TCase *t = tcase_create("policy");

	tcase_add_test(t, by_default_a_log_must_explain_each_value);
	tcase_add_test(t, allow_incomplete_takes_the_value_and_no_other);
	tcase_add_test(t, allow_incomplete_proves_no_secure_boot);
	tcase_add_loop_test(t, systemds_words_without_its_log, 0, 2);
	tcase_add_test(t, pcrs_that_are_not_quoted_are_not_wanted);
	tcase_add_loop_test(t, a_clock_that_is_not_safe, 0, 2);
	suite_add_tcase(s, t);
	return run_suite(s);
}
