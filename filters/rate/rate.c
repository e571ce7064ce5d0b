/* rate: counters become rates per second. */
#include <farm/module.h>
#include <stdlib.h>

#include "buffer.h"
#include "clock.h"

/* Ten years, as people write them. */
#define GAP_MAX_NS (3650 * 86400e9)

struct rate {
	const char *suffix;
	bool keep;
	bool passed_on; /* by the host, which reads the same option */
	int64_t gap_ns;
	double max;

	struct farm_value *rows; /* of the result under way */
	size_t capacity;
	size_t n;
};

/* What is remembered of one counter. */
struct counter {
	int64_t time_ns;
	uint64_t count;
	uint32_t output; /* the rate's series; 0 before the first */
	bool seen;
};

static const struct farm_option options[] = {
	FARM_OPTION_STRING("suffix", struct rate, suffix, "",
	    "added to the parameter's name; without one the rate takes the "
	    "counter's place"),
	FARM_OPTION_BOOLEAN("keep_counters", struct rate, keep, "false",
	    "pass the counters on too; needs a suffix"),
	FARM_OPTION_BOOLEAN("keep", struct rate, passed_on, "false",
	    "as of every filter: all that matches also goes on as it was; "
	    "needs a suffix"),
	FARM_OPTION_DURATION("gap", struct rate, gap_ns, "1h", 0, GAP_MAX_NS,
	    "longest gap between two readings that still gives a rate; 0s: "
	    "any"),
	FARM_OPTION_NUMBER("max", struct rate, max, "0", 0, 1e300,
	    "a higher rate is taken for a restart of the counter; 0: no limit"),
	FARM_OPTION_END
};

static int
rate_open(struct farm_host *host, void *state)
{
	const struct rate *r = state;

	if ((r->keep || r->passed_on) && r->suffix[0] == '\0')
		return farm_fail(host,
		    "%s: needs a suffix, or counter and rate would have one "
		    "name",
		    r->keep ? "keep_counters" : "keep");
	return 0;
}

static void
rate_close(struct farm_host *host, void *state)
{
	struct rate *r = state;

	(void)host;
	free(r->rows);
}

/* The largest value of the counter that `value' is read from; 0: it is none. */
static uint64_t
counter_top(const struct farm_series *series, const struct farm_value *value)
{
	if (series == NULL || value->type != FARM_UINT64)
		return 0;
	if (series->kind == FARM_COUNTER64)
		return UINT64_MAX;
	if (series->kind == FARM_COUNTER32 && value->uint64 <= UINT32_MAX)
		return UINT32_MAX;
	return 0;
}

/*
 * How far the counter went; false after a restart.  Going backwards is a wrap
 * if the way over the top is the shorter one, as in serial numbers (RFC 1982).
 */
static bool
advance(uint64_t from, uint64_t to, uint64_t top, uint64_t *ret)
{
	uint64_t steps = (to - from) & top;

	if (to < from && steps > top / 2)
		return false;
	*ret = steps;
	return true;
}

/* Count the new reading; true with the rate since the one before. */
static bool
counter_rate(const struct rate *r, struct counter *c, int64_t time_ns,
    uint64_t count, uint64_t top, double *ret)
{
	struct counter last = *c;
	uint64_t steps, elapsed_ns;
	double rate;

	if (last.seen && time_ns <= last.time_ns)
		return false;
	c->time_ns = time_ns;
	c->count = count;
	c->seen = true;
	if (!last.seen || !advance(last.count, count, top, &steps))
		return false;
	elapsed_ns = (uint64_t)time_ns - (uint64_t)last.time_ns;
	if (r->gap_ns > 0 && elapsed_ns > (uint64_t)r->gap_ns)
		return false;
	rate = (double)steps / ((double)elapsed_ns / NS_PER_S);
	if (r->max > 0 && rate > r->max)
		return false;
	*ret = rate;
	return true;
}

