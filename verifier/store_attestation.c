#include "verifier/db.h"

#include <string.h>

#define COLUMNS                                                              \
	"node, idx, stage, challenge, created, expires, received, boot_time," \
	" boot_id, verdict, findings"

void
att_attestation_done(struct att_attestation *a)
{
	att_buf_done(&a->challenge);
	att_buf_done(&a->offer);
	att_buf_done(&a->demand);
	att_buf_done(&a->findings);
	att_buf_done(&a->result);
	att_buf_done(&a->evidence);
}

/* How much of it is read: as COLUMNS, as WHOLE, as KEPT. */
enum extent { AS_LISTED, AS_WHOLE, AS_KEPT };
#define WHOLE COLUMNS ", offer, demand, result"
#define KEPT WHOLE ", evidence"

static int
read_attestation(sqlite3_stmt *st, enum extent extent,
    struct att_attestation *a, struct att_err *err)
{
	int r;

	if ((r = att_db_get_text(st, 0, a->node, sizeof(a->node), err)) < 0 ||
	    (r = att_db_get_buf(st, 3, &a->challenge, err)) < 0 ||
	    (r = att_db_get_text(st, 7, a->boot_time, sizeof(a->boot_time),
		 err)) < 0 ||
	    (r = att_db_get_text(st, 8, a->boot_id, sizeof(a->boot_id),
		 err)) < 0 ||
	    (r = att_db_get_text(st, 9, a->verdict, sizeof(a->verdict),
		 err)) < 0 ||
	    (r = att_db_get_buf(st, 10, &a->findings, err)) < 0)
		return r;
	a->index = (uint64_t)sqlite3_column_int64(st, 1);
	a->stage = (enum att_stage)sqlite3_column_int(st, 2);
	a->created = sqlite3_column_int64(st, 4);
	a->expires = sqlite3_column_int64(st, 5);
	a->received = sqlite3_column_int64(st, 6);
	if (extent == AS_LISTED)
		return 0;
	if ((r = att_db_get_buf(st, 11, &a->offer, err)) < 0 ||
	    (r = att_db_get_buf(st, 12, &a->demand, err)) < 0 ||
	    (r = att_db_get_buf(st, 13, &a->result, err)) < 0 ||
	    extent == AS_WHOLE)
		return r;
	return att_db_get_buf(st, 14, &a->evidence, err);
}

/* What never got its evidence is of no use once a newer one is there. */
static int
drop_unanswered(struct att_store *s, const char *node, struct att_err *err)
{
	static const char sql[] = "DELETE FROM attestation WHERE node = ?1"
				  " AND stage = 0 AND idx < (SELECT max(idx)"
				  " FROM attestation WHERE node = ?1)";
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(s, sql, err);

	att_db_text(st, 1, node);
	return att_db_run(st, err);
}

static int
insert(struct att_store *s, const struct att_attestation *a,
    struct att_err *err)
{
	static const char sql[] =
	    "INSERT INTO attestation(node, idx, stage, challenge, offer,"
	    " demand, created, expires, boot_time, boot_id)"
	    " VALUES(?1,?2,0,?3,?4,?5,?6,?7,?8,?9)";
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(s, sql, err);
	int r;

	att_db_text(st, 1, a->node);
	att_db_int(st, 2, (int64_t)a->index);
	att_db_blob(st, 3, att_buf_view(&a->challenge));
	att_db_blob(st, 4, att_buf_view(&a->offer));
	att_db_blob(st, 5, att_buf_view(&a->demand));
	att_db_int(st, 6, a->created);
	att_db_int(st, 7, a->expires);
	att_db_text(st, 8, a->boot_time);
	att_db_text(st, 9, a->boot_id);
	r = att_db_run(st, err);
	return r == ATT_E_CONFLICT ?
	    att_err_set(err, ATT_E_CONFLICT,
		"the node asks for another attestation at the same time") :
	    r;
}

int
att_store_attestation_add(struct att_store *s,
    const struct att_attestation *a, struct att_err *err)
{
	AUTO_DONE(att_db_unlock) struct att_store *held = att_db_lock(s);
	AUTO_DONE(att_db_rollback) struct att_db_tx tx = { 0 };
	int r;

	if ((r = att_db_begin(held, &tx, err)) < 0 ||
	    (r = insert(held, a, err)) < 0 ||
	    (r = drop_unanswered(held, a->node, err)) < 0)
		return r;
	return att_db_commit(&tx, err);
}

