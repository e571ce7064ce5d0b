#include "nagios_inherit.h"

#include <ctype.h>
#include <search.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "slice.h"

/* Templates that one value may be looked for in, so that those which use each
   other, or fan out, end. */
#define VISITS_MAX 1000
#define CUSTOM_MAX 1000

/* "TYPE NAME" */
struct template
{
	const char *type;
	const char *name;
	const struct nagios_object *object;
};

struct nagios_templates {
	struct arena *arena;
	struct problems *problems;
	void *tree; /* of entries, for search.h */
	unsigned visits;
};

static int
compare(const void *a, const void *b)
{
	const struct template *x = a, *y = b;
	int types = strcmp(x->type, y->type);

	return types != 0 ? types : strcmp(x->name, y->name);
}

static void
forget(void *entry)
{
	(void)entry; /* the arena's */
}

static int
add_template(struct nagios_templates *t, const struct nagios_object *o)
{
	const struct nagios_directive *name = nagios_directive(o, "name");
	struct template *e;
	void *found;

	if (name == NULL)
		return 0;
	e = arena_alloc(t->arena, sizeof(*e));
	if (e == NULL)
		return -1;
	*e = (struct template){ o->type, name->value, o };
	found = tsearch(e, &t->tree, compare);
	if (found == NULL)
		return -1;
	if (*(struct template **)found != e)
		warning_in(t->problems, o->file, name->line, 1,
		    "there is a %s template \"%s\" already; the first one "
		    "counts",
		    o->type, name->value);
	return 0;
}

struct nagios_templates *
nagios_templates_new(const struct nagios_objects *objects, struct arena *arena,
    struct problems *problems)
{
	struct nagios_templates *t = calloc(1, sizeof(*t));
	const struct nagios_object *o;

	if (t == NULL)
		return NULL;
	t->arena = arena;
	t->problems = problems;
	for (o = objects->first; o != NULL; o = o->next)
		if (add_template(t, o) != 0) {
			nagios_templates_free(t);
			return NULL;
		}
	return t;
}

void
nagios_templates_free(struct nagios_templates *t)
{
	if (t == NULL)
		return;
	tdestroy(t->tree, forget);
	free(t);
}

/* ------------------------------------------------------------- templates -- */

/* The next that `use' names; NULL at its end. */
static const struct nagios_object *
next_template(struct nagios_templates *t, const struct nagios_object *o,
    const struct nagios_directive *use, struct slice *rest)
{
	struct template wanted = { .type = o->type };
	struct slice name;
	void *found;

	while (rest->length > 0) {
		name = nagios_trim(slice_cut(rest, ','));
		wanted.name = arena_strndup(t->arena, name.text, name.length);
		if (wanted.name == NULL) {
			(void)problem_in(t->problems, o->file, use->line, 1,
			    "out of memory");
			return NULL;
		}
		found = tfind(&wanted, &t->tree, compare);
		if (found != NULL)
			return (*(struct template **)found)->object;
		(void)problem_in(t->problems, o->file, use->line, 1,
		    "there is no %s template \"%s\"", o->type, wanted.name);
	}
	return NULL;
}

typedef bool visit_fn(void *context, const struct nagios_object *);

/* The definition, then its templates in their order; true ends it. */
static bool
walk(struct nagios_templates *t, const struct nagios_object *o, visit_fn *visit,
    void *context)
{
	const struct nagios_directive *use = nagios_directive(o, "use");
	const struct nagios_object *template;
	struct slice rest;

	if (t->visits++ >= VISITS_MAX) {
		if (t->visits == VISITS_MAX + 1)
			(void)problem_in(t->problems, o->file, o->line, 1,
			    "its templates use each other, or are more than "
			    "%d",
			    VISITS_MAX);
		return true;
	}
	if (visit(context, o))
		return true;
	if (use == NULL)
		return false;
	rest = (struct slice){ use->value, strlen(use->value) };
	while ((template = next_template(t, o, use, &rest)) != NULL)
		if (walk(t, template, visit, context))
			return true;
	return false;
}

/* ---------------------------------------------------------------- values -- */

struct wanted {
	const char *name;
	struct buffer added; /* of "+X" so far */
	const char *found;
};

static bool
take_value(void *context, const struct nagios_object *o)
{
	struct wanted *w = context;
	const struct nagios_directive *d = nagios_directive(o, w->name);

	if (d == NULL)
		return false;
	if (d->value[0] == '+') {
		buffer_printf(&w->added, "%s%s", w->added.size > 0 ? "," : "",
		    d->value + 1);
		return false;
	}
	w->found = d->value;
	return true;
}

const char *
nagios_value(
    struct nagios_templates *t, const struct nagios_object *o, const char *name)
{
	struct wanted w = { .name = name };
	const char *value;

	t->visits = 0;
	(void)walk(t, o, take_value, &w);
	value = w.found;
	if (value != NULL && strcmp(value, "null") == 0)
		value = NULL;
	if (w.added.size > 0) {
		if (value != NULL)
			buffer_printf(&w.added, ",%s", value);
		value = arena_strdup(t->arena, buffer_text(&w.added));
		if (value == NULL || buffer_failed(&w.added))
			(void)problem_in(
			    t->problems, o->file, o->line, 1, "out of memory");
	}
	buffer_free(&w.added);
	return value;
}

struct gathering {
	struct nagios_templates *t;
	const char *prefix;
	struct farm_pair *pairs;
	size_t n;
	bool failed;
};

static bool
has(const struct gathering *g, const char *key)
{
	for (size_t i = 0; i < g->n; i++)
		if (strcmp(g->pairs[i].key, key) == 0)
			return true;
	return false;
}

static void
take_variable(struct gathering *g, const struct nagios_directive *d)
{
	char *key = arena_printf(g->t->arena, "%s%s", g->prefix, d->name + 1);
	struct farm_pair *grown;

	for (char *c = key; c != NULL && *c != '\0'; c++)
		*c = (char)toupper((unsigned char)*c);
	if (key != NULL && (has(g, key) || g->n == CUSTOM_MAX))
		return;
	grown = arena_grow(g->t->arena, g->pairs, g->n * sizeof(*grown),
	    (g->n + 1) * sizeof(*grown));
	if (key == NULL || grown == NULL) {
		g->failed = true;
		return;
	}
	g->pairs = grown;
	g->pairs[g->n++] = (struct farm_pair){ key,
		strcmp(d->value, "null") == 0 ? "" : d->value };
}

static bool
take_variables(void *context, const struct nagios_object *o)
{
	struct gathering *g = context;
	const struct nagios_directive *d;

	for (d = o->directives; d != NULL; d = d->next)
		if (d->name[0] == '_')
			take_variable(g, d);
	return g->failed;
}

int
nagios_custom(struct nagios_templates *t, const struct nagios_object *o,
    const char *prefix, struct farm_map *ret)
{
	struct gathering g = { .t = t, .prefix = prefix };

	t->visits = 0;
	(void)walk(t, o, take_variables, &g);
	if (g.failed)
		return problem_in(
		    t->problems, o->file, o->line, 1, "out of memory");
	*ret = (struct farm_map){ g.pairs, g.n };
	return 0;
}
