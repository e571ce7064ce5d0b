/* What a row is called, which rows are wanted, and what scales their values:
   columns that are read rarely. */
#include <string.h>

#include "plan_parse.h"
#include "yaml.h"

static const struct plan_lookup no_lookup = {
	.rank = PLAN_NONE, .filter = PLAN_NONE, .factor = PLAN_NONE
};

static int
add_step(struct parse *p, const struct farm_tree *tree, struct plan_lookup *l)
{
	struct plan_source source;

	if (l->n_steps == PLAN_STEPS_MAX)
		return problem_at(p->problems, tree,
		    "a lookup has at most %d steps", PLAN_STEPS_MAX);
	if (parse_column(p, tree, &source) != 0)
		return -1;
	l->object = source.object;
	l->steps[l->n_steps++] = source.oid;
	return 0;
}

/* {via: OBJECT | [OBJECT, ...], to: OBJECT} */
static int
parse_chain(
    struct parse *p, const struct farm_tree *tree, struct plan_lookup *l)
{
	const struct farm_tree *via = tree_get(tree, "via");
	const struct farm_tree *to = tree_get(tree, "to");
	size_t i;

	if (via == NULL || to == NULL || tree->n_children != 2)
		return problem_at(p->problems, tree,
		    "a chained lookup has two keys, `via' and `to'");
	if (via->kind != FARM_SEQUENCE && add_step(p, via, l) != 0)
		return -1;
	for (i = 0; via->kind == FARM_SEQUENCE && i < via->n_children; i++)
		if (add_step(p, via->children[i], l) != 0)
			return -1;
	return add_step(p, to, l);
}

static bool
same_steps(const struct plan_lookup *a, const struct plan_lookup *b)
{
	size_t i;

	if (a->n_steps != b->n_steps)
		return false;
	for (i = 0; i < a->n_steps; i++)
		if (ber_oid_compare(a->steps[i], b->steps[i]) != 0)
			return false;
	return true;
}

/* A column that is looked up for more than one reason is read once. */
static struct plan_lookup *
find_or_add(struct parse *p, const struct farm_tree *tree,
    const struct plan_lookup *like)
{
	struct plan_table *t = p->table;
	struct plan_lookup *grown;
	size_t i;

	for (i = 0; i < t->n_lookups; i++)
		if (same_steps(&t->lookups[i], like))
			return &t->lookups[i];
	if (t->n_lookups == PLAN_LOOKUPS_MAX) {
		problem_at(p->problems, tree, "a table has at most %d lookups",
		    PLAN_LOOKUPS_MAX);
		return NULL;
	}
	grown = parse_append(p, t->lookups, &t->n_lookups, sizeof(*grown));
	if (grown == NULL)
		return NULL;
	t->lookups = grown;
	grown[t->n_lookups - 1] = *like;
	return &grown[t->n_lookups - 1];
}

static int
add_name(struct parse *p, const struct farm_tree *tree, uint8_t rank)
{
	struct plan_lookup l = no_lookup;
	struct plan_lookup *found;
	int status;

	if (tree->kind == FARM_MAPPING)
		status = parse_chain(p, tree, &l);
	else
		status = add_step(p, tree, &l);
	if (status != 0)
		return -1;
	found = find_or_add(p, tree, &l);
	if (found == NULL)
		return -1;
	if (found->rank == PLAN_NONE)
		found->rank = rank;
	return 0;
}

int
parse_row(struct parse *p, const struct farm_tree *tree)
{
	int status = 0;
	size_t i;

	if (tree->kind != FARM_SEQUENCE)
		return add_name(p, tree, 0);
	if (tree->n_children > PLAN_LOOKUPS_MAX)
		return problem_at(p->problems, tree,
		    "a table has at most %d lookups", PLAN_LOOKUPS_MAX);
	for (i = 0; i < tree->n_children; i++)
		status |= add_name(p, tree->children[i], (uint8_t)i);
	return status;
}

static int
add_pattern(
    struct parse *p, const struct farm_tree *tree, struct plan_filter *f)
{
	bool deny = *tree->value == '!';
	struct pattern *pattern, ***list = deny ? &f->deny : &f->want;
	size_t *n = deny ? &f->n_deny : &f->n_want;
	struct pattern **grown;
	struct error err;

	if (parse_expect(p, tree, FARM_SCALAR, "a filter", "a text") != 0)
		return -1;
	if (pattern_new(&pattern, tree->value + deny, false, &err) != 0)
		return problem_at(p->problems, tree, "%s", err.text);
	grown = parse_append(p, *list, n, sizeof(*grown));
	if (grown == NULL) {
		pattern_free(pattern);
		return -1;
	}
	grown[*n - 1] = pattern;
	*list = grown;
	return 0;
}

static struct plan_filter *
add_filter(struct parse *p, const struct farm_tree *tree)
{
	struct plan_lookup l = no_lookup;
	struct farm_tree object = { .kind = FARM_SCALAR,
		.key = "",
		.value = tree->key,
		.file = tree->file,
		.line = tree->line,
		.column = tree->column };
	struct plan_table *t = p->table;
	struct plan_lookup *found;
	struct plan_filter *grown;

	if (add_step(p, &object, &l) != 0)
		return NULL;
	if (t->n_filters == PLAN_FILTERS_MAX) {
		problem_at(p->problems, tree, "a table has at most %d filters",
		    PLAN_FILTERS_MAX);
		return NULL;
	}
	found = find_or_add(p, tree, &l);
	if (found == NULL)
		return NULL;
	grown = parse_append(p, t->filters, &t->n_filters, sizeof(*grown));
	if (grown == NULL)
		return NULL;
	t->filters = grown;
	found->filter = (uint8_t)(t->n_filters - 1);
	return &grown[t->n_filters - 1];
}

int
parse_where(struct parse *p, const struct farm_tree *tree)
{
	const struct farm_tree *child;
	struct plan_filter *f;
	int status = 0;
	size_t i, k;

	if (parse_expect(p, tree, FARM_MAPPING, "`where'", "a mapping") != 0)
		return -1;
	for (i = 0; i < tree->n_children; i++) {
		child = tree->children[i];
		f = add_filter(p, child);
		if (f == NULL) {
			status = -1;
			continue;
		}
		if (child->kind != FARM_SEQUENCE)
			status |= add_pattern(p, child, f);
		for (k = 0;
		     child->kind == FARM_SEQUENCE && k < child->n_children; k++)
			status |= add_pattern(p, child->children[k], f);
	}
	return status;
}

int
parse_factor(
    struct parse *p, const struct farm_tree *tree, struct plan_value *v)
{
	struct plan_lookup l = no_lookup;
	struct plan_lookup *found;

	if (add_step(p, tree, &l) != 0)
		return -1;
	found = find_or_add(p, tree, &l);
	if (found == NULL)
		return -1;
	if (found->factor == PLAN_NONE)
		found->factor = (uint8_t)p->table->n_factors++;
	v->factor = found->factor;
	v->scaler = l.object;
	return 0;
}
