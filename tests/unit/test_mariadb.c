/* The writer `sql' with MariaDB: the suite of all engines on a server of the
   test's own, and whatever may happen to it. */
#include "sql_suite.h"

#include <math.h>
#include <mysql.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../writers/sql/mariadb_url.h"

static struct server server;

static MYSQL *
connect_to(const struct server *s, const char *database)
{
	MYSQL *conn = mysql_init(NULL);
	char socket[96];

	snprintf(socket, sizeof(socket), "%s/socket", s->folder);
	if (mysql_real_connect(
		conn, NULL, "farm", "s3cret", database, 0, socket, 0) != NULL)
		return conn;
	mysql_close(conn);
	return NULL;
}

static bool
is_up(const struct server *s)
{
	MYSQL *conn = connect_to(s, NULL);

	if (conn != NULL)
		mysql_close(conn);
	return conn != NULL;
}

static char *
run(const char *database, const char *sql)
{
	MYSQL *conn = connect_to(&server, database);
	MYSQL_RES *result;
	MYSQL_ROW row;
	char *copy;

	assert_non_null(conn);
	if (mysql_query(conn, sql) != 0)
		fail_msg("%s: %s", sql, mysql_error(conn));
	result = mysql_store_result(conn);
	row = result == NULL ? NULL : mysql_fetch_row(result);
	copy = strdup(row == NULL || row[0] == NULL ? "" : row[0]);
	assert_non_null(copy);
	if (result != NULL)
		mysql_free_result(result);
	mysql_close(conn);
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
	free(run(NULL, "DROP DATABASE IF EXISTS farm"));
	free(run(NULL, "CREATE DATABASE farm"));
	snprintf(f->url, sizeof(f->url),
	    "mariadb://farm:s3cret@/farm?socket=%s/socket", server.folder);
	snprintf(f->name, sizeof(f->name), "mariadb://%s/socket/farm",
	    server.folder);
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
	.kind = "mariadb",
	.forbid_13 =
	    "ALTER TABLE samples ADD CONSTRAINT luck CHECK (bits <> 13)",
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
	expect(f, "SELECT text FROM latest", "NaN");
	put_value(f, 3, T0 + 2 * NS_PER_S, of(s, farm_double(-INFINITY)));
	expect(f, "SELECT text FROM latest", "-Inf");
	put_value(f, 4, T0 + 3 * NS_PER_S, of(s, farm_double(INFINITY)));
	expect(f, "SELECT text FROM latest", "+Inf");
	put_value(f, 5, T0 + 4 * NS_PER_S, of(s, farm_double(1.5)));
	expect(f, "SELECT concat(value, unit) FROM latest", "1.5s");
	expect(f, "SELECT count(*) FROM latest", "1");
	expect(f, "SELECT count(*) FROM history", "5");
	expect(f, "SELECT at FROM history ORDER BY time",
	    "2023-11-14 22:13:20.250000");
	expect(f,
	    "SELECT concat_ws('/', farm, cluster, node, parameter)"
	    " FROM history ORDER BY time",
	    FAKE_FARM "/c/n/p");
	/* What comes late does not become the newest. */
	put_value(f, 6, T0 - NS_PER_S, of(s, farm_double(7)));
	expect(f, "SELECT value FROM latest", "1.5");
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
	expect(f, "SELECT count(*) FROM series", "1");
}

/* -- refusals -- */

static void
test_url(void **state)
{
	static const struct {
		const char *url;
		const char *want; /* NULL: refused */
	} cases[] = {
		{ "mariadb://u:p@h/d", "u p h 0 d - -" },
		{ "mariadb://u@h:3306/d", "u - h 3306 d - -" },
		{ "mariadb://u:@[::1]:1/d", "u  ::1 1 d - -" },
		{ "mariadb://%40:%3a%2F@/d?socket=/a%20b", "@ :/  0 d /a b -" },
		{ "mariadb://u@h/d?ssl_ca=/c&socket=/s", "u - h 0 d /s /c" },
		{ "mariadb://h/d", NULL },
		{ "mariadb://u@h", NULL },
		{ "mariadb://u@h/", NULL },
		{ "mariadb://u:%@h/d", NULL },
		{ "mariadb://u:%4@h/d", NULL },
		{ "mariadb://u:%00@h/d", NULL },
		{ "mariadb://u:%zz@h/d", NULL },
		{ "mariadb://u@h:0/d", NULL },
		{ "mariadb://u@h:65536/d", NULL },
		{ "mariadb://u@h:x/d", NULL },
		{ "mariadb://u@[::1/d", NULL },
		{ "mariadb://u@[::1]x/d", NULL },
		{ "mariadb://u@h/d?", NULL },
		{ "mariadb://u@h/d?sock=/x", NULL },
		{ "mysql://u@h/d", NULL },
	};
	struct mariadb_url u;
	char have[256];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		if (mariadb_url_parse(&u, cases[i].url) != 0) {
			if (cases[i].want != NULL)
				fail_msg("%s: refused", cases[i].url);
			continue;
		}
		snprintf(have, sizeof(have), "%s %s %s %u %s %s %s", u.user,
		    u.password == NULL ? "-" : u.password, u.host, u.port,
		    u.database, u.socket == NULL ? "-" : u.socket,
		    u.ssl_ca == NULL ? "-" : u.ssl_ca);
		mariadb_url_free(&u);
		if (cases[i].want == NULL)
			fail_msg("%s: taken", cases[i].url);
		assert_string_equal(have, cases[i].want);
	}
}

