/* forecast: what the next number will be, and how far off that may be. */
#include <farm/module.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "derived.h"
#include "predictors.h"
#include "rows.h"
#include "value.h"

enum output { NUMBER, ERROR, BY, OUTPUTS };

struct forecast {
	struct farm_list ways;
	struct farm_list weights;
	int64_t window;
	int64_t samples;
	const char *suffix;
	bool by;
	bool replace;

	struct manner manner;
	char suffixes[OUTPUTS][FARM_NAME_MAX + 16];
	struct derived derived;
	struct rows rows;
};

struct foretold {
	struct derivation outputs[OUTPUTS];
	struct predictors *predictors;
	int64_t seen;
	int64_t time_ns;
};

static const struct farm_option options[] = {
	FARM_OPTION_LIST("ways", struct forecast, ways,
	    "[last, mean, median, trend, ewma]",
	    "ways to tell: last, mean, median, trend, ewma"),
	FARM_OPTION_LIST("weights", struct forecast, weights,
	    "[0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9]",
	    "of the newest number, above 0 to 1, in ewma: each is a way of "
	    "its own"),
	FARM_OPTION_INTEGER("window", struct forecast, window, "30", 2,
	    PREDICTORS_WINDOW_MAX,
	    "numbers that mean, median and trend are of, and so many errors "
	    "their mean"),
	FARM_OPTION_INTEGER("samples", struct forecast, samples, "3", 2, 1e6,
	    "with fewer numbers nothing is told yet"),
	FARM_OPTION_STRING("suffix", struct forecast, suffix, "_forecast",
	    "added to the parameter's name; the error has `_error` behind it"),
	FARM_OPTION_BOOLEAN("by", struct forecast, by, "false",
	    "also which way it was, as a text, with `_by` behind the suffix"),
	FARM_OPTION_BOOLEAN("replace", struct forecast, replace, "false",
	    "the numbers themselves go no further"),
	FARM_OPTION_END
};

/* ------------------------------------------------------------- opening -- */

static const char *const ways[] = { [WAY_LAST] = "last",
	[WAY_MEAN] = "mean",
	[WAY_MEDIAN] = "median",
	[WAY_TREND] = "trend",
	[WAY_EWMA] = "ewma" };

static int
add_way(struct farm_host *host, struct manner *m, const char *option,
    const struct way *way)
{
	for (size_t i = 0; i < m->n; i++)
		if (strcmp(m->ways[i].name, way->name) == 0)
			return farm_fail(host, "%s: %s stands there twice",
			    option, way->name);
	if (m->n == PREDICTORS_WAYS_MAX)
		return farm_fail(host, "%s: more than %d ways in all", option,
		    PREDICTORS_WAYS_MAX);
	m->ways[m->n++] = *way;
	return 0;
}

static int
open_weights(struct farm_host *host, struct forecast *f)
{
	for (size_t i = 0; i < f->weights.n; i++) {
		const char *text = f->weights.items[i];
		struct way way = { .kind = WAY_EWMA };
		char *end;

		way.weight = strtod(text, &end);
		if (end == text || *end != '\0' ||
		    !(way.weight > 0 && way.weight <= 1))
			return farm_fail(host,
			    "weights: \"%s\" is no number above 0 to 1", text);
		snprintf(way.name, sizeof(way.name), "ewma_%.6g", way.weight);
		if (add_way(host, &f->manner, "weights", &way) != 0)
			return -1;
	}
	return 0;
}

static int
open_way(struct farm_host *host, struct forecast *f, const char *text)
{
	struct way way = { .kind = WAY_LAST };

	while (way.kind < WAY_EWMA && strcmp(ways[way.kind], text) != 0)
		way.kind++;
	if (strcmp(ways[way.kind], text) != 0)
		return farm_fail(host,
		    "ways: \"%s\" is none of last, mean, median, trend, ewma",
		    text);
	if (way.kind == WAY_EWMA)
		return open_weights(host, f);
	snprintf(way.name, sizeof(way.name), "%s", text);
	return add_way(host, &f->manner, "ways", &way);
}

static int
open_suffixes(struct farm_host *host, struct forecast *f)
{
	static const char *const ends[OUTPUTS] = { "", "_error", "_by" };

	if (f->suffix[0] == '\0' && !f->replace)
		return farm_fail(host, "suffix: without one a number and what "
				       "is told have one name, which is for "
				       "replace only");
	if (strlen(f->suffix) > FARM_NAME_MAX)
		return farm_fail(host, "suffix: more than %d bytes: \"%s\"",
		    FARM_NAME_MAX, f->suffix);
	for (int i = 0; i < OUTPUTS; i++)
		snprintf(f->suffixes[i], sizeof(f->suffixes[i]), "%s%s",
		    f->suffix, ends[i]);
	return 0;
}

static int
forecast_open(struct farm_host *host, void *state)
{
	struct forecast *f = state;

	f->manner = (struct manner){ .window = (size_t)f->window };
	for (size_t i = 0; i < f->ways.n; i++)
		if (open_way(host, f, f->ways.items[i]) != 0)
			return -1;
	if (f->manner.n == 0)
		return farm_fail(host, "ways: there is none");
	return open_suffixes(host, f);
}

