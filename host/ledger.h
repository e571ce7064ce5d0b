/*
 * ledger.h - what an instance did and cost.  Counters only grow; any thread
 * may add and read.
 */
#ifndef HOST_LEDGER_H
#define HOST_LEDGER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"

/* Why values did not arrive. */
enum drop_reason {
	DROP_QUEUE_FULL, /* the router's queue was full */
	DROP_NAME,	 /* a name that cannot be */
	DROP_SERIES,	 /* the table of series is full, or memory */
	DROP_LATE,	 /* of a run that was written off */
	DROP_HANDLE,	 /* a handle that stands for nothing */
	DROP_BEHIND,	 /* a writer was too far behind */
	DROP_REFUSED,	 /* a writer refused the record */
	DROP_MEMORY,	 /* memory was out */
	DROP_CORRUPT,	 /* positions of the journal that cannot be read */
	DROP_REASONS
};
const char *drop_reason_name(enum drop_reason); /* "queue_full", ... */

/* A histogram of durations: 8 buckets per power of two, 1 us to 1 h. */
#define HISTOGRAM_BUCKETS 256
struct histogram {
	atomic_uint_least32_t count[HISTOGRAM_BUCKETS];
};
void histogram_add(struct histogram *, int64_t ns);
/* The value that the share q (0..1) stays below, within 9 %; 0 if empty. */
int64_t histogram_quantile(const struct histogram *, double q);

struct ledger {
	atomic_uint_least64_t runs;	/* finished ones */
	atomic_uint_least64_t failures; /* of them failed */
	atomic_uint_least64_t skipped;	/* due while still running */
	atomic_uint_least64_t overruns; /* past the deadline */
	atomic_uint_least64_t values;
	atomic_uint_least64_t cpu_ns;
	atomic_uint_least64_t dropped[DROP_REASONS]; /* values */
	struct histogram wall;	   /* of runs */
	struct histogram lateness; /* start after due */
	pthread_mutex_t lock;	   /* of what follows */
	char *last_error;	   /* NULL: none yet */
	int64_t last_error_ns;	   /* wall clock */
	int64_t last_run_ns;	   /* wall clock, its start; 0: never */
	int64_t last_good_ns;
};

void ledger_init(struct ledger *);
void ledger_destroy(struct ledger *);
void ledger_error(struct ledger *, int64_t wall_ns, const char *text);
void ledger_good(struct ledger *, int64_t wall_ns); /* it worked, then */
void ledger_drop(struct ledger *, enum drop_reason, uint64_t values);
/* As members of a JSON object: "runs":1,"failures":0,... */
void ledger_json(struct buffer *, struct ledger *);

#endif
