/* From configuration to a plan: what objects are meant, and how they are
   spoken of. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "name.h"
#include "plan.h"
#include "plan_parse.h"
#include "yaml.h"

static const char *const source_keys[] = { "get", "walk", "table", NULL };
static const char *const setting_keys[] = { "map", "fallback", "scale", "unit",
	"kind", "max", "counters", "rate", NULL };
static const char *const table_keys[] = { "columns", "row", "name", "where",
	"refresh", NULL };

/* ------------------------------------------------------------- helpers -- */

int
parse_no_memory(struct parse *p)
{
	return problem_at(p->problems, NULL, "out of memory");
}

/* An array of the plan with room for one more, which is zeroed; NULL with a
   problem added if there is none. */
void *
parse_append(struct parse *p, void *items, size_t *n, size_t size)
{
	char *grown = arena_grow(
	    p->plan->arena, items, *n * size, (*n + 1) * size);

	if (grown == NULL) {
		parse_no_memory(p);
		return NULL;
	}
	memset(grown + *n * size, 0, size);
	++*n;
	return grown;
}

static bool
is_among(const char *key, const char *const *names)
{
	while (names != NULL && *names != NULL)
		if (strcmp(key, *names++) == 0)
			return true;
	return false;
}

/* A key that nobody knows, with the one that was probably meant. */
static int
check_keys(struct parse *p, const struct farm_tree *tree,
    const char *const *first, const char *const *second,
    const char *const *third)
{
	const char *const *lists[] = { first, second, third };
	const char *all[64], *meant;
	const struct farm_tree *child;
	size_t i, k, n = 0;
	int status = 0;

	for (i = 0; i < 3; i++)
		for (k = 0; lists[i] != NULL && lists[i][k] != NULL; k++)
			all[n++] = lists[i][k];
	for (i = 0; i < tree->n_children; i++) {
		child = tree->children[i];
		if (is_among(child->key, first) ||
		    is_among(child->key, second) || is_among(child->key, third))
			continue;
		meant = name_suggest(child->key, all, n);
		status = problem_at(p->problems, child,
		    "unknown key \"%s\"%s%s%s", child->key,
		    meant != NULL ? "; did you mean \"" : "",
		    meant != NULL ? meant : "", meant != NULL ? "\"?" : "");
	}
	return status;
}

int
parse_expect(struct parse *p, const struct farm_tree *tree, uint32_t kind,
    const char *what, const char *wanted)
{
	if (tree->kind == kind)
		return 0;
	return problem_at(p->problems, tree, "%s is %s, not %s", what,
	    tree_kind_name(tree), wanted);
}

/* ------------------------------------------------------------- objects -- */

static struct ber_bytes
keep_oid(struct parse *p, const struct oid *oid)
{
	uint8_t *copy = arena_alloc(p->plan->arena, oid->size);

	if (copy == NULL) {
		parse_no_memory(p);
		return (struct ber_bytes){ NULL, 0 };
	}
	memcpy(copy, oid->bytes, oid->size);
	return (struct ber_bytes){ copy, oid->size };
}

static int
resolve(struct parse *p, const struct farm_tree *tree, struct oid *ret,
    const struct object **ret_object)
{
	struct error err;

	*ret_object = NULL;
	if (parse_expect(p, tree, FARM_SCALAR, "an object", "a name") != 0)
		return -1;
	if (objects_resolve(
		p->plan->objects, tree->value, ret, ret_object, &err) != 0)
		return problem_at(p->problems, tree, "%s", err.text);
	if (ret->size > PLAN_OID_BYTES_MAX)
		return problem_at(p->problems, tree,
		    "\"%s\" is longer than %d bytes", tree->value,
		    PLAN_OID_BYTES_MAX);
	return 0;
}

int
parse_column(
    struct parse *p, const struct farm_tree *tree, struct plan_source *ret)
{
	const struct object *object;
	struct oid oid;

