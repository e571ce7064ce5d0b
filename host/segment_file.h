/*
 * segment_file.h - a segment being written.  One thread's.
 */
#ifndef HOST_SEGMENT_FILE_H
#define HOST_SEGMENT_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "buffer.h"
#include "error.h"
#include "segment.h"

struct segment_file {
	int fd; /* -1: none is open */
	char *path;
	uint64_t size; /* of all that was written whole */
};

#define SEGMENT_FILE_INIT { .fd = -1 }

/* STATE/journal/POSITION.seg; free() it.  NULL if memory is out. */
char *segment_path(const char *folder, uint64_t first_position);

/* Make the file with its header, and room for `room' bytes if the file system
   can promise that.  On failure there is none. */
int segment_create(struct segment_file *, const char *folder,
    const struct segment_header *, uint64_t room, struct error *);
/* All or nothing: what was written in part is written again next time. */
int segment_append(struct segment_file *, const void *bytes, size_t size,
    struct error *);
int segment_sync(struct segment_file *, struct error *);
/* Write the end, give back the room that is left and close.  Closed in any
   case; without an end it is read through when the journal is opened. */
int segment_seal(struct segment_file *, const struct segment_sums *,
    struct error *);
void segment_close(struct segment_file *);
/* The frame at that place of a file that is open for reading, behind what is
   in the buffer. */
int segment_read_frame(int fd, uint64_t at, struct buffer *to,
    struct error *);
/* Sync a folder: what was made or renamed in it. */
int folder_sync(const char *folder, struct error *);

#endif
