#include "option_type.h"

#include <stdalign.h>
#include <string.h>

#include "clock.h"

#define TYPE(NAME, MUST, CTYPE, SCALAR)                                        \
	{                                                                      \
		NAME, MUST, sizeof(CTYPE), alignof(CTYPE), SCALAR              \
	}

/* An int64_t ends below this; a larger bound bounds nothing. */
#define INT64_END 9223372036854775808.0

static const struct option_type types[] = {
	[FARM_TYPE_STRING] = TYPE("string", "a string", const char *, true),
	[FARM_TYPE_PATH] = TYPE("path", "a path", const char *, true),
	[FARM_TYPE_INTEGER] = TYPE("integer", "a whole number", int64_t, true),
	[FARM_TYPE_NUMBER] = TYPE("number", "a number", double, true),
	[FARM_TYPE_SIZE] = TYPE("size", "a size such as 64KiB", int64_t, true),
	[FARM_TYPE_DURATION] = TYPE(
	    "duration", "a duration such as 10s", int64_t, true),
	[FARM_TYPE_BOOLEAN] = TYPE("boolean", "true or false", bool, true),
	[FARM_TYPE_ENUM] = TYPE("enum", "one word", int, true),
	[FARM_TYPE_LIST] = TYPE(
	    "list", "a list of strings", struct farm_list, false),
	[FARM_TYPE_MAP] = TYPE("map", "a mapping", struct farm_map, false),
	[FARM_TYPE_SECRET] = TYPE("secret", "a string", const char *, true),
	[FARM_TYPE_ADDRESS] = TYPE("address", "an address such as host:8649",
	    struct farm_address, true),
	[FARM_TYPE_TREE] = TYPE(
	    "tree", "anything", const struct farm_tree *, false),
};

const struct option_type *
option_type_of(const struct farm_option *o)
{
	if (o->type == 0 || o->type >= sizeof(types) / sizeof(types[0]))
		return NULL;
	return &types[o->type];
}

const struct farm_option *
option_at(struct option_table table, size_t i)
{
	size_t stride = table.stride == 0 ? sizeof(struct farm_option)
					  : table.stride;
	const struct farm_option *o;

	if (table.first == NULL || stride < offsetof(struct farm_option, flags))
		return NULL;
	o = (const void *)((const char *)table.first + i * stride);
	return o->type == 0 ? NULL : o;
}

bool
option_is_secret(const struct farm_option *o)
{
	return o->type == FARM_TYPE_SECRET || (o->flags & FARM_SENSITIVE) != 0;
}

bool
option_get(struct option_table table, size_t i, struct farm_option *ret)
{
	const struct farm_option *o = option_at(table, i);
	size_t size = sizeof(*ret);

	if (o == NULL)
		return false;
	if (table.stride != 0 && table.stride < size)
		size = table.stride;
	memset(ret, 0, sizeof(*ret));
	memcpy(ret, o, size);
	return true;
}

const char *
option_choice(const struct farm_option *o, size_t i, size_t *ret_length)
{
	const char *choice = o->choices;

	for (; choice != NULL && i > 0; i--) {
		choice = strchr(choice, '|');
		if (choice != NULL)
			choice++;
	}
	if (choice != NULL)
		*ret_length = strcspn(choice, "|");
	return choice;
}

void
option_print_choices(struct buffer *b, const struct farm_option *o)
{
	const char *choice;
	size_t i, length = 0;

	for (i = 0; (choice = option_choice(o, i, &length)) != NULL; i++) {
		if (i > 0)
			buffer_puts(b, choice[length] == '\0' ? " or " : ", ");
		buffer_put(b, choice, length);
	}
}

static bool
has_bounds(const struct farm_option *o)
{
	return o->min != 0 || o->max != 0;
}

bool
option_has_min(const struct farm_option *o)
{
	return has_bounds(o) && o->min > -INT64_END;
}

bool
option_has_max(const struct farm_option *o)
{
	return has_bounds(o) && o->max < INT64_END;
}

void
option_print_number(
    struct buffer *b, const struct farm_option *o, double number)
{
	struct farm_value value = farm_double(number);

	if (o->type != FARM_TYPE_NUMBER && number > -INT64_END &&
	    number < INT64_END)
		value = farm_int64((int64_t)number);
	if (o->type == FARM_TYPE_DURATION && value.type == FARM_INT64)
		duration_print(b, value.int64);
	else if (o->type == FARM_TYPE_SIZE && value.type == FARM_INT64)
		size_print(b, value.int64);
	else
		buffer_value(b, &value);
}

void
option_print_bounds(struct buffer *b, const struct farm_option *o)
{
	if (option_has_min(o) && option_has_max(o)) {
		option_print_number(b, o, o->min);
		buffer_puts(b, " to ");
		option_print_number(b, o, o->max);
	} else if (option_has_min(o)) {
		buffer_puts(b, "at least ");
		option_print_number(b, o, o->min);
	} else if (option_has_max(o)) {
		buffer_puts(b, "at most ");
		option_print_number(b, o, o->max);
	}
}
