#include "farm.h"

#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "clock.h"
#include "loaded.h"
#include "log.h"
#include "memlog.h"
#include "reload.h"
#include "self.h"
#include "tls.h"
#include "subscribe.h"
#include "tap.h"
#include "worker.h"

/* Without filters, writers and self-metrics the list still has room. */
static size_t
count_instances(const struct config *c)
{
	return c->n_collectors + c->n_filters + c->n_writers + 1;
}

/* The checkpoint of an instance of this name, from before. */
static void
restore(struct farm *f, struct instance *i)
{
	struct journal *journal = deliver_journal(f->deliver);

	if (journal != NULL)
		i->checkpoint = journal_restore(
		    journal, i->name, &i->checkpoint_size);
}

struct instance *
farm_make(struct farm *f, const struct instance_config *config)
{
	struct instance *i;

	i = instance_new(config, f->series,
	    f->router == NULL ? NULL : router_sink(f->router));
	/* Another name of the farm needs a restart. */
	if (i != NULL)
		i->farm = f->config->farm;
	if (i != NULL && i->module->role == FARM_COLLECTOR)
		restore(f, i);
	return i;
}

static struct instance *
add_instance(struct farm *f, const struct instance_config *config)
{
	struct instance *i = farm_make(f, config);

	if (i != NULL)
		f->instances[f->n_instances++] = i;
	return i;
}

static int
add_writers(struct farm *f, struct error *err)
{
	const struct config *c = f->config;
	struct instance *writer;
	size_t i;

	for (i = 0; i < c->n_writers; i++) {
		if (!c->writers[i].enabled)
			continue;
		writer = add_instance(f, &c->writers[i]);
		if (writer == NULL || deliver_add(f->deliver, writer) < 0)
			return error_set(
			    err, "%s: out of memory", c->writers[i].name);
	}
	return 0;
}

/* A filter that cannot open would let everything pass unseen: an error.  What a
   tap sees passes anyway. */
int
farm_open_filter(struct farm *f, struct instance *filter, struct error *err)
{
	if (filter->own.tap)
		return tap_new(filter, f->series, f->workers) != NULL
			   ? 0
			   : error_set(err, "out of memory");
	if (instance_open(filter, &call_ops, err) != 0)
		return -1;
	atomic_store(&filter->status, INSTANCE_RUNNING);
	return 0;
}

static int
open_filters(struct farm *f, struct error *err)
{
	const struct config *c = f->config;
	struct instance *filter;
	size_t i;

	for (i = 0; i < c->n_filters; i++) {
		if (!c->filters[i].enabled)
			continue;
		filter = add_instance(f, &c->filters[i]);
		if (filter == NULL)
			return error_set(
			    err, "%s: out of memory", c->filters[i].name);
		if (farm_open_filter(f, filter, err) < 0)
			return error_prefix(err, "%s", c->filters[i].name);
	}
	return 0;
}

/* Once there is a router for what they emit. */
static int
start_taps(struct farm *f)
{
	size_t i;

	for (i = 0; i < f->n_instances; i++) {
		struct instance *in = f->instances[i];

		if (in->tap == NULL)
			continue;
		in->sink = router_sink(f->router);
		if (tap_start(in->tap) != 0)
			return -1;
	}
	return 0;
}

static int
make_router(struct farm *f, struct error *err)
{
	size_t n_writers = f->n_instances;
	struct router_config rc = {
		.farm = f->config->farm,
		.series = f->series,
		.cache = f->cache,
		.deliver = f->deliver,
		.queue_bytes = f->config->limits.queue_bytes,
	};

	if (position_open(
		&f->position, f->config->state, &rc.first_position, err) < 0 ||
	    open_filters(f, err) < 0)
		return -1;
	if (rc.first_position < f->journal_next)
		rc.first_position = f->journal_next;
	(void)memlog_offer(deliver_tail(f->deliver), rc.first_position - 1);
	rc.filters = f->instances + n_writers;
	rc.n_filters = f->n_instances - n_writers;
	f->router = router_new(&rc);
	return f->router == NULL ? error_set(err, "out of memory") : 0;
}

static int
add_collectors(struct farm *f, struct error *err)
{
	const struct config *c = f->config;
	const struct instance_config *self;
	struct instance *i;
	size_t n;

	for (n = 0; n < c->n_collectors; n++) {
		if (!c->collectors[n].enabled)
			continue;
		i = add_instance(f, &c->collectors[n]);
		if (i == NULL)
			return error_set(
			    err, "%s: out of memory", c->collectors[n].name);
		schedule_add(f->schedule, i);
	}
	if (c->self_every_ns == 0)
		return 0;
	self = self_config(c, f);
	i = self == NULL ? NULL : add_instance(f, self);
	if (i == NULL)
		return error_set(err, "out of memory");
	schedule_add(f->schedule, i);
	return 0;
}

/* An instance's values may fill half of its share of the queue before its
   worker has to wait. */
