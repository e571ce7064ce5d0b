#include "sketch.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* From one bin's end to the next one's. */
#define GAMMA ((1 + SKETCH_ERROR) / (1 - SKETCH_ERROR))

static void
side_clear(struct sketch_side *s)
{
	memset(s->counts, 0, s->depth * sizeof(s->counts[0]));
	s->depth = 0;
}

void
sketch_clear(struct sketch *s)
{
	side_clear(&s->negative);
	side_clear(&s->positive);
	s->n = s->zeros = 0;
}

/* A higher top: what falls out at the low end goes into the last bin. */
static void
raise_top(struct sketch_side *s, int32_t top)
{
	size_t by = (size_t)(top - s->top), kept = s->depth;
	uint64_t lost = 0;

	if (by > SKETCH_BINS)
		by = SKETCH_BINS;
	while (kept > SKETCH_BINS - by)
		lost += s->counts[--kept];
	memmove(s->counts + by, s->counts, kept * sizeof(s->counts[0]));
	memset(s->counts, 0, by * sizeof(s->counts[0]));
	s->depth = kept + by;
	s->counts[SKETCH_BINS - 1] += lost;
	s->top = top;
}

static void
side_add(struct sketch_side *s, int32_t place, uint64_t count)
{
	size_t bin;

	if (s->depth == 0)
		s->top = place;
	else if (place > s->top)
		raise_top(s, place);
	bin = (size_t)((int64_t)s->top - place);
	if (bin >= SKETCH_BINS)
		bin = SKETCH_BINS - 1;
	s->counts[bin] += count;
	if (bin >= s->depth)
		s->depth = bin + 1;
}

static void
side_merge(struct sketch_side *s, const struct sketch_side *other)
{
	for (size_t i = 0; i < other->depth; i++)
		if (other->counts[i] > 0)
			side_add(s, other->top - (int32_t)i, other->counts[i]);
}

int32_t
sketch_place(double number)
{
	return (int32_t)ceil(log(number) / log(GAMMA));
}

/* As far from the bin's lower end as from its upper, as parts of these. */
double
sketch_number(int32_t place)
{
	return fmin(exp(place * log(GAMMA) + log(2 / (GAMMA + 1))), DBL_MAX);
}

void
sketch_add_times(struct sketch *s, double number, uint64_t n)
{
	s->n += n;
	if (number == 0)
		s->zeros += n;
	else
		side_add(number < 0 ? &s->negative : &s->positive,
		    sketch_place(fabs(number)), n);
}

void
sketch_add(struct sketch *s, double number)
{
	sketch_add_times(s, number, 1);
}

void
sketch_merge(struct sketch *s, const struct sketch *other)
{
	s->n += other->n;
	s->zeros += other->zeros;
	side_merge(&s->negative, &other->negative);
	side_merge(&s->positive, &other->positive);
}

static double
middle(const struct sketch_side *s, size_t bin)
{
	return sketch_number(s->top - (int32_t)bin);
}

double
sketch_quantile(const struct sketch *s, double q)
{
	uint64_t below = (uint64_t)(q * (double)(s->n - 1));
	size_t i;

	for (i = 0; i < s->negative.depth; i++) {
		if (below < s->negative.counts[i])
			return -middle(&s->negative, i);
		below -= s->negative.counts[i];
	}
	if (below < s->zeros)
		return 0;
	below -= s->zeros;
	for (i = s->positive.depth; i-- > 1;) {
		if (below < s->positive.counts[i])
			break;
		below -= s->positive.counts[i];
	}
	return middle(&s->positive, i);
}
