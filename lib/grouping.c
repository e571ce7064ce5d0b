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

/* The series of one result; 0, said to the host, if there is none. */
static uint32_t
name_output(struct farm_host *host, struct grouping *g, struct group *group,
    size_t output)
{
	struct grouping_output o = g->output(g->context, output);
	struct farm_spec spec = { .size = sizeof(spec), .kind = FARM_GAUGE };
	struct buffer b = BUFFER_INIT;
	size_t begins[GROUP_NAMES];
	uint32_t series = 0;

	for (int i = 0; i < GROUP_NAMES; i++) {
		begins[i] = b.size;
		template_print(g->templates[i], &b, &group->names, NULL, NULL);
		if (i == GROUP_PARAMETER)
			buffer_printf(&b, "_%s", o.text);
		buffer_putc(&b, '\0');
	}
	if (buffer_failed(&b)) {
		farm_fail(host, "%s: out of memory", group->names.parameter);
	} else {
		spec.farm = b.data + begins[GROUP_FARM];
		spec.cluster = b.data + begins[GROUP_CLUSTER];
		spec.node = b.data + begins[GROUP_NODE];
		spec.parameter = b.data + begins[GROUP_PARAMETER];
		spec.unit = o.unit != NULL ? o.unit : group->names.unit;
		series = derived_make(
		    host, &g->derived, &group->outputs[output], &spec);
	}
	buffer_free(&b);
	return series;
}

struct group *
grouping_find(
    struct farm_host *host, struct grouping *g, const struct farm_series *names)
{
	struct group *group = group_find(&g->groups, names);

	if (group == NULL) {
		farm_fail(host, "out of memory");
		return NULL;
	}
	for (size_t i = 0; i < g->n_outputs; i++)
		if (group->outputs[i].series == 0 &&
		    name_output(host, g, group, i) == 0) {
			grouping_settle(host, g, group);
			return NULL;
		}
	return group;
}

void
grouping_settle(struct farm_host *host, struct grouping *g, struct group *group)
{
	if (!group_is_empty(group))
		return;
	for (size_t i = 0; i < g->n_outputs; i++)
		derived_forget(host, &g->derived, &group->outputs[i]);
	group_free(&g->groups, group);
}

static int
join(struct farm_host *host, struct grouping *g, struct member *m,
    uint32_t series)
{
	struct group *group = grouping_find(
	    host, g, farm_series_info(host, series));

	if (group == NULL)
		return -1;
	group_join(group, m);
	return 0;
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
	struct group *group = m->group;

	if (group == NULL)
		return;
	group_leave(m);
	grouping_settle(host, g, group);
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
	struct group *group, *next;

	for (size_t i = 0; i < g->groups.n_places; i++)
		for (group = g->groups.places[i]; group != NULL; group = next) {
			next = group->next;
			if (each(host, context, group, now_ns) != 0)
				return -1;
		}
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
