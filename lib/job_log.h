/*
 * job_log.h - a file that grows by a line for each finished job, or by a few
 * of which the last says so, read from where reading stopped: each once, over
 * restarts and rotations.  Or a folder of such files, one a day, whose names
 * sort by their days.
 *
 * A file that was rotated is found beside the log by a name that goes on where
 * the log's ends: NAME.1, NAME.20261121T120000, NAME-20261121, NAME.old.
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
 * NUL); if it is empty, from where the log ends when it is read first.  With
 * `last' not NULL, a record goes on to a line that begins with it.  NULL if
 * memory is out.
 */
struct job_log *job_log_new(const char *path, const char *last,
    const void *place, size_t size);
void job_log_free(struct job_log *); /* NULL is fine */

/*
 * Give every whole record that is new to take(), about `most' bytes of them.
 * One longer than that is skipped and *ret_lost counts it, as it does what
 * cannot be found again.  take() failing ends it, before its record.  Returns
 * how many were given, or -1.
 */
int64_t job_log_read(struct job_log *, size_t most,
    int (*take)(void *cookie, struct slice record), void *cookie,
    uint64_t *ret_lost, struct error *);

/* Where the next call begins; nothing before the log was read first. */
void job_log_place(const struct job_log *, struct buffer *);

#endif
