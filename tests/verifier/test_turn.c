/*
 * Attestation in its turn: one challenge and one piece of evidence, in time,
 * over reboots, crashes and a store in trouble, and many at once.
 */
#include "testlib.h"

#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>

#include "appraise/ear.h"
#include "base/file.h"
#include "tests/verifier/one_node.h"
#include "verifier/db.h"

/* -- turn and form -------------------------------------------------------- */

START_TEST(evidence_of_another_form_leaves_the_challenge)
{
	AUTO_DONE(att_buf_done) struct att_buf good = ATT_BUF(1u << 20);
	AUTO_DONE(answer_done) struct answer t = { 0 };
	AUTO(att_json_decref) json_t *j = NULL;
	struct att_demand d;
	json_t *list;

	demand(&d);
	rig_evidence_body(&node, &d, &good);
	for (int i = 0; i < 4; i++) {
		AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1u << 20);
		AUTO_DONE(answer_done) struct answer a = { 0 };

		json_decref(j);
		ok(att_json_parse(att_buf_view(&good), SIZE_MAX, &j, err));
		list = json_object_get(json_object_get(json_object_get(j,
		    "data"), "attributes"), "evidence_collected");
		switch (i) {
		case 0: /* one fewer */
			json_array_remove(list, 2);
			break;
		case 1: /* one more */
			json_array_append(list, json_array_get(list, 0));
			break;
		case 2: /* another order */
			json_array_append(list, json_array_get(list, 0));
			json_array_remove(list, 0);
			break;
		case 3: /* not base64 */
			json_object_set_new(json_object_get(json_array_get(
			    list, 0), "data"), "message", json_string("?"));
			break;
		}
		ok(att_json_write(j, &b, err));
		rig_submit(&rig, &node, &b, &a);
		ck_assert_msg(a.status == 422, "%d: %u", i, a.status);
		ck_assert(rig_noted(&rig, "n1", "evidence-refused",
		    "evidence_collected"));
	}
	stands(ATT_STANDING_PENDING);
	rig_submit(&rig, &node, &good, &t);
	ck_assert_uint_eq(t.status, 202);
	stands(ATT_STANDING_PASS);
}
END_TEST

START_TEST(evidence_counts_once)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1u << 20);
	AUTO_DONE(answer_done) struct answer first = { 0 };
	AUTO_DONE(answer_done) struct answer again = { 0 };
	AUTO_DONE(answer_done) struct answer none = { 0 };
	struct att_demand d;

	demand(&d);
	rig_evidence_body(&node, &d, &b);
	rig_submit(&rig, &node, &b, &first);
	rig_submit(&rig, &node, &b, &again);
	ck_assert_uint_eq(first.status, 202);
	ck_assert_uint_eq(again.status, 403);
	ck_assert_str_eq(answer_code(&again), "evidence_immutable");
	ck_assert(rig_noted(&rig, "n1", "evidence-refused", "already"));
	stands(ATT_STANDING_PASS);
	/* without any demand there is nothing to answer */
	rig_ask(&rig, "PATCH", "/v3.0/agents/n1/attestations/7",
	    ATT_TYPE_JSONAPI, node.token, "{}", &none);
	ck_assert_uint_eq(none.status, 404);
}
END_TEST

START_TEST(a_late_or_older_challenge_is_not_taken)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1u << 20);
	AUTO_DONE(answer_done) struct answer one = { 0 };
	AUTO_DONE(answer_done) struct answer two = { 0 };
	AUTO_DONE(answer_done) struct answer old = { 0 };
	AUTO_DONE(answer_done) struct answer late = { 0 };
	struct att_demand d;

	rig.config.token_lifetime = 1000;
	rig_session(&rig, &node);
	rig_offer(&rig, &node, &one);
	rig_offer(&rig, &node, &two);
	ck_assert_str_eq(one.location, "/v3.0/agents/n1/attestations/0");
	ck_assert_str_eq(two.location, "/v3.0/agents/n1/attestations/1");
	rig_demand(&node, &two, &d);
	rig_evidence_body(&node, &d, &b);
	rig_ask_from(&rig, "192.0.2.1", "PATCH", one.location,
	    ATT_TYPE_JSONAPI, node.token, att_buf_view(&b), &old);
	ck_assert_uint_eq(old.status, 403);
	ck_assert_str_eq(answer_code(&old), "old_attestation");
	rig.now += rig.config.challenge_lifetime;
	rig_submit(&rig, &node, &b, &late);
	ck_assert_uint_eq(late.status, 403);
	ck_assert_str_eq(answer_code(&late), "challenges_expired");
	stands(ATT_STANDING_PENDING);
}
END_TEST

