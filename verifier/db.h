/*
 * SQLite for the store's own files: statements prepared once, a lock that is
 * held for one step, a transaction that rolls back unless it is committed.
 */
#ifndef ATT_VERIFIER_DB_H
#define ATT_VERIFIER_DB_H

#include <sqlite3.h>

#include "verifier/store.h"

/* Holds the store for this scope: AUTO_DONE(att_db_unlock). */
struct att_store *att_db_lock(struct att_store *s) ATT_MUST;
/*
 * What is committed until the unlock, and all before it, survives a loss of
 * power. Without it a commit survives the end of the process, and a loss of
 * power may take the last ones back.
 */
int att_db_durable(struct att_store *s, struct att_err *err) ATT_MUST;
void att_db_unlock(struct att_store **s);

/*
 * The prepared form of `sql`, a string that lives as long as the program; it is
 * kept for the next call. AUTO(att_db_reset) gives it back. Bind from ?1 on.
 * NULL with *err filled, which nobody has to look at: it takes values, and
 * comes to ATT_E_DB when it is run.
 */
sqlite3_stmt *att_db_stmt(struct att_store *s, const char *sql,
    struct att_err *err) ATT_MUST;
void att_db_reset(sqlite3_stmt *st);
ATT_DEFINE_AUTO(sqlite3_stmt, att_db_reset)

/* Values must live until the statement has run. NULL and empty are NULL. */
void att_db_text(sqlite3_stmt *st, int at, const char *text);
void att_db_blob(sqlite3_stmt *st, int at, struct att_slice s);
void att_db_int(sqlite3_stmt *st, int at, int64_t v);

/* 1: a row; 0: done. A constraint that fails is ATT_E_CONFLICT. */
int att_db_step(sqlite3_stmt *st, struct att_err *err) ATT_MUST;
/* Runs to the end; rows are passed over. */
int att_db_run(sqlite3_stmt *st, struct att_err *err) ATT_MUST;

/* Columns from 0. Text that is too long for `ret` fails the store. */
int att_db_get_text(sqlite3_stmt *st, int column, char *ret, size_t size,
    struct att_err *err) ATT_MUST;
int att_db_get_buf(sqlite3_stmt *st, int column, struct att_buf *ret,
    struct att_err *err) ATT_MUST;
struct att_slice att_db_slice(sqlite3_stmt *st, int column) ATT_MUST;

/* AUTO_DONE(att_db_rollback) struct att_db_tx tx = { 0 }; begin; commit. */
struct att_db_tx {
	struct att_store *open;
};
int att_db_begin(struct att_store *s, struct att_db_tx *tx,
    struct att_err *err) ATT_MUST;
int att_db_commit(struct att_db_tx *tx, struct att_err *err) ATT_MUST;
void att_db_rollback(struct att_db_tx *tx);
/* Within a transaction: those that were not taken before. */
int att_db_facts_put(struct att_store *s, const char *node,
    const struct att_facts *facts, int64_t now, struct att_err *err)
    ATT_MUST;
/* The same for what finish stores beside. */
int att_db_given_put(struct att_store *s, const struct att_attestation *a,
    const struct att_quote_state *clock, struct att_err *err) ATT_MUST;
int att_db_devices_put(struct att_store *s, const struct att_attestation *a,
    struct att_err *err) ATT_MUST;
int att_db_firmware_put(struct att_store *s, const struct att_attestation *a,
    struct att_err *err) ATT_MUST;
/* Rows that the last statement changed. */
int att_db_changes(struct att_store *s) ATT_MUST;

#endif
