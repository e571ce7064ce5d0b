/*
 * job_window.h - which finished jobs have been told, so that a list of those
 * that ended since some time can be asked for again and again, and each is
 * told once, also when it comes to the list late.
 *
 * Told are all that ended before the floor, or it is too late for them; of
 * those that ended later the window knows each.
 */
#ifndef LIB_JOB_WINDOW_H
#define LIB_JOB_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"

/* Of what job_window_place() gives, which goes with every group of records. */
#define JOB_WINDOW_BYTES_MAX 24000
/* The largest key. */
#define JOB_WINDOW_KEY_MAX (UINT64_MAX >> 2)

struct job_told {
	uint64_t key;
	int64_t ended; /* seconds since 1970, not below 0 */
};

/* Zeroed at first, then with a floor. */
struct job_window {
	int64_t floor;
	struct job_told *told;
	size_t n;
	size_t n_sorted; /* of them, by their keys */
	size_t capacity;
};

/* From what job_window_place() gave: 0, or -1 if these bytes are not that, or
   memory is out; the window is as it was then. */
int job_window_restore(struct job_window *, const void *place, size_t size);
void job_window_free(struct job_window *); /* half-built is fine */

/* Was it told?  Of those added since the last job_window_move() nothing is
   known. */
bool job_window_has(const struct job_window *, uint64_t key);
/* It is being told; -1 if memory is out. */
int job_window_add(struct job_window *, uint64_t key, int64_t ended);
/* Forget what ended before `floor', which never goes back. */
void job_window_move(struct job_window *, int64_t floor);
/*
 * The window in bytes.  If that are too many the floor rises until they fit:
 * false is returned then, as a job that comes late may not be told.
 */
bool job_window_place(struct job_window *, struct buffer *);

#endif
