/*
 * nodes.h - the targets of an instance as its actions find them: those that
 * have been read, or tried, once.  Any thread; a target stays where it is for as
 * long as an action runs.
 */
#ifndef EXEC_NODES_H
#define EXEC_NODES_H

#include <farm/module.h>

#include <sys/queue.h>

#include "error.h"

struct nodes;

/* Of a target's state. */
struct node_link {
	LIST_ENTRY(node_link) link;
	const struct farm_target *target; /* NULL: not there yet */
};

struct nodes *nodes_new(void); /* NULL if memory is out */
void nodes_free(struct nodes *); /* NULL is fine, too */

/* For the target's own thread; more than once is fine. */
void nodes_add(struct nodes *, struct node_link *, const struct farm_target *);
void nodes_remove(struct nodes *, struct node_link *);
/* By its name; without one (NULL) the only one that there is. */
const struct farm_target *nodes_find(struct nodes *, const char *node,
    struct error *);

#endif
