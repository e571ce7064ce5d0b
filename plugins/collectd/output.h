/*
 * output.h - where what plugins give goes: to farmd, or to stdout.
 */
#ifndef COLLECTD_OUTPUT_H
#define COLLECTD_OUTPUT_H

#include "abi.h"

struct output {
	/* On the dispatch thread.  Nonzero: not taken; the reason was said. */
	int (*values)(struct output *, const data_set_t *,
	    const value_list_t *);
	/* No more values for now, or many: send what there is. */
	void (*flush)(struct output *);
	/* The rest on any thread. */
	void (*notification)(struct output *, const notification_t *);
	/* One of LOG_ERR to LOG_DEBUG; `plugin' is "" if it was none. */
	void (*log)(struct output *, int severity, const char *plugin,
	    const char *text);
	/* A read failed; the log has it, too, now and then. */
	void (*failed)(struct output *, const char *plugin, const char *text);
};

/* Set once, before anything else begins. */
extern struct output *output;

#endif
