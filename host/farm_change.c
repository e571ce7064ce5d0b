/*
 * From one configuration to the next while the farm runs.  What can fail, the
 * opening of filters and of sockets, comes first; then writers, filters and
 * collectors are touched one by one, those that go before those that come.
 */
#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "clock.h"
#include "farm.h"
#include "listen_socket.h"
#include "log.h"
#include "plan.h"
#include "predicate.h"
#include "tap.h"
#include "tls.h"

struct change {
	struct farm *farm;
	const struct plan *plan;
	int64_t deadline_mono_ns;
	/* The list to come, in the order of roles; each item's instance. */
	struct instance **writers;
	struct instance **filters;
	struct instance **collectors;
	struct instance **chain; /* the filters to come, and loaded ones */
	/* Out of the list; to be released once nothing of theirs is queued. */
	struct instance **gone;
	size_t n_gone;
	int filters_rc; /* of router_filters() */
};

static struct instance *
find(struct farm *f, const struct plan_item *item)
{
	size_t i;

	/* Only changes write the list, and there is one at a time. */
	for (i = 0; i < f->n_instances; i++)
		if (f->instances[i]->module == item->before->module &&
		    strcmp(f->instances[i]->name, item->before->name) == 0)
			return f->instances[i];
	return NULL;
}

static bool
is_moved(const struct plan_item *item)
{
	return item->before->place->line != item->after->place->line ||
	       strcmp(item->before->place->file, item->after->place->file) != 0;
}

/* ------------------------------------------------------- what is left over */

void
farm_leave(struct farm *f, struct instance *in)
{
	struct instance **grown = realloc(
	    f->left, (f->n_left + 1) * sizeof(*grown));

	if (grown == NULL)
		return; /* never freed, which is safe */
	f->left = grown;
	grown[f->n_left++] = in;
}

static void
leave(struct farm *f, struct instance *in)
{
	log_line(LOG_LEVEL_WARNING, in->name,
	    "removed, but a call does not come back; left behind");
	farm_leave(f, in);
}

static void
report_rest(const struct instance *in, uint64_t rest)
{
	if (rest > 0)
		log_line(LOG_LEVEL_ERROR, in->name,
		    "removed with %llu values not stored",
		    (unsigned long long)rest);
}

static bool
end_filter(struct instance *in, int64_t deadline_mono_ns)
{
	if (in->tap == NULL) {
		instance_close(in, &call_ops);
		return true;
	}
	if (!tap_stop(in->tap, deadline_mono_ns))
		return false;
	tap_free(in->tap);
	return true;
}

/* Take it from its station; false if it does not come back. */
static bool
end_instance(struct change *c, struct instance *in, int64_t deadline_mono_ns)
{
	struct farm *f = c->farm;
	uint64_t rest = 0;
	bool gone = true;

	if (in->module->role == FARM_COLLECTOR)
		gone = schedule_remove(f->schedule, in, deadline_mono_ns) == 0;
	else if (in->module->role == FARM_WRITER)
		gone = deliver_remove(f->deliver, in, deadline_mono_ns, &rest);
	else
		gone = end_filter(in, deadline_mono_ns);
	report_rest(in, rest);
	return gone;
}

/* Those left behind earlier may have come back. */
static void
reap(struct change *c)
{
	struct farm *f = c->farm;
	size_t i, n = 0;

	for (i = 0; i < f->n_left; i++) {
		if (end_instance(c, f->left[i], clock_mono_ns()))
			c->gone[c->n_gone++] = f->left[i];
		else
			f->left[n++] = f->left[i];
	}
	f->n_left = n;
}

static void
remove_instance(struct change *c, struct instance *in)
{
	if (in == NULL)
		return;
	if (end_instance(c, in, c->deadline_mono_ns))
		c->gone[c->n_gone++] = in;
	else
		leave(c->farm, in);
}

static void
remove_role(struct change *c, const struct plan_list *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		if (list->items[i].step == PLAN_REMOVED)
			remove_instance(c, find(c->farm, &list->items[i]));
}

/* ----------------------------------------------------------------- filters */

static struct instance *
open_filter(
    struct farm *f, const struct instance_config *config, struct error *err)
{
	struct instance *in = farm_make(f, config);

	if (in == NULL) {
		error_set(err, "%s: out of memory", config->name);
		return NULL;
	}
	if (farm_open_filter(f, in, err) == 0)
		return in;
	error_prefix(err, "%s", config->name);
	instance_release(in);
	return NULL;
}

