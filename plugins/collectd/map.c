#include "map.h"

#include <string.h>
#include <strings.h>

const char *
map_node(const struct map *m, const char *host)
{
	size_t i;

	for (i = 0; i < m->hosts.n; i++)
		if (strcasecmp(m->hosts.pairs[i].key, host) == 0)
			return m->hosts.pairs[i].value;
	if (m->node[0] != '\0' && strcmp(host, hostname_g) == 0)
		return m->node;
	return host;
}

static void
put_instance(struct buffer *b, const char *instance)
{
	if (instance[0] != '\0')
		buffer_printf(b, "-%s", instance);
}

void
map_parameter(struct buffer *b, enum options_names names, const data_set_t *ds,
    const value_list_t *list, size_t source)
{
	bool repeats = names == NAMES_SHORT &&
		       strcmp(list->plugin, list->type) == 0;

	buffer_puts(b, list->plugin);
	put_instance(b, list->plugin_instance);
	if (!repeats) {
		buffer_printf(b, "/%s", list->type);
		put_instance(b, list->type_instance);
	} else if (list->type_instance[0] != '\0') {
		buffer_printf(b, "/%s", list->type_instance);
	}
	if (ds->ds_num > 1)
		buffer_printf(b, "/%s", ds->ds[source].name);
}

uint32_t
map_labels(struct farm_label labels[MAP_LABELS_MAX], const char *node,
    const value_list_t *list)
{
	const struct farm_label all[MAP_LABELS_MAX] = {
		{ MAP_HOST, strcmp(node, list->host) == 0 ? "" : list->host },
		{ MAP_PLUGIN, list->plugin },
		{ MAP_PLUGIN_INSTANCE, list->plugin_instance },
		{ MAP_TYPE, list->type },
		{ MAP_TYPE_INSTANCE, list->type_instance },
	};
	uint32_t i, n = 0;

	for (i = 0; i < MAP_LABELS_MAX; i++)
		if (all[i].value[0] != '\0')
			labels[n++] = all[i];
	return n;
}

enum farm_kind
map_kind(int ds_type)
{
	return ds_type == DS_TYPE_DERIVE || ds_type == DS_TYPE_COUNTER
		   ? FARM_COUNTER64
		   : FARM_GAUGE;
}

bool
map_value(int ds_type, value_t v, struct farm_value *ret)
{
	switch (ds_type) {
	case DS_TYPE_GAUGE:
		*ret = farm_double(v.gauge);
		return !isnan(v.gauge);
	case DS_TYPE_DERIVE:
		*ret = farm_int64(v.derive);
		return true;
	case DS_TYPE_COUNTER:
		*ret = farm_uint64(v.counter);
		return true;
	default:
		*ret = farm_uint64(v.absolute);
		return true;
	}
}
