#include "accepted.h"

#include <stdlib.h>

void
accepted_free(struct accepted *a)
{
	free(a->spans);
	*a = (struct accepted){ .spans = NULL };
}

static int
grow(struct accepted *a)
{
	size_t capacity = a->capacity == 0 ? 16 : 2 * a->capacity;
	struct span *spans;

	if (capacity > ACCEPTED_MAX)
		return -1;
	spans = realloc(a->spans, capacity * sizeof(*spans));
	if (spans == NULL)
		return -1;
	a->spans = spans;
	a->capacity = capacity;
	return 0;
}

int
accepted_add(struct accepted *a, uint64_t first, uint64_t last)
{
	if (a->n == a->capacity && grow(a) != 0)
		return -1;
	a->spans[a->n++] = (struct span){ first, last };
	return 0;
}

bool
accepted_take(struct accepted *a, uint64_t position, struct span *ret)
{
	for (size_t i = 0; i < a->n; i++) {
		if (a->spans[i].last >= position)
			continue;
		*ret = a->spans[i];
		a->spans[i] = a->spans[--a->n];
		return true;
	}
	return false;
}
