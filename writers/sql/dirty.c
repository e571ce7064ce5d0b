/*
 * dirty.c - ranges of time by series, in a hash table.
 */
#include "dirty.h"

#include <stdlib.h>

void
dirty_free(struct dirty *d)
{
	free(d->ranges);
	*d = (struct dirty){ .n = 0 };
}

/* Series are numbered by the database: their numbers need no secret. */
static size_t
place_of(const struct dirty *d, int64_t series)
{
	uint64_t hash = (uint64_t)series * UINT64_C(0x9e3779b97f4a7c15);

	return (size_t)(hash >> 32) & (d->capacity - 1);
}

static struct dirty_range *
find(const struct dirty *d, int64_t series)
{
	size_t i = place_of(d, series);

	while (d->ranges[i].series != 0 && d->ranges[i].series != series)
		i = (i + 1) & (d->capacity - 1);
	return &d->ranges[i];
}

static bool
is_clean(const struct dirty_range *r)
{
	return r->series == 0 || r->last_ns < r->first_ns;
}

/* Series that have nothing new any more are left behind. */
static bool
make_room(struct dirty *d)
{
	struct dirty bigger = { .capacity = 256 };
	size_t used = 0;

	if (4 * (d->n + 1) <= 3 * d->capacity)
		return true;
	for (size_t i = 0; i < d->capacity; i++)
		used += !is_clean(&d->ranges[i]);
	while (bigger.capacity < 2 * (used + 1))
		bigger.capacity *= 2;
	bigger.ranges = calloc(bigger.capacity, sizeof(*bigger.ranges));
	if (bigger.ranges == NULL)
		return false;
	for (size_t i = 0; i < d->capacity; i++) {
		if (is_clean(&d->ranges[i]))
			continue;
		*find(&bigger, d->ranges[i].series) = d->ranges[i];
		bigger.n++;
	}
	free(d->ranges);
	*d = bigger;
	return true;
}

bool
dirty_mark(struct dirty *d, int64_t series, int64_t first_ns, int64_t last_ns)
{
	struct dirty_range *r;

	if (!make_room(d))
		return false;
	r = find(d, series);
	if (r->series == 0)
		d->n++;
	if (is_clean(r))
		*r = (struct dirty_range){ series, first_ns, last_ns };
	if (first_ns < r->first_ns)
		r->first_ns = first_ns;
	if (last_ns > r->last_ns)
		r->last_ns = last_ns;
	return true;
}

static int
by_series(const void *a, const void *b)
{
	const struct dirty_range *x = a, *y = b;

	return (x->series > y->series) - (x->series < y->series);
}

bool
dirty_take(
    struct dirty *d, int64_t end_ns, struct dirty_range **ret, size_t *ret_n)
{
	struct dirty_range *taken = calloc(d->n + 1, sizeof(*taken)), *r;
	size_t n = 0;

	if (taken == NULL)
		return false;
	for (size_t i = 0; i < d->capacity; i++) {
		r = &d->ranges[i];
		if (is_clean(r) || r->first_ns >= end_ns)
			continue;
		taken[n] = *r;
		if (taken[n].last_ns >= end_ns)
			taken[n].last_ns = end_ns - 1;
		n++;
		r->first_ns = end_ns;
	}
	qsort(taken, n, sizeof(*taken), by_series);
	*ret = taken;
	*ret_n = n;
	return true;
}

int64_t
dirty_first(const struct dirty *d)
{
	int64_t first_ns = INT64_MAX;

	for (size_t i = 0; i < d->capacity; i++)
		if (!is_clean(&d->ranges[i]) &&
		    d->ranges[i].first_ns < first_ns)
			first_ns = d->ranges[i].first_ns;
	return first_ns;
}
