/* writer_private.h - inside a writer, for its own files. */
#ifndef HOST_WRITER_PRIVATE_H
#define HOST_WRITER_PRIVATE_H

#include <pthread.h>

#include "away.h"
#include "batch.h"
#include "call.h"
#include "column.h"
#include "frame.h"
#include "matching.h"
#include "predicate.h"
#include "writer.h"

/* What the writer knows of a series of its own table. */
struct writer_series {
	void *state;	 /* the module's; NULL until asked for */
	uint32_t seen_s; /* CLOCK_MONOTONIC, last value */
	bool known;	 /* pinned, and the next is true or not */
	bool wanted;
};

/* The records at hand: decoded, those without use taken out. */
struct writer_pending {
	struct batch *batch; /* owns what records point to; NULL: none */
	struct farm_record *records;
	size_t n;
	size_t capacity;
	size_t first;  /* not yet stored */
	size_t window; /* a bad one is before this; 0: none is known */
	size_t size;   /* how many to give at once */
};

struct writer {
	struct farm_host_ops ops; /* of all calls but history() */
	struct instance *instance;
	bool journalled; /* what is not stored now is found again */
	struct reader *reader;
	struct series_table *series;
	struct frame_decoder *decoder; /* of the tail */
	struct frame_decoder *file_decoder;
	struct matcher *matcher;
	struct matching matching; /* of series whose values are looked at */
	struct column known; /* struct writer_series */
	struct buffer frame;
	struct writer_pending pending;
	struct memlog_read read; /* of the frame in `frame', from the tail */
	int64_t retry_first_ns;
	int64_t retry_max_ns;
	int64_t retry_ns; /* the next wait; 0: the last try was good */
	unsigned seed;	  /* of the jitter */
	int64_t ticked_mono_ns;
	int64_t swept_mono_ns;
	bool failing; /* said so already */
	char *dead_letters; /* path; NULL: none are kept */
	/* Of the call of write() under way. */
	bool bad;
	size_t bad_record;
	struct error bad_reason;
	struct error crash; /* how it ended the process; "": it did not */
	unsigned crashes;   /* with what is given now, one after the other */
	struct away away;
	/* ---- shared, under the lock */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	pthread_t thread;
	bool started;
	bool ended;
	bool sealed;
	bool stopping;
	int64_t deadline_mono_ns; /* of the stop */
	bool changed_options; /* to be taken over by its thread */
	struct matcher *changed_match; /* likewise; NULL: none */
	uint64_t stored;	  /* records */
	uint64_t refused;
	uint64_t retries;
	uint64_t missed; /* values */
	uint64_t missed_positions; /* what was there is not known */
	uint64_t rest;	 /* values that it ended without storing */
	int64_t next_try_mono_ns;
};

/* Positions first..last are stored.  Any thread. */
void writer_acknowledged(struct writer *, uint64_t first, uint64_t last);

/* --- writer_away.c: the writer's thread --- */

void writer_away_init(struct writer *); /* by writer_new() */
bool writer_is_away(const struct writer *);
/* As those of the module; what it says why goes to the call. */
int writer_away_write(struct writer *, const struct farm_batch *,
    int64_t limit_ns, struct call *);
int writer_away_tick(struct writer *, struct call *);
/* If history() hangs, end the process, while no call is under way. */
void writer_away_renew(struct writer *);

/* --- writer_read.c --- */

/* Fill `pending' from one lane of the reader: waits until the deadline for the
   first frame.  False if there is nothing. */
bool writer_fill(struct writer *, int64_t deadline_mono_ns);
/* Say and count what the reader lost. */
void writer_report_gap(struct writer *);
/* What it asks for from now on; the matcher is the writer's. */
void writer_take_match(struct writer *, struct matcher *);
/* The module's states of all series go. */
void writer_forget_states(struct writer *);
void writer_pending_clear(struct writer_pending *);

struct writer_series *writer_series_need(struct writer *, uint32_t series);
/* Forget series without values for long, or all. */
void writer_forget_idle(struct writer *, int64_t mono_ns);
void writer_forget_all(struct writer *);

#endif
