/* A catalogue, and its objects' hints with the same bytes as values. */
#include <stdlib.h>

#include "objects.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ber_value value = { .tag = BER_OCTETS };
	struct problems problems = PROBLEMS_INIT;
	struct objects *objects = objects_new();
	struct buffer text = BUFFER_INIT;
	const struct object *o;
	struct farm_value v;
	struct error err;
	struct oid oid;
	size_t i;

	if (objects == NULL)
		return 0;
	objects_read(objects, "fuzz", (const char *)data, size, &problems);
	value.bytes = (struct ber_bytes){ data, size };
	for (i = 0; (o = objects_at(objects, i)) != NULL; i++) {
		v = object_value(o, &value, true, &text);
		if (v.type == FARM_TEXT && v.length != text.size)
			abort();
		if (objects_by_oid(objects, o->oid) != o)
			abort();
		if (objects_resolve(objects, o->name, &oid, NULL, &err) != 0)
			abort();
	}
	buffer_free(&text);
	problems_free(&problems);
	objects_free(objects);
	return 0;
}
