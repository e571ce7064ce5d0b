#include "yaml.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <yaml.h>

#include "buffer.h"
#include "variables.h"

/* Anchors of one file; they are looked for one by one. */
#define ANCHORS_MAX 1000

/*
 * What a tree would be with each alias written out: the bounds hold for that,
 * since whoever walks the tree meets an aliased part each time anew.
 */
struct extent {
	size_t nodes;
	size_t bytes;
	unsigned deepest;
};

struct anchor {
	char *name;
	const struct farm_tree *node;
	struct extent extent; /* deepest: below the node */
};

struct loader {
	yaml_parser_t parser;
	struct arena *arena;
	const char *file;
	const char *text;
	size_t size;
	struct problems *problems;
	struct extent extent;
	struct anchor *anchors;
	size_t n_anchors;
};

/* The children of a node that is still being read. */
struct children {
	struct farm_tree **items;
	size_t n;
	size_t capacity;
};

static struct farm_tree *node_read(
    struct loader *l, yaml_event_t *event, unsigned depth);

#define PROBLEM(L, MARK, ...)                                                  \
	problem_in((L)->problems, (L)->file, (uint32_t)(MARK).line + 1,        \
	    (uint32_t)(MARK).column + 1, __VA_ARGS__)

static void *
out_of_memory(struct loader *l)
{
	problem_in(l->problems, l->file, 0, 0, "out of memory");
	return NULL;
}

/* The reader of bytes knows an offset only. */
static yaml_mark_t
mark_of_offset(const struct loader *l, size_t offset)
{
	yaml_mark_t mark = { 0 };
	size_t i;

	for (i = 0; i < l->size && i < offset; i++) {
		mark.column++;
		if (l->text[i] == '\n') {
			mark.line++;
			mark.column = 0;
		}
	}
	return mark;
}

static void
syntax_problem(struct loader *l)
{
	const yaml_parser_t *p = &l->parser;
	const char *problem = p->problem == NULL ? "is not YAML" : p->problem;

	if (p->error == YAML_MEMORY_ERROR)
		out_of_memory(l);
	else if (p->error == YAML_READER_ERROR)
		PROBLEM(l, mark_of_offset(l, p->problem_offset), "%s", problem);
	else if (p->context != NULL)
		PROBLEM(l, p->problem_mark, "%s %s", p->context, problem);
	else
		PROBLEM(l, p->problem_mark, "%s", problem);
}

static int
event_next(struct loader *l, yaml_event_t *event)
{
	if (yaml_parser_parse(&l->parser, event))
		return 0;
	syntax_problem(l);
	return -1;
}

/* Count more of the tree, `below' levels under `depth'; -1 beyond a bound. */
static int
extent_add(struct loader *l, yaml_mark_t mark, const struct extent *more,
    unsigned depth)
{
	struct extent *e = &l->extent;

	e->nodes += more->nodes;
	e->bytes += more->bytes;
	if (depth + more->deepest > e->deepest)
		e->deepest = depth + more->deepest;
	if (e->deepest > YAML_DEPTH_MAX)
		return PROBLEM(l, mark, "is nested more than %d levels deep",
		    YAML_DEPTH_MAX);
	if (e->nodes > YAML_NODES_MAX)
		return PROBLEM(l, mark, "more than %d values, aliases counted",
		    YAML_NODES_MAX);
	if (e->bytes > YAML_BYTES_MAX)
		return PROBLEM(l, mark,
		    "more than %d MiB of text, aliases counted",
		    YAML_BYTES_MAX >> 20);
	return 0;
}

static struct farm_tree *
node_new(struct loader *l, yaml_mark_t mark, enum farm_tree_kind kind,
    unsigned depth)
{
	static const struct extent one = { .nodes = 1 };
	struct farm_tree *node;

	if (extent_add(l, mark, &one, depth) != 0)
		return NULL;
	node = arena_alloc(l->arena, sizeof(*node));
	if (node == NULL)
		return out_of_memory(l);
	node->kind = kind;
	node->key = "";
	node->value = "";
	node->file = l->file;
	node->line = (uint32_t)mark.line + 1;
	node->column = (uint32_t)mark.column + 1;
	return node;
}

