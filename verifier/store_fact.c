#include "verifier/db.h"

/* The seq of the last one that was taken of this queue; 0: it is not known. */
static int
read_taken(struct att_store *s, const char *node, const char *queue,
    int64_t *ret, struct att_err *err)
{
	static const char sql[] =
	    "SELECT taken FROM fact_queue WHERE node = ?1 AND queue = ?2";
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(s, sql, err);
	int r;

	att_db_text(st, 1, node);
	att_db_text(st, 2, queue);
	if ((r = att_db_step(st, err)) < 0)
		return r;
	*ret = r == 0 ? 0 : sqlite3_column_int64(st, 0);
	return 0;
}

int
att_store_fact_taken(struct att_store *s, const char *node,
    const char *queue, int64_t *ret, struct att_err *err)
{
	AUTO_DONE(att_db_unlock) struct att_store *held = att_db_lock(s);

	return read_taken(held, node, queue, ret, err);
}

static int
put_queue(struct att_store *s, const char *node, const char *queue,
    int64_t taken, int64_t now, struct att_err *err)
{
	static const char sql[] =
	    "INSERT OR REPLACE INTO fact_queue(node, queue, taken, seen)"
	    " VALUES(?1, ?2, ?3, ?4)";
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(s, sql, err);

	att_db_text(st, 1, node);
	att_db_text(st, 2, queue);
	att_db_int(st, 3, taken);
	att_db_int(st, 4, now);
	return att_db_run(st, err);
}

static int
put_fact(struct att_store *s, const char *node, const char *queue,
    const struct att_fact *f, int64_t now, struct att_err *err)
{
	/* it can be there only where its queue was forgotten meanwhile */
	static const char sql[] =
	    "INSERT INTO fact(node, queue, seq, received, kind, count, first,"
	    " last, boot_id, details)"
	    " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
	    " ON CONFLICT(node, queue, seq) DO NOTHING";
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(s, sql, err);

	att_db_text(st, 1, node);
	att_db_text(st, 2, queue);
	att_db_int(st, 3, f->seq);
	att_db_int(st, 4, now);
	att_db_text(st, 5, f->kind);
	att_db_int(st, 6, f->count);
	att_db_int(st, 7, f->first);
	att_db_int(st, 8, f->last);
	att_db_text(st, 9, f->boot_id);
	att_db_text(st, 10, f->details);
	return att_db_run(st, err);
}

/* `sql` drops what stands behind the newest ?2 of the node. */
static int
trim(struct att_store *s, const char *sql, const char *node, int64_t keep,
    struct att_err *err)
{
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(s, sql, err);

	att_db_text(st, 1, node);
	att_db_int(st, 2, keep);
	return att_db_run(st, err);
}

/* A node can tell as much as it likes, and begin as many queues. */
static int
trim_all(struct att_store *s, const char *node, struct att_err *err)
{
	static const char facts[] =
	    "DELETE FROM fact WHERE node = ?1 AND id <="
	    " (SELECT id FROM fact WHERE node = ?1 ORDER BY id DESC"
	    " LIMIT 1 OFFSET ?2)";
	/* each use is a new row, so that no clock says which was the last */
	static const char queues[] =
	    "DELETE FROM fact_queue WHERE node = ?1 AND queue IN"
	    " (SELECT queue FROM fact_queue WHERE node = ?1"
	    " ORDER BY rowid DESC LIMIT -1 OFFSET ?2)";
	int r = trim(s, facts, node, ATT_STORE_FACTS_MAX, err);

	return r < 0 ? r : trim(s, queues, node, ATT_STORE_QUEUES_MAX, err);
}

int
att_db_facts_put(struct att_store *s, const char *node,
    const struct att_facts *facts, int64_t now, struct att_err *err)
{
	int64_t taken = 0, last;
	int r;

	if ((r = read_taken(s, node, facts->queue, &taken, err)) < 0)
		return r;
	last = taken;
	for (size_t i = 0; i < facts->count; i++) {
		if (facts->fact[i].seq <= taken)
			continue;
		last = facts->fact[i].seq;
		if ((r = put_fact(s, node, facts->queue, &facts->fact[i], now,
			 err)) < 0)
			return r;
	}
	if ((r = put_queue(s, node, facts->queue, last, now, err)) < 0)
		return r;
	return trim_all(s, node, err);
}

static int
read_fact(sqlite3_stmt *st, struct att_store_fact *ret, struct att_err *err)
{
	struct att_fact *f = &ret->fact;
	int r;

	if ((r = att_db_get_text(st, 0, ret->queue, sizeof(ret->queue),
		 err)) < 0 ||
	    (r = att_db_get_text(st, 3, f->kind, sizeof(f->kind), err)) < 0 ||
	    (r = att_db_get_text(st, 7, f->boot_id, sizeof(f->boot_id),
		 err)) < 0 ||
	    (r = att_db_get_text(st, 8, f->details, sizeof(f->details),
		 err)) < 0)
		return r;
	f->seq = sqlite3_column_int64(st, 1);
	ret->received = sqlite3_column_int64(st, 2);
	f->count = sqlite3_column_int64(st, 4);
	f->first = sqlite3_column_int64(st, 5);
	f->last = sqlite3_column_int64(st, 6);
	return 0;
}

int
att_store_fact_each(struct att_store *s, const char *node, unsigned max,
    int (*each)(void *ctx, const struct att_store_fact *f), void *ctx,
    struct att_err *err)
{
	static const char sql[] =
	    "SELECT queue, seq, received, kind, count, first, last, boot_id,"
	    " details FROM fact WHERE node = ?1 ORDER BY id DESC LIMIT ?2";
	AUTO_DONE(att_db_unlock) struct att_store *held = att_db_lock(s);
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(held, sql, err);
	int r;

	att_db_text(st, 1, node);
	att_db_int(st, 2, max);
	while ((r = att_db_step(st, err)) > 0) {
		struct att_store_fact f = { 0 };

		if ((r = read_fact(st, &f, err)) < 0 ||
		    (r = each(ctx, &f)) != 0)
			return r;
	}
	return r;
}
