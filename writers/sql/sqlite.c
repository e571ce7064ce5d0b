/*
 * sqlite.c - the SQLite dialect: connections, and rows on their way in.
 */
#include "sqlite.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "clock.h"

/* The log is cut back to this after it was larger. */
#define LOG_BYTES (64 << 20)

static const char *const sql[N_STATEMENTS] = {
	[BEGIN] = "BEGIN IMMEDIATE",
	[BEGIN_READING] = "BEGIN",
	[COMMIT] = "COMMIT",
	[ROLLBACK] = "ROLLBACK",
	[GET_PROGRESS] = "SELECT position FROM progress",
	[SET_PROGRESS] = "UPDATE progress SET position = ?1",
	[FIND_SERIES] = "SELECT id, kind, unit, labels FROM series"
			" WHERE farm = ?1 AND cluster = ?2 AND node = ?3"
			" AND parameter = ?4",
	[ADD_SERIES] = "INSERT INTO series (farm, cluster, node, parameter,"
		       " kind, unit, labels) VALUES (?1, ?2, ?3, ?4, ?5, ?6,"
		       " ?7)",
	[CHANGE_SERIES] = "UPDATE series SET kind = ?5, unit = ?6,"
			  " labels = ?7 WHERE farm = ?1 AND cluster = ?2"
			  " AND node = ?3 AND parameter = ?4",
	[ADD_SAMPLE] = "INSERT INTO samples VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
		       " ON CONFLICT DO NOTHING",
	[READ_INSTANT] = "SELECT type, value FROM samples WHERE series = ?1"
			 " AND time = ?2",
	[ADD_RECORD] = "INSERT INTO records VALUES (?1, ?2, ?3, ?4, ?5)"
		       " ON CONFLICT DO NOTHING",
	[ADD_NEWEST] =
	    "INSERT INTO newest VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
	    " ON CONFLICT DO UPDATE SET time = excluded.time,"
	    " position = excluded.position, item = excluded.item,"
	    " type = excluded.type, value = excluded.value"
	    " WHERE (excluded.time, excluded.position, excluded.item)"
	    "  > (newest.time, newest.position, newest.item)",
	[PUT_AVERAGE] = "INSERT INTO averages VALUES (?1, ?2, ?3, ?4, ?5, ?6,"
			" ?7, ?8, ?9, ?10)" STORE_REPLACE_AVERAGE,
	[NEXT_SERIES] = "SELECT id FROM series WHERE id > ?1"
			" ORDER BY id LIMIT 1",
	[OLD_SAMPLES] = "DELETE FROM samples WHERE series = ?1"
			" AND (time, position, item) IN"
			" (SELECT time, position, item FROM samples"
			" WHERE series = ?1 AND time < ?2"
			" AND (time < ?4 OR type <> 5)"
			" ORDER BY time LIMIT ?3)",
	[OLD_NEWEST] = "SELECT 1 FROM series AS s WHERE id = ?1"
		       " AND NOT EXISTS (SELECT 1 FROM newest"
		       " WHERE series = s.id AND time >= ?2)",
	[FORGET_SERIES] = "DELETE FROM series WHERE id = ?1",
	[FORGET_NEWEST] = "DELETE FROM newest WHERE series = ?1",
	[FORGET_AVERAGES] = "DELETE FROM averages WHERE series = ?1"
			    " AND step IN (SELECT step FROM rolled)",
	[OLD_RECORDS] = "DELETE FROM records WHERE (time, position) IN"
			" (SELECT time, position FROM records"
			" WHERE time < ?1 ORDER BY time LIMIT ?2)",
	[READ_SAMPLES] = "SELECT time, type, value FROM samples"
			 " WHERE series = ?1 AND time BETWEEN ?2 AND ?3"
			 " AND (time >= ?4 OR type = 5)"
			 " ORDER BY time, position, item",
	[READ_LABELS] = "SELECT key, value FROM json_each(?1)",
};

