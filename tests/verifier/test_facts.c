/* What a node tells of itself: asked for once, kept once, believed never. */
#include "testlib.h"

#include <sqlite3.h>

#include "tests/verifier/one_node.h"

#define QUEUE "00112233445566778899aabbccddeeff"
#define OTHER "ffeeddccbbaa99887766554433221100"
#define FACTS "/operator/v1/nodes/n1/facts"

/* The node has facts `first` to `last`, and offers them. */
static void
tell(const char *queue, int64_t first, int64_t last)
{
	struct att_facts f = { .count = (size_t)(last - first + 1) };

	ck_assert(f.count <= ATT_FACTS_MAX);
	snprintf(f.queue, sizeof(f.queue), "%s", queue);
	for (size_t i = 0; i < f.count; i++)
		f.fact[i] = (struct att_fact){ .seq = first + (int64_t)i,
			.kind = "reboot", .count = 2, .first = 1795000000,
			.last = 1795000000 + first + (int64_t)i,
			.boot_id = "5a8f1c9e", .details = "{\"from\":\"x\"}" };
	att_buf_done(&node.facts);
	node.facts = ATT_BUF(ATT_FACTS_BYTES_MAX);
	ok(att_facts_encode(&f, &node.facts, err));
	node.offered = (struct att_offer_facts){ .first = first,
		.last = last };
	snprintf(node.offered.queue, sizeof(node.offered.queue), "%s", queue);
}

static bool
asks(const struct att_demand *d)
{
	for (size_t i = 0; i < d->count; i++)
		if (d->item[i] == ATT_ITEM_NODE_FACTS)
			return true;
	return false;
}

/* One attestation, in which facts are wanted from this one on; -1: none. */
static void
attest_from(int64_t from)
{
	AUTO_DONE(att_buf_done) struct att_buf body = ATT_BUF(1u << 20);
	AUTO_DONE(answer_done) struct answer a = { 0 };
	struct att_demand d;

	next_round();
	rig_session(&rig, &node);
	demand(&d);
	ck_assert(asks(&d) == (from >= 0));
	if (from >= 0)
		ck_assert_int_eq(d.facts_from, from);
	rig_evidence_body(&node, &d, &body);
	rig_submit(&rig, &node, &body, &a);
	ck_assert_msg(a.status == 202, "%u %s", a.status, a.text);
}

/* The rows that an operator sees; the caller's. */
static json_t *
kept(void)
{
	AUTO_DONE(answer_done) struct answer a = { 0 };

	rig_operator(&rig, "GET", FACTS, NULL, &a);
	ck_assert_msg(a.status == 200, "%u %s", a.status, a.text);
	return json_incref(json_object_get(a.json, "facts"));
}

static void
kept_is(size_t count)
{
	AUTO(att_json_decref) json_t *rows = kept();

	ck_assert_uint_eq(json_array_size(rows), count);
}

START_TEST(none_are_asked_for_where_there_are_none)
{
	attest_from(-1);
	stands(ATT_STANDING_PASS);
	kept_is(0);
}
END_TEST

START_TEST(each_is_kept_once)
{
	AUTO(att_json_decref) json_t *rows = NULL;
	const json_t *newest;
	int64_t taken = 0;

	tell(QUEUE, 1, 3);
	attest_from(0);
	stands(ATT_STANDING_PASS);
	kept_is(3);
	/* it did not hear that they arrived: the demand tells */
	attest_from(4);
	kept_is(3);
	/* a new one, and the old ones again all the same */
	tell(QUEUE, 2, 5);
	attest_from(4);
	kept_is(5);
	ok(att_store_fact_taken(rig.v->store, "n1", QUEUE, &taken, err));
	ck_assert_int_eq(taken, 5);
	rows = kept();
	newest = json_array_get(rows, 0);
	ck_assert_int_eq(json_integer_value(json_object_get(newest, "seq")),
	    5);
	ck_assert_int_eq(json_integer_value(json_object_get(newest,
	    "count")), 2);
	ck_assert_str_eq(json_string_value(json_object_get(newest, "kind")),
	    "reboot");
	ck_assert_str_eq(json_string_value(json_object_get(newest, "queue")),
	    QUEUE);
	ck_assert_str_eq(json_string_value(json_object_get(newest, "last")),
	    "2026-11-18T11:06:45Z");
	ck_assert_str_eq(json_string_value(json_object_get(newest,
	    "boot_id")), "5a8f1c9e");
	ck_assert_str_eq(json_string_value(json_object_get(
	    json_object_get(newest, "details"), "from")), "x");
	ck_assert(json_is_string(json_object_get(newest, "received")));
}
END_TEST

/* Another process, the same store. */
START_TEST(a_restart_forgets_nothing)
{
	tell(QUEUE, 1, 3);
	attest_from(0);
	rig_restart(&rig);
	attest_from(4);
	kept_is(3);
}
END_TEST

