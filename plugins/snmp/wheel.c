#include "wheel.h"

/* 2^20 ns are 1.05 ms. */
#define TICK_BITS 20

void
wheel_init(struct wheel *w, int64_t now_ns)
{
	w->tick = now_ns >> TICK_BITS;
}

void
wheel_unset(struct wheel *w, struct timer *t)
{
	if (t->link == NULL)
		return;
	*t->link = t->next;
	if (t->next != NULL)
		t->next->link = t->link;
	if (w->ticks[t->tick] == NULL)
		w->used[t->tick / 64] &= ~(UINT64_C(1) << t->tick % 64);
	t->link = NULL;
	w->n--;
}

/* What is farther than the ring is long goes on when it comes to its end. */
void
wheel_set(struct wheel *w, struct timer *t, int64_t due_ns)
{
	int64_t tick = ((due_ns - 1) >> TICK_BITS) + 1;

	wheel_unset(w, t);
	if (tick < w->tick)
		tick = w->tick;
	if (tick > w->tick + WHEEL_TICKS - 1)
		tick = w->tick + WHEEL_TICKS - 1;
	t->due_ns = due_ns;
	t->tick = (uint32_t)(tick % WHEEL_TICKS);
	t->link = &w->ticks[t->tick];
	t->next = *t->link;
	if (t->next != NULL)
		t->next->link = &t->next;
	*t->link = t;
	w->used[t->tick / 64] |= UINT64_C(1) << t->tick % 64;
	w->n++;
}

/* The first tick from w->tick on that has a timer; there is one. */
static int64_t
first_used(const struct wheel *w)
{
	uint32_t at = (uint32_t)(w->tick % WHEEL_TICKS);
	uint64_t word = w->used[at / 64] & UINT64_MAX << at % 64;
	uint32_t i = at / 64;

	while (word == 0) {
		i = (i + 1) % (WHEEL_TICKS / 64);
		word = w->used[i];
	}
	i = i * 64 + (uint32_t)__builtin_ctzll(word);
	return w->tick + ((i - at) & (WHEEL_TICKS - 1));
}

struct timer *
wheel_pop(struct wheel *w, int64_t now_ns)
{
	int64_t last = now_ns >> TICK_BITS, tick;
	struct timer *t;

	while (w->n > 0 && (tick = first_used(w)) <= last) {
		w->tick = tick;
		t = w->ticks[tick % WHEEL_TICKS];
		wheel_unset(w, t);
		if (t->due_ns <= now_ns)
			return t;
		wheel_set(w, t, t->due_ns);
	}
	if (w->tick <= last)
		w->tick = last + 1;
	return NULL;
}

int64_t
wheel_due(const struct wheel *w)
{
	return w->n > 0 ? first_used(w) << TICK_BITS : INT64_MAX;
}
