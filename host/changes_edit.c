/* One change of the tree: find the piece a path names, put another there. */
#include <string.h>

#include "changes.h"
#include "hostlist.h"
#include "yaml.h"

#define STEPS_MAX 16

/* What the steps of a path mean depends on where it has come to. */
enum level {
	LEVEL_ROOT,
	LEVEL_CLUSTERS,
	LEVEL_CLUSTER,
	LEVEL_NODES,
	LEVEL_INSTANCES, /* a list, known by name */
	LEVEL_WRITERS,
	LEVEL_WRITER,
	LEVEL_OPTIONS, /* keys, as deep as it goes */
};

struct edit {
	struct arena *arena;
	const char *steps[STEPS_MAX];
	size_t n;
	const struct farm_tree *value; /* NULL: remove */
	const struct farm_tree *origin;
	struct error *err;
	bool failed;
	size_t removed;
};

static const struct farm_tree *edit_at(
    struct edit *, enum level, const struct farm_tree *, size_t i);

static const struct farm_tree *
fail(struct edit *e)
{
	e->failed = true;
	return NULL;
}

static const struct farm_tree *
no_memory(struct edit *e)
{
	error_set(e->err, "out of memory");
	return fail(e);
}

/* ------------------------------------------------------------------- path */

/* One step, without its quotes; NULL if it is empty or has no end. */
static const char *
next_step(struct arena *arena, const char **at)
{
	bool quoted = **at == '"';
	const char *from = *at + quoted;
	size_t n = strcspn(from, quoted ? "\"" : ".");

	if (n == 0 || (quoted && from[n] != '"'))
		return NULL;
	*at = from + n + quoted;
	return arena_strndup(arena, from, n);
}

static int
parse_path(struct edit *e, const char *path)
{
	const char *at = path;
	const char *step;

	for (;;) {
		step = e->n < STEPS_MAX ? next_step(e->arena, &at) : NULL;
		if (step == NULL || (*at != '\0' && *at != '.'))
			return error_set(e->err,
			    "\"%s\" is no path such as "
			    "clusters.workers.collect.reach.every",
			    path);
		e->steps[e->n++] = step;
		if (*at++ == '\0')
			return 0;
	}
}

