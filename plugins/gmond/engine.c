#include "engine.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "calling.h"
#include "clock.h"

enum engine_state { STARTING, RUNNING, FAILED, STOPPING, STOPPED };

struct engine {
	struct engine_setup setup;
	struct ganglia ganglia;
	void *pool; /* APR's */
	struct arena *arena;
	struct groups groups;
	struct farm_value *rows; /* room for those of the largest group */
	pthread_t thread;
	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t changed;
	enum engine_state state;
	struct error why;
};

/* --------------------------------------------------------------- beginning */

static int
load(struct engine *e, const struct conf_module *c, struct module **ret,
    struct error *err)
{
	const char *folder = e->setup.options->module_dir, *path;
	char beside[PATH_MAX];

	if (folder == NULL)
		folder = c->folder;
	if (folder == NULL &&
	    ganglia_folder(&e->ganglia, beside, sizeof(beside)) == 0)
		folder = beside;
	path = module_path(c->path, folder != NULL ? folder : ".", e->arena);
	if (path == NULL)
		return error_set(err, "out of memory");
	return module_load(ret, &e->groups.modules, &e->ganglia, e->pool, c,
	    path, e->arena, err);
}

static int
load_files(struct engine *e, struct conf *conf, struct error *err)
{
	const struct gmond_options *o = e->setup.options;
	const struct conf_module *c;
	const struct conf_group *g;
	struct module *m;
	size_t i;

	conf_init(conf);
	for (i = 0; i < o->include.n; i++)
		if (conf_add(conf, &e->ganglia, o->include.items[i], e->arena,
			err) != 0)
			return -1;
	for (c = conf->modules; c != NULL; c = c->next)
		if (load(e, c, &m, err) != 0)
			return -1;
	for (g = conf->groups; g != NULL; g = g->next)
		if (groups_add(&e->groups, g, e->setup.output.say,
			e->setup.output.cookie, err) != 0)
			return -1;
	return 0;
}

/* Those that are named one by one, with the parameters of the options. */
static int
load_named(struct engine *e, struct error *err)
{
	const struct gmond_options *o = e->setup.options;
	struct conf_module c = { .params = o->params };
	struct module *m;
	size_t i;

	c.list = arena_array(e->arena, o->param.n, sizeof(*c.list));
	if (c.list == NULL)
		return error_set(err, "out of memory");
	for (; c.n_list < o->param.n; c.n_list++)
		c.list[c.n_list] = (struct gmond_abi_param){
			o->param.pairs[c.n_list].key,
			o->param.pairs[c.n_list].value
		};
	for (i = 0; i < o->module.n; i++) {
		c.path = o->module.items[i];
		if (load(e, &c, &m, err) != 0 ||
		    groups_add_module(&e->groups, m, e->setup.every_ns, err) !=
			0)
			return -1;
	}
	return 0;
}

static int
make_room(struct engine *e, struct error *err)
{
	const struct reading *r;
	const struct group *g;
	size_t n, most = 0;

	for (g = e->groups.first; g != NULL; g = g->next) {
		n = 0;
		for (r = g->readings; r != NULL; r = r->next)
			n++;
		most = n > most ? n : most;
	}
	if (most == 0)
		return error_set(err,
		    "there is nothing to measure: no collection group has a "
		    "metric of a module");
	e->rows = arena_array(e->arena, most, sizeof(*e->rows));
	return e->rows != NULL ? 0 : error_set(err, "out of memory");
}

static int
begin(struct engine *e, struct error *err)
{
	const struct gmond_options *o = e->setup.options;
	struct conf conf;

	if (o->include.n == 0 && o->module.n == 0)
		return error_set(
		    err, "neither \"include\" nor \"module\" is given");
	if (ganglia_open(&e->ganglia, err) != 0)
		return -1;
	if (e->ganglia.pool_create(&e->pool, NULL, NULL, NULL) != 0)
		return error_set(err, "out of memory");
	if (load_files(e, &conf, err) != 0 || load_named(e, err) != 0)
		return -1;
	return make_room(e, err);
}

/* ----------------------------------------------------------------- working */

