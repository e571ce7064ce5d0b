#include "column.h"

#include <stdlib.h>
#include <string.h>

static int
grow(struct column *c, size_t n)
{
	char **chunks;

	if (n <= c->n_chunks)
		return 0;
	chunks = realloc(c->chunks, n * sizeof(*chunks));
	if (chunks == NULL)
		return -1;
	memset(chunks + c->n_chunks, 0, (n - c->n_chunks) * sizeof(*chunks));
	c->bytes += (n - c->n_chunks) * sizeof(*chunks);
	c->chunks = chunks;
	c->n_chunks = n;
	return 0;
}

/* From the beginning of a line of the processor's caches on: an item of 64
   bytes is one then. */
static void *
chunk_new(const struct column *c)
{
	void *chunk = aligned_alloc(64, COLUMN_CHUNK * c->item);

	return chunk != NULL ? memset(chunk, 0, COLUMN_CHUNK * c->item) : NULL;
}

void *
column_need(struct column *c, uint32_t number)
{
	size_t chunk = number / COLUMN_CHUNK;

	if (grow(c, chunk + 1) != 0)
		return NULL;
	if (c->chunks[chunk] == NULL) {
		c->chunks[chunk] = chunk_new(c);
		if (c->chunks[chunk] == NULL)
			return NULL;
		c->bytes += COLUMN_CHUNK * c->item;
	}
	return column_at(c, number);
}

void
column_free(struct column *c)
{
	for (size_t i = 0; i < c->n_chunks; i++)
		free(c->chunks[i]);
	free(c->chunks);
	*c = (struct column){ .item = c->item };
}
