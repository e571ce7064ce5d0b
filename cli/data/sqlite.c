/*
 * SQLite as a format: a database with the tables `series', `samples' and
 * `averages', whose columns are those of the sql writer, so that one of its own
 * files can be imported, too.
 */
#include "format.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "json_lines.h"
#include "words.h"

#ifdef HAVE_SQLITE
#include <sqlite3.h>

static const char schema[] =
    "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
    "CREATE TABLE series (id INTEGER PRIMARY KEY, farm TEXT NOT NULL,"
    " cluster TEXT NOT NULL, node TEXT NOT NULL, parameter TEXT NOT NULL,"
    " kind TEXT NOT NULL, unit TEXT NOT NULL, labels TEXT NOT NULL,"
    " UNIQUE (farm, cluster, node, parameter, kind, unit, labels));"
    "CREATE TABLE samples (series INTEGER NOT NULL, time INTEGER NOT NULL,"
    " type INTEGER NOT NULL, value);"
    "CREATE TABLE averages (step INTEGER NOT NULL, series INTEGER NOT NULL,"
    " time INTEGER NOT NULL, count INTEGER NOT NULL, mean REAL NOT NULL,"
    " min REAL NOT NULL, max REAL NOT NULL, last REAL NOT NULL,"
    " held INTEGER NOT NULL);"
    "CREATE VIEW history AS SELECT s.farm, s.cluster, s.node, s.parameter,"
    " strftime('%Y-%m-%dT%H:%M:%fZ', v.time / 1e9, 'unixepoch') AS at,"
    " CASE WHEN v.type = 1 AND v.value IS NULL THEN 'NaN'"
    "  WHEN v.type = 3 AND v.value < 0 THEN printf('%llu', v.value)"
    "  ELSE v.value END AS value, s.unit, v.time"
    " FROM samples AS v JOIN series AS s ON s.id = v.series;"
    "CREATE VIEW levels AS SELECT s.farm, s.cluster, s.node, s.parameter,"
    " strftime('%Y-%m-%dT%H:%M:%fZ', a.time / 1e9, 'unixepoch') AS at,"
    " a.step, a.count, a.mean, a.min, a.max, a.last, s.unit,"
    " a.held / 1e9 AS held, a.time"
    " FROM averages AS a JOIN series AS s ON s.id = a.series;"
    "BEGIN";

/* An error is the file's, and says what SQLite says. */
static int
failed(sqlite3 *db, const char *path, struct error *err)
{
	return error_set(err, "%s: %s", path,
	    db == NULL ? "out of memory" : sqlite3_errmsg(db));
}

/* --- out --- */

struct sqlite_sink {
	struct sink sink; /* first */
	const char *path;
	sqlite3 *db;
	sqlite3_stmt *add_series;
	sqlite3_stmt *find_series;
	sqlite3_stmt *add_sample;
	sqlite3_stmt *add_average;
	bool ended;
};

static void
bind_text(sqlite3_stmt *stmt, int i, const char *text)
{
	sqlite3_bind_text(stmt, i, text, -1, SQLITE_TRANSIENT);
}

static void
bind_series(sqlite3_stmt *stmt, const struct row *row, const char *labels)
{
	const struct farm_series *s = &row->series;

	bind_text(stmt, 1, s->farm);
	bind_text(stmt, 2, s->cluster);
	bind_text(stmt, 3, s->node);
	bind_text(stmt, 4, s->parameter);
	bind_text(stmt, 5, kind_word(s->kind));
	bind_text(stmt, 6, s->unit);
	bind_text(stmt, 7, labels);
}

/* The series' number, made if need be; 0 if that failed. */
static int64_t
series_id(struct sqlite_sink *s, const struct row *row, const char *labels)
{
	int64_t id = 0;
	int code;

	bind_series(s->find_series, row, labels);
	code = sqlite3_step(s->find_series);
	if (code == SQLITE_ROW)
		id = sqlite3_column_int64(s->find_series, 0);
	sqlite3_reset(s->find_series);
	if (code != SQLITE_DONE)
		return id;
	bind_series(s->add_series, row, labels);
	if (sqlite3_step(s->add_series) == SQLITE_DONE)
		id = sqlite3_last_insert_rowid(s->db);
	sqlite3_reset(s->add_series);
	return id;
}

/* As the sql writer holds them: uint64 by its 64 bits, NaN as NULL. */
static void
bind_value(sqlite3_stmt *stmt, int i, const struct farm_value *v)
{
	switch (v->type) {
	case FARM_DOUBLE:
		sqlite3_bind_double(stmt, i, v->number);
		break;
	case FARM_BOOLEAN:
		sqlite3_bind_int(stmt, i, v->boolean);
		break;
	case FARM_TEXT:
		sqlite3_bind_text(stmt, i, v->length == 0 ? "" : v->text,
		    v->length, SQLITE_STATIC);
		break;
	default:
		sqlite3_bind_int64(stmt, i, v->int64);
	}
}