static void
forecast_close(struct farm_host *host, void *state)
{
	struct forecast *f = state;

	(void)host;
	derived_free(&f->derived);
	rows_free(&f->rows);
}

/* ------------------------------------------------------------- telling -- */

static int
put(struct farm_host *host, struct forecast *f, struct foretold *of,
    uint32_t source, enum output output, struct farm_value v)
{
	const struct derive_as as = {
		f->suffixes[output],
		output == BY ? "" : NULL,
		output == BY ? FARM_STATE : FARM_GAUGE,
	};

	v.series = derived_find(
	    host, &f->derived, &of->outputs[output], source, derive_as, &as);
	return v.series == 0 ? -1 : rows_put(host, &f->rows, v);
}

static int
tell(struct farm_host *host, struct forecast *f, struct foretold *of,
    uint32_t source)
{
	struct prediction p = predictors_best(&f->manner, of->predictors);

	if (!isfinite(p.number))
		return 0;
	if (put(host, f, of, source, NUMBER, farm_double(p.number)) != 0 ||
	    put(host, f, of, source, ERROR, farm_double(p.error)) != 0)
		return -1;
	if (!f->by)
		return 0;
	return put(
	    host, f, of, source, BY, farm_text(p.by->name, strlen(p.by->name)));
}

static int
learn(struct farm_host *host, const struct forecast *f, struct foretold *of,
    int64_t time_ns, double number)
{
	if (of->predictors == NULL)
		of->predictors = predictors_new(&f->manner);
	if (of->predictors == NULL)
		return farm_fail(host, "out of memory");
	predictors_add(&f->manner, of->predictors, time_ns, number);
	of->time_ns = time_ns;
	of->seen++;
	return 0;
}

static int
apply_value(struct farm_host *host, struct forecast *f, int64_t time_ns,
    const struct farm_value *v)
{
	struct foretold *of = farm_series_state(host, v->series);
	double number;

	if (of == NULL)
		return farm_fail(host, "out of memory");
	if (!value_number(v, &number) || isinf(number) ||
	    (of->seen > 0 && time_ns <= of->time_ns))
		return f->replace ? 0 : rows_put(host, &f->rows, *v);
	if (learn(host, f, of, time_ns, number) != 0)
		return -1;
	if (!f->replace && rows_put(host, &f->rows, *v) != 0)
		return -1;
	return of->seen < f->samples ? 0 : tell(host, f, of, v->series);
}

static int
forecast_apply(
    struct farm_host *host, void *state, const struct farm_record *in)
{
	struct forecast *f = state;
	uint32_t i;

	f->rows.n = 0;
	for (i = 0; i < in->n_values; i++)
		if (apply_value(host, f, in->time_ns, &in->values[i]) != 0)
			return -1;
	return rows_emit(host, &f->rows, in);
}

static void
forecast_forget(struct farm_host *host, void *state, void *series_state)
{
	struct forecast *f = state;
	struct foretold *of = series_state;

	for (int i = 0; i < OUTPUTS; i++)
		derived_forget(host, &f->derived, &of->outputs[i]);
	predictors_free(of->predictors);
}

FARM_MODULE(forecast, FARM_FILTER) = {
	.summary = "the next number of each series, and how far off that may "
		   "be",
	.description =
	    "Each number is foretold in several ways; what came is held "
	    "against what each of them had said. Beside each number goes, with "
	    "`suffix` behind its name, the next one as the way tells it that "
	    "was off by the least so far, and with `_error` behind that, by "
	    "how much it was off in the mean: so the error is that of "
	    "forecasts made before, never of a fit.\n\n"
	    "| way | the next number is |\n"
	    "| --- | --- |\n"
	    "| `last` | the one before |\n"
	    "| `mean`, `median` | that of the last `window` numbers |\n"
	    "| `trend` | on the straight line through these, by least squares, "
	    "as long after the last one as they came after each other |\n"
	    "| `ewma` | the mean in which each number has a weight of `weights` "
	    "and what was before the rest; each weight is a way, `ewma_0.3` "
	    "|\n\n"
	    "The mean error is that of all forecasts at first, and once there "
	    "were `window` of them each new one counts a `window`th. Of equals "
	    "the way that stands first in `ways` is taken. What is not newer "
	    "than the number before is left out. A series takes about 1.2 kB "
	    "with the defaults.\n\n"
	    "```yaml\n"
	    "filters:\n"
	    "  - forecast: {match: \"*/*/*/rtt\", by: true}\n"
	    "```\n\n"
	    "Of 1, 2, 3, 4, a minute apart, the third is the first that the "
	    "trend tells rightly; the second was told as 1 by all:\n\n"
	    "| `rtt` | `rtt_forecast` | `rtt_forecast_error` | "
	    "`rtt_forecast_by` |\n"
	    "| --- | --- | --- | --- |\n"
	    "| 3 | 4 | 0.5 | `trend` |\n"
	    "| 4 | 5 | 0.333 | `trend` |",
	.options = options,
	.state_size = sizeof(struct forecast),
	.open = forecast_open,
	.close = forecast_close,
	.filter = {
		.apply = forecast_apply,
		.series_state_size = sizeof(struct foretold),
		.forget = forecast_forget,
	},
};
