/*
 * call.h - one call into a module: the host side of struct farm_host.  Each
 * station has a struct that begins with a struct call, and a table of
 * functions made of these common ones and its own.
 */
#ifndef HOST_CALL_H
#define HOST_CALL_H

#include <stdbool.h>
#include <stdint.h>

#include <farm/module.h>

#include "buffer.h"
#include "error.h"

struct instance;

struct call {
	struct farm_host host; /* first: what the module sees */
	struct instance *instance;
	enum farm_purpose purpose;
	int64_t deadline_mono_ns; /* INT64_MAX: none */
	bool failed;
	struct error error;   /* the first failure's text */
	struct buffer *reply; /* of an action; NULL otherwise */
};

/* A call into `instance' with this table; INT64_MAX and FOR_WORK at first. */
void call_init(struct call *, const struct farm_host_ops *,
    struct instance *);

/*
 * The table in which every function is there: fail, log, now_ns, deadline_ns,
 * purpose, matches and reply work everywhere; the others fail with "... is not
 * available in this callback".  Stations copy it and replace theirs.
 */
extern const struct farm_host_ops call_ops;

#endif
