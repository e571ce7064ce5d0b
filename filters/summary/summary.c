/* summary: means, least and largest of each minute, ten minutes, hour. */
#include <farm/module.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "clock.h"
#include "derived.h"
#include "level.h"
#include "rows.h"
#include "value.h"

#define DAY_NS 86400e9
#define OVER_MAX 4
/* Values of one series that wait for older ones, at most. */
#define WAITING_MAX 1024

enum statistic { AVG, MIN, MAX, STATISTICS };

struct summary {
	struct farm_list over;
	int64_t grace_ns;
	bool compat;
	bool replace;

	size_t n; /* of `over' */
	int64_t steps_ns[OVER_MAX];
	char suffixes[OVER_MAX][STATISTICS][32];
	struct derived derived;
	struct rows rows;
	struct summed *all;
	uint64_t late;
	uint64_t told;

	/* Of the call under way. */
	struct farm_host *host;
	bool failed;
};

struct window {
	struct summed *of;
	size_t step;
	struct level level;
	struct derivation outputs[STATISTICS];
};

struct waiting {
	int64_t time_ns;
	double number;
};

struct summed {
	struct summary *of; /* NULL: not begun yet */
	struct summed *next, **back;
	uint32_t series;
	struct window windows[OVER_MAX];
	struct waiting *waiting; /* by their times */
	size_t n;
	size_t capacity;
	int64_t newest_ns;  /* of all times seen */
	int64_t arrived_ns; /* when that was, by the wall clock */
	int64_t done_ns;    /* all before that is in the windows */
};

static const struct farm_option options[] = {
	FARM_OPTION_LIST("over", struct summary, over, "[1m, 10m, 1h]",
	    "lengths of the slots, four at most"),
	FARM_OPTION_DURATION("grace", struct summary, grace_ns, "5s", 0, DAY_NS,
	    "how long values may come late, by their own times; what is later "
	    "is left out, and counted"),
	FARM_OPTION_BOOLEAN("compat", struct summary, compat, "false",
	    "MonALISA's averages: straight lines between values, stamped with "
	    "the middle of the slot"),
	FARM_OPTION_BOOLEAN("replace", struct summary, replace, "false",
	    "the numbers themselves go no further"),
	FARM_OPTION_END
};

static int
name_outputs(struct farm_host *host, struct summary *s, size_t i)
{
	static const char *const names[] = { "avg", "min", "max" };
	struct buffer length = BUFFER_INIT;
	int rc = 0;

	duration_print(&length, s->steps_ns[i]);
	for (int k = 0; k < STATISTICS; k++)
		snprintf(s->suffixes[i][k], sizeof(s->suffixes[i][k]), "_%s_%s",
		    names[k], buffer_text(&length));
	if (buffer_failed(&length))
		rc = farm_fail(host, "out of memory");
	buffer_free(&length);
	return rc;
}

static int
summary_open(struct farm_host *host, void *state)
{
	struct summary *s = state;
	struct error err;
	size_t i;

	s->n = s->over.n;
	if (s->n == 0 || s->n > OVER_MAX)
		return farm_fail(
		    host, "over: one to %d lengths, not %zu", OVER_MAX, s->n);
	for (i = 0; i < s->n; i++) {
		if (duration_parse(s->over.items[i], &s->steps_ns[i], &err) !=
		    0)
			return farm_fail(host, "over: %s", err.text);
		if (s->steps_ns[i] < NS_PER_S || s->steps_ns[i] > DAY_NS)
			return farm_fail(host,
			    "over: %s is not between a second and a day",
			    s->over.items[i]);
		if (name_outputs(host, s, i) != 0)
			return -1;
	}
	return 0;
}

static void
summary_close(struct farm_host *host, void *state)
{
	struct summary *s = state;

	(void)host;
	derived_free(&s->derived);
	rows_free(&s->rows);
}

/* --------------------------------------------------------- a slot out -- */

struct output {
	struct derive_as as;
	int64_t step_ns;
};

/* It must outlive the time between two slots. */
static int
derive_output(struct farm_host *host, const void *context,
    struct farm_spec *spec, struct derive_room *room)
{
	const struct output *o = context;
	int64_t least_ns = 2 * o->step_ns;

