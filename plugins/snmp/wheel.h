/*
 * wheel.h - many timers, each set, unset and run out in constant time: a ring
 * of ticks of about a millisecond.  No timer runs out early; one may be a
 * tick late.
 */
#ifndef SNMP_WHEEL_H
#define SNMP_WHEEL_H

#include <stddef.h>
#include <stdint.h>

#define WHEEL_TICKS 4096 /* a power of two */

/* Part of whatever waits; zeroed: not set. */
struct timer {
	struct timer *next, **link;
	int64_t due_ns;
	uint32_t tick; /* its place on the ring */
};

struct wheel {
	struct timer *ticks[WHEEL_TICKS];
	uint64_t used[WHEEL_TICKS / 64]; /* bits: some timer is there */
	int64_t tick;			 /* all before it have run out */
	size_t n;			 /* timers that are set */
};

/* `w' is zeroed.  Times may be anything not before `now_ns'. */
void wheel_init(struct wheel *w, int64_t now_ns);
/* Set, or set anew. */
void wheel_set(struct wheel *, struct timer *, int64_t due_ns);
void wheel_unset(struct wheel *, struct timer *); /* also one not set */
/* A timer that has run out, unset from now on; NULL if none. */
struct timer *wheel_pop(struct wheel *, int64_t now_ns);
/* When to look next; INT64_MAX: never. */
int64_t wheel_due(const struct wheel *);

#endif
