/*
 * frame_format.h - what both ends of a stream of frames must know.  Only
 * frame_encode.c and frame_decode.c include it, and worker_protocol.c for its
 * integers; docs/frames.md explains it.
 */
#ifndef LIB_FRAME_FORMAT_H
#define LIB_FRAME_FORMAT_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

#define FRAME_MAGIC "FRM1"
#define FRAME_VERSION 1

/* Places in the header. */
#define FRAME_AT_VERSION 4
#define FRAME_AT_FLAGS 5
#define FRAME_AT_RESERVED 6
#define FRAME_AT_SIZE 8
#define FRAME_AT_DEFINITIONS 12
#define FRAME_AT_POSITION 16
#define FRAME_AT_RECORDS 24
#define FRAME_AT_CRC 28

/*
 * Types of records.  1 to 63 are enum farm_record_type and begin with the
 * common head; 64 to 127 are definitions; above is without rules.
 */
#define FRAME_SERIES 64
#define FRAME_INSTANCE 65
#define FRAME_DEFINITION_FIRST 64
#define FRAME_DEFINITION_LAST 127

/* Types of values from here on have their length before them. */
#define FRAME_VALUE_SIZED 16
/* Type, difference of series, and a boolean or a length of 0. */
#define FRAME_VALUE_MIN 3

static inline void
put_le32(uint8_t *to, uint32_t n)
{
	n = htole32(n);
	memcpy(to, &n, sizeof(n));
}

static inline void
put_le64(uint8_t *to, uint64_t n)
{
	n = htole64(n);
	memcpy(to, &n, sizeof(n));
}

static inline uint32_t
get_le32(const uint8_t *from)
{
	uint32_t n;

	memcpy(&n, from, sizeof(n));
	return le32toh(n);
}

static inline uint64_t
get_le64(const uint8_t *from)
{
	uint64_t n;

	memcpy(&n, from, sizeof(n));
	return le64toh(n);
}

#endif
