/* The writer `sql' with SQLite: the suite of all engines, its views and plans,
   and whatever may happen to a file. */
#include "sql_suite.h"

#include <math.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef HAVE_POSTGRES
#define URL_POSTGRES ", postgresql://USER:PASSWORD@HOST/DATABASE"
#else
#define URL_POSTGRES ""
#endif
#ifdef HAVE_MARIADB
#define URL_MARIADB ", mariadb://USER:PASSWORD@HOST/DATABASE"
#else
#define URL_MARIADB ""
#endif
#define URLS "sqlite:/PATH" URL_POSTGRES URL_MARIADB

static void
remove_database(const struct fixture *f)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	char path[128];

	for (size_t i = 0; i < COUNT(ends); i++) {
		snprintf(path, sizeof(path), "%s%s", f->path, ends[i]);
		unlink(path);
	}
}

static void
create(struct fixture *f)
{
	strcpy(f->folder, "/tmp/test_sql.XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	snprintf(f->path, sizeof(f->path), "%s/farm.db", f->folder);
	snprintf(f->url, sizeof(f->url), "sqlite:%s", f->path);
	strcpy(f->name, f->path);
}

static void
remove_all(struct fixture *f)
{
	remove_database(f);
	rmdir(f->folder);
}

static char *
query(const struct fixture *f, const char *sql)
{
	sqlite3_stmt *stmt;
	const char *text;
	char *copy;
	sqlite3 *db;

	assert_int_equal(
	    sqlite3_open_v2(f->path, &db, SQLITE_OPEN_READWRITE, NULL),
	    SQLITE_OK);
	if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	text = "";
	if (sqlite3_step(stmt) == SQLITE_ROW)
		text = (const char *)sqlite3_column_text(stmt, 0);
	copy = strdup(text == NULL ? "" : text);
	assert_non_null(copy);
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	return copy;
}

const struct engine engine = {
	.create = create, .remove = remove_all, .query = query
};

static char *
read_file(const char *path)
{
	FILE *file = fopen(path, "re");
	char *text = calloc(1, 65536);

	assert_non_null(file);
	assert_non_null(text);
	assert_true(fread(text, 1, 65535, file) > 0);
	fclose(file);
	return text;
}

/* -- views -- */

static void
test_views(void **state)
{
	struct fixture *f = *state;
	uint32_t s = series(f, "n", "p");

	open_writer(f);
	put_value(f, 1, T0 + 250 * NS_PER_MS, of(s, farm_uint64(UINT64_MAX)));
	expect(f, "SELECT value FROM latest", "18446744073709551615");
	put_value(f, 2, T0 + NS_PER_S, of(s, farm_double(NAN)));
	expect(f, "SELECT value FROM latest", "NaN");
	put_value(f, 3, T0 + 2 * NS_PER_S, of(s, farm_double(1.5)));
	expect(f, "SELECT value || unit FROM latest", "1.5s");
	expect(f, "SELECT count(*) FROM history", "3");
	expect(f, "SELECT at FROM history ORDER BY time",
	    "2023-11-14T22:13:20.250Z");
	expect(f,
	    "SELECT farm || '/' || cluster || '/' || node || '/' || parameter"
	    " || ' ' || type FROM history ORDER BY time",
	    FAKE_FARM "/c/n/p uint64");
}

/* How SQLite would go about a query: the lines of its plan that SEARCH or SCAN.
 */
static void
expect_plan(const struct fixture *f, const char *sql, const char *want)
{
	char have[1024] = "", *explain;
	const char *detail;
	sqlite3_stmt *stmt;
	sqlite3 *db;

	explain = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", sql);
	sqlite3_open(f->path, &db);
	if (sqlite3_prepare_v2(db, explain, -1, &stmt, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	while (sqlite3_step(stmt) == SQLITE_ROW) {
		detail = (const char *)sqlite3_column_text(stmt, 3);
		if (detail[0] != 'S')
			continue;
		assert_true(strlen(have) + strlen(detail) + 2 < sizeof(have));
		strcat(strcat(have, detail), "\n");
	}
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	sqlite3_free(explain);
	assert_string_equal(have, want);
}

/* No question about some series may read the samples of all. */
static void
test_plans(void **state)
{
	struct fixture *f = *state;

	open_writer(f);
	expect_plan(f,
	    "SELECT time, type, value FROM samples"
	    " WHERE series = 1 AND time BETWEEN 2 AND 3"
	    " ORDER BY time, position, item",
	    "SEARCH samples USING PRIMARY KEY"
	    " (series=? AND time>? AND time<?)\n");
	expect_plan(f,
	    "SELECT at, value FROM history WHERE farm = 'f' AND cluster = 'c'"
	    " AND node = 'n' AND parameter = 'p' AND time > 5 ORDER BY time",
	    "SEARCH s USING COVERING INDEX sqlite_autoindex_series_1"
	    " (farm=? AND cluster=? AND node=? AND parameter=?)\n"
	    "SEARCH v USING PRIMARY KEY (series=? AND time>?)\n");
	expect_plan(f, "SELECT value FROM latest WHERE node = 'n'",
	    "SCAN s USING COVERING INDEX sqlite_autoindex_series_1\n"
	    "SEARCH v USING INTEGER PRIMARY KEY (rowid=?)\n");
}

/* -- refusals -- */

static void
test_open_errors(void **state)
{
	static const struct {
		const char *prepare; /* SQL on the file; NULL: no file */
		const char *url;     /* NULL: the fixture's */
		const char *want;    /* %s: the path */
	} cases[] = {
		{ NULL, "mysql:x", "url \"mysql:...\": not " URLS },
		{ NULL, "sqlite:x.db", "sqlite:x.db: not an absolute path" },
		{ NULL, "sqlite:/nonexistent/x.db",
		    "/nonexistent/x.db: unable to open database file: "
		    "No such file or directory" },
		{ "CREATE TABLE theirs (x)", NULL,
		    "%s: a database with tables of somebody else's" },
		{ "CREATE TABLE version (version); CREATE TABLE progress (x);"
		  "CREATE TABLE series (x); CREATE TABLE samples (x);"
		  "INSERT INTO version VALUES (7)",
		    NULL,
		    "%s: schema version 7 is newer than 3, "
		    "the newest known here" },
	};
	struct fixture *f = *state;
	char want[256];
	sqlite3 *db;

	for (size_t i = 0; i < COUNT(cases); i++) {
		remove_database(f);
		restart(f);
		if (cases[i].url != NULL)
			*(const char **)option(f->writer, "url") = cases[i].url;
		if (cases[i].prepare != NULL) {
			sqlite3_open(f->path, &db);
			assert_int_equal(sqlite3_exec(db, cases[i].prepare,
					     NULL, NULL, NULL),
			    SQLITE_OK);
			sqlite3_close(db);
		}
		assert_int_equal(fake_open(f->writer), -1);
		snprintf(want, sizeof(want), cases[i].want, f->path);
		assert_string_equal(fake_failure(f->writer), want);
	}
}

/* What the database itself refuses for good. */
static void
test_constraint(void **state)
{
	struct fixture *f = *state;
	uint32_t s = series(f, "n", "p");
	const struct farm_value v[] = { of(s, farm_int64(1)),
		of(s, farm_int64(13)) };
	const struct farm_record r[] = { result(1, T0, v, 1),
		result(2, T0, v + 1, 1) };
	char want[128];

	open_writer(f);
	expect(f,
	    "CREATE TRIGGER luck BEFORE INSERT ON samples"
	    " WHEN NEW.value = 13 BEGIN SELECT RAISE(ABORT, 'unlucky'); END",
	    "");
	assert_int_equal(put(f, r, 2), FARM_BAD);
	assert_int_equal(f->writer->bad_record, 1);
	snprintf(want, sizeof(want), "%s: unlucky", f->path);
	assert_string_equal(fake_failure(f->writer), want);
	expect(f, "SELECT count(*) FROM samples", "0");
	assert_int_equal(put(f, r, 1), FARM_DONE);
}

/* -- the file's fates -- */

static void
test_locked(void **state)
{
	struct fixture *f = *state;
	const struct farm_value v = of(series(f, "n", "p"), farm_int64(1));
	const struct farm_record r = result(1, T0, &v, 1);
	char want[128];
	sqlite3 *db;

	open_writer(f);
	sqlite3_open(f->path, &db);
	sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
	assert_int_equal(put(f, &r, 1), FARM_AGAIN);
	snprintf(want, sizeof(want), "%s: database is locked", f->path);
	assert_string_equal(fake_failure(f->writer), want);
	assert_int_equal(put(f, &r, 1), FARM_AGAIN);
	sqlite3_close(db);
	assert_int_equal(put(f, &r, 1), FARM_DONE);
	expect(f, "SELECT count(*) FROM samples", "1");
}

static void
test_deleted(void **state)
{
	struct fixture *f = *state;
	uint32_t a = series(f, "n", "a"), b = series(f, "n", "b");

	open_writer(f);
	put_value(f, 1, T0, of(a, farm_int64(1)));
	put_value(f, 2, T0, of(b, farm_int64(2)));
	ask(f);
	remove_database(f);
	put_value(f, 3, T0, of(b, farm_int64(3)));
	expect(f, "SELECT parameter || value FROM history", "b3");
	expect(f, "SELECT count(*) FROM samples", "1");
	ask(f);
	assert_int_equal(f->reader->n_values, 1);
}

/* Something else stands there, then ours comes back. */
static void
test_replaced(void **state)
{
	struct fixture *f = *state;
	const struct farm_value v = of(series(f, "n", "p"), farm_int64(1));
	const struct farm_record r = result(1, T0, &v, 1);
	char want[128];
	FILE *file;

	open_writer(f);
	remove_database(f);
	file = fopen(f->path, "w");
	assert_non_null(file);
	for (int i = 0; i < 200; i++)
		fputs("not a database\n", file);
	fclose(file);
	snprintf(want, sizeof(want), "%s: file is not a database", f->path);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(put(f, &r, 1), FARM_AGAIN);
		assert_string_equal(fake_failure(f->writer), want);
	}
	remove_database(f);
	assert_int_equal(put(f, &r, 1), FARM_DONE);
}

/* Many values of one series at one time: each of the rows that are there is
   not looked at for each of them. */
static void
test_imported_at_once(void **state)
{
	enum { N = 20000 };
	static struct farm_value values[N];
	struct fixture *f = *state;
	uint32_t s = series(f, "n", "p");
	struct farm_record r;

	for (size_t i = 0; i < N; i++)
		values[i] = of(s, farm_int64((int64_t)(i * 7919 % N)));
	open_writer(f);
	for (uint64_t i = 0; i < 3; i++) {
		/* Half of them are new, but for the last time. */
		r = result(i + 1, T0, values, i == 0 ? N / 2 : N);
		r.flags = FARM_IMPORTED;
		assert_int_equal(put(f, &r, 1), FARM_DONE);
		expect(f, "SELECT count(*) FROM samples",
		    i == 0 ? "10000" : "20000");
	}
}

static void
test_full(void **state)
{
	struct fixture *f = *state;
	struct farm_value v[8];
	struct farm_record r = large(f, 1, v);
	char want[128];

	set(f->writer, "max_size", 800000);
	open_writer(f);
	assert_int_equal(put(f, &r, 1), FARM_DONE);
	r.position = 2;
	snprintf(want, sizeof(want), "%s: database or disk is full", f->path);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(put(f, &r, 1), FARM_AGAIN);
		assert_string_equal(fake_failure(f->writer), want);
		expect(f, "SELECT count(*) FROM samples", "8");
	}
	expect(f, "DELETE FROM samples", "");
	assert_int_equal(put(f, &r, 1), FARM_DONE);
	expect(
	    f, "SELECT count(*) || ' ' || max(position) FROM samples", "8 2");
}

/* Retention goes on while nothing can be stored, and ends that. */
static void
test_full_expires(void **state)
{
	struct fixture *f = *state;
	struct farm_value v[8];
	struct farm_record r = large(f, 1, v);

	set(f->writer, "max_size", 800000);
	fake_options(f->writer, "keep", "1m", NULL);
	open_writer(f);
	assert_int_equal(put(f, &r, 1), FARM_DONE);
	r.position = 2;
	r.time_ns = T0 + 60 * NS_PER_S;
	assert_int_equal(put(f, &r, 1), FARM_AGAIN);
	settle(f, T0 + 60 * NS_PER_S);
	assert_int_equal(put(f, &r, 1), FARM_AGAIN);
	settle(f, T0 + 121 * NS_PER_S);
	expect(f, "SELECT count(*) FROM samples", "0");
	assert_int_equal(put(f, &r, 1), FARM_DONE);
	expect(
	    f, "SELECT count(*) || ' ' || max(position) FROM samples", "8 2");
}

/* The system refuses to let files grow; in a child, as it is for life. */
static int
write_with_little_space(struct fixture *f, const struct farm_record *r)
{
	const struct rlimit little = { 200000, RLIM_INFINITY };
	const struct rlimit enough = { RLIM_INFINITY, RLIM_INFINITY };

	signal(SIGXFSZ, SIG_IGN);
	if (setrlimit(RLIMIT_FSIZE, &little) != 0 ||
	    put(f, r, 1) != FARM_AGAIN ||
	    strstr(fake_failure(f->writer),
		": disk I/O error, SQLite's code 778") == NULL)
		return 1;
	if (put(f, r, 1) != FARM_AGAIN)
		return 2;
	if (setrlimit(RLIMIT_FSIZE, &enough) != 0 || put(f, r, 1) != FARM_DONE)
		return 3;
	return 0;
}

static void
test_no_space(void **state)
{
	struct fixture *f = *state;
	struct farm_value v[8];
	struct farm_record r = large(f, 1, v);
	int status;
	pid_t pid;

	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		open_writer(f);
		_exit(write_with_little_space(f, &r));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	expect(f, "SELECT count(*) FROM samples", "8");
}

static void
test_no_database(void **state)
{
	struct fixture *f = *state;
	char want[160];

	assert_int_equal(ask_span(f, "*", 0, 0), -1);
	snprintf(want, sizeof(want),
	    "%s: unable to open database file: No such file or directory",
	    f->path);
	assert_string_equal(fake_failure(f->reader), want);
}

/* What a version 1 left: nothing is lost, and it knows the newest. */
static void
test_migrate(void **state)
{
	struct fixture *f = *state;
	char *sql, *error = NULL;
	sqlite3 *db;

	sql = read_file(TEST_DATA "/sql/sqlite-1.sql");
	sqlite3_open(f->path, &db);
	if (sqlite3_exec(db, sql, NULL, NULL, &error) != SQLITE_OK)
		fail_msg("%s", error);
	sqlite3_close(db);
	free(sql);
	assert_int_equal(ask_span(f, "*", 0, 0), -1);
	open_writer(f);
	expect(f, "SELECT max(version) FROM version", "3");
	expect(f, "SELECT group_concat(parameter || '=' || value) FROM latest",
	    "Load5=0.75,octets=18446744073709551615,state=up");
	expect(f, "SELECT count(*) FROM samples", "6");
	ask(f);
	assert_int_equal(f->reader->n_values, 6);
	assert_int_equal(f->reader->answered_through, 5);
	/* What it had stored is known to be there. */
	put_value(f, 5, INT64_C(1700000060000000000),
	    of(farm_series(&f->writer->host, NULL, .farm = "caltech",
		   .cluster = "c", .node = "n1", .parameter = "Load5"),
		farm_double(0.75)));
	expect(f, "SELECT count(*) FROM samples", "6");
}

/* Averages are made of what an older version has stored, too. */
static void
test_migrate_levels(void **state)
{
	struct fixture *f = *state;
	char *sql = read_file(TEST_DATA "/sql/sqlite-1.sql");
	sqlite3 *db;

	sqlite3_open(f->path, &db);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	free(sql);
	suite_keep(f, "{raw: 1d, 1m: 30d}");
	open_writer(f);
	settle(f, T0 + 600 * NS_PER_S);
	expect(f,
	    "SELECT group_concat(parameter || ' ' || mean || ' ' || count)"
	    " FROM (SELECT * FROM levels WHERE parameter = 'Load5'"
	    "  ORDER BY time)",
	    "Load5 0.5 1,Load5 0.666666666666667 1");
}

/* A newer writer has migrated the database: the older one's are refused. */
static void
test_migrated_away(void **state)
{
	struct fixture *f = *state;
	char want[160];

	open_writer(f);
	expect(f, "INSERT INTO version VALUES (4, '')", "");
	snprintf(want, sizeof(want),
	    "%s: schema version 4 is newer than 3, the newest known here",
	    f->path);
	assert_int_equal(ask_span(f, "*", 0, 0), -1);
	assert_string_equal(fake_failure(f->reader), want);
	restart(f);
	assert_int_equal(fake_open(f->writer), -1);
	assert_string_equal(fake_failure(f->writer), want);
}

/* More than one slice: what a tick leaves, another one finds. */
static void
test_keep_much(void **state)
{
	enum { N = 30000 };
	static struct farm_value values[N];
	struct fixture *f = *state;
	uint32_t s = series(f, "n", "p");
	struct farm_record r = result(1, T0, values, N);

	for (size_t i = 0; i < N; i++)
		values[i] = of(s, farm_uint64(i));
	fake_options(f->writer, "keep", "1m", NULL);
	open_writer(f);
	assert_int_equal(put(f, &r, 1), FARM_DONE);
	f->writer->now_ns = T0 + 61 * NS_PER_S;
	for (int i = 0; i < 200; i++)
		assert_int_equal(fake_tick(f->writer), 0);
	expect(f, "SELECT count(*) FROM samples", "0");
	expect(f, "SELECT count(*) FROM series", "0");
}

/* -- months -- */

enum { MANY = 100, DAYS = 90, PER_BATCH = 24, PER_DAY = 96 };

static int64_t
number(const struct fixture *f, const char *sql)
{
	char *text = query(f, sql);
	int64_t n = strtoll(text, NULL, 10);

	free(text);
	return n;
}

/* Six hours of all series. */
static void
put_quarter(struct fixture *f, const uint32_t *handles, int64_t *time_ns)
{
	static struct farm_value values[PER_BATCH][MANY];
	struct farm_record records[PER_BATCH];

	for (size_t i = 0; i < PER_BATCH; i++) {
		for (size_t k = 0; k < MANY; k++)
			values[i][k] = of(handles[k],
			    farm_double((double)(*time_ns % 977) + (double)k));
		records[i] = result(
		    (uint64_t)(*time_ns / NS_PER_S), *time_ns, values[i], MANY);
		*time_ns += 86400 * NS_PER_S / PER_DAY;
	}
	assert_int_equal(put(f, records, PER_BATCH), FARM_DONE);
	settle(f, *time_ns);
}

/* Rows of each kind are those of their span and a slot, and the file has no
   more pages after three months than after the first. */
static void
test_months(void **state)
{
	struct fixture *f = *state;
	int64_t time_ns = T0, pages = 0;
	uint32_t handles[MANY];
	char name[16];

	suite_keep(f, "{raw: 6h, 1h: 7d, 1d: 30d}");
	for (size_t i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "p%zu", i);
		handles[i] = series(f, "n", name);
	}
	open_writer(f);
	for (int day = 0; day < DAYS; day++) {
		for (int i = 0; i < PER_DAY / PER_BATCH; i++)
			put_quarter(f, handles, &time_ns);
		if (day == 35)
			pages = number(f, "PRAGMA page_count");
	}
	assert_in_range(
	    number(f, "SELECT count(*) FROM samples"), MANY * 24, MANY * 28);
	assert_in_range(
	    number(f, "SELECT count(*) FROM averages WHERE step = 3600"),
	    MANY * (7 * 24 - 1), MANY * (7 * 24 + 1));
	assert_in_range(
	    number(f, "SELECT count(*) FROM averages WHERE step = 86400"),
	    MANY * 29, MANY * 31);
	assert_in_range(number(f, "PRAGMA page_count"), 1, pages + pages / 20);
	expect(f,
	    "SELECT min(count) || ' ' || max(count) FROM averages"
	    " WHERE step = 86400",
	    "96 96");
}

int
main(void)
{
	const struct CMUnitTest own[] = {
		TEST(test_views),
		TEST(test_plans),
		TEST(test_open_errors),
		TEST(test_constraint),
		TEST(test_no_database),
		TEST(test_locked),
		TEST(test_deleted),
		TEST(test_replaced),
		TEST(test_imported_at_once),
		TEST(test_full),
		TEST(test_full_expires),
		TEST(test_no_space),
		TEST(test_migrate),
		TEST(test_migrate_levels),
		TEST(test_months),
		TEST(test_migrated_away),
		TEST(test_keep_much),
	};

	return suite_run(own, COUNT(own));
}
