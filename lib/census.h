/*
 * census.h - what there is in a batch system at one time, counted: jobs by
 * state, queue, user and group, nodes, queues.  A job leaves nothing behind
 * but its share of the counts, so memory goes by the names, which are bounded.
 *
 * What is not known is -1 (NAN, an empty slice), and never counted as 0.
 */
#ifndef LIB_CENSUS_H
#define LIB_CENSUS_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "error.h"
#include "hash.h"
#include "sketch.h"
#include "slice.h"
#include "waits.h"

enum job_state {
	JOB_PENDING,   /* could run, waits for its turn */
	JOB_HELD,      /* may not run yet: held, waiting for others or a time */
	JOB_RUNNING,
	JOB_SUSPENDED, /* began, and is stopped */
	JOB_ENDING,
	JOB_DONE,
	JOB_FAILED,
	JOB_UNKNOWN, /* or of no other state */
	JOB_STATES
};

static inline bool
job_state_is_over(enum job_state s)
{
	return s == JOB_DONE || s == JOB_FAILED;
}

/* One line of a list of jobs; slices are borrowed for the call. */
struct job {
	struct slice id; /* empty: it stands for several, or has none */
	int64_t task;	 /* of an array; -1: none */
	struct slice queue;
	struct slice user;
	struct slice group; /* account, project, virtual organisation */
	struct slice node;  /* the first it runs on */
	enum job_state state;
	int64_t count;	   /* jobs that it stands for; 0 is 1 */
	int64_t slots;	   /* of each */
	int64_t submit_ns; /* since 1970; 0: not known */
	int64_t cpu_ns;	   /* used */
	int64_t wall_ns;   /* since it began */
	int64_t exit;	   /* of one that is over */
	int64_t signal;
};

#define JOB_INIT                                                               \
	{ .task = -1, .slots = -1, .cpu_ns = -1, .wall_ns = -1, .exit = -1,    \
	  .signal = -1 }

enum node_state {
	NODE_UNKNOWN,
	NODE_FREE,   /* takes jobs */
	NODE_FULL,   /* well, and takes no more */
	NODE_CLOSED, /* by somebody's will: drained, offline, locked */
	NODE_DOWN,
};

struct job_node {
	struct slice name;
	struct slice word; /* its state as the system says it */
	enum node_state state;
	int64_t slots;
	int64_t used;
	int64_t cpus;
	double load1;
	double load5;
	double load15;
	int64_t memory_total; /* bytes */
	int64_t memory_free;
	int64_t swap_total;
	int64_t swap_free;
};

#define JOB_NODE_INIT                                                          \
	{ .slots = -1, .used = -1, .cpus = -1, .load1 = NAN, .load5 = NAN,     \
	  .load15 = NAN, .memory_total = -1, .memory_free = -1,                \
	  .swap_total = -1, .swap_free = -1 }

struct job_queue {
	struct slice name;
	int open;   /* does it take jobs? 0, 1, -1 */
	int active; /* does it start them? */
	int64_t slots;
	int64_t used;
};

#define JOB_QUEUE_INIT { .open = -1, .active = -1, .slots = -1, .used = -1 }

struct census_counts {
	int64_t jobs[JOB_STATES];
	int64_t slots[JOB_STATES]; /* of jobs whose slots are known, */
	bool slots_missing[JOB_STATES]; /* which not all are */
	int64_t oldest_ns; /* when the oldest pending job came; 0: not known */
	double cpu_ns;	   /* of running jobs of which it is known, and */
	double held_ns;	   /* wall time times slots of these, which in a large
			      farm is more than an int64 can say */
};

/* Between two snapshots; see census_compare(). */
struct census_flow {
	int64_t submitted;
	int64_t finished;
	int64_t failed; /* of these, as far as the list says how they ended */
	double wall_ns; /* that jobs ran */
	double cpu_ns;
};

/* A name of a table, with what is known of it. */
struct census_entry {
	struct census_entry *next;  /* of all, in the order they came */
	struct census_entry *chain; /* of those with a like hash */
	uint64_t hash;
	const char *name;
	struct census_counts counts;
	struct waits waits; /* of its pending jobs */
	struct census_flow flow;
	const char *word; /* of a node; "" if not said */
	struct job_node node;
	struct job_queue queue;
};

/* Any other number that a system says. */
struct census_figure {
	struct census_figure *next;
	const char *where; /* which cluster beside the target's; NULL: the
			      target itself, and node is "" */
	const char *node;
	const char *parameter;
	bool is_integer;
	int64_t integer;
	double number;
};

#define CENSUS_HEADS 1024

/* That the waits of all names may take. */
#define CENSUS_WAITS_BYTES (64 << 20)

struct census_table {
	struct census_entry *first;
	struct census_entry **last;
	size_t n;
	struct census_entry *heads[CENSUS_HEADS];
};

/* Which group a user or an account belongs to; see group_map_load(). */
struct group_map;
struct job_roll;

struct census {
	struct arena *arena;
	struct hash_key key;
	const struct group_map *groups; /* NULL: as the jobs say */
	bool by_user;		     /* groups are of users */
	size_t names_max;	     /* of each table */
	int64_t now_ns;
	bool failed; /* memory was out: the counts are not whole */
	size_t left_out; /* jobs, nodes, queues that no name was kept for */
	struct census_counts total;
	struct census_flow flow;
	bool says_wall; /* of any job it is known how long it ran */
	bool says_cpu;
	struct sketch waits; /* of pending jobs, in seconds */
	struct waits_room waits_room; /* for those of each name */
	struct job_roll *roll; /* NULL: jobs are not kept one by one */
	struct census_table queues;
	struct census_table users;
	struct census_table groups_seen;
	struct census_table nodes;
	struct census_figure *figures;
	struct census_figure **last_figure;
	size_t n_figures;
};

/* Figures there may be for each name that there may be. */
#define CENSUS_FIGURES 8

/* NULL if memory is out. */
struct census *census_new(size_t names_max, int64_t now_ns);
void census_free(struct census *); /* NULL is fine */

void census_job(struct census *, const struct job *);
/* Of one that came before, what is known now is added. */
void census_node(struct census *, const struct job_node *);
void census_queue(struct census *, const struct job_queue *);

/* A figure; what is not known (-1, NAN) is left out.  `where' and `parameter'
   are not copied. */
void census_integer(struct census *, const char *where, struct slice node,
    const char *parameter, int64_t);
void census_number(struct census *, const char *where, struct slice node,
    const char *parameter, double);

/*
 * What jobs have done since `last', of which there is a roll, too; a job that
 * is not there any more has finished.  False if that is not known: there were
 * more jobs than a roll takes.
 */
bool census_compare(struct census *, const struct census *last);

/* The entry of a name, made if it is new; NULL of none, and, which is counted,
   if there are too many. */
struct census_entry *census_name(struct census *, struct census_table *,
    struct slice name);
/* NULL if there is none. */
struct census_entry *census_find(struct census *, struct census_table *,
    struct slice name);

/*
 * A file of lines `NAME GROUP'; # begins a comment.  On success *ret is the
 * caller's.
 */
int group_map_load(struct group_map **ret, const char *path, struct error *);
void group_map_free(struct group_map *); /* NULL is fine */
/* The group; the name itself if the file has none for it. */
struct slice group_map_of(const struct group_map *, struct slice name);

#endif