START_TEST(an_index_is_a_number)
{
	static const char *const wrong[] = { "", "x", "-1", "0x0", "1e0", " 0",
		"00000000000000000000", "99999999999999999999", "latest2",
		"LATEST", "18446744073709551616" };
	struct att_demand d;
	char path[160];

	demand(&d);
	for (size_t i = 0; i < ATT_COUNT(wrong); i++) {
		AUTO_DONE(answer_done) struct answer a = { 0 };

		snprintf(path, sizeof(path), "/v3.0/agents/n1/attestations/%s",
		    wrong[i]);
		rig_ask(&rig, "PATCH", path, ATT_TYPE_JSONAPI, node.token,
		    "{}", &a);
		ck_assert_msg(a.status == 404, "%s: %u", wrong[i], a.status);
	}
}
END_TEST

START_TEST(too_early_is_told_when)
{
	AUTO_DONE(answer_done) struct answer a = { 0 };

	rig_attest(&rig, &node);
	rig.now += INTERVAL - 1;
	rig_offer(&rig, &node, &a);
	ck_assert_uint_eq(a.status, 429);
	ck_assert_str_eq(answer_code(&a), "premature_attestation");
	ck_assert_int_eq(a.retry_after, 1);
	rig.now++;
	node.clock += INTERVAL * 1000;
	rig_attest(&rig, &node);
	/* a clock that was set back locks nobody out */
	rig.now -= 1000;
	rig_session(&rig, &node);
	node.clock++;
	rig_attest(&rig, &node);
}
END_TEST

/* A token opens no flood: 60 a minute, of offers and of what is no evidence. */
START_TEST(attempts_that_come_to_nothing_are_few)
{
	AUTO_DONE(answer_done) struct answer a = { 0 };
	struct att_demand d;

	for (unsigned i = 0; i < 30; i++)
		demand(&d);
	for (unsigned i = 0; i < 30; i++) {
		AUTO_DONE(answer_done) struct answer t = { 0 };

		rig_ask(&rig, "PATCH", "/v3.0/agents/n1/attestations/latest",
		    ATT_TYPE_JSONAPI, node.token, "{}", &t);
		ck_assert_msg(t.status == 400 || t.status == 422, "%u",
		    t.status);
	}
	rig.now += 10;
	rig_offer(&rig, &node, &a);
	ck_assert_uint_eq(a.status, 429);
	ck_assert_str_eq(answer_code(&a), "premature_attestation");
	ck_assert_int_eq(a.retry_after, 50);
	answer_done(&a);
	rig_ask(&rig, "PATCH", "/v3.0/agents/n1/attestations/latest",
	    ATT_TYPE_JSONAPI, node.token, "{}", &a);
	ck_assert_uint_eq(a.status, 429);
	/* what was asked for is taken all the same */
	{
		AUTO_DONE(att_buf_done) struct att_buf good =
		    ATT_BUF(1u << 20);
		AUTO_DONE(answer_done) struct answer t = { 0 };

		rig_evidence_body(&node, &d, &good);
		rig_submit(&rig, &node, &good, &t);
		ck_assert_uint_eq(t.status, 202);
	}
	stands(ATT_STANDING_PASS);
	/* and so is what comes in its time */
	for (unsigned i = 0; i < 100; i++) {
		next_round();
		rig_attest(&rig, &node);
	}
}
END_TEST

START_TEST(a_pass_extends_the_token_and_a_failure_does_not)
{
	AUTO_DONE(answer_done) struct answer a = { 0 };
	int64_t life = rig.config.token_lifetime;

	for (int i = 0; i < 5; i++) {
		rig_attest(&rig, &node);
		rig.now += life - 1;
		node.clock += (uint64_t)life * 1000;
	}
	stands(ATT_STANDING_PASS);
	node.pcrs.bank[0].value[0][0] ^= 1;
	node.pcrs.bank[1].value[0][0] ^= 1;
	rig_attest(&rig, &node);
	stands(ATT_STANDING_FAIL);
	rig.now++;
	rig_offer(&rig, &node, &a);
	ck_assert_uint_eq(a.status, 401);
}
END_TEST

