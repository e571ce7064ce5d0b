/*
 * instance.h - one configured use of a module, of any role: its state, its
 * targets, its ledger, and the calls that open and close it.
 */
#ifndef HOST_INSTANCE_H
#define HOST_INSTANCE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "breaker.h"
#include "config.h"
#include "error.h"
#include "handles.h"
#include "ledger.h"
#include "module.h"
#include "series.h"
#include "sink.h"
#include "timer.h"

enum instance_status {
	INSTANCE_CLOSED,  /* not yet open, or closed */
	INSTANCE_OPENING, /* open() is running */
	INSTANCE_RUNNING,
	INSTANCE_FAILED,  /* open() failed; tried again later */
	INSTANCE_BACKOFF, /* keeps failing as a whole; waits */
	INSTANCE_HUNG,	  /* a call does not come back; nothing is started */
	INSTANCE_PAUSED,  /* an operator said so */
};
const char *instance_status_name(enum instance_status);
/* Somebody should look at it: failed, backing off or hung. */
bool instance_status_is_red(enum instance_status);

struct name_cache; /* names emitted to handles, of one target */
struct task;	   /* a call that the schedule has under way */
struct listener;

/* One node of a collector.  Fields below the line are the schedule's, under
   its lock. */
struct target {
	struct farm_target view; /* first: what the module sees */
	struct instance *instance;
	struct name_cache *names; /* of the thread that runs it */
	/* ---- */
	struct timer timer; /* next due, or the deadline before that */
	struct breaker breaker;
	struct task *task;	  /* the call it is in; NULL: it waits for one */
	int64_t due_mono_ns;	  /* of the next run */
	int64_t due_since_ns;	  /* monotonic; when the run came due */
	int64_t started_mono_ns;  /* of the run under way; 0: none */
	int64_t deadline_mono_ns; /* of the run under way */
	bool running;		  /* from coming due until it is done */
	bool overrun;		  /* the run under way is past its deadline */
	bool written_off;	  /* ... and past saving */
	bool failing;		  /* and this was logged */
	uint64_t runs;
	uint64_t failures;
	uint64_t skipped;
	uint64_t overruns;
	int64_t last_run_ns; /* wall clock */
	int64_t last_good_ns;
	int64_t last_wall_ns; /* how long the last run took */
	char *last_error;     /* NULL: none yet */
	struct target *next;  /* in a list of due or running ones */
	struct target *previous;
};

struct instance {
	const struct instance_config *config;
	struct module *module;
	const char *name;
	void *state; /* the module's */
	_Atomic(enum instance_status) status;
	struct ledger ledger;
	struct breaker breaker; /* of the instance as a whole */
	struct sink *sink;
	struct series_table *series;
	atomic_size_t queued_bytes; /* of its batches in the router's queue */
	pthread_mutex_t serial;	    /* held in calls that must not overlap */
	struct target *targets;
	size_t n_targets;
	void *target_states;	/* of all targets, one block */
	size_t target_stride;	/* bytes of it for each */
	bool opened;		/* close() is due */
	atomic_int_least64_t started_ns; /* wall clock, last good open() */
	struct handles handles; /* series it may name by number */
	pthread_mutex_t lock;	/* of the checkpoint */
	void *checkpoint;	/* the last one; NULL: none */
	size_t checkpoint_size;
	struct listener *listener; /* NULL: it does not listen */
	void *station;	    /* what its role's station keeps of it */
};

/*
 * Make an instance of its configuration (which must outlive it): state and
 * targets are there, open() was not called.  NULL if memory is out.
 */
struct instance *instance_new(const struct instance_config *,
    struct series_table *, struct sink *);
/* Must be closed. */
void instance_free(struct instance *); /* NULL is fine */

/*
 * Call open() with the given table of host functions.  -1 with the reason:
 * then close() was called and the state is fresh again.  May block.
 */
int instance_open(struct instance *, const struct farm_host_ops *,
    struct error *);
/* Call target_close() and close(), if it was opened.  May block. */
void instance_close(struct instance *, const struct farm_host_ops *);

/* A second state of the same options, for history() and actions. */
void *instance_state_new(const struct instance *);

/*
 * Run action `name' with `arguments' (a mapping; NULL: none); the answer, a
 * JSON text, goes to `reply'.  Waits for the serial lock.
 */
int instance_action(struct instance *, const char *name,
    const struct farm_tree *arguments, struct buffer *reply, struct error *);

/* Members of a JSON object: name, module, status, ledger; with `place' also
   where it is configured. */
void instance_json(struct buffer *, struct instance *, bool place);

#endif
