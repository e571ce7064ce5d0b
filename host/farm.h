/*
 * farm.h - the running farm: all stations together, made from a
 * configuration.  main() and the API hold one.
 */
#ifndef HOST_FARM_H
#define HOST_FARM_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "access.h"
#include "buffer.h"
#include "cache.h"
#include "config.h"
#include "deliver.h"
#include "error.h"
#include "instance.h"
#include "module.h"
#include "pool.h"
#include "position.h"
#include "router.h"
#include "schedule.h"
#include "series.h"

struct hub;
struct loaded;
struct reload;
struct tls;
struct workers;

struct farm {
	struct config *config;	/* as it was started, for all its life */
	struct config *current; /* what runs now; under reload's lock */
	struct reload *reload;
	struct modules *modules;
	struct series_table *series;
	struct cache *cache;
	struct deliver *deliver;
	struct router *router;
	struct pool *pool;
	struct workers *workers;
	struct schedule *schedule;
	struct loaded *loaded; /* filters of clients */
	struct hub *hub; /* of subscriptions */
	pthread_mutex_t lock; /* of what follows */
	/* All instances: writers, then filters, then collectors. */
	struct instance **instances;
	size_t n_instances;
	/* Removed, but a call of theirs has not come back. */
	struct instance **left;
	size_t n_left;
	struct tls *tls; /* of the TCP door; NULL: it has none */
	struct access *access; /* the policy of now; NULL: there is none */
	uint64_t dropped[DROP_REASONS]; /* values, of instances that are gone */
	struct position position;
	uint64_t journal_next; /* what the journal had reached at the start */
	bool running;	    /* threads were started */
	atomic_uint scrapes; /* of /metrics, under way */
	int64_t started_ns; /* wall clock */
	int64_t started_mono_ns;
};

/* Build and start everything; on failure nothing is left. */
int farm_begin(struct farm **ret, struct config *, struct modules *,
    struct error *);
/* Collectors end, what they gave is routed and written, all within the
   configured time; false if something did not come back: then nothing was
   freed and the process must end by _exit(). */
bool farm_end(struct farm *);
/* Work of the main thread; returns when to be called again. */
int64_t farm_step(struct farm *, int64_t now_mono_ns);

/*
 * Instances come and go while the farm runs.  farm_instances() lists those of
 * now, each counted in, in an array that is never NULL; give it back by
 * farm_instances_release().  farm_instance() gives one to instance_release();
 * NULL if there is none of that name.  Any thread.
 */
struct instance **farm_instances(struct farm *, size_t *ret_n);
void farm_instances_release(struct instance **, size_t n);
struct instance *farm_instance(struct farm *, const char *name);
/*
 * Somebody asks for this: collectors that run on request and may give it run
 * from now on, until nobody has asked for their `idle_stop'.  Never blocks.
 * Any thread.
 */
void farm_wanted(struct farm *, const struct farm_predicate *);
/*
 * The same for all predicates of a matcher, and wait for the first values of
 * those that start, as long as one run may take, at most 2 s.  The names of
 * those that have none by then go to `late', as ,"awaited":[..]; nothing if all
 * have some.  False if there was nothing to wait for.
 */
struct matcher;
bool farm_await(struct farm *, const struct matcher *, struct buffer *late);

/* The policy of now, counted: access_unref() it.  NULL: there is none. */
struct access *farm_access(struct farm *);

/* Values dropped for this reason since the start. */
uint64_t farm_dropped(struct farm *, enum drop_reason);

/* The instances of farm.c and farm_change.c: made, not yet in the list. */
struct instance *farm_make(struct farm *, const struct instance_config *);
/* Open a filter, or make it a tap, to be started; -1 with the reason. */
int farm_open_filter(struct farm *, struct instance *, struct error *);
/*
 * One of module's filters as a tap behind all others, and its end: false if it
 * did not come back by the deadline, and is left behind.  Within a change, see
 * reload_hold().  What is added is the farm's, if that succeeds.
 */
int farm_add_filter(struct farm *, struct instance *, struct error *);
bool farm_remove_filter(struct farm *, struct instance *,
    int64_t deadline_mono_ns);
/*
 * The second phase of a change: from the current configuration to `fresh', as
 * the plan says.  -1 with the reason if a filter does not open: then nothing was
 * changed.  What is removed has until the deadline to come to its end.
 * `fresh' is current afterwards.  One at a time.
 */
struct plan;
int farm_change(struct farm *, const struct plan *, struct config *fresh,
    int64_t deadline_mono_ns, struct error *);
/* It is in the list no more, but a call of it is out. */
void farm_leave(struct farm *, struct instance *);
/* It is in the list no more, and no call of it is out: its drops are counted
   with those of others that are gone, and it is released. */
void farm_let_go(struct farm *, struct instance *);
/* Collectors that hang go on in workers, with fresh state; what hangs is left
   behind.  Not beside a change. */
void farm_rescue(struct farm *);

#endif
