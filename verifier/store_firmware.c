#include "verifier/db.h"

#include <string.h>

int
att_store_firmware_get(struct att_store *s, const char *node,
    struct att_store_firmware *ret, struct att_err *err)
{
	static const char sql[] =
	    "SELECT known, generation FROM firmware WHERE node = ?1";
	AUTO_DONE(att_db_unlock) struct att_store *held = att_db_lock(s);
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(held, sql, err);
	int r;

	att_db_text(st, 1, node);
	if ((r = att_db_step(st, err)) < 0)
		return r;
	*ret = (struct att_store_firmware){ .generation = 0 };
	if (r == 0)
		return 0;
	ret->generation = sqlite3_column_int64(st, 1);
	return att_db_get_buf(st, 0, &ret->known, err);
}

void
att_store_firmware_done(struct att_store_firmware *f)
{
	att_buf_done(&f->known);
}

/* Only over what the appraisal read: an operator's word in between stays. */
int
att_db_firmware_put(struct att_store *s, const struct att_attestation *a,
    struct att_err *err)
{
	static const char sql[] =
	    "INSERT INTO firmware(node, known, generation, changed)"
	    " SELECT ?1, ?2, 1, ?4 WHERE ?3 = 0 OR EXISTS"
	    " (SELECT 1 FROM firmware WHERE node = ?1)"
	    " ON CONFLICT(node) DO UPDATE SET known = ?2, changed = ?4,"
	    " generation = generation + 1 WHERE generation = ?3";
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(s, sql, err);

	att_db_text(st, 1, a->node);
	att_db_blob(st, 2, att_buf_view(&a->firmware->known));
	att_db_int(st, 3, a->firmware->generation);
	att_db_int(st, 4, a->received);
	return att_db_run(st, err);
}

/* The row stays, so that what is being appraised does not bring it back. */
int
att_store_firmware_forget(struct att_store *s, const char *node, int64_t now,
    struct att_err *err)
{
	static const char sql[] =
	    "UPDATE firmware SET known = NULL, generation = generation + 1,"
	    " changed = ?2 WHERE node = ?1 AND known IS NOT NULL";
	AUTO_DONE(att_db_unlock) struct att_store *held = att_db_lock(s);
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(held, sql, err);
	int r;

	att_db_text(st, 1, node);
	att_db_int(st, 2, now);
	if ((r = att_db_durable(held, err)) < 0 ||
	    (r = att_db_run(st, err)) < 0)
		return r;
	if (att_db_changes(held) == 0)
		return att_err_set(err, ATT_E_NOT_FOUND,
		    "nothing of the firmware of \"%s\" is known", node);
	return 0;
}