static int
select_one(struct att_store *s, const char *sql, enum extent extent,
    const char *node, struct att_attestation *ret, struct att_err *err)
{
	AUTO_DONE(att_db_unlock) struct att_store *held = att_db_lock(s);
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(held, sql, err);
	AUTO_DONE(att_attestation_done) struct att_attestation a = { 0 };
	int r;

	att_db_text(st, 1, node);
	if ((r = att_db_step(st, err)) < 0)
		return r;
	if (r == 0)
		return att_err_set(err, ATT_E_NOT_FOUND,
		    "there is no such attestation of \"%s\"", node);
	if ((r = read_attestation(st, extent, &a, err)) < 0)
		return r;
	*ret = a;
	a = (struct att_attestation){ 0 };
	return 0;
}

int
att_store_attestation_latest(struct att_store *s, const char *node,
    struct att_attestation *ret, struct att_err *err)
{
	static const char sql[] = "SELECT " WHOLE " FROM attestation"
				  " WHERE node = ?1 ORDER BY idx DESC LIMIT 1";

	return select_one(s, sql, AS_WHOLE, node, ret, err);
}

int
att_store_attestation_judged(struct att_store *s, const char *node,
    struct att_attestation *ret, struct att_err *err)
{
	static const char sql[] = "SELECT " WHOLE " FROM attestation"
				  " WHERE node = ?1 AND stage <> 0"
				  " ORDER BY idx DESC LIMIT 1";

	return select_one(s, sql, AS_WHOLE, node, ret, err);
}

int
att_store_attestation_kept(struct att_store *s, const char *node,
    struct att_attestation *ret, struct att_err *err)
{
	static const char sql[] = "SELECT " KEPT " FROM attestation"
				  " WHERE node = ?1 AND evidence IS NOT NULL"
				  " ORDER BY idx DESC LIMIT 1";

	return select_one(s, sql, AS_KEPT, node, ret, err);
}

int
att_store_attestation_claim(struct att_store *s, const char *node,
    uint64_t index, int64_t now, struct att_err *err)
{
	static const char sql[] =
	    "UPDATE attestation SET stage = 2, received = ?3"
	    " WHERE node = ?1 AND idx = ?2 AND stage = 0";
	AUTO_DONE(att_db_unlock) struct att_store *held = att_db_lock(s);
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(held, sql, err);
	int r;

	att_db_text(st, 1, node);
	att_db_int(st, 2, (int64_t)index);
	att_db_int(st, 3, now);
	/* a challenge stays used, and an older pass stays hidden behind it */
	if ((r = att_db_durable(held, err)) < 0 ||
	    (r = att_db_run(st, err)) < 0)
		return r;
	if (att_db_changes(held) != 1)
		return att_err_set(err, ATT_E_CONFLICT,
		    "this challenge was answered already");
	return 0;
}

static int
update_attestation(struct att_store *s, const struct att_attestation *a,
    struct att_err *err)
{
	static const char sql[] =
	    "UPDATE attestation SET stage = 1, verdict = ?3, findings = ?4,"
	    " result = ?5, evidence = ?6"
	    " WHERE node = ?1 AND idx = ?2 AND stage = 2"
	    /* an id that was deleted since may be another TPM's by now */
	    " AND challenge = ?7";
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(s, sql, err);
	int r;

	att_db_text(st, 1, a->node);
	att_db_int(st, 2, (int64_t)a->index);
	att_db_text(st, 3, a->verdict);
	att_db_blob(st, 4, att_buf_view(&a->findings));
	att_db_blob(st, 5, att_buf_view(&a->result));
	att_db_blob(st, 6, att_buf_view(&a->evidence));
	att_db_blob(st, 7, att_buf_view(&a->challenge));
	if ((r = att_db_run(st, err)) < 0)
		return r;
	if (att_db_changes(s) != 1)
		return att_err_set(err, ATT_E_CONFLICT,
		    "attestation %llu of \"%s\" is not being appraised",
		    (unsigned long long)a->index, a->node);
	return 0;
}

