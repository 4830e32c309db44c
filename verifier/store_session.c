#include "verifier/db.h"

#include <string.h>

#define SESSION_COLUMNS                                                      \
	"id, node, challenge, challenge_expires, token, token_expires"       \
	" FROM session"

int
att_store_session_put(struct att_store *s, const struct att_session *ses,
    struct att_err *err)
{
	static const char sql[] =
	    "INSERT INTO session(id, node, challenge, challenge_expires)"
	    " VALUES(?1, ?2, ?3, ?4)";
	/* none of a node is lost: its proof follows within a second or two */
	static const char cap[] =
	    "DELETE FROM session WHERE token IS NULL AND rowid <="
	    " (SELECT max(rowid) FROM session) - ?1";
	AUTO_DONE(att_db_unlock) struct att_store *held = att_db_lock(s);
	AUTO_DONE(att_db_rollback) struct att_db_tx tx = { 0 };
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(held, sql, err);
	AUTO(att_db_reset) sqlite3_stmt *old = att_db_stmt(held, cap, err);
	int r;

	if ((r = att_db_begin(held, &tx, err)) < 0)
		return r;
	att_db_int(old, 1, ATT_STORE_SESSIONS_MAX);
	att_db_text(st, 1, ses->id);
	att_db_text(st, 2, ses->node);
	att_db_blob(st, 3,
	    (struct att_slice){ ses->challenge, ses->challenge_len });
	att_db_int(st, 4, ses->challenge_expires);
	if ((r = att_db_run(st, err)) < 0 || (r = att_db_run(old, err)) < 0)
		return r;
	return att_db_commit(&tx, err);
}

static int
read_session(sqlite3_stmt *st, struct att_session *ret, struct att_err *err)
{
	struct att_session ses = { 0 };
	struct att_slice challenge = att_db_slice(st, 2);
	int r;

	if ((r = att_db_get_text(st, 0, ses.id, sizeof(ses.id), err)) < 0 ||
	    (r = att_db_get_text(st, 1, ses.node, sizeof(ses.node), err)) < 0)
		return r;
	if (challenge.len > sizeof(ses.challenge))
		return att_err_set(err, ATT_E_DB, "store: long challenge");
	memcpy(ses.challenge, challenge.data, challenge.len);
	ses.challenge_len = challenge.len;
	ses.challenge_expires = sqlite3_column_int64(st, 3);
	ses.proven = sqlite3_column_type(st, 4) != SQLITE_NULL;
	if (ses.proven &&
	    (r = att_digest_from(ATT_ALG_SHA256, att_db_slice(st, 4),
		 &ses.token, err)) < 0)
		return r;
	ses.token_expires = sqlite3_column_int64(st, 5);
	*ret = ses;
	return 0;
}

int
att_store_session_get(struct att_store *s, const char *id,
    struct att_session *ret, struct att_err *err)
{
	static const char sql[] = "SELECT " SESSION_COLUMNS " WHERE id = ?1";
	AUTO_DONE(att_db_unlock) struct att_store *held = att_db_lock(s);
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(held, sql, err);
	int r;

	att_db_text(st, 1, id);
	if ((r = att_db_step(st, err)) < 0)
		return r;
	return r == 1 ? read_session(st, ret, err) :
			att_err_set(err, ATT_E_NOT_FOUND, "no such session");
}

static int
set_token(struct att_store *s, const char *id, const struct att_digest *token,
    int64_t expires, struct att_err *err)
{
	static const char sql[] =
	    "UPDATE session SET token = ?2, token_expires = ?3"
	    " WHERE id = ?1 AND token IS NULL";
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(s, sql, err);
	int r;

	att_db_text(st, 1, id);
	att_db_blob(st, 2, att_digest_view(token));
	att_db_int(st, 3, expires);
	if ((r = att_db_run(st, err)) < 0)
		return r;
	if (att_db_changes(s) != 1)
		return att_err_set(err, ATT_E_CONFLICT,
		    "this session is gone or has its proof already");
	return 0;
}

int
att_store_session_prove(struct att_store *s, const char *id,
    const struct att_digest *token, int64_t token_expires,
    struct att_err *err)
{
	static const char others[] =
	    "DELETE FROM session WHERE id <> ?1 AND token IS NOT NULL AND"
	    " node = (SELECT node FROM session WHERE id = ?1)";
	AUTO_DONE(att_db_unlock) struct att_store *held = att_db_lock(s);
	AUTO_DONE(att_db_rollback) struct att_db_tx tx = { 0 };
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(held, others, err);
	int r;

	if ((r = att_db_begin(held, &tx, err)) < 0 ||
	    (r = set_token(held, id, token, token_expires, err)) < 0)
		return r;
	att_db_text(st, 1, id);
	if ((r = att_db_run(st, err)) < 0)
		return r;
	return att_db_commit(&tx, err);
}

int
att_store_session_by_token(struct att_store *s,
    const struct att_digest *token, int64_t now, struct att_session *ret,
    struct att_err *err)
{
	static const char sql[] = "SELECT " SESSION_COLUMNS
				  " WHERE token = ?1";
	AUTO_DONE(att_db_unlock) struct att_store *held = att_db_lock(s);
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(held, sql, err);
	struct att_session ses;
	int r;

	att_db_blob(st, 1, att_digest_view(token));
	if ((r = att_db_step(st, err)) < 0)
		return r;
	if (r == 0)
		return att_err_set(err, ATT_E_NOT_FOUND, "unknown token");
	if ((r = read_session(st, &ses, err)) < 0)
		return r;
	if (ses.token_expires <= now)
		return att_err_set(err, ATT_E_EXPIRED, "token has expired");
	*ret = ses;
	return 0;
}

int
att_store_session_extend(struct att_store *s, const char *id,
    int64_t token_expires, struct att_err *err)
{
	static const char sql[] = "UPDATE session SET token_expires = ?2"
				  " WHERE id = ?1 AND token IS NOT NULL";
	AUTO_DONE(att_db_unlock) struct att_store *held = att_db_lock(s);
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(held, sql, err);

	att_db_text(st, 1, id);
	att_db_int(st, 2, token_expires);
	return att_db_run(st, err);
}

int
att_store_session_delete(struct att_store *s, const char *id,
    struct att_err *err)
{
	static const char sql[] = "DELETE FROM session WHERE id = ?1"
				  " AND token IS NULL";
	AUTO_DONE(att_db_unlock) struct att_store *held = att_db_lock(s);
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(held, sql, err);

	att_db_text(st, 1, id);
	return att_db_run(st, err);
}

int
att_store_sweep(struct att_store *s, int64_t now, struct att_err *err)
{
	static const char session[] =
	    "DELETE FROM session WHERE (token IS NULL AND"
	    " challenge_expires < ?1) OR"
	    " (token IS NOT NULL AND token_expires < ?1)";
	/* those that wait for an operator wait as long as it takes */
	static const char pending[] =
	    "DELETE FROM pending WHERE endorsement <> 0 AND created < ?1 - ?2";
	AUTO_DONE(att_db_unlock) struct att_store *held = att_db_lock(s);
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(held, session, err);
	AUTO(att_db_reset) sqlite3_stmt *up = att_db_stmt(held, pending, err);
	int r;

	att_db_int(st, 1, now);
	att_db_int(up, 1, now);
	att_db_int(up, 2, ATT_STORE_PENDING_AGE);
	if ((r = att_db_run(st, err)) < 0)
		return r;
	return att_db_run(up, err);
}
