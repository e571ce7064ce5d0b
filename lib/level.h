/*
 * level.h - values averaged over slots of time: values go in, in the order of
 * their times, closed slots come out.  Slots go in as values do, so that a
 * coarser level is made of a finer one.  No memory, no clock of its own: the
 * same pieces make the same slots.
 *
 * Manners of averaging:
 *
 * LEVEL_HELD  A value is in force until the next one, but no longer than twice
 *	the time since the one before it, nor than two slots.  Slots begin at
 *	multiples of the step.  The mean is that of what was in force, weighted
 *	by time; least and largest are of the same.  A slot without a value of
 *	its own does not come out.
 * LEVEL_MONALISA  MonALISA's: straight lines between values, cut at the ends
 *	of slots; the first slot begins with the first value, which also comes
 *	out at once as the slot before it; a gap of more than two slots begins
 *	anew; what is not newer than the value before is ignored.
 */
#ifndef LIB_LEVEL_H
#define LIB_LEVEL_H

#include <stdbool.h>
#include <stdint.h>

/* What goes in and comes out: a slot, or a value as a slot of no length. */
struct level_slot {
	int64_t time_ns; /* its beginning */
	int64_t span_ns; /* its length; 0: a value */
	int64_t held_ns; /* for how much of it something was in force */
	uint64_t count;	 /* values in it */
	uint64_t position; /* the largest of theirs */
	double mean;
	double min;
	double max;
	double last;
};

enum level_manner { LEVEL_HELD, LEVEL_MONALISA };

/* The slot is borrowed for the call. */
typedef void level_fn(void *context, const struct level_slot *);

/* All zero but for the first four is the beginning. */
struct level {
	int64_t step_ns;
	enum level_manner manner;
	level_fn *each;
	void *context;
	/* The engine's own. */
	struct level_slot slot; /* being filled; span 0: none is */
	bool any;		/* something came before */
	bool resumed;		/* slots begin at `edge_ns' */
	int64_t edge_ns;
	int64_t before_ns; /* the piece before: its time, */
	int64_t gap_ns;	   /* how long after the one before it, */
	double value;	   /* and what it left in force, */
	int64_t at_ns;	   /* from here */
	int64_t until_ns;  /* to there */
};

/* What of the pieces before goes on after the end of a slot. */
struct level_state {
	int64_t before_ns;
	int64_t gap_ns;
	double value;
	int64_t at_ns;
	int64_t until_ns;
	bool any;
};

/* Beyond these there are no slots: sums of times stay in range. */
#define LEVEL_TIME_MAX (INT64_MAX / 2)

/* Where the slot of a time begins. */
int64_t level_floor(int64_t time_ns, int64_t step_ns);

/* LEVEL_MONALISA: slots go on at an edge of before. */
void level_resume(struct level *, int64_t edge_ns);
/* A piece that is older than the one before, not finite or beyond
   LEVEL_TIME_MAX is ignored. */
void level_add(struct level *, const struct level_slot *);
void level_add_value(struct level *, int64_t time_ns, double value,
    uint64_t position);
/* Nothing more comes that is before this: the slot under way comes out. */
void level_end(struct level *, int64_t time_ns);

/*
 * LEVEL_HELD, after level_end(): what another one, all zero but for the first
 * four, needs to go on as this one would.
 */
void level_save(const struct level *, struct level_state *ret);
void level_restore(struct level *, const struct level_state *);

/* Two parts of the same slot; they came of different values. */
void level_merge(struct level_slot *, const struct level_slot *other);

#endif
