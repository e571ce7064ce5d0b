/*
 * levels_sql.c - statements about averages that all databases understand.
 */
#include "levels.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "clock.h"

/* Rows handed over at once. */
#define PUT_ROWS 500

static int
no_memory(struct error *err)
{
	error_set(err, "out of memory");
	return STORE_AGAIN;
}

static int
run(struct levels *l, struct buffer *sql, struct error *err)
{
	if (buffer_failed(sql))
		return no_memory(err);
	return l->dialect->run(l->store, sql->data, err);
}

static void
put_args(struct buffer *sql, const char *format, va_list args)
{
	char text[512];

	buffer_clear(sql);
	vsnprintf(text, sizeof(text), format, args);
	buffer_puts(sql, text);
}

int
levels_run(struct levels *l, struct error *err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	put_args(&l->sql, format, args);
	va_end(args);
	return run(l, &l->sql, err);
}

static int
take_number(void *context, const union number *row)
{
	*(int64_t *)context = row[0].integer;
	return 0;
}

int
levels_number(struct levels *l, int64_t none, int64_t *ret, struct error *err,
    const char *format, ...)
{
	va_list args;

	va_start(args, format);
	put_args(&l->sql, format, args);
	va_end(args);
	*ret = none;
	if (buffer_failed(&l->sql))
		return no_memory(err);
	return l->dialect->rows(
	    l->store, l->sql.data, "i", take_number, ret, err);
}

/* -- slots -- */

struct rows {
	int (*each)(void *context, int64_t series, const struct level_slot *);
	void *context;
	int64_t span_ns;
};

static int
take_slot(void *context, const union number *row)
{
	struct rows *rows = context;
	const struct level_slot slot = { .time_ns = row[1].integer,
		.span_ns = rows->span_ns,
		.count = (uint64_t)row[2].integer,
		.mean = row[3].real,
		.min = row[4].real,
		.max = row[5].real,
		.last = row[6].real,
		.held_ns = row[7].integer,
		.position = (uint64_t)row[8].integer };

	return rows->each(rows->context, row[0].integer, &slot);
}

static int
take_value(void *context, const union number *row)
{
	struct rows *rows = context;
	const struct level_slot value = { .time_ns = row[1].integer,
		.count = 1,
		.position = (uint64_t)row[2].integer,
		.mean = row[3].real,
		.min = row[3].real,
		.max = row[3].real,
		.last = row[3].real };

	return rows->each(rows->context, row[0].integer, &value);
}

static void
put_condition(struct buffer *sql, const struct dirty_range *ranges, size_t n,
    int64_t first_ns, int64_t end_ns)
{
	buffer_puts(sql, " series IN (");
	for (size_t i = 0; i < n; i++)
		buffer_printf(
		    sql, "%s%" PRId64, i > 0 ? "," : "", ranges[i].series);
	buffer_printf(sql, ") AND time >= %" PRId64 " AND time < %" PRId64,
	    first_ns, end_ns);
}

int
levels_rows(struct levels *l, size_t i, const struct dirty_range *ranges,
    size_t n, int64_t first_ns, int64_t end_ns,
    int (*each)(void *context, int64_t series, const struct level_slot *),
    void *context, struct error *err)
{
	struct rows rows = { each, context, l->items[i].step_ns };

	buffer_clear(&l->sql);
	buffer_printf(&l->sql,
	    "SELECT series, time, count, mean, min, max, last, held, position"
	    " FROM averages WHERE step = %" PRId64 " AND",
	    rows.span_ns / NS_PER_S);
	put_condition(&l->sql, ranges, n, first_ns, end_ns);
	buffer_puts(&l->sql, " ORDER BY series, time");
	if (buffer_failed(&l->sql))
		return no_memory(err);
	return l->dialect->rows(
	    l->store, l->sql.data, "iiiddddii", take_slot, &rows, err);
}

int
levels_source(struct levels *l, size_t i, const struct dirty_range *ranges,
    size_t n, int64_t first_ns, int64_t end_ns,
    int (*each)(void *context, int64_t series, const struct level_slot *),
    void *context, struct error *err)
{
	struct rows rows = { each, context, 0 };

	if (i > 0)
		return levels_rows(
		    l, i - 1, ranges, n, first_ns, end_ns, each, context, err);
	buffer_clear(&l->sql);
	buffer_puts(
	    &l->sql, "SELECT series, time, position, value FROM numbers WHERE");
	put_condition(&l->sql, ranges, n, first_ns, end_ns);
	buffer_puts(&l->sql, " ORDER BY series, time, position, item");
	if (buffer_failed(&l->sql))
		return no_memory(err);
	return l->dialect->rows(
	    l->store, l->sql.data, "iiid", take_value, &rows, err);
}

bool
levels_put(struct levels *l, int64_t series, const struct level_slot *slot)
{
	size_t max = l->max_rows == 0 ? 256 : 2 * l->max_rows;
	struct level_row *grown;

	if (l->n_rows == l->max_rows) {
		grown = reallocarray(l->rows, max, sizeof(*grown));
		if (grown == NULL)
			return false;
		l->rows = grown;
		l->max_rows = max;
	}
	l->rows[l->n_rows++] = (struct level_row){ series, *slot };
	return true;
}

static struct average
average_of(int64_t step_ns, const struct level_row *row)
{
	const struct level_slot *s = &row->slot;

	return (struct average){ {
	    { .integer = step_ns / NS_PER_S },
	    { .integer = row->series },
	    { .integer = s->time_ns },
	    { .integer = (int64_t)s->count },
	    { .real = s->mean },
	    { .real = s->min },
	    { .real = s->max },
	    { .real = s->last },
	    { .integer = s->held_ns },
	    { .integer = (int64_t)s->position },
	} };
}

int
levels_send(struct levels *l, size_t i, struct error *err)
{
	struct average rows[PUT_ROWS];
	int status = STORE_OK;
	size_t n = 0, k;

	while (status == STORE_OK && n < l->n_rows) {
		for (k = 0; k < PUT_ROWS && n < l->n_rows; k++)
			rows[k] = average_of(
			    l->items[i].step_ns, &l->rows[n++]);
		status = l->dialect->put(l->store, rows, k, err);
	}
	l->n_rows = 0;
	return status;
}
