/*
 * schedule.h - when each target runs: fixed rate, spread by a hash of instance
 * and node, never overlapping itself; deadlines, runs written off, backoff.
 */
#ifndef HOST_SCHEDULE_H
#define HOST_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#include "buffer.h"
#include "instance.h"
#include "listen.h"
#include "pool.h"

/* More threads than this are never written off; instances that hang beyond
   it stay stopped. */
#define WRITTEN_OFF_MAX 16

struct schedule;
struct workers;

struct schedule *schedule_new(struct pool *);
/* Isolated collectors added from now on run in these. */
void schedule_set_workers(struct schedule *, struct workers *);
/* `wake' (a context and a function, any thread) is called when the next step
   is needed earlier than the last one said. */
void schedule_on_wake(struct schedule *, void (*wake)(void *), void *context);
/* All instances removed first, or the process about to end. */
void schedule_free(struct schedule *);

/* Open the instance on a pool thread, then run its targets; tried again with
   backoff while open() fails. */
void schedule_add(struct schedule *, struct instance *);
/*
 * Start nothing more of it and wait, until the deadline, for its calls; then
 * close it.  -1 if a call did not come back: the instance must then live on,
 * unclosed.
 */
int schedule_remove(struct schedule *, struct instance *,
    int64_t deadline_mono_ns);

/*
 * At the end of all: start nothing more, and wait until the deadline for the
 * calls that have not been given up.  Instances with a call that is still out
 * then are left behind: schedule_remove() says -1 of them at once.
 */
void schedule_stop(struct schedule *, int64_t deadline_mono_ns);

/*
 * Before a change: open the sockets that `fresh' needs besides those that are
 * there; see listener_prepare().  If it comes to nothing, they are closed by
 * the second.
 */
int schedule_prepare(struct schedule *, struct instance *,
    const struct instance_config *fresh, listener_freed_fn *freed,
    void *context, struct error *);
void schedule_unprepare(struct schedule *, struct instance *);

/*
 * Go on as `fresh' says, of the same module and name.  Nodes that stay keep
 * their state and their phase; another interval changes the rhythm only; if
 * `options' changed, the module is asked to reconfigure(), else the instance
 * is closed and opened, with the sockets whose addresses stay.  Waits until
 * the deadline for calls that are in the way; -1 if one did not come back:
 * then put another instance in its place.
 */
int schedule_change(struct schedule *, struct instance *,
    const struct instance_config *fresh, bool options,
    int64_t deadline_mono_ns);

/* Nothing but where it is configured has changed. */
void schedule_replace_config(struct schedule *, struct instance *,
    const struct instance_config *);

/*
 * Start what is due, look after deadlines.  Returns when to be called next
 * (CLOCK_MONOTONIC).  One thread, usually main.
 */
int64_t schedule_step(struct schedule *, int64_t now_mono_ns);

/* A collector whose calls hang in this process, beyond what can be written
   off, and that may go on in a worker: each is given once; NULL if none. */
struct instance *schedule_lost(struct schedule *);
bool schedule_has_lost(struct schedule *);

/* Run a target (NULL: all of the instance) now, besides its rhythm.  -1 if it
   is running already or the instance is not. */
int schedule_run_now(struct schedule *, struct instance *, const char *node,
    struct error *);
/* Pause and resume, by an operator. */
int schedule_pause(struct schedule *, struct instance *, bool paused,
    struct error *);

/*
 * Somebody asks for what it gives: one that runs on request starts, or goes on
 * for another while.  True if its first values since then have yet to come.
 * Never blocks.
 */
bool schedule_wanted(struct schedule *, struct instance *);
/* Wait until it is open (or, with `values', until all targets have run once) or
   has failed to; false if the deadline came first. */
bool schedule_await(struct schedule *, struct instance *, bool values,
    int64_t deadline_mono_ns);

/* Has every target finished at least one run (or failed to open)? */
bool schedule_settled(struct schedule *);

struct schedule_stats {
	uint64_t runs;
	uint64_t skipped;
	uint64_t overruns;
	uint64_t late_results; /* values of written-off runs, discarded */
	int running;
	int64_t lateness_p99_ns; /* start after due */
};
void schedule_stats(struct schedule *, struct schedule_stats *ret);

/* The targets of an instance as a JSON array, consistent. */
void schedule_targets_json(struct schedule *, struct instance *,
    struct buffer *);
/* Only those that fail, hang or are past their deadline, and where the calls
   of the latter are now. */
void schedule_troubles_json(struct schedule *, struct instance *,
    struct buffer *);

#endif
