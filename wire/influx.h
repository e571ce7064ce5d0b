/*
 * influx.h - InfluxDB's line protocol, both ways:
 *
 *   MEASUREMENT[,TAG=VALUE...] FIELD=VALUE[,FIELD=VALUE...] [TIME]
 *
 * After InfluxData's description of it (versions 1 and 2).  In names and tag
 * values a backslash stands before comma, equals (not in a measurement) and
 * blank; before anything else it is itself.  So a name that ends in a backslash, or has one before
 * such a character, cannot be said.  Values: 1.5 (double), -3i (int64), 3u
 * (uint64), t T true True TRUE and their opposites, "text" with a backslash
 * before a quote or a backslash; a text may hold newlines.  Times count
 * nanoseconds unless the two sides agree otherwise.
 *
 * Pure functions, no malloc in decoding.
 */
#ifndef WIRE_INFLUX_H
#define WIRE_INFLUX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <farm/result.h>

#include "buffer.h"
#include "error.h"
#include "slice.h"

/* One line; the slices are as written, with their escapes. */
struct influx_point {
	struct slice measurement;
	bool timed;
	int64_t time; /* in whatever unit was agreed upon; 0 if not given */
	size_t n_tags;
	size_t n_fields;
	struct slice tags;   /* for influx_next_tag() */
	struct slice fields; /* for influx_next_field() */
};

struct influx_tag {
	struct slice name;
	struct slice value;
};

struct influx_field {
	struct slice name;
	struct farm_value value; /* a text as written, with its escapes */
};

/*
 * The next line of `rest', which is shortened by it: 1 with a point, 0 at the
 * end, -1 if the line is wrong (the error says why; the next call goes on
 * behind it).  Empty lines and comments (#) are passed over; a text
 * that does not end takes all the rest with it. Tags and fields
 * of a point are checked, and cannot fail any more.
 */
int influx_parse(struct slice *rest, struct influx_point *ret, struct error *);
bool influx_next_tag(struct influx_point *, struct influx_tag *ret);
bool influx_next_field(struct influx_point *, struct influx_field *ret);

/* Without the escapes of each kind of name, or of a text: never longer, may be the same
   memory.  The number of bytes. */
size_t influx_unescape_measurement(char *to, struct slice);
size_t influx_unescape_name(char *to, struct slice);
size_t influx_unescape_text(char *to, struct slice);

/*
 * Write a line, in this order, at the end of `b': begin, tags, fields, end.
 * Each -1 with the name if it cannot be said, and nothing is written then.
 * A measurement cannot begin with #, which is a comment.
 * A tag without a value is left out, as the protocol wants it; a field of
 * FARM_NONE, NaN or an infinity too.  influx_end() takes a line without
 * fields back: 1 if there is a line, 0 if not.
 */
struct influx_line {
	struct buffer *buffer;
	size_t start;
	size_t n_fields;
};
int influx_begin(struct influx_line *, struct buffer *b,
    struct slice measurement, struct error *);
int influx_put_tag(struct influx_line *, struct slice name, struct slice value,
    struct error *);
int influx_put_field(struct influx_line *, struct slice name,
    const struct farm_value *, struct error *);
int influx_end(struct influx_line *, int64_t time_ns);

#endif
