#include "outgoing.h"

#include <stdlib.h>

void
outgoing_free(struct outgoing *o)
{
	buffer_free(&o->bytes);
	free(o->ends);
	o->ends = NULL;
	o->n = o->capacity = 0;
}

void
outgoing_clear(struct outgoing *o)
{
	buffer_clear(&o->bytes);
	o->n = 0;
}

size_t
outgoing_start(const struct outgoing *o)
{
	return o->n == 0 ? 0 : o->ends[o->n - 1];
}

void
outgoing_undo(struct outgoing *o)
{
	if (o->bytes.size == 0)
		return;
	o->bytes.size = outgoing_start(o);
	o->bytes.data[o->bytes.size] = '\0';
}

static bool
grow(struct outgoing *o)
{
	size_t capacity = o->capacity == 0 ? 256 : 2 * o->capacity;
	size_t *ends = realloc(o->ends, capacity * sizeof(*ends));

	if (ends == NULL)
		return false;
	o->ends = ends;
	o->capacity = capacity;
	return true;
}

bool
outgoing_end(struct outgoing *o)
{
	if (o->bytes.size - outgoing_start(o) > o->limit) {
		outgoing_undo(o);
		return false;
	}
	if (o->n == o->capacity && !grow(o)) {
		o->bytes.failed = true;
		return true;
	}
	o->ends[o->n++] = o->bytes.size;
	return true;
}

bool
outgoing_next(
    const struct outgoing *o, size_t *i, size_t size, struct slice *ret)
{
	size_t begin;

	if (*i >= o->n)
		return false;
	begin = *i == 0 ? 0 : o->ends[*i - 1];
	do
		++*i;
	while (!o->alone && *i < o->n && o->ends[*i] - begin <= size);
	*ret = (struct slice){ o->bytes.data + begin, o->ends[*i - 1] - begin };
	return true;
}
