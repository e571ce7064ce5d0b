/* The writer `sql' with SQLite: what goes in comes out, once, whatever
   happens to the file. */
#include "fake_host.h"

#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "unit.h"

#define T0 (INT64_C(1700000000) * NS_PER_S)

extern const struct farm_entry farm_module;

struct fixture {
	char folder[64];
	char path[96];
	char url[128];
	struct fake_host *writer;
	struct fake_host *reader;
};

/* -- instances -- */

static void *
option(struct fake_host *fake, const char *name)
{
	const struct farm_option *o = fake->module->options;

	while (o->name != NULL && strcmp(o->name, name) != 0)
		o++;
	assert_non_null(o->name);
	return (char *)fake_state(fake) + o->offset;
}

static void
set(struct fake_host *fake, const char *name, int64_t value)
{
	*(int64_t *)option(fake, name) = value;
}

static struct fake_host *
instance(struct fixture *f, int purpose)
{
	struct fake_host *fake = fake_new(&farm_module);

	fake->purpose = purpose;
	*(const char **)option(fake, "url") = f->url;
	*(int *)option(fake, "sync") = 1;
	return fake;
}

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	strcpy(f->folder, "/tmp/test_sql.XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	snprintf(f->path, sizeof(f->path), "%s/farm.db", f->folder);
	snprintf(f->url, sizeof(f->url), "sqlite:%s", f->path);
	f->writer = instance(f, FARM_FOR_WORK);
	f->reader = instance(f, FARM_FOR_HISTORY);
	assert_int_equal(fake_open(f->reader), 0);
	*state = f;
	return 0;
}

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

static int
teardown(void **state)
{
	struct fixture *f = *state;

	fake_free(f->writer);
	fake_free(f->reader);
	remove_database(f);
	rmdir(f->folder);
	free(f);
	return 0;
}

/* Open the writer anew, as after a restart. */
static void
restart(struct fixture *f)
{
	fake_free(f->writer);
	f->writer = instance(f, FARM_FOR_WORK);
}

/* -- what goes in -- */

static uint32_t
series(struct fixture *f, const char *node, const char *parameter)
{
	return farm_series(&f->writer->host, NULL, .cluster = "c", .node = node,
	    .parameter = parameter, .unit = "s");
}

static struct farm_value
of(uint32_t handle, struct farm_value value)
{
	value.series = handle;
	return value;
}

static struct farm_record
result(uint64_t position, int64_t time_ns, const struct farm_value *values,
    uint32_t n)
{
	return (struct farm_record){ .position = position,
		.time_ns = time_ns,
		.instance = "c/m",
		.type = FARM_RESULT,
		.n_values = n,
		.values = values };
}

static int
put(struct fixture *f, const struct farm_record *records, size_t n)
{
	const struct farm_batch batch = { records, n };

	return fake_write(f->writer, &batch);
}

/* One record with one value; fails the test unless it is stored. */
static void
put_value(struct fixture *f, uint64_t position, int64_t time_ns,
    struct farm_value value)
{
	const struct farm_record r = result(position, time_ns, &value, 1);

	if (put(f, &r, 1) != FARM_DONE)
		fail_msg("%s", fake_failure(f->writer));
}

/* -- what is there -- */

/* The first column of the first row, as text to be freed; "" for NULL. */
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

static void
expect(const struct fixture *f, const char *sql, const char *want)
{
	char *have = query(f, sql);

	if (strcmp(have, want) != 0)
		fail_msg("%s: \"%s\", not \"%s\"", sql, have, want);
	free(have);
}

static int
ask_span(struct fixture *f, const char *node, int64_t from_ns, int64_t to_ns)
{
	static const char *const all[] = { "*" };
	const struct farm_predicate p = { .farm = "*",
		.cluster = "c",
		.node = node,
		.parameters = all,
		.n_parameters = 1,
		.from_ns = from_ns,
		.to_ns = to_ns };

	fake_clear(f->reader);
	f->reader->answered_through = 0;
	return fake_history(f->reader, &p);
}

