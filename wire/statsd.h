/*
 * statsd.h - StatsD's lines, both ways:
 *
 *   NAME:VALUE|TYPE[|@RATE][|#TAG:VALUE,...]
 *
 * After Etsy's description, and DogStatsD's of what it adds: several values
 * (NAME:1:2|ms; Etsy's own NAME:1|c:2|g), types h and d, tags; sections that
 * begin with anything else are passed over, those with a colon (c:) only behind
 * the tags.  Tags stand in one of
 *
 *   name:1|c|#tag:value,tag      DogStatsD; a tag may have no value
 *   name,tag=value,tag=value:1|c InfluxDB's
 *   name;tag=value;tag=value:1|c Graphite's
 *   name[tag=value,tag=value]:1|c  SignalFx's
 *
 * Pure functions, no malloc.
 */
#ifndef WIRE_STATSD_H
#define WIRE_STATSD_H

#include <stdbool.h>
#include <stddef.h>

#include <farm/result.h>

#include "buffer.h"
#include "error.h"
#include "slice.h"

#define STATSD_PORT 8125

enum statsd_type {
	STATSD_COUNTER = 1,	 /* c: add value / rate */
	STATSD_GAUGE = 2,	 /* g */
	STATSD_TIMER = 3,	 /* ms: milliseconds */
	STATSD_SET = 4,		 /* s: how many different texts */
	STATSD_HISTOGRAM = 5,	 /* h: a timer without its unit */
	STATSD_DISTRIBUTION = 6, /* d: the same, summed up elsewhere */
};

struct statsd_metric {
	struct slice name;
	size_t n_samples;
	/* For statsd_next() and statsd_next_tag(). */
	struct slice samples;
	struct slice tags;
	char tag_separator;
	char tag_equals;
};

struct statsd_sample {
	enum statsd_type type;
	bool relative; /* a gauge with a sign: add it to what it was */
	double value;  /* 0 of a set */
	double rate;   /* above 0, at most 1: of so many one was sent */
	struct slice text; /* the value as written: what a set counts */
};

/*
 * The next line of `rest', which is shortened by it: 1 with a metric, 0 at the
 * end, -1 if anything in it is wrong (the next call goes on behind it).  Empty
 * lines are passed over.  Samples and tags of a metric cannot fail any more.
 */
int statsd_parse(struct slice *rest, struct statsd_metric *ret,
    struct error *);
bool statsd_next(struct statsd_metric *, struct statsd_sample *ret);
/* The value is "" if there is none; tags without a name are passed over. */
bool statsd_next_tag(struct statsd_metric *, struct slice *ret_name,
    struct slice *ret_value);

/*
 * Write a value as a gauge, its name made of parts, with DogStatsD's tag "host"
 * unless that is empty: 1, or 0 if it is no finite number (booleans are 1 and
 * 0), or -1 if a part is empty; nothing is written then.  What has a meaning in
 * a line becomes "_" in the parts.  A number below zero is two lines, the first
 * of which sets the gauge to 0, for with a sign it is added to what was.
 */
int statsd_put(struct buffer *, const struct slice *parts, size_t n,
    struct slice host, const struct farm_value *, struct error *);

/*
 * The same in pieces, a line: the name (-1 if a part is empty, nothing is
 * written then), a value (false if it is no finite number), tags, and a newline
 * of the caller's.  A gauge below zero needs two lines, as above.
 */
int statsd_put_name(struct buffer *, const struct slice *parts, size_t n,
    struct error *);
bool statsd_put_value(struct buffer *, const struct farm_value *,
    enum statsd_type);
void statsd_put_tag(struct buffer *, bool first, struct slice name,
    struct slice value);
bool statsd_is_negative(const struct farm_value *);

#endif