	if (resolve(p, tree, &oid, &object) != 0)
		return -1;
	if (object != NULL && object->syntax >= OBJECT_NODE &&
	    object->oid.size == oid.size)
		return problem_at(p->problems, tree,
		    "%s has no values of its own", tree->value);
	ret->object = object;
	ret->oid = keep_oid(p, &oid);
	return ret->oid.size > 0 ? 0 : -1;
}

static bool
is_column(const struct plan *plan, const struct object *object)
{
	uint32_t numbers[BER_OID_MAX];
	struct oid above;
	const struct object *row;
	size_t n = ber_oid_numbers(object->oid, numbers);

	above.size = (uint16_t)ber_oid_encode(numbers, n - 1, above.bytes);
	row = objects_by_oid(plan->objects, oid_bytes(&above));
	return row != NULL && row->syntax == OBJECT_ROW &&
	       row->oid.size == above.size;
}

/*
 * An OID that GETNEXT steps from to this one, if it is there: nothing stands
 * between them, as what has a value has nothing below it.
 */
static int
step_before(struct parse *p, struct plan_source *s)
{
	uint32_t numbers[BER_OID_MAX];
	size_t n = ber_oid_numbers(s->oid, numbers);
	struct oid before;

	if (n > 2 && numbers[n - 1] == 0)
		n--;
	else
		numbers[n - 1]--;
	before.size = (uint16_t)ber_oid_encode(numbers, n, before.bytes);
	s->before = keep_oid(p, &before);
	return s->before.size > 0 ? 0 : -1;
}

/* A scalar by its object alone means its only instance. */
static int
scalar_source(
    struct parse *p, const struct farm_tree *tree, struct plan_source *ret)
{
	const struct object *object;
	struct oid oid;

	if (resolve(p, tree, &oid, &object) != 0)
		return -1;
	if (object != NULL && object->oid.size == oid.size) {
		if (object->syntax >= OBJECT_NODE)
			return problem_at(p->problems, tree,
			    "%s has no value of its own: use `walk'",
			    tree->value);
		if (is_column(p->plan, object))
			return problem_at(p->problems, tree,
			    "%s is a column: use `table', or name the row as "
			    "in \"%s.1\"",
			    tree->value, tree->value);
		oid.bytes[oid.size++] = 0;
	}
	ret->object = object;
	ret->oid = keep_oid(p, &oid);
	return ret->oid.size > 0 ? step_before(p, ret) : -1;
}

/* "ifInOctets.5" without what need not be said: the module, a scalar's 0. */
static const char *
name_of(struct parse *p, const struct farm_tree *tree)
{
	const char *text = tree->value, *colons = strstr(text, "::");
	size_t length;

	if (colons != NULL)
		text = colons + 2;
	length = strlen(text);
	if (length > 2 && strcmp(text + length - 2, ".0") == 0 &&
	    strspn(text, ".0123456789") < length)
		length -= 2;
	return arena_strndup(p->plan->arena, text, length);
}

/* -------------------------------------------------------------- values -- */

static int
same_oid(struct ber_bytes a, struct ber_bytes b)
{
	return a.size == b.size && memcmp(a.data, b.data, a.size) == 0;
}

static struct plan_value
new_value(const struct parse *p, const char *name)
{
	return (struct plan_value){ .name = name,
		.rate = p->defaults->rate,
		.kind = -1,
		.counters = (uint8_t)p->defaults->counters,
		.factor = PLAN_NONE,
		.named = p->defaults->named };
}

/* 1: is there already, 0: is not, -1: something else has the name. */
static int
find_scalar(struct parse *p, const struct farm_tree *tree, const char *name,
    struct ber_bytes oid)
{
	const struct plan *plan = p->plan;
	size_t i;

	for (i = 0; i < plan->n_scalars; i++)
		if (strcmp(plan->scalars[i].name, name) == 0) {
			if (same_oid(plan->scalars[i].source.oid, oid))
				return 1;
			return problem_at(p->problems, tree,
			    "\"%s\" is the name of another object already",
			    name);
		}
	return 0;
}

