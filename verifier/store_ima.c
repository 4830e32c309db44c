#include "verifier/db.h"

#include <string.h>

static int
encode_state(const struct att_ima_state *state, struct att_buf *ret,
    struct att_err *err)
{
	att_ima_state_encode(state, ret);
	return att_buf_ok(ret, "state of an IMA list", err);
}

int
att_store_ima_put(struct att_store *s, const char *node,
    const struct att_store_ima *i, struct att_err *err)
{
	static const char sql[] =
	    "INSERT OR REPLACE INTO ima(node, boot, reset_count, policy,"
	    " lines, state) VALUES(?1, ?2, ?3, ?4, ?5, ?6)";
	AUTO_DONE(att_db_unlock) struct att_store *held = att_db_lock(s);
	AUTO_DONE(att_buf_done) struct att_buf state =
	    ATT_BUF(ATT_IMA_STATE_MAX);
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(held, sql, err);
	int r;

	if ((r = encode_state(&i->known.state, &state, err)) < 0)
		return r;
	att_db_text(st, 1, node);
	att_db_text(st, 2, i->boot);
	att_db_int(st, 3, i->reset_count);
	att_db_blob(st, 4, att_digest_view(&i->policy));
	att_db_int(st, 5, (int64_t)i->known.lines);
	att_db_blob(st, 6, att_buf_view(&state));
	return att_db_run(st, err);
}

static int
read_row(sqlite3_stmt *st, struct att_store_ima *i, struct att_err *err)
{
	int r;

	if ((r = att_db_get_text(st, 0, i->boot, sizeof(i->boot), err)) < 0)
		return r;
	i->reset_count = (uint32_t)sqlite3_column_int64(st, 1);
	i->known.lines = (uint64_t)sqlite3_column_int64(st, 3);
	/* this program wrote them: if they do not read, it is our trouble */
	if (att_digest_from(ATT_ALG_SHA256, att_db_slice(st, 2), &i->policy,
		err) < 0 ||
	    att_ima_state_parse(att_db_slice(st, 4), &i->known.state, err) <
		0)
		return ATT_E_DB;
	return 0;
}

int
att_store_ima_get(struct att_store *s, const char *node,
    struct att_store_ima *ret, struct att_err *err)
{
	static const char sql[] = "SELECT boot, reset_count, policy, lines,"
				  " state FROM ima WHERE node = ?1";
	AUTO_DONE(att_db_unlock) struct att_store *held = att_db_lock(s);
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(held, sql, err);
	struct att_store_ima i = { 0 };
	int r;

	att_db_text(st, 1, node);
	if ((r = att_db_step(st, err)) < 0)
		return r;
	if (r == 0)
		return att_err_set(err, ATT_E_NOT_FOUND,
		    "nothing of the IMA list of \"%s\" is known", node);
	if ((r = read_row(st, &i, err)) < 0)
		return r;
	*ret = i;
	return 0;
}

int
att_store_ima_drop(struct att_store *s, const char *node,
    struct att_err *err)
{
	static const char sql[] = "DELETE FROM ima WHERE node = ?1";
	AUTO_DONE(att_db_unlock) struct att_store *held = att_db_lock(s);
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(held, sql, err);

	att_db_text(st, 1, node);
	return att_db_run(st, err);
}

int
att_store_shown_put(struct att_store *s, const char *node,
    const struct att_ima_shown *i, struct att_err *err)
{
	static const char sql[] =
	    "INSERT OR REPLACE INTO shown(node, reset_count, restart_count,"
	    " state) VALUES(?1, ?2, ?3, ?4)";
	AUTO_DONE(att_db_unlock) struct att_store *held = att_db_lock(s);
	AUTO_DONE(att_buf_done) struct att_buf state =
	    ATT_BUF(ATT_IMA_STATE_MAX);
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(held, sql, err);
	int r;

	if ((r = encode_state(&i->state, &state, err)) < 0)
		return r;
	att_db_text(st, 1, node);
	att_db_int(st, 2, i->reset_count);
	att_db_int(st, 3, i->restart_count);
	att_db_blob(st, 4, att_buf_view(&state));
	return att_db_run(st, err);
}

int
att_store_shown_get(struct att_store *s, const char *node,
    struct att_ima_shown *ret, struct att_err *err)
{
	static const char sql[] = "SELECT reset_count, restart_count, state"
				  " FROM shown WHERE node = ?1";
	AUTO_DONE(att_db_unlock) struct att_store *held = att_db_lock(s);
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(held, sql, err);
	struct att_ima_shown i;
	int r;

	att_db_text(st, 1, node);
	if ((r = att_db_step(st, err)) < 0)
		return r;
	if (r == 0)
		return att_err_set(err, ATT_E_NOT_FOUND,
		    "nothing of the IMA list of \"%s\" was shown", node);
	i.reset_count = (uint32_t)sqlite3_column_int64(st, 0);
	i.restart_count = (uint32_t)sqlite3_column_int64(st, 1);
	if (att_ima_state_parse(att_db_slice(st, 2), &i.state, err) < 0)
		return ATT_E_DB;
	*ret = i;
	return 0;
}
