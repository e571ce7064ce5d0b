/* Resource files, macros and command lines of Nagios, made of one text. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "macros.h"
#include "resource.h"
#include "line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
try_text(struct arena *arena, const char *text, const struct farm_map *users)
{
	struct farm_list args = { &text, 1 };
	struct macros m = { .args = args, .users = *users };
	struct buffer b = BUFFER_INIT;
	const char *const *words;

	(void)macros_expand(&b, &m, text, NULL);
	buffer_clear(&b);
	m.lenient = true;
	b.limit = 1 << 20;
	if (macros_expand(&b, &m, text, NULL) != 0)
		abort();
	words = line_split(arena, text, false, NULL);
	if (words != NULL && words[0] == NULL)
		abort();
	buffer_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice all = { (const char *)data, size };
	struct arena *arena = arena_new(0);
	struct farm_map users = { NULL, 0 };
	char *text = strndup(all.text == NULL ? "" : all.text, size);

	if (arena == NULL || text == NULL)
		abort();
	(void)resource_parse(all, arena, &users, NULL);
	try_text(arena, text, &users);
	free(text);
	arena_free(arena);
	return 0;
}
