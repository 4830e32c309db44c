#include "verifier/db.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

#define STMT_MAX 128		/* different statements of the store */
#define BUSY_MS 5000		/* wait for another process's lock */
#define COLUMN_MAX ((size_t)1 << 26)	/* bytes of one value */

struct att_store {
	sqlite3 *db;
	pthread_mutex_t lock;
	bool durable;
	size_t count;
	struct {
		const char *sql;
		sqlite3_stmt *st;
	} cache[STMT_MAX];
};

/*
 * Step N leads from schema N to N + 1. A step that has shipped is never
 * changed; a new one is added and ATT_STORE_SCHEMA counts up.
 */
static const char *const migrations[ATT_STORE_SCHEMA] = {
	"CREATE TABLE node ("
	"  id TEXT PRIMARY KEY NOT NULL,"
	"  ek_public BLOB NOT NULL, ek_cert BLOB, ak_public BLOB NOT NULL,"
	"  ek BLOB NOT NULL, ek_key BLOB NOT NULL UNIQUE,"
	"  endorsement INTEGER NOT NULL, tag BLOB NOT NULL,"
	"  activated INTEGER NOT NULL,"
	"  last_seen INTEGER NOT NULL DEFAULT 0,"
	"  last_pass INTEGER NOT NULL DEFAULT 0,"
	"  passes INTEGER NOT NULL DEFAULT 0,"
	"  clock INTEGER, reset_count INTEGER, restart_count INTEGER,"
	"  firmware_version INTEGER, safe INTEGER,"
	"  boot_time TEXT, boot_id TEXT);"
	"CREATE TABLE admission ("
	"  id TEXT PRIMARY KEY NOT NULL, vendor TEXT, product TEXT,"
	"  grp TEXT, ek BLOB, any_ek INTEGER NOT NULL DEFAULT 0,"
	"  changed INTEGER NOT NULL);"
	"CREATE TABLE pending ("
	"  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL,"
	"  ek_public BLOB NOT NULL, ek_cert BLOB, ak_public BLOB NOT NULL,"
	"  ek BLOB NOT NULL, ek_key BLOB NOT NULL,"
	"  endorsement INTEGER NOT NULL,"
	"  tag BLOB NOT NULL UNIQUE, created INTEGER NOT NULL);"
	"CREATE INDEX pending_id ON pending(id);"
	"CREATE TABLE session ("
	"  id TEXT PRIMARY KEY NOT NULL, node TEXT NOT NULL,"
	"  challenge BLOB NOT NULL, challenge_expires INTEGER NOT NULL,"
	"  token BLOB UNIQUE, token_expires INTEGER NOT NULL DEFAULT 0);"
	"CREATE INDEX session_node ON session(node);"
	"CREATE TABLE boot ("
	"  node TEXT NOT NULL, reset_count INTEGER NOT NULL,"
	"  boot_time TEXT NOT NULL, boot_id TEXT NOT NULL,"
	"  first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL,"
	"  PRIMARY KEY (node, reset_count, boot_time, boot_id))"
	" WITHOUT ROWID;"
	"CREATE TABLE attestation ("
	"  node TEXT NOT NULL, idx INTEGER NOT NULL, stage INTEGER NOT NULL,"
	"  challenge BLOB NOT NULL, created INTEGER NOT NULL,"
	"  expires INTEGER NOT NULL, received INTEGER NOT NULL DEFAULT 0,"
	"  boot_time TEXT NOT NULL, boot_id TEXT NOT NULL,"
	"  verdict TEXT NOT NULL DEFAULT 'undecided',"
	/* long ones last: a row's columns are read from its beginning on */
	"  offer BLOB, demand BLOB, findings BLOB, result BLOB,"
	"  evidence BLOB,"
	"  PRIMARY KEY (node, idx));"
	"CREATE TABLE reference ("
	"  id TEXT PRIMARY KEY NOT NULL, json BLOB NOT NULL,"
	"  changed INTEGER NOT NULL);"
	"CREATE TABLE runtime ("
	"  id TEXT PRIMARY KEY NOT NULL, json BLOB NOT NULL,"
	"  changed INTEGER NOT NULL);"
	"CREATE TABLE ima ("
	"  node TEXT PRIMARY KEY NOT NULL, boot TEXT NOT NULL,"
	"  reset_count INTEGER NOT NULL, policy BLOB NOT NULL,"
	"  lines INTEGER NOT NULL, state BLOB NOT NULL);"
	"CREATE TABLE audit ("
	"  seq INTEGER PRIMARY KEY AUTOINCREMENT, time INTEGER NOT NULL,"
	"  node TEXT NOT NULL, kind TEXT NOT NULL, text TEXT NOT NULL);"
	"CREATE INDEX audit_kind ON audit(kind);"
	"CREATE INDEX audit_node ON audit(node, kind);",

	"CREATE TABLE fact_queue ("
	"  node TEXT NOT NULL, queue TEXT NOT NULL, taken INTEGER NOT NULL,"
	"  seen INTEGER NOT NULL, PRIMARY KEY (node, queue));"
	"CREATE TABLE fact ("
	"  id INTEGER PRIMARY KEY AUTOINCREMENT, node TEXT NOT NULL,"
	"  queue TEXT NOT NULL, seq INTEGER NOT NULL,"
	"  received INTEGER NOT NULL, kind TEXT NOT NULL,"
	"  count INTEGER NOT NULL, first INTEGER NOT NULL,"
	"  last INTEGER NOT NULL, boot_id TEXT NOT NULL,"
	"  details TEXT NOT NULL, UNIQUE (node, queue, seq));"
	"CREATE INDEX fact_node ON fact(node);",

	/* idx: the newest attestation whose evidence has it */
	"CREATE TABLE log ("
	"  node TEXT NOT NULL, sha256 BLOB NOT NULL, idx INTEGER NOT NULL,"
	"  bytes BLOB NOT NULL, PRIMARY KEY (node, sha256));",

	"CREATE TABLE given ("
	"  node TEXT NOT NULL, idx INTEGER NOT NULL, challenge BLOB NOT NULL,"
	"  at INTEGER NOT NULL, reset_count INTEGER NOT NULL,"
	"  restart_count INTEGER NOT NULL, PRIMARY KEY (node, idx))"
	" WITHOUT ROWID;"
	"CREATE TABLE device ("
	"  node TEXT NOT NULL, component TEXT NOT NULL,"
	"  issuer TEXT NOT NULL, serial TEXT NOT NULL,"
	"  security_version INTEGER NOT NULL, first_seen INTEGER NOT NULL,"
	"  last_seen INTEGER NOT NULL, other_issuer TEXT, other_serial TEXT,"
	"  other_seen INTEGER, PRIMARY KEY (node, component))"
	" WITHOUT ROWID;"
	"CREATE INDEX device_serial ON device(serial);"
	"CREATE TABLE firmware ("
	"  node TEXT PRIMARY KEY NOT NULL, known BLOB,"
	"  generation INTEGER NOT NULL, changed INTEGER NOT NULL);"
	"ALTER TABLE node ADD COLUMN wait INTEGER NOT NULL DEFAULT 0;",

	"ALTER TABLE node ADD COLUMN interval INTEGER NOT NULL DEFAULT 0;",

	"CREATE TABLE shown ("
	"  node TEXT PRIMARY KEY NOT NULL, reset_count INTEGER NOT NULL,"
	"  restart_count INTEGER NOT NULL, state BLOB NOT NULL);",
};

