/* Values out of a JSON document. */
#include "json_values.h"

#include <jansson.h>
#include <stdio.h>

#include "buffer.h"
#include "name.h"

/* A path on its way through the document. */
struct walk {
	struct sink *sink;
	const struct json_values *values;
	const char *parameter; /* as configured */
	bool found;
};

int
json_values_check(const struct json_values *v, struct error *err)
{
	size_t i, stars;
	const char *s;

	for (i = 0; i < v->paths.n; i++) {
		const struct farm_pair *p = &v->paths.pairs[i];

		stars = 0;
		if (p->value[0] != '/')
			return error_set(err,
			    "values[%zu]: \"%s\" does not begin with a \"/\"",
			    i, p->value);
		for (s = p->value; (s = strstr(s, "/*")) != NULL; s += 2)
			stars += s[2] == '/' || s[2] == '\0';
		for (s = p->key; (s = strchr(s, '*')) != NULL; s++)
			stars--;
		if (stars != 0)
			return error_set(err,
			    "values[%zu]: \"%s\" has not as many \"*\" as "
			    "\"%s\"",
			    i, p->key, p->value);
	}
	return 0;
}

static bool
is_counter(const struct json_values *v, const char *parameter)
{
	for (size_t i = 0; i < v->counters.n; i++)
		if (strcmp(v->counters.items[i], parameter) == 0)
			return true;
	return false;
}

static const char *
unit_of(const struct json_values *v, const char *parameter)
{
	for (size_t i = 0; i < v->units.n; i++)
		if (strcmp(v->units.pairs[i].key, parameter) == 0)
			return v->units.pairs[i].value;
	return "";
}

static struct farm_value
value_of(const json_t *at)
{
	switch (json_typeof(at)) {
	case JSON_INTEGER:
		return farm_int64(json_integer_value(at));
	case JSON_REAL:
		return farm_double(json_real_value(at));
	case JSON_TRUE:
	case JSON_FALSE:
		return farm_boolean(json_is_true(at));
	case JSON_STRING:
		return farm_text(json_string_value(at), json_string_length(at));
	default:
		return (struct farm_value){ .type = FARM_NONE };
	}
}

static void
put(const struct walk *w, const char *name, struct farm_value value)
{
	bool counts = is_counter(w->values, w->parameter);
	bool states = value.type == FARM_TEXT || value.type == FARM_BOOLEAN;

	sink_put(w->sink,
	    (struct farm_spec){ .parameter = name,
		.unit = unit_of(w->values, w->parameter),
		.kind = counts   ? FARM_COUNTER64
			: states ? FARM_STATE
				 : FARM_GAUGE },
	    value);
}

static void
complain(struct sink *s, const char *what, const char *why)
{
	struct error err;

	error_set(&err, "%s: %s", what, why);
	sink_refuse(s, &err);
}

/* Else no name begins so, and what is within has none: it is not looked at, as
   there may be as many of them as the document has bytes. */
static bool
may_begin(struct sink *s, const struct buffer *name, size_t most)
{
	struct error err;

	if (!buffer_failed(name) && name->size <= most)
		return true;
	if (buffer_failed(name))
		error_set(&err, "out of memory");
	else
		(void)name_check(
		    "parameter", buffer_text(name), name->size, &err);
	sink_refuse(s, &err);
	return false;
}

/* --------------------------------------------------------------- by path -- */

/* The next part of a path, without its escapes. */
static void
take_part(const char **path, struct buffer *part)
{
	const char *s = *path + 1;

	buffer_clear(part);
	for (; *s != '\0' && *s != '/'; s++) {
		if (s[0] == '~' && (s[1] == '0' || s[1] == '1'))
			buffer_putc(part, *++s == '0' ? '~' : '/');
		else
			buffer_putc(part, *s);
	}
	*path = s;
}

static const json_t *
element(const json_t *array, const char *part)
{
	size_t i = 0;
	int length = 0;

	if (sscanf(part, "%8zu%n", &i, &length) != 1 || part[length] != '\0')
		return NULL;
	return json_array_get(array, i);
}

