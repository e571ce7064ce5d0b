#include "selection.h"

#include "arena.h"

int
selection_open(struct farm_host *host, struct selection *s, const char *option,
    const struct farm_list *texts)
{
	struct arena *arena = arena_new(0);
	struct farm_predicate *predicates = NULL;
	struct error err;
	size_t n = 0;
	int rc = -1;

	if (arena == NULL)
		return farm_fail(host, "%s: out of memory", option);
	if (predicate_parse_all(
		arena, texts->items, texts->n, &predicates, &n, &err) == 0)
		rc = matcher_new(&s->matcher, predicates, n, &err);
	arena_free(arena);
	if (rc != 0)
		return farm_fail(host, "%s: %s", option, err.text);
	if (matcher_windowed(s->matcher))
		return farm_fail(host,
		    "%s: avg() and the like over a window mean nothing "
		    "here, where each value is looked at by itself",
		    option);
	return 0;
}

void
selection_close(struct selection *s)
{
	matcher_free(s->matcher);
	s->matcher = NULL;
}

bool
selection_wants(struct farm_host *host, const struct selection *s,
    struct selected *of, const struct farm_value *value)
{
	const struct farm_series *series;

	if (of->known && !of->wanted)
		return false;
	series = farm_series_info(host, value->series);
	if (!of->known) {
		of->known = true;
		of->wanted = matcher_series(s->matcher, series);
	}
	return of->wanted && matcher_value(s->matcher, series, value);
}

int
selection_pass(struct farm_host *host, const struct selection *s,
    struct rows *rows, const struct farm_record *in)
{
	uint32_t i;

	rows->n = 0;
	for (i = 0; i < in->n_values; i++) {
		const struct farm_value *v = &in->values[i];
		struct selected *of = farm_series_state(host, v->series);

		if (of == NULL)
			return farm_fail(host, "out of memory");
		if (selection_wants(host, s, of, v) &&
		    rows_put(host, rows, *v) != 0)
			return -1;
	}
	return rows_emit(host, rows, in);
}
