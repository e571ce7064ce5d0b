#include "option_type.h"

#include <string.h>
#include <strings.h>

#include "arena.h"
#include "clock.h"
#include "yaml.h"

static bool
is_advanced(const struct farm_option *o)
{
	return (o->flags & FARM_ADVANCED) != 0;
}

void
option_print_type(struct buffer *b, const struct farm_option *o)
{
	const struct option_type *type = option_type_of(o);

	if (o->type == FARM_TYPE_ENUM)
		option_print_choices(b, o);
	else
		buffer_puts(b, type == NULL ? "unknown" : type->name);
	if (option_has_min(o) || option_has_max(o)) {
		buffer_puts(b, ", ");
		option_print_bounds(b, o);
	}
	if ((o->flags & FARM_SENSITIVE) != 0)
		buffer_puts(b, ", never shown");
	if ((o->flags & FARM_REQUIRED) != 0)
		buffer_puts(b, ", required");
	else if (!option_is_secret(o) && o->fallback != NULL)
		buffer_printf(b, ", default %s",
		    *o->fallback == '\0' ? "\"\"" : o->fallback);
}

/* Is it the text of a default that JSON has no type for? */
static bool
is_string(const struct farm_option *o)
{
	switch (o->type) {
	case FARM_TYPE_INTEGER:
	case FARM_TYPE_NUMBER:
	case FARM_TYPE_BOOLEAN:
	case FARM_TYPE_TREE:
		return false;
	case FARM_TYPE_LIST:
	case FARM_TYPE_MAP:
		return o->fallback[0] != '[' && o->fallback[0] != '{';
	default:
		return true;
	}
}

/* The default in JSON's own types: 5, true, ["a"]; else its text. */
static void
default_json(struct buffer *b, const struct farm_option *o)
{
	struct farm_tree scalar = { .kind = FARM_SCALAR, .value = o->fallback };
	struct problems problems = PROBLEMS_INIT;
	const struct farm_tree *tree = &scalar;
	struct arena *arena;

	scalar.quoted = is_string(o);
	if (o->type == FARM_TYPE_BOOLEAN) {
		scalar.value = strcasecmp(o->fallback, "true") == 0 ||
				       strcasecmp(o->fallback, "yes") == 0 ||
				       strcasecmp(o->fallback, "on") == 0
				   ? "true"
				   : "false";
	} else if (o->fallback[0] == '[' || o->fallback[0] == '{') {
		arena = arena_new(0);
		if (!is_string(o) && arena != NULL)
			(void)yaml_parse(arena, o->name, o->fallback,
			    strlen(o->fallback), &tree, &problems);
		tree_json(b, tree);
		problems_free(&problems);
		arena_free(arena);
		return;
	}
	tree_json(b, tree);
}

/* A bound: numbers as such, durations and sizes as people write them. */
static void
bound_json(struct buffer *b, const char *member, const struct farm_option *o,
    double bound)
{
	bool quoted = o->type == FARM_TYPE_DURATION ||
		      o->type == FARM_TYPE_SIZE;

	buffer_printf(b, ",\"%s\":%s", member, quoted ? "\"" : "");
	option_print_number(b, o, bound);
	buffer_puts(b, quoted ? "\"" : "");
}

/* ["get","walk"] */
static void
choices_json(struct buffer *b, const struct farm_option *o)
{
	const char *choice;
	size_t i, length = 0;

	buffer_putc(b, '[');
	for (i = 0; (choice = option_choice(o, i, &length)) != NULL; i++) {
		if (i > 0)
			buffer_putc(b, ',');
		buffer_json_string(b, choice, length);
	}
	buffer_putc(b, ']');
}

static void
option_json(struct buffer *b, const struct farm_option *o)
{
	const struct option_type *type = option_type_of(o);

	buffer_puts(b, "{\"name\":");
	buffer_json_text(b, o->name);
	buffer_puts(b, ",\"type\":");
	buffer_json_text(b, type == NULL ? "unknown" : type->name);
	if (o->fallback != NULL && !option_is_secret(o)) {
		buffer_puts(b, ",\"default\":");
		default_json(b, o);
	}
	if (option_has_min(o))
		bound_json(b, "min", o, o->min);
	if (option_has_max(o))
		bound_json(b, "max", o, o->max);
	if (o->choices != NULL) {
		buffer_puts(b, ",\"choices\":");
		choices_json(b, o);
	}
	buffer_printf(b, ",\"required\":%s",
	    (o->flags & FARM_REQUIRED) != 0 ? "true" : "false");
	if (is_advanced(o))
		buffer_puts(b, ",\"advanced\":true");
	if ((o->flags & FARM_SENSITIVE) != 0)
		buffer_puts(b, ",\"sensitive\":true");
	buffer_puts(b, ",\"help\":");
	buffer_json_text(b, o->help == NULL ? "" : o->help);
	buffer_putc(b, '}');
}

void
options_json(struct buffer *b, struct option_table table)
{
	struct farm_option o;
	size_t i;

	buffer_putc(b, '[');
	for (i = 0; option_get(table, i, &o); i++) {
		if (i > 0)
			buffer_putc(b, ',');
		option_json(b, &o);
	}
	buffer_putc(b, ']');
}

#define NUMBER "[0-9]+(\\\\.[0-9]+)?"

