/*
 * known.h - the identifiers that were seen, and the series of each: after the
 * first time a value costs one look-up.  One thread's.
 */
#ifndef COLLECTD_KNOWN_H
#define COLLECTD_KNOWN_H

#include <stddef.h>
#include <stdint.h>

#include "map.h"
#include "series.h"

struct known;

/* Both are borrowed.  NULL if memory is out. */
struct known *known_new(struct series_table *, const struct map *);
void known_free(struct known *); /* NULL is fine */

/*
 * The series of the list, one for each of its values; the array holds until
 * known_sweep().  NULL with the reason if it has none; the reason is empty if
 * it was said before.  Two identifiers that would be one parameter are a
 * failure of the second.
 */
const uint32_t *known_series(struct known *, const data_set_t *,
    const value_list_t *, struct error *);
/* Forget what has not come for so long. */
void known_sweep(struct known *, int64_t unused_ns);
size_t known_count(const struct known *);

#endif
