#include "verifier/db.h"

#include <string.h>

/* Documents of operators; a table for each kind of them. */
struct kind {
	const char *what;
	int64_t max;
	const char *others, *put, *remove, *get, *next;
};

#define KIND(table, name, most)                                              \
	{ .what = name, .max = most,                                         \
	    .others = "SELECT count(*) FROM " table " WHERE id <> ?1",       \
	    .put = "INSERT INTO " table "(id, json, changed)"                \
		   " VALUES(?1, ?2, ?3) ON CONFLICT(id)"                     \
		   " DO UPDATE SET json = ?2, changed = ?3",                 \
	    .remove = "DELETE FROM " table " WHERE id = ?1",                 \
	    .get = "SELECT json FROM " table " WHERE id = ?1",               \
	    .next = "SELECT id, json FROM " table                            \
		    " WHERE id > ?1 ORDER BY id LIMIT 1" }

static const struct kind reference = KIND("reference", "reference values",
    ATT_STORE_REFERENCES_MAX);
static const struct kind runtime = KIND("runtime", "runtime policy",
    ATT_STORE_RUNTIMES_MAX);

/* A limit that holds before the change, so that what is there can be read. */
static int
check_room(struct att_store *s, const struct kind *k, const char *id,
    struct att_err *err)
{
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(s, k->others, err);
	int r;

	if (strlen(id) > ATT_REFERENCE_ID_MAX)
		return att_err_set(err, ATT_E_LIMIT,
		    "the id has %zu bytes, at most %d", strlen(id),
		    ATT_REFERENCE_ID_MAX);
	att_db_text(st, 1, id);
	if ((r = att_db_step(st, err)) < 0)
		return r;
	if (sqlite3_column_int64(st, 0) >= k->max)
		return att_err_set(err, ATT_E_LIMIT,
		    "%lld documents of %s are there, no more are kept",
		    (long long)k->max, k->what);
	return 0;
}

static int
put(struct att_store *s, const struct kind *k, const char *id,
    struct att_slice json, int64_t now, struct att_err *err)
{
	AUTO_DONE(att_db_unlock) struct att_store *held = att_db_lock(s);
	AUTO_DONE(att_db_rollback) struct att_db_tx tx = { 0 };
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(held, k->put, err);
	int r;

	if ((r = att_db_durable(held, err)) < 0 ||
	    (r = att_db_begin(held, &tx, err)) < 0 ||
	    (r = check_room(held, k, id, err)) < 0)
		return r;
	att_db_text(st, 1, id);
	att_db_blob(st, 2, json);
	att_db_int(st, 3, now);
	if ((r = att_db_run(st, err)) < 0)
		return r;
	return att_db_commit(&tx, err);
}

static int
remove_one(struct att_store *s, const struct kind *k, const char *id,
    struct att_err *err)
{
	AUTO_DONE(att_db_unlock) struct att_store *held = att_db_lock(s);
	AUTO(att_db_reset)
	sqlite3_stmt *st = att_db_stmt(held, k->remove, err);
	int r;

	att_db_text(st, 1, id);
	if ((r = att_db_durable(held, err)) < 0 ||
	    (r = att_db_run(st, err)) < 0)
		return r;
	if (att_db_changes(held) == 0)
		return att_err_set(err, ATT_E_NOT_FOUND,
		    "no %s \"%s\"", k->what, id);
	return 0;
}

static int
get(struct att_store *s, const struct kind *k, const char *id,
    struct att_buf *ret, struct att_err *err)
{
	AUTO_DONE(att_db_unlock) struct att_store *held = att_db_lock(s);
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(held, k->get, err);
	int r;

	att_db_text(st, 1, id);
	if ((r = att_db_step(st, err)) < 0)
		return r;
	return r == 1 ? att_db_get_buf(st, 0, ret, err) :
			att_err_set(err, ATT_E_NOT_FOUND,
			    "no %s \"%s\"", k->what, id);
}

/* Reads the document after `id`, which becomes its id; 1, or 0 at the end. */
static int
next_after(struct att_store *s, const struct kind *k,
    char id[static ATT_REFERENCE_ID_MAX + 1], struct att_buf *ret,
    struct att_err *err)
{
	AUTO_DONE(att_db_unlock) struct att_store *held = att_db_lock(s);
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(held, k->next, err);
	char found[ATT_REFERENCE_ID_MAX + 1];
	int r;

	att_db_text(st, 1, id);
	if ((r = att_db_step(st, err)) <= 0)
		return r;
	if ((r = att_db_get_text(st, 0, found, sizeof(found), err)) < 0 ||
	    (r = att_db_get_buf(st, 1, ret, err)) < 0)
		return r;
	memcpy(id, found, sizeof(found));
	return 1;
}

static int
each_of(struct att_store *s, const struct kind *k,
    int (*each)(void *ctx, const char *id, struct att_slice json), void *ctx,
    struct att_err *err)
{
	char id[ATT_REFERENCE_ID_MAX + 1] = "";

	for (;;) {
		AUTO_DONE(att_buf_done) struct att_buf json = { 0 };
		int r = next_after(s, k, id, &json, err);

		if (r <= 0 || (r = each(ctx, id, att_buf_view(&json))) != 0)
			return r;
	}
}

int
att_store_reference_put(struct att_store *s, const char *id,
    struct att_slice json, int64_t now, struct att_err *err)
{
	return put(s, &reference, id, json, now, err);
}

int
att_store_reference_get(struct att_store *s, const char *id,
    struct att_buf *ret, struct att_err *err)
{
	return get(s, &reference, id, ret, err);
}

int
att_store_reference_delete(struct att_store *s, const char *id,
    struct att_err *err)
{
	return remove_one(s, &reference, id, err);
}

int
att_store_reference_each(struct att_store *s,
    int (*each)(void *ctx, const char *id, struct att_slice json), void *ctx,
    struct att_err *err)
{
	return each_of(s, &reference, each, ctx, err);
}

int
att_store_runtime_put(struct att_store *s, const char *id,
    struct att_slice json, int64_t now, struct att_err *err)
{
	return put(s, &runtime, id, json, now, err);
}

int
att_store_runtime_get(struct att_store *s, const char *id,
    struct att_buf *ret, struct att_err *err)
{
	return get(s, &runtime, id, ret, err);
}

int
att_store_runtime_delete(struct att_store *s, const char *id,
    struct att_err *err)
{
	return remove_one(s, &runtime, id, err);
}

int
att_store_runtime_each(struct att_store *s,
    int (*each)(void *ctx, const char *id, struct att_slice json), void *ctx,
    struct att_err *err)
{
	return each_of(s, &runtime, each, ctx, err);
}
