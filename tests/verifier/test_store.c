#include "testlib.h"

#include <limits.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "verifier/db.h"
#include "verifier/store.h"

static char dir[] = "/tmp/att-store-XXXXXX";
static char path[64];
static struct att_store *store;

static void
setup(void)
{
	memcpy(dir + sizeof(dir) - 7, "XXXXXX", 6);
	ck_assert(mkdtemp(dir) != NULL);
	snprintf(path, sizeof(path), "%s/db", dir);
	ok(att_store_open(path, &store, err));
}

static void
teardown(void)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	char name[80];

	att_store_close(store);
	for (size_t i = 0; i < ATT_COUNT(ends); i++) {
		snprintf(name, sizeof(name), "%s%s", path, ends[i]);
		(void)unlink(name);
	}
	ck_assert(rmdir(dir) == 0);
}

static struct att_digest
tag_of(const char *text)
{
	struct att_digest d = { 0 };

	ok(att_digest_of(ATT_ALG_SHA256, S(text), &d, err));
	return d;
}

static struct att_registration
registration(const char *ek, const char *ak, const char *tag,
    enum att_endorsement how)
{
	return (struct att_registration){ .id = "n1", .ek_public = S(ek),
		.ek_cert = S("cert"), .ak_public = S(ak),
		.ek_key = tag_of(ek), .endorsement = how,
		.tag = tag_of(tag) };
}

static int
activate(const struct att_digest *tag, int64_t now, enum att_activation *how,
    struct att_err *err)
{
	return att_store_activate(store, "n1", tag, 2, now, how, err);
}

static void
enrol(const char *ek, const char *ak, const char *tag)
{
	struct att_registration reg =
	    registration(ek, ak, tag, ATT_ENDORSED_CA);
	enum att_activation how;

	ok(att_store_pending_put(store, &reg, 1, err));
	ok(activate(&reg.tag, 2, &how, err));
}

static void
ak_is(const char *ak)
{
	AUTO_DONE(att_node_done) struct att_node n = { 0 };

	ok(att_store_node_get(store, "n1", &n, err));
	ck_assert(att_slice_is(att_buf_view(&n.ak_public), ak));
}

START_TEST(file_is_private_and_reopens)
{
	struct stat st;

	ck_assert(stat(path, &st) == 0 && (st.st_mode & 077) == 0);
	enrol("ek", "ak", "t");
	att_store_close(store);
	ok(att_store_open(path, &store, err));
	ak_is("ak");
}
END_TEST

static void
exec(const char *sql)
{
	sqlite3 *db;

	ck_assert(sqlite3_open(path, &db) == SQLITE_OK);
	ck_assert_msg(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK,
	    "%s", sqlite3_errmsg(db));
	ck_assert(sqlite3_close(db) == SQLITE_OK);
}

START_TEST(a_newer_schema_is_refused)
{
	struct att_store *other = NULL;

	exec("PRAGMA user_version = 99");
	fails(att_store_open(path, &other, err), ATT_E_UNSUPPORTED,
	    "schema 99");
}
END_TEST

/* A file of a program that held no logs. */
START_TEST(an_older_schema_is_brought_up_to_date)
{
	struct att_digest d = tag_of("log");
	bool has = true;

	enrol("ek", "ak", "t");
	att_store_close(store);
	store = NULL;
	exec("DROP TABLE log; DROP TABLE given; DROP TABLE device;"
	    "DROP TABLE firmware; ALTER TABLE node DROP COLUMN wait;"
	    "ALTER TABLE node DROP COLUMN interval; DROP TABLE shown;"
	    "PRAGMA user_version = 2");
	ok(att_store_open(path, &store, err));
	ak_is("ak");
	ok(att_store_log_has(store, "n1", &d, &has, err));
	ck_assert(!has);
}
END_TEST

START_TEST(a_file_of_another_kind_is_refused)
{
	struct att_store *other = NULL;
	char name[80];
	FILE *f;

	snprintf(name, sizeof(name), "%s/text", dir);
	f = fopen(name, "w");
	ck_assert(f != NULL && fprintf(f, "%0999d", 7) > 0);
	ck_assert(fclose(f) == 0);
	fails(att_store_open(name, &other, err), ATT_E_DB, "database");
	ck_assert(unlink(name) == 0);
}
END_TEST

