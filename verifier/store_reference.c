#include "verifier/db.h"

#include <string.h>

/* A limit that holds before the change, so that what is there can be read. */
static int
check_room(struct att_store *s, const char *id, struct att_err *err)
{
	static const char sql[] =
	    "SELECT count(*) FROM reference WHERE id <> ?1";
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(s, sql, err);
	int r;

	if (st == NULL)
		return ATT_E_DB;
	if (strlen(id) > ATT_REFERENCE_ID_MAX)
		return att_err_set(err, ATT_E_LIMIT,
		    "the id has %zu bytes, at most %d", strlen(id),
		    ATT_REFERENCE_ID_MAX);
	att_db_text(st, 1, id);
	if ((r = att_db_step(st, err)) < 0)
		return r;
	if (sqlite3_column_int64(st, 0) >= ATT_STORE_REFERENCES_MAX)
		return att_err_set(err, ATT_E_LIMIT,
		    "%d reference value documents are there, no more are kept",
		    ATT_STORE_REFERENCES_MAX);
	return 0;
}

int
att_store_reference_put(struct att_store *s, const char *id,
    struct att_slice json, int64_t now, struct att_err *err)
{
	static const char sql[] =
	    "INSERT INTO reference(id, json, changed) VALUES(?1, ?2, ?3)"
	    " ON CONFLICT(id) DO UPDATE SET json = ?2, changed = ?3";
	AUTO_DONE(att_db_unlock) struct att_store *held = att_db_lock(s);
	AUTO_DONE(att_db_rollback) struct att_db_tx tx = { 0 };
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(held, sql, err);
	int r;

	if (st == NULL)
		return ATT_E_DB;
	if ((r = att_db_durable(held, err)) < 0 ||
	    (r = att_db_begin(held, &tx, err)) < 0 ||
	    (r = check_room(held, id, err)) < 0)
		return r;
	att_db_text(st, 1, id);
	att_db_blob(st, 2, json);
	att_db_int(st, 3, now);
	if ((r = att_db_run(st, err)) < 0)
		return r;
	return att_db_commit(&tx, err);
}

int
att_store_reference_delete(struct att_store *s, const char *id,
    struct att_err *err)
{
	static const char sql[] = "DELETE FROM reference WHERE id = ?1";
	AUTO_DONE(att_db_unlock) struct att_store *held = att_db_lock(s);
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(held, sql, err);
	int r;

	if (st == NULL)
		return ATT_E_DB;
	att_db_text(st, 1, id);
	if ((r = att_db_durable(held, err)) < 0 ||
	    (r = att_db_run(st, err)) < 0)
		return r;
	if (att_db_changes(held) == 0)
		return att_err_set(err, ATT_E_NOT_FOUND,
		    "no reference values \"%s\"", id);
	return 0;
}

int
att_store_reference_get(struct att_store *s, const char *id,
    struct att_buf *ret, struct att_err *err)
{
	static const char sql[] = "SELECT json FROM reference WHERE id = ?1";
	AUTO_DONE(att_db_unlock) struct att_store *held = att_db_lock(s);
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(held, sql, err);
	int r;

	if (st == NULL)
		return ATT_E_DB;
	att_db_text(st, 1, id);
	if ((r = att_db_step(st, err)) < 0)
		return r;
	return r == 1 ? att_db_get_buf(st, 0, ret, err) :
			att_err_set(err, ATT_E_NOT_FOUND,
			    "no reference values \"%s\"", id);
}

/* Reads the document after `id`, which becomes its id; 1, or 0 at the end. */
static int
next_reference(struct att_store *s, char id[static ATT_REFERENCE_ID_MAX + 1],
    struct att_buf *ret, struct att_err *err)
{
	static const char sql[] = "SELECT id, json FROM reference"
				  " WHERE id > ?1 ORDER BY id LIMIT 1";
	AUTO_DONE(att_db_unlock) struct att_store *held = att_db_lock(s);
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(held, sql, err);
	char found[ATT_REFERENCE_ID_MAX + 1];
	int r;

	if (st == NULL)
		return ATT_E_DB;
	att_db_text(st, 1, id);
	if ((r = att_db_step(st, err)) <= 0)
		return r;
	if ((r = att_db_get_text(st, 0, found, sizeof(found), err)) < 0 ||
	    (r = att_db_get_buf(st, 1, ret, err)) < 0)
		return r;
	memcpy(id, found, sizeof(found));
	return 1;
}

int
att_store_reference_each(struct att_store *s,
    int (*each)(void *ctx, const char *id, struct att_slice json), void *ctx,
    struct att_err *err)
{
	char id[ATT_REFERENCE_ID_MAX + 1] = "";

	for (;;) {
		AUTO_DONE(att_buf_done) struct att_buf json = { 0 };
		int r = next_reference(s, id, &json, err);

		if (r <= 0 || (r = each(ctx, id, att_buf_view(&json))) != 0)
			return r;
	}
}
