#include "names.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define CAPACITY_MIN 32
/* parameter, unit, farm, cluster, node, then labels by name and value */
#define PARTS_MAX (5 + 2 * FARM_LABELS_MAX)

struct entry {
	const struct farm_target *target;
	char *key; /* the parts, each with its NUL; NULL: an empty place */
	uint32_t hash;
	uint32_t series;
	uint32_t kind;
	uint32_t n_parts;
	uint32_t last_run;
};

/* Open addressing; entries are only taken out by building it anew. */
struct name_cache {
	struct entry *entries;
	size_t n;
	size_t capacity; /* a power of two */
	uint32_t run;
};

struct name_key {
	const struct farm_target *target;
	const char *parts[PARTS_MAX];
	uint32_t n_parts;
	uint32_t kind;
	uint32_t hash;
};

/* What was left out differs from every name: names have no control
   characters. */
static const char *
part_of(const char *text)
{
	return text != NULL ? text : "\001";
}

static uint32_t
hash_of(const struct name_key *key)
{
	uint64_t hash = (uintptr_t)key->target ^ key->kind;
	const char *c;
	uint32_t i;

	for (i = 0; i < key->n_parts; i++) {
		for (c = key->parts[i]; *c != '\0'; c++)
			hash = (hash ^ (unsigned char)*c) *
			       UINT64_C(0x100000001b3); /* FNV-1a's prime */
		hash = (hash ^ 0xff) * UINT64_C(0x100000001b3);
	}
	return (uint32_t)(hash ^ (hash >> 32));
}

static void
make_key(struct name_key *key, const struct farm_target *target,
    const struct farm_spec *spec)
{
	uint32_t i, n = 0;

	key->target = target;
	key->kind = spec->kind;
	key->parts[n++] = part_of(spec->parameter);
	key->parts[n++] = part_of(spec->unit);
	key->parts[n++] = part_of(spec->farm);
	key->parts[n++] = part_of(spec->cluster);
	key->parts[n++] = part_of(spec->node);
	for (i = 0; i < spec->n_labels && i < FARM_LABELS_MAX; i++) {
		key->parts[n++] = part_of(spec->labels[i].name);
		key->parts[n++] = part_of(spec->labels[i].value);
	}
	key->n_parts = n;
	key->hash = hash_of(key);
}

static bool
is_same(const struct entry *e, const struct name_key *key)
{
	const char *part = e->key;
	uint32_t i;

	if (e->hash != key->hash || e->target != key->target ||
	    e->kind != key->kind || e->n_parts != key->n_parts)
		return false;
	for (i = 0; i < key->n_parts; i++) {
		if (strcmp(part, key->parts[i]) != 0)
			return false;
		part += strlen(part) + 1;
	}
	return true;
}

static char *
copy_parts(const struct name_key *key)
{
	size_t size = 0;
	char *copy, *to;
	uint32_t i;

	for (i = 0; i < key->n_parts; i++)
		size += strlen(key->parts[i]) + 1;
	copy = malloc(size);
	if (copy == NULL)
		return NULL;
	to = copy;
	for (i = 0; i < key->n_parts; i++)
		to = stpcpy(to, key->parts[i]) + 1;
	return copy;
}

struct name_cache *
name_cache_new(void)
{
	return calloc(1, sizeof(struct name_cache));
}

void
name_cache_free(struct name_cache *c, struct series_table *table)
{
	size_t i;

	if (c == NULL)
		return;
	for (i = 0; i < c->capacity; i++) {
		if (c->entries[i].key == NULL)
			continue;
		series_unpin(table, c->entries[i].series);
		free(c->entries[i].key);
	}
	free(c->entries);
	free(c);
}

uint32_t
name_cache_find(struct name_cache *c, const struct farm_target *target,
    const struct farm_spec *spec)
{
	struct name_key key;
	struct entry *e;
	size_t i;

	if (c->capacity == 0)
		return 0;
	make_key(&key, target, spec);
	for (i = key.hash;; i++) {
		e = &c->entries[i & (c->capacity - 1)];
		if (e->key == NULL)
			return 0;
		if (is_same(e, &key))
			break;
	}
	e->last_run = c->run;
	return e->series;
}

static void
put(struct name_cache *c, const struct entry *e)
{
	size_t i = e->hash;

	while (c->entries[i & (c->capacity - 1)].key != NULL)
		i++;
	c->entries[i & (c->capacity - 1)] = *e;
	c->n++;
}

/* Move the entries that are still wanted to a table of this capacity. */
static int
rebuild(struct name_cache *c, size_t capacity, struct series_table *table)
{
	struct name_cache fresh = { .capacity = capacity, .run = c->run };
	struct entry *e;

	fresh.entries = calloc(capacity, sizeof(*fresh.entries));
	if (fresh.entries == NULL)
		return -1;
	for (e = c->entries; e < c->entries + c->capacity; e++) {
		if (e->key == NULL)
			continue;
		if (table != NULL && c->run - e->last_run >= NAME_CACHE_RUNS) {
			series_unpin(table, e->series);
			free(e->key);
		} else {
			put(&fresh, e);
		}
	}
	free(c->entries);
	*c = fresh;
	return 0;
}

int
name_cache_add(struct name_cache *c, const struct farm_target *target,
    const struct farm_spec *spec, uint32_t series)
{
	size_t capacity = c->capacity > 0 ? 2 * c->capacity : CAPACITY_MIN;
	struct name_key key;
	struct entry e;

	if (2 * (c->n + 1) > c->capacity && rebuild(c, capacity, NULL) != 0)
		return -1;
	make_key(&key, target, spec);
	e = (struct entry){
		.target = target,
		.key = copy_parts(&key),
		.hash = key.hash,
		.series = series,
		.kind = key.kind,
		.n_parts = key.n_parts,
		.last_run = c->run,
	};
	if (e.key == NULL)
		return -1;
	put(c, &e);
	return 0;
}

void
name_cache_run_done(struct name_cache *c, struct series_table *table)
{
	c->run++;
	/* Without the memory for it, what is old stays a little longer. */
	if (c->run % NAME_CACHE_RUNS == 0 && c->n > 0)
		(void)rebuild(c, c->capacity, table);
}
