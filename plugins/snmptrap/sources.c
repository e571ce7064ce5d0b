#include "sources.h"

#include <string.h>

#include "clock.h"

int
sources_init(
    struct sources *s, size_t max, void (*drop)(void *source, void *cookie))
{
	hash_key_draw(&s->keys[0]);
	hash_key_draw(&s->keys[1]);
	s->known = lru_new(max, sizeof(struct source), drop);
	s->seen = lru_new(SEEN_MAX, sizeof(int64_t), NULL);
	return s->known == NULL || s->seen == NULL ? -1 : 0;
}

void
sources_free(struct sources *s, void *cookie)
{
	lru_free(s->known, cookie);
	lru_free(s->seen, NULL);
	s->known = s->seen = NULL;
}

struct source *
sources_get(
    struct sources *s, const struct place *place, bool *ret_fresh, void *cookie)
{
	struct source *known = lru_find(
	    s->known, place->bytes, sizeof(place->bytes));

	*ret_fresh = known == NULL;
	if (known == NULL)
		known = lru_add(
		    s->known, place->bytes, sizeof(place->bytes), cookie);
	return known;
}

/* Of what came: 128 bits that nobody outside can foresee. */
struct print {
	struct place place;
	uint64_t hash[2];
};

static struct print
print_of(const struct sources *s, const struct place *place, const void *bytes,
    size_t size)
{
	return (struct print){ *place,
		{ hash_bytes(&s->keys[0], size, bytes, size),
		    hash_bytes(&s->keys[1], size, bytes, size) } };
}

bool
sources_repeats(struct sources *s, const struct place *place, const void *bytes,
    size_t size, int64_t mono_ns)
{
	struct print p = print_of(s, place, bytes, size);
	const int64_t *when_ns;

	if (s->repeat_ns == 0)
		return false;
	when_ns = lru_find(s->seen, &p, sizeof(p));
	return when_ns != NULL && mono_ns - *when_ns <= s->repeat_ns;
}

void
sources_took(struct sources *s, const struct place *place, const void *bytes,
    size_t size, int64_t mono_ns)
{
	struct print p = print_of(s, place, bytes, size);
	int64_t *when_ns;

	if (s->repeat_ns == 0)
		return;
	when_ns = lru_find(s->seen, &p, sizeof(p));
	if (when_ns == NULL)
		when_ns = lru_add(s->seen, &p, sizeof(p), NULL);
	if (when_ns != NULL)
		*when_ns = mono_ns;
}
