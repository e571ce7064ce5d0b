/*
 * events.h - server-sent events, as they come in pieces of any size.
 */
#ifndef CLI_EVENTS_H
#define CLI_EVENTS_H

#include <stdbool.h>
#include <stddef.h>

#include "buffer.h"

/* Of lines without a field of ours nothing is kept. */
struct event {
	const char *id; /* the last one said, of this event or one before; "" */
	const char *type;
	const char *data;
};

/* Return false to stop. */
typedef bool event_fn(void *context, const struct event *);

/* Starts zeroed. */
struct events {
	struct buffer line;
	struct buffer id;
	struct buffer type;
	struct buffer data;
};

/* An event larger than this is none. */
#define EVENT_MAX ((size_t)64 << 20)

/* What has come: calls `each' for every event that is complete.  False if that
   said so, or an event is too large. */
bool events_take(struct events *, const char *bytes, size_t size,
    event_fn *each, void *context);
/* What is not complete is gone; the last id stays. */
void events_restart(struct events *);
void events_free(struct events *);

#endif
