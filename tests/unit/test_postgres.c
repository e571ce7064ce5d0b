/* The writer `sql' with PostgreSQL: the suite of all engines on a server of
   the test's own, partitions, and whatever may happen to a server. */
#include "sql_suite.h"

#include <libpq-fe.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct server server;

static PGconn *
connect_to(const char *database)
{
	char url[256];

	snprintf(url, sizeof(url),
	    "postgresql://farm:s3cret@/%s?host=%s"
	    "&options=-cclient_min_messages%%3Dwarning",
	    database, server.folder);
	return PQconnectdb(url);
}

static bool
is_up(const struct server *s)
{
	PGconn *conn = connect_to("postgres");
	bool up = PQstatus(conn) == CONNECTION_OK;

	(void)s;
	PQfinish(conn);
	return up;
}

static char *
run(const char *database, const char *sql)
{
	PGconn *conn = connect_to(database);
	PGresult *result = PQexec(conn, sql);
	char *copy;

	if (PQresultStatus(result) != PGRES_TUPLES_OK &&
	    PQresultStatus(result) != PGRES_COMMAND_OK)
		fail_msg("%s: %s", sql, PQerrorMessage(conn));
	copy = strdup(PQntuples(result) == 0 ? "" : PQgetvalue(result, 0, 0));
	assert_non_null(copy);
	PQclear(result);
	PQfinish(conn);
	return copy;
}

static char *
query(const struct fixture *f, const char *sql)
{
	(void)f;
	return run("farm", sql);
}

static void
create(struct fixture *f)
{
	free(run("postgres", "DROP DATABASE IF EXISTS farm WITH (FORCE)"));
	free(run("postgres", "CREATE DATABASE farm"));
	snprintf(f->url, sizeof(f->url),
	    "postgresql://farm:s3cret@/farm?host=%s", server.folder);
	snprintf(
	    f->name, sizeof(f->name), "postgresql://%s/farm", server.folder);
}

static void
remove_all(struct fixture *f)
{
	(void)f;
}

const struct engine engine = {
	.create = create,
	.remove = remove_all,
	.query = query,
	.is_up = is_up,
	.server = &server,
	.kind = "postgres",
	.forbid_13 = "ALTER TABLE results ADD CONSTRAINT luck"
		     " CHECK (integers[1] <> 13)",
};

/* -- layout -- */

static void
test_views(void **state)
{
	struct fixture *f = *state;
	uint32_t s = series(f, "n", "p");

	open_writer(f);
	put_value(f, 1, T0 + 250 * NS_PER_MS, of(s, farm_uint64(UINT64_MAX)));
	expect(f, "SELECT text FROM latest", "18446744073709551615");
	expect(f, "SELECT type FROM latest", "uint64");
	put_value(f, 2, T0 + NS_PER_S, of(s, farm_double(NAN)));
	expect(f, "SELECT value FROM latest", "NaN");
	put_value(f, 3, T0 + 2 * NS_PER_S, of(s, farm_text("a\0b", 3)));
	expect(f, "SELECT text FROM latest", "a\\000b");
	put_value(f, 4, T0 + 3 * NS_PER_S, of(s, farm_double(1.5)));
	expect(f, "SELECT value || unit FROM latest", "1.5s");
	expect(f, "SELECT count(*) FROM latest", "1");
	expect(f, "SELECT count(*) FROM history", "4");
	expect(f, "SELECT to_json(at)::text FROM history ORDER BY time",
	    "\"2023-11-14T22:13:20.25+00:00\"");
	expect(f,
	    "SELECT farm || '/' || cluster || '/' || node || '/' || parameter"
	    " FROM history ORDER BY time",
	    FAKE_FARM "/c/n/p");
	/* What comes late does not become the newest. */
	put_value(f, 5, T0 - NS_PER_S, of(s, farm_double(7)));
	expect(f, "SELECT value FROM latest", "1.5");
}

