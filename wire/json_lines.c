#include "json_lines.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>

#include "clock.h"
#include "words.h"

/* Seconds that int64 ns can say. */
#define SECONDS_MAX 9.2e9

/* A string without NUL; *ret is untouched if there is no such member. */
static int
get_text(const struct json_line *l, const char *key, const char **ret,
    struct error *err)
{
	const json_t *value = json_object_get(l->object, key);
	const char *text = json_string_value(value);

	if (value == NULL)
		return 0;
	if (text == NULL || strlen(text) != json_string_length(value))
		return error_set(err, "\"%s\" is no text", key);
	*ret = text;
	return 0;
}

static int
get_kind(struct json_line *l, struct error *err)
{
	const char *word = kind_word(FARM_GAUGE);
	int kind;

	if (get_text(l, "kind", &word, err) != 0)
		return -1;
	kind = kind_of_word(word);
	if (kind < 0)
		return error_set(err, "no kind \"%s\"", word);
	l->kind = (uint32_t)kind;
	return 0;
}

static int
get_time(struct json_line *l, struct error *err)
{
	const json_t *value = json_object_get(l->object, "time");
	double seconds;

	if (json_is_string(value))
		return time_parse(
		    json_string_value(value), 0, &l->time_ns, err);
	if (value == NULL || json_is_null(value))
		return 0;
	seconds = json_number_value(value);
	if (!json_is_number(value) || fabs(seconds) > SECONDS_MAX)
		return error_set(err, "\"time\" is none");
	l->time_ns = (int64_t)(seconds * NS_PER_S);
	return 0;
}

static int
get_labels(struct json_line *l, struct error *err)
{
	json_t *labels = json_object_get(l->object, "labels"), *value;
	const char *name;

	if (labels == NULL)
		return 0;
	if (!json_is_object(labels) ||
	    json_object_size(labels) > FARM_LABELS_MAX)
		return error_set(err, "\"labels\" is no object of at most %d",
		    FARM_LABELS_MAX);
	json_object_foreach (labels, name, value) {
		if (!json_is_string(value))
			return error_set(
			    err, "the label \"%s\" is no text", name);
		l->labels[l->n_labels++] = (struct farm_label){ name,
			json_string_value(value) };
	}
	return 0;
}

/* What JSON's numbers cannot say; -1 if it is neither. */
static int
number_of_text(const char *text, int type, struct farm_value *ret)
{
	char *end;

	errno = 0;
	if (type == FARM_INT64)
		*ret = farm_int64(strtoll(text, &end, 10));
	else if (type == FARM_UINT64)
		*ret = farm_uint64(strtoull(text, &end, 10));
	else if (type == FARM_DOUBLE && strpbrk(text, "nN") != NULL)
		return 0;
	else
		return -1;
	return end != text && *end == '\0' && errno == 0 ? 0 : -1;
}

static int
set_text(struct json_line *l, const json_t *value, struct error *err)
{
	l->value = farm_text(
	    json_string_value(value), json_string_length(value));
	if (l->value.type == FARM_TEXT)
		return 0;
	return error_set(err, "\"%s\": a text of more than %d bytes",
	    l->parameter, FARM_TEXT_MAX);
}

static int
get_value(struct json_line *l, struct error *err)
{
	const json_t *value = json_object_get(l->object, "value");
	const char *word = NULL;
	int type;

	if (get_text(l, "type", &word, err) != 0)
		return -1;
	type = word != NULL ? type_of_word(word) : FARM_NONE;
	if (json_is_null(value))
		return 0;
	if (json_is_boolean(value))
		l->value = farm_boolean(json_is_true(value));
	else if (json_is_real(value) ||
		 (json_is_integer(value) && type == FARM_DOUBLE))
		l->value = farm_double(json_number_value(value));
	else if (json_is_integer(value))
		l->value = farm_int64(json_integer_value(value));
	else if (!json_is_string(value))
		return error_set(err, "\"%s\" has no value", l->parameter);
	else if (type == FARM_NONE || type == FARM_TEXT)
		return set_text(l, value, err);
	else if (number_of_text(json_string_value(value), type, &l->value) != 0)
		return error_set(
		    err, "\"%s\": the value is no %s", l->parameter, word);
	return 0;
}

static int
get_line(struct json_line *l, struct error *err)
{
	if (!json_is_object((json_t *)l->object))
		return error_set(err, "a line is no object");
	if (get_text(l, "parameter", &l->parameter, err) != 0 ||
	    get_text(l, "cluster", &l->cluster, err) != 0 ||
	    get_text(l, "node", &l->node, err) != 0 ||
	    get_text(l, "unit", &l->unit, err) != 0)
		return -1;
	if (l->parameter == NULL)
		return error_set(err, "a line without \"parameter\"");
	return get_kind(l, err) != 0 || get_time(l, err) != 0 ||
		       get_labels(l, err) != 0 || get_value(l, err) != 0
		   ? -1
		   : 0;
}

static bool
is_empty(struct slice line)
{
	size_t i;

	for (i = 0; i < line.length; i++)
		if (line.text[i] == '\0' ||
		    strchr(" \t\r", line.text[i]) == NULL)
			return false;
	return true;
}

int
json_line_parse(struct slice *rest, struct json_line *ret, struct error *err)
{
	struct json_line l = { .unit = "" };
	json_error_t why;
	struct slice line;

	do {
		if (rest->length == 0)
			return 0;
		line = slice_cut(rest, '\n');
	} while (is_empty(line));
	l.object = json_loadb(
	    line.text, line.length, JSON_REJECT_DUPLICATES, &why);
	if (l.object == NULL)
		return error_set(err, "no JSON: %s", why.text);
	if (get_line(&l, err) != 0) {
		json_line_free(&l);
		return -1;
	}
	*ret = l;
	return 1;
}

void
json_line_free(struct json_line *l)
{
	json_decref(l->object);
}