START_TEST(activation_is_proven_and_idempotent)
{
	struct att_registration reg =
	    registration("ek", "ak", "t", ATT_ENDORSED_CA);
	AUTO_DONE(att_node_done) struct att_node n = { 0 };
	struct att_digest wrong = tag_of("w");
	enum att_activation how;

	ok(att_store_pending_put(store, &reg, 1, err));
	fails(att_store_node_get(store, "n1", &n, err), ATT_E_NOT_FOUND,
	    "n1");
	/* a wrong proof disturbs nothing */
	fails(activate(&wrong, 2, &how, err),
	    ATT_E_NOT_FOUND, "proof");
	ok(activate(&reg.tag, 2, &how, err));
	ck_assert(how == ATT_ACTIVATED_NEW);
	ok(activate(&reg.tag, 9, &how, err));
	ok(att_store_node_get(store, "n1", &n, err));
	ck_assert(n.endorsement == ATT_ENDORSED_CA && n.activated == 2);
	ck_assert(!n.clock.known && n.last_seen == 0);
}
END_TEST

/* Nodes register at each start: that is no news of theirs. */
START_TEST(activation_is_dated_by_the_key)
{
	struct att_registration again =
	    registration("ek", "ak", "t2", ATT_ENDORSED_CA);
	struct att_registration other =
	    registration("ek", "ak2", "t3", ATT_ENDORSED_CA);
	AUTO_DONE(att_node_done) struct att_node n = { 0 };
	AUTO_DONE(att_node_done) struct att_node m = { 0 };
	enum att_activation how;

	enrol("ek", "ak", "t");
	ok(att_store_node_get(store, "n1", &n, err));
	ok(att_store_pending_put(store, &again, 50, err));
	ok(activate(&again.tag, 51, &how, err));
	ck_assert(how == ATT_ACTIVATED_SAME);
	ok(att_store_node_get(store, "n1", &m, err));
	ck_assert_int_eq(m.activated, n.activated);
	ok(att_store_pending_put(store, &other, 60, err));
	ok(activate(&other.tag, 61, &how, err));
	ck_assert(how == ATT_ACTIVATED_NEW_AK);
	att_node_done(&m);
	ok(att_store_node_get(store, "n1", &m, err));
	ck_assert_int_eq(m.activated, 61);
}
END_TEST

START_TEST(another_tpm_cannot_take_an_id)
{
	struct att_registration other =
	    registration("ek2", "ak2", "t2", ATT_ENDORSED_CA);
	enum att_activation how;

	/* it asked before the node was proven, and proves itself after */
	ok(att_store_pending_put(store, &other, 1, err));
	enrol("ek", "ak", "t");
	fails(activate(&other.tag, 3, &how, err),
	    ATT_E_CONFLICT, "another TPM");
	fails(att_store_pending_put(store, &other, 4, err), ATT_E_CONFLICT,
	    "another TPM");
	ak_is("ak");
}
END_TEST

START_TEST(a_tpm_has_one_id)
{
	struct att_registration other =
	    registration("ek", "ak", "t2", ATT_ENDORSED_CA);
	enum att_activation how;

	/* it asked for two ids, and proves itself for both */
	other.id = "n2";
	ok(att_store_pending_put(store, &other, 1, err));
	enrol("ek", "ak", "t");
	fails(att_store_activate(store, "n2", &other.tag, 9, 3, &how, err),
	    ATT_E_CONFLICT, "another id");
	fails(att_store_pending_put(store, &other, 4, err), ATT_E_CONFLICT,
	    "another id");
	ok(att_store_node_delete(store, "n1", err));
	ok(att_store_activate(store, "n2", &other.tag, 9, 6, &how, err));
}
END_TEST