static int
add_scalar(struct parse *p, const struct farm_tree *tree, const char *name)
{
	struct plan_source source = { .object = NULL };
	struct plan *plan = p->plan;
	struct plan_value *grown;
	struct error err;
	int found;

	if (name == NULL)
		return parse_no_memory(p);
	if (name_check("parameter", name, strlen(name), &err) != 0)
		return problem_at(p->problems, tree, "%s", err.text);
	if (scalar_source(p, tree, &source) != 0)
		return -1;
	found = find_scalar(p, tree, name, source.oid);
	if (found != 0)
		return found < 0 ? -1 : 0;
	grown = parse_append(
	    p, plan->scalars, &plan->n_scalars, sizeof(*grown));
	if (grown == NULL)
		return -1;
	plan->scalars = grown;
	grown[plan->n_scalars - 1] = new_value(p, name);
	grown[plan->n_scalars - 1].source = source;
	return 0;
}

/* {NAME: OBJECT} or [OBJECT]: calls `add' for each. */
static int
each_object(struct parse *p, const struct farm_tree *tree, const char *what,
    int (*add)(struct parse *, const struct farm_tree *, const char *))
{
	const struct farm_tree *child;
	int status = 0;
	size_t i;

	if (tree->kind == FARM_SCALAR)
		return problem_at(p->problems, tree,
		    "%s is a string, not a list or a mapping", what);
	for (i = 0; i < tree->n_children; i++) {
		child = tree->children[i];
		if (child->kind != FARM_SCALAR)
			status = parse_expect(
			    p, child, FARM_SCALAR, "an object", "a name");
		else if (add(p, child,
			     tree->kind == FARM_MAPPING
				 ? child->key
				 : name_of(p, child)) != 0)
			status = -1;
	}
	return status;
}

/* -------------------------------------------------------------- tables -- */

static struct plan_table *
add_table(struct parse *p)
{
	struct plan *plan = p->plan;
	struct plan_table *grown, *t;

	grown = parse_append(p, plan->tables, &plan->n_tables, sizeof(*grown));
	if (grown == NULL)
		return NULL;
	plan->tables = grown;
	t = p->table = &grown[plan->n_tables - 1];
	t->label = "";
	t->name = "{row}_{column}";
	t->refresh_ns = p->defaults->refresh_ns;
	return t;
}

static int
add_column(struct parse *p, const struct farm_tree *tree, const char *name)
{
	struct plan_table *t = p->table;
	struct plan_source source = { .object = NULL };
	struct plan_value *grown;
	size_t i;

	if (name == NULL)
		return parse_no_memory(p);
	for (i = 0; i < t->n_columns; i++)
		if (strcmp(t->columns[i].name, name) == 0)
			return problem_at(p->problems, tree,
			    "column \"%s\" stands there twice", name);
	if (parse_column(p, tree, &source) != 0)
		return -1;
	if (t->n_columns == PLAN_COLUMNS_MAX)
		return problem_at(p->problems, tree,
		    "a table has at most %d columns", PLAN_COLUMNS_MAX);
	grown = parse_append(p, t->columns, &t->n_columns, sizeof(*grown));
	if (grown == NULL)
		return -1;
	t->columns = grown;
	grown[t->n_columns - 1] = new_value(p, name);
	grown[t->n_columns - 1].source = source;
	return 0;
}

/* One column without any name of its own, below which all is taken. */
static int
add_walk(struct parse *p, const struct farm_tree *tree)
{
	const struct object *object;
	struct plan_table *t;
	struct oid oid;

	if (resolve(p, tree, &oid, &object) != 0)
		return -1;
	t = add_table(p);
	if (t == NULL)
		return -1;
	t->whole = true;
	t->label = tree->value;
	t->columns = parse_append(p, NULL, &t->n_columns, sizeof(*t->columns));
	if (t->columns == NULL)
		return -1;
	t->columns[0] = new_value(p, tree->value);
	t->columns[0].source.oid = keep_oid(p, &oid);
	return t->columns[0].source.oid.size > 0 ? 0 : -1;
}

