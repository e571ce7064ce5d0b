#include "predictors.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct point {
	int64_t time_ns;
	double number;
};

struct record {
	double level; /* of WAY_EWMA */
	double error; /* the mean of what it was off by */
};

/* Times count from the newest number's: as doubles they are exact there. */
struct line {
	double time;
	double number;
	double slope;
};

struct predictors {
	struct point *points; /* a ring */
	double *sorted;       /* their numbers */
	size_t n;
	size_t newest;
	size_t judged; /* errors that the means are of */
	struct line line;
	struct record records[];
};

struct predictors *
predictors_new(const struct manner *m)
{
	size_t records = m->n * sizeof(struct record);
	size_t points = m->window * sizeof(struct point);
	size_t sorted = m->window * sizeof(double);
	struct predictors *p;

	p = calloc(1, sizeof(*p) + records + points + sorted);
	if (p == NULL)
		return NULL;
	p->points = (struct point *)((char *)p->records + records);
	p->sorted = (double *)((char *)p->points + points);
	return p;
}

void
predictors_free(struct predictors *p)
{
	free(p);
}

/* The i-th, from the newest back. */
static const struct point *
point_at(const struct manner *m, const struct predictors *p, size_t i)
{
	return &p->points[(p->newest + m->window - i) % m->window];
}

/* ------------------------------------------------------------- telling -- */

/* How long after the newest the next one will come, as they came so far. */
static double
step_ns(const struct manner *m, const struct predictors *p)
{
	const struct point *newest = point_at(m, p, 0);
	const struct point *oldest = point_at(m, p, p->n - 1);

	return (double)(newest->time_ns - oldest->time_ns) / (double)(p->n - 1);
}

static double
median(const struct predictors *p)
{
	size_t half = p->n / 2;

	if (p->n % 2 == 1)
		return p->sorted[half];
	return p->sorted[half - 1] / 2 + p->sorted[half] / 2;
}

/* What a way says of the time that is so long after the newest number. */
static double
tell(const struct manner *m, const struct predictors *p, size_t way,
    double after_ns)
{
	switch (m->ways[way].kind) {
	case WAY_LAST:
		return point_at(m, p, 0)->number;
	case WAY_MEAN:
		return p->line.number;
	case WAY_MEDIAN:
		return median(p);
	case WAY_TREND:
		return p->line.number +
		       p->line.slope * (after_ns - p->line.time);
	default:
		return p->records[way].level;
	}
}

struct prediction
predictors_best(const struct manner *m, const struct predictors *p)
{
	size_t best = 0;

	for (size_t i = 1; i < m->n; i++)
		if (p->records[i].error < p->records[best].error)
			best = i;
	return (struct prediction){
		.by = &m->ways[best],
		.number = tell(m, p, best, step_ns(m, p)),
		.error = p->records[best].error,
	};
}

/* ------------------------------------------------------------ learning -- */

/* The mean of all errors at first, then one that forgets. */
static void
judge(const struct manner *m, struct predictors *p, int64_t time_ns,
    double number)
{
	double after_ns = (double)(time_ns - point_at(m, p, 0)->time_ns);

	if (p->judged < m->window)
		p->judged++;
	for (size_t i = 0; i < m->n; i++) {
		double off = fabs(tell(m, p, i, after_ns) - number);
		struct record *r = &p->records[i];

		if (!isfinite(off))
			off = DBL_MAX;
		r->error += (off - r->error) / (double)p->judged;
	}
}

/* The place of a number, or where it would be. */
static size_t
place_of(const struct predictors *p, size_t n, double number)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (p->sorted[middle] < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void
sort_out(struct predictors *p, size_t n, double number)
{
	double *at = p->sorted + place_of(p, n, number);

	memmove(at, at + 1, (size_t)(p->sorted + n - at - 1) * sizeof(*at));
}

static void
sort_in(struct predictors *p, size_t n, double number)
{
	double *at = p->sorted + place_of(p, n, number);

	memmove(at + 1, at, (size_t)(p->sorted + n - at) * sizeof(*at));
	*at = number;
}

static void
remember(const struct manner *m, struct predictors *p, int64_t time_ns,
    double number)
{
	size_t at = p->n > 0 ? (p->newest + 1) % m->window : 0;

	if (p->n == m->window)
		sort_out(p, p->n--, p->points[at].number);
	sort_in(p, p->n++, number);
	p->points[at] = (struct point){ time_ns, number };
	p->newest = at;
}

/* By least squares.  Sums of differences from the newest, as they are small
   where the numbers themselves are large; in whatever order. */
static void
fit(struct predictors *p)
{
	const struct point newest = p->points[p->newest];
	double times = 0, numbers = 0, squares = 0, products = 0;
	double n = (double)p->n;

	for (size_t i = 0; i < p->n; i++) {
		double time = (double)(p->points[i].time_ns - newest.time_ns);
		double number = p->points[i].number - newest.number;

		times += time;
		numbers += number;
		squares += time * time;
		products += time * number;
	}
	p->line = (struct line){ times / n, newest.number + numbers / n, 0 };
	if (p->n > 1)
		p->line.slope = (n * products - times * numbers) /
				(n * squares - times * times);
}

static void
smooth(const struct manner *m, struct predictors *p, double number)
{
	for (size_t i = 0; i < m->n; i++) {
		double *level = &p->records[i].level;

		if (p->n == 0)
			*level = number;
		else
			*level += m->ways[i].weight * (number - *level);
	}
}

void
predictors_add(const struct manner *m, struct predictors *p, int64_t time_ns,
    double number)
{
	if (p->n > 0)
		judge(m, p, time_ns, number);
	smooth(m, p, number);
	remember(m, p, time_ns, number);
	fit(p);
}
