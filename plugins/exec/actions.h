/*
 * actions.h - what people may have done to a node's application: the option
 * `actions', commands by name.
 */
#ifndef EXEC_ACTIONS_H
#define EXEC_ACTIONS_H

#include <farm/module.h>

#include "arena.h"
#include "error.h"
#include "problems.h"

struct exec;

struct action {
	const char *name;
	struct farm_list command;
	bool shell;
	int64_t timeout_ns;
};

struct actions {
	struct action *all;
	size_t n;
};

/* All of the option (NULL: none); they are the arena's.  -1 with what is wrong
   with it, or with nothing if memory is out. */
int actions_parse(struct actions *ret, const struct farm_tree *, struct arena *,
    struct problems *);

/* What an action is asked with. */
struct action_arguments {
	const char *action; /* its name */
	const char *node;   /* NULL: the only one */
};

/* The module's own table: the list, and the others. */
extern const struct farm_action actions_table[];

#endif