/* Numbers are of their queue; what was set back is told so. */
START_TEST(queues)
{
	tell(QUEUE, 1, 9);
	attest_from(0);
	tell(OTHER, 1, 2);
	attest_from(0);
	kept_is(11);
	/* an older copy of the first: the node will begin another one */
	tell(QUEUE, 4, 6);
	attest_from(10);
	kept_is(11);
}
END_TEST

/* A challenge that was not used up leaves them for the next one. */
START_TEST(evidence_that_never_came)
{
	struct att_demand d;

	tell(QUEUE, 1, 3);
	next_round();
	rig_session(&rig, &node);
	demand(&d);
	attest_from(0);
	kept_is(3);
}
END_TEST

/* Two demands for the same facts, both answered: once. */
START_TEST(an_appraisal_that_outlives_the_next_demand)
{
	AUTO_DONE(att_attestation_done) struct att_attestation old = {
		.challenge = ATT_BUF(64), .evidence = ATT_BUF(9),
		.received = RIG_NOW };
	struct att_quote_state clock = { .known = true };
	struct att_facts f = { 0 };

	tell(QUEUE, 1, 3);
	ok(att_facts_parse(att_buf_view(&node.facts), &f, err));
	att_buf_fill(&old.challenge, 7, 32);
	snprintf(old.node, sizeof(old.node), "n1");
	ok(att_store_attestation_add(rig.v->store, &old, err));
	ok(att_store_attestation_claim(rig.v->store, "n1", 0, RIG_NOW, err));
	rig.now += ATT_APPRAISAL_MAX;
	attest_from(0);
	kept_is(3);
	old.facts = &f;
	ok(att_store_attestation_finish(rig.v->store, &old, &clock, 4, err));
	kept_is(3);
}
END_TEST

/* -- what is not taken ---------------------------------------------------- */

START_TEST(no_weight_in_the_verdict)
{
	tell(QUEUE, 1, 1);
	att_buf_reset(&node.facts);
	att_buf_str(&node.facts, "{\"queue\":\"" QUEUE "\",\"facts\":[7]}");
	attest_from(0);
	stands(ATT_STANDING_PASS);
	kept_is(0);
	ck_assert(rig_noted(&rig, "n1", "facts-refused", "object"));
	/* of another queue than the one that was spoken of */
	tell(OTHER, 1, 1);
	snprintf(node.offered.queue, sizeof(node.offered.queue), QUEUE);
	attest_from(0);
	stands(ATT_STANDING_PASS);
	kept_is(0);
	ck_assert(rig_noted(&rig, "n1", "facts-refused", "another queue"));
	/* and from a node that does not pass */
	tell(QUEUE, 1, 1);
	softnode_boot(&node, "shim");
	attest_from(0);
	stands(ATT_STANDING_FAIL);
	kept_is(1);
}
END_TEST

START_TEST(a_quote_that_is_not_bound)
{
	tell(QUEUE, 1, 3);
	node.can_bind = false;
	attest_from(-1);
	kept_is(0);
}
END_TEST

/* Changed on the way: the quote covers other bytes. */
START_TEST(a_quote_that_does_not_hold)
{
	AUTO_DONE(att_buf_done) struct att_buf body = ATT_BUF(1u << 20);
	AUTO_DONE(answer_done) struct answer a = { 0 };
	AUTO_DONE(att_buf_done) struct att_buf forged = ATT_BUF(1u << 20);
	AUTO_DONE(softnode_keep_done) struct softnode_keep keep = { 0 };
	struct att_evidence e;
	struct att_demand d;

	tell(QUEUE, 1, 3);
	next_round();
	rig_session(&rig, &node);
	demand(&d);
	softnode_evidence(&node, &d, &keep, &e);
	att_buf_slice(&forged, att_buf_view(&node.facts));
	memcpy(memmem(forged.data, forged.len, "reboot", 6), "robbed", 6);
	e.item[ATT_ITEM_NODE_FACTS].bytes = att_buf_view(&forged);
	ok(att_submission_encode(&e, &d, &body, err));
	rig_submit(&rig, &node, &body, &a);
	ck_assert_msg(a.status == 202, "%u %s", a.status, a.text);
	stands(ATT_STANDING_FAIL);
	kept_is(0);
	attest_from(0);
	kept_is(3);
}
END_TEST

/* The node's word is its own, also where its quote is not good for more. */
START_TEST(a_reset_that_the_node_hides)
{
	tell(QUEUE, 1, 2);
	attest_from(0);
	node.reset_count += 2;
	tell(QUEUE, 3, 3);
	attest_from(3);
	stands(ATT_STANDING_FAIL);
	ck_assert(found("reboot-hidden"));
	kept_is(3);
}
END_TEST

/* -- the store ------------------------------------------------------------ */

static int
count(void *ctx, const struct att_store_fact *f)
{
	int64_t *n = ctx;

	/* newest first, and none twice */
	ck_assert(*n == 0 || f->fact.seq == *n - 1);
	*n = f->fact.seq;
	return 0;
}

