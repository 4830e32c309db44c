/* The posture of a node at the verifier: what is asked for, and what fails. */
#include "testlib.h"

#include "evidence/posture.h"
#include "tests/verifier/one_node.h"

#define RULES "/operator/v1/references/rules"
#define RULE(match)                                                          \
	"{\"format\":\"attestd-posture-rules/1\",\"id\":\"rules\","          \
	"\"version\":1,\"match\":" match ",\"rules\":"                       \
	"{\"kernel.lockdown\":\"integrity\"}}"

static void
put_rules(const char *text)
{
	AUTO_DONE(answer_done) struct answer a = { 0 };

	rig_operator(&rig, "PUT", RULES, text, &a);
	ck_assert_msg(a.status == 200, "%s", a.text);
}

static void
put_posture(const char *lockdown)
{
	AUTO(att_posture_free) struct att_posture *p = NULL;

	ok(att_posture_new(&p, err));
	ok(att_posture_add(p, "kernel.lockdown", ATT_POSTURE_SECURITYFS,
	    json_string(lockdown), err));
	att_buf_reset(&node.posture);
	ok(att_posture_encode(p, &node.posture, err));
}

static void
begin(void)
{
	setup();
	node.posture = ATT_BUF(1u << 16);
	node.has_digests = true;
	put_posture("integrity");
}

static void
attest(struct att_demand *d)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1u << 24);
	AUTO_DONE(answer_done) struct answer a = { 0 };

	next_round();
	rig_session(&rig, &node);
	demand(d);
	rig_evidence_body(&node, d, &b);
	rig_submit(&rig, &node, &b, &a);
	ck_assert_msg(a.status == 202, "%u %s", a.status, a.text);
}

static bool
asks(const struct att_demand *d)
{
	for (size_t i = 0; i < d->count; i++)
		if (d->item[i] == ATT_ITEM_PLATFORM_POSTURE)
			return true;
	return false;
}

START_TEST(it_is_asked_for_and_held)
{
	struct att_demand d;

	attest(&d);
	ck_assert(d.bound && asks(&d));
	ck_assert_uint_eq(d.held[ATT_ITEM_PLATFORM_POSTURE].alg, 0);
	stands(ATT_STANDING_PASS);
	attest(&d);
	ck_assert_uint_eq(d.held[ATT_ITEM_PLATFORM_POSTURE].alg,
	    ATT_ALG_SHA256);
	stands(ATT_STANDING_PASS);
	put_rules(RULE("{}"));
	attest(&d);
	stands(ATT_STANDING_PASS);
}
END_TEST

START_TEST(a_rule_that_is_broken)
{
	struct att_demand d;

	put_rules(RULE("{}"));
	put_posture("none");
	attest(&d);
	stands(ATT_STANDING_FAIL);
	ck_assert(found("posture-rule"));
	put_posture("integrity");
	attest(&d);
	stands(ATT_STANDING_PASS);
	/* a rule for others breaks nothing */
	put_rules(RULE("{\"vendor\":[\"Other\"]}"));
	put_posture("none");
	attest(&d);
	stands(ATT_STANDING_PASS);
	ck_assert(found("posture-no-lockdown"));
}
END_TEST

START_TEST(rules_want_a_posture)
{
	struct att_demand d;

	put_rules(RULE("{}"));
	att_buf_reset(&node.posture);
	attest(&d);
	ck_assert(!asks(&d));
	stands(ATT_STANDING_FAIL);
	ck_assert(found("posture-not-reported"));
	put_posture("integrity");
	node.can_bind = false;
	attest(&d);
	ck_assert(!asks(&d));
	stands(ATT_STANDING_FAIL);
	ck_assert(found("posture-not-reported"));
}
END_TEST

START_TEST(what_is_none)
{
	struct att_demand d;

	att_buf_reset(&node.posture);
	att_buf_str(&node.posture, "{}");
	attest(&d);
	stands(ATT_STANDING_FAIL);
	ck_assert(found("posture-malformed"));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("posture of a node");
	TCase *t = tcase_create("posture");

	tcase_add_checked_fixture(t, begin, teardown);
	tcase_add_test(t, it_is_asked_for_and_held);
	tcase_add_test(t, a_rule_that_is_broken);
	tcase_add_test(t, rules_want_a_posture);
	tcase_add_test(t, what_is_none);
	suite_add_tcase(s, t);
	return run_suite(s);
}