static struct workers *
make_workers(struct farm *f)
{
	struct workers_config config = {
		.series = f->series,
		.cgroup = f->config->cgroup != NULL ? f->config->cgroup : "",
		.queued_max = (size_t)f->config->limits.queue_bytes / 8,
		.debug = log_is_debug(),
	};

	return workers_new(&config);
}

static int
build(struct farm *f, struct error *err)
{
	const struct config *c = f->config;

	f->instances = calloc(count_instances(c), sizeof(struct instance *));
	f->series = series_table_new((uint32_t)c->limits.series);
	f->cache = f->series == NULL ? NULL : cache_new(f->series, &c->cache);
	f->deliver = f->series == NULL
			 ? NULL
			 : deliver_new(f->series, c->limits.writer_bytes);
	f->pool = pool_new((int)c->pool.max, c->pool.idle_ns);
	f->schedule = f->pool == NULL ? NULL : schedule_new(f->pool);
	f->workers = f->series == NULL ? NULL : make_workers(f);
	f->loaded = loaded_new(f);
	f->hub = f->deliver == NULL ? NULL : hub_new(f);
	if (f->instances == NULL || f->cache == NULL || f->deliver == NULL ||
	    f->schedule == NULL || f->workers == NULL || f->loaded == NULL ||
	    f->hub == NULL)
		return error_set(err, "out of memory");
	if (c->http.tls_tree != NULL && tls_new(&f->tls, &c->http.tls, err) < 0)
		return error_prefix(err, "http");
	if (deliver_keep_dead_letters(f->deliver, c->state) != 0)
		return error_set(err, "out of memory");
	if (!c->journal.none &&
	    deliver_open_journal(f->deliver, c->state, c->farm, &c->journal,
		&f->journal_next, err) < 0)
		return -1;
	schedule_set_workers(f->schedule, f->workers);
	deliver_set_workers(f->deliver, f->workers);
	if (add_writers(f, err) < 0 || make_router(f, err) < 0)
		return -1;
	if (deliver_start(f->deliver) < 0 || router_start(f->router) < 0)
		return error_set(err, "cannot start a thread");
	f->running = true;
	f->reload = reload_new(f);
	if (f->reload == NULL || start_taps(f) < 0)
		return error_set(err, "cannot start a thread");
	reload_started(f->reload);
	return add_collectors(f, err);
}

int
farm_begin(struct farm **ret, struct config *config, struct modules *modules,
    struct error *err)
{
	struct farm *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return error_set(err, "out of memory");
	pthread_mutex_init(&f->lock, NULL);
	f->config = config;
	f->current = config;
	f->access = access_ref(config->access);
	f->modules = modules;
	f->started_ns = clock_wall_ns();
	f->started_mono_ns = clock_mono_ns();
	if (build(f, err) < 0) {
		(void)farm_end(f);
		return -1;
	}
	*ret = f;
	return 0;
}

int64_t
farm_step(struct farm *f, int64_t now_mono_ns)
{
	int64_t next;
	struct error err;

	if (position_keep(&f->position, router_position(f->router), &err) < 0)
		log_line(LOG_LEVEL_ERROR, "farm", "%s", err.text);
	if (loaded_next(f->loaded) <= now_mono_ns)
		reload_rescue(f->reload);
	next = schedule_step(f->schedule, now_mono_ns);
	/* A lease may be given meanwhile. */
	if (next > now_mono_ns + NS_PER_S)
		next = now_mono_ns + NS_PER_S;
	if (schedule_has_lost(f->schedule))
		reload_rescue(f->reload);
	return next;
}

/* What is listed when memory is out. */
static struct instance *nobody[1];

struct instance **
farm_instances(struct farm *f, size_t *ret_n)
{
	struct instance **list;
	size_t i;

	pthread_mutex_lock(&f->lock);
	list = calloc(f->n_instances + 1, sizeof(*list));
	*ret_n = list == NULL ? 0 : f->n_instances;
	for (i = 0; i < *ret_n; i++) {
		list[i] = f->instances[i];
		instance_use(list[i]);
	}
	pthread_mutex_unlock(&f->lock);
	return list != NULL ? list : nobody;
}

void
farm_instances_release(struct instance **list, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		instance_release(list[i]);
	if (list != nobody)
		free(list);
}

struct instance *
farm_instance(struct farm *f, const char *name)
{
	struct instance *found = NULL;
	size_t i;

	pthread_mutex_lock(&f->lock);
	for (i = 0; i < f->n_instances && found == NULL; i++)
		if (strcmp(f->instances[i]->name, name) == 0)
			found = f->instances[i];
	if (found != NULL)
		instance_use(found);
	pthread_mutex_unlock(&f->lock);
	return found;
}

struct access *
farm_access(struct farm *f)
{
	struct access *access;

	pthread_mutex_lock(&f->lock);
	access = access_ref(f->access);
	pthread_mutex_unlock(&f->lock);
	return access;
}

