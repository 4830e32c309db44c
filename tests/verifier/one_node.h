/*
 * For a test program: a rig with one node, "n1", that is enrolled, has a
 * session, and whose boot is what the reference values expect.
 */
#ifndef ATT_TESTS_VERIFIER_ONE_NODE_H
#define ATT_TESTS_VERIFIER_ONE_NODE_H

#include "testlib.h"

#include "tests/verifier/rig.h"

#define INTERVAL 60	/* seconds: the default of quote_interval */

static struct rig rig;
static struct softnode node;

static inline ATT_UNUSED void
setup(void)
{
	rig_start(&rig, "");
	softnode_make(&node, "n1", SOFTNODE_P256, &rig.ca);
	softnode_boot(&node, "uki");
	rig_enrol(&rig, &node);
	rig_session(&rig, &node);
	rig_reference(&rig, &node, "uki");
}

static inline ATT_UNUSED void
teardown(void)
{
	softnode_done(&node);
	rig_stop(&rig);
}

/* Time goes on, for the verifier and in the TPM. */
static inline ATT_UNUSED void
next_round(void)
{
	rig.now += INTERVAL;
	node.clock += INTERVAL * 1000;
}

static inline ATT_UNUSED void
stands(enum att_standing want)
{
	AUTO_DONE(answer_done) struct answer a = { 0 };
	enum att_standing is = rig_standing(&rig, &node);

	if (is == want)
		return;
	rig_operator(&rig, "GET", "/operator/v1/nodes/n1", NULL, &a);
	ck_abort_msg("%s, wanted %s: %.3000s", att_standing_name(is),
	    att_standing_name(want), a.text);
}

/* True if the newest appraisal has a finding with this code. */
static inline ATT_UNUSED bool
found(const char *code)
{
	AUTO_DONE(att_agent_status_done) struct att_agent_status s = { 0 };
	AUTO_DONE(answer_done) struct answer a = { 0 };
	json_t *f;
	size_t i;

	rig_ask(&rig, "GET", "/v2.6/agents/n1", NULL, node.token, NULL, &a);
	ok(att_agent_status_parse(S(a.text), &s, err));
	json_array_foreach (s.findings, i, f)
		if (strcmp(json_string_value(json_object_get(f, "code")),
			code) == 0)
			return true;
	return false;
}

/* A word of the operator's view of the node. */
static inline ATT_UNUSED void
state_is(const char *want)
{
	AUTO_DONE(answer_done) struct answer a = { 0 };

	rig_operator(&rig, "GET", "/operator/v1/nodes/n1", NULL, &a);
	ck_assert_str_eq(json_string_value(json_object_get(a.json, "state")),
	    want);
}

/* An attestation up to the demand. */
static inline ATT_UNUSED void
demand(struct att_demand *ret)
{
	AUTO_DONE(answer_done) struct answer a = { 0 };

	rig_offer(&rig, &node, &a);
	rig_demand(&node, &a, ret);
}

#endif
