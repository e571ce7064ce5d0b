/*
 * farmfile.h - MonALISA's farm configuration files, as the tree they mean.
 *
 *	*Master                   a cluster
 *	>localhost [ALIAS]        a node
 *	monProcIO{eth0,eth1}%60   a module of it: arguments, seconds
 *	*PN{MODULE, NODE, ARGUMENTS}%30   a cluster fed by one module
 *	^monXDRUDP{ListenPort=8884, ParamTimeout=900}%30   of the whole farm
 */
#ifndef CLI_FARMFILE_H
#define CLI_FARMFILE_H

#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "problems.h"

/* What a line without "%" has, in seconds. */
#define FARMFILE_EVERY 30
/* The cluster of nodes that stand before any "*". */
#define FARMFILE_CLUSTER "ProcNode"

/* Larger files, longer lines and more modules of a node are errors. */
#define FARMFILE_BYTES_MAX (16 << 20)
#define FARMFILE_LINE_MAX 65536
#define FARMFILE_MODULES_MAX 250

struct farmfile_place {
	const char *file;
	uint32_t line;
	uint32_t column; /* of the first character, from 1 */
};

/* Seconds; 0: none. */
struct farmfile_timeouts {
	uint32_t parameter;
	uint32_t node;
	uint32_t cluster;
};

struct farmfile_module {
	const char *name;
	const char *arguments; /* as between the braces; NULL without braces */
	const char *node;      /* of a module that feeds a cluster; else NULL */
	uint32_t every;
	struct farmfile_timeouts timeouts; /* of a module of the farm */
	struct farmfile_place place;
	struct farmfile_module *next;
};

struct farmfile_node {
	const char *name;
	const char *alias; /* NULL: none */
	struct farmfile_place place;
	struct farmfile_module *modules;
	size_t n_modules;
	struct farmfile_node *next;
};

struct farmfile_cluster {
	const char *name;
	struct farmfile_place place;
	struct farmfile_module *external; /* what feeds it; NULL: its nodes */
	struct farmfile_node *nodes;
	struct farmfile_node *last_node;
	size_t n_nodes;
	struct farmfile_cluster *next;
};

/* All lists are in the order of the files. */
struct farmfile {
	struct farmfile_cluster *clusters;
	struct farmfile_module *modules; /* of the whole farm */
};

struct farmfile_parser;

/* Takes memory for the tree from `arena', which outlives it.  NULL if memory
   is out. */
struct farmfile_parser *farmfile_parser_new(
    struct arena *arena, struct problems *);
void farmfile_parser_free(struct farmfile_parser *); /* NULL is fine */

/*
 * Add the `size' bytes of one file to the tree; `file' names it in messages.
 * What cannot be understood is an error with its place, and the rest is read
 * all the same.
 */
void farmfile_parse(struct farmfile_parser *, const char *file,
    const char *bytes, size_t size);
/* The tree so far; valid as long as the arena. */
const struct farmfile *farmfile_tree(const struct farmfile_parser *);

/*
 * Take ParamTimeout=, NodeTimeout= and ClusterTimeout= out of arguments;
 * returns the rest, joined by ", ".  A value that is no number of seconds is
 * a warning, and goes.  NULL if memory is out.
 */
const char *farmfile_take_timeouts(struct arena *, const char *arguments,
    const struct farmfile_place *, struct farmfile_timeouts *,
    struct problems *);

#endif
