/*
 * names.h - what makes emitting by name cheap: the series that a target's
 * names stood for the last time.  One thread at a time.
 */
#ifndef HOST_NAMES_H
#define HOST_NAMES_H

#include <stdint.h>

#include <farm/module.h>

#include "series.h"

struct name_cache;

struct name_cache *name_cache_new(void); /* NULL if memory is out */
/* Also unpins. */
void name_cache_free(struct name_cache *, struct series_table *);

/* The series remembered for this target and spec; 0 if none. */
uint32_t name_cache_find(struct name_cache *, const struct farm_target *,
    const struct farm_spec *);
/* Remember it and take over its pin; -1 if memory is out. */
int name_cache_add(struct name_cache *, const struct farm_target *,
    const struct farm_spec *, uint32_t series);
/*
 * A run is over.  Names that were not emitted for NAME_CACHE_RUNS runs are
 * forgotten, so that what comes and goes (jobs, mounts) does not stay for
 * ever.
 */
#define NAME_CACHE_RUNS 32
void name_cache_run_done(struct name_cache *, struct series_table *);

#endif