START_TEST(silence_is_a_state)
{
	rig_attest(&rig, &node);
	rig.now += 5 * INTERVAL;
	rig_session(&rig, &node);
	stands(ATT_STANDING_PASS);
	rig.now++;
	stands(ATT_STANDING_TIMEOUT);
	state_is("stale");
	node.clock += 1000000;
	rig_attest(&rig, &node);
	stands(ATT_STANDING_PASS);
}
END_TEST

/* When the newest result ends; it must be a pass. */
static int64_t
good_until(void)
{
	AUTO_DONE(answer_done) struct answer jwt = { 0 }, keys = { 0 };
	AUTO(att_json_decref) json_t *set = NULL, *claims = NULL;
	struct att_ear ear;

	rig_operator(&rig, "GET", "/operator/v1/nodes/n1/result", NULL, &jwt);
	rig_ask(&rig, "GET", "/.well-known/jwks.json", NULL, NULL, NULL,
	    &keys);
	ok(att_jws_set_parse(S(keys.text), &set, err));
	ok(att_jws_verify(S(jwt.text), set, ATT_EAR_TYPE, &claims, err));
	ok(att_ear_parse(claims, rig.now, &ear, err));
	ck_assert_int_eq(ear.status, ATT_TIER_AFFIRMING);
	return ear.expires;
}

/* Time goes on; the token may end, and no pass does. */
static void
pass_time(int64_t seconds)
{
	rig.now += seconds;
	node.clock += (uint64_t)seconds * 1000;
	ck_assert_int_gt(good_until(), rig.now);
	rig_session(&rig, &node);
}

static void
is_told(int64_t period)
{
	AUTO_DONE(att_agent_status_done) struct att_agent_status s = { 0 };
	AUTO_DONE(answer_done) struct answer a = { 0 };

	rig_ask(&rig, "GET", "/v2.6/agents/n1", NULL, node.token, NULL, &a);
	ok(att_agent_status_parse(S(a.text), &s, err));
	ck_assert_int_eq(s.period, period);
	ck_assert_int_eq(s.period_max, 5 * period);
}

#define LONGER (100 * INTERVAL)

/* What a node was told holds over a restart with another interval. */
START_TEST(a_longer_interval_begins_when_it_was_told)
{
	rig_attest(&rig, &node);
	rig.config.quote_interval = LONGER;
	rig_restart(&rig);
	rig_session(&rig, &node);
	is_told(INTERVAL);
	pass_time(INTERVAL);
	rig_attest(&rig, &node);
	is_told(LONGER);
	pass_time(LONGER + LONGER / 10);
	stands(ATT_STANDING_PASS);
	rig_attest(&rig, &node);
	stands(ATT_STANDING_PASS);
}
END_TEST

START_TEST(a_shorter_interval_makes_nobody_late)
{
	AUTO_DONE(answer_done) struct answer a = { 0 };

	rig.config.quote_interval = LONGER;
	rig_attest(&rig, &node);
	rig.config.quote_interval = INTERVAL;
	rig_restart(&rig);
	/* it does not know yet, and may come all the same */
	rig.now += INTERVAL - 1;
	rig_session(&rig, &node);
	rig_offer(&rig, &node, &a);
	ck_assert_uint_eq(a.status, 429);
	ck_assert_int_eq(a.retry_after, 1);
	answer_done(&a);
	rig.now++;
	rig_offer(&rig, &node, &a);
	ck_assert_uint_eq(a.status, 201);
	pass_time(LONGER);
	stands(ATT_STANDING_PASS);
	is_told(LONGER);
	rig_attest(&rig, &node);
	is_told(INTERVAL);
	rig.now += 5 * INTERVAL + 1;
	rig_session(&rig, &node);
	stands(ATT_STANDING_TIMEOUT);
}
END_TEST