/* SQLite knows the system's reason only where it could not open a file. */
int
sqlite_failed(struct store *s, struct error *err)
{
	const char *text = sqlite3_errmsg(s->db);

	switch (sqlite3_errcode(s->db)) {
	case SQLITE_CONSTRAINT:
	case SQLITE_MISMATCH:
	case SQLITE_TOOBIG:
		error_set(err, "%s: %s", s->path, text);
		return STORE_BAD;
	case SQLITE_CANTOPEN:
		errno = sqlite3_system_errno(s->db);
		error_set(err, "%s: %s: %m", s->path, text);
		return STORE_AGAIN;
	case SQLITE_IOERR:
		error_set(err, "%s: %s, SQLite's code %d", s->path, text,
		    sqlite3_extended_errcode(s->db));
		return STORE_AGAIN;
	}
	error_set(err, "%s: %s", s->path, text);
	return STORE_AGAIN;
}

sqlite3_stmt *
sqlite_statement(struct store *s, enum statement which, struct error *err)
{
	sqlite3_stmt **stmt = &s->statements[which];

	if (*stmt == NULL &&
	    sqlite3_prepare_v3(s->db, sql[which], -1, SQLITE_PREPARE_PERSISTENT,
		stmt, NULL) != SQLITE_OK)
		sqlite_failed(s, err);
	return *stmt;
}

int
sqlite_run(struct store *s, sqlite3_stmt *stmt, struct error *err)
{
	int status = STORE_OK;

	if (sqlite3_step(stmt) != SQLITE_DONE)
		status = sqlite_failed(s, err);
	sqlite3_reset(stmt);
	return status;
}

int
sqlite_do(struct store *s, enum statement which, struct error *err)
{
	sqlite3_stmt *stmt = sqlite_statement(s, which, err);

	return stmt == NULL ? STORE_AGAIN : sqlite_run(s, stmt, err);
}

int
sqlite_progress(struct store *s, uint64_t *ret, struct error *err)
{
	sqlite3_stmt *stmt = sqlite_statement(s, GET_PROGRESS, err);
	int status = STORE_OK;

	if (stmt == NULL)
		return STORE_AGAIN;
	switch (sqlite3_step(stmt)) {
	case SQLITE_ROW:
		*ret = (uint64_t)sqlite3_column_int64(stmt, 0);
		break;
	case SQLITE_DONE:
		error_set(err, "%s: table progress is empty", s->path);
		status = STORE_AGAIN;
		break;
	default:
		status = sqlite_failed(s, err);
	}
	sqlite3_reset(stmt);
	return status;
}

/* -- opening and closing -- */

static void
sqlite_close(struct store *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < N_STATEMENTS; i++)
		sqlite3_finalize(s->statements[i]);
	sqlite3_close(s->db);
	free(s->path);
	free(s);
}

/*
 * Readers and the writer then never wait for each other.  Asked for after the
 * schema was found to be ours, as it changes the file.
 */
static int
use_log(struct store *s, struct error *err)
{
	sqlite3_stmt *stmt;
	int status = STORE_OK;

	if (sqlite3_prepare_v2(s->db, "PRAGMA journal_mode = WAL", -1, &stmt,
		NULL) != SQLITE_OK)
		return sqlite_failed(s, err);
	if (sqlite3_step(stmt) != SQLITE_ROW) {
		status = sqlite_failed(s, err);
	} else if (strcmp((const char *)sqlite3_column_text(stmt, 0), "wal") !=
		   0) {
		error_set(
		    err, "%s: no write-ahead log on this file system", s->path);
		status = STORE_AGAIN;
	}
	sqlite3_finalize(stmt);
	return status;
}

static int
tune(struct store *s, const struct store_settings *settings, struct error *err)
{
	char pragma[128];

	sqlite3_snprintf(sizeof(pragma), pragma,
	    "PRAGMA synchronous = %d; PRAGMA journal_size_limit = %d",
	    settings->sync, LOG_BYTES);
	if (sqlite3_exec(s->db, pragma, NULL, NULL, NULL) != SQLITE_OK)
		return sqlite_failed(s, err);
	return STORE_OK;
}

