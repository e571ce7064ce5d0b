#include "nodes.h"

#include <stdlib.h>
#include <string.h>

#define PLACES_FIRST 64
#define HELD_FIRST 16

void
nodes_init(struct nodes *nodes, size_t bytes_max)
{
	hash_key_draw(&nodes->key);
	nodes->bytes_max = bytes_max;
}

static void
node_free(struct nodes *nodes, struct node *n)
{
	nodes->bytes -= n->capacity * sizeof(*n->held);
	free(n->held);
	free(n);
}

void
nodes_free(struct nodes *nodes)
{
	struct node *n, *next;

	for (size_t i = 0; i < nodes->n_places; i++)
		for (n = nodes->places[i]; n != NULL; n = next) {
			next = n->next;
			node_free(nodes, n);
		}
	free(nodes->places);
	nodes->places = NULL;
	nodes->n_places = nodes->n = 0;
}

/* As many places as nodes, at least. */
static int
grow(struct nodes *nodes)
{
	size_t n = nodes->n_places == 0 ? PLACES_FIRST : 2 * nodes->n_places;
	struct node **places, *node, *next;

	if (nodes->n < nodes->n_places)
		return 0;
	places = calloc(n, sizeof(struct node *));
	if (places == NULL)
		return -1;
	for (size_t i = 0; i < nodes->n_places; i++)
		for (node = nodes->places[i]; node != NULL; node = next) {
			next = node->next;
			node->next = places[node->hash & (n - 1)];
			places[node->hash & (n - 1)] = node;
		}
	free(nodes->places);
	nodes->places = places;
	nodes->n_places = n;
	return 0;
}

/* The three names with their NULs, one after the other. */
static size_t
join(const struct farm_series *s, char *ret)
{
	const char *const names[] = { s->farm, s->cluster, s->node };
	size_t size = 0, length;

	for (int i = 0; i < 3; i++) {
		length = strlen(names[i]) + 1;
		memcpy(ret + size, names[i], length);
		size += length;
	}
	return size;
}

struct node *
nodes_use(struct nodes *nodes, const struct farm_series *series)
{
	char names[3 * (FARM_NAME_MAX + 1)];
	size_t size = join(series, names);
	uint64_t hash = hash_bytes(&nodes->key, 0, names, size);
	struct node *n, **place;

	if (grow(nodes) != 0)
		return NULL;
	place = &nodes->places[hash & (nodes->n_places - 1)];
	for (n = *place; n != NULL; n = n->next)
		if (n->hash == hash && memcmp(n->names, names, size) == 0) {
			n->users++;
			return n;
		}
	n = calloc(1, sizeof(*n) + size);
	if (n == NULL)
		return NULL;
	n->hash = hash;
	n->users = 1;
	n->open_until_ns = INT64_MIN;
	memcpy(n->names, names, size);
	n->next = *place;
	*place = n;
	nodes->n++;
	return n;
}

void
nodes_release(struct nodes *nodes, struct node *node)
{
	struct node **at;

	if (node == NULL || --node->users > 0)
		return;
	at = &nodes->places[node->hash & (nodes->n_places - 1)];
	while (*at != node)
		at = &(*at)->next;
	*at = node->next;
	node_free(nodes, node);
	nodes->n--;
}

const struct held *
node_held(const struct node *n, size_t i)
{
	return &n->held[(n->first + i) % n->capacity];
}

void
node_clear(struct node *n)
{
	n->first = n->n = 0;
}

/* Room for one more; -1 if there is none to be had. */
static int
make_room(struct nodes *nodes, struct node *n)
{
	size_t capacity = n->capacity == 0 ? HELD_FIRST : 2 * n->capacity;
	size_t more = (capacity - n->capacity) * sizeof(*n->held);
	struct held *held;

	if (n->n < n->capacity)
		return 0;
	if (nodes->bytes + more > nodes->bytes_max)
		return -1;
	held = calloc(capacity, sizeof(*held));
	if (held == NULL)
		return -1;
	for (size_t i = 0; i < n->n; i++)
		held[i] = *node_held(n, i);
	free(n->held);
	n->held = held;
	n->first = 0;
	n->capacity = capacity;
	nodes->bytes += more;
	return 0;
}

void
node_hold(struct nodes *nodes, struct node *n, int64_t time_ns,
    const struct farm_value *value, int64_t before_ns)
{
	while (n->n > 0 && node_held(n, 0)->time_ns < before_ns) {
		n->first = (n->first + 1) % n->capacity;
		n->n--;
	}
	if (make_room(nodes, n) != 0) {
		nodes->dropped++;
		return;
	}
	n->held[(n->first + n->n++) % n->capacity] = (struct held){ time_ns,
		*value };
}
