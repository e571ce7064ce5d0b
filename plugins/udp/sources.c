#include "sources.h"

int
sources_init(struct sources *s, size_t max)
{
	s->known = lru_new(max, sizeof(struct source), NULL);
	return s->known == NULL ? -1 : 0;
}

void
sources_free(struct sources *s)
{
	lru_free(s->known, NULL);
	networks_free(&s->names);
}

struct source *
sources_get(struct sources *all, const struct place *from)
{
	struct source *s = lru_find(
	    all->known, from->bytes, sizeof(from->bytes));

	if (s != NULL)
		return s;
	s = lru_add(all->known, from->bytes, sizeof(from->bytes), NULL);
	if (s == NULL)
		return NULL;
	place_print(from, s->text);
	s->node = networks_find(&all->names, from);
	if (s->node == NULL)
		s->node = s->text;
	return s;
}
