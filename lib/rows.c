#include "rows.h"

#include <stdlib.h>
#include <string.h>

#define ROWS_FIRST 64

void
rows_free(struct rows *r)
{
	free(r->items);
	*r = (struct rows){ .items = NULL };
}

int
rows_reserve(struct rows *r, size_t n)
{
	size_t capacity = r->capacity == 0 ? ROWS_FIRST : r->capacity;
	struct farm_value *grown;

	while (capacity < r->n + n)
		capacity *= 2;
	if (capacity > r->capacity) {
		grown = reallocarray(r->items, capacity, sizeof(*grown));
		if (grown == NULL)
			return -1;
		r->items = grown;
		r->capacity = capacity;
	}
	return 0;
}

int
rows_add(struct rows *r, const struct farm_value *values, size_t n)
{
	if (rows_reserve(r, n) != 0)
		return -1;
	if (n > 0)
		memcpy(r->items + r->n, values, n * sizeof(*values));
	r->n += n;
	return 0;
}

int
rows_put(struct farm_host *host, struct rows *r, struct farm_value value)
{
	if (rows_add(r, &value, 1) != 0)
		return farm_fail(host, "%zu values: out of memory", r->n + 1);
	return 0;
}

int
rows_emit(struct farm_host *host, struct rows *r, const struct farm_record *in)
{
	size_t n = r->n;

	r->n = 0;
	if (n == 0)
		return 0;
	return farm_emit_rows(host, NULL, in->time_ns, in->flags, r->items, n);
}
