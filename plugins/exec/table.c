#include "table.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "number.h"

/* How columns are configured, and what they are called where they are not. */
static const struct {
	const char *configured;
	const char *usual;
	enum column what;
} roles[] = {
	{ ":time", "time", COLUMN_TIME },
	{ ":cluster", "cluster", COLUMN_CLUSTER },
	{ ":node", "node", COLUMN_NODE },
	{ ":parameter", "parameter", COLUMN_NAME },
	{ ":value", "value", COLUMN_VALUE },
	{ ":unit", "unit", COLUMN_UNIT },
};
#define ROLES (sizeof(roles) / sizeof(roles[0]))

/* A column's number, from 1; 0 if it is a name. */
static size_t
number_of(const char *key)
{
	size_t n = strspn(key, "0123456789");

	return n > 0 && n < 4 && key[n] == '\0' ? strtoul(key, NULL, 10) : 0;
}

static bool
has_numbers(const struct farm_map *columns)
{
	return columns->n > 0 && number_of(columns->pairs[0].key) > 0;
}

int
table_check(const struct farm_map *columns, struct error *err)
{
	const struct farm_pair *p = columns->pairs;
	size_t i, k;

	for (i = 0; i < columns->n; i++, p++) {
		if ((number_of(p->key) > 0) != has_numbers(columns))
			return error_set(err,
			    "\"%s\": either all are numbers or all are names",
			    p->key);
		if (number_of(p->key) > CSV_FIELDS_MAX)
			return error_set(
			    err, "%s: %d are the most", p->key, CSV_FIELDS_MAX);
		for (k = 0; k < ROLES; k++)
			if (strcmp(p->value, roles[k].configured) == 0)
				break;
		if (p->value[0] == ':' && k == ROLES)
			return error_set(err,
			    "\"%s\": none of :time, :cluster, :node, "
			    ":parameter, :value, :unit",
			    p->value);
	}
	return 0;
}

void
table_free(struct table *t)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		free(t->names[i]);
	*t = (struct table){ .columns = t->columns };
}

/* --------------------------------------------------------- the columns -- */

static int
set_parameter(struct table *t, size_t i, const char *name)
{
	t->what[i] = COLUMN_PARAMETER;
	t->names[i] = strdup(name);
	return t->names[i] != NULL ? 0 : -1;
}

static int
set_configured(struct table *t, size_t i, const char *value)
{
	size_t k;

	if (value[0] != ':')
		return set_parameter(t, i, value);
	for (k = 0; k < ROLES; k++)
		if (strcmp(value, roles[k].configured) == 0)
			t->what[i] = roles[k].what;
	return 0;
}

static int
take_configured(struct table *t, const struct csv_field *fields)
{
	const struct farm_pair *p = t->columns->pairs;
	size_t i, k, number;

	for (k = 0; k < t->columns->n; k++, p++) {
		number = number_of(p->key);
		for (i = 0; i < t->n; i++)
			if (number > 0 ? i + 1 == number
				       : strcmp(fields[i].text, p->key) == 0)
				break;
		if (i < t->n && set_configured(t, i, p->value) != 0)
			return -1;
	}
	return 0;
}

static bool
has(const struct table *t, enum column what)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		if (t->what[i] == what)
			return true;
	return false;
}

/* Those that no word is for are parameters, unless a column has the names. */
static int
take_usual(struct table *t, const struct csv_field *fields)
{
	size_t i, k;

	for (i = 0; i < t->n; i++)
		for (k = 0; k < ROLES; k++)
			if (strcmp(fields[i].text, roles[k].usual) == 0)
				t->what[i] = roles[k].what;
	if (has(t, COLUMN_NAME))
		return 0;
	for (i = 0; i < t->n; i++)
		if (t->what[i] == COLUMN_NOTHING && fields[i].length > 0 &&
		    set_parameter(t, i, fields[i].text) != 0)
			return -1;
	return 0;
}

/* ------------------------------------------------------------- its rows -- */

static struct farm_value
value_of(const struct csv_field *f)
{
	double number;

	if (f->length == 0)
		return (struct farm_value){ .type = FARM_NONE };
	if (number_parse((struct slice){ f->text, f->length }, &number))
		return farm_double(number);
	if (strcmp(f->text, "true") == 0 || strcmp(f->text, "false") == 0)
		return farm_boolean(f->text[0] == 't');
	return farm_text(f->text, f->length);
}

/* The text of a column that is there once; NULL if it is not, or empty. */
static const char *
text_of(const struct table *t, enum column what, const struct csv_field *fields)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		if (t->what[i] == what && fields[i].length > 0)
			return fields[i].text;
	return NULL;
}

static void
put_row(struct table *t, struct sink *s, const struct csv_field *fields)
{
	struct farm_spec spec = { .cluster = text_of(t, COLUMN_CLUSTER, fields),
		.node = text_of(t, COLUMN_NODE, fields),
		.unit = text_of(t, COLUMN_UNIT, fields) };
	const char *time = text_of(t, COLUMN_TIME, fields);
	struct error err;
	size_t i;

	if (spec.unit == NULL)
		spec.unit = "";
	if (time != NULL && time_parse(time, 0, &spec.time_ns, &err) != 0) {
		sink_refuse(s, &err);
		return;
	}
	for (i = 0; i < t->n; i++) {
		spec.parameter = t->names[i];
		if (t->what[i] == COLUMN_VALUE)
			spec.parameter = text_of(t, COLUMN_NAME, fields);
		if (spec.parameter != NULL)
			sink_put(s, spec, value_of(&fields[i]));
	}
}

static bool
has_nul(const struct csv_field *fields, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strlen(fields[i].text) != fields[i].length)
			return true;
	return false;
}

/* With columns by number there is no head. */
static void
take_record(
    struct table *t, struct sink *s, const struct csv_field *fields, size_t n)
{
	bool numbered = has_numbers(t->columns), known = t->n > 0;
	struct error err;
	int rc = 0;

	if (n == 1 && fields[0].length == 0)
		return;
	if (has_nul(fields, n)) {
		error_set(&err, "a field with a NUL in it");
		sink_refuse(s, &err);
		return;
	}
	if (!known) {
		t->n = n;
		rc = t->columns->n > 0 ? take_configured(t, fields)
				       : take_usual(t, fields);
	}
	if (rc != 0) {
		error_set(&err, "out of memory");
		sink_refuse(s, &err);
	} else if (n != t->n) {
		error_set(
		    &err, "%zu fields, and there are %zu columns", n, t->n);
		sink_refuse(s, &err);
	} else if (known || numbered) {
		put_row(t, s, fields);
	}
}

void
table_read(struct table *t, struct sink *s, struct slice output)
{
	struct csv_field fields[CSV_FIELDS_MAX];
	struct error err;
	size_t length, n;
	char *to;

	while (output.length > 0) {
		length = csv_record_length(output.text, output.length);
		if (length == 0)
			length = output.length;
		to = arena_alloc(s->arena, length + CSV_FIELDS_MAX);
		if (to == NULL)
			error_set(&err, "out of memory");
		if (to == NULL ||
		    csv_parse(output.text, length, to, fields, &n, &err) != 0)
			sink_refuse(s, &err);
		else
			take_record(t, s, fields, n);
		slice_skip(&output, length);
	}
}
