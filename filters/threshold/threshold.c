/* threshold: values that cross a line, or have gone far since the last. */
#include <farm/module.h>
#include <math.h>

#include "rows.h"
#include "value.h"

/* No number is beyond these. */
#define NEVER 1e308
#define NEVER_TEXT "1e308"

struct threshold {
	double above;
	double below;
	double hysteresis;
	bool back;
	double delta;
	double percent;

	struct rows rows;
};

enum side { UNKNOWN, BETWEEN, ABOVE, BELOW };

struct watched {
	enum side side;
	bool sent;
	double last; /* what went on */
};

static const struct farm_option options[] = {
	FARM_OPTION_NUMBER("above", struct threshold, above, NEVER_TEXT, -NEVER,
	    NEVER, "a number goes on when it gets above this"),
	FARM_OPTION_NUMBER("below", struct threshold, below, "-" NEVER_TEXT,
	    -NEVER, NEVER, "and when it gets below this"),
	FARM_OPTION_NUMBER("hysteresis", struct threshold, hysteresis, "0", 0,
	    1e300, "how far it has to come back before it can cross again"),
	FARM_OPTION_BOOLEAN("back", struct threshold, back, "false",
	    "coming back goes on, too"),
	FARM_OPTION_NUMBER("delta", struct threshold, delta, "0", 0, 1e300,
	    "a number goes on if it differs from the one that went on last by "
	    "more than this; 0: no matter"),
	FARM_OPTION_NUMBER("percent", struct threshold, percent, "0", 0, 1e6,
	    "the same, in percent of the number that went on last"),
	FARM_OPTION_END
};

static int
threshold_open(struct farm_host *host, void *state)
{
	const struct threshold *t = state;

	if (t->above == NEVER && t->below == -NEVER && t->delta == 0 &&
	    t->percent == 0)
		return farm_fail(host, "needs one of above, below, delta and "
				       "percent: what is looked for");
	if (t->below >= t->above)
		return farm_fail(host, "below: %g is not less than above: %g",
		    t->below, t->above);
	if (t->hysteresis >= t->above - t->below)
		return farm_fail(host,
		    "hysteresis: %g is all the way from above to below",
		    t->hysteresis);
	return 0;
}

static void
threshold_close(struct farm_host *host, void *state)
{
	struct threshold *t = state;

	(void)host;
	rows_free(&t->rows);
}

/* On which side it is, seen from where it was. */
static enum side
side_of(const struct threshold *t, enum side before, double number)
{
	double above = t->above, below = t->below;

	if (before == ABOVE)
		above -= t->hysteresis;
	if (before == BELOW)
		below += t->hysteresis;
	if (number > above)
		return ABOVE;
	return number < below ? BELOW : BETWEEN;
}

static bool
crosses(const struct threshold *t, struct watched *w, double number)
{
	enum side before = w->side;

	w->side = side_of(t, before, number);
	if (w->side == before)
		return false;
	return w->side != BETWEEN || (t->back && before != UNKNOWN);
}

static bool
is_far(const struct threshold *t, const struct watched *w, double number)
{
	double far = fabs(number - w->last);

	if (t->delta == 0 && t->percent == 0)
		return false;
	return !w->sent || (t->delta > 0 && far > t->delta) ||
	       (t->percent > 0 && far > fabs(w->last) * t->percent / 100);
}

static bool
goes_on(const struct threshold *t, struct watched *w,
    const struct farm_value *value)
{
	double number;
	bool crossed;

	if (!value_number(value, &number))
		return false;
	crossed = crosses(t, w, number);
	if (!crossed && !is_far(t, w, number))
		return false;
	w->sent = true;
	w->last = number;
	return true;
}

static int
threshold_apply(
    struct farm_host *host, void *state, const struct farm_record *in)
{
	struct threshold *t = state;
	uint32_t i;

	t->rows.n = 0;
	for (i = 0; i < in->n_values; i++) {
		const struct farm_value *v = &in->values[i];
		struct watched *w = farm_series_state(host, v->series);

		if (w == NULL)
			return farm_fail(host, "out of memory");
		if (goes_on(t, w, v) && rows_put(host, &t->rows, *v) != 0)
			return -1;
	}
	return rows_emit(host, &t->rows, in);
}

FARM_MODULE(threshold, FARM_FILTER) = {
	.summary = "values that cross a line, or have gone far since the last",
	.description =
	    "A number goes on once when it gets above `above` or below "
	    "`below`, and not again before it has come back, by `hysteresis` "
	    "at least; with `back` its coming back goes on, too. With `delta` "
	    "or `percent` the first number goes on, and then each that is "
	    "further than that from the one that went on last. All other "
	    "values are gone, and so are texts.\n\n"
	    "Of 10, 49, 51, 60, 40, 55, with `above: 50`, go on 51 and 55, "
	    "with `back` also 40. Of 100, 110, 121, 130, 146, with `percent: "
	    "20`, go on 100, 121 and 146.\n\n"
	    "```yaml\n"
	    "filters:\n"
	    "  - threshold:\n"
	    "      match: \"*/*/*/cpu_usage\"\n"
	    "      above: 50\n"
	    "      hysteresis: 5\n"
	    "      back: true\n"
	    "```",
	.options = options,
	.state_size = sizeof(struct threshold),
	.open = threshold_open,
	.close = threshold_close,
	.filter = {
		.apply = threshold_apply,
		.series_state_size = sizeof(struct watched),
	},
};
