/*
 * column.h - something of fixed size for each series, in an array beside the
 * series table: zeroed chunks come into being where numbers are used, and
 * nothing ever moves.  No lock of its own.
 */
#ifndef HOST_COLUMN_H
#define HOST_COLUMN_H

#include <stddef.h>
#include <stdint.h>

#define COLUMN_CHUNK 1024 /* items */

struct column {
	char **chunks;
	size_t n_chunks;
	size_t item; /* bytes of one */
	size_t bytes; /* of all */
};

/* A column of items of this size starts as { .item = SIZE }. */
void column_free(struct column *);
/* The item, made if need be; NULL if memory is out. */
void *column_need(struct column *, uint32_t number);

/* The item; NULL if nothing near it was ever needed. */
static inline void *
column_at(const struct column *c, uint32_t number)
{
	size_t chunk = number / COLUMN_CHUNK;

	if (chunk >= c->n_chunks || c->chunks[chunk] == NULL)
		return NULL;
	return c->chunks[chunk] + number % COLUMN_CHUNK * c->item;
}

/* One more than the largest number that may have an item. */
static inline uint32_t
column_bound(const struct column *c)
{
	return (uint32_t)(c->n_chunks * COLUMN_CHUNK);
}

#endif