START_TEST(nodes_are_counted)
{
	struct att_registration reg =
	    registration("ek2", "ak", "t2", ATT_ENDORSED_CA);
	enum att_activation how;

	enrol("ek", "ak", "t");
	reg.id = "n2";
	ok(att_store_pending_put(store, &reg, 1, err));
	fails(att_store_activate(store, "n2", &reg.tag, 1, 2, &how, err),
	    ATT_E_LIMIT, "1 nodes");
	ok(att_store_activate(store, "n2", &reg.tag, 2, 3, &how, err));
	ck_assert(how == ATT_ACTIVATED_NEW);
	/* one that is there is not new */
	ok(att_store_pending_put(store, &reg, 4, err));
	ok(att_store_activate(store, "n2", &reg.tag, 1, 5, &how, err));
	ck_assert(how == ATT_ACTIVATED_SAME);
}
END_TEST

START_TEST(strangers_cannot_push_out_an_endorsed_one)
{
	struct att_registration mine =
	    registration("ek", "ak", "mine", ATT_ENDORSED_CA);
	enum att_activation how;

	ok(att_store_pending_put(store, &mine, 1, err));
	for (int i = 0; i < 3 * ATT_STORE_PENDING_MAX; i++) {
		struct att_registration r;
		char name[20];

		/* each with a software TPM of its own */
		snprintf(name, sizeof(name), "x%d", i);
		r = registration(name, name, name, ATT_ENDORSED_NO);
		ok(att_store_pending_put(store, &r, 1, err));
	}
	ok(activate(&mine.tag, 2, &how, err));
}
END_TEST

START_TEST(strangers_cannot_push_out_a_registration)
{
	struct att_registration mine =
	    registration("ek", "ak", "mine", ATT_ENDORSED_CA);
	enum att_activation how;

	for (int i = 0; i < 3 * ATT_STORE_PENDING_MAX; i++) {
		struct att_registration r;
		char tag[20];

		snprintf(tag, sizeof(tag), "x%d", i);
		r = registration("stranger", "ak", tag, ATT_ENDORSED_CA);
		if (i == 1)
			ok(att_store_pending_put(store, &mine, 1, err));
		ok(att_store_pending_put(store, &r, 1, err));
	}
	ok(activate(&mine.tag, 2, &how, err));
}
END_TEST

START_TEST(a_cleared_tpm_brings_a_new_ak)
{
	AUTO_DONE(att_attestation_done) struct att_attestation a = {
		.challenge = ATT_BUF(9), .evidence = ATT_BUF(9),
		.verdict = "pass", .received = 5 };
	AUTO_DONE(att_attestation_done) struct att_attestation kept = { 0 };
	struct att_quote_state clock = { .known = true, .clock = 77 };
	AUTO_DONE(att_node_done) struct att_node n = { 0 };
	struct att_registration reg =
	    registration("ek", "ak2", "t2", ATT_ENDORSED_CA);
	enum att_activation how;

	enrol("ek", "ak", "t");
	att_buf_str(&a.challenge, "c");
	snprintf(a.node, sizeof(a.node), "n1");
	ok(att_store_attestation_add(store, &a, err));
	ok(att_store_attestation_claim(store, "n1", 0, 5, err));
	att_buf_str(&a.evidence, "e");
	ok(att_store_attestation_finish(store, &a, &clock, 3, err));
	ok(att_store_attestation_kept(store, "n1", &kept, err));
	ok(att_store_pending_put(store, &reg, 6, err));
	ak_is("ak");
	ok(activate(&reg.tag, 7, &how, err));
	ck_assert(how == ATT_ACTIVATED_NEW_AK);
	ak_is("ak2");
	ok(att_store_node_get(store, "n1", &n, err));
	ck_assert(!n.clock.known && n.passes == 1);
	/* nobody can say any more who signed that */
	fails(att_store_attestation_kept(store, "n1", &kept, err),
	    ATT_E_NOT_FOUND, "n1");
}
END_TEST

static int
count_waiting(void *ctx, const struct att_waiting *w)
{
	ck_assert_str_eq(w->id, "n1");
	ck_assert(w->has_cert);
	++*(int *)ctx;
	return 0;
}

