/*
 * sqlite_expire.c - removing old rows a little at a time, so that neither the
 * writer nor a reader waits long.
 */
#include "sqlite.h"

/* A slice ends after so many rows deleted or series looked at. */
#define SLICE_ROWS 5000
#define SLICE_SERIES 1000

/* *ret: the next series by id; 0 at the end. */
static int
next_series(struct store *s, int64_t after, int64_t *ret, struct error *err)
{
	sqlite3_stmt *stmt = sqlite_statement(s, NEXT_SERIES, err);
	int status = STORE_OK;

	if (stmt == NULL)
		return STORE_AGAIN;
	sqlite3_bind_int64(stmt, 1, after);
	*ret = 0;
	switch (sqlite3_step(stmt)) {
	case SQLITE_ROW:
		*ret = sqlite3_column_int64(stmt, 0);
		break;
	case SQLITE_DONE:
		break;
	default:
		status = sqlite_failed(s, err);
	}
	sqlite3_reset(stmt);
	return status;
}

static int
delete_samples(struct store *s, int64_t series, const struct expiry *e,
    int rows, int *ret_deleted, struct error *err)
{
	sqlite3_stmt *stmt = sqlite_statement(s, OLD_SAMPLES, err);
	int status;

	if (stmt == NULL)
		return STORE_AGAIN;
	sqlite3_bind_int64(stmt, 1, series);
	sqlite3_bind_int64(stmt, 2, e->before_ns);
	sqlite3_bind_int(stmt, 3, rows);
	sqlite3_bind_int64(stmt, 4, e->longest_ns);
	status = sqlite_run(s, stmt, err);
	if (status == STORE_OK)
		*ret_deleted = sqlite3_changes(s->db);
	return status;
}

static int
forget_series(struct store *s, int64_t series, struct error *err)
{
	static const enum statement tables[] = { FORGET_AVERAGES, FORGET_NEWEST,
		FORGET_SERIES };
	int status = STORE_OK;
	sqlite3_stmt *stmt;

	for (size_t i = 0; status == STORE_OK && i < 3; i++) {
		stmt = sqlite_statement(s, tables[i], err);
		if (stmt == NULL)
			return STORE_AGAIN;
		sqlite3_bind_int64(stmt, 1, series);
		status = sqlite_run(s, stmt, err);
	}
	return status;
}

/* A series whose last sample came too long ago: jobs come and go. */
static int
forget_if_old(
    struct store *s, int64_t series, struct expiry *e, struct error *err)
{
	sqlite3_stmt *old = sqlite_statement(s, OLD_NEWEST, err);
	int found;

	if (old == NULL)
		return STORE_AGAIN;
	sqlite3_bind_int64(old, 1, series);
	sqlite3_bind_int64(old, 2, e->longest_ns);
	found = sqlite3_step(old);
	sqlite3_reset(old);
	if (found == SQLITE_DONE)
		return STORE_OK;
	if (found != SQLITE_ROW)
		return sqlite_failed(s, err);
	e->forgotten++;
	return forget_series(s, series, err);
}

static int
delete_records(struct store *s, int64_t before_ns, int rows, int *ret_deleted,
    struct error *err)
{
	sqlite3_stmt *stmt = sqlite_statement(s, OLD_RECORDS, err);
	int status;

	if (stmt == NULL)
		return STORE_AGAIN;
	sqlite3_bind_int64(stmt, 1, before_ns);
	sqlite3_bind_int(stmt, 2, rows);
	status = sqlite_run(s, stmt, err);
	if (status == STORE_OK)
		*ret_deleted = sqlite3_changes(s->db);
	return status;
}

/* Samples series by series, then records; `e' says where to go on. */
static int
slice(struct store *s, struct expiry *e, struct error *err)
{
	int rows = SLICE_ROWS, seen = 0, status = STORE_OK, n;
	int64_t series;

	while (rows > 0 && seen++ < SLICE_SERIES) {
		status = next_series(s, e->series, &series, err);
		if (status != STORE_OK || series == 0)
			break;
		status = delete_samples(s, series, e, rows, &n, err);
		if (status == STORE_OK && n < rows)
			status = forget_if_old(s, series, e, err);
		if (status != STORE_OK)
			return status;
		rows -= n;
		if (rows == 0)
			return STORE_OK; /* there may be more of it */
		e->series = series;
	}
	if (status != STORE_OK || series != 0)
		return status;
	status = delete_records(s, e->longest_ns, rows, &n, err);
	if (status == STORE_OK)
		e->done = n < rows;
	return status;
}

int
sqlite_expire(struct store *s, struct expiry *e, struct error *err)
{
	struct expiry next = *e;
	int status;

	status = sqlite_do(s, BEGIN, err);
	if (status == STORE_OK)
		status = slice(s, &next, err);
	if (status == STORE_OK)
		status = sqlite_do(s, COMMIT, err);
	if (status == STORE_OK)
		*e = next;
	else if (!sqlite3_get_autocommit(s->db))
		sqlite_do(s, ROLLBACK, NULL);
	return status;
}