static int
db_error(sqlite3 *db, const char *what, struct att_err *err)
{
	return att_err_sub(err, ATT_E_DB, (uint32_t)sqlite3_errcode(db),
	    "%s: %s", what, sqlite3_errmsg(db));
}

static int
exec(struct att_store *s, const char *sql, const char *what,
    struct att_err *err)
{
	if (sqlite3_exec(s->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return db_error(s->db, what, err);
	return 0;
}

struct att_store *
att_db_lock(struct att_store *s)
{
	/* an error-checking mutex is not needed: no function nests */
	(void)pthread_mutex_lock(&s->lock);
	return s;
}

int
att_db_durable(struct att_store *s, struct att_err *err)
{
	int r = exec(s, "PRAGMA synchronous = FULL", "store", err);

	if (r == 0)
		s->durable = true;
	return r;
}

void
att_db_unlock(struct att_store **s)
{
	/* if this fails, more is synced than need be */
	if ((*s)->durable &&
	    exec(*s, "PRAGMA synchronous = NORMAL", "store", NULL) == 0)
		(*s)->durable = false;
	(void)pthread_mutex_unlock(&(*s)->lock);
}

sqlite3_stmt *
att_db_stmt(struct att_store *s, const char *sql, struct att_err *err)
{
	sqlite3_stmt *st = NULL;

	for (size_t i = 0; i < s->count; i++)
		if (s->cache[i].sql == sql)
			return s->cache[i].st;
	if (s->count == STMT_MAX) {
		(void)att_err_set(err, ATT_E_LIMIT, "store: %d statements",
		    STMT_MAX);
		return NULL;
	}
	if (sqlite3_prepare_v3(s->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &st,
		NULL) != SQLITE_OK) {
		(void)db_error(s->db, "store", err);
		return NULL;
	}
	s->cache[s->count].sql = sql;
	s->cache[s->count++].st = st;
	return st;
}

void
att_db_reset(sqlite3_stmt *st)
{
	(void)sqlite3_reset(st);
	(void)sqlite3_clear_bindings(st);
}

void
att_db_text(sqlite3_stmt *st, int at, const char *text)
{
	(void)sqlite3_bind_text(st, at, text, -1, SQLITE_STATIC);
}

void
att_db_blob(sqlite3_stmt *st, int at, struct att_slice s)
{
	if (s.len != 0)
		(void)sqlite3_bind_blob64(st, at, s.data, s.len,
		    SQLITE_STATIC);
}

void
att_db_int(sqlite3_stmt *st, int at, int64_t v)
{
	(void)sqlite3_bind_int64(st, at, v);
}

int
att_db_step(sqlite3_stmt *st, struct att_err *err)
{
	int r;

	/* why was said as it was to be prepared */
	if (st == NULL)
		return ATT_E_DB;
	r = sqlite3_step(st);
	if (r == SQLITE_ROW)
		return 1;
	if (r == SQLITE_DONE)
		return 0;
	if (r == SQLITE_CONSTRAINT)
		return att_err_sub(err, ATT_E_CONFLICT, (uint32_t)r,
		    "store: %s", sqlite3_errmsg(sqlite3_db_handle(st)));
	return db_error(sqlite3_db_handle(st), "store", err);
}

int
att_db_run(sqlite3_stmt *st, struct att_err *err)
{
	int r;

	do
		r = att_db_step(st, err);
	while (r > 0);
	return r;
}

struct att_slice
att_db_slice(sqlite3_stmt *st, int column)
{
	const void *data = sqlite3_column_blob(st, column);
	int len = sqlite3_column_bytes(st, column);

	return (struct att_slice){ .data = data,
		.len = data == NULL ? 0 : (size_t)len };
}

int
att_db_get_buf(sqlite3_stmt *st, int column, struct att_buf *ret,
    struct att_err *err)
{
	*ret = ATT_BUF(COLUMN_MAX);
	att_buf_slice(ret, att_db_slice(st, column));
	return att_buf_ok(ret, "store", err);
}

int
att_db_get_text(sqlite3_stmt *st, int column, char *ret, size_t size,
    struct att_err *err)
{
	struct att_slice s = att_db_slice(st, column);

	if (s.len >= size)
		return att_err_set(err, ATT_E_DB,
		    "store: column %d holds %zu bytes, at most %zu", column,
		    s.len, size - 1);
	if (s.len != 0)
		memcpy(ret, s.data, s.len);
	ret[s.len] = '\0';
	return 0;
}

int
att_db_begin(struct att_store *s, struct att_db_tx *tx, struct att_err *err)
{
	int r = exec(s, "BEGIN IMMEDIATE", "store", err);

	if (r == 0)
		tx->open = s;
	return r;
}

int
att_db_commit(struct att_db_tx *tx, struct att_err *err)
{
	int r = exec(tx->open, "COMMIT", "store", err);

	if (r == 0)
		tx->open = NULL;
	return r;
}

void
att_db_rollback(struct att_db_tx *tx)
{
	if (tx->open != NULL)
		(void)exec(tx->open, "ROLLBACK", "store", NULL);
	tx->open = NULL;
}

int
att_db_changes(struct att_store *s)
{
	return sqlite3_changes(s->db);
}

static int
schema_version(struct att_store *s, int64_t *ret, struct att_err *err)
{
	AUTO(att_db_reset)
	sqlite3_stmt *st = att_db_stmt(s, "PRAGMA user_version", err);
	int r;

	if ((r = att_db_step(st, err)) < 0)
		return r;
	*ret = sqlite3_column_int64(st, 0);
	return 0;
}

static int
migrate(struct att_store *s, struct att_err *err)
{
	AUTO_DONE(att_db_rollback) struct att_db_tx tx = { 0 };
	char set[48];
	int64_t have = 0;
	int r;

	/* under the write lock: two programs that start at once take turns */
	if ((r = att_db_begin(s, &tx, err)) < 0 ||
	    (r = schema_version(s, &have, err)) < 0)
		return r;
	if (have < 0 || have > ATT_STORE_SCHEMA)
		return att_err_set(err, ATT_E_UNSUPPORTED,
		    "store: schema %lld, this program knows up to %d",
		    (long long)have, ATT_STORE_SCHEMA);
	for (int64_t v = have; v < ATT_STORE_SCHEMA; v++)
		if ((r = exec(s, migrations[v], "store: migration", err)) < 0)
			return r;
	snprintf(set, sizeof(set), "PRAGMA user_version = %d",
	    ATT_STORE_SCHEMA);
	if ((r = exec(s, set, "store", err)) < 0)
		return r;
	return att_db_commit(&tx, err);
}

/* SQLite would make the file readable to all. */
static int
make_private(const char *path, struct att_err *err)
{
	AUTO_DONE(att_fd_done) int fd = -1;

	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	return fd < 0 ? att_err_sys(err, errno, "%s", path) : 0;
}

int
att_store_open(const char *path, struct att_store **ret, struct att_err *err)
{
	AUTO(att_store_close) struct att_store *s = calloc(1, sizeof(*s));
	int r;

	if (s == NULL)
		return att_err_nomem(err);
	(void)pthread_mutex_init(&s->lock, NULL);
	if ((r = make_private(path, err)) < 0)
		return r;
	if (sqlite3_open_v2(path, &s->db,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) !=
	    SQLITE_OK)
		return db_error(s->db, path, err);
	(void)sqlite3_extended_result_codes(s->db, 0);
	(void)sqlite3_busy_timeout(s->db, BUSY_MS);
	if ((r = exec(s,
		 "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
		 "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;"
		 "PRAGMA temp_store = MEMORY;",
		 path, err)) < 0 ||
	    (r = migrate(s, err)) < 0)
		return r;
	*ret = take(&s);
	return 0;
}

void
att_store_close(struct att_store *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->count; i++)
		(void)sqlite3_finalize(s->cache[i].st);
	(void)sqlite3_close(s->db);
	(void)pthread_mutex_destroy(&s->lock);
	free(s);
}
