/*
 * segment.h - the form of a segment of the journal: a header, frames as they
 * are (lib/frame.h), and an end with its sums once it is complete.  Functions
 * over bytes; files are segment_file.h's.
 *
 * Header, 288 bytes, integers little-endian:
 *
 *   0  magic "FARMJNL1"        24  begun, ns since 1970, i64
 *   8  version, u16 (1)        32  bytes of the farm's name, u16
 *  10  reserved (0)            34  the farm's name
 *  16  first position, u64    284  CRC-32C of bytes 0..283, u32
 *
 * End, 64 bytes:
 *
 *   0  magic "FARMJEND"        32  last position, u64
 *   8  frames, u64             40  time of the oldest record, i64
 *  16  values, u64             48  and of the newest, i64
 *  24  bytes before it, u64    60  CRC-32C of bytes 0..59, u32
 */
#ifndef HOST_SEGMENT_H
#define HOST_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <farm/result.h>

#include "batch.h"
#include "error.h"

#define SEGMENT_HEADER 288
#define SEGMENT_END 64

struct segment_header {
	uint64_t first_position;
	int64_t begun_ns;
	char farm[FARM_NAME_MAX + 1];
	bool packed; /* what follows is as in segment_pack.h */
};

/* What is in a segment. */
struct segment_sums {
	uint64_t frames;
	uint64_t values;
	uint64_t bytes; /* of the header and all frames */
	uint64_t first_position;
	uint64_t last_position; /* 0: no frame */
	int64_t begun_ns;	/* what was imported counts as of then */
	int64_t oldest_ns;
	int64_t newest_ns;
};

void segment_put_header(uint8_t *to, const struct segment_header *);
int segment_get_header(const void *bytes, size_t size,
    struct segment_header *ret, struct error *);
void segment_put_end(uint8_t *to, const struct segment_sums *);
/* `bytes' are the last of a file of `file_size'.  False if it has no end (or
   not a good one).  The first position is the header's. */
bool segment_get_end(const void *bytes, uint64_t file_size,
    struct segment_sums *ret);
/* The size of the file that this end is of, unless that is packed. */
uint64_t segment_ended_size(const void *end);
/* One frame more, which has these records. */
void segment_add(struct segment_sums *, const struct farm_batch *,
    size_t frame_size);

/* What a whole segment turned out to be. */
struct segment_scan {
	struct segment_sums good; /* of the frames that can be read */
	uint64_t whole;	     /* bytes before the first bad place */
	uint64_t bad_bytes;
	uint64_t bad_frames; /* known by their headers, at the least */
	uint64_t bad_first; /* positions around what is bad; 0: none */
	uint64_t bad_last;
	bool ended;	 /* an end follows the last frame */
	bool torn;	 /* nothing good follows the first bad place */
	struct error why; /* of the first bad place */
};

/*
 * Read a segment from beginning to end and call `each' for every frame that
 * can be decoded; a bad place costs as little of what follows as it can.  -1
 * if the header is bad, memory is out or `each' fails: then *ret is of no use.
 */
typedef int segment_frame_fn(void *context, const void *frame, size_t size,
    const struct farm_batch *, struct error *);
int segment_scan(const void *bytes, size_t size, segment_frame_fn *each,
    void *context, struct segment_scan *ret, struct error *);

#endif