/* One that must be opened before anything is touched: the new, and those that
   cannot go on with other options; of taps, none can. */
static bool
is_opened_anew(const struct plan_item *item)
{
	return item->step == PLAN_ADDED ||
	       ((item->what & PLAN_OPTIONS) != 0 &&
		   (item->after->tap ||
		       item->after->module->descriptor.reconfigure == NULL));
}

static int
open_filters(struct change *c, struct error *err)
{
	const struct plan_list *list = &c->plan->filters;
	size_t i;

	for (i = 0; i < list->n; i++) {
		const struct plan_item *item = &list->items[i];

		if (item->after == NULL || !is_opened_anew(item))
			continue;
		c->filters[i] = open_filter(c->farm, item->after, err);
		if (c->filters[i] == NULL)
			return -1;
	}
	return 0;
}

static void
close_opened_filters(struct change *c)
{
	size_t i;

	for (i = 0; i < c->plan->filters.n; i++) {
		if (c->filters[i] == NULL)
			continue;
		(void)end_filter(c->filters[i], INT64_MAX);
		instance_release(c->filters[i]);
	}
}

/*
 * The instance that goes on with these options: the same if the module agrees,
 * else another, else the old one as it was, for without it all would pass
 * unseen.
 */
static struct instance *
keep_filter(struct change *c, const struct plan_item *item)
{
	struct instance *in = find(c->farm, item);
	struct instance *other;
	struct error err;

	if ((item->what & PLAN_OPTIONS) == 0 ||
	    instance_reconfigure(in, &call_ops, item->after)) {
		instance_set_config(in, item->after);
		return in;
	}
	other = open_filter(c->farm, item->after, &err);
	if (other != NULL)
		return other;
	log_line(LOG_LEVEL_ERROR, in->name, "%s; goes on as it was", err.text);
	return in;
}

static size_t
append(
    struct instance **to, size_t n, struct instance *const *from, size_t n_from)
{
	size_t i;

	for (i = 0; i < n_from; i++)
		if (from[i] != NULL)
			to[n++] = from[i];
	return n;
}

/* Not of any file: farmd's own figures, and what clients have loaded. */
static bool
is_own(const struct instance *in)
{
	return in->own.place == NULL;
}

/* On the router's thread. */
static void
swap_filters(void *context)
{
	struct change *c = context;
	const struct plan_list *list = &c->plan->collectors;
	struct farm *f = c->farm;
	size_t n = 0, i;

	for (i = 0; i < list->n; i++)
		if (list->items[i].step == PLAN_CHANGED)
			find(f, &list->items[i])->lifetimes =
			    list->items[i].after->lifetimes;
	n = append(c->chain, n, c->filters, c->plan->filters.n);
	for (i = 0; i < f->n_instances; i++)
		if (is_own(f->instances[i]) &&
		    f->instances[i]->module->role == FARM_FILTER)
			c->chain[n++] = f->instances[i];
	c->filters_rc = router_filters(f->router, c->chain, n);
}

static void
start_taps(struct change *c)
{
	size_t i;

	for (i = 0; i < c->plan->filters.n; i++)
		if (c->filters[i] != NULL && c->filters[i]->tap != NULL &&
		    tap_start(c->filters[i]->tap) != 0)
			log_line(LOG_LEVEL_ERROR, c->filters[i]->name,
			    "cannot start a thread");
}

/* Removed filters have no item with an instance: they are behind all others. */
static void
change_filters(struct change *c)
{
	const struct plan_list *list = &c->plan->filters;
	struct instance *before;
	size_t i;

	for (i = 0; i < list->n; i++)
		if (list->items[i].after != NULL && c->filters[i] == NULL)
			c->filters[i] = keep_filter(c, &list->items[i]);
	while (!router_call(
	    c->farm->router, swap_filters, c, clock_mono_ns() + NS_PER_S))
		log_line(LOG_LEVEL_WARNING, "config",
		    "waiting for the router: a filter takes its time");
	if (c->filters_rc != 0) {
		log_line(LOG_LEVEL_ERROR, "config", "filters: out of memory");
		return; /* the old ones go on */
	}
	for (i = 0; i < list->n; i++) {
		if (list->items[i].before == NULL)
			continue;
		before = find(c->farm, &list->items[i]);
		if (before != c->filters[i])
			remove_instance(c, before);
	}
	start_taps(c);
}

/* ----------------------------------------------------------------- sockets */

