/* Logs by digest: what travels once, what again, and what is no pass. */
#include "testlib.h"

#include <pthread.h>

#include "base/encoding.h"
#include "tests/verifier/one_node.h"
#include "verifier/db.h"

#define BY_DIGEST 8192	/* bytes: evidence without a log is smaller */
#define MANY ((size_t)4)

/* -- the store underneath ------------------------------------------------- */

/* Runs one statement; its number, or 0. */
static int64_t
sql(const char *text)
{
	AUTO_DONE(att_db_unlock)
	struct att_store *held = att_db_lock(rig.v->store);
	AUTO(att_db_reset) sqlite3_stmt *st = NULL;
	struct att_err err = { 0 };
	int64_t n = 0;
	int r;

	st = att_db_stmt(held, text, &err);
	ck_assert_msg(st != NULL, "%s", err.text);
	while ((r = att_db_step(st, &err)) > 0)
		n = sqlite3_column_int64(st, 0);
	ck_assert_msg(r == 0, "%s", err.text);
	return n;
}

static int64_t
logs(void)
{
	return sql("SELECT count(*) FROM log");
}

/* -- one round ------------------------------------------------------------ */

static bool
asks_whole(const struct att_demand *d)
{
	return d->held[ATT_ITEM_UEFI_LOG].alg == 0 &&
	    d->held[ATT_ITEM_USERSPACE_LOG].alg == 0;
}

static bool
asks_digests(const struct att_demand *d)
{
	return d->held[ATT_ITEM_UEFI_LOG].alg != 0 &&
	    d->held[ATT_ITEM_USERSPACE_LOG].alg != 0;
}

/* Submits, as the node or as somebody changed it. */
static void
submit(const struct att_buf *b, unsigned status, const char *code)
{
	AUTO_DONE(answer_done) struct answer t = { 0 };

	rig_submit(&rig, &node, b, &t);
	ck_assert_msg(t.status == status && (code == NULL ||
	    strcmp(answer_code(&t), code) == 0), "%u %s", t.status, t.text);
}

/* A whole one, which must be taken; what was asked, and how long it was. */
static size_t
attest(struct att_demand *d)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1u << 24);

	next_round();
	demand(d);
	rig_evidence_body(&node, d, &b);
	submit(&b, 202, NULL);
	return b.len;
}

/* The bundle that an operator gets has all of both logs. */
static void
bundle_is_whole(void)
{
	AUTO(att_bundle_free) struct att_bundle *b = NULL;
	AUTO_DONE(answer_done) struct answer a = { 0 };
	const struct att_evidence *e;

	rig_operator(&rig, "GET", "/operator/v1/nodes/n1/evidence", NULL, &a);
	ck_assert_msg(a.status == 200, "%u %s", a.status, a.text);
	ok(att_bundle_parse((struct att_slice){ (const uint8_t *)a.text,
	    a.len }, &b, err));
	e = att_bundle_evidence(b);
	ck_assert(att_slice_equal(e->item[ATT_ITEM_UEFI_LOG].bytes,
	    att_buf_view(&node.uefi)));
	ck_assert(att_slice_equal(e->item[ATT_ITEM_USERSPACE_LOG].bytes,
	    att_buf_view(&node.user)));
}

START_TEST(a_log_travels_once)
{
	struct att_demand d;

	ck_assert_uint_gt(attest(&d), node.uefi.len);
	ck_assert(d.bound && asks_whole(&d));
	stands(ATT_STANDING_PASS);
	for (int i = 0; i < 9; i++) {
		ck_assert_uint_lt(attest(&d), BY_DIGEST);
		ck_assert(asks_digests(&d));
		stands(ATT_STANDING_PASS);
		bundle_is_whole();
		ck_assert_int_eq(logs(), 2);
	}
	/* the one that held them has gone long since */
	ck_assert_int_eq(sql("SELECT max(length(evidence)) < 8192"
	    " FROM attestation"), 1);
	rig_restart(&rig);
	ck_assert_uint_lt(attest(&d), BY_DIGEST);
	stands(ATT_STANDING_PASS);
}
END_TEST

