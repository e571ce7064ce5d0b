/* event_read.h - the payload of a FARM_EVENT as a notification of collectd's:
   event.h the other way, and any other event as good as it can be. */
#ifndef COLLECTD_EVENT_READ_H
#define COLLECTD_EVENT_READ_H

#include <stddef.h>

#include "abi.h"
#include "error.h"

/*
 * Fill it; what is attached is to be freed by plugin_notification_meta_free().
 * A text that is longer than collectd's 255 bytes ends in "...".  -1 with the
 * reason if it is no object, or a name is longer than collectd's.
 */
int event_read(const void *json, size_t size, int64_t time_ns,
    notification_t *ret, struct error *);

#endif