/* The text of a scalar, with its variables if its style has them. */
static const char *
scalar_text(struct loader *l, const yaml_event_t *event, unsigned depth)
{
	const char *raw = (const char *)event->data.scalar.value;
	yaml_scalar_style_t style = event->data.scalar.style;
	struct buffer text = { .limit = YAML_BYTES_MAX };
	struct extent more = { 0 };
	struct error err;
	const char *copy = NULL;

	if (style != YAML_PLAIN_SCALAR_STYLE &&
	    style != YAML_DOUBLE_QUOTED_SCALAR_STYLE)
		buffer_put(&text, raw, event->data.scalar.length);
	else if (variables_expand(
		     &text, raw, event->data.scalar.length, &err) != 0)
		PROBLEM(l, event->start_mark, "%s", err.text);
	if (text.size > 0 && memchr(text.data, '\0', text.size) != NULL)
		PROBLEM(l, event->start_mark, "a text cannot hold a NUL");

	more.bytes = text.size;
	if (buffer_failed(&text))
		out_of_memory(l);
	else if (extent_add(l, event->start_mark, &more, depth) == 0 &&
		 (copy = arena_strndup(l->arena, text.data, text.size)) == NULL)
		out_of_memory(l);
	buffer_free(&text);
	return copy;
}

static struct farm_tree *
scalar_read(struct loader *l, const yaml_event_t *event, unsigned depth)
{
	struct farm_tree *node;

	node = node_new(l, event->start_mark, FARM_SCALAR, depth);
	if (node == NULL)
		return NULL;
	node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	node->value = scalar_text(l, event, depth);
	return node->value == NULL ? NULL : node;
}

static int
children_add(struct loader *l, struct children *list, struct farm_tree *child)
{
	size_t capacity = list->capacity == 0 ? 8 : list->capacity * 2;
	struct farm_tree **items;

	if (child == NULL)
		return -1;
	if (list->n == list->capacity) {
		items = realloc(list->items, capacity * sizeof(child));
		if (items == NULL) {
			out_of_memory(l);
			return -1;
		}
		list->items = items;
		list->capacity = capacity;
	}
	list->items[list->n++] = child;
	return 0;
}

/* Hand the children over to the node and forget them. */
static struct farm_tree *
children_take(struct loader *l, struct children *list, struct farm_tree *node)
{
	struct farm_tree **copy = NULL;

	if (list->n > 0) {
		copy = arena_array(l->arena, list->n, sizeof(*copy));
		if (copy == NULL)
			return out_of_memory(l);
		memcpy(copy, list->items, list->n * sizeof(*copy));
	}
	node->children = (const struct farm_tree *const *)copy;
	node->n_children = list->n;
	return node;
}

static struct farm_tree *
sequence_read(struct loader *l, const yaml_event_t *start, unsigned depth)
{
	struct children list = { 0 };
	struct farm_tree *node, *ret = NULL;
	yaml_event_t event;
	int failed;

	node = node_new(l, start->start_mark, FARM_SEQUENCE, depth);
	if (node == NULL)
		return NULL;
	while (event_next(l, &event) == 0) {
		if (event.type == YAML_SEQUENCE_END_EVENT) {
			yaml_event_delete(&event);
			ret = children_take(l, &list, node);
			break;
		}
		failed = children_add(
		    l, &list, node_read(l, &event, depth + 1));
		yaml_event_delete(&event);
		if (failed)
			break;
	}
	free(list.items);
	return ret;
}

/* By key, then as they stand in the file. */
static int
key_compare(const void *a, const void *b)
{
	const struct farm_tree *x = *(const struct farm_tree *const *)a;
	const struct farm_tree *y = *(const struct farm_tree *const *)b;
	int keys = strcmp(x->key, y->key);

	if (keys != 0)
		return keys;
	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return x->column < y->column ? -1 : x->column > y->column;
}

static void
duplicates_find(struct loader *l, struct children *list)
{
	const struct farm_tree *before, *node;
	size_t i;

	if (list->n < 2)
		return;
	qsort(list->items, list->n, sizeof(struct farm_tree *), key_compare);
	for (i = 1; i < list->n; i++) {
		before = list->items[i - 1];
		node = list->items[i];
		if (strcmp(before->key, node->key) == 0)
			problem_at(l->problems, node,
			    "the key \"%s\" stands here twice, first in "
			    "line %u",
			    node->key, (unsigned)before->line);
	}
}

