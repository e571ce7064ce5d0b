#include "known.h"

#include <stdlib.h>
#include <string.h>

#define PLACES_FIRST 256
/* A gmond that was started again needs some time to know all. */
#define POLLS_KEPT 8

static const void *
key_of(const struct known *k)
{
	return k + 1;
}

static bool
is_it(const struct known *k, const struct known *owner, const void *key,
    size_t size)
{
	return k->owner == owner && k->size == size &&
	       memcmp(key_of(k), key, size) == 0;
}

static int
have_places(struct knowns *t)
{
	size_t n = t->n_places == 0 ? PLACES_FIRST : 2 * t->n_places;
	struct known **places, *k, *next;
	size_t i;

	if (t->n < t->n_places)
		return 0;
	places = calloc(n, sizeof(*places));
	if (places == NULL)
		return t->n_places == 0 ? -1 : 0;
	if (t->n_places == 0)
		hash_key_draw(&t->key);
	for (i = 0; i < t->n_places; i++)
		for (k = t->places[i]; k != NULL; k = next) {
			next = k->next;
			k->next = places[k->hash & (n - 1)];
			places[k->hash & (n - 1)] = k;
		}
	free(t->places);
	t->places = places;
	t->n_places = n;
	return 0;
}

static struct known *
add(struct knowns *t, struct known *owner, uint64_t hash, const void *key,
    size_t size)
{
	struct known *k = calloc(1, sizeof(*k) + size);

	if (k == NULL)
		return NULL;
	k->owner = owner;
	k->hash = hash;
	k->size = size;
	memcpy(k + 1, key, size);
	k->next = t->places[hash & (t->n_places - 1)];
	t->places[hash & (t->n_places - 1)] = k;
	t->n++;
	return k;
}

struct known *
knowns_get(struct knowns *t, struct known *owner, struct known *expected,
    const void *key, size_t size)
{
	struct known *k = expected;
	uint64_t hash;

	if (k == NULL || !is_it(k, owner, key, size)) {
		if (have_places(t) != 0)
			return NULL;
		hash = hash_bytes(&t->key, (uintptr_t)owner, key, size);
		k = t->places[hash & (t->n_places - 1)];
		while (k != NULL &&
		       (k->hash != hash || !is_it(k, owner, key, size)))
			k = k->next;
		if (k == NULL)
			k = add(t, owner, hash, key, size);
	}
	if (k != NULL)
		k->poll = t->poll;
	return k;
}

struct slice
known_key(const struct known *k)
{
	return (struct slice){ key_of(k), k->size };
}

void
knowns_begin(struct knowns *t)
{
	t->poll++;
}

static bool
is_old(const struct knowns *t, const struct known *k)
{
	return k->poll + POLLS_KEPT < t->poll ||
	       (k->owner != NULL && k->owner->poll + POLLS_KEPT < t->poll);
}

static void
forget(struct known *k, const struct making *how)
{
	metric_release(&k->metric, how);
	free(k);
}

/* Metrics look at their hosts, so these go last. */
static size_t
sweep(struct knowns *t, const struct making *how, bool hosts)
{
	struct known **at, *k;
	size_t i, gone = 0;

	for (i = 0; i < t->n_places; i++) {
		at = &t->places[i];
		while ((k = *at) != NULL) {
			if ((k->owner == NULL) != hosts || !is_old(t, k)) {
				at = &k->next;
				continue;
			}
			*at = k->next;
			forget(k, how);
			gone++;
		}
	}
	t->n -= gone;
	return gone;
}

void
knowns_sweep(struct knowns *t, const struct making *how)
{
	struct known *k;
	size_t i;

	if (sweep(t, how, false) + sweep(t, how, true) == 0)
		return;
	for (i = 0; i < t->n_places; i++)
		for (k = t->places[i]; k != NULL; k = k->next)
			k->follow = k->after = NULL;
}

void
knowns_free(struct knowns *t, const struct making *how)
{
	struct known *k, *next;
	size_t i;

	for (i = 0; i < t->n_places; i++)
		for (k = t->places[i]; k != NULL; k = next) {
			next = k->next;
			forget(k, how);
		}
	free(t->places);
	*t = (struct knowns){ 0 };
}
