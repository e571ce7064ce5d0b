/*
 * postgres_write.c - a batch on its way in: two COPYs at most, whatever its
 * size, and the statements that take the rows over from there.
 */
#include "postgres.h"

#include <stdlib.h>
#include <string.h>

/* -- series -- */

/*
 * Where the values of stranger n go, or nothing if they have no place yet;
 * `first' is the first stranger that is the same series and type.
 */
static const char find_places[] =
    "SELECT p.grp, p.place, s.id, min(x.n) OVER (PARTITION BY s.id, x.type)"
    " FROM strangers AS x"
    " JOIN series AS s USING (farm, cluster, node, parameter)"
    " LEFT JOIN places AS p ON p.series = s.id AND p.type = x.type"
    " ORDER BY x.n";

static const char add_series[] =
    "INSERT INTO series (farm, cluster, node, parameter, kind, unit, labels)"
    " SELECT DISTINCT ON (farm, cluster, node, parameter)"
    " farm, cluster, node, parameter, kind, unit, labels::jsonb"
    " FROM strangers AS x WHERE NOT EXISTS (SELECT FROM series AS s"
    "  WHERE (s.farm, s.cluster, s.node, s.parameter)"
    "  = (x.farm, x.cluster, x.node, x.parameter))"
    " ORDER BY farm, cluster, node, parameter, n DESC";

static const char change_series[] =
    "UPDATE series AS s"
    " SET kind = x.kind, unit = x.unit, labels = x.labels::jsonb"
    " FROM (SELECT DISTINCT ON (farm, cluster, node, parameter) *"
    "  FROM strangers ORDER BY farm, cluster, node, parameter, n DESC) AS x"
    " WHERE (s.farm, s.cluster, s.node, s.parameter)"
    "  = (x.farm, x.cluster, x.node, x.parameter)"
    " AND (s.kind, s.unit, s.labels) <> (x.kind, x.unit, x.labels::jsonb)";

static void
put_stranger(struct buffer *rows, const struct stranger *x, size_t n)
{
	struct buffer labels = BUFFER_INIT;

	store_put_labels(&labels, x->names);
	rows->failed |= buffer_failed(&labels);
	pg_row(rows, 9);
	pg_put_int32(rows, (int32_t)n);
	pg_put_int16(rows, (int16_t)x->type);
	pg_put_text(rows, x->names->farm);
	pg_put_text(rows, x->names->cluster);
	pg_put_text(rows, x->names->node);
	pg_put_text(rows, x->names->parameter);
	pg_put_text(rows, store_kind_name(x->names->kind));
	pg_put_text(rows, x->names->unit);
	pg_put_text(rows, buffer_text(&labels));
	buffer_free(&labels);
}

static int
send_strangers(struct store *s, const struct stranger *strangers, size_t n,
    struct error *err)
{
	int status;

	pg_rows_begin(&s->rows);
	for (size_t i = 0; i < n; i++)
		put_stranger(&s->rows, &strangers[i], i);
	status = pg_copy(
	    s, "COPY strangers FROM STDIN (FORMAT binary)", &s->rows, err);
	if (status == STORE_OK)
		status = pg_do(s, add_series, err);
	if (status == STORE_OK)
		status = pg_do(s, change_series, err);
	return status;
}

/* The group that is being filled, one for each column of arrays. */
struct filling {
	const struct farm_record *record; /* all in it came with this one */
	int64_t grp;
	int16_t places; /* that are taken; PLACES_MAX: a new one is due */
};

static int
column_of(uint32_t type)
{
	switch (type) {
	case FARM_DOUBLE:
		return 0;
	case FARM_TEXT:
		return 2;
	}
	return 1;
}

static int
next_group(struct store *s, int64_t *ret, struct error *err)
{
	PGresult *result;
	int status;

	status = pg_ask(s, "SELECT nextval('groups')", 0, NULL, &result, err);
	if (status != STORE_OK)
		return status;
	*ret = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
	PQclear(result);
	return STORE_OK;
}

/* A place for a series that has none. */
static int
settle(struct store *s, struct filling *f, struct stranger *x,
    const char *series, struct error *err)
{
	int status;

	if (f->record != x->record || f->places == PLACES_MAX) {
		status = next_group(s, &f->grp, err);
		if (status != STORE_OK)
			return status;
		f->record = x->record;
		f->places = 0;
	}
	f->places++;
	x->id = pg_id(f->grp, f->places);
	pg_row(&s->rows, 4);
	pg_put_int64(&s->rows, strtoll(series, NULL, 10));
	pg_put_int16(&s->rows, (int16_t)x->type);
	pg_put_int32(&s->rows, (int32_t)f->grp);
	pg_put_int16(&s->rows, f->places);
	return STORE_OK;
}

static int
settle_all(struct store *s, const PGresult *found, struct stranger *strangers,
    size_t n, struct error *err)
{
	struct filling fillings[3] = { { .record = NULL } };
	int status = STORE_OK, row, first;
	struct stranger *x;

	pg_rows_begin(&s->rows);
	for (size_t i = 0; status == STORE_OK && i < n; i++) {
		x = &strangers[i];
		row = (int)i;
		first = atoi(PQgetvalue(found, row, 3));
		x->series = strtoll(PQgetvalue(found, row, 2), NULL, 10);
		if (first < row)
			x->id = strangers[first].id;
		else if (!PQgetisnull(found, row, 0))
			x->id = pg_id(atoi(PQgetvalue(found, row, 0)),
			    atoi(PQgetvalue(found, row, 1)));
		else
			status = settle(s, &fillings[column_of(x->type)], x,
			    PQgetvalue(found, row, 2), err);
	}
	if (status == STORE_OK)
		status = pg_copy(
		    s, "COPY places FROM STDIN (FORMAT binary)", &s->rows, err);
	return status;
}

