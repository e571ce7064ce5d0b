/*
 * options_writer.h - what a writer of module collectd is told, as options.h for
 * collectors.
 */
#ifndef COLLECTD_OPTIONS_WRITER_H
#define COLLECTD_OPTIONS_WRITER_H

#include "options.h"

struct collectd_writer_options {
	struct collectd_options common; /* those that a writer has, too */
	struct farm_list from;
	struct farm_map identifier;
	int64_t interval_ns;
	bool flush;
};

extern const struct farm_option collectd_writer_options[];

#endif
