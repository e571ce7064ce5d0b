#include "event.h"

#include <string.h>

const char *
event_severity(int severity)
{
	return severity == NOTIF_FAILURE   ? "failure"
	       : severity == NOTIF_WARNING ? "warning"
					   : "okay";
}

static void
put_member(struct buffer *b, const char *key, const char *value)
{
	if (value[0] == '\0')
		return;
	buffer_printf(b, ",\"%s\":", key);
	buffer_json_text(b, value);
}

static void
put_meta_value(struct buffer *b, const notification_meta_t *m)
{
	struct farm_value v;

	switch (m->type) {
	case NM_TYPE_STRING:
		buffer_json_text(b, m->nm_value.nm_string);
		return;
	case NM_TYPE_SIGNED_INT:
		v = farm_int64(m->nm_value.nm_signed_int);
		break;
	case NM_TYPE_UNSIGNED_INT:
		v = farm_uint64(m->nm_value.nm_unsigned_int);
		break;
	case NM_TYPE_DOUBLE:
		v = farm_double(m->nm_value.nm_double);
		break;
	default:
		v = farm_boolean(m->nm_value.nm_boolean);
	}
	buffer_json_value(b, &v);
}

void
event_meta_json(struct buffer *b, const notification_meta_t *m)
{
	const char *between = "";

	buffer_putc(b, '{');
	for (; m != NULL; m = m->next) {
		buffer_puts(b, between);
		buffer_json_text(b, m->name);
		buffer_putc(b, ':');
		put_meta_value(b, m);
		between = ",";
	}
	buffer_putc(b, '}');
}

/* The same name that a value of this identifier has, without a source. */
static void
put_parameter(struct buffer *b, const struct map *map, const notification_t *n)
{
	struct buffer name = BUFFER_INIT;
	data_set_t none = { .ds_num = 1 };
	value_list_t like = VALUE_LIST_INIT;

	if (n->plugin[0] == '\0' || n->type[0] == '\0')
		return;
	sstrncpy(like.plugin, n->plugin, sizeof(like.plugin));
	sstrncpy(like.plugin_instance, n->plugin_instance,
	    sizeof(like.plugin_instance));
	sstrncpy(like.type, n->type, sizeof(like.type));
	sstrncpy(
	    like.type_instance, n->type_instance, sizeof(like.type_instance));
	map_parameter(&name, map->names, &none, &like, 0);
	put_member(b, "parameter", buffer_text(&name));
	buffer_free(&name);
}

void
event_json(struct buffer *b, const struct map *map, const notification_t *n)
{
	const char *host = n->host[0] != '\0' ? n->host : hostname_g;
	const char *node = map_node(map, host);

	buffer_puts(b, "{\"event\":\"notification\"");
	put_member(b, "text", n->message);
	put_member(b, "cluster", map->cluster);
	put_member(b, "node", node);
	if (strcmp(node, host) != 0)
		put_member(b, "host", host);
	put_parameter(b, map, n);
	put_member(b, "severity", event_severity(n->severity));
	put_member(b, "plugin", n->plugin);
	put_member(b, "plugin_instance", n->plugin_instance);
	put_member(b, "type", n->type);
	put_member(b, "type_instance", n->type_instance);
	if (n->meta != NULL) {
		buffer_puts(b, ",\"meta\":");
		event_meta_json(b, n->meta);
	}
	buffer_putc(b, '}');
}