/* SQLite counts in pages; a bound below what is there already just holds. */
static int
bound(struct store *s, const struct store_settings *settings, struct error *err)
{
	sqlite3_stmt *stmt;
	char pragma[64];
	int64_t page = 0;

	if (settings->max_bytes == 0)
		return STORE_OK;
	if (sqlite3_prepare_v2(s->db, "PRAGMA page_size", -1, &stmt, NULL) !=
	    SQLITE_OK)
		return sqlite_failed(s, err);
	if (sqlite3_step(stmt) == SQLITE_ROW)
		page = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	if (page == 0)
		return sqlite_failed(s, err);
	sqlite3_snprintf(sizeof(pragma), pragma, "PRAGMA max_page_count = %lld",
	    (long long)(settings->max_bytes / page));
	if (sqlite3_exec(s->db, pragma, NULL, NULL, NULL) != SQLITE_OK)
		return sqlite_failed(s, err);
	return STORE_OK;
}

static int
prepare_writing(
    struct store *s, const struct store_settings *settings, struct error *err)
{
	int status;

	status = sqlite_migrate(s, err);
	if (status == STORE_OK)
		status = use_log(s, err);
	if (status == STORE_OK)
		status = tune(s, settings, err);
	if (status == STORE_OK)
		status = bound(s, settings, err);
	return status;
}

static int
sqlite_open(struct store **ret, const struct store_settings *settings,
    bool writing, struct error *err)
{
	int flags = SQLITE_OPEN_NOMUTEX;
	struct store *s;
	int status = STORE_AGAIN;

	if (settings->location[0] != '/') {
		error_set(
		    err, "sqlite:%s: not an absolute path", settings->location);
		return STORE_AGAIN;
	}
	flags |= writing ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
			 : SQLITE_OPEN_READONLY;
	s = calloc(1, sizeof(*s));
	if (s != NULL)
		s->path = strdup(settings->location);
	if (s == NULL || s->path == NULL) {
		error_set(err, "%s: out of memory", settings->location);
		goto fail;
	}
	if (sqlite3_open_v2(s->path, &s->db, flags, NULL) != SQLITE_OK) {
		status = sqlite_failed(s, err);
		goto fail;
	}
	sqlite3_busy_timeout(
	    s->db, (int)(settings->busy_timeout_ns / NS_PER_MS));
	status = writing ? prepare_writing(s, settings, err)
			 : sqlite_check_schema(s, err);
	if (status != STORE_OK)
		goto fail;
	*ret = s;
	return STORE_OK;
fail:
	sqlite_close(s);
	return status;
}

