/*
 * filter.h - the chain of filters: records go through it one by one, on the
 * router's thread alone.  Each filter gets the values its `match' asks for;
 * what it emits takes their place, for later filters only.  A tap (tap.h) gets
 * copies of them; what it emits comes in as records of its own, and goes on
 * behind it.
 *
 * A tap calls its module through a chain, too: of its own, on its own thread.
 */
#ifndef HOST_FILTER_H
#define HOST_FILTER_H

#include <stddef.h>
#include <stdint.h>

#include "config.h"
#include "instance.h"
#include "series.h"

struct chain;

/* What came out.  All of it holds until chain_reset(). */
typedef void chain_out_fn(void *context, const struct farm_record *,
    const struct lifetimes *);

/* `farm' and the filters (opened unless they are taps, in order) must outlive
   it.  NULL if memory is out. */
struct chain *chain_new(struct series_table *, const char *farm,
    struct instance *const *filters, size_t n, chain_out_fn *out,
    void *context);
/* One filter alone, which gets all that comes; only what it emits comes out. */
struct chain *chain_new_alone(struct series_table *, const char *farm,
    struct instance *, chain_out_fn *out, void *context);
void chain_free(struct chain *); /* NULL is fine; closed, or never used */

/* Between begin and end no action of a filter runs. */
void chain_begin(struct chain *, int64_t mono_ns);
/* Where records of this instance come in: at 0, of a tap behind it; SIZE_MAX
   if it was one and is not here any more. */
size_t chain_entry(const struct chain *, const struct instance *);
void chain_apply(struct chain *, size_t entry, const struct farm_record *,
    const struct lifetimes *);
/* Why the filter of a chain_new_alone() failed, if its last call did; else
   NULL. */
const char *chain_failure(const struct chain *);
/* tick() of each filter; what it emits goes on behind it. */
void chain_tick(struct chain *, int64_t wall_ns);
/* Forget series that have outlived their lifetimes; a part of them at each
   call, all within a minute of calls once a second. */
void chain_expire(struct chain *, int64_t mono_ns);
void chain_end(struct chain *);
/*
 * These filters from now on, in this order, opened; not between begin and end.
 * Those that stay keep what they know of their series; each takes its `match'
 * and `keep' anew.  What those that are gone keep is released, but they are not
 * closed.  -1 if memory is out: then all is as it was.
 */
int chain_change(struct chain *, struct instance *const *filters, size_t n);
/* What came out so far is no longer needed. */
void chain_reset(struct chain *);
/* Memory held by what came out. */
size_t chain_bytes(const struct chain *);
/* Forget all series and close the filters, on this thread. */
void chain_close(struct chain *);

#endif
