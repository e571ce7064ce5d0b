#include "ask.h"

#include <stdlib.h>
#include <string.h>

void
ask_free(struct ask *a)
{
	free(a->names);
	free(a->about);
	free(a->bytes);
	*a = (struct ask){ .names = NULL };
}

void
ask_clear(struct ask *a)
{
	a->n = a->used = a->riders = 0;
	a->failed = false;
}

static int
grow_names(struct ask *a)
{
	size_t capacity = a->capacity == 0 ? 16 : a->capacity * 2;
	void *p;

	p = reallocarray(a->names, capacity, sizeof(*a->names));
	if (p == NULL)
		return -1;
	a->names = p;
	p = reallocarray(a->about, capacity, sizeof(*a->about));
	if (p == NULL)
		return -1;
	a->about = p;
	a->capacity = capacity;
	return 0;
}

static int
grow_bytes(struct ask *a, size_t size)
{
	size_t room = a->room == 0 ? 256 : a->room;
	void *p;

	while (room - a->used < size)
		room *= 2;
	if (room == a->room)
		return 0;
	p = realloc(a->bytes, room);
	if (p == NULL)
		return -1;
	a->bytes = p;
	a->room = room;
	return 0;
}

void
ask_add(struct ask *a, uint32_t about, struct ber_bytes root,
    struct ber_bytes index)
{
	size_t size = root.size + index.size;

	if (a->failed || (a->n == a->capacity && grow_names(a) != 0) ||
	    grow_bytes(a, size) != 0) {
		a->failed = true;
		return;
	}
	memcpy(a->bytes + a->used, root.data, root.size);
	if (index.size > 0)
		memcpy(a->bytes + a->used + root.size, index.data, index.size);
	/* Where the bytes are is known when they move no more. */
	a->names[a->n] = (struct ber_bytes){ NULL, size };
	a->about[a->n++] = about;
	a->used += size;
}

void
ask_done(struct ask *a, uint8_t type, size_t singles, int32_t repetitions)
{
	const uint8_t *p = a->bytes;
	size_t i;

	for (i = 0; i < a->n; i++) {
		a->names[i].data = p;
		p += a->names[i].size;
	}
	a->question = (struct question){ .type = type,
		.non_repeaters = (int32_t)singles,
		.max_repetitions = repetitions,
		.names = a->names,
		.n = a->n };
}
