#include "grouping.h"

#include <math.h>
#include <string.h>

#include "error.h"
#include "value.h"

static const char *const name_texts[GROUP_NAMES] = { "farm", "cluster", "node",
	"parameter" };

static int
open_by(
    struct farm_host *host, const struct farm_list *by, bool ret[GROUP_NAMES])
{
	for (size_t i = 0; i < by->n; i++) {
		int name = 0;

		while (name < GROUP_NAMES &&
		       strcmp(name_texts[name], by->items[i]) != 0)
			name++;
		if (name == GROUP_NAMES)
			return farm_fail(host,
			    "by: \"%s\" is none of farm, cluster, node, "
			    "parameter",
			    by->items[i]);
		ret[name] = true;
	}
	return 0;
}

int
grouping_open(struct farm_host *host, struct grouping *g,
    const struct grouping_options *options, size_t n_outputs,
    grouping_output_fn *output, const void *context)
{
	bool by[GROUP_NAMES] = { false };
	struct error err;

	g->options = options;
	g->output = output;
	g->context = context;
	g->n_outputs = n_outputs;
	if (open_by(host, &options->by, by) != 0)
		return -1;
	for (int i = 0; i < GROUP_NAMES; i++)
		if (template_new(
			&g->templates[i], options->texts[i], 0, &err) != 0)
			return farm_fail(
			    host, "%s: %s", name_texts[i], err.text);
	groups_init(&g->groups, by, n_outputs);
	return 0;
}

void
grouping_close(struct grouping *g)
{
	for (int i = 0; i < GROUP_NAMES; i++)
		template_free(g->templates[i]);
	groups_free(&g->groups);
	derived_free(&g->derived);
	rows_free(&g->rows);
}

/* ---------------------------------------------------- series of results -- */

struct naming {
	const struct grouping *of;
	const struct group *group;
	struct grouping_output output;
};

static int
derive(struct farm_host *host, const void *context, struct farm_spec *spec,
    struct derive_room *room)
{
	const struct naming *n = context;
	struct buffer *b = &room->texts;
	size_t begins[GROUP_NAMES];

	for (int i = 0; i < GROUP_NAMES; i++) {
		begins[i] = b->size;
		template_print(
		    n->of->templates[i], b, &n->group->names, NULL, NULL);
		if (i == GROUP_PARAMETER)
			buffer_printf(b, "_%s", n->output.text);
		buffer_putc(b, '\0');
	}
	if (buffer_failed(b))
		return farm_fail(host, "%s: out of memory", spec->parameter);
	*spec = (struct farm_spec){
		.size = sizeof(*spec),
		.kind = FARM_GAUGE,
		.farm = b->data + begins[GROUP_FARM],
		.cluster = b->data + begins[GROUP_CLUSTER],
		.node = b->data + begins[GROUP_NODE],
		.parameter = b->data + begins[GROUP_PARAMETER],
		.unit = n->output.unit != NULL ? n->output.unit : spec->unit,
	};
	return 1;
}

/* The results are called after the first series of the group, which has the
   unit. */
static int
name_group(struct farm_host *host, struct grouping *g, struct member *m)
{
	for (size_t i = 0; i < g->n_outputs; i++) {
		const struct naming n = { g, m->group,
			g->output(g->context, i) };

		if (derived_find(host, &g->derived, &m->group->outputs[i],
			m->series, derive, &n) == 0)
			return -1;
	}
	return 0;
}

static void
leave(struct farm_host *host, struct grouping *g, struct member *m)
{
	struct group *group = m->group;

	m->group = NULL;
	if (!group_leave(group, m))
		return;
	for (size_t i = 0; i < g->n_outputs; i++)
		derived_forget(host, &g->derived, &group->outputs[i]);
	group_free(&g->groups, group);
}

static int
join(struct farm_host *host, struct grouping *g, struct member *m,
    uint32_t series)
{
	m->series = series;
	if (group_join(&g->groups, m, farm_series_info(host, series)) != 0)
		return farm_fail(host, "out of memory");
	if (name_group(host, g, m) == 0)
		return 0;
	leave(host, g, m);
	return -1;
}

/* -------------------------------------------------------------- numbers -- */

static int
apply_value(struct farm_host *host, struct grouping *g, int64_t time_ns,
    const struct farm_value *v)
{
	struct member *m = farm_series_state(host, v->series);
	double number;

	if (m == NULL)
		return farm_fail(host, "out of memory");
	if (!value_number(v, &number) || isinf(number))
		return rows_put(host, &g->rows, *v);
	if (m->group == NULL && join(host, g, m, v->series) != 0)
		return -1;
	m->time_ns = time_ns;
	m->number = number;
	return g->options->replace ? 0 : rows_put(host, &g->rows, *v);
}

int
grouping_apply(
    struct farm_host *host, struct grouping *g, const struct farm_record *in)
{
	g->rows.n = 0;
	for (uint32_t i = 0; i < in->n_values; i++)
		if (apply_value(host, g, in->time_ns, &in->values[i]) != 0)
			return -1;
	return rows_emit(host, &g->rows, in);
}

void
grouping_forget(struct farm_host *host, struct grouping *g, struct member *m)
{
	if (m->group != NULL)
		leave(host, g, m);
}

bool
grouping_counts(
    const struct grouping *g, const struct member *m, int64_t now_ns)
{
	return now_ns - m->time_ns <= g->options->expire_ns;
}

/* -------------------------------------------------------------- results -- */

bool
grouping_is_due(struct grouping *g, int64_t now_ns, int64_t *ret_ns)
{
	int64_t every_ns = g->options->every_ns;
	int64_t turn_ns = now_ns - now_ns % every_ns;
	int64_t due_ns = g->due_ns;

	/* The clock may have been set back. */
	if (now_ns < due_ns && due_ns - now_ns <= every_ns)
		return false;
	g->due_ns = turn_ns + every_ns;
	g->rows.n = 0;
	if (now_ns < due_ns || due_ns == 0)
		return false;
	*ret_ns = turn_ns;
	return true;
}

int
grouping_each(struct farm_host *host, struct grouping *g, grouping_fn *each,
    void *context, int64_t now_ns)
{
	for (size_t i = 0; i < g->groups.n_places; i++)
		for (struct group *group = g->groups.places[i]; group != NULL;
		     group = group->next)
			if (each(host, context, group, now_ns) != 0)
				return -1;
	return 0;
}

int
grouping_put(struct farm_host *host, struct grouping *g,
    const struct group *group, size_t output, double number)
{
	struct farm_value v = farm_double(number);

	v.series = group->outputs[output].series;
	return isfinite(number) ? rows_put(host, &g->rows, v) : 0;
}

int
grouping_emit(struct farm_host *host, struct grouping *g, int64_t time_ns)
{
	size_t n = g->rows.n;

	g->rows.n = 0;
	return farm_emit_rows(host, NULL, time_ns, 0, g->rows.items, n);
}
