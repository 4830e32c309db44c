#include "verifier/db.h"

#include "base/cur.h"

/* ATT_E_CONFLICT if the id is that of a node with another EK. */
static int
check_owner(struct att_store *s, const char *id, struct att_slice ek_public,
    struct att_err *err)
{
	static const char sql[] = "SELECT ek_public FROM node WHERE id = ?1";
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(s, sql, err);
	int r;

	if (st == NULL)
		return ATT_E_DB;
	att_db_text(st, 1, id);
	if ((r = att_db_step(st, err)) <= 0)
		return r;
	if (!att_slice_equal(att_db_slice(st, 0), ek_public))
		return att_err_set(err, ATT_E_CONFLICT,
		    "the id \"%s\" belongs to another TPM", id);
	return 0;
}

static int
insert_pending(struct att_store *s, const struct att_registration *reg,
    int64_t now, struct att_err *err)
{
	static const char sql[] =
	    "INSERT INTO pending(id, ek_public, ek_cert, ak_public, ek,"
	    " endorsement, tag, created) VALUES(?1,?2,?3,?4,?5,?6,?7,?8)";
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(s, sql, err);
	struct att_digest ek;
	int r;

	if (st == NULL)
		return ATT_E_DB;
	if ((r = att_digest_of(ATT_ALG_SHA256, reg->ek_public, &ek, err)) < 0)
		return r;
	att_db_text(st, 1, reg->id);
	att_db_blob(st, 2, reg->ek_public);
	att_db_blob(st, 3, reg->ek_cert);
	att_db_blob(st, 4, reg->ak_public);
	att_db_blob(st, 5, att_digest_view(&ek));
	att_db_int(st, 6, reg->endorsement);
	att_db_blob(st, 7, att_digest_view(&reg->tag));
	att_db_int(st, 8, now);
	return att_db_run(st, err);
}

/* The newest few of this id, and of one EK only one; a cap on all. */
static int
trim_pending(struct att_store *s, const char *id, struct att_err *err)
{
	static const char mine[] =
	    "DELETE FROM pending WHERE id = ?1 AND (seq NOT IN (SELECT seq"
	    " FROM pending WHERE id = ?1 ORDER BY seq DESC LIMIT ?2) OR seq"
	    " NOT IN (SELECT max(seq) FROM pending WHERE id = ?1"
	    " GROUP BY ek, ak_public))";
	static const char all[] =
	    "DELETE FROM pending WHERE seq <= (SELECT max(seq) FROM pending)"
	    " - ?1";
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(s, mine, err);
	AUTO(att_db_reset) sqlite3_stmt *cap = att_db_stmt(s, all, err);
	int r;

	if (st == NULL || cap == NULL)
		return ATT_E_DB;
	att_db_text(st, 1, id);
	att_db_int(st, 2, ATT_STORE_PENDING_MAX);
	att_db_int(cap, 1, ATT_STORE_WAITING_MAX);
	if ((r = att_db_run(st, err)) < 0)
		return r;
	return att_db_run(cap, err);
}

int
att_store_pending_put(struct att_store *s,
    const struct att_registration *reg, int64_t now, struct att_err *err)
{
	AUTO_DONE(att_db_unlock) struct att_store *held = att_db_lock(s);
	AUTO_DONE(att_db_rollback) struct att_db_tx tx = { 0 };
	int r;

	if ((r = att_db_begin(held, &tx, err)) < 0 ||
	    (r = check_owner(held, reg->id, reg->ek_public, err)) < 0 ||
	    (r = insert_pending(held, reg, now, err)) < 0 ||
	    (r = trim_pending(held, reg->id, err)) < 0)
		return r;
	return att_db_commit(&tx, err);
}

/* True if the node was activated with this very tag before. */
static int
is_done(struct att_store *s, const char *id, const struct att_digest *tag,
    bool *ret, struct att_err *err)
{
	static const char sql[] =
	    "SELECT 1 FROM node WHERE id = ?1 AND tag = ?2";
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(s, sql, err);
	int r;

	if (st == NULL)
		return ATT_E_DB;
	att_db_text(st, 1, id);
	att_db_blob(st, 2, att_digest_view(tag));
	if ((r = att_db_step(st, err)) < 0)
		return r;
	*ret = r == 1;
	return 0;
}

static int
same_ak(struct att_store *s, const char *id, struct att_slice ak, bool *known,
    bool *same, struct att_err *err)
{
	static const char sql[] = "SELECT ak_public FROM node WHERE id = ?1";
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(s, sql, err);
	int r;

	if (st == NULL)
		return ATT_E_DB;
	att_db_text(st, 1, id);
	if ((r = att_db_step(st, err)) < 0)
		return r;
	*known = r == 1;
	*same = r == 1 && att_slice_equal(att_db_slice(st, 0), ak);
	return 0;
}

