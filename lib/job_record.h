/*
 * job_record.h - one finished job, as it stands in a log and as it is
 * emitted: an accounting record.
 */
#ifndef LIB_JOB_RECORD_H
#define LIB_JOB_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "buffer.h"
#include "slice.h"

/* Times are seconds since 1970, 0 where not known; numbers -1. */
struct job_record {
	struct slice job;
	int64_t task; /* of an array; -1: none */
	struct slice name;
	struct slice user;
	struct slice group;
	struct slice queue;
	struct slice node; /* the first */
	int64_t submitted;
	int64_t started;
	int64_t ended;
	double wall;
	double cpu;
	int64_t slots;
	int64_t memory; /* the most that it used, in bytes */
	int64_t exit;
	int64_t signal;
	struct slice outcome; /* in the system's own words */
	bool failed;
	bool requeued; /* only this run of it is over */
};

#define JOB_RECORD_INIT                                                        \
	{ .task = -1, .wall = -1, .cpu = -1, .slots = -1, .memory = -1,        \
	  .exit = -1, .signal = -1 }

/* When it ended; 0: not known. */
int64_t job_record_time_ns(const struct job_record *);
/* The payload of a FARM_ACCOUNTING. */
void job_record_json(const struct job_record *, const char *system,
    struct buffer *);

/* Something that happened to a job. */
struct job_event {
	const char *event; /* "JOB.START" */
	const char *text;
	const char *cluster; /* of the target */
	const char *node;
	const char *system;
	const char *from; /* states; NULL: not known */
	const char *to;
};

/* The payload of a FARM_EVENT. */
void job_event_json(const struct job_event *, const struct job_record *,
    struct buffer *);

/* A record of a log: 1 with the job, 0 if it says something else, -1 if it
   cannot be read. */
typedef int job_record_parse(struct slice text, struct job_record *ret);

#endif
