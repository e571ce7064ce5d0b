/* What the numbers mean, in the words that Nagios reads. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "clock.h"
#include "perfdata_print.h"

/* Nagios reads 8 KiB at most; so much of them is for performance data. */
#define DATA_MAX 6000
/* Values that are named in the first line, and below it. */
#define NAMED_FIRST 3
#define NAMED 40

const char *
state_name(enum state state)
{
	static const char *const names[] = { "OK", "WARNING", "CRITICAL",
		"UNKNOWN" };

	return names[state];
}

static enum state
worse(enum state a, enum state b)
{
	static const int badness[] = { [STATE_OK] = 0,
		[STATE_UNKNOWN] = 1,
		[STATE_WARNING] = 2,
		[STATE_CRITICAL] = 3 };

	return badness[a] >= badness[b] ? a : b;
}

static enum state
state_of(
    double number, const struct bound *warning, const struct bound *critical)
{
	if (perfdata_alerts(&critical->range, number))
		return STATE_CRITICAL;
	if (perfdata_alerts(&warning->range, number))
		return STATE_WARNING;
	return STATE_OK;
}

static void
put_number(struct buffer *b, double number)
{
	const struct farm_value value = farm_double(number);

	buffer_value(b, &value);
}

void
put_plain(struct buffer *b, const char *text)
{
	perfdata_put_text(b, text, strlen(text));
}

/* -- performance data -- */

/* False, and nothing put, if there is no room for it. */
static bool
put_item(struct buffer *data, const char *label, double number,
    const char *unit, const struct bound *warning, const struct bound *critical)
{
	struct buffer item = BUFFER_INIT;
	bool fits;
	const struct perfdata_bounds bounds = { warning->text, critical->text,
		"", "" };

	buffer_puts(&item, data->size > 0 ? " " : "");
	perfdata_put(&item, label, number, unit, &bounds);
	fits = data->size + item.size <= DATA_MAX;
	if (fits)
		buffer_put(data, item.data, item.size);
	buffer_free(&item);
	return fits;
}

/* -- each -- */

/* Farms are named where there are several. */
static size_t
same_farm(const struct readings *r)
{
	const struct reading *first = &r->items[0];

	for (size_t i = 1; i < r->n; i++)
		if (r->items[i].farm != first->farm ||
		    memcmp(r->items[i].name, first->name, first->farm) != 0)
			return 0;
	return first->farm;
}

struct each {
	const struct question *q;
	size_t skip; /* bytes of names */
	enum state state;
	size_t n_bad;
	struct buffer bad; /* the first of them, for the first line */
	struct buffer more;
	struct buffer data;
	size_t n_left_out; /* of the performance data */
};

static void
put_age(struct buffer *b, double age_s)
{
	if (isfinite(age_s))
		duration_print(b, (int64_t)age_s * NS_PER_S);
	else
		buffer_puts(b, "unknown");
}

/* "NAME = 12.5%", and how old it is if that is what is wrong. */
static void
put_bad(struct each *e, const struct reading *one, enum state state, bool old)
{
	struct buffer *to = e->n_bad < NAMED_FIRST ? &e->bad : &e->more;

	e->n_bad++;
	if (e->n_bad > NAMED)
		return;
	if (to == &e->bad)
		buffer_puts(to, e->n_bad > 1 ? ", " : "");
	else
		buffer_printf(to, "\n%s: ", state_name(state));
	put_plain(to, one->name + e->skip);
	buffer_puts(to, " = ");
	put_number(to, one->last);
	buffer_puts(to, one->unit[0] == 'c' ? "" : one->unit);
	if (old) {
		buffer_puts(to, " (");
		put_age(to, one->age_s);
		buffer_puts(to, " old)");
	}
}

static void
look_at(struct each *e, const struct reading *one)
{
	const struct question *q = e->q;
	enum state age = state_of(
	    one->age_s, &q->age_warning, &q->age_critical);
	enum state state = worse(
	    state_of(one->last, &q->warning, &q->critical), age);

	if (state != STATE_OK)
		put_bad(e, one, state, age != STATE_OK);
	e->state = worse(e->state, state);
	if (!put_item(&e->data, one->name + e->skip, one->last, one->unit,
		&q->warning, &q->critical))
		e->n_left_out++;
}

static enum state
verdict_each(
    struct buffer *out, const struct question *q, const struct readings *r)
{
	struct each e = { .q = q, .skip = same_farm(r) };

