#include "waiting.h"

#include <stdlib.h>
#include <string.h>

/* A binary heap. */
struct waiting {
	struct waiting_request **heap;
	size_t n;
	size_t capacity;
	size_t bytes;
	size_t max_bytes;
};

struct waiting *
waiting_new(size_t max_bytes)
{
	struct waiting *w = calloc(1, sizeof(*w));

	if (w != NULL)
		w->max_bytes = max_bytes;
	return w;
}

void
waiting_free(struct waiting *w)
{
	size_t i;

	if (w == NULL)
		return;
	for (i = 0; i < w->n; i++)
		free(w->heap[i]);
	free(w->heap);
	free(w);
}

static bool
make_room(struct waiting *w)
{
	size_t capacity = w->capacity == 0 ? 64 : 2 * w->capacity;
	struct waiting_request **heap;

	if (w->n < w->capacity)
		return true;
	heap = realloc(w->heap, capacity * sizeof(*heap));
	if (heap == NULL)
		return false;
	w->heap = heap;
	w->capacity = capacity;
	return true;
}

static void
rise(struct waiting *w, size_t i)
{
	struct waiting_request *one = w->heap[i];

	for (; i > 0 && w->heap[(i - 1) / 2]->due_ns > one->due_ns;
	     i = (i - 1) / 2)
		w->heap[i] = w->heap[(i - 1) / 2];
	w->heap[i] = one;
}

static void
sink(struct waiting *w, size_t i)
{
	struct waiting_request *one = w->heap[i];
	size_t child;

	while ((child = 2 * i + 1) < w->n) {
		if (child + 1 < w->n &&
		    w->heap[child + 1]->due_ns < w->heap[child]->due_ns)
			child++;
		if (w->heap[child]->due_ns >= one->due_ns)
			break;
		w->heap[i] = w->heap[child];
		i = child;
	}
	w->heap[i] = one;
}

bool
waiting_add(struct waiting *w, int64_t due_ns, const struct sockaddr_in *peer,
    uint32_t address, const uint8_t *bytes, size_t size)
{
	struct waiting_request *one;

	if (w->bytes + sizeof(*one) + size > w->max_bytes || !make_room(w))
		return false;
	one = malloc(sizeof(*one) + size);
	if (one == NULL)
		return false;
	one->due_ns = due_ns;
	one->peer = *peer;
	one->address = address;
	one->size = size;
	memcpy(one->bytes, bytes, size);
	w->bytes += sizeof(*one) + size;
	w->heap[w->n++] = one;
	rise(w, w->n - 1);
	return true;
}

const struct waiting_request *
waiting_first(const struct waiting *w)
{
	return w->n > 0 ? w->heap[0] : NULL;
}

struct waiting_request *
waiting_take(struct waiting *w)
{
	struct waiting_request *one = w->heap[0];

	w->bytes -= sizeof(*one) + one->size;
	w->heap[0] = w->heap[--w->n];
	if (w->n > 0)
		sink(w, 0);
	return one;
}
