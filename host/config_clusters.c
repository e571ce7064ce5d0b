#include "config_build.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "hostlist.h"
#include "name.h"
#include "node_file.h"
#include "option.h"
#include "yaml.h"

/* A run may take this long at most unless its deadline is configured. */
#define DEADLINE_MAX_NS (60 * NS_PER_S)

/* What is collected while the clusters are gone through. */
struct cluster_build {
	struct config_build *b;
	const char *name;
	struct cluster_options options;
	struct lifetimes lifetimes;
	struct node_config *nodes;
	const struct farm_tree **places;   /* of them */
	const struct node_config **sorted; /* the same by name */
	size_t n_nodes;
	size_t room; /* for nodes and places */
};

static int
out_of_memory(struct config_build *b, const struct farm_tree *place)
{
	return problem_at(b->problems, place, "out of memory");
}

/* Twice as much each time: a file brings a node with each line, and the arena
   keeps what was too small. */
static int
make_room(struct cluster_build *c, size_t n)
{
	struct arena *arena = c->b->config->arena;
	const struct farm_tree **places;
	struct node_config *nodes;
	size_t room = 2 * c->room;

	if (c->n_nodes + n <= c->room)
		return 0;
	if (room < c->n_nodes + n)
		room = c->n_nodes + n;
	nodes = arena_grow(
	    arena, c->nodes, c->room * sizeof(*nodes), room * sizeof(*nodes));
	places = arena_grow(arena, c->places, c->room * sizeof(*places),
	    room * sizeof(*places));
	if (nodes == NULL || places == NULL)
		return -1;
	c->nodes = nodes;
	c->places = places;
	c->room = room;
	return 0;
}

/* Append n nodes; `addresses' NULL: contacted by their names. */
static int
add_nodes(struct cluster_build *c, const struct farm_tree *place,
    const char *const *names, const char *const *addresses, size_t n)
{
	struct config_build *b = c->b;
	struct error err;
	size_t i;

	if (make_room(c, n) != 0)
		return out_of_memory(b, place);
	for (i = 0; i < n; i++) {
		if (name_check("node", names[i], strlen(names[i]), &err) < 0)
			return problem_at(b->problems, place, "%s", err.text);
		c->places[c->n_nodes] = place;
		c->nodes[c->n_nodes++] = (struct node_config){
			.name = names[i],
			.address = addresses != NULL ? addresses[i] : names[i],
		};
	}
	return 0;
}

static int
expand(struct cluster_build *c, const struct farm_tree *place, const char *text,
    const char *const **ret, size_t *ret_n)
{
	struct error err;

	if (hostlist_expand(c->b->config->arena, text, ret, ret_n, &err) < 0)
		return problem_at(c->b->problems, place, "%s", err.text);
	return 0;
}

/* Names, and as many addresses; NULL: contacted by their names. */
static int
add_pairs(struct cluster_build *c, const struct farm_tree *place,
    const char *names_text, const char *addresses_text)
{
	const char *const *addresses = NULL;
	const char *const *names;
	size_t n_addresses = 0;
	size_t n;

	if (expand(c, place, names_text, &names, &n) < 0)
		return -1;
	if (addresses_text != NULL) {
		if (expand(c, place, addresses_text, &addresses, &n_addresses) <
		    0)
			return -1;
		if (n_addresses != n)
			return problem_at(c->b->problems, place,
			    "%zu names, but %zu addresses", n, n_addresses);
	}
	return add_nodes(c, place, names, addresses, n);
}

/* {name: n[1-3], address: 10.0.0.[1-3]} */
static int
add_mapped_nodes(struct cluster_build *c, const struct farm_tree *tree)
{
	struct config_build *b = c->b;
	struct node_config pair = { .name = NULL };

	if (options_parse((struct option_table){ .first = node_options }, tree,
		NULL, &pair, b->config->arena, b->problems) < 0)
		return -1;
	if (pair.name == NULL || pair.name[0] == '\0')
		return problem_at(b->problems, tree, "a node needs a \"name\"");
	if (pair.address != NULL && pair.address[0] == '\0')
		pair.address = NULL;
	return add_pairs(c, tree, pair.name, pair.address);
}

/* "@/etc/farm/switches": its good lines are looked at in any case. */
static int
add_file(struct cluster_build *c, const struct farm_tree *item)
{
	struct node_line *lines = NULL;
	size_t n = 0, i;
	int result = node_file_read(
	    c->b->config->arena, item, &lines, &n, c->b->problems);

	for (i = 0; i < n; i++)
		result |= add_pairs(
		    c, &lines[i].place, lines[i].names, lines[i].addresses);
	return result;
}