/* "*" stands for any run of characters. */
static bool
matches(const char *pattern, const char *text)
{
	const char *star = NULL, *back = NULL;

	while (*text != '\0') {
		if (*pattern == '*') {
			star = ++pattern;
			back = text;
		} else if (*pattern == *text) {
			pattern++;
			text++;
		} else if (star != NULL) {
			pattern = star;
			text = ++back;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}

/* ------------------------------------------------------------------ pieces */

static struct farm_tree *
piece_new(
    struct edit *e, enum farm_tree_kind kind, const char *key, size_t room)
{
	struct farm_tree *t = arena_alloc(e->arena, sizeof(*t));

	if (t == NULL)
		return NULL;
	*t = *e->origin; /* where it stands */
	t->kind = kind;
	t->quoted = 0;
	t->key = key;
	t->value = "";
	t->n_children = 0;
	t->children = arena_array(e->arena, room, sizeof(*t->children));
	return t->children == NULL ? NULL : t;
}

static void
add_child(struct farm_tree *t, const struct farm_tree *child)
{
	((const struct farm_tree **)t->children)[t->n_children++] = child;
}

/* The same with room for one more child, and none of its own yet. */
static struct farm_tree *
emptied(struct edit *e, const struct farm_tree *tree, enum farm_tree_kind kind)
{
	struct farm_tree *copy = piece_new(
	    e, kind, tree->key, tree->n_children + 1);

	if (copy == NULL)
		return NULL;
	copy->file = tree->file;
	copy->line = tree->line;
	copy->column = tree->column;
	return copy;
}

static const struct farm_tree *
with_key(struct edit *e, const struct farm_tree *tree, const char *key)
{
	struct farm_tree *copy = arena_alloc(e->arena, sizeof(*copy));

	if (copy == NULL)
		return no_memory(e);
	*copy = *tree;
	copy->key = key;
	return copy;
}

static bool
is_nothing(const struct farm_tree *tree)
{
	return tree == NULL ||
	       (tree->kind == FARM_SCALAR && !tree->quoted &&
		   (tree->value[0] == '\0' || strcmp(tree->value, "~") == 0 ||
		       strcmp(tree->value, "null") == 0));
}

/* "rate", {rate: }, {rate: {name: x}}: its options, NULL if it has none. */
static const struct farm_tree *
options_of(const struct farm_tree *item)
{
	return item->kind == FARM_MAPPING && item->n_children == 1 &&
		       !is_nothing(item->children[0])
		   ? item->children[0]
		   : NULL;
}

static const char *
module_of(const struct farm_tree *item)
{
	return item->kind == FARM_MAPPING && item->n_children == 1
		   ? item->children[0]->key
		   : item->value;
}

static const char *
instance_name(const struct farm_tree *item)
{
	const struct farm_tree *name = tree_get(options_of(item), "name");

	return name != NULL ? name->value : module_of(item);
}

/* ------------------------------------------------------------- what is there
 */

static const char *
child_name(enum level level, const struct farm_tree *child)
{
	if (level == LEVEL_INSTANCES)
		return instance_name(child);
	if (level == LEVEL_NODES)
		return child->kind == FARM_MAPPING && tree_get(child, "name")
			   ? tree_get(child, "name")->value
			   : child->value;
	return child->key;
}

static const struct farm_tree *
not_there(
    struct edit *e, enum level level, const struct farm_tree *tree, size_t i)
{
	struct buffer names = BUFFER_INIT;
	size_t n;

	for (n = 0; tree != NULL && n < tree->n_children && n < 20; n++)
		buffer_printf(&names, "%s%s", n > 0 ? ", " : "; there is: ",
		    child_name(level, tree->children[n]));
	error_set(e->err, "there is no \"%s\" in %s%s", e->steps[i],
	    i > 0 ? e->steps[i - 1] : "what can be changed",
	    n > 0 ? buffer_text(&names) : ", nor anything else");
	buffer_free(&names);
	return fail(e);
}

/* ------------------------------------------------------------------ mappings
 */

static enum level
level_below(enum level level, const char *key)
{
	if (level == LEVEL_ROOT)
		return strcmp(key, "clusters") == 0  ? LEVEL_CLUSTERS
		       : strcmp(key, "filters") == 0 ? LEVEL_INSTANCES
						     : LEVEL_WRITERS;
	if (level == LEVEL_CLUSTERS)
		return LEVEL_CLUSTER;
	if (level == LEVEL_CLUSTER)
		return strcmp(key, "nodes") == 0     ? LEVEL_NODES
		       : strcmp(key, "collect") == 0 ? LEVEL_INSTANCES
						     : LEVEL_OPTIONS;
	return level == LEVEL_WRITERS ? LEVEL_WRITER : LEVEL_OPTIONS;
}

static const struct farm_tree *
edit_mapping(
    struct edit *e, enum level level, const struct farm_tree *tree, size_t i)
{
	struct farm_tree *copy = emptied(e, tree, FARM_MAPPING);
	bool found = false;
	size_t n;

	if (copy == NULL)
		return no_memory(e);
	for (n = 0; n < tree->n_children && !e->failed; n++) {
		const struct farm_tree *child = tree->children[n];

		if (e->value != NULL ? strcmp(e->steps[i], child->key) == 0
				     : matches(e->steps[i], child->key)) {
			found = true;
			child = edit_at(
			    e, level_below(level, child->key), child, i + 1);
		}
		if (child != NULL)
			add_child(copy, child);
	}
	if (!found && e->value == NULL)
		return not_there(e, level, tree, i);
	if (!found) {
		struct farm_tree *fresh = piece_new(
		    e, FARM_MAPPING, e->steps[i], 0);
		const struct farm_tree *child;

		if (fresh == NULL)
			return no_memory(e);
		child = edit_at(
		    e, level_below(level, e->steps[i]), fresh, i + 1);
		if (child != NULL)
			add_child(copy, child);
	}
	return e->failed ? NULL : copy;
}

/* ----------------------------------------------------------------- instances
 */

static const struct farm_tree *
wrap(struct edit *e, const char *module, const struct farm_tree *options)
{
	struct farm_tree *item = piece_new(e, FARM_MAPPING, "", 1);

	options = item == NULL ? NULL : with_key(e, options, module);
	if (options == NULL)
		return no_memory(e);
	add_child(item, options);
	return item;
}

/* The value names a module; the instance is called as the path says. */
static const struct farm_tree *
named_instance(struct edit *e, const char *name)
{
	const struct farm_tree *v = e->value;
	const struct farm_tree *options = options_of(v);
	struct farm_tree *copy, *text;
	size_t n;

	if (v->kind == FARM_SEQUENCE ||
	    (v->kind == FARM_MAPPING && v->n_children != 1)) {
		error_set(e->err,
		    "%s: an instance is a module's name, or a mapping of it to "
		    "its options, such as {icmp: {every: 10s}}",
		    name);
		return fail(e);
	}
	copy = options == NULL ? piece_new(e, FARM_MAPPING, "", 1)
			       : emptied(e, options, FARM_MAPPING);
	if (copy == NULL)
		return no_memory(e);
	for (n = 0; options != NULL && n < options->n_children; n++)
		if (strcmp(options->children[n]->key, "name") != 0)
			add_child(copy, options->children[n]);
	if (strcmp(module_of(v), name) != 0) {
		text = piece_new(e, FARM_SCALAR, "name", 0);
		if (text == NULL)
			return no_memory(e);
		text->value = name;
		text->quoted = 1;
		add_child(copy, text);
	}
	return wrap(e, module_of(v), copy);
}

static const struct farm_tree *
edit_instance(struct edit *e, const struct farm_tree *item, size_t i)
{
	const struct farm_tree *options = options_of(item);

	if (i + 1 == e->n) {
		e->removed++;
		return e->value == NULL ? NULL : named_instance(e, e->steps[i]);
	}
	if (options == NULL)
		options = piece_new(e, FARM_MAPPING, "", 0);
	if (options == NULL)
		return no_memory(e);
	options = edit_at(e, LEVEL_OPTIONS, options, i + 1);
	return options == NULL ? NULL : wrap(e, module_of(item), options);
}

static const struct farm_tree *
edit_instances(struct edit *e, const struct farm_tree *tree, size_t i)
{
	struct farm_tree *copy = emptied(e, tree, FARM_SEQUENCE);
	bool found = false;
	size_t n;

	if (copy == NULL)
		return no_memory(e);
	for (n = 0; n < tree->n_children && !e->failed; n++) {
		const struct farm_tree *child = tree->children[n];

		if (e->value != NULL
			? strcmp(e->steps[i], instance_name(child)) == 0
			: matches(e->steps[i], instance_name(child))) {
			found = true;
			child = edit_instance(e, child, i);
		}
		if (child != NULL)
			add_child(copy, child);
	}
	if (!found && (e->value == NULL || i + 1 < e->n))
		return not_there(e, LEVEL_INSTANCES, tree, i);
	if (!found) {
		const struct farm_tree *fresh = named_instance(e, e->steps[i]);

		if (fresh != NULL)
			add_child(copy, fresh);
	}
	return e->failed ? NULL : copy;
}

/* ------------------------------------------------------------------- nodes */

static int
add_text(struct edit *e, struct farm_tree *list, const char *text)
{
	struct farm_tree *node = piece_new(e, FARM_SCALAR, "", 0);

	if (node == NULL) {
		(void)no_memory(e);
		return -1;
	}
	node->value = text;
	node->quoted = 1;
	add_child(list, node);
	return 0;
}

/* Does the item stand for a node that goes?  Its names, if it is a hostlist. */
static bool
item_matches(struct edit *e, const struct farm_tree *item, const char *step,
    const char *const **ret, size_t *ret_n)
{
	size_t n;

	*ret_n = 0;
	if (hostlist_expand(e->arena, child_name(LEVEL_NODES, item), ret, ret_n,
		e->err) != 0)
		return false;
	for (n = 0; n < *ret_n; n++)
		if (matches(step, (*ret)[n]))
			return true;
	return false;
}

/* A hostlist that loses a name becomes the names that are left, each with its
   address. */
static int
add_rest(struct edit *e, struct farm_tree *list, const struct farm_tree *item,
    const char *step, const char *const *names, size_t n)
{
	const struct farm_tree *address = tree_get(item, "address");
	size_t i;

	if (address != NULL && n > 1) {
		error_set(e->err,
		    "\"%s\" stands for several nodes with addresses; set nodes "
		    "as a whole",
		    child_name(LEVEL_NODES, item));
		(void)fail(e);
		return -1;
	}
	for (i = 0; i < n; i++)
		if (!matches(step, names[i]) && add_text(e, list, names[i]) < 0)
			return -1;
	return 0;
}

static size_t
count_names(struct edit *e, const struct farm_tree *tree)
{
	const char *const *names;
	size_t sum = 1, n, i;
	struct error err;

	for (i = 0; i < tree->n_children; i++)
		sum += hostlist_expand(e->arena,
			   child_name(LEVEL_NODES, tree->children[i]), &names,
			   &n, &err) == 0
			   ? n
			   : 1;
	return sum;
}

static int
add_node(struct edit *e, struct farm_tree *list, const char *name)
{
	struct farm_tree *pair;

	if (is_nothing(e->value))
		return add_text(e, list, name);
	pair = piece_new(e, FARM_MAPPING, "", 2);
	if (pair == NULL || add_text(e, pair, name) < 0)
		return -1;
	((struct farm_tree *)pair->children[0])->key = "name";
	add_child(pair, with_key(e, e->value, "address"));
	add_child(list, pair);
	return 0;
}

static const struct farm_tree *
edit_nodes(struct edit *e, const struct farm_tree *tree, size_t i)
{
	const char *step = e->steps[i];
	struct farm_tree *copy = piece_new(
	    e, FARM_SEQUENCE, "nodes", count_names(e, tree));
	const char *const *names;
	bool found = false;
	size_t n, n_names;

	if (copy == NULL)
		return no_memory(e);
	if (i + 1 != e->n || (tree->n_children == 0 && e->value == NULL))
		return not_there(e, LEVEL_NODES, tree, i);
	for (n = 0; n < tree->n_children && !e->failed; n++) {
		const struct farm_tree *item = tree->children[n];

		if (!item_matches(e, item, step, &names, &n_names)) {
			add_child(copy, item);
			continue;
		}
		found = true;
		(void)add_rest(e, copy, item, step, names, n_names);
	}
	if (!found && e->value == NULL)
		return not_there(e, LEVEL_NODES, tree, i);
	e->removed += found;
	if (e->value != NULL && !e->failed)
		(void)add_node(e, copy, step);
	return e->failed ? NULL : copy;
}

/* ------------------------------------------------------------------ writers */

/* Options are the module's unless they are the host's. */
static const struct farm_tree *
edit_writer(struct edit *e, const struct farm_tree *tree, size_t i)
{
	const char *step = e->steps[i];
	size_t n;

	if (strcmp(step, "match") != 0 && strcmp(step, "enabled") != 0 &&
	    tree_get(tree, step) == NULL && e->n < STEPS_MAX)
		for (n = 0; n < tree->n_children; n++) {
			const char *key = tree->children[n]->key;

			if (strcmp(key, "match") == 0 ||
			    strcmp(key, "enabled") == 0)
				continue;
			memmove(e->steps + i + 1, e->steps + i,
			    (e->n - i) * sizeof(e->steps[0]));
			e->steps[i] = key;
			e->n++;
			break;
		}
	return edit_mapping(e, LEVEL_WRITER, tree, i);
}

/* ------------------------------------------------------------------- all */

static const struct farm_tree *
edit_at(
    struct edit *e, enum level level, const struct farm_tree *tree, size_t i)
{
	bool is_list = level == LEVEL_NODES || level == LEVEL_INSTANCES;
	const char *key = tree->key;

	if (i == e->n) {
		e->removed++;
		return e->value == NULL ? NULL : with_key(e, e->value, key);
	}
	if (tree->kind == FARM_SCALAR && level == LEVEL_NODES &&
	    !is_nothing(tree)) {
		/* nodes: a */
		struct farm_tree *one = piece_new(e, FARM_SEQUENCE, key, 1);

		if (one == NULL)
			return no_memory(e);
		add_child(one, tree);
		tree = one;
	}
	if (!is_list && tree->kind == FARM_SEQUENCE)
		return not_there(e, LEVEL_NODES, tree, i);
	if (level == LEVEL_INSTANCES)
		return edit_instances(e, tree, i);
	if (level == LEVEL_NODES)
		return edit_nodes(e, tree, i);
	if (level == LEVEL_WRITER)
		return edit_writer(e, tree, i);
	return edit_mapping(e, level, tree, i);
}

static bool
is_changeable(const char *section)
{
	return strcmp(section, "clusters") == 0 ||
	       strcmp(section, "filters") == 0 ||
	       strcmp(section, "writers") == 0;
}

const struct farm_tree *
change_apply(struct arena *arena, const struct farm_tree *root,
    const struct farm_tree *change, struct error *err)
{
	const struct farm_tree *set = tree_get(change, "set");
	const struct farm_tree *remove = tree_get(change, "remove");
	struct edit e = { .arena = arena, .origin = change, .err = err };
	struct farm_tree empty = { .kind = FARM_MAPPING,
		.key = "",
		.value = "",
		.file = change->file };

	if ((set == NULL) == (remove == NULL) ||
	    (set != NULL && tree_get(change, "value") == NULL)) {
		error_set(err, "a change is {set: PATH, value: ...} or "
			       "{remove: PATH}");
		return NULL;
	}
	e.value = set != NULL ? tree_get(change, "value") : NULL;
	if (parse_path(&e, set != NULL ? set->value : remove->value) < 0)
		return NULL;
	if (e.n < 2 || !is_changeable(e.steps[0])) {
		error_set(err,
		    "\"%s\" cannot be changed while running; what is below "
		    "clusters, filters and writers can",
		    set != NULL ? set->value : remove->value);
		return NULL;
	}
	return edit_at(&e, LEVEL_ROOT, root != NULL ? root : &empty, 0);
}