/* A result is one row for each type in it; parts of one are rows, too. */
static void
test_rows(void **state)
{
	enum { N = 250 };
	struct fixture *f = *state;
	static struct farm_value values[N];
	struct farm_record r = result(1, T0, values, N);
	char name[16];

	for (size_t i = 0; i < N; i++) {
		snprintf(name, sizeof(name), "p%03zu", i);
		values[i] = of(
		    series(f, "n", name), i % 5 == 0 ? farm_int64((int64_t)i)
						     : farm_double((double)i));
	}
	open_writer(f);
	assert_int_equal(put(f, &r, 1), FARM_DONE);
	expect(f, "SELECT count(*) FROM results", "2");
	expect(f, "SELECT count(*) FROM samples", "250");
	r = result(2, T0 + 1, values + 101, 3);
	assert_int_equal(put(f, &r, 1), FARM_DONE);
	expect(f, "SELECT count(*) FROM results", "3");
	expect(f, "SELECT count(*) FROM samples", "253");
	expect(f,
	    "SELECT count(*) FROM latest WHERE value"
	    " <> right(parameter, 3)::int",
	    "0");
	expect(f, "SELECT count(*) FROM latest", "250");
	expect(f, "SELECT count(*) FROM latest WHERE position = 2", "3");
	ask(f);
	assert_int_equal(f->reader->n_values, 253);
}

static void
test_type_changes(void **state)
{
	struct fixture *f = *state;
	uint32_t s = series(f, "n", "p");
	const struct farm_value v[] = { of(s, farm_double(1)),
		of(s, farm_int64(2)), of(s, farm_double(3)),
		of(s, farm_text("four", 4)) };
	const struct farm_record r[] = { result(1, T0, v, 1),
		result(2, T0 + 1, v + 1, 1), result(3, T0 + 2, v + 2, 1),
		result(4, T0 + 3, v + 3, 1) };

	open_writer(f);
	assert_int_equal(put(f, r, 4), FARM_DONE);
	ask(f);
	assert_int_equal(f->reader->n_values, 4);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(f->reader->values[i].value.type, v[i].type);
	expect(f, "SELECT text FROM latest", "four");
}

static void
test_partitions(void **state)
{
	static const char count[] = "SELECT count(*) FROM pg_inherits"
				    " WHERE inhparent = 'results'::regclass";
	const int64_t hour_ns = 3600 * NS_PER_S, day_ns = 24 * hour_ns;
	struct fixture *f = *state;
	uint32_t s = series(f, "n", "p");

	open_writer(f);
	put_value(f, 1, T0, of(s, farm_int64(1)));
	put_value(f, 2, T0 + hour_ns, of(s, farm_int64(2)));
	expect(f, count, "2");
	/* Clocks that are far off do not make any. */
	put_value(f, 3, T0 + 3 * day_ns, of(s, farm_int64(3)));
	put_value(f, 4, INT64_MAX, of(s, farm_int64(4)));
	put_value(f, 5, INT64_MIN, of(s, farm_int64(5)));
	expect(f, count, "2");
	/* Once it is that late, the day is made and takes the row over. */
	f->writer->now_ns = T0 + 3 * day_ns;
	put_value(f, 6, T0 + 3 * day_ns, of(s, farm_int64(6)));
	expect(f, count, "3");
	expect(f, "SELECT count(*) FROM results_other", "2");
	expect(f, "SELECT count(*) FROM samples", "6");

	/* With little to keep, hours find room between days. */
	restart(f);
	f->writer->now_ns = T0 + 4 * day_ns;
	fake_options(f->writer, "keep", "2h", NULL);
	s = series(f, "n", "p");
	open_writer(f);
	put_value(f, 7, T0 + 4 * day_ns, of(s, farm_int64(7)));
	put_value(f, 8, T0 + 4 * day_ns - hour_ns, of(s, farm_int64(8)));
	expect(f, count, "5");
	assert_int_equal(fake_tick(f->writer), 0);
	expect(f, count, "3");
	expect(f, "SELECT count(*) FROM samples", "3");
}

/* -- refusals -- */

