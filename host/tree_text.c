#include "tree_text.h"

#include <string.h>

/* Words that YAML takes for something else need quotes, as do signs. */
static bool
is_plain(const char *text)
{
	static const char *const words[] = { "null", "true", "false", "yes",
		"no", "on", "off", NULL };
	size_t i;

	for (i = 0; words[i] != NULL; i++)
		if (strcmp(words[i], text) == 0)
			return false;
	return text[0] != '\0' && text[0] != '-' && text[0] != '.' &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUV"
			    "WXYZ0123456789_./-") == strlen(text);
}

static bool
has_controls(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < ' ')
			return true;
	return false;
}

/* In single quotes nothing means anything but the quote itself. */
static void
put_quoted(struct buffer *b, const char *text)
{
	buffer_putc(b, '\'');
	for (; *text != '\0'; text++) {
		if (*text == '\'')
			buffer_putc(b, '\'');
		buffer_putc(b, *text);
	}
	buffer_putc(b, '\'');
}

/* JSON's escapes are YAML's; a dollar sign would open a variable. */
static void
put_escaped(struct buffer *b, const char *text)
{
	struct buffer json = BUFFER_INIT;
	const char *at;

	buffer_json_text(&json, text);
	for (at = buffer_text(&json); *at != '\0'; at++) {
		if (*at == '$')
			buffer_putc(b, '$');
		buffer_putc(b, *at);
	}
	buffer_free(&json);
}

static void
put_text(struct buffer *b, const char *text)
{
	if (has_controls(text))
		put_escaped(b, text);
	else
		put_quoted(b, text);
}

static void
put_scalar(struct buffer *b, const struct farm_tree *tree)
{
	/* What stood without quotes, true and 5s, must do so again. */
	if (!tree->quoted &&
	    strpbrk(tree->value, "$#{}[],&*!|>'\"%@`:\n") == NULL)
		buffer_puts(b, tree->value[0] == '\0' ? "null" : tree->value);
	else if (is_plain(tree->value))
		buffer_puts(b, tree->value);
	else
		put_text(b, tree->value);
}

static void
put_key(struct buffer *b, const char *key)
{
	if (is_plain(key))
		buffer_puts(b, key);
	else
		put_text(b, key);
}

void
tree_flow(struct buffer *b, const struct farm_tree *tree)
{
	bool mapping = tree->kind == FARM_MAPPING;
	size_t i;

	if (tree->kind == FARM_SCALAR) {
		put_scalar(b, tree);
		return;
	}
	buffer_putc(b, mapping ? '{' : '[');
	for (i = 0; i < tree->n_children; i++) {
		if (i > 0)
			buffer_puts(b, ", ");
		if (mapping) {
			put_key(b, tree->children[i]->key);
			buffer_puts(b, ": ");
		}
		tree_flow(b, tree->children[i]);
	}
	buffer_putc(b, mapping ? '}' : ']');
}

struct block {
	struct buffer *out;
	tree_note_fn *note;
	void *context;
};

static void put_block(
    const struct block *, const struct farm_tree *, int indent);

static void
put_children(const struct block *k, const struct farm_tree *tree, int indent)
{
	size_t i;

	for (i = 0; i < tree->n_children; i++) {
		buffer_printf(k->out, "%*s", indent, "");
		if (tree->kind == FARM_MAPPING) {
			put_key(k->out, tree->children[i]->key);
			buffer_putc(k->out, ':');
		} else {
			buffer_putc(k->out, '-');
		}
		put_block(k, tree->children[i], indent + 2);
	}
}

static void
put_block(const struct block *k, const struct farm_tree *tree, int indent)
{
	struct buffer text = BUFFER_INIT;
	bool open = tree->kind != FARM_SCALAR;

	if (tree->kind == FARM_SCALAR || tree->n_children == 0)
		tree_flow(&text, tree);
	if (k->note != NULL && !k->note(k->context, &text, tree))
		open = false;
	if (text.size > 0)
		buffer_printf(k->out, " %s", buffer_text(&text));
	buffer_putc(k->out, '\n');
	buffer_free(&text);
	if (open)
		put_children(k, tree, indent);
}

void
tree_block(struct buffer *b, const struct farm_tree *tree, tree_note_fn *note,
    void *context)
{
	struct block k = { b, note, context };

	put_children(&k, tree, 0);
}
