#include "config_tree.h"

#include <dirent.h>
#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>

#include "yaml.h"

static struct farm_tree *
tree_copy(struct arena *arena, const struct farm_tree *tree, size_t room)
{
	const struct farm_tree **children;
	struct farm_tree *copy = arena_alloc(arena, sizeof(*copy));

	children = arena_array(
	    arena, tree->n_children + room, sizeof(*children));
	if (copy == NULL || children == NULL)
		return NULL;
	*copy = *tree;
	if (tree->n_children > 0)
		memcpy(children, tree->children,
		    tree->n_children * sizeof(*children));
	copy->children = children;
	return copy;
}

/* The slot of `key' among the first n children, or n. */
static size_t
find_key(const struct farm_tree *tree, size_t n, const char *key)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(tree->children[i]->key, key) == 0)
			break;
	return i;
}

static const struct farm_tree *
merge_mappings(struct arena *arena, const struct farm_tree *a,
    const struct farm_tree *b, struct problems *problems)
{
	struct farm_tree *merged = tree_copy(arena, a, b->n_children);
	const struct farm_tree **children;
	size_t i;

	if (merged == NULL)
		return NULL;
	children = (const struct farm_tree **)merged->children;
	for (i = 0; i < b->n_children; i++) {
		const struct farm_tree *child = b->children[i];
		size_t at = find_key(merged, a->n_children, child->key);

		if (at < a->n_children) {
			child = config_merge(
			    arena, children[at], child, problems);
			if (child == NULL)
				return NULL;
		} else {
			at = merged->n_children++;
		}
		children[at] = child;
	}
	return merged;
}

static const struct farm_tree *
join_lists(
    struct arena *arena, const struct farm_tree *a, const struct farm_tree *b)
{
	struct farm_tree *joined = tree_copy(arena, a, b->n_children);
	const struct farm_tree **children;
	size_t i;

	if (joined == NULL)
		return NULL;
	children = (const struct farm_tree **)joined->children;
	for (i = 0; i < b->n_children; i++)
		children[joined->n_children++] = b->children[i];
	return joined;
}

const struct farm_tree *
config_merge(struct arena *arena, const struct farm_tree *a,
    const struct farm_tree *b, struct problems *problems)
{
	if (a->kind == FARM_MAPPING && b->kind == FARM_MAPPING)
		return merge_mappings(arena, a, b, problems);
	if (a->kind == FARM_SEQUENCE && b->kind == FARM_SEQUENCE)
		return join_lists(arena, a, b);
	problem_at(problems, b, "\"%s\" is given already at %s:%u", b->key,
	    a->file, a->line);
	return a;
}

static int
is_addition(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return entry->d_name[0] != '.' && dot != NULL &&
	       strcmp(dot, ".yaml") == 0;
}

/* Of this process, set before anything is read; NULL: none. */
static const char *tried_name, *tried_path;

void
config_try(const char *name, const char *path)
{
	tried_name = name;
	tried_path = path;
}

/* The folder conf.d beside `path'; in `arena', NULL if memory is out. */
static const char *
additions_folder(struct arena *arena, const char *path)
{
	char *copy = arena_strdup(arena, path);

	return copy == NULL ? NULL
			    : arena_printf(arena, "%s/conf.d", dirname(copy));
}

/* Add one file to `root'; a bad one is passed over, its problems noted. */
static const struct farm_tree *
read_addition(struct arena *arena, const struct farm_tree *root,
    const char *folder, const char *name, struct problems *problems)
{
	const char *place = arena_printf(arena, "%s/%s", folder, name);
	bool tried = tried_name != NULL && strcmp(name, tried_name) == 0;
	const struct farm_tree *more = NULL;

	if (place == NULL || yaml_load_as(arena, tried ? tried_path : place,
				 place, &more, problems) < 0)
		return root;
	if (more->kind != FARM_MAPPING) {
		problem_at(problems, more,
		    "a configuration is a mapping, not %s",
		    tree_kind_name(more));
		return root;
	}
	if (root == NULL || root->kind != FARM_MAPPING)
		return root;
	return config_merge(arena, root, more, problems);
}

/* Does the one that is tried come before this one (NULL: the end)? */
static bool
is_tried_next(const char *name)
{
	return tried_name != NULL &&
	       (name == NULL || strcoll(tried_name, name) < 0);
}

/* Every file is read even if one is bad, so that all problems are seen. */
static const struct farm_tree *
read_additions(struct arena *arena, const struct farm_tree *root,
    const char *folder, struct problems *problems)
{
	bool tried = tried_name == NULL;
	struct dirent **entries = NULL;
	int n = scandir(folder, &entries, is_addition, alphasort);
	const char *name;
	int i;

	if (n < 0 && errno != ENOENT)
		problem_in(problems, folder, 0, 0, "%s", strerror(errno));
	for (i = 0; i < n || !tried; i++) {
		name = i < n ? entries[i]->d_name : NULL;
		if (!tried && is_tried_next(name)) {
			root = read_addition(
			    arena, root, folder, tried_name, problems);
			tried = true;
		}
		if (name == NULL)
			continue;
		tried |= tried_name != NULL && strcmp(name, tried_name) == 0;
		root = read_addition(arena, root, folder, name, problems);
		free(entries[i]);
	}
	free(entries);
	return root;
}

const struct farm_tree *
config_read(struct arena *arena, const char *path, struct problems *problems)
{
	const char *folder = additions_folder(arena, path);
	const struct farm_tree *root = NULL;

	(void)yaml_load(arena, path, &root, problems);
	if (folder != NULL)
		root = read_additions(arena, root, folder, problems);
	if (problems->n_errors > 0)
		return NULL;
	if (root != NULL && root->kind != FARM_MAPPING) {
		problem_at(problems, root,
		    "a configuration is a mapping, not %s",
		    tree_kind_name(root));
		return NULL;
	}
	return root;
}
