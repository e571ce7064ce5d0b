#include "ring.h"

#include <stdlib.h>

#define FIRST 32
/* So often the moments are made anew, or rounding would add up. */
#define ANEW 1000

static const struct timed *
at(const struct ring *r, size_t i)
{
	return &r->items[(r->first + i) % r->capacity];
}

void
ring_free(struct ring *r)
{
	free(r->items);
	*r = (struct ring){ .items = NULL };
}

void
ring_clear(struct ring *r)
{
	r->first = r->n = r->removed = 0;
	r->moments = (struct moments){ 0 };
}

static void
remove_oldest(struct ring *r)
{
	double number = at(r, 0)->number;

	r->first = (r->first + 1) % r->capacity;
	r->n--;
	if (++r->removed < ANEW) {
		moments_remove(&r->moments, number);
		return;
	}
	r->removed = 0;
	r->moments = (struct moments){ 0 };
	for (size_t i = 0; i < r->n; i++)
		moments_add(&r->moments, at(r, i)->number);
}

static int
grow(struct ring *r, size_t most)
{
	size_t capacity = r->capacity == 0 ? FIRST : 2 * r->capacity;
	struct timed *items;

	if (capacity > most)
		capacity = most;
	items = calloc(capacity, sizeof(*items));
	if (items == NULL)
		return -1;
	for (size_t i = 0; i < r->n; i++)
		items[i] = *at(r, i);
	free(r->items);
	r->items = items;
	r->first = 0;
	r->capacity = capacity;
	return 0;
}

int
ring_add(struct ring *r, size_t most, int64_t time_ns, double number)
{
	if (r->n == most)
		remove_oldest(r);
	if (r->n == r->capacity && grow(r, most) != 0)
		return -1;
	r->items[(r->first + r->n++) % r->capacity] = (struct timed){ time_ns,
		number };
	moments_add(&r->moments, number);
	return 0;
}

int
ring_shift(struct ring *to, size_t most, struct ring *from)
{
	struct timed oldest;

	if (from->n == 0)
		return 0;
	oldest = *at(from, 0);
	if (ring_add(to, most, oldest.time_ns, oldest.number) != 0)
		return -1;
	remove_oldest(from);
	return 0;
}

void
ring_expire(struct ring *r, int64_t before_ns)
{
	while (r->n > 0 && at(r, 0)->time_ns < before_ns)
		remove_oldest(r);
}

const struct moments *
ring_moments(const struct ring *r)
{
	return &r->moments;
}

int64_t
ring_oldest_ns(const struct ring *r)
{
	return at(r, 0)->time_ns;
}

bool
ring_newest_before(const struct ring *r, int64_t time_ns)
{
	return r->n == 0 || at(r, r->n - 1)->time_ns < time_ns;
}