/* It counts as if it had come: the same log, the same verdict. */
START_TEST(what_is_held_is_appraised)
{
	AUTO_DONE(answer_done) struct answer a = { 0 };
	struct att_demand d;

	attest(&d);
	stands(ATT_STANDING_PASS);
	node.pcrs.bank[0].value[4][0] ^= 1;
	node.pcrs.bank[1].value[4][0] ^= 1;
	ck_assert_uint_lt(attest(&d), BY_DIGEST);
	stands(ATT_STANDING_FAIL);
	ck_assert(found("pcr-mismatch"));
	rig_operator(&rig, "DELETE", "/operator/v1/references/uki", NULL, &a);
	softnode_boot(&node, "uki");
	rig_session(&rig, &node);
	ck_assert_uint_lt(attest(&d), BY_DIGEST);
	stands(ATT_STANDING_FAIL);
	ck_assert(found("no-reference-values"));
}
END_TEST

/* -- what travels again --------------------------------------------------- */

START_TEST(another_boot_brings_everything)
{
	struct att_demand d;

	attest(&d);
	if (_i == 0) {
		node.boot_id[0] ^= 1;
		node.reset_count++;
	} else
		node.boot_time[0] ^= 1;
	ck_assert_uint_gt(attest(&d), node.uefi.len);
	ck_assert(asks_whole(&d));
	stands(ATT_STANDING_PASS);
	attest(&d);
	ck_assert(asks_digests(&d));
	/* the boot of a quote that did not hold is no boot */
	node.reset_count--;
	attest(&d);
	stands(ATT_STANDING_FAIL);
	node.reset_count++;
	rig_session(&rig, &node);
	attest(&d);
	ck_assert(asks_digests(&d));
}
END_TEST

START_TEST(a_log_that_changes_travels_once_more)
{
	struct att_demand d;

	attest(&d);
	att_buf_str(&node.user, "\x1e{}\n");
	attest(&d);
	ck_assert(d.held[ATT_ITEM_UEFI_LOG].alg != 0);
	ck_assert(d.held[ATT_ITEM_USERSPACE_LOG].alg == 0);
	ck_assert_int_eq(logs(), 3);
	bundle_is_whole();
	for (int i = 0; i < 3; i++) {
		rig_session(&rig, &node);
		ck_assert_uint_lt(attest(&d), BY_DIGEST);
		bundle_is_whole();
	}
	/* no evidence that is kept has the old one now */
	ck_assert_int_eq(logs(), 2);
}
END_TEST

/* It was asked for by the digest of what it was when it was offered. */
START_TEST(a_log_that_grew_meanwhile_travels_whole)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1u << 24);
	struct att_demand d;

	attest(&d);
	next_round();
	demand(&d);
	ck_assert(asks_digests(&d));
	att_buf_str(&node.user, "\x1e{}\n");
	rig_evidence_body(&node, &d, &b);
	ck_assert_uint_gt(b.len, node.user.len);
	submit(&b, 202, NULL);
	ck_assert(!found("quote-nonce"));
	bundle_is_whole();
	rig_session(&rig, &node);
	attest(&d);
	ck_assert(asks_digests(&d));
}
END_TEST

START_TEST(who_offers_no_digest_or_cannot_bind_is_asked_for_all)
{
	struct att_demand d;

	if (_i == 0)
		node.can_bind = false;
	else
		node.has_digests = false;
	attest(&d);
	ck_assert_uint_gt(attest(&d), node.uefi.len);
	ck_assert(asks_whole(&d));
	stands(ATT_STANDING_PASS);
	/* and takes no room */
	ck_assert_int_eq(logs(), 0);
	bundle_is_whole();
}
END_TEST

/* What is held is of no use without a quote that signs its digest. */
START_TEST(who_cannot_bind_any_more_is_asked_for_all)
{
	struct att_demand d;

	attest(&d);
	node.can_bind = false;
	attest(&d);
	ck_assert(!d.bound && asks_whole(&d));
	stands(ATT_STANDING_PASS);
	bundle_is_whole();
}
END_TEST

/* Read, and empty: there is nothing to hold. */
START_TEST(an_empty_log_is_taken_and_not_held)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1u << 20);
	struct att_demand d;

	next_round();
	demand(&d);
	node.user.len = 0;
	rig_evidence_body(&node, &d, &b);
	submit(&b, 202, NULL);
	ck_assert_int_eq(logs(), 1);
	bundle_is_whole();
}
END_TEST

