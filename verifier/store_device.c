#include "verifier/db.h"

#include <stdio.h>
#include <string.h>

/* -- challenges that were given -------------------------------------------- */

static int
add_given(struct att_store *s, const struct att_attestation *a,
    const struct att_quote_state *clock, struct att_err *err)
{
	static const char sql[] =
	    "INSERT OR REPLACE INTO given(node, idx, challenge, at,"
	    " reset_count, restart_count) VALUES(?1, ?2, ?3, ?4, ?5, ?6)";
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(s, sql, err);

	att_db_text(st, 1, a->node);
	att_db_int(st, 2, (int64_t)a->index);
	att_db_blob(st, 3, att_buf_view(&a->challenge));
	att_db_int(st, 4, a->created);
	att_db_int(st, 5, clock->reset_count);
	att_db_int(st, 6, clock->restart_count);
	return att_db_run(st, err);
}

int
att_db_given_put(struct att_store *s, const struct att_attestation *a,
    const struct att_quote_state *clock, struct att_err *err)
{
	static const char trim[] =
	    "DELETE FROM given WHERE node = ?1 AND idx <= ?2";
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(s, trim, err);
	int r;

	att_db_text(st, 1, a->node);
	att_db_int(st, 2, (int64_t)a->index - ATT_STORE_HISTORY_MAX);
	if ((r = att_db_run(st, err)) < 0)
		return r;
	return add_given(s, a, clock, err);
}

int
att_store_given_get(struct att_store *s, const char *node,
    struct att_slice challenge, struct att_store_given *ret,
    struct att_err *err)
{
	static const char sql[] =
	    "SELECT at, reset_count, restart_count FROM given"
	    " WHERE node = ?1 AND challenge = ?2 ORDER BY idx DESC LIMIT 1";
	AUTO_DONE(att_db_unlock) struct att_store *held = att_db_lock(s);
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(held, sql, err);
	int r;

	att_db_text(st, 1, node);
	att_db_blob(st, 2, challenge);
	if ((r = att_db_step(st, err)) < 0)
		return r;
	if (r == 0)
		return att_err_set(err, ATT_E_NOT_FOUND,
		    "\"%s\" was not given this challenge", node);
	*ret = (struct att_store_given){
		.at = sqlite3_column_int64(st, 0),
		.reset_count = (uint32_t)sqlite3_column_int64(st, 1),
		.restart_count = (uint32_t)sqlite3_column_int64(st, 2) };
	return 0;
}

/* -- devices --------------------------------------------------------------- */

#define COLUMNS                                                              \
	"component, issuer, serial, security_version, first_seen, last_seen," \
	" other_issuer, other_serial, other_seen"

static int
read_device(sqlite3_stmt *st, struct att_store_device *d, struct att_err *err)
{
	int r;

	if ((r = att_db_get_text(st, 0, d->component, sizeof(d->component),
		 err)) < 0 ||
	    (r = att_db_get_text(st, 1, d->issuer, sizeof(d->issuer), err)) <
		0 ||
	    (r = att_db_get_text(st, 2, d->serial, sizeof(d->serial), err)) <
		0 ||
	    (r = att_db_get_text(st, 6, d->other_issuer,
		 sizeof(d->other_issuer), err)) < 0 ||
	    (r = att_db_get_text(st, 7, d->other_serial,
		 sizeof(d->other_serial), err)) < 0)
		return r;
	d->security_version = (uint64_t)sqlite3_column_int64(st, 3);
	d->first_seen = sqlite3_column_int64(st, 4);
	d->last_seen = sqlite3_column_int64(st, 5);
	d->other_seen = sqlite3_column_int64(st, 8);
	return 0;
}

/* Reads the one behind `after`; 1, or 0 at the end. */
static int
next_device(struct att_store *s, const char *node, const char *after,
    struct att_store_device *ret, struct att_err *err)
{
	static const char sql[] = "SELECT " COLUMNS " FROM device"
				  " WHERE node = ?1 AND component > ?2"
				  " ORDER BY component LIMIT 1";
	AUTO_DONE(att_db_unlock) struct att_store *held = att_db_lock(s);
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(held, sql, err);
	int r;

	att_db_text(st, 1, node);
	att_db_text(st, 2, after);
	if ((r = att_db_step(st, err)) <= 0)
		return r;
	r = read_device(st, ret, err);
	return r < 0 ? r : 1;
}

int
att_store_device_each(struct att_store *s, const char *node,
    int (*each)(void *ctx, const struct att_store_device *d), void *ctx,
    struct att_err *err)
{
	char after[ATT_DEVICE_NAME_MAX + 1] = "";

	for (;;) {
		struct att_store_device d = { 0 };
		int r = next_device(s, node, after, &d, err);

		if (r <= 0 || (r = each(ctx, &d)) != 0)
			return r;
		memcpy(after, d.component, sizeof(after));
	}
}

