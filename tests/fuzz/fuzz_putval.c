/* PUTVAL lines, and their escapes. */
#include "putval.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
look_at(struct putval *p)
{
	char *copy = malloc(p->plugin.length);
	struct putval_list list;
	struct farm_value value;
	int got, one;

	if (copy == NULL || putval_unescape(copy, p->plugin) == 0)
		abort();
	free(copy);
	while ((got = putval_next(p, &list, NULL)) != 0)
		while (got > 0 &&
		       (one = putval_value(&list, true, &value, NULL)) != 0)
			if (one > 0 && value.type == FARM_TEXT)
				abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest = { (const char *)data, size };
	struct putval p;
	int got;

	while ((got = putval_parse(&rest, &p, NULL)) != 0)
		if (got > 0)
			look_at(&p);
	return 0;
}
