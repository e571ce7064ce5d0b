/* Any text as a list of hosts: names that are names, or an error. */
#include "hostlist.h"

#include <string.h>

#include "name.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct arena *arena = arena_new(0);
	const char *const *names;
	struct error err;
	size_t i, n;

	if (hostlist_expand(arena,
		arena_strndup(arena, (const char *)bytes, size), &names, &n,
		&err) == 0) {
		if (n == 0 || n > HOSTLIST_MAX)
			__builtin_trap();
		for (i = 0; i < n; i++)
			if (name_check(
				"node", names[i], strlen(names[i]), &err) != 0)
				__builtin_trap();
	}
	arena_free(arena);
	return 0;
}
