/* Any bytes as a file of nodes: each line is one, or a problem, or nothing. */
#include "node_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct problems problems = PROBLEMS_INIT;
	struct arena *arena = arena_new(0);
	struct node_line *lines = NULL;
	size_t n = 0, i;
	int rc;

	rc = node_file_parse(
	    arena, "nodes", (const char *)bytes, size, &lines, &n, &problems);
	if ((rc == 0) != (problems.n_errors == 0))
		__builtin_trap();
	for (i = 0; i < n; i++)
		if (lines[i].names[0] == '\0' || lines[i].place.column == 0)
			__builtin_trap();
	problems_free(&problems);
	arena_free(arena);
	return 0;
}
