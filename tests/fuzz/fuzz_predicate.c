/* A predicate from a stranger: what can be read must print and match. */
#include <stdlib.h>
#include <string.h>

#include "matched.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void
match(const struct matcher *m, const struct farm_series *series)
{
	const struct farm_value v = farm_double(4);
	struct matched *of;

	if (matched_new(&of, m, series) != 0 || of == NULL)
		return;
	for (int64_t i = -20; i < 20; i++)
		(void)matched_value(of, i * i * 1000000000, &v);
	matched_free(of);
}

static void
use(struct arena *arena, const char *text, uint32_t flags)
{
	const struct farm_series series = { "f", "c", "n", "Load5", "" };
	struct buffer printed = BUFFER_INIT;
	struct farm_predicate *p, *again;
	struct matcher *m;
	struct error err;
	size_t n, i, n_again;

	if (predicate_parse(arena, text, flags, &p, &n, &err) != 0)
		return;
	for (i = 0; i < n; i++) {
		buffer_clear(&printed);
		predicate_print(&printed, &p[i]);
		if (predicate_parse(arena, buffer_text(&printed), flags, &again,
			&n_again, &err) != 0 ||
		    n_again != 1 || again->from_ns != p[i].from_ns ||
		    again->n_parameters != p[i].n_parameters ||
		    again->n_constraints != p[i].n_constraints)
			abort();
	}
	if (matcher_new(&m, p, n, &err) == 0) {
		match(m, &series);
		matcher_free(m);
	}
	buffer_free(&printed);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct arena *arena = arena_new(0);
	char *text = arena_strndup(arena, (const char *)bytes, size);

	use(arena, text, 0);
	use(arena, text, FARM_COMPAT);
	arena_free(arena);
	return 0;
}
