#include "module.h"

#include <dlfcn.h>
#include <string.h>

#include "calling.h"
#include "dso.h"

/* A module whose list has no end would be read for ever. */
#define METRICS_MAX 1000000

const char *
module_path(const char *path, const char *folder, struct arena *arena)
{
	size_t n = strlen(path);

	if (path[0] == '/')
		return path;
	if (n > 3 && strcmp(path + n - 3, ".so") == 0)
		return arena_printf(arena, "%s/%s", folder, path);
	return arena_printf(arena, "%s/mod%s.so", folder, path);
}

static int
fill_in(struct gmond_abi_module *m, const struct ganglia *g, void *pool,
    const struct conf_module *c, struct error *err)
{
	struct gmond_abi_param *param;
	unsigned i;

	m->params = c->params;
	m->config = c->config;
	m->params_list = g->array_make(
	    pool, (int)c->n_list + 1, (int)sizeof(struct gmond_abi_param));
	for (i = 0; m->params_list != NULL && i < c->n_list; i++) {
		param = g->array_push(m->params_list);
		*param = c->list[i];
	}
	return m->params_list != NULL ? 0 : error_set(err, "out of memory");
}

static int
begin(struct module *m, void *pool, struct error *err)
{
	struct gmond_abi_module *theirs = m->theirs;
	const struct gmond_abi_metric *metric;
	int rc = 0;

	if (theirs->handler == NULL)
		return error_set(err, "it has no handler");
	calling_begin(m->name, "init");
	if (theirs->init != NULL)
		rc = theirs->init(pool);
	calling_end();
	if (rc != 0)
		return error_set(err, "its init returned %d", rc);
	metric = theirs->metrics;
	while (metric != NULL && metric->name != NULL &&
	       m->n_metrics < METRICS_MAX) {
		metric++;
		m->n_metrics++;
	}
	return 0;
}

/* Its structure; NULL with the reason. */
static struct gmond_abi_module *
bring_in(
    const char *name, const char *path, const char *symbol, struct error *err)
{
	void *library, *theirs = NULL;

	calling_begin(name, "constructor");
	library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	calling_end();
	if (library != NULL)
		theirs = dlsym(library, symbol);
	if (theirs == NULL)
		error_set(err, "%s", dlerror());
	return theirs;
}

/* NULL if memory is out. */
static struct module *
make(const char *path, struct arena *arena)
{
	const char *slash = strrchr(path, '/');
	struct module *m = arena_alloc(arena, sizeof(*m));

	if (m == NULL)
		return NULL;
	m->name = arena_strdup(arena, slash != NULL ? slash + 1 : path);
	return m->name != NULL ? m : NULL;
}

int
module_load(struct module **ret, struct module **all, const struct ganglia *g,
    void *pool, const struct conf_module *c, const char *path,
    struct arena *arena, struct error *err)
{
	struct module *m;
	struct dso dso;

	if (dso_look(path, c->name, &dso, err) != 0)
		return -1;
	m = make(path, arena);
	if (m == NULL)
		return error_set(err, "out of memory");
	m->theirs = bring_in(m->name, path, dso.symbol, err);
	if (m->theirs == NULL)
		return -1;
	for (; *all != NULL; all = &(*all)->next)
		if ((*all)->theirs == m->theirs) {
			*ret = *all;
			return 0;
		}
	if (fill_in(m->theirs, g, pool, c, err) != 0 ||
	    begin(m, pool, err) != 0)
		return error_prefix(err, "%s", path);
	*all = m;
	*ret = m;
	return 0;
}

void
module_cleanup(struct module *m)
{
	if (m->theirs->cleanup == NULL)
		return;
	calling_begin(m->name, "cleanup");
	m->theirs->cleanup();
	calling_end();
}
