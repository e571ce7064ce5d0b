/*
 * service.h - farmd as a service: it is up, what it does about once a minute,
 * and that it really gets on.  The main thread's.
 *
 * The watchdog is fed only after real progress: the main loop has come round,
 * the router's thread has since a moment ago, and collectors that wait for a
 * thread get one.  A process that only keeps its main loop turning is killed
 * and started again by the service manager.
 */
#ifndef HOST_SERVICE_H
#define HOST_SERVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "buffer.h"
#include "farm.h"

struct service {
	int64_t patience_ns; /* nothing may stand still for so long */
	int64_t feed_every_ns; /* 0: nobody watches */
	int64_t next_feed_mono_ns;
	int64_t next_status_mono_ns;
	/* The last time that runs ended, or that none waited for a thread. */
	uint64_t runs;
	int64_t runs_moved_mono_ns;
	bool stuck; /* and this was said */
};

/* What service_judge() looks at. */
struct service_signs {
	int64_t now_mono_ns;
	int64_t router_mono_ns; /* when its thread last came round */
	uint64_t runs;		/* of collectors, ended */
	int waiting;		/* jobs without a thread */
	int64_t longest_ns;	/* deadline of any collector */
};

/* The farm is up: says so. */
void service_begin(struct service *, struct farm *, int64_t now_mono_ns);
/* After each turn of the main loop; returns when to be called again. */
int64_t service_step(struct service *, struct farm *, int64_t now_mono_ns);

/* NULL if all gets on, else what stands still. */
const char *service_judge(struct service *, const struct service_signs *);
/* The line of `systemctl status'. */
void service_line(struct buffer *, struct farm *);

#endif
