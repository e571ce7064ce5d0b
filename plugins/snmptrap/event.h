/*
 * event.h - what a trap becomes: an event with everything it says, and values
 * where a rule asks for some.
 */
#ifndef SNMPTRAP_EVENT_H
#define SNMPTRAP_EVENT_H

#include <farm/module.h>

#include "buffer.h"
#include "objects.h"
#include "tally.h"
#include "trap.h"
#include "usm.h"

struct event {
	const struct trap *trap;
	const struct tally *tally;
	const char *cluster;
	const char *node;
	const char *source; /* the address it came from */
	const char *agent;  /* that it was forwarded for; NULL: not */
	const char *user;   /* of v3; NULL */
	struct ber_bytes engine_id;
	int64_t time_ns;
};

/* The payload of a FARM_EVENT; `text' is room to work in. */
void event_json(struct buffer *, const struct event *, const struct objects *,
    struct buffer *text);

/* The values that the tally's rule asks for.  0 or -1, explained. */
int event_values(struct farm_host *, const struct event *,
    const struct objects *, struct buffer *text);

#endif
