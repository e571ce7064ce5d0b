#include "sources.h"

#include <string.h>

int
sources_init(struct sources *s, size_t max)
{
	s->known = lru_new(max, sizeof(struct source), NULL);
	return s->known == NULL ? -1 : 0;
}

int
sources_rename(struct sources *s, size_t max, struct networks *names)
{
	struct lru *known = lru_new(max, sizeof(struct source), NULL);

	if (known == NULL) {
		networks_free(names);
		return -1;
	}
	lru_free(s->known, NULL);
	networks_free(&s->names);
	s->known = known;
	s->names = *names;
	return 0;
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
	if (place_is_none(from)) {
		strcpy(s->text, SOURCE_LOCAL);
		s->node = all->own_node;
		return s;
	}
	place_print(from, s->text);
	s->node = networks_find(&all->names, from);
	if (s->node == NULL)
		s->node = s->text;
	return s;
}
