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
