#include "load.h"

#include <dirent.h>
#include <dlfcn.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "context.h"
#include "imports.h"
#include "settings.h"

/* Where Debian's Java is. */
#define LIBJVM "/usr/lib/jvm/*/lib/server/libjvm.so"

struct loaded {
	struct loaded *next;
	char name[];
};

static struct loaded *all;

bool
load_is_loaded(const char *name)
{
	const struct loaded *l;

	for (l = all; l != NULL; l = l->next)
		if (strcasecmp(l->name, name) == 0)
			return true;
	return false;
}

/* -------------------------------------------------------------------- find */

static bool
is_file_of(const char *file, const char *name)
{
	size_t n = strlen(name);

	return strncasecmp(file, name, n) == 0 && strcmp(file + n, ".so") == 0;
}

char *
load_find(const char *name, struct error *err)
{
	DIR *folder = opendir(settings.plugin_dir);
	const struct dirent *e;
	char *path = NULL;
	int rc = 0;

	if (folder == NULL) {
		error_set(err, "%s: %m", settings.plugin_dir);
		return NULL;
	}
	while (path == NULL && rc >= 0 && (e = readdir(folder)) != NULL)
		if (is_file_of(e->d_name, name))
			rc = asprintf(
			    &path, "%s/%s", settings.plugin_dir, e->d_name);
	closedir(folder);
	if (rc < 0)
		path = NULL;
	if (path == NULL)
		error_set(err, "there is no plugin \"%s\" in %s", name,
		    settings.plugin_dir);
	return path;
}

/* -------------------------------------------------------------------- load */

/* Modules of these languages need what is in the plugin's library. */
static bool
wants_global(const char *name)
{
	return strcasecmp(name, "perl") == 0 || strcasecmp(name, "python") == 0;
}

/* It is in no folder that the linker looks at. */
static int
load_libjvm(struct error *err)
{
	glob_t found = { .gl_pathc = 0 };
	int rc = 0;

	if (glob(LIBJVM, 0, NULL, &found) != 0)
		rc = error_set(err, "no Java is installed: no %s", LIBJVM);
	else if (dlopen(found.gl_pathv[0], RTLD_NOW | RTLD_GLOBAL) == NULL)
		rc = error_set(err, "%s", dlerror());
	globfree(&found);
	return rc;
}

/* Returns what registers its callbacks. */
static void (*open_plugin(
    const char *name, const char *path, bool global, struct error *err))(void)
{
	void (*begin)(void) = NULL;
	void *library, *symbol;

	if (imports_check(path, NULL, err) != 0)
		return NULL;
	if (strcasecmp(name, "java") == 0 && load_libjvm(err) != 0)
		return NULL;
	library = dlopen(path, RTLD_NOW | (global ? RTLD_GLOBAL : RTLD_LOCAL));
	symbol = library == NULL ? NULL : dlsym(library, "module_register");
	if (symbol == NULL)
		error_set(err, "%s", dlerror());
	memcpy(&begin, &symbol, sizeof(begin));
	return begin;
}

static struct loaded *
remember(const char *name)
{
	struct loaded *l = malloc(sizeof(*l) + strlen(name) + 1);

	if (l == NULL)
		return NULL;
	strcpy(l->name, name);
	l->next = all;
	all = l;
	return l;
}

int
load_plugin(
    const char *name, const plugin_ctx_t *like, bool global, struct error *err)
{
	plugin_ctx_t own = *like;
	struct context before;
	void (*begin)(void);
	struct loaded *l;
	char *path;

	if (load_is_loaded(name))
		return 0;
	path = load_find(name, err);
	if (path == NULL)
		return -1;
	begin = open_plugin(name, path, global || wants_global(name), err);
	free(path);
	if (begin == NULL)
		return -1;
	l = remember(name);
	if (l == NULL)
		return error_set(err, "out of memory");
	own.name = l->name;
	before = context_enter(&own, "module_register");
	begin();
	context_leave(before);
	return 0;
}
