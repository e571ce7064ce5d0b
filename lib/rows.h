/*
 * rows.h - values put together, one after the other: what a filter makes of a
 * result.  The memory is kept for the next one.
 */
#ifndef LIB_ROWS_H
#define LIB_ROWS_H

#include <stddef.h>

#include <farm/module.h>

/* Starts zeroed. */
struct rows {
	struct farm_value *items;
	size_t n;
	size_t capacity;
};

void rows_free(struct rows *);
/* Room for n values more; -1 if memory is out. */
int rows_reserve(struct rows *, size_t n);
/* Copies of n values behind the others; -1, with nothing added, if memory is
   out. */
int rows_add(struct rows *, const struct farm_value *, size_t n);

/* One value more; -1, said to the host, if memory is out. */
int rows_put(struct farm_host *, struct rows *, struct farm_value);
/* Emit them in the place of `in', if there are any, and be empty again. */
int rows_emit(struct farm_host *, struct rows *, const struct farm_record *in);

#endif