START_TEST(bounded)
{
	int64_t at = 0, taken = 0;

	for (int64_t i = 0; i < 20; i++) {
		tell(QUEUE, 1 + 60 * i, 60 * (i + 1));
		attest_from(i == 0 ? 0 : 1 + 60 * i);
	}
	/* what went is not taken anew */
	tell(QUEUE, 1, 60);
	attest_from(1201);
	ok(att_store_fact_each(rig.v->store, "n1", 99999, count, &at, err));
	ck_assert_int_eq(at, 1200 - ATT_STORE_FACTS_MAX + 1);
	/* and of queues: the one that was not used longest is forgotten */
	for (int64_t i = 0; i < ATT_STORE_QUEUES_MAX; i++) {
		char queue[] = OTHER;

		ok(att_store_fact_taken(rig.v->store, "n1", QUEUE, &taken,
		    err));
		ck_assert_int_eq(taken, 1200);
		queue[0] = (char)("0123456789abcdef"[i]);
		tell(queue, 1, 1);
		attest_from(0);
	}
	ok(att_store_fact_taken(rig.v->store, "n1", QUEUE, &taken, err));
	ck_assert_int_eq(taken, 0);
	/* whose facts are there: no harm */
	tell(QUEUE, 1200, 1200);
	attest_from(0);
	stands(ATT_STANDING_PASS);
}
END_TEST

/* The queue that was used last stays, whatever the clock said of the others. */
START_TEST(queues_of_a_clock_that_was_set_back)
{
	int64_t taken = 0;

	for (int64_t i = 0; i < ATT_STORE_QUEUES_MAX; i++) {
		char queue[] = OTHER;

		queue[0] = (char)("0123456789abcdef"[i]);
		tell(queue, 1, 1);
		attest_from(0);
	}
	rig.now -= 2 * ATT_STORE_QUEUES_MAX * INTERVAL;
	tell(QUEUE, 1, 3);
	attest_from(0);
	ok(att_store_fact_taken(rig.v->store, "n1", QUEUE, &taken, err));
	ck_assert_int_eq(taken, 3);
	attest_from(4);
}
END_TEST

START_TEST(a_node_that_is_deleted)
{
	AUTO_DONE(answer_done) struct answer a = { 0 };
	AUTO_DONE(answer_done) struct answer b = { 0 };

	tell(QUEUE, 1, 3);
	attest_from(0);
	rig_operator(&rig, "DELETE", "/operator/v1/nodes/n1", NULL, &a);
	rig_operator(&rig, "GET", FACTS, NULL, &b);
	ck_assert_uint_eq(b.status, 404);
	rig_enrol(&rig, &node);
	rig_session(&rig, &node);
	kept_is(0);
	attest_from(0);
	kept_is(3);
}
END_TEST

/* A database of the version before. */
START_TEST(an_older_schema)
{
	AUTO(free) char *path = NULL;
	sqlite3 *db;

	attest_from(-1);
	ck_assert(asprintf(&path, "%s/db", rig.dir) > 0);
	att_verifier_free(rig.v);
	rig.v = NULL;
	ck_assert(sqlite3_open(path, &db) == SQLITE_OK);
	ck_assert(sqlite3_exec(db, "DROP TABLE fact; DROP TABLE fact_queue;"
	    "DROP TABLE log; DROP TABLE given; DROP TABLE device;"
	    "DROP TABLE firmware; ALTER TABLE node DROP COLUMN wait;"
	    "ALTER TABLE node DROP COLUMN interval; DROP TABLE shown;"
	    "PRAGMA user_version = 1", NULL, NULL, NULL) ==
	    SQLITE_OK);
	ck_assert(sqlite3_close(db) == SQLITE_OK);
	rig_restart(&rig);
	stands(ATT_STANDING_PASS);
	tell(QUEUE, 1, 3);
	attest_from(0);
	kept_is(3);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("facts");
	TCase *t = tcase_create("facts");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, none_are_asked_for_where_there_are_none);
	tcase_add_test(t, each_is_kept_once);
	tcase_add_test(t, a_restart_forgets_nothing);
	tcase_add_test(t, queues);
	tcase_add_test(t, evidence_that_never_came);
	tcase_add_test(t, an_appraisal_that_outlives_the_next_demand);
	tcase_add_test(t, no_weight_in_the_verdict);
	tcase_add_test(t, a_quote_that_is_not_bound);
	tcase_add_test(t, a_quote_that_does_not_hold);
	tcase_add_test(t, a_reset_that_the_node_hides);
	tcase_add_test(t, bounded);
	tcase_add_test(t, queues_of_a_clock_that_was_set_back);
	tcase_add_test(t, a_node_that_is_deleted);
	tcase_add_test(t, an_older_schema);
	suite_add_tcase(s, t);
	return run_suite(s);
}
