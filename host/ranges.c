#include "ranges.h"

#include <stdlib.h>
#include <string.h>

void
ranges_free(struct ranges *r)
{
	free(r->items);
	*r = (struct ranges){ .items = NULL };
}

static int
insert(struct ranges *r, size_t at, struct range range)
{
	size_t capacity = r->capacity == 0 ? 16 : r->capacity * 2;
	struct range *grown;

	if (r->n == RANGES_MAX)
		return -1;
	if (r->n == r->capacity) {
		grown = realloc(r->items, capacity * sizeof(*grown));
		if (grown == NULL)
			return -1;
		r->items = grown;
		r->capacity = capacity;
	}
	memmove(
	    r->items + at + 1, r->items + at, (r->n - at) * sizeof(*r->items));
	r->items[at] = range;
	r->n++;
	return 0;
}

/* The first item that ends at `position' or behind it. */
static size_t
find(const struct ranges *r, uint64_t position)
{
	size_t low = 0;
	size_t high = r->n;

	/* Most of what is added goes to the end. */
	if (r->n > 0 && r->items[r->n - 1].last < position)
		return r->n;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (r->items[middle].last < position)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void
take_out(struct ranges *r, size_t at, size_t n)
{
	memmove(r->items + at, r->items + at + n,
	    (r->n - at - n) * sizeof(*r->items));
	r->n -= n;
}

/* Make room for one more by filling the smallest hole. */
static void
join_nearest(struct ranges *r)
{
	size_t best = 1;

	for (size_t i = 2; i < r->n; i++)
		if (r->items[i].first - r->items[i - 1].last <
		    r->items[best].first - r->items[best - 1].last)
			best = i;
	r->items[best - 1].last = r->items[best].last;
	take_out(r, best, 1);
}

int
ranges_add(struct ranges *r, uint64_t first, uint64_t last)
{
	size_t i = find(r, first > 0 ? first - 1 : 0);
	size_t end = i;

	while (end < r->n && r->items[end].first <= last + 1)
		end++;
	if (end > i) {
		if (r->items[i].first > first)
			r->items[i].first = first;
		if (r->items[end - 1].last > last)
			last = r->items[end - 1].last;
		r->items[i].last = last;
		take_out(r, i + 1, end - i - 1);
		return 0;
	}
	if (r->n == RANGES_MAX) {
		join_nearest(r);
		return ranges_add(r, first, last);
	}
	return insert(r, i, (struct range){ first, last });
}

bool
ranges_has(const struct ranges *r, uint64_t position)
{
	size_t i = find(r, position);

	return i < r->n && r->items[i].first <= position;
}

int
ranges_add_all(struct ranges *r, const struct ranges *other)
{
	for (size_t i = 0; i < other->n; i++)
		if (ranges_add(
			r, other->items[i].first, other->items[i].last) != 0)
			return -1;
	return 0;
}

int
ranges_remove_all(struct ranges *r, const struct ranges *other)
{
	int rc = 0;

	for (size_t i = 0; i < other->n; i++)
		if (ranges_remove(
			r, other->items[i].first, other->items[i].last) != 0)
			rc = -1;
	return rc;
}

int
ranges_add_common(
    struct ranges *r, const struct ranges *from, uint64_t first, uint64_t last)
{
	for (size_t i = find(from, first);
	     i < from->n && from->items[i].first <= last; i++) {
		const struct range *item = &from->items[i];

		if (ranges_add(r, item->first > first ? item->first : first,
			item->last < last ? item->last : last) != 0)
			return -1;
	}
	return 0;
}

uint64_t
ranges_count(const struct ranges *r)
{
	uint64_t n = 0;

	for (size_t i = 0; i < r->n; i++)
		n += r->items[i].last - r->items[i].first + 1;
	return n;
}

void
ranges_clear(struct ranges *r)
{
	r->n = 0;
}

/* From item i; returns how many items are left at its place, or -1. */
static int
cut(struct ranges *r, size_t i, uint64_t first, uint64_t last)
{
	struct range *item = &r->items[i];
	struct range right = { last + 1, item->last };

	if (first > item->first && last < item->last) {
		if (insert(r, i + 1, right) != 0)
			return -1;
		r->items[i].last = first - 1;
		return 2;
	}
	if (first > item->first) {
		item->last = first - 1;
		return 1;
	}
	if (last < item->last) {
		item->first = last + 1;
		return 1;
	}
	r->n--;
	memmove(item, item + 1, (r->n - i) * sizeof(*item));
	return 0;
}

int
ranges_remove(struct ranges *r, uint64_t first, uint64_t last)
{
	size_t i = find(r, first);
	int left;

	while (i < r->n && r->items[i].first <= last) {
		left = 1;
		if (r->items[i].last >= first)
			left = cut(r, i, first, last);
		if (left < 0)
			return -1;
		i += (size_t)left;
	}
	return 0;
}