static bool
sqlite_in_place(struct store *s)
{
	int moved = 0;

	sqlite3_file_control(s->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
	return moved == 0;
}

/* -- one transaction -- */

static void
sqlite_rollback(struct store *s)
{
	/* After some failures SQLite has rolled back by itself. */
	if (!sqlite3_get_autocommit(s->db))
		sqlite_do(s, ROLLBACK, NULL);
}

static int
sqlite_begin(struct store *s, uint64_t *ret_position, struct error *err)
{
	int status;

	status = sqlite_do(s, BEGIN, err);
	if (status == STORE_OK)
		status = sqlite_progress(s, ret_position, err);
	return status;
}

/*
 * The file is looked at again after the commit: if it was taken away in the
 * meantime, the rows went with it and are to be stored in the next one.
 */
static int
sqlite_commit(struct store *s, uint64_t position, struct error *err)
{
	sqlite3_stmt *stmt = sqlite_statement(s, SET_PROGRESS, err);
	int status;

	if (stmt == NULL)
		return STORE_AGAIN;
	sqlite3_bind_int64(stmt, 1, (int64_t)position);
	status = sqlite_run(s, stmt, err);
	if (status == STORE_OK)
		status = sqlite_do(s, COMMIT, err);
	if (status == STORE_OK && !sqlite_in_place(s)) {
		error_set(err, "%s: was moved or deleted", s->path);
		status = STORE_AGAIN;
	}
	return status;
}

/* -- series -- */

static void
bind_text(sqlite3_stmt *stmt, int i, const char *text)
{
	sqlite3_bind_text(stmt, i, text, -1, SQLITE_STATIC);
}

static void
bind_names(sqlite3_stmt *stmt, const struct farm_series *series)
{
	bind_text(stmt, 1, series->farm);
	bind_text(stmt, 2, series->cluster);
	bind_text(stmt, 3, series->node);
	bind_text(stmt, 4, series->parameter);
}

static bool
column_is(sqlite3_stmt *stmt, int column, const char *text)
{
	const unsigned char *have = sqlite3_column_text(stmt, column);

	return have != NULL && strcmp((const char *)have, text) == 0;
}

/* *ret_id: 0 if there is none; *ret_same: are kind, unit and labels these? */
static int
find_series(struct store *s, const struct farm_series *series,
    const char *labels, int64_t *ret_id, bool *ret_same, struct error *err)
{
	sqlite3_stmt *stmt = sqlite_statement(s, FIND_SERIES, err);
	int status = STORE_OK;

	if (stmt == NULL)
		return STORE_AGAIN;
	bind_names(stmt, series);
	*ret_id = 0;
	switch (sqlite3_step(stmt)) {
	case SQLITE_ROW:
		*ret_id = sqlite3_column_int64(stmt, 0);
		*ret_same = column_is(stmt, 1, store_kind_name(series->kind)) &&
			    column_is(stmt, 2, series->unit) &&
			    column_is(stmt, 3, labels);
		break;
	case SQLITE_DONE:
		break;
	default:
		status = sqlite_failed(s, err);
	}
	sqlite3_reset(stmt);
	return status;
}

/* Add it or, as ADD_SERIES and CHANGE_SERIES take the same, change it. */
static int
put_series(struct store *s, enum statement how,
    const struct farm_series *series, const char *labels, struct error *err)
{
	sqlite3_stmt *stmt = sqlite_statement(s, how, err);

	if (stmt == NULL)
		return STORE_AGAIN;
	bind_names(stmt, series);
	bind_text(stmt, 5, store_kind_name(series->kind));
	bind_text(stmt, 6, series->unit);
	bind_text(stmt, 7, labels);
	return sqlite_run(s, stmt, err);
}

static int
one_series(struct store *s, const struct farm_series *series, int64_t *ret,
    struct error *err)
{
	struct buffer labels = BUFFER_INIT;
	int status = STORE_AGAIN;
	bool same = false;
	int64_t id;

	store_put_labels(&labels, series);
	if (buffer_failed(&labels)) {
		error_set(err, "%s: out of memory", s->path);
		goto out;
	}
	status = find_series(s, series, labels.data, &id, &same, err);
	if (status == STORE_OK && id != 0 && !same)
		status = put_series(s, CHANGE_SERIES, series, labels.data, err);
	if (status == STORE_OK && id == 0) {
		status = put_series(s, ADD_SERIES, series, labels.data, err);
		id = sqlite3_last_insert_rowid(s->db);
	}
	if (status == STORE_OK)
		*ret = id;
out:
	buffer_free(&labels);
	return status;
}

static int
sqlite_series(
    struct store *s, struct stranger *strangers, size_t n, struct error *err)
{
	int status = STORE_OK;

	for (size_t i = 0; status == STORE_OK && i < n; i++)
		status = one_series(
		    s, strangers[i].names, &strangers[i].id, err);
	return status;
}

/* -- rows -- */

/*
 * SQLite has no unsigned integers: uint64 keeps its 64 bits as a signed one,
 * and the type tells.  It has no NaN either and makes a NULL of it, which
 * nothing else uses.
 */
static void
bind_value(sqlite3_stmt *stmt, int i, const struct farm_value *v)
{
	switch (v->type) {
	case FARM_DOUBLE:
		sqlite3_bind_double(stmt, i, v->number);
		break;
	case FARM_INT64:
		sqlite3_bind_int64(stmt, i, v->int64);
		break;
	case FARM_UINT64:
		sqlite3_bind_int64(stmt, i, (int64_t)v->uint64);
		break;
	case FARM_BOOLEAN:
		sqlite3_bind_int(stmt, i, v->boolean);
		break;
	case FARM_TEXT:
		sqlite3_bind_text(stmt, i, v->length == 0 ? "" : v->text,
		    v->length, SQLITE_STATIC);
		break;
	}
}

static sqlite3_stmt *
bind_sample(struct store *s, enum statement which, const struct sample *sample,
    struct error *err)
{
	sqlite3_stmt *stmt = sqlite_statement(s, which, err);
	const struct farm_record *r = sample->record;

	if (stmt == NULL)
		return NULL;
	sqlite3_bind_int64(stmt, 1, sample->series);
	sqlite3_bind_int64(stmt, 2, r->time_ns);
	sqlite3_bind_int64(stmt, 3, (int64_t)r->position);
	sqlite3_bind_int64(stmt, 4, (int64_t)sample_item(sample));
	sqlite3_bind_int(stmt, 5, sample->value->type);
	bind_value(stmt, 6, sample->value);
	return stmt;
}

/* Run an insertion that does nothing if the row is there. */
static int
add_row(struct store *s, sqlite3_stmt *stmt, struct load *l, struct error *err)
{
	int status = sqlite_run(s, stmt, err);

	if (status == STORE_OK) {
		l->n_rows++;
		l->n_added += (size_t)sqlite3_changes(s->db);
	}
	return status;
}

static int
add_sample(struct store *s, struct load *l, const struct sample *sample,
    struct error *err)
{
	sqlite3_stmt *stmt = bind_sample(s, ADD_SAMPLE, sample, err);

	return stmt == NULL ? STORE_AGAIN : add_row(s, stmt, l, err);
}

static int
add_newest(struct store *s, const struct sample *sample, struct error *err)
{
	sqlite3_stmt *stmt = bind_sample(s, ADD_NEWEST, sample, err);

	return stmt == NULL ? STORE_AGAIN : sqlite_run(s, stmt, err);
}

/* Payloads are text where the contract says JSON. */
static void
bind_payload(sqlite3_stmt *stmt, int i, const struct farm_record *r)
{
	const void *bytes = r->payload_size == 0 ? "" : r->payload;

	if (store_payload_is_text(r))
		sqlite3_bind_text64(stmt, i, bytes, r->payload_size,
		    SQLITE_STATIC, SQLITE_UTF8);
	else
		sqlite3_bind_blob64(
		    stmt, i, bytes, r->payload_size, SQLITE_STATIC);
}

static int
add_record(struct store *s, struct load *l, const struct farm_record *r,
    struct error *err)
{
	sqlite3_stmt *stmt = sqlite_statement(s, ADD_RECORD, err);
	char number[8];

	if (stmt == NULL)
		return STORE_AGAIN;
	sqlite3_bind_int64(stmt, 1, r->time_ns);
	sqlite3_bind_int64(stmt, 2, (int64_t)r->position);
	bind_text(stmt, 3, store_record_type(r, number));
	bind_text(stmt, 4, r->instance);
	bind_payload(stmt, 5, r);
	return add_row(s, stmt, l, err);
}

static int
add_samples(struct store *s, struct load *l, struct error *err)
{
	const struct sample *sample = l->samples, *end = sample + l->n_samples;
	int status = STORE_OK;

	store_sort(l);
	for (; status == STORE_OK && sample < end; sample++) {
		l->bad = sample->record;
		status = add_sample(s, l, sample, err);
		if (status == STORE_OK &&
		    (sample + 1 == end || sample[1].series != sample->series))
			status = add_newest(s, sample, err);
	}
	return status;
}

static int
sqlite_add(struct store *s, struct load *l, struct error *err)
{
	int status = add_samples(s, l, err);

	for (size_t i = 0; status == STORE_OK && i < l->n_records; i++) {
		l->bad = l->records[i];
		status = add_record(s, l, l->records[i], err);
	}
	if (status == STORE_OK)
		l->bad = NULL;
	return status;
}

const struct dialect sqlite_dialect = {
	.scheme = "sqlite",
	.open = sqlite_open,
	.close = sqlite_close,
	.in_place = sqlite_in_place,
	.begin = sqlite_begin,
	.series = sqlite_series,
	.known = sqlite_known,
	.add = sqlite_add,
	.commit = sqlite_commit,
	.rollback = sqlite_rollback,
	.put = sqlite_put,
	.run = sqlite_run_text,
	.rows = sqlite_rows,
	.expire = sqlite_expire,
	.read = sqlite_read,
};
