/*
 * sql_bare_sqlite.c - SQLite: a prepared statement, row by row.
 */
#include "sql_bare.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct bare {
	sqlite3 *db;
	sqlite3_stmt *insert, *newest;
};

static void
run(struct bare *b, const char *sql)
{
	if (sqlite3_exec(b->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		die(sql, sqlite3_errmsg(b->db));
}

static sqlite3_stmt *
prepare(struct bare *b, const char *sql)
{
	sqlite3_stmt *stmt;

	if (sqlite3_prepare_v2(b->db, sql, -1, &stmt, NULL) != SQLITE_OK)
		die(sql, sqlite3_errmsg(b->db));
	return stmt;
}

static void
sqlite_make_urls(const char *folder, char urls[2][256])
{
	snprintf(urls[0], 256, "sqlite:%s/ours.db", folder);
	snprintf(urls[1], 256, "sqlite:%s/bare.db", folder);
}

static struct bare *
sqlite_open(const char *folder, bool bare)
{
	struct bare *b = calloc(1, sizeof(*b));
	char path[256];

	if (b == NULL)
		die(folder, "out of memory");
	snprintf(
	    path, sizeof(path), "%s/%s.db", folder, bare ? "bare" : "ours");
	if (sqlite3_open_v2(path, &b->db,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
		die(path, sqlite3_errmsg(b->db));
	run(b, "PRAGMA synchronous = NORMAL");
	b->insert = prepare(
	    b, "INSERT INTO samples VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
	b->newest = prepare(
	    b, "REPLACE INTO newest VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
	return b;
}

static void
sqlite_close(struct bare *b)
{
	sqlite3_finalize(b->insert);
	sqlite3_finalize(b->newest);
	sqlite3_close(b->db);
	free(b);
}

static void
put(struct bare *b, sqlite3_stmt *stmt, const struct load *l, size_t series,
    size_t step)
{
	const struct farm_record *r =
	    &l->records[step * NODES + series / VALUES];

	sqlite3_bind_int64(stmt, 1, (int64_t)series + 1);
	sqlite3_bind_int64(stmt, 2, r->time_ns);
	sqlite3_bind_int64(stmt, 3, (int64_t)r->position);
	sqlite3_bind_int64(stmt, 4, (int64_t)(series % VALUES));
	sqlite3_bind_int(stmt, 5, FARM_DOUBLE);
	sqlite3_bind_double(stmt, 6, l->values[step * SERIES + series].number);
	if (sqlite3_step(stmt) != SQLITE_DONE)
		die("insert", sqlite3_errmsg(b->db));
	sqlite3_reset(stmt);
}

/* By series, as their pages are. */
static void
sqlite_insert(struct bare *b, const struct load *l)
{
	char sql[64];

	run(b, "BEGIN IMMEDIATE");
	for (size_t series = 0; series < SERIES; series++) {
		for (size_t step = 0; step < l->n_steps; step++)
			put(b, b->insert, l, series, step);
		put(b, b->newest, l, series, l->n_steps - 1);
	}
	snprintf(sql, sizeof(sql), "UPDATE progress SET position = %llu",
	    (unsigned long long)l->position);
	run(b, sql);
	run(b, "COMMIT");
}

static int
sqlite_count_latest(struct bare *b)
{
	sqlite3_stmt *stmt = prepare(
	    b, "SELECT cluster, node, parameter, value FROM latest");
	int n = 0;

	for (; sqlite3_step(stmt) == SQLITE_ROW; n++) {
		(void)sqlite3_column_text(stmt, 0);
		(void)sqlite3_column_text(stmt, 1);
		(void)sqlite3_column_text(stmt, 2);
		(void)sqlite3_column_double(stmt, 3);
	}
	sqlite3_finalize(stmt);
	return n;
}

static int64_t
sqlite_size(struct bare *b)
{
	sqlite3_stmt *stmt = prepare(b,
	    "SELECT page_count * page_size"
	    " FROM pragma_page_count, pragma_page_size");
	int64_t size = 0;

	if (sqlite3_step(stmt) == SQLITE_ROW)
		size = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	return size;
}

const struct bare_engine bare_sqlite = {
	.name = "sqlite",
	.make_urls = sqlite_make_urls,
	.open = sqlite_open,
	.close = sqlite_close,
	.insert = sqlite_insert,
	.count_latest = sqlite_count_latest,
	.size = sqlite_size,
};
