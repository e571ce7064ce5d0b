/* aggregate: what the nodes of a cluster, or any series, say together. */
#include <farm/module.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bins.h"
#include "clock.h"
#include "group.h"
#include "rows.h"
#include "sketch.h"
#include "tally.h"
#include "template.h"
#include "value.h"

#define DAY_NS 86400e9

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
static const char *const name_texts[NAMES] = { "farm", "cluster", "node",
	"parameter" };

/* One number of each group. */
struct output {
	enum give what;
	double q;      /* of a QUANTILE */
	size_t bin;    /* a BIN's */
	char text[32]; /* the name's end, behind "_" */
};

struct aggregate {
	struct farm_list by;
	struct farm_list give;
	struct farm_list quantiles;
	int64_t n_bins;
	struct farm_list edges;
	const char *texts[NAMES];
	int64_t every_ns;
	int64_t expire_ns;
	int64_t of;
	bool replace;

	struct template *templates[NAMES];
	struct output *outputs;
	size_t n;
	struct groups groups;
	struct derived derived;
	struct rows rows;
	struct tally tally;
	struct sketch *sketch; /* NULL: no quantiles */
	struct bins bins;
	int64_t due_ns; /* 0: not known yet */
};

#define NAME(TEXT, NAME)                                                       \
	FARM_OPTION_STRING(TEXT, struct aggregate, texts[NAME], "{" TEXT "}",  \
	    "template of the results' " TEXT)

static const struct farm_option options[] = {
	FARM_OPTION_LIST("by", struct aggregate, by,
	    "[farm, cluster, parameter]",
	    "names in which groups differ: farm, cluster, node, parameter"),
	FARM_OPTION_DURATION("every", struct aggregate, every_ns, "20s",
	    NS_PER_S, DAY_NS, "how often results come, at multiples of it"),
	FARM_OPTION_DURATION("expire", struct aggregate, expire_ns, "10m",
	    NS_PER_S, DAY_NS, "a number older than that does not count"),
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
	NAME("farm", FARM), NAME("cluster", CLUSTER), NAME("node", NODE),
	NAME("parameter", PARAMETER),
	FARM_OPTION_BOOLEAN("replace", struct aggregate, replace, "false",
	    "the numbers themselves go no further"),
	FARM_OPTION_END
};

/* Which of the names it is; -1 if it is none of them. */
static int
find(const char *const *names, int n, const char *text)
{
	for (int i = 0; i < n; i++)
		if (strcmp(names[i], text) == 0)
			return i;
	return -1;
}

static int
open_by(struct farm_host *host, const struct aggregate *a, bool ret[NAMES])
{
	for (size_t i = 0; i < a->by.n; i++) {
		int name = find(name_texts, NAMES, a->by.items[i]);

		if (name < 0)
			return farm_fail(host,
			    "by: \"%s\" is none of farm, cluster, node, "
			    "parameter",
			    a->by.items[i]);
		ret[name] = true;
	}
	return 0;
}

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
		int what = find(gives, GIVES, text);
		struct output o = { .what = (enum give)what };

		if (what < 0)
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

static int
aggregate_open(struct farm_host *host, void *state)
{
	struct aggregate *a = state;
	bool by[NAMES] = { false };
	struct error err;

	if (open_by(host, a, by) != 0 || open_outputs(host, a) != 0)
		return -1;
	for (int i = 0; i < NAMES; i++)
		if (template_new(&a->templates[i], a->texts[i], 0, &err) != 0)
			return farm_fail(
			    host, "%s: %s", name_texts[i], err.text);
	groups_init(&a->groups, by, a->n);
	return 0;
}

static void
aggregate_close(struct farm_host *host, void *state)
{
	struct aggregate *a = state;

	(void)host;
	for (int i = 0; i < NAMES; i++)
		template_free(a->templates[i]);
	free(a->outputs);
	free(a->sketch);
	bins_free(&a->bins);
	groups_free(&a->groups);
	derived_free(&a->derived);
	rows_free(&a->rows);
}

/* ---------------------------------------------------- series of results -- */

struct naming {
	const struct aggregate *of;
	const struct group *group;
	const struct output *output;
};

static const char *
unit_of(const struct output *o, const char *unit)
{
	switch (o->what) {
	case COUNT:
	case OF:
	case BIN:
		return "1";
	case VARIANCE:
		return "";
	default:
		return unit;
	}
}

static int
derive(struct farm_host *host, const void *context, struct farm_spec *spec,
    struct derive_room *room)
{
	const struct naming *n = context;
	struct buffer *b = &room->texts;
	size_t begins[NAMES];

	for (int i = 0; i < NAMES; i++) {
		begins[i] = b->size;
		template_print(
		    n->of->templates[i], b, &n->group->names, NULL, NULL);
		if (i == PARAMETER)
			buffer_printf(b, "_%s", n->output->text);
		buffer_putc(b, '\0');
	}
	if (buffer_failed(b))
		return farm_fail(host, "%s: out of memory", spec->parameter);
	*spec = (struct farm_spec){
		.size = sizeof(*spec),
		.kind = FARM_GAUGE,
		.farm = b->data + begins[FARM],
		.cluster = b->data + begins[CLUSTER],
		.node = b->data + begins[NODE],
		.parameter = b->data + begins[PARAMETER],
		.unit = unit_of(n->output, spec->unit),
	};
	return 1;
}

