#include "collectd_types.h"

#include <ctype.h>
#include <stdlib.h>
#include <strings.h>

#include "buffer.h"
#include "whole.h"

#define FILE_MAX (16 << 20)

struct collectd_types {
	struct buffer text;
	struct collectd_type *types;
	size_t n;
	size_t capacity;
};

/* ------------------------------------------------------------- parsing -- */

static struct slice
next_word(struct slice *line)
{
	struct slice word;

	while (line->length > 0 &&
	       (isspace((unsigned char)*line->text) || *line->text == ','))
		slice_skip(line, 1);
	word = (struct slice){ line->text, 0 };
	while (line->length > 0 && !isspace((unsigned char)*line->text) &&
	       *line->text != ',') {
		slice_skip(line, 1);
		word.length++;
	}
	return word;
}

static int
kind_of(struct slice word)
{
	static const char *const names[] = { "COUNTER", "GAUGE", "DERIVE",
		"ABSOLUTE" };

	for (int i = 0; i < 4; i++)
		if (word.length == strlen(names[i]) &&
		    strncasecmp(word.text, names[i], word.length) == 0)
			return i;
	return -1;
}

static int
parse_source(struct collectd_type *t, struct slice word, struct error *err)
{
	struct slice whole = word;
	struct slice name = slice_cut(&word, ':');
	int kind = kind_of(slice_cut(&word, ':'));

	if (t->n == COLLECTD_SOURCES_MAX)
		return error_set(err, "%.*s: more than %d sources",
		    (int)t->name.length, t->name.text, COLLECTD_SOURCES_MAX);
	if (name.length == 0 || kind < 0 ||
	    memchr(whole.text, ':', whole.length) == NULL)
		return error_set(err, "\"%.*s\" is not NAME:KIND:MIN:MAX",
		    (int)whole.length, whole.text);
	t->sources[t->n] = name;
	t->kinds[t->n++] = (enum collectd_kind)kind;
	return 0;
}

int
collectd_type_parse(
    struct slice *rest, struct collectd_type *ret, struct error *err)
{
	struct slice line, word;

	while (rest->length > 0) {
		line = slice_cut(rest, '\n');
		word = next_word(&line);
		if (word.length == 0 || *word.text == '#')
			continue;
		ret->name = word;
		ret->n = 0;
		while ((word = next_word(&line)).length > 0)
			if (parse_source(ret, word, err) != 0)
				return -1;
		if (ret->n > 0)
			return 1;
		return error_set(err, "%.*s has no source",
		    (int)ret->name.length, ret->name.text);
	}
	return 0;
}

/* --------------------------------------------------------------- files -- */

static int
by_name(const void *a, const void *b)
{
	const struct collectd_type *one = a, *other = b;
	size_t n = one->name.length < other->name.length ? one->name.length
							 : other->name.length;
	int c = memcmp(one->name.text, other->name.text, n);

	return c != 0 ? c
		      : (one->name.length > other->name.length) -
			    (one->name.length < other->name.length);
}

static int
add(struct collectd_types *t, const struct collectd_type *type)
{
	size_t capacity = t->capacity == 0 ? 256 : 2 * t->capacity;
	struct collectd_type *grown;

	if (t->n == t->capacity) {
		grown = realloc(t->types, capacity * sizeof(*grown));
		if (grown == NULL)
			return -1;
		t->types = grown;
		t->capacity = capacity;
	}
	t->types[t->n++] = *type;
	return 0;
}

int
collectd_types_load(
    struct collectd_types **ret, const char *path, struct error *err)
{
	struct collectd_types *t = calloc(1, sizeof(*t));
	struct collectd_type type;
	struct slice rest;
	struct error ignored;
	int rc = 0, got;

	if (t == NULL)
		return error_set(err, "%s: out of memory", path);
	if (whole_read(&t->text, path, FILE_MAX, err) != 0) {
		collectd_types_free(t);
		return error_prefix(err, "%s", path);
	}
	rest = (struct slice){ buffer_text(&t->text), t->text.size };
	while (
	    rc == 0 && (got = collectd_type_parse(&rest, &type, &ignored)) != 0)
		if (got > 0)
			rc = add(t, &type);
	if (rc != 0) {
		collectd_types_free(t);
		return error_set(err, "%s: out of memory", path);
	}
	if (t->n > 0)
		qsort(t->types, t->n, sizeof(*t->types), by_name);
	*ret = t;
	return 0;
}

void
collectd_types_free(struct collectd_types *t)
{
	if (t == NULL)
		return;
	buffer_free(&t->text);
	free(t->types);
	free(t);
}

const struct collectd_type *
collectd_types_find(const struct collectd_types *t, struct slice name)
{
	const struct collectd_type key = { .name = name };

	return t == NULL || t->n == 0
		   ? NULL
		   : bsearch(&key, t->types, t->n, sizeof(*t->types), by_name);
}