static int
update_node(struct att_store *s, const struct att_attestation *a,
    const struct att_quote_state *clock, struct att_err *err)
{
	static const char seen[] =
	    "UPDATE node SET last_seen = ?2, passes = passes + ?3,"
	    " wait = ?4, interval = ?5,"
	    " last_pass = CASE WHEN ?3 THEN ?2 ELSE last_pass END"
	    " WHERE id = ?1";
	static const char tick[] =
	    "UPDATE node SET clock = ?2, reset_count = ?3,"
	    " restart_count = ?4, firmware_version = ?5, safe = ?6,"
	    " boot_time = ?7, boot_id = ?8 WHERE id = ?1";
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(s, seen, err);
	AUTO(att_db_reset) sqlite3_stmt *up = att_db_stmt(s, tick, err);
	int r;

	att_db_text(st, 1, a->node);
	att_db_int(st, 2, a->received);
	att_db_int(st, 3, strcmp(a->verdict, "pass") == 0);
	att_db_int(st, 4, a->wait);
	att_db_int(st, 5, a->interval);
	if ((r = att_db_run(st, err)) < 0 || clock == NULL)
		return r;
	att_db_text(up, 1, a->node);
	att_db_int(up, 2, (int64_t)clock->clock);
	att_db_int(up, 3, clock->reset_count);
	att_db_int(up, 4, clock->restart_count);
	att_db_int(up, 5, (int64_t)clock->firmware_version);
	att_db_int(up, 6, clock->safe);
	att_db_text(up, 7, a->boot_time);
	att_db_text(up, 8, a->boot_id);
	return att_db_run(up, err);
}

static int
add_boot(struct att_store *s, const struct att_attestation *a,
    const struct att_quote_state *clock, struct att_err *err)
{
	static const char add[] =
	    "INSERT INTO boot(node, reset_count, boot_time, boot_id,"
	    " first_seen, last_seen) VALUES(?1, ?2, ?3, ?4, ?5, ?5)";
	/* a node can name as many boots as it likes */
	static const char trim[] =
	    "DELETE FROM boot WHERE node = ?1 AND last_seen <"
	    " (SELECT last_seen FROM boot WHERE node = ?1"
	    " ORDER BY last_seen DESC LIMIT 1 OFFSET ?2)";
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(s, add, err);
	AUTO(att_db_reset) sqlite3_stmt *old = att_db_stmt(s, trim, err);
	int r;

	att_db_text(st, 1, a->node);
	att_db_int(st, 2, clock->reset_count);
	att_db_text(st, 3, a->boot_time);
	att_db_text(st, 4, a->boot_id);
	att_db_int(st, 5, a->received);
	att_db_text(old, 1, a->node);
	att_db_int(old, 2, ATT_STORE_BOOTS_MAX - 1);
	if ((r = att_db_run(st, err)) < 0)
		return r;
	return att_db_run(old, err);
}

static int
update_boot(struct att_store *s, const struct att_attestation *a,
    const struct att_quote_state *clock, struct att_err *err)
{
	static const char sql[] =
	    "UPDATE boot SET last_seen = ?5 WHERE node = ?1 AND"
	    " reset_count = ?2 AND boot_time = ?3 AND boot_id = ?4";
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(s, sql, err);
	int r;

	att_db_text(st, 1, a->node);
	att_db_int(st, 2, clock->reset_count);
	att_db_text(st, 3, a->boot_time);
	att_db_text(st, 4, a->boot_id);
	att_db_int(st, 5, a->received);
	if ((r = att_db_run(st, err)) < 0)
		return r;
	return att_db_changes(s) == 1 ? 0 : add_boot(s, a, clock, err);
}

static int
drop_old_evidence(struct att_store *s, const struct att_attestation *a,
    unsigned keep, struct att_err *err)
{
	/* below that range there is none: each finish clears it */
	static const char sql[] =
	    "UPDATE attestation SET evidence = NULL, offer = NULL,"
	    " demand = NULL WHERE node = ?1"
	    " AND idx BETWEEN ?2 - 100 AND ?2 AND offer IS NOT NULL";
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(s, sql, err);

	att_db_text(st, 1, a->node);
	att_db_int(st, 2, (int64_t)a->index - (int64_t)keep);
	return att_db_run(st, err);
}

static int
keep_logs(struct att_store *s, const struct att_attestation *a,
    struct att_err *err)
{
	static const char sql[] =
	    "INSERT INTO log(node, sha256, idx, bytes) VALUES(?1, ?2, ?3, ?4)"
	    " ON CONFLICT(node, sha256) DO UPDATE SET idx = ?3";
	int r;

