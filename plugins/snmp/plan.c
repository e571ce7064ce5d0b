#include "plan.h"

#include <string.h>

#include "plan_parse.h"

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

static void
settle_source(const struct plan_value *v, struct plan_source *s)
{
	const struct object *o = s->object;

	s->plain = v->scale == 0 && v->factor == PLAN_NONE && v->n_map == 0 &&
		   (o == NULL ||
		       (*o->hint == '\0' && (o->n_enums == 0 || !v->named)));
	if (v->counters == COUNTERS_RAW)
		s->counts = false;
	else if (v->kind >= 0)
		s->counts = v->kind == FARM_COUNTER32 ||
			    v->kind == FARM_COUNTER64;
	else
		s->counts = v->n_map == 0 &&
			    object_kind(o, BER_COUNTER64) == FARM_COUNTER64;
}

static void
settle_values(struct plan_value *v, size_t n)
{
	for (; n > 0; n--, v++) {
		settle_source(v, &v->source);
		settle_source(v, &v->fallback);
	}
}

void
plan_settle(struct plan *plan)
{
	struct plan_table *t;
	size_t i, k;

	settle_values(plan->scalars, plan->n_scalars);
	plan->n_values = plan->n_scalars;
	for (i = 0; i < plan->n_tables; i++) {
		t = &plan->tables[i];
		t->first = plan->n_values;
		plan->n_values += t->n_columns;
		settle_values(t->columns, t->n_columns);
		/* Its objects are those of the cells, not of the column. */
		if (t->whole)
			t->columns->source.plain = false;
		for (k = 0; k < t->n_columns; k++)
			t->rated |= t->columns[k].counters != COUNTERS_RAW;
	}
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