static void
test_open_errors(void **state)
{
	static const struct {
		const char *prepare; /* SQL in the database; NULL: none */
		const char *url;     /* %s: the folder */
		const char *want;    /* likewise */
	} cases[] = {
		{ NULL, "mariadb://farm:wrong@/farm?socket=%s/socket",
		    "mariadb://%s/socket/farm: Access denied for user"
		    " 'farm'@'localhost' (using password: YES)" },
		{ NULL, "mariadb://farm:s3cret@/nowhere?socket=%s/socket",
		    "mariadb://%s/socket/nowhere: Unknown database 'nowhere'" },
		{ NULL, "mariadb://farm:s3cret@/farm?socket=/none",
		    "mariadb:///none/farm: Can't connect to local server"
		    " through socket '/none' (2)" },
		{ NULL, "mariadb://farm:s3%%cret@/farm",
		    "url: not mariadb://USER:PASSWORD@HOST:PORT/DATABASE with"
		    " ?socket=/PATH and &ssl_ca=/PATH as needed; other"
		    " characters than letters and digits are written as %%XX"
		    " in each part" },
		{ "CREATE TABLE series (theirs int)", NULL,
		    "mariadb://%s/socket/farm: tables of somebody else's have"
		    " our names" },
		{ "CREATE TABLE version (version int)"
		  " COMMENT 'versions of the schema of farmd' SELECT 7 AS"
		  " version",
		    NULL,
		    "mariadb://%s/socket/farm: schema version 7 is newer than"
		    " 2, the newest known here" },
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
		snprintf(want, sizeof(want), cases[i].want, server.folder);
		assert_string_equal(fake_failure(f->writer), want);
	}
}

/* The option goes before what the URL says. */
static void
test_password(void **state)
{
	struct fixture *f = *state;
	char url[256];

	snprintf(url, sizeof(url),
	    "mariadb://farm:wrong@/farm?socket=%s/socket", server.folder);
	*(const char **)option(f->writer, "url") = url;
	*(const char **)option(f->writer, "password") = "s3cret";
	open_writer(f);
}

/* -- the server's fates -- */

/* Somebody else has the row that writers lock for longer than we wait. */
static void
test_locked(void **state)
{
	struct fixture *f = *state;
	const struct farm_value v = of(series(f, "n", "p"), farm_int64(1));
	const struct farm_record r = result(1, T0, &v, 1);
	char want[256];
	MYSQL *other;

	set(f->writer, "busy_timeout", NS_PER_S);
	open_writer(f);
	other = connect_to(&server, "farm");
	assert_int_equal(mysql_query(other, "START TRANSACTION"), 0);
	assert_int_equal(
	    mysql_query(other, "UPDATE progress SET position = 9"), 0);
	assert_int_equal(put(f, &r, 1), FARM_AGAIN);
	snprintf(want, sizeof(want),
	    "%s: Lock wait timeout exceeded; try restarting transaction",
	    f->name);
	assert_string_equal(fake_failure(f->writer), want);
	mysql_close(other);
	assert_int_equal(put(f, &r, 1), FARM_DONE);
	expect(f, "SELECT count(*) FROM samples", "1");
}

int
main(void)
{
	const struct CMUnitTest own[] = {
		TEST(test_views),
		TEST(test_type_changes),
		TEST(test_url),
		TEST(test_open_errors),
		TEST(test_password),
		TEST(test_locked),
	};
	int failed;

	server_start(&server, "mariadb");
	failed = suite_run(own, COUNT(own));
	server_end(&server);
	mysql_library_end();
	return failed;
}
