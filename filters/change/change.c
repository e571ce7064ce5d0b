/* change: a value goes on only if it is another one. */
#include <farm/module.h>

#include "differ.h"
#include "clock.h"
#include "rows.h"

#define RESEND_MAX_NS (3650 * 86400e9)

struct filter {
	struct differ_rule rule;
	struct rows rows;
};

static const struct farm_option options[] = {
	FARM_OPTION_NUMBER("deadband", struct filter, rule.deadband, "0", 0,
	    1e300, "a number that differs by no more than this is the same"),
	FARM_OPTION_NUMBER("percent", struct filter, rule.percent, "0", 0, 1e6,
	    "the same, in percent of the number that went on last"),
	FARM_OPTION_DURATION("resend", struct filter, rule.resend_ns, "0s", 0,
	    RESEND_MAX_NS,
	    "an unchanged value goes on after so long all the same; 0s: never"),
	FARM_OPTION_END
};

static int
change_open(struct farm_host *host, void *state)
{
	struct filter *f = state;

	(void)host;
	hash_key_draw(&f->rule.key);
	return 0;
}

static void
change_close(struct farm_host *host, void *state)
{
	struct filter *f = state;

	(void)host;
	rows_free(&f->rows);
}

static int
change_apply(struct farm_host *host, void *state, const struct farm_record *in)
{
	struct filter *f = state;
	uint32_t i;

	f->rows.n = 0;
	for (i = 0; i < in->n_values; i++) {
		const struct farm_value *v = &in->values[i];
		struct differ *last = farm_series_state(host, v->series);

		if (last == NULL)
			return farm_fail(host, "out of memory");
		if (differ_take(&f->rule, last, in->time_ns, v) &&
		    rows_put(host, &f->rows, *v) != 0)
			return -1;
	}
	return rows_emit(host, &f->rows, in);
}

FARM_MODULE(change, FARM_FILTER) = {
	.summary = "a value goes on only if it is another one",
	.description =
	    "The first value of a series goes on, and then each that differs "
	    "from the one that went on last: a state when it changes, not "
	    "each second. Numbers that move a little all the time are held "
	    "back by `deadband` or `percent`; drifting does not get past "
	    "them, since what is compared with is what went on.\n\n"
	    "A series that does not change looks as if nobody measured it: "
	    "its last value gets old. `resend` says it again in time; let it "
	    "be shorter than the series' lifetime.\n\n"
	    "```yaml\n"
	    "filters:\n"
	    "  - change: {match: \"*/*/*/*_status\", resend: 5m}\n"
	    "  - change:\n"
	    "      name: temperatures\n"
	    "      match: \"*/*/*/temperature*\"\n"
	    "      deadband: 0.5\n"
	    "```",
	.options = options,
	.state_size = sizeof(struct filter),
	.open = change_open,
	.close = change_close,
	.filter = {
		.apply = change_apply,
		.series_state_size = sizeof(struct differ),
	},
};