static int
add_node_item(struct cluster_build *c, const struct farm_tree *item)
{
	if (item->kind == FARM_MAPPING)
		return add_mapped_nodes(c, item);
	if (item->kind != FARM_SCALAR)
		return problem_at(c->b->problems, item,
		    "a node is a name or a mapping, not %s",
		    tree_kind_name(item));
	if (item->value[0] == '@')
		return add_file(c, item);
	return add_pairs(c, item, item->value, NULL);
}

static int
compare_nodes(const void *a, const void *b)
{
	const struct node_config *const *x = a;
	const struct node_config *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

/* Where it is named again. */
static const struct farm_tree *
later_place(const struct cluster_build *c, const struct node_config *a,
    const struct node_config *b)
{
	return c->places[(a > b ? a : b) - c->nodes];
}

/* A node named twice would run everything twice into the same series. */
static void
sort_nodes(struct cluster_build *c)
{
	const struct node_config **sorted = arena_array(
	    c->b->config->arena, c->n_nodes, sizeof(*sorted));
	size_t i;

	if (sorted == NULL) {
		(void)out_of_memory(c->b, c->options.nodes);
		return;
	}
	for (i = 0; i < c->n_nodes; i++)
		sorted[i] = &c->nodes[i];
	qsort(sorted, c->n_nodes, sizeof(*sorted), compare_nodes);
	for (i = 1; i < c->n_nodes; i++)
		if (compare_nodes(&sorted[i - 1], &sorted[i]) == 0)
			problem_at(c->b->problems,
			    later_place(c, sorted[i - 1], sorted[i]),
			    "node \"%s\" is in cluster \"%s\" twice",
			    sorted[i]->name, c->name);
	c->sorted = sorted;
}

static void
build_nodes(struct cluster_build *c)
{
	const struct farm_tree *nodes = c->options.nodes;
	size_t i;

	if (nodes == NULL)
		return;
	if (nodes->kind != FARM_SEQUENCE)
		(void)add_node_item(c, nodes);
	for (i = 0; i < nodes->n_children; i++)
		if (nodes->kind == FARM_SEQUENCE)
			(void)add_node_item(c, nodes->children[i]);
}

static int
choose_node(struct cluster_build *c, const struct farm_tree *place,
    const char *name, bool *chosen)
{
	const struct node_config key = { .name = name };
	const struct node_config *wanted = &key;
	const struct node_config **found;

	found = bsearch(
	    &wanted, c->sorted, c->n_nodes, sizeof(*c->sorted), compare_nodes);
	if (found == NULL)
		return problem_at(c->b->problems, place,
		    "cluster \"%s\" has no node \"%s\"", c->name, name);
	if (chosen[*found - c->nodes])
		return problem_at(
		    c->b->problems, place, "node \"%s\" is named twice", name);
	chosen[*found - c->nodes] = true;
	return 0;
}

static int
choose_item(struct cluster_build *c, const struct farm_tree *item, bool *chosen)
{
	const char *const *names;
	size_t i, n;

	if (item->kind != FARM_SCALAR)
		return problem_at(c->b->problems, item,
		    "a node of the cluster is meant by its name, not by %s",
		    tree_kind_name(item));
	if (expand(c, item, item->value, &names, &n) < 0)
		return -1;
	for (i = 0; i < n; i++)
		if (choose_node(c, item, names[i], chosen) < 0)
			return -1;
	return 0;
}

/* Copy the chosen nodes, in the order of the cluster. */
static int
copy_chosen(
    struct cluster_build *c, const bool *chosen, struct instance_config *ret)
{
	struct node_config *nodes;
	size_t n = 0;
	size_t i;

	nodes = arena_array(c->b->config->arena, c->n_nodes, sizeof(*nodes));
	if (nodes == NULL)
		return out_of_memory(c->b, ret->place);
	for (i = 0; i < c->n_nodes; i++)
		if (chosen[i])
			nodes[n++] = c->nodes[i];
	ret->nodes = nodes;
	ret->n_nodes = n;
	return 0;
}

/* `nodes' of a collector: not all of the cluster's. */
static int
choose_nodes(struct cluster_build *c, const struct farm_tree *tree,
    struct instance_config *ret)
{
	bool *chosen = calloc(c->n_nodes + 1, sizeof(*chosen));
	int result = 0;
	size_t i;

	if (chosen == NULL || c->sorted == NULL) {
		free(chosen);
		return out_of_memory(c->b, tree);
	}
	if (tree->kind == FARM_SCALAR)
		result = choose_item(c, tree, chosen);
	else if (tree->kind == FARM_MAPPING || tree->n_children == 0)
		result = problem_at(c->b->problems, tree,
		    "\"nodes\" is a list of the cluster's nodes");
	for (i = 0; result == 0 && i < tree->n_children; i++)
		result = choose_item(c, tree->children[i], chosen);
	if (result == 0)
		result = copy_chosen(c, chosen, ret);
	free(chosen);
	return result;
}

/* Nodes are shared by the collectors of a cluster while it is built; then each
   instance has its own. */
static int
copy_nodes(struct instance_config *i)
{
	struct node_config *nodes = arena_array(
	    i->arena, i->n_nodes, sizeof(*nodes));
	size_t n;

	for (n = 0; nodes != NULL && n < i->n_nodes; n++) {
		nodes[n].name = arena_strdup(i->arena, i->nodes[n].name);
		nodes[n].address = arena_strdup(i->arena, i->nodes[n].address);
		if (nodes[n].name == NULL || nodes[n].address == NULL)
			return -1;
	}
	i->nodes = nodes;
	return nodes == NULL ? -1 : 0;
}

/* Fill in what follows from other keys. */
static int
complete(struct cluster_build *c, struct instance_config *i,
    const struct instance_options *o)
{
	struct config_build *b = c->b;

	i->cluster = arena_strdup(i->arena, c->name);
	i->nodes = c->nodes;
	i->n_nodes = c->n_nodes;
	if (o->nodes != NULL && choose_nodes(c, o->nodes, i) < 0)
		return -1;
	if (i->cluster == NULL || copy_nodes(i) < 0)
		return out_of_memory(b, i->place);
	i->every_ns = o->every_ns;
	i->align = o->align;
	i->on_request = o->run == RUN_ON_REQUEST;
	i->idle_stop_ns = o->idle_stop_ns;
	i->deadline_ns = o->deadline_ns;
	if (i->deadline_ns == 0)
		i->deadline_ns = o->every_ns < DEADLINE_MAX_NS
				     ? o->every_ns
				     : DEADLINE_MAX_NS;
	config_build_isolation(b, o, i);
	i->lifetimes = c->lifetimes;
	config_build_lifetimes(b, o->lifetime, &i->lifetimes);
	if (i->name == NULL)
		i->name = arena_printf(
		    i->arena, "%s/%s", c->name, i->module->name);
	return i->name == NULL ? out_of_memory(b, i->place) : 0;
}

/* "icmp" or {icmp: {every: 10s}} */
static int
build_collector(struct cluster_build *c, const struct farm_tree *item,
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
		return problem_at(c->b->problems, item,
		    "a collector is a module's name, or a mapping of one "
		    "module's name to its options");
	}
	if (config_build_instance(c->b, FARM_COLLECTOR, module, item, options,
		collector_options, ret, &own) < 0)
		return -1;
	return complete(c, ret, &own);
}

