#include "lru.h"

#include <stdlib.h>
#include <string.h>

#include "hash.h"

/* The value stands behind it, then the key. */
struct entry {
	struct entry *next;   /* of the same place */
	struct entry *before; /* used less recently */
	struct entry *after;
	uint64_t hash;
	size_t key_size;
	size_t reserved; /* so that the value is aligned for anything */
};
_Static_assert(sizeof(struct entry) % _Alignof(max_align_t) == 0,
    "the value behind an entry is aligned");

struct lru {
	struct hash_key key;
	struct entry **places;
	size_t n_places; /* a power of two */
	size_t capacity;
	size_t value_size; /* rounded up */
	void (*drop)(void *value, void *cookie);
	struct entry *oldest;
	struct entry *newest;
	size_t n;
	uint64_t forgotten;
};

struct lru *
lru_new(
    size_t capacity, size_t value_size, void (*drop)(void *value, void *cookie))
{
	struct lru *l = calloc(1, sizeof(*l));
	size_t align = _Alignof(max_align_t);

	if (l == NULL)
		return NULL;
	hash_key_draw(&l->key);
	l->capacity = capacity;
	l->value_size = (value_size + align - 1) / align * align;
	l->drop = drop;
	for (l->n_places = 16; l->n_places < capacity;)
		l->n_places *= 2;
	l->places = calloc(l->n_places, sizeof(struct entry *));
	if (l->places == NULL) {
		free(l);
		return NULL;
	}
	return l;
}

static struct entry **
place_of(const struct lru *l, uint64_t hash)
{
	return &l->places[hash & (l->n_places - 1)];
}

static const void *
key_of(const struct lru *l, const struct entry *e)
{
	return (const char *)(e + 1) + l->value_size;
}

static void
unlink_age(struct lru *l, struct entry *e)
{
	*(e->before != NULL ? &e->before->after : &l->oldest) = e->after;
	*(e->after != NULL ? &e->after->before : &l->newest) = e->before;
}

static void
link_newest(struct lru *l, struct entry *e)
{
	e->before = l->newest;
	e->after = NULL;
	*(l->newest != NULL ? &l->newest->after : &l->oldest) = e;
	l->newest = e;
}

static void
forget_oldest(struct lru *l, void *cookie)
{
	struct entry *e = l->oldest;
	struct entry **at = place_of(l, e->hash);

	while (*at != e)
		at = &(*at)->next;
	*at = e->next;
	unlink_age(l, e);
	if (l->drop != NULL)
		l->drop(e + 1, cookie);
	free(e);
	l->n--;
}

void
lru_free(struct lru *l, void *cookie)
{
	if (l == NULL)
		return;
	while (l->oldest != NULL)
		forget_oldest(l, cookie);
	free(l->places);
	free(l);
}

void *
lru_find(struct lru *l, const void *key, size_t size)
{
	uint64_t hash = hash_bytes(&l->key, 0, key, size);
	struct entry *e = *place_of(l, hash);

	while (e != NULL && (e->hash != hash || e->key_size != size ||
				memcmp(key_of(l, e), key, size) != 0))
		e = e->next;
	if (e == NULL)
		return NULL;
	unlink_age(l, e);
	link_newest(l, e);
	return e + 1;
}

void *
lru_add(struct lru *l, const void *key, size_t size, void *cookie)
{
	struct entry *e = calloc(1, sizeof(*e) + l->value_size + size);
	struct entry **at;

	if (e == NULL)
		return NULL;
	if (l->n >= l->capacity) {
		forget_oldest(l, cookie);
		l->forgotten++;
	}
	e->hash = hash_bytes(&l->key, 0, key, size);
	e->key_size = size;
	memcpy((char *)(e + 1) + l->value_size, key, size);
	at = place_of(l, e->hash);
	e->next = *at;
	*at = e;
	link_newest(l, e);
	l->n++;
	return e + 1;
}

void
lru_each(struct lru *l, void (*each)(void *value, void *cookie), void *cookie)
{
	for (struct entry *e = l->oldest; e != NULL; e = e->after)
		each(e + 1, cookie);
}

size_t
lru_count(const struct lru *l)
{
	return l->n;
}

uint64_t
lru_forgotten(const struct lru *l)
{
	return l->forgotten;
}
