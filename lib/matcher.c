#include <stdlib.h>
#include <string.h>

#include "matcher_private.h"

static int
clause_compile(
    struct clause *c, const struct farm_predicate *p, struct error *err)
{
	bool compat = (p->flags & FARM_COMPAT) != 0;
	size_t i;

	c->parameters = calloc(p->n_parameters + 1, sizeof(*c->parameters));
	c->constraints = calloc(p->n_constraints + 1, sizeof(*c->constraints));
	if (c->parameters == NULL || c->constraints == NULL)
		return error_set(err, "out of memory for a predicate");
	c->n_parameters = p->n_parameters;
	c->n_constraints = p->n_constraints;
	if (pattern_new(&c->farm, p->farm, compat, err) != 0 ||
	    pattern_new(&c->cluster, p->cluster, compat, err) != 0 ||
	    pattern_new(&c->node, p->node, compat, err) != 0)
		return -1;
	for (i = 0; i < p->n_parameters; i++)
		if (pattern_new(
			&c->parameters[i], p->parameters[i], compat, err) != 0)
			return -1;
	for (i = 0; i < p->n_constraints; i++) {
		c->constraints[i].rule = p->constraints[i];
		if (pattern_new(&c->constraints[i].parameter,
			p->constraints[i].parameter, compat, err) != 0)
			return -1;
	}
	return 0;
}

static void
clause_free(struct clause *c)
{
	size_t i;

	pattern_free(c->farm);
	pattern_free(c->cluster);
	pattern_free(c->node);
	for (i = 0; i < c->n_parameters; i++)
		pattern_free(c->parameters[i]);
	for (i = 0; i < c->n_constraints; i++)
		pattern_free(c->constraints[i].parameter);
	free(c->parameters);
	free(c->constraints);
}

int
matcher_new(struct matcher **ret, const struct farm_predicate *predicates,
    size_t n, struct error *err)
{
	struct matcher *m;
	size_t i, j;

	m = calloc(1, sizeof(*m));
	if (m == NULL)
		return error_set(err, "out of memory for predicates");
	m->clauses = calloc(n + 1, sizeof(*m->clauses));
	if (m->clauses == NULL) {
		error_set(err, "out of memory for predicates");
		goto fail;
	}
	for (i = 0; i < n; i++) {
		m->n++;
		if (clause_compile(&m->clauses[i], &predicates[i], err) != 0)
			goto fail;
		m->has_constraints |= predicates[i].n_constraints > 0;
		for (j = 0; j < predicates[i].n_constraints; j++)
			m->windowed |= predicates[i].constraints[j].function !=
				       FARM_LATEST;
	}
	*ret = m;
	return 0;
fail:
	matcher_free(m);
	return -1;
}

void
matcher_free(struct matcher *m)
{
	size_t i;

	if (m == NULL)
		return;
	for (i = 0; i < m->n; i++)
		clause_free(&m->clauses[i]);
	free(m->clauses);
	free(m);
}

/* ------------------------------------------------------------- names -- */

static bool
name_matches(const struct pattern *p, const char *name)
{
	return pattern_is_any(p) || pattern_match(p, name, strlen(name));
}

bool
clause_names(const struct clause *c, const struct farm_series *s)
{
	size_t i;

	if (!name_matches(c->farm, s->farm) ||
	    !name_matches(c->cluster, s->cluster) ||
	    !name_matches(c->node, s->node))
		return false;
	for (i = 0; i < c->n_parameters; i++)
		if (name_matches(c->parameters[i], s->parameter))
			return true;
	return false;
}

bool
constraint_is_about(const struct constraint *c, const struct farm_series *s)
{
	return name_matches(c->parameter, s->parameter);
}

bool
matcher_series(const struct matcher *m, const struct farm_series *s)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		if (clause_names(&m->clauses[i], s))
			return true;
	return false;
}

/* A name that is not given rules out nothing. */
static bool
clause_partly(const struct clause *c, const struct farm_series *s)
{
	bool parameter = s->parameter == NULL;
	size_t i;

	for (i = 0; i < c->n_parameters && !parameter; i++)
		parameter = name_matches(c->parameters[i], s->parameter);
	return parameter &&
	       (s->farm == NULL || name_matches(c->farm, s->farm)) &&
	       (s->cluster == NULL || name_matches(c->cluster, s->cluster)) &&
	       (s->node == NULL || name_matches(c->node, s->node));
}

bool
matcher_partly(const struct matcher *m, const struct farm_series *s)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		if (clause_partly(&m->clauses[i], s))
			return true;
	return false;
}

static bool
clause_may_match(const struct clause *c, const struct matcher_source *s)
{
	bool node = s->n_nodes == 0, parameter = c->n_parameters > 0;
	size_t i, k;

	for (i = 0; i < s->n_nodes && !node; i++)
		node = name_matches(c->node, s->nodes[i]);
	if (s->n_parameters > 0)
		parameter = false;
	for (i = 0; i < c->n_parameters && !parameter; i++)
		for (k = 0; k < s->n_parameters && !parameter; k++)
			parameter = pattern_may_match(
			    c->parameters[i], s->parameters[k]);
	return node && parameter && name_matches(c->farm, s->farm) &&
	       name_matches(c->cluster, s->cluster);
}

bool
matcher_may_match(const struct matcher *m, const struct matcher_source *s)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		if (clause_may_match(&m->clauses[i], s))
			return true;
	return false;
}
