/*
 * sqlite_read.c - rows on their way out, all from one state of the database.
 */
#include "sqlite.h"

#include <stdlib.h>
#include <string.h>

#include "buffer.h"

/* Labels of one series; names and values are copies. */
struct labels {
	struct farm_label items[FARM_LABELS_MAX];
	uint32_t n;
};

static void
labels_free(struct labels *l)
{
	for (uint32_t i = 0; i < l->n; i++) {
		free((char *)l->items[i].name);
		free((char *)l->items[i].value);
	}
	l->n = 0;
}

static int
add_label(struct store *s, struct labels *l, const void *name,
    const void *value, struct error *err)
{
	struct farm_label *label = &l->items[l->n];

	if (name == NULL || value == NULL)
		return STORE_OK; /* edited by hand */
	label->name = strdup(name);
	label->value = strdup(value);
	l->n++;
	if (label->name != NULL && label->value != NULL)
		return STORE_OK;
	error_set(err, "%s: out of memory", s->path);
	return STORE_AGAIN;
}

static int
read_labels(
    struct store *s, const char *json, struct labels *l, struct error *err)
{
	int status = STORE_OK, code = SQLITE_DONE;
	sqlite3_stmt *stmt;

	if (strcmp(json, "{}") == 0)
		return STORE_OK;
	stmt = sqlite_statement(s, READ_LABELS, err);
	if (stmt == NULL)
		return STORE_AGAIN;
	sqlite3_bind_text(stmt, 1, json, -1, SQLITE_STATIC);
	while (status == STORE_OK && l->n < FARM_LABELS_MAX) {
		code = sqlite3_step(stmt);
		if (code != SQLITE_ROW)
			break;
		status = add_label(s, l, sqlite3_column_text(stmt, 0),
		    sqlite3_column_text(stmt, 1), err);
	}
	if (status == STORE_OK && code != SQLITE_ROW && code != SQLITE_DONE)
		status = sqlite_failed(s, err);
	sqlite3_reset(stmt);
	return status;
}

/* The other way of bind_value() in sqlite.c. */
struct farm_value
sqlite_value(sqlite3_stmt *stmt, int type, int column)
{
	const char *text;

	switch (type) {
	case FARM_DOUBLE:
		if (sqlite3_column_type(stmt, column) == SQLITE_NULL)
			return farm_double(__builtin_nan(""));
		return farm_double(sqlite3_column_double(stmt, column));
	case FARM_INT64:
		return farm_int64(sqlite3_column_int64(stmt, column));
	case FARM_UINT64:
		return farm_uint64(
		    (uint64_t)sqlite3_column_int64(stmt, column));
	case FARM_BOOLEAN:
		return farm_boolean(sqlite3_column_int(stmt, column) != 0);
	case FARM_TEXT:
		text = (const char *)sqlite3_column_text(stmt, column);
		return farm_text(text == NULL ? "" : text,
		    (size_t)sqlite3_column_bytes(stmt, column));
	}
	return (struct farm_value){ .type = FARM_NONE };
}

/* *enough is set if the reader had it. */
static int
read_samples(struct store *s, int64_t series, const struct question *q,
    const struct reader *reader, bool *enough, struct error *err)
{
	sqlite3_stmt *stmt = sqlite_statement(s, READ_SAMPLES, err);
	int code = SQLITE_DONE, status = STORE_OK;
	struct farm_value v;

	if (stmt == NULL)
		return STORE_AGAIN;
	sqlite3_bind_int64(stmt, 1, series);
	sqlite3_bind_int64(stmt, 2, q->first_ns);
	sqlite3_bind_int64(stmt, 3, q->last_ns);
	sqlite3_bind_int64(stmt, 4, q->texts_before_ns);
	while (!*enough && (code = sqlite3_step(stmt)) == SQLITE_ROW) {
		v = sqlite_value(stmt, sqlite3_column_int(stmt, 1), 2);
		if (v.type != FARM_NONE)
			*enough = reader->sample(reader->context,
				      sqlite3_column_int64(stmt, 0), &v) != 0;
	}
	if (!*enough && code != SQLITE_DONE)
		status = sqlite_failed(s, err);
	sqlite3_reset(stmt);
	return status;
}

