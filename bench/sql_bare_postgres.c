/*
 * sql_bare_postgres.c - libpq: a COPY into a temporary table, and the two
 * statements that take it over.
 */
#include "sql_bare.h"

#include <endian.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ROW_BYTES = 2 + 12 + 12 + 8 + 8 + 6 + 24 + VALUES * 12 + 4 + 4 };

struct bare {
	PGconn *conn;
	char rows[19 + STEPS_MAX * NODES * ROW_BYTES + 2];
};

static PGresult *
run(struct bare *b, const char *sql)
{
	PGresult *result = PQexec(b->conn, sql);

	if (PQresultStatus(result) != PGRES_COMMAND_OK &&
	    PQresultStatus(result) != PGRES_TUPLES_OK &&
	    PQresultStatus(result) != PGRES_COPY_IN)
		die(sql, PQerrorMessage(b->conn));
	return result;
}

static struct bare *
connect_to(const char *folder, const char *database)
{
	struct bare *b = calloc(1, sizeof(*b));
	char url[256];

	if (b == NULL)
		die(database, "out of memory");
	snprintf(url, sizeof(url), "postgresql://farm:s3cret@/%s?host=%s",
	    database, folder);
	b->conn = PQconnectdb(url);
	/* It may have begun just now. */
	for (int i = 0; PQstatus(b->conn) != CONNECTION_OK && i < 100; i++) {
		usleep(100000);
		PQreset(b->conn);
	}
	if (PQstatus(b->conn) != CONNECTION_OK)
		die(database, PQerrorMessage(b->conn));
	return b;
}

static void
postgres_close(struct bare *b)
{
	PQfinish(b->conn);
	free(b);
}

static void
postgres_make_urls(const char *folder, char urls[2][256])
{
	static const char *const names[] = { "ours", "bare" };
	struct bare *b = connect_to(folder, "postgres");
	char sql[64];

	for (size_t i = 0; i < 2; i++) {
		snprintf(sql, sizeof(sql), "CREATE DATABASE %s", names[i]);
		PQclear(run(b, sql));
		snprintf(urls[i], 256, "postgresql://farm:s3cret@/%s?host=%s",
		    names[i], folder);
	}
	postgres_close(b);
}

static struct bare *
postgres_open(const char *folder, bool bare)
{
	struct bare *b = connect_to(folder, bare ? "bare" : "ours");

	PQclear(run(b, "CREATE TEMPORARY TABLE incoming (LIKE results)"
		       " ON COMMIT DELETE ROWS; SET jit = off;"
		       " SET synchronous_commit = local"));
	return b;
}

static char *
put(char *p, uint64_t v, size_t size)
{
	v = htobe64(v << (64 - 8 * size));
	memcpy(p, &v, size);
	return p + size;
}

static char *
field(char *p, uint64_t v, size_t size)
{
	return put(put(p, size, 4), v, size);
}

static char *
put_record(char *p, const struct farm_record *r, size_t grp)
{
	p = put(p, 8, 2);
	p = field(p, (uint64_t)r->time_ns, 8);
	p = field(p, r->position, 8);
	p = field(p, grp, 4);
	p = field(p, 0, 4);
	p = field(p, 1, 2);
	p = put(p, 20 + 12 * VALUES, 4);
	p = put(put(put(p, 1, 4), 0, 4), 701, 4);
	p = put(put(p, VALUES, 4), 1, 4);
	for (size_t i = 0; i < VALUES; i++)
		p = field(p, r->values[i].uint64, 8);
	return put(put(p, UINT32_MAX, 4), UINT32_MAX, 4);
}

static void
postgres_insert(struct bare *b, const struct load *l)
{
	char *p = b->rows, sql[64];

	memcpy(p, "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19);
	p += 19;
	for (size_t i = 0; i < l->n_steps * NODES; i++)
		p = put_record(p, &l->records[i], i % NODES + 1);
	p = put(p, UINT16_MAX, 2);
	PQclear(run(b, "BEGIN"));
	PQclear(run(b, "SELECT position FROM progress FOR UPDATE"));
	PQclear(run(b, "COPY incoming FROM STDIN (FORMAT binary)"));
	if (PQputCopyData(b->conn, b->rows, (int)(p - b->rows)) != 1 ||
	    PQputCopyEnd(b->conn, NULL) != 1)
		die("COPY", PQerrorMessage(b->conn));
	while (PQgetResult(b->conn) != NULL)
		;
	PQclear(run(b, "INSERT INTO results SELECT * FROM incoming"
		       " ON CONFLICT DO NOTHING"));
	PQclear(run(b,
	    "INSERT INTO newest SELECT DISTINCT ON (grp) time, position, grp,"
	    " item, low, cardinality(doubles), doubles, integers, texts"
	    " FROM incoming ORDER BY grp, time DESC"
	    " ON CONFLICT (grp, low, size) DO UPDATE SET time = excluded.time,"
	    " position = excluded.position, doubles = excluded.doubles"));
	snprintf(sql, sizeof(sql), "UPDATE progress SET position = %llu",
	    (unsigned long long)l->position);
	PQclear(run(b, sql));
	PQclear(run(b, "COMMIT"));
}

static int
postgres_count_latest(struct bare *b)
{
	PGresult *result = run(
	    b, "SELECT cluster, node, parameter, value FROM latest");
	int n = PQntuples(result);

	PQclear(result);
	return n;
}

static int64_t
postgres_size(struct bare *b)
{
	PGresult *result = run(b,
	    "SELECT sum(pg_total_relation_size(inhrelid)) FROM pg_inherits"
	    " WHERE inhparent = 'results'::regclass");
	int64_t size = strtoll(PQgetvalue(result, 0, 0), NULL, 10);

	PQclear(result);
	return size;
}

const struct bare_engine bare_postgres = {
	.name = "postgres",
	.make_urls = postgres_make_urls,
	.open = postgres_open,
	.close = postgres_close,
	.insert = postgres_insert,
	.count_latest = postgres_count_latest,
	.size = postgres_size,
};
