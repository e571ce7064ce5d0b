/*
 * ganglia_labels.h - what senders say about a metric beside its value (EXTRA_DATA:
 * TITLE, DESC, GROUP, ...), as labels of its series.
 */
#ifndef WIRE_GANGLIA_LABELS_H
#define WIRE_GANGLIA_LABELS_H

#include <stdbool.h>
#include <stdint.h>

#include <farm/module.h>

#include "slice.h"

/* Own copies. */
struct ganglia_labels {
	struct farm_label items[FARM_LABELS_MAX];
	uint32_t n;
};

/*
 * Set one, if it is among the wanted and can be a label; *labels is made with
 * the first.  True if that changes anything.
 */
bool ganglia_labels_set(struct ganglia_labels **labels,
    const struct farm_list *wanted, struct slice name, struct slice value);
void ganglia_labels_free(struct ganglia_labels *); /* NULL is fine */

#endif