START_TEST(an_operator_admits)
{
	struct att_registration reg =
	    registration("ek", "ak", "t", ATT_ENDORSED_NO);
	struct att_digest ek = tag_of("ek"), other = tag_of("other");
	AUTO_DONE(att_node_done) struct att_node n = { 0 };
	enum att_activation how;
	bool admitted = true;
	int waiting = 0;

	ok(att_store_pending_put(store, &reg, 1, err));
	fails(activate(&reg.tag, 2, &how, err),
	    ATT_E_DENIED, "admission");
	ok(att_store_waiting_each(store, count_waiting, &waiting, err));
	ck_assert(waiting == 1);
	/* another EK is admitted: this one is not */
	ok(att_store_admit(store, "n1",
	    &(struct att_admission){ .ek = &other, .group = "g" }, 3, err));
	ok(att_store_is_admitted(store, "n1", S("ek"), &admitted, err));
	ck_assert(!admitted);
	fails(activate(&reg.tag, 2, &how, err),
	    ATT_E_DENIED, "admission");
	ok(att_store_admit(store, "n1",
	    &(struct att_admission){ .ek = &ek, .product = "p" }, 4, err));
	ok(att_store_is_admitted(store, "n1", S("ek"), &admitted, err));
	ck_assert(admitted);
	ok(activate(&reg.tag, 5, &how, err));
	ok(att_store_node_get(store, "n1", &n, err));
	ck_assert(n.endorsement == ATT_ENDORSED_OPERATOR);
	ck_assert_str_eq(n.product, "p");
	ck_assert_str_eq(n.group, "g");
}
END_TEST

START_TEST(any_ek_is_the_first_one)
{
	struct att_registration a =
	    registration("ek", "ak", "ta", ATT_ENDORSED_NO);
	struct att_registration b =
	    registration("ek2", "ak2", "tb", ATT_ENDORSED_NO);
	const bool yes = true, no = false;
	enum att_activation how;
	bool admitted = false;

	ok(att_store_admit(store, "n1",
	    &(struct att_admission){ .any_ek = &yes }, 1, err));
	ok(att_store_is_admitted(store, "n1", S("ek2"), &admitted, err));
	ck_assert(admitted);
	/* it can be taken back, and other words leave it as it is */
	ok(att_store_admit(store, "n1",
	    &(struct att_admission){ .any_ek = &no }, 1, err));
	ok(att_store_is_admitted(store, "n1", S("ek2"), &admitted, err));
	ck_assert(!admitted);
	ok(att_store_admit(store, "n1",
	    &(struct att_admission){ .any_ek = &yes }, 1, err));
	ok(att_store_admit(store, "n1",
	    &(struct att_admission){ .vendor = "v" }, 1, err));
	a.endorsement = b.endorsement = ATT_ENDORSED_OPERATOR;
	ok(att_store_pending_put(store, &a, 1, err));
	ok(att_store_pending_put(store, &b, 1, err));
	ok(activate(&b.tag, 2, &how, err));
	fails(activate(&a.tag, 2, &how, err), ATT_E_CONFLICT, "another TPM");
	ok(att_store_is_admitted(store, "n1", S("ek2"), &admitted, err));
	ck_assert(admitted);
	ok(att_store_is_admitted(store, "n1", S("ek"), &admitted, err));
	ck_assert(!admitted);
}
END_TEST

