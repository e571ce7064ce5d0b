/* Requests of NRDP: their heads, and their bodies. */
#include <stdint.h>
#include <stdlib.h>

#include "nrdp.h"
#include "nrdp_door.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct slice all = { (const char *)data, size };
	struct arena *arena = arena_new(0);
	struct nrdp_request request;
	size_t head = 0, n = 0;
	ssize_t whole;

	if (arena == NULL)
		abort();
	whole = nrdp_request_size(all, &head, NULL);
	if (whole > 0 && (head > size || (size_t)whole < head))
		abort();
	if (nrdp_parse(arena, all, &request, NULL) == 0) {
		for (const struct nrdp_result *r = request.results; r != NULL;
		     r = r->next, n++)
			if (r->host[0] == '\0' || r->state < 0)
				abort();
		if (n != request.n)
			abort();
	}
	arena_free(arena);
	return 0;
}
