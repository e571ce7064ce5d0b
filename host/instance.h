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
	INSTANCE_WAITING, /* runs on request, and nobody asks */
};
const char *instance_status_name(enum instance_status);
/* Somebody should look at it: failed, backing off or hung. */
bool instance_status_is_red(enum instance_status);

struct name_cache; /* names emitted to handles, of one target */
struct task;	   /* a call that the schedule has under way */
struct away;
struct listener;
struct seat;
struct tap;
struct kept_socket;

/* One node of a collector.  Fields below the line are the schedule's, under
   its lock. */
struct target {
	struct farm_target view; /* first: what the module sees */
	struct instance *instance;
	struct name_cache *names; /* of the thread that runs it */
	uint32_t number;	  /* to its worker; never given twice */
	/* ---- */
	struct timer timer; /* next due, or the deadline before that */
	struct breaker breaker;
	struct task *task;	  /* the call it is in; NULL: it waits for one */
	int64_t due_mono_ns;	  /* of the next run */
	int64_t due_since_ns;	  /* monotonic; when the run came due */
	int64_t started_mono_ns;  /* of the run under way; 0: none */
	int64_t deadline_mono_ns; /* of the run under way */
	bool running;		  /* from coming due until it is done */
	bool awaited;		  /* its first run since it was asked for */
	bool overrun;		  /* the run under way is past its deadline */
	bool written_off;	  /* ... and past saving */
	bool failing;		  /* and this was logged */
	bool leaving;		  /* freed when its run is over */
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

/*
 * The names never change.  What the configuration says of it does, when it is
 * changed while running: `own' is written with `lock' held and, so that these
 * can read it without, by the one that uses it: intervals and the deadline
 * under the lock of the schedule.
 */
struct instance {
	const struct instance_config *config; /* = &own */
	struct instance_config own;
	struct arena *home; /* of the names */
	struct module *module;
	const char *name;
	const char *farm;
	const char *cluster;
	void *state;		   /* the module's */
	struct arena *state_arena; /* of the options in it */
	atomic_uint users; /* besides its station; see instance_release() */
	_Atomic(enum instance_status) status;
	struct lifetimes lifetimes; /* the router's thread alone writes them */
	struct ledger ledger;
	struct breaker breaker; /* of the instance as a whole */
	struct sink *sink;
	struct series_table *series;
	atomic_size_t queued_bytes; /* of its batches in the router's queue */
	pthread_mutex_t serial;	    /* held in calls that must not overlap */
	pthread_mutex_t acting;	    /* the same, but for collect_many() */
	struct target **targets; /* changed under the lock of the schedule */
	size_t n_targets;
	uint32_t next_number;	/* of a target */
	bool opened;		/* close() is due */
	atomic_int_least64_t started_ns; /* wall clock, last good open() */
	atomic_int_least64_t asked_ns; /* ... last asked for; 0: never */
	struct handles handles; /* series it may name by number */
	pthread_mutex_t lock;	/* of the checkpoint and of `own' */
	void *checkpoint;	/* the last one; NULL: none */
	size_t checkpoint_size;
	struct listener *listener; /* NULL: it does not listen */
	struct kept_socket *kept;  /* of a listener closed to be opened anew */
	struct seat *seat; /* in a worker, under `lock'; NULL: none */
	struct away *away; /* calls into the worker; NULL: none are made */
	struct tap *tap; /* of a filter, under `lock'; NULL: it is inline */
	void *station;	    /* what its role's station keeps of it */
};

/*
 * Make an instance: state and targets are there, open() was not called.  It
 * copies the configuration and keeps its arena; without one, what the
 * configuration points to must outlive it.  NULL if memory is out.
 */
struct instance *instance_new(const struct instance_config *,
    struct series_table *, struct sink *);
/* Must be closed. */
void instance_free(struct instance *); /* NULL is fine */

/* One more who looks at it, on whatever thread. */
void instance_use(struct instance *);
/* instance_free() by the last one. */
void instance_release(struct instance *); /* NULL is fine */

/* From now on it is configured so.  The state is as it was: for that, see
   below.  The caller sees to it that nobody reads meanwhile. */
void instance_set_config(struct instance *, const struct instance_config *);
/* Give the options of `own' to the state: of a closed instance all of the
   state is fresh then. */
void instance_fill(struct instance *);
/*
 * Ask the module to go on with the options of `fresh'; nothing else may run in
 * it.  False if it must be closed and opened.
 */
bool instance_reconfigure(struct instance *, const struct farm_host_ops *,
    const struct instance_config *fresh);

/* One node more, as yet in no schedule; NULL if memory is out. */
/* How many of the configured nodes are targets: of a pure listener, none. */
size_t instance_reads(const struct instance *, const struct instance_config *);
struct target *target_new(struct instance *, const struct node_config *);
/* Ends what the module and the instance keep of it. */
void target_free(struct target *, const struct farm_host_ops *);

/*
 * Call open() with the given table of host functions.  -1 with the reason:
 * then close() was called and the state is fresh again.  May block.
 */
int instance_open(struct instance *, const struct farm_host_ops *,
    struct error *);
/* Call target_close() and close(), if it was opened.  May block. */
void instance_close(struct instance *, const struct farm_host_ops *);

/* Remember it as the last checkpoint; -1 if memory is out. */
int instance_keep_checkpoint(struct instance *, const void *bytes,
    size_t size);

/* A second state of the same options, for history() and actions; free() it,
   then *ret_arena, which they lie in. */
void *instance_state_new(struct instance *, struct arena **ret_arena);

/* Its seat in a worker, counted in: seat_unuse() it.  NULL: it runs in this
   process, or not. */
struct seat *instance_seat(struct instance *);

/*
 * No call of the module is under way meanwhile, but for collect(); blocks until
 * none is.
 */
void instance_hold(struct instance *);
void instance_let_go(struct instance *);

/*
 * Run action `name' with `arguments' (a mapping; NULL: none); the answer, a
 * JSON text, goes to `reply'.  Waits until no other call but collect() and
 * collect_many() is under way.
 */
int instance_action(struct instance *, const char *name,
    const struct farm_tree *arguments, struct buffer *reply, struct error *);

/* Members of a JSON object: name, module, status, ledger; with `place' also
   where it is configured. */
void instance_json(struct buffer *, struct instance *, bool place);

#endif
