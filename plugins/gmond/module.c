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

static int
bring_in(struct module *m, const struct dso *dso, const struct ganglia *g,
    void *pool, const struct conf_module *c, const char *path,
    struct error *err)
{
	void *library;

	calling_begin(m->name, "constructor");
	library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	calling_end();
	if (library == NULL)
		return error_set(err, "%s", dlerror());
	m->theirs = dlsym(library, dso->symbol);
	if (m->theirs == NULL)
		return error_set(err, "%s", dlerror());
	if (fill_in(m->theirs, g, pool, c, err) != 0 ||
	    begin(m, pool, err) != 0)
		return error_prefix(err, "%s", path);
	return 0;
}

int
module_load(struct module **ret, const struct ganglia *g, void *pool,
    const struct conf_module *c, const char *path, struct arena *arena,
    struct error *err)
{
	const char *slash = strrchr(path, '/');
	struct module *m;
	struct dso dso;

	if (dso_look(path, c->name, &dso, err) != 0)
		return -1;
	m = arena_alloc(arena, sizeof(*m));
	if (m == NULL)
		return error_set(err, "out of memory");
	m->name = arena_strdup(arena, slash != NULL ? slash + 1 : path);
	m->symbol = arena_strdup(arena, dso.symbol);
	if (m->name == NULL || m->symbol == NULL)
		return error_set(err, "out of memory");
	if (bring_in(m, &dso, g, pool, c, path, err) != 0)
		return -1;
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