/* The series of the rate: 0 with the reason given to the host. */
static uint32_t
output_series(struct farm_host *host, const struct rate *r,
    const struct farm_series *series, int64_t lifetime_ns)
{
	struct buffer name = BUFFER_INIT;
	struct buffer unit = BUFFER_INIT;
	uint32_t output = 0;

	buffer_printf(&name, "%s%s", series->parameter, r->suffix);
	buffer_printf(&unit, "%s/s", series->unit[0] ? series->unit : "1");
	if (buffer_failed(&name) || buffer_failed(&unit))
		farm_fail(host, "%s: out of memory", series->parameter);
	else
		output = farm_series(host, NULL, .farm = series->farm,
		    .cluster = series->cluster, .node = series->node,
		    .parameter = buffer_text(&name), .kind = FARM_GAUGE,
		    .unit = buffer_text(&unit), .labels = series->labels,
		    .n_labels = series->n_labels, .lifetime_ns = lifetime_ns);
	buffer_free(&name);
	buffer_free(&unit);
	return output;
}

static int
apply_value(struct farm_host *host, struct rate *r, int64_t time_ns,
    const struct farm_value *value)
{
	const struct farm_series *series = farm_series_info(
	    host, value->series);
	uint64_t top = counter_top(series, value);
	struct farm_value rate;
	struct counter *c;
	double number;

	if ((top == 0 || r->keep) && !r->passed_on)
		r->rows[r->n++] = *value;
	if (top == 0)
		return 0;
	c = farm_series_state(host, value->series);
	if (c == NULL)
		return farm_fail(host, "%s: out of memory", series->parameter);
	if (!counter_rate(r, c, time_ns, value->uint64, top, &number))
		return 0;
	if (c->output == 0)
		c->output = output_series(host, r, series,
		    farm_series_lifetime_ns(host, value->series));
	if (c->output == 0)
		return -1;
	rate = farm_double(number);
	rate.series = c->output;
	r->rows[r->n++] = rate;
	return 0;
}

/* Room for a rate and, with `keep', its counter for each of `n' values. */
static int
make_room(struct farm_host *host, struct rate *r, size_t n)
{
	struct farm_value *rows;

	if (2 * n <= r->capacity)
		return 0;
	rows = reallocarray(r->rows, n, 2 * sizeof(*rows));
	if (rows == NULL)
		return farm_fail(host, "%zu values: out of memory", n);
	r->rows = rows;
	r->capacity = 2 * n;
	return 0;
}

static int
rate_apply(struct farm_host *host, void *state, const struct farm_record *in)
{
	struct rate *r = state;
	uint32_t i;

	if (make_room(host, r, in->n_values) != 0)
		return -1;
	r->n = 0;
	for (i = 0; i < in->n_values; i++)
		if (apply_value(host, r, in->time_ns, &in->values[i]) != 0)
			return -1;
	if (r->n == 0)
		return 0;
	return farm_emit_rows(
	    host, NULL, in->time_ns, in->flags, r->rows, r->n);
}

static void
rate_forget(struct farm_host *host, void *state, void *series_state)
{
	struct counter *c = series_state;

	(void)state;
	if (c->output != 0)
		farm_release(host, c->output);
}

FARM_MODULE(rate, FARM_FILTER) = {
	.summary = "counters become rates per second",
	.description =
	    "Each reading of a counter becomes its rate since the reading "
	    "before it, per second, exact over wraps of 32 and 64 bits: bytes "
	    "(`By`) become bytes per second (`By/s`). Everything that is not "
	    "a counter passes unchanged.\n\n"
	    "No rate is given for the first reading, after a restart of the "
	    "counter, over a gap, or if time did not move on: no data is not "
	    "zero.\n\n"
	    "Without a `suffix` the rate takes the counter's place and name. "
	    "With one, both can go on:\n\n"
	    "```yaml\n"
	    "filters:\n"
	    "  - rate:\n"
	    "      match: \"*/*/*/*_octets|*_packets\"\n"
	    "      suffix: _rate\n"
	    "      keep_counters: true\n"
	    "```",
	.options = options,
	.state_size = sizeof(struct rate),
	.open = rate_open,
	.close = rate_close,
	.filter = {
		.apply = rate_apply,
		.series_state_size = sizeof(struct counter),
		.forget = rate_forget,
	},
};
