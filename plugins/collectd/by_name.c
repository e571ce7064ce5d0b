#include "by_name.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_SIZE 64

/* Where it is, or would be: the first empty slot from its place on. */
static size_t
find(const struct by_name *b, const char *name, uint64_t hash)
{
	size_t i = hash & (b->size - 1);

	while (
	    b->slots[i].name != NULL &&
	    (b->slots[i].hash != hash || strcmp(b->slots[i].name, name) != 0))
		i = (i + 1) & (b->size - 1);
	return i;
}

static int
grow(struct by_name *b)
{
	struct by_name grown = { .key = b->key, .n = b->n };
	size_t i;

	grown.size = b->size == 0 ? FIRST_SIZE : 2 * b->size;
	grown.slots = calloc(grown.size, sizeof(*grown.slots));
	if (grown.slots == NULL)
		return -1;
	if (b->size == 0)
		hash_key_draw(&grown.key);
	for (i = 0; i < b->size; i++)
		if (b->slots[i].name != NULL)
			grown.slots[find(&grown, b->slots[i].name,
			    b->slots[i].hash)] = b->slots[i];
	free(b->slots);
	*b = grown;
	return 0;
}

int
by_name_put(struct by_name *b, const char *name, void *thing)
{
	uint64_t hash;

	/* Half of it stays empty, so that searches are short. */
	if (2 * (b->n + 1) > b->size && grow(b) != 0)
		return -1;
	hash = hash_bytes(&b->key, 0, name, strlen(name));
	b->slots[find(b, name, hash)] = (struct by_name_slot){ name, thing,
		hash };
	b->n++;
	return 0;
}

void *
by_name_get(const struct by_name *b, const char *name)
{
	if (b->n == 0)
		return NULL;
	return b
	    ->slots[find(b, name, hash_bytes(&b->key, 0, name, strlen(name)))]
	    .thing;
}

/* What follows an emptied slot is searched for across it, so it moves up. */
static void
close_gap(struct by_name *b, size_t gap)
{
	size_t mask = b->size - 1, i, home;

	for (i = (gap + 1) & mask; b->slots[i].name != NULL;
	     i = (i + 1) & mask) {
		home = b->slots[i].hash & mask;
		if (((i - home) & mask) < ((i - gap) & mask))
			continue;
		b->slots[gap] = b->slots[i];
		gap = i;
	}
	b->slots[gap] = (struct by_name_slot){ .name = NULL };
}

void
by_name_remove(struct by_name *b, const char *name)
{
	size_t i;

	if (b->n == 0)
		return;
	i = find(b, name, hash_bytes(&b->key, 0, name, strlen(name)));
	if (b->slots[i].name == NULL)
		return;
	b->n--;
	close_gap(b, i);
}

void
by_name_free(struct by_name *b)
{
	free(b->slots);
	*b = (struct by_name){ .n = 0 };
}
