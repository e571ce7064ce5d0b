/* plan.h - from an instance's options to a configuration of collectd's. */
#ifndef COLLECTD_PLAN_H
#define COLLECTD_PLAN_H

#include "arena.h"
#include "error.h"
#include "options_writer.h"

struct plan {
	struct collectd_options options;
	int64_t every_ns; /* 0: as collectd does */
	bool writer;
};

/* The options, with all they point to, go to the arena and must live as long
   as the process. */
int plan_read(struct plan *, const struct farm_tree *options,
    int64_t every_ns, struct arena *, struct error *);
/* Likewise of a writer; its interval is collectd's. */
int plan_read_writer(struct plan *, struct collectd_writer_options *ret,
    const struct farm_tree *options, struct arena *, struct error *);
/* Load and configure what they name.  -1 with the reason. */
int plan_configure(const struct plan *, struct error *);

#endif
