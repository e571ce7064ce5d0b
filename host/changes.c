#include "changes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "tree_text.h"
#include "yaml.h"

const struct farm_tree *
changes_read(struct arena *arena, const char *state, struct problems *problems)
{
	const char *path = arena_printf(arena, "%s/changes.yaml", state);
	const struct farm_tree *list;

	if (path == NULL || access(path, F_OK) != 0)
		return NULL;
	if (yaml_load(arena, path, &list, problems) < 0)
		return NULL;
	if (list->kind == FARM_SEQUENCE)
		return list;
	problem_at(
	    problems, list, "changes are a list, not %s", tree_kind_name(list));
	return NULL;
}

static int
write_text(const char *path, const char *text, size_t size, struct error *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	bool good;

	if (fd < 0)
		return error_set(err, "%s: %m", path);
	good = write(fd, text, size) == (ssize_t)size && fdatasync(fd) == 0;
	if (close(fd) != 0)
		good = false;
	return good ? 0 : error_set(err, "%s: %m", path);
}

int
changes_write(
    const char *state, const struct farm_tree *list, struct error *err)
{
	struct buffer text = BUFFER_INIT;
	struct buffer path = BUFFER_INIT;
	struct buffer fresh = BUFFER_INIT;
	int rc = -1;
	size_t i;

	buffer_puts(&text, "# Kept by farmd, after the files of the "
			   "configuration: see farmctl config.\n");
	if (list->n_children == 0)
		buffer_puts(&text, "[]\n");
	for (i = 0; i < list->n_children; i++) {
		buffer_puts(&text, "- ");
		tree_flow(&text, list->children[i]);
		buffer_putc(&text, '\n');
	}
	buffer_printf(&path, "%s/changes.yaml", state);
	buffer_printf(&fresh, "%s.new", buffer_text(&path));
	if (buffer_failed(&text) || buffer_failed(&path) ||
	    buffer_failed(&fresh))
		error_set(err, "out of memory");
	else
		rc = write_text(fresh.data, text.data, text.size, err);
	if (rc == 0 && rename(fresh.data, path.data) != 0)
		rc = error_set(err, "%s: %m", path.data);
	buffer_free(&text);
	buffer_free(&path);
	buffer_free(&fresh);
	return rc;
}

/* --------------------------------------------------------------- the list */

static struct farm_tree *
piece(struct arena *arena, enum farm_tree_kind kind, const char *key,
    const char *value, size_t room)
{
	struct farm_tree *t = arena_alloc(arena, sizeof(*t));

	if (t == NULL || key == NULL || value == NULL)
		return NULL;
	*t = (struct farm_tree){ .kind = kind,
		.quoted = kind == FARM_SCALAR,
		.key = key,
		.value = value,
		.file = "changes.yaml" };
	t->children = arena_array(arena, room, sizeof(*t->children));
	return t->children == NULL ? NULL : t;
}

static int
add(struct farm_tree *to, const struct farm_tree *child)
{
	if (to == NULL || child == NULL)
		return -1;
	((const struct farm_tree **)to->children)[to->n_children++] = child;
	return 0;
}

const struct farm_tree *
change_new(struct arena *arena, int64_t time_ns, const char *user,
    const char *path, const struct farm_tree *value)
{
	struct farm_tree *change = piece(arena, FARM_MAPPING, "", "", 4);
	struct farm_tree *copy = NULL;
	struct buffer time = BUFFER_INIT;
	int rc;

	time_print(&time, time_ns, 0);
	rc = add(change, piece(arena, FARM_SCALAR, "time",
			     arena_strdup(arena, buffer_text(&time)), 0));
	buffer_free(&time);
	if (rc < 0 ||
	    add(change, piece(arena, FARM_SCALAR, "user",
			    arena_strdup(arena, user), 0)) < 0 ||
	    add(change,
		piece(arena, FARM_SCALAR, value != NULL ? "set" : "remove",
		    arena_strdup(arena, path), 0)) < 0)
		return NULL;
	if (value == NULL)
		return change;
	copy = (struct farm_tree *)tree_dup(arena, value);
	if (copy != NULL)
		copy->key = "value";
	return add(change, copy) < 0 ? NULL : change;
}

static const char *
path_of(const struct farm_tree *change)
{
	const struct farm_tree *path = tree_get(change, "set");

	if (path == NULL)
		path = tree_get(change, "remove");
	return path == NULL ? "" : path->value;
}

/* Is `path' the same as `above', or a piece of it? */
static bool
is_below(const char *path, const char *above)
{
	size_t n = strlen(above);

	return strncmp(path, above, n) == 0 &&
	       (path[n] == '\0' || path[n] == '.');
}

const struct farm_tree *
changes_add(struct arena *arena, const struct farm_tree *list,
    const struct farm_tree *change, struct error *err)
{
	size_t n = list == NULL ? 0 : list->n_children;
	struct farm_tree *fresh = piece(arena, FARM_SEQUENCE, "", "", n + 1);
	size_t i;

	if (fresh == NULL || change == NULL) {
		error_set(err, "out of memory");
		return NULL;
	}
	for (i = 0; i < n; i++)
		if (!is_below(path_of(list->children[i]), path_of(change)))
			(void)add(fresh, list->children[i]);
	(void)add(fresh, change);
	if (fresh->n_children <= CHANGES_MAX)
		return fresh;
	error_set(err,
	    "there are %d changes already; move them to the files of the "
	    "configuration",
	    CHANGES_MAX);
	return NULL;
}

const struct farm_tree *
changes_apply(struct arena *arena, const struct farm_tree *root,
    const struct farm_tree *list, struct problems *problems)
{
	const struct farm_tree *next;
	struct error err;
	size_t i;

	for (i = 0; list != NULL && i < list->n_children; i++) {
		next = change_apply(arena, root, list->children[i], &err);
		if (next != NULL)
			root = next;
		else
			warning_at(problems, list->children[i],
			    "this change has no effect any more: %s", err.text);
	}
	return root;
}

const struct farm_tree *
changes_prune(struct arena *arena, const struct farm_tree *root,
    const struct farm_tree *list)
{
	struct farm_tree *kept = piece(
	    arena, FARM_SEQUENCE, "", "", list->n_children);
	const struct farm_tree *next;
	struct error err;
	size_t i;

	for (i = 0; kept != NULL && i < list->n_children; i++) {
		next = change_apply(arena, root, list->children[i], &err);
		if (next == NULL)
			continue;
		(void)add(kept, list->children[i]);
		root = next;
	}
	return kept;
}

const struct farm_tree *
change_of(const struct farm_tree *list, const struct farm_tree *at)
{
	size_t i;

	for (i = 0; list != NULL && i < list->n_children; i++)
		if (list->children[i]->line == at->line &&
		    strcmp(list->children[i]->file, at->file) == 0)
			return list->children[i];
	return NULL;
}
