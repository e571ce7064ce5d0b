/*
 * subscribe_mode.h - which values of a series a subscriber is told: all, those
 * that are news by some rule, or what becomes of them over a while.
 */
#ifndef HOST_SUBSCRIBE_MODE_H
#define HOST_SUBSCRIBE_MODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <farm/result.h>

#include "access.h"
#include "buffer.h"
#include "crossing.h"
#include "differ.h"
#include "error.h"

enum mode {
	MODE_ALL,
	MODE_ON_CHANGE,
	MODE_CROSSING,
	MODE_DELTA,
	MODE_LATEST,  /* the last one, now and then */
	MODE_SUMMARY, /* averages over slots of time */
};

struct mode_rule {
	enum mode mode;
	struct differ_rule differ;
	struct crossing_rule crossing;
	int64_t every_ns; /* of latest and summary */
	int64_t rest_ns;  /* values of a series come no closer; 0: no matter */
};

/* The argument of this name; NULL if it is not there. */
typedef const char *mode_argument_fn(void *context, const char *name);
/* On failure *place is the argument that is wrong. */
int mode_parse(struct mode_rule *, mode_argument_fn *, void *context,
    const char **place, struct error *);

/* Everything about it, such that those of the same text are the same. */
void mode_print(const struct mode_rule *, struct buffer *);
const char *mode_word(enum mode);
/* What one must be allowed for it. */
enum access_mode mode_access(enum mode);
/* Does it remember something of each series?  Then each subscriber needs
   memory of his own. */
bool mode_remembers(const struct mode_rule *);

/* Of one series; starts zeroed. */
struct mode_state {
	int64_t told_ns; /* time of the last one, with rest_ns */
	union {
		struct differ differ;
		struct crossing crossing;
	};
	bool told;
};

/* Is this value told?  Of latest and summary too: the rest is the view's. */
bool mode_take(const struct mode_rule *, struct mode_state *, int64_t time_ns,
    const struct farm_value *);

#endif
