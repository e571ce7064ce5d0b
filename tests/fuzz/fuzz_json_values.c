/* Documents of JSON, by paths and all of them. */
#include "json_values.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
emit(struct farm_host *host, struct farm_target *target,
    const struct farm_spec *spec, struct farm_value value)
{
	(void)host;
	(void)target;
	if (spec->parameter[0] == '\0' || value.type == FARM_NONE)
		abort();
	return 0;
}

static void
read_by(struct slice document, const struct json_values *values)
{
	static const struct farm_host_ops ops = { .size = sizeof(ops),
		.emit = emit };
	struct farm_host host = { &ops };
	struct sink s = { .host = &host, .arena = arena_new(0), .prefix = "" };

	if (s.arena != NULL)
		json_values_read(&s, document, values);
	arena_free(s.arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct farm_pair paths[] = { { "a", "/a/0/b" },
		{ "*", "/*" }, { "*_*_c", "/*/x/*" } };
	const struct json_values all = { .paths = { NULL, 0 } };
	const struct json_values some = { .paths = { paths, 3 } };
	const struct slice document = { (const char *)data, size };

	read_by(document, &all);
	read_by(document, &some);
	return 0;
}
