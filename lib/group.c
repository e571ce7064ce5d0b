#include "group.h"

#include <stdlib.h>
#include <string.h>

#define PLACES_FIRST 64

void
groups_init(struct groups *g, const bool by[GROUP_NAMES], size_t n_outputs)
{
	hash_key_draw(&g->key);
	memcpy(g->by, by, sizeof(g->by));
	g->n_outputs = n_outputs;
}

/* As many places as groups, at least. */
static int
grow(struct groups *g)
{
	size_t n = g->n_places == 0 ? PLACES_FIRST : 2 * g->n_places;
	struct group **places, *group, *next;

	if (g->n < g->n_places)
		return 0;
	places = calloc(n, sizeof(struct group *));
	if (places == NULL)
		return -1;
	for (size_t i = 0; i < g->n_places; i++)
		for (group = g->places[i]; group != NULL; group = next) {
			next = group->next;
			group->next = places[group->hash & (n - 1)];
			places[group->hash & (n - 1)] = group;
		}
	free(g->places);
	g->places = places;
	g->n_places = n;
	return 0;
}

/* The names with their NULs, one after the other. */
static size_t
join(const struct groups *g, const struct farm_series *s, char *ret)
{
	const char *const names[GROUP_NAMES] = { s->farm, s->cluster, s->node,
		s->parameter };
	size_t size = 0, length;

	for (int i = 0; i < GROUP_NAMES; i++) {
		const char *name = g->by[i] ? names[i] : GROUP_ANY;

		length = strlen(name) + 1;
		memcpy(ret + size, name, length);
		size += length;
	}
	return size;
}

static struct group *
group_new(struct groups *g, uint64_t hash, const char *texts, size_t size,
    const char *unit)
{
	size_t unit_size = strlen(unit) + 1;
	struct group *group = calloc(1, sizeof(*group) + size + unit_size);
	const char *text;

	if (group == NULL)
		return NULL;
	group->outputs = calloc(g->n_outputs + 1, sizeof(*group->outputs));
	if (group->outputs == NULL) {
		free(group);
		return NULL;
	}
	group->hash = hash;
	group->size = size;
	memcpy(group->texts, texts, size);
	memcpy(group->texts + size, unit, unit_size);
	text = group->names.farm = group->texts;
	text = group->names.cluster = text + strlen(text) + 1;
	text = group->names.node = text + strlen(text) + 1;
	group->names.parameter = text + strlen(text) + 1;
	group->names.unit = group->texts + size;
	group->next = g->places[hash & (g->n_places - 1)];
	g->places[hash & (g->n_places - 1)] = group;
	g->n++;
	return group;
}

struct group *
group_find(struct groups *g, const struct farm_series *names)
{
	char texts[GROUP_NAMES * (FARM_NAME_MAX + 1)];
	size_t size = join(g, names, texts);
	uint64_t hash = hash_bytes(&g->key, 0, texts, size);
	struct group *group;

	if (grow(g) != 0)
		return NULL;
	group = g->places[hash & (g->n_places - 1)];
	while (group != NULL &&
	       (group->size != size || memcmp(group->texts, texts, size) != 0))
		group = group->next;
	return group != NULL ? group
			     : group_new(g, hash, texts, size, names->unit);
}

void
group_join(struct group *group, struct member *m)
{
	m->group = group;
	m->next = group->members;
	m->back = &group->members;
	if (m->next != NULL)
		m->next->back = &m->next;
	group->members = m;
	group->n++;
}

void
group_leave(struct member *m)
{
	*m->back = m->next;
	if (m->next != NULL)
		m->next->back = m->back;
	m->group->n--;
	m->group = NULL;
}

bool
group_is_empty(const struct group *group)
{
	return group->members == NULL && group->parts == NULL;
}

void
group_free(struct groups *g, struct group *group)
{
	struct group **at = &g->places[group->hash & (g->n_places - 1)];

	while (*at != group)
		at = &(*at)->next;
	*at = group->next;
	g->n--;
	free(group->outputs);
	free(group);
}

void
groups_free(struct groups *g)
{
	for (size_t i = 0; i < g->n_places; i++)
		while (g->places[i] != NULL)
			group_free(g, g->places[i]);
	free(g->places);
	g->places = NULL;
	g->n_places = 0;
}
