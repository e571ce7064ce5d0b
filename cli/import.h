/*
 * import.h - what others have as their configuration, as farmd's.
 * import_plan() says what becomes of MonALISA's modules, import_nagios() of
 * Nagios' checks, import_print() writes it down.
 */
#ifndef CLI_IMPORT_H
#define CLI_IMPORT_H

#include <stddef.h>

#include "buffer.h"
#include "farmfile.h"
#include "fold.h"

/* An instance of a module of farmd, or what is left over, as a comment. */
struct import_item {
	const char *module;  /* NULL: a comment */
	size_t number;	     /* among those of the module, from 1; above that
				it gets a name */
	const char *options; /* "KEY: VALUE" lines; of a comment its text */
	struct fold_name *nodes; /* names alone, in the cluster's order */
	size_t n_nodes;
	size_t capacity;
	struct import_item *next;
};

struct import_cluster {
	const char *name;
	const char *fed; /* a comment: by which module; NULL: by its nodes */
	struct fold_name *nodes;
	size_t n_nodes;
	struct import_item *items;
	struct import_cluster *next;
};

struct import {
	const char *of; /* whose it was */
	struct import_cluster *clusters;
	struct import_item *farm; /* comments for the whole farm */
};

/*
 * In memory of `arena', as the tree is, whose names it uses.  -1 if something
 * cannot be said in farmd's words, or memory is out: the problems say it, and
 * warn of what is left over.
 */
int import_plan(struct arena *arena, const struct farmfile *,
    struct import *ret, struct problems *);

/* One more node; -1 if memory is out. */
int import_item_add(
    struct arena *, struct import_item *, const struct fold_name *);

/* As YAML; in the end look at the buffer for failure. */
void import_print(struct buffer *, const struct import *);

/* A text as a YAML scalar, quoted if it has to be; a "$" is no variable. */
void import_scalar(struct buffer *, const char *text);

#endif
