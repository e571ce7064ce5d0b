/* Filters that come and go by themselves, not by a change of the
   configuration. */
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "farm.h"
#include "log.h"
#include "tap.h"

/* What has just begun has so long to come to its end. */
#define END_NS (5 * NS_PER_S)

/* The router's new chain: all filters of a list of instances. */
struct swap {
	struct farm *farm;
	struct instance **filters;
	size_t n;
	int rc;
};

/* On the router's thread. */
static void
swap_filters(void *context)
{
	struct swap *s = context;

	s->rc = router_filters(s->farm->router, s->filters, s->n);
}

static int
swap(struct farm *f, struct instance *const *list, size_t n)
{
	struct swap s = { .farm = f };
	size_t i;

	s.filters = calloc(n + 1, sizeof(struct instance *));
	if (s.filters == NULL)
		return -1;
	for (i = 0; i < n; i++)
		if (list[i]->module->role == FARM_FILTER)
			s.filters[s.n++] = list[i];
	while (!router_call(
	    f->router, swap_filters, &s, clock_mono_ns() + NS_PER_S))
		log_line(LOG_LEVEL_WARNING, "farm",
		    "waiting for the router: a filter takes its time");
	free(s.filters);
	return s.rc;
}

/* The list is the farm's from now on, if that can be. */
static int
set_instances(struct farm *f, struct instance **list, size_t n)
{
	struct instance **before = f->instances;

	if (swap(f, list, n) != 0)
		return -1;
	pthread_mutex_lock(&f->lock);
	f->instances = list;
	f->n_instances = n;
	pthread_mutex_unlock(&f->lock);
	free(before);
	return 0;
}

static int
add(struct farm *f, struct instance *in)
{
	struct instance **list = calloc(f->n_instances + 2, sizeof(*list));

	if (list == NULL)
		return -1;
	memcpy(list, f->instances, f->n_instances * sizeof(*list));
	list[f->n_instances] = in;
	if (set_instances(f, list, f->n_instances + 1) == 0)
		return 0;
	free(list);
	return -1;
}

/* One must be gone, so if there is no memory for another list it stays in. */
static int
take_out(struct farm *f, struct instance *in)
{
	struct instance **list = calloc(f->n_instances + 1, sizeof(*list));
	size_t n = 0, i;

	if (list == NULL)
		return -1;
	for (i = 0; i < f->n_instances; i++)
		if (f->instances[i] != in)
			list[n++] = f->instances[i];
	if (set_instances(f, list, n) == 0)
		return 0;
	free(list);
	return -1;
}

/* It runs first: once it is in the list, nothing can fail. */
int
farm_add_filter(struct farm *f, struct instance *in, struct error *err)
{
	if (farm_open_filter(f, in, err) != 0)
		return -1;
	if (tap_start(in->tap) == 0 && add(f, in) == 0)
		return 0;
	if (tap_stop(in->tap, clock_mono_ns() + END_NS)) {
		tap_free(in->tap);
	} else {
		instance_use(in);
		farm_leave(f, in);
	}
	return error_set(err, "out of memory");
}

bool
farm_remove_filter(
    struct farm *f, struct instance *in, int64_t deadline_mono_ns)
{
	if (take_out(f, in) != 0) {
		log_line(LOG_LEVEL_ERROR, in->name, "out of memory");
		return false;
	}
	if (!tap_stop(in->tap, deadline_mono_ns)) {
		farm_leave(f, in);
		return false;
	}
	tap_free(in->tap);
	farm_let_go(f, in);
	return true;
}
