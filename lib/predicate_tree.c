#include <string.h>

#include "clock.h"
#include "name.h"
#include "pattern.h"
#include "predicate.h"
#include "predicate_text.h"

/* A mapping being read. */
struct reading {
	struct farm_predicate *to;
	struct predicate_draft draft;
	struct problems *problems;
	bool has_to;
};

static int
need_scalar(struct reading *in, const struct farm_tree *t)
{
	if (t->kind == FARM_SCALAR)
		return 0;
	return problem_at(in->problems, t, "\"%s\" must be one value", t->key);
}

/* A pattern as it stands, without the escapes of the text form. */
static int
read_pattern(struct reading *in, const struct farm_tree *t, const char **ret)
{
	struct pattern *compiled;
	struct error err;
	char *text;

	if (need_scalar(in, t) != 0)
		return -1;
	text = arena_strdup(
	    in->draft.arena, t->value[0] == '\0' ? "*" : t->value);
	if (text == NULL)
		return problem_at(in->problems, t, "out of memory");
	if (pattern_new(
		&compiled, text, (in->to->flags & FARM_COMPAT) != 0, &err) != 0)
		return problem_at(in->problems, t, "%s", err.text);
	pattern_free(compiled);
	*ret = text;
	return 0;
}

static int
read_parameter(struct reading *in, const struct farm_tree *t)
{
	const char *pattern;
	struct error err;

	if (read_pattern(in, t, &pattern) != 0)
		return -1;
	if (draft_parameter(&in->draft, pattern, &err) != 0)
		return problem_at(in->problems, t, "%s", err.text);
	return 0;
}

static int
read_constraint(struct reading *in, const struct farm_tree *t)
{
	size_t before = in->draft.n_constraints;
	struct error err;

	if (need_scalar(in, t) != 0)
		return -1;
	if (draft_items(&in->draft, t->value, in->to->flags, &err) != 0)
		return problem_at(
		    in->problems, t, "\"%s\": %s", t->value, err.text);
	if (in->draft.n_constraints != before + 1)
		return problem_at(in->problems, t,
		    "\"%s\" is not one constraint, as \"Load5>4\" is",
		    t->value);
	return 0;
}

/* Each of a list, or the one. */
static int
read_each(struct reading *in, const struct farm_tree *t,
    int (*read)(struct reading *, const struct farm_tree *))
{
	int status = 0;
	size_t i;

	if (t->kind != FARM_SEQUENCE)
		return read(in, t);
	for (i = 0; i < t->n_children; i++)
		if (read(in, t->children[i]) != 0)
			status = -1;
	return status;
}

static int
read_parameters(struct reading *in, const struct farm_tree *t)
{
	return read_each(in, t, read_parameter);
}

static int
read_where(struct reading *in, const struct farm_tree *t)
{
	return read_each(in, t, read_constraint);
}

/* Received at 0, so that what is before now comes out negative. */
static int
read_time(struct reading *in, const struct farm_tree *t, int64_t *ret_ns)
{
	struct error err;

	if (need_scalar(in, t) != 0)
		return -1;
	if (time_parse(t->value, 0, ret_ns, &err) != 0)
		return problem_at(in->problems, t, "%s", err.text);
	return 0;
}

static int
read_from(struct reading *in, const struct farm_tree *t)
{
	if (read_time(in, t, &in->to->from_ns) != 0)
		return -1;
	/* "now" is not "ever". */
	if (strcmp(t->value, "now") == 0)
		in->to->from_ns = -1;
	return 0;
}

static int
read_to(struct reading *in, const struct farm_tree *t)
{
	in->has_to = true;
	return read_time(in, t, &in->to->to_ns);
}

static int
read_flag(struct reading *in, const struct farm_tree *t, uint32_t flag)
{
	if (need_scalar(in, t) != 0)
		return -1;
	if (strcmp(t->value, "true") == 0)
		in->to->flags |= flag;
	else if (strcmp(t->value, "false") == 0)
		in->to->flags &= ~flag;
	else
		return problem_at(
		    in->problems, t, "\"%s\" must be true or false", t->key);
	return 0;
}

static int
read_farm(struct reading *in, const struct farm_tree *t)
{
	return read_pattern(in, t, &in->to->farm);
}

static int
read_cluster(struct reading *in, const struct farm_tree *t)
{
	return read_pattern(in, t, &in->to->cluster);
}

static int
read_node(struct reading *in, const struct farm_tree *t)
{
	return read_pattern(in, t, &in->to->node);
}

