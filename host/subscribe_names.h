/*
 * subscribe_names.h - which series there are, as far as it takes to see that one
 * is new, or another than it was.  One thread's.
 */
#ifndef HOST_SUBSCRIBE_NAMES_H
#define HOST_SUBSCRIBE_NAMES_H

#include <stdint.h>

#include "cache.h"
#include "series.h"

struct names;

struct names *names_new(struct series_table *); /* NULL if memory is out */
void names_free(struct names *);		/* NULL is fine */

/* From now on: the series there are in the cache are known. */
void names_begin(struct names *, struct cache *);
/* No series is known. */
void names_clear(struct names *);

/* A value of this series comes.  Where memory is out, none is new. */
enum names_news {
	NAMES_KNOWN,
	NAMES_ADDED,
	NAMES_CHANGED, /* its kind, unit or labels */
};
enum names_news names_see(struct names *, uint32_t series);
/* A series of these names is no more. */
void names_gone(struct names *, const struct farm_series *);

#endif
