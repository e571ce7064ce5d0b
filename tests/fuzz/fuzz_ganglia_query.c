/* Questions to gmetad: what is taken apart lies in the line, in its order. */
#include "ganglia_query.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *line = (const char *)data, *at = line;
	struct ganglia_query q;
	struct slice regex;
	size_t i;

	if (ganglia_query_parse(line, size, &q) != 0)
		return 0;
	if (size == 0 || size > GANGLIA_QUERY_MAX ||
	    q.depth > GANGLIA_QUERY_DEPTH)
		abort();
	for (i = 0; i < q.depth; i++) {
		if (q.path[i].text <= at ||
		    q.path[i].text + q.path[i].length > line + size)
			abort();
		if (q.path[i].length > 0 &&
		    memchr(q.path[i].text, '/', q.path[i].length) != NULL)
			abort();
		if (ganglia_query_regex(q.path[i], &regex) &&
		    regex.length + 1 != q.path[i].length)
			abort();
		at = q.path[i].text;
	}
	return 0;
}
