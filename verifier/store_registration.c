#include "verifier/db.h"

#include "base/cur.h"

/* One id has one EK, and one EK one id: a TPM cannot stand for two nodes. */
static int
check_owner(struct att_store *s, const char *id, struct att_slice key,
    struct att_err *err)
{
	static const char sql[] =
	    "SELECT id = ?1 FROM node WHERE (id = ?1) <> (ek_key = ?2)"
	    " AND (id = ?1 OR ek_key = ?2)";
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(s, sql, err);
	int r;

	att_db_text(st, 1, id);
	att_db_blob(st, 2, key);
	if ((r = att_db_step(st, err)) <= 0)
		return r;
	if (sqlite3_column_int(st, 0) != 0)
		return att_err_set(err, ATT_E_CONFLICT,
		    "the id \"%s\" belongs to another TPM", id);
	return att_err_set(err, ATT_E_CONFLICT,
	    "this TPM is enrolled under another id than \"%s\"", id);
}

/* Whoever has a TPM of a trusted maker has an EK that a CA endorses. */
static int
check_kept(struct att_store *s, const char *id, struct att_slice ek,
    struct att_err *err)
{
	static const char sql[] = "SELECT 1 FROM admission WHERE id = ?1"
				  " AND ek <> ?2 AND NOT any_ek";
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(s, sql, err);
	int r;

	att_db_text(st, 1, id);
	att_db_blob(st, 2, ek);
	if ((r = att_db_step(st, err)) <= 0)
		return r;
	return att_err_set(err, ATT_E_CONFLICT,
	    "the operator keeps the id \"%s\" for another TPM", id);
}

static int
insert_pending(struct att_store *s, const struct att_registration *reg,
    const struct att_digest *ek, int64_t now, struct att_err *err)
{
	static const char sql[] =
	    "INSERT INTO pending(id, ek_public, ek_cert, ak_public, ek,"
	    " endorsement, tag, created, ek_key)"
	    " VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9)";
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(s, sql, err);

	att_db_text(st, 1, reg->id);
	att_db_blob(st, 2, reg->ek_public);
	att_db_blob(st, 3, reg->ek_cert);
	att_db_blob(st, 4, reg->ak_public);
	att_db_blob(st, 5, att_digest_view(ek));
	att_db_int(st, 6, reg->endorsement);
	att_db_blob(st, 7, att_digest_view(&reg->tag));
	att_db_int(st, 8, now);
	att_db_blob(st, 9, att_digest_view(&reg->ek_key));
	return att_db_run(st, err);
}

/*
 * A few of this id, those first that a stranger could not make, and of one
 * pair of keys only the newest; a cap on all.
 */
static int
trim_pending(struct att_store *s, const char *id, struct att_err *err)
{
	static const char mine[] =
	    "DELETE FROM pending WHERE id = ?1 AND (seq NOT IN (SELECT seq"
	    " FROM pending WHERE id = ?1 ORDER BY endorsement = 0, seq DESC"
	    " LIMIT ?2) OR seq"
	    " NOT IN (SELECT max(seq) FROM pending WHERE id = ?1"
	    " GROUP BY ek, ak_public))";
	static const char all[] =
	    "DELETE FROM pending WHERE seq <= (SELECT max(seq) FROM pending)"
	    " - ?1";
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(s, mine, err);
	AUTO(att_db_reset) sqlite3_stmt *cap = att_db_stmt(s, all, err);
	int r;

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
	struct att_digest ek;
	int r;

	if ((r = att_digest_of(ATT_ALG_SHA256, reg->ek_public, &ek, err)) <
		0 ||
	    (r = att_db_begin(held, &tx, err)) < 0 ||
	    (r = check_owner(held, reg->id, att_digest_view(&reg->ek_key),
		 err)) < 0 ||
	    (r = check_kept(held, reg->id, att_digest_view(&ek), err)) < 0 ||
	    (r = insert_pending(held, reg, &ek, now, err)) < 0 ||
	    (r = trim_pending(held, reg->id, err)) < 0)
		return r;
	return att_db_commit(&tx, err);
}