	for (size_t i = 0; i < a->logs; i++) {
		AUTO(att_db_reset)
		sqlite3_stmt *st = att_db_stmt(s, sql, err);

		att_db_text(st, 1, a->node);
		att_db_blob(st, 2, att_digest_view(&a->log[i].sha256));
		att_db_int(st, 3, (int64_t)a->index);
		att_db_blob(st, 4, a->log[i].bytes);
		if ((r = att_db_run(st, err)) < 0)
			return r;
	}
	return 0;
}

static int
drop_old_logs(struct att_store *s, const struct att_attestation *a,
    unsigned keep, struct att_err *err)
{
	static const char sql[] =
	    "DELETE FROM log WHERE node = ?1 AND idx <= ?2";
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(s, sql, err);

	att_db_text(st, 1, a->node);
	att_db_int(st, 2, (int64_t)a->index - (int64_t)keep);
	return att_db_run(st, err);
}

static int
drop_old_history(struct att_store *s, const struct att_attestation *a,
    struct att_err *err)
{
	static const char sql[] =
	    "DELETE FROM attestation WHERE node = ?1 AND idx <= ?2";
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(s, sql, err);

	att_db_text(st, 1, a->node);
	att_db_int(st, 2, (int64_t)a->index - ATT_STORE_HISTORY_MAX);
	return att_db_run(st, err);
}

int
att_store_attestation_finish(struct att_store *s,
    const struct att_attestation *a, const struct att_quote_state *clock,
    unsigned keep, struct att_err *err)
{
	AUTO_DONE(att_db_unlock) struct att_store *held = att_db_lock(s);
	AUTO_DONE(att_db_rollback) struct att_db_tx tx = { 0 };
	int r;

	if ((a->facts != NULL && (r = att_db_durable(held, err)) < 0) ||
	    (r = att_db_begin(held, &tx, err)) < 0 ||
	    (r = update_attestation(held, a, err)) < 0 ||
	    (r = update_node(held, a, clock, err)) < 0 ||
	    (clock != NULL &&
		((r = update_boot(held, a, clock, err)) < 0 ||
		    (r = att_db_given_put(held, a, clock, err)) < 0)) ||
	    (a->facts != NULL &&
		(r = att_db_facts_put(held, a->node, a->facts, a->received,
		     err)) < 0) ||
	    (r = att_db_devices_put(held, a, err)) < 0 ||
	    (a->firmware != NULL &&
		(r = att_db_firmware_put(held, a, err)) < 0) ||
	    (r = keep_logs(held, a, err)) < 0 ||
	    (r = drop_old_evidence(held, a, keep, err)) < 0 ||
	    (r = drop_old_logs(held, a, keep, err)) < 0 ||
	    (r = drop_old_history(held, a, err)) < 0)
		return r;
	return att_db_commit(&tx, err);
}

/* The newest below *index, as it is listed; 1, or 0 at the end. */
static int
next_older(struct att_store *s, const char *node, int64_t *index,
    struct att_attestation *ret, struct att_err *err)
{
	static const char sql[] = "SELECT " COLUMNS " FROM attestation"
				  " WHERE node = ?1 AND idx < ?2"
				  " ORDER BY idx DESC LIMIT 1";
	AUTO_DONE(att_db_unlock) struct att_store *held = att_db_lock(s);
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(held, sql, err);
	int r;

	att_db_text(st, 1, node);
	att_db_int(st, 2, *index);
	if ((r = att_db_step(st, err)) <= 0)
		return r;
	if ((r = read_attestation(st, AS_LISTED, ret, err)) < 0)
		return r;
	*index = (int64_t)ret->index;
	return 1;
}

int
att_store_attestation_each(struct att_store *s, const char *node,
    unsigned max, int (*each)(void *ctx, const struct att_attestation *a),
    void *ctx, struct att_err *err)
{
	int64_t index = INT64_MAX;

	for (unsigned i = 0; i < max; i++) {
		AUTO_DONE(att_attestation_done)
		struct att_attestation a = { 0 };
		int r = next_older(s, node, &index, &a, err);

		if (r <= 0 || (r = each(ctx, &a)) != 0)
			return r;
	}
	return 0;
}
