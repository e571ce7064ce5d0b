#include "yaml.h"

#include <ctype.h>
#include <string.h>

#include "buffer.h"

const struct farm_tree *
tree_get(const struct farm_tree *tree, const char *key)
{
	size_t i;

	if (tree == NULL || tree->kind != FARM_MAPPING)
		return NULL;
	for (i = 0; i < tree->n_children; i++)
		if (strcmp(tree->children[i]->key, key) == 0)
			return tree->children[i];
	return NULL;
}

bool
tree_equal(const struct farm_tree *a, const struct farm_tree *b)
{
	size_t i;

	if (a == NULL || b == NULL)
		return a == b;
	if (a->kind != b->kind || a->quoted != b->quoted ||
	    a->n_children != b->n_children || strcmp(a->key, b->key) != 0 ||
	    strcmp(a->value, b->value) != 0)
		return false;
	for (i = 0; i < a->n_children; i++)
		if (!tree_equal(a->children[i], b->children[i]))
			return false;
	return true;
}

/* The name of the file is the same in most pieces: `file' is its last copy. */
static const struct farm_tree *
dup_piece(struct arena *arena, const struct farm_tree *tree, const char *file)
{
	struct farm_tree *copy = arena_alloc(arena, sizeof(*copy));
	const struct farm_tree **children = arena_array(
	    arena, tree->n_children, sizeof(*children));
	size_t i;

	if (copy == NULL || children == NULL)
		return NULL;
	if (file == NULL || strcmp(file, tree->file) != 0)
		file = arena_strdup(arena, tree->file);
	*copy = *tree;
	copy->file = file;
	copy->key = arena_strdup(arena, tree->key);
	copy->value = arena_strdup(arena, tree->value);
	copy->children = children;
	if (copy->key == NULL || copy->value == NULL || file == NULL)
		return NULL;
	for (i = 0; i < tree->n_children; i++) {
		children[i] = dup_piece(arena, tree->children[i], file);
		if (children[i] == NULL)
			return NULL;
	}
	return copy;
}

const struct farm_tree *
tree_dup(struct arena *arena, const struct farm_tree *tree)
{
	return tree == NULL ? NULL : dup_piece(arena, tree, NULL);
}

const char *
tree_kind_name(const struct farm_tree *tree)
{
	if (tree == NULL)
		return "nothing";
	switch (tree->kind) {
	case FARM_SEQUENCE:
		return "a list";
	case FARM_MAPPING:
		return "a mapping";
	default:
		return "a string";
	}
}

static const char *
digits_skip(const char *s)
{
	while (isdigit((unsigned char)*s))
		s++;
	return s;
}

/* Is it a number as JSON writes them (RFC 8259, section 6)? */
static bool
is_json_number(const char *s)
{
	const char *after;

	if (*s == '-')
		s++;
	after = digits_skip(s);
	if (after == s || (*s == '0' && after > s + 1))
		return false;
	s = after;
	if (*s == '.') {
		after = digits_skip(++s);
		if (after == s)
			return false;
		s = after;
	}
	if (*s == 'e' || *s == 'E') {
		s++;
		if (*s == '+' || *s == '-')
			s++;
		after = digits_skip(s);
		if (after == s)
			return false;
		s = after;
	}
	return *s == '\0';
}

static void
scalar_json(struct buffer *b, const struct farm_tree *tree)
{
	const char *value = tree->value;

	if (tree->quoted)
		buffer_json_text(b, value);
	else if (*value == '\0' || strcmp(value, "~") == 0 ||
		 strcmp(value, "null") == 0)
		buffer_puts(b, "null");
	else if (strcmp(value, "true") == 0 || strcmp(value, "false") == 0 ||
		 is_json_number(value))
		buffer_puts(b, value);
	else
		buffer_json_text(b, value);
}

/* Recursion is as deep as the tree, which YAML_DEPTH_MAX bounds. */
void
tree_json(struct buffer *b, const struct farm_tree *tree)
{
	bool mapping = tree->kind == FARM_MAPPING;
	size_t i;

	if (tree->kind == FARM_SCALAR) {
		scalar_json(b, tree);
		return;
	}
	buffer_putc(b, mapping ? '{' : '[');
	for (i = 0; i < tree->n_children; i++) {
		if (i > 0)
			buffer_putc(b, ',');
		if (mapping) {
			buffer_json_text(b, tree->children[i]->key);
			buffer_putc(b, ':');
		}
		tree_json(b, tree->children[i]);
	}
	buffer_putc(b, mapping ? '}' : ']');
}
