#include "matched.h"

#include <math.h>
#include <stdlib.h>

#include "matcher_private.h"
#include "value.h"

#define NUMBERS_FIRST 8
#define NS_PER_S 1e9

struct number {
	int64_t time_ns;
	double number;
};

/* What a predicate demands of the series. */
struct demand {
	const struct farm_constraint *rule;
	bool last; /* of its predicate */
};

struct matched {
	bool any;               /* a predicate demands nothing */
	int64_t window_ns;      /* the longest; 0: there is none */
	struct number *numbers; /* a ring, by time */
	size_t capacity;        /* a power of two, or 0 */
	size_t first;
	size_t n;
	size_t n_demands;
	struct demand demands[];
};

/* ------------------------------------------------------- what is demanded */

static size_t
count_demands(const struct matcher *m)
{
	size_t n = 0;

	for (size_t i = 0; i < m->n; i++)
		n += m->clauses[i].n_constraints;
	return n;
}

static void
add_clause(
    struct matched *of, const struct clause *c, const struct farm_series *s)
{
	size_t before = of->n_demands;

	for (size_t i = 0; i < c->n_constraints; i++) {
		const struct farm_constraint *rule = &c->constraints[i].rule;

		if (!constraint_is_about(&c->constraints[i], s))
			continue;
		of->demands[of->n_demands++] = (struct demand){ rule, false };
		if (rule->window_ns > of->window_ns)
			of->window_ns = rule->window_ns;
	}
	if (of->n_demands == before)
		of->any = true;
	else
		of->demands[of->n_demands - 1].last = true;
}

int
matched_new(
    struct matched **ret, const struct matcher *m, const struct farm_series *s)
{
	struct matched *of;

	*ret = NULL;
	if (!matcher_series(m, s))
		return 0;
	of = calloc(1, sizeof(*of) + count_demands(m) * sizeof(struct demand));
	if (of == NULL)
		return -1;
	for (size_t i = 0; i < m->n; i++)
		if (clause_names(&m->clauses[i], s))
			add_clause(of, &m->clauses[i], s);
	*ret = of;
	return 0;
}

void
matched_free(struct matched *of)
{
	if (of == NULL)
		return;
	free(of->numbers);
	free(of);
}

/* ---------------------------------------------------------- what was seen */

static struct number *
number_at(const struct matched *of, size_t i)
{
	return &of->numbers[(of->first + i) & (of->capacity - 1)];
}

static bool
make_room(struct matched *of)
{
	size_t capacity = of->capacity == 0 ? NUMBERS_FIRST : 2 * of->capacity;
	struct number *grown;

	if (of->n < of->capacity)
		return true;
	if (of->n == MATCHED_NUMBERS_MAX) {
		of->first++;
		of->n--;
		return true;
	}
	grown = calloc(capacity, sizeof(*grown));
	if (grown == NULL)
		return false;
	for (size_t i = 0; i < of->n; i++)
		grown[i] = *number_at(of, i);
	free(of->numbers);
	of->numbers = grown;
	of->capacity = capacity;
	of->first = 0;
	return true;
}

/* The beginning of a window, itself not in it. */
static int64_t
begin_of(int64_t end_ns, int64_t window_ns)
{
	return end_ns < INT64_MIN + window_ns ? INT64_MIN : end_ns - window_ns;
}

/* Where it belongs by its time, behind those of the same.  Where memory is out
   it counts for nothing. */
static void
remember(struct matched *of, int64_t time_ns, double number)
{
	size_t i;

	if (!make_room(of))
		return;
	for (i = of->n++; i > 0 && number_at(of, i - 1)->time_ns > time_ns; i--)
		*number_at(of, i) = *number_at(of, i - 1);
	*number_at(of, i) = (struct number){ time_ns, number };
}

static void
forget(struct matched *of)
{
	int64_t begin_ns;

	if (of->n == 0)
		return;
	begin_ns = begin_of(number_at(of, of->n - 1)->time_ns, of->window_ns);
	for (; number_at(of, 0)->time_ns <= begin_ns; of->n--)
		of->first++;
}

/* --------------------------------------------------------------- windows */

/* The numbers of a window: from `begin' on, `end' not among them. */
struct window {
	size_t begin;
	size_t end;
};

static struct window
window_of(const struct matched *of, int64_t end_ns, int64_t window_ns)
{
	int64_t begin_ns = begin_of(end_ns, window_ns);
	struct window w = { .end = of->n };

	while (w.end > 0 && number_at(of, w.end - 1)->time_ns > end_ns)
		w.end--;
	w.begin = w.end;
	while (w.begin > 0 && number_at(of, w.begin - 1)->time_ns > begin_ns)
		w.begin--;
	return w;
}

/* From the oldest on: so it is the same wherever the beginning is. */
static double
sum_of(const struct matched *of, struct window w)
{
	double sum = 0;

	for (size_t i = w.begin; i < w.end; i++)
		sum += number_at(of, i)->number;
	return sum;
}

static double
extreme_of(const struct matched *of, struct window w, double sign)
{
	double most = -INFINITY;

	for (size_t i = w.begin; i < w.end; i++)
		if (sign * number_at(of, i)->number > most)
			most = sign * number_at(of, i)->number;
	return sign * most;
}

static double
rate_of(const struct matched *of, struct window w)
{
	const struct number *oldest = number_at(of, w.begin);
	const struct number *newest = number_at(of, w.end - 1);

	if (oldest->time_ns == newest->time_ns)
		return NAN;
	return (newest->number - oldest->number) /
	       ((double)(newest->time_ns - oldest->time_ns) / NS_PER_S);
}

/* Not a number where there is none. */
static double
number_of(const struct matched *of, const struct farm_constraint *rule,
    int64_t time_ns)
{
	struct window w = window_of(of, time_ns, rule->window_ns);
	double n = (double)(w.end - w.begin);

	if (rule->function == FARM_COUNT)
		return n;
	if (n == 0)
		return NAN;
	switch (rule->function) {
	case FARM_AVG:
		return sum_of(of, w) / n;
	case FARM_MIN:
		return extreme_of(of, w, -1);
	case FARM_MAX:
		return extreme_of(of, w, 1);
	case FARM_SUM:
		return sum_of(of, w);
	case FARM_LAST:
		return number_at(of, w.end - 1)->number;
	case FARM_RATE:
		return rate_of(of, w);
	default:
		return NAN;
	}
}

static bool
is_met(const struct matched *of, const struct farm_constraint *rule,
    int64_t time_ns, const struct farm_value *value)
{
	struct farm_value number;

	if (rule->function == FARM_LATEST)
		return rule_holds(rule, value);
	number = farm_double(number_of(of, rule, time_ns));
	return rule_holds(rule, &number);
}

bool
matched_value(
    struct matched *of, int64_t time_ns, const struct farm_value *value)
{
	bool passes = of->any, all = true;
	double number;

	if (of->any)
		return true;
	if (of->window_ns > 0 && value_number(value, &number) &&
	    isfinite(number))
		remember(of, time_ns, number);
	for (size_t i = 0; i < of->n_demands && !passes; i++) {
		all = all && is_met(of, of->demands[i].rule, time_ns, value);
		if (!of->demands[i].last)
			continue;
		passes = all;
		all = true;
	}
	if (of->window_ns > 0)
		forget(of);
	return passes;
}