/* Sets *ret if the node was activated with this very tag before. */
static int
is_done(struct att_store *s, const char *id, const struct att_digest *tag,
    bool *ret, struct att_err *err)
{
	static const char sql[] =
	    "SELECT 1 FROM node WHERE id = ?1 AND tag = ?2";
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(s, sql, err);
	int r;

	att_db_text(st, 1, id);
	att_db_blob(st, 2, att_digest_view(tag));
	if ((r = att_db_step(st, err)) < 0)
		return r;
	*ret = r == 1;
	return 0;
}

static int
compare_ak(struct att_store *s, const char *id, struct att_slice ak,
    enum att_activation *ret, struct att_err *err)
{
	static const char sql[] = "SELECT ak_public FROM node WHERE id = ?1";
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(s, sql, err);
	int r;

	att_db_text(st, 1, id);
	if ((r = att_db_step(st, err)) < 0)
		return r;
	*ret = r == 0					? ATT_ACTIVATED_NEW :
	    att_slice_equal(att_db_slice(st, 0), ak)	? ATT_ACTIVATED_SAME :
							  ATT_ACTIVATED_NEW_AK;
	return 0;
}

static int
check_count(struct att_store *s, int64_t max, struct att_err *err)
{
	static const char sql[] = "SELECT count(*) FROM node";
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(s, sql, err);
	int r;

	if ((r = att_db_step(st, err)) < 0)
		return r;
	if (sqlite3_column_int64(st, 0) >= max)
		return att_err_set(err, ATT_E_LIMIT,
		    "%lld nodes are enrolled, which is max_nodes",
		    (long long)sqlite3_column_int64(st, 0));
	return 0;
}

/* "Any EK" was this one: it is the only one from now on. */
static int
spend_admission(struct att_store *s, const char *id, struct att_slice ek,
    struct att_err *err)
{
	static const char sql[] = "UPDATE admission SET ek = ?2, any_ek = 0"
				  " WHERE id = ?1 AND any_ek";
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(s, sql, err);

	att_db_text(st, 1, id);
	att_db_blob(st, 2, ek);
	return att_db_run(st, err);
}

/* What was proven with a key that is forgotten now. */
static int
drop_proven(struct att_store *s, const char *id, struct att_err *err)
{
	static const char signs[] = "UPDATE attestation SET evidence = NULL,"
				    " offer = NULL, demand = NULL"
				    " WHERE node = ?1 AND stage <> 0";
	static const char *const all[] = {
		"DELETE FROM session WHERE node = ?1",
		"DELETE FROM log WHERE node = ?1",
		"DELETE FROM shown WHERE node = ?1",
		"DELETE FROM given WHERE node = ?1", signs };
	int r;

	for (size_t i = 0; i < ATT_COUNT(all); i++) {
		AUTO(att_db_reset)
		sqlite3_stmt *st = att_db_stmt(s, all[i], err);

		att_db_text(st, 1, id);
		if ((r = att_db_run(st, err)) < 0)
			return r;
	}
	return 0;
}

/* `pending` stands on its row, which becomes the node. */
static int
become_node(struct att_store *s, sqlite3_stmt *pending, const char *id,
    bool fresh, int64_t now, struct att_err *err)
{
	static const char sql[] =
	    "INSERT INTO node(id, ek_public, ek_cert, ak_public, endorsement,"
	    " tag, activated, ek, ek_key)"
	    " VALUES(?1,?2,?3,?4,?5,?6,?7,?9,?10)"
	    " ON CONFLICT(id) DO UPDATE SET ek_cert = ifnull(?3, ek_cert),"
	    " ak_public = ?4, endorsement = ?5, tag = ?6,"
	    " activated = CASE WHEN ?8 THEN ?7 ELSE activated END,"
	    " clock = CASE WHEN ?8 THEN NULL ELSE clock END,"
	    " boot_time = CASE WHEN ?8 THEN NULL ELSE boot_time END,"
	    " boot_id = CASE WHEN ?8 THEN NULL ELSE boot_id END";
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(s, sql, err);
	int r;

	att_db_text(st, 1, id);
	att_db_blob(st, 2, att_db_slice(pending, 0));
	att_db_blob(st, 3, att_db_slice(pending, 1));
	att_db_blob(st, 4, att_db_slice(pending, 2));
	att_db_int(st, 5, sqlite3_column_int64(pending, 3));
	att_db_blob(st, 6, att_db_slice(pending, 4));
	att_db_int(st, 7, now);
	att_db_int(st, 8, fresh);
	att_db_blob(st, 9, att_db_slice(pending, 5));
	att_db_blob(st, 10, att_db_slice(pending, 6));
	if ((r = att_db_run(st, err)) < 0)
		return r;
	return fresh ? drop_proven(s, id, err) : 0;
}