/* `st` stands on the pending row; it becomes the node. */
static int
become_node(struct att_store *s, sqlite3_stmt *pending, const char *id,
    bool fresh, int64_t now, struct att_err *err)
{
	static const char sql[] =
	    "INSERT INTO node(id, ek_public, ek_cert, ak_public, endorsement,"
	    " tag, activated) VALUES(?1,?2,?3,?4,?5,?6,?7)"
	    " ON CONFLICT(id) DO UPDATE SET ek_cert = ifnull(?3, ek_cert),"
	    " ak_public = ?4, endorsement = ?5, tag = ?6, activated = ?7,"
	    " clock = CASE WHEN ?8 THEN NULL ELSE clock END";
	static const char drop[] = "DELETE FROM session WHERE node = ?1";
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(s, sql, err);
	AUTO(att_db_reset) sqlite3_stmt *end = att_db_stmt(s, drop, err);
	int r;

	if (st == NULL || end == NULL)
		return ATT_E_DB;
	att_db_text(st, 1, id);
	att_db_blob(st, 2, att_db_slice(pending, 0));
	att_db_blob(st, 3, att_db_slice(pending, 1));
	att_db_blob(st, 4, att_db_slice(pending, 2));
	att_db_int(st, 5, sqlite3_column_int64(pending, 3));
	att_db_blob(st, 6, att_db_slice(pending, 4));
	att_db_int(st, 7, now);
	att_db_int(st, 8, fresh);
	if ((r = att_db_run(st, err)) < 0)
		return r;
	if (!fresh)
		return 0;
	att_db_text(end, 1, id);
	return att_db_run(end, err);
}

/* Checks and installs the registration that `st`, on its row, proves. */
static int
install(struct att_store *s, sqlite3_stmt *st, const char *id, int64_t now,
    bool *replaced, struct att_err *err)
{
	bool known = false, same = false;
	int r;

	if (sqlite3_column_int(st, 3) == ATT_ENDORSED_NO)
		return att_err_set(err, ATT_E_DENIED,
		    "the EK of \"%s\" chains to no trusted CA and waits for an "
		    "operator's admission", id);
	if ((r = check_owner(s, id, att_db_slice(st, 0), err)) < 0 ||
	    (r = same_ak(s, id, att_db_slice(st, 2), &known, &same, err)) < 0)
		return r;
	*replaced = known && !same;
	return become_node(s, st, id, *replaced, now, err);
}

static int
delete_pending(struct att_store *s, const struct att_digest *tag,
    struct att_err *err)
{
	static const char sql[] = "DELETE FROM pending WHERE tag = ?1";
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(s, sql, err);

	if (st == NULL)
		return ATT_E_DB;
	att_db_blob(st, 1, att_digest_view(tag));
	return att_db_run(st, err);
}

static int
activate_pending(struct att_store *s, const char *id,
    const struct att_digest *tag, int64_t now, bool *replaced,
    struct att_err *err)
{
	static const char sql[] =
	    "SELECT ek_public, ek_cert, ak_public, endorsement, tag"
	    " FROM pending WHERE id = ?1 AND tag = ?2";
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(s, sql, err);
	int r;

	if (st == NULL)
		return ATT_E_DB;
	att_db_text(st, 1, id);
	att_db_blob(st, 2, att_digest_view(tag));
	if ((r = att_db_step(st, err)) < 0)
		return r;
	if (r == 0)
		return att_err_set(err, ATT_E_NOT_FOUND,
		    "no registration of \"%s\" has this proof", id);
	return install(s, st, id, now, replaced, err);
}

int
att_store_activate(struct att_store *s, const char *id,
    const struct att_digest *tag, int64_t now, bool *ret_replaced,
    struct att_err *err)
{
	AUTO_DONE(att_db_unlock) struct att_store *held = att_db_lock(s);
	AUTO_DONE(att_db_rollback) struct att_db_tx tx = { 0 };
	bool replaced = false, done = false;
	int r;

	if ((r = att_db_begin(held, &tx, err)) < 0 ||
	    (r = is_done(held, id, tag, &done, err)) < 0)
		return r;
	if (!done &&
	    ((r = activate_pending(held, id, tag, now, &replaced, err)) < 0 ||
		(r = delete_pending(held, tag, err)) < 0))
		return r;
	if ((r = att_db_commit(&tx, err)) < 0)
		return r;
	*ret_replaced = replaced;
	return 0;
}

/* Reads the waiting one after `seq`; 1, or 0 at the end. */
static int
next_waiting(struct att_store *s, int64_t *seq, struct att_waiting *w,
    char *id, size_t size, struct att_err *err)
{
	static const char sql[] =
	    "SELECT seq, id, ek, ek_cert IS NOT NULL, created FROM pending"
	    " WHERE endorsement = 0 AND seq > ?1 ORDER BY seq LIMIT 1";
	AUTO_DONE(att_db_unlock) struct att_store *held = att_db_lock(s);
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(held, sql, err);
	int r;

	if (st == NULL)
		return ATT_E_DB;
	att_db_int(st, 1, *seq);
	if ((r = att_db_step(st, err)) <= 0)
		return r;
	if ((r = att_db_get_text(st, 1, id, size, err)) < 0 ||
	    (r = att_digest_from(ATT_ALG_SHA256, att_db_slice(st, 2), &w->ek,
		 err)) < 0)
		return r;
	*seq = sqlite3_column_int64(st, 0);
	w->id = id;
	w->has_cert = sqlite3_column_int(st, 3) != 0;
	w->since = sqlite3_column_int64(st, 4);
	return 1;
}

int
att_store_waiting_each(struct att_store *s,
    int (*each)(void *ctx, const struct att_waiting *w), void *ctx,
    struct att_err *err)
{
	char id[ATT_NODE_ID_MAX + 1];
	struct att_waiting w;
	int64_t seq = 0;
	int r;

	while ((r = next_waiting(s, &seq, &w, id, sizeof(id), err)) > 0)
		if ((r = each(ctx, &w)) != 0)
			return r;
	return r;
}
