/*
 * format.h - what programs say, as values.
 */
#ifndef EXEC_FORMAT_H
#define EXEC_FORMAT_H

#include <farm/module.h>

#include "slice.h"
#include "value_sink.h"

enum format {
	FORMAT_VALUES,
	FORMAT_JSON,
	FORMAT_INFLUX,
	FORMAT_GRAPHITE,
	FORMAT_ULM,
	FORMAT_PERFDATA,
	FORMAT_MONALISA,
	FORMAT_PROMETHEUS,
};
/* In the same order. */
#define FORMAT_CHOICES "values|json|influx|graphite|ulm|perfdata|monalisa|prometheus"

/* Everything that can be read is emitted; the rest is counted. */
void format_read(enum format, struct sink *, struct slice output);

#endif
