/* sigma: numbers that are far from what they used to be. */
#include <farm/module.h>
#include <math.h>
#include <string.h>

#include "derived.h"
#include "flag.h"
#include "moments.h"
#include "rows.h"
#include "value.h"

#define DAY_NS 86400e9
/* The window moves on by one of so many parts. */
#define PARTS 60

enum direction { ABOVE, BELOW, BOTH };
enum output { MEAN, DEVIATION, FLAG, OUTPUTS };

struct sigma {
	int64_t window_ns;
	double k;
	int direction;
	int64_t samples;
	int64_t hold_ns;
	int64_t recover_ns;
	int64_t lost_ns;

	struct derived derived;
	struct rows rows;
	struct watched *watched; /* all that there are */
};

struct watched {
	struct watched *next, **back; /* NULL: not in the list yet */
	uint32_t series;
	struct derivation outputs[OUTPUTS];
	struct moments parts[PARTS + 1]; /* a ring; by number modulo its size */
	int64_t part;                    /* the number of the newest */
	bool any;
	int64_t last_ns; /* of the newest number, as it came: wall clock */
	struct flag flag;
};

static const struct farm_option options[] = {
	FARM_OPTION_DURATION("window", struct sigma, window_ns, "1h", 1e9,
	    366 * DAY_NS, "mean and deviation are of so long"),
	FARM_OPTION_NUMBER("k", struct sigma, k, "1", 0, 1e6,
	    "far is more than so many standard deviations from the mean"),
	FARM_OPTION_ENUM("direction", struct sigma, direction, "above",
	    "above|below|both", "which way"),
	FARM_OPTION_INTEGER("samples", struct sigma, samples, "10", 2, 1e9,
	    "of fewer numbers nothing is said"),
	FARM_OPTION_DURATION("hold", struct sigma, hold_ns, "0s", 0,
	    366 * DAY_NS, "how long they have to be far to raise the flag"),
	FARM_OPTION_DURATION("recover", struct sigma, recover_ns, "0s", 0,
	    366 * DAY_NS, "and not to be far to take it down"),
	FARM_OPTION_DURATION("lost", struct sigma, lost_ns, "0s", 0,
	    366 * DAY_NS,
	    "no number for so long is far, too: a probe that is lost; 0s: "
	    "never"),
	FARM_OPTION_END
};

static const struct derive_as outputs[OUTPUTS] = {
	[MEAN] = { "_mean", NULL, FARM_GAUGE },
	[DEVIATION] = { "_sigma", NULL, FARM_GAUGE },
	[FLAG] = { "_far", "", FARM_STATE },
};

static void
sigma_close(struct farm_host *host, void *state)
{
	struct sigma *s = state;

	(void)host;
	derived_free(&s->derived);
	rows_free(&s->rows);
}

static int64_t
part_of(const struct sigma *s, int64_t time_ns)
{
	int64_t length = s->window_ns / PARTS;

	return time_ns / length - (time_ns % length < 0);
}

/* Parts that are out of the window by now are empty again. */
static void
move_on(struct watched *w, int64_t part)
{
	int64_t i = w->part + 1;

	if (part - w->part > PARTS)
		i = part - PARTS;
	for (; i <= part; i++)
		w->parts[i % (PARTS + 1)] = (struct moments){ 0 };
	w->part = part;
}

static struct moments
whole(const struct watched *w)
{
	struct moments all = { 0 };

	for (int i = 0; i <= PARTS; i++)
		moments_merge(&all, &w->parts[i]);
	return all;
}

static bool
is_far(const struct sigma *s, const struct moments *m, double number)
{
	double limit = s->k * moments_deviation(m);

	if (m->n < (uint64_t)s->samples)
		return false;
	return (s->direction != BELOW && number > m->mean + limit) ||
	       (s->direction != ABOVE && number < m->mean - limit);
}

/* In front of what is there: the value itself stands behind them. */
static int
put(struct farm_host *host, struct sigma *s, struct watched *w,
    enum output output, double number)
{
	struct farm_value v = output == FLAG ? farm_int64(number != 0)
					     : farm_double(number);

	v.series = derived_find(host, &s->derived, &w->outputs[output],
	    w->series, derive_as, &outputs[output]);
	return v.series != 0 ? rows_put(host, &s->rows, v) : -1;
}

static int
tell(struct farm_host *host, const struct watched *w, int64_t time_ns,
    const struct moments *m, double number)
{
	return flag_tell(host, &w->flag, "sigma", w->series, time_ns,
	    "%g: the mean is %g, the standard deviation %g, of %llu", number,
	    m->mean, moments_deviation(m), (unsigned long long)m->n);
}