	if (spec->lifetime_ns > 0 && spec->lifetime_ns < least_ns)
		spec->lifetime_ns = least_ns;
	else if (spec->lifetime_ns <= 0 && spec->lifetime_ns > -least_ns)
		spec->lifetime_ns = -least_ns;
	return derive_as(host, &o->as, spec, room);
}

static int
emit_slot(struct window *w, const struct level_slot *slot)
{
	struct summary *s = w->of->of;
	const double numbers[] = { slot->mean, slot->min, slot->max };
	struct farm_value rows[STATISTICS];
	int64_t time_ns = slot->time_ns + slot->span_ns;

	if (s->compat)
		time_ns = slot->time_ns + slot->span_ns / 2;
	for (int k = 0; k < STATISTICS; k++) {
		const struct output output = { { s->suffixes[w->step][k], NULL,
						   FARM_GAUGE },
			s->steps_ns[w->step] };

		rows[k] = farm_double(numbers[k]);
		rows[k].series = derived_find(s->host, &s->derived,
		    &w->outputs[k], w->of->series, derive_output, &output);
		if (rows[k].series == 0)
			return -1;
	}
	return farm_emit_rows(s->host, NULL, time_ns, 0, rows, STATISTICS);
}

static void
slot_out(void *context, const struct level_slot *slot)
{
	struct window *w = context;

	if (emit_slot(w, slot) != 0)
		w->of->of->failed = true;
}

/* ------------------------------------------------------- of one series -- */

static void
begin(struct summary *s, struct summed *d, uint32_t series)
{
	d->of = s;
	d->series = series;
	d->newest_ns = d->done_ns = INT64_MIN;
	for (size_t i = 0; i < s->n; i++)
		d->windows[i] = (struct window){ .of = d,
			.step = i,
			.level = { .step_ns = s->steps_ns[i],
			    .manner = s->compat ? LEVEL_MONALISA : LEVEL_HELD,
			    .each = slot_out,
			    .context = &d->windows[i] } };
	d->next = s->all;
	d->back = &s->all;
	if (d->next != NULL)
		d->next->back = &d->next;
	s->all = d;
}

/* The first n that wait go into the windows. */
static void
take(struct summed *d, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < d->of->n; k++)
			level_add_value(&d->windows[k].level,
			    d->waiting[i].time_ns, d->waiting[i].number, 0);
	if (n > 0)
		d->done_ns = d->waiting[n - 1].time_ns;
	d->n -= n;
	memmove(d->waiting, d->waiting + n, d->n * sizeof(*d->waiting));
}

/* Nothing that is older than this is waited for any longer. */
static void
advance(struct summed *d, int64_t time_ns)
{
	size_t n = 0;

	while (n < d->n && d->waiting[n].time_ns <= time_ns)
		n++;
	if (n > 0)
		take(d, n);
	for (size_t k = 0; k < d->of->n; k++) {
		struct level *l = &d->windows[k].level;

		if (l->manner == LEVEL_HELD && l->slot.span_ns > 0 &&
		    time_ns - l->slot.time_ns >= l->step_ns) {
			d->done_ns = l->slot.time_ns + l->step_ns - 1;
			level_end(l, time_ns);
		}
	}
}

static int
make_room(struct farm_host *host, struct summed *d)
{
	size_t capacity = d->capacity == 0 ? 8 : 2 * d->capacity;
	struct waiting *grown;

	if (d->n == WAITING_MAX)
		take(d, 1);
	if (d->n < d->capacity)
		return 0;
	grown = reallocarray(d->waiting, capacity, sizeof(*grown));
	if (grown == NULL)
		return farm_fail(host, "out of memory");
	d->waiting = grown;
	d->capacity = capacity;
	return 0;
}

/* In the order of the times; of one time, as they came. */
static int
add(struct farm_host *host, struct summed *d, int64_t time_ns, double number)
{
	size_t i;

	if (time_ns <= d->done_ns) {
		d->of->late++;
		return 0;
	}
	if (make_room(host, d) != 0)
		return -1;
	for (i = d->n; i > 0 && d->waiting[i - 1].time_ns > time_ns; i--)
		d->waiting[i] = d->waiting[i - 1];
	d->waiting[i] = (struct waiting){ time_ns, number };
	d->n++;
	if (time_ns > d->newest_ns) {
		d->newest_ns = time_ns;
		d->arrived_ns = farm_now_ns(host);
	}
	advance(d, d->newest_ns - d->of->grace_ns);
	return 0;
}

