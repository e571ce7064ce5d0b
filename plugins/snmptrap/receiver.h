/*
 * receiver.h - from a message to what is made of it, and to the answer that the
 * sender is owed.  Knows no sockets.
 */
#ifndef SNMPTRAP_RECEIVER_H
#define SNMPTRAP_RECEIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <farm/module.h>

#include "buffer.h"
#include "credential.h"
#include "engine.h"
#include "networks.h"
#include "outcome.h"
#include "rules.h"
#include "sources.h"
#include "tally.h"

/* Configured by its owner; begins zeroed. */
struct receiver {
	struct credentials credentials;
	bool any_community;
	struct networks allowed; /* none: all */
	struct networks forwarders;
	struct networks nodes;
	const char *cluster;
	struct objects *objects;
	struct rules rules;
	struct engine *engine;
	struct sources sources;
	struct tallies tallies;

	struct outcomes outcomes;
	struct error refusal; /* the last, with its address; "" at first */
	bool failed; /* something was explained by farm_fail() */
	struct bucket reports;
	struct buffer json;
	struct buffer text;
	uint8_t answer[MESSAGE_MAX];
};

/* Once all that is configured is there.  0, or -1 if memory is out. */
int receiver_init(struct receiver *, size_t sources_max);
void receiver_free(struct receiver *); /* also one half made */

/*
 * One message.  Returns the size of the answer to be sent back, 0 if there is
 * none; *ret holds until the next message.
 */
size_t receiver_take(struct receiver *, struct farm_host *,
    const struct place *from, const void *message, size_t size,
    int64_t mono_ns, const uint8_t **ret);

/* The counters of traps and sources: those that changed, or all. */
void receiver_emit(struct receiver *, struct farm_host *, bool all);

#endif