START_TEST(a_challenge_is_answered_once)
{
	AUTO_DONE(att_attestation_done) struct att_attestation a = {
		.challenge = ATT_BUF(9), .evidence = ATT_BUF(9) };
	AUTO_DONE(att_attestation_done) struct att_attestation b = { 0 };
	enrol("ek", "ak", "t");
	att_buf_str(&a.challenge, "c");
	att_buf_str(&a.evidence, "e");
	snprintf(a.node, sizeof(a.node), "n1");
	ok(att_store_attestation_add(store, &a, err));
	/* nobody claimed it: no verdict can be written */
	fails(att_store_attestation_finish(store, &a, NULL, 1, err),
	    ATT_E_CONFLICT, "not being appraised");
	ok(att_store_attestation_claim(store, "n1", 0, 5, err));
	fails(att_store_attestation_claim(store, "n1", 0, 6, err),
	    ATT_E_CONFLICT, "answered already");
	/* a crash here would leave this */
	ok(att_store_attestation_latest(store, "n1", &b, err));
	ck_assert_str_eq(b.verdict, "undecided");
	ck_assert(b.stage == ATT_STAGE_BROKEN);
	snprintf(a.verdict, sizeof(a.verdict), "fail");
	ok(att_store_attestation_finish(store, &a, NULL, 1, err));
	fails(att_store_attestation_finish(store, &a, NULL, 1, err),
	    ATT_E_CONFLICT, "not being appraised");
	/* a newer request closes an unanswered older one */
	a.index = 1;
	ok(att_store_attestation_add(store, &a, err));
	fails(att_store_attestation_add(store, &a, err), ATT_E_CONFLICT,
	    "at the same time");
	a.index = 2;
	ok(att_store_attestation_add(store, &a, err));
	fails(att_store_attestation_claim(store, "n1", 1, 7, err),
	    ATT_E_CONFLICT, "answered");
	att_attestation_done(&b);
	ok(att_store_attestation_judged(store, "n1", &b, err));
	ck_assert(b.index == 0 && b.stage == ATT_STAGE_DONE);
	ck_assert_str_eq(b.verdict, "fail");
	ck_assert(b.evidence.len == 0);
	att_attestation_done(&b);
	ok(att_store_attestation_kept(store, "n1", &b, err));
	ck_assert(b.index == 0 && att_slice_is(att_buf_view(&b.evidence), "e"));
}
END_TEST

/* Deleted and enrolled anew, by another TPM, while evidence is appraised. */
START_TEST(a_verdict_stays_with_its_challenge)
{
	AUTO_DONE(att_attestation_done) struct att_attestation a = {
		.node = "n1", .challenge = ATT_BUF(9), .verdict = "pass" };
	AUTO_DONE(att_attestation_done) struct att_attestation b = {
		.node = "n1", .challenge = ATT_BUF(9) };
	AUTO_DONE(att_node_done) struct att_node n = { 0 };

	enrol("ek", "ak", "t");
	att_buf_str(&a.challenge, "old");
	ok(att_store_attestation_add(store, &a, err));
	ok(att_store_attestation_claim(store, "n1", 0, 5, err));
	ok(att_store_node_delete(store, "n1", err));
	enrol("ek2", "ak2", "t2");
	att_buf_str(&b.challenge, "new");
	ok(att_store_attestation_add(store, &b, err));
	ok(att_store_attestation_claim(store, "n1", 0, 6, err));
	fails(att_store_attestation_finish(store, &a, NULL, 1, err),
	    ATT_E_CONFLICT, "not being appraised");
	ok(att_store_node_get(store, "n1", &n, err));
	ck_assert(n.passes == 0 && n.last_pass == 0);
	ck_assert(n.stage == ATT_STAGE_BROKEN);
}
END_TEST

static int
count_evidence(void *ctx, const struct att_attestation *a)
{
	*(uint64_t *)ctx = *(uint64_t *)ctx * 10 + a->index;
	return 0;
}

START_TEST(old_evidence_is_dropped)
{
	AUTO_DONE(att_attestation_done) struct att_attestation a = {
		.challenge = ATT_BUF(9), .evidence = ATT_BUF(9),
		.offer = ATT_BUF(9), .demand = ATT_BUF(9),
		.verdict = "pass" };
	uint64_t order = 0;
	sqlite3_stmt *st;
	sqlite3 *db;

	enrol("ek", "ak", "t");
	att_buf_str(&a.challenge, "c");
	att_buf_str(&a.evidence, "e");
	att_buf_str(&a.offer, "o");
	att_buf_str(&a.demand, "d");
	snprintf(a.node, sizeof(a.node), "n1");
	for (int i = 0; i < 5; i++) {
		a.index = (uint64_t)i;
		ok(att_store_attestation_add(store, &a, err));
		ok(att_store_attestation_claim(store, "n1", a.index, 5, err));
		ok(att_store_attestation_finish(store, &a, NULL, 2, err));
	}
	ok(att_store_attestation_each(store, "n1", 3, count_evidence, &order,
	    err));
	ck_assert(order == 432);
	ck_assert(sqlite3_open(path, &db) == SQLITE_OK);
	ck_assert(sqlite3_prepare_v2(db,
		      "SELECT count(*), count(evidence), count(offer),"
		      " count(demand) FROM attestation", -1, &st, NULL) ==
	    SQLITE_OK);
	ck_assert(sqlite3_step(st) == SQLITE_ROW);
	ck_assert(sqlite3_column_int(st, 0) == 5 &&
	    sqlite3_column_int(st, 1) == 2 &&
	    sqlite3_column_int(st, 2) == 2 && sqlite3_column_int(st, 3) == 2);
	ck_assert(sqlite3_finalize(st) == SQLITE_OK);
	ck_assert(sqlite3_close(db) == SQLITE_OK);
}
END_TEST

