/*
 * map.h - collectd's identifiers as names of farmd, and its values as farmd's.
 *
 *   HOST/PLUGIN[-INSTANCE]/TYPE[-INSTANCE], data source
 *
 * The node is HOST; where that is this machine, the configured one.  The
 * parameter is PLUGIN[-INSTANCE]/TYPE[-INSTANCE], and /SOURCE behind it if the
 * type has several.  With short names a TYPE that repeats PLUGIN is left out:
 * cpu-0/user, load/shortterm, uptime.
 */
#ifndef COLLECTD_MAP_H
#define COLLECTD_MAP_H

#include "abi.h"
#include "buffer.h"
#include "options.h"

struct map {
	const char *farm;
	const char *cluster;
	const char *node; /* of this machine; "": as collectd calls it */
	struct farm_map hosts;
	enum options_names names;
};

const char *map_node(const struct map *, const char *host);
void map_parameter(struct buffer *, enum options_names, const data_set_t *,
    const value_list_t *, size_t source);
/*
 * What names alone would not give back: the fields of the identifier, those
 * that are not empty, and the host where the node has another name.  Borrowed
 * from the list; returns how many.
 */
#define MAP_LABELS_MAX 5
#define MAP_HOST "host"
#define MAP_PLUGIN "plugin"
#define MAP_PLUGIN_INSTANCE "plugin_instance"
#define MAP_TYPE "type"
#define MAP_TYPE_INSTANCE "type_instance"
uint32_t map_labels(struct farm_label[MAP_LABELS_MAX], const char *node,
    const value_list_t *);
/*
 * GAUGE and ABSOLUTE (what came since the last time) are gauges; DERIVE,
 * signed, and COUNTER are counters.
 */
enum farm_kind map_kind(int ds_type);
/* False if it is none: NaN. */
bool map_value(int ds_type, value_t, struct farm_value *ret);

#endif
