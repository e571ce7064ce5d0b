#include "waits.h"

#include <math.h>

#include "sketch.h"

/* In a piece: from its first wait to its last there is a third.  Jobs that
   came together share one, and who has waited for a minute up to a week has
   thirty. */
#define BINS 16

struct waits_piece {
	struct waits_piece *next;
	int32_t number;
	uint64_t counts[BINS];
};

static struct waits_piece *
piece_new(struct waits_room *room, int32_t number)
{
	struct waits_piece *p;

	if (room->left < sizeof(*p))
		return NULL;
	p = arena_alloc(room->arena, sizeof(*p));
	if (p == NULL) {
		room->failed = true;
		return NULL;
	}
	room->left -= sizeof(*p);
	p->number = number;
	return p;
}

/* That with this number, made if it is new. */
static struct waits_piece *
piece_of(struct waits *w, struct waits_room *room, int32_t number)
{
	struct waits_piece **at = &w->first, *p;

	while (*at != NULL && (*at)->number < number)
		at = &(*at)->next;
	if (*at != NULL && (*at)->number == number)
		return *at;
	p = piece_new(room, number);
	if (p == NULL)
		return NULL;
	p->next = *at;
	*at = p;
	return p;
}

void
waits_add(
    struct waits *w, struct waits_room *room, double seconds, uint64_t jobs)
{
	struct waits_piece *p;
	int32_t place, bin;

	w->n += jobs;
	if (seconds <= 0) {
		w->zeros += jobs;
		return;
	}
	place = sketch_place(seconds);
	/* Places below 0 are those of less than a second. */
	bin = (place % BINS + BINS) % BINS;
	p = piece_of(w, room, (place - bin) / BINS);
	if (p == NULL) {
		w->lacks = true;
		room->lost += (int64_t)jobs;
		return;
	}
	p->counts[bin] += jobs;
}

double
waits_median(const struct waits *w)
{
	const struct waits_piece *p;
	uint64_t below;
	int i;

	if (w->n == 0 || w->lacks)
		return NAN;
	below = (w->n - 1) / 2;
	if (below < w->zeros)
		return 0;
	below -= w->zeros;
	for (p = w->first; p != NULL; p = p->next)
		for (i = 0; i < BINS; i++) {
			if (below < p->counts[i])
				return sketch_number(p->number * BINS + i);
			below -= p->counts[i];
		}
	return NAN;
}