static int
count_boots(void *ctx, const struct att_boot *b)
{
	int *n = ctx;

	/* newest first */
	if ((*n)++ == 0)
		ck_assert_int_eq(b->reset_count, ATT_STORE_BOOTS_MAX + 9);
	ck_assert_int_eq(b->first_seen, 10 + b->reset_count);
	ck_assert_str_eq(b->boot_id, "id");
	return 0;
}

START_TEST(boots_are_kept_with_the_clock_and_bounded)
{
	AUTO_DONE(att_attestation_done) struct att_attestation a = {
		.challenge = ATT_BUF(9), .verdict = "pass",
		.boot_time = "time", .boot_id = "id" };
	struct att_quote_state clock = { .known = true };
	AUTO_DONE(att_node_done) struct att_node n = { 0 };
	int boots = 0;

	enrol("ek", "ak", "t");
	ok(att_store_node_get(store, "n1", &n, err));
	ck_assert(n.stage == ATT_STAGE_AWAITING && n.boot_id[0] == '\0');
	att_node_done(&n);
	att_buf_str(&a.challenge, "c");
	snprintf(a.node, sizeof(a.node), "n1");
	for (uint32_t i = 0; i < ATT_STORE_BOOTS_MAX + 10; i++) {
		a.index = i;
		a.received = 10 + i;
		clock.reset_count = i;
		ok(att_store_attestation_add(store, &a, err));
		ok(att_store_attestation_claim(store, "n1", i, a.received,
		    err));
		ok(att_store_attestation_finish(store, &a, &clock, 2, err));
	}
	/* a quote that did not hold says nothing of a boot */
	a.index++;
	snprintf(a.verdict, sizeof(a.verdict), "fail");
	snprintf(a.boot_id, sizeof(a.boot_id), "lie");
	ok(att_store_attestation_add(store, &a, err));
	ok(att_store_attestation_claim(store, "n1", a.index, 999, err));
	ok(att_store_node_get(store, "n1", &n, err));
	ck_assert(n.stage == ATT_STAGE_BROKEN);
	ck_assert_str_eq(n.verdict, "undecided");
	att_node_done(&n);
	ok(att_store_attestation_finish(store, &a, NULL, 2, err));
	ok(att_store_boot_each(store, "n1", count_boots, &boots, err));
	ck_assert_int_eq(boots, ATT_STORE_BOOTS_MAX);
	ok(att_store_node_get(store, "n1", &n, err));
	ck_assert_str_eq(n.boot_time, "time");
	ck_assert_str_eq(n.boot_id, "id");
	ck_assert_str_eq(n.verdict, "fail");
	ck_assert(n.stage == ATT_STAGE_DONE);
	ck_assert_int_eq(n.clock.reset_count, ATT_STORE_BOOTS_MAX + 9);
	ck_assert_int_eq(n.passes, ATT_STORE_BOOTS_MAX + 10);
}
END_TEST

static int64_t
synchronous(struct att_store *held)
{
	AUTO(att_db_reset) sqlite3_stmt *st = NULL;
	struct att_err err = { 0 };

	st = att_db_stmt(held, "PRAGMA synchronous", &err);
	ck_assert(st != NULL && att_db_step(st, &err) == 1);
	return sqlite3_column_int64(st, 0);
}

