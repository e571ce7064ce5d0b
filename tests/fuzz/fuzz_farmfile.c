/* Any bytes as a farm file of MonALISA: errors, or YAML that can be read. */
#include "import.h"

#include "yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct problems problems = PROBLEMS_INIT;
	struct arena *arena = arena_new(0);
	struct farmfile_parser *p = farmfile_parser_new(arena, &problems);
	struct buffer yaml = BUFFER_INIT;
	const struct farm_tree *root;
	struct import plan;

	farmfile_parse(p, "a.conf", (const char *)bytes, size);
	if (import_plan(arena, farmfile_tree(p), &plan, &problems) == 0) {
		import_print(&yaml, &plan);
		if (yaml_parse(arena, "farm.yaml", yaml.data, yaml.size, &root,
			&problems) < 0)
			__builtin_trap();
	} else if (problems.n_errors == 0) {
		__builtin_trap();
	}
	buffer_free(&yaml);
	problems_free(&problems);
	farmfile_parser_free(p);
	arena_free(arena);
	return 0;
}
