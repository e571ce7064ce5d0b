#include "nodes.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct nodes {
	pthread_mutex_t lock;
	LIST_HEAD(, node_link) links;
};

struct nodes *
nodes_new(void)
{
	struct nodes *n = calloc(1, sizeof(*n));

	if (n == NULL)
		return NULL;
	pthread_mutex_init(&n->lock, NULL);
	LIST_INIT(&n->links);
	return n;
}

void
nodes_free(struct nodes *n)
{
	if (n == NULL)
		return;
	pthread_mutex_destroy(&n->lock);
	free(n);
}

void
nodes_add(
    struct nodes *n, struct node_link *link, const struct farm_target *target)
{
	if (link->target != NULL)
		return;
	link->target = target;
	pthread_mutex_lock(&n->lock);
	LIST_INSERT_HEAD(&n->links, link, link);
	pthread_mutex_unlock(&n->lock);
}

void
nodes_remove(struct nodes *n, struct node_link *link)
{
	if (link->target == NULL)
		return;
	pthread_mutex_lock(&n->lock);
	LIST_REMOVE(link, link);
	pthread_mutex_unlock(&n->lock);
	link->target = NULL;
}

static const struct farm_target *
find_named(const struct nodes *n, const char *node, struct error *err)
{
	const struct node_link *l;

	LIST_FOREACH(l, &n->links, link)
	if (strcmp(l->target->node, node) == 0)
		return l->target;
	(void)error_set(err, "%s: no such node has been read yet", node);
	return NULL;
}

static const struct farm_target *
find_only(const struct nodes *n, struct error *err)
{
	const struct node_link *first = LIST_FIRST(&n->links);

	if (first != NULL && LIST_NEXT(first, link) == NULL)
		return first->target;
	(void)error_set(err, "%s",
	    first == NULL ? "no node has been read yet"
			  : "which \"node\"? There are several");
	return NULL;
}

const struct farm_target *
nodes_find(struct nodes *n, const char *node, struct error *err)
{
	const struct farm_target *found;

	pthread_mutex_lock(&n->lock);
	found = node != NULL ? find_named(n, node, err) : find_only(n, err);
	pthread_mutex_unlock(&n->lock);
	return found;
}
