#include "macros.h"

#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "slice.h"

/* An argument may refer to other macros, not to arguments. */
static int expand(struct buffer *, const struct macros *, const char *text,
    bool argument, struct error *);

static const char *
find(const struct farm_map *map, const struct slice *name)
{
	size_t i;

	for (i = 0; i < map->n; i++)
		if (slice_is(*name, map->pairs[i].key))
			return map->pairs[i].value;
	return NULL;
}

/* N of ARGN; 0: it is none. */
static size_t
argument_number(const struct slice *name)
{
	char *end;
	long n;

	if (name->length < 4 || name->length > 5 ||
	    memcmp(name->text, "ARG", 3) != 0 || name->text[3] < '1' ||
	    name->text[3] > '9')
		return 0;
	n = strtol(name->text + 3, &end, 10);
	return end == name->text + name->length && n <= MACROS_ARGS_MAX
		   ? (size_t)n
		   : 0;
}

/* A blank parts words, as Nagios has it, and no shell of ours reads characters
   of several bytes as anything else. */
static bool
is_harmless(const char *text)
{
	for (text += command_plain(text); *text != '\0';
	     text += command_plain(text))
		if (*text == ' ' || ((unsigned char)*text & 0x80) != 0)
			text++;
		else
			return false;
	return true;
}

/* The text of somebody else must not become code. */
static int
put_plain(struct buffer *b, const char *value, const struct slice *name,
    struct error *err)
{
	if (!is_harmless(value))
		return error_set(err,
		    "$%.*s$ is \"%s\", which a shell might not leave as it is",
		    (int)name->length, name->text, value);
	buffer_puts(b, value);
	return 0;
}

/* 1: replaced, 0: nobody knows it. */
static int
put_macro(struct buffer *b, const struct macros *m, const struct slice *name,
    bool argument, struct error *err)
{
	const struct farm_map *const maps[] = { &m->custom, &m->own,
		&m->users };
	size_t number = argument ? 0 : argument_number(name), i;
	const char *value;

	if (number > 0) {
		/* One that is not given is empty, as with Nagios. */
		if (number > m->args.n)
			return 1;
		return expand(b, m, m->args.items[number - 1], true, err) == 0
			   ? 1
			   : -1;
	}
	for (i = 0; i < sizeof(maps) / sizeof(maps[0]); i++) {
		value = find(maps[i], name);
		if (value == NULL)
			continue;
		if (m->plain && maps[i] == &m->own)
			return put_plain(b, value, name, err) == 0 ? 1 : -1;
		buffer_puts(b, value);
		return 1;
	}
	return 0;
}

static int
expand(struct buffer *b, const struct macros *m, const char *text,
    bool argument, struct error *err)
{
	struct slice rest = { text, strlen(text) }, name;
	const char *dollar;
	int got;

	while (rest.length > 0) {
		name = slice_cut(&rest, '$');
		buffer_put(b, name.text, name.length);
		dollar = name.text + name.length;
		if (*dollar == '\0')
			break;
		name = slice_cut(&rest, '$');
		if (name.text[name.length] == '\0') {
			/* The last dollar has no partner. */
			buffer_puts(b, dollar);
			break;
		}
		got = name.length == 0 ? 0
				       : put_macro(b, m, &name, argument, err);
		if (got < 0)
			return -1;
		if (name.length == 0)
			buffer_putc(b, '$');
		else if (got == 0 && !m->lenient)
			return error_set(err, "$%.*s$: no such macro",
			    (int)name.length, name.text);
		else if (got == 0)
			buffer_put(b, dollar, name.length + 2);
	}
	return 0;
}

int
macros_expand(struct buffer *b, const struct macros *m, const char *text,
    struct error *err)
{
	return expand(b, m, text, false, err);
}

const char *
macros_text(struct arena *arena, const struct macros *m, const char *text,
    struct error *err)
{
	struct buffer b = BUFFER_INIT;
	const char *copy = NULL;

	if (expand(&b, m, text, false, err) != 0)
		goto out;
	if (!buffer_failed(&b))
		copy = arena_strdup(arena, buffer_text(&b));
	if (copy == NULL)
		error_set(err, "out of memory");
out:
	buffer_free(&b);
	return copy;
}
