#include "queue.h"

#include "wait.h"

/* The share of the bound that one owner may hold. */
#define OWNER_SHARE 4

void
queue_init(struct queue *q, size_t bound)
{
	*q = (struct queue){ .bound = bound };
	q->last = &q->first;
	pthread_mutex_init(&q->lock, NULL);
	wait_init(&q->filled);
	wait_init(&q->drained);
	wait_init(&q->emptied);
}

void
queue_destroy(struct queue *q)
{
	struct batch *next;

	for (struct batch *b = q->first; b != NULL; b = next) {
		next = b->next;
		batch_unref(b);
	}
	pthread_cond_destroy(&q->emptied);
	pthread_cond_destroy(&q->drained);
	pthread_cond_destroy(&q->filled);
	pthread_mutex_destroy(&q->lock);
}

/* One batch of an owner who holds nothing may pass its share: else a batch
   larger than that would never arrive. */
static bool
has_room(const struct queue *q, size_t held, size_t size)
{
	if (q->closed || size > q->bound - q->bytes)
		return false;
	return held == 0 || held + size <= q->bound / OWNER_SHARE;
}

/* With the lock held, given up while waiting. */
static bool
wait_for_room(struct queue *q, const struct instance *owner, size_t size,
    int64_t until_mono_ns)
{
	bool in_time = until_mono_ns > 0, room = false;

	q->waiting++;
	while (in_time && !room && !q->closed) {
		in_time = wait_until(&q->emptied, &q->lock, until_mono_ns);
		room = has_room(q, atomic_load(&owner->queued_bytes), size);
	}
	q->waiting--;
	return room;
}

bool
queue_push(struct queue *q, struct instance *owner, struct batch *batch)
{
	size_t size = batch_bytes(batch);
	bool room, first = false;

	pthread_mutex_lock(&q->lock);
	room = has_room(q, atomic_load(&owner->queued_bytes), size) ||
	       wait_for_room(q, owner, size, batch->until_mono_ns);
	if (room) {
		batch->owner = owner;
		batch->next = NULL;
		*q->last = batch;
		q->last = &batch->next;
		q->sent++;
		q->bytes += size;
		if (q->bytes > q->peak_bytes)
			q->peak_bytes = q->bytes;
		atomic_fetch_add(&owner->queued_bytes, size);
		first = q->first == batch;
	}
	pthread_mutex_unlock(&q->lock);
	/* Whom it wakes finds the lock free. */
	if (first)
		pthread_cond_signal(&q->filled);
	return room;
}

static struct batch *
cut(struct queue *q, size_t bytes)
{
	struct batch *head = q->first;
	struct batch **end = &q->first;
	size_t taken = 0;
	size_t size;

	while (*end != NULL && (taken == 0 || taken < bytes)) {
		struct instance *owner = (*end)->owner;

		size = batch_bytes(*end);
		atomic_fetch_sub(&owner->queued_bytes, size);
		taken += size;
		end = &(*end)->next;
	}
	q->bytes -= taken;
	q->first = *end;
	*end = NULL;
	if (q->first == NULL)
		q->last = &q->first;
	if (q->waiting > 0)
		pthread_cond_broadcast(&q->emptied);
	return head;
}

struct batch *
queue_take(struct queue *q, size_t bytes, int64_t deadline_mono_ns)
{
	struct batch *head = NULL;

	pthread_mutex_lock(&q->lock);
	while (q->first == NULL && !q->closed && !q->woken)
		if (!wait_until(&q->filled, &q->lock, deadline_mono_ns))
			break;
	q->woken = false;
	if (q->first != NULL)
		head = cut(q, bytes);
	pthread_mutex_unlock(&q->lock);
	return head;
}

void
queue_wake(struct queue *q)
{
	pthread_mutex_lock(&q->lock);
	q->woken = true;
	pthread_cond_broadcast(&q->filled);
	pthread_mutex_unlock(&q->lock);
}

void
queue_done(struct queue *q, uint64_t n)
{
	pthread_mutex_lock(&q->lock);
	q->done += n;
	pthread_cond_broadcast(&q->drained);
	pthread_mutex_unlock(&q->lock);
}

bool
queue_flush(struct queue *q, int64_t deadline_mono_ns)
{
	uint64_t target;
	bool in_time = true;

	pthread_mutex_lock(&q->lock);
	target = q->sent;
	while (q->done < target && in_time)
		in_time = wait_until(&q->drained, &q->lock, deadline_mono_ns);
	in_time = q->done >= target;
	pthread_mutex_unlock(&q->lock);
	return in_time;
}

void
queue_close(struct queue *q)
{
	pthread_mutex_lock(&q->lock);
	q->closed = true;
	pthread_cond_broadcast(&q->filled);
	pthread_cond_broadcast(&q->emptied);
	pthread_mutex_unlock(&q->lock);
}