static void
build_collect(struct cluster_build *c)
{
	const struct farm_tree *list = c->options.collect;
	struct config *config = c->b->config;
	struct instance_config *all;
	size_t i;

	if (list == NULL)
		return;
	if (list->kind != FARM_SEQUENCE) {
		problem_at(c->b->problems, list,
		    "\"collect\" is a list of collectors, not %s",
		    tree_kind_name(list));
		return;
	}
	all = arena_grow(config->arena, (void *)config->collectors,
	    config->n_collectors * sizeof(*all),
	    (config->n_collectors + list->n_children) * sizeof(*all));
	if (all == NULL) {
		(void)out_of_memory(c->b, list);
		return;
	}
	config->collectors = all;
	for (i = 0; i < list->n_children; i++)
		if (build_collector(
			c, list->children[i], &all[config->n_collectors]) == 0)
			config->n_collectors++;
}

static void
build_cluster(struct config_build *b, const struct farm_tree *tree)
{
	struct cluster_build c = { .b = b, .name = tree->key };
	struct error err;

	if (name_check("cluster", c.name, strlen(c.name), &err) < 0)
		problem_at(b->problems, tree, "%s", err.text);
	if (options_parse((struct option_table){ .first = cluster_options },
		tree, NULL, &c.options, b->config->arena, b->problems) < 0)
		return;
	config_build_lifetimes(b, c.options.lifetime, &c.lifetimes);
	build_nodes(&c);
	sort_nodes(&c);
	build_collect(&c);
	if (c.n_nodes == 0)
		warning_at(
		    b->problems, tree, "cluster \"%s\" has no nodes", c.name);
}

void
config_build_collectors(struct config_build *b)
{
	const struct farm_tree *clusters = tree_get(b->root, "clusters");
	size_t i;

	if (clusters == NULL)
		return;
	if (clusters->kind != FARM_MAPPING) {
		problem_at(b->problems, clusters,
		    "\"clusters\" is a mapping of names to clusters, not %s",
		    tree_kind_name(clusters));
		return;
	}
	for (i = 0; i < clusters->n_children; i++)
		build_cluster(b, clusters->children[i]);
}
