/*
 * chain_private.h - chains of rules, for chain*.c alone.
 *
 * Chains are built while the configuration is read and never change after, so
 * values pass through them without a lock.
 */
#ifndef COLLECTD_CHAIN_PRIVATE_H
#define COLLECTD_CHAIN_PRIVATE_H

#include "abi.h"

struct chain_match {
	struct chain_match *next;
	char *name;
	match_proc_t proc;
	void *data;
};

struct chain_target {
	struct chain_target *next;
	char *name;
	target_proc_t proc;
	void *data;
};

struct chain_rule {
	struct chain_rule *next;
	char *name; /* "" if it has none */
	struct chain_match *matches;
	struct chain_target *targets;
};

struct fc_chain_s {
	fc_chain_t *next;
	char *name;
	struct chain_rule *rules;
	struct chain_target *targets; /* for what passes all rules */
};

/* What was registered under that name; -1 if nothing was. */
int chain_find_match(const char *name, match_proc_t *ret);
int chain_find_target(const char *name, target_proc_t *ret);
/* jump, stop, return and write; -1 for any other name. */
int chain_own_target(const char *name, target_proc_t *ret);

#endif
