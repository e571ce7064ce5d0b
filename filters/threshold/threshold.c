/* threshold: values that cross a line, or have gone far since the last. */
#include <farm/module.h>

#include "crossing.h"
#include "rows.h"

struct threshold {
	struct crossing_rule rule;
	struct rows rows;
};

static const struct farm_option options[] = {
	FARM_OPTION_NUMBER("above", struct threshold, rule.above,
	    CROSSING_NEVER_TEXT, -CROSSING_NEVER, CROSSING_NEVER,
	    "a number goes on when it gets above this"),
	FARM_OPTION_NUMBER("below", struct threshold, rule.below,
	    "-" CROSSING_NEVER_TEXT, -CROSSING_NEVER, CROSSING_NEVER,
	    "and when it gets below this"),
	FARM_OPTION_NUMBER("hysteresis", struct threshold, rule.hysteresis, "0",
	    0, 1e300, "how far it has to come back before it can cross again"),
	FARM_OPTION_BOOLEAN("back", struct threshold, rule.back, "false",
	    "coming back goes on, too"),
	FARM_OPTION_NUMBER("delta", struct threshold, rule.delta, "0", 0, 1e300,
	    "a number goes on if it differs from the one that went on last by "
	    "more than this; 0: no matter"),
	FARM_OPTION_NUMBER("percent", struct threshold, rule.percent, "0", 0,
	    1e6, "the same, in percent of the number that went on last"),
	FARM_OPTION_END
};

static int
threshold_open(struct farm_host *host, void *state)
{
	const struct threshold *t = state;
	struct error err;

	if (crossing_check(&t->rule, &err) != 0)
		return farm_fail(host, "%s", err.text);
	return 0;
}

static void
threshold_close(struct farm_host *host, void *state)
{
	struct threshold *t = state;

	(void)host;
	rows_free(&t->rows);
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
		struct crossing *w = farm_series_state(host, v->series);

		if (w == NULL)
			return farm_fail(host, "out of memory");
		if (crossing_take(&t->rule, w, v) &&
		    rows_put(host, &t->rows, *v) != 0)
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
		.series_state_size = sizeof(struct crossing),
	},
};
