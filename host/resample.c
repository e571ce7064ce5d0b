#include "resample.h"

#include <stdlib.h>

#include "column.h"
#include "series.h"

#define SERIES_MAX 1000000

/* One series on its way. */
struct cell {
	struct level level;
	struct resample *owner;
	const struct farm_series *series; /* of the table */
	int64_t newest_ns;                /* of what was not fresh */
};

struct resample {
	int64_t step_ns;
	history_fn *each;
	void *context;
	struct series_table *series;
	struct column cells;
	bool enough;
	bool failed;
};

struct resample *
resample_new(int64_t step_ns, history_fn *each, void *context)
{
	struct resample *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->step_ns = step_ns;
	r->each = each;
	r->context = context;
	r->cells.item = sizeof(struct cell);
	r->series = series_table_new(SERIES_MAX);
	if (r->series == NULL) {
		free(r);
		return NULL;
	}
	return r;
}

void
resample_free(struct resample *r)
{
	if (r == NULL)
		return;
	column_free(&r->cells);
	series_table_free(r->series);
	free(r);
}

static void
take_slot(void *context, const struct level_slot *slot)
{
	const struct cell *c = context;
	const struct history_point point = { .time_ns = slot->time_ns,
		.value = farm_double(slot->mean),
		.average = slot };

	if (!c->owner->enough)
		c->owner->enough = !c->owner->each(
		    c->owner->context, c->series, &point);
}

static struct cell *
cell_of(struct resample *r, const struct farm_series *series)
{
	uint32_t number = series_define(r->series, series, NULL);
	struct cell *c = number == 0 ? NULL : column_need(&r->cells, number);

	if (c == NULL) {
		r->failed = true;
		return NULL;
	}
	if (c->owner == NULL) {
		c->owner = r;
		c->series = series_get(r->series, number);
		c->newest_ns = INT64_MIN;
		c->level.step_ns = r->step_ns;
		c->level.each = take_slot;
		c->level.context = c;
	}
	return c;
}

/* False: a text. */
static bool
number_of(const struct farm_value *v, double *ret)
{
	switch (v->type) {
	case FARM_DOUBLE:
		*ret = v->number;
		return true;
	case FARM_INT64:
		*ret = (double)v->int64;
		return true;
	case FARM_UINT64:
		*ret = (double)v->uint64;
		return true;
	case FARM_BOOLEAN:
		*ret = v->boolean;
		return true;
	}
	return false;
}

bool
resample_add(struct resample *r, const struct farm_series *series,
    const struct history_point *point, bool fresh)
{
	struct cell *c = cell_of(r, series);
	double number;

	if (c == NULL)
		return false;
	if (fresh && point->time_ns <= c->newest_ns)
		return true;
	if (!fresh)
		c->newest_ns = point->time_ns;
	if (point->average != NULL)
		level_add(&c->level, point->average);
	else if (number_of(&point->value, &number))
		level_add_value(&c->level, point->time_ns, number, 0);
	else
		r->enough = !r->each(r->context, series, point);
	return !r->enough;
}

bool
resample_end(struct resample *r, int64_t to_ns)
{
	struct cell *c;
	uint32_t i;

	for (i = 0; i < column_bound(&r->cells) && !r->enough; i++) {
		c = column_at(&r->cells, i);
		if (c != NULL && c->owner != NULL)
			level_end(&c->level, to_ns);
	}
	return !r->enough;
}

bool
resample_failed(const struct resample *r)
{
	return r->failed;
}