/* A log that is held for another node is nothing that this one has. */
START_TEST(another_nodes_log_is_not_known)
{
	AUTO_DONE(softnode_done) struct softnode other;
	struct att_demand d;

	attest(&d);
	softnode_make(&other, "n2", SOFTNODE_P256, &rig.ca);
	softnode_boot(&other, "shim");
	rig_enrol(&rig, &other);
	rig_session(&rig, &other);
	rig_attest(&rig, &other);
	ck_assert_int_eq(logs(), 3);
	softnode_boot(&node, "shim");
	snprintf(node.boot_id, sizeof(node.boot_id), "%s", "x");
	for (int i = 0; i < 2; i++) {
		rig_session(&rig, &node);
		attest(&d);
		ck_assert((d.held[ATT_ITEM_UEFI_LOG].alg == 0) == (i == 0));
		node.reset_count += i == 0;
	}
}
END_TEST

START_TEST(a_log_that_is_too_large_is_not_held)
{
	struct att_demand d;
	size_t len = ATT_STORE_LOG_MAX + (size_t)_i;

	node.uefi.max = ATT_ITEM_MAX;
	att_buf_fill(&node.uefi, 0, len - node.uefi.len);
	ck_assert_uint_eq(node.uefi.len, len);
	attest(&d);
	rig_session(&rig, &node);
	attest(&d);
	ck_assert((d.held[ATT_ITEM_UEFI_LOG].alg != 0) == (_i == 0));
	ck_assert(d.held[ATT_ITEM_USERSPACE_LOG].alg != 0);
	bundle_is_whole();
}
END_TEST

START_TEST(a_new_ak_has_no_logs)
{
	struct att_demand d;

	attest(&d);
	softnode_new_ak(&node, SOFTNODE_RSA);
	rig_enrol(&rig, &node);
	ck_assert_int_eq(logs(), 0);
	rig_session(&rig, &node);
	attest(&d);
	ck_assert(asks_whole(&d));
	stands(ATT_STANDING_PASS);
}
END_TEST

/* -- what a node may not say ---------------------------------------------- */

static json_t *
data_of(json_t *message, size_t entry)
{
	return json_object_get(json_array_get(json_object_get(
	    json_object_get(json_object_get(message, "data"), "attributes"),
	    "evidence_collected"), entry), "data");
}

static void
say(json_t *data, const char *name, const char *text)
{
	ck_assert(json_object_set_new(data, name, json_string(text)) == 0);
}

/* One lie about the boot log, which is entry 1; userspace_log is entry 2. */
static void
lie(json_t *message, int which)
{
	json_t *boot = data_of(message, 1), *user = data_of(message, 2);
	char text[80];

	snprintf(text, sizeof(text), "%s",
	    json_string_value(json_object_get(boot, "entries_sha256")));
	ck_assert_uint_eq(strlen(text), 64);
	switch (which) {
	case 0:	/* upper case */
		for (size_t i = 0; i < 64; i++)
			if (text[i] >= 'a' && text[i] <= 'f')
				text[i] = (char)(text[i] - 'a' + 'A');
		break;
	case 1:	/* too short */
		text[63] = '\0';
		break;
	case 2:	/* too long */
		memcpy(text + 64, "0", 2);
		break;
	case 3:	/* not hex */
		text[5] = 'g';
		break;
	case 4:	/* another log */
		text[0] = text[0] == '0' ? '1' : '0';
		break;
	case 5:	/* that of another item */
		snprintf(text, sizeof(text), "%s", json_string_value(
		    json_object_get(user, "entries_sha256")));
		break;
	case 6:	/* the bytes as well */
		say(boot, "entries", "AAAA");
		break;
	case 7:	/* neither */
		json_object_del(boot, "entries_sha256");
		return;
	}
	say(boot, "entries_sha256", text);
}

START_TEST(a_wrong_digest_is_422)
{
	AUTO_DONE(att_buf_done) struct att_buf good = ATT_BUF(1u << 20);
	AUTO_DONE(att_buf_done) struct att_buf bad = ATT_BUF(1u << 20);
	AUTO(att_json_decref) json_t *j = NULL;
	struct att_demand d;

	attest(&d);
	next_round();
	demand(&d);
	rig_evidence_body(&node, &d, &good);
	ok(att_json_parse(att_buf_view(&good), SIZE_MAX, &j, err));
	lie(j, _i);
	ok(att_json_write(j, &bad, err));
	submit(&bad, 422, "invalid_resource_data");
	ck_assert(rig_noted(&rig, "n1", "evidence-refused", "entries"));
	submit(&good, 202, NULL);
	stands(ATT_STANDING_PASS);
}
END_TEST

