/* aggregate: what the nodes of a cluster, or any series, say together. */
#include <farm/module.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bins.h"
#include "grouping.h"
#include "partial.h"
#include "parts.h"
#include "selection.h"
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
	bool partials;
	const char *source;
	struct farm_list merge;

	struct output *outputs;
	size_t n;
	struct grouping grouping;
	struct tally tally;
	struct sketch *sketch; /* NULL: no quantiles */
	bool sketched;         /* of all the numbers */
	struct bins bins;
	struct selection merged; /* no matcher: none are */
	struct partial *partial; /* room for one */
	struct parts parts;
	struct buffer bytes;
	char farm[FARM_NAME_MAX + 1]; /* "": not known yet */
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
	FARM_OPTION_BOOLEAN("partials", struct aggregate, partials, "false",
	    "also say it in a form that another aggregate can merge"),
	FARM_OPTION_STRING("source", struct aggregate, source, "",
	    "who says so in partials; the farm's name if not given"),
	FARM_OPTION_LIST("merge", struct aggregate, merge, NULL,
	    "predicates: partials that come by of groups of these names are "
	    "merged in, and go no further"),
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
	if (n == 0 && !a->partials)
		return farm_fail(host, "give: nothing to be said");
	a->outputs = calloc(n + 1, sizeof(*a->outputs));
	if (a->outputs == NULL)
		return farm_fail(host, "out of memory");
	if (open_give(host, a) != 0 || open_quantiles(host, a) != 0)
		return -1;
	return open_bins(host, a);
}

static int
open_merge(struct farm_host *host, struct aggregate *a)
{
	if (a->merge.n == 0)
		return 0;
	if (a->bins.n > 0)
		return farm_fail(host, "merge: bins cannot be merged");
	if (selection_open(host, &a->merged, "merge", &a->merge) != 0)
		return -1;
	if (matcher_has_constraints(a->merged.matcher))
		return farm_fail(
		    host, "merge: there is no value to be compared");
	a->partial = calloc(1, sizeof(*a->partial));
	return a->partial != NULL ? 0 : farm_fail(host, "out of memory");
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

	if (open_outputs(host, a) != 0 || open_merge(host, a) != 0)
		return -1;
	if (strlen(a->source) > FARM_NAME_MAX)
		return farm_fail(host, "source: more than %d bytes: \"%s\"",
		    FARM_NAME_MAX, a->source);
	return grouping_open(
	    host, &a->grouping, &a->options, a->n, name_output, a);
}

static void
close_parts(struct aggregate *a)
{
	const struct groups *g = &a->grouping.groups;

	for (size_t i = 0; i < g->n_places; i++)
		for (struct group *group = g->places[i]; group != NULL;
		     group = group->next)
			parts_expire(&a->parts, group, INT64_MAX);
}

