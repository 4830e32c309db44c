#include "verifier/db.h"

#include <string.h>

#define NODE_COLUMNS                                                         \
	"n.id, n.ek_public, n.ek_cert, n.ak_public, n.endorsement,"          \
	" n.activated, n.last_seen, n.last_pass, n.passes, n.clock,"         \
	" n.reset_count, n.restart_count, n.firmware_version, n.safe,"       \
	" ifnull(a.vendor, ''), ifnull(a.product, ''), ifnull(a.grp, ''),"   \
	" n.boot_time, n.boot_id, t.stage, t.verdict, n.wait, n.interval"    \
	" FROM node n LEFT JOIN admission a ON a.id = n.id"                  \
	" LEFT JOIN attestation t ON t.node = n.id AND t.idx ="              \
	" (SELECT idx FROM attestation WHERE node = n.id AND stage <> 0"      \
	" ORDER BY idx DESC LIMIT 1)"

static const char node_get[] = "SELECT " NODE_COLUMNS " WHERE n.id = ?1";
static const char node_each[] = "SELECT " NODE_COLUMNS
				" WHERE n.id > ?1 ORDER BY n.id LIMIT 1";

void
att_node_done(struct att_node *n)
{
	att_buf_done(&n->ek_public);
	att_buf_done(&n->ek_cert);
	att_buf_done(&n->ak_public);
}

static struct att_quote_state
clock_of(sqlite3_stmt *st, int at)
{
	if (sqlite3_column_type(st, at) == SQLITE_NULL)
		return (struct att_quote_state){ 0 };
	return (struct att_quote_state){ .known = true,
		.clock = (uint64_t)sqlite3_column_int64(st, at),
		.reset_count = (uint32_t)sqlite3_column_int64(st, at + 1),
		.restart_count = (uint32_t)sqlite3_column_int64(st, at + 2),
		.firmware_version =
		    (uint64_t)sqlite3_column_int64(st, at + 3),
		.safe = sqlite3_column_int(st, at + 4) != 0 };
}

static int
read_node(sqlite3_stmt *st, struct att_node *n, struct att_err *err)
{
	int r;

	if ((r = att_db_get_text(st, 0, n->id, sizeof(n->id), err)) < 0 ||
	    (r = att_db_get_buf(st, 1, &n->ek_public, err)) < 0 ||
	    (r = att_db_get_buf(st, 2, &n->ek_cert, err)) < 0 ||
	    (r = att_db_get_buf(st, 3, &n->ak_public, err)) < 0)
		return r;
	n->endorsement = (enum att_endorsement)sqlite3_column_int(st, 4);
	n->activated = sqlite3_column_int64(st, 5);
	n->last_seen = sqlite3_column_int64(st, 6);
	n->last_pass = sqlite3_column_int64(st, 7);
	n->passes = (uint64_t)sqlite3_column_int64(st, 8);
	n->clock = clock_of(st, 9);
	n->stage = (enum att_stage)sqlite3_column_int(st, 19);
	n->wait = sqlite3_column_int64(st, 21);
	n->interval = sqlite3_column_int64(st, 22);
	if ((r = att_db_get_text(st, 14, n->vendor, sizeof(n->vendor),
		 err)) < 0 ||
	    (r = att_db_get_text(st, 15, n->product, sizeof(n->product),
		 err)) < 0 ||
	    (r = att_db_get_text(st, 16, n->group, sizeof(n->group), err)) <
		0 ||
	    (r = att_db_get_text(st, 17, n->boot_time, sizeof(n->boot_time),
		 err)) < 0 ||
	    (r = att_db_get_text(st, 18, n->boot_id, sizeof(n->boot_id),
		 err)) < 0)
		return r;
	return att_db_get_text(st, 20, n->verdict, sizeof(n->verdict), err);
}

