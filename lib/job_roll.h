/*
 * job_roll.h - the jobs of one snapshot one by one, found by their names:
 * what a census counts and forgets.
 */
#ifndef LIB_JOB_ROLL_H
#define LIB_JOB_ROLL_H

#include "arena.h"
#include "census.h"

struct job_entry {
	struct job_entry *next;	 /* of all, in the order they came */
	struct job_entry *chain; /* of those with a like hash */
	uint64_t hash;
	struct job job; /* its texts are the roll's */
};

struct job_roll {
	struct arena *arena; /* borrowed */
	struct hash_key key;
	size_t max;
	size_t left_out; /* jobs beyond that */
	bool failed;	 /* memory was out: the roll is not whole */
	struct job_entry *first;
	struct job_entry **last;
	size_t n;
	struct job_entry **heads;
	size_t n_heads; /* a power of two */
};

/* In `arena', with at most `max' jobs; NULL if memory is out. */
struct job_roll *job_roll_new(struct arena *arena, size_t max);
/* One without a name is left out silently; of one that is there already the
   last state counts. */
void job_roll_add(struct job_roll *, const struct job *);
/* The same job in another snapshot; NULL if it is not there. */
const struct job_entry *job_roll_find(const struct job_roll *,
    const struct job *);

#endif
