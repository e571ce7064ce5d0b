#include "item.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "name.h"
#include "number.h"
#include "words.h"

/* What stands before the first `c' without a backslash; false if none does. */
static bool
cut_unescaped(struct slice *rest, char c, struct slice *ret)
{
	size_t i;

	for (i = 0; i < rest->length; i++) {
		if (rest->text[i] == c) {
			*ret = (struct slice){ rest->text, i };
			rest->text += i + 1;
			rest->length -= i + 1;
			return true;
		}
		if (rest->text[i] == '\\')
			i++;
	}
	return false;
}

static int
take_name(struct slice *name, struct arena *arena, const char *what,
    struct error *err)
{
	char *to = arena_alloc(arena, name->length);

	if (to == NULL)
		return error_set(err, "out of memory");
	name->length = name_unescape(to, name->text, name->length);
	name->text = to;
	return name_check(what, name->text, name->length, err);
}

/* The whole of an integer of either kind. */
static bool
integer_of(const char *text, struct farm_value *ret)
{
	size_t sign = *text == '-' || *text == '+';
	char *end;

	if (text[sign] < '0' || text[sign] > '9')
		return false;
	errno = 0;
	*ret = farm_int64(strtoll(text, &end, 10));
	if (*end != '\0')
		return false;
	if (errno == 0)
		return true;
	errno = 0;
	*ret = farm_uint64(strtoull(text, &end, 10));
	return errno == 0 && *text != '-';
}

static bool
boolean_of(const char *text, struct farm_value *ret)
{
	*ret = farm_boolean(strcmp(text, "true") == 0);
	return ret->boolean || strcmp(text, "false") == 0;
}

static bool
double_of(const char *text, struct farm_value *ret)
{
	double number;

	if (!number_parse((struct slice){ text, strlen(text) }, &number))
		return false;
	*ret = farm_double(number);
	return true;
}

/* As the type says. */
static bool
value_of_type(int type, const char *text, struct farm_value *ret)
{
	switch (type) {
	case FARM_DOUBLE:
		return double_of(text, ret);
	case FARM_BOOLEAN:
		return boolean_of(text, ret);
	case FARM_TEXT:
		*ret = farm_text(text, strlen(text));
		return ret->type == FARM_TEXT && utf8_valid(text, ret->length);
	case FARM_INT64:
		return integer_of(text, ret) && ret->type == FARM_INT64;
	default:
		if (!integer_of(text, ret))
			return false;
		if (ret->type == FARM_INT64 && ret->int64 < 0)
			return false;
		ret->type = FARM_UINT64;
		return true;
	}
}

static bool
value_of(const char *text, struct farm_value *ret)
{
	return integer_of(text, ret) || double_of(text, ret) ||
	       boolean_of(text, ret) || value_of_type(FARM_TEXT, text, ret);
}

/* FARM_NONE if it begins with none; else `text' is what follows. */
static int
take_type(const char **text)
{
	char word[16];
	size_t n = strcspn(*text, ":");
	int type;

	if ((*text)[n] == '\0' || n >= sizeof(word))
		return FARM_NONE;
	memcpy(word, *text, n);
	word[n] = '\0';
	type = type_of_word(word);
	if (type <= FARM_NONE)
		return FARM_NONE;
	*text += n + 1;
	return type;
}

static int
take_value(struct item *item, struct arena *arena, struct slice value,
    struct error *err)
{
	const char *text = arena_strndup(arena, value.text, value.length);
	int type;

	if (text == NULL)
		return error_set(err, "out of memory");
	if (strlen(text) != value.length)
		return error_set(err, "a NUL in the value");
	if (*text == '\0')
		return error_set(err, "no value; an empty text is \"text:\"");
	type = take_type(&text);
	if (type != FARM_NONE && !value_of_type(type, text, &item->value))
		return error_set(
		    err, "\"%s\" is no %s", text, type_word((uint8_t)type));
	if (type == FARM_NONE && !value_of(text, &item->value))
		return error_set(err,
		    "a text of more than %d bytes, or not UTF-8",
		    FARM_TEXT_MAX);
	return 0;
}

int
item_parse(
    struct item *ret, struct arena *arena, struct slice text, struct error *err)
{
	struct item item = { .text = text };
	struct slice name;

	if (!cut_unescaped(&text, '=', &name) ||
	    !cut_unescaped(&name, '/', &item.cluster) ||
	    !cut_unescaped(&name, '/', &item.node))
		return error_set(err, "not CLUSTER/NODE/PARAMETER=VALUE");
	item.parameter = name;
	if (take_name(&item.cluster, arena, "cluster", err) != 0 ||
	    take_name(&item.node, arena, "node", err) != 0 ||
	    take_name(&item.parameter, arena, "parameter", err) != 0 ||
	    take_value(&item, arena, text, err) != 0)
		return -1;
	*ret = item;
	return 0;
}
