/*
 * matched.h - one series as compiled predicates see it: what they demand of its
 * values, found out once, and the numbers that windows of time look back on.
 * Wherever values are held against predicates, live or of the past, this
 * decides.
 */
#ifndef LIB_MATCHED_H
#define LIB_MATCHED_H

#include <stdbool.h>
#include <stdint.h>

#include "predicate.h"

/* A window looks back on so many numbers at most, the newest. */
#define MATCHED_NUMBERS_MAX 1024

struct matched;

/* The matcher must outlive it.  *ret is NULL if the series' names do not match.
   -1: memory is out. */
int matched_new(struct matched **ret, const struct matcher *,
    const struct farm_series *);
void matched_free(struct matched *); /* NULL is fine */

/*
 * Does this value pass?  To be told of every value of the series, in the order
 * of their times: one that comes late counts in windows from then on, and its
 * own is what is remembered yet of the time up to it.  Texts and what is not
 * finite count in no window, but end one.  A window without a number only
 * passes what asks for that count, or for "<>"; a rate needs two of different
 * times.
 */
bool matched_value(struct matched *, int64_t time_ns,
    const struct farm_value *);

#endif
