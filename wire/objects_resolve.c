#include "objects_private.h"

#include <stdlib.h>
#include <string.h>

#include "name.h"

/*
 * What was meant by `text': an object of `module', or of any if that is empty;
 * or, with a module that is unknown, which module.  NULL if unclear.
 */
static const char *
suggest(const struct objects *o, struct slice text, struct slice module,
    bool modules)
{
	char wanted[FARM_NAME_MAX + 1];
	const struct object *object;
	const char **candidates, *like;
	size_t i, n = 0;

	if (text.length > FARM_NAME_MAX)
		return NULL;
	memcpy(wanted, text.text, text.length);
	wanted[text.length] = '\0';
	candidates = calloc(o->n + 1, sizeof(*candidates));
	if (candidates == NULL)
		return NULL;
	for (i = 0; i < o->n; i++) {
		object = &o->by_name[i]->object;
		if (modules)
			candidates[n++] = object->module;
		else if (module.length == 0 || slice_is(module, object->module))
			candidates[n++] = object->name;
	}
	like = name_suggest(wanted, candidates, n);
	free(candidates);
	return like;
}

static bool
has_module(const struct objects *o, struct slice module)
{
	size_t i;

	for (i = 0; i < o->n; i++)
		if (slice_is(module, o->by_name[i]->object.module))
			return true;
	return false;
}

static int
unknown(const struct objects *o, const char *text, struct slice name,
    struct slice module, struct error *err)
{
	bool modules = module.length > 0 && !has_module(o, module);
	struct slice what = modules ? module : name;
	const char *like = suggest(o, what, module, modules);
	const char *kind = modules ? "MIB module" : "object";

	if (like == NULL)
		return error_set(err, "\"%s\": unknown %s \"%.*s\"", text, kind,
		    (int)what.length, what.text);
	return error_set(err,
	    "\"%s\": unknown %s \"%.*s\"; did you mean \"%s\"?", text, kind,
	    (int)what.length, what.text, like);
}

/* The object's OID and the numbers behind its name, ".5" or "". */
static int
append(const struct object *object, const char *text, const char *numbers,
    struct oid *ret, struct error *err)
{
	struct buffer b = BUFFER_INIT;
	struct error why;
	int result;

	oid_print(&b, object->oid);
	buffer_puts(&b, numbers);
	result = oid_parse(buffer_text(&b), ret, &why);
	if (result != 0)
		error_set(err,
		    "\"%s\": numbers with dots between them must follow the "
		    "name",
		    text);
	buffer_free(&b);
	return result;
}

int
objects_resolve(const struct objects *o, const char *text, struct oid *ret,
    const struct object **ret_object, struct error *err)
{
	const struct object *object, *nearest;
	struct slice name, module;

	if (*text == '.' || (*text >= '0' && *text <= '9') || *text == '\0') {
		if (oid_parse(text, ret, err) != 0)
			return -1;
		object = o == NULL ? NULL : objects_by_oid(o, oid_bytes(ret));
	} else if (o == NULL) {
		return error_set(
		    err, "\"%s\": no names are known, only numbers", text);
	} else {
		name = objects_split(text, strcspn(text, "."), &module);
		object = objects_find(o, name, module);
		if (object == NULL)
			return unknown(o, text, name, module, err);
		if (append(object, text, name.text + name.length, ret, err))
			return -1;
		nearest = objects_by_oid(o, oid_bytes(ret));
		if (nearest->oid.size > object->oid.size)
			object = nearest;
	}
	if (ret_object != NULL)
		*ret_object = object;
	return 0;
}
