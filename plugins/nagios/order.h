/*
 * order.h - what is run for a check: the command with its macros replaced, as
 * words, or as a text for a shell.
 */
#ifndef NAGIOS_ORDER_H
#define NAGIOS_ORDER_H

#include <farm/module.h>

#include "arena.h"
#include "command.h"
#include "error.h"
#include "macros.h"

enum order_shell {
	SHELL_NEVER,
	SHELL_ALWAYS,
	SHELL_AS_NEEDED, /* as Nagios has it */
};

struct order_words {
	struct farm_list command; /* one: a line, that is split; else words */
	int shell;		  /* enum order_shell, of a line */
	const char *plugins;	  /* where check_* without a path are */
};

/* Fill in argv, of the arena. */
int order_make(const struct order_words *, const struct macros *,
    struct arena *, struct command_order *, struct error *);

#endif
