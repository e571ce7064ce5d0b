/*
 * node_file.h - nodes of a cluster in a file of their own, as other programs
 * write one: a line each, a name or a hostlist and, behind a blank, an address
 * or a hostlist of as many; "#" begins a comment.
 */
#ifndef HOST_NODE_FILE_H
#define HOST_NODE_FILE_H

#include <farm/module.h>

#include "arena.h"
#include "problems.h"

/* A larger file is an error. */
#define NODE_FILE_BYTES_MAX (16 << 20)

struct node_line {
	const char *names;
	const char *addresses; /* NULL: the names */
	struct farm_tree place; /* for messages */
};

/* The lines of a text, in `arena'; what is wrong with one is a problem with
   its place.  0 or -1. */
int node_file_parse(struct arena *, const char *path, const char *text,
    size_t size, struct node_line **ret, size_t *ret_n, struct problems *);
/* The same of the file that `at' names as "@PATH", from the folder of the file
   in which that stands. */
int node_file_read(struct arena *, const struct farm_tree *at,
    struct node_line **ret, size_t *ret_n, struct problems *);

#endif
