/* output_json.h - values and notifications as lines of JSON, the log to
   stderr: for trials and tests. */
#ifndef COLLECTD_OUTPUT_JSON_H
#define COLLECTD_OUTPUT_JSON_H

#include <stdio.h>

#include "map.h"
#include "output.h"

/*
 * {"identifier":..,"time":..,"interval":..,"node":..,
 *  "parameters":{NAME:VALUE,..}} or {"notification":{..}}.  To `to', which is
 * borrowed; lines of the log above `verbose' (of syslog.h) are left out.  NULL
 * if memory is out.
 */
struct output *output_json_new(FILE *to, const struct map *, int verbose);

#endif
