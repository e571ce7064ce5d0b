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

int
ranges_add(struct ranges *r, uint64_t first, uint64_t last)
{
	if (r->n > 0 && r->items[r->n - 1].last + 1 == first) {
		r->items[r->n - 1].last = last;
		return 0;
	}
	return insert(r, r->n, (struct range){ first, last });
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
	size_t i = 0;
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
