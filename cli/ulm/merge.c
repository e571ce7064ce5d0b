/* A heap of streams: the one with the oldest line is on top. */
#include "merge.h"

#include <stdbool.h>

static bool
is_before(const struct stream *a, const struct stream *b)
{
	return a->time_ns != b->time_ns ? a->time_ns < b->time_ns
					: a->rank < b->rank;
}

/* Number i goes down to where it belongs. */
static void
sink(struct stream **heap, size_t n, size_t i)
{
	struct stream *s = heap[i];
	size_t child;

	for (; (child = 2 * i + 1) < n; i = child) {
		if (child + 1 < n && is_before(heap[child + 1], heap[child]))
			child++;
		if (!is_before(heap[child], s))
			break;
		heap[i] = heap[child];
	}
	heap[i] = s;
}

/* Those that have a line at all come together; *n is how many. */
static int
begin(struct stream **streams, size_t *n, struct error *err)
{
	size_t kept = 0, i;
	int more;

	for (i = 0; i < *n; i++) {
		streams[i]->rank = i;
		more = streams[i]->next(streams[i], err);
		if (more < 0)
			return -1;
		if (more > 0)
			streams[kept++] = streams[i];
	}
	*n = kept;
	for (i = kept / 2; i-- > 0;)
		sink(streams, kept, i);
	return 0;
}

int
merge(struct stream **heap, size_t n, merge_put_fn *put, void *cookie,
    struct error *err)
{
	struct stream *oldest;
	int more;

	if (begin(heap, &n, err) != 0)
		return -1;
	while (n > 0) {
		oldest = heap[0];
		if (put(cookie, oldest->time_ns, oldest->line, err) != 0)
			return -1;
		more = oldest->next(oldest, err);
		if (more < 0)
			return -1;
		if (more == 0)
			heap[0] = heap[--n];
		if (n > 0)
			sink(heap, n, 0);
	}
	return 0;
}
