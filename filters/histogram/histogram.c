/* histogram: how the numbers of many series lie. */
#include <farm/module.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "bins.h"
#include "grouping.h"

/* What is said beside the bins. */
enum output { COUNT, FROM, TO, BELOW, ABOVE, OUTPUTS };

struct histogram {
	struct grouping_options options;
	int64_t n_bins;
	struct farm_list range;

	bool ranged;
	double from;
	double to;
	char (*names)[16]; /* of the bins */
	struct bins bins;
	struct grouping grouping;
};

static const struct farm_option options[] = { GROUPING_OPTIONS(
						  struct histogram, options),
	FARM_OPTION_INTEGER("bins", struct histogram, n_bins, "10", 1, BINS_MAX,
	    "how many bins, all of one width"),
	FARM_OPTION_LIST("range", struct histogram, range, NULL,
	    "two numbers, from which to which the bins are; else from the "
	    "least to the largest number that is there"),
	FARM_OPTION_END };

/* ------------------------------------------------------------- opening -- */

static int
parse_end(struct farm_host *host, const char *text, double *ret)
{
	char *end;

	*ret = strtod(text, &end);
	if (end == text || *end != '\0' || !isfinite(*ret))
		return farm_fail(host, "range: \"%s\" is no number", text);
	return 0;
}

static int
open_range(struct farm_host *host, struct histogram *h)
{
	h->ranged = h->range.n > 0;
	if (!h->ranged)
		return 0;
	if (h->range.n != 2)
		return farm_fail(
		    host, "range: two numbers, not %zu", h->range.n);
	if (parse_end(host, h->range.items[0], &h->from) != 0 ||
	    parse_end(host, h->range.items[1], &h->to) != 0)
		return -1;
	if (h->to <= h->from)
		return farm_fail(host, "range: %s is not above %s",
		    h->range.items[1], h->range.items[0]);
	return 0;
}

static int
open_bins(struct farm_host *host, struct histogram *h)
{
	static const struct farm_list no_edges;

	if (bins_open(host, &h->bins, h->n_bins, &no_edges) != 0)
		return -1;
	h->names = calloc(h->bins.n, sizeof(*h->names));
	if (h->names == NULL)
		return farm_fail(host, "out of memory");
	for (unsigned i = 0; i < h->bins.n; i++)
		snprintf(h->names[i], sizeof(h->names[i]), "bin%u", i + 1);
	return 0;
}

/* First what stands beside the bins. */
static struct grouping_output
name_output(const void *context, size_t output)
{
	static const struct grouping_output beside[OUTPUTS] = {
		[COUNT] = { "count", "1" },
		[FROM] = { "from", NULL },
		[TO] = { "to", NULL },
		[BELOW] = { "below", "1" },
		[ABOVE] = { "above", "1" },
	};
	const struct histogram *h = context;

	if (output < OUTPUTS)
		return beside[output];
	return (struct grouping_output){ h->names[output - OUTPUTS], "1" };
}

static int
histogram_open(struct farm_host *host, void *state)
{
	struct histogram *h = state;

	if (open_range(host, h) != 0 || open_bins(host, h) != 0)
		return -1;
	return grouping_open(host, &h->grouping, &h->options,
	    OUTPUTS + h->bins.n, name_output, h);
}

static void
histogram_close(struct farm_host *host, void *state)
{
	struct histogram *h = state;

	(void)host;
	free(h->names);
	bins_free(&h->bins);
	grouping_close(&h->grouping);
}

/* ------------------------------------------------------------- results -- */

/* From the least to the largest, if no range is given.  False: none. */
static bool
find_ends(struct histogram *h, const struct group *group, int64_t now_ns)
{
	if (h->ranged)
		return true;
	h->from = INFINITY;
	h->to = -INFINITY;
	for (const struct member *m = group->members; m != NULL; m = m->next)
		if (grouping_counts(&h->grouping, m, now_ns)) {
			h->from = fmin(h->from, m->number);
			h->to = fmax(h->to, m->number);
		}
	return h->from <= h->to;
}