int
pg_series(
    struct store *s, struct stranger *strangers, size_t n, struct error *err)
{
	PGresult *found;
	int status;

	status = send_strangers(s, strangers, n, err);
	if (status == STORE_OK)
		status = pg_ask(s, find_places, 0, NULL, &found, err);
	if (status != STORE_OK)
		return status;
	if ((size_t)PQntuples(found) == n) {
		status = settle_all(s, found, strangers, n, err);
	} else {
		error_set(err, "%s: series are missing", s->name);
		status = STORE_AGAIN;
	}
	PQclear(found);
	return status;
}

/* -- rows -- */

/* Samples of one record that have places beside each other. */
struct run {
	struct sample samples[PLACES_MAX];
	size_t n;
};

static void
put_run(struct store *s, struct load *l, struct run *run)
{
	const struct sample *first = &run->samples[0];

	if (run->n == 0)
		return;
	pg_row(&s->rows, 8);
	pg_put_int64(&s->rows, first->record->time_ns);
	pg_put_int64(&s->rows, (int64_t)first->record->position);
	pg_put_int32(&s->rows, (int32_t)(first->series >> 8));
	pg_put_int32(&s->rows, (int32_t)sample_item(first));
	pg_put_int16(&s->rows, (int16_t)(first->series & 0xff));
	pg_put_arrays(&s->rows, run->samples, run->n);
	l->n_rows++;
	run->n = 0;
}

static bool
continues(const struct run *run, const struct sample *sample)
{
	const struct sample *last;

	if (run->n == 0)
		return true;
	last = &run->samples[run->n - 1];
	return last->record == sample->record &&
	       last->series + 1 == sample->series;
}

/* A result may mix types: each column has a run of its own under way. */
static int
put_samples(struct store *s, struct load *l, struct error *err)
{
	struct run runs[3];
	const struct sample *sample;
	int status = STORE_OK;
	struct run *run;

	for (size_t i = 0; i < 3; i++)
		runs[i].n = 0;
	for (size_t i = 0; status == STORE_OK && i < l->n_samples; i++) {
		sample = &l->samples[i];
		if (i == 0 || sample->record != sample[-1].record)
			status = pg_partition(
			    s, sample->record->time_ns, l->now_ns, err);
		run = &runs[column_of(sample->value->type)];
		if (!continues(run, sample))
			put_run(s, l, run);
		run->samples[run->n++] = *sample;
	}
	for (size_t i = 0; i < 3; i++)
		put_run(s, l, &runs[i]);
	return status;
}

static const char keep_rows[] =
    "INSERT INTO results SELECT * FROM incoming ON CONFLICT DO NOTHING";

static const char keep_newest[] =
    "INSERT INTO newest SELECT DISTINCT ON (grp, low, size)"
    " time, position, grp, item, low, size, doubles, integers, texts"
    " FROM (SELECT *, coalesce(cardinality(doubles), cardinality(integers),"
    "  cardinality(texts))::smallint AS size FROM incoming) AS i"
    " ORDER BY grp, low, size, time DESC, position DESC, item DESC"
    " ON CONFLICT (grp, low, size) DO UPDATE SET time = excluded.time,"
    " position = excluded.position, item = excluded.item,"
    " doubles = excluded.doubles, integers = excluded.integers,"
    " texts = excluded.texts"
    " WHERE (excluded.time, excluded.position, excluded.item)"
    "  > (newest.time, newest.position, newest.item)";

/* Run a statement that takes rows over, and count them. */
static int
take_over(struct store *s, const char *sql, size_t *added, struct error *err)
{
	PGresult *result;
	int status;

	status = pg_ask(s, sql, 0, NULL, &result, err);
	if (status != STORE_OK)
		return status;
	*added += pg_changed(result);
	PQclear(result);
	return STORE_OK;
}

static int
add_samples(struct store *s, struct load *l, struct error *err)
{
	int status;

	pg_rows_begin(&s->rows);
	status = put_samples(s, l, err);
	if (status == STORE_OK)
		status = pg_copy(s, "COPY incoming FROM STDIN (FORMAT binary)",
		    &s->rows, err);
	if (status == STORE_OK)
		status = take_over(s, keep_rows, &l->n_added, err);
	if (status == STORE_OK)
		status = pg_do(s, keep_newest, err);
	return status;
}

static int
add_records(struct store *s, struct load *l, struct error *err)
{
	const struct farm_record *r;
	char number[8];
	int status;

	pg_rows_begin(&s->rows);
	for (size_t i = 0; i < l->n_records; i++) {
		r = l->records[i];
		pg_row(&s->rows, 5);
		pg_put_int64(&s->rows, r->time_ns);
		pg_put_int64(&s->rows, (int64_t)r->position);
		pg_put_text(&s->rows, store_record_type(r, number));
		pg_put_text(&s->rows, r->instance);
		pg_put_bytes(&s->rows, r->payload, r->payload_size);
	}
	l->n_rows += l->n_records;
	status = pg_copy(s, "COPY incoming_records FROM STDIN (FORMAT binary)",
	    &s->rows, err);
	if (status == STORE_OK)
		status = take_over(s,
		    "INSERT INTO records SELECT * FROM incoming_records"
		    " ON CONFLICT DO NOTHING",
		    &l->n_added, err);
	return status;
}

int
pg_add(struct store *s, struct load *l, struct error *err)
{
	int status = STORE_OK;

	if (l->n_samples > 0)
		status = add_samples(s, l, err);
	if (status == STORE_OK && l->n_records > 0)
		status = add_records(s, l, err);
	return status;
}