static void
ask(struct fixture *f)
{
	if (ask_span(f, "*", 0, 0) != 0)
		fail_msg("%s", fake_failure(f->reader));
}

static void
open_writer(struct fixture *f)
{
	if (fake_open(f->writer) != 0)
		fail_msg("%s", fake_failure(f->writer));
}

/* -- values -- */

static void
assert_same(const struct farm_value *have, const struct farm_value *want)
{
	assert_int_equal(have->type, want->type);
	switch (want->type) {
	case FARM_TEXT:
		assert_int_equal(have->length, want->length);
		assert_memory_equal(have->text, want->text, want->length);
		break;
	case FARM_BOOLEAN:
		assert_int_equal(have->boolean, want->boolean);
		break;
	case FARM_DOUBLE:
		if (isnan(want->number)) {
			assert_true(isnan(have->number));
			break;
		}
		/* FALLTHROUGH */
	default:
		assert_true(have->uint64 == want->uint64);
	}
}

static void
test_values(void **state)
{
	static const char nul[] = "a\0b", utf8[] = "r\xc3\xa9seau";
	const struct farm_value values[] = {
		farm_double(0.1),
		farm_double(-0.0),
		farm_double(1),
		farm_double(NAN),
		farm_double(INFINITY),
		farm_double(-INFINITY),
		farm_double(5e-324),
		farm_double(1.7976931348623157e308),
		farm_int64(0),
		farm_int64(INT64_MIN),
		farm_int64(INT64_MAX),
		farm_int64((INT64_C(1) << 53) + 1),
		farm_uint64(0),
		farm_uint64(INT64_MAX),
		farm_uint64((uint64_t)INT64_MAX + 1),
		farm_uint64(UINT64_MAX),
		farm_boolean(false),
		farm_boolean(true),
		farm_text("", 0),
		farm_text("12", 2),
		farm_text(nul, 3),
		farm_text(utf8, sizeof(utf8) - 1),
	};
	struct fixture *f = *state;
	uint32_t s = series(f, "n", "p");

	open_writer(f);
	for (size_t i = 0; i < COUNT(values); i++)
		put_value(f, i + 1, T0 + (int64_t)i, of(s, values[i]));
	ask(f);
	assert_int_equal(f->reader->n_values, COUNT(values));
	assert_int_equal(f->reader->answered_through, COUNT(values));
	for (size_t i = 0; i < COUNT(values); i++) {
		assert_int_equal(f->reader->values[i].time_ns, T0 + (int64_t)i);
		assert_same(&f->reader->values[i].value, &values[i]);
	}
}

/* Any 64 bits come back, as each of the three types that have them. */
static void
test_random_values(void **state)
{
	enum { N = 3000 };
	static struct farm_value values[N];
	unsigned short seed[3] = { 1, 2, 3 };
	struct fixture *f = *state;
	uint32_t s = series(f, "n", "p");
	struct farm_record r = result(1, T0, values, N);

	for (size_t i = 0; i < N; i++) {
		uint64_t bits = (uint64_t)jrand48(seed) << 32;

		bits |= (uint32_t)jrand48(seed);
		values[i] = of(s, farm_uint64(bits));
		values[i].type = (uint8_t)(FARM_DOUBLE + i % 3);
	}
	open_writer(f);
	assert_int_equal(put(f, &r, 1), FARM_DONE);
	ask(f);
	assert_int_equal(f->reader->n_values, N);
	for (size_t i = 0; i < N; i++)
		assert_same(&f->reader->values[i].value, &values[i]);
}

