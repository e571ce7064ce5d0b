#include "rules.h"

#include <stdlib.h>
#include <string.h>

#include "name.h"

static int
scalar(const struct farm_tree *t, struct problems *p)
{
	if (t->kind == FARM_SCALAR && t->value[0] != '\0')
		return 0;
	return problem_at(p, t, "%s: expected a value", t->key);
}

static int
parse_flag(bool *ret, const struct farm_tree *t, struct problems *p)
{
	static const char *const yes[] = { "yes", "true", "on" };
	static const char *const no[] = { "no", "false", "off" };

	if (scalar(t, p) != 0)
		return -1;
	for (size_t i = 0; i < 3; i++) {
		if (strcmp(t->value, yes[i]) == 0) {
			*ret = true;
			return 0;
		}
		if (strcmp(t->value, no[i]) == 0) {
			*ret = false;
			return 0;
		}
	}
	return problem_at(
	    p, t, "%s: \"%s\" is neither yes nor no", t->key, t->value);
}

/* A number where it is one. */
static struct farm_value
fixed_value(const char *text)
{
	char *end;
	long long integer = strtoll(text, &end, 10);
	double number;

	if (*text != '\0' && *end == '\0')
		return farm_int64(integer);
	number = strtod(text, &end);
	if (*text != '\0' && *end == '\0')
		return farm_double(number);
	return farm_text(text, strlen(text));
}

static int
parse_value(struct rule_value *v, const struct farm_tree *t,
    const struct objects *objects, struct problems *p)
{
	struct error err;

	if (scalar(t, p) != 0)
		return -1;
	v->parameter = t->key;
	if (name_check("parameter", t->key, strlen(t->key), &err) != 0)
		return problem_at(p, t, "%s", err.text);
	if (t->value[0] == '=') {
		v->fixed = fixed_value(t->value + 1);
		return 0;
	}
	if (objects_resolve(objects, t->value, &v->object, NULL, &err) != 0)
		return problem_at(p, t, "%s: %s", t->key, err.text);
	return 0;
}

static int
parse_values(struct rule *r, const struct farm_tree *t,
    const struct objects *objects, struct problems *p)
{
	int rc = 0;

	if (t->kind != FARM_MAPPING)
		return problem_at(p, t,
		    "values: expected PARAMETER: OBJECT or PARAMETER: "
		    "\"=TEXT\"");
	r->values = calloc(t->n_children, sizeof(*r->values));
	if (r->values == NULL)
		return problem_at(p, t, "out of memory");
	for (size_t i = 0; i < t->n_children; i++)
		rc |= parse_value(
		    &r->values[r->n_values++], t->children[i], objects, p);
	return rc;
}

static int
parse_key(struct rule *r, const struct farm_tree *t,
    const struct objects *objects, struct problems *p)
{
	static const char *const keys[] = { "name", "ignore", "values" };
	const char *meant;

	if (strcmp(t->key, "name") == 0) {
		r->name = t->value;
		return scalar(t, p);
	}
	if (strcmp(t->key, "ignore") == 0)
		return parse_flag(&r->ignore, t, p);
	if (strcmp(t->key, "values") == 0)
		return parse_values(r, t, objects, p);
	meant = name_suggest(t->key, keys, sizeof(keys) / sizeof(keys[0]));
	return problem_at(p, t, "unknown key \"%s\"%s%s%s", t->key,
	    meant != NULL ? ", did you mean \"" : "",
	    meant != NULL ? meant : "", meant != NULL ? "\"?" : "");
}

static int
parse_rule(struct rule *r, const struct farm_tree *t,
    const struct objects *objects, struct problems *p)
{
	struct error err;
	int rc = 0;

	if (objects_resolve(objects, t->key, &r->id, NULL, &err) != 0)
		rc = problem_at(p, t, "%s", err.text);
	if (t->kind != FARM_MAPPING)
		return problem_at(
		    p, t, "%s: expected name, ignore or values", t->key);
	for (size_t i = 0; i < t->n_children; i++)
		rc |= parse_key(r, t->children[i], objects, p);
	return rc;
}

static int
longest_first(const void *left, const void *right)
{
	const struct rule *a = left, *b = right;

	return (int)b->id.size - (int)a->id.size;
}

int
rules_parse(struct rules *ret, const struct farm_tree *tree,
    const struct objects *objects, struct problems *p)
{
	int rc = 0;

	if (tree == NULL)
		return 0;
	if (tree->kind != FARM_MAPPING)
		return problem_at(
		    p, tree, "traps: expected a mapping from traps to rules");
	ret->items = calloc(tree->n_children + 1, sizeof(*ret->items));
	if (ret->items == NULL)
		return problem_at(p, tree, "out of memory");
	for (size_t i = 0; i < tree->n_children; i++)
		rc |= parse_rule(
		    &ret->items[ret->n++], tree->children[i], objects, p);
	qsort(ret->items, ret->n, sizeof(*ret->items), longest_first);
	return rc;
}

void
rules_free(struct rules *r)
{
	for (size_t i = 0; i < r->n; i++)
		free(r->items[i].values);
	free(r->items);
	*r = (struct rules){ .n = 0 };
}

const struct rule *
rules_find(const struct rules *r, struct ber_bytes id)
{
	for (size_t i = 0; i < r->n; i++)
		if (ber_oid_below(id, oid_bytes(&r->items[i].id)))
			return &r->items[i];
	return NULL;
}
