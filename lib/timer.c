#include "timer.h"

#include <assert.h>
#include <stdlib.h>

int
timers_reserve(struct timers *h, size_t n)
{
	struct timer **items;

	if (n <= h->capacity)
		return 0;
	items = reallocarray(h->items, n, sizeof(*items));
	if (items == NULL)
		return -1;
	h->items = items;
	h->capacity = n;
	return 0;
}

void
timers_free(struct timers *h)
{
	free(h->items);
	*h = (struct timers){ .items = NULL };
}

/* Positions count from 1, so that the children of i are 2i and 2i + 1. */
static struct timer *
at(const struct timers *h, size_t i)
{
	return h->items[i - 1];
}

static void
place(struct timers *h, struct timer *t, size_t i)
{
	h->items[i - 1] = t;
	t->index = i;
}

static void
sift_up(struct timers *h, struct timer *t, size_t i)
{
	while (i > 1 && at(h, i / 2)->at_mono_ns > t->at_mono_ns) {
		place(h, at(h, i / 2), i);
		i /= 2;
	}
	place(h, t, i);
}

static void
sift_down(struct timers *h, struct timer *t, size_t i)
{
	size_t child;

	while ((child = 2 * i) <= h->n) {
		if (child < h->n &&
		    at(h, child + 1)->at_mono_ns < at(h, child)->at_mono_ns)
			child++;
		if (at(h, child)->at_mono_ns >= t->at_mono_ns)
			break;
		place(h, at(h, child), i);
		i = child;
	}
	place(h, t, i);
}

static void
settle(struct timers *h, struct timer *t, size_t i)
{
	if (i > 1 && at(h, i / 2)->at_mono_ns > t->at_mono_ns)
		sift_up(h, t, i);
	else
		sift_down(h, t, i);
}

void
timers_set(struct timers *h, struct timer *t, int64_t at_mono_ns)
{
	t->at_mono_ns = at_mono_ns;
	if (t->index == 0) {
		assert(h->n < h->capacity);
		place(h, t, ++h->n);
	}
	settle(h, t, t->index);
}

void
timers_clear(struct timers *h, struct timer *t)
{
	size_t i = t->index;
	struct timer *last;

	if (i == 0)
		return;
	t->index = 0;
	last = at(h, h->n--);
	if (last != t)
		settle(h, last, i);
}

struct timer *
timers_first(const struct timers *h)
{
	return h->n == 0 ? NULL : h->items[0];
}
