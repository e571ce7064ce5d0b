/*
 * sqlite.h - what the parts of the SQLite dialect share: one connection, its
 * prepared statements, and its way to explain a failure.
 */
#ifndef SQL_SQLITE_H
#define SQL_SQLITE_H

#include <sqlite3.h>

#include "store.h"

enum statement {
	BEGIN,
	BEGIN_READING,
	COMMIT,
	ROLLBACK,
	GET_PROGRESS,
	SET_PROGRESS,
	FIND_SERIES,
	ADD_SERIES,
	CHANGE_SERIES,
	ADD_SAMPLE,
	READ_INSTANT,
	ADD_RECORD,
	ADD_NEWEST,
	PUT_AVERAGE,
	NEXT_SERIES,
	OLD_SAMPLES,
	OLD_NEWEST,
	FORGET_SERIES,
	FORGET_NEWEST,
	FORGET_AVERAGES,
	OLD_RECORDS,
	READ_SAMPLES,
	READ_LABELS,
	N_STATEMENTS
};

struct store {
	sqlite3 *db;
	char *path;
	sqlite3_stmt *statements[N_STATEMENTS]; /* NULL: not prepared yet */
};

/* Why the last call failed, as enum store_status. */
int sqlite_failed(struct store *, struct error *);

/* Prepared at its first use, ready for binding; NULL with the reason. */
sqlite3_stmt *sqlite_statement(struct store *, enum statement,
    struct error *);
/* Step a statement that gives no rows, and reset it. */
int sqlite_run(struct store *, sqlite3_stmt *, struct error *);
/* The same for one that has no arguments. */
int sqlite_do(struct store *, enum statement, struct error *);
/* In a transaction: the last position stored. */
int sqlite_progress(struct store *, uint64_t *ret, struct error *);

/* -- sqlite_schema.c -- */

/* Bring the schema to this version of the writer's, in one transaction;
   refuses a newer one and a database of somebody else's. */
int sqlite_migrate(struct store *, struct error *);
/* Is the schema this version's?  For who only reads. */
int sqlite_check_schema(struct store *, struct error *);

/* -- sqlite_expire.c, sqlite_known.c, sqlite_read.c: see struct dialect -- */

/* A value of that type from a column of the row at hand. */
struct farm_value sqlite_value(sqlite3_stmt *, int type, int column);
int sqlite_known(struct store *, const struct sample *const *, size_t n,
    bool *known, struct error *);
int sqlite_expire(struct store *, struct expiry *, struct error *);
int sqlite_read(struct store *, struct question *, const struct reader *,
    uint64_t *ret_position, struct error *);

/* -- sqlite_rows.c: see struct dialect -- */

int sqlite_put(struct store *, const struct average *, size_t n,
    struct error *);
int sqlite_run_text(struct store *, const char *sql, struct error *);
int sqlite_rows(struct store *, const char *sql, const char *types,
    int (*row)(void *context, const union number *), void *context,
    struct error *);

#endif
