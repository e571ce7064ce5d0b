#include "output_json.h"

#include <pthread.h>
#include <stdlib.h>

#include "event.h"

struct output_json {
	struct output base; /* first */
	FILE *to;
	const struct map *map;
	int verbose;
	pthread_mutex_t lock;
};

static void
write_line(struct output_json *o, struct buffer *line)
{
	buffer_putc(line, '\n');
	if (!buffer_failed(line)) {
		pthread_mutex_lock(&o->lock);
		(void)fwrite(line->data, 1, line->size, o->to);
		(void)fflush(o->to);
		pthread_mutex_unlock(&o->lock);
	}
	buffer_free(line);
}

static void
put_parameters(struct buffer *b, const struct map *map, const data_set_t *ds,
    const value_list_t *list)
{
	struct buffer name = BUFFER_INIT;
	struct farm_value v;
	size_t i;

	for (i = 0; i < ds->ds_num; i++) {
		buffer_clear(&name);
		map_parameter(&name, map->names, ds, list, i);
		buffer_puts(b, i > 0 ? "," : "");
		buffer_json_text(b, buffer_text(&name));
		buffer_putc(b, ':');
		if (map_value(ds->ds[i].type, list->values[i], &v))
			buffer_json_value(b, &v);
		else
			buffer_puts(b, "null");
	}
	buffer_free(&name);
}

static int
take_values(struct output *base, const data_set_t *ds, const value_list_t *list)
{
	struct output_json *o = (struct output_json *)base;
	char identifier[6 * DATA_MAX_NAME_LEN];
	struct buffer b = BUFFER_INIT;

	if (FORMAT_VL(identifier, sizeof(identifier), list) != 0)
		return -1;
	buffer_puts(&b, "{\"identifier\":");
	buffer_json_text(&b, identifier);
	buffer_printf(&b, ",\"time\":%.3f,\"interval\":%.3f,\"node\":",
	    CDTIME_T_TO_DOUBLE(list->time), CDTIME_T_TO_DOUBLE(list->interval));
	buffer_json_text(&b, map_node(o->map, list->host));
	buffer_puts(&b, ",\"parameters\":{");
	put_parameters(&b, o->map, ds, list);
	buffer_puts(&b, "}}");
	write_line(o, &b);
	return 0;
}

static void
flush(struct output *base)
{
	(void)base; /* each line is flushed */
}

static void
take_notification(struct output *base, const notification_t *n)
{
	struct output_json *o = (struct output_json *)base;
	struct buffer b = BUFFER_INIT;

	buffer_puts(&b, "{\"notification\":");
	event_json(&b, o->map, n);
	buffer_putc(&b, '}');
	write_line(o, &b);
}

static void
take_line(
    struct output *base, int severity, const char *plugin, const char *text)
{
	const struct output_json *o = (struct output_json *)base;

	(void)plugin;
	if (severity <= o->verbose)
		(void)fprintf(stderr, "%s\n", text);
}

static void
take_failure(struct output *base, const char *plugin, const char *text)
{
	(void)base, (void)plugin, (void)text; /* the log has it */
}

struct output *
output_json_new(FILE *to, const struct map *map, int verbose)
{
	struct output_json *o = calloc(1, sizeof(*o));

	if (o == NULL)
		return NULL;
	o->base = (struct output){ take_values, flush, take_notification,
		take_line, take_failure };
	o->to = to;
	o->map = map;
	o->verbose = verbose;
	pthread_mutex_init(&o->lock, NULL);
	return &o->base;
}