/* Names and metadata from the row of the table `series' under the cursor. */
static int
read_names(struct store *s, sqlite3_stmt *row, struct farm_series *ret,
    struct labels *labels, struct error *err)
{
	const char *texts[8];
	int status;

	for (int i = 1; i < 8; i++) {
		texts[i] = (const char *)sqlite3_column_text(row, i);
		if (texts[i] == NULL)
			return sqlite_failed(s, err); /* memory is out */
	}
	status = read_labels(s, texts[7], labels, err);
	if (status != STORE_OK)
		return status;
	*ret = (struct farm_series){ .farm = texts[1],
		.cluster = texts[2],
		.node = texts[3],
		.parameter = texts[4],
		.kind = store_kind(texts[5]),
		.unit = texts[6],
		.labels = labels->items,
		.n_labels = labels->n };
	return STORE_OK;
}

static int
read_one(struct store *s, sqlite3_stmt *row, const struct question *q,
    const struct reader *reader, bool *enough, struct error *err)
{
	struct labels labels = { .n = 0 };
	struct farm_series series;
	int64_t id = sqlite3_column_int64(row, 0);
	int status, wanted = 1;

	status = read_names(s, row, &series, &labels, err);
	if (status == STORE_OK)
		wanted = reader->series(reader->context, &series);
	*enough = wanted < 0;
	if (wanted == 0) {
		status = reader->levels(reader->context, id, enough, err);
		if (status == STORE_OK && !*enough)
			status = read_samples(s, id, q, reader, enough, err);
		reader->finish(reader->context);
	}
	labels_free(&labels);
	return status;
}

/* In order of names, so that the index for them also finds the exact ones. */
static sqlite3_stmt *
prepare_series(struct store *s, const struct question *q, struct error *err)
{
	const char *const names[] = { q->farm, q->cluster, q->node };
	static const char *const conditions[] = { " AND farm = ?1",
		" AND cluster = ?2", " AND node = ?3" };
	struct buffer text = BUFFER_INIT;
	sqlite3_stmt *stmt = NULL;

	buffer_puts(&text,
	    "SELECT id, farm, cluster, node, parameter, kind, unit, labels"
	    " FROM series WHERE 1");
	for (size_t i = 0; i < 3; i++) {
		if (names[i] != NULL)
			buffer_puts(&text, conditions[i]);
	}
	buffer_puts(&text, " ORDER BY farm, cluster, node, parameter");
	if (buffer_failed(&text))
		error_set(err, "%s: out of memory", s->path);
	else if (sqlite3_prepare_v2(s->db, text.data, -1, &stmt, NULL) !=
		 SQLITE_OK)
		sqlite_failed(s, err);
	for (int i = 0; stmt != NULL && i < 3; i++) {
		if (names[i] != NULL)
			sqlite3_bind_text(
			    stmt, i + 1, names[i], -1, SQLITE_STATIC);
	}
	buffer_free(&text);
	return stmt;
}

static int
read_series(struct store *s, const struct question *q,
    const struct reader *reader, struct error *err)
{
	int code = SQLITE_DONE, status = STORE_OK;
	bool enough = false;
	sqlite3_stmt *row;

	row = prepare_series(s, q, err);
	if (row == NULL)
		return STORE_AGAIN;
	while (status == STORE_OK && !enough &&
	       (code = sqlite3_step(row)) == SQLITE_ROW)
		status = read_one(s, row, q, reader, &enough, err);
	if (status == STORE_OK && !enough && code != SQLITE_DONE)
		status = sqlite_failed(s, err);
	sqlite3_finalize(row);
	return status;
}

int
sqlite_read(struct store *s, struct question *q, const struct reader *reader,
    uint64_t *ret_position, struct error *err)
{
	int status;

	status = sqlite_do(s, BEGIN_READING, err);
	if (status == STORE_OK)
		status = sqlite_progress(s, ret_position, err);
	if (status == STORE_OK)
		status = reader->begin(reader->context, s, q, err);
	if (status == STORE_OK)
		status = read_series(s, q, reader, err);
	sqlite_do(s, ROLLBACK, NULL);
	return status;
}
