#include "tally.h"

#include <math.h>

void
tally_init(struct tally *t)
{
	*t = (struct tally){ .min = INFINITY, .max = -INFINITY };
}

void
tally_add(struct tally *t, double number)
{
	moments_add(&t->moments, number);
	exact_add(&t->sum, number);
	t->min = fmin(t->min, number);
	t->max = fmax(t->max, number);
}

void
tally_merge(struct tally *t, const struct tally *other)
{
	t->known += other->known;
	moments_merge(&t->moments, &other->moments);
	exact_merge(&t->sum, &other->sum);
	t->min = fmin(t->min, other->min);
	t->max = fmax(t->max, other->max);
}
