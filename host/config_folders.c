/* Where modules are looked for: what came with farmd, then the file's. */
#include "config.h"

#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config_tables.h"
#include "config_tree.h"
#include "option.h"
#include "yaml.h"

/* A growing list of strings; NULL once memory is out. */
struct folders {
	char **items;
	size_t n;
};

static int
add_folder(struct folders *f, const char *path)
{
	char **grown;

	if (path == NULL)
		return -1;
	grown = reallocarray(f->items, f->n + 1, sizeof(*grown));
	if (grown == NULL)
		return -1;
	f->items = grown;
	grown[f->n] = strdup(path);
	if (grown[f->n] == NULL)
		return -1;
	f->n++;
	return 0;
}

static void
free_folders(struct folders *f)
{
	while (f->n > 0)
		free(f->items[--f->n]);
	free(f->items);
}

/*
 * The folder of the running program, if it is a build tree: then the tree's
 * own modules are used, not those of an installed farmd.
 */
bool
config_build_tree(char *ret, size_t size)
{
	char marker[PATH_MAX + 16];
	ssize_t n = readlink("/proc/self/exe", ret, size - 1);

	if (n <= 0)
		return false;
	ret[n] = '\0';
	(void)dirname(ret);
	(void)snprintf(marker, sizeof(marker), "%s/config.status", ret);
	return access(marker, F_OK) == 0;
}

static const char *
folder_of(struct arena *arena, const char *path)
{
	char *copy = arena_strdup(arena, path);

	return copy == NULL ? NULL : dirname(copy);
}

/* As all paths of the file, a relative one is taken from the file's folder. */
static const char *
absolute(struct arena *arena, const char *base, const char *path)
{
	return path[0] == '/' ? path : arena_printf(arena, "%s/%s", base, path);
}

/* The file's `modules:' alone; what else is wrong in it is said later. */
static int
add_configured(struct folders *f, const char *path)
{
	const struct farm_option *top = config_sections[0].options;
	struct problems problems = PROBLEMS_INIT;
	struct arena *arena = arena_new(0);
	const struct farm_tree *root;
	const char *base;
	struct config *c;
	int result = 0;
	size_t i;

	c = arena == NULL ? NULL : arena_alloc(arena, sizeof(*c));
	root = c == NULL ? NULL : config_read(arena, path, &problems);
	if (root != NULL)
		(void)options_parse((struct option_table){ .first = top }, root,
		    NULL, c, arena, &problems);
	base = root == NULL ? NULL : folder_of(arena, path);
	for (i = 0; base != NULL && i < c->folders.n && result == 0; i++)
		result = add_folder(
		    f, absolute(arena, base, c->folders.items[i]));
	problems_free(&problems);
	arena_free(arena);
	return result;
}

char **
config_folders(const char *path, size_t *ret_n, size_t *ret_n_ours)
{
	struct folders f = { .items = NULL };
	char tree[PATH_MAX];
	size_t n_ours;

	if (add_folder(&f, config_build_tree(tree, sizeof(tree))
			       ? tree
			       : FARM_MODULE_DIR) < 0)
		goto fail;
	n_ours = f.n;
	if (path != NULL && add_configured(&f, path) < 0)
		goto fail;
	*ret_n = f.n;
	*ret_n_ours = n_ours;
	return f.items;
fail:
	free_folders(&f);
	return NULL;
}
