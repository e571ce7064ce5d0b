#include "content.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "clock.h"

/* Classes, names, time, unit, instance, endpoint, readings, value. */
#define FIXED 16

struct making {
	struct arena *arena;
	struct attribute *items;
	size_t n;
	bool failed;
};

/* Room for `n' values, to be filled. */
static struct attribute *
begin(struct making *m, const char *name, size_t n, const char ***ret_values,
    size_t **ret_lengths)
{
	struct attribute *a = &m->items[m->n];

	*ret_values = arena_array(m->arena, n, sizeof(**ret_values));
	*ret_lengths = arena_array(m->arena, n, sizeof(**ret_lengths));
	if (*ret_values == NULL || *ret_lengths == NULL) {
		m->failed = true;
		return NULL;
	}
	*a = (struct attribute){ name, *ret_values, *ret_lengths, 0 };
	m->n++;
	return a;
}

/* The directory knows no empty values: such an attribute is not there. */
static void
put_bytes(struct making *m, const char *name, const char *text, size_t length)
{
	const char **values;
	size_t *lengths;
	struct attribute *a = begin(m, name, 1, &values, &lengths);

	if (a == NULL || length == 0)
		return;
	values[0] = text;
	lengths[0] = length;
	a->n = 1;
}

static void
put(struct making *m, const char *name, const char *text)
{
	if (text == NULL)
		m->failed = true;
	else
		put_bytes(m, name, text, strlen(text));
}

/* Generalized time (RFC 4517, 3.3.13). */
static void
put_time(struct making *m, int64_t time_ns)
{
	time_t seconds = (time_t)(time_ns / NS_PER_S);
	char text[32];
	struct tm tm;

	if (time_ns < 0 || gmtime_r(&seconds, &tm) == NULL ||
	    strftime(text, sizeof(text), "%Y%m%d%H%M%S", &tm) == 0)
		return;
	put(m, "farmTime",
	    arena_printf(m->arena, "%s.%03dZ", text,
		(int)(time_ns % NS_PER_S / NS_PER_MS)));
}

static void
put_parameter(struct making *m, const struct entry *e)
{
	const struct reading *r = e->readings;

	if (r == NULL || r->value == NULL)
		return;
	put_bytes(m, "farmValue", r->value, r->length);
	put(m, "farmUnit", r->unit);
	put(m, "farmInstance", r->instance);
	put_time(m, r->time_ns);
}

static char *
print_reading(struct arena *arena, const struct reading *r, size_t *ret_length)
{
	struct buffer b = BUFFER_INIT;
	char *text = NULL;

	buffer_printf(&b, "%s=", r->parameter);
	buffer_put(&b, r->value, r->length);
	if (r->unit[0] != '\0')
		buffer_printf(&b, " %s", r->unit);
	*ret_length = b.size;
	if (!buffer_failed(&b))
		text = arena_copy(arena, b.data, b.size, 1);
	buffer_free(&b);
	return text;
}

/* "Load5=0.75", a value each, of what has no attribute of its own. */
static void
put_readings(struct making *m, const struct layout *l, const struct entry *e)
{
	const struct reading *r;
	struct attribute *a;
	const char **values;
	size_t *lengths, n = 0;

	for (r = e->readings; r != NULL; r = r->next)
		n++;
	a = begin(m, "farmReading", n, &values, &lengths);
	for (r = e->readings; a != NULL && r != NULL; r = r->next) {
		if (r->value == NULL ||
		    layout_attribute(l, r->parameter) != NULL)
			continue;
		values[a->n] = print_reading(m->arena, r, &lengths[a->n]);
		if (values[a->n] == NULL)
			m->failed = true;
		a->n++;
	}
}

static const struct reading *
find(const struct entry *e, const char *parameter)
{
	const struct reading *r = e->readings;

	while (r != NULL && strcmp(r->parameter, parameter) != 0)
		r = r->next;
	return r;
}

static int64_t
newest(const struct entry *e)
{
	int64_t time_ns = INT64_MIN;

	for (const struct reading *r = e->readings; r != NULL; r = r->next)
		if (r->value != NULL && r->time_ns > time_ns)
			time_ns = r->time_ns;
	return time_ns;
}

static void
put_node(struct making *m, const struct layout *l, const struct entry *e)
{
	for (size_t i = 0; i < l->attributes.n; i++) {
		const struct farm_pair *p = &l->attributes.pairs[i];
		const struct reading *r = find(e, p->key);
		bool there = r != NULL && r->value != NULL;

		put_bytes(
		    m, p->value, there ? r->value : "", there ? r->length : 0);
	}
	if (!l->readings)
		return;
	put_readings(m, l, e);
	put_time(m, newest(e));
}

static void
put_changing(struct making *m, const struct content *c, const struct entry *e)
{
	const struct layout *l = c->layout;

	if (e->level + 1 == l->plan.n) {
		if (layout_is_of_nodes(l))
			put_node(m, l, e);
		else
			put_parameter(m, e);
	} else if (l->plan.levels[e->level].depth == DEPTH_FARM &&
		   c->endpoint[0] != '\0')
		put(m, "labeledURI", c->endpoint);
}

static void
put_classes(struct making *m, const struct content *c, const struct entry *e)
{
	const struct classes *classes = &c->layout->classes[e->level];
	const char **values;
	size_t *lengths;
	struct attribute *a = begin(
	    m, "objectClass", classes->n + 1, &values, &lengths);

	if (a == NULL)
		return;
	for (; a->n < classes->n; a->n++)
		values[a->n] = classes->names[a->n];
	if (c->dynamic)
		values[a->n++] = "dynamicObject";
	for (size_t i = 0; i < a->n; i++)
		lengths[i] = strlen(values[i]);
}

/* All names stand in each entry of ours, to be searched for. */
static void
put_names(struct making *m, const struct content *c, const struct entry *e)
{
	const char *own = c->layout->plan.levels[e->level].attribute;
	const struct {
		const char *attribute, *name;
	} names[] = {
		{ "farmName", e->names.farm },
		{ "farmClusterName", e->names.cluster },
		{ "farmNodeName", e->names.node },
		{ "farmParameterName", e->names.parameter },
	};

	put(m, own, e->name);
	for (size_t i = 0; c->layout->classes[e->level].ours && i < 4; i++)
		if (names[i].name != NULL &&
		    strcmp(names[i].attribute, own) != 0)
			put(m, names[i].attribute, names[i].name);
}

static int
finish(const struct making *m, struct attributes *ret)
{
	if (m->failed)
		return -1;
	*ret = (struct attributes){ m->items, m->n };
	return 0;
}

static int
start(struct making *m, const struct content *c, struct arena *arena)
{
	*m = (struct making){ .arena = arena };
	m->items = arena_array(
	    arena, FIXED + c->layout->attributes.n, sizeof(*m->items));
	return m->items == NULL ? -1 : 0;
}

int
content_changing(const struct content *c, const struct entry *e,
    struct arena *arena, struct attributes *ret)
{
	struct making m;

	if (start(&m, c, arena) != 0)
		return -1;
	put_changing(&m, c, e);
	return finish(&m, ret);
}

int
content_whole(const struct content *c, const struct entry *e,
    struct arena *arena, struct attributes *ret)
{
	struct making m;

	if (start(&m, c, arena) != 0)
		return -1;
	put_classes(&m, c, e);
	put_names(&m, c, e);
	put_changing(&m, c, e);
	return finish(&m, ret);
}
