/*
 * remote_write.h - Prometheus' remote write 1.0, the protobuf of a request:
 *
 *   WriteRequest  1: TimeSeries, repeated
 *   TimeSeries    1: Label, repeated; 2: Sample, repeated
 *   Label         1: string name, 2: string value
 *   Sample        1: double value, 2: int64 timestamp (ms)
 *
 * Labels are sorted by name, the metric's is __name__; samples by time.  After
 * Prometheus' specification.  A request then goes through snappy (the block
 * format).  Pure functions.
 */
#ifndef WIRE_REMOTE_WRITE_H
#define WIRE_REMOTE_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"
#include "error.h"
#include "slice.h"

struct remote_sample {
	double value;
	int64_t time_ms;
};

/* A label as a part of a TimeSeries, behind what is in the buffer. */
void remote_write_label(struct buffer *, struct slice name,
    struct slice value);
/*
 * A TimeSeries of the request: `labels' are bytes of remote_write_label(), in
 * their order.
 */
void remote_write_series(struct buffer *, struct slice labels,
    const struct remote_sample *, size_t n);

/* ---------------------------------------------------------------- reading -- */

/* A series as it stands in a request; its parts one by one. */
struct remote_series {
	struct slice labels;  /* all that is left of it, for both */
	struct slice samples;
};

struct remote_label {
	struct slice name;
	struct slice value;
};

/*
 * The next series of a request, which is shortened by it: 1, 0 at its end, -1
 * if it is no request.  All of a series is checked, so that its parts cannot
 * fail; false after the last.  Fields that are not known are passed over.
 */
int remote_write_next(struct slice *request, struct remote_series *ret,
    struct error *);
bool remote_write_next_label(struct remote_series *, struct remote_label *ret);
bool remote_write_next_sample(struct remote_series *,
    struct remote_sample *ret);

#endif