static void
join(struct sigma *s, struct watched *w, uint32_t series)
{
	if (w->back != NULL)
		return;
	w->series = series;
	w->next = s->watched;
	w->back = &s->watched;
	if (w->next != NULL)
		w->next->back = &w->next;
	s->watched = w;
}

/* The number is compared with those before it, then counts among them. */
static int
look(struct farm_host *host, struct sigma *s, struct watched *w,
    int64_t time_ns, double number)
{
	int64_t part = part_of(s, time_ns);
	struct moments m;
	bool turned;

	if (!w->any || part > w->part)
		move_on(w, part);
	m = whole(w);
	turned = flag_turn(&w->flag, is_far(s, &m, number), time_ns, s->hold_ns,
	    s->recover_ns);
	if (part > w->part - PARTS)
		moments_add(&w->parts[part % (PARTS + 1)], number);
	w->any = true;
	w->last_ns = farm_now_ns(host);
	if (turned && tell(host, w, time_ns, &m, number) != 0)
		return -1;
	if (m.n < (uint64_t)s->samples)
		return 0;
	if (put(host, s, w, MEAN, m.mean) != 0 ||
	    put(host, s, w, DEVIATION, moments_deviation(&m)) != 0)
		return -1;
	return put(host, s, w, FLAG, w->flag.up);
}

static int
sigma_apply(struct farm_host *host, void *state, const struct farm_record *in)
{
	struct sigma *s = state;
	uint32_t i;

	s->rows.n = 0;
	for (i = 0; i < in->n_values; i++) {
		const struct farm_value *v = &in->values[i];
		struct watched *w = farm_series_state(host, v->series);
		double number;

		if (w == NULL)
			return farm_fail(host, "out of memory");
		join(s, w, v->series);
		if (rows_put(host, &s->rows, *v) != 0)
			return -1;
		if (value_number(v, &number) && !isinf(number) &&
		    look(host, s, w, in->time_ns, number) != 0)
			return -1;
	}
	return rows_emit(host, &s->rows, in);
}

/* What is lost does not come: so it is looked for. */
static int
sigma_tick(struct farm_host *host, void *state, int64_t now_ns)
{
	struct sigma *s = state;
	struct farm_record now = { .time_ns = now_ns };
	struct watched *w;

	s->rows.n = 0;
	for (w = s->lost_ns > 0 ? s->watched : NULL; w != NULL; w = w->next) {
		if (!w->any || now_ns - w->last_ns < s->lost_ns ||
		    !flag_turn(
			&w->flag, true, now_ns, s->hold_ns, s->recover_ns))
			continue;
		if (flag_tell(host, &w->flag, "sigma", w->series, now_ns,
			"nothing for %g s",
			(double)(now_ns - w->last_ns) / 1e9) != 0 ||
		    put(host, s, w, FLAG, 1) != 0)
			return -1;
	}
	return rows_emit(host, &s->rows, &now);
}

static void
sigma_forget(struct farm_host *host, void *state, void *series_state)
{
	struct sigma *s = state;
	struct watched *w = series_state;

	for (int i = 0; i < OUTPUTS; i++)
		derived_forget(host, &s->derived, &w->outputs[i]);
	if (w->back == NULL)
		return;
	*w->back = w->next;
	if (w->next != NULL)
		w->next->back = w->back;
}

FARM_MODULE(sigma, FARM_FILTER) = {
	.summary = "numbers that are far from what they used to be",
	.description =
	    "Of each series the mean and the standard deviation over a "
	    "sliding `window` are kept. A number further than `k` deviations "
	    "from the mean of those before it is far; when it has been so for "
	    "`hold`, a flag is raised, and taken down when it has not for "
	    "`recover`; each turn is an event. No number for `lost` is far as "
	    "well. Values go on as they are, and beside them, once there are "
	    "`samples`, `NAME_mean`, `NAME_sigma` (of the sample, n - 1) and "
	    "`NAME_far` (0 or 1).\n\n"
	    "The window moves on by a sixtieth of its length: it holds the "
	    "newest part and the sixty before it. Each part has its own "
	    "moments, and they are merged, which keeps every digit; the far "
	    "ones count, too, so that what lasts becomes normal.\n\n"
	    "Round trips a standard deviation above their mean of an hour, "
	    "for a minute, or none at all:\n\n"
	    "```yaml\n"
	    "filters:\n"
	    "  - sigma:\n"
	    "      match: \"*/*/*/rtt\"\n"
	    "      window: 1h\n"
	    "      hold: 1m\n"
	    "      lost: 90s\n"
	    "```",
	.options = options,
	.state_size = sizeof(struct sigma),
	.close = sigma_close,
	.tick = sigma_tick,
	.filter = {
		.apply = sigma_apply,
		.series_state_size = sizeof(struct watched),
		.forget = sigma_forget,
	},
};
