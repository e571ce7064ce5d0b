/*
 * counting.h - a host for what one module costs: it gives handles, counts what
 * is emitted and done, and keeps nothing.  A bench that has to know more puts
 * functions of its own into `ops' before it opens the module.
 */
#ifndef BENCH_COUNTING_H
#define BENCH_COUNTING_H

#include <stddef.h>
#include <stdint.h>

#include <farm/module.h>

struct counting {
	struct farm_host host; /* first */
	struct farm_host_ops ops;
	int wake_fd;
	uint32_t n_series;
	int64_t deadline_ns; /* of every target; INT64_MAX */
	size_t values;
	size_t done;
	size_t failed; /* of them; the first is said */
};

/* It may not be moved from here on. */
void counting_init(struct counting *);
void counting_close(struct counting *);

/* Targets 127.1.0.1 and on, without .0 and those above .250; for ever. */
struct farm_target **counting_targets(size_t n, size_t state_size);

#endif
