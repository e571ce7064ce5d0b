/*
 * sqlite_rows.c - statements that are the same to all databases.
 */
#include "sqlite.h"

#include <math.h>

enum { COLUMNS_MAX = 16 };

int
sqlite_put(
    struct store *s, const struct average *rows, size_t n, struct error *err)
{
	sqlite3_stmt *stmt = sqlite_statement(s, PUT_AVERAGE, err);
	int status = STORE_OK;

	if (stmt == NULL)
		return STORE_AGAIN;
	for (size_t i = 0; status == STORE_OK && i < n; i++) {
		const union number *columns = rows[i].columns;

		for (int k = 0; k < STORE_AVERAGE_MAX; k++) {
			if (STORE_AVERAGE_COLUMNS[k] == 'i')
				sqlite3_bind_int64(
				    stmt, k + 1, columns[k].integer);
			else
				sqlite3_bind_double(
				    stmt, k + 1, columns[k].real);
		}
		status = sqlite_run(s, stmt, err);
	}
	return status;
}

int
sqlite_run_text(struct store *s, const char *sql, struct error *err)
{
	if (sqlite3_exec(s->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return sqlite_failed(s, err);
	return STORE_OK;
}

static void
take_columns(
    sqlite3_stmt *stmt, const char *types, union number row[COLUMNS_MAX])
{
	for (int i = 0; types[i] != '\0'; i++) {
		if (types[i] == 'i')
			row[i].integer = sqlite3_column_int64(stmt, i);
		else if (sqlite3_column_type(stmt, i) == SQLITE_NULL)
			row[i].real = NAN;
		else
			row[i].real = sqlite3_column_double(stmt, i);
	}
}

int
sqlite_rows(struct store *s, const char *sql, const char *types,
    int (*each)(void *context, const union number *), void *context,
    struct error *err)
{
	union number row[COLUMNS_MAX];
	int status = STORE_OK, code;
	sqlite3_stmt *stmt;

	if (sqlite3_prepare_v2(s->db, sql, -1, &stmt, NULL) != SQLITE_OK)
		return sqlite_failed(s, err);
	while ((code = sqlite3_step(stmt)) == SQLITE_ROW) {
		take_columns(stmt, types, row);
		if (each(context, row) != 0)
			break;
	}
	if (code != SQLITE_ROW && code != SQLITE_DONE)
		status = sqlite_failed(s, err);
	sqlite3_finalize(stmt);
	return status;
}
