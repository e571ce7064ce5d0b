#include "bins.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int
open_edges(
    struct farm_host *host, struct bins *b, const struct farm_list *edges)
{
	b->edges = calloc(edges->n, sizeof(*b->edges));
	if (b->edges == NULL)
		return farm_fail(host, "out of memory");
	for (size_t i = 0; i < edges->n; i++) {
		const char *text = edges->items[i];
		char *end;

		b->edges[i] = strtod(text, &end);
		if (end == text || *end != '\0' || !isfinite(b->edges[i]))
			return farm_fail(
			    host, "edges: \"%s\" is no number", text);
		if (i > 0 && b->edges[i] <= b->edges[i - 1])
			return farm_fail(host,
			    "edges: %s is not above %s, the one before it",
			    text, edges->items[i - 1]);
	}
	return 0;
}

int
bins_open(struct farm_host *host, struct bins *b, int64_t n,
    const struct farm_list *edges)
{
	if (edges->n > 0 && n > 0)
		return farm_fail(host, "edges: there are bins already");
	if (edges->n >= BINS_MAX)
		return farm_fail(
		    host, "edges: %d at most, not %zu", BINS_MAX - 1, edges->n);
	b->n = edges->n > 0 ? edges->n + 1 : (size_t)n;
	if (b->n == 0)
		return 0;
	b->counts = calloc(b->n, sizeof(*b->counts));
	if (b->counts == NULL)
		return farm_fail(host, "out of memory");
	return edges->n > 0 ? open_edges(host, b, edges) : 0;
}

void
bins_free(struct bins *b)
{
	free(b->edges);
	free(b->counts);
	*b = (struct bins){ .n = 0 };
}

void
bins_clear(struct bins *b)
{
	if (b->n > 0)
		memset(b->counts, 0, b->n * sizeof(*b->counts));
	b->below = b->above = 0;
}

/* Of halves: the difference of any two is a double. */
static uint64_t *
of_one_width(struct bins *b, double number, double min, double max)
{
	double width = max / 2 - min / 2;
	double place;

	if (number < min)
		return &b->below;
	if (number > max)
		return &b->above;
	if (width == 0)
		return &b->counts[0];
	place = (number / 2 - min / 2) / width * (double)b->n;
	return &b->counts[place < (double)b->n ? (size_t)place : b->n - 1];
}

static uint64_t *
between_edges(struct bins *b, double number)
{
	size_t i = 0;

	while (i < b->n - 1 && number >= b->edges[i])
		i++;
	return &b->counts[i];
}

void
bins_add(struct bins *b, double number, double min, double max)
{
	if (b->edges != NULL)
		++*between_edges(b, number);
	else
		++*of_one_width(b, number, min, max);
}