START_TEST(malformed_input_is_answered_by_4xx)
{
	static const char *const bodies[] = { "", "{", "[]", "{}", "\xff",
		"{\"data\": {\"type\": \"attestation\"}}",
		"{\"data\": {\"type\": \"attestation\", \"attributes\": {}}}",
		"{\"data\": {\"type\": \"attestation\", \"attributes\": "
		"{\"evidence_supported\": 1}}}",
		"{\"data\": {\"type\": \"attestation\", \"attributes\": "
		"{\"evidence_collected\": [1, 2, 3]}}}",
		"{\"data\": {\"type\": \"attestation\", \"attributes\": "
		"{\"evidence_supported\": [{\"evidence_class\": "
		"\"certification\", \"evidence_type\": \"tpm_quote\"}]}}}" };
	static const char *const lines[][2] = {
		{ "POST", "/v3.0/agents/n1/attestations" },
		{ "PATCH", "/v3.0/agents/n1/attestations/latest" } };
	struct att_demand d;

	demand(&d);
	for (size_t m = 0; m < ATT_COUNT(lines); m++)
		for (size_t i = 0; i < ATT_COUNT(bodies); i++) {
			AUTO_DONE(answer_done) struct answer a = { 0 };

			rig_ask(&rig, lines[m][0], lines[m][1],
			    ATT_TYPE_JSONAPI, node.token, bodies[i], &a);
			ck_assert_msg(a.status == 400 || a.status == 422,
			    "%s %s: %u", lines[m][0], bodies[i], a.status);
		}
}
END_TEST

START_TEST(every_cut_of_a_submission_is_survived)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1u << 20);
	AUTO_DONE(answer_done) struct answer t = { 0 };
	struct att_demand d;

	rig.config.attempts_per_minute = 1000000;
	rig_restart(&rig);
	demand(&d);
	rig_evidence_body(&node, &d, &b);
	/* the logs are most of it: every byte outside, some within */
	for (size_t i = 0; i < b.len; i += i < 1500 || b.len - i < 99 ? 1 :
									97) {
		AUTO_DONE(answer_done) struct answer a = { 0 };
		struct att_buf cut = b;

		cut.len = i;
		rig_submit(&rig, &node, &cut, &a);
		ck_assert_msg(a.status == 400, "%zu: %u", i, a.status);
	}
	rig_submit(&rig, &node, &b, &t);
	ck_assert_uint_eq(t.status, 202);
	stands(ATT_STANDING_PASS);
}
END_TEST

/* The store's trouble is told as that, however often it is met. */
START_TEST(our_trouble_is_no_attempt)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1u << 20);
	AUTO(free) char *path = att_path_join(rig.dir, "db");
	struct att_demand d;
	sqlite3 *db;

	rig.config.attempts_per_minute = 1;
	demand(&d);
	rig_evidence_body(&node, &d, &b);
	att_verifier_free(rig.v);
	rig.v = NULL;
	ck_assert(sqlite3_open(path, &db) == SQLITE_OK);
	ck_assert(sqlite3_exec(db, "UPDATE attestation SET demand = x'7b'",
	    NULL, NULL, NULL) == SQLITE_OK);
	ck_assert(sqlite3_close(db) == SQLITE_OK);
	rig_restart(&rig);
	for (int i = 0; i < 3; i++) {
		AUTO_DONE(answer_done) struct answer a = { 0 };

		rig_submit(&rig, &node, &b, &a);
		ck_assert_msg(a.status == 500, "%d: %u", i, a.status);
	}
}
END_TEST

START_TEST(a_forgotten_node_is_nobody)
{
	AUTO_DONE(answer_done) struct answer gone = { 0 };
	AUTO_DONE(answer_done) struct answer a = { 0 };

	rig_attest(&rig, &node);
	rig_operator(&rig, "DELETE", "/operator/v1/nodes/n1", NULL, &gone);
	ck_assert_uint_eq(gone.status, 200);
	rig_offer(&rig, &node, &a);
	ck_assert_uint_eq(a.status, 401);
	ck_assert(rig_noted(&rig, "n1", "operator-deleted", ""));
	/* it begins anew, as a new node */
	rig_enrol(&rig, &node);
	rig_session(&rig, &node);
	stands(ATT_STANDING_PENDING);
}
END_TEST

