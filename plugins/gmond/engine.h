/*
 * engine.h - gmond's modules at work: loaded, asked in turn and cleaned up on
 * one thread, for they keep what they know in variables of their own.
 */
#ifndef GMOND_ENGINE_H
#define GMOND_ENGINE_H

#include "groups.h"
#include "options.h"

/* Where it all goes; called on the engine's thread. */
struct engine_output {
	void *cookie;
	void (*give)(void *cookie, int64_t time_ns,
	    const struct farm_value *rows, size_t n);
	void (*say)(void *cookie, const char *text);
};

struct engine_setup {
	const struct gmond_options *options;
	int64_t every_ns; /* of modules that no file says more of */
	struct naming_rules rules;
	struct series_table *table;
	struct engine_output output;
};

struct engine;

/*
 * Load and begin.  All that the setup points to must last as long as the
 * process, and so do the modules: what fails, or hangs, leaves traces that
 * only a new process is free of.  -1 with the reason, also if a module has not
 * come back from its init() within the limit.
 */
int engine_start(struct engine **ret, const struct engine_setup *,
    int64_t limit_ns, struct error *);
/* No more calls but to clean up; gives up waiting after the limit. */
void engine_stop(struct engine *, int64_t limit_ns);

#endif