static int
read_follow(struct reading *in, const struct farm_tree *t)
{
	return read_flag(in, t, FARM_FOLLOW);
}

static int
read_compat(struct reading *in, const struct farm_tree *t)
{
	return read_flag(in, t, FARM_COMPAT);
}

/* In the order in which they are read: compat says what patterns mean. */
static const struct {
	const char *key;
	int (*read)(struct reading *, const struct farm_tree *);
} keys[] = {
	{ "compat", read_compat },
	{ "farm", read_farm },
	{ "cluster", read_cluster },
	{ "node", read_node },
	{ "parameters", read_parameters },
	{ "where", read_where },
	{ "from", read_from },
	{ "to", read_to },
	{ "follow", read_follow },
};

#define N_KEYS (sizeof(keys) / sizeof(keys[0]))

static int
unknown_keys(const struct farm_tree *t, struct problems *problems)
{
	const char *names[N_KEYS], *meant;
	int status = 0;
	size_t i, k;

	for (k = 0; k < N_KEYS; k++)
		names[k] = keys[k].key;
	for (i = 0; i < t->n_children; i++) {
		for (k = 0; k < N_KEYS; k++)
			if (strcmp(t->children[i]->key, names[k]) == 0)
				break;
		if (k < N_KEYS)
			continue;
		meant = name_suggest(t->children[i]->key, names, N_KEYS);
		status = problem_at(problems, t->children[i],
		    "a predicate has no \"%s\"%s%s%s", t->children[i]->key,
		    meant == NULL ? "" : "; did you mean \"",
		    meant == NULL ? "" : meant, meant == NULL ? "" : "\"?");
	}
	return status;
}

static int
read_mapping(struct arena *arena, const struct farm_tree *t,
    struct farm_predicate *to, struct problems *problems)
{
	struct reading in = {
		.to = to, .draft = { .arena = arena }, .problems = problems
	};
	int status = unknown_keys(t, problems);
	struct error err;
	size_t i, k;

	*to = (struct farm_predicate){
		.farm = "*", .cluster = "*", .node = "*"
	};
	for (k = 0; k < N_KEYS; k++)
		for (i = 0; i < t->n_children; i++)
			if (strcmp(t->children[i]->key, keys[k].key) == 0 &&
			    keys[k].read(&in, t->children[i]) != 0)
				status = -1;
	if (in.has_to && (to->flags & FARM_FOLLOW) != 0)
		status = problem_at(
		    problems, t, "\"follow\" has no end: leave out \"to\"");
	if (draft_finish(&in.draft, to, &err) != 0)
		status = problem_at(problems, t, "%s", err.text);
	return status;
}

/* Add those of one piece of the tree. */
static int
read_tree(struct arena *arena, const struct farm_tree *t,
    struct farm_predicate **all, size_t *n, struct problems *problems)
{
	struct farm_predicate one, *some = &one, *grown;
	size_t n_some = 1;
	struct error err;

	if (t->kind == FARM_SEQUENCE)
		return problem_at(problems, t,
		    "a list of predicates in a list of predicates");
	if (t->kind == FARM_MAPPING) {
		if (read_mapping(arena, t, &one, problems) != 0)
			return -1;
	} else if (predicate_parse(arena, t->value, 0, &some, &n_some, &err) !=
		   0) {
		return problem_at(
		    problems, t, "predicate \"%s\": %s", t->value, err.text);
	}
	grown = arena_array(arena, *n + n_some, sizeof(*grown));
	if (grown == NULL)
		return problem_at(problems, t, "out of memory");
	if (*n > 0)
		memcpy(grown, *all, *n * sizeof(*grown));
	memcpy(grown + *n, some, n_some * sizeof(*grown));
	*all = grown;
	*n += n_some;
	return 0;
}

int
predicate_from_tree(struct arena *arena, const struct farm_tree *tree,
    struct farm_predicate **ret, size_t *ret_n, struct problems *problems)
{
	struct farm_predicate *all = NULL;
	size_t n = 0, i;
	int status = 0;

	if (tree->kind != FARM_SEQUENCE)
		status = read_tree(arena, tree, &all, &n, problems);
	else
		for (i = 0; i < tree->n_children; i++)
			if (read_tree(arena, tree->children[i], &all, &n,
				problems) != 0)
				status = -1;
	if (status != 0)
		return -1;
	*ret = all;
	*ret_n = n;
	return 0;
}
