/*
 * order.h - programs as they are configured, for modules that run some.  What
 * is run for a target has the target's names in the place of {cluster}, {node}
 * and {address}; {{ and }} are braces.
 */
#ifndef LIB_ORDER_H
#define LIB_ORDER_H

#include <farm/module.h>

#include "arena.h"
#include "command.h"
#include "error.h"

struct order_words {
	struct farm_list command;
	struct farm_map environment;
	bool shell;
	const char *user;
	int64_t memory;
	int64_t cpu_ns;
	int64_t files;
	int64_t processes;
};

/* The options of what a program is allowed; FIELD is the struct above. */
#define ORDER_RIGHTS(STATE, FIELD)                                             \
	FARM_OPTION_STRING("user", STATE, FIELD.user, NULL,                    \
	    "runs the program, with that one's groups; only root can do "      \
	    "that"),                                                           \
	FARM_OPTION_SIZE("memory", STATE, FIELD.memory, "0", 0, 1e15,          \
	    "the program's address space at most; 0: as farmd"),               \
	FARM_OPTION_DURATION("cpu_time", STATE, FIELD.cpu_ns, "0s", 0, 1e18,   \
	    "the program is killed when it has used so much of the "           \
	    "processor; 0s: never"),                                           \
	FARM_OPTION_INTEGER("open_files", STATE, FIELD.files, "0", 0, 1e6,     \
	    "of the program at most; 0: as farmd"),                            \
	FARM_OPTION_INTEGER("processes", STATE, FIELD.processes, "0", 0, 1e6,  \
	    "of the program's user at most; 0: as farmd")

/* For check(): what is wrong with any of it, each by farm_fail().  `targets':
   names in braces are looked at. */
int order_check(struct farm_host *, const struct order_words *, bool targets);
/*
 * Fill in argv, environment, user and limits; what is made is the arena's.
 * Without a target (NULL) words stay as they are, and the environment has none
 * of ours.
 */
int order_make(const struct order_words *, const struct farm_target *,
    struct arena *, struct command_order *ret, struct error *);

#endif
