/*
 * uses.h - series that several targets of an instance may have: every gmond of
 * a cluster tells of all its hosts.  A handle is the instance's and is given
 * back once, by the last that uses it.
 */
#ifndef GANGLIA_USES_H
#define GANGLIA_USES_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include <farm/module.h>

struct uses {
	pthread_mutex_t lock;
	uint32_t *counts; /* by handle */
	size_t n;
};

void uses_init(struct uses *);
void uses_destroy(struct uses *);

/* Any thread.  0, said to the host, if there is no such series to be had. */
uint32_t uses_take(struct uses *, struct farm_host *, struct farm_target *,
    const struct farm_spec *);
void uses_give(struct uses *, struct farm_host *, uint32_t series);

#endif
