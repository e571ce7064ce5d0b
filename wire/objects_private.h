/*
 * objects_private.h - a catalogue from inside: for the parts of objects.h.
 */
#ifndef WIRE_OBJECTS_PRIVATE_H
#define WIRE_OBJECTS_PRIVATE_H

#include "arena.h"
#include "objects.h"
#include "slice.h"

struct entry {
	struct object object;
	struct entry *above; /* the nearest one by OID; NULL: none */
	size_t order;	     /* what was read first wins */
	uint32_t line;
};

struct objects {
	struct arena *arena;
	struct entry **by_name; /* sorted by name, then by order */
	struct entry **by_oid;	/* sorted; one for each OID */
	size_t n;
	size_t n_oids;
	size_t capacity; /* of both, so that sorting needs no memory */
	size_t next_order;
};

/*
 * Put all in order again after entries of a file were added: of one module's
 * objects of the same name all but the first are dropped.
 */
void objects_sort(struct objects *, const char *path, struct problems *);

/* "IF-MIB::ifIndex" taken apart; the module is empty in "ifIndex". */
struct slice objects_split(const char *text, size_t length,
    struct slice *ret_module);
/* NULL if unknown; an empty module is any. */
const struct object *objects_find(const struct objects *, struct slice name,
    struct slice module);

#endif