static void
test_views(void **state)
{
	struct fixture *f = *state;
	uint32_t s = series(f, "n", "p");

	open_writer(f);
	put_value(f, 1, T0 + 250 * NS_PER_MS, of(s, farm_uint64(UINT64_MAX)));
	expect(f, "SELECT value FROM latest_values", "18446744073709551615");
	put_value(f, 2, T0 + NS_PER_S, of(s, farm_double(NAN)));
	expect(f, "SELECT value FROM latest_values", "NaN");
	put_value(f, 3, T0 + 2 * NS_PER_S, of(s, farm_double(1.5)));
	expect(f, "SELECT value || unit FROM latest_values", "1.5s");
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
	expect_plan(f, "SELECT value FROM latest_values WHERE node = 'n'",
	    "SCAN s USING COVERING INDEX sqlite_autoindex_series_1\n"
	    "SEARCH v USING PRIMARY KEY"
	    " (series=? AND time=? AND position=? AND item=?)\n"
	    "SEARCH samples USING PRIMARY KEY (series=?)\n");
}

static void
test_series(void **state)
{
	static const struct farm_label labels[] = { { "if", "Gi1/0/1" },
		{ "quote", "a\"b\\c" } };
	struct fixture *f = *state;
	const struct farm_series *s;
	uint32_t old, new;

	old = series(f, "n", "p");
	open_writer(f);
	put_value(f, 1, T0, of(old, farm_double(1)));
	farm_release(&f->writer->host, old);
	new = farm_series(&f->writer->host, NULL, .cluster = "c", .node = "n",
	    .parameter = "p", .unit = "By", .kind = FARM_COUNTER64,
	    .labels = labels, .n_labels = 2);
	put_value(f, 2, T0 + 1, of(new, farm_double(2)));
	expect(f, "SELECT count(*) FROM series", "1");
	expect(f, "SELECT unit || kind || labels FROM series",
	    "Bycounter64{\"if\":\"Gi1/0/1\",\"quote\":\"a\\\"b\\\\c\"}");
	ask(f);
	assert_int_equal(f->reader->n_values, 2);
	assert_string_equal(f->reader->values[0].unit, "By");
	s = &f->reader->series[0].names;
	assert_int_equal(s->kind, FARM_COUNTER64);
	assert_int_equal(s->n_labels, 2);
	assert_string_equal(s->labels[1].name, "quote");
	assert_string_equal(s->labels[1].value, "a\"b\\c");
}

/* -- exactly once -- */

static void
test_replay(void **state)
{
	struct fixture *f = *state;
	uint32_t s = series(f, "n", "p");
	const struct farm_value v = of(s, farm_int64(7));
	const struct farm_record r[] = {
		result(10, T0, &v, 1),
		result(11, T0 + 1, &v, 1),
		result(12, T0 + 2, &v, 1),
	};

	open_writer(f);
	assert_int_equal(put(f, r, 2), FARM_DONE);
	assert_int_equal(put(f, r, 2), FARM_DONE);
	expect(f, "SELECT count(*) FROM samples", "2");
	assert_int_equal(f->writer->n_logs, 1);
	assert_string_equal(f->writer->logs[0].text,
	    "2 records up to position 11 were stored before");

	/* After a restart, and in another batch, partly. */
	restart(f);
	assert_int_equal(series(f, "n", "p"), s);
	open_writer(f);
	assert_int_equal(put(f, r + 1, 2), FARM_DONE);
	expect(f, "SELECT count(*) FROM samples", "3");
	expect(f, "SELECT position FROM progress", "12");
}

/* After an outage the new comes before what waited; so it does when the host
   has lost its state folder: nothing is taken for a repetition. */
static void
test_any_order(void **state)
{
	struct fixture *f = *state;
	uint32_t s = series(f, "n", "p");
	const struct farm_record event = { .position = 1000,
		.time_ns = T0 + 9,
		.type = FARM_EVENT,
		.instance = "a",
		.payload = "{}",
		.payload_size = 2 };

	open_writer(f);
	put_value(f, 1, T0, of(s, farm_int64(1)));
	assert_int_equal(put(f, &event, 1), FARM_DONE);
	put_value(f, 1, T0 + 10, of(s, farm_int64(2)));
	put_value(f, 2, T0 + 11, of(s, farm_int64(3)));
	assert_int_equal(f->writer->n_logs, 0);
	ask(f);
	assert_int_equal(f->reader->n_values, 3);
	assert_int_equal(f->reader->answered_through, 1000);
}

