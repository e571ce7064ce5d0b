#include "plan.h"

#include <string.h>

struct plan *
plan_new(const struct objects *objects)
{
	struct arena *arena = arena_new(0);
	struct plan *plan = NULL;

	if (arena != NULL)
		plan = arena_alloc(arena, sizeof(*plan));
	if (plan == NULL) {
		arena_free(arena);
		return NULL;
	}
	plan->arena = arena;
	plan->objects = objects;
	return plan;
}

static void
free_patterns(struct pattern **patterns, size_t n)
{
	while (n-- > 0)
		pattern_free(patterns[n]);
}

void
plan_free(struct plan *plan)
{
	const struct plan_table *t;
	size_t i, k;

	if (plan == NULL)
		return;
	for (i = 0; i < plan->n_tables; i++) {
		t = &plan->tables[i];
		for (k = 0; k < t->n_filters; k++) {
			free_patterns(t->filters[k].want, t->filters[k].n_want);
			free_patterns(t->filters[k].deny, t->filters[k].n_deny);
		}
	}
	arena_free(plan->arena);
}

const struct plan_value *
plan_value(
    const struct plan *plan, size_t i, const struct plan_table **ret_table)
{
	const struct plan_table *t = plan->tables;

	*ret_table = NULL;
	if (i < plan->n_scalars)
		return &plan->scalars[i];
	while (i >= t->first + t->n_columns)
		t++;
	*ret_table = t;
	return &t->columns[i - t->first];
}

static bool
any_matches(
    struct pattern *const *patterns, size_t n, const char *text, size_t length)
{
	while (n-- > 0)
		if (pattern_match(patterns[n], text, length))
			return true;
	return false;
}

bool
plan_passes(const struct plan_filter *f, const char *text, size_t length)
{
	if (any_matches(f->deny, f->n_deny, text, length))
		return false;
	return f->n_want == 0 || any_matches(f->want, f->n_want, text, length);
}
