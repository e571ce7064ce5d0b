/*
 * subscribe_events.h - what a subscriber is sent, as server-sent events with
 * JSON in them.  Pure: text is put at the end of a buffer.  docs/api.md
 * describes them.
 */
#ifndef HOST_SUBSCRIBE_EVENTS_H
#define HOST_SUBSCRIBE_EVENTS_H

#include <stdint.h>

#include <farm/result.h>

#include "buffer.h"
#include "deliver.h"
#include "series.h"

/*
 * An event up to its first members; more follow, each with a comma before it,
 * then events_end().  `position' 0: nothing to go on from.
 */
void events_begin(struct buffer *, const char *type, uint64_t position,
    uint64_t sequence);
void events_end(struct buffer *);

/* One event: these rows of a result. */
void events_result(struct buffer *, uint64_t sequence,
    const struct series_table *, const struct farm_record *,
    const struct farm_value *rows, size_t n);
/* One event: a record of another type, whose payload is a JSON object.  False,
   with nothing put, if subscribers have nothing of such a type. */
bool events_payload(struct buffer *, uint64_t sequence,
    const struct farm_record *);
/* The same as an event of this type. */
void events_record(struct buffer *, const char *type, uint64_t sequence,
    const struct farm_record *);

/* Points of one series, between events_begin() and events_end(). */
void events_series(struct buffer *, const struct farm_series *);
void events_point(struct buffer *, const struct history_point *, bool first);
void events_series_end(struct buffer *);

/* Nothing, so that the connection is seen to be alive. */
#define EVENTS_NOTHING ":\n\n"

#endif
