#include "table.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS_MAX 16
#define GAP 2

struct cell {
	char *text;
	enum table_color color;
};

struct table {
	const char *titles[COLUMNS_MAX];
	bool numeric[COLUMNS_MAX];
	size_t n_columns;
	struct cell *cells;
	size_t n_cells;
	size_t capacity;
};

struct table *
table_new(const char *const *titles)
{
	struct table *t = calloc(1, sizeof(*t));

	while (t != NULL && titles[t->n_columns] != NULL &&
	       t->n_columns < COLUMNS_MAX) {
		const char *title = titles[t->n_columns];

		t->numeric[t->n_columns] = title[0] == '>';
		t->titles[t->n_columns++] = title + (title[0] == '>');
	}
	return t;
}

void
table_free(struct table *t)
{
	if (t == NULL)
		return;
	while (t->n_cells > 0)
		free(t->cells[--t->n_cells].text);
	free(t->cells);
	free(t);
}

void
table_cell(struct table *t, enum table_color color, const char *text)
{
	struct cell *grown;
	size_t n;

	if (t == NULL)
		return;
	if (t->n_cells == t->capacity) {
		n = t->capacity * 2 + 64;
		grown = reallocarray(t->cells, n, sizeof(*grown));
		if (grown == NULL)
			return;
		t->cells = grown;
		t->capacity = n;
	}
	t->cells[t->n_cells].color = color;
	t->cells[t->n_cells].text = strdup(text);
	if (t->cells[t->n_cells].text != NULL)
		t->n_cells++;
}

void
table_printf(struct table *t, const char *format, ...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	table_cell(t, COLOR_NONE, text);
}

/* Characters of UTF-8: bytes that do not continue one. */
static size_t
text_width(const char *text)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

/* The bytes of the first `width' characters. */
static size_t
text_cut(const char *text, size_t width)
{
	size_t i = 0;

	while (text[i] != '\0') {
		if (((unsigned char)text[i] & 0xc0) != 0x80 && width-- == 0)
			break;
		i++;
	}
	return i;
}

static void
measure(const struct table *t, size_t *widths)
{
	size_t i;

	for (i = 0; i < t->n_columns; i++)
		widths[i] = text_width(t->titles[i]);
	for (i = 0; i < t->n_cells; i++) {
		size_t w = text_width(t->cells[i].text);

		if (w > widths[i % t->n_columns])
			widths[i % t->n_columns] = w;
	}
}

static void
put_spaces(struct buffer *out, size_t n)
{
	while (n-- > 0)
		buffer_putc(out, ' ');
}

/* Without the blanks that empty cells leave at its end. */
static void
end_line(struct buffer *out)
{
	while (out->size > 0 && out->data[out->size - 1] == ' ')
		out->size--;
	buffer_putc(out, '\n');
}

const char *
table_color_code(enum table_color color)
{
	static const char *const codes[] = {
		[COLOR_NONE] = "",
		[COLOR_BOLD] = "\033[1m",
		[COLOR_GREEN] = "\033[32m",
		[COLOR_YELLOW] = "\033[33m",
		[COLOR_RED] = "\033[31m",
	};

	return codes[color];
}

/* What is left of a line `width' wide after the columns before the last. */
static size_t
last_width(const struct table *t, const size_t *widths, size_t width)
{
	size_t used = 0;
	size_t i;

	if (width == 0)
		return SIZE_MAX;
	for (i = 0; i + 1 < t->n_columns; i++)
		used += widths[i] + GAP;
	return used < width ? width - used : 1;
}

static void
put_cell(const struct table *t, struct buffer *out, size_t column,
    const char *text, enum table_color color, const size_t *widths, size_t last)
{
	size_t w = text_width(text);
	bool is_last = column + 1 == t->n_columns;
	size_t bytes = is_last ? text_cut(text, last) : strlen(text);

	if (t->numeric[column])
		put_spaces(out, widths[column] - w);
	buffer_puts(out, table_color_code(color));
	buffer_put(out, text, bytes);
	if (color != COLOR_NONE)
		buffer_puts(out, "\033[0m");
	if (is_last) {
		end_line(out);
		return;
	}
	if (!t->numeric[column])
		put_spaces(out, widths[column] - w);
	put_spaces(out, GAP);
}

void
table_print(const struct table *t, struct buffer *out, bool color, size_t width)
{
	size_t widths[COLUMNS_MAX];
	size_t last;
	size_t i;

	if (t == NULL) {
		out->failed = true;
		return;
	}
	measure(t, widths);
	last = last_width(t, widths, width);
	for (i = 0; i < t->n_columns; i++)
		put_cell(t, out, i, t->titles[i],
		    color ? COLOR_BOLD : COLOR_NONE, widths, last);
	for (i = 0; i < t->n_cells; i++)
		put_cell(t, out, i % t->n_columns, t->cells[i].text,
		    color ? t->cells[i].color : COLOR_NONE, widths, last);
}
