#include "windowed.h"

#include <stdlib.h>

#include "matching.h"
#include "series.h"

#define SERIES_MAX 1000000

struct windowed {
	int64_t from_ns;
	history_fn *each;
	void *context;
	struct series_table *series;
	struct matching matching;
	struct column newest; /* int64_t, of what was not fresh; 0: nothing */
	bool failed;
};

struct windowed *
windowed_new(const struct matcher *matcher, int64_t from_ns, history_fn *each,
    void *context)
{
	struct windowed *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return NULL;
	w->from_ns = from_ns;
	w->each = each;
	w->context = context;
	w->newest.item = sizeof(int64_t);
	matching_init(&w->matching, matcher);
	w->series = series_table_new(SERIES_MAX);
	if (w->series == NULL) {
		windowed_free(w);
		return NULL;
	}
	return w;
}

void
windowed_free(struct windowed *w)
{
	if (w == NULL)
		return;
	matching_free(&w->matching);
	column_free(&w->newest);
	series_table_free(w->series);
	free(w);
}

/* By its names alone: labels and unit may be others in memory than in the
   store.  0: no room. */
static uint32_t
number_of(struct windowed *w, const struct farm_series *s)
{
	const struct farm_series names = {
		.farm = s->farm,
		.cluster = s->cluster,
		.node = s->node,
		.parameter = s->parameter,
		.unit = "",
	};

	return series_define(w->series, &names, NULL);
}

bool
windowed_add(struct windowed *w, const struct farm_series *series,
    const struct history_point *point, bool fresh)
{
	uint32_t number = number_of(w, series);
	int64_t *newest_ns = number == 0 ? NULL
					 : column_need(&w->newest, number);
	bool passes;

	if (newest_ns == NULL) {
		w->failed = true;
		return false;
	}
	if (fresh && *newest_ns != 0 && point->time_ns <= *newest_ns)
		return true;
	if (!fresh)
		*newest_ns = point->time_ns;
	passes = matching_passes(
	    &w->matching, number, series, point->time_ns, &point->value);
	if (!passes || point->time_ns < w->from_ns)
		return true;
	return w->each(w->context, series, point);
}

bool
windowed_failed(const struct windowed *w)
{
	return w->failed;
}