static uint64_t
count(struct histogram *h, const struct group *group, int64_t now_ns)
{
	uint64_t n = 0;

	bins_clear(&h->bins);
	for (const struct member *m = group->members; m != NULL; m = m->next)
		if (grouping_counts(&h->grouping, m, now_ns)) {
			bins_add(&h->bins, m->number, h->from, h->to);
			n++;
		}
	return n;
}

static int
put_bins(struct farm_host *host, struct histogram *h, const struct group *group)
{
	for (size_t i = 0; i < h->bins.n; i++)
		if (grouping_put(host, &h->grouping, group, OUTPUTS + i,
			(double)h->bins.counts[i]) != 0)
			return -1;
	return 0;
}

/* Without a number there are no ends, unless they are given. */
static int
emit_group(
    struct farm_host *host, void *context, struct group *group, int64_t now_ns)
{
	struct histogram *h = context;
	bool ends = find_ends(h, group, now_ns);
	const double beside[OUTPUTS] = {
		[COUNT] = (double)count(h, group, now_ns),
		[FROM] = ends ? h->from : NAN,
		[TO] = ends ? h->to : NAN,
		[BELOW] = h->ranged ? (double)h->bins.below : NAN,
		[ABOVE] = h->ranged ? (double)h->bins.above : NAN,
	};

	for (size_t i = 0; i < OUTPUTS; i++)
		if (grouping_put(host, &h->grouping, group, i, beside[i]) != 0)
			return -1;
	if (put_bins(host, h, group) != 0)
		return -1;
	return grouping_emit(host, &h->grouping, now_ns);
}

/* --------------------------------------------------------------- calls -- */

static int
histogram_tick(struct farm_host *host, void *state, int64_t now_ns)
{
	struct histogram *h = state;

	if (!grouping_is_due(&h->grouping, now_ns, &now_ns))
		return 0;
	return grouping_each(host, &h->grouping, emit_group, h, now_ns);
}

static int
histogram_apply(
    struct farm_host *host, void *state, const struct farm_record *in)
{
	struct histogram *h = state;

	return grouping_apply(host, &h->grouping, in);
}

static void
histogram_forget(struct farm_host *host, void *state, void *series_state)
{
	struct histogram *h = state;

	grouping_forget(host, &h->grouping, series_state);
}

FARM_MODULE(histogram, FARM_FILTER) = {
	.summary = "how the numbers of the nodes of a cluster, or of any "
		   "series, lie",
	.description =
	    "Series are put in groups as by [aggregate](aggregate.md), with "
	    "its options `by`, `every` and `expire` and its templates. At each "
	    "multiple of `every` the last number of each series is put in one "
	    "of `bins` bins of one width, and what is in them is said under "
	    "the name that the templates make with this behind it:\n\n"
	    "| end | meaning |\n"
	    "| --- | --- |\n"
	    "| `_count` | how many numbers there are |\n"
	    "| `_from`, `_to` | from where to where the bins are: as `range` "
	    "says, else from the least number to the largest |\n"
	    "| `_bin1`, `_bin2`, ... | how many are in each; a bin has its "
	    "lower end, the last one also its upper |\n"
	    "| `_below`, `_above` | how many are outside of `range`, if there "
	    "is one |\n\n"
	    "So `_count` is the sum of all others that count. Without a range, "
	    "numbers that are all the same are in the first bin. Bins between "
	    "edges of any kind are an option of `aggregate`.\n\n"
	    "The use of the file systems of all nodes, 5, 42, 47, 93 and, by "
	    "a node that counts its reserve, 104 %, is `w/all/used_bin1` 1, "
	    "`_bin2` 2, `_bin3` 0, `_bin4` 1, `_below` 0, `_above` 1, `_count` "
	    "5, `_from` 0 and `_to` 100 by:\n\n"
	    "```yaml\n"
	    "filters:\n"
	    "  - histogram:\n"
	    "      match: \"*/w/*/used\"\n"
	    "      bins: 4\n"
	    "      range: [0, 100]\n"
	    "```",
	.options = options,
	.state_size = sizeof(struct histogram),
	.open = histogram_open,
	.close = histogram_close,
	.tick = histogram_tick,
	.filter = {
		.apply = histogram_apply,
		.series_state_size = sizeof(struct member),
		.forget = histogram_forget,
	},
};
