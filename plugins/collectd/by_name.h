/* by_name.h - things found by their names, in no order. */
#ifndef COLLECTD_BY_NAME_H
#define COLLECTD_BY_NAME_H

#include <stddef.h>
#include <stdint.h>

#include "hash.h"

struct by_name_slot {
	const char *name; /* NULL: nothing there */
	void *thing;
	uint64_t hash;
};

/* Zeroed, there is nothing in it. */
struct by_name {
	struct hash_key key;
	struct by_name_slot *slots;
	size_t size; /* of slots, a power of two */
	size_t n;
};

/*
 * The name and the thing stay the caller's, and as they are while they are in
 * it.  It must not be there yet.  -1 if memory is out, and nothing has changed.
 */
int by_name_put(struct by_name *, const char *name, void *thing);
/* NULL if there is none. */
void *by_name_get(const struct by_name *, const char *name);
/* One that is not there is none the less gone. */
void by_name_remove(struct by_name *, const char *name);
void by_name_free(struct by_name *);

#endif