static int
table_refresh(struct parse *p, const struct farm_tree *tree)
{
	struct error err;

	if (parse_expect(p, tree, FARM_SCALAR, "`refresh'", "a duration") != 0)
		return -1;
	if (duration_parse(tree->value, &p->table->refresh_ns, &err) != 0)
		return problem_at(p->problems, tree, "%s", err.text);
	if (p->table->refresh_ns < 0)
		return problem_at(p->problems, tree, "refresh is negative");
	return 0;
}

static int
table_name(struct parse *p, const struct farm_tree *tree)
{
	const char *const places[] = { "{row}", "{column}", "{index}",
		"{text}" };
	const char *at;
	size_t i;

	if (parse_expect(p, tree, FARM_SCALAR, "`name'", "a text") != 0)
		return -1;
	for (at = strchr(tree->value, '{'); at != NULL;
	     at = strchr(at + 1, '{')) {
		for (i = 0; i < 4; i++)
			if (strncmp(at, places[i], strlen(places[i])) == 0)
				break;
		if (i == 4)
			return problem_at(p->problems, tree,
			    "\"%s\": only {row}, {column}, {index} and {text} "
			    "stand for something",
			    tree->value);
	}
	if (strstr(tree->value, "{row}") == NULL &&
	    strstr(tree->value, "{index}") == NULL &&
	    strstr(tree->value, "{text}") == NULL)
		return problem_at(p->problems, tree,
		    "\"%s\" is the same for all rows: put {row} or {index} "
		    "in it",
		    tree->value);
	p->table->name = tree->value;
	return 0;
}

static int
parse_table(struct parse *p, const struct farm_tree *tree)
{
	const struct farm_tree *child;
	struct plan_table *t;
	int status;

	if (parse_expect(p, tree, FARM_MAPPING, "a table", "a mapping") != 0)
		return -1;
	t = add_table(p);
	if (t == NULL)
		return -1;
	status = check_keys(p, tree, table_keys, setting_keys, NULL);
	child = tree_get(tree, "columns");
	if (child == NULL)
		return problem_at(p->problems, tree, "`columns' is missing");
	status |= each_object(p, child, "`columns'", add_column);
	if (t->n_columns == 0)
		return status != 0 ? -1
				   : problem_at(p->problems, child,
					 "`columns' is empty");
	t->label = t->columns[0].name;
	if ((child = tree_get(tree, "row")) != NULL)
		status |= parse_row(p, child);
	if ((child = tree_get(tree, "where")) != NULL)
		status |= parse_where(p, child);
	if ((child = tree_get(tree, "name")) != NULL)
		status |= table_name(p, child);
	if ((child = tree_get(tree, "refresh")) != NULL)
		status |= table_refresh(p, child);
	return status | parse_settings(p, tree, t, NULL, 0);
}

/* ------------------------------------------------------------- settings -- */

/* What a setting's NAME may mean. */
struct scope {
	struct plan_value *scalars;
	size_t n_scalars;
	struct plan_table *tables;
	size_t n_tables;
};

static int
set_number(struct parse *p, const struct farm_tree *tree, double *ret)
{
	char *end;
	double number;

	if (parse_expect(p, tree, FARM_SCALAR, tree->key, "a number") != 0)
		return -1;
	number = strtod(tree->value, &end);
	if (end == tree->value || *end != '\0' || !isfinite(number) ||
	    number == 0)
		return problem_at(p->problems, tree,
		    "\"%s\" is no number other than 0", tree->value);
	*ret = number;
	return 0;
}

static bool
is_number(const char *text)
{
	char *end;

	(void)strtod(text, &end);
	return end != text && *end == '\0';
}

static int
set_scale(struct parse *p, const struct farm_tree *tree, struct plan_value *v,
    bool column)
{
	if (tree->kind != FARM_SCALAR || is_number(tree->value))
		return set_number(p, tree, &v->scale);
	if (!column)
		return problem_at(p->problems, tree,
		    "\"%s\" is no number, and \"%s\" no column of a table, "
		    "which another column may scale",
		    tree->value, tree->key);
	return parse_factor(p, tree, v);
}