/* The value that follows the key. */
static struct farm_tree *
pair_read(struct loader *l, yaml_event_t *key_event, unsigned depth)
{
	struct farm_tree *key, *value;
	yaml_event_t event;

	key = node_read(l, key_event, depth);
	if (key == NULL || event_next(l, &event) != 0)
		return NULL;
	value = node_read(l, &event, depth);
	yaml_event_delete(&event);
	if (value == NULL)
		return NULL;
	if (key->kind != FARM_SCALAR)
		problem_at(l->problems, key, "a key must be a string, not %s",
		    tree_kind_name(key));
	value->key = key->value;
	return value;
}

static struct farm_tree *
mapping_read(struct loader *l, const yaml_event_t *start, unsigned depth)
{
	struct children list = { 0 };
	struct farm_tree *node, *ret = NULL;
	yaml_event_t event;
	int failed;

	node = node_new(l, start->start_mark, FARM_MAPPING, depth);
	if (node == NULL)
		return NULL;
	while (event_next(l, &event) == 0) {
		if (event.type == YAML_MAPPING_END_EVENT) {
			yaml_event_delete(&event);
			ret = children_take(l, &list, node);
			duplicates_find(l, &list);
			break;
		}
		failed = children_add(
		    l, &list, pair_read(l, &event, depth + 1));
		yaml_event_delete(&event);
		if (failed)
			break;
	}
	free(list.items);
	return ret;
}

static struct farm_tree *
alias_read(struct loader *l, const yaml_event_t *event, unsigned depth)
{
	const char *name = (const char *)event->data.alias.anchor;
	const struct anchor *a = NULL;
	struct farm_tree *node;
	size_t i;

	/* The last one before here counts. */
	for (i = l->n_anchors; i > 0 && a == NULL; i--)
		if (strcmp(l->anchors[i - 1].name, name) == 0)
			a = &l->anchors[i - 1];
	if (a == NULL) {
		PROBLEM(l, event->start_mark,
		    "no anchor \"&%s\" ends before "
		    "this alias",
		    name);
		return NULL;
	}
	if (extent_add(l, event->start_mark, &a->extent, depth) != 0)
		return NULL;
	node = arena_alloc(l->arena, sizeof(*node));
	if (node == NULL)
		return out_of_memory(l);
	*node = *a->node;
	node->key = "";
	return node;
}

static int
anchor_add(struct loader *l, yaml_mark_t mark, const yaml_char_t *name,
    const struct farm_tree *node, const struct extent *extent)
{
	struct anchor *anchors, *a;

	if (l->n_anchors == ANCHORS_MAX)
		return PROBLEM(l, mark, "more than %d anchors", ANCHORS_MAX);
	anchors = realloc(l->anchors, (l->n_anchors + 1) * sizeof(*anchors));
	if (anchors == NULL) {
		out_of_memory(l);
		return -1;
	}
	l->anchors = anchors;
	a = &anchors[l->n_anchors];
	a->name = strdup((const char *)name);
	if (a->name == NULL) {
		out_of_memory(l);
		return -1;
	}
	a->node = node;
	a->extent = *extent;
	l->n_anchors++;
	return 0;
}

struct marks {
	const yaml_char_t *anchor;
	const yaml_char_t *tag;
};

static struct marks
marks_of(const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		return (struct marks){ event->data.scalar.anchor,
			event->data.scalar.tag };
	case YAML_SEQUENCE_START_EVENT:
		return (struct marks){ event->data.sequence_start.anchor,
			event->data.sequence_start.tag };
	case YAML_MAPPING_START_EVENT:
		return (struct marks){ event->data.mapping_start.anchor,
			event->data.mapping_start.tag };
	default:
		return (struct marks){ NULL, NULL };
	}
}

static struct farm_tree *
any_read(struct loader *l, yaml_event_t *event, unsigned depth)
{
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		return scalar_read(l, event, depth);
	case YAML_SEQUENCE_START_EVENT:
		return sequence_read(l, event, depth);
	case YAML_MAPPING_START_EVENT:
		return mapping_read(l, event, depth);
	default:
		return alias_read(l, event, depth);
	}
}

/*
 * Read what begins with the event.  NULL, with the problem added, if there is
 * no going on; a smaller problem is added and the reading goes on.
 */
