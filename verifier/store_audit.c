#include "verifier/db.h"

#include <string.h>

#include "base/text.h"

#define TEXT_MAX 1024	/* bytes of one audit line */

static const char *const kinds[] = {
	"registration-refused",
	"registration-waits",
	"activation-refused",
	"node-enrolled",
	"node-new-ak",
	"proof-refused",
	"attestation-refused",
	"evidence-refused",
	"facts-refused",
	"appraisal-broken",
	"verdict",
	"device-enrolled",
	"device-other",
	"firmware-learnt",
	"operator-admitted",
	"operator-deleted",
	"operator-device",
	"operator-firmware",
	"reference-changed",
	"reference-deleted",
	"runtime-changed",
	"runtime-deleted",
};

const char *
att_audit_kind_at(size_t i)
{
	return i < ATT_COUNT(kinds) ? kinds[i] : NULL;
}

bool
att_audit_kind_is_known(const char *kind)
{
	for (size_t i = 0; i < ATT_COUNT(kinds); i++)
		if (strcmp(kinds[i], kind) == 0)
			return true;
	return false;
}

/* `sql` drops all but the newest ?3 lines of kind ?1 (and node ?2). */
static int
trim(struct att_store *s, const char *sql, const struct att_audit *a,
    int64_t keep, struct att_err *err)
{
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(s, sql, err);

	att_db_text(st, 1, a->kind);
	att_db_text(st, 2, a->node);
	att_db_int(st, 3, keep);
	return att_db_run(st, err);
}

static int
trim_audit(struct att_store *s, const struct att_audit *a,
    struct att_err *err)
{
	static const char of_kind[] =
	    "DELETE FROM audit WHERE kind = ?1 AND ?2 IS NOT NULL AND seq <="
	    " (SELECT seq FROM audit WHERE kind = ?1 ORDER BY seq DESC"
	    " LIMIT 1 OFFSET ?3)";
	static const char of_node[] =
	    "DELETE FROM audit WHERE node = ?2 AND kind = ?1 AND seq <="
	    " (SELECT seq FROM audit WHERE node = ?2 AND kind = ?1"
	    " ORDER BY seq DESC LIMIT 1 OFFSET ?3)";
	int r;

	/* lines of no node are the operator's, or of ids that are none */
	if (a->node[0] != '\0' && (r = trim(s, of_node, a,
		 ATT_STORE_AUDIT_NODE_MAX, err)) < 0)
		return r;
	return trim(s, of_kind, a, ATT_STORE_AUDIT_KIND_MAX, err);
}

int
att_store_audit_add(struct att_store *s, const struct att_audit *a,
    struct att_err *err)
{
	static const char sql[] = "INSERT INTO audit(time, node, kind, text)"
				  " VALUES(?1, ?2, ?3, ?4)";
	AUTO_DONE(att_buf_done) struct att_buf text = ATT_BUF(8 * TEXT_MAX);
	AUTO_DONE(att_db_unlock) struct att_store *held = att_db_lock(s);
	AUTO_DONE(att_db_rollback) struct att_db_tx tx = { 0 };
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(held, sql, err);
	int r;

	if (!att_audit_kind_is_known(a->kind))
		return att_err_set(err, ATT_E_USAGE,
		    "\"%s\" is no kind of audit line", a->kind);
	att_text_put(&text,
	    (struct att_slice){ (const uint8_t *)a->text,
		strnlen(a->text, TEXT_MAX) });
	att_buf_u8(&text, 0);
	if ((r = att_buf_ok(&text, "audit line", err)) < 0)
		return r;
	att_db_int(st, 1, a->time);
	att_db_text(st, 2, a->node);
	att_db_text(st, 3, a->kind);
	att_db_text(st, 4, (const char *)text.data);
	if ((r = att_db_begin(held, &tx, err)) < 0 ||
	    (r = att_db_run(st, err)) < 0 ||
	    (r = trim_audit(held, a, err)) < 0)
		return r;
	return att_db_commit(&tx, err);
}

int
att_store_audit_each(struct att_store *s, const char *node,
    const char *kind, unsigned max,
    int (*each)(void *ctx, const struct att_audit *a), void *ctx,
    struct att_err *err)
{
	static const char sql[] =
	    "SELECT time, node, kind, text FROM audit"
	    " WHERE (?1 IS NULL OR node = ?1) AND (?2 IS NULL OR kind = ?2)"
	    " ORDER BY seq DESC LIMIT ?3";
	AUTO_DONE(att_db_unlock) struct att_store *held = att_db_lock(s);
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(held, sql, err);
	int r;

	att_db_text(st, 1, node);
	att_db_text(st, 2, kind);
	att_db_int(st, 3, max);
	while ((r = att_db_step(st, err)) > 0) {
		struct att_audit a = {
			.time = sqlite3_column_int64(st, 0),
			.node = (const char *)sqlite3_column_text(st, 1),
			.kind = (const char *)sqlite3_column_text(st, 2),
			.text = (const char *)sqlite3_column_text(st, 3),
		};

		if ((r = each(ctx, &a)) != 0)
			return r;
	}
	return r;
}
