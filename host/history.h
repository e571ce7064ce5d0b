/*
 * history.h - asking a writer's store: with a state of the module of its own,
 * so that a writer stuck in a retry still answers.
 */
#ifndef HOST_HISTORY_H
#define HOST_HISTORY_H

#include "deliver.h"
#include "error.h"
#include "instance.h"

struct history;

/* `max_series': of the names of answers.  NULL if memory is out. */
struct history *history_new(struct instance *, uint32_t max_series);
/* At first: its instance runs in a worker. */
void history_ask_worker(struct history *);
void history_free(struct history *); /* NULL is fine */
/* The instance has other options: the next question opens a state with them.
   Waits for the one under way. */
void history_reset(struct history *);

/* The table that `series' of its answers are of. */
struct series_table *history_names(struct history *);

/* The rows of an average in a record of an answer; see farm_emit_average(). */
#define HISTORY_ROWS 7
/* -1: it is none. */
int history_point(struct history_point *ret, struct level_slot *average,
    int64_t time_ns, uint32_t flags, const struct farm_value *rows, size_t n);

/* As deliver_history(); one at a time, others wait until the deadline.  The
   state is opened by the first question. */
int history_ask(struct history *, const struct farm_predicate *,
    int64_t deadline_mono_ns, history_fn *each, void *context,
    uint64_t *ret_through, struct error *);

#endif
