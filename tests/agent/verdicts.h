/* Verdict files as attestd leaves them, and as nobody should: for the gate. */
#ifndef ATT_TESTS_AGENT_VERDICTS_H
#define ATT_TESTS_AGENT_VERDICTS_H

#include <time.h>

#include "tests/agent/agent.h"

#include "appraise/ear.h"
#include "base/steady.h"
#include "crypto/jws.h"

#define BOOT_ID "5a8f1c9e-0b7d-4c13-9a55-6b0f2f0c7d11"
#define NODE_ID "node-7"

/* Times in seconds from now. */
struct verdict {
	const char *status, *boot, *reason, *result;
	int64_t expires, expires_up, next, age;
};

static inline ATT_UNUSED struct verdict
verdict_good(void)
{
	return (struct verdict){ .status = "pass", .boot = BOOT_ID,
		.reason = "", .expires = 100, .expires_up = 100, .next = 60 };
}

static inline ATT_UNUSED void
verdict_put(const struct verdict *v)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);
	AUTO(att_json_decref) json_t *j = NULL;
	int64_t now = (int64_t)time(NULL);
	int64_t up = (int64_t)(att_steady_now() / 1000);
	AUTO(att_json_decref) json_t *at = att_json_time_of(now - v->age);

	j = json_pack("{s:s,s:s,s:s,s:o,s:I,s:s,s:s,s:O,s:s,s:s?,s:n,s:{s:s,"
		      "s:s,s:s,s:O,s:o,s:i}}",
	    "format", "attestd-verdict/1", "status", v->status, "boot_id",
	    v->boot, "expires_at", att_json_time_of(now + v->expires),
	    "expires_uptime", (json_int_t)(up + v->expires_up), "agent_id",
	    NODE_ID, "reason", v->reason, "at", at, "verifier",
	    "https://v:8881", "result", v->result, "verdict", "attempt",
	    "outcome", "accepted", "reason", "", "advice", "", "at", at,
	    "next_at", att_json_time_of(now + v->next), "failures", 0);
	ck_assert_ptr_nonnull(j);
	ok(att_json_write_pretty(j, &b, err));
	node_put("run/verdict.json", att_buf_view(&b));
}

/* What a result says; the signature is of `key`. Times as above. */
struct result {
	const struct att_jws_key *key;
	const char *node, *tier, *boot;
	int64_t issued, expires;
	uint32_t resets, restarts;
	const char *clock;	/* NULL: nothing about the TPM */
};

static inline ATT_UNUSED struct result
result_good(const struct att_jws_key *key)
{
	return (struct result){ .key = key, .node = NODE_ID,
		.tier = "affirming", .boot = BOOT_ID, .expires = 100,
		.resets = 12, .restarts = 1, .clock = "1000000" };
}

/* The JWT, the caller's. */
static inline ATT_UNUSED char *
result_make(const struct result *r)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 20);
	AUTO(att_json_decref) json_t *j = NULL;
	json_t *tpm = NULL;
	int64_t now = (int64_t)time(NULL);

	if (r->clock != NULL)
		tpm = json_pack("{s:s,s:s,s:I,s:I}", "firmware_version",
		    "0000000000000000", "clock", r->clock, "reset_count",
		    (json_int_t)r->resets, "restart_count",
		    (json_int_t)r->restarts);
	j = json_pack("{s:s,s:I,s:I,s:s,s:s*,s:{s:s,s:s},s:s,s:s,s:{s:{s:s,"
		      "s:{},s:{s:s,s:[],s:[],s:[],s:[],s:n,s:o*}}}}",
	    "eat_profile", ATT_EAR_PROFILE, "iat",
	    (json_int_t)(now + r->issued), "exp",
	    (json_int_t)(now + r->expires), "sub", r->node,
	    "attestd_boot_id", r->boot, "ear_verifier_id",
	    "developer", "attestd", "build", "test", "eat_nonce", "AAAA",
	    "ear_status", r->tier, "submods", "boot", "ear_status", r->tier,
	    "ear_trustworthiness_vector", "attestd_verdict", "status", "pass",
	    "evaluated", "held", "findings", "pcrs", "reference", "tpm", tpm);
	ck_assert_ptr_nonnull(j);
	ok(att_jws_sign(r->key, ATT_EAR_TYPE, j, &b, err));
	return att_buf_take_str(&b);
}

/* The key set of this key, as a file of the node. */
static inline ATT_UNUSED void
keys_put(const char *name, const struct att_jws_key *key)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1 << 16);
	AUTO(att_json_decref) json_t *set = NULL;

	ok(att_jws_set_make(&key, 1, &set, err));
	ok(att_json_write(set, &b, err));
	node_write(name, att_buf_view(&b));
}

/* A case of these tests, ended by NULL, each between `from` and `to`. */
static inline ATT_UNUSED void
case_add(Suite *s, const char *name, void (*from)(void), void (*to)(void),
    const TTest *const *tests)
{
	TCase *t = tcase_create(name);

	tcase_add_checked_fixture(t, from, to);
	for (; *tests != NULL; tests++)
		tcase_add_test(t, *tests);
	suite_add_tcase(s, t);
}

#endif
