#include "peers.h"

#include <string.h>

int
peers_init(struct peers *p, size_t max, size_t size,
    void (*drop)(void *peer, void *cookie))
{
	p->max = max;
	p->size = size;
	p->drop = drop;
	p->known = lru_new(max, size, drop);
	return p->known == NULL ? -1 : 0;
}

void
peers_free(struct peers *p, void *cookie)
{
	lru_free(p->known, cookie);
	networks_free(&p->names);
}

static void
name_it(const struct peers *all, struct peer *p, const struct place *from)
{
	if (place_is_none(from) && all->local_node != NULL) {
		strcpy(p->text, PEER_LOCAL);
		p->node = all->local_node;
		return;
	}
	place_print(from, p->text);
	p->node = networks_find(&all->names, from);
	if (p->node == NULL)
		p->node = p->text;
}

void *
peers_get(struct peers *all, const struct place *from, void *cookie)
{
	struct peer *p = lru_find(all->known, from->bytes, sizeof(from->bytes));

	if (p != NULL)
		return p;
	p = lru_add(all->known, from->bytes, sizeof(from->bytes), cookie);
	if (p != NULL)
		name_it(all, p, from);
	return p;
}

int
peers_rename(struct peers *p, struct networks *names, void *cookie)
{
	struct lru *known = lru_new(p->max, p->size, p->drop);

	if (known == NULL) {
		networks_free(names);
		return -1;
	}
	lru_free(p->known, cookie);
	networks_free(&p->names);
	p->known = known;
	p->names = *names;
	return 0;
}