START_TEST(durable_is_for_one_hold)
{
	{
		AUTO_DONE(att_db_unlock)
		struct att_store *held = att_db_lock(store);

		ck_assert_int_eq(synchronous(held), 1);
		ok(att_db_durable(held, err));
		ck_assert_int_eq(synchronous(held), 2);
	}
	{
		AUTO_DONE(att_db_unlock)
		struct att_store *held = att_db_lock(store);

		ck_assert_int_eq(synchronous(held), 1);
	}
}
END_TEST

START_TEST(two_programs_share_a_store)
{
	AUTO(att_store_close) struct att_store *other = NULL;
	AUTO_DONE(att_node_done) struct att_node n = { 0 };

	ok(att_store_open(path, &other, err));
	enrol("ek", "ak", "t");
	ok(att_store_node_get(other, "n1", &n, err));
	ok(att_store_node_delete(other, "n1", err));
	fails(att_store_node_delete(store, "n1", err), ATT_E_NOT_FOUND, "n1");
}
END_TEST

static struct att_session
session(const char *id)
{
	struct att_session s = { .challenge_len = 16,
		.challenge_expires = 60 };

	snprintf(s.id, sizeof(s.id), "%s", id);
	snprintf(s.node, sizeof(s.node), "n1");
	return s;
}

START_TEST(sessions_are_proven_once_and_replace_each_other)
{
	struct att_session a = session("a"), b = session("b"), got;
	struct att_digest ta = tag_of("ta"), tb = tag_of("tb");

	ok(att_store_session_put(store, &a, err));
	ok(att_store_session_put(store, &b, err));
	fails(att_store_session_put(store, &b, err), ATT_E_CONFLICT, "store");
	ok(att_store_session_prove(store, "a", &ta, 100, err));
	fails(att_store_session_prove(store, "a", &ta, 100, err),
	    ATT_E_CONFLICT, "proof");
	ok(att_store_session_by_token(store, &ta, 99, &got, err));
	ck_assert(got.proven && strcmp(got.node, "n1") == 0);
	fails(att_store_session_by_token(store, &ta, 100, &got, err),
	    ATT_E_EXPIRED, "expired");
	ok(att_store_session_extend(store, "a", 200, err));
	ok(att_store_session_by_token(store, &ta, 199, &got, err));
	/* what is proven is not ended by a proof that is refused */
	ok(att_store_session_delete(store, "a", err));
	ok(att_store_session_get(store, "a", &got, err));
	/* the unproven one lived on; its proof ends the first */
	ok(att_store_session_prove(store, "b", &tb, 100, err));
	fails(att_store_session_by_token(store, &ta, 1, &got, err),
	    ATT_E_NOT_FOUND, "token");
	ok(att_store_sweep(store, 101, err));
	fails(att_store_session_get(store, "b", &got, err), ATT_E_NOT_FOUND,
	    "session");
}
END_TEST

static int
first_waiting(void *ctx, const struct att_waiting *w)
{
	snprintf(ctx, 8, "%s", w->id);
	return 1;
}

/* The list that an operator sees is cut, and strangers can fill it. */
START_TEST(who_asks_again_waits_in_front)
{
	struct att_registration r;
	char tag[8], id[8];

	for (unsigned i = 0; i < 4; i++) {
		snprintf(tag, sizeof(tag), "t%u", i);
		r = registration(i % 3 == 0 ? "ek" : tag, "ak", tag,
		    ATT_ENDORSED_NO);
		r.id = i % 3 == 0 ? "n1" : "x";
		ok(att_store_pending_put(store, &r, 1, err));
	}
	ck_assert_int_eq(att_store_waiting_each(store, first_waiting, id,
	    NULL), 1);
	ck_assert_str_eq(id, "n1");
}
END_TEST


static int
first(void *ctx, const char *id, struct att_slice json)
{
	att_buf_printf(ctx, "%s=%.*s;", id, (int)json.len,
	    (const char *)json.data);
	return 0;
}

static int
put_reference(struct att_store *s, int i, struct att_err *err)
{
	char id[16];

	snprintf(id, sizeof(id), "r%d", i);
	return att_store_reference_put(s, id, S("{}"), 1, err);
}