/* -- boots ---------------------------------------------------------------- */

static void
new_boot(const char *id)
{
	snprintf(node.boot_id, sizeof(node.boot_id), "%s", id);
	node.reset_count++;
	node.restart_count = 0;
	/* systemd's log is of the boot that was captured */
	att_buf_done(&node.user);
}

START_TEST(reboots_are_told_from_rewinds)
{
	softnode_boot(&node, "shim");
	rig_reference(&rig, &node, "shim");
	rig_attest(&rig, &node);
	stands(ATT_STANDING_PASS);
	next_round();
	new_boot("11111111-1111-1111-1111-111111111111");
	rig_attest(&rig, &node);
	stands(ATT_STANDING_PASS);
	ck_assert(found("rebooted"));
	next_round();
	node.reset_count--;
	rig_attest(&rig, &node);
	stands(ATT_STANDING_FAIL);
	ck_assert(found("reset-rewound"));
	/* what failed is not what the next one is held against */
	next_round();
	node.reset_count++;
	rig_attest(&rig, &node);
	stands(ATT_STANDING_PASS);
	next_round();
	node.clock -= 2 * INTERVAL * 1000;
	rig_attest(&rig, &node);
	stands(ATT_STANDING_FAIL);
	ck_assert(found("clock-rewound"));
}
END_TEST

START_TEST(a_reset_under_a_running_system_is_seen)
{
	rig_attest(&rig, &node);
	next_round();
	node.reset_count++;
	if (_i == 1) {
		/* an agent that has no boot id: the time stands in for it */
		node.reset_count--;
		node.boot_id[0] = '\0';
		rig_attest(&rig, &node);
		stands(ATT_STANDING_PASS);
		next_round();
		node.reset_count++;
	}
	rig_attest(&rig, &node);
	stands(ATT_STANDING_FAIL);
	ck_assert(found("reboot-hidden"));
}
END_TEST

START_TEST(boots_are_listed)
{
	AUTO_DONE(answer_done) struct answer a = { 0 };
	const json_t *boots;

	softnode_boot(&node, "shim");
	rig_reference(&rig, &node, "shim");
	rig_attest(&rig, &node);
	next_round();
	new_boot("22222222-2222-2222-2222-222222222222");
	rig_attest(&rig, &node);
	rig_operator(&rig, "GET", "/operator/v1/nodes/n1", NULL, &a);
	boots = json_object_get(a.json, "boots");
	ck_assert_uint_eq(json_array_size(boots), 2);
	ck_assert_str_eq(json_string_value(json_object_get(
	    json_array_get(boots, 0), "boot_id")), node.boot_id);
	ck_assert_int_eq(json_integer_value(json_object_get(
	    json_array_get(boots, 0), "reset_count")), node.reset_count);
}
END_TEST

/* -- crashes and trouble -------------------------------------------------- */

/* Claimed, and then the process is gone. */
static void
crash_in_appraisal(void)
{
	struct att_demand d;

	demand(&d);
	ok(att_store_attestation_claim(rig.v->store, "n1", 1, rig.now, err));
	rig_restart(&rig);
}

/* K6 (CVE-2022-3500): what broke leaves the old "good". */
START_TEST(K6_a_crash_leaves_undecided)
{
	AUTO_DONE(answer_done) struct answer at_once = { 0 };
	AUTO_DONE(answer_done) struct answer later = { 0 };
	AUTO_DONE(answer_done) struct answer busy = { 0 };

	rig_attest(&rig, &node);
	stands(ATT_STANDING_PASS);
	next_round();
	crash_in_appraisal();
	stands(ATT_STANDING_PENDING);
	state_is("undecided");
	rig_operator(&rig, "GET", "/operator/v1/nodes/n1/result", NULL,
	    &at_once);
	ck_assert_uint_eq(at_once.status, 503);
	ck_assert_int_eq(at_once.retry_after, 1);
	rig_offer(&rig, &node, &busy);
	ck_assert_uint_eq(busy.status, 503);
	ck_assert_str_eq(answer_code(&busy), "verification_in_progress");
	rig.now += ATT_APPRAISAL_MAX;
	rig_operator(&rig, "GET", "/operator/v1/nodes/n1/result", NULL,
	    &later);
	ck_assert_uint_eq(later.status, 404);
	stands(ATT_STANDING_PENDING);
	next_round();
	rig_attest(&rig, &node);
	stands(ATT_STANDING_PASS);
}
END_TEST

