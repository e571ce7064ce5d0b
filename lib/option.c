#include "option_type.h"
#include "yaml.h"

#include <stdlib.h>
#include <string.h>

/* Is the name taken by an option before number i? */
static bool
is_taken(struct option_table table, size_t i, const char *name)
{
	struct farm_option before;
	size_t j;

	for (j = 0; j < i && option_get(table, j, &before); j++)
		if (strcmp(before.name, name) == 0)
			return true;
	return false;
}

static int
check_field(const struct farm_option *o, size_t state_size, struct error *err)
{
	const struct option_type *type = option_type_of(o);

	if (type == NULL)
		return error_set(
		    err, "has the unknown type %u", (unsigned)o->type);
	if (o->offset > state_size || type->size > state_size - o->offset)
		return error_set(err,
		    "its field at byte %zu is outside of the "
		    "state of %zu bytes",
		    o->offset, state_size);
	if (o->offset % type->alignment != 0)
		return error_set(
		    err, "its field at byte %zu is not aligned", o->offset);
	return 0;
}

/* Errors about any other type quote its value. */
static bool
can_hide(const struct farm_option *o)
{
	switch (o->type) {
	case FARM_TYPE_STRING:
	case FARM_TYPE_LIST:
	case FARM_TYPE_MAP:
	case FARM_TYPE_SECRET:
	case FARM_TYPE_TREE:
		return true;
	default:
		return false;
	}
}

static int
check_meaning(const struct farm_option *o, struct error *err)
{
	const char *choice;
	size_t i, length = 0;

	if (o->type == FARM_TYPE_ENUM && o->choices == NULL)
		return error_set(err, "has no choices");
	for (i = 0; (choice = option_choice(o, i, &length)) != NULL; i++)
		if (length == 0)
			return error_set(err, "has an empty choice");
	/* Written so that bounds that are not numbers fail, too. */
	if (!(o->min <= o->max))
		return error_set(err, "its bounds are the wrong way round");
	if ((o->flags & FARM_LISTEN) != 0 && o->type != FARM_TYPE_ADDRESS)
		return error_set(err, "listens, but is not an address");
	if ((o->flags & FARM_SENSITIVE) != 0 && !can_hide(o))
		return error_set(err, "is sensitive, but not a string, list, "
				      "map, secret or tree");
	if (o->fallback == NULL)
		return 0;
	if ((o->flags & FARM_REQUIRED) != 0)
		return error_set(err, "is required, but has a default");
	if (option_is_secret(o))
		return error_set(err, "is a secret, but has a default");
	return 0;
}

static int
check_fallback(
    const struct farm_option *o, size_t state_size, struct error *err)
{
	struct problems problems = PROBLEMS_INIT;
	struct arena *arena;
	void *state;
	int result = 0;

	if (o->fallback == NULL)
		return 0;
	arena = arena_new(0);
	if (arena == NULL)
		return error_set(err, "out of memory");
	state = arena_alloc(arena, state_size);
	if (state == NULL)
		result = error_set(err, "out of memory");
	else if (option_parse_text(o, o->fallback, state, arena, &problems))
		result = error_set(err, "its default: %s",
		    problems.n == 0 ? "out of memory" : problems.items[0].text);
	problems_free(&problems);
	arena_free(arena);
	return result;
}

int
options_check(struct option_table table, size_t state_size, struct error *err)
{
	struct farm_option o;
	size_t i;

	if (table.first != NULL && table.stride != 0 &&
	    table.stride <= offsetof(struct farm_option, fallback))
		return error_set(
		    err, "an option of %zu bytes is too short", table.stride);
	for (i = 0; option_get(table, i, &o); i++) {
		if (o.name == NULL || *o.name == '\0')
			return error_set(err, "option %zu has no name", i + 1);
		if (is_taken(table, i, o.name))
			return error_set(
			    err, "two options are called \"%s\"", o.name);
		if (check_field(&o, state_size, err) != 0 ||
		    check_meaning(&o, err) != 0 ||
		    check_fallback(&o, state_size, err) != 0)
			return error_prefix(err, "option \"%s\"", o.name);
	}
	return 0;
}

void
options_copy(struct option_table table, void *to, const void *from)
{
	const struct option_type *type;
	struct farm_option o;
	size_t i;

	for (i = 0; option_get(table, i, &o); i++) {
		type = option_type_of(&o);
		if (type != NULL)
			memcpy((char *)to + o.offset,
			    (const char *)from + o.offset, type->size);
	}
}

static bool
text_equal(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool
list_equal(const struct farm_list *a, const struct farm_list *b)
{
	size_t i;

	if (a->n != b->n)
		return false;
	for (i = 0; i < a->n; i++)
		if (!text_equal(a->items[i], b->items[i]))
			return false;
	return true;
}

static bool
map_equal(const struct farm_map *a, const struct farm_map *b)
{
	size_t i;

	if (a->n != b->n)
		return false;
	for (i = 0; i < a->n; i++)
		if (!text_equal(a->pairs[i].key, b->pairs[i].key) ||
		    !text_equal(a->pairs[i].value, b->pairs[i].value))
			return false;
	return true;
}

static bool
field_equal(const struct farm_option *o, const void *a, const void *b)
{
	const struct option_type *type = option_type_of(o);
	const struct farm_address *x = a, *y = b;

	if (type == NULL)
		return true;
	switch (o->type) {
	case FARM_TYPE_STRING:
	case FARM_TYPE_PATH:
	case FARM_TYPE_SECRET:
		return text_equal(
		    *(const char *const *)a, *(const char *const *)b);
	case FARM_TYPE_LIST:
		return list_equal(a, b);
	case FARM_TYPE_MAP:
		return map_equal(a, b);
	case FARM_TYPE_ADDRESS:
		return text_equal(x->text, y->text);
	case FARM_TYPE_TREE:
		return tree_equal(*(const struct farm_tree *const *)a,
		    *(const struct farm_tree *const *)b);
	default:
		return memcmp(a, b, type->size) == 0;
	}
}

bool
options_equal(struct option_table table, const void *a, const void *b)
{
	struct farm_option o;
	size_t i;

	for (i = 0; option_get(table, i, &o); i++)
		if (!field_equal(&o, (const char *)a + o.offset,
			(const char *)b + o.offset))
			return false;
	return true;
}