	for (size_t i = 0; i < r->n; i++)
		look_at(&e, &r->items[i]);
	buffer_printf(out, "FARM %s - ", state_name(e.state));
	if (e.n_bad > 0)
		buffer_printf(out, "%zu of %zu values: %s%s", e.n_bad, r->n,
		    buffer_text(&e.bad), e.n_bad > NAMED_FIRST ? ", ..." : "");
	else
		buffer_printf(out, "%zu value%s", r->n, r->n == 1 ? "" : "s");
	buffer_printf(out, " | %s", buffer_text(&e.data));
	buffer_puts(out, buffer_text(&e.more));
	if (e.n_bad > NAMED)
		buffer_printf(out, "\nand %zu more", e.n_bad - NAMED);
	if (e.n_left_out > 0)
		buffer_printf(out,
		    "\n%zu values are not in the performance "
		    "data: it would be too long",
		    e.n_left_out);
	buffer_putc(out, '\n');
	buffer_free(&e.bad);
	buffer_free(&e.more);
	buffer_free(&e.data);
	return e.state;
}

/* -- aggregates -- */

static const char *const aggregate_names[] = { "each", "min", "max", "avg",
	"sum", "count" };

struct whole {
	double min;
	double max;
	double sum;
	double count;
	double age_s;             /* of the oldest */
	const struct reading *at; /* where the least or largest is */
};

static struct whole
all_of(const struct question *q, const struct readings *r)
{
	struct whole w = { .min = INFINITY, .max = -INFINITY };

	for (size_t i = 0; i < r->n; i++) {
		const struct reading *one = &r->items[i];

		if ((q->aggregate == AGGREGATE_MIN && one->min < w.min) ||
		    (q->aggregate == AGGREGATE_MAX && one->max > w.max))
			w.at = one;
		w.min = fmin(w.min, one->min);
		w.max = fmax(w.max, one->max);
		w.sum += one->sum;
		w.count += one->count;
		w.age_s = fmax(w.age_s, one->age_s);
	}
	return w;
}

static double
number_in(const struct whole *w, enum aggregate aggregate)
{
	switch (aggregate) {
	case AGGREGATE_MIN:
		return w->min;
	case AGGREGATE_MAX:
		return w->max;
	case AGGREGATE_AVG:
		return w->sum / w->count;
	case AGGREGATE_COUNT:
		return w->count;
	default:
		return w->sum;
	}
}

/* A unit that all have; counts have none. */
static const char *
common_unit(const struct question *q, const struct readings *r)
{
	if (r->n == 0 || q->aggregate == AGGREGATE_COUNT)
		return "";
	for (size_t i = 1; i < r->n; i++)
		if (strcmp(r->items[i].unit, r->items[0].unit) != 0)
			return "";
	return r->items[0].unit;
}

static enum state
verdict_whole(
    struct buffer *out, const struct question *q, const struct readings *r)
{
	const struct whole w = all_of(q, r);
	double number = number_in(&w, q->aggregate);
	const char *name = aggregate_names[q->aggregate];
	const char *unit = common_unit(q, r);
	enum state age = state_of(w.age_s, &q->age_warning, &q->age_critical);
	enum state state = worse(
	    state_of(number, &q->warning, &q->critical), age);
	struct buffer data = BUFFER_INIT;

	buffer_printf(out, "FARM %s - %s is ", state_name(state), name);
	put_number(out, number);
	buffer_puts(out, unit[0] == 'c' ? "" : unit);
	if (w.at != NULL) {
		buffer_puts(out, " (");
		put_plain(out, w.at->name + same_farm(r));
		buffer_putc(out, ')');
	}
	buffer_printf(out, " of %zu series", r->n);
	if (age != STATE_OK) {
		buffer_puts(out, ", the oldest value is of ");
		put_age(out, w.age_s);
		buffer_puts(out, " ago");
	}
	(void)put_item(&data, q->label == NULL ? name : q->label, number, unit,
	    &q->warning, &q->critical);
	if (q->age_warning.range.set || q->age_critical.range.set)
		(void)put_item(&data, "age", w.age_s, "s", &q->age_warning,
		    &q->age_critical);
	buffer_printf(out, " | %s\n", buffer_text(&data));
	buffer_free(&data);
	return state;
}

enum state
verdict(struct buffer *out, const struct question *q, const struct readings *r)
{
	if (r->n == 0 && q->aggregate != AGGREGATE_COUNT) {
		buffer_printf(out, "FARM %s - %s ", state_name(q->none),
		    r->n_texts > 0 ? "only texts match" : "nothing matches");
		put_plain(out, q->predicate);
		buffer_putc(out, '\n');
		return q->none;
	}
	return q->aggregate == AGGREGATE_EACH ? verdict_each(out, q, r)
					      : verdict_whole(out, q, r);
}
