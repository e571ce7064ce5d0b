/*
 * keep.c - the option `keep', a span or a mapping of levels to spans.
 */
#include "keep.h"

#include <string.h>

#include "clock.h"

/* What averaging needs of what it is made of: the slot itself, and three
   before it in which something may have begun that is still in force. */
#define SLOTS_NEEDED 4
/* Raw values are kept for at least this long for averaging alone. */
#define RAW_MIN_NS (3600 * NS_PER_S)
/* A hundred years, as people write them. */
#define SPAN_MAX_NS (INT64_C(36500) * 86400 * NS_PER_S)
#define STEP_MAX_NS (INT64_C(366) * 86400 * NS_PER_S)

static int
fail(const struct farm_tree *at, struct error *err)
{
	return error_prefix(
	    err, "%s:%u:%u: keep", at->file, at->line, at->column);
}

/* 0s is for ever. */
static int
parse_span(const struct farm_tree *t, int64_t *ret, struct error *err)
{
	int64_t ns;

	if (t->kind != FARM_SCALAR)
		error_set(err, "not a duration");
	else if (duration_parse(t->value, &ns, err) != 0)
		;
	else if (ns < 0 || ns > SPAN_MAX_NS)
		error_set(err, "\"%s\": 0s to 36500d", t->value);
	else {
		*ret = ns == 0 ? INT64_MAX : ns;
		return 0;
	}
	return fail(t, err);
}

static int
parse_step(const struct farm_tree *t, int64_t *ret, struct error *err)
{
	if (duration_parse(t->key, ret, err) != 0)
		return fail(t, err);
	if (*ret > 0 && *ret <= STEP_MAX_NS && *ret % NS_PER_S == 0)
		return 0;
	error_set(err, "level \"%s\": 1s to 366d, in whole seconds", t->key);
	return fail(t, err);
}

/* Does it go with what stands before it? */
static int
check_level(const struct keep *k, const struct keep_level *l,
    const struct farm_tree *t, struct error *err)
{
	const struct keep_level *before = k->n == 0 ? NULL
						    : &k->levels[k->n - 1];

	if (before != NULL && (l->step_ns <= before->step_ns ||
				  l->step_ns % before->step_ns != 0))
		error_set(err, "level \"%s\": not a multiple of the one before",
		    t->key);
	else if (before != NULL && l->keep_ns < before->keep_ns)
		error_set(err,
		    "level \"%s\": kept for less than the one before", t->key);
	else if (before != NULL && before->keep_ns / SLOTS_NEEDED < l->step_ns)
		error_set(err,
		    "level \"%s\": the one before must be kept for four of its"
		    " slots",
		    t->key);
	else if (k->n == KEEP_LEVELS_MAX)
		error_set(err, "level \"%s\": more than %d levels", t->key,
		    KEEP_LEVELS_MAX);
	else
		return 0;
	return fail(t, err);
}

static int
add_level(struct keep *k, const struct farm_tree *t, struct error *err)
{
	struct keep_level l;

	if (parse_step(t, &l.step_ns, err) != 0 ||
	    parse_span(t, &l.keep_ns, err) != 0 ||
	    check_level(k, &l, t, err) != 0)
		return -1;
	k->levels[k->n++] = l;
	return 0;
}

/* `raw' may be left out: then values live for averaging alone. */
static int
settle_raw(struct keep *k, const struct farm_tree *raw,
    const struct farm_tree *tree, struct error *err)
{
	int64_t needed_ns = k->n == 0 ? 0 : SLOTS_NEEDED * k->levels[0].step_ns;

	if (k->n == 0 && raw == NULL) {
		error_set(err, "neither raw nor a level");
		return fail(tree, err);
	}
	if (raw == NULL) {
		k->raw_ns = needed_ns > RAW_MIN_NS ? needed_ns : RAW_MIN_NS;
		return 0;
	}
	if (k->raw_ns >= needed_ns &&
	    (k->n == 0 || k->raw_ns <= k->levels[0].keep_ns))
		return 0;
	error_set(err, k->raw_ns < needed_ns
			   ? "raw: four slots of the first level at least"
			   : "raw: kept for longer than the first level");
	return fail(raw, err);
}

static int
parse_mapping(struct keep *k, const struct farm_tree *tree, struct error *err)
{
	const struct farm_tree *raw = NULL, *child;

	for (size_t i = 0; i < tree->n_children; i++) {
		child = tree->children[i];
		if (strcmp(child->key, "raw") == 0) {
			if (parse_span(child, &k->raw_ns, err) != 0)
				return -1;
			raw = child;
		} else if (add_level(k, child, err) != 0) {
			return -1;
		}
	}
	return settle_raw(k, raw, tree, err);
}

int
keep_parse(struct keep *ret, const struct farm_tree *tree, struct error *err)
{
	struct keep k = { .raw_ns = INT64_MAX };
	int rc = 0;

	if (tree != NULL && tree->kind == FARM_MAPPING)
		rc = parse_mapping(&k, tree, err);
	else if (tree != NULL)
		rc = parse_span(tree, &k.raw_ns, err);
	if (rc != 0)
		return -1;
	k.longest_ns = k.n == 0 ? k.raw_ns : k.levels[k.n - 1].keep_ns;
	*ret = k;
	return 0;
}
