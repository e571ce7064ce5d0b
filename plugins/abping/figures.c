#include "figures.h"

#include <math.h>

/* MonALISA sees no jitter in a shorter round trip, ms. */
#define JITTER_FLOOR 5.0
/* By so much an answer lowers the counter that a probe raises by one. */
#define REPLY_WEIGHT 2

static void
push(struct ring *r, int size, double value)
{
	r->values[r->next] = value;
	r->next = (r->next + 1) % size;
	if (r->n < size)
		r->n++;
}

static double
sum(const struct ring *r, int n)
{
	double total = 0;
	int i;

	for (i = 0; i < n; i++)
		total += r->values[i];
	return total;
}

/* Without the least and the largest, if there are more than these. */
static double
trimmed_mean(const struct ring *r, int n)
{
	double least = r->values[0], largest = r->values[0];
	int i;

	if (n < 3)
		return sum(r, n) / n;
	for (i = 1; i < n; i++) {
		least = fmin(least, r->values[i]);
		largest = fmax(largest, r->values[i]);
	}
	return (sum(r, n) - least - largest) / (n - 2);
}

/* Of two values or more. */
static double
relative_deviation(const struct ring *r, int n)
{
	double mean = sum(r, n) / n, total = 0;
	int i;

	if (mean < JITTER_FLOOR)
		return 0;
	for (i = 0; i < n; i++)
		total += fabs(r->values[i] - mean);
	return total / ((n - 1) * mean);
}

static double
add_loss(struct history *h, const struct rules *rules, bool answered)
{
	if (rules->compat) {
		h->loss = (int)fmin(h->loss + 1, rules->loss_memory);
		if (answered)
			h->loss = (int)fmax(h->loss - REPLY_WEIGHT, 0);
		return (double)h->loss / rules->loss_memory;
	}
	if (h->probes < rules->loss_memory)
		h->probes++;
	h->lost = h->lost << 1 | !answered;
	h->lost &= UINT64_MAX >> (64 - h->probes);
	return (double)__builtin_popcountll(h->lost) / h->probes;
}

void
figures_add(struct history *h, const struct rules *rules, double ms,
    struct figures *ret)
{
	struct figures f = { .loss = add_loss(h, rules, ms >= 0) };
	int size = rules->samples, n;

	if (ms >= 0) {
		push(&h->round_trips, size, ms);
		n = rules->compat ? size : h->round_trips.n;
		push(&h->means, size, trimmed_mean(&h->round_trips, n));
	}
	n = rules->compat ? size : h->means.n;
	f.has_rtt = n > 0;
	f.has_jitter = n > 1;
	if (f.has_rtt)
		f.rtt = trimmed_mean(&h->round_trips, n);
	if (f.has_jitter)
		f.jitter = relative_deviation(&h->means, n);
	f.rtime = rules->overall + rules->rtt * f.rtt +
		  rules->jitter * f.jitter + rules->loss * f.loss;
	*ret = f;
}