/* ------------------------------------------------------------- calls -- */

static int
apply_value(struct farm_host *host, struct summary *s, int64_t time_ns,
    const struct farm_value *v)
{
	struct summed *d = farm_series_state(host, v->series);
	double number;

	if (d == NULL)
		return farm_fail(host, "out of memory");
	if (!value_number(v, &number) || isinf(number))
		return rows_put(host, &s->rows, *v);
	if (d->of == NULL)
		begin(s, d, v->series);
	if (add(host, d, time_ns, number) != 0)
		return -1;
	return s->replace ? 0 : rows_put(host, &s->rows, *v);
}

static int
summary_apply(struct farm_host *host, void *state, const struct farm_record *in)
{
	struct summary *s = state;
	uint32_t i;

	s->host = host;
	s->failed = false;
	s->rows.n = 0;
	for (i = 0; i < in->n_values; i++)
		if (apply_value(host, s, in->time_ns, &in->values[i]) != 0)
			return -1;
	return s->failed ? -1 : rows_emit(host, &s->rows, in);
}

/* Where nothing comes, time goes on all the same: from the newest value, as
   long as it is since that came. */
static int
summary_tick(struct farm_host *host, void *state, int64_t now_ns)
{
	struct summary *s = state;
	struct summed *d;

	s->host = host;
	s->failed = false;
	for (d = s->all; d != NULL; d = d->next)
		if (d->n > 0 || d->windows[0].level.slot.span_ns > 0)
			advance(d, d->newest_ns + (now_ns - d->arrived_ns) -
				       s->grace_ns);
	if (s->late != s->told)
		farm_log(host, FARM_WARNING,
		    "%llu values came more than the grace late and are in no "
		    "mean",
		    (unsigned long long)(s->late - s->told));
	s->told = s->late;
	return s->failed ? -1 : 0;
}

static void
summary_forget(struct farm_host *host, void *state, void *series_state)
{
	struct summary *s = state;
	struct summed *d = series_state;

	free(d->waiting);
	if (d->of == NULL)
		return;
	for (size_t i = 0; i < s->n; i++)
		for (int k = 0; k < STATISTICS; k++)
			derived_forget(
			    host, &s->derived, &d->windows[i].outputs[k]);
	*d->back = d->next;
	if (d->next != NULL)
		d->next->back = d->back;
}

FARM_MODULE(summary, FARM_FILTER) = {
	.summary = "means, least and largest of each minute, ten minutes, hour",
	.description =
	    "Beside each number go, for each length in `over`, the mean, the "
	    "least and the largest of the slot, as `NAME_avg_1m`, "
	    "`NAME_min_1m`, `NAME_max_1m`, stamped with the end of the slot; "
	    "slots begin at multiples of their length. Means are weighted by "
	    "time: a value is in force until the next one, but no longer than "
	    "twice the time since the one before it. A slot without a value "
	    "gives nothing. What it gives lives as long as the number itself, "
	    "but for two slots at least.\n\n"
	    "Times are those of the values. A slot is closed when `grace` has "
	    "passed behind its end; what comes later still is in no mean, and "
	    "the log says how many that were. What waits is bounded: 1024 "
	    "values of a series, then the oldest goes in at once.\n\n"
	    "With `compat` the averages are MonALISA's: a straight line from "
	    "value to value, the row stamped with the middle of the slot, "
	    "slots from the first value on, and a slot comes with the first "
	    "value behind it.\n\n"
	    "The load of a CPU for those who may see no more:\n\n"
	    "```yaml\n"
	    "filters:\n"
	    "  - summary:\n"
	    "      match: \"*/*/*/cpu_usage\"\n"
	    "      over: [1m, 10m, 1h]\n"
	    "```",
	.options = options,
	.state_size = sizeof(struct summary),
	.open = summary_open,
	.close = summary_close,
	.tick = summary_tick,
	.filter = {
		.apply = summary_apply,
		.series_state_size = sizeof(struct summed),
		.forget = summary_forget,
	},
};