/* The members that say which values the type takes. */
static const char *
type_schema(const struct farm_option *o)
{
	switch (o->type) {
	case FARM_TYPE_STRING:
	case FARM_TYPE_PATH:
	case FARM_TYPE_SECRET:
		return "\"type\":[\"string\",\"number\",\"boolean\"]";
	case FARM_TYPE_INTEGER:
		return "\"type\":\"integer\"";
	case FARM_TYPE_NUMBER:
		return "\"type\":\"number\"";
	case FARM_TYPE_SIZE:
		return "\"type\":[\"string\",\"number\"],\"pattern\":\"^" NUMBER
		       "([kMGT]?B|[KMGT]iB)?$\"";
	case FARM_TYPE_DURATION:
		return "\"type\":[\"string\",\"number\"],\"pattern\":\"^-?"
		       "(" NUMBER "|(" NUMBER "(ns|us|ms|s|m|h|d|w|y))+)$\"";
	case FARM_TYPE_BOOLEAN:
		return "\"enum\":[true,false,\"true\",\"false\",\"yes\","
		       "\"no\",\"on\",\"off\"]";
	case FARM_TYPE_LIST:
		return "\"type\":[\"array\",\"string\",\"number\"],\"items\":"
		       "{\"type\":[\"string\",\"number\",\"boolean\"]}";
	case FARM_TYPE_MAP:
		return "\"type\":\"object\",\"additionalProperties\":"
		       "{\"type\":[\"string\",\"number\",\"boolean\"]}";
	case FARM_TYPE_ADDRESS:
		return "\"type\":[\"string\",\"integer\"]";
	default:
		return "\"type\":[\"string\",\"number\",\"boolean\",\"null\","
		       "\"array\",\"object\"]";
	}
}

/* A bound of what is written as a bare number: seconds of a duration. */
static void
bound_schema(struct buffer *b, const char *member, const struct farm_option *o,
    double bound)
{
	struct farm_value value = farm_double(
	    o->type == FARM_TYPE_DURATION ? bound / (double)NS_PER_S : bound);

	buffer_printf(b, ",\"%s\":", member);
	buffer_value(b, &value);
}

static void
option_schema(struct buffer *b, const struct farm_option *o)
{
	buffer_json_text(b, o->name);
	buffer_puts(b, ":{");
	if (o->type == FARM_TYPE_ENUM) {
		buffer_puts(b, "\"enum\":");
		choices_json(b, o);
	} else {
		buffer_puts(b, type_schema(o));
	}
	if (option_has_min(o))
		bound_schema(b, "minimum", o, o->min);
	if (option_has_max(o))
		bound_schema(b, "maximum", o, o->max);
	if (o->fallback != NULL && !option_is_secret(o)) {
		buffer_puts(b, ",\"default\":");
		default_json(b, o);
	}
	buffer_puts(b, ",\"description\":");
	buffer_json_text(b, o->help == NULL ? "" : o->help);
	buffer_putc(b, '}');
}

static void
required_schema(struct buffer *b, struct option_table table)
{
	const char *before = ",\"required\":[";
	struct farm_option o;
	size_t i;
	bool any = false;

	for (i = 0; option_get(table, i, &o); i++) {
		if ((o.flags & FARM_REQUIRED) == 0)
			continue;
		buffer_puts(b, before);
		buffer_json_text(b, o.name);
		before = ",";
		any = true;
	}
	if (any)
		buffer_putc(b, ']');
}

void
options_schema(struct buffer *b, struct option_table table, const char *extra)
{
	bool has_extra = extra != NULL && *extra != '\0';
	struct farm_option o;
	size_t i;

	buffer_puts(b, "{\"type\":\"object\",\"properties\":{");
	for (i = 0; option_get(table, i, &o); i++) {
		if (i > 0)
			buffer_putc(b, ',');
		option_schema(b, &o);
	}
	if (has_extra && i > 0)
		buffer_putc(b, ',');
	if (has_extra)
		buffer_puts(b, extra);
	buffer_putc(b, '}');
	required_schema(b, table);
	buffer_puts(b, ",\"additionalProperties\":false}");
}

/* The text of a cell, where a bar would end it. */
static void
cell(struct buffer *b, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '|')
			buffer_putc(b, '\\');
		buffer_putc(b, *text == '\n' ? ' ' : *text);
	}
}

static void
rows_markdown(struct buffer *b, struct option_table table, bool advanced)
{
	struct buffer type = BUFFER_INIT;
	struct farm_option o;
	size_t i;

	for (i = 0; option_get(table, i, &o); i++) {
		if (is_advanced(&o) != advanced)
			continue;
		buffer_clear(&type);
		option_print_type(&type, &o);
		buffer_printf(b, "| `%s` | ", o.name);
		cell(b, buffer_text(&type));
		buffer_puts(b, " | ");
		cell(b, o.help == NULL ? "" : o.help);
		buffer_puts(b, " |\n");
	}
	buffer_free(&type);
}

void
options_markdown(struct buffer *b, struct option_table table)
{
	buffer_puts(b, "| option | type and default | help |\n");
	buffer_puts(b, "| --- | --- | --- |\n");
	rows_markdown(b, table, false);
	rows_markdown(b, table, true);
}
