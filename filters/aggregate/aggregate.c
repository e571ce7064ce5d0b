/* aggregate: what the nodes of a cluster, or any series, say together. */
#include <farm/module.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bins.h"
#include "grouping.h"
#include "sketch.h"
#include "tally.h"

enum give {
	COUNT,
	OF,
	SUM,
	MIN,
	MAX,
	MEAN,
	VARIANCE,
	DEVIATION,
	QUANTILE,
	BIN
};

/* What there are names for. */
#define GIVES QUANTILE

static const char *const gives[GIVES] = { "count", "of", "sum", "min", "max",
	"mean", "variance", "deviation" };

/* One number of each group. */
struct output {
	enum give what;
	double q;      /* of a QUANTILE */
	size_t bin;    /* a BIN's */
	char text[32]; /* the name's end, behind "_" */
};

struct aggregate {
	struct grouping_options options;
	struct farm_list give;
	struct farm_list quantiles;
	int64_t n_bins;
	struct farm_list edges;
	int64_t of;

	struct output *outputs;
	size_t n;
	struct grouping grouping;
	struct tally tally;
	struct sketch *sketch; /* NULL: no quantiles */
	struct bins bins;
};

static const struct farm_option options[] = { GROUPING_OPTIONS(
						  struct aggregate, options),
	FARM_OPTION_LIST("give", struct aggregate, give,
	    "[count, of, sum, min, max, mean]",
	    "what is said of each group: count, of, sum, min, max, mean, "
	    "variance, deviation"),
	FARM_OPTION_LIST("quantiles", struct aggregate, quantiles, NULL,
	    "quantiles, 0 to 1, said as well: 0.95 is `_p95`"),
	FARM_OPTION_INTEGER("bins", struct aggregate, n_bins, "0", 0, BINS_MAX,
	    "bins of a histogram, from the least number to the largest"),
	FARM_OPTION_LIST("edges", struct aggregate, edges, NULL,
	    "numbers, rising, between which the histogram's bins are instead"),
	FARM_OPTION_INTEGER("of", struct aggregate, of, "0", 0, 1e9,
	    "how many a group should have; 0: as many as are known"),
	FARM_OPTION_END };

/* One more, of that name. */
static int
add_output(struct farm_host *host, struct aggregate *a, const char *option,
    const struct output *o)
{
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->outputs[i].text, o->text) == 0)
			return farm_fail(
			    host, "%s: %s stands there twice", option, o->text);
	a->outputs[a->n++] = *o;
	return 0;
}

static int
open_give(struct farm_host *host, struct aggregate *a)
{
	for (size_t i = 0; i < a->give.n; i++) {
		const char *text = a->give.items[i];
		struct output o = { .what = COUNT };

		while (o.what < GIVES && strcmp(gives[o.what], text) != 0)
			o.what++;
		if (o.what == GIVES)
			return farm_fail(host,
			    "give: \"%s\" is none of count, of, sum, min, max, "
			    "mean, variance, deviation",
			    text);
		snprintf(o.text, sizeof(o.text), "%s", text);
		if (add_output(host, a, "give", &o) != 0)
			return -1;
	}
	return 0;
}

static int
open_quantiles(struct farm_host *host, struct aggregate *a)
{
	for (size_t i = 0; i < a->quantiles.n; i++) {
		const char *text = a->quantiles.items[i];
		struct output o = { .what = QUANTILE };
		char *end;

		o.q = strtod(text, &end);
		if (end == text || *end != '\0' || !(o.q >= 0 && o.q <= 1))
			return farm_fail(host,
			    "quantiles: \"%s\" is no number from 0 to 1", text);
		snprintf(o.text, sizeof(o.text), "p%.15g", 100 * o.q);
		if (add_output(host, a, "quantiles", &o) != 0)
			return -1;
	}
	if (a->quantiles.n > 0)
		a->sketch = calloc(1, sizeof(*a->sketch));
	if (a->quantiles.n > 0 && a->sketch == NULL)
		return farm_fail(host, "out of memory");
	return 0;
}

