/*
 * intake.h - a stream of frames in pieces of any size becomes records.  Knows
 * neither where the bytes come from nor where the records go.  One thread's.
 */
#ifndef FARM_INTAKE_H
#define FARM_INTAKE_H

#include <stddef.h>
#include <stdint.h>

#include <farm/result.h>

#include "error.h"
#include "series.h"

struct intake_to {
	/* Numbers of series mean others from here on. */
	void (*anew)(void *context);
	/* Of values, the series are numbers of the table; all is borrowed for
	   the call. */
	void (*record)(void *context, const struct series_table *,
	    const struct farm_record *);
	void *context;
};

struct intake;

/* Streams of more series than `most' lose the values of the others, counted;
   NULL if memory is out. */
struct intake *intake_new(uint32_t most, const struct intake_to *);
void intake_free(struct intake *); /* NULL is fine */
/* -1: the bytes are no frames; then it takes no more until intake_reset(). */
int intake_put(struct intake *, const void *bytes, size_t size, struct error *);
/* Another stream begins. */
void intake_reset(struct intake *);
/* Values left out for want of room. */
uint64_t intake_refused(const struct intake *);

#endif
