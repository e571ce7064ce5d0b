#include "conf.h"

#include <glob.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "clock.h"
#include "conf_try.h"

#define SECONDS_MAX (366 * 86400)

void
conf_init(struct conf *c)
{
	memset(c, 0, sizeof(*c));
	c->modules_end = &c->modules;
	c->groups_end = &c->groups;
}

static int
out_of_memory(struct error *err)
{
	return error_set(err, "out of memory");
}

/* ------------------------------------------------------------ the modules */

static int
take_params(struct conf_module *m, const struct ganglia *g, void *section,
    struct arena *arena, struct error *err)
{
	unsigned i;
	void *param;

	m->n_list = g->size(section, "param");
	m->list = arena_array(arena, m->n_list, sizeof(*m->list));
	if (m->list == NULL)
		return out_of_memory(err);
	for (i = 0; i < m->n_list; i++) {
		param = g->section(section, "param", i);
		m->list[i].name = g->title(param);
		m->list[i].value = g->string(param, "value");
	}
	return 0;
}

/* Those of other languages come by a module that reads them itself; one
   without a path is part of gmond. */
static bool
is_wanted(const struct ganglia *g, void *section)
{
	const char *language = g->string(section, "language");

	return g->boolean(section, "enabled") &&
	       g->string(section, "path") != NULL &&
	       (language == NULL || strcasecmp(language, "C/C++") == 0);
}

static int
take_module(struct conf *c, const struct ganglia *g, void *config,
    void *section, struct arena *arena, struct error *err)
{
	struct conf_module *m;

	if (!is_wanted(g, section))
		return 0;
	m = arena_alloc(arena, sizeof(*m));
	if (m == NULL)
		return out_of_memory(err);
	m->name = g->string(section, "name");
	m->path = g->string(section, "path");
	m->params = g->string(section, "params");
	m->config = config;
	if (g->size(config, "globals") > 0)
		m->folder = g->string(
		    g->section(config, "globals", 0), "module_dir");
	if (take_params(m, g, section, arena, err) != 0)
		return -1;
	*c->modules_end = m;
	c->modules_end = &m->next;
	return 0;
}

static int
take_modules(struct conf *c, const struct ganglia *g, void *config,
    struct arena *arena, struct error *err)
{
	unsigned i, k;
	void *all;

	for (i = 0; i < g->size(config, "modules"); i++) {
		all = g->section(config, "modules", i);
		for (k = 0; k < g->size(all, "module"); k++)
			if (take_module(c, g, config,
				g->section(all, "module", k), arena, err) != 0)
				return -1;
	}
	return 0;
}

/* ------------------------------------------------------------- the groups */

static int
take_metrics(struct conf_group *group, const struct ganglia *g, void *section,
    struct arena *arena, struct error *err)
{
	struct conf_metric *m, **end = &group->metrics;
	const char *pattern;
	void *metric;
	unsigned i;

	for (i = 0; i < g->size(section, "metric"); i++) {
		metric = g->section(section, "metric", i);
		m = arena_alloc(arena, sizeof(*m));
		if (m == NULL)
			return out_of_memory(err);
		pattern = g->string(metric, "name_match");
		m->is_pattern = pattern != NULL;
		m->name = m->is_pattern ? pattern : g->string(metric, "name");
		m->title = g->string(metric, "title");
		m->threshold = g->number(metric, "value_threshold");
		if (m->name == NULL)
			return error_set(err,
			    "%s: a metric has neither name nor name_match",
			    group->file);
		*end = m;
		end = &m->next;
	}
	return 0;
}

static int
take_seconds(const struct ganglia *g, void *section, const char *name,
    const char *file, int64_t *ret_ns, struct error *err)
{
	long s = g->integer(section, name);

	if (s < 1 || s > SECONDS_MAX)
		return error_set(err, "%s: %s is %ld, not 1 to %d seconds",
		    file, name, s, SECONDS_MAX);
	*ret_ns = s * NS_PER_S;
	return 0;
}

static int
take_groups(struct conf *c, const struct ganglia *g, void *config,
    const char *file, struct arena *arena, struct error *err)
{
	struct conf_group *group;
	void *section;
	unsigned i;

	for (i = 0; i < g->size(config, "collection_group"); i++) {
		section = g->section(config, "collection_group", i);
		group = arena_alloc(arena, sizeof(*group));
		if (group == NULL)
			return out_of_memory(err);
		group->file = file;
		group->once = g->boolean(section, "collect_once");
		if (take_seconds(g, section, "collect_every", file,
			&group->every_ns, err) != 0 ||
		    take_seconds(g, section, "time_threshold", file,
			&group->send_ns, err) != 0 ||
		    take_metrics(group, g, section, arena, err) != 0)
			return -1;
		*c->groups_end = group;
		c->groups_end = &group->next;
	}
	return 0;
}

/* -------------------------------------------------------------- the files */

static int
add_file(struct conf *c, const struct ganglia *g, const char *path,
    struct arena *arena, struct error *err)
{
	const char *file = arena_strdup(arena, path);
	void *config;

	if (file == NULL)
		return out_of_memory(err);
	if (conf_try(g, file, err) != 0)
		return -1;
	config = g->config_create((char *)file, 0);
	if (take_modules(c, g, config, arena, err) != 0)
		return -1;
	return take_groups(c, g, config, file, arena, err);
}

int
conf_add(struct conf *c, const struct ganglia *g, const char *pattern,
    struct arena *arena, struct error *err)
{
	glob_t found = { .gl_pathc = 0 };
	int rc = 0;
	size_t i;

	switch (glob(pattern, 0, NULL, &found)) {
	case 0:
	case GLOB_NOMATCH:
		break;
	default:
		rc = error_set(err, "%s: %m", pattern);
	}
	if (rc == 0 && found.gl_pathc == 0 && strpbrk(pattern, "*?[") == NULL &&
	    access(pattern, R_OK) != 0)
		rc = error_set(err, "%s: %m", pattern);
	for (i = 0; i < found.gl_pathc && rc == 0; i++)
		rc = add_file(c, g, found.gl_pathv[i], arena, err);
	globfree(&found);
	return rc;
}