static bool
is_given_up(const struct plan_item *item, const struct farm_option *option)
{
	const struct farm_address *a, *b;

	if (item->before == NULL || option->type != FARM_TYPE_ADDRESS ||
	    (option->flags & FARM_LISTEN) == 0)
		return false;
	if (item->step == PLAN_REMOVED)
		return true;
	a = (const void *)((const char *)item->before->options +
			   option->offset);
	b = (const void *)((const char *)item->after->options + option->offset);
	return strcmp(a->text, b->text) != 0;
}

/* Will a listener that runs have left this address when all is done? */
static bool
is_freed(void *context, const struct farm_option *wanted,
    const struct farm_address *address)
{
	const struct plan_list *list = context;
	const struct farm_option *option;
	size_t i, k;

	for (i = 0; i < list->n; i++) {
		const struct plan_item *item = &list->items[i];
		const struct module *m = item->before != NULL
					     ? item->before->module
					     : item->after->module;

		for (k = 0; (option = option_at(m->options, k)) != NULL; k++)
			if (is_given_up(item, option) &&
			    listen_socket_meet(address, wanted->fallback,
				(const void *)((const char *)
						   item->before->options +
					       option->offset),
				option->fallback))
				return true;
	}
	return false;
}

static void
forget_sockets(struct change *c)
{
	const struct plan_list *list = &c->plan->collectors;
	size_t i;

	for (i = 0; i < list->n; i++)
		if (list->items[i].step == PLAN_CHANGED)
			schedule_unprepare(
			    c->farm->schedule, find(c->farm, &list->items[i]));
}

/* An address that cannot be had must not cost a listener the one it has. */
static int
prepare_sockets(struct change *c, struct error *err)
{
	const struct plan_list *list = &c->plan->collectors;
	size_t i;

	for (i = 0; i < list->n; i++) {
		const struct plan_item *item = &list->items[i];

		if (item->step != PLAN_CHANGED ||
		    (item->what & PLAN_OPTIONS) == 0)
			continue;
		if (schedule_prepare(c->farm->schedule, find(c->farm, item),
			item->after, is_freed, (void *)list, err) == 0)
			continue;
		error_prefix(err, "%s", item->after->name);
		forget_sockets(c);
		return -1;
	}
	return 0;
}

/* ----------------------------------------------------------------- writers */

static void
change_writer(
    struct change *c, struct instance *in, const struct plan_item *item)
{
	struct matcher *match = NULL;
	struct error err;

	instance_set_config(in, item->after);
	if ((item->what & PLAN_MATCH) != 0 &&
	    matcher_new(
		&match, item->after->match, item->after->n_match, &err) != 0)
		log_line(LOG_LEVEL_ERROR, in->name, "%s", err.text);
	deliver_change(
	    c->farm->deliver, in, match, (item->what & PLAN_OPTIONS) != 0);
}

static struct instance *
add_writer(struct change *c, const struct instance_config *config)
{
	struct instance *in = farm_make(c->farm, config);

	if (in != NULL && deliver_add(c->farm->deliver, in) == 0)
		return in;
	log_line(LOG_LEVEL_ERROR, config->name, "out of memory");
	instance_release(in);
	return NULL;
}

static void
change_writers(struct change *c)
{
	const struct plan_list *list = &c->plan->writers;
	size_t i;

	for (i = 0; i < list->n; i++) {
		const struct plan_item *item = &list->items[i];

		if (item->step == PLAN_ADDED)
			c->writers[i] = add_writer(c, item->after);
		else if (item->after != NULL)
			c->writers[i] = find(c->farm, item);
		if (item->step == PLAN_CHANGED)
			change_writer(c, c->writers[i], item);
		else if (item->step == PLAN_KEPT && is_moved(item))
			instance_set_config(c->writers[i], item->after);
	}
}

/* -------------------------------------------------------------- collectors */

static struct instance *
add_collector(struct change *c, const struct instance_config *config)
{
	struct instance *in = farm_make(c->farm, config);

	if (in == NULL)
		log_line(LOG_LEVEL_ERROR, config->name, "out of memory");
	else
		schedule_add(c->farm->schedule, in);
	return in;
}

static struct instance *
change_collector(struct change *c, const struct plan_item *item)
{
	struct instance *in = find(c->farm, item);

	if (schedule_change(c->farm->schedule, in, item->after,
		(item->what & PLAN_OPTIONS) != 0, c->deadline_mono_ns) == 0)
		return in;
	remove_instance(c, in);
	return add_collector(c, item->after);
}

