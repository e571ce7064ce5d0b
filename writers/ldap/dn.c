#include "dn.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *variable;
	enum depth depth;
} variables[] = {
	{ "{farm}", DEPTH_FARM },
	{ "{cluster}", DEPTH_CLUSTER },
	{ "{node}", DEPTH_NODE },
	{ "{parameter}", DEPTH_PARAMETER },
};

static enum depth
depth_of(const char *text)
{
	enum depth depth = DEPTH_NONE;

	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
		if (strstr(text, variables[i].variable) != NULL)
			depth = variables[i].depth;
	return depth;
}

static bool
is_attribute(const char *text)
{
	if (!isalpha((unsigned char)text[0]))
		return false;
	return strspn(text,
		   "abcdefghijklmnopqrstuvwxyz"
		   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.") == strlen(text);
}

/* "cn={node}", to be cut in two. */
static int
parse_level(struct dn_level *ret, char *text, struct error *err)
{
	struct dn_level level = { .attribute = NULL };
	char *value = strchr(text, '=');

	if (value == NULL)
		return error_set(err, "\"%s\": no attribute=value", text);
	*value++ = '\0';
	if (!is_attribute(text))
		return error_set(err, "\"%s\": no name of an attribute", text);
	if (*value == '\0')
		return error_set(err, "\"%s=\": no value", text);
	level.depth = depth_of(value);
	if (template_new(&level.value, value, 0, err) != 0)
		return -1;
	level.attribute = strdup(text);
	if (level.attribute == NULL) {
		template_free(level.value);
		return error_set(err, "out of memory");
	}
	*ret = level;
	return 0;
}

/* The text was leaf first. */
static void
turn(struct dn_plan *plan)
{
	for (size_t i = 0; i < plan->n / 2; i++) {
		struct dn_level other = plan->levels[plan->n - 1 - i];

		plan->levels[plan->n - 1 - i] = plan->levels[i];
		plan->levels[i] = other;
	}
}

/* Below an entry of a node there are no others than of that node. */
static int
deepen(struct dn_plan *plan, struct error *err)
{
	enum depth depth = DEPTH_NONE;

	for (size_t i = 0; i < plan->n; i++) {
		if (plan->levels[i].depth < depth)
			plan->levels[i].depth = depth;
		depth = plan->levels[i].depth;
	}
	if (depth < DEPTH_NODE)
		return error_set(err, "an entry needs {node} in its name");
	return 0;
}

static int
parse_levels(struct dn_plan *plan, char *text, struct error *err)
{
	char *rest, *part;

	for (part = strtok_r(text, ",", &rest); part != NULL;
	     part = strtok_r(NULL, ",", &rest)) {
		part += strspn(part, " ");
		if (plan->n == DN_LEVELS_MAX)
			return error_set(
			    err, "more than %d levels", DN_LEVELS_MAX);
		if (parse_level(&plan->levels[plan->n], part, err) != 0)
			return -1;
		plan->n++;
	}
	turn(plan);
	return deepen(plan, err);
}

int
dn_plan_parse(struct dn_plan *ret, const char *text, struct error *err)
{
	struct dn_plan plan = { .n = 0 };
	char *copy = strdup(text);
	int rc;

	if (copy == NULL)
		return error_set(err, "out of memory");
	rc = parse_levels(&plan, copy, err);
	free(copy);
	if (rc == 0)
		*ret = plan;
	else
		dn_plan_free(&plan);
	return rc;
}

void
dn_plan_free(struct dn_plan *plan)
{
	for (size_t i = 0; i < plan->n; i++) {
		free(plan->levels[i].attribute);
		template_free(plan->levels[i].value);
	}
	plan->n = 0;
}

static void
put_hex(struct buffer *to, unsigned char c)
{
	buffer_printf(to, "\\%02x", c);
}

void
dn_put_value(struct buffer *to, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		char c = text[i];
		bool edge = i == 0 || i + 1 == length;

		if (c == '\0' || (unsigned char)c < ' ' || c == 0x7f)
			put_hex(to, (unsigned char)c);
		else if (strchr("\"+,;<>\\=", c) != NULL ||
			 (c == ' ' && edge) || (c == '#' && i == 0))
			buffer_printf(to, "\\%c", c);
		else
			buffer_putc(to, c);
	}
}

void
dn_level_value(struct buffer *to, const struct dn_level *level,
    const struct farm_series *names)
{
	template_print(level->value, to, names, NULL, NULL);
}

void
dn_put_level(struct buffer *to, const struct dn_level *level,
    const struct farm_series *names)
{
	struct buffer value = BUFFER_INIT;

	dn_level_value(&value, level, names);
	buffer_printf(to, "%s=", level->attribute);
	dn_put_value(to, buffer_text(&value), value.size);
	if (buffer_failed(&value))
		to->failed = true;
	buffer_free(&value);
}
