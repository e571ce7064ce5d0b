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

/* As deliver_history(); one at a time, others wait until the deadline.  The
   state is opened by the first question. */
int history_ask(struct history *, const struct farm_predicate *,
    int64_t deadline_mono_ns, history_fn *each, void *context,
    uint64_t *ret_through, struct error *);

#endif