static void
change_collectors(struct change *c)
{
	const struct plan_list *list = &c->plan->collectors;
	size_t i;

	for (i = 0; i < list->n; i++) {
		const struct plan_item *item = &list->items[i];

		if (item->step == PLAN_ADDED)
			c->collectors[i] = add_collector(c, item->after);
		else if (item->step == PLAN_CHANGED)
			c->collectors[i] = change_collector(c, item);
		else if (item->step == PLAN_KEPT)
			c->collectors[i] = find(c->farm, item);
		if (item->step == PLAN_KEPT && is_moved(item))
			schedule_replace_config(
			    c->farm->schedule, c->collectors[i], item->after);
	}
}

/* ---------------------------------------------------------------- the list */

static void
publish(struct change *c, struct instance **list)
{
	struct farm *f = c->farm;
	struct instance **before = f->instances;
	size_t n = 0, i;
	int reason;

	n = append(list, n, c->writers, c->plan->writers.n);
	n = append(list, n, c->filters, c->plan->filters.n);
	n = append(list, n, c->collectors, c->plan->collectors.n);
	for (i = 0; i < f->n_instances; i++)
		if (is_own(f->instances[i]))
			list[n++] = f->instances[i];
	pthread_mutex_lock(&f->lock);
	f->instances = list;
	f->n_instances = n;
	for (i = 0; i < c->n_gone; i++)
		for (reason = 0; reason < DROP_REASONS; reason++)
			f->dropped[reason] += atomic_load(
			    &c->gone[i]->ledger.dropped[reason]);
	pthread_mutex_unlock(&f->lock);
	free(before);
}

/* What they sent may still wait for the router, which looks at its owner. */
static void
release_gone(struct change *c)
{
	size_t i;

	while (c->n_gone > 0 &&
	       !router_flush(c->farm->router, clock_mono_ns() + NS_PER_S))
		;
	for (i = 0; i < c->n_gone; i++)
		instance_release(c->gone[i]);
}

static int
change_begin(struct change *c)
{
	const struct plan *p = c->plan;
	size_t n = c->farm->n_instances + c->farm->n_left + 1;

	c->writers = calloc(p->writers.n + 1, sizeof(*c->writers));
	c->filters = calloc(p->filters.n + 1, sizeof(*c->filters));
	c->collectors = calloc(p->collectors.n + 1, sizeof(*c->collectors));
	c->gone = calloc(n + p->collectors.n, sizeof(*c->gone));
	c->chain = calloc(n + p->filters.n, sizeof(*c->chain));
	return c->writers == NULL || c->filters == NULL ||
		       c->collectors == NULL || c->gone == NULL ||
		       c->chain == NULL
		   ? -1
		   : 0;
}

static void
change_end(struct change *c)
{
	free(c->writers);
	free(c->filters);
	free(c->collectors);
	free(c->gone);
	free(c->chain);
}

static void
change_all(struct change *c, struct instance **list)
{
	reap(c);
	remove_role(c, &c->plan->collectors);
	change_filters(c);
	remove_role(c, &c->plan->writers);
	change_writers(c);
	change_collectors(c);
	publish(c, list);
	release_gone(c);
}

/* Who asks from now on is looked at by the new policy. */
static void
change_access(struct farm *f, const struct config *fresh)
{
	struct access *before;

	pthread_mutex_lock(&f->lock);
	before = f->access;
	f->access = access_ref(fresh->access);
	pthread_mutex_unlock(&f->lock);
	access_unref(before);
}

/* The files may be others, though their names are the same. */
static void
renew_tls(struct farm *f)
{
	struct error err;

	if (f->tls != NULL && tls_reload(f->tls, &err) < 0)
		log_line(LOG_LEVEL_ERROR, "http",
		    "%s; the certificate of before stays", err.text);
}

int
farm_change(struct farm *f, const struct plan *plan, struct config *fresh,
    int64_t deadline_mono_ns, struct error *err)
{
	struct change c = {
		.farm = f, .plan = plan, .deadline_mono_ns = deadline_mono_ns
	};
	size_t room = plan->collectors.n + plan->filters.n + plan->writers.n;
	struct instance **list = calloc(
	    room + f->n_instances + 1, sizeof(*list));
	int rc = -1;

	if (list == NULL || change_begin(&c) != 0) {
		error_set(err, "out of memory");
	} else if (open_filters(&c, err) != 0 ||
		   prepare_sockets(&c, err) != 0) {
		close_opened_filters(&c);
	} else {
		change_all(&c, list);
		f->current = fresh;
		change_access(f, fresh);
		renew_tls(f);
		list = NULL;
		rc = 0;
	}
	free(list);
	change_end(&c);
	return rc;
}
