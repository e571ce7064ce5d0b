/* output.h - values and words of the engine on their way to farmd. */
#ifndef GMOND_OUTPUT_H
#define GMOND_OUTPUT_H

#include "engine.h"
#include "worker_child.h"

struct output {
	struct worker_child *child;
	uint32_t seat;
};

/* All of it may block while farmd does not read. */
struct engine_output output_to(struct output *);

#endif