/* The row of that series, by one of two statements. */
static sqlite3_stmt *
bind_sample(struct sqlite_sink *s, int64_t id, const struct row *row)
{
	sqlite3_bind_int64(s->add_sample, 1, id);
	sqlite3_bind_int64(s->add_sample, 2, row->time_ns);
	sqlite3_bind_int(s->add_sample, 3, row->value.type);
	bind_value(s->add_sample, 4, &row->value);
	return s->add_sample;
}

static sqlite3_stmt *
bind_average(struct sqlite_sink *s, int64_t id, const struct row *row)
{
	const struct row_average *a = &row->average;

	sqlite3_bind_int64(s->add_average, 1, a->step_ns / NS_PER_S);
	sqlite3_bind_int64(s->add_average, 2, id);
	sqlite3_bind_int64(s->add_average, 3, row->time_ns);
	sqlite3_bind_int64(s->add_average, 4, (int64_t)a->count);
	bind_value(s->add_average, 5, &row->value);
	sqlite3_bind_double(s->add_average, 6, a->min);
	sqlite3_bind_double(s->add_average, 7, a->max);
	sqlite3_bind_double(s->add_average, 8, a->last);
	sqlite3_bind_int64(s->add_average, 9, a->held_ns);
	return s->add_average;
}

static int
sqlite_put(struct sink *sink, const struct row *row, struct error *err)
{
	struct sqlite_sink *s = (struct sqlite_sink *)sink;
	struct buffer labels = BUFFER_INIT;
	sqlite3_stmt *stmt;
	int64_t id = 0;
	int code;

	json_put_labels(&labels, &row->series);
	if (!buffer_failed(&labels))
		id = series_id(s, row, buffer_text(&labels));
	buffer_free(&labels);
	if (id == 0)
		return failed(s->db, s->path, err);
	stmt = row->average.step_ns == 0 ? bind_sample(s, id, row)
					 : bind_average(s, id, row);
	code = sqlite3_step(stmt);
	sqlite3_reset(stmt);
	return code == SQLITE_DONE ? 0 : failed(s->db, s->path, err);
}

