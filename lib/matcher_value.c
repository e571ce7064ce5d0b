/* Does a value pass what predicates demand of values? */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "matcher_private.h"

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

bool
rule_holds(const struct farm_constraint *rule, const struct farm_value *v)
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
		    constraint_is_about(k, s) && !rule_holds(&k->rule, v))
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

int64_t
matcher_window_ns(const struct matcher *m)
{
	int64_t longest_ns = 0;

	for (size_t i = 0; i < m->n; i++)
		for (size_t k = 0; k < m->clauses[i].n_constraints; k++) {
			const struct farm_constraint *rule =
			    &m->clauses[i].constraints[k].rule;

			if (rule->window_ns > longest_ns)
				longest_ns = rule->window_ns;
		}
	return longest_ns;
}

bool
matcher_windowed(const struct matcher *m)
{
	return m->windowed;
}
