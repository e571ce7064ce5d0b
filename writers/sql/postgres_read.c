/*
 * postgres_read.c - rows on their way out, all from one state of the database.
 */
#include "postgres.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* -- values of one series -- */

/* Both types of a series that changed it, in one order. */
static const char samples[] =
    "SELECT r.time, p.type,"
    " CASE WHEN p.type = 1 THEN r.doubles[p.place - r.low + 1] END,"
    " CASE WHEN p.type IN (2, 3, 4) THEN r.integers[p.place - r.low + 1] END,"
    " CASE WHEN p.type = 5 THEN r.texts[p.place - r.low + 1] END"
    " FROM places AS p JOIN results AS r ON r.grp = p.grp"
    " AND p.place BETWEEN r.low AND r.low + coalesce(cardinality(r.doubles),"
    "  cardinality(r.integers), cardinality(r.texts)) - 1"
    " WHERE p.series = $1 AND r.time BETWEEN $2 AND $3"
    " AND (p.type = 5 OR r.time >= $4)"
    " ORDER BY r.time, r.position, r.item + p.place - r.low";

struct answer {
	const struct reader *reader;
	bool enough;
};

static struct farm_value
value_of(const PGresult *row)
{
	const char *bytes;
	double number;
	int64_t bits;

	switch (pg_get_int16(PQgetvalue(row, 0, 1))) {
	case FARM_DOUBLE:
		bits = pg_get_int64(PQgetvalue(row, 0, 2));
		memcpy(&number, &bits, sizeof(number));
		return farm_double(number);
	case FARM_INT64:
		return farm_int64(pg_get_int64(PQgetvalue(row, 0, 3)));
	case FARM_UINT64:
		return farm_uint64(
		    (uint64_t)pg_get_int64(PQgetvalue(row, 0, 3)));
	case FARM_BOOLEAN:
		return farm_boolean(pg_get_int64(PQgetvalue(row, 0, 3)) != 0);
	case FARM_TEXT:
		bytes = PQgetvalue(row, 0, 4);
		return farm_text(bytes, (size_t)PQgetlength(row, 0, 4));
	}
	return (struct farm_value){ .type = FARM_NONE };
}

static int
give_sample(void *context, const PGresult *row)
{
	struct answer *a = context;
	struct farm_value v = value_of(row);

	if (v.type == FARM_NONE)
		return 0; /* edited by hand */
	a->enough = a->reader->sample(a->reader->context,
			pg_get_int64(PQgetvalue(row, 0, 0)), &v) != 0;
	return a->enough;
}

static int
read_samples(struct store *s, const char *series, const struct question *q,
    struct answer *a, struct error *err)
{
	char first[32], last[32], texts[32];
	const char *const arguments[] = { series, first, last, texts };

	snprintf(first, sizeof(first), "%" PRId64, q->first_ns);
	snprintf(last, sizeof(last), "%" PRId64, q->last_ns);
	snprintf(texts, sizeof(texts), "%" PRId64, q->texts_before_ns);
	return pg_each(s, samples, 4, arguments, give_sample, a, err);
}

/* -- series -- */

enum { ID, FARM, CLUSTER, NODE, PARAMETER, KIND, UNIT, LABELS };

/*
 * With the labels as names and values in turns, so that nothing has to be
 * taken apart here.
 */
static const char series_of[] =
    "SELECT s.id, s.farm, s.cluster, s.node, s.parameter, s.kind, s.unit,"
    " l.key, l.value FROM series AS s"
    " LEFT JOIN LATERAL jsonb_each_text(s.labels) AS l ON true"
    " WHERE ($1::text IS NULL OR s.farm = $1)"
    " AND ($2::text IS NULL OR s.cluster = $2)"
    " AND ($3::text IS NULL OR s.node = $3)"
    " ORDER BY s.farm, s.cluster, s.node, s.parameter";

/* The series of row `row', which has a row for each label; *ret_next: the
   row after them. */
static struct farm_series
series_at(
    const PGresult *found, int row, struct farm_label *labels, int *ret_next)
{
	struct farm_series series = {
		.farm = PQgetvalue(found, row, FARM),
		.cluster = PQgetvalue(found, row, CLUSTER),
		.node = PQgetvalue(found, row, NODE),
		.parameter = PQgetvalue(found, row, PARAMETER),
		.kind = store_kind(PQgetvalue(found, row, KIND)),
		.unit = PQgetvalue(found, row, UNIT),
		.labels = labels,
	};
	const char *id = PQgetvalue(found, row, ID);

	for (; row < PQntuples(found) &&
	       strcmp(PQgetvalue(found, row, ID), id) == 0;
	     row++) {
		if (series.n_labels == FARM_LABELS_MAX ||
		    PQgetisnull(found, row, LABELS) ||
		    PQgetisnull(found, row, LABELS + 1))
			continue;
		labels[series.n_labels++] = (struct farm_label){
			PQgetvalue(found, row, LABELS),
			PQgetvalue(found, row, LABELS + 1)
		};
	}
	*ret_next = row;
	return series;
}

static int
read_one(struct store *s, const char *id, const struct question *q,
    struct answer *a, struct error *err)
{
	int status;

	status = a->reader->levels(
	    a->reader->context, strtoll(id, NULL, 10), &a->enough, err);
	if (status == STORE_OK && !a->enough)
		status = read_samples(s, id, q, a, err);
	return status;
}

static int
read_all(struct store *s, const PGresult *found, const struct question *q,
    const struct reader *reader, struct error *err)
{
	struct answer a = { .reader = reader };
	struct farm_label labels[FARM_LABELS_MAX];
	int status = STORE_OK, row = 0, next, wanted;
	struct farm_series series;

	while (status == STORE_OK && !a.enough && row < PQntuples(found)) {
		series = series_at(found, row, labels, &next);
		wanted = reader->series(reader->context, &series);
		if (wanted < 0)
			break;
		if (wanted == 0) {
			status = read_one(
			    s, PQgetvalue(found, row, ID), q, &a, err);
			reader->finish(reader->context);
		}
		row = next;
	}
	return status;
}

static int
read_series(struct store *s, const struct question *q,
    const struct reader *reader, struct error *err)
{
	const char *const names[] = { q->farm, q->cluster, q->node };
	PGresult *found;
	int status;

	status = pg_ask(s, series_of, 3, names, &found, err);
	if (status != STORE_OK)
		return status;
	status = read_all(s, found, q, reader, err);
	PQclear(found);
	return status;
}

int
pg_read(struct store *s, struct question *q, const struct reader *reader,
    uint64_t *ret_position, struct error *err)
{
	int status;

	pg_set_deadline(s, PG_PATIENCE_NS);
	status = pg_do(
	    s, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", err);
	if (status == STORE_OK)
		status = pg_progress(
		    s, "SELECT position FROM progress", ret_position, err);
	if (status == STORE_OK)
		status = reader->begin(reader->context, s, q, err);
	if (status == STORE_OK)
		status = read_series(s, q, reader, err);
	if (!s->broken && pg_do(s, "ROLLBACK", NULL) != STORE_OK)
		s->broken = true;
	return status;
}
