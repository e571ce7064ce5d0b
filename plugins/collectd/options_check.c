#include "options_check.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "name.h"

#define SUFFIX ".so"

/* Names of the plugins in a folder. */
struct found {
	char **names;
	size_t n;
};

static void
found_free(struct found *f)
{
	while (f->n > 0)
		free(f->names[--f->n]);
	free(f->names);
}

static int
add_file(struct found *f, const char *file)
{
	size_t n = strlen(file);
	char **grown;

	if (n <= strlen(SUFFIX) || strcmp(file + n - strlen(SUFFIX), SUFFIX))
		return 0;
	grown = reallocarray(f->names, f->n + 1, sizeof(*grown));
	if (grown == NULL)
		return -1;
	f->names = grown;
	grown[f->n] = strndup(file, n - strlen(SUFFIX));
	if (grown[f->n] == NULL)
		return -1;
	f->n++;
	return 0;
}

static int
look(struct farm_host *host, const char *folder, struct found *ret)
{
	DIR *dir = opendir(folder);
	const struct dirent *e;
	int status = 0;

	if (dir == NULL)
		return farm_fail(host, "plugin_dir: %s: %m", folder);
	while (status == 0 && (e = readdir(dir)) != NULL)
		status = add_file(ret, e->d_name);
	closedir(dir);
	return status == 0 ? 0 : farm_fail(host, "out of memory");
}

/* In upper or lower case, as collectd takes them. */
static int
check_plugin(struct farm_host *host, const struct collectd_options *o, size_t i,
    const struct found *f)
{
	const char *name = o->plugin.items[i], *meant;
	size_t k;

	for (k = 0; k < f->n; k++)
		if (strcasecmp(f->names[k], name) == 0)
			return 0;
	meant = name_suggest(name, (const char *const *)f->names, f->n);
	return farm_fail(host,
	    "plugin[%zu]: there is no plugin \"%s\" in %s%s%s%s", i, name,
	    o->plugin_dir, meant != NULL ? "; did you mean \"" : "",
	    meant != NULL ? meant : "", meant != NULL ? "\"?" : "");
}

static int
check_plugins(struct farm_host *host, const struct collectd_options *o)
{
	struct found found = { .names = NULL };
	int status = look(host, o->plugin_dir, &found);
	size_t i, missing = 0;

	for (i = 0; status == 0 && i < o->plugin.n; i++)
		if (check_plugin(host, o, i, &found) != 0)
			missing++;
	found_free(&found);
	return status != 0 || missing > 0 ? -1 : 0;
}

/* With `include', its files say where plugins are, and of which the names in
   `plugin' are some. */
int
collectd_check(struct farm_host *host, const void *options)
{
	const struct collectd_options *o = options;
	int status = 0;
	size_t i;

	for (i = 0; i < o->include.n; i++)
		if (strpbrk(o->include.items[i], "*?[") == NULL &&
		    access(o->include.items[i], R_OK) != 0)
			status = farm_fail(host, "include[%zu]: %s: %m", i,
			    o->include.items[i]);
	for (i = 0; i < o->types_db.n; i++)
		if (access(o->types_db.items[i], R_OK) != 0)
			status = farm_fail(host, "types_db[%zu]: %s: %m", i,
			    o->types_db.items[i]);
	if (o->include.n == 0 && o->plugin.n == 0)
		return farm_fail(
		    host, "neither \"plugin\" nor \"include\" is given");
	if (o->include.n == 0)
		status |= check_plugins(host, o);
	return status;
}
