#include "conf_writers.h"

#include <strings.h>

static const char *const only_write[] = { "csv", "rrdcached", "rrdtool",
	"write_graphite", "write_http", "write_influxdb_udp", "write_kafka",
	"write_log", "write_mongodb", "write_prometheus", "write_redis",
	"write_riemann", "write_sensu", "write_stackdriver", "write_syslog",
	"write_tsdb" };

bool
conf_only_writes(const char *plugin)
{
	size_t i;

	for (i = 0; i < sizeof(only_write) / sizeof(only_write[0]); i++)
		if (strcasecmp(only_write[i], plugin) == 0)
			return true;
	return false;
}

bool
conf_has_chains(const oconfig_item_t *root)
{
	int i;

	for (i = 0; i < root->children_num; i++)
		if (strcasecmp(root->children[i].key, "Chain") == 0)
			return true;
	return false;
}

const char *
conf_loads(const oconfig_item_t *item, bool automatic)
{
	if (strcasecmp(item->key, "LoadPlugin") != 0 &&
	    (!automatic || strcasecmp(item->key, "Plugin") != 0))
		return NULL;
	return item->values_num > 0 &&
		       item->values[0].type == OCONFIG_TYPE_STRING
		   ? item->values[0].value.string
		   : NULL;
}

bool
conf_loads_all(const oconfig_item_t *root)
{
	const oconfig_item_t *o;
	bool automatic = false;
	int i;

	for (i = 0; i < root->children_num; i++) {
		o = &root->children[i];
		if (strcasecmp(o->key, "AutoLoadPlugin") == 0 &&
		    o->values_num == 1 &&
		    o->values[0].type == OCONFIG_TYPE_BOOLEAN)
			automatic = o->values[0].value.boolean != 0;
	}
	return automatic;
}
