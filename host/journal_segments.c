/* The list of segments, with the lock held. */
#include "journal_private.h"

#include <stdlib.h>
#include <string.h>

int
journal_add_segment(struct journal *j, const struct journal_segment *s)
{
	size_t capacity = j->segments_capacity * 2 + 16;
	struct journal_segment *grown;

	if (j->n_segments == j->segments_capacity) {
		grown = reallocarray(j->segments, capacity, sizeof(*grown));
		if (grown == NULL)
			return -1;
		j->segments = grown;
		j->segments_capacity = capacity;
	}
	j->segments[j->n_segments++] = *s;
	return 0;
}

/* The first whose frames go beyond `position'. */
struct journal_segment *
journal_find(struct journal *j, uint64_t position)
{
	size_t low = 0;
	size_t high = j->n_segments;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (j->segments[middle].sums.last_position < position)
			low = middle + 1;
		else
			high = middle;
	}
	return low < j->n_segments ? &j->segments[low] : NULL;
}

struct journal_segment *
journal_segment(struct journal *j, uint64_t first_position)
{
	for (size_t i = 0; i < j->n_segments; i++)
		if (j->segments[i].sums.first_position == first_position)
			return &j->segments[i];
	return NULL;
}

void
journal_drop_segment(struct journal *j, uint64_t first_position)
{
	struct journal_segment *s = journal_segment(j, first_position);
	size_t i;

	if (s == NULL)
		return;
	i = (size_t)(s - j->segments);
	j->n_segments--;
	memmove(s, s + 1, (j->n_segments - i) * sizeof(*s));
}

uint64_t
journal_bytes(const struct journal *j)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < j->n_segments; i++)
		bytes += j->segments[i].packed > 0 ? j->segments[i].packed
						   : j->segments[i].sums.bytes;
	return bytes;
}