static void
test_same_time(void **state)
{
	struct fixture *f = *state;
	uint32_t s = series(f, "n", "p");
	const struct farm_value twice[] = { of(s, farm_int64(1)),
		of(s, farm_int64(1)) };
	const struct farm_record r[] = { result(1, T0, twice, 2),
		result(2, T0, twice, 1) };

	open_writer(f);
	assert_int_equal(put(f, r, 2), FARM_DONE);
	ask(f);
	assert_int_equal(f->reader->n_values, 3);
}

static void
test_large_batch(void **state)
{
	enum { SERIES = 500, TIMES = 20 };
	struct fixture *f = *state;
	struct farm_record records[TIMES];
	struct farm_value values[SERIES];
	char name[16];

	for (size_t i = 0; i < SERIES; i++) {
		snprintf(name, sizeof(name), "p%zu", i);
		values[i] = of(series(f, "n", name), farm_double((double)i));
	}
	for (size_t i = 0; i < TIMES; i++)
		records[i] = result(i + 1, T0 + (int64_t)i, values, SERIES);
	open_writer(f);
	assert_int_equal(put(f, records, TIMES), FARM_DONE);
	expect(f, "SELECT count(*) FROM samples", "10000");
	expect(f, "SELECT count(*) FROM series", "500");
	ask(f);
	assert_int_equal(f->reader->n_values, SERIES * TIMES);
	for (size_t i = 1; i < f->reader->n_values; i++) {
		const struct fake_value *v = &f->reader->values[i];

		if (strcmp(v[0].parameter, v[-1].parameter) == 0)
			assert_true(v[0].time_ns > v[-1].time_ns);
	}
}

/* -- other records -- */