static int
set_max(struct parse *p, const struct farm_tree *tree, struct plan_value *v,
    bool column)
{
	(void)column;
	return set_number(p, tree, &v->max_rate);
}

static int
set_unit(struct parse *p, const struct farm_tree *tree, struct plan_value *v,
    bool column)
{
	(void)column;
	if (parse_expect(p, tree, FARM_SCALAR, "a unit", "a text") != 0)
		return -1;
	v->unit = tree->value;
	return 0;
}

static int
set_kind(struct parse *p, const struct farm_tree *tree, struct plan_value *v,
    bool column)
{
	static const char *const kinds[] = { "gauge", "counter32", "counter64",
		"state" };
	int16_t i;

	(void)column;
	for (i = 0; i < 4 && tree->kind == FARM_SCALAR; i++)
		if (strcmp(tree->value, kinds[i]) == 0) {
			v->kind = i;
			return 0;
		}
	return problem_at(p->problems, tree,
	    "\"%s\" is none of gauge, counter32, counter64, state",
	    tree->value);
}

static int
set_fallback(struct parse *p, const struct farm_tree *tree,
    struct plan_value *v, bool column)
{
	return column ? parse_column(p, tree, &v->fallback)
		      : scalar_source(p, tree, &v->fallback);
}

static int
set_map(struct parse *p, const struct farm_tree *tree, struct plan_value *v,
    bool column)
{
	struct farm_pair *pairs;
	size_t i;

	(void)column;
	if (parse_expect(p, tree, FARM_MAPPING, "a map", "a mapping") != 0)
		return -1;
	pairs = arena_array(p->plan->arena, tree->n_children, sizeof(*pairs));
	if (pairs == NULL)
		return parse_no_memory(p);
	for (i = 0; i < tree->n_children; i++) {
		if (parse_expect(p, tree->children[i], FARM_SCALAR,
			tree->children[i]->key, "a text") != 0)
			return -1;
		pairs[i].key = tree->children[i]->key;
		pairs[i].value = tree->children[i]->value;
	}
	v->map = pairs;
	v->n_map = tree->n_children;
	return 0;
}

typedef int setter(
    struct parse *, const struct farm_tree *, struct plan_value *, bool column);

static const struct {
	const char *key;
	setter *set;
} setters[] = {
	{ "map", set_map },
	{ "fallback", set_fallback },
	{ "scale", set_scale },
	{ "unit", set_unit },
	{ "kind", set_kind },
	{ "max", set_max },
};

static int
set_among(struct parse *p, const struct farm_tree *tree,
    struct plan_value *values, size_t n, setter *set, bool column, size_t *met)
{
	int status = 0;
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(values[i].name, tree->key) == 0) {
			++*met;
			status |= set(p, tree, &values[i], column);
		}
	return status;
}

/* {NAME: ...}: whoever has the name, be it several. */
static int
set_named(struct parse *p, const struct farm_tree *tree,
    const struct scope *scope, setter *set)
{
	struct plan_table *t = scope->tables;
	size_t i, met = 0;
	int status;

	status = set_among(
	    p, tree, scope->scalars, scope->n_scalars, set, false, &met);
	for (i = 0; i < scope->n_tables; i++) {
		p->table = &t[i];
		status |= set_among(
		    p, tree, t[i].columns, t[i].n_columns, set, true, &met);
	}
	if (met == 0)
		return problem_at(p->problems, tree,
		    "\"%s\" is no parameter or column that is read", tree->key);
	return status;
}

static int
parse_counters(struct parse *p, const struct farm_tree *tree, int *ret)
{
	static const char *const choices[] = { "raw", "rate", "both" };
	int i;

	for (i = 0; i < 3 && tree->kind == FARM_SCALAR; i++)
		if (strcmp(tree->value, choices[i]) == 0) {
			*ret = i;
			return 0;
		}
	return problem_at(
	    p->problems, tree, "`counters' is none of raw, rate, both");
}

