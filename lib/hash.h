/*
 * hash.h - keyed hashing of names for tables in memory.  The key is drawn per
 * table, so that whoever chooses the names cannot choose the collisions.
 */
#ifndef LIB_HASH_H
#define LIB_HASH_H

#include <stddef.h>
#include <stdint.h>

struct hash_key {
	uint64_t words[2];
};

/* From the system's random numbers; never fails. */
void hash_key_draw(struct hash_key *);
/* Of `size' bytes, going on from `hash' (0 at first). */
uint64_t hash_bytes(const struct hash_key *, uint64_t hash, const void *bytes,
    size_t size);

#endif
