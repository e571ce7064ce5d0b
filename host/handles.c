#include "handles.h"

#include <stdbool.h>
#include <stdlib.h>

#define CAPACITY_MIN 16

void
handles_init(struct handles *h)
{
	*h = (struct handles){ .n = 0 };
	pthread_mutex_init(&h->lock, NULL);
}

void
handles_destroy(struct handles *h)
{
	free(h->places);
	pthread_mutex_destroy(&h->lock);
}

static size_t
home(const struct handles *h, uint32_t series)
{
	return (series * UINT32_C(2654435769)) & (h->capacity - 1);
}

/* Where the series stands, or the empty place where it would. */
static size_t
find(const struct handles *h, uint32_t series)
{
	size_t i = home(h, series);

	while (h->places[i] != 0 && h->places[i] != series)
		i = (i + 1) & (h->capacity - 1);
	return i;
}

static int
grow(struct handles *h)
{
	struct handles bigger = { .capacity = CAPACITY_MIN };
	size_t i;

	if (2 * (h->n + 1) <= h->capacity)
		return 0;
	if (h->capacity > 0)
		bigger.capacity = 2 * h->capacity;
	bigger.places = calloc(bigger.capacity, sizeof(*bigger.places));
	if (bigger.places == NULL)
		return -1;
	for (i = 0; i < h->capacity; i++)
		if (h->places[i] != 0)
			bigger.places[find(&bigger, h->places[i])] =
			    h->places[i];
	free(h->places);
	h->places = bigger.places;
	h->capacity = bigger.capacity;
	return 0;
}

/* Close the gap, so that every search still meets what it looks for. */
static void
remove_at(struct handles *h, size_t gap)
{
	size_t mask = h->capacity - 1;
	size_t i = gap;

	for (;;) {
		i = (i + 1) & mask;
		if (h->places[i] == 0)
			break;
		if (((i - home(h, h->places[i])) & mask) >=
		    ((i - gap) & mask)) {
			h->places[gap] = h->places[i];
			gap = i;
		}
	}
	h->places[gap] = 0;
	h->n--;
}

/* True if it is new; else the set has its pin already. */
static int
add(struct handles *h, uint32_t series, bool *ret_new)
{
	size_t i;

	if (grow(h) != 0)
		return -1;
	i = find(h, series);
	*ret_new = h->places[i] == 0;
	if (*ret_new) {
		h->places[i] = series;
		h->n++;
	}
	return 0;
}

uint32_t
handles_define(struct handles *h, struct series_table *table,
    const struct farm_series *names, struct error *err)
{
	uint32_t series;
	bool is_new;
	int rc;

	series = series_define(table, names, err);
	if (series == 0)
		return 0;
	pthread_mutex_lock(&h->lock);
	rc = add(h, series, &is_new);
	pthread_mutex_unlock(&h->lock);
	if (rc != 0) {
		series_unpin(table, series);
		error_set(err, "%s: out of memory", names->parameter);
		return 0;
	}
	if (!is_new)
		series_unpin(table, series);
	return series;
}

void
handles_release(struct handles *h, struct series_table *table, uint32_t series)
{
	bool ours = false;
	size_t i;

	pthread_mutex_lock(&h->lock);
	if (series != 0 && h->capacity > 0) {
		i = find(h, series);
		ours = h->places[i] == series;
		if (ours)
			remove_at(h, i);
	}
	pthread_mutex_unlock(&h->lock);
	if (ours)
		series_unpin(table, series);
}

void
handles_clear(struct handles *h, struct series_table *table)
{
	size_t i;

	pthread_mutex_lock(&h->lock);
	for (i = 0; i < h->capacity; i++)
		if (h->places[i] != 0)
			series_unpin(table, h->places[i]);
	free(h->places);
	h->places = NULL;
	h->capacity = 0;
	h->n = 0;
	pthread_mutex_unlock(&h->lock);
}