static void
test_open_errors(void **state)
{
	static const struct {
		const char *prepare; /* SQL in the database; NULL: none */
		const char *url;     /* %s: the folder */
		const char *want;    /* likewise */
	} cases[] = {
		{ NULL, "postgresql://farm:wrong@/farm?host=%s",
		    "postgresql://%s/farm: connection to server on socket"
		    " \"%s/.s.PGSQL.5432\" failed: FATAL:  password"
		    " authentication failed for user \"farm\"" },
		{ NULL, "postgresql://farm:s3cret@/nowhere?host=%s",
		    "postgresql://%s/nowhere: connection to server on socket"
		    " \"%s/.s.PGSQL.5432\" failed: FATAL:  database"
		    " \"nowhere\" does not exist" },
		{ NULL, "postgresql://farm:s3cret@/farm?host=/none",
		    "postgresql:///none/farm: connection to server on socket"
		    " \"/none/.s.PGSQL.5432\" failed: No such file or directory"
		    " Is the server running locally and accepting connections"
		    " on that socket?" },
		{ NULL, "postgresql://farm:s3%%cret@/farm",
		    "url: not postgresql://USER:PASSWORD@HOST:PORT/DATABASE;"
		    " other characters than letters and digits are written as"
		    " %XX in each part" },
		{ "CREATE TABLE series (theirs int)", NULL,
		    "postgresql://%s/farm: tables of somebody else's have our"
		    " names" },
		{ "DROP TABLE series; CREATE TABLE version (version int);"
		  "CREATE TABLE progress (x int); CREATE TABLE series (x int);"
		  "CREATE TABLE results (x int);"
		  "INSERT INTO version VALUES (7)",
		    NULL,
		    "postgresql://%s/farm: schema version 7 is newer than 2,"
		    " the newest known here" },
	};
	struct fixture *f = *state;
	char want[512], url[256];

	for (size_t i = 0; i < COUNT(cases); i++) {
		restart(f);
		if (cases[i].url != NULL) {
			snprintf(url, sizeof(url), cases[i].url, server.folder);
			*(const char **)option(f->writer, "url") = url;
		}
		if (cases[i].prepare != NULL)
			free(query(f, cases[i].prepare));
		assert_int_equal(fake_open(f->writer), -1);
		snprintf(want, sizeof(want), cases[i].want, server.folder,
		    server.folder);
		assert_string_equal(fake_failure(f->writer),
		    strchr(cases[i].want, 'X') == NULL ? want : cases[i].want);
	}
}

/* The option goes before what the URL says. */
static void
test_password(void **state)
{
	struct fixture *f = *state;
	char url[256];

	snprintf(
	    url, sizeof(url), "postgresql://farm@/farm?host=%s", server.folder);
	*(const char **)option(f->writer, "url") = url;
	*(const char **)option(f->writer, "password") = "s3cret";
	open_writer(f);
	restart(f);
	*(const char **)option(f->writer, "url") = url;
	assert_int_equal(fake_open(f->writer), -1);
	assert_non_null(
	    strstr(fake_failure(f->writer), "no password supplied"));
}

/* -- the server's fates -- */

/* Somebody else has the table for longer than we wait. */
static void
test_locked(void **state)
{
	struct fixture *f = *state;
	const struct farm_value v = of(series(f, "n", "p"), farm_int64(1));
	const struct farm_record r = result(1, T0, &v, 1);
	char want[256];
	PGconn *other;

	set(f->writer, "busy_timeout", 50 * NS_PER_MS);
	open_writer(f);
	other = connect_to("farm");
	PQclear(PQexec(other, "BEGIN; LOCK TABLE results"));
	assert_int_equal(put(f, &r, 1), FARM_AGAIN);
	snprintf(want, sizeof(want),
	    "%s: canceling statement due to lock timeout", f->name);
	assert_string_equal(fake_failure(f->writer), want);
	PQfinish(other);
	assert_int_equal(put(f, &r, 1), FARM_DONE);
	expect(f, "SELECT count(*) FROM samples", "1");
}

/* The database goes and comes back empty: so does what is stored. */
static void
test_dropped(void **state)
{
	struct fixture *f = *state;
	const struct farm_value v = of(series(f, "n", "p"), farm_int64(1));
	const struct farm_record r = result(1, T0, &v, 1);

	open_writer(f);
	assert_int_equal(put(f, &r, 1), FARM_DONE);
	create(f);
	assert_int_equal(put(f, &r, 1), FARM_AGAIN);
	assert_int_equal(put(f, &r, 1), FARM_DONE);
	expect(f, "SELECT count(*) FROM samples", "1");
}

int
main(void)
{
	const struct CMUnitTest own[] = {
		TEST(test_views),
		TEST(test_rows),
		TEST(test_type_changes),
		TEST(test_partitions),
		TEST(test_open_errors),
		TEST(test_password),
		TEST(test_locked),
		TEST(test_dropped),
	};
	int failed;

	server_start(&server, "postgres");
	failed = suite_run(own, COUNT(own));
	server_end(&server);
	return failed;
}
