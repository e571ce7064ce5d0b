/*
 * queue.h - batches on their way from all collectors to the router: bounded in
 * bytes, and one instance may hold at most a quarter, so that a flood of one
 * costs the others nothing.  batch->owner is the instance it came from.
 */
#ifndef HOST_QUEUE_H
#define HOST_QUEUE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "batch.h"
#include "instance.h"

struct queue {
	pthread_mutex_t lock;
	pthread_cond_t filled;	/* of the one who takes */
	pthread_cond_t drained; /* of those who flush */
	pthread_cond_t emptied; /* of those who wait for room */
	unsigned waiting;	/* of them */
	struct batch *first;
	struct batch **last;
	size_t bound;
	size_t bytes;
	size_t peak_bytes;
	uint64_t sent; /* batches, so far */
	uint64_t done; /* of them, by queue_done() */
	bool closed;
	bool woken;
};

void queue_init(struct queue *, size_t bound);
void queue_destroy(struct queue *);

/*
 * Take the batch over; false if there is no room for it, not by the time that
 * the batch names either, or the queue is closed: then it is still the
 * caller's.  Any thread.
 */
bool queue_push(struct queue *, struct instance *, struct batch *);

/*
 * What is queued now, in order, up to about `bytes': a list by batch->next,
 * the caller's.  Waits until the deadline if there is nothing; NULL then, or
 * as soon as the queue is closed and empty.
 */
struct batch *queue_take(struct queue *, size_t bytes,
    int64_t deadline_mono_ns);
/* queue_take() that waits, or the next one, returns at once. */
void queue_wake(struct queue *);
/* `n' batches taken are dealt with. */
void queue_done(struct queue *, uint64_t n);
/* Wait until all that was sent before this call is dealt with. */
bool queue_flush(struct queue *, int64_t deadline_mono_ns);
/* Nothing more comes in. */
void queue_close(struct queue *);

#endif