/* A digest in the place of what was asked for whole. */
START_TEST(a_digest_that_was_not_asked_for_is_422)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1u << 20);
	struct att_demand d;

	if (_i == 1) {
		/* it is held, but of the boot before */
		attest(&d);
		next_round();
		node.boot_id[0] ^= 1;
		node.reset_count++;
	}
	demand(&d);
	ck_assert(asks_whole(&d));
	ok(att_digest_of(ATT_ALG_SHA256, att_buf_view(&node.uefi),
	    &d.held[ATT_ITEM_UEFI_LOG], err));
	rig_evidence_body(&node, &d, &b);
	submit(&b, 422, "invalid_resource_data");
	stands(_i == 1 ? ATT_STANDING_PASS : ATT_STANDING_PENDING);
}
END_TEST

/* The quote is bound to the log whose digest it names, and to no other. */
START_TEST(a_quote_over_another_log_fails)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1u << 20);
	AUTO_DONE(att_buf_done) struct att_buf bad = ATT_BUF(1u << 20);
	AUTO(att_json_decref) json_t *j = NULL;
	struct att_demand d;
	char hex[ATT_DIGEST_HEX_MAX];

	attest(&d);
	next_round();
	demand(&d);
	node.uefi.data[node.uefi.len - 1] ^= 1;
	rig_evidence_body(&node, &d, &b);
	ok(att_json_parse(att_buf_view(&b), SIZE_MAX, &j, err));
	json_object_del(data_of(j, 1), "entries");
	say(data_of(j, 1), "entries_sha256",
	    att_digest_hex(&d.held[ATT_ITEM_UEFI_LOG], hex));
	ok(att_json_write(j, &bad, err));
	submit(&bad, 202, NULL);
	stands(ATT_STANDING_FAIL);
	ck_assert(found("quote-nonce"));
}
END_TEST

/* -- a store in trouble --------------------------------------------------- */

/* Between demand and evidence. */
static const char *const troubles[] = {
	"UPDATE log SET bytes = zeroblob(length(bytes))",
	"UPDATE log SET bytes = substr(bytes, 1, length(bytes) - 1)",
	"UPDATE log SET bytes = bytes || x'00'",
	"UPDATE log SET bytes = x''",
	"UPDATE log SET bytes = (SELECT evidence FROM attestation LIMIT 1)",
	"DELETE FROM log",
};

START_TEST(a_log_that_rotted_is_asked_for_again)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1u << 20);
	struct att_demand d;
	int64_t index;

	attest(&d);
	next_round();
	demand(&d);
	ck_assert(asks_digests(&d));
	rig_evidence_body(&node, &d, &b);
	(void)sql(troubles[_i]);
	/* not ours to say that the node did wrong, and nothing to appraise */
	submit(&b, 409, "conflict");
	index = sql("SELECT max(idx) FROM attestation");
	ck_assert_int_eq(sql("SELECT stage FROM attestation"
	    " ORDER BY idx DESC LIMIT 1"), ATT_STAGE_AWAITING);
	/* what the agent does then */
	demand(&d);
	ck_assert(asks_whole(&d));
	att_buf_reset(&b);
	rig_evidence_body(&node, &d, &b);
	submit(&b, 202, NULL);
	stands(ATT_STANDING_PASS);
	bundle_is_whole();
	ck_assert_int_eq(sql("SELECT max(idx) FROM attestation"), index + 1);
	attest(&d);
	ck_assert(asks_digests(&d));
}
END_TEST

/* Rather no bundle than one that lacks a log, or has another one. */
START_TEST(a_bundle_is_whole_or_there_is_none)
{
	AUTO_DONE(answer_done) struct answer a = { 0 };
	struct att_demand d;

	attest(&d);
	attest(&d);
	(void)sql(troubles[_i]);
	rig_operator(&rig, "GET", "/operator/v1/nodes/n1/evidence", NULL, &a);
	ck_assert_uint_eq(a.status, 500);
}
END_TEST

