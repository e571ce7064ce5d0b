/*
 * mariadb_read.c - rows on their way out, all from one state of the database.
 */
#include "mariadb.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* -- values of one series -- */

static const char samples[] =
    "SELECT time, type, number, bits, bytes FROM samples"
    " WHERE series = ? AND time BETWEEN ? AND ?"
    " AND (time >= ? OR type = 5)"
    " ORDER BY time, position, item";

enum { TIME, TYPE, NUMBER, BITS, BYTES, N_COLUMNS };

/* The row under the cursor. */
struct row {
	int64_t time_ns;
	int64_t type;
	double number;
	int64_t bits;
	unsigned long length;
	my_bool no_number;
};

static void
bind_row(struct store *s, struct row *r, MYSQL_BIND binds[N_COLUMNS])
{
	memset(binds, 0, N_COLUMNS * sizeof(*binds));
	binds[TIME].buffer_type = MYSQL_TYPE_LONGLONG;
	binds[TIME].buffer = &r->time_ns;
	binds[TYPE].buffer_type = MYSQL_TYPE_LONGLONG;
	binds[TYPE].buffer = &r->type;
	binds[NUMBER].buffer_type = MYSQL_TYPE_DOUBLE;
	binds[NUMBER].buffer = &r->number;
	binds[NUMBER].is_null = &r->no_number;
	binds[BITS].buffer_type = MYSQL_TYPE_LONGLONG;
	binds[BITS].buffer = &r->bits;
	binds[BYTES].buffer_type = MYSQL_TYPE_BLOB;
	binds[BYTES].buffer = s->text;
	binds[BYTES].buffer_length = sizeof(s->text);
	binds[BYTES].length = &r->length;
}

static struct farm_value
value_of(const struct store *s, const struct row *r)
{
	double number = r->number;

	switch (r->type) {
	case FARM_DOUBLE:
		if (r->no_number)
			memcpy(&number, &r->bits, sizeof(number));
		return farm_double(number);
	case FARM_INT64:
		return farm_int64(r->bits);
	case FARM_UINT64:
		return farm_uint64((uint64_t)r->bits);
	case FARM_BOOLEAN:
		return farm_boolean(r->bits != 0);
	case FARM_TEXT:
		return farm_text(s->text, r->length);
	}
	return (struct farm_value){ .type = FARM_NONE };
}

static int
ask_samples(struct store *s, int64_t series, const struct question *q,
    struct error *err)
{
	int64_t arguments[] = { series, q->first_ns, q->last_ns,
		q->texts_before_ns };
	MYSQL_BIND binds[4] = { { .buffer = NULL } };

	if (s->read == NULL) {
		s->read = mysql_stmt_init(s->conn);
		if (s->read == NULL)
			return my_failed(s, err);
		if (mysql_stmt_prepare(s->read, samples, strlen(samples)) != 0)
			return my_statement_failed(s, s->read, err);
	}
	for (size_t i = 0; i < 4; i++) {
		binds[i].buffer_type = MYSQL_TYPE_LONGLONG;
		binds[i].buffer = &arguments[i];
	}
	if (mysql_stmt_bind_param(s->read, binds) != 0 ||
	    mysql_stmt_execute(s->read) != 0)
		return my_statement_failed(s, s->read, err);
	return STORE_OK;
}

/* Rows are fetched one by one: a reader that has enough leaves the rest of
   them in the connection, which is of no use then. */
static int
read_samples(struct store *s, int64_t series, const struct question *q,
    const struct reader *reader, bool *enough, struct error *err)
{
	MYSQL_BIND binds[N_COLUMNS];
	struct row row = { .time_ns = 0 };
	struct farm_value v;
	int status, rc = 0;

	status = ask_samples(s, series, q, err);
	if (status != STORE_OK)
		return status;
	bind_row(s, &row, binds);
	if (mysql_stmt_bind_result(s->read, binds) != 0)
		return my_statement_failed(s, s->read, err);
	while (!*enough && (rc = mysql_stmt_fetch(s->read)) == 0) {
		v = value_of(s, &row);
		if (v.type != FARM_NONE)
			*enough = reader->sample(
				      reader->context, row.time_ns, &v) != 0;
	}
	if (*enough)
		s->broken = true;
	else if (rc != MYSQL_NO_DATA)
		return my_statement_failed(s, s->read, err);
	else
		mysql_stmt_free_result(s->read);
	return STORE_OK;
}

