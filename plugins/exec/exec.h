/*
 * exec.h - what the parts of the collector share.
 */
#ifndef EXEC_EXEC_H
#define EXEC_EXEC_H

#include <farm/module.h>

#include "actions.h"
#include "command.h"
#include "hash.h"
#include "nodes.h"
#include "order.h"
#include "remote.h"

enum mode { MODE_EACH, MODE_STREAM, MODE_PROMPTED };
/* In the same order. */
#define MODE_CHOICES "each|stream|prompted"

enum prompt { PROMPT_STDIN, PROMPT_USR1, PROMPT_USR2, PROMPT_HUP };
#define PROMPT_CHOICES "stdin|SIGUSR1|SIGUSR2|SIGHUP"

struct exec {
	struct order_words words;
	int mode;
	int prompt;
	int format;
	struct farm_map columns;
	const char *prefix;
	const char *via;
	struct farm_list ssh;
	int64_t timeout_ns;
	int64_t silence_ns;
	int64_t output_max;
	const struct farm_tree *actions_tree;

	/* Made by open(). */
	struct remote *remote;
	struct hash_key key;
	struct streams *streams; /* NULL with MODE_EACH */
	struct arena *arena;	 /* of the actions */
	struct actions actions;
	struct nodes *nodes;
};

/* Of a target. */
struct memory {
	uint64_t said;	       /* of program_log() */
	struct stream *stream; /* of the streams; NULL: none yet */
	struct node_link node; /* of the nodes */
};

/* Whether the program itself has ended, so that its code is one. */
bool exec_has_code(const struct exec *, const struct command_result *);

#endif
