/*
 * prometheus_text.h - metrics as they are scraped, read: Prometheus' text
 * format 0.0.4, and OpenMetrics 1.0 (`open').  After their specifications.
 *
 *   # TYPE http_requests_total counter
 *   http_requests_total{code="200",path="/a\"b"} 1027 1395066363000
 *
 * In a label's value a backslash stands before a quote, a backslash or the n
 * of a newline.  A value of NaN or an infinity is none.  Times count
 * milliseconds, in OpenMetrics seconds; its exemplars are passed over.  Pure
 * functions, no malloc.
 */
#ifndef WIRE_PROMETHEUS_TEXT_H
#define WIRE_PROMETHEUS_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <farm/result.h>

#include "error.h"
#include "slice.h"

/* Starts zeroed but for `rest', and `open' for OpenMetrics. */
struct prometheus_text {
	struct slice rest;
	bool open;
	bool ended;	    /* by "# EOF"; what follows is not read */
	struct slice typed; /* the metric of the last TYPE */
	struct slice type;
	struct slice measured; /* the metric of the last UNIT */
	struct slice unit;
};

struct prometheus_sample {
	struct slice name;
	struct slice labels; /* for prometheus_next_label() */
	struct slice unit;   /* what UNIT says, in words; empty: nothing */
	bool counter;	     /* or a part of a histogram that only grows */
	struct farm_value value; /* FARM_DOUBLE or FARM_NONE */
	int64_t time_ns;	 /* 0: not said */
};

/*
 * The next sample: 1, 0 at the end, -1 if its line is wrong (the next call
 * goes on behind it).  Labels of a sample cannot fail any more.
 */
int prometheus_parse(struct prometheus_text *, struct prometheus_sample *ret,
    struct error *);
/* The value is as written. */
bool prometheus_next_label(struct prometheus_sample *, struct slice *ret_name,
    struct slice *ret_value);
/* A label's value without its escapes: never longer, may be the same
   memory. */
size_t prometheus_unescape(char *to, struct slice);

#endif