static struct farm_tree *
node_read(struct loader *l, yaml_event_t *event, unsigned depth)
{
	struct extent before = l->extent, own;
	struct marks marks = marks_of(event);
	struct farm_tree *node;

	if (marks.tag != NULL)
		PROBLEM(l, event->start_mark,
		    "the tag \"%s\": tags have no "
		    "meaning here",
		    (const char *)marks.tag);
	l->extent.deepest = depth;
	node = any_read(l, event, depth);
	if (node == NULL)
		return NULL;
	own.nodes = l->extent.nodes - before.nodes;
	own.bytes = l->extent.bytes - before.bytes;
	own.deepest = l->extent.deepest - depth;
	if (before.deepest > l->extent.deepest)
		l->extent.deepest = before.deepest;
	if (marks.anchor != NULL &&
	    anchor_add(l, event->start_mark, marks.anchor, node, &own) != 0)
		return NULL;
	return node;
}

/* An empty document is an empty mapping. */
static void
root_settle(struct farm_tree *root)
{
	if (root->kind == FARM_SCALAR && !root->quoted && *root->value == '\0')
		root->kind = FARM_MAPPING;
}

/* The events of the stream round the one document. */
static struct farm_tree *
stream_read(struct loader *l)
{
	struct farm_tree *root = NULL;
	yaml_mark_t start = { 0 };
	yaml_event_t event;
	yaml_event_type_t type;
	bool failed = false;

	do {
		if (event_next(l, &event) != 0)
			return NULL;
		type = event.type;
		if (type == YAML_DOCUMENT_START_EVENT && root != NULL)
			failed = PROBLEM(l, event.start_mark,
			    "a second document begins; only one may be here");
		else if (type != YAML_STREAM_START_EVENT &&
			 type != YAML_DOCUMENT_START_EVENT &&
			 type != YAML_DOCUMENT_END_EVENT &&
			 type != YAML_STREAM_END_EVENT) {
			root = node_read(l, &event, 1);
			failed = root == NULL;
		}
		yaml_event_delete(&event);
	} while (!failed && type != YAML_STREAM_END_EVENT);
	if (failed)
		return NULL;
	if (root == NULL)
		return node_new(l, start, FARM_MAPPING, 1);
	root_settle(root);
	return root;
}

static void
loader_close(struct loader *l)
{
	size_t i;

	for (i = 0; i < l->n_anchors; i++)
		free(l->anchors[i].name);
	free(l->anchors);
	yaml_parser_delete(&l->parser);
}

int
yaml_parse(struct arena *arena, const char *name, const char *text, size_t size,
    const struct farm_tree **ret, struct problems *problems)
{
	struct loader l = {
		.arena = arena, .text = text, .size = size, .problems = problems
	};
	size_t errors = problems->n_errors;
	const struct farm_tree *root;

	if (size > YAML_BYTES_MAX)
		return problem_in(problems, name, 0, 0, "is larger than %d MiB",
		    YAML_BYTES_MAX >> 20);
	l.file = arena_strdup(arena, name);
	if (l.file == NULL || !yaml_parser_initialize(&l.parser))
		return problem_in(problems, name, 0, 0, "out of memory");
	yaml_parser_set_input_string(
	    &l.parser, (const unsigned char *)text, size);
	root = stream_read(&l);
	loader_close(&l);
	if (root == NULL || problems->n_errors > errors)
		return -1;
	*ret = root;
	return 0;
}

/* All bytes of the file, or one more than may be. */
static int
file_read(const char *path, struct buffer *text)
{
	char *room = NULL;
	ssize_t n = 0;
	int fd, saved;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	while (text->size <= YAML_BYTES_MAX) {
		room = buffer_room(text, 65536);
		if (room == NULL) {
			errno = ENOMEM;
			break;
		}
		n = read(fd, room, 65536);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		buffer_added(text, (size_t)n);
	}
	saved = errno;
	(void)close(fd);
	errno = saved;
	return room == NULL || n < 0 ? -1 : 0;
}

int
yaml_load_as(struct arena *arena, const char *path, const char *name,
    const struct farm_tree **ret, struct problems *problems)
{
	struct buffer text = BUFFER_INIT;
	int result;

	if (file_read(path, &text) != 0)
		result = problem_in(problems, path, 0, 0, "%m");
	else
		result = yaml_parse(
		    arena, name, buffer_text(&text), text.size, ret, problems);
	buffer_free(&text);
	return result;
}

int
yaml_load(struct arena *arena, const char *path, const struct farm_tree **ret,
    struct problems *problems)
{
	return yaml_load_as(arena, path, path, ret, problems);
}
