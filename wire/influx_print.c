#include "influx.h"

#include <math.h>

/* What a backslash is put before. */
#define IN_MEASUREMENT ", "
#define IN_NAME ",= "

static bool
is_in(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

/* Not empty, in one line, no backslash that would be read otherwise. */
static int
check_name(
    const char *what, struct slice s, const char *special, struct error *err)
{
	size_t i;

	if (s.length == 0)
		return error_set(err, "%s without a name", what);
	for (i = 0; i < s.length; i++)
		if ((unsigned char)s.text[i] < ' ' ||
		    (s.text[i] == '\\' &&
			(i + 1 == s.length || is_in(s.text[i + 1], special))))
			return error_set(err,
			    "%s \"%.*s\" cannot be said in line protocol", what,
			    (int)s.length, s.text);
	return 0;
}

static void
put_name(struct buffer *b, struct slice s, const char *special)
{
	size_t i, from = 0;

	for (i = 0; i < s.length; i++) {
		if (!is_in(s.text[i], special))
			continue;
		buffer_put(b, s.text + from, i - from);
		buffer_putc(b, '\\');
		from = i;
	}
	buffer_put(b, s.text + from, s.length - from);
}

int
influx_begin(struct influx_line *l, struct buffer *b, struct slice measurement,
    struct error *err)
{
	if (check_name("measurement", measurement, IN_MEASUREMENT, err) != 0)
		return -1;
	/* The line would be a comment. */
	if (measurement.text[0] == '#')
		return error_set(err,
		    "measurement \"%.*s\" cannot be said in line protocol",
		    (int)measurement.length, measurement.text);
	*l = (struct influx_line){ .buffer = b, .start = b->size };
	put_name(b, measurement, IN_MEASUREMENT);
	return 0;
}

int
influx_put_tag(struct influx_line *l, struct slice name, struct slice value,
    struct error *err)
{
	if (check_name("tag", name, IN_NAME, err) != 0)
		return -1;
	if (value.length == 0)
		return 0;
	if (check_name("tag value", value, IN_NAME, err) != 0)
		return -1;
	buffer_putc(l->buffer, ',');
	put_name(l->buffer, name, IN_NAME);
	buffer_putc(l->buffer, '=');
	put_name(l->buffer, value, IN_NAME);
	return 0;
}

static void
put_text(struct buffer *b, const struct farm_value *v)
{
	size_t i;

	buffer_putc(b, '"');
	for (i = 0; i < v->length; i++) {
		if (v->text[i] == '"' || v->text[i] == '\\')
			buffer_putc(b, '\\');
		buffer_putc(b, v->text[i]);
	}
	buffer_putc(b, '"');
}

int
influx_put_field(struct influx_line *l, struct slice name,
    const struct farm_value *v, struct error *err)
{
	if (check_name("field", name, IN_NAME, err) != 0)
		return -1;
	if (v->type == FARM_NONE ||
	    (v->type == FARM_DOUBLE && !isfinite(v->number)))
		return 0;
	buffer_putc(l->buffer, l->n_fields == 0 ? ' ' : ',');
	put_name(l->buffer, name, IN_NAME);
	buffer_putc(l->buffer, '=');
	if (v->type == FARM_TEXT)
		put_text(l->buffer, v);
	else
		buffer_value(l->buffer, v);
	if (v->type == FARM_INT64)
		buffer_putc(l->buffer, 'i');
	else if (v->type == FARM_UINT64)
		buffer_putc(l->buffer, 'u');
	l->n_fields++;
	return 0;
}

int
influx_end(struct influx_line *l, int64_t time_ns)
{
	if (l->n_fields == 0) {
		if (l->buffer->size > l->start) {
			l->buffer->size = l->start;
			l->buffer->data[l->start] = '\0';
		}
		return 0;
	}
	buffer_printf(l->buffer, " %lld\n", (long long)time_ns);
	return 1;
}