START_TEST(a_node_that_was_deleted_meanwhile_is_nobody)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1u << 20);
	AUTO_DONE(answer_done) struct answer gone = { 0 };
	struct att_demand d;

	attest(&d);
	next_round();
	demand(&d);
	rig_evidence_body(&node, &d, &b);
	rig_operator(&rig, "DELETE", "/operator/v1/nodes/n1", NULL, &gone);
	ck_assert_uint_eq(gone.status, 200);
	ck_assert_int_eq(logs(), 0);
	submit(&b, 401, NULL);
	rig_enrol(&rig, &node);
	rig_session(&rig, &node);
	submit(&b, 404, NULL);
	attest(&d);
	ck_assert(asks_whole(&d));
	stands(ATT_STANDING_PASS);
}
END_TEST

/* -- the store alone ------------------------------------------------------ */

static struct att_store_log
log_of(const char *text)
{
	struct att_store_log l = { .bytes = S(text) };

	ok(att_digest_of(ATT_ALG_SHA256, l.bytes, &l.sha256, err));
	return l;
}

/* One attestation of this node, whose evidence has this log. */
static void
attest_with(const char *id, uint64_t index, const char *log)
{
	AUTO_DONE(att_attestation_done) struct att_attestation a = {
		.challenge = ATT_BUF(9), .verdict = "pass", .index = index };
	const struct att_store_log l = log_of(log);

	att_buf_str(&a.challenge, "c");
	snprintf(a.node, sizeof(a.node), "%s", id);
	ok(att_store_attestation_add(rig.v->store, &a, err));
	ok(att_store_attestation_claim(rig.v->store, id, index, 5, err));
	a.log = &l;
	a.logs = 1;
	ok(att_store_attestation_finish(rig.v->store, &a, NULL, 2, err));
}

static bool
has_log(const char *id, const char *log)
{
	AUTO_DONE(att_buf_done) struct att_buf b = { 0 };
	const struct att_digest d = log_of(log).sha256;
	bool has = false;

	ok(att_store_log_has(rig.v->store, id, &d, &has, err));
	if (has) {
		ok(att_store_log_get(rig.v->store, id, &d, &b, err));
		ck_assert(att_slice_is(att_buf_view(&b), log));
	} else
		fails(att_store_log_get(rig.v->store, id, &d, &b, err),
		    ATT_E_NOT_FOUND, "not held");
	return has;
}

/* As long as evidence that has them: here the newest two. */
START_TEST(logs_are_held_as_long_as_evidence)
{
	const struct att_digest a = log_of("a").sha256;

	attest_with("m1", 0, "a");
	attest_with("m1", 1, "b");
	ck_assert(has_log("m1", "a") && has_log("m1", "b"));
	ck_assert(!has_log("m2", "a"));
	attest_with("m2", 0, "a");
	attest_with("m1", 2, "a");	/* again: it stays */
	ck_assert(has_log("m1", "a") && has_log("m1", "b"));
	attest_with("m1", 3, "a");
	ck_assert(has_log("m1", "a") && !has_log("m1", "b"));
	ok(att_store_log_drop(rig.v->store, "m1", &a, err));
	ok(att_store_log_drop(rig.v->store, "m1", &a, err));
	ck_assert(!has_log("m1", "a") && has_log("m2", "a"));
	/* what was dropped under one that uses it comes back with it */
	attest_with("m1", 9, "a");
	ck_assert(has_log("m1", "a"));
	ok(att_store_node_delete(rig.v->store, "m1", err));
	ck_assert(!has_log("m1", "a") && has_log("m2", "a"));
}
END_TEST

/* No log of evidence that was not stored. */
START_TEST(a_log_comes_with_its_attestation_or_not_at_all)
{
	AUTO_DONE(att_attestation_done) struct att_attestation a = {
		.challenge = ATT_BUF(9), .verdict = "pass" };
	struct att_store_log l[2] = { log_of("x"), log_of("") };

	att_buf_str(&a.challenge, "c");
	snprintf(a.node, sizeof(a.node), "m1");
	a.log = l;
	a.logs = 1;
	ok(att_store_attestation_add(rig.v->store, &a, err));
	fails(att_store_attestation_finish(rig.v->store, &a, NULL, 2, err),
	    ATT_E_CONFLICT, "not being appraised");
	ck_assert(!has_log("m1", "x"));
	ok(att_store_attestation_claim(rig.v->store, "m1", 0, 5, err));
	/* the second cannot be stored: neither is the first */
	a.logs = 2;
	fails(att_store_attestation_finish(rig.v->store, &a, NULL, 2, err),
	    ATT_E_CONFLICT, "log.bytes");
	ck_assert(!has_log("m1", "x"));
	a.logs = 1;
	ok(att_store_attestation_finish(rig.v->store, &a, NULL, 2, err));
	ck_assert(has_log("m1", "x"));
}
END_TEST

