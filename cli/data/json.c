/* JSON, an object per line: a file of any size can be read line by line. */
#include "format.h"

#include <inttypes.h>
#include <string.h>

#include "json_lines.h"

static void
put_average(struct buffer *out, const struct row_average *a)
{
	const struct farm_value numbers[] = { farm_double(a->min),
		farm_double(a->max), farm_double(a->last) };
	static const char *const names[] = { "min", "max", "last" };

	buffer_printf(out, ",\"step_ns\":%" PRId64 ",\"count\":%" PRIu64,
	    a->step_ns, a->count);
	for (size_t i = 0; i < 3; i++) {
		buffer_printf(out, ",\"%s\":", names[i]);
		buffer_json_value(out, &numbers[i]);
	}
	buffer_printf(out, ",\"held_ns\":%" PRId64, a->held_ns);
}

static int
put(struct buffer *out, const struct row *row, struct error *err)
{
	(void)err;
	buffer_putc(out, '{');
	json_put_value(out, &row->series, row->time_ns, &row->value);
	if (row->average.step_ns != 0)
		put_average(out, &row->average);
	buffer_puts(out, "}\n");
	return 0;
}

/* A string that stays when the object goes; NULL if there is none. */
static const char *
text_of(struct parsing *p, const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);
	const char *text = json_string_value(value);

	if (text == NULL || strlen(text) != json_string_length(value))
		return NULL;
	return arena_strdup(p->arena, text);
}

static const char *
or_empty(const char *text)
{
	return text != NULL ? text : "";
}

static int
take_value(
    struct parsing *p, const json_t *object, struct row *row, struct error *err)
{
	const char *type = or_empty(text_of(p, object, "type"));

	if (row_get_json(row, type, json_object_get(object, "value"), err) < 0)
		return -1;
	if (row->value.type == FARM_TEXT) {
		row->value.text = arena_strndup(
		    p->arena, row->value.text, row->value.length);
		if (row->value.text == NULL)
			return error_set(err, "out of memory");
	}
	return 0;
}

static int
take_row(
    struct parsing *p, const json_t *object, struct row *row, struct error *err)
{
	if (!json_is_object(object))
		return error_set(err, "not an object");
	if (json_object_get(object, "step_ns") != NULL)
		return row_refuse_average(err);
	*row = (struct row){ .series = {
				 .farm = text_of(p, object, "farm"),
				 .cluster = text_of(p, object, "cluster"),
				 .node = text_of(p, object, "node"),
				 .parameter = text_of(p, object, "parameter"),
				 .unit = or_empty(text_of(p, object, "unit")),
			     } };
	if (row_get_kind(row, or_empty(text_of(p, object, "kind")), err) < 0 ||
	    row_get_time(row, or_empty(text_of(p, object, "time")), err) < 0 ||
	    row_get_labels(
		row, p->arena, json_object_get(object, "labels"), err) < 0)
		return -1;
	return take_value(p, object, row, err);
}

static bool
is_blank(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (strchr(" \t\r", text[i]) == NULL || text[i] == '\0')
			return false;
	}
	return true;
}

static enum piece
get(struct parsing *p, const char *text, size_t size, bool last,
    size_t *ret_used, struct row *ret, struct error *err)
{
	const char *end = memchr(text, '\n', size);
	size_t length = end == NULL ? size : (size_t)(end - text);
	json_error_t why;
	json_t *object;
	int rc;

	if (end == NULL && !last)
		return PIECE_MORE;
	*ret_used = length + (end != NULL);
	if (is_blank(text, length))
		return PIECE_NOTHING;
	object = json_loadb(text, length, ROW_JSON, &why);
	if (object == NULL) {
		error_set(err, "no JSON: %s", why.text);
		return PIECE_BAD;
	}
	rc = take_row(p, object, ret, err);
	json_decref(object);
	return rc < 0 ? PIECE_BAD : PIECE_ROW;
}

const struct text_format json_format = {
	.name = "json",
	.put = put,
	.get = get,
};
