/*
 * What the hub has read a while ago, so that who comes back soon, or has just
 * been told what was before, goes on where he was.
 */
#include <stdlib.h>

#include "clock.h"
#include "subscribe_private.h"

/* Numbers of series keep their meaning much longer than this. */
#define KEPT_NS (120 * NS_PER_S)
#define KEPT_BYTES (8u << 20)

int
kept_open(struct hub *h)
{
	if (h->ring == NULL)
		h->ring = calloc(KEPT_MAX, sizeof(*h->ring));
	return h->ring != NULL ? 0 : -1;
}

static struct kept *
at(struct hub *h, size_t i)
{
	return &h->ring[(h->first + i) % KEPT_MAX];
}

static void
drop_first(struct hub *h)
{
	struct kept *k = at(h, 0);

	h->kept_after = k->last_position;
	h->kept_bytes -= batch_bytes(k->batch);
	batch_unref(k->batch);
	h->first = (h->first + 1) % KEPT_MAX;
	h->n_kept--;
}

void
kept_age(struct hub *h, int64_t now_mono_ns)
{
	while (h->n_kept > 0 && (h->kept_bytes > KEPT_BYTES ||
				    at(h, 0)->mono_ns < now_mono_ns - KEPT_NS))
		drop_first(h);
}

void
kept_add(struct hub *h, struct batch *batch, uint64_t last_position)
{
	int64_t now = clock_mono_ns();

	if (h->n_kept == KEPT_MAX)
		drop_first(h);
	*at(h, h->n_kept++) = (struct kept){ batch_ref(batch), last_position,
		now };
	h->kept_bytes += batch_bytes(batch);
	kept_age(h, now);
}

void
kept_clear(struct hub *h, uint64_t after)
{
	while (h->n_kept > 0)
		drop_first(h);
	h->kept_after = after;
}

struct batch *
kept_find(struct hub *h, uint64_t after, uint64_t *ret_last)
{
	size_t low = 0, high = h->n_kept;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (at(h, middle)->last_position <= after)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == h->n_kept)
		return NULL;
	*ret_last = at(h, low)->last_position;
	return batch_ref(at(h, low)->batch);
}
