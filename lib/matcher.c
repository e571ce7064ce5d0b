#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pattern.h"
#include "predicate.h"

struct constraint {
	struct pattern *parameter;
	struct farm_constraint rule;
};

/* One predicate. */
struct clause {
	struct pattern *farm;
	struct pattern *cluster;
	struct pattern *node;
	struct pattern **parameters;
	size_t n_parameters;
	struct constraint *constraints;
	size_t n_constraints;
};

struct matcher {
	struct clause *clauses;
	size_t n;
	bool has_constraints;
	bool windowed;
};

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

static bool
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

/* ------------------------------------------------------------ values -- */

/* What came of a comparison: a sign, or no order at all. */
enum order { LESS = -1, EQUAL = 0, GREATER = 1, NO_ORDER = 2 };

static enum order
order_doubles(double a, double b)
{
	if (isnan(a) || isnan(b))
		return NO_ORDER;
	return a < b ? LESS : a > b ? GREATER : EQUAL;
}

/* 2^63 and 2^64: between them and their negatives the integer part of a
   double is an integer of ours. */
#define TWO_63 9223372036854775808.0
#define TWO_64 18446744073709551616.0

static enum order
order_int64(int64_t a, double b)
{
	int64_t whole;

	if (isnan(b))
		return NO_ORDER;
	if (b >= TWO_63)
		return LESS;
	if (b < -TWO_63)
		return GREATER;
	whole = (int64_t)b;
	if (a != whole)
		return a < whole ? LESS : GREATER;
	return order_doubles(0, b - (double)whole);
}

static enum order
order_uint64(uint64_t a, double b)
{
	uint64_t whole;

	if (isnan(b))
		return NO_ORDER;
	if (b >= TWO_64)
		return LESS;
	if (b < 0)
		return GREATER;
	whole = (uint64_t)b;
	if (a != whole)
		return a < whole ? LESS : GREATER;
	return order_doubles(0, b - (double)whole);
}

/* A text that is a number is equal to it; no other order. */
static enum order
order_text(const struct farm_value *v, double b)
{
	char text[64], *end;
	double number;

	if (v->length == 0 || v->length >= sizeof(text))
		return NO_ORDER;
	memcpy(text, v->text, v->length);
	text[v->length] = '\0';
	if (strspn(text, "+-.0123456789eE") != v->length)
		return NO_ORDER;
	number = strtod(text, &end);
	return end == text + v->length && number == b ? EQUAL : NO_ORDER;
}

static enum order
order_of(const struct farm_value *v, double b)
{
	switch (v->type) {
	case FARM_DOUBLE:
		return order_doubles(v->number, b);
	case FARM_INT64:
		return order_int64(v->int64, b);
	case FARM_UINT64:
		return order_uint64(v->uint64, b);
	case FARM_BOOLEAN:
		return order_doubles(v->boolean, b);
	case FARM_TEXT:
		return order_text(v, b);
	default:
		return NO_ORDER;
	}
}

static bool
holds(const struct farm_constraint *rule, const struct farm_value *v)
{
	enum order order = order_of(v, rule->low), high;

	switch (rule->comparison) {
	case FARM_LT:
		return order == LESS;
	case FARM_LE:
		return v->type != FARM_TEXT &&
		       (order == LESS || order == EQUAL);
	case FARM_EQ:
		return order == EQUAL;
	case FARM_NE:
		return order != EQUAL;
	case FARM_GE:
		return v->type != FARM_TEXT &&
		       (order == GREATER || order == EQUAL);
	case FARM_GT:
		return order == GREATER;
	case FARM_BETWEEN:
		high = order_of(v, rule->high);
		return v->type != FARM_TEXT &&
		       (order == GREATER || order == EQUAL) &&
		       (high == LESS || high == EQUAL);
	default:
		return false;
	}
}

static bool
clause_value(const struct clause *c, const struct farm_series *s,
    const struct farm_value *v)
{
	const struct constraint *k;
	size_t i;

	for (i = 0; i < c->n_constraints; i++) {
		k = &c->constraints[i];
		if (k->rule.function == FARM_LATEST &&
		    name_matches(k->parameter, s->parameter) &&
		    !holds(&k->rule, v))
			return false;
	}
	return true;
}

bool
matcher_value(const struct matcher *m, const struct farm_series *s,
    const struct farm_value *v)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		if (clause_names(&m->clauses[i], s) &&
		    clause_value(&m->clauses[i], s, v))
			return true;
	return false;
}

bool
matcher_has_constraints(const struct matcher *m)
{
	return m->has_constraints;
}

bool
matcher_windowed(const struct matcher *m)
{
	return m->windowed;
}