/* -- series -- */

enum { ID, FARM, CLUSTER, NODE, PARAMETER, KIND, UNIT, LABELS };

static int
ask_series(struct store *s, const struct question *q, MYSQL_RES **ret,
    struct error *err)
{
	const char *const names[] = { q->farm, q->cluster, q->node };
	static const char *const conditions[] = {
		" AND farm = ", " AND cluster = ", " AND node = "
	};
	struct buffer sql = BUFFER_INIT;
	int status;

	buffer_puts(&sql,
	    "SELECT id, farm, cluster, node, parameter, kind, unit, labels"
	    " FROM series WHERE true");
	for (size_t i = 0; i < 3; i++) {
		if (names[i] == NULL)
			continue;
		buffer_puts(&sql, conditions[i]);
		my_quote(s, &sql, names[i]);
	}
	buffer_puts(&sql, " ORDER BY farm, cluster, node, parameter");
	if (buffer_failed(&sql)) {
		error_set(err, "%s: out of memory", s->name);
		status = STORE_AGAIN;
	} else {
		status = my_ask(s, sql.data, ret, err);
	}
	buffer_free(&sql);
	return status;
}

/* How many there are; borrowed from the object. */
static uint32_t
get_labels(json_t *json, struct farm_label labels[FARM_LABELS_MAX])
{
	const char *name;
	json_t *value;
	uint32_t n = 0;

	json_object_foreach (json, name, value) {
		if (n < FARM_LABELS_MAX && json_is_string(value))
			labels[n++] = (struct farm_label){ name,
				json_string_value(value) };
	}
	return n;
}

static int
read_one(struct store *s, MYSQL_ROW row, const struct question *q,
    const struct reader *reader, bool *enough, struct error *err)
{
	struct farm_label labels[FARM_LABELS_MAX];
	json_t *json = json_loads(row[LABELS], 0, NULL);
	struct farm_series series = { .farm = row[FARM],
		.cluster = row[CLUSTER],
		.node = row[NODE],
		.parameter = row[PARAMETER],
		.kind = store_kind(row[KIND]),
		.unit = row[UNIT],
		.labels = labels,
		.n_labels = get_labels(json, labels) };
	int64_t id = strtoll(row[ID], NULL, 10);
	int status = STORE_OK, wanted;

	wanted = reader->series(reader->context, &series);
	*enough = wanted < 0;
	if (wanted == 0) {
		status = reader->levels(reader->context, id, enough, err);
		if (status == STORE_OK && !*enough)
			status = read_samples(s, id, q, reader, enough, err);
		reader->finish(reader->context);
	}
	json_decref(json);
	return status;
}

int
my_read(struct store *s, struct question *q, const struct reader *reader,
    uint64_t *ret_position, struct error *err)
{
	int64_t position = 0;
	MYSQL_RES *found = NULL;
	bool enough = false;
	MYSQL_ROW row;
	int status;

	status = my_do(
	    s, "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY", err);
	if (status == STORE_OK)
		status = my_number(
		    s, "SELECT position FROM progress", &position, err);
	if (status == STORE_OK)
		status = reader->begin(reader->context, s, q, err);
	if (status == STORE_OK)
		status = ask_series(s, q, &found, err);
	*ret_position = (uint64_t)position;
	while (status == STORE_OK && !enough &&
	       (row = mysql_fetch_row(found)) != NULL)
		status = read_one(s, row, q, reader, &enough, err);
	if (found != NULL)
		mysql_free_result(found);
	if (!s->broken && my_do(s, "ROLLBACK", NULL) != STORE_OK)
		s->broken = true;
	return status;
}
