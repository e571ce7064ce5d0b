#include <string.h>

#include "predicate.h"
#include "predicate_text.h"

/* Room for one more; arrays double when their number is a power of two. */
static void *
room(struct arena *arena, void *array, size_t n, size_t size)
{
	if (n > 0 && (n & (n - 1)) != 0)
		return array;
	return arena_grow(arena, array, n * size, (n == 0 ? 1 : 2 * n) * size);
}

int
draft_parameter(
    struct predicate_draft *d, const char *pattern, struct error *err)
{
	const char **parameters;
	size_t i;

	for (i = 0; i < d->n_parameters; i++)
		if (strcmp(d->parameters[i], pattern) == 0)
			return 0;
	if (d->n_parameters == PREDICATE_ITEMS_MAX)
		return error_set(
		    err, "more than %d parameters", PREDICATE_ITEMS_MAX);
	parameters = room(
	    d->arena, d->parameters, d->n_parameters, sizeof(*parameters));
	if (parameters == NULL)
		return error_set(err, "out of memory for a predicate");
	d->parameters = parameters;
	d->parameters[d->n_parameters++] = pattern;
	return 0;
}

int
draft_constraint(struct predicate_draft *d, const struct farm_constraint *c,
    struct error *err)
{
	struct farm_constraint *constraints;

	if (draft_parameter(d, c->parameter, err) != 0)
		return -1;
	if (d->n_constraints == PREDICATE_ITEMS_MAX)
		return error_set(
		    err, "more than %d constraints", PREDICATE_ITEMS_MAX);
	constraints = room(
	    d->arena, d->constraints, d->n_constraints, sizeof(*constraints));
	if (constraints == NULL)
		return error_set(err, "out of memory for a predicate");
	d->constraints = constraints;
	d->constraints[d->n_constraints++] = *c;
	return 0;
}

int
draft_finish(
    struct predicate_draft *d, struct farm_predicate *p, struct error *err)
{
	if (d->n_parameters == 0 && draft_parameter(d, "*", err) != 0)
		return -1;
	p->parameters = d->parameters;
	p->n_parameters = d->n_parameters;
	p->constraints = d->constraints;
	p->n_constraints = d->n_constraints;
	if (p->from_ns < 0 || p->to_ns < 0)
		p->flags |= FARM_RELATIVE;
	return 0;
}

void
predicate_span(const struct farm_predicate *p, int64_t now_ns,
    int64_t *ret_from_ns, int64_t *ret_to_ns)
{
	int64_t from_ns = p->from_ns;
	int64_t to_ns = p->to_ns;

	if (from_ns == 0)
		from_ns = INT64_MIN;
	else if (from_ns < 0 &&
		 __builtin_add_overflow(now_ns, from_ns, &from_ns))
		from_ns = INT64_MIN;
	if (to_ns <= 0 && __builtin_add_overflow(now_ns, to_ns, &to_ns))
		to_ns = INT64_MIN;
	*ret_from_ns = from_ns;
	*ret_to_ns = to_ns;
}
