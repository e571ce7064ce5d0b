/* Any bytes as a YAML file: a tree that can be walked, or problems. */
#include "buffer.h"
#include "yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct problems problems = PROBLEMS_INIT;
	struct arena *arena = arena_new(0);
	struct buffer json = { .limit = 1 << 20 };
	const struct farm_tree *root;

	if (yaml_parse(arena, "fuzz", (const char *)bytes, size, &root,
		&problems) == 0)
		tree_json(&json, root);
	else if (problems.n_errors == 0)
		__builtin_trap();
	buffer_free(&json);
	problems_free(&problems);
	arena_free(arena);
	return 0;
}