static int
open_bins(struct farm_host *host, struct aggregate *a)
{
	for (size_t i = 0; i < a->bins.n; i++) {
		struct output o = { .what = BIN, .bin = i };

		snprintf(o.text, sizeof(o.text), "bin%zu", i + 1);
		if (add_output(host, a, "bins", &o) != 0)
			return -1;
	}
	return 0;
}

static int
open_outputs(struct farm_host *host, struct aggregate *a)
{
	size_t n;

	if (bins_open(host, &a->bins, a->n_bins, &a->edges) != 0)
		return -1;
	n = a->give.n + a->quantiles.n + a->bins.n;
	if (n == 0)
		return farm_fail(host, "give: nothing to be said");
	a->outputs = calloc(n, sizeof(*a->outputs));
	if (a->outputs == NULL)
		return farm_fail(host, "out of memory");
	if (open_give(host, a) != 0 || open_quantiles(host, a) != 0)
		return -1;
	return open_bins(host, a);
}

static struct grouping_output
name_output(const void *context, size_t output)
{
	const struct aggregate *a = context;
	const struct output *o = &a->outputs[output];

	switch (o->what) {
	case COUNT:
	case OF:
	case BIN:
		return (struct grouping_output){ o->text, "1" };
	case VARIANCE:
		return (struct grouping_output){ o->text, "" };
	default:
		return (struct grouping_output){ o->text, NULL };
	}
}

static int
aggregate_open(struct farm_host *host, void *state)
{
	struct aggregate *a = state;

	if (open_outputs(host, a) != 0)
		return -1;
	return grouping_open(
	    host, &a->grouping, &a->options, a->n, name_output, a);
}

static void
aggregate_close(struct farm_host *host, void *state)
{
	struct aggregate *a = state;

	(void)host;
	free(a->outputs);
	free(a->sketch);
	bins_free(&a->bins);
	grouping_close(&a->grouping);
}

/* ------------------------------------------------------------- results -- */

/* A bin's middle may lie beyond all numbers. */
static double
quantile(const struct aggregate *a, double q)
{
	double number = sketch_quantile(a->sketch, q);

	return fmin(fmax(number, a->tally.min), a->tally.max);
}

static double
number_of(const struct aggregate *a, const struct output *o)
{
	const struct tally *t = &a->tally;
	double n = (double)t->moments.n;

	switch (o->what) {
	case COUNT:
		return n;
	case OF:
		return (double)t->known;
	case SUM:
		return exact_sum(&t->sum);
	case MIN:
		return t->min;
	case MAX:
		return t->max;
	case MEAN:
		return exact_sum(&t->sum) / n;
	case VARIANCE:
		return moments_variance(&t->moments);
	case DEVIATION:
		return moments_deviation(&t->moments);
	case QUANTILE:
		return quantile(a, o->q);
	default:
		return (double)a->bins.counts[o->bin];
	}
}

static void
count(struct aggregate *a, const struct group *group, int64_t now_ns)
{
	tally_init(&a->tally);
	if (a->sketch != NULL)
		sketch_clear(a->sketch);
	a->tally.known = a->of > 0 ? (uint64_t)a->of : group->n;
	for (const struct member *m = group->members; m != NULL; m = m->next) {
		if (!grouping_counts(&a->grouping, m, now_ns))
			continue;
		tally_add(&a->tally, m->number);
		if (a->sketch != NULL)
			sketch_add(a->sketch, m->number);
	}
}

/* After count(), as the bins' width is known only then. */
static void
count_bins(struct aggregate *a, const struct group *group, int64_t now_ns)
{
	bins_clear(&a->bins);
	for (const struct member *m = group->members; m != NULL; m = m->next)
		if (grouping_counts(&a->grouping, m, now_ns))
			bins_add(
			    &a->bins, m->number, a->tally.min, a->tally.max);
}

/* Without a number only count and of are known. */
static int
emit_group(
    struct farm_host *host, void *context, struct group *group, int64_t now_ns)
{
	struct aggregate *a = context;

	count(a, group, now_ns);
	if (a->bins.n > 0)
		count_bins(a, group, now_ns);
	for (size_t i = 0; i < a->n; i++) {
		const struct output *o = &a->outputs[i];

		if (a->tally.moments.n == 0 && o->what != COUNT &&
		    o->what != OF)
			continue;
		if (grouping_put(
			host, &a->grouping, group, i, number_of(a, o)) != 0)
			return -1;
	}
	return grouping_emit(host, &a->grouping, now_ns);
}