/* One node by `sql` and its one text parameter. */
static int
select_node(struct att_store *s, const char *sql, const char *key,
    struct att_node *ret, struct att_err *err)
{
	AUTO_DONE(att_db_unlock) struct att_store *held = att_db_lock(s);
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(held, sql, err);
	AUTO_DONE(att_node_done) struct att_node n = { 0 };
	int r;

	att_db_text(st, 1, key);
	if ((r = att_db_step(st, err)) < 0)
		return r;
	if (r == 0)
		return att_err_set(err, ATT_E_NOT_FOUND,
		    "no node \"%s\" is enrolled", key);
	if ((r = read_node(st, &n, err)) < 0)
		return r;
	*ret = n;
	n = (struct att_node){ 0 };
	return 0;
}

int
att_store_node_get(struct att_store *s, const char *id, struct att_node *ret,
    struct att_err *err)
{
	return select_node(s, node_get, id, ret, err);
}

/* One at a time, so that `each` may take as long as it likes. */
int
att_store_node_each(struct att_store *s, const char *after,
    int (*each)(void *ctx, const struct att_node *n), void *ctx,
    struct att_err *err)
{
	char id[ATT_NODE_ID_MAX + 1];

	for (;;) {
		AUTO_DONE(att_node_done) struct att_node n = { 0 };
		int r = select_node(s, node_each, after, &n, err);

		if (r == ATT_E_NOT_FOUND)
			return 0;
		if (r < 0 || (r = each(ctx, &n)) != 0)
			return r;
		memcpy(id, n.id, sizeof(id));
		after = id;
	}
}

int
att_store_boot_each(struct att_store *s, const char *node,
    int (*each)(void *ctx, const struct att_boot *b), void *ctx,
    struct att_err *err)
{
	static const char sql[] =
	    "SELECT boot_time, boot_id, reset_count, first_seen, last_seen"
	    " FROM boot WHERE node = ?1 ORDER BY last_seen DESC";
	AUTO_DONE(att_db_unlock) struct att_store *held = att_db_lock(s);
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(held, sql, err);
	int r;

	att_db_text(st, 1, node);
	while ((r = att_db_step(st, err)) > 0) {
		struct att_boot b = {
			.boot_time = (const char *)sqlite3_column_text(st, 0),
			.boot_id = (const char *)sqlite3_column_text(st, 1),
			.reset_count = (uint32_t)sqlite3_column_int64(st, 2),
			.first_seen = sqlite3_column_int64(st, 3),
			.last_seen = sqlite3_column_int64(st, 4),
		};

		if ((r = each(ctx, &b)) != 0)
			return r;
	}
	return r;
}

int
att_store_node_delete(struct att_store *s, const char *id,
    struct att_err *err)
{
	static const char *const all[] = {
		"DELETE FROM node WHERE id = ?1",
		"DELETE FROM admission WHERE id = ?1",
		"DELETE FROM pending WHERE id = ?1",
		"DELETE FROM session WHERE node = ?1",
		"DELETE FROM boot WHERE node = ?1",
		"DELETE FROM ima WHERE node = ?1",
		"DELETE FROM shown WHERE node = ?1",
		"DELETE FROM fact WHERE node = ?1",
		"DELETE FROM fact_queue WHERE node = ?1",
		"DELETE FROM log WHERE node = ?1",
		"DELETE FROM given WHERE node = ?1",
		"DELETE FROM device WHERE node = ?1",
		"DELETE FROM firmware WHERE node = ?1",
		"DELETE FROM attestation WHERE node = ?1",
	};
	AUTO_DONE(att_db_unlock) struct att_store *held = att_db_lock(s);
	AUTO_DONE(att_db_rollback) struct att_db_tx tx = { 0 };
	int r, gone = 0;

	if ((r = att_db_durable(held, err)) < 0 ||
	    (r = att_db_begin(held, &tx, err)) < 0)
		return r;
	for (size_t i = 0; i < ATT_COUNT(all); i++) {
		AUTO(att_db_reset)
		sqlite3_stmt *st = att_db_stmt(held, all[i], err);

		att_db_text(st, 1, id);
		if ((r = att_db_run(st, err)) < 0)
			return r;
		gone += att_db_changes(held);
	}
	if (gone == 0)
		return att_err_set(err, ATT_E_NOT_FOUND,
		    "nothing is known of \"%s\"", id);
	return att_db_commit(&tx, err);
}