/* -- several at once ------------------------------------------------------ */

/* As behind a load balancer: asked by one, taken by the other. */
START_TEST(two_verifiers_over_one_store)
{
	struct att_verifier *other = NULL, *first = rig.v;
	struct att_demand d;

	ok(att_verifier_new(&rig.config, &other, err));
	for (int i = 0; i < 6; i++) {
		AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1u << 20);

		next_round();
		rig.v = i % 2 == 0 ? first : other;
		demand(&d);
		ck_assert(i == 0 ? asks_whole(&d) : asks_digests(&d));
		rig_evidence_body(&node, &d, &b);
		rig.v = i % 2 == 0 ? other : first;
		/* a reference value of one is the other's after a restart */
		submit(&b, 202, NULL);
		stands(ATT_STANDING_PASS);
		bundle_is_whole();
	}
	rig.v = first;
	att_verifier_free(other);
}
END_TEST

struct racer {
	pthread_t thread;
	const struct att_buf *body;
	unsigned status;
};

static void *
race(void *arg)
{
	struct racer *r = arg;
	AUTO_DONE(answer_done) struct answer t = { 0 };

	rig_submit(&rig, &node, r->body, &t);
	r->status = t.status;
	return NULL;
}

START_TEST(one_of_many_at_once_is_taken)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(1u << 20);
	struct racer r[MANY];
	struct att_demand d;
	size_t taken = 0;

	attest(&d);
	next_round();
	demand(&d);
	rig_evidence_body(&node, &d, &b);
	for (size_t i = 0; i < MANY; i++) {
		r[i].body = &b;
		ck_assert(pthread_create(&r[i].thread, NULL, race, &r[i]) ==
		    0);
	}
	for (size_t i = 0; i < MANY; i++) {
		ck_assert(pthread_join(r[i].thread, NULL) == 0);
		ck_assert(r[i].status == 202 || r[i].status == 403);
		taken += r[i].status == 202;
	}
	ck_assert_uint_eq(taken, 1);
	stands(ATT_STANDING_PASS);
	ck_assert_int_eq(logs(), 2);
	bundle_is_whole();
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("logs by digest");
	TCase *t = tcase_create("held");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_log_travels_once);
	tcase_add_test(t, what_is_held_is_appraised);
	tcase_add_loop_test(t, another_boot_brings_everything, 0, 2);
	tcase_add_test(t, a_log_that_changes_travels_once_more);
	tcase_add_test(t, a_log_that_grew_meanwhile_travels_whole);
	tcase_add_loop_test(t,
	    who_offers_no_digest_or_cannot_bind_is_asked_for_all, 0, 2);
	tcase_add_test(t, who_cannot_bind_any_more_is_asked_for_all);
	tcase_add_test(t, an_empty_log_is_taken_and_not_held);
	tcase_add_test(t, another_nodes_log_is_not_known);
	tcase_add_loop_test(t, a_log_that_is_too_large_is_not_held, 0, 2);
	tcase_add_test(t, a_new_ak_has_no_logs);
	tcase_add_loop_test(t, a_wrong_digest_is_422, 0, 8);
	tcase_add_loop_test(t, a_digest_that_was_not_asked_for_is_422, 0, 2);
	tcase_add_test(t, a_quote_over_another_log_fails);
	tcase_add_loop_test(t, a_log_that_rotted_is_asked_for_again, 0,
	    ATT_COUNT(troubles));
	tcase_add_loop_test(t, a_bundle_is_whole_or_there_is_none, 0,
	    ATT_COUNT(troubles));
	tcase_add_test(t, a_node_that_was_deleted_meanwhile_is_nobody);
	tcase_add_test(t, logs_are_held_as_long_as_evidence);
	tcase_add_test(t, a_log_comes_with_its_attestation_or_not_at_all);
	tcase_add_test(t, two_verifiers_over_one_store);
	tcase_add_test(t, one_of_many_at_once_is_taken);
	suite_add_tcase(s, t);
	return run_suite(s);
}
