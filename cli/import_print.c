#include "import.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <stdio.h>
#include <strings.h>

#define WIDTH 79

/* Would a reader of YAML take the word for something else than a text? */
static bool
is_reserved(const char *text)
{
	static const char *const words[] = { "null", "true", "false", "yes",
		"no", "on", "off" };
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcasecmp(text, words[i]) == 0)
			return true;
	return false;
}

static bool
is_plain(const char *text)
{
	if (!isalpha((unsigned char)text[0]) || is_reserved(text))
		return false;
	for (; *text != '\0'; text++)
		if (!isalnum((unsigned char)*text) &&
		    strchr("_./-", *text) == NULL)
			return false;
	return true;
}

void
import_scalar(struct buffer *out, const char *text)
{
	if (is_plain(text)) {
		buffer_puts(out, text);
		return;
	}
	buffer_putc(out, '"');
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			buffer_putc(out, '\\');
		if (*text == '$')
			buffer_putc(out, '$');
		if (*text == '\t')
			buffer_puts(out, "\\t");
		else
			buffer_putc(out, *text);
	}
	buffer_putc(out, '"');
}

/* One hostlist of the names; how many of them it is. */
static size_t
put_fold(struct buffer *out, const struct fold_name *names, size_t n)
{
	struct buffer name = BUFFER_INIT;
	struct buffer address = BUFFER_INIT;
	size_t k = fold(names, n, &name, &address);

	out->failed |= buffer_failed(&name) || buffer_failed(&address);
	if (names[0].address != NULL) {
		buffer_puts(out, "{name: ");
		import_scalar(out, buffer_text(&name));
		buffer_puts(out, ", address: ");
		import_scalar(out, buffer_text(&address));
		buffer_putc(out, '}');
	} else {
		import_scalar(out, buffer_text(&name));
	}
	buffer_free(&name);
	buffer_free(&address);
	return k;
}

/* All of them, with `between' between two. */
static void
put_names(struct buffer *out, const struct fold_name *names, size_t n,
    const char *between)
{
	size_t i;

	for (i = 0; i < n;) {
		buffer_puts(out, i == 0 ? "" : between);
		i += put_fold(out, names + i, n - i);
	}
}

/* "nodes: [a, b]", or a line for each if that is too long. */
static void
put_nodes(
    struct buffer *out, int indent, const struct fold_name *names, size_t n)
{
	struct buffer flow = BUFFER_INIT;
	char between[32] = "\n";

	put_names(&flow, names, n, ", ");
	out->failed |= buffer_failed(&flow);
	buffer_printf(out, "%*snodes:", indent, "");
	if ((size_t)indent + sizeof("nodes: []") - 1 + flow.size <= WIDTH) {
		buffer_printf(out, " [%s]\n", buffer_text(&flow));
	} else {
		(void)snprintf(
		    between, sizeof(between), "\n%*s- ", indent + 2, "");
		buffer_puts(out, between);
		put_names(out, names, n, between);
		buffer_putc(out, '\n');
	}
	buffer_free(&flow);
}

static bool
is_for_all(const struct import_cluster *c, const struct import_item *item)
{
	return item->n_nodes == c->n_nodes;
}

/* "# TEXT", and on which nodes if not on all of the cluster. */
static void
put_comment(struct buffer *out, int indent, const struct import_cluster *c,
    const struct import_item *item)
{
	buffer_printf(out, "%*s# %s", indent, "", item->options);
	if (!is_for_all(c, item)) {
		buffer_puts(out, " on ");
		put_names(out, item->nodes, item->n_nodes, ", ");
	}
	buffer_putc(out, '\n');
}

static void
put_name(struct buffer *out, const struct import_cluster *c,
    const struct import_item *item)
{
	struct buffer name = BUFFER_INIT;

	buffer_printf(&name, "%s/%s-%zu", c->name, item->module, item->number);
	out->failed |= buffer_failed(&name);
	buffer_puts(out, "          name: ");
	import_scalar(out, buffer_text(&name));
	buffer_putc(out, '\n');
	buffer_free(&name);
}

static void
put_instance(struct buffer *out, const struct import_cluster *c,
    const struct import_item *item)
{
	const char *line = item->options;
	const char *end;

	buffer_printf(out, "      - %s:\n", item->module);
	if (item->number > 1)
		put_name(out, c, item);
	if (!is_for_all(c, item))
		put_nodes(out, 10, item->nodes, item->n_nodes);
	for (; *line != '\0'; line = end + 1) {
		end = strchr(line, '\n');
		buffer_puts(out, "          ");
		buffer_put(out, line, (size_t)(end + 1 - line));
	}
}

static void
put_items(struct buffer *out, const struct import_cluster *c)
{
	const struct import_item *item;
	bool any = false;

	for (item = c->items; item != NULL; item = item->next)
		any |= item->module != NULL;
	if (any)
		buffer_puts(out, "    collect:\n");
	for (item = c->items; item != NULL; item = item->next)
		if (item->module == NULL)
			put_comment(out, any ? 6 : 4, c, item);
		else
			put_instance(out, c, item);
}

static void
put_cluster(struct buffer *out, const struct import_cluster *c)
{
	if (c->fed != NULL)
		buffer_printf(out, "  # %s\n", c->fed);
	else if (c->n_nodes == 0)
		buffer_printf(out, "  # cluster %s has no nodes\n", c->name);
	if (c->n_nodes == 0)
		return;
	buffer_puts(out, "  ");
	import_scalar(out, c->name);
	buffer_puts(out, ":\n");
	put_nodes(out, 4, c->nodes, c->n_nodes);
	put_items(out, c);
}

void
import_print(struct buffer *out, const struct import *import)
{
	const struct import_cluster *c;
	const struct import_item *item;
	bool any = false;

	for (c = import->clusters; c != NULL; c = c->next)
		any |= c->n_nodes > 0;
	buffer_printf(out, "# Made by `farmctl import' of %s.\n", import->of);
	buffer_puts(out, any ? "clusters:\n" : "clusters: {}\n");
	for (c = import->clusters; c != NULL; c = c->next)
		put_cluster(out, c);
	for (item = import->farm; item != NULL; item = item->next)
		buffer_printf(out, "# %s\n", item->options);
}
