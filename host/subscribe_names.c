#include "subscribe_names.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "column.h"
#include "hash.h"

/* Numbers mean the same for longer than this. */
#define MEMORY_NS (SERIES_QUARANTINE_NS / 4)
#define SLOTS_MIN 1024

/* The names of one series: 0 is none, 1 was one. */
struct slot {
	uint64_t hash;
	uint32_t series;
};

struct names {
	struct series_table *series;
	struct hash_key key;
	struct slot *slots; /* of a power of two */
	size_t n_slots;
	size_t n_used;      /* with those that were */
	struct column seen; /* by number: the age when it was looked up */
	uint32_t age;
	int64_t age_mono_ns;
};

struct names *
names_new(struct series_table *series)
{
	struct names *n = calloc(1, sizeof(*n));

	if (n == NULL)
		return NULL;
	n->series = series;
	n->seen.item = sizeof(uint32_t);
	n->age = 1;
	hash_key_draw(&n->key);
	return n;
}

void
names_clear(struct names *n)
{
	free(n->slots);
	n->slots = NULL;
	n->n_slots = 0;
	n->n_used = 0;
	column_free(&n->seen);
}

void
names_free(struct names *n)
{
	if (n == NULL)
		return;
	names_clear(n);
	free(n);
}

/* ------------------------------------------------------------------- table --
 */

static uint64_t
hash_of(const struct names *n, const struct farm_series *s)
{
	const char *const parts[] = { s->farm, s->cluster, s->node,
		s->parameter };
	uint64_t hash = 0;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		hash = hash_bytes(
		    &n->key, hash, parts[i], strlen(parts[i]) + 1);
	return hash > 1 ? hash : hash + 2;
}

/* Its place, or a free one if it has none. */
static struct slot *
find(const struct names *n, uint64_t hash)
{
	size_t i = hash & (n->n_slots - 1);

	while (n->slots[i].hash != 0 && n->slots[i].hash != hash)
		i = (i + 1) & (n->n_slots - 1);
	return &n->slots[i];
}

static bool
grow(struct names *n)
{
	struct names grown = *n;

	if (n->n_slots > 0 && n->n_used < n->n_slots / 2)
		return true;
	grown.n_slots = n->n_slots == 0 ? SLOTS_MIN : 2 * n->n_slots;
	grown.n_used = 0;
	grown.slots = calloc(grown.n_slots, sizeof(*grown.slots));
	if (grown.slots == NULL)
		return false;
	for (size_t i = 0; i < n->n_slots; i++)
		if (n->slots[i].hash > 1) {
			*find(&grown, n->slots[i].hash) = n->slots[i];
			grown.n_used++;
		}
	free(n->slots);
	*n = grown;
	return true;
}

/* ------------------------------------------------------------------ series --
 */

static enum names_news
look_up(struct names *n, uint32_t number, const struct farm_series *s)
{
	struct slot *slot;
	enum names_news news;

	if (!grow(n))
		return NAMES_KNOWN;
	slot = find(n, hash_of(n, s));
	if (slot->hash == 0) {
		slot->hash = hash_of(n, s);
		n->n_used++;
		news = NAMES_ADDED;
	} else {
		news = slot->series == number ? NAMES_KNOWN : NAMES_CHANGED;
	}
	slot->series = number;
	return news;
}

static void
grow_old(struct names *n)
{
	int64_t now = clock_mono_ns();

	if (now - n->age_mono_ns < MEMORY_NS)
		return;
	n->age_mono_ns = now;
	n->age++;
}

enum names_news
names_see(struct names *n, uint32_t number)
{
	const struct farm_series *s;
	uint32_t *seen = column_need(&n->seen, number);

	if (seen == NULL || *seen == n->age)
		return NAMES_KNOWN;
	grow_old(n);
	*seen = n->age;
	s = series_get(n->series, number);
	return s == NULL ? NAMES_KNOWN : look_up(n, number, s);
}

void
names_gone(struct names *n, const struct farm_series *s)
{
	struct slot *slot;
	uint32_t *seen;

	if (n->n_slots == 0)
		return;
	slot = find(n, hash_of(n, s));
	if (slot->hash == 0)
		return;
	seen = column_at(&n->seen, slot->series);
	if (seen != NULL)
		*seen = 0;
	/* A place that was in use leads on to others. */
	*slot = (struct slot){ .hash = 1 };
}

static bool
take_known(
    void *context, const struct farm_series *s, const struct cache_point *p)
{
	(void)s;
	(void)names_see(context, p->value.series);
	return true;
}

void
names_begin(struct names *n, struct cache *cache)
{
	names_clear(n);
	n->age_mono_ns = clock_mono_ns();
	cache_latest(cache, NULL, take_known, n);
}
