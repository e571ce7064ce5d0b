/*
 * worker.h - instances outside the daemon: worker processes, started by the
 * spawn helper and talked to over a socket pair each (lib/worker_protocol.h).
 *
 * An instance has a seat in a worker; instances of the same worker's name
 * share one.  One thread reads all workers.  What comes from a worker is
 * hostile until it is checked: the first thing that cannot be ends it, and
 * while the values of its instances fill the router's queue it is not read.
 */
#ifndef HOST_WORKER_H
#define HOST_WORKER_H

#include <stdbool.h>
#include <stdint.h>

#include "buffer.h"
#include "error.h"
#include "instance.h"
#include "series.h"
#include "worker_protocol.h"

struct workers;
struct seat;

struct workers_config {
	struct series_table *series;
	size_t queued_max; /* bytes of an instance in the router's queue */
	const char *cgroup; /* of their cgroups; "": found */
	bool debug;	   /* workers are to send such lines, too */
};

/* NULL if memory is out.  The thread and the helper start with the first
   worker. */
struct workers *workers_new(const struct workers_config *);
/* All seats freed first.  What still runs is killed. */
void workers_free(struct workers *); /* NULL is fine */

/*
 * What the instance's station wants to hear of it: on the thread of the
 * workers, never while it frees the seat.
 */
struct seat_events {
	/* open() is over; `why' NULL: well. */
	void (*opened)(struct instance *, const char *why);
	void (*closed)(struct instance *);
	/* The run of the target of this number is over. */
	void (*done)(struct instance *, uint32_t target, const char *why,
	    uint64_t cpu_ns);
	/* Of writers, else NULL: the answer of the call under way, and
	   positions that are stored. */
	void (*verdict)(struct instance *, const struct worker_verdict *);
	void (*acknowledged)(struct instance *, uint64_t first,
	    uint64_t last);
	/* The process is gone, and all that ran in it; the next seat_open()
	   starts another.  `crash' says how it ended by itself, "crashed
	   (SIGSEGV)"; NULL if somebody ended it. */
	void (*lost)(struct instance *, const char *why, const char *crash);
};

/* A seat in the worker that the instance's configuration says; NULL if memory
   is out.  No process is started. */
struct seat *seat_new(struct workers *, struct instance *,
    const struct seat_events *);
/* The last one to leave a worker ends it.  Waits for an event under way. */
void seat_free(struct seat *); /* NULL is fine */

/*
 * These never block: they send, or leave it to the thread.  Sockets are those
 * of the instance's listener; it has no targets at first.
 */
int seat_open(struct seat *, struct error *);
void seat_close(struct seat *);
/* It is closed and will not be opened soon: a worker that has no other seats
   ends.  Before the next seat_open(), wait for that. */
void seat_rest(struct seat *);
void seat_await_rest(struct seat *);
void seat_target(struct seat *, const struct target *);
void seat_forget(struct seat *, uint32_t target);
/* The run waits for workers_flush(), so that many become one message. */
void seat_run(struct seat *, uint32_t target, int64_t deadline_mono_ns);
void workers_flush(struct workers *);
/* A writer's: store what is in this frame, or pass the time; a verdict
   follows. */
void seat_write(struct seat *, int64_t deadline_mono_ns,
    const struct buffer *frame);
void seat_tick(struct seat *, int64_t deadline_mono_ns);
/* End the process, and say in the end that this was why. */
void seat_kill(struct seat *, const char *why);

/*
 * An action of the instance; waits for the answer until the deadline.  -1 with
 * the reason.  Any thread, with the seat counted in by seat_use().
 */
int seat_action(struct seat *, const char *name, const struct farm_tree *,
    int64_t deadline_mono_ns, struct buffer *reply, struct error *);
/*
 * A question to a writer's store; each piece of the answer, a frame, to
 * `piece': 1 for more, 0 if that is enough, -1 with the reason ends the
 * worker.  As above; a worker that has not answered soon after the deadline is
 * ended by the next seat_end_hung(), which the writer calls between two of its
 * calls, so that none is cut off: true if it does end it.
 */
struct farm_predicate;
typedef int seat_piece_fn(void *context, const void *frame, size_t size,
    struct error *);
int seat_history(struct seat *, const struct farm_predicate *,
    int64_t deadline_mono_ns, seat_piece_fn *piece, void *context,
    uint64_t *ret_through, struct error *);
bool seat_end_hung(struct seat *);
void seat_use(struct seat *);
void seat_unuse(struct seat *);

/* {"name":..,"pid":..,"state":..,"restarts":..,...} */
void seat_json(struct seat *, struct buffer *);

#endif
