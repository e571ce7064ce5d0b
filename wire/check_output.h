/*
 * check_output.h - what a Nagios check says, as values: `output' is its first
 * line, `long_output' the others, each label of its performance data a value
 * whose labels warn, crit, min and max are those of the check.
 */
#ifndef WIRE_CHECK_OUTPUT_H
#define WIRE_CHECK_OUTPUT_H

#include "slice.h"
#include "value_sink.h"

void check_output_read(struct sink *, struct slice output);

#endif