/* A TPM that came first would go on under the words meant for this one. */
static int
check_taken(struct att_store *s, const char *id, const struct att_digest *ek,
    struct att_err *err)
{
	static const char sql[] =
	    "SELECT 1 FROM node WHERE id = ?1 AND ek <> ?2";
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(s, sql, err);
	int r;

	att_db_text(st, 1, id);
	att_db_blob(st, 2, att_digest_view(ek));
	if ((r = att_db_step(st, err)) <= 0)
		return r;
	return att_err_set(err, ATT_E_CONFLICT,
	    "\"%s\" is enrolled with another EK: delete it first", id);
}

int
att_store_admit(struct att_store *s, const char *id,
    const struct att_admission *a, int64_t now, struct att_err *err)
{
	static const char upsert[] =
	    "INSERT INTO admission(id, vendor, product, grp, ek, any_ek,"
	    " changed) VALUES(?1, ?2, ?3, ?4, ?5, ifnull(?6, 0), ?7)"
	    " ON CONFLICT(id) DO UPDATE SET vendor = ifnull(?2, vendor),"
	    " product = ifnull(?3, product), grp = ifnull(?4, grp),"
	    " ek = ifnull(?5, ek), any_ek = ifnull(?6, any_ek), changed = ?7";
	static const char endorse[] =
	    "UPDATE pending SET endorsement = ?3 WHERE id = ?1"
	    " AND endorsement = 0 AND (ek = ?2 OR ?4)";
	AUTO_DONE(att_db_unlock) struct att_store *held = att_db_lock(s);
	AUTO_DONE(att_db_rollback) struct att_db_tx tx = { 0 };
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(held, upsert, err);
	AUTO(att_db_reset) sqlite3_stmt *up = att_db_stmt(held, endorse, err);
	int r;

	if ((r = att_db_durable(held, err)) < 0 ||
	    (r = att_db_begin(held, &tx, err)) < 0 ||
	    (a->ek != NULL && (r = check_taken(held, id, a->ek, err)) < 0))
		return r;
	att_db_text(st, 1, id);
	att_db_text(st, 2, a->vendor);
	att_db_text(st, 3, a->product);
	att_db_text(st, 4, a->group);
	if (a->ek != NULL) {
		att_db_blob(st, 5, att_digest_view(a->ek));
		att_db_blob(up, 2, att_digest_view(a->ek));
	}
	if (a->any_ek != NULL)
		att_db_int(st, 6, *a->any_ek);
	att_db_int(st, 7, now);
	att_db_text(up, 1, id);
	att_db_int(up, 3, ATT_ENDORSED_OPERATOR);
	att_db_int(up, 4, a->any_ek != NULL && *a->any_ek);
	if ((r = att_db_run(st, err)) < 0 || (r = att_db_run(up, err)) < 0)
		return r;
	return att_db_commit(&tx, err);
}

int
att_store_is_admitted(struct att_store *s, const char *id,
    struct att_slice ek_public, bool *ret, struct att_err *err)
{
	static const char sql[] = "SELECT 1 FROM admission WHERE id = ?1"
				  " AND (ek = ?2 OR any_ek)";
	AUTO_DONE(att_db_unlock) struct att_store *held = att_db_lock(s);
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(held, sql, err);
	struct att_digest ek;
	int r;

	if ((r = att_digest_of(ATT_ALG_SHA256, ek_public, &ek, err)) < 0)
		return r;
	att_db_text(st, 1, id);
	att_db_blob(st, 2, att_digest_view(&ek));
	if ((r = att_db_step(st, err)) < 0)
		return r;
	*ret = r == 1;
	return 0;
}
