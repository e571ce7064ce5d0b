/*
 * worker_guest.h - inside a worker: the instances it runs, each a guest at the
 * seat that farmd gave it.  When a target runs is farmd's affair; how, is the
 * same code as in the daemon.
 */
#ifndef HOST_WORKER_GUEST_H
#define HOST_WORKER_GUEST_H

#include <pthread.h>
#include <stdbool.h>

#include "collect.h"
#include "instance.h"
#include "pool.h"
#include "worker_child.h"

/* The whole process. */
struct worker_main {
	struct sink sink; /* first: frames to farmd */
	struct worker_child *child;
	struct series_table *series;
	struct pool *pool;
	pthread_mutex_t lock; /* of the guests and of what is in them */
	pthread_cond_t changed;
	struct guest *guests;
};

struct guest_filter;
struct guest_writer;

struct guest {
	struct guest *next;
	struct worker_main *main;
	uint32_t seat;
	struct instance *instance; /* NULL until its OPEN has come */
	void *checkpoint;	   /* came before it, as did the sockets */
	size_t checkpoint_size;
	struct lent *lent;
	bool busy; /* open() or close() is running */
	/* The instance's targets, by their numbers; NULL: gone. */
	struct target **targets;
	size_t n_targets;
	/* Where one call at a time is made, what waits for it. */
	bool exclusive;
	bool calling;
	struct target *due;
	struct target **due_last;
	struct guest_writer *writer; /* NULL: it is none */
	struct guest_filter *filter; /* likewise */
	int wake_fd; /* of collect_many(); -1: nobody asked for one */
	struct worker_ledger told; /* what farmd knows of the ledger */
};

/* With the lock held: the guest at this seat, made if need be; NULL if memory
   is out. */
struct guest *guest_at(struct worker_main *, uint32_t seat);

/*
 * What the messages of these names ask for.  From the main thread only, which
 * waits while open() or close() of the guest runs.
 */
int guest_checkpoint(struct guest *, const struct worker_message *,
    struct error *);
/* Takes `fd' over. */
int guest_socket(struct guest *, const struct worker_message *, int fd,
    struct error *);
/* How it went is said to farmd. */
void guest_open(struct guest *, const struct worker_message *);
int guest_target(struct guest *, const struct worker_message *,
    struct error *);
void guest_forget(struct guest *, uint32_t number);
void guest_run(struct guest *, const struct worker_run *);
void guest_close(struct guest *);
int guest_action(struct guest *, const struct worker_message *,
    struct error *);
/* Tell farmd what the ledger has that it does not know. */
void guest_tell_ledger(struct guest *);

/* --- between worker_guest.c and worker_many.c; with the lock held --- */

/* The run of this target is over. */
void guest_done(struct guest *, struct target *, const char *why,
    int64_t cpu_ns);
/* Make a collect_many() of what is due, unless one is running, which is woken
   then. */
void guest_many(struct guest *);

#endif
