/*
 * farm/result.h - what travels through a farm monitor: values, series, records
 * and batches.  Part of the published contract; needs libc only.
 *
 * Every struct here that the host hands to a module may grow at its end in a
 * later minor version of the ABI, except struct farm_value, which is frozen.
 */
#ifndef FARM_RESULT_H
#define FARM_RESULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Names: UTF-8, 1 to this many bytes, no control characters, never cut. */
#define FARM_NAME_MAX 250
/* The longest text value, in bytes. */
#define FARM_TEXT_MAX 65535
/* Labels of one series, at most. */
#define FARM_LABELS_MAX 16

/* The type of one value.  Numbers are on the wire: never reuse one. */
enum farm_type {
	FARM_NONE = 0, /* no value; never stored */
	FARM_DOUBLE = 1,
	FARM_INT64 = 2,
	FARM_UINT64 = 3,
	FARM_BOOLEAN = 4,
	FARM_TEXT = 5, /* UTF-8, up to FARM_TEXT_MAX bytes */
};

/* What a parameter's numbers mean.  On the wire: never reuse a number. */
enum farm_kind {
	FARM_GAUGE = 0,	    /* goes up and down */
	FARM_COUNTER32 = 1, /* only grows, wraps at 2^32, 0 after a restart */
	FARM_COUNTER64 = 2, /* only grows, wraps at 2^64, 0 after a restart */
	FARM_STATE = 3,	    /* one of few values; no arithmetic */
};

/*
 * One value of one series: 16 bytes, frozen.  A text is borrowed: the pointer
 * holds as long as whatever the value came in (a record, a call).
 */
struct farm_value {
	uint32_t series; /* a handle of farm_series(), see module.h */
	uint16_t length; /* bytes of text, without any NUL; else 0 */
	uint8_t type;	 /* enum farm_type */
	uint8_t reserved;
	union {
		double number;
		int64_t int64;
		uint64_t uint64;
		bool boolean;
		const char *text; /* need not end in NUL */
	};
};

/* Metadata of a series, not part of its identity. */
struct farm_label {
	const char *name;
	const char *value;
};

/* What is known of a series: its name in four parts, kind, unit, labels. */
struct farm_series {
	const char *farm;
	const char *cluster;
	const char *node;
	const char *parameter;
	const char *unit; /* "" if unknown */
	const struct farm_label *labels;
	uint32_t n_labels;
	uint32_t kind; /* enum farm_kind */
};

/*
 * Types of records.  Numbers are on the wire: never reuse one.  Payloads are
 * JSON objects in UTF-8 where nothing else is said; names in them are keyed
 * "farm", "cluster", "node", "parameter".
 */
enum farm_record_type {
	FARM_RESULT = 1,     /* values: the readings of one run on one node */
	FARM_REMOVAL = 2,    /* a parameter, node or cluster is no more: the
				names down to its level, and "reason" */
	FARM_EVENT = 3,	     /* something happened: "event", "text", names */
	FARM_ALARM = 4,	     /* a rule changed state */
	FARM_CONFIG = 5,     /* the configuration changed: what, when, who */
	FARM_ACCOUNTING = 6, /* one finished job: "group", "user", "job", ... */
	FARM_AGGREGATE = 7,  /* a partial aggregate that can be merged; bytes */
	FARM_CHECKPOINT = 8, /* where an instance stopped reading; its bytes */
};

/* Flags of a record. */
#define FARM_PARTIAL 0x0001u /* the source could not read everything */
/* From elsewhere or long ago: goes to the writers as it is, past filters and
   last values.  A store that has the same value at the same time already keeps
   that one alone. */
#define FARM_IMPORTED 0x0002u
#define FARM_AVERAGE 0x0004u /* of a history: see farm_emit_average() */

/* One record.  All pointers are borrowed from the batch it stands in. */
struct farm_record {
	uint64_t position;    /* grows with each record, survives restarts;
				 0 before the router has seen it */
	int64_t time_ns;      /* since 1970, UTC, taken at the source */
	const char *instance; /* who made it; "" if nobody configured */
	uint16_t type;	      /* enum farm_record_type; skip what you don't know */
	uint16_t flags;
	uint32_t n_values; /* of a FARM_RESULT; 0 in all others */
	const struct farm_value *values;
	const void *payload; /* of all others; NULL in a FARM_RESULT */
	size_t payload_size;
};

/* Records travelling together, in the order of their positions. */
struct farm_batch {
	const struct farm_record *records;
	size_t n_records;
};

static inline struct farm_value
farm_double(double number)
{
	return (struct farm_value){ .type = FARM_DOUBLE, .number = number };
}

static inline struct farm_value
farm_int64(int64_t number)
{
	return (struct farm_value){ .type = FARM_INT64, .int64 = number };
}

static inline struct farm_value
farm_uint64(uint64_t number)
{
	return (struct farm_value){ .type = FARM_UINT64, .uint64 = number };
}

static inline struct farm_value
farm_boolean(bool truth)
{
	return (struct farm_value){ .type = FARM_BOOLEAN, .boolean = truth };
}

/* A text of `length' bytes; FARM_NONE (refused by emit) if it is too long. */
static inline struct farm_value
farm_text(const char *text, size_t length)
{
	if (length > FARM_TEXT_MAX)
		return (struct farm_value){ .type = FARM_NONE };
	return (struct farm_value){
		.type = FARM_TEXT, .length = (uint16_t)length, .text = text
	};
}

#endif