/* A name with what a "*" stood for in its place. */
static void
replace_star(struct buffer *b, const char *name, const char *with)
{
	size_t before = strcspn(name, "*");

	buffer_put(b, name, before);
	buffer_puts(b, with);
	buffer_puts(b, name + before + (name[before] == '*'));
}

static void follow(struct walk *, const json_t *at, const char *path,
    const char *name, int depth);

static void
follow_one(struct walk *w, const json_t *at, const char *path, const char *name,
    const char *with, int depth)
{
	struct buffer longer = BUFFER_INIT;

	replace_star(&longer, name, with);
	/* Another part may be empty, and take its "*" away. */
	if (may_begin(w->sink, &longer, FARM_NAME_MAX + JSON_VALUES_DEPTH))
		follow(w, at, path, buffer_text(&longer), depth);
	buffer_free(&longer);
}

static void
follow_all(struct walk *w, const json_t *at, const char *path, const char *name,
    int depth)
{
	char number[24];
	const char *key;
	json_t *member;
	size_t i;

	w->found = true;
	json_object_foreach ((json_t *)at, key, member)
		follow_one(w, member, path, name, key, depth);
	json_array_foreach (at, i, member) {
		snprintf(number, sizeof(number), "%zu", i);
		follow_one(w, member, path, name, number, depth);
	}
}

static void
follow(struct walk *w, const json_t *at, const char *path, const char *name,
    int depth)
{
	struct buffer part = BUFFER_INIT;

	if (*path == '\0') {
		w->found = true;
		if (json_is_object(at) || json_is_array(at))
			complain(w->sink, name, "is no value, but holds some");
		else
			put(w, name, value_of(at));
		return;
	}
	take_part(&path, &part);
	if (buffer_failed(&part) || depth >= JSON_VALUES_DEPTH)
		complain(w->sink, name, "is too deep");
	else if (strcmp(buffer_text(&part), "*") == 0)
		follow_all(w, at, path, name, depth + 1);
	else {
		at = json_is_array(at)
			 ? element(at, buffer_text(&part))
			 : json_object_get(at, buffer_text(&part));
		if (at != NULL)
			follow(w, at, path, name, depth + 1);
	}
	buffer_free(&part);
}

/* --------------------------------------------------------- all there are -- */

static void
cut(struct buffer *name, size_t size)
{
	if (name->size <= size)
		return;
	name->size = size;
	name->data[size] = '\0';
}

static void
flatten(struct walk *w, const json_t *at, struct buffer *name, int depth)
{
	size_t start = name->size, i;
	const char *key;
	json_t *member;

	if (depth > JSON_VALUES_DEPTH) {
		complain(w->sink, buffer_text(name), "is too deep");
		return;
	}
	if (!may_begin(w->sink, name, FARM_NAME_MAX))
		return;
	json_object_foreach ((json_t *)at, key, member) {
		buffer_printf(name, "%s%s", start > 0 ? "_" : "", key);
		flatten(w, member, name, depth + 1);
		cut(name, start);
	}
	json_array_foreach (at, i, member) {
		buffer_printf(name, "%s%zu", start > 0 ? "_" : "", i);
		flatten(w, member, name, depth + 1);
		cut(name, start);
	}
	if (json_is_number(at) || json_is_boolean(at)) {
		w->parameter = buffer_text(name);
		put(w, w->parameter, value_of(at));
	}
}

void
json_values_read(
    struct sink *s, struct slice document, const struct json_values *v)
{
	struct walk w = { .sink = s, .values = v };
	struct buffer name = BUFFER_INIT;
	json_error_t why;
	json_t *top = json_loadb(
	    document.text, document.length, JSON_REJECT_DUPLICATES, &why);

	if (top == NULL) {
		complain(s, "no JSON", why.text);
		return;
	}
	for (size_t i = 0; i < v->paths.n; i++) {
		w.parameter = v->paths.pairs[i].key;
		w.found = false;
		follow(&w, top, v->paths.pairs[i].value, w.parameter, 0);
		if (!w.found)
			complain(s, v->paths.pairs[i].value, "leads nowhere");
	}
	if (v->paths.n == 0)
		flatten(&w, top, &name, 0);
	buffer_free(&name);
	json_decref(top);
}
