/*
 * gmond: what farmd knows of gmond's metric modules: the options of an
 * instance, whether the files they name are there, and that farm-gmond runs
 * it.
 */
#include <farm/module.h>

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dso.h"
#include "options.h"

/* What needs Ganglia's library to be said, farm-gmond says at the start. */
static int
check_module(struct farm_host *host, const char *path, size_t i)
{
	struct error err;
	struct dso dso;

	if (path[0] != '/' || dso_look(path, NULL, &dso, &err) == 0)
		return 0;
	return farm_fail(host, "module[%zu]: %s", i, err.text);
}

static int
check_include(struct farm_host *host, const char *path, size_t i)
{
	struct stat st;

	if (strpbrk(path, "*?[") != NULL)
		return 0;
	if (stat(path, &st) != 0 || access(path, R_OK) != 0)
		return farm_fail(host, "include[%zu]: %s: %m", i, path);
	if (S_ISDIR(st.st_mode))
		return farm_fail(host,
		    "include[%zu]: %s is a folder; its files are %s/*.conf", i,
		    path, path);
	return 0;
}

static int
gmond_check(struct farm_host *host, const void *options)
{
	const struct gmond_options *o = options;
	int status = 0;
	size_t i;

	if (o->include.n == 0 && o->module.n == 0)
		return farm_fail(
		    host, "neither \"include\" nor \"module\" is given");
	for (i = 0; i < o->include.n; i++)
		status |= check_include(host, o->include.items[i], i);
	for (i = 0; i < o->module.n; i++)
		status |= check_module(host, o->module.items[i], i);
	if (o->module_dir != NULL && access(o->module_dir, X_OK) != 0)
		status = farm_fail(host, "module_dir: %s: %m", o->module_dir);
	return status;
}

static int
gmond_listen(
    struct farm_host *host, void *state, int fd, uint32_t events, void *cookie)
{
	(void)state, (void)fd, (void)events, (void)cookie;
	return farm_fail(host, "gmond's modules run in farm-gmond only");
}

FARM_MODULE(gmond, FARM_COLLECTOR) = {
	.summary = "gmond's metric modules, unmodified",
	.description =
	    "Runs the modules that gmond loads (modcpu.so and its like, also "
	    "those of others) in a process of their own, farm-gmond, which "
	    "gives them what gmond gives. Files of gmond's configuration are "
	    "taken as they are with `include`: of them the sections modules "
	    "and collection_group count, and the rest does nothing here. "
	    "`module` names modules without a file: all that they measure is "
	    "given, each `every`.\n\n"
	    "A metric's name is the parameter's, its units and slope are unit "
	    "and kind, and from its TMAX comes how long it lives. What a "
	    "module measures, `farmctl gmond list` shows.\n\n"
	    "```yaml\n"
	    "clusters:\n"
	    "  here:\n"
	    "    nodes: [localhost]\n"
	    "    collect:\n"
	    "      - gmond: {include: /etc/ganglia/gmond.conf}\n"
	    "      - gmond: {name: cores, module: multicpu, every: 10s}\n"
	    "```",
	.options = gmond_options,
	.worker = "farm-gmond",
	.state_size = sizeof(struct gmond_options),
	.needs = FARM_NEEDS_NETWORK | FARM_NEEDS_EXEC | FARM_NEEDS_FILES,
	.check = gmond_check,
	.listen = gmond_listen,
};
