/*
 * job_log.h - a file that grows by a line for each finished job, read from
 * where reading stopped: each line once, over restarts and rotations.  Or a
 * folder of such files, one a day, whose names sort by their days.
 */
#ifndef LIB_JOB_LOG_H
#define LIB_JOB_LOG_H

#include <stddef.h>
#include <stdint.h>

#include "buffer.h"
#include "error.h"
#include "slice.h"

struct job_log;

/*
 * From the place that `place' says (what job_log_place() gave, not ended by
 * NUL); if it is empty, from where the log ends now.  NULL if memory is out.
 */
struct job_log *job_log_new(const char *path, const void *place, size_t size);
void job_log_free(struct job_log *); /* NULL is fine */

/*
 * Give every whole line that is new to take(), about `most' bytes of them.
 * A line longer than that is skipped and *ret_lost counts it, as it does what
 * cannot be found again.  take() failing ends it, before its line.  Returns
 * how many lines were given, or -1.
 */
int64_t job_log_read(struct job_log *, size_t most,
    int (*take)(void *cookie, struct slice line), void *cookie,
    uint64_t *ret_lost, struct error *);

/* Where the next call begins. */
void job_log_place(const struct job_log *, struct buffer *);

#endif
