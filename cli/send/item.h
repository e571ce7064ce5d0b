/*
 * item.h - a value and where it belongs, as it is typed:
 *
 *	CLUSTER/NODE/PARAMETER=[TYPE:]VALUE
 *
 * In names a backslash stands before what has a meaning, as in predicates.
 * Without a type ("double", "int64", "uint64", "boolean", "text") the value is
 * what it looks like.
 */
#ifndef CLI_SEND_ITEM_H
#define CLI_SEND_ITEM_H

#include <stddef.h>

#include <farm/result.h>

#include "arena.h"
#include "error.h"
#include "slice.h"

struct item {
	struct slice text; /* as it was typed: for messages */
	struct slice cluster;
	struct slice node;
	struct slice parameter;
	struct farm_value value;
};

/* What it points to lies in the arena.  -1 with the reason. */
int item_parse(struct item *ret, struct arena *, struct slice text,
    struct error *);

#endif