START_TEST(K6_evidence_of_a_crash_cannot_be_tried_again)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1u << 20);
	AUTO_DONE(answer_done) struct answer a = { 0 };
	struct att_demand d;

	demand(&d);
	rig_evidence_body(&node, &d, &b);
	ok(att_store_attestation_claim(rig.v->store, "n1", 0, rig.now, err));
	rig_restart(&rig);
	rig_submit(&rig, &node, &b, &a);
	ck_assert_uint_eq(a.status, 403);
	ck_assert_str_eq(answer_code(&a), "evidence_immutable");
	stands(ATT_STANDING_PENDING);
}
END_TEST

static void
run_sql(const char *sql)
{
	AUTO_DONE(att_db_unlock)
	struct att_store *held = att_db_lock(rig.v->store);
	AUTO(att_db_reset) sqlite3_stmt *st = NULL;
	struct att_err err = { 0 };

	st = att_db_stmt(held, sql, &err);
	ck_assert_msg(st != NULL && att_db_run(st, &err) == 0, "%s",
	    err.text);
}

START_TEST(a_store_that_takes_no_writes_is_no_pass)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1u << 20);
	AUTO_DONE(answer_done) struct answer a = { 0 };
	AUTO_DONE(answer_done) struct answer again = { 0 };
	struct att_demand d;

	demand(&d);
	rig_evidence_body(&node, &d, &b);
	run_sql("PRAGMA query_only = ON");
	rig_submit(&rig, &node, &b, &a);
	ck_assert_uint_eq(a.status, 500);
	ck_assert(strstr(a.text, "readonly") == NULL);
	stands(ATT_STANDING_PENDING);
	/* the claim was not taken either, so the evidence is still good */
	run_sql("PRAGMA query_only = OFF");
	rig_submit(&rig, &node, &b, &again);
	ck_assert_uint_eq(again.status, 202);
	stands(ATT_STANDING_PASS);
}
END_TEST

/* Appraised, and then the verdict cannot be written. */
START_TEST(a_verdict_that_cannot_be_stored_is_none)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1u << 20);
	AUTO_DONE(answer_done) struct answer a = { 0 };
	struct att_demand d;

	rig_attest(&rig, &node);
	stands(ATT_STANDING_PASS);
	next_round();
	demand(&d);
	rig_evidence_body(&node, &d, &b);
	run_sql("CREATE TRIGGER broken BEFORE UPDATE OF verdict ON attestation"
		" BEGIN SELECT raise(ABORT, 'no'); END");
	rig_submit(&rig, &node, &b, &a);
	ck_assert_uint_eq(a.status, 500);
	stands(ATT_STANDING_PENDING);
	ck_assert(rig_noted(&rig, "n1", "appraisal-broken", "no"));
}
END_TEST

START_TEST(a_full_disk_is_no_pass)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1u << 20);
	AUTO_DONE(answer_done) struct answer a = { 0 };
	AUTO_DONE(answer_done) struct answer again = { 0 };
	struct rlimit old, none = { 0 };
	struct att_demand d;

	demand(&d);
	rig_evidence_body(&node, &d, &b);
	ck_assert(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	ck_assert(getrlimit(RLIMIT_FSIZE, &old) == 0);
	none.rlim_max = old.rlim_max;
	none.rlim_cur = 4096;
	ck_assert(setrlimit(RLIMIT_FSIZE, &none) == 0);
	rig_submit(&rig, &node, &b, &a);
	ck_assert(setrlimit(RLIMIT_FSIZE, &old) == 0);
	ck_assert_uint_eq(a.status, 500);
	stands(ATT_STANDING_PENDING);
	rig_submit(&rig, &node, &b, &again);
	ck_assert_uint_eq(again.status, 202);
	stands(ATT_STANDING_PASS);
}
END_TEST

/* -- at once -------------------------------------------------------------- */

struct racer {
	const struct att_buf *body;
	unsigned status;
};

