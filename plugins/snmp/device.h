/*
 * device.h - one device through a poll: its address, its credential, its
 * profile, its values; and all of them at once.
 */
#ifndef SNMP_DEVICE_H
#define SNMP_DEVICE_H

#include <farm/module.h>

#include "exchange.h"
#include "profile.h"
#include "reader.h"
#include "resolve.h"
#include "roster.h"

/* Plans of an instance: with `auto', one for each set of profiles that some
   device has. */
struct variant {
	struct variant *next;
	uint64_t set;
	struct plan *plan;
	struct reading reading;
};

/* What the devices of an instance share. */
struct devices {
	struct exchange *exchange;
	struct resolver *resolver;
	struct roster *roster;
	struct profiles profiles;
	struct objects *objects; /* NULL: numbers only */
	struct variant *variants; /* the first: what is configured by name */
	bool identify;		  /* by their sysObjectID, what else */
	int (*fill)(struct devices *, struct plan *, struct problems *);
	struct plan_defaults defaults;
	int64_t resolve_ns;
	uint16_t port;
	int family;
	int tries; /* of a credential */
	struct device *first, *last; /* those in a poll, as they came */
	struct device *turn; /* it and those after it have not begun */
	size_t running;
	size_t naming; /* of them, waiting for an address */
	int64_t now_ns; /* of this turn of the loop */
};

enum step {
	STEP_IDLE = 0,
	STEP_NAMING, /* waits for its address */
	STEP_WAITING, /* for its turn: those under way are few at once */
	STEP_FINDING, /* is asked whether it is there, and opened by what */
	STEP_IDENTIFYING, /* is asked what it is */
	STEP_READING,
};

/* What is remembered of a target; zeroed at first. */
struct device {
	struct agent agent; /* first */
	struct farm_target *target;
	struct device *next, *previous; /* in a poll */
	struct roster_entry *entry;
	struct query *query;		/* under way; NULL: none */
	char *host;			/* to be resolved; NULL: numeric */
	struct variant *variant;	/* NULL: not identified */
	struct reader reader;
	int64_t named_ns;
	int64_t limit_ns; /* of this poll */
	int name_error;	  /* EAI_* */
	uint16_t port;
	uint8_t step; /* enum step */
	bool joined;
	bool failed; /* its last poll: it is only probed until it answers */
};

/* The plan of what is configured by name; -1 with problems. */
int devices_plan(struct devices *, struct problems *);
/* Is each profile good that some device may turn out to need?  0 or -1. */
int devices_try_profiles(struct devices *, struct problems *);
void devices_free(struct devices *);

/* Begin a poll, to be over by `limit_ns'. */
void device_begin(struct devices *, struct farm_host *, struct farm_target *,
    int64_t limit_ns);
/* Those whose turn it is: no more than can be asked at once, so that what is
   known of a device is needed, and used, in a short while. */
void devices_turn(struct devices *, struct farm_host *);
/* Addresses that came, answers that came, time that has passed. */
void devices_named(struct devices *, struct farm_host *);
void devices_answered(struct devices *, struct farm_host *);
void devices_late(struct devices *, struct farm_host *, int64_t now_ns);
/* When devices_late() has something to do; INT64_MAX: never. */
int64_t devices_due(const struct devices *);
/* End all polls, nothing more is said of them. */
void devices_stop(struct devices *, struct farm_host *);
/* The target goes away. */
void device_close(struct devices *, struct farm_host *, struct farm_target *);

#endif
