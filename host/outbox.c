#include "outbox.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "wait.h"

struct outbox {
	atomic_uint refs;
	size_t bound;
	pthread_mutex_t lock; /* of all that follows */
	pthread_cond_t taken; /* something was, or it has ended */
	struct outbox_door door;
	bool parked;
	struct piece **ring; /* pieces that wait, from `first' on */
	size_t capacity;     /* of the ring: a power of two, or 0 */
	size_t first;
	size_t n;
	size_t offset; /* bytes of the first that were taken */
	struct outbox_stats stats;
};

struct piece *
piece_new(const void *bytes, size_t size)
{
	struct piece *p = malloc(sizeof(*p) + size);

	if (p == NULL)
		return NULL;
	atomic_init(&p->refs, 1);
	p->size = size;
	memcpy(p->bytes, bytes, size);
	return p;
}

struct piece *
piece_ref(struct piece *p)
{
	atomic_fetch_add(&p->refs, 1);
	return p;
}

void
piece_unref(struct piece *p)
{
	if (p != NULL && atomic_fetch_sub(&p->refs, 1) == 1)
		free(p);
}

struct outbox *
outbox_new(size_t bound)
{
	struct outbox *o = calloc(1, sizeof(*o));

	if (o == NULL)
		return NULL;
	atomic_init(&o->refs, 1);
	o->bound = bound;
	o->stats.put_mono_ns = clock_mono_ns();
	o->stats.taken_mono_ns = o->stats.put_mono_ns;
	pthread_mutex_init(&o->lock, NULL);
	wait_init(&o->taken);
	return o;
}

struct outbox *
outbox_ref(struct outbox *o)
{
	atomic_fetch_add(&o->refs, 1);
	return o;
}

static struct piece **
slot(struct outbox *o, size_t i)
{
	return &o->ring[(o->first + i) & (o->capacity - 1)];
}

/* Leaves the first `keep' of them. */
static void
drop_pieces(struct outbox *o, size_t keep)
{
	while (o->n > keep) {
		struct piece *p = *slot(o, --o->n);

		o->stats.queued -= p->size;
		piece_unref(p);
	}
}

void
outbox_unref(struct outbox *o)
{
	if (o == NULL || atomic_fetch_sub(&o->refs, 1) != 1)
		return;
	drop_pieces(o, 0);
	free(o->ring);
	pthread_cond_destroy(&o->taken);
	pthread_mutex_destroy(&o->lock);
	free(o);
}

static bool
ring_grow(struct outbox *o)
{
	size_t capacity = o->capacity == 0 ? 16 : 2 * o->capacity;
	struct piece **grown;

	if (o->n < o->capacity)
		return true;
	grown = malloc(capacity * sizeof(*grown));
	if (grown == NULL)
		return false;
	for (size_t i = 0; i < o->n; i++)
		grown[i] = *slot(o, i);
	free(o->ring);
	o->ring = grown;
	o->capacity = capacity;
	o->first = 0;
	return true;
}

static void
wake(struct outbox *o)
{
	if (!o->parked)
		return;
	o->parked = false;
	o->door.wake(o->door.context);
}

/* With the lock held, within the bound or not. */
static bool
append(struct outbox *o, struct piece *p)
{
	if (!ring_grow(o))
		return false;
	*slot(o, o->n++) = piece_ref(p);
	o->stats.queued += p->size;
	o->stats.put_mono_ns = clock_mono_ns();
	wake(o);
	return true;
}

static bool
is_over(const struct outbox *o)
{
	return o->stats.ended || o->stats.closed;
}

static enum outbox_put
put(struct outbox *o, struct piece *p, size_t bound)
{
	enum outbox_put result = OUTBOX_TAKEN;

	pthread_mutex_lock(&o->lock);
	if (is_over(o))
		result = OUTBOX_ENDED;
	else if (o->stats.queued - o->offset + p->size > bound || !append(o, p))
		result = OUTBOX_FULL;
	pthread_mutex_unlock(&o->lock);
	return result;
}

enum outbox_put
outbox_put(struct outbox *o, struct piece *p)
{
	return put(o, p, o->bound);
}

enum outbox_put
outbox_put_over(struct outbox *o, struct piece *p)
{
	return put(o, p, SIZE_MAX);
}

enum outbox_put
outbox_wait(struct outbox *o, int64_t patience_ns)
{
	int64_t deadline = clock_mono_ns() + patience_ns;
	bool in_time = true;
	bool over;

	pthread_mutex_lock(&o->lock);
	while (!is_over(o) && in_time &&
	       o->stats.queued - o->offset > o->bound / 2) {
		in_time = wait_until(&o->taken, &o->lock, deadline);
		if (in_time)
			deadline = clock_mono_ns() + patience_ns;
	}
	over = is_over(o);
	pthread_mutex_unlock(&o->lock);
	if (over)
		return OUTBOX_ENDED;
	return in_time ? OUTBOX_TAKEN : OUTBOX_FULL;
}

void
outbox_end(struct outbox *o, struct piece *last, bool drop)
{
	pthread_mutex_lock(&o->lock);
	if (!is_over(o)) {
		if (drop)
			drop_pieces(o, o->offset > 0 ? 1 : 0);
		if (last != NULL)
			(void)append(o, last);
		o->stats.ended = true;
		wake(o);
		pthread_cond_broadcast(&o->taken);
	}
	pthread_mutex_unlock(&o->lock);
}

void
outbox_open(struct outbox *o, const struct outbox_door *door)
{
	pthread_mutex_lock(&o->lock);
	o->door = *door;
	pthread_mutex_unlock(&o->lock);
}

/* As much of the first piece as there is room for. */
static size_t
take_first(struct outbox *o, char *to, size_t size)
{
	struct piece *p = *slot(o, 0);
	size_t n = p->size - o->offset;

	if (n > size)
		n = size;
	memcpy(to, p->bytes + o->offset, n);
	o->offset += n;
	if (o->offset == p->size) {
		o->stats.queued -= p->size;
		o->offset = 0;
		o->first++;
		o->n--;
		piece_unref(p);
	}
	return n;
}

ssize_t
outbox_take(struct outbox *o, char *to, size_t size)
{
	ssize_t result = 0;

	pthread_mutex_lock(&o->lock);
	while (o->n > 0 && (size_t)result < size)
		result += (ssize_t)take_first(
		    o, to + result, size - (size_t)result);
	if (result > 0) {
		o->stats.bytes += (uint64_t)result;
		o->stats.taken_mono_ns = clock_mono_ns();
		pthread_cond_broadcast(&o->taken);
	} else if (o->stats.ended) {
		result = -1;
	} else {
		o->parked = true;
		o->door.park(o->door.context);
	}
	pthread_mutex_unlock(&o->lock);
	return result;
}

void
outbox_close(struct outbox *o)
{
	pthread_mutex_lock(&o->lock);
	o->stats.closed = true;
	o->parked = false;
	drop_pieces(o, 0);
	o->offset = 0;
	pthread_cond_broadcast(&o->taken);
	pthread_mutex_unlock(&o->lock);
}

void
outbox_stats(struct outbox *o, struct outbox_stats *ret)
{
	pthread_mutex_lock(&o->lock);
	*ret = o->stats;
	ret->queued -= o->offset;
	pthread_mutex_unlock(&o->lock);
}
