/*
 * handles.h - the series that an instance asked for by farm_series(): each is
 * pinned once, however often it was asked for.
 */
#ifndef HOST_HANDLES_H
#define HOST_HANDLES_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "series.h"

/* A set of numbers by open addressing; 0 is an empty place. */
struct handles {
	pthread_mutex_t lock;
	uint32_t *places;
	size_t n;
	size_t capacity; /* a power of two */
};

void handles_init(struct handles *);
/* Cleared before. */
void handles_destroy(struct handles *);

/* The number of a series, pinned until it is released; 0 with the reason. */
uint32_t handles_define(struct handles *, struct series_table *,
    const struct farm_series *names, struct error *);
/* One that is not in the set is none of ours and stays as it is. */
void handles_release(struct handles *, struct series_table *, uint32_t);
void handles_clear(struct handles *, struct series_table *);

#endif