static int
sqlite_end(struct sink *sink, struct error *err)
{
	struct sqlite_sink *s = (struct sqlite_sink *)sink;

	if (sqlite3_exec(s->db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
		return failed(s->db, s->path, err);
	s->ended = true;
	return 0;
}

static void
sqlite_sink_free(struct sink *sink)
{
	struct sqlite_sink *s = (struct sqlite_sink *)sink;

	sqlite3_finalize(s->add_series);
	sqlite3_finalize(s->find_series);
	sqlite3_finalize(s->add_sample);
	sqlite3_finalize(s->add_average);
	sqlite3_close(s->db);
	if (!s->ended)
		(void)unlink(s->path);
	free(s);
}

static int
prepare(struct sqlite_sink *s, struct error *err)
{
	const struct {
		sqlite3_stmt **stmt;
		const char *sql;
	} statements[] = {
		{ &s->find_series, "SELECT id FROM series WHERE farm = ?1"
				   " AND cluster = ?2 AND node = ?3"
				   " AND parameter = ?4 AND kind = ?5"
				   " AND unit = ?6 AND labels = ?7" },
		{ &s->add_series, "INSERT INTO series VALUES (NULL, ?1, ?2,"
				  " ?3, ?4, ?5, ?6, ?7)" },
		{ &s->add_sample, "INSERT INTO samples VALUES (?1, ?2, ?3,"
				  " ?4)" },
		{ &s->add_average, "INSERT INTO averages VALUES (?1, ?2, ?3,"
				   " ?4, ?5, ?6, ?7, ?8, ?9)" },
	};
	size_t i;

	if (sqlite3_exec(s->db, schema, NULL, NULL, NULL) != SQLITE_OK)
		return failed(s->db, s->path, err);
	for (i = 0; i < sizeof(statements) / sizeof(statements[0]); i++)
		if (sqlite3_prepare_v2(s->db, statements[i].sql, -1,
			statements[i].stmt, NULL) != SQLITE_OK)
			return failed(s->db, s->path, err);
	return 0;
}

int
sqlite_sink_open(struct sink **ret, const char *path, struct error *err)
{
	static const struct sink_ops ops = { sqlite_put, sqlite_end,
		sqlite_sink_free };
	struct sqlite_sink *s = calloc(1, sizeof(*s));
	int rc;

	if (s == NULL)
		return error_set(err, "%s: out of memory", path);
	s->sink.ops = &ops;
	s->path = path;
	if (sqlite3_open_v2(path, &s->db,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) != SQLITE_OK)
		rc = failed(s->db, path, err);
	else
		rc = prepare(s, err);
	if (rc < 0)
		sqlite_sink_free(&s->sink);
	else
		*ret = &s->sink;
	return rc;
}

/* --- in --- */

struct sqlite_source {
	struct source source; /* first */
	const char *path;
	struct arena *arena; /* labels of the row at hand */
	sqlite3 *db;
	sqlite3_stmt *rows;
	uint64_t row;
};

static const char *
column_text(struct sqlite_source *s, int column)
{
	const char *text = (const char *)sqlite3_column_text(s->rows, column);

	return text == NULL ? "" : text;
}

static int
column_value(struct sqlite_source *s, struct row *row, struct error *err)
{
	const char *text;

	switch (sqlite3_column_int(s->rows, 8)) {
	case FARM_DOUBLE:
		row->value = farm_double(
		    sqlite3_column_type(s->rows, 9) == SQLITE_NULL
			? __builtin_nan("")
			: sqlite3_column_double(s->rows, 9));
		return 0;
	case FARM_INT64:
		row->value = farm_int64(sqlite3_column_int64(s->rows, 9));
		return 0;
	case FARM_UINT64:
		row->value = farm_uint64(
		    (uint64_t)sqlite3_column_int64(s->rows, 9));
		return 0;
	case FARM_BOOLEAN:
		row->value = farm_boolean(sqlite3_column_int(s->rows, 9) != 0);
		return 0;
	case FARM_TEXT:
		text = column_text(s, 9);
		return row_get_value(row, "text", text,
		    (size_t)sqlite3_column_bytes(s->rows, 9), err);
	}
	return error_set(err, "a value of type %d, which is none",
	    sqlite3_column_int(s->rows, 8));
}

static int
column_labels(struct sqlite_source *s, struct row *row, struct error *err)
{
	const char *text = column_text(s, 6);
	json_t *labels;
	int rc;

	if (strcmp(text, "{}") == 0)
		return 0;
	arena_free(s->arena);
	s->arena = arena_new(0);
	labels = json_loads(text, ROW_JSON, NULL);
	if (s->arena == NULL || labels == NULL)
		rc = error_set(err, "labels are no JSON: %s", text);
	else
		rc = row_get_labels(row, s->arena, labels, err);
	json_decref(labels);
	return rc;
}

static int
take_row(struct sqlite_source *s, struct row *row, struct error *err)
{
	*row = (struct row){ .series = { .farm = column_text(s, 0),
				 .cluster = column_text(s, 1),
				 .node = column_text(s, 2),
				 .parameter = column_text(s, 3),
				 .unit = column_text(s, 5) },
		.time_ns = sqlite3_column_int64(s->rows, 7) };
	if (row_get_kind(row, column_text(s, 4), err) < 0 ||
	    column_labels(s, row, err) < 0 || column_value(s, row, err) < 0)
		return -1;
	return row_check(row, err);
}

static int
sqlite_next(struct source *source, struct row *ret, struct error *err)
{
	struct sqlite_source *s = (struct sqlite_source *)source;

	switch (sqlite3_step(s->rows)) {
	case SQLITE_DONE:
		return 0;
	case SQLITE_ROW:
		s->row++;
		if (take_row(s, ret, err) == 0)
			return 1;
		return error_prefix(
		    err, "%s:row %llu", s->path, (unsigned long long)s->row);
	}
	failed(s->db, s->path, err);
	return -2;
}

static void
sqlite_source_free(struct source *source)
{
	struct sqlite_source *s = (struct sqlite_source *)source;

	arena_free(s->arena);
	sqlite3_finalize(s->rows);
	sqlite3_close(s->db);
	free(s);
}

int
sqlite_source_open(struct source **ret, const char *path, struct error *err)
{
	static const struct source_ops ops = { sqlite_next,
		sqlite_source_free };
	struct sqlite_source *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return error_set(err, "%s: out of memory", path);
	s->source.ops = &ops;
	s->path = path;
	if (sqlite3_open_v2(path, &s->db, SQLITE_OPEN_READONLY, NULL) ==
		SQLITE_OK &&
	    sqlite3_prepare_v2(s->db,
		"SELECT s.farm, s.cluster, s.node, s.parameter, s.kind,"
		" s.unit, s.labels, v.time, v.type, v.value"
		" FROM samples AS v CROSS JOIN series AS s"
		" WHERE s.id = v.series",
		-1, &s->rows, NULL) == SQLITE_OK) {
		*ret = &s->source;
		return 0;
	}
	failed(s->db, path, err);
	sqlite_source_free(&s->source);
	return -1;
}

#else

static int
left_out(struct error *err)
{
	return error_set(err, "this farmctl was built without SQLite");
}

int
sqlite_sink_open(struct sink **ret, const char *path, struct error *err)
{
	(void)ret, (void)path;
	return left_out(err);
}

int
sqlite_source_open(struct source **ret, const char *path, struct error *err)
{
	(void)ret, (void)path;
	return left_out(err);
}

#endif