/* The results are called after the first series of the group, which has the
   unit. */
static int
name_group(struct farm_host *host, struct aggregate *a, struct member *m)
{
	for (size_t i = 0; i < a->n; i++) {
		const struct naming n = { a, m->group, &a->outputs[i] };

		if (derived_find(host, &a->derived, &m->group->outputs[i],
			m->series, derive, &n) == 0)
			return -1;
	}
	return 0;
}

static void
leave(struct farm_host *host, struct aggregate *a, struct member *m)
{
	struct group *group = m->group;

	m->group = NULL;
	if (!group_leave(group, m))
		return;
	for (size_t i = 0; i < a->n; i++)
		derived_forget(host, &a->derived, &group->outputs[i]);
	group_free(&a->groups, group);
}

static int
join(struct farm_host *host, struct aggregate *a, struct member *m,
    uint32_t series)
{
	m->series = series;
	if (group_join(&a->groups, m, farm_series_info(host, series)) != 0)
		return farm_fail(host, "out of memory");
	if (name_group(host, a, m) == 0)
		return 0;
	leave(host, a, m);
	return -1;
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
		return pow(moments_deviation(&t->moments), 2);
	case DEVIATION:
		return moments_deviation(&t->moments);
	case QUANTILE:
		return quantile(a, o->q);
	default:
		return (double)a->bins.counts[o->bin];
	}
}

static bool
counts(const struct aggregate *a, const struct member *m, int64_t now_ns)
{
	return now_ns - m->time_ns <= a->expire_ns;
}

static void
count(struct aggregate *a, const struct group *group, int64_t now_ns)
{
	tally_init(&a->tally);
	if (a->sketch != NULL)
		sketch_clear(a->sketch);
	a->tally.known = a->of > 0 ? (uint64_t)a->of : group->n;
	for (const struct member *m = group->members; m != NULL; m = m->next) {
		if (!counts(a, m, now_ns))
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
		if (counts(a, m, now_ns))
			bins_add(
			    &a->bins, m->number, a->tally.min, a->tally.max);
}

/* Without a number only count and of are known. */
static int
emit_group(struct farm_host *host, struct aggregate *a,
    const struct group *group, int64_t now_ns)
{
	count(a, group, now_ns);
	if (a->bins.n > 0)
		count_bins(a, group, now_ns);
	for (size_t i = 0; i < a->n; i++) {
		const struct output *o = &a->outputs[i];
		struct farm_value v;

		if (a->tally.moments.n == 0 && o->what != COUNT &&
		    o->what != OF)
			continue;
		v = farm_double(number_of(a, o));
		v.series = group->outputs[i].series;
		if (isfinite(v.number) && rows_put(host, &a->rows, v) != 0)
			return -1;
	}
	if (farm_emit_rows(host, NULL, now_ns, 0, a->rows.items, a->rows.n) !=
	    0)
		return -1;
	a->rows.n = 0;
	return 0;
}

static int
aggregate_tick(struct farm_host *host, void *state, int64_t now_ns)
{
	struct aggregate *a = state;
	int64_t turn_ns = now_ns - now_ns % a->every_ns;
	int64_t due_ns = a->due_ns;

	/* The clock may have been set back. */
	if (now_ns < due_ns && due_ns - now_ns <= a->every_ns)
		return 0;
	a->due_ns = turn_ns + a->every_ns;
	if (now_ns < due_ns || due_ns == 0)
		return 0;
	a->rows.n = 0;
	for (size_t i = 0; i < a->groups.n_places; i++)
		for (const struct group *g = a->groups.places[i]; g != NULL;
		     g = g->next)
			if (emit_group(host, a, g, turn_ns) != 0)
				return -1;
	return 0;
}

/* --------------------------------------------------------------- calls -- */

static int
apply_value(struct farm_host *host, struct aggregate *a, int64_t time_ns,
    const struct farm_value *v)
{
	struct member *m = farm_series_state(host, v->series);
	double number;

	if (m == NULL)
		return farm_fail(host, "out of memory");
	if (!value_number(v, &number) || isinf(number))
		return rows_put(host, &a->rows, *v);
	if (m->group == NULL && join(host, a, m, v->series) != 0)
		return -1;
	m->time_ns = time_ns;
	m->number = number;
	return a->replace ? 0 : rows_put(host, &a->rows, *v);
}

static int
aggregate_apply(
    struct farm_host *host, void *state, const struct farm_record *in)
{
	struct aggregate *a = state;

	a->rows.n = 0;
	for (uint32_t i = 0; i < in->n_values; i++)
		if (apply_value(host, a, in->time_ns, &in->values[i]) != 0)
			return -1;
	return rows_emit(host, &a->rows, in);
}

static void
aggregate_forget(struct farm_host *host, void *state, void *series_state)
{
	struct member *m = series_state;

	if (m->group != NULL)
		leave(host, state, m);
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
