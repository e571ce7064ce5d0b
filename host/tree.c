#include "tree.h"

#include <stdlib.h>
#include <string.h>

static uint32_t
hash_text(uint32_t hash, const char *text)
{
	/* FNV-1a; the NUL goes in too, so that names cannot run together. */
	do {
		hash ^= (unsigned char)*text;
		hash *= 16777619u;
	} while (*text++ != '\0');
	return hash;
}

static uint32_t
hash_node(const struct farm_series *s)
{
	return hash_text(
	    hash_text(hash_text(2166136261u, s->farm), s->cluster), s->node);
}

static bool
is_node_of(const struct tree_node *n, const struct farm_series *s)
{
	return strcmp(n->name, s->node) == 0 &&
	       strcmp(n->cluster->name, s->cluster) == 0 &&
	       strcmp(n->cluster->farm, s->farm) == 0;
}

static void
node_free(struct tree_node *n)
{
	if (n == NULL)
		return;
	free(n->name);
	free(n->series);
	free(n);
}

static void
cluster_free(struct tree_cluster *c)
{
	if (c == NULL)
		return;
	free(c->farm);
	free(c->name);
	free(c);
}

void
tree_free(struct tree *t)
{
	struct tree_cluster *next;

	for (uint32_t i = 0; i < t->bound; i++)
		node_free(t->nodes[i]);
	for (struct tree_cluster *c = t->clusters; c != NULL; c = next) {
		next = c->next;
		cluster_free(c);
	}
	free(t->nodes);
	free(t->buckets);
	*t = (struct tree){ .nodes = NULL };
}

static struct tree_cluster *
need_cluster(struct tree *t, const struct farm_series *s)
{
	struct tree_cluster *c;

	for (c = t->clusters; c != NULL; c = c->next)
		if (strcmp(c->name, s->cluster) == 0 &&
		    strcmp(c->farm, s->farm) == 0)
			return c;
	c = calloc(1, sizeof(*c));
	if (c == NULL)
		return NULL;
	c->farm = strdup(s->farm);
	c->name = strdup(s->cluster);
	if (c->farm == NULL || c->name == NULL) {
		cluster_free(c);
		return NULL;
	}
	c->next = t->clusters;
	t->clusters = c;
	t->n_clusters++;
	t->bytes += sizeof(*c) + strlen(c->farm) + strlen(c->name) + 2;
	return c;
}

static int
rehash(struct tree *t)
{
	uint32_t n = t->n_buckets == 0 ? 256 : t->n_buckets * 2;
	struct tree_node **buckets = calloc(n, sizeof(struct tree_node *));

	if (buckets == NULL)
		return -1;
	for (uint32_t i = 0; i < t->bound; i++) {
		struct tree_node *node = t->nodes[i];

		if (node == NULL)
			continue;
		node->next = buckets[node->hash & (n - 1)];
		buckets[node->hash & (n - 1)] = node;
	}
	t->bytes += (n - t->n_buckets) * sizeof(struct tree_node *);
	free(t->buckets);
	t->buckets = buckets;
	t->n_buckets = n;
	return 0;
}

/* A free number, with its place in `nodes'; -1 if memory is out. */
static int64_t
free_number(struct tree *t)
{
	uint32_t capacity = t->capacity == 0 ? 256 : t->capacity * 2;
	struct tree_node **nodes;

	for (uint32_t i = t->lowest_free; i < t->bound; i++)
		if (t->nodes[i] == NULL)
			return i;
	if (t->bound < t->capacity)
		return t->bound;
	nodes = realloc(t->nodes, capacity * sizeof(struct tree_node *));
	if (nodes == NULL)
		return -1;
	t->bytes += (capacity - t->capacity) * sizeof(struct tree_node *);
	t->nodes = nodes;
	t->capacity = capacity;
	return t->bound;
}

static struct tree_node *
node_new(struct tree *t, const struct farm_series *s, uint32_t hash)
{
	struct tree_cluster *cluster = need_cluster(t, s);
	int64_t number = free_number(t);
	struct tree_node *n = calloc(1, sizeof(*n));

	if (n != NULL)
		n->name = strdup(s->node);
	if (cluster == NULL || number < 0 || n == NULL || n->name == NULL) {
		node_free(n);
		return NULL;
	}
	n->cluster = cluster;
	n->hash = hash;
	n->number = (uint32_t)number;
	n->serial = ++t->serials;
	n->next = t->buckets[hash & (t->n_buckets - 1)];
	t->buckets[hash & (t->n_buckets - 1)] = n;
	t->nodes[number] = n;
	if (number == t->bound)
		t->bound++;
	t->lowest_free = n->number + 1;
	t->n_nodes++;
	t->bytes += sizeof(*n) + strlen(n->name) + 1;
	cluster->n_nodes++;
	return n;
}

struct tree_node *
tree_need(struct tree *t, const struct farm_series *s)
{
	uint32_t hash = hash_node(s);
	struct tree_node *n;

	if (t->n_nodes >= t->n_buckets && rehash(t) != 0 && t->n_buckets == 0)
		return NULL;
	n = t->buckets[hash & (t->n_buckets - 1)];
	for (; n != NULL; n = n->next)
		if (n->hash == hash && is_node_of(n, s))
			return n;
	return node_new(t, s, hash);
}

int64_t
tree_add(struct tree *t, struct tree_node *n, uint32_t series)
{
	uint32_t capacity = n->capacity == 0 ? 4 : n->capacity * 2;
	uint32_t *grown;

	if (n->n_series == n->capacity) {
		grown = realloc(n->series, capacity * sizeof(*grown));
		if (grown == NULL)
			return -1;
		t->bytes += (capacity - n->capacity) * sizeof(*grown);
		n->series = grown;
		n->capacity = capacity;
	}
	n->series[n->n_series] = series;
	return n->n_series++;
}

uint32_t
tree_remove(struct tree_node *n, uint32_t index)
{
	uint32_t last = --n->n_series;

	if (index == last)
		return 0;
	n->series[index] = n->series[last];
	return n->series[index];
}

void
tree_drop_node(struct tree *t, struct tree_node *n)
{
	struct tree_node **at = &t->buckets[n->hash & (t->n_buckets - 1)];

	while (*at != n)
		at = &(*at)->next;
	*at = n->next;
	t->nodes[n->number] = NULL;
	if (n->number < t->lowest_free)
		t->lowest_free = n->number;
	t->n_nodes--;
	t->bytes -= sizeof(*n) + strlen(n->name) + 1 +
		    n->capacity * sizeof(*n->series);
	n->cluster->n_nodes--;
	node_free(n);
}

void
tree_drop_cluster(struct tree *t, struct tree_cluster *c)
{
	struct tree_cluster **at = &t->clusters;

	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	t->n_clusters--;
	t->bytes -= sizeof(*c) + strlen(c->farm) + strlen(c->name) + 2;
	cluster_free(c);
}
