/*
 * order.h - what is run for a target: the configured words with the target's
 * names in the place of {cluster}, {node} and {address}; {{ and }} are braces.
 */
#ifndef EXEC_ORDER_H
#define EXEC_ORDER_H

#include <farm/module.h>

#include "arena.h"
#include "command.h"
#include "error.h"

struct order_words {
	struct farm_list command;
	struct farm_map environment;
	bool shell;
};

/* What is wrong with the word. */
int order_check(const char *word, struct error *);
/* Fill in argv and environment, of the arena. */
int order_make(const struct order_words *, const struct farm_target *,
    struct arena *, struct command_order *ret, struct error *);

#endif
