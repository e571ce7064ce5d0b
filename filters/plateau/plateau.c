/* plateau: numbers that have gone to another level, and stay there. */
#include <farm/module.h>
#include <math.h>

#include "derived.h"
#include "flag.h"
#include "ring.h"
#include "rows.h"
#include "value.h"

#define DAY_NS 86400e9

enum direction { DOWN, UP };
enum output { MEAN, DEVIATION, ALERTS, OUTPUTS };

struct plateau {
	int64_t history_ns;
	int64_t trigger_ns;
	double sensitivity;
	double change;
	int direction;
	int64_t samples;
	int64_t most;

	struct derived derived;
	struct rows rows;
};

struct watched {
	struct derivation outputs[OUTPUTS];
	struct ring history;
	struct ring trigger;
	uint64_t alerts;
};

static const struct farm_option options[] = {
	FARM_OPTION_DURATION("history", struct plateau, history_ns, "5d", 1e9,
	    3650 * DAY_NS, "the level is that of so long"),
	FARM_OPTION_DURATION("trigger", struct plateau, trigger_ns, "6h", 1e9,
	    3650 * DAY_NS, "how long it has to last"),
	FARM_OPTION_NUMBER("sensitivity", struct plateau, sensitivity, "2", 0,
	    1e6,
	    "a number further than so many standard deviations from the level "
	    "may be part of another one"),
	FARM_OPTION_NUMBER("change", struct plateau, change, "40", 0, 1e6,
	    "how far off it has to be, in percent"),
	FARM_OPTION_ENUM("direction", struct plateau, direction, "down",
	    "down|up", "which way"),
	FARM_OPTION_INTEGER("samples", struct plateau, samples, "10", 2, 1e6,
	    "with fewer numbers there is no level yet"),
	FARM_OPTION_INTEGER("most", struct plateau, most, "10000", 10, 1e6,
	    "numbers kept of a series for each of both, the newest; 16 bytes "
	    "each"),
	FARM_OPTION_END
};

static const struct derive_as outputs[OUTPUTS] = {
	[MEAN] = { "_level", NULL, FARM_GAUGE },
	[DEVIATION] = { "_level_sigma", NULL, FARM_GAUGE },
	[ALERTS] = { "_plateaus", "1", FARM_COUNTER64 },
};

static void
plateau_close(struct farm_host *host, void *state)
{
	struct plateau *p = state;

	(void)host;
	derived_free(&p->derived);
	rows_free(&p->rows);
}

/* How far off, in the direction that is looked for. */
static double
distance(const struct plateau *p, double from, double number)
{
	return p->direction == DOWN ? from - number : number - from;
}

static bool
is_off(const struct plateau *p, const struct watched *w, double number)
{
	const struct moments *m = ring_moments(&w->history);

	return m->n >= (uint64_t)p->samples &&
	       distance(p, m->mean, number) >
		   p->sensitivity * moments_deviation(m);
}

/* The level is another one: that of the trigger's numbers. */
static int
take_over(
    struct farm_host *host, struct watched *w, uint32_t series, int64_t time_ns)
{
	static const struct flag raised = { .up = true };
	struct ring before = w->history;
	double from = ring_moments(&before)->mean;
	double to = ring_moments(&w->trigger)->mean;

	w->alerts++;
	w->history = w->trigger;
	w->trigger = before;
	ring_clear(&w->trigger);
	return flag_tell(host, &raised, "plateau", series, time_ns,
	    "from %g to %g, %+.0f %%", from, to,
	    from != 0 ? (to - from) / fabs(from) * 100 : NAN);
}

static int
hold_against(struct farm_host *host, const struct plateau *p, struct watched *w,
    uint32_t series, int64_t time_ns)
{
	double level = ring_moments(&w->history)->mean;
	double off = distance(p, level, ring_moments(&w->trigger)->mean);

	if (time_ns - ring_oldest_ns(&w->trigger) < p->trigger_ns)
		return 0;
	if (off >= fabs(level) * p->change / 100)
		return take_over(host, w, series, time_ns);
	return ring_shift(&w->history, (size_t)p->most, &w->trigger);
}

/* A number near the level belongs to it, and to it goes back, one by one,
   what was taken for another. */
