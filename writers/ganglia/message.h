/*
 * message.h - what Ganglia is told of a series and its values.
 */
#ifndef GANGLIA_MESSAGE_H
#define GANGLIA_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <farm/result.h>

#include "buffer.h"
#include "error.h"
#include "gmond.h"

struct message_options {
	uint32_t tmax; /* s */
	uint32_t dmax; /* s; 0: never */
	bool strict;   /* nothing that Ganglia makes bad XML of */
};

/* Can it be said?  -1 with the reason, which names the series. */
int message_check(const struct message_options *, const struct farm_series *,
    const struct farm_value *, struct error *);

/*
 * The two messages of a series that can be said: what it is, and a value,
 * for which `room' is used.  The number of bytes; -1 if they do not fit.
 */
ssize_t message_metadata(const struct message_options *,
    const struct farm_series *, enum gmond_type, void *to, size_t size,
    struct error *);
ssize_t message_value(const struct farm_series *, const struct farm_value *,
    struct buffer *room, void *to, size_t size, struct error *);

#endif