uint64_t
farm_dropped(struct farm *f, enum drop_reason reason)
{
	uint64_t sum;
	size_t i;

	pthread_mutex_lock(&f->lock);
	sum = f->dropped[reason];
	for (i = 0; i < f->n_instances; i++)
		sum += atomic_load(&f->instances[i]->ledger.dropped[reason]);
	pthread_mutex_unlock(&f->lock);
	return sum;
}

static void
count_drops(struct farm *f, struct instance *in)
{
	int reason;

	pthread_mutex_lock(&f->lock);
	for (reason = 0; reason < DROP_REASONS; reason++)
		f->dropped[reason] += atomic_load(&in->ledger.dropped[reason]);
	pthread_mutex_unlock(&f->lock);
}

/* What it sent may still wait for the router, which looks at its owner. */
void
farm_let_go(struct farm *f, struct instance *in)
{
	count_drops(f, in);
	while (!router_flush(f->router, clock_mono_ns() + NS_PER_S))
		;
	instance_release(in);
}

/* -------------------------------------------------------------------- end */

static bool
remove_collectors(struct farm *f, struct instance *const *list, size_t n,
    int64_t deadline_mono_ns)
{
	bool clean = true;
	size_t i;

	for (i = 0; i < n; i++)
		if (list[i]->module->role == FARM_COLLECTOR &&
		    schedule_remove(f->schedule, list[i], deadline_mono_ns) <
			0) {
			log_line(LOG_LEVEL_WARNING, list[i]->name,
			    "did not come back; left behind");
			clean = false;
		}
	return clean;
}

/*
 * Collectors first, so that what they still give is routed and written.  They
 * have half of the time: one that hangs must not cost what the others gave.
 * What is left behind ends with the process, threads of the pool included.
 */
static bool
stop_collectors(struct farm *f, int64_t now_mono_ns, int64_t deadline_mono_ns)
{
	int64_t half = (deadline_mono_ns - now_mono_ns) / 2;
	bool clean;

	schedule_stop(f->schedule, now_mono_ns + half);
	deadline_mono_ns -= half / 2;
	clean = remove_collectors(
	    f, f->instances, f->n_instances, deadline_mono_ns);
	if (!remove_collectors(f, f->left, f->n_left, deadline_mono_ns))
		clean = false;
	return clean && pool_stop(f->pool, deadline_mono_ns) == 0;
}

/*
 * One after the other, as they stand: each gets what was given before, those
 * before it included.  What they still emit is routed.
 */
static bool
stop_taps(struct farm *f, struct instance *const *list, size_t n,
    int64_t deadline_mono_ns)
{
	bool clean = true;
	size_t i;

	for (i = 0; i < n; i++) {
		if (list[i]->tap == NULL)
			continue;
		(void)router_flush(f->router, deadline_mono_ns);
		if (tap_stop(list[i]->tap, deadline_mono_ns))
			continue;
		log_line(LOG_LEVEL_WARNING, list[i]->name,
		    "did not come back; left behind");
		clean = false;
	}
	return clean;
}

static bool
stop(struct farm *f)
{
	int64_t now = clock_mono_ns();
	int64_t deadline = now + f->config->limits.shutdown_ns;
	bool clean = stop_collectors(f, now, deadline);

	now = clock_mono_ns();
	now += (deadline - now) / 2;
	if (!stop_taps(f, f->instances, f->n_instances, now) ||
	    !stop_taps(f, f->left, f->n_left, now))
		clean = false;
	if (!router_stop(f->router, deadline)) {
		log_line(LOG_LEVEL_WARNING, "farm",
		    "not everything was routed in time");
		return false;
	}
	if (!deliver_stop(f->deliver, deadline)) {
		log_line(LOG_LEVEL_WARNING, "farm",
		    "not everything was written in time");
		return false;
	}
	return clean;
}

static void
free_instances(struct instance **list, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (list[i]->tap != NULL)
			tap_free(list[i]->tap);
		else if (list[i]->module->role == FARM_FILTER)
			instance_close(list[i], &call_ops);
		instance_release(list[i]);
	}
	free(list);
}

bool
farm_end(struct farm *f)
{
	reload_free(f->reload);
	hub_stop(f->hub);
	if (f->running && !stop(f))
		return false;
	hub_free(f->hub);
	schedule_free(f->schedule);
	workers_free(f->workers);
	pool_free(f->pool);
	router_free(f->router);
	deliver_free(f->deliver);
	cache_free(f->cache);
	free_instances(f->instances, f->n_instances);
	free_instances(f->left, f->n_left);
	loaded_free(f->loaded);
	series_table_free(f->series);
	position_close(&f->position);
	if (f->current != f->config)
		config_free(f->current);
	access_unref(f->access);
	tls_free(f->tls);
	pthread_mutex_destroy(&f->lock);
	free(f);
	return true;
}