static int
look(struct farm_host *host, const struct plateau *p, struct watched *w,
    uint32_t series, int64_t time_ns, double number)
{
	int rc;

	if (!ring_newest_before(&w->history, time_ns) ||
	    !ring_newest_before(&w->trigger, time_ns))
		return 0;
	if (is_off(p, w, number)) {
		rc = ring_add(&w->trigger, (size_t)p->most, time_ns, number);
	} else {
		rc = ring_add(&w->history, (size_t)p->most, time_ns, number);
		if (rc == 0)
			rc = ring_shift(
			    &w->history, (size_t)p->most, &w->trigger);
	}
	if (rc != 0)
		return farm_fail(host, "out of memory");
	ring_expire(&w->history, time_ns - p->history_ns);
	if (w->trigger.n == 0)
		return 0;
	return hold_against(host, p, w, series, time_ns);
}

static int
put(struct farm_host *host, struct plateau *p, struct watched *w,
    uint32_t series, enum output output, struct farm_value v)
{
	v.series = derived_find(host, &p->derived, &w->outputs[output], series,
	    derive_as, &outputs[output]);
	return v.series != 0 ? rows_put(host, &p->rows, v) : -1;
}

static int
apply_value(struct farm_host *host, struct plateau *p, int64_t time_ns,
    const struct farm_value *v)
{
	struct watched *w = farm_series_state(host, v->series);
	const struct moments *m;
	double number;

	if (w == NULL)
		return farm_fail(host, "out of memory");
	if (rows_put(host, &p->rows, *v) != 0)
		return -1;
	if (!value_number(v, &number) || isinf(number))
		return 0;
	if (look(host, p, w, v->series, time_ns, number) != 0)
		return -1;
	m = ring_moments(&w->history);
	if (m->n < (uint64_t)p->samples)
		return 0;
	if (put(host, p, w, v->series, MEAN, farm_double(m->mean)) != 0 ||
	    put(host, p, w, v->series, DEVIATION,
		farm_double(moments_deviation(m))) != 0)
		return -1;
	return put(host, p, w, v->series, ALERTS, farm_uint64(w->alerts));
}

static int
plateau_apply(struct farm_host *host, void *state, const struct farm_record *in)
{
	struct plateau *p = state;
	uint32_t i;

	p->rows.n = 0;
	for (i = 0; i < in->n_values; i++)
		if (apply_value(host, p, in->time_ns, &in->values[i]) != 0)
			return -1;
	return rows_emit(host, &p->rows, in);
}

static void
plateau_forget(struct farm_host *host, void *state, void *series_state)
{
	struct plateau *p = state;
	struct watched *w = series_state;

	for (int i = 0; i < OUTPUTS; i++)
		derived_forget(host, &p->derived, &w->outputs[i]);
	ring_free(&w->history);
	ring_free(&w->trigger);
}

FARM_MODULE(plateau, FARM_FILTER) = {
	.summary = "numbers that have gone to another level, and stay there",
	.description =
	    "Detects lasting changes as IEPM-BW does for bandwidths. Numbers "
	    "near the level (the mean over `history`) make it; one that is "
	    "more than `sensitivity` standard deviations off goes into a "
	    "second heap. Each number near the level takes one back from "
	    "there. When that heap covers the time `trigger` and its mean is "
	    "`change` percent off, there is one event, and its numbers are "
	    "the level from then on: so a change is told once, and a dip that "
	    "passes not at all.\n\n"
	    "Values go on as they are, and beside them `NAME_level`, "
	    "`NAME_level_sigma` and `NAME_plateaus`, the count of "
	    "changes. With more than `most` numbers within `history`, the "
	    "level is that of the newest.\n\n"
	    "```yaml\n"
	    "filters:\n"
	    "  - plateau:\n"
	    "      match: \"*/links/*/bandwidth\"\n"
	    "      history: 5d\n"
	    "      trigger: 6h\n"
	    "      change: 33\n"
	    "```",
	.options = options,
	.state_size = sizeof(struct plateau),
	.close = plateau_close,
	.filter = {
		.apply = plateau_apply,
		.series_state_size = sizeof(struct watched),
		.forget = plateau_forget,
	},
};
