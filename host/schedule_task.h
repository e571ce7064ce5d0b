/*
 * schedule_task.h - the inside of the schedule: collectors, the calls under
 * way, and the steps between them.  For the files of the schedule only; all of
 * it is called with the schedule's lock held unless something else is said.
 */
#ifndef HOST_SCHEDULE_TASK_H
#define HOST_SCHEDULE_TASK_H

#include <pthread.h>

#include "collect.h"
#include "pool.h"
#include "schedule.h"
#include "timer.h"
#include "worker.h"

/* A collect_many() past a deadline hangs if nothing is heard for so long. */
#define SILENCE_NS (INT64_C(1) * 1000000000)
/* What the contract grants open(). */
#define OPEN_NS (INT64_C(10) * 1000000000)

struct schedule {
	pthread_mutex_t lock;
	pthread_cond_t returned; /* a call has */
	struct pool *pool;
	struct workers *workers; /* NULL: all run in this process */
	bool stepping; /* what is sent to them, and to the pool, goes after */
	struct job *ready; /* that, for the pool */
	struct job **last_ready;
	struct timers timers;
	size_t n_timers; /* there is room for */
	struct collector *collectors;
	int64_t next_step_mono_ns; /* what the last step said */
	void (*wake)(void *);
	void *wake_context;
	int written_off; /* threads */
	int n_lost; /* collectors that schedule_lost() has not given yet */
	int stuck; /* ... that hang, but were too many to be written off */
	struct schedule_stats stats;
	struct histogram lateness;
};

struct targets {
	struct target *first;
	struct target *last;
	size_t n;
};

/* An instance in the schedule: its `station'. */
struct collector {
	struct schedule *schedule;
	struct instance *instance;
	struct collector *next;
	struct timer timer; /* open() again, or is a call still alive? */
	/* Where one call at a time is made, what waits for it, and it. */
	bool exclusive;
	struct targets due;
	struct task *call;
	int calls;    /* of any kind under way */
	int given_up; /* of them past their deadline, and hanging */
	int stopping; /* hung calls that must return before others begin */
	size_t overdue;	    /* targets in `call' past their deadline */
	size_t backing_off; /* targets with an open breaker */
	bool open;
	bool opening;
	bool paused;
	bool removed;
	bool left_behind;   /* at the end, with a call under way */
	bool held; /* while it is changed: what comes due waits */
	bool failed_before; /* open() did, the last time */
	int wake_fd;	    /* -1: nobody asked for one */
	bool woken;	    /* it can be read */
	struct instance_config *offer; /* to be put to reconfigure() */
	bool taken;		       /* what it said */
	/* In a worker: its seat there, and its targets by their numbers. */
	struct seat *seat; /* NULL: it runs here */
	struct target **by_number;
	size_t n_by_number;
	bool closing;
	int64_t opened_mono_ns;
	/* On request: nobody asks, so nothing is started and it is closed. */
	bool on_request;
	bool asleep;
	bool awaited; /* woken, and neither open yet nor failed to */
	struct timer idle; /* when it may fall asleep */
	int64_t idle_stop_ns;
	int64_t asked_mono_ns;
	bool lost; /* it hangs here, and is to be moved there */
	bool told_lost; /* ... which schedule_lost() has said */
};

/* A call under way. */
struct task {
	struct job job; /* first */
	struct run run;
	struct collector *collector;
	struct target *target;	/* of a collect() */
	struct targets handed;	/* to a collect_many(), and not done */
	int tid;		/* 0: not on a thread yet */
	int64_t started_mono_ns;
	int64_t handed_mono_ns; /* the last time a target was */
	uint64_t heard;		/* when it was last asked if it is alive */
	bool written_off;
	bool stuck;
	bool stops_others;
};

/* schedule.c */
struct task *task_new(struct collector *, void (*run)(struct job *));
void task_submit(struct task *);
void task_begin(struct task *); /* on its thread */
void task_end(struct task *);	/* the call returned; frees it */
void wake_before(struct schedule *, int64_t at_mono_ns);
void update_status(struct collector *);
void open_submit(struct collector *);
/* The same by this job. */
void open_submit_to(struct collector *, void (*run)(struct job *));
/* How open() went. */
void opened(struct collector *);
void not_opened(struct collector *, const struct error *);
/* Its timers in the heap. */
size_t timers_of(const struct instance *);
/* Close it by a job of the pool, without waiting; NULL if memory is out. */
struct task *close_submit(struct collector *);
/* Wait for all calls under way; false if the deadline came first. */
bool await_calls(struct collector *, int64_t deadline_mono_ns);
/* Close it, if it is open, by a job of the pool; false as above. */
bool close_by(struct collector *, int64_t deadline_mono_ns);

/* schedule_target.c */
int64_t deadline_of(const struct collector *);
void target_fire(struct timer *, int64_t now_mono_ns);
void target_first_due(struct target *, int64_t now_mono_ns, int64_t wall_ns);
/* Its interval was `before_ns' until now. */
void target_change_rhythm(struct target *, int64_t before_ns,
    int64_t now_mono_ns, int64_t wall_ns);
/* It is due: run it as soon as can be. */
void target_start(struct target *, int64_t due_mono_ns);
/* A call has begun to work on it. */
void target_begin(struct target *, struct task *, int64_t now_mono_ns);
void target_end(struct target *, bool failed, const char *text);
/* The run is over and the target goes: without the lock, it frees it. */
void target_leave(struct target *);
/* What waited while the collector was held. */
void targets_release(struct collector *);
/* It came due, but will not run. */
void target_cancel(struct target *);
/* The next call of a collector that makes one at a time. */
void call_next(struct collector *);

void targets_append(struct targets *, struct target *);
void targets_remove(struct targets *, struct target *);

/* schedule_many.c */
void many_run(struct job *); /* without the lock */
void many_wake(struct collector *);
/* A target of the call is past its deadline, or waits for too long. */
void many_suspect(struct collector *, int64_t now_mono_ns);
/* Some time later: is it still silent? */
void many_check(struct collector *, int64_t now_mono_ns);

/* schedule_worker.c; of collectors with a seat but for the first, which gives
   them one if they are to have it; -1 if memory is out */
int remote_begin(struct collector *);
void remote_end(struct collector *); /* without the lock */
void remote_open(struct collector *);
/* Wait for its calls, or kill it; false if that has not ended it. */
bool remote_await(struct collector *, int64_t deadline_mono_ns);
void remote_begin_close(struct collector *);
bool remote_close(struct collector *, int64_t deadline_mono_ns);
void remote_run(struct target *);
/* A run is past its deadline: see to it some time later. */
void remote_overrun(struct collector *, int64_t now_mono_ns);
/* That time has come, or that of open(). */
void remote_check(struct collector *);
/* Those it does not know yet, and one that goes. */
void remote_add_targets(struct collector *);
void remote_forget(struct collector *, struct target *);

/* schedule_request.c */
/* Somebody asks. */
void request_ask(struct collector *);
void request_begin(struct collector *);
/* A call or a change has ended: go to sleep or wake, if that is due. */
void request_settle(struct collector *);
/* Its configuration has changed. */
void request_change(struct collector *);

/* schedule_hang.c */
/* The call does not come back: say where it hangs, go on without it.  `node'
   may be NULL. */
void task_give_up(struct task *, const char *node, const char *what,
    int64_t limit_ns);
/* "hangs in clock_nanosleep (libc.so.6)", "runs on the CPU in slow.so". */
void hang_where(int tid, const struct module *, struct buffer *);

#endif
