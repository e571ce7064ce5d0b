/* resolve and search: what is known of a name, a number, a word. */
#include "mib.h"

#include <string.h>
#include <strings.h>

static int
resolve_one(const struct objects *o, const char *text, struct buffer *out)
{
	struct buffer instance = BUFFER_INIT;
	const struct object *object;
	struct error err;
	struct oid oid;

	if (objects_resolve(o, text, &oid, &object, &err) != 0)
		return mib_fail(MIB_FAILED, "%s", err.text);
	if (object == NULL)
		return mib_fail(
		    MIB_FAILED, "\"%s\": nothing is known of it", text);
	if (oid.size > object->oid.size) {
		buffer_putc(&instance, '.');
		oid_print_below(&instance, oid_bytes(&oid), object->oid);
	}
	mib_print(out, object, buffer_text(&instance), oid_bytes(&oid));
	buffer_free(&instance);
	return MIB_FINE;
}

int
mib_resolve(const struct mib *mib, int argc, char **argv)
{
	struct objects *o = mib_objects(mib);
	struct buffer out = BUFFER_INIT;
	int i, code = MIB_FINE, written;

	if (o == NULL)
		return MIB_FAILED;
	for (i = 0; i < argc; i++)
		if (resolve_one(o, argv[i], &out) != MIB_FINE)
			code = MIB_FAILED;
	objects_free(o);
	written = mib_write(mib, &out);
	return code != MIB_FINE ? code : written;
}

int
mib_search(const struct mib *mib, int argc, char **argv)
{
	struct objects *o = mib_objects(mib);
	struct buffer out = BUFFER_INIT;
	const struct object *object;
	size_t i, n = 0;

	(void)argc;
	if (o == NULL)
		return MIB_FAILED;
	for (i = 0; (object = objects_at(o, i)) != NULL; i++) {
		if (strcasestr(object->name, argv[0]) == NULL &&
		    strcasestr(object->module, argv[0]) == NULL)
			continue;
		mib_print(&out, object, "", object->oid);
		n++;
	}
	objects_free(o);
	if (n == 0)
		return mib_fail(MIB_FAILED,
		    "no name holds \"%s\"; --mibs adds MIB files", argv[0]);
	return mib_write(mib, &out);
}
