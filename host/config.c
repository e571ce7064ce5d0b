#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "access.h"
#include "changes.h"
#include "config_build.h"
#include "config_tables.h"
#include "config_tree.h"
#include "name.h"
#include "option.h"
#include "yaml.h"

/* Keys of the top level that are not options: the other sections. */
static const char *const top_keys[] = { "http", "pool", "cache", "limits",
	"self", "journal", "access", "clusters", "filters", "writers", NULL };

/* "journal: none" is the one section that can be a word. */
static bool
is_none(struct config_build *b, const struct config_section *s,
    const struct farm_tree *tree)
{
	bool none = strcmp(s->name, "journal") == 0 && tree != NULL &&
		    tree->kind == FARM_SCALAR &&
		    strcmp(tree->value, "none") == 0;

	b->config->journal.none |= none;
	return none;
}

static void
parse_sections(struct config_build *b)
{
	const struct config_section *s;

	for (s = config_sections; s->name != NULL; s++) {
		const struct farm_tree *tree = b->root;

		if (strcmp(s->name, "http") == 0)
			tree = config_http_tree(b);
		else if (s->name[0] != '\0')
			tree = tree_get(b->root, s->name);
		if (is_none(b, s, tree))
			tree = NULL;
		(void)options_parse(
		    (struct option_table){ .first = s->options }, tree,
		    s->name[0] == '\0' ? top_keys : NULL,
		    (char *)b->config + s->offset, b->config->arena,
		    b->problems);
	}
}

static void
build_access(struct config_build *b)
{
	const struct farm_tree *tree = tree_get(b->root, "access");

	if (tree != NULL)
		b->config->access = access_new(tree, b->problems);
}

/* The farm is named after the host unless the file says otherwise. */
static void
name_farm(struct config_build *b)
{
	const struct farm_tree *place = tree_get(b->root, "farm");
	struct error err;
	char host[256];

	if (b->config->farm == NULL || b->config->farm[0] == '\0') {
		if (gethostname(host, sizeof(host)) < 0)
			strcpy(host, "localhost");
		host[sizeof(host) - 1] = '\0';
		b->config->farm = arena_strdup(b->config->arena, host);
	}
	if (b->config->farm == NULL)
		problem_at(b->problems, place, "out of memory");
	else if (name_check("farm", b->config->farm, strlen(b->config->farm),
		     &err) < 0)
		problem_at(b->problems, place, "%s", err.text);
}

static void
check_unique(
    struct config_build *b, const struct instance_config *all, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		const struct farm_tree *first = config_name_taken(
		    b, all[i].name, all[i].place);

		if (first != NULL)
			problem_at(b->problems, all[i].place,
			    "a second instance named \"%s\"; the first is at "
			    "%s:%u; give one of them a \"name\"",
			    all[i].name, first->file, first->line);
	}
}

/* Over the operator's files: what was changed while the farm ran. */
static void
apply_changes(struct config_build *b, const struct farm_tree *change)
{
	struct config *c = b->config;
	const struct farm_tree *files = b->root;
	const struct farm_tree *next;
	struct error err;

	c->changes = changes_read(c->arena, c->state, b->problems);
	b->root = changes_apply(c->arena, files, c->changes, b->problems);
	if (change == NULL)
		return;
	next = change_apply(c->arena, b->root, change, &err);
	if (next != NULL) {
		b->root = next;
		c->changes = changes_add(c->arena, c->changes, change, &err);
	}
	if (next == NULL || c->changes == NULL)
		problem_at(b->problems, NULL, "%s", err.text);
	else
		c->changes = changes_prune(c->arena, files, c->changes);
}

static void
build(struct config_build *b, const struct farm_tree *change)
{
	struct config *c = b->config;

	parse_sections(b);
	apply_changes(b, change);
	name_farm(b);
	build_access(b);
	config_build_http(b);
	config_build_collectors(b);
	config_build_filters(b);
	config_add_offers(b);
	config_build_writers(b);
	check_unique(b, c->collectors, c->n_collectors);
	check_unique(b, c->filters, c->n_filters);
	check_unique(b, c->writers, c->n_writers);
	config_names_free(b);
}

struct config *
config_load(
    const char *path, struct modules *modules, struct problems *problems)
{
	return config_load_changed(path, modules, NULL, problems);
}

struct config *
config_load_changed(const char *path, struct modules *modules,
    const struct farm_tree *change, struct problems *problems)
{
	struct arena *arena = arena_new(0);
	struct config *c;

	c = arena == NULL ? NULL : arena_alloc(arena, sizeof(*c));
	if (c == NULL) {
		problem_in(problems, path, 0, 0, "out of memory");
		arena_free(arena);
		return NULL;
	}
	c->arena = arena;
	c->file = arena_strdup(arena, path);

	struct config_build b = {
		.config = c,
		.modules = modules,
		.problems = problems,
		.root = config_read(arena, path, problems),
	};
	if (b.root != NULL)
		build(&b, change);
	c->tree = b.root;
	problems_sort(problems);
	if (b.root == NULL || problems->n_errors > 0) {
		config_free(c);
		return NULL;
	}
	return c;
}

void
config_free(struct config *c)
{
	size_t i;

	if (c == NULL)
		return;
	for (i = 0; i < c->n_arenas; i++)
		arena_free(c->arenas[i]);
	access_unref(c->access);
	arena_free(c->arena);
}
