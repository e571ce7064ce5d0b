/*
 * timer.h - moments to come, the earliest first: a heap of timers that are
 * embedded in what they are about.  No lock of its own.
 */
#ifndef LIB_TIMER_H
#define LIB_TIMER_H

#include <stddef.h>
#include <stdint.h>

struct timer {
	int64_t at_mono_ns;
	size_t index; /* in the heap, from 1; 0: not set */
	void (*fire)(struct timer *, int64_t now_mono_ns);
};

struct timers {
	struct timer **items;
	size_t n;
	size_t capacity;
};

/* Room for `n' timers in all, so that timers_set() cannot fail; -1 if memory
   is out. */
int timers_reserve(struct timers *, size_t n);
void timers_free(struct timers *);

/* Set, or set anew.  There must be room. */
void timers_set(struct timers *, struct timer *, int64_t at_mono_ns);
void timers_clear(struct timers *, struct timer *); /* fine if not set */

/* The earliest; NULL if none is set. */
struct timer *timers_first(const struct timers *);

#endif