/* --------------------------------------------------------------- calls -- */

static int
aggregate_tick(struct farm_host *host, void *state, int64_t now_ns)
{
	struct aggregate *a = state;

	if (!grouping_is_due(&a->grouping, now_ns, &now_ns))
		return 0;
	return grouping_each(host, &a->grouping, emit_group, a, now_ns);
}

static int
aggregate_apply(
    struct farm_host *host, void *state, const struct farm_record *in)
{
	struct aggregate *a = state;

	return grouping_apply(host, &a->grouping, in);
}

static void
aggregate_forget(struct farm_host *host, void *state, void *series_state)
{
	struct aggregate *a = state;

	grouping_forget(host, &a->grouping, series_state);
}

FARM_MODULE(aggregate, FARM_FILTER) = {
	.summary = "what the nodes of a cluster, or any series, say together",
	.description =
	    "Series whose names are the same in all that `by` lists are a "
	    "group. At each multiple of `every` the last number of each is "
	    "taken, unless it is older than `expire`, and what `give` asks for "
	    "is said of them, under the name that the templates make with the "
	    "function's behind it: `Load5_mean`. In templates a name that is "
	    "not in `by` is `all`; so by default the results of a cluster's "
	    "nodes are those of its node `all`.\n\n"
	    "| function | meaning |\n"
	    "| --- | --- |\n"
	    "| `count` | how many answered: gave a number within `expire` |\n"
	    "| `of` | how many there are: all that have not yet been "
	    "forgotten, or what the option `of` says |\n"
	    "| `sum`, `min`, `max`, `mean` | of the numbers |\n"
	    "| `variance`, `deviation` | of the sample (n - 1), its root; 0 "
	    "of one number |\n"
	    "| `p50`, `p95`, ... | the `quantiles`, within 1 % of a number "
	    "that is there |\n"
	    "| `bin1`, `bin2`, ... | how many numbers lie in each of the "
	    "`bins` of one width, the first from the least on, the last to the "
	    "largest; or, with `edges: [0.25, 0.5]`, below 0.25, from there "
	    "and below 0.5, and from there on |\n\n"
	    "Where none answered, there is a `count` of 0, `of`, and nothing "
	    "else. The sum is exact and rounded once, in the end: it is the "
	    "same in whatever order the numbers come, and so is the mean. What "
	    "is infinite is left out. Counters say nothing that can be added: "
	    "put a `rate` before.\n\n"
	    "The last load of the nodes 1 to 4 of a cluster `w`, 0.5, 1, 1.5 "
	    "and 5, the last of them eleven minutes old, is `w/all/Load5_count` "
	    "3, `_of` 4, `_sum` 3, `_min` 0.5, `_max` 1.5, `_mean` 1 by:\n\n"
	    "```yaml\n"
	    "filters:\n"
	    "  - aggregate:\n"
	    "      match: \"*/w/*/Load5\"\n"
	    "      every: 20s\n"
	    "      expire: 10m\n"
	    "```\n\n"
	    "Its clusters as one, too, as `farm/total/Load5_sum`:\n\n"
	    "```yaml\n"
	    "filters:\n"
	    "  - aggregate:\n"
	    "      match: \"*/*/*/Load5\"\n"
	    "      by: [farm, parameter]\n"
	    "      cluster: farm\n"
	    "      node: total\n"
	    "      give: [sum]\n"
	    "```\n\n"
	    "What MonALISA's farm-global filter says of the worker nodes, the "
	    "clusters with `PN` in their names, is said by "
	    "`config/farm-global.yaml`: each of its sixteen parameters every "
	    "20 s, with a histogram of 8 bins, of loads with 5 that are 0.25 "
	    "wide, as those of `all/all`.",
	.options = options,
	.state_size = sizeof(struct aggregate),
	.open = aggregate_open,
	.close = aggregate_close,
	.tick = aggregate_tick,
	.filter = {
		.apply = aggregate_apply,
		.series_state_size = sizeof(struct member),
		.forget = aggregate_forget,
	},
};
