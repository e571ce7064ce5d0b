/* event.h - a notification of collectd's as the payload of a FARM_EVENT. */
#ifndef COLLECTD_EVENT_H
#define COLLECTD_EVENT_H

#include "map.h"

/*
 * {"event":"notification","text":..,"cluster":..,"node":..,"parameter":..,
 *  "severity":"failure"|"warning"|"okay","plugin":..,...,"meta":{..}}; what
 * is empty is left out.
 */
void event_json(struct buffer *, const struct map *, const notification_t *);
/* What is attached to it: {}. */
void event_meta_json(struct buffer *, const notification_meta_t *);
const char *event_severity(int severity);

#endif
