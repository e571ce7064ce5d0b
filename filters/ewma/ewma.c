/* ewma: numbers smoothed. */
#include <farm/module.h>
#include <math.h>

#include "derived.h"
#include "rows.h"
#include "value.h"

#define MAX_NS (3650 * 86400e9)

struct ewma {
	int64_t half_life_ns;
	const char *suffix;
	bool replace;

	struct derived derived;
	struct rows rows;
};

struct smoothed {
	struct derivation to;
	bool any;
	int64_t time_ns;
	double mean;
};

static const struct farm_option options[] = {
	FARM_OPTION_DURATION("half_life", struct ewma, half_life_ns, "5m", 1,
	    MAX_NS, "after so long a number counts half as much"),
	FARM_OPTION_STRING("suffix", struct ewma, suffix, "_ewma",
	    "added to the parameter's name"),
	FARM_OPTION_BOOLEAN("replace", struct ewma, replace, "false",
	    "the numbers themselves go no further"),
	FARM_OPTION_END
};

static int
ewma_open(struct farm_host *host, void *state)
{
	const struct ewma *e = state;

	if (e->suffix[0] == '\0' && !e->replace)
		return farm_fail(host, "suffix: without one a number and its "
				       "mean have one name, which is for "
				       "replace only");
	return 0;
}

static void
ewma_close(struct farm_host *host, void *state)
{
	struct ewma *e = state;

	(void)host;
	derived_free(&e->derived);
	rows_free(&e->rows);
}

/* Weights fall with time, not with the count: so gaps do no harm. */
static void
smooth(const struct ewma *e, struct smoothed *s, int64_t time_ns, double number)
{
	double elapsed = (double)(time_ns - s->time_ns);

	if (!s->any)
		s->mean = number;
	else
		s->mean = number + (s->mean - number) *
				       exp2(-elapsed / (double)e->half_life_ns);
	s->any = true;
	s->time_ns = time_ns;
}

static int
apply_value(struct farm_host *host, struct ewma *e, int64_t time_ns,
    const struct farm_value *v)
{
	const struct derive_as as = { e->suffix, NULL, FARM_GAUGE };
	struct smoothed *s = farm_series_state(host, v->series);
	struct farm_value mean;
	double number;

	if (s == NULL)
		return farm_fail(host, "out of memory");
	if (!value_number(v, &number) || isinf(number) ||
	    (s->any && time_ns <= s->time_ns))
		return e->replace ? 0 : rows_put(host, &e->rows, *v);
	smooth(e, s, time_ns, number);
	mean = farm_double(s->mean);
	mean.series = derived_find(
	    host, &e->derived, &s->to, v->series, derive_as, &as);
	if (mean.series == 0)
		return -1;
	if (!e->replace && rows_put(host, &e->rows, *v) != 0)
		return -1;
	return rows_put(host, &e->rows, mean);
}

static int
ewma_apply(struct farm_host *host, void *state, const struct farm_record *in)
{
	struct ewma *e = state;
	uint32_t i;

	e->rows.n = 0;
	for (i = 0; i < in->n_values; i++)
		if (apply_value(host, e, in->time_ns, &in->values[i]) != 0)
			return -1;
	return rows_emit(host, &e->rows, in);
}

static void
ewma_forget(struct farm_host *host, void *state, void *series_state)
{
	struct ewma *e = state;
	struct smoothed *s = series_state;

	derived_forget(host, &e->derived, &s->to);
}

FARM_MODULE(ewma, FARM_FILTER) = {
	.summary = "numbers smoothed: means that forget",
	.description =
	    "Beside each number goes its exponentially weighted moving "
	    "average, under its name with `suffix`: with `half_life: 5m` a "
	    "number counts half as much after five minutes as now, and a "
	    "quarter after ten, however often numbers come. The first is its "
	    "own mean; what is not newer than the number before is left "
	    "out.\n\n"
	    "A load as it was over the last quarter of an hour, and over the "
	    "last day:\n\n"
	    "```yaml\n"
	    "filters:\n"
	    "  - ewma: {match: \"*/*/*/Load1\", half_life: 15m}\n"
	    "  - ewma:\n"
	    "      name: day\n"
	    "      match: \"*/*/*/Load1\"\n"
	    "      half_life: 1d\n"
	    "      suffix: _day\n"
	    "```",
	.options = options,
	.state_size = sizeof(struct ewma),
	.open = ewma_open,
	.close = ewma_close,
	.filter = {
		.apply = ewma_apply,
		.series_state_size = sizeof(struct smoothed),
		.forget = ewma_forget,
	},
};
