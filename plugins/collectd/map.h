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
 * GAUGE and ABSOLUTE (what came since the last time) are gauges; DERIVE,
 * signed, and COUNTER are counters.
 */
enum farm_kind map_kind(int ds_type);
/* False if it is none: NaN. */
bool map_value(int ds_type, value_t, struct farm_value *ret);

#endif
