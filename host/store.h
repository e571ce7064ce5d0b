/*
 * store.h - what the farm knows of the past, whoever asks and whatever stores
 * it: what the first writer with history has stored, then the recent points in
 * memory beyond that, each point once.
 */
#ifndef HOST_STORE_H
#define HOST_STORE_H

#include "deliver.h"
#include "error.h"
#include "farm.h"

struct matcher;

struct store_question {
	const struct farm_predicate *predicate; /* its times do not count */
	const struct matcher *matcher; /* of it; may have windows */
	int64_t from_ns;
	int64_t to_ns;
	/* Slots of this length, made of all there is, as fine as it is; of
	   what is kept only in longer ones, those; 0: whatever is kept. */
	int64_t step_ns;
	/* Stored slots of just this length, and nothing else; -1: values, and
	   nothing else. */
	int64_t level_ns;
	/* Points beyond this position are left out, unless the store has them
	   already; 0: no bound. */
	uint64_t until;
	int64_t deadline_mono_ns;
};

/* What is to be known about an answer. */
struct store_answer {
	bool overlap; /* points of memory may be among the stored ones, too */
	bool gap;     /* memory did not reach back to what is stored */
	bool failed;  /* only memory has answered, and why */
	struct error why;
	uint64_t through; /* with `until': all up to here, and no more */
};

/* Return false to stop. */
typedef bool store_fn(void *context, const struct farm_series *,
    const struct history_point *, bool recent);

/*
 * Each point of the answer; oldest first within a series, but those of memory
 * come behind all that is stored, and slots that were made at last.  Any
 * thread; blocks until the deadline.  -1 if memory is out.
 */
int store_read(struct farm *, const struct store_question *, store_fn *each,
    void *context, struct store_answer *);

#endif
