/* sample: each k-th value, and all around what matters. */
#include <farm/module.h>

#include "nodes.h"
#include "rows.h"
#include "selection.h"

#define DAY_NS 86400e9
/* As long a number is not given to another series. */
#define BEFORE_MAX_NS 600e9

struct sample {
	int64_t keep;
	int64_t interval_ns;
	struct farm_list around;
	int64_t before_ns;
	int64_t after_ns;
	int64_t memory;

	struct selection selection;
	struct nodes nodes;
	struct rows rows;
	uint64_t told; /* of what was dropped */
};

struct sampled {
	struct node *node; /* with `around' only */
	struct selected selected;
	uint64_t seen;
	int64_t last_ns; /* of what went on */
};

static const struct farm_option options[] = {
	FARM_OPTION_INTEGER("one_of", struct sample, keep, "0", 0, 1e9,
	    "of so many values of a series one goes on, the first of them; 0: "
	    "none for its count"),
	FARM_OPTION_DURATION("interval", struct sample, interval_ns, "0s", 0,
	    DAY_NS,
	    "one value of a series goes on in so long; 0s: none for its time"),
	FARM_OPTION_LIST("around", struct sample, around, NULL,
	    "predicates: when a value matches one, all values of its node go "
	    "on"),
	FARM_OPTION_DURATION("before", struct sample, before_ns, "30s", 0,
	    BEFORE_MAX_NS, "how far back from there, numbers only"),
	FARM_OPTION_DURATION("after", struct sample, after_ns, "1m", 0, DAY_NS,
	    "and how long after it"),
	FARM_OPTION_SIZE("memory", struct sample, memory, "16MiB", 0, 1e12,
	    "for the values before; what does not fit is not there to go on"),
	FARM_OPTION_END
};

static int
sample_open(struct farm_host *host, void *state)
{
	struct sample *s = state;

	if (s->keep == 0 && s->interval_ns == 0 && s->around.n == 0)
		return farm_fail(host, "needs one_of, interval or around: what "
				       "goes on");
	nodes_init(&s->nodes, (size_t)s->memory);
	return selection_open(host, &s->selection, "around", &s->around);
}

static void
sample_close(struct farm_host *host, void *state)
{
	struct sample *s = state;

	(void)host;
	selection_close(&s->selection);
	nodes_free(&s->nodes);
	rows_free(&s->rows);
}

/* By count or by time. */
static bool
has_turn(const struct sample *s, struct sampled *of, int64_t time_ns)
{
	uint64_t seen = of->seen++;

	if (s->keep > 0 && seen % (uint64_t)s->keep == 0)
		return true;
	return s->interval_ns > 0 &&
	       (seen == 0 || time_ns - of->last_ns >= s->interval_ns);
}

/* What was held of the node goes on, a result for each time. */
static int
let_go(struct farm_host *host, struct node *node, int64_t from_ns)
{
	struct farm_record then = { .type = FARM_RESULT };
	struct rows rows = { .items = NULL };
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < node->n; i++) {
		const struct held *h = node_held(node, i);

		if (h->time_ns < from_ns ||
		    farm_series_info(host, h->value.series) == NULL)
			continue;
		if (h->time_ns != then.time_ns)
			rc = rows_emit(host, &rows, &then);
		then.time_ns = h->time_ns;
		if (rc == 0)
			rc = rows_put(host, &rows, h->value);
	}
	if (rc == 0)
		rc = rows_emit(host, &rows, &then);
	rows_free(&rows);
	node_clear(node);
	return rc;
}

/* Does something in this result open the node of its values? */
static int
look_around(
    struct farm_host *host, struct sample *s, const struct farm_record *in)
{
	for (uint32_t i = 0; i < in->n_values; i++) {
		const struct farm_value *v = &in->values[i];
		struct sampled *of = farm_series_state(host, v->series);

		if (of == NULL)
			return farm_fail(host, "out of memory");
		if (of->node == NULL)
			of->node = nodes_use(
			    &s->nodes, farm_series_info(host, v->series));
		if (of->node == NULL)
			return farm_fail(host, "out of memory");
		if (!selection_wants(host, &s->selection, &of->selected, v))
			continue;
		if (of->node->open_until_ns < in->time_ns + s->after_ns)
			of->node->open_until_ns = in->time_ns + s->after_ns;
		if (let_go(host, of->node, in->time_ns - s->before_ns) != 0)
			return -1;
	}
	return 0;
}

static int
apply_value(struct farm_host *host, struct sample *s, int64_t time_ns,
    const struct farm_value *v)
{
	struct sampled *of = farm_series_state(host, v->series);
	bool turn;

	if (of == NULL)
		return farm_fail(host, "out of memory");
	turn = has_turn(s, of, time_ns);
	if (turn || (of->node != NULL && time_ns <= of->node->open_until_ns)) {
		of->last_ns = turn ? time_ns : of->last_ns;
		return rows_put(host, &s->rows, *v);
	}
	if (of->node != NULL && s->before_ns > 0 && v->type != FARM_TEXT)
		node_hold(
		    &s->nodes, of->node, time_ns, v, time_ns - s->before_ns);
	return 0;
}

static int
sample_apply(struct farm_host *host, void *state, const struct farm_record *in)
{
	struct sample *s = state;
	uint32_t i;

	if (s->around.n > 0 && look_around(host, s, in) != 0)
		return -1;
	s->rows.n = 0;
	for (i = 0; i < in->n_values; i++)
		if (apply_value(host, s, in->time_ns, &in->values[i]) != 0)
			return -1;
	return rows_emit(host, &s->rows, in);
}

static int
sample_tick(struct farm_host *host, void *state, int64_t now_ns)
{
	struct sample *s = state;

	(void)now_ns;
	if (s->nodes.dropped == s->told)
		return 0;
	farm_log(host, FARM_WARNING,
	    "memory: %llu values were not held, all %zu bytes are in use",
	    (unsigned long long)(s->nodes.dropped - s->told), s->nodes.bytes);
	s->told = s->nodes.dropped;
	return 0;
}

static void
sample_forget(struct farm_host *host, void *state, void *series_state)
{
	struct sample *s = state;
	struct sampled *of = series_state;

	(void)host;
	nodes_release(&s->nodes, of->node);
}

FARM_MODULE(sample, FARM_FILTER) = {
	.summary = "each k-th value, and all around what matters",
	.description =
	    "Much is measured often so that it is there when something "
	    "happens, and is of no use when nothing does. With `one_of: 10` "
	    "one of ten values of each series goes on, with `interval: 1m` "
	    "one a minute; the others are gone, but when a value matches "
	    "`around`, all values of its node go on for `after`, and those "
	    "of the time `before`, that were held back, follow at once with "
	    "their own times.\n\n"
	    "```yaml\n"
	    "filters:\n"
	    "  - sample:\n"
	    "      match: \"*/workers\"\n"
	    "      interval: 1m\n"
	    "      around: \"*/*/*/Load5>20\"\n"
	    "      before: 2m\n"
	    "      after: 5m\n"
	    "```",
	.options = options,
	.state_size = sizeof(struct sample),
	.open = sample_open,
	.close = sample_close,
	.tick = sample_tick,
	.filter = {
		.apply = sample_apply,
		.series_state_size = sizeof(struct sampled),
		.forget = sample_forget,
	},
};
