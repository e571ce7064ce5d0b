/*
 * postgres_known.c - which of many values are stored: they go to a table of
 * the connection's own, and one question is asked.
 */
#include "postgres.h"

#include <stdlib.h>

/* A value is an array of one here, as rows have arrays. */
static const char find_known[] =
    "SELECT a.n FROM asked AS a WHERE EXISTS (SELECT FROM results AS r"
    " WHERE r.grp = a.grp AND r.time = a.time AND a.place BETWEEN r.low"
    "  AND r.low + coalesce(cardinality(r.doubles), cardinality(r.integers),"
    "   cardinality(r.texts)) - 1"
    " AND (r.doubles[a.place - r.low + 1] = a.doubles[1]"
    "  OR r.integers[a.place - r.low + 1] = a.integers[1]"
    "  OR r.texts[a.place - r.low + 1] = a.texts[1]))";

static void
put_asked(struct buffer *rows, const struct sample *sample, size_t n)
{
	pg_row(rows, 7);
	pg_put_int64(rows, sample->record->time_ns);
	pg_put_int32(rows, (int32_t)n);
	pg_put_int32(rows, (int32_t)(sample->series >> 8));
	pg_put_int16(rows, (int16_t)(sample->series & 0xff));
	pg_put_arrays(rows, sample, 1);
}

int
pg_known(struct store *s, const struct sample *const *samples, size_t n,
    bool *known, struct error *err)
{
	PGresult *found = NULL;
	int status, i;

	pg_rows_begin(&s->rows);
	for (size_t k = 0; k < n; k++)
		put_asked(&s->rows, samples[k], k);
	status = pg_copy(
	    s, "COPY asked FROM STDIN (FORMAT binary)", &s->rows, err);
	/* Without figures about the table the planner might read them all. */
	if (status == STORE_OK)
		status = pg_do(s,
		    "SET LOCAL enable_hashjoin = off;"
		    "SET LOCAL enable_mergejoin = off",
		    err);
	if (status == STORE_OK)
		status = pg_ask(s, find_known, 0, NULL, &found, err);
	if (status == STORE_OK)
		status = pg_do(s,
		    "SET LOCAL enable_hashjoin = on;"
		    "SET LOCAL enable_mergejoin = on",
		    err);
	for (i = 0; status == STORE_OK && i < PQntuples(found); i++)
		known[strtoull(PQgetvalue(found, i, 0), NULL, 10)] = true;
	PQclear(found);
	return status;
}
