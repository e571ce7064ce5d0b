/*
 * metrics.h - the last values of now as an exposition for Prometheus.
 *
 * All that is exposed is gathered first, 32 bytes for each series, because the
 * samples of a metric stand together; the text is made piece by piece.  A
 * series is exposed until no value has come for three of its intervals, but a
 * minute at least; of one that had a single value so far, for an hour.  Texts
 * are no samples.
 */
#ifndef HOST_METRICS_H
#define HOST_METRICS_H

#include <stdbool.h>
#include <stdint.h>

#include <farm/result.h>

#include "buffer.h"
#include "cache.h"
#include "series.h"

struct access_who;
struct matcher;

struct metrics_question {
	const struct matcher *matcher; /* needed only while gathering */
	const struct access_who *who;  /* likewise; what it may not is not */
	bool open;		       /* OpenMetrics, not 0.0.4 */
	bool times;		       /* with timestamps */
	/* What a parameter is about, on one line; false if that is not known. */
	bool (*help)(void *context, const struct farm_series *, struct buffer *);
	void *context;
};

struct metrics;

/* Gather what there is; NULL if memory is out.  Any thread. */
struct metrics *metrics_new(struct cache *, struct series_table *,
    const struct metrics_question *, int64_t mono_ns);
/* Append the next piece; false if it was the last one. */
bool metrics_more(struct metrics *, struct buffer *);
void metrics_free(struct metrics *); /* NULL is fine */

/* Of a question's series, whether its values still come. */
bool metrics_is_fresh(const struct cache_last *);

#endif