static void
run_sql(const char *sql)
{
	AUTO_DONE(att_db_unlock) struct att_store *held = att_db_lock(store);
	AUTO(att_db_reset) sqlite3_stmt *st = NULL;
	struct att_err err = { 0 };

	st = att_db_stmt(held, sql, &err);
	ck_assert_msg(st != NULL && att_db_run(st, &err) == 0, "%s",
	    err.text);
}

START_TEST(references_are_bounded)
{
	char id[ATT_REFERENCE_ID_MAX + 2];

	memset(id, 'x', sizeof(id) - 1);
	id[sizeof(id) - 1] = '\0';
	fails(att_store_reference_put(store, id, S("{}"), 1, err),
	    ATT_E_LIMIT, "129 bytes");
	id[ATT_REFERENCE_ID_MAX] = '\0';
	ok(att_store_reference_put(store, id, S("{}"), 1, err));
	run_sql("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1"
		" FROM n WHERE i < 1023) INSERT INTO reference(id, json,"
		" changed) SELECT 'r' || i, '{}', 1 FROM n");
	ck_assert_int_eq(ATT_STORE_REFERENCES_MAX, 1024);
	fails(put_reference(store, 0, err), ATT_E_LIMIT, "no more");
	/* one that is there can still be changed */
	ok(put_reference(store, 1, err));
}
END_TEST

START_TEST(references_and_deletion)
{
	AUTO_DONE(att_buf_done) struct att_buf b = ATT_BUF(999);
	AUTO_DONE(att_node_done) struct att_node n = { 0 };

	ok(att_store_reference_put(store, "b", S("2"), 1, err));
	ok(att_store_reference_put(store, "a", S("1"), 1, err));
	ok(att_store_reference_put(store, "b", S("3"), 1, err));
	ok(att_store_reference_each(store, first, &b, err));
	ck_assert(att_slice_is(att_buf_view(&b), "a=1;b=3;"));
	ok(att_store_reference_delete(store, "a", err));
	fails(att_store_reference_delete(store, "a", err), ATT_E_NOT_FOUND,
	    "a");
	enrol("ek", "ak", "t");
	ok(att_store_node_delete(store, "n1", err));
	fails(att_store_node_get(store, "n1", &n, err), ATT_E_NOT_FOUND,
	    "n1");
	fails(att_store_node_delete(store, "n1", err), ATT_E_NOT_FOUND, "n1");
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("store");
	TCase *t = tcase_create("store");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, file_is_private_and_reopens);
	tcase_add_test(t, durable_is_for_one_hold);
	tcase_add_test(t, two_programs_share_a_store);
	tcase_add_test(t, a_newer_schema_is_refused);
	tcase_add_test(t, an_older_schema_is_brought_up_to_date);
	tcase_add_test(t, a_file_of_another_kind_is_refused);
	tcase_add_test(t, activation_is_proven_and_idempotent);
	tcase_add_test(t, activation_is_dated_by_the_key);
	tcase_add_test(t, another_tpm_cannot_take_an_id);
	tcase_add_test(t, a_tpm_has_one_id);
	tcase_add_test(t, nodes_are_counted);
	tcase_add_test(t, strangers_cannot_push_out_a_registration);
	tcase_add_test(t, strangers_cannot_push_out_an_endorsed_one);
	tcase_add_test(t, a_cleared_tpm_brings_a_new_ak);
	tcase_add_test(t, an_operator_admits);
	tcase_add_test(t, any_ek_is_the_first_one);
	tcase_add_test(t, a_challenge_is_answered_once);
	tcase_add_test(t, a_verdict_stays_with_its_challenge);
	tcase_add_test(t, old_evidence_is_dropped);
	tcase_add_test(t, boots_are_kept_with_the_clock_and_bounded);
	tcase_add_test(t, sessions_are_proven_once_and_replace_each_other);
	tcase_add_test(t, who_asks_again_waits_in_front);
	tcase_add_test(t, references_are_bounded);
	tcase_add_test(t, references_and_deletion);
	suite_add_tcase(s, t);
	return run_suite(s);
}
