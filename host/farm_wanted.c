/* Who asks for values that only come on request. */
#include "farm.h"

#include <stdlib.h>

#include "clock.h"
#include "predicate.h"

/* Nobody is kept longer than this for first values. */
#define AWAIT_NS (2 * NS_PER_S)

/* Names of nodes and parameters, borrowed from the configuration. */
static int
fill_source(struct matcher_source *ret, const struct instance *in,
    const struct instance_config *own)
{
	struct farm_parameter p;
	const char **names;
	size_t n = 0, i;

	while (module_parameter(in->module, n, &p))
		n++;
	names = calloc(own->n_nodes + n + 1, sizeof(*names));
	if (names == NULL)
		return -1;
	for (i = 0; i < own->n_nodes; i++)
		names[i] = own->nodes[i].name;
	for (i = 0; i < n && module_parameter(in->module, i, &p); i++)
		names[own->n_nodes + i] = p.name;
	*ret = (struct matcher_source){
		.farm = in->farm,
		.cluster = in->cluster,
		.nodes = names,
		.n_nodes = own->n_nodes,
		.parameters = names + own->n_nodes,
		.n_parameters = n,
	};
	return 0;
}

/* Without memory to tell, it may. */
static bool
may_give(struct instance *in, const struct matcher *m, int64_t *ret_deadline_ns)
{
	struct matcher_source source;
	struct instance_config own;
	bool may = true;

	pthread_mutex_lock(&in->lock);
	own = in->own;
	(void)arena_share(own.arena);
	pthread_mutex_unlock(&in->lock);
	*ret_deadline_ns = own.deadline_ns;
	if (!own.on_request) {
		may = false;
	} else if (fill_source(&source, in, &own) == 0) {
		may = matcher_may_match(m, &source);
		free((void *)source.nodes);
	}
	arena_free(own.arena);
	return may;
}

/* Not there in time: its name goes into the list. */
static bool
await(struct farm *f, struct instance *in, int64_t begin_mono_ns,
    int64_t most_ns, struct buffer *late, size_t n_late)
{
	if (most_ns > AWAIT_NS)
		most_ns = AWAIT_NS;
	if (schedule_await(f->schedule, in, true, begin_mono_ns + most_ns))
		return true;
	buffer_puts(late, n_late == 0 ? ",\"awaited\":[" : ",");
	buffer_json_text(late, in->name);
	return false;
}

bool
farm_await(struct farm *f, const struct matcher *m, struct buffer *late)
{
	size_t n, n_awaited = 0, n_late = 0, i;
	struct instance **list = farm_instances(f, &n);
	int64_t now = clock_mono_ns(), most;

	for (i = 0; i < n; i++)
		if (list[i]->module->role == FARM_COLLECTOR &&
		    may_give(list[i], m, &most) &&
		    schedule_wanted(f->schedule, list[i]))
			n_awaited++;
	for (i = 0; i < n && n_awaited > 0 && late != NULL; i++)
		if (list[i]->module->role == FARM_COLLECTOR &&
		    may_give(list[i], m, &most) &&
		    !await(f, list[i], now, most, late, n_late))
			n_late++;
	if (n_late > 0)
		buffer_putc(late, ']');
	if (n_awaited > 0 && late != NULL)
		(void)router_flush(f->router, now + AWAIT_NS);
	farm_instances_release(list, n);
	return n_awaited > 0;
}

void
farm_wanted(struct farm *f, const struct farm_predicate *predicate)
{
	struct matcher *m;

	if (matcher_new(&m, predicate, 1, NULL) != 0)
		return;
	(void)farm_await(f, m, NULL);
	matcher_free(m);
}