/* Those of one node are one result. */
static void
give(struct engine *e, const struct group *g)
{
	const struct engine_output *out = &e->setup.output;
	const char *node = NULL, *its;
	int64_t now = clock_wall_ns();
	const struct reading *r;
	size_t n = 0;

	for (r = g->readings; r != NULL; r = r->next) {
		if (r->value.type == FARM_NONE)
			continue;
		its = series_get(e->setup.table, r->series)->node;
		if (n > 0 && strcmp(node, its) != 0) {
			out->give(out->cookie, now, e->rows, n);
			n = 0;
		}
		node = its;
		e->rows[n++] = reading_row(r);
	}
	if (n > 0)
		out->give(out->cookie, now, e->rows, n);
}

/* False if it is to end. */
static bool
wait_until(struct engine *e, int64_t due_mono_ns)
{
	struct timespec until = { .tv_sec = due_mono_ns / NS_PER_S,
		.tv_nsec = due_mono_ns % NS_PER_S };
	bool go_on;

	pthread_mutex_lock(&e->lock);
	while (e->state == RUNNING && clock_mono_ns() < due_mono_ns)
		(void)pthread_cond_timedwait(&e->changed, &e->lock, &until);
	go_on = e->state == RUNNING;
	pthread_mutex_unlock(&e->lock);
	return go_on;
}

static void
become(struct engine *e, enum engine_state state)
{
	pthread_mutex_lock(&e->lock);
	if (state == STOPPED || e->state == STARTING)
		e->state = state;
	pthread_cond_broadcast(&e->changed);
	pthread_mutex_unlock(&e->lock);
}

static void *
run(void *cookie)
{
	struct engine *e = cookie;
	struct module *m;
	struct group *g;

	if (begin(e, &e->why) != 0) {
		become(e, FAILED);
		return NULL;
	}
	become(e, RUNNING);
	while (wait_until(e, groups_due(&e->groups)))
		for (g = e->groups.first; g != NULL; g = g->next)
			if (group_take(g, clock_mono_ns()))
				give(e, g);
	for (m = e->groups.modules; m != NULL; m = m->next)
		module_cleanup(m);
	become(e, STOPPED);
	return NULL;
}

/* ------------------------------------------------------------ from outside */

/* False if it is still in `state' after the limit. */
static bool
wait_while(struct engine *e, enum engine_state state, int64_t limit_ns)
{
	int64_t end = clock_mono_ns() + limit_ns;
	struct timespec until = { .tv_sec = end / NS_PER_S,
		.tv_nsec = end % NS_PER_S };
	int rc = 0;

	while (e->state == state && rc != ETIMEDOUT)
		rc = pthread_cond_timedwait(&e->changed, &e->lock, &until);
	return e->state != state;
}

static struct engine *
make(const struct engine_setup *setup)
{
	struct engine *e = calloc(1, sizeof(*e));
	pthread_condattr_t how;

	if (e == NULL)
		return NULL;
	e->setup = *setup;
	e->arena = arena_new(0);
	e->groups = (struct groups){ .rules = setup->rules,
		.ganglia = &e->ganglia,
		.table = setup->table,
		.thresholds = setup->options->thresholds,
		.arena = e->arena };
	pthread_mutex_init(&e->lock, NULL);
	pthread_condattr_init(&how);
	pthread_condattr_setclock(&how, CLOCK_MONOTONIC);
	pthread_cond_init(&e->changed, &how);
	pthread_condattr_destroy(&how);
	return e;
}

/* What failed is not freed: see engine.h. */
int
engine_start(struct engine **ret, const struct engine_setup *setup,
    int64_t limit_ns, struct error *err)
{
	struct engine *e = make(setup);
	int rc = -1;

	if (e == NULL || e->arena == NULL ||
	    pthread_create(&e->thread, NULL, run, e) != 0)
		return error_set(err, "out of memory");
	pthread_mutex_lock(&e->lock);
	if (wait_while(e, STARTING, limit_ns)) {
		rc = e->state == FAILED ? -1 : 0;
		*err = e->why;
	} else if (!calling_hangs(0, err)) {
		error_set(err, "the start takes too long");
	}
	pthread_mutex_unlock(&e->lock);
	if (rc == 0)
		*ret = e;
	return rc;
}

void
engine_stop(struct engine *e, int64_t limit_ns)
{
	if (e == NULL)
		return;
	pthread_mutex_lock(&e->lock);
	e->state = STOPPING;
	pthread_cond_broadcast(&e->changed);
	(void)wait_while(e, STOPPING, limit_ns);
	pthread_mutex_unlock(&e->lock);
}
