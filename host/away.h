/*
 * away.h - calls into a module that runs in a worker: its station's thread
 * makes them one at a time, as messages, and waits for each answer.
 */
#ifndef HOST_AWAY_H
#define HOST_AWAY_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "buffer.h"
#include "frame.h"
#include "worker.h"

struct away {
	struct workers *workers; /* NULL: the module runs in this process */
	struct instance *instance;
	struct series_table *series; /* of what it is given */
	const struct seat_events *events; /* AWAY_EVENTS, and its station's */
	struct seat *seat;
	struct frame_encoder *encoder;
	int64_t stream_mono_ns; /* when its stream began */
	struct buffer frame;
	pthread_mutex_t *lock; /* the station's: of what follows */
	pthread_cond_t *changed;
	bool open;
	bool waiting; /* for the answer of a call */
	bool failed;  /* the answer is `why' */
	bool lost;    /* it was open, and its process is gone: `why' */
	bool told;    /* ... which was the answer of a call */
	bool stopping;
	int64_t deadline_mono_ns; /* of the stop */
	struct worker_verdict verdict;
	struct error why;
	struct error crash; /* how the process ended; "": not by itself */
};

/* What a seat's events are made of. */
#define AWAY_EVENTS                                                            \
	.opened = away_opened, .closed = away_closed,                          \
	.verdict = away_verdict, .lost = away_lost
void away_opened(struct instance *, const char *why);
void away_closed(struct instance *);
void away_verdict(struct instance *, const struct worker_verdict *);
void away_lost(struct instance *, const char *why, const char *crash);

/* The rest is its station's thread's.  open() and close() of the module; the
   instance finds its way here by in->away. */
int away_open(struct away *, struct error *);
void away_close(struct away *);
/* Give up the seat, and what else it holds. */
void away_leave(struct away *);

/*
 * Give it a batch: first as a frame, -1 with the reason if it cannot be one,
 * then on its way.  0: `verdict' is the answer and `*why' what it says; -1: the
 * process is gone, past `limit_ns' because it was killed for that.
 */
int away_encode(struct away *, const struct farm_batch *, struct error *);
int away_send(struct away *, const char *what, int64_t limit_ns,
    struct error *why);
int away_tick(struct away *, struct error *why);

/* Has it lost its process, so that it must be opened again?  Why, if no call
   has said so; else "". */
bool away_is_lost(struct away *, struct error *untold);
/* With the lock held: no call lasts longer than to shortly before this. */
void away_stop(struct away *, int64_t deadline_mono_ns);

#endif