static void
aggregate_close(struct farm_host *host, void *state)
{
	struct aggregate *a = state;

	(void)host;
	free(a->outputs);
	free(a->sketch);
	bins_free(&a->bins);
	selection_close(&a->merged);
	free(a->partial);
	close_parts(a);
	buffer_free(&a->bytes);
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

/* What is too old is known of yet. */
static void
count_part(struct aggregate *a, const struct part *part, int64_t now_ns)
{
	struct partial *p = a->partial;

	/* It could be parsed when it came. */
	if (partial_parse(p, part->bytes, part->size, NULL) != 0)
		return;
	if (now_ns - part->time_ns > a->options.expire_ns) {
		a->tally.known += p->tally.known;
		return;
	}
	tally_merge(&a->tally, &p->tally);
	if (p->sketched && a->sketch != NULL)
		sketch_merge(a->sketch, &p->sketch);
	a->sketched &= p->sketched || p->tally.moments.n == 0;
}

static void
count(struct aggregate *a, const struct group *group, int64_t now_ns)
{
	tally_init(&a->tally);
	a->sketched = a->sketch != NULL;
	if (a->sketch != NULL)
		sketch_clear(a->sketch);
	a->tally.known = group->n;
	for (const struct member *m = group->members; m != NULL; m = m->next) {
		if (!grouping_counts(&a->grouping, m, now_ns))
			continue;
		tally_add(&a->tally, m->number);
		if (a->sketch != NULL)
			sketch_add(a->sketch, m->number);
	}
	for (const struct part *p = group->parts; p != NULL; p = p->next)
		count_part(a, p, now_ns);
	if (a->of > 0)
		a->tally.known = (uint64_t)a->of;
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

/* Without a number only count and of are known, and no quantile if it is not
   known how all of them lie. */
static bool
can_say(const struct aggregate *a, enum give what)
{
	if (what == COUNT || what == OF)
		return true;
	return a->tally.moments.n > 0 && (what != QUANTILE || a->sketched);
}

/* The farm's name is that of a series for which none is said. */
static int
find_farm(struct farm_host *host, struct aggregate *a)
{
	uint32_t series;

	if (a->source[0] != '\0' || a->farm[0] != '\0')
		return 0;
	series = farm_series(host, NULL, .cluster = GROUP_ANY,
	    .node = GROUP_ANY, .parameter = "source");
	if (series == 0)
		return -1;
	snprintf(a->farm, sizeof(a->farm), "%s",
	    farm_series_info(host, series)->farm);
	farm_release(host, series);
	return 0;
}

static int
emit_partial(struct farm_host *host, struct aggregate *a,
    const struct group *group, int64_t now_ns)
{
	struct buffer *b = &a->bytes;

	if (find_farm(host, a) != 0)
		return -1;
	buffer_clear(b);
	partial_put(b, a->source[0] != '\0' ? a->source : a->farm,
	    &group->names, &a->tally, a->sketched ? a->sketch : NULL);
	if (buffer_failed(b))
		return farm_fail(host, "out of memory");
	return farm_emit_record(
	    host, NULL, FARM_AGGREGATE, now_ns, b->data, b->size);
}

static int
emit_group(struct farm_host *host, struct aggregate *a,
    const struct group *group, int64_t now_ns)
{
	count(a, group, now_ns);
	if (a->bins.n > 0)
		count_bins(a, group, now_ns);
	for (size_t i = 0; i < a->n; i++) {
		const struct output *o = &a->outputs[i];

		if (can_say(a, o->what) && grouping_put(host, &a->grouping,
					       group, i, number_of(a, o)) != 0)
			return -1;
	}
	if (grouping_emit(host, &a->grouping, now_ns) != 0)
		return -1;
	return a->partials ? emit_partial(host, a, group, now_ns) : 0;
}

/* Who has said nothing for so long is not known of any more. */
#define FORGET_AFTER 10

static int
visit_group(
    struct farm_host *host, void *context, struct group *group, int64_t now_ns)
{
	struct aggregate *a = context;

	parts_expire(
	    &a->parts, group, now_ns - FORGET_AFTER * a->options.expire_ns);
	if (!group_is_empty(group))
		return emit_group(host, a, group, now_ns);
	grouping_settle(host, &a->grouping, group);
	return 0;
}

/* --------------------------------------------------------------- calls -- */

static int
aggregate_tick(struct farm_host *host, void *state, int64_t now_ns)
{
	struct aggregate *a = state;

	if (!grouping_is_due(&a->grouping, now_ns, &now_ns))
		return 0;
	return grouping_each(host, &a->grouping, visit_group, a, now_ns);
}

static int
pass_on(struct farm_host *host, const struct farm_record *in)
{
	return farm_emit_record(
	    host, NULL, in->type, in->time_ns, in->payload, in->payload_size);
}

/* From the future it would never be too old, nor be replaced. */
static int
merge(struct farm_host *host, struct aggregate *a,
    const struct farm_series *names, const struct farm_record *in)
{
	struct group *group = grouping_find(host, &a->grouping, names);
	int64_t now_ns = farm_now_ns(host);
	int rc;

	if (group == NULL)
		return -1;
	rc = parts_take(&a->parts, group, a->partial,
	    in->time_ns < now_ns ? in->time_ns : now_ns, in->payload,
	    in->payload_size);
	grouping_settle(host, &a->grouping, group);
	if (rc != 0)
		return farm_fail(host, "no room for what %s says: %u MiB",
		    a->partial->texts[PARTIAL_SOURCE], PARTS_BYTES_MAX >> 20);
	return 0;
}

static int
take_partial(
    struct farm_host *host, struct aggregate *a, const struct farm_record *in)
{
	struct farm_series names;
	struct error err;

	if (a->merged.matcher == NULL)
		return pass_on(host, in);
	if (partial_parse(a->partial, in->payload, in->payload_size, &err) != 0)
		return farm_fail(host, "%s", err.text);
	names = (struct farm_series){
		.farm = a->partial->texts[PARTIAL_FARM],
		.cluster = a->partial->texts[PARTIAL_CLUSTER],
		.node = a->partial->texts[PARTIAL_NODE],
		.parameter = a->partial->texts[PARTIAL_PARAMETER],
		.unit = a->partial->texts[PARTIAL_UNIT],
	};
	if (!matcher_series(a->merged.matcher, &names))
		return pass_on(host, in);
	return merge(host, a, &names, in);
}

static int
aggregate_apply(
    struct farm_host *host, void *state, const struct farm_record *in)
{
	struct aggregate *a = state;

	if (in->type == FARM_AGGREGATE)
		return take_partial(host, a, in);
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
	    "With `partials: true` the same is also said in a form that an "
	    "aggregate elsewhere, or a later one here, merges with its own "
	    "numbers, if its `merge` asks for the names: those of the group, "
	    "with `all` for what is not in `by`. Over any tree of farms the "
	    "result is that of all numbers at one place, exactly; only "
	    "`variance` and `deviation` differ by rounding. Quantiles are "
	    "said if all that was merged has them, and bins cannot be merged. "
	    "Who sent nothing within `expire` is counted in `of` for ten times "
	    "as long. [aggregates](../aggregates.md) has the format.\n\n"
	    "On each of many farms, and on the one above them, where it is "
	    "`all/all/Load5_mean` of all their nodes:\n\n"
	    "```yaml\n"
	    "filters:\n"
	    "  - aggregate: {match: \"*/*/*/Load5\", partials: true}\n"
	    "```\n\n"
	    "```yaml\n"
	    "filters:\n"
	    "  - aggregate:\n"
	    "      match: \"*/*/*/Load5\"\n"
	    "      by: [parameter]\n"
	    "      merge: \"*/*/all/Load5\"\n"
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
		.types = FARM_RECORD_BIT(FARM_AGGREGATE),
		.forget = aggregate_forget,
	},
};
