/*
 * prometheus_values.h - what an exporter says, as values: `up{job="a"} 1' is
 * `up_a'.  The values of labels become part of the name, but for those that
 * the rules say; all labels are the series'.  The unit is what UNIT says, else
 * that of a last word such as _bytes or _seconds_total.
 */
#ifndef WIRE_PROMETHEUS_VALUES_H
#define WIRE_PROMETHEUS_VALUES_H

#include "prometheus_text.h"
#include "tagged.h"

/*
 * All samples of a text that begins as `t' does: `rest', and `open' if it is
 * OpenMetrics.  What cannot be read is the sink's to tell; an OpenMetrics text
 * that does not end in "# EOF" broke off, which is told too.
 */
void prometheus_values_read(struct sink *, struct prometheus_text *t,
    const struct tag_rules *);

#endif
