#include "verifier/db.h"

/* The row, or 0 where there is none. */
static int
find(sqlite3_stmt *st, const char *node, const struct att_digest *sha256,
    struct att_err *err)
{
	att_db_text(st, 1, node);
	att_db_blob(st, 2, att_digest_view(sha256));
	return att_db_step(st, err);
}

int
att_store_log_has(struct att_store *s, const char *node,
    const struct att_digest *sha256, bool *ret, struct att_err *err)
{
	static const char sql[] =
	    "SELECT 1 FROM log WHERE node = ?1 AND sha256 = ?2";
	AUTO_DONE(att_db_unlock) struct att_store *held = att_db_lock(s);
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(held, sql, err);
	int r;

	if ((r = find(st, node, sha256, err)) < 0)
		return r;
	*ret = r == 1;
	return 0;
}

int
att_store_log_get(struct att_store *s, const char *node,
    const struct att_digest *sha256, struct att_buf *ret, struct att_err *err)
{
	static const char sql[] =
	    "SELECT bytes FROM log WHERE node = ?1 AND sha256 = ?2";
	AUTO_DONE(att_db_unlock) struct att_store *held = att_db_lock(s);
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(held, sql, err);
	int r;

	if ((r = find(st, node, sha256, err)) < 0)
		return r;
	if (r == 0)
		return att_err_set(err, ATT_E_NOT_FOUND,
		    "a log of \"%s\" that came by its digest is not held "
		    "any more", node);
	return att_db_get_buf(st, 0, ret, err);
}

int
att_store_log_drop(struct att_store *s, const char *node,
    const struct att_digest *sha256, struct att_err *err)
{
	static const char sql[] =
	    "DELETE FROM log WHERE node = ?1 AND sha256 = ?2";
	AUTO_DONE(att_db_unlock) struct att_store *held = att_db_lock(s);
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(held, sql, err);

	return find(st, node, sha256, err);
}