static void *
submit_once(void *arg)
{
	AUTO_DONE(answer_done) struct answer a = { 0 };
	struct racer *r = arg;

	rig_submit(&rig, &node, r->body, &a);
	r->status = a.status;
	return NULL;
}

START_TEST(two_at_once_are_appraised_once)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1u << 20);
	struct racer racer[4];
	pthread_t thread[ATT_COUNT(racer)];
	int taken = 0;
	struct att_demand d;

	demand(&d);
	rig_evidence_body(&node, &d, &b);
	for (size_t i = 0; i < ATT_COUNT(racer); i++) {
		racer[i].body = &b;
		ck_assert(pthread_create(&thread[i], NULL, submit_once,
			      &racer[i]) == 0);
	}
	for (size_t i = 0; i < ATT_COUNT(racer); i++) {
		ck_assert(pthread_join(thread[i], NULL) == 0);
		ck_assert(racer[i].status == 202 || racer[i].status == 403);
		taken += racer[i].status == 202;
	}
	ck_assert_int_eq(taken, 1);
	stands(ATT_STANDING_PASS);
}
END_TEST

#define CROWD 8
#define ROUNDS 12

static void *
attest_often(void *arg)
{
	struct softnode *n = arg;

	for (int i = 0; i < ROUNDS; i++) {
		rig_session(&rig, n);
		n->clock++;
		rig_attest(&rig, n);
		ck_assert_int_eq(rig_standing(&rig, n), ATT_STANDING_PASS);
	}
	return NULL;
}

START_TEST(a_crowd_attests_at_once)
{
	pthread_t thread[CROWD];
	struct softnode n[CROWD];
	char id[16];

	rig.config.quote_interval = 0;
	for (size_t i = 0; i < CROWD; i++) {
		snprintf(id, sizeof(id), "crowd-%zu", i);
		softnode_make(&n[i], id, SOFTNODE_P256, &rig.ca);
		softnode_boot(&n[i], "uki");
		rig_enrol(&rig, &n[i]);
	}
	for (size_t i = 0; i < CROWD; i++)
		ck_assert(pthread_create(&thread[i], NULL, attest_often,
			      &n[i]) == 0);
	/* while reference values change under them */
	for (int i = 0; i < ROUNDS; i++)
		rig_reference(&rig, &node, i % 2 == 0 ? "uki" : "twin");
	for (size_t i = 0; i < CROWD; i++) {
		ck_assert(pthread_join(thread[i], NULL) == 0);
		softnode_done(&n[i]);
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("turn");
	TCase *t = tcase_create("turn");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, evidence_of_another_form_leaves_the_challenge);
	tcase_add_test(t, evidence_counts_once);
	tcase_add_test(t, a_late_or_older_challenge_is_not_taken);
	tcase_add_test(t, an_index_is_a_number);
	tcase_add_test(t, too_early_is_told_when);
	tcase_add_test(t, attempts_that_come_to_nothing_are_few);
	tcase_add_test(t, a_pass_extends_the_token_and_a_failure_does_not);
	tcase_add_test(t, silence_is_a_state);
	tcase_add_test(t, a_longer_interval_begins_when_it_was_told);
	tcase_add_test(t, a_shorter_interval_makes_nobody_late);
	tcase_add_test(t, malformed_input_is_answered_by_4xx);
	tcase_add_test(t, every_cut_of_a_submission_is_survived);
	tcase_add_test(t, our_trouble_is_no_attempt);
	tcase_add_test(t, a_forgotten_node_is_nobody);
	tcase_add_test(t, reboots_are_told_from_rewinds);
	tcase_add_loop_test(t, a_reset_under_a_running_system_is_seen, 0, 2);
	tcase_add_test(t, boots_are_listed);
	tcase_add_test(t, K6_a_crash_leaves_undecided);
	tcase_add_test(t, K6_evidence_of_a_crash_cannot_be_tried_again);
	tcase_add_test(t, a_store_that_takes_no_writes_is_no_pass);
	tcase_add_test(t, a_verdict_that_cannot_be_stored_is_none);
	tcase_add_test(t, a_full_disk_is_no_pass);
	tcase_add_test(t, two_at_once_are_appraised_once);
	tcase_add_test(t, a_crowd_attests_at_once);
	suite_add_tcase(s, t);
	return run_suite(s);
}
