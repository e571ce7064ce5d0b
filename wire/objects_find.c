#include "objects_private.h"

#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------- sorting --- */

static int
compare_order(const struct entry *x, const struct entry *y)
{
	return (x->order > y->order) - (x->order < y->order);
}

static int
compare_modules(const void *a, const void *b)
{
	const struct entry *x = *(struct entry *const *)a;
	const struct entry *y = *(struct entry *const *)b;
	int c = strcmp(x->object.name, y->object.name);

	if (c == 0 && x->object.module != y->object.module)
		c = strcmp(x->object.module, y->object.module);
	return c != 0 ? c : compare_order(x, y);
}

static int
compare_names(const void *a, const void *b)
{
	const struct entry *x = *(struct entry *const *)a;
	const struct entry *y = *(struct entry *const *)b;
	int c = strcmp(x->object.name, y->object.name);

	return c != 0 ? c : compare_order(x, y);
}

static int
compare_oids(const void *a, const void *b)
{
	const struct entry *x = *(struct entry *const *)a;
	const struct entry *y = *(struct entry *const *)b;
	int c = ber_oid_compare(x->object.oid, y->object.oid);

	return c != 0 ? c : compare_order(x, y);
}

static void
say_disagreement(const struct entry *kept, const struct entry *dropped,
    const char *path, struct problems *problems)
{
	struct buffer here = BUFFER_INIT, before = BUFFER_INIT;

	oid_print(&here, dropped->object.oid);
	oid_print(&before, kept->object.oid);
	problem_in(problems, path, dropped->line, 1,
	    "%s::%s is %s here and %s before", dropped->object.module,
	    dropped->object.name, buffer_text(&here), buffer_text(&before));
	buffer_free(&here);
	buffer_free(&before);
}

/* Of what a module says twice, the first counts. */
static void
drop_doubles(struct objects *o, const char *path, struct problems *problems)
{
	struct entry *kept = NULL, *e;
	size_t i, n = 0;

	qsort(o->by_name, o->n, sizeof(struct entry *), compare_modules);
	for (i = 0; i < o->n; i++) {
		e = o->by_name[i];
		if (kept == NULL ||
		    strcmp(kept->object.name, e->object.name) != 0 ||
		    strcmp(kept->object.module, e->object.module) != 0)
			o->by_name[n++] = kept = e;
		else if (ber_oid_compare(kept->object.oid, e->object.oid) != 0)
			say_disagreement(kept, e, path, problems);
	}
	o->n = n;
}

/*
 * All that stands below an OID follows it, so whatever is above an entry is
 * the one before it, or above that one.
 */
static struct entry *
nearest_above(struct entry *e, struct ber_bytes oid)
{
	while (e != NULL && !ber_oid_below(oid, e->object.oid))
		e = e->above;
	return e;
}

static void
sort_oids(struct objects *o)
{
	struct entry *e, *last = NULL;
	size_t i, n = 0;

	memcpy(o->by_oid, o->by_name, o->n * sizeof(struct entry *));
	qsort(o->by_oid, o->n, sizeof(struct entry *), compare_oids);
	for (i = 0; i < o->n; i++) {
		e = o->by_oid[i];
		if (last != NULL &&
		    ber_oid_compare(last->object.oid, e->object.oid) == 0)
			continue;
		e->above = nearest_above(last, e->object.oid);
		o->by_oid[n++] = last = e;
	}
	o->n_oids = n;
}

void
objects_sort(struct objects *o, const char *path, struct problems *problems)
{
	if (o->n == 0)
		return;
	drop_doubles(o, path, problems);
	qsort(o->by_name, o->n, sizeof(struct entry *), compare_names);
	sort_oids(o);
}

/* ------------------------------------------------------------- looking --- */

const struct object *
objects_at(const struct objects *o, size_t i)
{
	return i < o->n_oids ? &o->by_oid[i]->object : NULL;
}

struct slice
objects_split(const char *text, size_t length, struct slice *ret_module)
{
	struct slice name = { text, length }, module = { text, 0 };
	size_t i;

	for (i = 0; i + 1 < length; i++)
		if (text[i] == ':' && text[i + 1] == ':') {
			module.length = i;
			slice_skip(&name, i + 2);
			break;
		}
	*ret_module = module;
	return name;
}

/* <0, 0, >0 */
static int
compare_slice(struct slice s, const char *text)
{
	int c = strncmp(s.text, text, s.length);

	return c != 0 ? c : -(text[s.length] != '\0');
}

const struct object *
objects_find(const struct objects *o, struct slice name, struct slice module)
{
	size_t low = 0, high = o->n, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (compare_slice(name, o->by_name[middle]->object.name) > 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < o->n && slice_is(name, o->by_name[low]->object.name);
	     low++)
		if (module.length == 0 ||
		    slice_is(module, o->by_name[low]->object.module))
			return &o->by_name[low]->object;
	return NULL;
}

const struct object *
objects_by_name(const struct objects *o, const char *text)
{
	struct slice module, name = objects_split(text, strlen(text), &module);

	return objects_find(o, name, module);
}

const struct object *
objects_by_oid(const struct objects *o, struct ber_bytes oid)
{
	size_t low = 0, high = o->n_oids, middle;
	struct entry *e;

	/* The last one that does not stand behind `oid', or below it. */
	while (low < high) {
		middle = low + (high - low) / 2;
		if (ber_oid_compare(o->by_oid[middle]->object.oid, oid) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	e = low == 0 ? NULL : nearest_above(o->by_oid[low - 1], oid);
	return e == NULL ? NULL : &e->object;
}

void
objects_print_oid(
    struct buffer *b, const struct objects *o, struct ber_bytes oid)
{
	const struct object *object = o == NULL ? NULL : objects_by_oid(o, oid);

	if (object == NULL) {
		oid_print(b, oid);
		return;
	}
	buffer_puts(b, object->name);
	if (oid.size == object->oid.size)
		return;
	buffer_putc(b, '.');
	oid_print_below(b, oid, object->oid);
}
