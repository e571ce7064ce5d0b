/*
 * subscribe.h - those who want to be told: history first, then what comes,
 * until they go or cannot keep up.
 *
 * A subscription is one more reader of positions.  The hub, a thread of its
 * own, reads each frame that the writers get and decodes it once; what of it a
 * question wants is put into words once, however many ask the same; each
 * subscriber has these bytes in an outbox of his own, bounded.  Nothing of this
 * runs, and no frame is read, while nobody subscribes.
 */
#ifndef HOST_SUBSCRIBE_H
#define HOST_SUBSCRIBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <farm/predicate.h>

#include "arena.h"
#include "buffer.h"
#include "error.h"
#include "outbox.h"
#include "subscribe_form.h"
#include "subscribe_mode.h"

struct access_who;
struct farm;
struct hub;
struct matcher;
struct subscription;

struct hub *hub_new(struct farm *); /* NULL if memory is out */
/* Every subscription ends, and there are no new ones.  While the farm still
   runs. */
void hub_stop(struct hub *);
void hub_free(struct hub *); /* stopped; NULL is fine */

struct subscription_order {
	struct arena *arena; /* of all it points to */
	const struct farm_predicate *predicates;
	size_t n;
	struct matcher *matcher; /* of all of them */
	const char *text;	 /* the predicates, for people */
	const char *who;
	struct access_who *access; /* what that one may */
	bool trusted;
	/* What was before: values from these times on, one for each predicate;
	   NULL: none. */
	const int64_t *from_ns;
	bool follow;	/* go on with what comes */
	int64_t now_ns; /* if not, the history ends here */
	bool resume;	/* everything behind this position */
	uint64_t after;
	bool past; /* may it have what was before it came, from the journal? */
	struct mode_rule mode;
	enum format format;
	int64_t lease_ns; /* 0: as long as it is connected */
};

/*
 * On success arena, matcher and access are the subscription's, which is counted once
 * for the consumer of its outbox and once for subscription_feed().  -1: too
 * many there are, or the farm ends, or memory is out.
 */
int hub_subscribe(struct hub *, const struct subscription_order *,
    struct subscription **ret, struct error *);
/* What was before, and then join the live ones.  Blocks, as long as the
   consumer takes something now and then; gives its count back. */
void subscription_feed(struct subscription *);
struct outbox *subscription_outbox(struct subscription *);
/* The consumer goes, and gives its count back. */
void subscription_close(struct subscription *);

/* {"subscriptions":[..]}; `all': with who. */
void hub_json(struct hub *, bool all, struct buffer *);
/* False if there is none of this number; renewing one without a lease changes
   nothing. */
bool hub_renew(struct hub *, uint64_t id);
bool hub_cancel(struct hub *, uint64_t id);

#endif