int
att_store_device_elsewhere(struct att_store *s, const char *node,
    const char *issuer, const char *serial,
    char ret[static ATT_NODE_ID_MAX + 1], struct att_err *err)
{
	static const char sql[] =
	    "SELECT node FROM device WHERE serial = ?1 AND issuer = ?2"
	    " AND node <> ?3 ORDER BY first_seen, node LIMIT 1";
	AUTO_DONE(att_db_unlock) struct att_store *held = att_db_lock(s);
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(held, sql, err);
	int r;

	att_db_text(st, 1, serial);
	att_db_text(st, 2, issuer);
	att_db_text(st, 3, node);
	if ((r = att_db_step(st, err)) <= 0)
		return r;
	r = att_db_get_text(st, 0, ret, ATT_NODE_ID_MAX + 1, err);
	return r < 0 ? r : 1;
}

static int
put_seen(struct att_store *s, const char *node,
    const struct att_store_seen *d, int64_t now, struct att_err *err)
{
	/*
	 * One that is enrolled by now as another is left alone. A node has no
	 * more devices than evidence can have: with as many enrolled, one that
	 * is not among them stands beside one that is missing.
	 */
	static const char enrol[] =
	    "INSERT INTO device(node, component, issuer, serial,"
	    " security_version, first_seen, last_seen)"
	    " SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?6 WHERE ?7 >"
	    " (SELECT count(*) FROM device WHERE node = ?1"
	    " AND component <> ?2)"
	    " ON CONFLICT(node, component) DO UPDATE SET last_seen = ?6,"
	    " security_version = max(security_version, ?5)"
	    " WHERE issuer = ?3 AND serial = ?4";
	static const char other[] =
	    "UPDATE device SET other_issuer = ?3, other_serial = ?4,"
	    " other_seen = ?6 WHERE node = ?1 AND component = ?2"
	    " AND (issuer <> ?3 OR serial <> ?4) AND ?5 >= 0 AND ?7 > 0";
	AUTO(att_db_reset)
	sqlite3_stmt *st = att_db_stmt(s, d->other ? other : enrol, err);

	att_db_text(st, 1, node);
	att_db_text(st, 2, d->component);
	att_db_text(st, 3, d->issuer);
	att_db_text(st, 4, d->serial);
	att_db_int(st, 5, (int64_t)ATT_MIN(d->security_version,
	    (uint64_t)INT64_MAX));
	att_db_int(st, 6, now);
	att_db_int(st, 7, ATT_STORE_DEVICES_MAX);
	return att_db_run(st, err);
}

int
att_db_devices_put(struct att_store *s, const struct att_attestation *a,
    struct att_err *err)
{
	int r;

	for (size_t i = 0; i < a->devices; i++)
		if ((r = put_seen(s, a->node, &a->device[i], a->received,
			 err)) < 0)
			return r;
	return 0;
}

int
att_store_device_accept(struct att_store *s, const char *node,
    const char *component, const char *serial, int64_t now,
    struct att_err *err)
{
	static const char sql[] =
	    "UPDATE device SET issuer = other_issuer, serial = other_serial,"
	    " security_version = 0, first_seen = ?4, last_seen = other_seen,"
	    " other_issuer = NULL, other_serial = NULL, other_seen = NULL"
	    " WHERE node = ?1 AND component = ?2 AND other_serial = ?3";
	AUTO_DONE(att_db_unlock) struct att_store *held = att_db_lock(s);
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(held, sql, err);
	int r;

	att_db_text(st, 1, node);
	att_db_text(st, 2, component);
	att_db_text(st, 3, serial);
	att_db_int(st, 4, now);
	if ((r = att_db_durable(held, err)) < 0 ||
	    (r = att_db_run(st, err)) < 0)
		return r;
	if (att_db_changes(held) == 0)
		return att_err_set(err, ATT_E_NOT_FOUND,
		    "no other device with this serial number answered as "
		    "\"%.80s\" of \"%s\"", component, node);
	return 0;
}

int
att_store_device_delete(struct att_store *s, const char *node,
    const char *component, struct att_err *err)
{
	static const char sql[] =
	    "DELETE FROM device WHERE node = ?1 AND component = ?2";
	AUTO_DONE(att_db_unlock) struct att_store *held = att_db_lock(s);
	AUTO(att_db_reset) sqlite3_stmt *st = att_db_stmt(held, sql, err);
	int r;

	att_db_text(st, 1, node);
	att_db_text(st, 2, component);
	if ((r = att_db_durable(held, err)) < 0 ||
	    (r = att_db_run(st, err)) < 0)
		return r;
	if (att_db_changes(held) == 0)
		return att_err_set(err, ATT_E_NOT_FOUND,
		    "no device of \"%s\" is enrolled as \"%.80s\"", node,
		    component);
	return 0;
}