static void
set_rates(struct plan_value *v, size_t n, int counters, const char *rate)
{
	for (; n > 0; n--, v++) {
		if (counters >= 0)
			v->counters = (uint8_t)counters;
		if (rate != NULL)
			v->rate = rate;
	}
}

static int
parse_rates(
    struct parse *p, const struct farm_tree *tree, const struct scope *scope)
{
	const struct farm_tree *counters = tree_get(tree, "counters");
	const struct farm_tree *rate = tree_get(tree, "rate");
	int which = -1;
	size_t i;

	if (counters != NULL && parse_counters(p, counters, &which) != 0)
		return -1;
	if (rate != NULL && (rate->kind != FARM_SCALAR ||
				strstr(rate->value, "{name}") == NULL))
		return problem_at(
		    p->problems, rate, "`rate' is no text with {name} in it");
	set_rates(scope->scalars, scope->n_scalars, which,
	    rate != NULL ? rate->value : NULL);
	for (i = 0; i < scope->n_tables; i++)
		set_rates(scope->tables[i].columns, scope->tables[i].n_columns,
		    which, rate != NULL ? rate->value : NULL);
	return 0;
}

int
parse_settings(struct parse *p, const struct farm_tree *tree,
    struct plan_table *tables, struct plan_value *scalars, size_t n_scalars)
{
	struct scope scope = { scalars, n_scalars, tables,
		(size_t)(p->plan->tables + p->plan->n_tables - tables) };
	const struct farm_tree *child;
	int status = parse_rates(p, tree, &scope);
	size_t i, k;

	for (i = 0; i < sizeof(setters) / sizeof(*setters); i++) {
		child = tree_get(tree, setters[i].key);
		if (child == NULL)
			continue;
		if (parse_expect(
			p, child, FARM_MAPPING, child->key, "a mapping") != 0) {
			status = -1;
			continue;
		}
		for (k = 0; k < child->n_children; k++)
			status |= set_named(
			    p, child->children[k], &scope, setters[i].set);
	}
	return status;
}

/* ------------------------------------------------------------ the whole -- */

static int
parse_tables(struct parse *p, const struct farm_tree *tree)
{
	int status = 0;
	size_t i;

	if (tree->kind != FARM_SEQUENCE)
		return parse_table(p, tree);
	for (i = 0; i < tree->n_children; i++)
		status |= parse_table(p, tree->children[i]);
	return status;
}

static int
parse_walks(struct parse *p, const struct farm_tree *tree)
{
	int status = 0;
	size_t i;

	if (tree->kind == FARM_SCALAR)
		return add_walk(p, tree);
	if (parse_expect(p, tree, FARM_SEQUENCE, "`walk'", "a list") != 0)
		return -1;
	for (i = 0; i < tree->n_children; i++)
		status |= add_walk(p, tree->children[i]);
	return status;
}

int
plan_add(struct plan *plan, const struct farm_tree *tree,
    const char *const *also, const struct plan_defaults *defaults,
    struct problems *problems)
{
	struct parse p = { plan, defaults, problems, NULL };
	size_t tables = plan->n_tables, scalars = plan->n_scalars;
	const struct farm_tree *child;
	int status;

	if (parse_expect(&p, tree, FARM_MAPPING, "what is read", "a mapping"))
		return -1;
	status = check_keys(&p, tree, source_keys, setting_keys, also);
	if ((child = tree_get(tree, "get")) != NULL)
		status |= each_object(&p, child, "`get'", add_scalar);
	if ((child = tree_get(tree, "walk")) != NULL)
		status |= parse_walks(&p, child);
	if ((child = tree_get(tree, "table")) != NULL)
		status |= parse_tables(&p, child);
	status |= parse_settings(&p, tree, plan->tables + tables,
	    plan->scalars + scalars, plan->n_scalars - scalars);
	plan_settle(plan);
	return status != 0 ? -1 : 0;
}
