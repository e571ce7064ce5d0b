/*
 * sift.h - values from elsewhere may come twice, or come back to where they
 * once were: what the store has at that time already is not for it again.
 */
#ifndef SQL_SIFT_H
#define SQL_SIFT_H

#include "store.h"

/*
 * Take out of the load which imported values the store has, and all but one of
 * those that are alike.  In a transaction, ids settled.  An enum store_status.
 */
int sift(struct store *, const struct dialect *, struct load *,
    struct error *);

/* The first of n samples of one instant, sorted by their values, that has this
   value; n: none. */
size_t sift_find(const struct sample *const *, size_t n,
    const struct farm_value *);

#endif