static void
test_records(void **state)
{
	struct fixture *f = *state;
	const struct farm_record r[] = {
		{ .position = 1,
		    .time_ns = T0,
		    .type = FARM_REMOVAL,
		    .instance = "a",
		    .payload = "{\"node\":\"n1\"}",
		    .payload_size = 13 },
		{ .position = 2,
		    .time_ns = T0,
		    .type = FARM_AGGREGATE,
		    .instance = "",
		    .payload = "\0\1",
		    .payload_size = 2 },
		{ .position = 3,
		    .time_ns = T0,
		    .type = FARM_CHECKPOINT,
		    .instance = "a",
		    .payload = "x",
		    .payload_size = 1 },
		{ .position = 4, .time_ns = T0, .type = 99, .instance = "a" },
	};

	open_writer(f);
	assert_int_equal(put(f, r, COUNT(r)), FARM_DONE);
	expect(f, "SELECT group_concat(type) FROM records",
	    "removal,aggregate,99");
	expect(f,
	    "SELECT json_extract(payload, '$.node') FROM records"
	    " WHERE type = 'removal'",
	    "n1");
	expect(
	    f, "SELECT hex(payload) FROM records WHERE position = 2", "0001");
	expect(f, "SELECT position FROM progress", "4");
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
		{ NULL, "mysql:x", "url \"mysql:x\": not sqlite:/PATH" },
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
		    "%s: schema version 7 is newer than 1, "
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

static void
test_bad_records(void **state)
{
	struct fixture *f = *state;
	uint32_t s = series(f, "n", "p");
	const struct farm_value good = of(s, farm_int64(1));
	const struct farm_value odd = { .series = s, .type = 42 };
	const struct {
		struct farm_record record;
		const char *want;
	} cases[] = {
		{ result(2, T0, &odd, 1), "value 0 is of unknown type 42" },
		{ result(UINT64_C(1) << 63, T0, &good, 1),
		    "position 9223372036854775808 is beyond 2^63" },
	};
	struct farm_record pair[2];

	open_writer(f);
	for (size_t i = 0; i < COUNT(cases); i++) {
		pair[0] = result(1, T0, &good, 1);
		pair[1] = cases[i].record;
		assert_int_equal(put(f, pair, 2), FARM_BAD);
		assert_int_equal(f->writer->bad_record, 1);
		assert_string_equal(fake_failure(f->writer), cases[i].want);
		expect(f, "SELECT count(*) FROM samples", "0");
		expect(f, "SELECT count(*) FROM series", "0");
	}
	/* The id of the series went with the rollback; it gets another. */
	put_value(f, 1, T0, good);
	ask(f);
	assert_int_equal(f->reader->n_values, 1);
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

/* A record that needs about half a megabyte. */
static struct farm_record
large(struct fixture *f, uint64_t position, struct farm_value *v)
{
	static char text[60000];
	uint32_t s = series(f, "n", "p");

	memset(text, 'x', sizeof(text));
	for (size_t i = 0; i < 8; i++)
		v[i] = of(s, farm_text(text, sizeof(text)));
	return result(position, T0, v, 8);
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

/* -- history -- */

static void
test_history(void **state)
{
	static const struct {
		const char *node;
		int64_t from_ns;
		int64_t to_ns;
		size_t want;
	} cases[] = {
		{ "*", 0, 0, 6 },
		{ "n1", 0, 0, 3 },
		{ "n3", 0, 0, 0 },
		{ "n1", T0, T0 + 2, 2 },
		{ "n1", T0 + 1, 0, 2 },
		{ "*", T0 + 2, T0 + 3, 2 },
		{ "*", T0 + 3, 0, 0 },
		{ "%", 0, T0, 0 },
	};
	struct fixture *f = *state;
	uint32_t a = series(f, "n1", "p"), b = series(f, "n2", "p");
	uint64_t position = 0;

	open_writer(f);
	for (int64_t i = 2; i >= 0; i--) {
		put_value(f, ++position, T0 + i, of(a, farm_int64(i)));
		put_value(f, ++position, T0 + i, of(b, farm_int64(i)));
	}
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(ask_span(f, cases[i].node, cases[i].from_ns,
				     cases[i].to_ns),
		    0);
		assert_int_equal(f->reader->n_values, cases[i].want);
		assert_int_equal(f->reader->answered_through, 6);
	}
	ask(f);
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(f->reader->values[i].value.int64, i % 3);
}

static void
test_history_limits(void **state)
{
	struct fixture *f = *state;
	uint32_t s = series(f, "n", "p");
	char want[160];

	/* No database yet. */
	assert_int_equal(ask_span(f, "*", 0, 0), -1);
	snprintf(want, sizeof(want),
	    "%s: unable to open database file: No such file or directory",
	    f->path);
	assert_string_equal(fake_failure(f->reader), want);

	open_writer(f);
	for (uint64_t i = 1; i <= 5; i++)
		put_value(f, i, T0 + (int64_t)i, of(s, farm_uint64(i)));
	f->reader->emit_max = 2;
	assert_int_equal(ask_span(f, "*", 0, 0), 0);
	assert_int_equal(f->reader->n_values, 2);
	assert_int_equal(f->reader->answered_through, 0);

	f->reader->emit_max = 0;
	f->reader->deadline_ns = clock_mono_ns() - 1;
	assert_int_equal(ask_span(f, "*", 0, 0), -1);
	snprintf(want, sizeof(want), "%s: no time left after 0 values", f->url);
	assert_string_equal(fake_failure(f->reader), want);

	f->reader->deadline_ns = INT64_MAX;
	ask(f);
	assert_int_equal(f->reader->n_values, 5);
}

/* A newer writer has migrated the database: the older one's are refused. */
static void
test_migrated_away(void **state)
{
	struct fixture *f = *state;
	char want[160];

	open_writer(f);
	expect(f, "INSERT INTO version VALUES (2, '')", "");
	snprintf(want, sizeof(want),
	    "%s: schema version 2 is newer than 1, the newest known here",
	    f->path);
	assert_int_equal(ask_span(f, "*", 0, 0), -1);
	assert_string_equal(fake_failure(f->reader), want);
	restart(f);
	assert_int_equal(fake_open(f->writer), -1);
	assert_string_equal(fake_failure(f->writer), want);
}

struct concurrent {
	struct fixture *f;
	uint32_t a, b;
	uint64_t n;
	atomic_bool ended;
};

static void *
write_pairs(void *context)
{
	struct concurrent *c = context;

	for (uint64_t i = 1; i <= c->n; i++) {
		const struct farm_value v[] = { of(c->a, farm_uint64(i)),
			of(c->b, farm_uint64(i)) };
		const struct farm_record r = result(i, T0 + (int64_t)i, v, 2);

		if (put(c->f, &r, 1) != FARM_DONE)
			break;
	}
	atomic_store(&c->ended, true);
	return NULL;
}

/* Every answer is one state of the store: both series to the same position. */
static void
test_concurrent(void **state)
{
	struct fixture *f = *state;
	struct concurrent c = { .f = f, .n = 300 };
	bool ended;
	pthread_t thread;

	c.a = series(f, "n", "a");
	c.b = series(f, "n", "b");
	open_writer(f);
	assert_int_equal(pthread_create(&thread, NULL, write_pairs, &c), 0);
	do {
		ended = atomic_load(&c.ended);
		ask(f);
		assert_int_equal(
		    f->reader->n_values, 2 * f->reader->answered_through);
	} while (!ended);
	pthread_join(thread, NULL);
	assert_int_equal(f->reader->answered_through, c.n);
}

/* -- keep -- */

static void
test_keep(void **state)
{
	struct fixture *f = *state;
	uint32_t old = series(f, "n", "old"), both = series(f, "n", "both");
	const struct farm_record event = { .position = 4,
		.time_ns = T0,
		.type = FARM_EVENT,
		.instance = "a",
		.payload = "{}",
		.payload_size = 2 };

	set(f->writer, "keep", 60 * NS_PER_S);
	open_writer(f);
	put_value(f, 1, T0, of(old, farm_int64(1)));
	put_value(f, 2, T0, of(both, farm_int64(1)));
	put_value(f, 3, T0 + 60 * NS_PER_S, of(both, farm_int64(2)));
	assert_int_equal(put(f, &event, 1), FARM_DONE);

	f->writer->now_ns = T0 + 60 * NS_PER_S;
	assert_int_equal(fake_tick(f->writer), 0);
	expect(f, "SELECT count(*) FROM samples", "3");
	f->writer->now_ns += 60 * NS_PER_S;
	assert_int_equal(fake_tick(f->writer), 0);
	expect(f, "SELECT parameter || value FROM history", "both2");
	expect(f, "SELECT count(*) FROM series", "1");
	expect(f, "SELECT count(*) FROM records", "0");

	/* A series that comes back is made again. */
	put_value(f, 5, T0 + 70 * NS_PER_S, of(old, farm_int64(3)));
	expect(f, "SELECT group_concat(parameter || value) FROM history",
	    "both2,old3");
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
	set(f->writer, "keep", 60 * NS_PER_S);
	open_writer(f);
	assert_int_equal(put(f, &r, 1), FARM_DONE);
	f->writer->now_ns = T0 + 61 * NS_PER_S;
	for (int i = 0; i < 200; i++)
		assert_int_equal(fake_tick(f->writer), 0);
	expect(f, "SELECT count(*) FROM samples", "0");
	expect(f, "SELECT count(*) FROM series", "0");
}

#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_values),
		TEST(test_random_values),
		TEST(test_views),
		TEST(test_plans),
		TEST(test_series),
		TEST(test_replay),
		TEST(test_any_order),
		TEST(test_same_time),
		TEST(test_large_batch),
		TEST(test_records),
		TEST(test_open_errors),
		TEST(test_bad_records),
		TEST(test_constraint),
		TEST(test_locked),
		TEST(test_deleted),
		TEST(test_replaced),
		TEST(test_full),
		TEST(test_no_space),
		TEST(test_history),
		TEST(test_history_limits),
		TEST(test_migrated_away),
		TEST(test_concurrent),
		TEST(test_keep),
		TEST(test_keep_much),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
