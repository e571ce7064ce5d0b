/*
 * derived.h - the series that a filter makes of others.  Two sources may lead
 * to one series, and a handle is given back only once: so uses are counted.
 */
#ifndef LIB_DERIVED_H
#define LIB_DERIVED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <farm/module.h>

#include "buffer.h"
#include "rows.h"

/* Starts zeroed; one for each instance. */
struct derived {
	uint32_t *uses; /* by handle */
	size_t n;
};

void derived_free(struct derived *);

/* Kept in the state of a source: where its values go.  Starts zeroed. */
struct derivation {
	uint32_t series; /* 0: not asked yet */
	bool held;	 /* else it is the source itself */
};

/* Where the texts and labels of a new series may lie until it is made. */
struct derive_room {
	struct buffer texts;
	struct farm_label labels[FARM_LABELS_MAX];
};

/*
 * What becomes of a series: `spec' holds all that is known of it, names, kind,
 * unit, labels and the lifetime that it was given, and may be changed.  1:
 * another series; 0: the same one; -1: failed, said to the host.
 */
typedef int derive_fn(struct farm_host *, const void *context,
    struct farm_spec *spec, struct derive_room *);

/* Another series with a suffix to its parameter's name. */
struct derive_as {
	const char *suffix;
	const char *unit; /* NULL: the source's */
	uint32_t kind;
};
/* A derive_fn; the context is a struct derive_as. */
int derive_as(struct farm_host *, const void *context, struct farm_spec *spec,
    struct derive_room *);

/* The series that a source leads to, asked for once; 0, said to the host, if
   there is none to be had. */
uint32_t derived_find(struct farm_host *, struct derived *, struct derivation *,
    uint32_t source, derive_fn *, const void *context);
/* The same of a series that comes of no single one: the spec says it all. */
uint32_t derived_make(struct farm_host *, struct derived *, struct derivation *,
    const struct farm_spec *);
/* In forget(). */
void derived_forget(struct farm_host *, struct derived *, struct derivation *);

/*
 * A whole apply() whose values only go to other series; series_state is a
 * struct derivation.
 */
int derived_move(struct farm_host *, struct derived *, struct rows *,
    const struct farm_record *in, derive_fn *, const void *context);

#endif
