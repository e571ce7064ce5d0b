/* Filters and writers: what stands behind the router. */
#include "config_build.h"

#include <stdlib.h>
#include <string.h>

#include "name.h"
#include "option.h"
#include "yaml.h"

/* "rate" or {rate: {match: ...}} */
static int
build_filter(struct config_build *b, const struct farm_tree *item,
    struct instance_config *ret)
{
	const struct farm_tree *options = NULL;
	struct instance_options own;
	const char *module = item->value;

	if (item->kind == FARM_MAPPING && item->n_children == 1) {
		options = item->children[0];
		module = options->key;
		item = options;
	} else if (item->kind != FARM_SCALAR) {
		return problem_at(b->problems, item,
		    "a filter is a module's name, or a mapping of one "
		    "module's name to its options");
	}
	if (config_build_instance(b, FARM_FILTER, module, item, options,
		filter_options, ret, &own) < 0)
		return -1;
	config_build_match(b, own.match, ret);
	config_build_tap(b, &own, ret);
	if (ret->name == NULL)
		ret->name = arena_printf(ret->arena, "filters/%s", module);
	return ret->name == NULL
		   ? problem_at(b->problems, item, "out of memory")
		   : 0;
}

void
config_build_filters(struct config_build *b)
{
	const struct farm_tree *list = tree_get(b->root, "filters");
	struct instance_config *all;
	size_t i;

	if (list == NULL)
		return;
	if (list->kind != FARM_SEQUENCE) {
		problem_at(b->problems, list,
		    "\"filters\" is a list, in the order values pass them, "
		    "not %s",
		    tree_kind_name(list));
		return;
	}
	all = arena_array(b->config->arena, list->n_children, sizeof(*all));
	if (all == NULL) {
		problem_at(b->problems, list, "out of memory");
		return;
	}
	b->config->filters = all;
	for (i = 0; i < list->n_children; i++)
		if (build_filter(
			b, list->children[i], &all[b->config->n_filters]) == 0)
			b->config->n_filters++;
}

static bool
is_own_key(const char *key)
{
	const struct farm_option *o = writer_options;

	while (o->name != NULL && strcmp(o->name, key) != 0)
		o++;
	return o->name != NULL;
}

/* "50%" */
static int64_t
parse_share(
    struct config_build *b, const struct farm_tree *tree, const char *text)
{
	char *end;
	long n = strtol(text, &end, 10);

	if (end == text || strcmp(end, "%") != 0 || n < 1 || n > 100)
		problem_at(b->problems, tree_get(tree, "backlog"),
		    "\"%s\" is not a share of 1%% to 100%%", text);
	return n;
}

/* The one key of a writer that is not the host's: its module. */
static const struct farm_tree *
find_module(struct config_build *b, const struct farm_tree *tree)
{
	const struct farm_tree *module = NULL;
	size_t i;

	for (i = 0; i < tree->n_children; i++) {
		const struct farm_tree *child = tree->children[i];

		if (is_own_key(child->key))
			continue;
		if (module != NULL) {
			problem_at(b->problems, child,
			    "writer \"%s\" has its module already: \"%s\"",
			    tree->key, module->key);
			return NULL;
		}
		module = child;
	}
	if (module == NULL)
		problem_at(b->problems, tree,
		    "writer \"%s\" names no module, such as sql: {...}",
		    tree->key);
	return module;
}

/* Who offered the writer of this name; NULL if nobody has. */
static const char *
offered_by(const struct config_build *b, const char *name)
{
	const struct config_offer *o = b->offers;

	while (o != NULL && strcmp(o->name, name) != 0)
		o = o->next;
	return o != NULL ? o->from : NULL;
}

/* The tree without the module: the host's keys alone. */
static const struct farm_tree *
own_keys(struct arena *arena, const struct farm_tree *tree,
    const struct farm_tree *module)
{
	struct farm_tree *copy = arena_alloc(arena, sizeof(*copy));
	const struct farm_tree **children = arena_array(
	    arena, tree->n_children, sizeof(*children));
	size_t i;

	if (copy == NULL || children == NULL)
		return NULL;
	*copy = *tree;
	copy->children = children;
	copy->n_children = 0;
	for (i = 0; i < tree->n_children; i++)
		if (tree->children[i] != module)
			children[copy->n_children++] = tree->children[i];
	return copy;
}

/* store: {match: ..., sql: {...}} */
static int
build_writer(struct config_build *b, const struct farm_tree *tree,
    struct instance_config *ret)
{
	static const struct farm_option none[] = { FARM_OPTION_END };
	struct arena *arena = b->config->arena;
	struct instance_options own = { .enabled = true };
	const struct farm_tree *module;
	const struct farm_tree *rest;
	struct error err;

	if (tree->kind != FARM_MAPPING)
		return problem_at(b->problems, tree,
		    "a writer is a mapping such as {sql: {...}}, not %s",
		    tree_kind_name(tree));
	if (name_check("writer", tree->key, strlen(tree->key), &err) < 0)
		return problem_at(b->problems, tree, "%s", err.text);
	module = find_module(b, tree);
	if (module == NULL || config_build_instance(b, FARM_WRITER, module->key,
				  module, module, none, ret, &own) < 0)
		return -1;
	rest = own_keys(arena, tree, module);
	if (rest == NULL)
		return problem_at(b->problems, tree, "out of memory");
	if (options_parse((struct option_table){ .first = writer_options },
		rest, NULL, &own, arena, b->problems) < 0)
		return -1;
	config_build_match(b, own.match, ret);
	config_build_isolation(b, &own, ret);
	ret->enabled = own.enabled;
	ret->deadline_ns = own.deadline_ns;
	ret->backlog = parse_share(b, rest, own.backlog);
	ret->from_oldest = own.begin == 1;
	ret->name = arena_strdup(ret->arena, tree->key);
	if (offered_by(b, tree->key) != NULL)
		ret->offered_by = arena_strdup(
		    ret->arena, offered_by(b, tree->key));
	return ret->name == NULL
		   ? problem_at(b->problems, tree, "out of memory")
		   : 0;
}

void
config_build_writers(struct config_build *b)
{
	const struct farm_tree *writers = tree_get(b->root, "writers");
	struct instance_config *all;
	size_t i;

	if (writers == NULL)
		return;
	if (writers->kind != FARM_MAPPING) {
		problem_at(b->problems, writers,
		    "\"writers\" is a mapping of names to writers, not %s",
		    tree_kind_name(writers));
		return;
	}
	all = arena_array(b->config->arena, writers->n_children, sizeof(*all));
	if (all == NULL) {
		problem_at(b->problems, writers, "out of memory");
		return;
	}
	b->config->writers = all;
	for (i = 0; i < writers->n_children; i++)
		if (build_writer(b, writers->children[i],
			&all[b->config->n_writers]) == 0)
			b->config->n_writers++;
}