/* Checks and installs the registration on whose row `st` stands. */
static int
install(struct att_store *s, sqlite3_stmt *st, const char *id,
    int64_t max_nodes, int64_t now, enum att_activation *ret,
    struct att_err *err)
{
	int r;

	if (sqlite3_column_int(st, 3) == ATT_ENDORSED_NO)
		return att_err_set(err, ATT_E_DENIED,
		    "the EK of \"%s\" chains to no trusted CA and waits for an "
		    "operator's admission", id);
	if ((r = check_owner(s, id, att_db_slice(st, 6), err)) < 0 ||
	    (r = check_kept(s, id, att_db_slice(st, 5), err)) < 0 ||
	    (r = compare_ak(s, id, att_db_slice(st, 2), ret, err)) < 0 ||
	    (*ret == ATT_ACTIVATED_NEW &&
		(r = check_count(s, max_nodes, err)) < 0) ||
	    (r = spend_admission(s, id, att_db_slice(st, 5), err)) < 0)
		return r;
	return become_node(s, st, id, *ret == ATT_ACTIVATED_NEW_AK, now, err);
}

static int
delete_pending(struct att_store *s, const struct att_digest *tag,
    struct att_err *err)
{
	static const char sql[] = "DELETE FROM pending WHERE tag = ?1";
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(s, sql, err);

	att_db_blob(st, 1, att_digest_view(tag));
	return att_db_run(st, err);
}

static int
activate_pending(struct att_store *s, const char *id,
    const struct att_digest *tag, int64_t max_nodes, int64_t now,
    enum att_activation *ret, struct att_err *err)
{
	static const char sql[] =
	    "SELECT ek_public, ek_cert, ak_public, endorsement, tag, ek,"
	    " ek_key"
	    " FROM pending WHERE id = ?1 AND tag = ?2";
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(s, sql, err);
	int r;

	att_db_text(st, 1, id);
	att_db_blob(st, 2, att_digest_view(tag));
	if ((r = att_db_step(st, err)) < 0)
		return r;
	if (r == 0)
		return att_err_set(err, ATT_E_NOT_FOUND,
		    "no registration of \"%s\" has this proof", id);
	return install(s, st, id, max_nodes, now, ret, err);
}

int
att_store_activate(struct att_store *s, const char *id,
    const struct att_digest *tag, int64_t max_nodes, int64_t now,
    enum att_activation *ret, struct att_err *err)
{
	AUTO_DONE(att_db_unlock) struct att_store *held = att_db_lock(s);
	AUTO_DONE(att_db_rollback) struct att_db_tx tx = { 0 };
	enum att_activation how = ATT_ACTIVATED_SAME;
	bool done = false;
	int r;

	if ((r = att_db_durable(held, err)) < 0 ||
	    (r = att_db_begin(held, &tx, err)) < 0 ||
	    (r = is_done(held, id, tag, &done, err)) < 0)
		return r;
	if (!done &&
	    ((r = activate_pending(held, id, tag, max_nodes, now, &how,
		  err)) < 0 ||
		(r = delete_pending(held, tag, err)) < 0))
		return r;
	if ((r = att_db_commit(&tx, err)) < 0)
		return r;
	*ret = how;
	return 0;
}

/* Reads the waiting one before `seq`; 1, or 0 at the end. */
static int
next_waiting(struct att_store *s, int64_t *seq, struct att_waiting *w,
    char *id, size_t size, struct att_err *err)
{
	static const char sql[] =
	    "SELECT seq, id, ek, ek_cert IS NOT NULL, created FROM pending"
	    " WHERE endorsement = 0 AND seq < ?1 ORDER BY seq DESC LIMIT 1";
	AUTO_DONE(att_db_unlock) struct att_store *held = att_db_lock(s);
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(held, sql, err);
	int r;

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
	int64_t seq = INT64_MAX;
	int r;

	while ((r = next_waiting(s, &seq, &w, id, sizeof(id), err)) > 0)
		if ((r = each(ctx, &w)) != 0)
			return r;
	return r;
}
