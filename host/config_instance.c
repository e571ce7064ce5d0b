#include "config_build.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "option.h"
#include "predicate.h"
#include "yaml.h"

/* The names of the host's own keys, ending in NULL; NULL if memory is out. */
static const char *const *
own_names(struct arena *arena, const struct farm_option *own)
{
	const char **names;
	size_t n = 0;

	while (own[n].name != NULL)
		n++;
	names = arena_array(arena, n + 1, sizeof(*names));
	while (names != NULL && n-- > 0)
		names[n] = own[n].name;
	return names;
}

static bool
contains(const char *const *names, const char *name)
{
	while (*names != NULL && strcmp(*names, name) != 0)
		names++;
	return *names != NULL;
}

/* The keys that are there and not the host's: the module's, or mistakes. */
static const char *const *
other_keys(
    struct arena *arena, const struct farm_tree *tree, const char *const *own)
{
	size_t room = tree == NULL ? 0 : tree->n_children;
	const char **keys = arena_array(arena, room + 1, sizeof(*keys));
	size_t n = 0;
	size_t i;

	for (i = 0; keys != NULL && i < room; i++)
		if (!contains(own, tree->children[i]->key))
			keys[n++] = tree->children[i]->key;
	return keys;
}

/* `snmp:` with nothing behind it has no options. */
static bool
is_empty(const struct farm_tree *tree)
{
	return tree == NULL ||
	       (tree->kind == FARM_SCALAR && !tree->quoted &&
		   (tree->value[0] == '\0' || strcmp(tree->value, "~") == 0 ||
		       strcmp(tree->value, "null") == 0));
}

/*
 * The host's keys and the module's stand in one mapping: each table is parsed
 * with the other's keys passed over, so that a key unknown to both is named
 * once, by the module's.
 */
static int
parse_options(struct config_build *b, const struct farm_tree *tree,
    const struct farm_option *own, struct instance_config *c,
    struct instance_options *ret_own)
{
	struct arena *arena = c->arena;
	const char *const *names = own_names(arena, own);
	const char *const *others;
	size_t known = b->problems->n_errors;

	if (tree != NULL && tree->kind != FARM_MAPPING)
		return problem_at(b->problems, tree,
		    "the options of \"%s\" are a mapping, not %s",
		    c->module->name, tree_kind_name(tree));
	c->options = arena_alloc(arena, c->module->descriptor.state_size);
	others = names == NULL ? NULL : other_keys(arena, tree, names);
	if (others == NULL || c->options == NULL)
		return problem_at(b->problems, c->place, "out of memory");
	(void)options_parse(
	    c->module->options, tree, names, c->options, arena, b->problems);
	(void)options_parse((struct option_table){ .first = own }, tree, others,
	    ret_own, arena, b->problems);
	return b->problems->n_errors == known ? 0 : -1;
}

/* An arena that goes with the configuration, unless an instance keeps it. */
static struct arena *
add_arena(struct config *c)
{
	struct arena *arena = arena_new(0);
	struct arena **grown;

	if (arena == NULL)
		return NULL;
	grown = arena_grow(c->arena, c->arenas, c->n_arenas * sizeof(*grown),
	    (c->n_arenas + 1) * sizeof(*grown));
	if (grown == NULL) {
		arena_free(arena);
		return NULL;
	}
	c->arenas = grown;
	grown[c->n_arenas++] = arena;
	return arena;
}

/* What every instance has of its own. */
static int
begin_instance(struct config_build *b, const struct farm_tree *place,
    const struct farm_tree *tree, struct instance_config *c)
{
	struct farm_tree where = *place;

	where.n_children = 0;
	c->arena = add_arena(b->config);
	if (c->arena == NULL)
		return problem_at(b->problems, place, "out of memory");
	c->place = tree_dup(c->arena, &where);
	c->farm = arena_strdup(c->arena, b->config->farm);
	if (!is_empty(tree))
		c->tree = tree_dup(c->arena, tree);
	if (c->place == NULL || c->farm == NULL ||
	    (!is_empty(tree) && c->tree == NULL))
		return problem_at(b->problems, place, "out of memory");
	return 0;
}

int
config_need_code(struct config_build *b, const struct farm_tree *place,
    struct module **module)
{
	struct error err;

	if (module_load(*module, module, &err) < 0)
		return problem_at(b->problems, place, "%s", err.text);
	return 0;
}

int
config_build_instance(struct config_build *b, enum farm_role role,
    const char *name, const struct farm_tree *place,
    const struct farm_tree *tree, const struct farm_option *own,
    struct instance_config *ret, struct instance_options *ret_own)
{
	struct instance_config c = { .cluster = "" };
	struct instance_options o = { .enabled = true };
	struct error err;

	if (modules_find(b->modules, role, name, &c.module, &err) < 0)
		return problem_at(b->problems, place, "%s", err.text);
	if (begin_instance(b, place, tree, &c) < 0 ||
	    parse_options(b, c.tree, own, &c, &o) < 0)
		return -1;
	c.enabled = o.enabled;
	c.keep = o.keep;
	c.name = o.name != NULL && o.name[0] != '\0' ? o.name : NULL;
	*ret = c;
	*ret_own = o;
	return 0;
}

/* Only what the mapping names; the rest stays as it is. */
static void
override_lifetimes(
    struct config_build *b, const struct farm_tree *tree, struct lifetimes *ret)
{
	struct lifetimes own;

	if (options_parse((struct option_table){ .first = lifetime_options },
		tree, NULL, &own, b->config->arena, b->problems) < 0)
		return;
	if (tree_get(tree, "parameter") != NULL)
		ret->parameter_ns = own.parameter_ns;
	if (tree_get(tree, "node") != NULL)
		ret->node_ns = own.node_ns;
	if (tree_get(tree, "cluster") != NULL)
		ret->cluster_ns = own.cluster_ns;
}

void
config_build_lifetimes(
    struct config_build *b, const struct farm_tree *tree, struct lifetimes *ret)
{
	struct error err;
	int64_t one;

	if (tree == NULL)
		return;
	if (tree->kind == FARM_MAPPING) {
		override_lifetimes(b, tree, ret);
		return;
	}
	if (tree->kind != FARM_SCALAR)
		problem_at(b->problems, tree,
		    "\"lifetime\" is a duration or a mapping, not %s",
		    tree_kind_name(tree));
	else if (duration_parse(tree->value, &one, &err) < 0)
		problem_at(b->problems, tree, "\"lifetime\": %s", err.text);
	else if (one < 0)
		problem_at(b->problems, tree,
		    "\"lifetime\" is negative; 0s means for ever");
	else
		*ret = (struct lifetimes){ one, one, one };
}

void
config_build_match(struct config_build *b, const struct farm_tree *tree,
    struct instance_config *ret)
{
	static const char *const any[] = { "*" };
	static const struct farm_predicate all = {
		.farm = "*",
		.cluster = "*",
		.node = "*",
		.parameters = any,
		.n_parameters = 1,
	};
	struct farm_predicate *predicates;
	struct matcher *matcher;
	struct error err;

	ret->match = &all;
	ret->n_match = 1;
	ret->match_tree = tree_dup(ret->arena, tree);
	tree = ret->match_tree;
	if (tree == NULL || predicate_from_tree(ret->arena, tree, &predicates,
				&ret->n_match, b->problems) < 0)
		return;
	ret->match = predicates;
	if (matcher_new(&matcher, predicates, ret->n_match, &err) < 0) {
		problem_at(b->problems, tree, "%s", err.text);
		return;
	}
	matcher_free(matcher);
}
