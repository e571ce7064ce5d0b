/*
 * format.h - what programs say, as values.
 */
#ifndef EXEC_FORMAT_H
#define EXEC_FORMAT_H

#include <farm/module.h>

#include "slice.h"
#include "table.h"
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
	FORMAT_PUTVAL,
	FORMAT_CSV,
};
/* In the same order. */
#define FORMAT_CHOICES                                                         \
	"values|json|influx|graphite|ulm|perfdata|monalisa|prometheus|putval|" \
	"csv"

/* What is remembered from one piece of output to the next. */
struct format_memory {
	struct table table;
};
void format_memory_free(struct format_memory *); /* ready for use again */

/* Does each line stand for itself, so that they can come one by one? */
bool format_is_of_lines(enum format);
/* Everything that can be read is emitted; the rest is counted. */
void format_read(enum format, struct format_memory *, struct sink *,
    struct slice output);

#endif
