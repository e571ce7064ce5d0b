/* Writers that come with collectors: they stand in the tree as if somebody had
   configured them, with the collector as their place. */
#include "config_build.h"

#include <stdio.h>
#include <string.h>

#include "call.h"
#include "clock.h"
#include "yaml.h"

/* What the contract grants offer(). */
#define OFFER_NS (10 * NS_PER_S)

/* One collector's module is asked. */
struct asking {
	struct call call; /* first */
	struct config_build *build;
	const struct instance_config *instance;
};

/* ------------------------------------------------------------------- names */

static bool
is_among(const struct instance_config *all, size_t n, const char *name)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(all[i].name, name) == 0)
			return true;
	return false;
}

static bool
is_taken(const struct config_build *b, const char *name)
{
	const struct config *c = b->config;
	const struct farm_tree *writers = tree_get(b->root, "writers");

	return is_among(c->collectors, c->n_collectors, name) ||
	       is_among(c->filters, c->n_filters, name) ||
	       (writers != NULL && tree_get(writers, name) != NULL);
}

/* Somebody has written that one down: it is meant to be so. */
static bool
is_configured(const struct config_build *b, const char *name)
{
	const struct farm_tree *writers = tree_get(b->root, "writers");
	const struct config_offer *o = b->offers;

	while (o != NULL && strcmp(o->name, name) != 0)
		o = o->next;
	return o == NULL && writers != NULL && tree_get(writers, name) != NULL;
}

/* NAME, or COLLECTOR-NAME if another has that; NULL if both are taken. */
static const char *
free_name(const struct asking *a, const char *name)
{
	struct arena *arena = a->build->config->arena;
	const char *own = a->instance->name;
	size_t size = strlen(own) + strlen(name) + 2;
	char *longer;

	if (!is_taken(a->build, name))
		return arena_strdup(arena, name);
	longer = arena_alloc(arena, size);
	if (longer == NULL)
		return NULL;
	(void)snprintf(longer, size, "%s-%s", own, name);
	return is_taken(a->build, longer) ? NULL : longer;
}

/* -------------------------------------------------------------------- tree */

static struct farm_tree *
placed(struct arena *arena, const struct farm_tree *tree, const char *key,
    const struct farm_tree *place)
{
	const struct farm_tree **children = arena_array(
	    arena, tree->n_children, sizeof(*children));
	struct farm_tree *copy = arena_alloc(arena, sizeof(*copy));
	size_t i;

	if (copy == NULL || (children == NULL && tree->n_children > 0))
		return NULL;
	*copy = *tree;
	copy->key = arena_strdup(arena, key);
	copy->value = arena_strdup(arena, tree->value);
	copy->file = place->file;
	copy->line = place->line;
	copy->column = place->column;
	copy->children = children;
	for (i = 0; i < tree->n_children; i++) {
		children[i] = placed(
		    arena, tree->children[i], tree->children[i]->key, place);
		if (children[i] == NULL)
			return NULL;
	}
	return copy->key != NULL && copy->value != NULL ? copy : NULL;
}

/* The mapping, NULL for an empty one, with one more child or with another of
   its key. */
static const struct farm_tree *
with_child(struct arena *arena, const struct farm_tree *mapping,
    const struct farm_tree *child)
{
	size_t n = mapping != NULL ? mapping->n_children : 0, i;
	struct farm_tree *copy = arena_alloc(arena, sizeof(*copy));
	const struct farm_tree **children;
	bool replaced = false;

	children = arena_array(arena, n + 1, sizeof(*children));
	if (copy == NULL || children == NULL)
		return NULL;
	*copy = mapping != NULL ? *mapping : *child;
	for (i = 0; i < n; i++) {
		children[i] = mapping->children[i];
		if (strcmp(children[i]->key, child->key) != 0)
			continue;
		children[i] = child;
		replaced = true;
	}
	if (!replaced)
		children[n++] = child;
	copy->children = children;
	copy->n_children = n;
	return copy;
}

static int
add_writer(struct config_build *b, const struct farm_tree *writer)
{
	struct arena *arena = b->config->arena;
	const struct farm_tree *writers = tree_get(b->root, "writers"), *root;
	struct farm_tree *named;

	if (writers != NULL && writers->kind != FARM_MAPPING)
		return 0; /* it is said where writers are built */
	writers = with_child(arena, writers, writer);
	if (writers == NULL)
		return -1;
	named = arena_alloc(arena, sizeof(*named));
	if (named == NULL)
		return -1;
	*named = *writers;
	named->key = "writers";
	root = with_child(arena, b->root, named);
	if (root == NULL)
		return -1;
	b->root = root;
	return 0;
}

/* ------------------------------------------------------------------ asking */

static int
take_offer(
    struct farm_host *host, const char *name, const struct farm_tree *writer)
{
	struct asking *a = (struct asking *)host;
	struct arena *arena = a->build->config->arena;
	struct config_offer *o;
	const char *unique;

	if (is_configured(a->build, name))
		return 0;
	unique = free_name(a, name);
	if (unique == NULL)
		return farm_fail(host,
		    "there are instances \"%s\" already, so "
		    "a writer that comes with %s is left out",
		    name, a->instance->name);
	o = arena_alloc(arena, sizeof(*o));
	writer = placed(arena, writer, unique, a->instance->place);
	if (o == NULL || writer == NULL || add_writer(a->build, writer) != 0)
		return farm_fail(host, "out of memory");
	*o = (struct config_offer){ a->build->offers, unique,
		a->instance->name };
	a->build->offers = o;
	return 0;
}

static void
ask(struct config_build *b, const struct instance_config *c)
{
	struct farm_host_ops ops = call_ops;
	struct asking a = { .build = b, .instance = c };

	ops.offer = take_offer;
	call_init(&a.call, &ops, NULL);
	a.call.deadline_mono_ns = clock_mono_ns() + OFFER_NS;
	if (c->module->descriptor.offer(&a.call.host, c->options, c->name) != 0)
		warning_at(b->problems, c->place, "%s",
		    a.call.failed ? a.call.error.text
				  : "offer() failed without saying why");
}

void
config_add_offers(struct config_build *b)
{
	const struct config *c = b->config;
	const struct instance_config *one;
	size_t i;

	for (i = 0; i < c->n_collectors; i++) {
		one = &c->collectors[i];
		if (one->enabled && one->module->ours &&
		    one->module->descriptor.offer != NULL)
			ask(b, one);
	}
}
