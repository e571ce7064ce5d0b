#include "row.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "series.h"
#include "utf8.h"
#include "words.h"

/* A bare number would be seconds or ago, and that can mean anything here. */
int
row_get_time(struct row *row, const char *text, struct error *err)
{
	if (strchr(text, 'T') == NULL ||
	    time_parse(text, 0, &row->time_ns, NULL) < 0)
		return error_set(err,
		    "the time is \"%s\"; it must be as in "
		    "2026-01-31T10:00:00.5Z",
		    text);
	return 0;
}

int
row_get_kind(struct row *row, const char *word, struct error *err)
{
	int kind = word[0] == '\0' ? FARM_GAUGE : kind_of_word(word);

	if (kind < 0)
		return error_set(err,
		    "the kind is \"%s\"; it must be gauge, counter32, "
		    "counter64 or state",
		    word);
	row->series.kind = (uint32_t)kind;
	return 0;
}

/* strtod() and its like also take blanks before, and strtoull() a minus. */
static bool
begins_well(const char *text, bool sign)
{
	return text[0] != '\0' && !isspace((unsigned char)text[0]) &&
	       (sign || text[0] != '-');
}

static int
get_number(struct row *row, int type, const char *text)
{
	char *end = (char *)text;

	errno = 0;
	if (!begins_well(text, type != FARM_UINT64))
		return -1;
	switch (type) {
	case FARM_DOUBLE:
		row->value = farm_double(strtod(text, &end));
		/* The smallest ones are no error. */
		errno = isinf(row->value.number) ? errno : 0;
		break;
	case FARM_INT64:
		row->value = farm_int64(strtoll(text, &end, 10));
		break;
	case FARM_UINT64:
		row->value = farm_uint64(strtoull(text, &end, 10));
		break;
	}
	return errno == 0 && *end == '\0' ? 0 : -1;
}

static int
get_boolean(struct row *row, const char *text)
{
	row->value = farm_boolean(strcmp(text, "true") == 0);
	return row->value.boolean || strcmp(text, "false") == 0 ? 0 : -1;
}

int
row_get_value(struct row *row, const char *type, const char *text,
    size_t length, struct error *err)
{
	int number = type_of_word(type);
	int rc;

	if (number <= FARM_NONE)
		return error_set(err,
		    "the type is \"%s\"; it must be double, int64, uint64, "
		    "boolean or text",
		    type);
	if (number == FARM_TEXT) {
		row->value = farm_text(text, length);
		if (row->value.type == FARM_NONE)
			return error_set(err,
			    "a text of %zu bytes; %d are the most", length,
			    FARM_TEXT_MAX);
		return 0;
	}
	rc = strlen(text) != length   ? -1
	     : number == FARM_BOOLEAN ? get_boolean(row, text)
				      : get_number(row, number, text);
	if (rc < 0)
		return error_set(err, "\"%s\" is no %s", text, type);
	return 0;
}

/* --- JSON --- */

/* A real that is one of the integers that it holds exactly. */
static int
get_integer(struct row *row, int type, double real)
{
	if (real != trunc(real) || fabs(real) > 9007199254740992.0 ||
	    (type == FARM_UINT64 && real < 0))
		return -1;
	row->value = type == FARM_INT64 ? farm_int64((int64_t)real)
					: farm_uint64((uint64_t)real);
	return 0;
}

int
row_get_json(
    struct row *row, const char *type, const json_t *value, struct error *err)
{
	int number = type_of_word(type);

	if (json_is_string(value))
		return row_get_value(row, type, json_string_value(value),
		    json_string_length(value), err);
	if (json_is_boolean(value) && number == FARM_BOOLEAN) {
		row->value = farm_boolean(json_is_true(value));
		return 0;
	}
	if (json_is_real(value) && number == FARM_DOUBLE) {
		row->value = farm_double(json_real_value(value));
		return 0;
	}
	if (json_is_real(value) &&
	    (number == FARM_INT64 || number == FARM_UINT64) &&
	    get_integer(row, number, json_real_value(value)) == 0)
		return 0;
	return error_set(err, "the value is no %s", type);
}

int
row_get_labels(struct row *row, struct arena *arena, const json_t *labels,
    struct error *err)
{
	struct farm_label *list;
	const char *name;
	json_t *value;

	row->series.labels = NULL;
	row->series.n_labels = 0;
	if (labels == NULL || json_is_null(labels))
		return 0;
	if (!json_is_object(labels) ||
	    json_object_size(labels) > FARM_LABELS_MAX)
		return error_set(err,
		    "labels must be an object of at most %d strings",
		    FARM_LABELS_MAX);
	list = arena_array(arena, FARM_LABELS_MAX, sizeof(*list));
	if (list == NULL)
		return error_set(err, "out of memory");
	json_object_foreach ((json_t *)labels, name, value) {
		struct farm_label *l = &list[row->series.n_labels++];

		if (!json_is_string(value))
			return error_set(err, "label %s is no string", name);
		l->name = arena_strdup(arena, name);
		l->value = arena_strdup(arena, json_string_value(value));
		if (l->name == NULL || l->value == NULL)
			return error_set(err, "out of memory");
	}
	row->series.labels = list;
	return 0;
}

/* --- whole --- */

int
row_refuse_average(struct error *err)
{
	return error_set(err, "an average; only values can be imported");
}

static bool
is_utf8(const char *text, size_t length)
{
	size_t n;

	for (; length > 0; text += n, length -= n) {
		n = utf8_character(text, length);
		if (n == 0)
			return false;
	}
	return true;
}

int
row_check(const struct row *row, struct error *err)
{
	const struct farm_series *s = &row->series;

	if (s->farm == NULL || s->cluster == NULL || s->node == NULL ||
	    s->parameter == NULL)
		return error_set(
		    err, "farm, cluster, node and parameter are needed");
	if (series_check(s, err) < 0)
		return -1;
	if (row->value.type == FARM_NONE)
		return error_set(err, "there is no value");
	if (row->value.type == FARM_TEXT &&
	    !is_utf8(row->value.text, row->value.length))
		return error_set(err, "the text is not UTF-8");
	return 0;
}
